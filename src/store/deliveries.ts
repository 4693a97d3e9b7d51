// Deliveries and their lanes: what is owed to a partner, in which order, and what became of it.
import { causeOf } from './cause.ts'
import { sql, type Tx } from './database.ts'

export interface NewDelivery {
  id: string
  partnerId: string
  /** The person, or the offer's subject: with the partner it names the lane. */
  aboutId: string
  personId: string | null
  subjectId: string
  eventId: string
  type: string
  version: number
  campaign: number | null
  gatherKey: string | null
  /** The event supersedes what has not left its lane yet. */
  cancels: boolean
}

/** A row in one of these states no longer holds its lane. */
export const settled = sql`('accepted', 'refused', 'superseded', 'discarded')`

export const lockLanes = (tx: Tx, ids: readonly number[]): Promise<unknown> =>
  tx.query(sql`select id from lane where id = any(${ids}::bigint[]) order by id for update`)

/** Makes the first open delivery of each lane due (held when its person is held). The lanes must be locked. */
export const promote = (tx: Tx, laneIds: readonly number[]): Promise<unknown> =>
  tx.query(sql`
    update delivery d set state = case when p.held is null then 'due' else 'held' end, reason = p.held,
      stopped_at = case when p.held is not null then now() end
    from (select distinct on (lane_id) id, state, person_id from delivery
          where lane_id = any(${laneIds}::bigint[]) and state not in ${settled} order by lane_id, position) head
    left join person p on p.id = head.person_id
    where d.id = head.id and head.state = 'behind'`)

/** The lanes of these (partner, about), made where missing and locked in id order. @returns their ids in the order given. */
const openLanes = async (tx: Tx, lanes: readonly { partnerId: string; aboutId: string }[]): Promise<number[]> => {
  const partners = lanes.map(l => l.partnerId)
  const about = lanes.map(l => l.aboutId)
  await tx.query(sql`
    insert into lane (partner_id, about_id) select partner_id, about_id from unnest(${partners}::text[], ${about}::uuid[]) as g(partner_id, about_id)
    where not exists (select from lane l where l.partner_id = g.partner_id and l.about_id = g.about_id)
    order by partner_id, about_id on conflict do nothing`)
  const rows = await tx.query<{ position: number; id: number }>(sql`
    select (g.position - 1)::int as position, l.id
    from unnest(${partners}::text[], ${about}::uuid[]) with ordinality as g(partner_id, about_id, position)
    join lane l on l.partner_id = g.partner_id and l.about_id = g.about_id`)
  const ids = new Map(rows.map(row => [row.position, row.id]))
  const found = lanes.map((_, position) => ids.get(position) as number)
  await lockLanes(tx, found)
  return found
}

/** A cancellation of nothing stays here: a partner that never had anything of a person is not told that she withdrew. */
const dropPointless = (tx: Tx, cancelling: readonly string[], now: Date): Promise<{ id: string }[]> =>
  tx.query(sql`
    update delivery c set state = 'superseded', settled_at = ${now}, reason = 'nothing had been sent, so there was nothing to cancel'
    where c.id = any(${cancelling}::text[]) and not exists (
      select from delivery d where d.lane_id = c.lane_id and d.subject_id = c.subject_id and d.position < c.position
        and d.state in ('sending', 'unknown', 'accepted'))
    returning c.id`)

/**
 * Adds deliveries to their lanes, in the order given: the first open one of a lane is due, the others stand behind it. One whose event
 * cancels supersedes what has not left its lane yet.
 * @returns the ids of the superseded, which may hold places.
 */
