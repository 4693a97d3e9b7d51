// Streams as their receivers manage them (OpenID Shared Signals Framework 1.0): configuration, status, verification.
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { eventTypes } from '../../../schemas/event.ts'
import { type ManagedStream, type StreamWish, streamsMax, verificationIntervalSeconds } from '../../flow/manage-streams.ts'
import { signingAlgorithms } from '../../trust/keys.ts'
import { authenticate, clientOf, spend } from '../authenticate.ts'
import { readJsonWhateverItsType } from '../body.ts'
import { entityTag, requireCurrent } from '../conditional.ts'
import { idempotent } from '../idempotency.ts'
import { problemResponses } from '../openapi.ts'
import { HttpRefusal, TooManyRequests } from '../refusal.ts'
import type { Surface } from '../surface.ts'

export const deliveryMethods = { push: 'urn:ietf:rfc:8935', poll: 'urn:ietf:rfc:8936' } as const

const managementPerMinute = 600

const stream_id = z.string().min(1).max(128)

/** Real receivers send an `endpoint_url` of "" for poll: it is ours to give, so theirs is not looked at. */
const Delivery = z.discriminatedUnion('method', [
  z.object({ method: z.literal(deliveryMethods.poll) }),
  z.object({
    method: z.literal(deliveryMethods.push),
    endpoint_url: z.string().max(2_048).describe('Where we push to: https, at port 443 of a public host'),
    authorization_header: z
      .string()
      .regex(/^[\x21-\x7e](?:[\x20-\x7e]{0,4094}[\x21-\x7e])?$/)
      .optional()
      .describe('Sent as Authorization with every push; never shown again. Stays while endpoint_url does.')
  })
])

/** What a receiver decides. Members that we do not know are ignored. */
const wished = {
  delivery: Delivery.optional().describe('Absent: poll'),
  events_requested: z.array(z.string().max(512)).max(500).optional().describe('URIs of events; absent: all of events_supported'),
  description: z
    .string()
    .max(500)
    .regex(/^(?:[^\p{Cc}\p{Cs}]|[\t\n\r])*$/u)
    .optional()
    .describe('Without control characters but for tabs and ends of line'),
  signing_alg: z.enum(signingAlgorithms).optional().describe('Absent: ES256'),
  redeliver_after: z
    .int()
    .min(5)
    .max(3600)
    .optional()
    .describe('Seconds that a polled SET hides before it comes again, unless it is acknowledged; absent: 30')
}

/** What we decide: taken back as it is, and refused when it is another. */
const ours = {
  iss: z.unknown().optional(),
  aud: z.unknown().optional(),
  events_supported: z.unknown().optional(),
  events_delivered: z.unknown().optional(),
  min_verification_interval: z.unknown().optional()
}

const CreateStream = z.object(wished).describe('SSF 8.1.1.1')
const ChangeStream = z.object({ stream_id, ...wished, ...ours }).describe('SSF 8.1.1.3, 8.1.1.4')

const Stream = z
  .object({
    stream_id: z.string(),
    iss: z.string(),
    aud: z.string(),
    delivery: z.object({ method: z.enum([deliveryMethods.poll, deliveryMethods.push]), endpoint_url: z.string() }),
    events_supported: z.array(z.string()),
    events_requested: z.array(z.string()).optional(),
    events_delivered: z.array(z.string()),
    min_verification_interval: z.int(),
    description: z.string().optional(),
    signing_alg: z.enum(signingAlgorithms),
    redeliver_after: z.int()
  })
  .meta({ id: 'StreamConfiguration', description: 'SSF 1.0 stream configuration; signing_alg and redeliver_after are our own' })

const Status = z
  .object({ stream_id: z.string(), status: z.enum(['enabled', 'paused', 'disabled']), reason: z.string().optional() })
  .meta({ id: 'StreamStatus', description: 'SSF 1.0 stream status' })

const idQuery = z.object({ stream_id })
const ifMatch = z.object({ 'if-match': z.string().optional().describe('The ETag of the version that you read') })
const manage = [{ oauth: ['ssf.manage'] }]
const read = [{ oauth: ['ssf.manage'] }, { oauth: ['ssf.read'] }]

