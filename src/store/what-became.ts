// What became of what a client told: its SETs and their REST twins by pages, each with one word for how it stands.
import { sql, type Tx } from './database.ts'
import type { Sql } from './sql.ts'

/** `refused` by us; `stopped`: a delivery of it waits for a person here; `declined` by a recipient; `settled`: nobody is owed it any more. */
export const toldStatuses = ['refused', 'pending', 'stopped', 'declined', 'settled'] as const

export type ToldStatus = (typeof toldStatuses)[number]

export interface ToldRow {
  keyHash: Buffer
  receivedAt: Date
  /** To the microsecond, as PostgreSQL writes it: where a page ends must be exact. */
  receivedAtExact: string
  way: 'set' | 'event' | 'row' | null
  status: ToldStatus
  eventId: string | null
  type: string | null
  /** Of a refusal: `code` and `reason`. */
  answer: Record<string, unknown>
  /** What was sent, as the evidence log keeps it; null when it is not kept any more. */
  leafId: string | null
  evidence: Buffer | null
  personId: string | null
  wrappedKey: Buffer | null
}

export interface ToldPosition {
  receivedAt: string
  keyHash: Buffer
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
    ${told(window)} ${status === null ? sql.empty : sql`where ${standing} = ${status}`} order by s.received_at, s.key_hash limit ${limit + 1}`)
  const rows = found.slice(0, limit)
  const last = rows.at(-1)
  if (found.length > limit && last !== undefined) return { rows, end: { receivedAt: last.receivedAtExact, keyHash: last.keyHash } }
  return { rows, end: status === null ? null : await endOfWindow(tx, window) }
}

/** One message by its keyed hash, whatever way it came. */
export const findTold = async (tx: Tx, source: string, keyHash: Buffer): Promise<ToldRow | undefined> =>
  (await tx.query<ToldRow>(told(sql`select * from seen where source = ${source} and key_hash = ${keyHash}`)))[0]

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

const windowOf = ({ source, since, after }: ToldQuery, most: number): Sql => sql`
  select * from seen where source = ${source} and way in ('set', 'event')
    ${since === null ? sql.empty : sql`and received_at >= ${since}`}
    ${after === null ? sql.empty : sql`and (received_at, key_hash) > (${after.receivedAt}::timestamptz, ${after.keyHash}::bytea)`}
  order by received_at, key_hash limit ${most}`

/** Where the look at a window ended; null when there was nothing beyond it. */
const endOfWindow = async (tx: Tx, window: Sql): Promise<ToldPosition | null> =>
  (
    await tx.query<ToldPosition>(sql`
    select w.received_at::text as "receivedAt", w.key_hash as "keyHash" from (${window}) w
    order by w.received_at, w.key_hash offset ${lookedAtMax - 1} limit 1`)
  )[0] ?? null

/** What waits for a person here comes before what is still on its way, and that before what is done with. */
const standing = sql`case when s.status = 'refused' then 'refused' when o.stopped then 'stopped' when o.pending then 'pending'
  when o.declined then 'declined' else 'settled' end`

const told = (window: Sql): Sql => sql`
  select s.key_hash as "keyHash", s.received_at as "receivedAt", s.received_at::text as "receivedAtExact", s.way, ${standing} as status,
    s.event_id as "eventId", e.type, s.answer, v.leaf_id as "leafId", v.body as evidence, v.person_id as "personId", p.wrapped_key as "wrappedKey"
  from (${window}) s
  left join lateral (
    select bool_or(d.state in ('held', 'parked', 'dead')) as stopped,
      bool_or(d.state not in ('accepted', 'refused', 'superseded', 'discarded')) as pending, bool_or(d.state = 'refused') as declined
    from delivery d where d.event_id = s.event_id) o on true
  left join event e on e.id = s.event_id
  left join ledger_evidence v on v.leaf_id = coalesce(s.leaf_id,
    (select l.leaf_id from ledger l where l.message = s.event_id::text and l.kind = 'accepted' and l.source = s.source order by l.seq limit 1),
    (select l.id from ledger_leaf l where l.message = s.event_id::text and l.kind = 'accepted' and l.source = s.source limit 1))
  left join person p on p.id = v.person_id`
