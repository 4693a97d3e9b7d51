// What happened in a demo, reckoned from the database and the partners' journals, never from what the sender believes.
import { setTimeout as pause } from 'node:timers/promises'
import type { JournalEntry } from '../../../adapters/contract.ts'
import { sql, type Tx } from '../../store/database.ts'
import { readSubjects } from '../../store/subjects.ts'
import type { House } from '../house.ts'
import { checkEdgeCases, type EdgeCaseResult } from './edge-cases.ts'
import { duplicatedOf, effectsOf, foreignOf, lodgedByWeek, outOfOrder, overrunsOf, type Sent, takenOf, unreceived } from './effects.ts'
import { type Covering, type Fact, neverAsked, neverOwed, type Owing } from './owed.ts'
import type { Sandboxes } from './sandboxes.ts'
import { type DemoState, sandboxNames } from './state.ts'
import { readTaken } from './taken.ts'

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
  /**
   * Accepted deliveries that the partner's journal does not hold, facts that a subscription covers and nobody was owed, and messages that
   * the gateway took from a client and has no event of.
   */
  lost: number
  /** Business effects that happened twice at a partner. */
  duplicated: number
  /** Receipts of the same message again, without effect. */
  repeatedReceipts: number
  /** Effects that reached the partner after what should have come later in their lane. */
  outOfOrder: number
  /** What a partner has about people that are not its own. */
  foreign: number
  /** Places used beyond the week's quota, by the gateway's count or the consulates'. */
  overruns: number
  elapsedSeconds: number
}

/** Reckons up. Journals are the partners' own; a partner without one (a stream) is judged by its acknowledgements. */
export const reckonUp = async (house: House, sandboxes: Sandboxes, state: DemoState, clientsDirectory: string): Promise<Accounts> => {
  const { database } = house
  const journals = new Map<string, readonly JournalEntry[]>()
  for (const name of sandboxNames) journals.set(name, await patiently(() => sandboxes.journal(name)))
  const effects = effectsOf(journals)
  const taken = takenOf(effects)
  const sent = await database.query<Sent>(sql`
    select d.id, d.partner_id as "partnerId", d.lane_id as "laneId", d.position, d.state, l.about_id as "aboutId", d.campaign
    from delivery d join lane l on l.id = d.lane_id where d.partner_id = any(${[...sandboxNames]}::text[])`)
  const { facts, subscriptions, owing } = await obligations(house)
  return {
    workers: await count(database, sql`select count(distinct person_id)::int as count from subject where kind = 'placement'`),
    events: await count(database, sql`select count(*)::int as count from event`),
    deliveries: await tally(database, sql`select state as name, count(*)::int as count from delivery group by state order by state`),
    authorizations: await tally(
      database,
      sql`
      select type as name, count(*)::int as count from event where type in ('authorization.granted', 'authorization.refused', 'authorization.inadmissible',
        'authorization.defective', 'callback.approved', 'callback.refused') group by type order by type`
    ),
    visas: await tally(
      database,
      sql`select type as name, count(*)::int as count from event where type like 'visa.%' group by type order by type`
    ),
    visasByWeek: lodgedByWeek(taken),
    edgeCases: await checkEdgeCases(house, state, effects),
    quarantined: await count(database, sql`select count(*)::int as count from quarantine where state = 'open'`),
    casesByKind: await tally(
      database,
      sql`select kind as name, count(*)::int as count from case_file where state = 'open' group by kind order by kind`
    ),
    lost: unreceived(sent, taken) + neverOwed(facts, subscriptions, owing) + (await withoutEvent(house, clientsDirectory)),
    duplicated: duplicatedOf(sent, taken),
    repeatedReceipts: effects.filter(e => e.effect === 'repeated').length,
    outOfOrder: outOfOrder(sent, taken),
    foreign: foreignOf(sent, taken) + neverAsked(facts, subscriptions, owing),
    overruns:
      overrunsOf(effects, await tally(database, sql`select week as name, quota as count from capacity_week`)) +
      (await count(database, sql`select count(*)::int as count from capacity_week where used > quota`)),
    elapsedSeconds: await elapsed(database, new Date(state.startedAt))
  }
}

const journalTries = 10

/** A double that was just started again does not listen for a moment. */
const patiently = async <T>(read: () => Promise<T>): Promise<T> => {
  for (let tries = 1; ; tries++) {
    try {
      return await read()
    } catch (error) {
      if (tries >= journalTries) throw error
      await pause(300)
    }
  }
}

const subjectsAtOnce = 1_000

/**
 * All facts, and which of them count by the latest records. Their columns are those of the latest record too: in a campaign nobody changes the employer or
 * the consulate after a fact that names it, so a partner that was left out because the columns were read too early is found.
 */
const obligations = async (house: House): Promise<{ facts: Fact[]; subscriptions: Covering[]; owing: Owing[] }> => {
  const { database, vault } = house
  const subscriptions = await database.query<Covering>(
    sql`select partner_id as "partnerId", event_type as "eventType", employer, agency, consulate, offer from subscription`
  )
  const types = [...new Set(subscriptions.map(one => one.eventType))].filter(type => type !== 'record.corrected')
  const events = await database.query<Omit<Fact, 'counts'> & { subjectId: string }>(sql`
    select e.id as "eventId", e.type, e.corrects, e.subject_id as "subjectId", s.employer, s.agency, s.consulate, s.offer
    from event e join subject s on s.id = e.subject_id where e.type = any(${types}::text[])`)
  const applied = new Set<string>()
  const ids = [...new Set(events.map(({ subjectId }) => subjectId))]
  for (let from = 0; from < ids.length; from += subjectsAtOnce) {
    for (const subject of await readSubjects(database, ids.slice(from, from + subjectsAtOnce))) {
      // Of whom was erased or blocked while the demo ran nobody can say any more what counts: nothing of hers is owed to anybody.
      if (subject.body === null || (subject.personId !== null && subject.wrappedKey === null)) continue
      const owner = subject.personId === null ? ('gateway' as const) : { personId: subject.personId, wrappedKey: subject.wrappedKey }
      const place = { table: 'record', column: 'body', row: `${subject.id} ${subject.version}` }
      for (const id of vault.openJson<{ applied: string[] }>(owner, subject.body, place).applied) applied.add(id)
    }
  }
  const owing = await database.query<Owing>(sql`select partner_id as "partnerId", event_id as "eventId", state from delivery`)
  return { facts: events.map(event => ({ ...event, counts: applied.has(event.eventId) })), subscriptions, owing }
}

const keysAtOnce = 5_000

/** Messages that a client was told were taken, and of which there is no event. */
const withoutEvent = async (house: House, clientsDirectory: string): Promise<number> => {
  const taken = await readTaken(clientsDirectory)
  let missing = 0
  for (let from = 0; from < taken.length; from += keysAtOnce) {
    const some = taken.slice(from, from + keysAtOnce)
    missing += await count(
      house.database,
      sql`
      select count(*)::int as count from unnest(${some.map(({ client }) => client)}::text[],
        ${some.map(({ client, key }) => house.vault.hashes.messageKey(client, key))}::bytea[]) as told(source, key_hash)
      where not exists (select from seen s join event e on e.id = s.event_id
        where s.source = told.source and s.key_hash = told.key_hash and s.status = 'accepted')`
    )
  }
  return missing
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
