// The doctor's look at the database and the queue: whether they answer, are up to date, tell the same time, and move.
import type { Adapter } from '../../../adapters/contract.ts'
import { weekOf } from '../../domain/capacity.ts'
import type { StreamLimits } from '../../domain/falling-behind.ts'
import { doubtedTime } from '../../flow/doubted-time.ts'
import { failedTriesMin, failingText, resumeCommand } from '../../flow/failing.ts'
import { inboxQueue } from '../../flow/jobs.ts'
import { behindText, readBehind } from '../../flow/streams-behind.ts'
import { pendingQueueMigrations } from '../../queue/migrate.ts'
import { openQueues } from '../../queue/queue.ts'
import { readWeek } from '../../store/capacity.ts'
import { withClient } from '../../store/client.ts'
import { readSkew } from '../../store/clock.ts'
import { type Database, sql } from '../../store/database.ts'
import { StoreError } from '../../store/database-error.ts'
import { isWithoutRole, pending, withoutRole } from '../../store/migrate.ts'
import { listPartners, type PartnerRow } from '../../store/parties.ts'
import { monthMissing } from '../../store/partitions.ts'
import { countFailed, countOwed, countUnread, oldestDue } from '../../store/standing.ts'
import { bad, type Finding, look, ok } from './finding.ts'

/** False in `usable` when nothing more can be asked of it. */
export const lookAtDatabase = async (database: Database, isEmbedded: boolean): Promise<{ usable: boolean; findings: Finding[] }> => {
  const reached = await reach(database)
  if (reached.state === 'bad') return { usable: false, findings: [reached] }
  const missing = await pending(database)
  if (missing.length > 0) {
    const says = `${missing.length} migration(s) are pending, first ${missing[0]}`
    return {
      usable: false,
      findings: [reached, bad('migrations', says, 'stop the gateway, then as the owner of the tables: npm run migrate')]
    }
  }
  const month = await monthMissing(database, new Date())
  const months =
    month === null
      ? ok('migrations', 'all applied; the months to come are there')
      : bad('migrations', `the partitions of ${month} are missing`, 'run npm run migrate as the owner of the tables, once a day')
  const rights = isEmbedded ? [] : [await lookAtRights(database)]
  return { usable: true, findings: [reached, ...rights, months, await lookAtClock(database)] }
}

const reach = async (database: Database): Promise<Finding> => {
  try {
    const startedAt = performance.now()
    const [row] = await database.query<{ version: string }>(sql`select current_setting('server_version') as version`)
    return ok('database', `PostgreSQL ${row?.version} answers in ${Math.round(performance.now() - startedAt)} ms`)
  } catch (error) {
    if (isWithoutRole(error)) return bad('database', 'answers, and does not let us in', withoutRole)
    // PostgreSQL's own words, which name the user or the database and no password.
    if (error instanceof StoreError) return bad('database', `refuses us: ${error.message}`, 'give DATABASE_URL its name, user and password')
    const { code } = (error as { cause?: { code?: string } }).cause ?? {}
    return bad(
      'database',
      `does not answer${code === undefined ? '' : ` (${code})`}`,
      'is it up, and does DATABASE_URL name it, its user and its password?'
    )
  }
}

/** Whoever owns the tables can take back from himself what the application's role may not do. */
const lookAtRights = async (database: Database): Promise<Finding> => {
  const [row] = await database.query<{ owns: boolean }>(sql`
    select pg_has_role(session_user, relowner, 'usage') as owns from pg_class where oid = 'event'::regclass`)
  if (!row?.owns) return ok('rights', 'this user cannot change what is written once')
  const toDo = 'give the gateway a login of its own, which only acts as jisr_app: docs/installing.md, “The database”'
  return look('rights', 'this user owns the tables, and could change what is written once', toDo)
}

const skewLookMs = 2_000
/** The clocks of this machine and the database, to each other and to what was done before. */
const lookAtClock = async (database: Database): Promise<Finding> => {
  const doubt = await doubtedTime(database, new Date())
  if (doubt !== null) return bad('clock', doubt.says, doubt.toDo)
  const { ms } = await readSkew(database)
  if (ms < 1) return ok('clock', 'this machine and the database tell the same time')
  const says = `this machine and the database differ by ${(ms / 1_000).toFixed(1)} s`
  return ms > skewLookMs
    ? look('clock', says, 'let both set their clocks by NTP; tokens and leases go wrong from half a minute on')
    : ok('clock', says)
}

/** Whether the queue's backend answers and is up to date. */
export const lookAtQueue = async (databaseUrl: string, redisUrl: string | null): Promise<Finding[]> => {
  if (redisUrl === null) return [await lookAtQueueTables(databaseUrl)]
  const queues = openQueues({ backend: { kind: 'redis', url: redisUrl }, prefix: 'jisr-doctor' })
  try {
    await within(queues.depth(inboxQueue))
    const advice = await within(queues.advice())
    return advice.length === 0
      ? [ok('queue', 'Redis answers, and is set as it should be')]
      : advice.map(text => look('queue', 'Redis answers', text))
  } catch {
    return [
      bad(
        'queue',
        'Redis does not answer',
        'is it up, and does REDIS_URL name it and its password? Nothing is lost meanwhile: jobs are made from rows'
      )
    ]
  } finally {
    await queues.close()
  }
}