export const addDeliveries = async (tx: Tx, deliveries: readonly NewDelivery[], now: Date): Promise<string[]> => {
  if (deliveries.length === 0) return []
  const keys = [...new Set(deliveries.map(d => `${d.partnerId} ${d.aboutId}`))]
  const lanes = keys.map(key => ({ partnerId: key.slice(0, key.lastIndexOf(' ')), aboutId: key.slice(key.lastIndexOf(' ') + 1) }))
  const laneIds = await openLanes(tx, lanes)
  const laneOf = new Map(keys.map((key, i) => [key, laneIds[i] as number]))
  const lane = (d: NewDelivery) => laneOf.get(`${d.partnerId} ${d.aboutId}`) as number
  // The head of a lane is written as due at once: a second update of every row would touch all of its indexes again. Each lane is looked at by
  // itself (lateral, limit): as a `not exists` PostgreSQL reads what is open in all lanes, for every group.
  const added = await tx.query(sql`
    insert into delivery (id, partner_id, lane_id, person_id, subject_id, event_id, type, version, campaign, state, gather_key, not_before, created_at)
    select g.id, partner_id, g.lane_id, person_id, subject_id, event_id, type, version, campaign,
      case when p.held is null and row_number() over (partition by g.lane_id order by position) = 1
        and open.lane_id is null then 'due' else 'behind' end,
      gather_key, ${now}, ${now}
    from unnest(${deliveries.map(d => d.id)}::text[], ${deliveries.map(d => d.partnerId)}::text[], ${deliveries.map(lane)}::bigint[],
      ${deliveries.map(d => d.personId)}::uuid[], ${deliveries.map(d => d.subjectId)}::uuid[], ${deliveries.map(d => d.eventId)}::uuid[],
      ${deliveries.map(d => d.type)}::text[], ${deliveries.map(d => d.version)}::int[], ${deliveries.map(d => d.campaign)}::int[],
      ${deliveries.map(d => d.gatherKey)}::text[]) with ordinality
      as g(id, partner_id, lane_id, person_id, subject_id, event_id, type, version, campaign, gather_key, position)
    left join person p on p.id = g.person_id
    left join lateral (select o.lane_id from delivery o where o.lane_id = g.lane_id and o.state not in ${settled} limit 1) open on true
    order by position
    on conflict on constraint delivery_once do nothing returning state`)
  const cancelling = deliveries.filter(d => d.cancels).map(d => d.id)
  const superseded =
    cancelling.length === 0 ? [] : [...(await supersedeBefore(tx, cancelling, now)), ...(await dropPointless(tx, cancelling, now))]
  const isDone = cancelling.length === 0 && added.length === deliveries.length && added.every(({ state }) => state === 'due')
  if (!isDone) await promote(tx, laneIds)
  return superseded.map(({ id }) => id)
}

/** What has not left: no attempt holds it, and none that did may still arrive. A dispatched row's job will find nothing to claim. */
export const notLeft = sql`('due', 'behind', 'held', 'parked', 'dead', 'dispatched')`

/** Of the cancelling event's own subject only: a withdrawal from this year's campaign says nothing about last year's return. */
const supersedeBefore = (tx: Tx, cancelling: readonly string[], now: Date): Promise<{ id: string }[]> =>
  tx.query(sql`
    update delivery d set state = 'superseded', settled_at = ${now}, reason = 'a later event cancels it', lease_until = null
    from delivery c where c.id = any(${cancelling}::text[]) and d.lane_id = c.lane_id and d.subject_id = c.subject_id and d.position < c.position
      and d.state in ${notLeft} returning d.id`)

/** Takes back what is owed of events that no longer count, as far as it has not left; the lanes move on. @returns the ids of what was. */
export const supersedeUnsent = async (tx: Tx, subjectId: string, eventIds: readonly string[], now: Date): Promise<string[]> => {
  const lanes = await tx.query<{ laneId: number }>(sql`
    select distinct lane_id as "laneId" from delivery
    where subject_id = ${subjectId} and event_id = any(${eventIds}::uuid[]) and state in ${notLeft}`)
  if (lanes.length === 0) return []
  const laneIds = lanes.map(row => row.laneId)
  await lockLanes(tx, laneIds)
  const rows = await tx.query<{ id: string }>(sql`
    update delivery set state = 'superseded', settled_at = ${now}, reason = 'an earlier fact that came late sets the event aside', lease_until = null
    where subject_id = ${subjectId} and event_id = any(${eventIds}::uuid[]) and state in ${notLeft} returning id`)
  await promote(tx, laneIds)
  return rows.map(({ id }) => id)
}

export interface DueRow {
  id: string
  gatherKey: string | null
  type: string
  round: number
  attempts: number
  parcelId: string | null
  /** The week in which it holds a place, of an attempt that did not arrive. */
  capacityWeek: string | null
  dueSince: Date
}

/** The lane heads of a partner that may go now, oldest first. Types for which the week has no place left go only where they hold one. */
export const findDue = (
  tx: Tx,
  partnerId: string,
  now: Date,
  limit: number,
  { full, noticesOnly }: { full: { types: readonly string[]; week: string }; noticesOnly: boolean }
): Promise<DueRow[]> =>
  tx.query<DueRow>(sql`
    select id, gather_key as "gatherKey", type, round, attempts, parcel_id as "parcelId", capacity_week as "capacityWeek", not_before as "dueSince"
    from delivery where partner_id = ${partnerId} and state = 'due' and not_before <= ${now} and (type <> all(${full.types}::text[]) or capacity_week = ${full.week})
      and (${!noticesOnly} or type = 'stream.updated')
    order by not_before, position limit ${limit}`)

