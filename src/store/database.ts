// The way to PostgreSQL: statements, transactions, session locks and notifications, over one pool of connections.
import { setTimeout as pause } from 'node:timers/promises'
import { Client, type ClientBase, type ClientConfig, Pool, type PoolClient } from 'pg'
import { breaksConnection, isConflictOfTransactions, isOutOfRoom, toStoreError } from './database-error.ts'
import { listener, type NotificationHandler } from './listen.ts'
import { isScript, type Sql, sql, textOf } from './sql.ts'
import { typeParsers } from './type-parsers.ts'

export { sql } from './sql.ts'

export interface Tx {
  /** Runs one statement and gives its rows. `Row` is the caller's word for what the statement selects. */
  query<Row extends object = Record<string, unknown>>(statement: Sql): Promise<Row[]>
}

export interface Database extends Tx {
  /**
   * Runs `work` in one transaction: committed when it returns, undone when it throws. The `Tx` is of no use afterwards.
   * @throws DomainError `unavailable` when the database cannot be reached or is out of time; when that happens at the commit, nobody knows
   * whether it took place. `StoreError` when the database refuses a statement.
   */
  transaction<T>(work: (tx: Tx) => Promise<T>, options?: TransactionOptions): Promise<T>
  /**
   * Runs `work` while this process alone holds the lock of that name (a session's advisory lock: it goes with the connection, also by kill -9).
   * `session` is the connection that holds it; `signal` aborts when that connection is lost, and with it the lock,
   * and when the database is being closed.
   * @returns `locked: false` when somebody else has it (and still has it after `waitMs`, 0 by default).
   */
  lock<T>(name: string, work: (session: Tx, signal: AbortSignal) => Promise<T>, options?: { waitMs?: number }): Promise<Locked<T>>
  /**
   * Calls `heard` for each NOTIFY on the channel, and with null after a lost connection was replaced: something may have been missed, look for yourself.
   * @returns a function that stops it. Resolves once the channel is being listened to.
   */
  listen(channel: string, heard: NotificationHandler): Promise<() => Promise<void>>
  /** Whether a statement was refused for want of disk or memory within the last `ms`: a server in that state still answers who only reads. */
  ranOut(ms: number): boolean
  /** Waits for running statements, then closes every connection. Safe to call twice. */
  close(): Promise<void>
}

export type Locked<T> = { locked: true; value: T } | { locked: false }

export interface TransactionOptions {
  /** Says that `work` may run again from its beginning after a deadlock or serialization failure: it touches nothing but its `tx`. */
  retry?: boolean
  isolation?: 'read committed' | 'repeatable read' | 'serializable'
  readOnly?: boolean
}

export interface DatabaseOptions {
  /** postgres://user:password@host:port/database */
  url: string
  /** Shown in pg_stat_activity: the role of the process. */
  application: string
  /** The database role that statements run as; the application's, which cannot change what is written once, is `jisr_app`. */
  role?: string
  connectionsMax?: number
  statementTimeoutMs?: number
  /** How long to wait for a free or new connection. */
  connectTimeoutMs?: number
  /** Told of a connection lost while idle, which nobody else would hear of. The pool replaces it by itself. */
  onConnectionLost?: (error: unknown) => void
  /** Told once a minute while statements are refused for want of disk or memory: to each sender it is only a 503. */
  onRanOut?: (error: unknown) => void
}

const triesMax = 4
const lockPollMs = 50
const tellEveryMs = 60_000

