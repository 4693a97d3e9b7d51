// Monthly partitions of what is kept for a while only: made ahead of time, dropped when old.
import { transportDays } from '../domain/rules/retention.ts'
import { type Database, sql, type Tx } from './database.ts'

/** The tables that are partitioned by month, and how long their rows are kept when nobody says otherwise. */
export const partitionedTables = { attempt: 400, transport_copy: transportDays } as const satisfies Record<string, number>

export type PartitionedTable = keyof typeof partitionedTables

const monthsAhead = 2

/**
 * Makes the partitions of the month of `now` and the next two; those that are there are left alone. For the owner of the tables: the application's role
 * may not.
 * @returns the names of the partitions made.
 */
export const createPartitions = async (owner: Database, now: Date): Promise<string[]> => {
  const made: string[] = []
  for (const table of await presentTables(owner)) {
    const existing = new Set((await listPartitions(owner, table)).map(partition => partition.name))
    for (let ahead = 0; ahead <= monthsAhead; ahead++) {
      const from = startOfMonth(now, ahead)
      const name = partitionName(table, from)
      if (existing.has(name)) continue
      await owner.query(
        sql.script(
          `create table if not exists ${name} partition of ${table} for values from ('${from.toISOString()}') to ('${startOfMonth(now, ahead + 1).toISOString()}')`
        )
      )
      made.push(name)
    }
  }
  return made
}

/**
 * Drops the partitions whose last row is older than the table's days at `now`.
 * @returns the names of the partitions dropped.
 */
export const dropPartitions = async (
  owner: Database,
  now: Date,
  days: Readonly<Record<PartitionedTable, number>> = partitionedTables
): Promise<string[]> => {
  const dropped: string[] = []
  for (const table of await presentTables(owner)) {
    const limit = now.getTime() - days[table] * 86_400_000
    for (const { name, until } of await listPartitions(owner, table)) {
      if (until.getTime() > limit) continue
      await owner.query(sql.script(`drop table if exists ${name}`))
      dropped.push(name)
    }
  }
  return dropped
}

/** The first month, of this one and the next, that a table has no partition for ('2026-12'); null when there are all. */
export const monthMissing = async (tx: Tx, now: Date): Promise<string | null> => {
  for (const table of await presentTables(tx)) {
    const existing = new Set((await listPartitions(tx, table)).map(partition => partition.name))
    for (const ahead of [0, 1]) {
      const from = startOfMonth(now, ahead)
      if (!existing.has(partitionName(table, from))) return from.toISOString().slice(0, 7)
    }
  }
  return null
}

/** The monthly partitions of a table, oldest first, with the instant at which each ends. */
export const listPartitions = async (tx: Tx, table: PartitionedTable): Promise<{ name: string; until: Date }[]> => {
  const rows = await tx.query<{ name: string }>(sql`
    select c.relname as name from pg_inherits i join pg_class c on c.oid = i.inhrelid
    where i.inhparent = to_regclass(${table}) order by c.relname`)
  return rows.flatMap(({ name }) => {
    const month = /_(\d{4})_(\d{2})$/.exec(name)
    return month === null ? [] : [{ name, until: new Date(Date.UTC(Number(month[1]), Number(month[2]))) }]
  })
}

/** A database between two versions may not have all of them yet. */
const presentTables = (tx: Tx): Promise<PartitionedTable[]> =>
  tx
    .query<{ name: PartitionedTable }>(
      sql`select name from unnest(${Object.keys(partitionedTables)}::text[]) as t(name) where to_regclass(name) is not null`
    )
    .then(rows => rows.map(row => row.name))

const startOfMonth = (at: Date, ahead: number): Date => new Date(Date.UTC(at.getUTCFullYear(), at.getUTCMonth() + ahead))

const partitionName = (table: PartitionedTable, from: Date): string => `${table}_${from.toISOString().slice(0, 7).replace('-', '_')}`
