// The evidence log's rows: leaves that wait for their number, the numbered ones, the tree above them, and the checkpoints that were published.
import { sql, type Tx } from './database.ts'
import { ownKeyOf } from './own-keys.ts'

/** What a leaf says happened. */
export type LeafKind =
  /** An event was told to us and taken, or refused. */
  | 'accepted'
  | 'refused'
  /** A SET was refused before anything of it was taken. */
  | 'not-admitted'
  /** A partner's message arrived. */
  | 'received'
  /** A row left for a partner, which acknowledged it, or declined it. */
  | 'sent'
  | 'acknowledged'
  | 'declined'
  /** An administration asked, and somebody was answered. */
  | 'asked'
  | 'answered'

export interface NewLeaf {
  id: string
  kind: LeafKind
  source: string
  message: string
  commitment: Buffer
}

/** Their time is the database's own: whoever looks how long they wait asks the same clock. */
export const insertLeaves = (tx: Tx, leaves: readonly NewLeaf[]): Promise<unknown> =>
  tx.query(sql`
    insert into ledger_leaf (id, kind, source, message, commitment)
    select * from unnest(${leaves.map(l => l.id)}::uuid[], ${leaves.map(l => l.kind)}::text[], ${leaves.map(l => l.source)}::text[],
      ${leaves.map(l => l.message)}::text[], ${leaves.map(l => l.commitment)}::bytea[])`)

/** Keeps what leaves commit to; `personId` is null for what is not sealed under a person's key, `body` for what is kept elsewhere. */
export const insertEvidence = (tx: Tx, evidence: readonly { leafId: string; personId: string | null; body: Buffer }[]): Promise<unknown> =>
  tx.query(sql`
    insert into ledger_evidence (leaf_id, person_id, body)
    select * from unnest(${evidence.map(e => e.leafId)}::uuid[], ${evidence.map(e => e.personId)}::uuid[], ${evidence.map(e => e.body)}::bytea[])`)

/** A numbered leaf. */
export interface LedgerRow {
  seq: number
  ts: Date
  leafId: string
  kind: string
  source: string
  message: string
  commitment: Buffer
  /** As the database hashed the line when it numbered it. */
  hash: Buffer
}

const row = sql`l.seq, l.ts, l.leaf_id as "leafId", l.kind, l.source, l.message, l.commitment, l.hash`

/** Numbers up to `most` leaves that are committed. Holds the sequencer's lock until the transaction ends. @returns them in their order */
export const sequenceLeaves = (tx: Tx, most: number): Promise<LedgerRow[]> =>
  tx.query<LedgerRow>(sql`select ${row} from sequence_leaves(${most}) l order by l.seq`)

/** Until the transaction ends nobody else numbers leaves or publishes. */
export const lockLedger = (tx: Tx): Promise<unknown> =>
  tx.query(sql`select pg_advisory_xact_lock(hashtextextended('jisr sequence_leaves', 0))`)

export const ledgerSize = async (tx: Tx): Promise<number> =>
  (await tx.query<{ size: number }>(sql`select coalesce(max(seq) + 1, 0)::bigint as size from ledger`))[0]?.size ?? 0

/** Leaves from `begin` up to, not including, `end`, as far as they are there. */
export const readLedger = (tx: Tx, { begin, end }: { begin: number; end: number }): Promise<LedgerRow[]> =>
  tx.query<LedgerRow>(sql`select ${row} from ledger l where l.seq >= ${begin} and l.seq < ${end} order by l.seq`)

export const findLedgerRow = async (tx: Tx, leafId: string): Promise<LedgerRow | undefined> =>
  (await tx.query<LedgerRow>(sql`select ${row} from ledger l where l.leaf_id = ${leafId}`))[0]

/** The leaf of an event that was accepted. */
export const findAccepted = async (tx: Tx, source: string, eventId: string): Promise<LedgerRow | undefined> =>
  (
    await tx.query<LedgerRow>(sql`
    select ${row} from ledger l where l.message = ${eventId} and l.kind = 'accepted' and l.source = ${source} order by l.seq limit 1`)
  )[0]

export interface LedgerNode {
  height: number
  index: number
  hash: Buffer
}