/** Partners for whom something may go out or must be asked about now: one probe of an index each. */
export const partnersDue = async (tx: Tx, now: Date): Promise<string[]> =>
  (
    await tx.query<{ id: string }>(sql`
    select id from partner p where (status = 'active' or adapter = 'set') and (
      exists (select from delivery d where d.partner_id = p.id and d.state = 'due' and d.not_before <= ${now} and (p.status = 'active' or d.type = 'stream.updated'))
      or exists (select from delivery d where d.partner_id = p.id and d.state = 'unknown' and d.lease_until <= ${now}))`)
  ).map(row => row.id)

/**
 * Hands due rows to jobs, each in its parcel: `leaseUntil` is when they are due again if nobody claims them.
 * @returns the ids of those that still were due.
 */
export const dispatch = async (tx: Tx, rows: readonly { id: string; parcelId: string }[], leaseUntil: Date, now: Date): Promise<string[]> =>
  (
    await tx.query<{ id: string }>(sql`
    update delivery d set state = 'dispatched', parcel_id = g.parcel_id, lease_until = ${leaseUntil}, dispatched_at = ${now}
    from unnest(${rows.map(row => row.id)}::text[], ${rows.map(row => row.parcelId)}::text[]) as g(id, parcel_id)
    where d.id = g.id and d.state = 'due' returning d.id`)
  ).map(row => row.id)

/** Rows in flight at a partner, counted in parcels. */
export const countInFlight = async (tx: Tx, partnerId: string): Promise<number> =>
  (
    await tx.query<{ count: number }>(sql`
    select count(distinct parcel_id)::int as count from delivery where partner_id = ${partnerId} and state in ('dispatched', 'sending')`)
  )[0]?.count ?? 0

export interface ClaimedRow {
  id: string
  partnerId: string
  personId: string | null
  subjectId: string
  eventId: string
  causeId: string
  type: string
  version: number
  campaign: number | null
  parcelId: string | null
  gatherKey: string | null
  capacityWeek: string | null
  attempts: number
  asks: number
  round: number
  createdAt: Date
  effectiveAt: Date
  /** The record at the version published with the event, sealed. */
  body: Buffer
  wrappedKey: Buffer | null
}

/** Claims dispatched rows for one attempt. A job that claims nothing does nothing. @returns the claimed rows in lane position order. */
export const claim = (
  tx: Tx,
  ids: readonly string[],
  attempt: { id: string; leaseUntil: Date; from: 'dispatched' | 'unknown'; kind: 'send' | 'ask'; noticesOnly: boolean }
): Promise<ClaimedRow[]> =>
  tx.query<ClaimedRow>(sql`
    with claimed as (
      update delivery set state = 'sending', attempt_id = ${attempt.id}, lease_until = ${attempt.leaseUntil},
        attempts = attempts + ${attempt.kind === 'send' ? 1 : 0}, asks = asks + ${attempt.from === 'unknown' ? 1 : 0}
      where id = any(${ids}::text[]) and state = ${attempt.from} and (${!attempt.noticesOnly} or type = 'stream.updated') returning *)
    select c.id, c.partner_id as "partnerId", c.person_id as "personId", c.subject_id as "subjectId", c.event_id as "eventId", ${causeOf(sql`c`)}, c.type, c.version,
      c.campaign, c.parcel_id as "parcelId", c.gather_key as "gatherKey", c.capacity_week as "capacityWeek", c.attempts, c.asks, c.round,
      c.created_at as "createdAt", e.effective_at as "effectiveAt", r.body,
      p.wrapped_key as "wrappedKey"
    from claimed c join event e on e.id = c.event_id join record r on r.subject_id = c.subject_id and r.version = c.version
    left join person p on p.id = c.person_id
    order by c.position`)