/** Opens a pool. Connections are made when first needed, so a database that is down shows at the first statement. */
export const openDatabase = (options: DatabaseOptions): Database => {
  const config = connectionConfig(options)
  const pool = new Pool({ ...config, max: options.connectionsMax ?? 10, idleTimeoutMillis: 30_000 })
  // Without a handler, a server that restarts while a connection is idle would end the process.
  pool.on('error', error => options.onConnectionLost?.(toStoreError(error)))
  // Nor does the pool listen to one that it lends; and the server's last word may come in one packet with the end of its greeting, before whoever asked
  // for the connection has it. So each is listened to as long as it lives; the statement that runs is told too.
  pool.on('connect', connection => connection.on('error', () => broken.add(connection)))
  const listening = listener(() => new Client({ ...config, ...timeouts(5_000) }), options.onConnectionLost)
  const closing = new AbortController()
  let closed: Promise<void> | undefined
  let [ranOutAt, toldAt] = [Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY]
  const withRoom = async <T>(work: (connection: PoolClient) => Promise<T>): Promise<T> => {
    try {
      return await withConnection(pool, work)
    } catch (error) {
      if (isOutOfRoom(error)) {
        ranOutAt = performance.now()
        if (ranOutAt - toldAt >= tellEveryMs) {
          toldAt = ranOutAt
          options.onRanOut?.(error)
        }
      }
      throw error
    }
  }

  return {
    query: statement => withRoom(connection => run(connection, statement)),
    transaction: async (work, settings = {}) => {
      for (let round = 1; ; round++) {
        try {
          return await withRoom(connection => transact(connection, work, settings))
        } catch (error) {
          if (!settings.retry || round >= triesMax || !isConflictOfTransactions(error)) throw error
          await pause(round * 10 + Math.random() * 20)
        }
      }
    },
    lock: (name, work, settings = {}) => withRoom(connection => holdLock(connection, name, work, settings.waitMs ?? 0, closing.signal)),
    listen: (channel, heard) => listening.add(channel, heard),
    ranOut: ms => performance.now() - ranOutAt <= ms,
    close: () => {
      closing.abort(new Error('The database is being closed.'))
      closed ??= Promise.all([listening.close(), pool.end()]).then(() => undefined)
      return closed
    }
  }
}

const connectionConfig = (options: DatabaseOptions): ClientConfig => ({
  connectionString: options.url,
  application_name: `jisr ${options.application}`,
  connectionTimeoutMillis: options.connectTimeoutMs ?? 10_000,
  ...timeouts(options.statementTimeoutMs ?? 30_000),
  lock_timeout: Math.min(10_000, options.statementTimeoutMs ?? 10_000),
  // A process that was stopped in the middle of a transaction keeps its locks, and everybody behind them, until then.
  idle_in_transaction_session_timeout: 15_000,
  keepAlive: true,
  keepAliveInitialDelayMillis: 10_000,
  types: typeParsers,
  options: `-c timezone=UTC ${missesClients}${options.role === undefined ? '' : ` -c role=${options.role}`}`
})

/** The server's limit, and ours a little later: a server that cannot be reached any more ends nothing, and TCP alone would wait for a quarter of an hour. */
const timeouts = (statementMs: number) => ({
  statement_timeout: statementMs,
  ...(statementMs === 0 ? {} : { query_timeout: statementMs + Math.min(statementMs, 5_000) })
})

/** A machine that lost its power says no farewell: the server looks for it after ten seconds, and not after hours, in which its locks would be nobody's. */
const missesClients = '-c tcp_keepalives_idle=10 -c tcp_keepalives_interval=5 -c tcp_keepalives_count=3 -c tcp_user_timeout=25000'

/** Lends a connection to `work`, takes it back, and drops it when it broke or is still inside a transaction. */
const withConnection = async <T>(pool: Pool, work: (connection: PoolClient) => Promise<T>): Promise<T> => {
  const connection = await pool.connect().catch(error => {
    throw toStoreError(error)
  })
  try {
    return await work(connection)
  } finally {
    connection.release(broken.has(connection) || connection.getTransactionStatus() !== 'I')
  }
}

const broken = new WeakSet<ClientBase>()

