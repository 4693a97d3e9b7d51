// A worker that stops taking jobs, or that is refused every job: made anew, and never in a hurry.

import { Queue } from 'bullmq'
import pg from 'pg'
import { afterAll, expect, onTestFinished, test } from 'vitest'
import { migrateQueue } from '../../src/queue/migrate.ts'
import { openPostgres } from '../../src/queue/postgres.ts'
import { openQueues } from '../../src/queue/queue.ts'
import { startWork } from '../../src/queue/work.ts'
import { freshDatabase } from '../support/database.ts'
import { until } from './workers.ts'

const { url } = await freshDatabase()
const owner = new pg.Client(url)
await owner.connect()
await migrateQueue(owner)
afterAll(() => owner.end())

const settings = { concurrency: 2, lockMs: 2_000, stalledIntervalMs: 500, stuckMs: 900 }

test('a worker that waits at the wrong place while jobs wait is made anew, once', async () => {
  const backend = openPostgres({ kind: 'postgres', url }, 'stuck')
  const producer = backend.producer('right')
  const probe = new Queue(producer.name, producer.options, producer.factory)
  let started = 0
  const deaf = { ...backend, worker: () => backend.worker(started++ === 0 ? 'wrong' : 'right') }
  const reports: string[] = []
  const taken: string[] = []
  const work = startWork(
    { backend: deaf, name: 'right', probe, report: ({ what }) => reports.push(what) },
    async (_, { id }) => void taken.push(id),
    settings
  )
  onTestFinished(async () => {
    await work.close()
    await probe.close()
    await backend.close()
  })
  await probe.add('job', {}, { jobId: 'waiting-1' })
  await until(10_000, 'the job to be taken', () => taken.length === 1)
  await until(5_000, 'the next look', () => work.health().state === 'idle')
  expect(work.health().recreated).toBe(1)
  expect(reports).toEqual(['worker recreated'])
  await probe.add('job', {}, { jobId: 'waiting-2' })
  await until(5_000, 'the next job', () => taken.length === 2)
  expect(work.health().recreated).toBe(1)
})

test('a worker whose slots are all busy is not taken for stuck', async () => {
  const queues = openQueues({ backend: { kind: 'postgres', url }, prefix: 'busy' })
  onTestFinished(() => queues.close())
  let ended = 0
  const work = queues.work(
    'full',
    async () => {
      await new Promise(resolve => setTimeout(resolve, 3_000))
      ended += 1
    },
    settings
  )
  await queues.add(
    'full',
    ['a', 'b', 'c'].map(id => ({ id, data: {} }))
  )
  await until(10_000, 'all three', () => ended === 3)
  expect(work.health().recreated).toBe(0)
})

test('an idle worker beside one that takes every job in time is not taken for stuck', async () => {
  const queues = openQueues({ backend: { kind: 'postgres', url }, prefix: 'beside' })
  onTestFinished(() => queues.close())
  let ended = 0
  const handler = async () => {
    await new Promise(resolve => setTimeout(resolve, 40))
    ended += 1
  }
  const patient = { ...settings, stuckMs: 1_500 }
  const works = [queues.work('shared', handler, patient), queues.work('shared', handler, { ...patient, concurrency: 1 })]
  await queues.add(
    'shared',
    Array.from({ length: 300 }, (_, index) => ({ id: `job-${index}`, data: {} }))
  )
  await until(20_000, 'all jobs', () => ended === 300)
  expect(works.map(work => work.health().recreated)).toEqual([0, 0])
})

test('a worker that is refused every job asks a few times a second, not thousands', async () => {
  const queues = openQueues({ backend: { kind: 'postgres', url }, prefix: 'refused' })
  onTestFinished(() => queues.close())
  const taken: string[] = []
  await queues.add('jobs', [{ id: 'one', data: {} }])
  await owner.query(`create sequence refusals;
    alter function bullmq.move_to_active rename to move_to_active_away;
    create function bullmq.move_to_active(text, text, bigint, bigint, text, integer, bigint) returns setof bullmq.job language plpgsql as
      $$ begin perform nextval('public.refusals'); raise exception 'out of order'; end $$`)
  const work = queues.work('jobs', async (_, { id }) => void taken.push(id), { ...settings, stuckMs: 60_000 })
  const asked = async () =>
    Number((await owner.query('select case when is_called then last_value else 0 end as asked from refusals')).rows[0].asked)
  await until(5_000, 'the first refusals', async () => (await asked()) >= 2)
  const before = await asked()
  await new Promise(resolve => setTimeout(resolve, 2_000))
  expect((await asked()) - before).toBeLessThan(20)
  await owner.query('drop function bullmq.move_to_active; alter function bullmq.move_to_active_away rename to move_to_active')
  await until(5_000, 'the job', () => taken.length === 1)
  expect(work.health().recreated).toBe(0)
})
