// Coming to an embedded server and leaving it: whoever comes first starts it, whoever leaves last stops it.
import { setTimeout as pause } from 'node:timers/promises'
import { Client, DatabaseError } from 'pg'
import type { Binaries } from './binaries.ts'
import { owner, readPidFile } from './cluster.ts'
import { explain } from './explain.ts'
import type { Place } from './place.ts'
import { type Child, identify, removeStalePidFile, spawnServer, stopServer } from './process.ts'

/** A connection that is kept as long as the server is used, and what it found. */
export interface Entry {
  keeper: Client
  port: number
  adopted: boolean
}

export interface Entrance {
  place: Place
  binaries: Binaries
  password: string
  durable: boolean
  startTimeoutMs: number
  note: (text: string) => void
  signal?: AbortSignal | undefined
}

export const urlOf = (port: number, password: string, database: string): string =>
  `postgres://${owner}:${password}@127.0.0.1:${port}/${database}?sslmode=disable`

const recoveryMaxMs = 600_000
/** What the server says when another process was quicker, or took the port in between: the next round adopts it, or chooses another. */
const outrun = /lock file "postmaster.pid" already exists|Address already in use|pre-existing shared memory block/

/**
 * Goes round until a server answers: adopts one, waits for one that is starting or stopping, or starts one. When it gives up, what it started is ended:
 * nobody else has begun to work with a server that has not answered yet, and whoever waits for it too starts another.
 */
export const enter = async (entrance: Entrance): Promise<Entry> => {
  const started: { child: Child | null } = { child: null }
  try {
    return await goRound(entrance, started)
  } catch (error) {
    await started.child?.end()
    throw error
  }
}

const goRound = async (
  { place, binaries, password, durable, startTimeoutMs, note, signal }: Entrance,
  started: { child: Child | null }
): Promise<Entry> => {
  let deadline = Date.now() + startTimeoutMs
  let recovering = false
  for (;;) {
    signal?.throwIfAborted()
    const { child } = started
    const running = await readPidFile(place)
    const answer = running === null ? 'silent' : await knock(place, running.port, password)
    if (running !== null && typeof answer === 'object') return { keeper: answer, port: running.port, adopted: child === null }
    const whose = running === null ? 'gone' : await identify(place, running)
    if (answer === 'barred' && whose === 'ours') {
      throw new Error(
        `PostgreSQL in ${place.folder} refuses the password in ${place.cluster}/jisr-password. Put the right one into that file.`
      )
    }
    if (answer === 'starting' && !recovering && deadline - Date.now() < startTimeoutMs * 0.8) {
      note('PostgreSQL is recovering after it was killed; this can take some minutes.')
      recovering = true
      deadline = Date.now() + recoveryMaxMs
    }
    if (child?.exited()) {
      const words = await child.words()
      if (!outrun.test(words)) throw new Error(explain(words, place.folder))
      started.child = null
    }
    if (whose === 'stranger') await removeStalePidFile(place)
    if (whose !== 'ours' && started.child === null) started.child = await spawnServer(place, binaries.postgres, durable)
    if (Date.now() > deadline) throw new Error(`PostgreSQL in ${place.folder} gives no answer. See ${place.folder}/server.log.`)
    await pause(25)
  }
}

/** Two keys of an advisory lock that every process holds, shared, as long as it uses the server. */
const inUse = '711, 1'

/**
 * The last to leave stops the server: whoever gets the lock alone. Each gives back its share first, so of two that leave together one gets it.
 * @param atOnce without waiting for the server's farewell; also for somebody who is already leaving, and lost patience.
 */
export const leave = async (place: Place, keeper: Client, atOnce = false): Promise<void> => {
  let alone = standsAlone.get(keeper)
  if (alone === undefined) {
    alone = keeper
      .query(`select pg_advisory_unlock_shared(${inUse})`)
      .then(() => keeper.query<{ alone: boolean }>(`select pg_try_advisory_lock(${inUse}) as alone`))
      .then(
        ({ rows }) => rows[0]?.alone === true,
        // The server is gone already: nothing to stop.
        () => false
      )
    standsAlone.set(keeper, alone)
  }
  if (await alone) await stopServer(place, atOnce ? 0 : undefined)
  await keeper.end().catch(() => undefined)
}

/** Asked once: a server that is stopping answers no more. */
const standsAlone = new WeakMap<Client, Promise<boolean>>()

/** Connects and says that the server is in use. A server that is not over this folder is as good as silent: the port may be another's by now. */
const knock = async (place: Place, port: number, password: string): Promise<Client | 'starting' | 'silent' | 'barred'> => {
  const keeper = new Client({
    connectionString: urlOf(port, password, 'postgres'),
    application_name: 'jisr keeper',
    connectionTimeoutMillis: 5_000,
    statement_timeout: 10_000,
    keepAlive: true
  })
  // Losing it is no error of ours: the server stopped, and `end` says so.
  keeper.on('error', () => {})
  try {
    await keeper.connect()
    await keeper.query(`select pg_advisory_lock_shared(${inUse})`)
    const { rows } = await keeper.query<{ folder: string }>(`select current_setting('data_directory') as folder`)
    if (rows[0]?.folder === place.cluster) return keeper
    await keeper.end()
    return 'silent'
  } catch (error) {
    await keeper.end().catch(() => undefined)
    if (error instanceof DatabaseError && error.code === '57P03') return 'starting'
    return error instanceof DatabaseError && error.code === '28P01' ? 'barred' : 'silent'
  }
}
