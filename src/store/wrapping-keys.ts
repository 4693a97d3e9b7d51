// Keys that a key service wraps for us: the current one, the next and the former ones.
import { sql, type Tx } from './database.ts'

export interface WrappingKeyRow {
  id: string
  /** As the key service gave it. */
  wrapped: string
  state: 'next' | 'current' | 'former'
}

/** The channel on which every process hears that there is a key to know, or another one to use. */
export const wrappingKeysChannel = 'jisr_wrapping_keys'

export const listWrappingKeys = (tx: Tx): Promise<WrappingKeyRow[]> =>
  tx.query<WrappingKeyRow>(sql`select id, wrapped, state from wrapping_key order by made_at desc, id`)

/** Adds a key, unless there is one in this state already; the act is audited. @returns whether it was added. */
export const addWrappingKey = async (tx: Tx, key: WrappingKeyRow, actor: string, reason: string): Promise<boolean> =>
  (
    await tx.query(sql`
    with added as (
      insert into wrapping_key (id, wrapped, state) values (${key.id}, ${key.wrapped}, ${key.state}) on conflict do nothing returning id)
    insert into audit (actor, action, about, reason) select ${actor}, 'key.added', id, ${reason} from added returning id`)
  ).length > 0

/** How long ago the next key was made, in seconds; null when there is none. */
export const ageOfNext = async (tx: Tx): Promise<number | null> =>
  (
    await tx.query<{ age: number }>(sql`select extract(epoch from now() - made_at)::float8 as age from wrapping_key where state = 'next'`)
  )[0]?.age ?? null

/** The next key becomes the current one. Within a transaction. */
export const promoteNextKey = async (tx: Tx, actor: string, reason: string): Promise<void> => {
  await tx.query(sql`select id from wrapping_key where state <> 'former' order by id for update`)
  const next = await tx.query(sql`select id from wrapping_key where state = 'next'`)
  if (next.length === 0) return
  await tx.query(sql`update wrapping_key set state = 'former' where state = 'current'`)
  await tx.query(sql`
    with current as (update wrapping_key set state = 'current' where state = 'next' returning id)
    insert into audit (actor, action, about, reason) select ${actor}, 'key.current', id, ${reason} from current`)
}

export const announceWrappingKeys = (tx: Tx): Promise<unknown> => tx.query(sql`select pg_notify(${wrappingKeysChannel}, '')`)
