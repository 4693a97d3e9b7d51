// What was done by hand: read here, written by the statement that does it.
import { sql, type Tx } from './database.ts'

export interface Act {
  id: string
  at: Date
  actor: string
  action: string
  about: string
  reason: string
}

export interface ActFilter {
  actor: string | null
  /** An action, or what stands before its dot: `client`. */
  action: string | null
  about: string | null
  since: Date | null
  limit: number
}

/** So many at a time: the table stays open for whoever acts meanwhile. */
const forgetAtOnce = 10_000
const batchesMax = 1_000

/**
 * Forgets acts of before a day (those since `from` alone, where it is given), and writes down that it did. For the owner of the tables: the
 * application's role may not. @returns how many
 */
export const forgetActs = async (
  owner: Tx,
  { rule, from, before }: { rule: string; from: string | null; before: string }
): Promise<number> => {
  let forgotten = 0
  for (let batch = 0; batch < batchesMax; batch++) {
    const [row] = await owner.query<{ count: number }>(sql`
      with gone as (
        delete from audit where id in (
          select id from audit where at < ${midnight(before)} and at >= ${from === null ? new Date(0) : midnight(from)} order by id limit ${forgetAtOnce}) returning id),
      noted as (
        insert into audit (actor, action, about, reason)
        select 'jisr', 'audit.forgotten', 'audit', ${`retention rule ${rule}: acts before ${before}`} from gone limit 1)
      select count(*)::int as count from gone`)
    forgotten += row?.count ?? 0
    if ((row?.count ?? 0) < forgetAtOnce) break
  }
  return forgotten
}

const midnight = (day: string): Date => new Date(`${day}T00:00:00Z`)

/** Newest first. */
export const listActs = (tx: Tx, { actor, action, about, since, limit }: ActFilter): Promise<Act[]> =>
  tx.query(sql`
    select id::text, at, actor, action, about, reason from audit
    where (${actor}::text is null or actor = ${actor}) and (${about}::text is null or about = ${about})
      and (${action}::text is null or action = ${action} or split_part(action, '.', 1) = ${action})
      and (${since}::timestamptz is null or at >= ${since})
    order by audit.id desc limit ${limit}`)
