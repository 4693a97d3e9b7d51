// Security event tokens pushed to us (RFC 8935), and what became of them.
import type { FastifyRequest } from 'fastify'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { instant } from '../../../schemas/primitives.ts'
import { type ToldPosition, toldStatuses } from '../../store/what-became.ts'
import type { Position } from '../../trust/cursor.ts'
import { verifySet } from '../../trust/set.ts'
import { authenticate, clientOf, spend } from '../authenticate.ts'
import { readSets, setBytesMax } from '../body.ts'
import { SetError, sendSetError, setErrors } from '../errors.ts'
import { problemResponses } from '../openapi.ts'
import { linkNext, pageQuery, readCursor } from '../paging.ts'
import { HttpRefusal } from '../refusal.ts'
import type { Surface } from '../surface.ts'
import { says } from '../words/words.ts'

const became = {
  eventId: z.string().nullable().describe('Null when it was refused'),
  eventType: z.string().nullable(),
  receivedAt: z.iso.datetime(),
  tokenHash: z
    .string()
    .nullable()
    .describe(
      'SHA-256 of the token of a SET as it came, in hex: by it you know one that has no jti here. Null of an event told by REST, and once the data is gone'
    ),
  status: z
    .enum(toldStatuses)
    .describe(
      'refused: not taken, see refusal; stopped: it contradicts what is known, or at one recipient it stands still, and waits for a person to decide; ' +
        'waiting: kept, and counts for nothing until another event is there, see waitsFor; pending: somebody is still to get it; ' +
        'declined: done with, and a recipient said no; settled: nobody is owed it any more'
    ),
  waitsFor: z
    .enum(['corrected-event', 'earlier-event'])
    .optional()
    .describe('Of one that waits: for the event that it corrects, or for one that it follows (as a selection follows a registration)'),
  refusal: z
    .object({ code: z.string(), reason: z.string() })
    .optional()
    .describe('Of a refused one: why, as it was answered; where nothing of it was taken, what kind of fault it was'),
  deliveries: z.array(
    z.object({
      partner: z.string(),
      state: z.string(),
      updatedAt: z.iso.datetime(),
      code: z.string().optional().describe('Of a refusal: the code of the partner'),
      partnerSaid: z
        .object({ code: z.string(), text: z.string() })
        .optional()
        .describe('Of a refusal: the own words of the partner, where your role may read them')
    })
  )
}

const SetStatus = z.object({ jti: z.string(), ...became }).describe('What became of a SET, recipient by recipient')

const ListedSet = z
  .object({
    jti: z
      .string()
      .nullable()
      .describe(
        'Of a SET; null of an event told by REST, of a SET of which nothing was taken, and once the data of whom it is about is gone'
      ),
    key: z.string().nullable().describe('Your own id of an event told by REST, where you gave one; null also once the data is gone'),
    ...became
  })
  .meta({ id: 'ListedSet', description: 'What became of a message of yours, recipient by recipient' })

const listQuery = z.strictObject({
  ...pageQuery,
  status: z.enum(toldStatuses).optional().describe('Only those that stand so'),
  since: instant.optional().describe('Only what came at this time or later')
})

const readsPerMinute = 600

