// Placements, authorizations and offers by pages and one by one, for clients whose role may read them.

import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { authenticate, clientOf, spend } from '../authenticate.ts'
import { entityTag, isKnownAs } from '../conditional.ts'
import { problemResponses } from '../openapi.ts'
import { linkNext, pageQuery, readCursor } from '../paging.ts'
import { HttpRefusal } from '../refusal.ts'
import type { Surface } from '../surface.ts'
import { says } from '../words/words.ts'

const readsPerMinute = 600

const collections = [
  { path: '/v1/placements', kind: 'placement', scope: 'placements.read', list: 'listPlacements', one: 'getPlacement', items: 'placements' },
  {
    path: '/v1/authorizations',
    kind: 'authorization',
    scope: 'authz.read',
    list: 'listAuthorizations',
    one: 'getAuthorization',
    items: 'authorizations'
  },
  { path: '/v1/offers', kind: 'offer', scope: 'offers.read', list: 'listOffers', one: 'getOffer', items: 'offers' }
] as const

const RecordView = z
  .object({
    id: z.string().describe('Yours alone: another client knows the same record by another id'),
    updatedAt: z.iso.datetime(),
    version: z.int(),
    state: z.string(),
    campaign: z
      .int()
      .nullable()
      .describe('Year of the activity; null for an authorization, which lasts for several, and for an offer that does not say'),
    record: z.record(z.string(), z.unknown()).describe('The fields that your role may have: see /schemas')
  })
  .meta({ id: 'RecordView', description: 'A record as you may see it' })

const query = {
  ...pageQuery,
  state: z
    .string()
    .regex(/^[A-Z][A-Z_]{1,39}$/)
    .optional()
    .describe('Only those in this state')
}

const ofPeople =
  'An origin agency sees its own candidates, an employer its own workers, an authority all. Every record shown is noted as disclosed.'
const whose = {
  placement: ofPeople,
  authorization: ofPeople,
  offer: 'An origin agency sees the offers that it told, an employer its own, an authority all. An offer is about nobody.'
}

export const recordRoutes =
  (surface: Surface): FastifyPluginAsyncZod =>
  async app => {
    const { services } = surface
    for (const { path, kind, scope, list: listId, one, items } of collections) {
      app.get(
        path,
        {
          onRequest: authenticate(surface, [scope]),
          schema: {
            operationId: listId,
            tags: ['Records'],
            summary: `The ${items} you may see, in the order in which they changed`,
            description: `${whose[kind]} Follow Link rel="next" until there is none.`,
            security: [{ oauth: [scope] }],
            querystring: kind === 'placement' ? z.strictObject({ ...query, campaign }) : z.strictObject(query),
            response: {
              200: z.object({ items: z.array(RecordView) }).describe('A page; Link rel="next" leads to the next one'),
              ...problemResponses(400, 401, 403, 429, 503)
            }
          }
        },
        async (request, reply) => {
          const client = clientOf(request)
          spend(surface, 'reads-per-minute', client, readsPerMinute)
          const given = request.query as { limit: number; cursor?: string; state?: string; campaign?: number }
          const filters = { state: given.state ?? null, campaign: given.campaign === undefined ? null : String(given.campaign) }
          const list = { clientId: client.id, path, filters }
          const position = readCursor(surface, list, given.cursor)
          const page = await services.readRecords(client.id, kind, {
            limit: given.limit,
            state: given.state ?? null,
            campaign: given.campaign ?? null,
            after: position === null ? null : { updatedAt: String(position[0]), id: String(position[1]) }
          })
          linkNext(surface, reply, list, given.limit, page.end === null ? null : [page.end.updatedAt, page.end.id])
          return { items: page.items }
        }
      )

      app.get(
        `${path}/:id`,
        {
          onRequest: authenticate(surface, [scope]),
          schema: {
            operationId: one,
            tags: ['Records'],
            summary: `One of the ${items} you may see`,
            description: whose[kind],
            security: [{ oauth: [scope] }],
            params: z.object({ id: z.string().min(1).max(64).describe('As the list gives it') }),
            response: {
              200: RecordView,
              304: z.undefined().describe('Not changed since If-None-Match'),
              ...problemResponses(400, 401, 403, 404, 429, 503)
            }
          }
        },
        async (request, reply) => {
          const client = clientOf(request)
          spend(surface, 'reads-per-minute', client, readsPerMinute)
          let etag = ''
          let isKnown = false
          const view = await services.readRecord(client.id, kind, request.params.id, shown => {
            etag = entityTag(shown)
            isKnown = isKnownAs(etag, request)
            return isKnown
          })
          if (view === null) throw new HttpRefusal('not-found', says(`no-${kind}`))
          reply.header('etag', etag).header('cache-control', 'private, no-cache')
          return isKnown ? reply.code(304).send() : view
        }
      )
    }
  }

const campaign = z.coerce.number().int().min(2000).max(2100).optional().describe('Only those of this year of activity')
