// Looks at how far the campaign has come, shows it stage by stage, and knows when nothing is left that moves by itself.
import { setTimeout as pause } from 'node:timers/promises'
import { type Database, sql } from '../../store/database.ts'
import type { Progress } from '../progress.ts'
import type { Child } from './children.ts'
import type { DemoOptions } from './state.ts'

const watchEveryMs = 300
/** Counting what was reached costs more than asking whether anything is left: it is done at each third look, and when nothing is. */
const looksPerCount = 3
/** So many looks in a row must find nothing left: an answer may be between two stations at any single one. */
const quietLooks = 3
/** PostgreSQL recovers from a kill within seconds. */
const blindMs = 60_000

/**
 * Resolves when all was pushed and nothing is left but what waits for a person. The stages end at what could be reached: who is held or
 * refused on the way does not come to the next one.
 */
export const watch = async (
  database: Database,
  clients: Child,
  { workers, newShare }: DemoOptions,
  progress: Progress,
  signal: AbortSignal
): Promise<void> => {
  const newcomers = Math.round(workers * newShare)
  const pushed = progress.stage('Agencies push', newcomers * 6 + (workers - newcomers))
  const stages = {
    requested: progress.stage('Requests at SI GECCO', workers),
    answered: progress.stage('Resolutions back', workers),
    lodged: progress.stage('Visa applications lodged', newcomers),
    decided: progress.stage('Visas decided', newcomers)
  }
  let pushedAll = false
  clients.onLine(line => {
    if (typeof line.pushed === 'number') {
      if (line.pushedAll === true) pushed.expect(line.pushed)
      pushed.reach(line.pushed)
    }
    if (line.pushedAll === true) pushedAll = true
  })
  let looks = 0
  const tally: Tally = { counts: new Map(), upTo: '00000000-0000-0000-0000-000000000000' }
  let blindSince: number | undefined
  /** Null while the database is away: it is started again, and the campaign goes on. @throws what it says when it stays away */
  const look = async (): Promise<Standing | null> => {
    try {
      const isLeft = await anythingLeft(database)
      const now =
        isLeft && looks++ % looksPerCount > 0 ? { isLeft, reached: null } : { isLeft, reached: await reached(database, tally, !isLeft) }
      blindSince = undefined
      return now
    } catch (error) {
      blindSince ??= Date.now()
      if (Date.now() - blindSince > blindMs) throw error
      return null
    }
  }
  for (let quiet = 0; quiet < quietLooks; ) {
    await pause(watchEveryMs, undefined, { signal })
    const now = await look()
    if (now === null) {
      quiet = 0
      continue
    }
    quiet = pushedAll && !now.isLeft ? quiet + 1 : 0
    if (now.reached === null) continue
    for (const name of Object.keys(stages) as (keyof typeof stages)[]) {
      if (quiet === quietLooks) stages[name].expect(now.reached[name])
      stages[name].reach(now.reached[name])
    }
  }
}

interface Standing {
  isLeft: boolean
  /** Null at a look that did not count. */
  reached: Reached | null
}

interface Reached {
  requested: number
  answered: number
  lodged: number
  decided: number
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

/** Deliveries that go out by themselves, tickets (one that is overdue is asked for all the same), unread messages, visas not decided (of whom was
 * erased meanwhile none will be). */
const anythingLeft = async (database: Database): Promise<boolean> => {
  const [row] = await database.query<{ isLeft: boolean }>(sql`
    select exists (select from ticket where state in ('open', 'overdue'))
      or exists (select from inbox where state = 'received')
      or exists (select from delivery d where state in ('due', 'behind', 'dispatched', 'sending', 'unknown') and not exists (
          select from delivery h where h.lane_id = d.lane_id and h.position <= d.position and h.state in ('held', 'parked', 'dead'))
        and not exists (select from person p where p.id = d.person_id and p.held is not null))
      or exists (select from subject s join person p on p.id = s.person_id where s.state = 'VISA_LODGED' and p.wrapped_key is not null) as "isLeft"`)
  if (row === undefined) throw new Error('the database gave no row')
  return row.isLeft
}

const reached = async (database: Database, tally: Tally, settled: boolean): Promise<Reached> => {
  const [row] = await database.query<{ requested: number }>(
    sql`select count(*)::int as requested from delivery where partner_id = 'si-gecco' and state = 'accepted'`
  )
  await countNewEvents(database, tally, settled)
  const count = (wanted: (type: string, source: string) => boolean) =>
    [...tally.counts].reduce((sum, [key, n]) => (wanted(...(key.split(' ') as [string, string])) ? sum + n : sum), 0)
  return {
    requested: row?.requested ?? 0,
    answered: count((_type, source) => source === 'si-gecco'),
    lodged: count(type => type === 'visa.lodged'),
    decided: count(type => type === 'visa.issued' || type === 'visa.refused' || type === 'visa.withdrawn')
  }
}
