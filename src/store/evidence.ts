// What is kept about one placement, for its evidence file: its messages in the ledger, with what they commit to, and the documents its rows stood in.

import { sql, type Tx } from './database.ts'
import type { DocumentRow, KeyedRow } from './documents.ts'
import { ownKeyOf } from './own-keys.ts'

export interface PlacementRow {
  id: string
  personId: string
  campaign: number
  state: string
  /** Null: her data was erased, or is blocked. */
  wrappedKey: Buffer | null
  erasedAt: Date | null
}

export const findPlacement = async (tx: Tx, id: string): Promise<PlacementRow | undefined> =>
  (
    await tx.query<PlacementRow>(sql`
    select s.id, s.person_id as "personId", s.campaign, s.state, p.wrapped_key as "wrappedKey", p.erased_at as "erasedAt"
    from subject s join person p on p.id = s.person_id where s.id = ${id} and s.kind = 'placement'`)
  )[0]

/** A leaf of the ledger and what it commits to, sealed; `body` is null for what is kept elsewhere, `seq` for what has no number yet. */
export interface LoggedRow {
  leafId: string
  kind: string
  source: string
  message: string
  seq: number | null
  ts: Date | null
  commitment: Buffer
  body: Buffer | null
}

/** Leaves about these messages: ids of events and deliveries. */
export const leavesAbout = (tx: Tx, messages: readonly string[]): Promise<LoggedRow[]> =>
  logged(tx, sql`l.message = any(${messages}::text[])`)

/** Leaves by their ids. */
export const leavesOf = (tx: Tx, ids: readonly string[]): Promise<LoggedRow[]> => logged(tx, sql`l.leaf_id = any(${ids}::uuid[])`)

const leaves = sql`
  select leaf_id, kind, source, message, seq, ts, commitment from ledger
  union all select id, kind, source, message, null, null, commitment from ledger_leaf`

const logged = (tx: Tx, which: ReturnType<typeof sql>): Promise<LoggedRow[]> =>
  tx.query<LoggedRow>(sql`
    with l as (${leaves})
    select l.leaf_id as "leafId", l.kind, l.source, l.message, l.seq, l.ts, l.commitment, e.body
    from l left join ledger_evidence e on e.leaf_id = l.leaf_id where ${which} order by l.seq nulls last, l.leaf_id`)

/** Ids of the leaves about messages that were refused for this subject: they made no event. */
export const refusedLeaves = async (tx: Tx, subjectId: string, sources: readonly string[]): Promise<string[]> =>
  (
    await tx.query<{ leafId: string }>(sql`
    select leaf_id as "leafId" from seen where source = any(${sources}::text[]) and subject_id = ${subjectId} and leaf_id is not null order by received_at`)
  ).map(row => row.leafId)

export interface OwedRow {
  id: string
  partnerId: string
  type: string
  version: number
  state: string
  receipt: Buffer | null
  mappingVersion: string | null
  createdAt: Date
}

/** Everything that was owed about a subject, oldest first. */
export const owedAbout = (tx: Tx, subjectId: string): Promise<OwedRow[]> =>
  tx.query<OwedRow>(sql`
    select d.id, d.partner_id as "partnerId", d.type, d.version, d.state, d.receipt, p.mapping_version as "mappingVersion", d.created_at as "createdAt"
    from delivery d left join parcel p on p.id = d.parcel_id where d.subject_id = ${subjectId} order by d.position`)

/** A row with the document that it stood in. */
export type RowInDocument = KeyedRow & { document: DocumentRow }

/** This person's rows about these events and deliveries. */
export const rowsAbout = (tx: Tx, personId: string, abouts: readonly string[]): Promise<RowInDocument[]> =>
  rowsWhere(tx, sql`r.about = any(${abouts}::text[]) and r.person_id = ${personId}`)

/** What administrations asked about these people. */
export const questionsAbout = (tx: Tx, personIds: readonly string[]): Promise<RowInDocument[]> =>
  rowsWhere(tx, sql`r.about is null and r.person_id = any(${personIds}::uuid[]) and d.kind = 'asked'`)

/** The answers that were given to these inquiries about these people, each with the key that it is sealed under. */
export const answersAbout = (
  tx: Tx,
  inquiryIds: readonly string[],
  personIds: readonly string[]
): Promise<(LoggedRow & { personId: string; wrappedKey: Buffer | null })[]> =>
  tx.query(sql`
    with l as (${leaves})
    select l.leaf_id as "leafId", l.kind, l.source, l.message, l.seq, l.ts, l.commitment, e.body, e.person_id as "personId", p.wrapped_key as "wrappedKey"
    from l join ledger_evidence e on e.leaf_id = l.leaf_id join person p on p.id = e.person_id
    where l.kind = 'answered' and l.message = any(${inquiryIds}::text[]) and e.person_id = any(${personIds}::uuid[]) order by l.seq nulls last, l.leaf_id`)

const rowsWhere = (tx: Tx, which: ReturnType<typeof sql>): Promise<RowInDocument[]> =>
  tx.query(sql`
    select r.document_id as "documentId", r.row, r.id, r.about, r.person_id as "personId", ${ownKeyOf(sql`r.id`)} as "wrappedKey", r.body, p.wrapped_key as "personKey",
      jsonb_build_object('id', d.id, 'kind', d.kind, 'partnerId', d.partner_id, 'message', d.message, 'createdAt', d.created_at,
        'frame', encode(d.frame, 'base64'), 'around', encode(d.around, 'base64')) as document
    from document_row r join document d on d.id = r.document_id left join person p on p.id = r.person_id
    where ${which} order by d.created_at, r.document_id, r.row`)

export const noteEvidence = (tx: Tx, act: { actor: string; about: string; reason: string }): Promise<unknown> =>
  tx.query(sql`insert into audit (actor, action, about, reason) values (${act.actor}, 'evidence.written', ${act.about}, ${act.reason})`)
