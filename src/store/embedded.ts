// A real PostgreSQL from npm for a machine that has none: started, adopted when an earlier process left it running, and stopped by the last to leave.
import { resolve } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import type { Client, DatabaseError } from 'pg'
import { findBinaries } from './embedded/binaries.ts'
import { ensureCluster, readPassword } from './embedded/cluster.ts'
import { type Entry, enter, leave, urlOf } from './embedded/enter.ts'
import { explainSystemError } from './embedded/explain.ts'
import { findPlace, type Place } from './embedded/place.ts'

export interface EmbeddedOptions {
  /** Where the data belongs, `.data/postgres`. The server's own account may force it elsewhere; then `note` says where. */
  directory: string
  /** False only for throw-away test data: nothing is forced to disk. */
  durable?: boolean
  /** Told, in a sentence each, what an operator should know. */
  note?: (text: string) => void
  startTimeoutMs?: number
  /** Gives up the start: it rejects with the signal's reason, and neither a server nor half a cluster is left. */
  signal?: AbortSignal
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
  /** The same when there is no time: without the server's farewell, from which its next start recovers. Also while `stop` is under way. */
  stopAtOnce(): Promise<void>
}

/**
 * Starts the server over `directory`, or adopts the one that runs there, and keeps a connection that tells others it is in use. Any number of processes
 * may do this at once. A process that is killed leaves the server running and the data whole; the next one adopts it. A server that dies is started again.
 * @throws Error that says what to do: disk full, library missing, platform without a package, another user's data, no answer in time.
 */
export const startEmbedded = async (options: EmbeddedOptions): Promise<Embedded> => {
  try {
    return await start(options)
  } catch (error) {
    throw explainSystemError(error, options.directory)
  }
}

const start = async (options: EmbeddedOptions): Promise<Embedded> => {
  const note = options.note ?? (() => {})
  const durable = options.durable ?? true
  const { signal } = options
  const place = await findPlace(options.directory, note)
  const binaries = await findBinaries(place, note)
  signal?.throwIfAborted()
  await ensureCluster(place, binaries, durable, signal)
  const password = await readPassword(place)
  const come = (until?: AbortSignal) =>
    enter({ place, binaries, password, durable, startTimeoutMs: options.startTimeoutMs ?? 60_000, note, signal: until })
  const first = await come(signal)
  try {
    await ensureDatabase(first.keeper)
    signal?.throwIfAborted()
  } catch (error) {
    await leave(place, first.keeper)
    throw error
  }
  // Whoever comes to a server that runs already, as each command does, need not hear it again.
  if (!first.adopted && place.folder !== resolve(options.directory)) note(`The data of ${options.directory} is in ${place.folder}.`)
  return { url: urlOf(first.port, password, database), directory: place.folder, adopted: first.adopted, ...stay(place, first, come, note) }
}

const database = 'jisr'
const revivalsMax = 10

/**
 * Starts the server again when it dies under us (somebody's kill, the system's memory killer), at the port that everybody knows.
 * @returns what ends all of it, in good order or at once.
 */
const stay = (
  place: Place,
  first: Entry,
  come: (until: AbortSignal) => Promise<Entry>,
  note: (text: string) => void
): Pick<Embedded, 'stop' | 'stopAtOnce'> => {
  let keeper = first.keeper
  const stopping = new AbortController()
  let revival: Promise<void> | undefined
  const watch = () =>
    keeper.once('end', () => {
      if (!stopping.signal.aborted) revival = revive()
    })
  const revive = async () => {
    for (let tries = 1; tries <= revivalsMax && !stopping.signal.aborted; tries++) {
      try {
        const next = await come(stopping.signal)
        keeper = next.keeper
        if (stopping.signal.aborted) return
        note(
          next.port === first.port
            ? 'PostgreSQL ended and was started again.'
            : 'PostgreSQL ended and had to move to another port. Restart Jisr.'
        )
        watch()
        return
      } catch (error) {
        if (stopping.signal.aborted) return
        note(`PostgreSQL ended and cannot be started again: ${(error as Error).message}`)
        await pause(tries * 1_000, undefined, { ref: false, signal: stopping.signal }).catch(() => undefined)
      }
    }
  }
  watch()
  let stopped: Promise<void> | undefined
  const end = async (atOnce: boolean) => {
    stopping.abort(new Error('the server is being left'))
    // What was just being started again is given up, or left like any other.
    await revival
    await leave(place, keeper, atOnce)
  }
  return {
    stop: () => {
      stopped ??= end(false)
      return stopped
    },
    stopAtOnce: () => end(true)
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
