// Workers that die, stand still and wake again: whatever instant is hit, every delivery has its effect once and in order.
import { expect, test } from 'vitest'
import { queueOf } from '../../src/flow/jobs.ts'
import { sql } from '../../src/store/database.ts'
import { until } from '../support/house.ts'
import { openScene } from './scene.ts'

const scene = await openScene()
const { t, partners } = scene
const sending = async () => (await t.house.database.query(sql`select id from delivery where state = 'sending'`)).length

test.each([
  ['before the partner stored it', false],
  ['after the partner stored it', true]
])('a worker killed in the middle of a send, %s', async (_name, afterStoring) => {
  const worker = await scene.startWorker()
  for (const partner of partners) await partner.misbehave({ mode: 'hang', afterStoring })
  await scene.owe(12)
  await until('both partners have something under way', async () => (await sending()) >= 10)
  await worker.kill()
  for (const partner of partners) await partner.misbehave({ mode: 'none' })
  const next = await scene.startWorker()
  await scene.settledOnce()
  await next.kill()
})

test('workers killed again and again, at any moment', async () => {
  await scene.owe(25)
  for (const partner of partners) await partner.misbehave({ mode: 'slow', delayMs: 60 })
  let kills = 0
  while ((await scene.openCount()) > 0 && kills < 3) {
    const worker = await scene.startWorker()
    const before = await scene.openCount()
    await until('some progress', async () => (await scene.openCount()) < before - 8 || (await scene.openCount()) === 0)
    await worker.kill()
    kills += 1
  }
  for (const partner of partners) await partner.misbehave({ mode: 'none' })
  const last = await scene.startWorker()
  await scene.settledOnce()
  expect(kills).toBeGreaterThanOrEqual(2)
  await last.kill()
})

test('a worker that stands still past its lease and wakes again changes nothing that another has settled', async () => {
  const sleeper = await scene.startWorker()
  for (const partner of partners) await partner.misbehave({ mode: 'slow', delayMs: 400 })
  await scene.owe(12)
  await until('it is sending', async () => (await sending()) >= 6)
  sleeper.child.kill('SIGSTOP')
  for (const partner of partners) await partner.misbehave({ mode: 'none' })
  const other = await scene.startWorker()
  await scene.settledOnce()
  const settled = await t.house.database.query(sql`select id, attempt_id, receipt, settled_at from delivery order by id`)
  sleeper.child.kill('SIGCONT')
  await other.kill()
  await scene.owe(3)
  await scene.settledOnce()
  const ids = new Set(settled.map(row => row.id))
  const now = await t.house.database.query(sql`select id, attempt_id, receipt, settled_at from delivery order by id`)
  expect(now.filter(row => ids.has(row.id))).toEqual(settled)
  await sleeper.kill()
})

test('the queue emptied under two workers, three times', async () => {
  const workers = [await scene.startWorker(), await scene.startWorker()]
  for (const partner of partners) await partner.misbehave({ mode: 'slow', delayMs: 50 })
  const owing = scene.owe(30)
  for (let i = 0; i < 3; i++) {
    const before = await scene.openCount()
    await until('some progress', async () => Math.abs((await scene.openCount()) - before) > 5)
    await t.queues.empty(queueOf('reference'))
  }
  await owing
  for (const partner of partners) await partner.misbehave({ mode: 'none' })
  await scene.settledOnce()
  for (const worker of workers) await worker.kill()
})

test('jobs that wait in a queue which is emptied before any worker comes', async () => {
  await scene.owe(5)
  await t.queues.add(queueOf('reference'), [{ id: 'foreign', data: { kind: 'send', partner: 'nobody', deliveries: ['x'] } }])
  await t.queues.empty(queueOf('reference'))
  const worker = await scene.startWorker()
  await scene.settledOnce()
  await worker.close()
})
