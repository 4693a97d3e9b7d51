// What became of what a client told: its SETs and their REST twins by pages, each with one word for how it stands; signed SETs of which nothing was taken too.
import { sql, type Tx } from './database.ts'
import type { Sql } from './sql.ts'

/**
 * `refused` by us; `stopped`: it, or a delivery of it, waits for a person here; `waiting` for another event, and counts for nothing till then;
 * `declined` by a recipient; `settled`: nobody is owed it any more.
 */
export const toldStatuses = ['refused', 'stopped', 'waiting', 'pending', 'declined', 'settled'] as const

export type ToldStatus = (typeof toldStatuses)[number]

export interface ToldRow {
  keyHash: Buffer
  payloadHash: Buffer
  receivedAt: Date
  /** To the microsecond, as PostgreSQL writes it: where a page ends must be exact. */
  receivedAtExact: string
  way: 'set' | 'event' | 'row' | null
  status: ToldStatus
  eventId: string | null
  type: string | null
  /** Of one that waits: whether for the event that it corrects, or for one that comes before it. */
  waitsFor: 'corrected-event' | 'earlier-event' | null
  /** Of a refusal: `code` and `reason`. */
  answer: Record<string, unknown>
  /** What was sent, as the evidence log keeps it; null when it is not kept any more. */
  leafId: string | null
  evidence: Buffer | null
  personId: string | null
  wrappedKey: Buffer | null
  /** Of a SET of which nothing was taken: why, and SHA-256 of its token; null also where they were not kept yet. */
  notAdmitted: string | null
  tokenHash: Buffer | null
}

export interface ToldPosition {
  receivedAt: string
  keyHash: Buffer
  /** Several SETs of one jti may have been refused. */
  payloadHash: Buffer
}

export interface ToldQuery {
  source: string
  status: ToldStatus | null
  since: Date | null
  after: ToldPosition | null
  limit: number
}

/** So many messages are looked at for one page, however few of them have the status that is asked for. */
const lookedAtMax = 2_000

/**
 * A page in the order in which the messages came. It may be short, or empty, where the status asked for is rare.
 * @returns where to go on; null at the end
 */
export const listTold = async (tx: Tx, query: ToldQuery): Promise<{ rows: ToldRow[]; end: ToldPosition | null }> => {
  const { status, limit } = query
  const window = windowOf(query, status === null ? limit + 1 : lookedAtMax)
  const found = await tx.query<ToldRow>(sql`
    ${told(window)} ${status === null ? sql.empty : sql`where ${standing} = ${status}`} order by s.received_at, s.key_hash, s.payload_hash limit ${limit + 1}`)
  const rows = found.slice(0, limit)
  const last = rows.at(-1)
  if (found.length > limit && last !== undefined) {
    const { receivedAtExact, keyHash, payloadHash } = last
    return { rows, end: { receivedAt: receivedAtExact, keyHash, payloadHash } }
  }
  return { rows, end: status === null ? null : await endOfWindow(tx, window) }
}

/** One message by its keyed hash, whatever way it came. What was taken goes before what was refused unread under the same name, and of that the last one. */
export const findTold = async (tx: Tx, source: string, keyHash: Buffer): Promise<ToldRow | undefined> => {
  const [seen] = await tx.query<ToldRow>(told(sql`select ${asSeen} from seen s where s.source = ${source} and s.key_hash = ${keyHash}`))
  if (seen !== undefined) return seen
  const [unread] = await tx.query<ToldRow>(
    told(sql`
      select ${asUnread} from not_admitted n where n.source = ${source} and n.key_hash = ${keyHash} order by n.noted_at desc, n.leaf_id desc limit 1`)
  )
  return unread
}

export interface DeliveryOfEvent {
  id: string
  eventId: string
  partner: string
  state: string
  updatedAt: Date
  code: string | null
  personId: string | null
  said: Buffer | null
  wrappedKey: Buffer | null
}

/** Deliveries of these events, in the order of their recipients. */
export const deliveriesOf = (tx: Tx, eventIds: readonly string[]): Promise<DeliveryOfEvent[]> =>
  tx.query(sql`
    select d.id, d.event_id as "eventId", d.partner_id as partner, d.state, coalesce(d.settled_at, d.dispatched_at, d.created_at) as "updatedAt",
      d.outcome_code as code, d.person_id as "personId", d.reason_sealed as said, p.wrapped_key as "wrappedKey"
    from delivery d left join person p on p.id = d.person_id
    where d.event_id = any(${eventIds}::uuid[]) order by d.partner_id, d.version`)

