// What happened in a demo, reckoned from the database and the partners' journals, never from what the sender believes.
import type { JournalEntry } from '../../../adapters/contract.ts'
import { sql, type Tx } from '../../store/database.ts'
import type { House } from '../house.ts'
import { checkEdgeCases, type EdgeCaseResult } from './edge-cases.ts'
import type { Sandboxes } from './sandboxes.ts'
import { type DemoState, type SandboxName, sandboxNames } from './state.ts'

export interface Accounts {
  workers: number
  events: number
  deliveries: Record<string, number>
  authorizations: Record<string, number>
  visas: Record<string, number>
  visasByWeek: Record<string, number>
  /** By their number in the list of edge cases. */
  edgeCases: Record<string, EdgeCaseResult>
  quarantined: number
  casesByKind: Record<string, number>
  /** Accepted deliveries that the partner's journal does not hold, or events that nobody was owed though a subscription covers them. */
  lost: number
  /** Business effects that happened twice at a partner. */
  duplicated: number
  /** Receipts of the same message again, without effect. */
  repeatedReceipts: number
  /** Pairs of a lane that reached the partner in another order than the lane's. */
  outOfOrder: number
  /** Journal entries at a partner about people that are not its own. */
  foreign: number
  /** Places used beyond the week's quota, by the gateway's count or the consulates'. */
  overruns: number
  elapsedSeconds: number
}

interface Sent {
  id: string
  partnerId: string
  laneId: number
  position: number
  state: string
}

/** Reckons up. Journals are the partners' own; a partner without one (a stream) is judged by its acknowledgements. */
export const reckonUp = async (house: House, sandboxes: Sandboxes, state: DemoState): Promise<Accounts> => {
  const { database } = house
  const journals = new Map<SandboxName, JournalEntry[]>()
  for (const name of sandboxNames) journals.set(name, await sandboxes.journal(name))
  const sent = await database.query<Sent>(sql`
    select id, partner_id as "partnerId", lane_id as "laneId", position, state from delivery where partner_id = any(${[...sandboxNames]}::text[])`)
  const effects = [...journals].flatMap(([name, entries]) => entries.map((entry, order) => ({ ...entry, name, order })))
  const took = effects.filter(entry => entry.delivery !== '' && entry.effect !== 'repeated' && firstEffects.has(entry.effect))
  return {
    workers: await count(database, sql`select count(distinct person_id)::int as count from subject where kind = 'placement'`),
    events: await count(database, sql`select count(*)::int as count from event`),
    deliveries: await tally(database, sql`select state as name, count(*)::int as count from delivery group by state`),
    authorizations: await tally(
      database,
      sql`
      select type as name, count(*)::int as count from event where type in ('authorization.granted', 'authorization.refused', 'authorization.inadmissible',
        'authorization.defective', 'callback.approved', 'callback.refused') group by type`
    ),
    visas: await tally(database, sql`select type as name, count(*)::int as count from event where type like 'visa.%' group by type`),
    visasByWeek: tallyOf(took.filter(e => e.week !== undefined && e.effect === 'lodged').map(e => e.week as string)),
    edgeCases: await checkEdgeCases(house, state, effects),
    quarantined: await count(database, sql`select count(*)::int as count from quarantine where state = 'open'`),
    casesByKind: await tally(database, sql`select kind as name, count(*)::int as count from case_file where state = 'open' group by kind`),
    lost: lostOf(sent, took),
    duplicated: took.length - new Set(took.map(e => `${e.name} ${e.delivery}`)).size,
    repeatedReceipts: effects.filter(e => e.effect === 'repeated').length,
    outOfOrder: outOfOrder(sent, took),
    foreign: foreignOf(sent, took),
    overruns:
      effects.filter(e => e.effect === 'overrun').length +
      (await count(database, sql`select count(*)::int as count from capacity_week where used > quota`)),
    elapsedSeconds: await elapsed(database, new Date(state.startedAt))
  }
}

/** Effects that a delivery of ours has at a partner: each may happen once per delivery. */
const firstEffects = new Set(['requested', 'lodged', 'withdrawn', 'revoked', 'nothing-to-withdraw', 'stored'])

/** Accepted by our books, and unknown at the partner. */
const lostOf = (sent: readonly Sent[], took: readonly { name: string; delivery: string }[]): number => {
  const there = new Set(took.map(e => `${e.name} ${e.delivery}`))
  return sent.filter(d => d.state === 'accepted' && !there.has(`${d.partnerId} ${d.id}`)).length
}

/** The partner's journal must show each lane's deliveries in the order of their positions. */
const outOfOrder = (sent: readonly Sent[], took: readonly { name: string; delivery: string; order: number }[]): number => {
  const byId = new Map(sent.map(d => [`${d.partnerId} ${d.id}`, d]))
  const last = new Map<number, number>()
  let wrong = 0
  for (const entry of [...took].sort((a, b) => a.order - b.order)) {
    const delivery = byId.get(`${entry.name} ${entry.delivery}`)
    if (delivery === undefined) continue
    if ((last.get(delivery.laneId) ?? -1) > delivery.position) wrong += 1
    last.set(delivery.laneId, Math.max(last.get(delivery.laneId) ?? -1, delivery.position))
  }
  return wrong
}

/** What a partner did under a delivery that was never its own. */
const foreignOf = (sent: readonly Sent[], took: readonly { name: string; delivery: string }[]): number => {
  const owners = new Map(sent.map(d => [d.id, d.partnerId]))
  return took.filter(e => owners.get(e.delivery) !== e.name).length
}

/** From the first push to the last settlement. */
const elapsed = async (database: Tx, startedAt: Date): Promise<number> => {
  const [row] = await database.query<{ seconds: number }>(sql`
    select extract(epoch from (select max(settled_at) from delivery) - (select min(received_at) from event where received_at >= ${startedAt}))::float8 as seconds`)
  return Math.round((row?.seconds ?? 0) * 10) / 10
}

const count = async (database: Tx, statement: ReturnType<typeof sql>): Promise<number> =>
  (await database.query<{ count: number }>(statement))[0]?.count ?? 0

const tally = async (database: Tx, statement: ReturnType<typeof sql>): Promise<Record<string, number>> =>
  Object.fromEntries((await database.query<{ name: string; count: number }>(statement)).map(row => [row.name, row.count]))

const tallyOf = (names: readonly string[]): Record<string, number> => {
  const counts: Record<string, number> = {}
  for (const name of [...names].sort()) counts[name] = (counts[name] ?? 0) + 1
  return counts
}
