// What failed and waits for its next try, tried at once: its partner is back.
import { sql, type Tx } from './database.ts'

/**
 * Of what failed and waits for its next try a page, in its order, is tried now; what somebody is at just now is left to him. What the partner put off itself
 * costs no try, and waits on. @returns the position of each.
 */
export const tryNow = async (tx: Tx, partnerId: string, now: Date, afterPosition: number, limit: number): Promise<number[]> => {
  const rows = await tx.query<{ position: number }>(sql`
    update delivery set not_before = ${now} where id in (
      select id from delivery where partner_id = ${partnerId} and position > ${afterPosition} and state = 'due' and attempts > 0 and not_before > ${now}
      order by position limit ${limit} for update skip locked) returning position`)
  return rows.map(({ position }) => position)
}