/** What is remembered, and what was refused unread, as one kind of row. */
const asSeen = sql`s.source, s.key_hash, s.payload_hash, s.received_at, s.way, s.status, s.event_id, s.answer, s.leaf_id`
const asUnread = sql`n.source, n.key_hash, n.payload_hash, n.noted_at as received_at, 'set' as way, 'refused' as status, null::uuid as event_id,
  '{}'::jsonb as answer, n.leaf_id`

/** A SET that was refused and taken when it came again is what was taken. */
const windowOf = ({ source, since, after }: ToldQuery, most: number): Sql => sql`
  select * from (
    (select ${asSeen} from seen s where s.source = ${source} and s.way in ('set', 'event')
      ${since === null ? sql.empty : sql`and s.received_at >= ${since}`}
      ${after === null ? sql.empty : sql`and (s.received_at, s.key_hash, s.payload_hash) > ${positionOf(after)}`}
      order by s.received_at, s.key_hash, s.payload_hash limit ${most})
    union all
    (select ${asUnread} from not_admitted n where n.source = ${source}
      ${since === null ? sql.empty : sql`and n.noted_at >= ${since}`}
      ${after === null ? sql.empty : sql`and (n.noted_at, n.key_hash, n.payload_hash) > ${positionOf(after)}`}
      and not exists (select from seen s where s.source = n.source and s.key_hash = n.key_hash and s.payload_hash = n.payload_hash)
      order by n.noted_at, n.key_hash, n.payload_hash limit ${most})) both_kinds
  order by received_at, key_hash, payload_hash limit ${most}`

const positionOf = ({ receivedAt, keyHash, payloadHash }: ToldPosition): Sql =>
  sql`(${receivedAt}::timestamptz, ${keyHash}::bytea, ${payloadHash}::bytea)`

/** Where the look at a window ended; null when there was nothing beyond it. */
const endOfWindow = async (tx: Tx, window: Sql): Promise<ToldPosition | null> =>
  (
    await tx.query<ToldPosition>(sql`
    select w.received_at::text as "receivedAt", w.key_hash as "keyHash", w.payload_hash as "payloadHash" from (${window}) w
    order by w.received_at, w.key_hash, w.payload_hash offset ${lookedAtMax - 1} limit 1`)
  )[0] ?? null

/** What waits for a person here, then what waits for another event, comes before what is still on its way, and that before what is done with. */
const standing = sql`case when s.status = 'refused' then 'refused' when o.stopped or c.contradicts then 'stopped' when w.waits then 'waiting' when o.pending then 'pending'
  when o.declined then 'declined' else 'settled' end`

const told = (window: Sql): Sql => sql`
  select s.key_hash as "keyHash", s.payload_hash as "payloadHash", s.received_at as "receivedAt", s.received_at::text as "receivedAtExact", s.way, ${standing} as status,
    s.event_id as "eventId", e.type,
    case when w.waits then case when e.corrects is null or w.corrected then 'earlier-event' else 'corrected-event' end end as "waitsFor", s.answer, v.leaf_id as "leafId", v.body as evidence, v.person_id as "personId", p.wrapped_key as "wrappedKey",
    case when n.leaf_id is not null then coalesce(n.code, 'not-admitted') end as "notAdmitted", n.token_hash as "tokenHash"
  from (${window}) s
  left join lateral (
    select bool_or(d.state in ('held', 'parked', 'dead')) as stopped,
      bool_or(d.state not in ('accepted', 'refused', 'superseded', 'discarded')) as pending, bool_or(d.state = 'refused') as declined
    from delivery d where d.event_id = s.event_id) o on true
  left join event e on e.id = s.event_id
  left join lateral (
    select e.id = any(u.waiting) as waits, exists (select from event f where f.id = e.corrects and f.subject_id = e.subject_id) as corrected
    from subject u where u.id = e.subject_id) w on true
  left join lateral (
    select exists (select from case_file x where x.kind = 'contradiction' and x.subject_id = e.subject_id and x.event_id = e.id and x.state = 'open') as contradicts) c on true
  left join not_admitted n on s.status = 'refused' and n.source = s.source and n.key_hash = s.key_hash and n.payload_hash = s.payload_hash
  left join ledger_evidence v on v.leaf_id = coalesce(s.leaf_id,
    (select l.leaf_id from ledger l where l.message = s.event_id::text and l.kind = 'accepted' and l.source = s.source order by l.seq limit 1),
    (select l.id from ledger_leaf l where l.message = s.event_id::text and l.kind = 'accepted' and l.source = s.source limit 1))
  left join person p on p.id = v.person_id`
