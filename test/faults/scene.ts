// What the fault tests share: a house, partners with journals on disk, worker processes with short leases, and what must be true in the end.
import { type ChildProcess, fork } from 'node:child_process'
import { join } from 'node:path'
import { afterEach, expect, vi } from 'vitest'
import { sql } from '../../src/store/database.ts'
import type { GatewayWorkerSettings } from '../support/gateway-worker.ts'
import { type ReferencePartner, referencePartner, type TestHouse, type TestHouseOptions, testHouse, until } from '../support/house.ts'

export interface WorkerProcess {
  child: ChildProcess
  /** kill -9, and waits until it is gone. */
  kill(): Promise<void>
  close(): Promise<void>
}

export interface Scene {
  t: TestHouse
  partners: ReferencePartner[]
  startWorker(): Promise<WorkerProcess>
  /** So many new people with three facts each: what every partner is owed. */
  owe(people: number): Promise<void>
  /** Waits until nothing is open, then holds every journal against the deliveries: each effect once, and in lane order. */
  settledOnce(deadlineMs?: number): Promise<void>
  openCount(): Promise<number>
}

const leases = { dispatchMs: 2_000, attemptMs: 2_000, answerMs: 1_500 }
const facts = 3

export const openScene = async (options: TestHouseOptions = {}, gathers: readonly boolean[] = [false, true]): Promise<Scene> => {
  // Leases have to lapse, on a machine that may be busy.
  vi.setConfig({ testTimeout: 70_000 })
  const t = await testHouse(options)
  const partners: ReferencePartner[] = []
  for (const [i, gather] of gathers.entries())
    partners.push(
      await referencePartner(
        t,
        `partner-${i}`,
        [{ type: 'candidate.registered' }, { type: 'person.corrected' }],
        { gather },
        { maxInFlight: 8 }
      )
    )
  const workers = new Set<WorkerProcess>()
  // One that a failed test left would disturb the next.
  afterEach(async () => {
    await Promise.all([...workers].map(worker => worker.kill()))
    workers.clear()
  })
  let people = 0

  const settings: GatewayWorkerSettings = {
    databaseUrl: t.database.url,
    masterKey: t.masterKey,
    backend: options.backend ?? { kind: 'postgres', url: t.database.url },
    worker: { concurrency: 8, ticketsEveryMs: 1_000, leases, sweepEveryMs: 250 },
    log: { issuer: t.log.issuer, file: t.log.file }
  }
  const openCount = async () =>
    (
      await t.house.database.query<{ count: number }>(
        sql`select count(*)::int as count from delivery where state not in ('accepted', 'refused', 'superseded', 'discarded')`
      )
    )[0]?.count ?? 0

  return {
    t,
    partners,
    openCount,
    async startWorker() {
      const worker = await launch(settings)
      workers.add(worker)
      return worker
    },
    async owe(count) {
      await Promise.all(Array.from({ length: count }, () => say(t, `p-${++people}`)))
    },
    async settledOnce(deadlineMs = 45_000) {
      await until('everything is settled', async () => (await openCount()) === 0, deadlineMs)
      for (const partner of partners) await holdAgainstJournal(t, partner)
      expect(await t.house.database.query(sql`select id from delivery where state <> 'accepted'`)).toEqual([])
    }
  }
}

const say = async (t: TestHouse, person: string): Promise<void> => {
  await t.submit({
    person,
    type: 'candidate.registered',
    at: '2026-01-05T09:00:00Z',
    payload: {
      campaign: 2026,
      person: {
        name: { latin: { family: 'ALAMI', given: person.toUpperCase() } },
        birthDate: '1988-04-02',
        sex: 2,
        nationalities: ['MAR']
      },
      registration: { agency: 'ANP-KEN-01' }
    }
  })
  for (let i = 1; i < facts; i++)
    await t.submit({
      person,
      type: 'person.corrected',
      at: `2026-01-05T1${i}:00:00Z`,
      payload: { campaign: 2026, person: { contact: { phones: [`+21260000000${i}`], language: 'ar', channel: 'SMS' } } }
    })
}

const holdAgainstJournal = async (t: TestHouse, partner: ReferencePartner): Promise<void> => {
  const effects = (await partner.journal()).filter(entry => entry.effect === 'stored')
  const owed = await t.house.database.query<{ id: string; lane: number }>(
    sql`select id, lane_id as lane from delivery where partner_id = ${partner.id} order by position`
  )
  expect(effects.map(entry => entry.delivery).toSorted()).toEqual(owed.map(row => row.id).toSorted())
  const place = new Map(effects.map((entry, i) => [entry.delivery, i]))
  for (const lane of Map.groupBy(owed, row => row.lane).values()) {
    const places = lane.map(row => place.get(row.id) as number)
    expect(places).toEqual(places.toSorted((a, b) => a - b))
  }
}

const launch = async (settings: GatewayWorkerSettings): Promise<WorkerProcess> => {
  const child = fork(join(import.meta.dirname, '../support/gateway-worker.ts'), [JSON.stringify(settings)], {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc']
  })
  const gone = new Promise<void>(resolve => child.once('exit', () => resolve()))
  await new Promise<void>((resolve, reject) => {
    child.on('message', message => {
      if ((message as { kind: string }).kind === 'ready') resolve()
    })
    child.once('exit', code => reject(new Error(`the worker process ended with ${code} before it was ready`)))
  })
  return {
    child,
    async kill() {
      child.kill('SIGKILL')
      await gone
    },
    async close() {
      child.send('close')
      await gone
    }
  }
}