export const insertNodes = (tx: Tx, nodes: readonly LedgerNode[]): Promise<unknown> =>
  tx.query(sql`
    insert into ledger_node (height, index, hash)
    select * from unnest(${nodes.map(n => n.height)}::smallint[], ${nodes.map(n => n.index)}::bigint[], ${nodes.map(n => n.hash)}::bytea[])`)

/** Nodes of one height from `begin` up to, not including, `end`, as far as they are there. */
export const readNodes = (tx: Tx, height: number, { begin, end }: { begin: number; end: number }): Promise<LedgerNode[]> =>
  tx.query<LedgerNode>(sql`
    select height, index, hash from ledger_node where height = ${height} and index >= ${begin} and index < ${end} order by index`)

export interface CheckpointRow {
  id: number
  origin: string
  size: number
  /** The signed note. */
  note: string
  signedAt: Date
}

const checkpointColumns = sql`id, origin, size, note, signed_at as "signedAt"`

/** The one that was published last. */
export const lastCheckpoint = async (tx: Tx): Promise<CheckpointRow | undefined> =>
  (await tx.query<CheckpointRow>(sql`select ${checkpointColumns} from checkpoint order by id desc limit 1`))[0]

/** Published ones after `afterId`, in order. */
export const readCheckpoints = (tx: Tx, afterId: number, limit: number): Promise<CheckpointRow[]> =>
  tx.query<CheckpointRow>(sql`select ${checkpointColumns} from checkpoint where id > ${afterId} order by id limit ${limit}`)

export const insertCheckpoint = (tx: Tx, checkpoint: Omit<CheckpointRow, 'id'>): Promise<unknown> =>
  tx.query(sql`
    insert into checkpoint (origin, size, note, signed_at) values (${checkpoint.origin}, ${checkpoint.size}, ${checkpoint.note}, ${checkpoint.signedAt})`)

export interface LedgerStanding {
  /** Leaves in the ledger. */
  size: number
  /** Of the last checkpoint; 0 when there is none. */
  covered: number
  /** How long the oldest leaf has waited for its number, or for the checkpoint that covers it. */
  behindSeconds: number
}

export const ledgerStanding = async (tx: Tx): Promise<LedgerStanding> => {
  const [found] = await tx.query<LedgerStanding>(sql`
    with last as (select coalesce((select size from checkpoint order by id desc limit 1), 0) as size)
    select (select coalesce(max(seq) + 1, 0)::bigint from ledger) as size, last.size as covered,
      coalesce(extract(epoch from clock_timestamp() - least((select created_at from ledger_leaf order by created_at limit 1),
        (select ts from ledger where seq = last.size))), 0)::int as "behindSeconds"
    from last`)
  return found ?? { size: 0, covered: 0, behindSeconds: 0 }
}

/** Somebody waits for a checkpoint that covers all there is. */
export const checkpointChannel = 'jisr_checkpoint'

export const wantCheckpoint = (tx: Tx): Promise<unknown> => tx.query(sql`select pg_notify(${checkpointChannel}, '')`)

/** Under whose key a leaf's commitment was salted; undefined where its evidence is kept elsewhere. */
export const evidenceOwner = async (tx: Tx, leafId: string): Promise<{ personId: string | null; wrappedKey: Buffer | null } | undefined> =>
  (
    await tx.query<{ personId: string | null; wrappedKey: Buffer | null }>(sql`
    select e.person_id as "personId", p.wrapped_key as "wrappedKey" from ledger_evidence e left join person p on p.id = e.person_id
    where e.leaf_id = ${leafId}`)
  )[0]

/** A leaf with what it commits to, wherever that is kept; null for each place where it is not. */
export interface CommittedRow {
  seq: number
  ts: Date
  leafId: string
  kind: string
  message: string
  commitment: Buffer
  /** In `ledger_evidence`; `personId` is null for what is sealed under the gateway's key. */
  evidence: Buffer | null
  personId: string | null
  wrappedKey: Buffer | null
  /** Of the inbox. */
  messageBody: Buffer | null
  messageKey: Buffer | null
  /** A document's frame, or a row of one, under its own key or a person's. */
  frame: Buffer | null
  hasRow: boolean
  rowBody: Buffer | null
  rowPersonId: string | null
  rowPersonKey: Buffer | null
  rowKey: Buffer | null
  /** Of a delivery that was acknowledged. */
  receipt: Buffer | null
  deliveryPersonId: string | null
  deliveryPersonKey: Buffer | null
  /** Of the event that an accepted leaf is about. */
  eventBody: Buffer | null
  eventType: string | null
  eventEffectiveAt: Date | null
  /** The event that it takes the place of: told in its payload, kept beside its body. */
  eventCorrects: string | null
  /** It is nowhere, and no plan takes such a thing away: part of a document, or an answer whose evidence is always kept. */
  isTakenAway: boolean
  /** A received message that was kept as frame and rows when it was interpreted. */
  wasCut: boolean
}