export interface Settlement {
  id: string
  state: 'accepted' | 'refused' | 'due' | 'unknown' | 'parked' | 'dead' | 'superseded'
  code: string | null
  /** A text of ours. */
  reason: string | null
  /** The partner's own words, sealed. */
  said: Buffer | null
  receipt: Buffer | null
  /** When it may be tried (due) or asked about (unknown) again. */
  again: Date | null
  /** A deferred row costs no attempt. */
  refundAttempt: boolean
  /** Whether a further try goes under the same parcel id. */
  keepParcel: boolean
  /** With whom a further try travels; null leaves it as it is. */
  gatherKey: string | null
}

/**
 * Records what became of claimed rows: only those that this attempt still holds. The lanes move on.
 * @returns the ids that were settled, so that a worker past its lease sees that another has them.
 */
export const settle = async (tx: Tx, attemptId: string, settlements: readonly Settlement[], now: Date): Promise<string[]> => {
  const lanes = await tx.query<{ id: number }>(sql`
    select id from lane
    where id in (select lane_id from delivery where id = any(${settlements.map(s => s.id)}::text[]) and attempt_id = ${attemptId})
    order by id for update`)
  const laneIds = lanes.map(row => row.id)
  const rows = await tx.query<{ id: string }>(sql`
    update delivery d set state = g.state, outcome_code = g.code, reason = g.reason, reason_sealed = g.said, receipt = coalesce(g.receipt, d.receipt),
      not_before = coalesce(g.again, d.not_before), lease_until = case when g.state = 'unknown' then g.again end,
      attempts = d.attempts - g.refund::int, asks = case when g.state = 'unknown' then d.asks else 0 end, round = d.round + (g.state in ('due', 'unknown'))::int,
      parcel_id = case when g.keep or g.state not in ('due', 'unknown') then d.parcel_id end, gather_key = coalesce(g.gather_key, d.gather_key),
      capacity_week = case when g.state in ('accepted', 'unknown') or g.keep then d.capacity_week end,
      settled_at = case when g.state in ('accepted', 'refused', 'superseded') then ${now}::timestamptz end,
      stopped_at = case when g.state in ('parked', 'dead') then ${now}::timestamptz when g.state = 'unknown' then coalesce(d.stopped_at, ${now}::timestamptz) end
    from unnest(${settlements.map(s => s.id)}::text[], ${settlements.map(s => s.state)}::text[], ${settlements.map(s => s.code)}::text[],
      ${settlements.map(s => s.reason)}::text[], ${settlements.map(s => s.receipt)}::bytea[], ${settlements.map(s => s.again)}::timestamptz[],
      ${settlements.map(s => s.refundAttempt)}::bool[], ${settlements.map(s => s.keepParcel)}::bool[], ${settlements.map(s => s.gatherKey)}::text[],
      ${settlements.map(s => s.said)}::bytea[])
      as g(id, state, code, reason, receipt, again, refund, keep, gather_key, said)
    where d.id = g.id and d.attempt_id = ${attemptId} and d.state in ('sending', 'unknown')
    returning d.id`)
  await promote(tx, laneIds)
  return rows.map(row => row.id)
}

/** Notes the capacity week in which claimed rows took their places. */
export const bookWeek = (tx: Tx, attemptId: string, ids: readonly string[], week: string): Promise<unknown> =>
  tx.query(
    sql`update delivery set capacity_week = ${week} where id = any(${ids}::text[]) and attempt_id = ${attemptId} and state = 'sending'`
  )

/** A parcel that was sent keeps its id, for the partner tells a repeat by it; one that was only planned does not bind its rows together. */
export const parcelThatLeft = sql`case when exists (select from parcel_row r where r.parcel_id = delivery.parcel_id and r.delivery_id = delivery.id)
  then delivery.parcel_id end`

/**
 * What was left lying: dispatched rows that nobody claimed are due again in a new round; claimed rows past their lease are unknown, never
 * pending again, and the attempts that held them ended without anybody saying how.
 * @returns how many of each.
 */
export const sweep = async (tx: Tx, now: Date, askAt: Date): Promise<{ redispatched: number; unknown: number }> => {
  const redispatched = await tx.query(sql`
    update delivery set state = 'due', round = round + 1, lease_until = null, parcel_id = ${parcelThatLeft}
    where id in (select id from delivery where state = 'dispatched' and lease_until < ${now} limit 5000 for update skip locked) returning id`)
  const unknown = await tx.query(sql`
    with lost as (
      update delivery set state = 'unknown', lease_until = ${askAt}, reason = 'the worker that sent it did not report back',
        stopped_at = coalesce(stopped_at, ${now})
      where id in (select id from delivery where state = 'sending' and lease_until < ${now} limit 5000 for update skip locked) returning id, attempt_id),
    ended as (
      update attempt set ended_at = ${now}, outcome = 'unknown', code = 'no-report'
      where id in (select attempt_id from lost) and ended_at is null)
    select id from lost`)
  return { redispatched: redispatched.length, unknown: unknown.length }
}

