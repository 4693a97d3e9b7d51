// What waits for a person, of every kind in one list, and the cases and tickets that a person settles.
import { sql, type Tx } from './database.ts'
import type { Sql } from './sql.ts'

export const waitingKinds = ['delivery', 'quarantine', 'case', 'person', 'ticket', 'request', 'task'] as const
export type WaitingKind = (typeof waitingKinds)[number]

export interface Waiting {
  kind: WaitingKind
  id: string
  partnerId: string | null
  state: string
  /** Event type, kind of case, row of a message. */
  about: string
  code: string | null
  reason: string | null
  /** Since when it does not move by itself. */
  since: Date
  personId: string | null
  /** Deliveries that wait behind it. */
  behind: number
  /** What a partner wrote about a delivery, sealed under the person's key. */
  said: Buffer | null
  wrappedKey: Buffer | null
}

/** Asked this often without an answer: now a person must find out. */
const asksMax = 3
/** Fetched this often, and its answer a day behind the partner's own word. */
const ticketTriesMax = 3

/** A delivery in whatever state, as something that waits is told. */
const aDelivery = sql`
  select 'delivery' as kind, d.id, d.partner_id as "partnerId", d.state, d.type as about, d.outcome_code as code, d.reason,
    coalesce(d.stopped_at, d.created_at) as since,
    d.person_id as "personId", (select count(*)::int from delivery b where b.lane_id = d.lane_id and b.state = 'behind' and b.position > d.position) as behind,
    d.reason_sealed as said, p.wrapped_key as "wrappedKey"
  from delivery d left join person p on p.id = d.person_id`

/**
 * One statement over all kinds. A delivery that is held because its person is held stands under the person's case, which says it once.
 * `campaignNow` is the clock of tickets.
 */
const everything = (campaignNow: Date): Sql => sql`
  ${aDelivery} where d.state in ('parked', 'dead') or (d.state = 'held' and p.held is null) or (d.state = 'unknown' and d.round > ${asksMax})
  union all
  select 'quarantine', q.id::text, q.partner_id, q.state, 'row ' || q.row, q.code, q.reason, q.created_at, null, 0, null, null from quarantine q where q.state = 'open'
  union all
  select 'case', c.id::text, (select partner_id from delivery where id = c.delivery_id),
    case when p.held is not null then 'held' when c.delivery_id is not null then 'refused' else c.state end, c.kind, c.kind, c.reason, c.opened_at, c.person_id,
    (select count(*)::int from subject s join delivery b on b.subject_id = s.id
      where s.person_id = c.person_id and b.state in ('held', 'behind') and p.held is not null), null, null
  from case_file c left join person p on p.id = c.person_id where c.state = 'open'
  union all
  select 'person', p.id::text, null, 'held', 'held', null, p.held,
    coalesce((select min(b.stopped_at) from delivery b where b.person_id = p.id and b.state = 'held'), p.created_at), p.id,
    (select count(*)::int from subject s join delivery b on b.subject_id = s.id where s.person_id = p.id and b.state in ('held', 'behind')), null, null
  from person p where p.held is not null and not exists (select from case_file c where c.person_id = p.id and c.state = 'open')
  union all
  select 'ticket', t.id::text, t.partner_id, case when t.isOverdue then 'overdue' else 'nearing' end, 'parcel ' || t.parcel_id, null,
    case when t.isOverdue then 'the partner promised an answer to each row, and its deadline has passed'
      else 'the partner promised an answer to each row, and its deadline is near' end,
    coalesce(t.overdue_at, t.warned_at, t.opened_at), null, (select count(*)::int from parcel_row r where r.parcel_id = t.parcel_id), null, null
  from (select *, state <> 'open' or deadline_at <= ${campaignNow} as isOverdue from ticket where state in ('open', 'overdue', 'failed')) t
  where t.isOverdue or t.warn_at <= ${campaignNow}
    or (t.tries >= ${ticketTriesMax} and t.due_at < ${campaignNow}::timestamptz - interval '1 day')
  union all
  select 'request', r.id::text, null, case when r.due_on < ${campaignNow}::timestamptz::date then 'overdue' else 'open' end, r.kind, r.law,
    'her answer is due on ' || r.due_on || coalesce('; done so far: ' || r.outcome, ''), r.opened_at, r.person_id, 0, null, null
  from rights_request r where r.state = 'open'
  union all
  select 'task', k.id::text, k.partner_id, case when k.due_on < ${campaignNow}::timestamptz::date then 'overdue' else 'open' end, r.kind, r.kind,
    'to be told by ' || k.due_on || case when k.deliveries = '{}' then ', of what it read or asked'
      else ', of what it was sent in ' || array_to_string(k.deliveries[1:5], ', ') || case when cardinality(k.deliveries) > 5 then ' and others' else '' end end,
    r.opened_at, k.person_id, 0, null, null
  from rights_task k join rights_request r on r.id = k.request_id where k.state = 'open'`

