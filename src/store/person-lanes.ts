// What is owed about people, taken back: they are blocked or erased, or object to what is optional.
import { sql, type Tx } from './database.ts'
import { lockLanes, notLeft } from './deliveries.ts'

/** Why nothing more is owed about somebody. */
export const goneReason = 'the person’s data was blocked or erased'

/**
 * Takes back all that is owed about these people. What an attempt holds is left to it: it settles what it sent. Of what was sent and not
 * answered nobody will know: the partner counts among those who may have it. @returns the ids of what had not left.
 */
export const supersedePeople = async (tx: Tx, personIds: readonly string[], now: Date): Promise<string[]> => {
  const lanes = await lanesAbout(tx, personIds, null)
  const unsent = await supersedeLanes(tx, lanes, { code: 'person-gone', reason: goneReason }, now)
  await tx.query(sql`
    update delivery set state = 'superseded', settled_at = ${now}, outcome_code = 'person-gone', reason = ${goneReason}, lease_until = null
    where lane_id = any(${lanes}::bigint[]) and state = 'unknown'`)
  return unsent
}

/** Takes back what is owed about these people to these partners, as far as it has not left. @returns the ids of what was. */
export const supersedeAt = async (tx: Tx, personIds: readonly string[], partnerIds: readonly string[], now: Date): Promise<string[]> =>
  supersedeLanes(tx, await lanesAbout(tx, personIds, partnerIds), { code: 'objected', reason: 'she objected to it' }, now)

/** Locked. Null: at every partner. */
const lanesAbout = async (tx: Tx, aboutIds: readonly string[], partnerIds: readonly string[] | null): Promise<number[]> => {
  const lanes = await tx.query<{ id: number }>(sql`
    select id from lane where about_id = any(${aboutIds}::uuid[]) and (${partnerIds}::text[] is null or partner_id = any(${partnerIds}::text[]))`)
  const ids = lanes.map(lane => lane.id)
  await lockLanes(tx, ids)
  return ids
}

const supersedeLanes = async (tx: Tx, laneIds: readonly number[], why: { code: string; reason: string }, now: Date): Promise<string[]> =>
  (
    await tx.query<{ id: string }>(sql`
    update delivery set state = 'superseded', settled_at = ${now}, outcome_code = ${why.code}, reason = ${why.reason}, lease_until = null
    where lane_id = any(${laneIds}::bigint[]) and state in ${notLeft} returning id`)
  ).map(row => row.id)
