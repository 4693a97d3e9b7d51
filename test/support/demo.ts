// The demo as a newcomer runs it: the real command in a process of its own, on a folder of its own, watched through what lies on disk.
import { type ChildProcess, spawn } from 'node:child_process'
import { chmod, mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll } from 'vitest'
import type { JournalEntry } from '../../adapters/contract.ts'
import { adapters } from '../../adapters/index.ts'
import { realClock } from '../../src/domain/clock.ts'
import type { LogSettings } from '../../src/flow/sequence.ts'
import type { Accounts } from '../../src/roles/demo/accounts.ts'
import { issuerOf } from '../../src/roles/demo/parties.ts'
import type { DemoState } from '../../src/roles/demo/state.ts'
import { type House, openHouse } from '../../src/roles/house.ts'
import { type Database, openDatabase } from '../../src/store/database.ts'
import { findPlace } from '../../src/store/embedded/place.ts'
import { stopServer } from '../../src/store/embedded/process.ts'
import { startEmbedded } from '../../src/store/embedded.ts'
import { loopback } from '../../src/trust/destination.ts'
import { parseMasterKey } from '../../src/trust/master-key.ts'
import { type Environment, environmentOf, scratch } from './command.ts'

const main = fileURLToPath(new URL('../../src/main.ts', import.meta.url))

export interface DemoEnd {
  code: number | null
  signal: NodeJS.Signals | null
  stdout: string
  stderr: string
}

export interface DemoProcess {
  process: ChildProcess
  ended: Promise<DemoEnd>
}

export interface DemoFolder {
  path: string
  /** Starts `demo --data <path>` and the words given. DATABASE_URL and REDIS_URL are those of `environment`, never the test run's. */
  start(words: readonly string[], environment?: Record<string, string>): DemoProcess
  /** What the latest demo over this folder keeps of itself, or null before the first. Where it is new, nothing of an earlier one is left. */
  state(): Promise<Pick<DemoState, 'database' | 'options' | 'gatewayPort'> | null>
  journal(name: string): Promise<JournalEntry[]>
  /** The process of this name (a double's, or `clients`), or null while there is none. */
  processId(name: string): Promise<number | null>
  processIds(): Promise<number[]>
  postgresId(): Promise<number | null>
}

/** Makes the folder; what runs over it is ended and all of it removed after the file's tests. */
export const demoFolder = async (): Promise<DemoFolder> => {
  const path = await mkdtemp(join(tmpdir(), 'jisr-demo-'))
  // As root the server runs under another account, which must get in.
  await chmod(path, 0o755)
  const started: DemoProcess[] = []
  const processes = join(path, 'processes')
  const place = () => findPlace(join(path, 'postgres'), () => {})
  const processId = async (name: string) => Number(await readFile(join(processes, `${name}.pid`), 'utf8').catch(() => '')) || null
  afterAll(async () => {
    for (const { process } of started) process.kill('SIGKILL')
    await Promise.all(started.map(({ ended }) => ended))
    const found = await place()
    await stopServer(found)
    await rm(found.folder, { recursive: true, force: true })
    await rm(path, { recursive: true, force: true })
  })
  return {
    path,
    start: (words, environment = {}) => {
      const demo = startDemo(['--data', path, ...words], environment)
      started.push(demo)
      return demo
    },
    state: async () => JSON.parse(await readFile(join(path, 'demo.json'), 'utf8').catch(() => 'null')),
    journal: async name => {
      const text = await readFile(join(path, 'sandboxes', name, 'journal.ndjson'), 'utf8').catch(() => '')
      // The last line may be half written.
      return text
        .split('\n')
        .slice(0, -1)
        .map(line => JSON.parse(line) as JournalEntry)
    },
    processId,
    processIds: async () => {
      const names = (await readdir(processes).catch(() => [])).filter(name => name.endsWith('.pid'))
      return (await Promise.all(names.map(name => processId(name.slice(0, -4))))).flatMap(id => id ?? [])
    },
    postgresId: async () =>
      Number((await readFile(join((await place()).cluster, 'postmaster.pid'), 'utf8').catch(() => '')).split('\n')[0]) || null
  }
}

/** Runs the command with these words after `demo`. */
export const startDemo = (words: readonly string[], environment: Record<string, string> = {}): DemoProcess => {
  const { DATABASE_URL: _database, REDIS_URL: _redis, ...rest } = process.env
  const child = spawn(process.execPath, [main, 'demo', ...words], { env: { ...rest, ...environment }, stdio: ['ignore', 'pipe', 'pipe'] })
  const said = { stdout: '', stderr: '' }
  for (const stream of ['stdout', 'stderr'] as const) {
    child[stream].setEncoding('utf8').on('data', (text: string) => {
      said[stream] += text
    })
  }
  const ended = new Promise<DemoEnd>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code, signal) => resolve({ code, signal, ...said }))
  })
  return { process: child, ended }
}

/** What a run with --json said. Throws with its error output when it said something else. */
export const accountsOf = ({ code, stdout, stderr }: DemoEnd): Accounts => {
  if (code !== 0 || stdout.trim().split('\n').length !== 1) {
    throw new Error(`the demo ended with ${code} and said: ${stdout.slice(-2_000)}\n${stderr.slice(-4_000)}`)
  }
  return JSON.parse(stdout) as Accounts
}

export const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

export interface OpenedDemo {
  house: House
  /** As the owner of the tables: what the gateway's own role may not do. */
  owner: Database
  /** Where its log is published. */
  log: LogSettings
  /** What a command needs to open the same house. */
  environment: Environment
  close(): Promise<void>
}

/** Opens what a finished demo over this folder left, with a server of its own. */
export const openDemo = async (folder: DemoFolder): Promise<OpenedDemo> => {
  const state = (await folder.state()) as DemoState
  const server = await startEmbedded({ directory: join(folder.path, 'postgres') })
  const url = new URL(server.url)
  url.pathname = `/${state.database}`
  const issuer = issuerOf(state)
  const house = await openHouse({
    ...{ databaseUrl: url.href, application: 'test', clock: realClock, adapters, connectionsMax: 4, outboundAllow: loopback, issuer },
    ...{ keyring: { current: parseMasterKey(state.masterKey), previous: [] }, log: () => {}, failed: () => {} }
  })
  const owner = openDatabase({ url: url.href, application: 'test owner', connectionsMax: 1 })
  return {
    house,
    owner,
    log: { issuer, file: join(folder.path, 'checkpoints', `${state.database}.jsonl`), keys: house.keys },
    environment: await environmentOf({ database: { url: url.href }, masterKey: state.masterKey }, await scratch()),
    close: async () => {
      await Promise.all([house.close(), owner.close()])
      await server.stop()
    }
  }
}
