// How things stand, counted from rows; and when a process says that it does not do its work.
import { expect, test } from 'vitest'
import { readStanding, restOfSettled, type Standing, shareReading } from '../../src/flow/standing.ts'
import { readiness } from '../../src/roles/admin.ts'
import { openMeter } from '../../src/roles/meter.ts'
import { sql } from '../../src/store/database.ts'
import { countSettled } from '../../src/store/standing.ts'
import { referencePartner, testHouse } from '../support/house.ts'
import { registration } from '../support/people.ts'

const t = await testHouse()
const { house } = t
await referencePartner(t, 'office', [{ type: 'candidate.registered' }, { type: 'candidate.preselected' }])
await t.submit({ person: 'w-1', type: 'candidate.registered', at: '2026-01-10T09:00:00Z', payload: registration(1) })
await t.submit({ person: 'w-1', type: 'candidate.preselected', at: '2026-01-11T09:00:00Z', payload: { campaign: 2026 } })
await t.submit({ person: 'w-2', type: 'candidate.registered', at: '2026-01-10T09:00:00Z', payload: registration(2) })

const look = (queues: Standing['queues'] = []) => readStanding(house, async () => queues)
const overdue = (by: string) => house.database.query(sql`update delivery set not_before = now() - ${by}::interval where state = 'due'`)

test('deliveries, lanes and the oldest due one are counted by partner', async () => {
  await overdue('30 seconds')
  const [office] = (await look()).partners
  expect(office).toMatchObject({ id: 'office', deliveries: { due: 2, behind: 1 }, lanesOpen: 2, lanesBlocked: 0, inFlight: false })
  expect(office?.oldestDueSeconds).toBeGreaterThanOrEqual(29)
})

test('a worker is not ready when something is long due and nothing goes; other processes are, and so is a paused partner’s worker', async () => {
  expect(await readiness(house, () => look(), true)).toEqual({ ready: true, because: [], warnings: [] })
  await overdue('10 minutes')
  expect(await readiness(house, () => look(), false)).toMatchObject({ ready: true })
  expect(await readiness(house, () => look(), true)).toMatchObject({
    ready: false,
    because: [expect.stringMatching(/^nothing goes to office/)]
  })
  await house.database.query(sql`update delivery set state = 'dispatched' where id = (select min(id) from delivery where state = 'due')`)
  expect(await readiness(house, () => look(), true)).toMatchObject({ ready: true })
  await house.database.query(sql`update delivery set state = 'due' where state = 'dispatched'`)
  await house.database.query(sql`update partner set status = 'paused'`)
  await house.directory.refresh()
  expect(await readiness(house, () => look(), true)).toMatchObject({ ready: true })
  await house.database.query(sql`update partner set status = 'active'`)
  await house.directory.refresh()
})

test('a queue that does not answer makes a worker unready', async () => {
  await overdue('1 second')
  expect(await readiness(house, () => look(null), true)).toMatchObject({
    ready: false,
    because: [expect.stringContaining('queue does not answer')]
  })
})

test('a database that answers, and has no room to store anything, is told as that', async () => {
  const full = { ...house, database: { ...house.database, ranOut: () => true } }
  expect(await readiness(full, () => look(), false)).toMatchObject({
    ready: false,
    because: [expect.stringMatching(/out of disk or memory: make room/)]
  })
})

test('a database that does not answer is told as that', async () => {
  const away = { ...house, database: { ...house.database, query: () => Promise.reject(new Error('Fatima')) } }
  const told = await readiness(away as typeof house, () => look(), true)
  expect(told).toEqual({ ready: false, because: ['the database does not answer'], warnings: [] })
})

test('what is blocked and what waits for a person is in the measurements, without anybody’s name', async () => {
  await house.database.query(
    sql`update delivery set state = 'parked', reason = 'r' where id = (select id from delivery where state = 'due' order by position limit 1)`
  )
  const meter = openMeter({ log: () => {} })
  meter.show(await look([{ queue: 'inbox', waiting: 4, delayed: 0, active: 1 }]))
  meter.log('http.answered', { method: 'POST', route: '/v1/sets', status: 202, durationMs: 30 })
  meter.log('http.answered', { method: 'GET', route: '/v1/sets/:jti', status: 200, durationMs: 30 })
  meter.log('delivery.attempted', { partner: 'office', outcome: 'accepted' })
  meter.measured({ partner: 'office', outcome: 'accepted', queuedMs: 2_000, executionMs: 500, isFirst: true, isSettled: true })
  meter.measured({ partner: 'office', outcome: 'due', queuedMs: 9_000, executionMs: 500, isFirst: false, isSettled: false })
  const text = await meter.registry.metrics()
  for (const line of [
    'jisr_deliveries{partner="office",state="parked"} 1',
    'jisr_lanes{partner="office",state="blocked"} 1',
    'jisr_lanes{partner="office",state="open"} 1',
    'jisr_waiting{kind="delivery"} 1',
    'jisr_queue_jobs{queue="inbox",state="waiting"} 4',
    'jisr_intake_duration_seconds_count{route="/v1/sets",status="2xx"} 1',
    'jisr_attempts_total{partner="office",outcome="accepted"} 1',
    'jisr_delivery_queued_seconds_sum{partner="office"} 2',
    'jisr_delivery_execution_seconds_count{partner="office"} 2',
    'jisr_delivery_total_seconds_sum{partner="office"} 2.5'
  ])
    expect(text).toContain(`${line}\n`)
  expect(text).toMatch(/nodejs_eventloop_lag_seconds \d/)
  expect(text).not.toContain('w-1')
})

test('many who look at once share one reading, and a reading that failed is not kept', async () => {
  let reads = 0
  const once = shareReading(async () => {
    reads++
    if (reads === 1) throw new Error('away')
    return look()
  })
  await expect(once()).rejects.toThrow('away')
  const all = await Promise.all([once(), once(), once()])
  expect([reads, new Set(all).size]).toEqual([2, 1])
})

test('what is done with may have been counted some readings ago; what an operator acts on is counted at every look', async () => {
  let counted = 0
  const settled = shareReading(
    async () => {
      counted++
      return countSettled(house.database)
    },
    { ...restOfSettled, restMs: 60_000 }
  )
  const before = (await readStanding(house, async () => [], settled)).partners[0]?.deliveries
  await house.database.query(sql`update delivery set state = 'parked' where id in (select id from delivery where state = 'due' limit 1)`)
  const after = (await readStanding(house, async () => [], settled)).partners[0]?.deliveries
  expect(counted).toBe(1)
  expect(after).toEqual({ ...before, due: (before?.due ?? 0) - 1 || undefined, parked: (before?.parked ?? 0) + 1 })
})
