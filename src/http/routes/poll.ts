// Polling a stream (RFC 8936): acknowledgements first, then the oldest SETs owed, waiting for some if there are none.
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { authenticate, clientOf } from '../authenticate.ts'
import { problemResponses } from '../openapi.ts'
import { HttpRefusal, TooManyRequests } from '../refusal.ts'
import type { StreamSettlement, TakenSets } from '../services.ts'
import type { Surface } from '../surface.ts'

const settledMax = 1_000
const eventsMax = 500
const answerBytesMax = 1024 * 1024
const pollsPerStreamMax = 4
export const longPollMs = 25_000

/** A jti as a sender may have made it; what is no jti of ours is ignored later, not refused. */
const jti = z.string().max(1_024)

/** Receivers in the field send stray members, misspelt ones too: those are ignored. */
const PollRequest = z
  .object({
    maxEvents: z.int().min(0).optional().describe(`How many SETs to return at most; capped at ${eventsMax}, which is also the default.`),
    returnImmediately: z.boolean().default(false).describe('false: wait up to 25 s for something to return.'),
    ack: z.array(jti).max(settledMax).default([]).describe('jti received and kept'),
    setErrs: z
      .record(z.string(), z.unknown())
      .default({})
      .refine(errs => Object.keys(errs).length <= settledMax, { error: `At most ${settledMax} members` })
      .refine(errs => Object.values(errs).every(isSetErr), { error: 'Each member must be {"err", "description"}' })
      .describe('jti refused: {"err", "description"} each. They are not returned again, and a person looks.')
  })
  .describe('RFC 8936 poll request')

const PollResponse = z
  .object({
    sets: z.record(z.string(), z.string()).describe('Compact JWS by jti'),
    moreAvailable: z.literal(true).optional().describe('Present when more can be taken at once.')
  })
  .describe('RFC 8936 poll response')

export const pollRoutes =
  (surface: Surface): FastifyPluginAsyncZod =>
  async app => {
    const { services } = surface
    const polling = new Map<string, number>()

    app.post(
      '/v1/streams/:id/poll',
      {
        onRequest: authenticate(surface, ['ssf.read', 'ssf.manage']),
        schema: {
          operationId: 'pollStream',
          tags: ['Streams'],
          summary: 'Acknowledge SETs and get the next (RFC 8936)',
          description:
            'ack and setErrs are applied first, and stay applied if the connection breaks. A SET that is returned hides for a while and comes again until it is acknowledged. ' +
            `At most ${pollsPerStreamMax} polls of a stream at once.`,
          security: [{ oauth: ['ssf.read'] }, { oauth: ['ssf.manage'] }],
          params: z.object({ id: z.string().min(1).max(128) }),
          body: PollRequest,
          response: { 200: PollResponse, ...problemResponses(400, 401, 403, 404, 413, 415, 429, 503) }
        }
      },
      async (request, reply) => {
        const client = clientOf(request)
        const { id } = request.params
        const stream = await services.findStream(client.id, id)
        if (stream === null) throw new HttpRefusal('not-found', 'you have no such stream')
        const { ack, setErrs, returnImmediately, maxEvents } = request.body
        const gone = signalOf(reply.raw, surface.closing)
        const release = enter(polling, id)
        try {
          await settle(surface, id, ack, setErrs)
          const max = Math.min(maxEvents ?? eventsMax, eventsMax)
          // A paused stream is told about itself, and holds the rest: nobody waits for it.
          const taken = await take(surface, id, max, returnImmediately || stream.status === 'paused', gone)
          reply.header('cache-control', 'no-store').type('application/json').serializer(JSON.stringify)
          const sets = Object.fromEntries(taken.sets.map(({ jti, token }) => [jti, token]))
          return taken.more ? { sets, moreAvailable: true as const } : { sets }
        } finally {
          release()
        }
      }
    )
  }

const nothing: TakenSets = { sets: [], more: false }

/** Takes what is there; if nothing is and the receiver waits, tries again whenever the stream may have something, until the time is over. */
async function take(surface: Surface, id: string, max: number, returnImmediately: boolean, gone: AbortSignal): Promise<TakenSets> {
  const deadline = performance.now() + longPollMs
  for (;;) {
    const taken = await surface.services.takeSets(id, { max, bytesMax: answerBytesMax })
    const leftMs = deadline - performance.now()
    if (taken.sets.length > 0 || taken.more || returnImmediately || leftMs <= 0 || gone.aborted) return taken
    await surface.services.waitForSets(id, leftMs, gone)
    // Nobody is there to take them: what is taken now would hide for nothing.
    if (gone.aborted) return nothing
  }
}

/** Ours are; anything else is nobody's, and the database could not even be asked about a NUL. */
const isPrintable = (jti: string): boolean => /^[\x21-\x7e]+$/.test(jti)

async function settle(surface: Surface, id: string, ack: readonly string[], setErrs: Readonly<Record<string, unknown>>): Promise<void> {
  const refused: StreamSettlement['refused'] = Object.entries(setErrs)
    .filter(([jti]) => isPrintable(jti))
    .map(([jti, value]) => {
      const { err, description } = value as SetErr
      return { jti, err: clean(err, 64), description: clean(description ?? '', 500) }
    })
  const acknowledged = ack.filter(jti => isPrintable(jti) && !Object.hasOwn(setErrs, jti))
  if (acknowledged.length > 0 || refused.length > 0) await surface.services.settleStream(id, { ack: acknowledged, refused })
}

interface SetErr {
  err: string
  description?: string
}

const isSetErr = (value: unknown): value is SetErr =>
  typeof value === 'object' &&
  value !== null &&
  'err' in value &&
  typeof value.err === 'string' &&
  (!('description' in value) || typeof value.description === 'string')

/** A partner's own words: kept for the operator, on one line. */
const clean = (text: string, lengthMax: number): string =>
  text
    .replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]+/gu, ' ')
    .trim()
    .slice(0, lengthMax)

function enter(polling: Map<string, number>, id: string): () => void {
  const now = polling.get(id) ?? 0
  if (now >= pollsPerStreamMax) throw new TooManyRequests('polls-per-stream', 5)
  polling.set(id, now + 1)
  return () => {
    const left = (polling.get(id) ?? 1) - 1
    if (left > 0) polling.set(id, left)
    else polling.delete(id)
  }
}

/** Aborts when the connection breaks or the server closes. The request's own 'close' comes once its body is read, so the answer's is used. */
function signalOf(response: { once(event: 'close', listener: () => void): unknown }, closing: AbortSignal): AbortSignal {
  const broken = new AbortController()
  response.once('close', () => broken.abort())
  return AbortSignal.any([broken.signal, closing])
}
