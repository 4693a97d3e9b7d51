// How things stand, counted from the rows: for the status page and for measurements. Never a person's data.
import { sql, type Tx } from './database.ts'
import type { Sql } from './sql.ts'

export interface StateCount {
  partnerId: string
  state: string
  count: number
}

/** What is under way or waits, by partner and state. */
export const countOpen = (tx: Tx): Promise<StateCount[]> => {
  const ofStates = (states: Sql) =>
    sql`select partner_id as "partnerId", state, count(*)::int as count from delivery where state in (${states}) group by partner_id, state`
  // In three parts, each with an index of its own: together they would read every delivery that ever was.
  return tx.query(sql`
    ${ofStates(sql`'due', 'behind'`)} union all ${ofStates(sql`'dispatched', 'sending'`)} union all ${ofStates(sql`'unknown', 'held', 'parked', 'dead'`)}`)
}

/** What is done with, by partner and state: there are as many as ever were, so whoever asks often should rest between. */
export const countSettled = (tx: Tx): Promise<StateCount[]> =>
  tx.query(sql`
    select partner_id as "partnerId", state, count(*)::int as count from delivery
    where state in ('accepted', 'refused', 'superseded', 'discarded') group by partner_id, state`)

/** Lanes with something owed, and of those the ones whose first delivery does not move by itself. */
export const countLanes = (tx: Tx): Promise<{ partnerId: string; open: number; blocked: number }[]> =>
  tx.query(sql`
    select partner_id as "partnerId", count(*)::int as open, (count(*) filter (where blocked))::int as blocked from (
      select partner_id, lane_id, bool_or(state in ('held', 'parked', 'dead', 'unknown')) as blocked from delivery
      where state not in ('accepted', 'refused', 'superseded', 'discarded') group by partner_id, lane_id) lane
    group by partner_id`)

/**
 * Since when the oldest delivery of each partner could have gone and did not, and whether the partner has something in flight. `full`: pairs of
 * partner and type for which this week has no place left; those wait rightly.
 */
export const oldestDue = (
  tx: Tx,
  now: Date,
  full: readonly { partnerId: string; type: string }[]
): Promise<{ partnerId: string; dueSince: Date; inFlight: boolean }[]> =>
  tx.query(sql`
    select p.id as "partnerId", first.not_before as "dueSince",
      exists (select from delivery f where f.partner_id = p.id and f.state in ('dispatched', 'sending')) as "inFlight"
    from partner p cross join lateral (
      select d.not_before from delivery d
      where d.partner_id = p.id and d.state = 'due' and d.not_before <= ${now} and not exists (
        select from unnest(${full.map(f => f.partnerId)}::text[], ${full.map(f => f.type)}::text[]) as g(partner_id, type)
        where g.partner_id = d.partner_id and g.type = d.type)
      order by d.not_before, d.position limit 1) first
    where p.status = 'active'`)

/** Deliveries to one partner that have failed often enough, and are tried again. */
export interface Failed {
  partnerId: string
  count: number
  /** Of the one that was tried most often, and what became of its last try. */
  tries: number
  code: string | null
  nextAt: Date
}

/** Of active partners: what was tried at least so often without an answer, and waits for its next try. */
export const countFailed = (tx: Tx, triesMin: number): Promise<Failed[]> =>
  tx.query(sql`
    select d.partner_id as "partnerId", count(*)::int as count, max(d.attempts) as tries,
      (array_agg(d.outcome_code order by d.attempts desc, d.position))[1] as code, min(d.not_before) as "nextAt"
    from delivery d join partner p on p.id = d.partner_id and p.status = 'active'
    where d.state = 'due' and d.attempts >= ${triesMin} group by d.partner_id order by d.partner_id`)

/** What each of these partners is owed and has neither taken nor refused, and since when; none for one that is owed nothing. */
export const countOwed = (tx: Tx, partnerIds: readonly string[]): Promise<{ partnerId: string; count: number; oldest: Date }[]> => {
  const ofStates = (states: Sql) =>
    sql`select partner_id, count(*) as n, min(created_at) as oldest from delivery where partner_id = any(${partnerIds}::text[]) and state in (${states}) group by partner_id`
  // In three parts, each with an index of its own: together they would read every delivery that ever was.
  return tx.query(sql`
    select partner_id as "partnerId", sum(n)::int as count, min(oldest) as oldest from (
      ${ofStates(sql`'due', 'behind'`)} union all ${ofStates(sql`'dispatched', 'sending'`)} union all ${ofStates(sql`'unknown', 'held', 'parked', 'dead'`)}
    ) part group by partner_id`)
}

/** Tickets that have no answer yet, by partner and state. */
export const countTickets = (tx: Tx): Promise<{ partnerId: string; state: 'open' | 'overdue'; count: number }[]> =>
  tx.query(sql`
    select partner_id as "partnerId", state, count(*)::int as count from ticket where state in ('open', 'overdue') group by partner_id, state`)

export const countUnread = async (tx: Tx): Promise<{ count: number; oldest: Date | null }> =>
  (
    await tx.query<{ count: number; oldest: Date | null }>(
      sql`select count(*)::int as count, min(received_at) as oldest from inbox where state = 'received'`
    )
  )[0] ?? { count: 0, oldest: null }

export const listCapacities = (tx: Tx): Promise<{ id: string; weekly: number; carryOver: number }[]> =>
  tx.query(sql`select id, weekly, carry_over as "carryOver" from capacity order by id`)

/** Deliveries of these partners and types that have not been sent and hold no place of this week. */
export const countWaitingForPlace = async (tx: Tx, wanted: readonly { partnerId: string; type: string }[], week: string): Promise<number> =>
  (
    await tx.query<{ count: number }>(sql`
    select count(*)::int as count from delivery d
    join unnest(${wanted.map(w => w.partnerId)}::text[], ${wanted.map(w => w.type)}::text[]) as g(partner_id, type)
      on g.partner_id = d.partner_id and g.type = d.type
    where d.state in ('due', 'behind', 'dispatched', 'held') and d.capacity_week is distinct from ${week}`)
  )[0]?.count ?? 0
