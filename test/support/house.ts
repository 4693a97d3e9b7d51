// A whole gateway for a test: fresh database, real queue, worker and intake, reference partners that check signatures.
import { generateKeyPairSync, type JsonWebKey, randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { Client } from 'pg'
import { afterAll } from 'vitest'
import type { Adapter, JournalEntry, Misbehaviour, Sandbox } from '../../adapters/contract.ts'
import { adapters } from '../../adapters/index.ts'
import { thumbprint } from '../../adapters/lib/sandbox-keys.ts'
import { startSandbox } from '../../adapters/reference/sandbox.ts'
import type { EventType } from '../../schemas/event.ts'
import { type Clock, realClock } from '../../src/domain/clock.ts'
import { type NewSubscription, registerPartner } from '../../src/flow/administer.ts'
import type { IngestAnswer, Submission } from '../../src/flow/ingest.ts'
import { type Intake, openIntake } from '../../src/flow/intake.ts'
import type { Lookup } from '../../src/flow/names.ts'
import type { LogSettings } from '../../src/flow/sequence.ts'
import type { BackendSettings } from '../../src/queue/backend.ts'
import { migrateQueue } from '../../src/queue/migrate.ts'
import { openQueues, type Queues } from '../../src/queue/queue.ts'
import { type House, openHouse } from '../../src/roles/house.ts'
import { startWorker, type Worker, type WorkerOptions } from '../../src/roles/worker.ts'
import { createPartitions } from '../../src/store/partitions.ts'
import { type Allowance, loopback } from '../../src/trust/destination.ts'
import { sha256 } from '../../src/trust/keyed-hash.ts'
import { parseMasterKey } from '../../src/trust/master-key.ts'
import { type FreshDatabase, freshDatabase } from './database.ts'

export interface TestHouse {
  database: Pick<FreshDatabase, 'url' | 'owner'>
  house: House
  intake: Intake
  queues: Queues
  logs: { station: string; fields: Record<string, unknown> }[]
  failures: unknown[]
  /** What a process of its own needs to open the same house. */
  masterKey: string
  /** Where the evidence log is published. */
  log: LogSettings
  startWorker(options?: Partial<WorkerOptions>): Promise<Worker>
  submit(event: Said): Promise<IngestAnswer>
}

export interface Said {
  source?: string
  key?: string
  person: string
  type: EventType
  at: string
  payload: Record<string, unknown>
}

export interface TestHouseOptions {
  clock?: Clock
  /** As whom events are signed. */
  issuer?: string
  /** Where requests may go; plain http to this machine when absent. */
  outboundAllow?: readonly Allowance[]
  /** How names of hosts are looked up; the system's when absent. */
  lookup?: Lookup
  /** Beside those of the gateway. */
  adapters?: readonly Adapter[]
  /** Where jobs live; the house's own database when absent. */
  backend?: BackendSettings
  /** A migrated database; a fresh one of the run's server when absent. */
  database?: Pick<FreshDatabase, 'url' | 'owner'>
  /** That of a house which had the database before. */
  masterKey?: string
}

/** Opens a house on a database of its own; everything is closed after the file's tests. */
export const testHouse = async (options: TestHouseOptions = {}): Promise<TestHouse> => {
  const database = options.database ?? (await freshDatabase())
  const masterKey = options.masterKey ?? randomBytes(32).toString('base64')
  await createPartitions(database.owner, new Date())
  const client = new Client({ connectionString: database.url })
  await client.connect()
  await migrateQueue(client)
  await client.end()
  const logs: TestHouse['logs'] = []
  const failures: unknown[] = []
  const house = await openHouse({
    databaseUrl: database.url,
    application: 'test house',
    keyring: { current: parseMasterKey(masterKey), previous: [] },
    clock: options.clock ?? realClock,
    outboundAllow: options.outboundAllow ?? loopback,
    ...(options.lookup === undefined ? {} : { lookup: options.lookup }),
    issuer: options.issuer ?? 'https://gateway.example',
    adapters: new Map([...adapters, ...(options.adapters ?? []).map(adapter => [adapter.name, adapter] as const)]),
    log: (station, fields) => logs.push({ station, fields }),
    failed: (_station, error) => failures.push(error)
  })
  const intake = openIntake(house)
  const queues = openQueues({ backend: options.backend ?? { kind: 'postgres', url: database.url }, prefix: 'test' })
  const workers: Worker[] = []
  const folder = await mkdtemp(join(tmpdir(), 'jisr-log-'))
  const log: LogSettings = { issuer: 'https://gateway.example.org', file: join(folder, 'checkpoints.jsonl'), keys: house.keys }
  afterAll(async () => {
    for (const worker of workers) await worker.close()
    await intake.close()
    await queues.close()
    await house.close()
    await rm(folder, { recursive: true, force: true })
  })
  return {
    database,
    house,
    intake,
    queues,
    logs,
    failures,
    masterKey,
    log,
    startWorker: async more => {
      const worker = await startWorker(house, queues, { concurrency: 4, ticketsEveryMs: 100, log, ...more })
      workers.push(worker)
      return worker
    },
    submit: said => intake.submit(submissionOf(said))
  }
}

export const submissionOf = ({ source = 'anapec', key, person, type, at, payload }: Said): Submission => {
  const evidence = JSON.stringify({ person, type, at, payload })
  return {
    source,
    key: key ?? sha256(evidence).toString('hex'),
    payloadHash: sha256(evidence),
    type,
    about: { sourceId: person },
    payload,
    effectiveAt: new Date(at),
    evidence,
    order: `${source} ${person}`
  }
}

export interface ReferencePartner {
  id: string
  sandbox: Sandbox
  directory: string
  journal(): Promise<JournalEntry[]>
  misbehave(mode: Misbehaviour & { times?: number }): Promise<void>
}

/** Registers a reference partner whose double runs in this process. */
export const referencePartner = async (
  { house }: TestHouse,
  id: string,
  subscriptions: readonly NewSubscription[],
  settings: Record<string, unknown> = {},
  more: { gateway?: string; maxInFlight?: number; attemptsMax?: number } = {}
): Promise<ReferencePartner> => {
  const directory = await mkdtemp(join(tmpdir(), 'jisr-reference-'))
  const key = privateJwk()
  const { d: _secret, ...publicKey } = key
  const ours = { ...house.keys.set.jwk, kid: house.keys.set.kid }
  const sandbox = await startSandbox({
    port: 0,
    directory,
    speed: 1,
    ...(more.gateway === undefined ? {} : { gateway: more.gateway }),
    settings: { partner: id, key, gatewayKeys: [ours] }
  })
  afterAll(async () => {
    await sandbox.close()
    await rm(directory, { recursive: true, force: true })
  })
  const { gateway: _gateway, ...limits } = more
  await registerPartner(
    house,
    {
      reason: 'test',
      id,
      name: id,
      adapter: 'reference',
      role: 'reference',
      settings: { endpoint: sandbox.url, ...settings },
      jwks: { keys: [publicKey] },
      subscriptions,
      ...limits
    },
    'test'
  )
  return {
    id,
    sandbox,
    directory,
    journal: async () => (await (await fetch(`${sandbox.url}/__sandbox/journal`)).json()) as JournalEntry[],
    misbehave: async mode => {
      await fetch(`${sandbox.url}/__sandbox/misbehave`, { method: 'POST', body: JSON.stringify(mode) })
    }
  }
}

export const privateJwk = (): JsonWebKey & { kid: string } => {
  const jwk = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ format: 'jwk' })
  return { ...jwk, kid: thumbprint(jwk) }
}

/** Waits until `probe` gives something, looking again every 20 ms; fails with `what` after the deadline. */
export const until = async <T>(what: string, probe: () => Promise<T | false | undefined | null>, deadlineMs = 15_000): Promise<T> => {
  const deadline = Date.now() + deadlineMs
  for (;;) {
    const value = await probe()
    if (value) return value
    if (Date.now() > deadline) throw new Error(`not within ${deadlineMs} ms: ${what}`)
    await pause(20)
  }
}
