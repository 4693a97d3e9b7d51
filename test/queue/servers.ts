// The queue tests' own servers: they are stopped, started and killed in the middle, so no other test may use them.
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { Redis } from 'ioredis'
import pg from 'pg'
import type { BackendSettings } from '../../src/queue/backend.ts'
import { migrateQueue } from '../../src/queue/migrate.ts'
import { freePort } from '../../src/store/embedded/port.ts'
import { startEmbedded } from '../../src/store/embedded.ts'

export interface Server {
  backend: BackendSettings
  /** Orderly, and refused to clients from the first moment. */
  stop(): Promise<void>
  start(): Promise<void>
  /** Everything the queue holds vanishes behind BullMQ's back. */
  wipe(): Promise<void>
  /** Ends every client's connection. */
  disconnectAll(): Promise<void>
  /** Of clients other than the tests' own questions. */
  connections(): Promise<number>
  /** All that the backend stores, as text. */
  contents(): Promise<string>
  remove(): Promise<void>
}

const START_TIMEOUT_MS = 30_000
const OURS = 'queue test'

/** An embedded PostgreSQL of its own with the queue's tables; `durable` waits for the disk. */
export async function startPostgres({ durable = false } = {}): Promise<Server> {
  const directory = mkdtempSync(join(tmpdir(), 'jisr-queue-postgres-'))
  let embedded = await startEmbedded({ directory, durable })
  const { url } = embedded
  const ask = async <T>(question: (client: pg.Client) => Promise<T>): Promise<T> => {
    const client = new pg.Client({ connectionString: url, application_name: OURS })
    client.on('error', () => {})
    await client.connect()
    try {
      return await question(client)
    } finally {
      await client.end()
    }
  }
  const query = (text: string) => ask(client => client.query(text))
  await ask(client => migrateQueue(client))
  const others = `from pg_stat_activity where client_port is not null and application_name not in ('${OURS}', 'jisr keeper')`
  const tables = ['job', 'event', 'meta', 'dedup', 'job_log', 'job_dependency', 'metrics', 'rate_limit'].map(name => `bullmq.${name}`)
  return {
    backend: { kind: 'postgres', url },
    stop: () => embedded.stop(),
    async start() {
      embedded = await startEmbedded({ directory, durable })
      if (embedded.url !== url) throw new Error('the server came back on another port: something took the old one')
    },
    wipe: async () => void (await query(`truncate ${tables.join(', ')}`)),
    disconnectAll: async () => void (await query(`select pg_terminate_backend(pid) ${others}`)),
    connections: async () => Number((await query(`select count(*) ${others}`)).rows[0].count),
    async contents() {
      const found = await Promise.all(tables.map(name => query(`select coalesce(string_agg(row::text, ' '), '') as text from ${name} row`)))
      return found.map(({ rows }) => rows[0].text).join('\n')
    },
    async remove() {
      await embedded.stop()
      rmSync(embedded.directory, { recursive: true, force: true })
      rmSync(directory, { recursive: true, force: true })
    }
  }
}

/** Debian's redis-server with an append-only file. @throws Error that says so where it is not installed. */
export async function startRedis(): Promise<Server> {
  const port = await freePort()
  const directory = mkdtempSync(join(tmpdir(), 'jisr-queue-redis-'))
  const options = { port, lazyConnect: true, maxRetriesPerRequest: 1, retryStrategy: () => null }
  const ask = async <T>(question: (client: Redis) => Promise<T>): Promise<T> => {
    const client = new Redis(options)
    client.on('error', () => {})
    await client.connect()
    try {
      return await question(client)
    } finally {
      client.disconnect()
    }
  }
  let child: ChildProcess | undefined
  const start = async () => {
    child = launch(
      'redis-server',
      // Uncompressed, so that what is stored can be searched for text.
      ['--port', String(port), '--bind', '127.0.0.1', '--dir', directory, '--appendonly', 'yes', '--save', '', '--rdbcompression', 'no']
    )
    await eventually(START_TIMEOUT_MS, 'redis-server to start', () => ask(client => client.ping()))
  }
  await start()
  return {
    backend: { kind: 'redis', url: `redis://127.0.0.1:${port}` },
    start,
    stop: () => end(child, 'SIGTERM'),
    wipe: async () => void (await ask(async client => [await client.flushall(), await client.script('FLUSH')])),
    disconnectAll: async () => void (await ask(client => client.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes'))),
    connections: async () => ((await ask(client => client.client('LIST'))) as string).trim().split('\n').length - 1,
    contents: () =>
      ask(async client => {
        const keys = await client.keys('*')
        return JSON.stringify(await Promise.all(keys.map(key => client.dump(key).then(value => value ?? ''))))
      }),
    async remove() {
      await end(child, 'SIGKILL')
      rmSync(directory, { recursive: true, force: true })
    }
  }
}

/** Asks again until the question is answered; the last refusal is the error's cause. */
export async function eventually<T>(timeoutMs: number, what: string, question: () => Promise<T>): Promise<T> {
  const deadline = Date.now() + timeoutMs
  for (;;) {
    try {
      return await question()
    } catch (error) {
      if (Date.now() > deadline) throw new Error(`waited ${timeoutMs} ms in vain for ${what}`, { cause: error })
      await delay(50)
    }
  }
}

const launched = new Set<ChildProcess>()
process.on('exit', () => {
  for (const child of launched) child.kill('SIGKILL')
})

export function launch(program: string, parameters: string[]): ChildProcess {
  const child = spawn(program, parameters, { stdio: 'ignore' })
  child.on('error', () => {})
  launched.add(child)
  child.on('exit', () => launched.delete(child))
  return child
}

export async function end(child: ChildProcess | undefined, signal: NodeJS.Signals): Promise<void> {
  if (!child || child.exitCode !== null || child.signalCode !== null) return
  const ended = new Promise(resolve => child.once('exit', resolve))
  child.kill(signal)
  await ended
}
