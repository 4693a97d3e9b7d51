// The keys of what is kept under a key of its own: a message that is not read yet, a question or a row of nobody we know. In a table of their own, which stays small, so
// that the bytes of those that are destroyed can be taken out of the data files without keeping anybody waiting.
import { sql, type Tx } from './database.ts'
import type { Sql } from './sql.ts'

export interface OwnKey {
  id: string
  wrappedKey: Buffer | null
}

/** Keeps the keys of those that have one. */
export const keepOwnKeys = (tx: Tx, of: 'question' | 'row', kept: readonly OwnKey[]): Promise<unknown> => {
  const own = kept.filter(({ wrappedKey }) => wrappedKey !== null)
  return own.length === 0
    ? Promise.resolve()
    : tx.query(sql`
        insert into own_key (id, of, wrapped_key)
        select id, ${of}, key from unnest(${own.map(o => o.id)}::uuid[], ${own.map(o => o.wrappedKey)}::bytea[]) as g(id, key)`)
}

export const dropOwnKeys = (tx: Tx, ids: readonly string[]): Promise<unknown> =>
  ids.length === 0 ? Promise.resolve() : tx.query(sql`delete from own_key where id = any(${ids}::uuid[])`)

/** The wrapped key of the row with this id, as a column of another statement; null where it has none any more. */
export const ownKeyOf = (id: Sql): Sql => sql`(select k.wrapped_key from own_key k where k.id = ${id})`
