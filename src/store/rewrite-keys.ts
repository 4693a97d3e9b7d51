// The tables of keys, rewritten: a row that was changed or deleted leaves its bytes in the data file until then.
import { setTimeout as pause } from 'node:timers/promises'
import { type Database, sql, type Tx } from './database.ts'
import { isOutOfTime } from './database-error.ts'

/** `later`: a lock was not to be had in time, an open transaction kept old rows alive, or a table is too large to be rewritten but by the daily round. */
export type Rewritten = 'done' | 'later' | 'not-allowed'

/** Nobody reads or writes a table while it is rewritten, nor while somebody waits to: whoever holds it for longer than this is left to the daily round. */
const lockWaitMs = 500
const lockTriesMax = 3
/** Some three seconds. What is larger holds up partners' messages for too long in the middle of a day. */
const atOnceBytesMax = 128 * 1024 * 1024
const dailyMs = 600_000
const roundsMax = 20
const pauseMs = 250

/**
 * Takes the bytes of keys that are destroyed out of the data files. Of messages and questions, whose own keys went long before hers does, large tables wait for
 * the daily round. What a snapshot that is still open could see is copied along, so those of people are done again until no such row is left.
 * @returns `not-allowed` before PostgreSQL 17, where only the owner may, and after an upgrade to it until the owner has migrated.
 */
export const rewriteKeyTables = async (database: Database, { isDaily }: { isDaily: boolean }): Promise<Rewritten> => {
  const turn = await database.lock('jisr rewrite keys', session => rewriteAll(session, isDaily), { waitMs: 5_000 })
  return turn.locked ? turn.value : 'later'
}

const rewriteAll = async (session: Tx, isDaily: boolean): Promise<Rewritten> => {
  const [may] = await session.query<{ may: boolean }>(sql`
    select pg_has_role(c.relowner, 'usage') or case when current_setting('server_version_num')::int >= 170000
      then has_table_privilege(c.oid, 'maintain') else false end as may from pg_class c where c.oid = 'person'::regclass`)
  if (may?.may !== true) return 'not-allowed'
  await session.query(sql`select set_config('lock_timeout', ${String(lockWaitMs)}, false)`)
  if (isDaily) await session.query(sql`select set_config('statement_timeout', ${String(dailyMs)}, false)`)
  try {
    const messages = [await rewriteLarge(session, 'inbox', isDaily), await rewriteLarge(session, 'question', isDaily)]
    return (await rewritePeople(session)) && !messages.includes(false) ? 'done' : 'later'
  } finally {
    await session.query(sql.script('reset lock_timeout; reset statement_timeout'))
  }
}

const rewriteLarge = async (session: Tx, table: 'inbox' | 'question', isDaily: boolean): Promise<boolean> => {
  const [size] = await session.query<{ bytes: number }>(sql`select pg_total_relation_size(${table}::regclass)::bigint as bytes`)
  return (isDaily || (size?.bytes ?? 0) <= atOnceBytesMax) && rewrite(session, table)
}

const rewritePeople = async (session: Tx): Promise<boolean> => {
  for (let round = 1; round <= roundsMax; round++) {
    if (!((await rewrite(session, 'person')) && (await rewrite(session, 'blocked_key')))) return false
    // The analysis that follows a rewrite counts the dead rows that it met.
    const dead = await session.query(
      sql`select relname from pg_stat_user_tables where relname in ('person', 'blocked_key') and n_dead_tup > 0`
    )
    if (dead.length === 0) return true
    await pause(pauseMs)
  }
  return false
}

/** @returns false when its lock, or time for it, was not to be had. */
const rewrite = async (session: Tx, table: 'inbox' | 'question' | 'person' | 'blocked_key'): Promise<boolean> => {
  for (let tried = 1; ; tried++) {
    try {
      await session.query(sql`vacuum (full, analyze) ${sql.identifier(table)}`)
      return true
    } catch (error) {
      if (!isOutOfTime(error)) throw error
      if (tried === lockTriesMax) return false
      await pause(pauseMs)
    }
  }
}