/** Messages of these kinds are ids of ours; anything else stands for nothing. */
const asUuid = sql`case when l.kind in ('received', 'accepted', 'answered') and l.message ~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' then l.message::uuid end`

/** Each is looked up by itself: a database without statistics, as after a restore, would read whole tables for each batch. */
export const readCommitted = (tx: Tx, afterSeq: number, limit: number): Promise<CommittedRow[]> =>
  tx.query<CommittedRow>(sql`
    select l.seq, l.ts, l.leaf_id as "leafId", l.kind, l.message, l.commitment, v.body as evidence, v.person_id as "personId", v.wrapped_key as "wrappedKey",
      i.body as "messageBody", i.wrapped_key as "messageKey", d.frame, r.id is not null as "hasRow",
      r.body as "rowBody", r.person_id as "rowPersonId", r.person_key as "rowPersonKey", r.wrapped_key as "rowKey", y.receipt,
      y.person_id as "deliveryPersonId", y.wrapped_key as "deliveryPersonKey", e.body as "eventBody", e.type as "eventType",
      e.effective_at as "eventEffectiveAt", e.corrects as "eventCorrects", coalesce(n.found, false) as "isTakenAway", coalesce(n.cut, false) as "wasCut"
    from (select * from ledger where seq > ${afterSeq} order by seq limit ${limit}) l
    left join lateral (select o.body, o.person_id, p.wrapped_key from ledger_evidence o left join person p on p.id = o.person_id
      where o.leaf_id = l.leaf_id limit 1) v on true
    left join lateral (select body, ${ownKeyOf(sql`inbox.id`)} as wrapped_key from inbox where l.kind = 'received' and id = ${asUuid} limit 1) i on true
    left join lateral (select frame from document where id = l.leaf_id limit 1) d on true
    left join lateral (select o.id, o.body, o.person_id, ${ownKeyOf(sql`o.id`)} as wrapped_key, p.wrapped_key as person_key from document_row o left join person p on p.id = o.person_id
      where o.id = l.leaf_id limit 1) r on true
    left join lateral (select o.receipt, o.person_id, p.wrapped_key from delivery o left join person p on p.id = o.person_id
      where l.kind = 'acknowledged' and o.id = l.message limit 1) y on true
    left join lateral (select body, type, effective_at, corrects from event where l.kind = 'accepted' and id = ${asUuid} limit 1) e on true
    left join lateral (select ${isTakenAway} as found, ${wasCut} as cut where v.body is null and d.frame is null and r.id is null) n on true
    order by l.seq`)

/**
 * The first line of a received message is of all of it, and goes by plan; those behind it are of the document that was made of it. A question had one line in
 * an earlier version, and has one for its frame and one for each row since. An answer is under a key of the question's own where nobody was known for it.
 */
const isTakenAway = sql`case l.kind
      when 'received' then exists (select from ledger o where o.message = l.message and o.kind = l.kind and o.seq < l.seq)
      when 'asked' then exists (select from ledger o where o.message = l.message and o.kind = l.kind and o.seq <> l.seq)
      when 'answered' then not exists (select from inquiry where id = ${asUuid}) or (
        exists (select from document o where o.message = l.message and o.kind = 'asked') and not exists (
          select from document o join document_row q on q.document_id = o.id where o.message = l.message and o.kind = 'asked' and q.person_id is null))
      else false end`

const wasCut = sql`l.kind = 'received' and (exists (select from ledger o where o.message = l.message and o.kind = l.kind and o.seq > l.seq)
      or exists (select from document o where o.message = l.message and o.kind = 'received'))`