/** Parcels of this partner whose answer is unknown and may be asked about now; nobody else is handed them before `leaseUntil`. */
export const takeUnknown = (
  tx: Tx,
  partnerId: string,
  now: Date,
  leaseUntil: Date,
  limit: number
): Promise<{ parcelId: string; ids: string[] }[]> =>
  tx.query(sql`
    with overdue as (
      select parcel_id from delivery where partner_id = ${partnerId} and state = 'unknown' and lease_until <= ${now}
      group by parcel_id order by min(lease_until) limit ${limit}),
    taken as (
      update delivery d set lease_until = ${leaseUntil} from overdue
      where d.parcel_id = overdue.parcel_id and d.partner_id = ${partnerId} and d.state = 'unknown' returning d.parcel_id, d.id, d.position)
    select parcel_id as "parcelId", array_agg(id order by position) as ids from taken group by parcel_id`)

/** States that a person may send again from. One whose fate is unknown goes again only when the partner says that it never got it. */
export const redeliverable = ['parked', 'dead', 'refused', 'held'] as const

/**
 * A person starts a new round, under a parcel id of its own. Whatever place it holds is no longer its: free it (`freePlaces`).
 * @returns false when the delivery is in none of these states.
 */
export const redeliver = async (
  tx: Tx,
  id: string,
  actor: string,
  reason: string,
  from: readonly string[] = redeliverable
): Promise<boolean> => {
  const rows = await tx.query<{ laneId: number }>(sql`select lane_id as "laneId" from delivery where id = ${id}`)
  await lockLanes(
    tx,
    rows.map(row => row.laneId)
  )
  const changed = await tx.query(sql`
    with again as (
      update delivery set state = 'behind', round = round + 1, attempts = 0, asks = 0, lease_until = null, reason = null, reason_sealed = null, outcome_code = null, attempt_id = null, settled_at = null,
        stopped_at = null, parcel_id = null, not_before = now()
      where id = ${id} and state = any(${from}::text[]) and not exists (select from person p where p.id = person_id and p.wrapped_key is null) returning id)
    insert into audit (actor, action, about, reason) select ${actor}, 'delivery.redelivered', id, ${reason} from again returning id`)
  // One that was refused had let its lane move on: what is behind it waits again.
  if (changed.length > 0)
    await tx.query(sql`
      update delivery d set state = 'behind' from delivery r
      where r.id = ${id} and d.lane_id = r.lane_id and d.position > r.position and d.state in ('due', 'held')`)
  await promote(
    tx,
    rows.map(row => row.laneId)
  )
  return changed.length > 0
}

/**
 * A person settles what cannot be settled by itself: discarded, or as the partner said by another way. The lane moves on. One that is not
 * accepted holds its place no longer: free it (`freePlaces`).
 */
export const settleByHand = async (
  tx: Tx,
  id: string,
  state: 'accepted' | 'refused' | 'discarded',
  actor: string,
  reason: string
): Promise<boolean> => {
  const rows = await tx.query<{ laneId: number }>(sql`select lane_id as "laneId" from delivery where id = ${id}`)
  const laneIds = rows.map(row => row.laneId)
  await lockLanes(tx, laneIds)
  const changed = await tx.query(sql`
    with done as (
      update delivery set state = ${state}, reason = ${reason}, settled_at = now(), lease_until = null, attempt_id = null
      where id = ${id} and state in ('parked', 'dead', 'held', 'unknown', 'due', 'behind') returning id)
    insert into audit (actor, action, about, reason) select ${actor}, ${`delivery.${state}`}, id, ${reason} from done returning id`)
  await promote(tx, laneIds)
  return changed.length > 0
}

export const isAccepted = async (tx: Tx, id: string): Promise<boolean> =>
  (await tx.query(sql`select from delivery where id = ${id} and state = 'accepted'`)).length > 0

/** The channel on which the relay hears that something may be due. */
export const dueChannel = 'jisr_due'

/** Says so: once per group, after its commit, since a NOTIFY inside every transaction makes them queue for one lock. */
export const wake = sql`select pg_notify(${dueChannel}, '')`