export const setRoutes =
  (surface: Surface): FastifyPluginAsyncZod =>
  async app => {
    await app.register(pushRoute(surface))

    app.get(
      '/v1/sets',
      {
        onRequest: authenticate(surface, ['set.push']),
        schema: {
          operationId: 'listSets',
          tags: ['Events'],
          summary: 'What became of the SETs you pushed, and of events you told by REST',
          description:
            'In the order in which they came. Follow Link rel="next" until there is none: where the status asked for is rare, a page may be short, or empty. ' +
            'Rows of files have a list of their own, at /v1/imports/{id}/rows. A signed SET of which nothing was taken (claims, type, agency, time, schema, a jti used before) is listed for 90 days, without its jti: ' +
            'nothing of what it says is kept, so know it by tokenHash. What was refused and then taken, the same as it was, is what was taken.',
          security: [{ oauth: ['set.push'] }],
          querystring: listQuery,
          response: {
            200: z.object({ items: z.array(ListedSet) }).describe('A page; Link rel="next" leads to the next one'),
            ...problemResponses(400, 401, 403, 429, 503)
          }
        }
      },
      async (request, reply) => {
        const client = clientOf(request)
        spend(surface, 'reads-per-minute', client, readsPerMinute)
        const { limit, cursor, status, since } = request.query
        const list = { clientId: client.id, path: '/v1/sets', filters: { status: status ?? null, since: since ?? null } }
        const position = readCursor(surface, list, cursor)
        const { items, end } = await surface.services.listSets(client.id, {
          limit,
          status: status ?? null,
          since: since === undefined ? null : new Date(since),
          after: position === null ? null : toldPosition(position)
        })
        linkNext(
          surface,
          reply,
          list,
          limit,
          end && [end.receivedAt, end.keyHash.toString('base64url'), end.payloadHash.toString('base64url')]
        )
        return { items: items.map(item => ({ ...item, deliveries: [...item.deliveries] })) }
      }
    )

    app.get(
      '/v1/sets/:jti',
      {
        onRequest: authenticate(surface, ['set.push']),
        schema: {
          operationId: 'getSet',
          tags: ['Events'],
          summary: 'What became of a SET you pushed',
          description:
            'Under one jti what was taken goes before what was refused, and of what was refused before anything of it was taken (for 90 days) the last one: all of them are in the list at /v1/sets.',
          security: [{ oauth: ['set.push'] }],
          params: z.object({ jti: z.string().min(1).max(256).describe('Percent-encoded') }),
          response: {
            200: SetStatus,
            ...problemResponses(400, 401, 403, 404, 503)
          }
        }
      },
      async (request, reply) => {
        const { jti } = request.params
        const status = await surface.services.setStatus(clientOf(request).id, jti)
        if (status === null) throw new HttpRefusal('not-found', says('jti-unknown'))
        reply.header('cache-control', 'private, no-cache')
        return { jti, ...status, deliveries: [...status.deliveries] }
      }
    )
  }

/** A cursor of a version before this one has no third part: its page begins with what it ended with. */
const toldPosition = ([receivedAt, keyHash, payloadHash = '']: Position): ToldPosition => ({
  receivedAt: String(receivedAt),
  keyHash: Buffer.from(String(keyHash), 'base64url'),
  payloadHash: Buffer.from(String(payloadHash), 'base64url')
})

const pushRoute =
  (surface: Surface): FastifyPluginAsyncZod =>
  async app => {
    readSets(app)
    app.setErrorHandler(setErrors(surface))
    const { services, issuer } = surface
    app.post(
      '/v1/sets',
      {
        bodyLimit: setBytesMax,
        // After size and type: RFC 8935 answers those first.
        preValidation: [authenticate(surface, ['set.push'], 'insufficient-scope'), refuseNothing],
        schema: {
          operationId: 'pushSet',
          tags: ['Events'],
          summary: 'Push a security event token (RFC 8935)',
          description:
            'One SET (RFC 8417), signed with a registered key. 202 says that it is stored and will reach everyone it concerns; the same SET again gets 202 again. ' +
            'Another payload under a jti used before is refused. Why something is refused is told in English, Spanish or French, as Accept-Language asks; a repeat too.',
          security: [{ oauth: ['set.push'] }],
          headers: z.object({
            'accept-language': z.string().optional().describe('The language of refusals: en, es or fr (RFC 9110 12.5.4)')
          }),
          consumes: ['application/secevent+jwt'],
          body: z.string().describe('A compact JWS'),
          response: {
            202: z.undefined().describe('Stored'),
            400: SetError,
            401: SetError,
            403: SetError,
            413: SetError,
            415: SetError,
            429: SetError,
            503: SetError
          }
        }
      },
      async (request, reply) => {
        const client = clientOf(request)
        const receivedAt = services.now()
        spend(surface, 'sets-per-minute', client, client.setBudgetPerMinute)
        const set = await verifySet(request.body, client, issuer, receivedAt)
        if ('err' in set && set.signed !== undefined) await services.noteRefusedSet(client.id, set.signed, set.err)
        const answer = 'err' in set ? set : await services.ingestSet({ client, set, receivedAt, trace: request.trace })
        if (!('err' in answer)) return reply.code(202).send()
        return sendSetError(request, reply.code(answer.err === 'access_denied' ? 403 : 400), answer.err, answer.description)
      }
    )
  }

/** A request without any body has no type either, so no parser looked at it. */
const refuseNothing = async ({ body }: FastifyRequest): Promise<void> => {
  if (typeof body !== 'string') throw new HttpRefusal('validation', says('body-empty'))
}