/** What waits, oldest first. */
export const listAttention = (
  tx: Tx,
  campaignNow: Date,
  { kind = null, partnerId = null, limit }: { kind?: WaitingKind | null; partnerId?: string | null; limit: number }
): Promise<Waiting[]> =>
  tx.query<Waiting>(sql`
    select * from (${everything(campaignNow)}) w
    where (${kind}::text is null or kind = ${kind}) and (${partnerId}::text is null or "partnerId" = ${partnerId})
    order by since, id limit ${limit}`)

export const findAttention = async (tx: Tx, campaignNow: Date, id: string): Promise<Waiting | undefined> =>
  (await tx.query<Waiting>(sql`select * from (${everything(campaignNow)}) w where id = ${id} limit 1`))[0]

/** One that its partner refused waits for nobody, unless it was a SET (its case is open); a person may look at it all the same, and send it again. */
export const findRefused = async (tx: Tx, id: string): Promise<Waiting | undefined> =>
  (await tx.query<Waiting>(sql`${aDelivery} where d.id = ${id} and d.state = 'refused'`))[0]

export const countAttention = (
  tx: Tx,
  campaignNow: Date
): Promise<{ kind: WaitingKind; state: string; partnerId: string | null; count: number; behind: number; oldest: Date }[]> =>
  tx.query(sql`
    select kind, state, "partnerId", count(*)::int as count, sum(behind)::int as behind, min(since) as oldest from (${everything(campaignNow)}) w
    group by kind, state, "partnerId" order by min(since)`)

/** How deliveries to one partner may have stopped that a person sends again together. */
export const stoppedStates = ['parked', 'dead', 'held', 'refused'] as const

export interface StoppedAlike {
  partnerId: string
  state: (typeof stoppedStates)[number]
  /** Why, as the partner's answer or the mapping says; null: for whatever reason. */
  code: string | null
}

/**
 * Deliveries of the group after a position, in the order of their lanes. Of those that were refused, the ones whose case is open; of those that are held,
 * none whose person is: her case lets them go.
 */
export const stoppedAlike = (
  tx: Tx,
  { partnerId, state, code }: StoppedAlike,
  after: number,
  limit: number
): Promise<{ id: string; position: number }[]> =>
  tx.query(sql`
    select d.id, d.position from delivery d left join person p on p.id = d.person_id
    where d.partner_id = ${partnerId} and d.position > ${after} and (${code}::text is null or d.outcome_code = ${code})
      and p.held is null and (d.person_id is null or p.wrapped_key is not null)
      and ${
        state === 'refused'
          ? sql`d.state = 'refused' and d.id in (select delivery_id from case_file where state = 'open' and delivery_id is not null)`
          : sql`d.state = ${state} and d.state in ('parked', 'held', 'dead')`
      }
    order by d.position limit ${limit}`)

/** A person has dealt with a case. @returns false when it is not open. */
export const settleCase = async (tx: Tx, id: string, actor: string, reason: string): Promise<boolean> =>
  (
    await tx.query(sql`
    with done as (
      update case_file set state = 'settled', settled_at = now(), settled_by = ${actor}, settlement = ${reason} where id = ${id} and state = 'open' returning id)
    insert into audit (actor, action, about, reason) select ${actor}, 'case.settled', id::text, ${reason} from done returning id`)
  ).length > 0

/** The delivery that an open case is about. */
export const deliveryOfCase = async (tx: Tx, id: string): Promise<string | undefined> =>
  (
    await tx.query<{ id: string }>(
      sql`select delivery_id as id from case_file where id = ${id} and state = 'open' and delivery_id is not null`
    )
  )[0]?.id

/** The open cases about a delivery. */
export const casesOfDelivery = async (tx: Tx, deliveryId: string): Promise<string[]> =>
  (await tx.query<{ id: string }>(sql`select id from case_file where delivery_id = ${deliveryId} and state = 'open' for update`)).map(
    row => row.id
  )

/** The open cases of a person that hold it. */
export const holdingCases = async (tx: Tx, personId: string): Promise<string[]> =>
  (
    await tx.query<{ id: string }>(sql`
    select id from case_file where person_id = ${personId} and state = 'open' and kind in ('registered-twice', 'identity-shared') for update`)
  ).map(row => row.id)

/** Nobody fetches this answer any more: it came by another way. @returns false when it is not open. */
export const settleTicket = async (tx: Tx, id: string, actor: string, reason: string): Promise<boolean> =>
  (
    await tx.query(sql`
    with done as (update ticket set state = 'collected', closed_at = now(), lease_until = null
      where id = ${id} and state in ('open', 'overdue', 'failed') returning id)
    insert into audit (actor, action, about, reason) select ${actor}, 'ticket.settled', id::text, ${reason} from done returning id`)
  ).length > 0