const answerMs = 3_000

const within = <T>(answer: Promise<T>): Promise<T> => {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('no answer in time')), answerMs)
  })
  return Promise.race([answer, late]).finally(() => clearTimeout(timer))
}

const lookAtQueueTables = async (url: string): Promise<Finding> => {
  const missing = await withClient(url, pendingQueueMigrations)
  if (missing.length === 0) return ok('queue', 'in PostgreSQL, up to date')
  return bad('queue', `lacks ${missing.length} migration(s)`, 'as the owner of the tables: npm run migrate')
}

const lateSeconds = 600

/** What has been due for long, and what nobody has read. Deliveries for which this week has no place left wait rightly. */
export const lookAtWork = async (database: Database, adapters: ReadonlyMap<string, Adapter>): Promise<Finding[]> => {
  const now = new Date()
  const partners = await listPartners(database)
  const full = await withoutPlace(database, partners, adapters, now)
  // What a stream is polled for waits for its receiver and for no worker of ours.
  const pulled = new Set(partners.filter(partner => streamOf(partner, adapters) === 'poll').map(({ id }) => id))
  const due = (await oldestDue(database, now, full)).filter(({ partnerId }) => !pulled.has(partnerId))
  const findings = due.flatMap(({ partnerId, dueSince, inFlight }) => {
    const seconds = Math.round((now.getTime() - dueSince.getTime()) / 1_000)
    if (seconds < lateSeconds) return []
    const says = `a delivery to ${partnerId} has been due for ${seconds} s${inFlight ? ', while others of it are on their way' : ' and nothing goes to it'}`
    return [bad('deliveries', says, 'does a worker run? Its log says what it does; a partner that is away: jisr partners pause')]
  })
  const isStream = (id: string) => partners.some(partner => partner.id === id && streamOf(partner, adapters) !== null)
  const failed = (await countFailed(database, failedTriesMin)).map(one =>
    failingText({ id: one.partnerId, isStream: isStream(one.partnerId) }, one)
  )
  findings.push(...failed.map(({ says, toDo }) => bad('deliveries', says, toDo)), ...(await lookAtPaused(database, partners, adapters)))
  const unread = await countUnread(database)
  const since = unread.oldest === null ? 0 : Math.round((now.getTime() - unread.oldest.getTime()) / 1_000)
  if (since > lateSeconds)
    findings.push(bad('inbox', `a partner’s message has not been read for ${since} s`, 'does a worker run? Its log says what it does'))
  return findings.length > 0 ? findings : [ok('deliveries', 'nothing that could go or be read is late')]
}

/** A pause that nobody thinks of any more keeps what is owed for good. */
const lookAtPaused = async (
  database: Database,
  partners: readonly PartnerRow[],
  adapters: ReadonlyMap<string, Adapter>
): Promise<Finding[]> => {
  const paused = partners.filter(partner => partner.status === 'paused' && streamOf(partner, adapters) === null).map(({ id }) => id)
  const owed = await countOwed(database, paused)
  return paused.map(id => {
    const count = owed.find(({ partnerId }) => partnerId === id)?.count ?? 0
    const says = `${id} is paused: ${count === 1 ? '1 delivery is' : `${count} deliveries are`} kept for it`
    return look(
      'deliveries',
      says,
      `who paused it and why: jisr audit list --about ${id}; to go on: ${resumeCommand({ id, isStream: false })}`
    )
  })
}

/** Streams that hold too much, or for too long. */
export const lookAtStreams = async (
  database: Database,
  adapters: ReadonlyMap<string, Adapter>,
  limits: StreamLimits
): Promise<Finding[]> => {
  const streams = (await listPartners(database)).filter(partner => streamOf(partner, adapters) !== null)
  const behind = (await readBehind(database, streams, limits, new Date())).map(behindText)
  if (behind.length > 0) return behind.map(({ says, toDo }) => look('streams', says, toDo))
  return [ok('streams', streams.length === 0 ? 'none yet' : `${streams.length}, none behind`)]
}

/** How it is a stream, if it is one. Settings that an adapter refuses are told with the partners. */
const streamOf = ({ adapter, settings }: PartnerRow, adapters: ReadonlyMap<string, Adapter>): 'poll' | 'push' | null => {
  const code = adapters.get(adapter)
  const understood = code?.settings.safeParse(settings)
  return understood?.success ? (code?.stream?.(understood.data) ?? null) : null
}

const withoutPlace = async (database: Database, partners: readonly PartnerRow[], adapters: ReadonlyMap<string, Adapter>, now: Date) => {
  const full: { partnerId: string; type: string }[] = []
  for (const { id, adapter, capacityId } of partners) {
    const week = capacityId === null ? undefined : await readWeek(database, capacityId, weekOf(now))
    if (week === undefined || week.used < week.quota) continue
    full.push(...(adapters.get(adapter)?.outbound?.usesCapacity ?? []).map(type => ({ partnerId: id, type })))
  }
  return full
}
