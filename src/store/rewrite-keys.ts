// The tables of keys, rewritten: a row that was changed or deleted leaves its bytes in the data file until then.
import { setTimeout as pause } from 'node:timers/promises'
import { type Database, sql, type Tx } from './database.ts'
import { isOutOfTime } from './database-error.ts'

/** `later`: a lock was not to be had in time, or an open transaction kept old rows alive. The daily round does it again for a week. */
export type Rewritten = 'done' | 'later' | 'not-allowed'

/** Nobody reads or writes a table while it is rewritten, nor while somebody waits to: whoever holds it for longer than this is left to the daily round. */
const lockWaitMs = 500
const lockTriesMax = 3
/** A table of keys is small: a million of them take some seconds. */
const rewriteMs = 60_000
const roundsMax = 20
const pauseMs = 250

/**
 * Takes the bytes of keys that are destroyed out of the data files. They stand in tables of their own, so that what is rewritten is small: nobody waits for it longer
 * than for a statement. What a snapshot that is still open could see is copied along, so those of people are done again until no such row is left; own keys, which come and
 * go all the time, went long before hers does.
 * @returns `not-allowed` before PostgreSQL 17, where only the owner may, and after an upgrade to it until the owner has migrated.
 */
export const rewriteKeyTables = async (database: Database): Promise<Rewritten> => {
  const turn = await database.lock('jisr rewrite keys', rewriteAll, { waitMs: 5_000 })
  return turn.locked ? turn.value : 'later'
}

type KeyTable = 'person' | 'blocked_key' | 'own_key'

const rewriteAll = async (session: Tx): Promise<Rewritten> => {
  const [may] = await session.query<{ may: boolean }>(sql`
    select pg_has_role(c.relowner, 'usage') or case when current_setting('server_version_num')::int >= 170000
      then has_table_privilege(c.oid, 'maintain') else false end as may from pg_class c where c.oid = 'person'::regclass`)
  if (may?.may !== true) return 'not-allowed'
  await session.query(sql`select set_config('lock_timeout', ${String(lockWaitMs)}, false)`)
  await session.query(sql`select set_config('statement_timeout', ${String(rewriteMs)}, false)`)
  try {
    // Hers first: that own keys, which are busy, must wait holds up nobody's erasure.
    const rewritten = [await rewritePeople(session), await rewrite(session, 'own_key')]
    return rewritten.includes(false) ? 'later' : 'done'
  } finally {
    await session.query(sql.script('reset lock_timeout; reset statement_timeout'))
  }
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
const rewrite = async (session: Tx, table: KeyTable): Promise<boolean> => {
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
