// Documents as frame and rows: what was sent to and what came from a partner, kept so that one person's row can go and the others stay.
import { sql, type Tx } from './database.ts'
import { dropOwnKeys, keepOwnKeys, ownKeyOf } from './own-keys.ts'

export type DocumentKind = 'sent' | 'received' | 'asked'

export interface DocumentRow {
  id: string
  kind: DocumentKind
  partnerId: string
  /** Our id of the message: a parcel's, or of the inbox. */
  message: string
  frame: Buffer
  /** What a received message had around it, under a key of all its rows together; null where nothing was kept. */
  around: Buffer | null
  createdAt: Date
}

export interface RowOfDocument {
  documentId: string
  row: number
  /** Also that of its leaf in the ledger. */
  id: string
  about: string | null
  personId: string | null
  wrappedKey: Buffer | null
  body: Buffer | null
}

export const insertDocuments = (tx: Tx, documents: readonly DocumentRow[]): Promise<unknown> =>
  tx.query(sql`
    insert into document (id, kind, partner_id, message, frame, around, created_at)
    select * from unnest(${documents.map(d => d.id)}::uuid[], ${documents.map(d => d.kind)}::text[], ${documents.map(d => d.partnerId)}::text[],
      ${documents.map(d => d.message)}::text[], ${documents.map(d => d.frame)}::bytea[], ${documents.map(d => d.around)}::bytea[], ${documents.map(d => d.createdAt)}::timestamptz[])`)

export const insertDocumentRows = async (tx: Tx, rows: readonly RowOfDocument[]): Promise<void> => {
  await tx.query(sql`
    insert into document_row (document_id, row, id, about, person_id, body)
    select * from unnest(${rows.map(r => r.documentId)}::uuid[], ${rows.map(r => r.row)}::int[], ${rows.map(r => r.id)}::uuid[],
      ${rows.map(r => r.about)}::text[], ${rows.map(r => r.personId)}::uuid[], ${rows.map(r => r.body)}::bytea[])`)
  await keepOwnKeys(tx, 'row', rows)
}

const documentColumns = sql`d.id, d.kind, d.partner_id as "partnerId", d.message, d.frame, d.around, d.created_at as "createdAt"`

/** What was made of a message last: of a parcel, the document of its last send. */
export const lastDocument = async (tx: Tx, message: string): Promise<DocumentRow | undefined> =>
  (
    await tx.query<DocumentRow>(
      sql`select ${documentColumns} from document d where d.message = ${message} order by d.created_at desc, d.id desc limit 1`
    )
  )[0]

/** A row with the key that opens it: its person's, or its own. */
export interface KeyedRow extends RowOfDocument {
  personKey: Buffer | null
}

export const readDocumentRows = (tx: Tx, documentId: string): Promise<KeyedRow[]> => readRowsOfDocuments(tx, [documentId])

export const readRowsOfDocuments = (tx: Tx, documentIds: readonly string[]): Promise<KeyedRow[]> =>
  tx.query<KeyedRow>(sql`
    select r.document_id as "documentId", r.row, r.id, r.about, r.person_id as "personId", ${ownKeyOf(sql`r.id`)} as "wrappedKey", r.body, p.wrapped_key as "personKey"
    from document_row r left join person p on p.id = r.person_id where r.document_id = any(${documentIds}::uuid[]) order by r.document_id, r.row`)

/** Those of these ids that are no leaf of the ledger yet. */
export const unlogged = async (tx: Tx, ids: readonly string[]): Promise<Set<string>> => {
  const rows = await tx.query<{ id: string }>(sql`
    select id from unnest(${ids}::uuid[]) as g(id) 
    where not exists (select from ledger_leaf l where l.id = g.id) and not exists (select from ledger l where l.leaf_id = g.id)`)
  return new Set(rows.map(row => row.id))
}

export const readDocumentRow = async (tx: Tx, documentId: string, row: number): Promise<KeyedRow | undefined> =>
  (
    await tx.query<KeyedRow>(sql`
    select r.document_id as "documentId", r.row, r.id, r.about, r.person_id as "personId", ${ownKeyOf(sql`r.id`)} as "wrappedKey", r.body, p.wrapped_key as "personKey"
    from document_row r left join person p on p.id = r.person_id where r.document_id = ${documentId} and r.row = ${row}`)
  )[0]

/** Puts a row under its person's key; the key of its own is gone with this. */
export const adoptRow = async (tx: Tx, row: { id: string; about: string | null; personId: string | null; body: Buffer }): Promise<void> => {
  await tx.query(sql`update document_row set about = ${row.about}, person_id = ${row.personId}, body = ${row.body} where id = ${row.id}`)
  await dropOwnKeys(tx, [row.id])
}

/** Whose these subjects are; `personId` is null for an offer, `wrappedKey` for somebody whose data is gone. */
export const ownersOfSubjects = (
  tx: Tx,
  subjectIds: readonly string[]
): Promise<{ subjectId: string; personId: string | null; wrappedKey: Buffer | null }[]> =>
  tx.query(sql`
    select s.id as "subjectId", s.person_id as "personId", p.wrapped_key as "wrappedKey"
    from subject s left join person p on p.id = s.person_id where s.id = any(${subjectIds}::uuid[])`)

/** Of the next rows that nobody is known for, drops those that have been kept for long enough: their ids are in the order of their time. @returns how many. */
export const dropOldRows = async (tx: Tx, before: Date, limit: number): Promise<number> =>
  (
    await tx.query(sql`
    with page as materialized (select id from own_key where of = 'row' order by id limit ${limit}),
    old as materialized (
      select r.id from page join document_row r on r.id = page.id join document d on d.id = r.document_id where d.created_at < ${before}
      for update of r skip locked),
    gone as (delete from own_key k using old where k.id = old.id)
    update document_row r set body = null from old where r.id = old.id returning r.id`)
  ).length

/**
 * Of the next documents after this one, as long as they are of before that moment, drops those that were sent and that no partner answered for, so that the
 * log says nothing of them.
 * @returns how many were looked at and dropped, and the last that was looked at; null where there was none.
 */
export const dropUnsent = async (
  tx: Tx,
  before: Date,
  afterId: string,
  limit: number
): Promise<{ seen: number; last: string | null; dropped: number }> => {
  const [page] = await tx.query<{ seen: number; last: string | null; dropped: number }>(sql`
    with page as materialized (select id, kind, created_at from document where id > ${afterId}::uuid order by id limit ${limit}),
    young as (select id from page where created_at >= ${before} order by id limit 1),
    old as (select id, kind from page where not exists (select from young where young.id <= page.id)),
    dropped as (
      delete from document d using old where d.id = old.id and old.kind = 'sent'
        and not exists (select from ledger l where l.leaf_id = d.id) and not exists (select from ledger_leaf l where l.id = d.id)
      returning d.id)
    select (select count(*)::int from old) as seen, (select id from old order by id desc limit 1) as last, (select count(*)::int from dropped) as dropped`)
  return page ?? { seen: 0, last: null, dropped: 0 }
}
