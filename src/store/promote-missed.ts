// Heads of lanes that a crash left behind, found turn by turn.
import { sql, type Tx } from './database.ts'
import { lockLanes, promote, settled } from './deliveries.ts'

/** So many deliveries that are open are looked at in one turn. */
const lookedAtMax = 50_000

/**
 * Promotes lane heads that a crash left behind: a safety net, not the way. Looks at the lanes after `afterLane`, as many as one turn allows.
 * @returns how many it promoted, and the lane after which the next turn goes on: 0, from the beginning, when this one came to the end
 */
export const promoteMissed = async (tx: Tx, afterLane = 0, most = lookedAtMax): Promise<{ promoted: number; afterLane: number }> => {
  const [looked] = await tx.query<{ missed: number[]; last: number | null; count: number }>(sql`
    with looked as (
      select lane_id, state, position from delivery where state not in ${settled} and lane_id > ${afterLane}
      order by lane_id, position limit ${most}),
    head as (select distinct on (lane_id) lane_id, state from looked order by lane_id, position)
    select coalesce((select array_agg(lane_id) from head where state = 'behind'), '{}') as missed,
      (select max(lane_id) from looked) as last, (select count(*)::int from looked) as count`)
  const { missed, last, count } = looked ?? { missed: [], last: null, count: 0 }
  if (missed.length > 0) {
    await lockLanes(tx, missed)
    await promote(tx, missed)
  }
  return { promoted: missed.length, afterLane: count < most ? 0 : (last ?? 0) }
}
