// BullMQ's tables: known to be missing, made once, and usable by a role that owns nothing.
import pg from 'pg'
import { afterAll, expect, onTestFinished, test } from 'vitest'
import { migrateQueue, pendingQueueMigrations } from '../../src/queue/migrate.ts'
import { openQueues } from '../../src/queue/queue.ts'
import { applicationRole } from '../../src/store/migrate.ts'
import { freshDatabase } from '../support/database.ts'
import { until } from './workers.ts'

const { url } = await freshDatabase()
const owner = new pg.Client(url)
await owner.connect()
afterAll(() => owner.end())

test('what is pending is named before, applied once by two that try together, and not pending after', async () => {
  await owner.query('drop schema if exists bullmq cascade')
  const before = await pendingQueueMigrations(owner)
  expect(before[0]).toBe('bullmq 1')
  expect(before.length).toBeGreaterThan(5)
  const other = new pg.Client(url)
  await other.connect()
  onTestFinished(() => other.end())
  await Promise.all([migrateQueue(owner), migrateQueue(other)])
  expect(await pendingQueueMigrations(owner)).toEqual([])
  const { rows } = await owner.query('select count(*)::int as applied from bullmq.migration')
  expect(rows[0].applied).toBe(before.length)
})

test('six commands that start at once each make sure of it, and none stumbles over another', async () => {
  const clients = Array.from({ length: 6 }, () => new pg.Client(url))
  onTestFinished(async () => void (await Promise.all(clients.map(client => client.end()))))
  await Promise.all(clients.map(client => client.connect()))
  for (let round = 0; round < 5; round++) await Promise.all(clients.map(client => migrateQueue(client, applicationRole)))
  expect(await pendingQueueMigrations(owner)).toEqual([])
})

test('a half-migrated queue names only what is left', async () => {
  await migrateQueue(owner)
  const { rows } = await owner.query('select max(version) as latest from bullmq.migration')
  await owner.query('begin; delete from bullmq.migration where version = (select max(version) from bullmq.migration)')
  expect(await pendingQueueMigrations(owner)).toEqual([`bullmq ${rows[0].latest}`])
  await owner.query('rollback')
})

test('the application’s role, which owns no table, adds, works, counts and empties', async () => {
  await migrateQueue(owner, applicationRole)
  const queues = openQueues({ backend: { kind: 'postgres', url, role: applicationRole }, prefix: 'role' })
  onTestFinished(() => queues.close())
  const done: string[] = []
  await queues.add('jobs', [{ id: 'one', data: {} }])
  queues.work('jobs', async (_, { id }) => void done.push(id), { concurrency: 1 })
  await until(10_000, 'the job', () => done.length === 1)
  await queues.empty('jobs')
  await queues.add('jobs', [{ id: 'two', data: {} }])
  await until(10_000, 'the next job', () => done.length === 2)
  const { rows } = await owner.query("select distinct tableowner from pg_tables where schemaname = 'bullmq'")
  expect(rows.map(({ tableowner }) => tableowner)).not.toContain(applicationRole)
})

test('tables that were dropped and made again under a running process are used by it, without a restart', async () => {
  await migrateQueue(owner, applicationRole)
  const queues = openQueues({ backend: { kind: 'postgres', url, role: applicationRole }, prefix: 'dropped' })
  onTestFinished(() => queues.close())
  const done: string[] = []
  const work = queues.work('jobs', async (_, { id }) => void done.push(id), { concurrency: 2, stuckMs: 3_000 })
  await queues.add('jobs', [{ id: 'before', data: {} }])
  await until(10_000, 'the job before', () => done.includes('before'))
  await owner.query('drop schema bullmq cascade')
  await expect(queues.add('jobs', [{ id: 'meanwhile', data: {} }])).rejects.toThrow()
  await expect(queues.depth('jobs')).rejects.toThrow()
  await until(10_000, 'the worker to see it', () => work.health().state === 'away')
  await migrateQueue(owner, applicationRole)
  await queues.add('jobs', [{ id: 'after', data: {} }])
  await queues.add(
    'jobs',
    Array.from({ length: 20 }, (_, i) => ({ id: `after-${i}`, data: {} }))
  )
  await until(30_000, 'the jobs after', () => done.length === 22)
  expect((await queues.depth('jobs')).waiting).toBe(0)
  expect(work.health().recreated).toBe(0)
})