export const ssfRoutes =
  (surface: Surface): FastifyPluginAsyncZod =>
  async app => {
    const { services, issuer, eventNamespace } = surface
    readJsonWhateverItsType(app)
    app.addHook('preHandler', async request => spend(surface, 'stream-management-per-minute', clientOf(request), managementPerMinute))
    const uriOf = (type: string) => `${eventNamespace}${type}`
    const toBody = (stream: ManagedStream): z.infer<typeof Stream> => ({
      stream_id: stream.id,
      iss: issuer,
      aud: stream.audience,
      delivery:
        stream.delivery.method === 'push'
          ? { method: deliveryMethods.push, endpoint_url: stream.delivery.endpoint }
          : { method: deliveryMethods.poll, endpoint_url: `${issuer}/v1/streams/${stream.id}/poll` },
      events_supported: stream.supported.map(uriOf),
      ...(stream.requested === null ? {} : { events_requested: stream.requested.map(uriOf) }),
      events_delivered: stream.delivered.map(uriOf),
      min_verification_interval: verificationIntervalSeconds,
      ...(stream.description === null ? {} : { description: stream.description }),
      signing_alg: stream.signingAlgorithm,
      redeliver_after: stream.redeliverAfterSeconds
    })
    const toWish = (body: z.infer<typeof CreateStream>): StreamWish => ({
      delivery: body.delivery === undefined ? null : deliveryOf(body.delivery),
      requested: body.events_requested === undefined ? null : eventTypes.filter(type => body.events_requested?.includes(uriOf(type))),
      description: body.description ?? null,
      signingAlgorithm: body.signing_alg ?? null,
      redeliverAfterSeconds: body.redeliver_after ?? null
    })

    app.post(
      '/ssf/streams',
      {
        onRequest: authenticate(surface, ['ssf.manage']),
        // The standard knows no such header: whoever sends none is served as it says.
        ...idempotent(surface, () => false),
        schema: {
          operationId: 'createStream',
          tags: ['Streams'],
          summary: 'Make a stream of your own (SSF 1.0)',
          description: `Polled (RFC 8936) unless you ask for push (RFC 8935). You get events that you may have: of those you may read, about your own agency or employer. At most ${streamsMax} streams a client. With an Idempotency-Key a request whose answer was lost can be repeated, and makes one stream.`,
          security: manage,
          headers: z.object({ 'idempotency-key': z.string().optional().describe('1 to 255 characters') }),
          body: CreateStream,
          response: { 201: Stream, ...problemResponses(400, 401, 403, 409, 413, 415, 422, 429, 503) }
        }
      },
      async (request, reply) => {
        const stream = await services.createStream(clientOf(request).id, toWish(request.body), request.once)
        return reply
          .code(201)
          .header('cache-control', 'no-store')
          .header('etag', entityTag(toBody(stream)))
          .header('location', `${issuer}/ssf/streams?stream_id=${stream.id}`)
          .send(toBody(stream))
      }
    )

    app.get(
      '/ssf/streams',
      {
        onRequest: authenticate(surface, ['ssf.manage', 'ssf.read']),
        schema: {
          operationId: 'readStreams',
          tags: ['Streams'],
          summary: 'Read one of your streams, or all of them (SSF 1.0)',
          security: read,
          querystring: idQuery.partial(),
          response: { 200: z.union([Stream, z.array(Stream)]), ...problemResponses(400, 401, 403, 404, 429, 503) }
        }
      },
      async (request, reply) => {
        const { stream_id: id } = request.query
        reply.header('cache-control', 'private, no-cache')
        const clientId = clientOf(request).id
        if (id === undefined) return (await services.listStreams(clientId)).map(toBody)
        const stream = toBody(await services.readStream(clientId, id))
        reply.header('etag', entityTag(stream))
        return stream
      }
    )

    for (const [method, operationId, summary] of [
      ['PATCH', 'updateStream', 'Change what you name of a stream (SSF 1.0)'],
      ['PUT', 'replaceStream', 'Replace a stream’s configuration: what you leave out goes back to its default (SSF 1.0)']
    ] as const) {
      app.route({
        method,
        url: '/ssf/streams',
        onRequest: authenticate(surface, ['ssf.manage']),
        schema: {
          operationId,
          tags: ['Streams'],
          summary,
          description:
            'Members that are ours to give (iss, aud, events_supported, events_delivered …) may be sent back as they are. With If-Match and the ETag that you read, ' +
            'the change is made to that version or not at all (412).',
          security: manage,
          headers: ifMatch,
          body: ChangeStream,
          response: { 200: Stream, ...problemResponses(400, 401, 403, 404, 409, 412, 413, 415, 429, 503) }
        },
        handler: async (request, reply) => {
          const { stream_id: id, ...body } = request.body as z.infer<typeof ChangeStream>
          const clientId = clientOf(request).id
          const before = toBody(await services.readStream(clientId, id))
          requireCurrent(entityTag(before), request)
          refuseOurs(body, before)
          const changed = toBody(await services.changeStream(clientId, id, toWish(body), { replaces: method === 'PUT' }))
          reply.header('cache-control', 'no-store').header('etag', entityTag(changed))
          return changed
        }
      })
    }

    app.delete(
      '/ssf/streams',
      {
        onRequest: authenticate(surface, ['ssf.manage']),
        schema: {
          operationId: 'deleteStream',
          tags: ['Streams'],
          summary: 'Delete a stream: what it was owed is discarded (SSF 1.0)',
          security: manage,
          headers: ifMatch,
          querystring: idQuery,
          response: { 204: z.undefined().describe('Deleted'), ...problemResponses(400, 401, 403, 404, 412, 429, 503) }
        }
      },
      async (request, reply) => {
        const { id: clientId } = clientOf(request)
        const { stream_id: id } = request.query
        requireCurrent(entityTag(toBody(await services.readStream(clientId, id))), request)
        await services.deleteStream(clientId, id)
        return reply.code(204).send()
      }
    )

    app.get(
      '/ssf/status',
      {
        onRequest: authenticate(surface, ['ssf.manage', 'ssf.read']),
        schema: {
          operationId: 'readStreamStatus',
          tags: ['Streams'],
          summary: 'Whether a stream is enabled, paused or disabled (SSF 1.0)',
          security: read,
          querystring: idQuery,
          response: { 200: Status, ...problemResponses(400, 401, 403, 404, 429, 503) }
        }
      },
      async (request, reply) => {
        const { id, status } = await services.readStream(clientOf(request).id, request.query.stream_id)
        reply.header('cache-control', 'no-store')
        return { stream_id: id, status }
      }
    )

    app.post(
      '/ssf/status',
      {
        onRequest: authenticate(surface, ['ssf.manage']),
        schema: {
          operationId: 'changeStreamStatus',
          tags: ['Streams'],
          summary: 'Enable, pause or disable a stream (SSF 1.0)',
          description:
            'paused: what you are owed is held until you enable it. disabled: nothing more is owed to you, and what was owed waits for somebody to look, or for you to enable it.',
          security: manage,
          body: z.object({ stream_id, status: z.enum(['enabled', 'paused', 'disabled']), reason: z.string().max(500).optional() }),
          response: { 200: Status, ...problemResponses(400, 401, 403, 404, 413, 415, 429, 503) }
        }
      },
      async (request, reply) => {
        const { stream_id: id, status, reason } = request.body
        await services.setStreamStatus(clientOf(request).id, id, status)
        reply.header('cache-control', 'no-store')
        return { stream_id: id, status, ...(reason === undefined ? {} : { reason }) }
      }
    )

    app.post(
      '/ssf/verify',
      {
        onRequest: authenticate(surface, ['ssf.manage']),
        schema: {
          operationId: 'verifyStream',
          tags: ['Streams'],
          summary: 'Ask for a verification event (SSF 1.0)',
          description: `It comes on the stream, with your state. Once in ${verificationIntervalSeconds} s.`,
          security: manage,
          body: z.object({ stream_id, state: z.string().max(1_024).optional() }),
          response: { 204: z.undefined().describe('It will come'), ...problemResponses(400, 401, 403, 404, 409, 413, 415, 429, 503) }
        }
      },
      async (request, reply) => {
        const { stream_id: id, state } = request.body
        const wait = await services.verifyStream(clientOf(request).id, id, state ?? null)
        if (wait > 0) throw new TooManyRequests('verifications-per-stream', wait)
        return reply.code(204).send()
      }
    )
  }

const deliveryOf = (delivery: z.infer<typeof Delivery>): NonNullable<StreamWish['delivery']> =>
  delivery.method === deliveryMethods.push
    ? { method: 'push', endpoint: delivery.endpoint_url, authorizationHeader: delivery.authorization_header ?? null }
    : { method: 'poll' }

/** Whoever reads, changes and writes back sends our own members too: they are no wish, and must be what they were (SSF 8.1.1.3). */
function refuseOurs(body: Readonly<Record<string, unknown>>, stream: Readonly<Record<string, unknown>>): void {
  const changed = Object.keys(ours).filter(name => body[name] !== undefined && !isSame(body[name], stream[name]))
  if (changed.length === 0) return
  throw new HttpRefusal('validation', `these are ours to give: ${changed.join(', ')}; leave them out, or send them back as they are`, {
    errors: changed.map(name => ({ pointer: `/${name}`, code: 'read-only' }))
  })
}

/** `aud` may come as an array of one, and lists in any order. */
const isSame = (given: unknown, held: unknown): boolean => canonical(given) === canonical(held)

const canonical = (value: unknown): string => {
  const list = Array.isArray(value) ? value.toSorted() : [value]
  return JSON.stringify(list)
}
