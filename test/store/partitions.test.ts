import { beforeAll, expect, test } from 'vitest'
import { sql } from '../../src/store/database.ts'
import { createPartitions, dropPartitions, listPartitions, type PartitionedTable, partitionedTables } from '../../src/store/partitions.ts'
import { freshDatabase } from '../support/database.ts'

const { db, owner } = await freshDatabase()
const tables = Object.keys(partitionedTables) as PartitionedTable[]

// What the migration made for today is not what these tests speak of.
beforeAll(async () => {
  await dropPartitions(owner, new Date('2200-01-01'))
})

const names = async (table: PartitionedTable) => (await listPartitions(owner, table)).map(partition => partition.name)
const write = (at: string) =>
  db.query(sql`
    insert into transport_copy (id, parcel_id, body, created_at) values (${crypto.randomUUID()}, '01M855CNY3MARQT2EQX70MN8QX', ${Buffer.from('x')}, ${at}::timestamptz)`)

test('every table of the list is partitioned, and no other table is', async () => {
  const rows = await owner.query<{ name: string }>(sql`
    select relname as name from pg_class where relkind = 'p' and relnamespace = 'public'::regnamespace order by relname`)
  expect(rows.map(row => row.name)).toEqual([...tables].sort())
})

test('a month and the two after it are made, once, across the end of a year', async () => {
  const now = new Date('2031-11-30T23:59:59Z')
  expect(await createPartitions(owner, now)).toHaveLength(3 * tables.length)
  for (const table of tables) expect(await names(table)).toEqual([`${table}_2031_11`, `${table}_2031_12`, `${table}_2032_01`])
  expect(await createPartitions(owner, now)).toEqual([])
})

test('rows find their month to the microsecond, and a month nobody made is refused', async () => {
  await createPartitions(owner, new Date('2031-11-15T00:00:00Z'))
  for (const at of ['2031-11-01T00:00:00Z', '2031-11-30T23:59:59.999999Z', '2031-12-01T00:00:00Z', '2032-01-31T23:59:59.999999Z'])
    await write(at)
  const rows = await owner.query(sql`select tableoid::regclass::text as month, count(*) as n from transport_copy group by 1 order by 1`)
  expect(rows).toEqual([
    { month: 'transport_copy_2031_11', n: 2 },
    { month: 'transport_copy_2031_12', n: 1 },
    { month: 'transport_copy_2032_01', n: 1 }
  ])
  await expect(write('2032-02-01T00:00:00Z')).rejects.toThrow(/no partition/)
})

test('a month is dropped when its last row is old enough, and not a moment earlier', async () => {
  await createPartitions(owner, new Date('2031-11-15T00:00:00Z'))
  const days = { ...partitionedTables, attempt: 3_650, transport_copy: 90 }
  // The last moment of November is 90 days old at the first of March of a leap year, less one day.
  expect(await dropPartitions(owner, new Date('2032-02-28T23:59:59Z'), days)).toEqual([])
  expect(await dropPartitions(owner, new Date('2032-02-29T00:00:00Z'), days)).toEqual(['transport_copy_2031_11'])
  expect(await names('transport_copy')).toEqual(['transport_copy_2031_12', 'transport_copy_2032_01'])
})

test('the application can neither make nor drop a month', async () => {
  await expect(createPartitions(db, new Date('2040-01-01'))).rejects.toMatchObject({ code: '42501' })
  await createPartitions(owner, new Date('2040-01-01'))
  await expect(dropPartitions(db, new Date('2200-01-01'))).rejects.toMatchObject({ code: '42501' })
})
