// BullMQ's PostgreSQL backend over one shared pool, told in its own words when the database is away.
import { EventEmitter } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import { createPostgresBackend, DEFAULT_SCHEMA, type PgPool, type PgPoolClient } from 'bullmq'
import pg from 'pg'
import type { Backend, BackendSettings, Connection } from './backend.ts'

/** A queue is emptied and filled again from rows, so its commits need not wait for the disk; a crash loses the last half second at most. */
const SESSION = `-c search_path=${DEFAULT_SCHEMA} -c synchronous_commit=off`
/** BullMQ's bulk statement makes two temporary tables: 3.3 ms for 1 to 8 jobs and 6 for 64, where one by one is 0.35 ms each. */
const BULK_MIN = 9
const CONNECT_TIMEOUT_MS = 5_000
const STATEMENT_TIMEOUT_MS = 30_000
const RETRY_MS = 500
const CLOSE_TIMEOUT_MS = 1_000
/** Its connection options are narrower than the general factory's; `lend` gives exactly those. */
const factory = createPostgresBackend as unknown as Connection['factory']

/**
 * Opens the backend: `connections` for statements (4 by default, shared by the process), plus one per worker that LISTENs.
 * Nothing is connected yet. The database role needs what src/queue/migrate.ts grants.
 */
export function openPostgres({ url, connections = 4, role }: Extract<BackendSettings, { kind: 'postgres' }>, prefix: string): Backend {
  const config: pg.PoolConfig = {
    connectionString: withSession(url, role),
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    query_timeout: STATEMENT_TIMEOUT_MS,
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000
  }
  const pool = new pg.Pool({ ...config, max: connections, application_name: `${prefix} queue` })
  pool.on('error', () => {}) // an idle connection that drops is replaced by the next statement, which tells if there is trouble
  const name = (queue: string) => `${prefix}-${queue}`
  const producers = lend(pool, config)
  return {
    kind: 'postgres',
    bulkMin: BULK_MIN,
    producer: queue => ({ name: name(queue), options: { connection: producers }, factory }),
    worker(queue) {
      const connection = lend(pool, config)
      return { name: name(queue), options: { connection }, factory, release: () => connection.release() }
    },
    async advice() {
      return []
    },
    async close() {
      producers.release()
      await Promise.race([pool.end(), delay(CLOSE_TIMEOUT_MS, undefined, { ref: false })])
    }
  }
}

/** What BullMQ takes for a pool of its user's: statements go to the shared pool, a connection of its own is made for each `connect`. */
type Loan = PgPool & { release(): void }

function lend(pool: pg.Pool, config: pg.PoolConfig): Loan {
  // One listener for each queue that shares the loan.
  const events = new EventEmitter().setMaxListeners(0)
  const released = new AbortController()
  events.on('error', () => {})
  const loan: Loan = {
    // biome-ignore lint/suspicious/noExplicitAny: BullMQ's own signature
    async query<R = any>(text: string, values?: readonly unknown[]) {
      try {
        return (await pool.query(text, values as unknown[])) as unknown as { rows: R[] }
      } catch (error) {
        throw isAway(error) ? away(error) : error
      }
    },
    async connect() {
      const client = await connect(config, released.signal)
      client.on('error', error => events.emit('error', error))
      return borrowed(client)
    },
    async end() {},
    on(event: string, listener: (...values: never[]) => void) {
      events.on(event, listener as (...values: unknown[]) => void)
      return loan
    },
    removeAllListeners(event?: string) {
      events.removeAllListeners(event)
      events.on('error', () => {})
      return loan
    },
    release: () => released.abort()
  }
  return loan
}

/** Tries until the database answers or the loan is released: BullMQ remembers a first refusal for ever, so there must be none. */
async function connect(config: pg.PoolConfig, signal: AbortSignal): Promise<pg.Client> {
  for (;;) {
    if (signal.aborted) throw away(signal.reason)
    const client = new pg.Client(config)
    client.on('error', () => {}) // before BullMQ listens, a drop must not end the process
    try {
      await client.connect()
      if (!signal.aborted) return client
      void client.end().catch(() => {})
    } catch (error) {
      void client.end().catch(() => {})
      if (!isAway(error)) throw error
      await delay(RETRY_MS, undefined, { signal }).catch(() => {})
    }
  }
}

/** Only what BullMQ uses. Without the socket it takes us for a pool without keep-alive, and looks for jobs every 10 s even if no NOTIFY comes. */
function borrowed(client: pg.Client): PgPoolClient {
  const lent = {
    // biome-ignore lint/suspicious/noExplicitAny: BullMQ's own signature
    query: async <R = any>(text: string, values?: readonly unknown[]) => {
      try {
        return (await client.query(text, values as unknown[])) as unknown as { rows: R[] }
      } catch (error) {
        throw isAway(error) ? away(error) : error
      }
    },
    on(event: string, listener: (...values: never[]) => void) {
      client.on(event as 'error', listener as unknown as (error: Error) => void)
      return lent
    },
    removeListener(event: string, listener: (...values: never[]) => void) {
      client.removeListener(event as 'error', listener as unknown as (error: Error) => void)
      return lent
    },
    removeAllListeners(event?: string) {
      client.removeAllListeners(event)
      client.on('error', () => {})
      return lent
    },
    release: () => void client.end().catch(() => {})
  }
  return lent as PgPoolClient
}

/**
 * BullMQ knows an outage by ECONNREFUSED alone: on any other word its fetching loop runs hot, and a job's end is taken for
 * its failure. So every way in which PostgreSQL is away is told in that word.
 */
const away = (cause: unknown) => Object.assign(new Error('ECONNREFUSED: the queue database is away', { cause }), { code: 'ECONNREFUSED' })

const AWAY_CODES = new Set([
  '57P01',
  '57P02',
  '57P03',
  '57P05',
  '53300',
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ENOENT'
])
const AWAY_TEXT =
  /^(Connection terminated|timeout e(xceeded|xpired)|Query read timeout|Client (has encountered a connection error|was closed))/

function isAway(error: unknown): boolean {
  if (error instanceof AggregateError) return error.errors.some(isAway)
  if (!(error instanceof Error)) return false
  const { code } = error as { code?: unknown }
  return (typeof code === 'string' && (AWAY_CODES.has(code) || code.startsWith('08'))) || AWAY_TEXT.test(error.message)
}

/**
 * Our session settings behind the URL's own: what the connection string holds would win over a separate option.
 * @throws Error when the URL cannot be read; it does not repeat it, for it may hold a password
 */
function withSession(url: string, role: string | undefined): string {
  if (!URL.canParse(url))
    throw new Error('the database URL cannot be read: write postgres://user:password@host:5432/database, % encode special characters')
  const address = new URL(url)
  const own = address.searchParams.get('options')
  const session = [...(own ? [own] : []), SESSION, ...(role === undefined ? [] : [`-c role=${role}`])]
  address.searchParams.set('options', session.join(' '))
  return address.toString()
}
