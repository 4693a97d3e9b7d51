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

/** Newest first. */
export const listActs = (tx: Tx, { actor, action, about, since, limit }: ActFilter): Promise<Act[]> =>
  tx.query(sql`
    select id::text, at, actor, action, about, reason from audit
    where (${actor}::text is null or actor = ${actor}) and (${about}::text is null or about = ${about})
      and (${action}::text is null or action = ${action} or split_part(action, '.', 1) = ${action})
      and (${since}::timestamptz is null or at >= ${since})
    order by id desc limit ${limit}`)
