// The demo: a whole campaign on this machine alone, with everybody who takes part, to watch and to check.
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { Client } from 'pg'
import { migrateQueue } from '../queue/migrate.ts'
import { type Database, openDatabase, sql } from '../store/database.ts'
import { startEmbedded } from '../store/embedded.ts'
import { migrate } from '../store/migrate.ts'
import { createPartitions } from '../store/partitions.ts'
import { type Accounts, reckonUp } from './demo/accounts.ts'
import { type Child, startChild } from './demo/children.ts'
import type { EdgeCaseResult } from './demo/edge-cases.ts'
import { openGateway } from './demo/gateway.ts'
import { issuerOf, setUpParties } from './demo/parties.ts'
import { startSandboxes } from './demo/sandboxes.ts'
import { begin, type DemoOptions, type DemoState, keep, unfinished } from './demo/state.ts'
import { openProgress, type Progress } from './progress.ts'
import { tableLines } from './table.ts'

export interface DemoRun extends DemoOptions {
  /** Folder for everything that the demo keeps. */
  directory: string
  /** Another PostgreSQL than the embedded one: the URL of a database whose owner may create databases. */
  databaseUrl: string | null
  redisUrl: string | null
  /** Leave when the campaign is done, instead of going on to serve. */
  exit: boolean
  /** Nothing but one line of JSON at the end. */
  json: boolean
}

/** Runs the demo; resolves with its accounts when the campaign is done (and, without `exit`, after a signal). */
export const runDemo = async (run: DemoRun): Promise<Accounts> => {
  const progress = openProgress({ stream: process.stderr, isSilent: run.json })
  const directory = join(run.directory, 'demo')
  await mkdir(directory, { recursive: true })
  const options: DemoOptions = { workers: run.workers, seed: run.seed, newShare: run.newShare }
  const earlier = await unfinished(directory, options)
  if (earlier !== null) progress.say('Going on with the demo that was interrupted.')
  progress.say('Starting PostgreSQL.')
  const server =
    run.databaseUrl === null ? await startEmbedded({ directory: join(run.directory, 'postgres'), note: text => progress.say(text) }) : null
  const state = earlier ?? (await begin(directory, options))
  const databaseUrl = await ensureDatabase(run.databaseUrl ?? (server as { url: string }).url, state)
  const failures: string[] = []
  const gateway = await openGateway(state, databaseUrl, run.redisUrl, {
    log: () => {},
    failed: (station, error) => {
      if (failures.length < 20) failures.push(`${station}: ${error instanceof Error ? `${error.name}: ${error.message}` : 'unknown'}`)
    }
  })
  await setUpParties(gateway.house, state)
  const sandboxes = await startSandboxes(directory, gateway.house, state)
  await gateway.start()
  const clients = await startClients(directory, state)
  try {
    await watch(gateway.house.database, clients, state, progress)
    const accounts = await reckonUp(gateway.house, sandboxes, state)
    await keep(directory, { ...state, finished: true })
    progress.stop()
    if (!run.json) report(accounts, state, failures)
    if (!run.exit) await signalled()
    return accounts
  } finally {
    progress.stop()
    await clients.close()
    await gateway.close()
    await sandboxes.close()
    await server?.stop()
  }
}

/** Makes the demo's own database, if it is not there yet, and brings it up to date. Databases of earlier demos are dropped. */
const ensureDatabase = async (serverUrl: string, state: DemoState): Promise<string> => {
  const url = new URL(serverUrl)
  url.pathname = `/${state.database}`
  const admin = openDatabase({ url: serverUrl, application: 'demo administrator', connectionsMax: 1 })
  try {
    const known = await admin.query<{ name: string }>(sql`select datname as name from pg_database where datname like 'demo\\_%'`)
    for (const { name } of known) {
      if (name !== state.database) await admin.query(sql.script(`drop database if exists "${name}" with (force)`))
    }
    if (!known.some(({ name }) => name === state.database)) await admin.query(sql.script(`create database "${state.database}"`))
  } finally {
    await admin.close()
  }
  const owner = openDatabase({ url: url.href, application: 'demo migrate', connectionsMax: 2 })
  try {
    await migrate(owner)
    await createPartitions(owner, new Date())
  } finally {
    await owner.close()
  }
  const client = new Client({ connectionString: url.href })
  await client.connect()
  await migrateQueue(client).finally(() => client.end())
  return url.href
}

const startClients = (directory: string, state: DemoState): Promise<Child> =>
  startChild(directory, 'clients', fileURLToPath(new URL('./demo/clients.ts', import.meta.url)), {
    gateway: issuerOf(state),
    directory: join(directory, 'clients'),
    campaign: { ...state.options, campaignStart: state.campaignStart },
    keys: state.clientKeys
  })

