// Weekly places: counted in one guarded update, so that no number of workers can overrun a week.
import { sql, type Tx } from './database.ts'

export const readCapacity = async (tx: Tx, id: string): Promise<{ weekly: number; carryOver: number } | undefined> =>
  (await tx.query<{ weekly: number; carryOver: number }>(sql`select weekly, carry_over as "carryOver" from capacity where id = ${id}`))[0]

export const readWeek = async (tx: Tx, id: string, week: string): Promise<{ quota: number; used: number } | undefined> =>
  (
    await tx.query<{ quota: number; used: number }>(sql`select quota, used from capacity_week where capacity_id = ${id} and week = ${week}`)
  )[0]

/** Makes the week with its quota if it is not there yet. */
export const openWeek = (tx: Tx, id: string, week: string, quota: number): Promise<unknown> =>
  tx.query(sql`insert into capacity_week (capacity_id, week, quota) values (${id}, ${week}, ${quota}) on conflict do nothing`)

/** Takes places of a week, all or none; waits for whoever is taking some of it. @returns false when so many are not free. */
export const book = async (tx: Tx, id: string, week: string, places: number): Promise<boolean> =>
  (
    await tx.query(sql`
    update capacity_week set used = used + ${places}
    where capacity_id = ${id} and week = ${week} and used + ${places} <= quota returning used`)
  ).length > 0

/** Gives places back: refused or not sent, while their week lasts. */
export const release = (tx: Tx, id: string, week: string, places: number): Promise<unknown> =>
  tx.query(sql`update capacity_week set used = greatest(0, used - ${places}) where capacity_id = ${id} and week = ${week}`)

/**
 * Places that these deliveries hold are theirs no longer; those of `week`, which lasts, are free for others. Weeks that are over keep their
 * count.
 */
export const freePlaces = (tx: Tx, deliveryIds: readonly string[], week: string): Promise<unknown> =>
  tx.query(sql`
    with held as (
      select d.id, d.capacity_week, p.capacity_id from delivery d join partner p on p.id = d.partner_id
      where d.id = any(${deliveryIds}::text[]) and d.capacity_week is not null for update of d),
    cleared as (update delivery d set capacity_week = null from held where d.id = held.id)
    update capacity_week w set used = greatest(0, w.used - freed.places)
    from (select capacity_id, count(*)::int as places from held where capacity_week = ${week} group by capacity_id) freed
    where w.capacity_id = freed.capacity_id and w.week = ${week}`)

/** The latest week opened before this one. ISO weeks compare as text. */
export const readWeekBefore = async (tx: Tx, id: string, week: string): Promise<{ quota: number; used: number } | undefined> =>
  (
    await tx.query<{ quota: number; used: number }>(
      sql`select quota, used from capacity_week where capacity_id = ${id} and week < ${week} order by week desc limit 1`
    )
  )[0]
