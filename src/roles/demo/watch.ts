// Looks at how far the campaign has come, shows it stage by stage, and knows when nothing is left that moves by itself.
import { setTimeout as pause } from 'node:timers/promises'
import { type Database, sql } from '../../store/database.ts'
import type { Progress } from '../progress.ts'
import type { Child } from './children.ts'
import type { DemoOptions } from './state.ts'

const watchEveryMs = 300
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
  const tally: Tally = { counts: new Map(), upTo: '00000000-0000-0000-0000-000000000000' }
  let blindSince: number | undefined
  /** Null while the database is away: it is started again, and the campaign goes on. @throws what it says when it stays away */
  const look = async (): Promise<Standing | null> => {
    try {
      const now = await standing(database, tally)
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
    if (now === null) continue
    quiet = pushedAll && now.left === 0 ? quiet + 1 : 0
    for (const name of Object.keys(stages) as (keyof typeof stages)[]) {
      if (quiet === quietLooks) stages[name].expect(now[name])
      stages[name].reach(now[name])
    }
  }
}

interface Standing {
  requested: number
  answered: number
  lodged: number
  decided: number
  /** Deliveries that go out by themselves, tickets, unread messages, visas not decided. */
  left: number
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

const standing = async (database: Database, tally: Tally): Promise<Standing> => {
  const [row] = await database.query<{ requested: number; left: number }>(sql`
    select (select count(*)::int from delivery where partner_id = 'si-gecco' and state = 'accepted') as requested,
      (select count(*)::int from delivery d where state in ('due', 'behind', 'dispatched', 'sending', 'unknown') and not exists (
          select from delivery h where h.lane_id = d.lane_id and h.position <= d.position and h.state in ('held', 'parked', 'dead'))
        and not exists (select from person p where p.id = d.person_id and p.held is not null))
      + (select count(*)::int from ticket where state in ('open', 'overdue'))
      + (select count(*)::int from inbox where state = 'received')
      + (select count(*)::int from subject where state = 'VISA_LODGED') as left`)
  if (row === undefined) throw new Error('the database gave no row')
  await countNewEvents(database, tally, row.left === 0)
  const count = (wanted: (type: string, source: string) => boolean) =>
    [...tally.counts].reduce((sum, [key, n]) => (wanted(...(key.split(' ') as [string, string])) ? sum + n : sum), 0)
  return {
    requested: row.requested,
    answered: count((_type, source) => source === 'si-gecco'),
    lodged: count(type => type === 'visa.lodged'),
    decided: count(type => type === 'visa.issued' || type === 'visa.refused' || type === 'visa.withdrawn'),
    left: row.left
  }
}
