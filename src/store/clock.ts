// How the database's clock stands to this machine's, and when either was last known to be right.
import { sql, type Tx } from './database.ts'

export interface Skew {
  /** At least so far apart; 0 when the look took longer than the difference. */
  ms: number
  /** Which of the two is ahead. */
  ahead: 'the database' | 'this machine'
}

/** Asked thrice: the quickest answer is taken. */
export const readSkew = async (tx: Tx): Promise<Skew> => {
  let best = { tookMs: Number.POSITIVE_INFINITY, skewMs: 0 }
  for (let tries = 0; tries < 3; tries++) {
    const before = Date.now()
    const [row] = await tx.query<{ at: Date }>(sql`select clock_timestamp() as at`)
    const after = Date.now()
    const skewMs = (row?.at.getTime() ?? 0) - (before + after) / 2
    if (after - before < best.tookMs) best = { tookMs: after - before, skewMs }
  }
  return { ms: Math.max(0, Math.abs(best.skewMs) - best.tookMs / 2), ahead: best.skewMs > 0 ? 'the database' : 'this machine' }
}

/** When the daily round of retention last ended, as far as that is before `now`; null when none has. */
export const lastRoundBefore = async (tx: Tx, now: Date): Promise<Date | null> => {
  const [row] = await tx.query<{ at: Date | null }>(sql`select max(finished_at) as at from retention_run where finished_at <= ${now}`)
  return row?.at ?? null
}
