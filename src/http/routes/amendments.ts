// Changes of placements and offers by those who have seen them: PATCH with If-Match, each one an event like any other.

import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { type AmendableKind, amendmentSchemas, amendments } from '../../../schemas/amendment.ts'
import type { Amended } from '../../flow/amend.ts'
import { authenticate, clientOf, spend } from '../authenticate.ts'
import { patchTypes, readPatches } from '../body.ts'
import { entityTag, isNamedBy, isOutdated, requireIfMatch } from '../conditional.ts'
import { idempotent, readIdempotencyKey } from '../idempotency.ts'
import { problemResponses } from '../openapi.ts'
import { HttpRefusal, schemaValidator } from '../refusal.ts'
import type { Surface } from '../surface.ts'
import { says } from '../words/words.ts'

const collections = [
  { path: '/v1/placements', kind: 'placement', operationId: 'amendPlacement', what: 'the person of a placement that you registered' },
  { path: '/v1/offers', kind: 'offer', operationId: 'amendOffer', what: 'an offer that you told' }
] as const

const Amendment = z
  .object({
    eventId: z.string().describe('The gateway’s id of the event that the change became'),
    version: z.int().describe('Of the record, with the change')
  })
  .meta({ id: 'Amendment', description: 'A change that is stored' })

export const amendmentRoutes =
  (surface: Surface): FastifyPluginAsyncZod =>
  async app => {
    readPatches(app)
    for (const { path, kind, operationId, what } of collections) {
      const { type, section } = amendments[kind]
      app.patch(
        `${path}/:id`,
        {
          onRequest: [authenticate(surface, ['set.push']), requireIfMatch],
          ...idempotent(surface, () => false),
          // What a patch may not say is told in its own words, where the record is known to be the client's.
          validatorCompiler: route => (route.httpPart === 'body' ? data => ({ value: data }) : schemaValidator(route as never)),
          schema: {
            operationId,
            tags: ['Records'],
            summary: `Correct ${what}`,
            description:
              `A merge patch (RFC 7396) of what GET shows, of record.${section} alone: it becomes an event ${type} that takes effect now and goes to everyone it concerns, by the same rules as a SET. ` +
              'If-Match names the version that you have seen; when it is no longer the present one, nothing is stored (412). The answer’s ETag is that of the version with your change, and of no later one. ' +
              'Send an Idempotency-Key, and a request whose answer was lost can be repeated as it is; without one the repeat is 412. Everything else of a record is changed by telling the event that changes it.',
            security: [{ oauth: ['set.push'] }],
            consumes: [...patchTypes],
            params: z.object({ id: z.string().min(1).max(64).describe('As the list gives it') }),
            headers: z.object({
              'if-match': z
                .string()
                .describe('The ETag that GET gave you; several, or * for any version, are taken too. Weak ones match none'),
              'idempotency-key': z.string().optional().describe('1 to 255 characters')
            }),
            body: amendmentSchemas[kind],
            response: { 200: Amendment, ...problemResponses(400, 401, 403, 404, 409, 412, 413, 415, 422, 428, 429, 503) }
          }
        },
        async (request, reply) => {
          const client = clientOf(request)
          spend(surface, 'sets-per-minute', client, client.setBudgetPerMinute)
          const { id } = request.params
          const key = readIdempotencyKey(request)
          const answer = await surface.services.amendRecord(client.id, {
            kind,
            id,
            patch: request.body,
            key: key === null ? null : `patch ${request.url} ${key}`,
            evidence: JSON.stringify({ method: 'PATCH', path: request.url, ifMatch: request.headers['if-match'], body: request.body }),
            isBasis: view => isNamedBy(view && entityTag(view), request)
          })
          const { eventId, view } = storedOrRefuse(kind, answer)
          reply.header('etag', entityTag(view)).header('cache-control', 'no-store')
          return { eventId, version: view.version }
        }
      )
    }
  }

/** @throws HttpRefusal for a change that was not made, saying why. */
const storedOrRefuse = (kind: AmendableKind, answer: Amended): Extract<Amended, { status: 'amended' }> => {
  switch (answer.status) {
    case 'amended':
      return answer
    case 'not-there':
      throw new HttpRefusal('not-found', says(`no-${kind}`))
    case 'outdated':
      throw isOutdated()
    case 'unfit':
      throw new HttpRefusal('validation', says('patch-unfit'), { errors: answer.faults.slice(0, 20) })
    case 'refused':
      throw new HttpRefusal('validation', answer.said ?? answer.reason, { errors: [{ pointer: '', code: answer.code }] })
    case 'without-effect':
      throw new HttpRefusal('conflict', answer.said)
    case 'not-granted':
      throw new HttpRefusal('forbidden', answer.said)
    case 'conflict':
      throw new HttpRefusal('idempotency-key-reused', says('patch-key-used'))
  }
}
