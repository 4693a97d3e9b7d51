// A real PostgreSQL from npm for a machine that has none: started, adopted when an earlier process left it running, and stopped by the last to leave.
import { setTimeout as pause } from 'node:timers/promises'
import { Client, DatabaseError } from 'pg'
import { type Binaries, findBinaries } from './embedded/binaries.ts'
import { ensureCluster, owner, readPassword, readPidFile } from './embedded/cluster.ts'
import { explain } from './embedded/explain.ts'
import { findPlace, type Place } from './embedded/place.ts'
import { type Child, identify, removeStalePidFile, spawnServer, stopServer } from './embedded/process.ts'

export interface EmbeddedOptions {
  /** Where the data belongs, `.data/postgres`. The server's own account may force it elsewhere; then `note` says where. */
  directory: string
  /** False only for throw-away test data: nothing is forced to disk. */
  durable?: boolean
  /** Told, in a sentence each, what an operator should know. */
  note?: (text: string) => void
  startTimeoutMs?: number
}

export interface Embedded {
  /** Connects as the owner of the database `jisr`. Holds the password: not for logs. */
  url: string
  /** Where the data really is. */
  directory: string
  /** True when the server was running already. */
  adopted: boolean
  /** Stops the server if no other process of ours uses it; safe to call twice. */
  stop(): Promise<void>
}

/**
 * Starts the server over `directory`, or adopts the one that runs there, and keeps a connection that tells others it is in use. Any number of processes
 * may do this at once. A process that is killed leaves the server running and the data whole; the next one adopts it.
 * @throws Error that says what to do: disk full, library missing, platform without a package, another user's data, no answer in time.
 */
export const startEmbedded = async (options: EmbeddedOptions): Promise<Embedded> => {
  const note = options.note ?? (() => {})
  const durable = options.durable ?? true
  const place = await findPlace(options.directory, note)
  const binaries = await findBinaries(place, note)
  await ensureCluster(place, binaries, durable)
  const password = await readPassword(place)
  const { keeper, port, adopted } = await enter(place, binaries, password, durable, options.startTimeoutMs ?? 60_000, note)
  await ensureDatabase(keeper)
  let stopped: Promise<void> | undefined
  return {
    url: urlOf(port, password, database),
    directory: place.folder,
    adopted,
    stop: () => {
      stopped ??= leave(place, keeper)
      return stopped
    }
  }
}

const database = 'jisr'
const recoveryMaxMs = 600_000

const urlOf = (port: number, password: string, name: string): string =>
  `postgres://${owner}:${password}@127.0.0.1:${port}/${name}?sslmode=disable`

/** Goes round until a server answers: adopts, waits for one that is starting or stopping, or starts one. */
const enter = async (
  place: Place,
  binaries: Binaries,
  password: string,
  durable: boolean,
  startTimeoutMs: number,
  note: (text: string) => void
) => {
  let deadline = Date.now() + startTimeoutMs
  let child: Child | null = null
  for (;;) {
    const running = await readPidFile(place)
    const answer = running === null ? 'silent' : await knock(place, running.port, password)
    if (running !== null && typeof answer === 'object') return { keeper: answer.keeper, port: running.port, adopted: child === null }
    if (answer === 'starting' && deadline < Date.now() + startTimeoutMs / 2) {
      note('PostgreSQL is recovering after it was killed; this can take some minutes.')
      deadline = Date.now() + recoveryMaxMs
    }
    if (child?.exited()) {
      const words = await child.words()
      child = null
      // Another process was quicker, or took the port in between: the next round adopts it, or chooses another.
      if (!/lock file "postmaster.pid" already exists|Address already in use|pre-existing shared memory block/.test(words)) {
        throw new Error(explain(words, place.folder))
      }
    }
    const whose = running === null ? 'gone' : await identify(place, running)
    if (whose === 'stranger') await removeStalePidFile(place)
    if (whose !== 'ours' && child === null) child = await spawnServer(place, binaries.postgres, durable)
    if (Date.now() > deadline) {
      throw new Error(
        `PostgreSQL in ${place.folder} gives no answer. ${child === null ? `See ${place.folder}/server.log.` : explain(await child.words(), place.folder)}`
      )
    }
    await pause(25)
  }
}

/** Two keys of an advisory lock that every process holds, shared, as long as it uses the server. */
const inUse = '711, 1'

/** Connects and says that the server is in use. Refuses a server that is not over this folder: its port may be another's by now. */
const knock = async (place: Place, port: number, password: string): Promise<{ keeper: Client } | 'starting' | 'silent'> => {
  const keeper = new Client({
    connectionString: urlOf(port, password, 'postgres'),
    application_name: 'jisr keeper',
    connectionTimeoutMillis: 5_000,
    statement_timeout: 10_000,
    keepAlive: true
  })
  // Losing it is no error of ours: the server stopped, and every statement of every pool says so.
  keeper.on('error', () => {})
  try {
    await keeper.connect()
    await keeper.query(`select pg_advisory_lock_shared(${inUse})`)
    const { rows } = await keeper.query<{ folder: string }>(`select current_setting('data_directory') as folder`)
    if (rows[0]?.folder === place.cluster) return { keeper }
    await keeper.end()
    return 'silent'
  } catch (error) {
    await keeper.end().catch(() => undefined)
    if (error instanceof DatabaseError && error.code === '57P03') return 'starting'
    return 'silent'
  }
}

const ensureDatabase = async (keeper: Client): Promise<void> => {
  const { rows } = await keeper.query('select from pg_database where datname = $1', [database])
  if (rows.length > 0) return
  await keeper.query(`create database ${database}`).catch((error: DatabaseError) => {
    // Another process made it in the same moment.
    if (error.code !== '42P04' && error.code !== '23505') throw error
  })
}

/** The last to leave stops the server: whoever gets the lock alone. Each gives back its share first, so of two that leave together one gets it. */
const leave = async (place: Place, keeper: Client): Promise<void> => {
  const alone = await keeper
    .query(`select pg_advisory_unlock_shared(${inUse})`)
    .then(() => keeper.query<{ alone: boolean }>(`select pg_try_advisory_lock(${inUse}) as alone`))
    .then(
      ({ rows }) => rows[0]?.alone === true,
      () => false
    )
  if (alone) await stopServer(place)
  await keeper.end().catch(() => undefined)
}