interface Standing {
  requested: number
  granted: number
  lodged: number
  decided: number
  /** Deliveries that go out by themselves, tickets, unread messages, visas not decided. */
  left: number
}

const watchEveryMs = 400

/** Shows how far the campaign has come until nothing is left that moves by itself. */
const watch = async (database: Database, clients: Child, state: DemoState, progress: Progress): Promise<void> => {
  const { workers, newShare } = state.options
  const newcomers = Math.round(workers * newShare)
  const stages = {
    pushed: progress.stage('Agencies push', workers * 6),
    requested: progress.stage('Requests at SI GECCO', workers),
    granted: progress.stage('Resolutions back', workers),
    lodged: progress.stage('Visa applications lodged', newcomers),
    decided: progress.stage('Visas decided', newcomers)
  }
  let pushedAll = false
  clients.onLine(line => {
    if (line.pushedAll === true) pushedAll = true
    if (typeof line.pushed === 'number') stages.pushed.reach(line.pushed)
  })
  const tally: Tally = { counts: new Map(), upTo: '00000000-0000-0000-0000-000000000000' }
  for (let quiet = 0; quiet < 3; ) {
    await pause(watchEveryMs)
    const now = await standing(database, tally)
    stages.requested.reach(now.requested)
    stages.granted.reach(now.granted)
    stages.lodged.reach(now.lodged)
    stages.decided.reach(now.decided)
    quiet = pushedAll && now.left === 0 ? quiet + 1 : 0
  }
}

/** Events told so far, by type and source: only those newer than the last look are counted, or looking would cost more than the campaign. */
interface Tally {
  counts: Map<string, number>
  /** UUIDv7 of the newest event counted; what is younger than a second may still be committed behind it. */
  upTo: string
}

const countNewEvents = async (database: Database, tally: Tally, settled: boolean): Promise<void> => {
  const rows = await database.query<{ type: string; source: string; count: number; last: string }>(sql`
    select type, source, count(*)::int as count, max(id::text) as last from event
    where id > ${tally.upTo}::uuid and (${settled} or received_at < now() - interval '1 second') group by type, source`)
  for (const { type, source, count, last } of rows) {
    tally.counts.set(`${type} ${source}`, (tally.counts.get(`${type} ${source}`) ?? 0) + count)
    if (last > tally.upTo) tally.upTo = last
  }
}

const standing = async (database: Database, tally: Tally): Promise<Standing> => {
  const [row] = await database.query<{ requested: number; left: number }>(sql`
    select (select count(*)::int from delivery where partner_id = 'si-gecco' and state = 'accepted') as requested,
      (select count(*)::int from delivery d where state in ('due', 'behind', 'dispatched', 'sending', 'unknown') and not exists (
          select from delivery h where h.lane_id = d.lane_id and h.position <= d.position and h.state in ('held', 'parked', 'dead'))
        and not exists (select from person p where p.id = d.person_id and p.held is not null))
      + (select count(*)::int from ticket where state = 'open')
      + (select count(*)::int from inbox where state = 'received')
      + (select count(*)::int from subject where state = 'VISA_LODGED') as left`)
  if (row === undefined) throw new Error('the database gave no row')
  await countNewEvents(database, tally, row.left === 0)
  const count = (wanted: (type: string, source: string) => boolean) =>
    [...tally.counts].reduce((sum, [key, n]) => (wanted(...(key.split(' ') as [string, string])) ? sum + n : sum), 0)
  return {
    requested: row.requested,
    granted: count((_type, source) => source === 'si-gecco'),
    lodged: count(type => type === 'visa.lodged'),
    decided: count(type => type === 'visa.issued' || type === 'visa.refused' || type === 'visa.withdrawn'),
    left: row.left
  }
}

const report = (accounts: Accounts, state: DemoState, failures: readonly string[]): void => {
  const flat = (counts: Record<string, number | EdgeCaseResult>) =>
    Object.entries(counts)
      .map(([name, count]) => `${name} ${typeof count === 'number' ? count : `${count.asExpected}/${count.workers}`}`)
      .join(', ') || 'none'
  const rows = Object.entries(accounts).map(([name, value]) => [name, typeof value === 'object' ? flat(value) : String(value)])
  const lines = [
    '',
    ...tableLines(['What happened', ''], rows as [string, string][]),
    '',
    `Gateway: ${issuerOf(state)}  ·  API: ${issuerOf(state)}/docs`,
    ...(failures.length > 0 ? ['', 'Failures that were logged:', ...failures.map(f => `  ${f}`)] : [])
  ]
  process.stdout.write(`${lines.join('\n')}\n`)
}

const signalled = (): Promise<void> =>
  new Promise(resolve => {
    process.stdout.write('The gateway goes on serving; press Ctrl+C to stop.\n')
    process.once('SIGINT', () => resolve())
    process.once('SIGTERM', () => resolve())
  })
