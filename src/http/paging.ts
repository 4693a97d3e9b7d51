// Lists by pages: limit and cursor as the client gives them, and the Link to the next page.

import type { FastifyReply } from 'fastify'
import { z } from 'zod'
import type { Position } from '../trust/cursor.ts'
import { HttpRefusal } from './refusal.ts'
import type { Surface } from './surface.ts'
import { says } from './words/words.ts'

const limitDefault = 50
const limitMax = 200

/** The query members of every list; they come as text. */
export const pageQuery = {
  limit: z.coerce.number().int().min(1).max(limitMax).default(limitDefault).describe(`Entries a page, 1 to ${limitMax}`),
  cursor: z
    .string()
    .max(1_024)
    .optional()
    .describe('From the Link rel="next" of the page before; valid for the same client and filters only')
}

export interface List {
  clientId: string
  /** Path of the list, with which its cursors are bound. */
  path: string
  /** As the client gave them; null for those it did not give. */
  filters: Readonly<Record<string, string | null>>
}

/** Where the page begins: null at the beginning. @throws HttpRefusal 400 for a cursor that was altered or is another list's or client's. */
export const readCursor = ({ services }: Surface, list: List, cursor: string | undefined): Position | null => {
  if (cursor === undefined) return null
  const position = services.cursors().read(cursor, scopeOf(list))
  if (position === null) {
    throw new HttpRefusal('validation', says('cursor-altered'), {
      errors: [{ pointer: '/cursor', code: 'cursor' }]
    })
  }
  return position
}

/** Sets `Link: <absolute URL>; rel="next"`; absent on the last page. */
export const linkNext = ({ services, issuer }: Surface, reply: FastifyReply, list: List, limit: number, end: Position | null): void => {
  reply.header('cache-control', 'private, no-cache')
  if (end === null) return
  const query = new URLSearchParams({ ...givenFilters(list), limit: String(limit), cursor: services.cursors().write(end, scopeOf(list)) })
  reply.header('link', `<${issuer}${list.path}?${query}>; rel="next"`)
}

const givenFilters = ({ filters }: List): Record<string, string> =>
  Object.fromEntries(Object.entries(filters).flatMap(([name, value]) => (value === null ? [] : [[name, value]])))

const scopeOf = (list: List) => ({ clientId: list.clientId, collection: list.path, filters: givenFilters(list) })
