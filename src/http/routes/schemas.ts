// The canonical language as JSON Schema: an event's URI is the address of its schema.

import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { isEventType } from '../../../schemas/event.ts'
import { problemResponses } from '../openapi.ts'
import { HttpRefusal } from '../refusal.ts'
import { says } from '../words/words.ts'

const folder = path.resolve(import.meta.dirname, '../../../schemas/json')

const JsonSchema = z.looseObject({ title: z.string(), description: z.string() }).describe('JSON Schema 2020-12')

/** Reads the generated files once: a name that is not among them is not there, so no name of a request becomes a path. */
export const schemaRoutes: FastifyPluginAsyncZod = async app => {
  const texts = bundled(
    new Map(
      readdirSync(folder)
        .filter(file => file.endsWith('.json'))
        .map(file => [file.slice(0, -'.json'.length), readFileSync(path.join(folder, file), 'utf8')])
    )
  )
  const addresses = [
    { url: '/ns/event/v1/:name', operationId: 'eventSchema', summary: 'The schema of an event by its URI', serves: isEventType },
    {
      url: '/schemas/:name',
      operationId: 'schema',
      summary: 'A schema of the canonical language: a record, an event, a receipt',
      serves: () => true
    }
  ]
  for (const { url, operationId, summary, serves } of addresses) {
    app.get(
      url,
      {
        schema: {
          operationId,
          summary,
          tags: ['Discovery'],
          security: [],
          params: z.object({ name: z.string().max(64) }),
          response: {
            200: { description: 'JSON Schema 2020-12', content: { 'application/schema+json': { schema: JsonSchema } } },
            ...problemResponses(404)
          }
        }
      },
      async (request, reply) => {
        const { name } = request.params
        const text = serves(name) ? texts.get(name) : undefined
        if (text === undefined) throw new HttpRefusal('not-found', says('schema-unknown'))
        reply
          .header('cache-control', 'public, max-age=3600')
          .type('application/schema+json')
          .serializer((body: string) => body)
        return reply.send(text as never)
      }
    )
  }
}

/** What a schema refers to goes with it (JSON Schema 2020-12, 9.3): whoever fetches one needs no other. */
const bundled = (texts: ReadonlyMap<string, string>): ReadonlyMap<string, string> => {
  const { $schema: _, ...sent } = JSON.parse(texts.get('sent-record') ?? '{}') as Record<string, unknown>
  const bundle = (name: string, text: string) =>
    isEventType(name) ? JSON.stringify({ ...(JSON.parse(text) as object), $defs: { 'sent-record': sent } }) : text
  return new Map([...texts].map(([name, text]) => [name, bundle(name, text)]))
}