const run = async <Row extends object>(connection: ClientBase, statement: Sql): Promise<Row[]> => {
  const text = textOf(statement)
  try {
    if (isScript(statement)) return (await connection.query<Row>(text)).rows
    const name = statementName(text)
    return (await connection.query<Row>({ text, values: [...statement.values], ...(name === undefined ? {} : { name }) })).rows
  } catch (error) {
    if (breaksConnection(error)) broken.add(connection)
    throw toStoreError(error)
  }
}

/** A connection that runs one statement at a time, in the order asked, and refuses what comes after `end`. */
const serial = (connection: ClientBase, over: string): { tx: Tx; end(): Promise<void> } => {
  let last: Promise<unknown> = Promise.resolve()
  let ended = false
  return {
    tx: {
      query: <Row extends object>(statement: Sql): Promise<Row[]> => {
        if (ended) return Promise.reject(new Error(over))
        const next = last.then(() => run<Row>(connection, statement))
        last = next.catch(() => undefined)
        return next
      }
    },
    end: async () => {
      ended = true
      await last
    }
  }
}

const transact = async <T>(connection: ClientBase, work: (tx: Tx) => Promise<T>, settings: TransactionOptions): Promise<T> => {
  await run(
    connection,
    sql.script(`begin isolation level ${settings.isolation ?? 'read committed'} ${settings.readOnly ? 'read only' : 'read write'}`)
  )
  const { tx, end } = serial(connection, 'This transaction is over: a statement was not awaited inside it.')
  let value: T
  try {
    value = await work(tx)
    await end()
  } catch (error) {
    await end()
    // The first error is the one to tell; a connection that cannot even roll back is dropped, and the server rolls back.
    if (!broken.has(connection)) await run(connection, sql.script('rollback')).catch(() => broken.add(connection))
    throw error
  }
  if ((await commit(connection)) === 'ROLLBACK')
    throw new Error('A statement failed and its error was swallowed: the transaction was rolled back, not committed.')
  return value
}

/** What the server did: a transaction in which a statement failed it rolls back, and says so by this word alone. */
const commit = async (connection: ClientBase): Promise<string> => {
  try {
    return (await connection.query('commit')).command
  } catch (error) {
    if (breaksConnection(error)) broken.add(connection)
    throw toStoreError(error)
  }
}

const holdLock = async <T>(
  connection: ClientBase,
  name: string,
  work: (session: Tx, signal: AbortSignal) => Promise<T>,
  waitMs: number,
  closing: AbortSignal
): Promise<Locked<T>> => {
  const deadline = Date.now() + waitMs
  while (!(await tryLock(connection, name))) {
    if (Date.now() >= deadline || closing.aborted) return { locked: false }
    await pause(lockPollMs)
  }
  const lost = new AbortController()
  const abort = () => lost.abort(new Error(`The connection that held the lock ${name} was lost.`))
  connection.once('end', abort)
  const { tx, end } = serial(connection, `The lock ${name} has been given back.`)
  try {
    return { locked: true, value: await work(tx, AbortSignal.any([lost.signal, closing])) }
  } finally {
    await end()
    connection.off('end', abort)
    // Given back by the end of the connection when this fails.
    await run(connection, sql`select pg_advisory_unlock(hashtextextended(${name}, 0))`).catch(() => broken.add(connection))
  }
}

const tryLock = async (connection: ClientBase, name: string): Promise<boolean> => {
  const [row] = await run<{ locked: boolean }>(connection, sql`select pg_try_advisory_lock(hashtextextended(${name}, 0)) as locked`)
  return row?.locked === true
}

const statementsMax = 1_000
const statementNames = new Map<string, string>()

/** One name per text, so that each connection parses and plans it once. Texts beyond the limit run unnamed: a bug may make texts without end. */
const statementName = (text: string): string | undefined => {
  const known = statementNames.get(text)
  if (known !== undefined || statementNames.size >= statementsMax) return known
  const name = `jisr_${statementNames.size + 1}`
  statementNames.set(text, name)
  return name
}
