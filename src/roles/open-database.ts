// The database of a real process: the operator's own, or an embedded one that brings itself up to date.
import { join } from 'node:path'
import type { Config } from '../config.ts'
import { actsOver } from '../domain/rules/retention.ts'
import { doubtedTime, doubtText } from '../flow/doubted-time.ts'
import { forgetActs } from '../store/audit.ts'
import { withClient } from '../store/client.ts'
import { openDatabase } from '../store/database.ts'
import { explainSystemError } from '../store/embedded/explain.ts'
import { startEmbedded } from '../store/embedded.ts'
import { wasAnyoneGone } from '../store/erasure.ts'
import { applicationRole, migrate } from '../store/migrate.ts'
import { createPartitions, dropPartitions } from '../store/partitions.ts'
import { rewriteKeyTables } from '../store/rewrite-keys.ts'
import { takeFolder } from './data-folder.ts'
import { type Life, opened } from './process.ts'

export interface Place {
  url: string
  /** We started it or adopted it: this process may act as its owner. */
  isEmbedded: boolean
  /** Leaves it; an embedded server that nobody else uses stops. */
  leave(): Promise<void>
  /** The same when there is no time: see `Embedded`. */
  leaveAtOnce(): Promise<void>
}

/**
 * Where the database is. An embedded one is started (or adopted) and migrated, and left when the life ends, also when that is in the middle of the start;
 * with DATABASE_URL nothing is changed.
 * @param note told, in a sentence each, what an operator should know.
 * @param migrates false for the role that migrates, and says what it did.
 */
export const openPlace = (config: Config, life: Life, note: (text: string) => void, migrates = true): Promise<Place> =>
  opened(
    life,
    'database',
    findDatabase(config, life.stopping, note, migrates),
    place => place.leave(),
    place => place.leaveAtOnce()
  )

const findDatabase = async (config: Config, signal: AbortSignal, note: (text: string) => void, migrates: boolean): Promise<Place> => {
  if (config.databaseUrl !== null) return { url: config.databaseUrl, isEmbedded: false, leave: async () => {}, leaveAtOnce: async () => {} }
  await takeFolder(config.dataDirectory, 'gateway').catch(error => {
    throw explainSystemError(error, config.dataDirectory)
  })
  const server = await startEmbedded({ directory: join(config.dataDirectory, 'postgres'), note, signal })
  try {
    if (migrates) await migrateAll(server.url)
  } catch (error) {
    await server.stop()
    throw error
  }
  return { url: server.url, isEmbedded: true, leave: () => server.stop(), leaveAtOnce: () => server.stopAtOnce() }
}

/** What `migrate` did, by name. */
export interface Migrated {
  applied: string[]
  queue: string[]
  partitionsMade: string[]
  partitionsDropped: string[]
  /** Acts of the audit that need not be kept any more. */
  actsForgotten: number
  /** Why nothing old was dropped or forgotten; null when it was. */
  doubt: string | null
}

/** Brings our tables, the months' partitions and BullMQ's tables up to date. `ownerUrl` is of the owner of the tables. */
export const migrateAll = async (ownerUrl: string): Promise<Migrated> => {
  const owner = openDatabase({ url: ownerUrl, application: 'migrate', connectionsMax: 2 })
  const applied = await migrate(owner).finally(() => owner.close())
  const { migrateQueue } = await queueMigrations()
  const queue = await withClient(ownerUrl, client => migrateQueue(client, applicationRole))
  return { applied, queue, ...(await keepMonths(ownerUrl)) }
}

/**
 * Makes the partitions of the months to come, drops those that are past their time and forgets acts of the audit that are, unless the time is doubted; takes the bytes of keys that went lately out of the
 * files, which before PostgreSQL 17 the application's role may not. For the owner of the tables.
 */
export const keepMonths = async (ownerUrl: string): Promise<Omit<Migrated, 'applied' | 'queue'>> => {
  const owner = openDatabase({ url: ownerUrl, application: 'partitions', connectionsMax: 1 })
  try {
    const now = new Date()
    if (await wasAnyoneGone(owner, new Date(now.getTime() - 7 * 86_400_000))) await rewriteKeyTables(owner)
    const partitionsMade = await createPartitions(owner, now)
    const doubt = await doubtedTime(owner, now)
    if (doubt !== null) return { partitionsMade, partitionsDropped: [], actsForgotten: 0, doubt: doubtText(doubt) }
    let actsForgotten = 0
    for (const over of actsOver(now.toISOString().slice(0, 10))) actsForgotten += await forgetActs(owner, over)
    return { partitionsMade, partitionsDropped: await dropPartitions(owner, now), actsForgotten, doubt: null }
  } finally {
    await owner.close()
  }
}

/** Refuses to go on while the queue's tables are behind. Ours are checked where the house opens. */
export const assertQueueMigrated = async (url: string): Promise<void> => {
  const { pendingQueueMigrations } = await queueMigrations()
  const missing = await withClient(url, pendingQueueMigrations)
  if (missing.length > 0)
    throw new Error(`The queue lacks ${missing.length} migration(s), first ${missing[0]}. Run \`npm run migrate\`, then start again.`)
}

/** The queue's library is large: most commands end sooner than it is read. */
const queueMigrations = () => import('../queue/migrate.ts')
