// The REST twin of a SET: one event about a placement, an offer or an authorization, for senders without tokens of their own.
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { eventTable, eventTypes, type SubjectKind } from '../../../schemas/event.ts'
import { instant } from '../../../schemas/primitives.ts'
import type { Admission } from '../../flow/admit.ts'
import { authenticate, clientOf, spend } from '../authenticate.ts'
import { idempotent, readIdempotencyKey } from '../idempotency.ts'
import { problemResponses } from '../openapi.ts'
import { HttpRefusal } from '../refusal.ts'
import type { Surface } from '../surface.ts'
import { says } from '../words/words.ts'

const collections = [
  { path: 'placements', kind: 'placement', operationId: 'addPlacementEvent', id: 'The person, as you know her' },
  { path: 'offers', kind: 'offer', operationId: 'addOfferEvent', id: 'The offer, as you know it' },
  { path: 'authorizations', kind: 'authorization', operationId: 'addAuthorizationEvent', id: 'The person, as you know her' }
] as const satisfies { path: string; kind: SubjectKind; operationId: string; id: string }[]

const typesAbout = (kind: SubjectKind) =>
  eventTypes.filter(type => eventTable[type].about === kind && type !== 'record.corrected') as [string, ...string[]]

const Stored = z.object({ eventId: z.string().describe('The gateway’s id of the event') }).describe('An event that is stored')

export const eventRoutes =
  (surface: Surface): FastifyPluginAsyncZod =>
  async app => {
    for (const { path, kind, operationId, id } of collections) {
      app.post(
        `/v1/${path}/:id/events`,
        {
          onRequest: authenticate(surface, ['set.push']),
          ...idempotent(surface, request => (request.body as { key?: string }).key === undefined),
          schema: {
            operationId,
            tags: ['Events'],
            summary: `Tell an event about ${kind === 'offer' ? 'an offer' : `a person’s ${kind}`} (the REST twin of a SET)`,
            description:
              'The same rules as for a SET. 202 says that it is stored and will reach everyone it concerns. Send an Idempotency-Key, or your own id of the event as "key": ' +
              'repeated, it changes nothing and gets the first answer; with other content it is refused.',
            security: [{ oauth: ['set.push'] }],
            params: z.object({ id: z.string().min(1).max(256).describe(`${id}, or the id that GET /v1/${path} gives. Percent-encoded`) }),
            headers: z.object({
              'accept-language': z.string().optional().describe('The language of refusals: en, es or fr (RFC 9110 12.5.4)'),
              'idempotency-key': z.string().optional().describe('1 to 255 characters; needed where the body has no "key"')
            }),
            body: z
              .strictObject({
                type: z.enum(typesAbout(kind)),
                effectiveAt: instant.describe('When the fact took effect'),
                payload: z.record(z.string(), z.unknown()).describe('A patch of the record, as for a SET: see /schemas'),
                key: z.string().min(1).max(255).optional().describe('Your own id of this event')
              })
              .describe('An event'),
            response: { 202: Stored, ...problemResponses(400, 401, 403, 409, 413, 415, 422, 429, 503) }
          }
        },
        async (request, reply) => {
          const client = clientOf(request)
          spend(surface, 'sets-per-minute', client, client.setBudgetPerMinute)
          const { type, effectiveAt, payload, key } = request.body
          const answer = await surface.services.ingestEvent({
            clientId: client.id,
            // An Idempotency-Key counts for its address, an id of the sender's own wherever it comes.
            key: key === undefined ? `rest ${request.url} ${readIdempotencyKey(request)}` : `key ${key}`,
            type,
            sourceId: request.params.id,
            payload,
            effectiveAt: new Date(effectiveAt),
            evidence: JSON.stringify(request.body)
          })
          return reply.code(202).send({ eventId: storedOrRefuse(answer) })
        }
      )
    }
  }

/** The event's id. @throws HttpRefusal for an event that was not taken, saying why. */
const storedOrRefuse = (answer: Admission): string => {
  switch (answer.status) {
    case 'accepted':
      return answer.eventId
    case 'refused':
      throw new HttpRefusal('validation', answer.said ?? answer.reason, { errors: [{ pointer: '', code: answer.code }] })
    case 'unfit':
      throw new HttpRefusal('validation', says('event-unfit'), {
        errors: answer.faults.slice(0, 20).map(fault => ({ ...fault, pointer: `/payload${fault.pointer}` }))
      })
    case 'conflict':
      throw new HttpRefusal('idempotency-key-reused', says('event-key-used'))
    case 'not-yet':
      throw new HttpRefusal('validation', says('not-yet'), {
        errors: [{ pointer: '/effectiveAt', code: 'not-yet' }]
      })
    case 'not-granted':
      throw new HttpRefusal('forbidden', answer.said)
    case 'unknown-type':
      throw new HttpRefusal('validation', says('event-ours'), { errors: [{ pointer: '/type', code: 'value' }] })
  }
}
