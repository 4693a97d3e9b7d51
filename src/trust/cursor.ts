// Cursors of paged lists: opaque to the client, valid only for the client and the filters they were given for.
import { createHmac, type KeyObject, timingSafeEqual } from 'node:crypto'
import { deriveKey } from './master-key.ts'

/** Where the last page ended, in the order of the list: (updated_at, id) for most. Never a person's data. */
export type Position = readonly (string | number)[]

/** What a cursor is bound to. */
export interface CursorScope {
  clientId: string
  collection: string
  /** The filters as given; order does not count. */
  filters: Readonly<Record<string, string>>
}

export interface Cursors {
  write(position: Position, scope: CursorScope): string
  /** The position, or null for a cursor that was altered, made for another client or list or filters, or not made here. */
  read(cursor: string, scope: CursorScope): Position | null
}

export function cursors(secret: KeyObject): Cursors {
  const key = deriveKey(secret, 'jisr cursor')
  const mac = (position: string, scope: CursorScope): Buffer => {
    const filters = Object.entries(scope.filters).sort(([a], [b]) => (a < b ? -1 : 1))
    return createHmac('sha256', key)
      .update(JSON.stringify([position, scope.clientId, scope.collection, filters]))
      .digest()
  }
  return {
    write(position, scope) {
      const text = Buffer.from(JSON.stringify(position)).toString('base64url')
      return `${text}.${mac(text, scope).toString('base64url')}`
    },
    read(cursor, scope) {
      const [text, given, more] = cursor.length > cursorLengthMax ? [] : cursor.split('.')
      if (text === undefined || given === undefined || more !== undefined) return null
      const expected = mac(text, scope)
      const received = Buffer.from(given, 'base64url')
      if (received.length !== expected.length || !timingSafeEqual(received, expected)) return null
      return JSON.parse(Buffer.from(text, 'base64url').toString('utf8')) as Position
    }
  }
}

const cursorLengthMax = 1_024
