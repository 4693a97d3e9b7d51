// What administrations asked us: each inquiry once, its questions one by one, and their answers once they were given.
import { sql, type Tx } from './database.ts'
import { dropOwnKeys, keepOwnKeys, ownKeyOf } from './own-keys.ts'

export interface InquiryRow {
  id: string
  state: 'received' | 'answered'
  /** Campaign time before which the answer is not given; null for one that was answered at once. */
  dueAt: Date | null
  /** What is about nobody, under the gateway's key. */
  body: Buffer
}

/** Stores an inquiry. @returns 'repeated' when it was asked before, whatever has become of it. */
export const insertInquiry = async (
  tx: Tx,
  inquiry: InquiryRow & { partnerId: string; requestId: string; receivedAt: Date }
): Promise<'stored' | 'repeated'> => {
  const rows = await tx.query(sql`
    insert into inquiry (id, partner_id, request_id, body, state, due_at, received_at, answered_at)
    values (${inquiry.id}, ${inquiry.partnerId}, ${inquiry.requestId}, ${inquiry.body}, ${inquiry.state}, ${inquiry.dueAt},
      ${inquiry.receivedAt}, ${inquiry.state === 'answered' ? inquiry.receivedAt : null})
    on conflict on constraint inquiry_once do nothing returning id`)
  return rows.length > 0 ? 'stored' : 'repeated'
}

/**
 * An inquiry that is kept, locked until the transaction ends: of two who come for one answer the second gets what was stored for the first.
 */
export const lockInquiry = async (tx: Tx, partnerId: string, requestId: string): Promise<InquiryRow | undefined> =>
  (
    await tx.query<InquiryRow>(sql`
    select id, state, due_at as "dueAt", body from inquiry
    where partner_id = ${partnerId} and request_id = ${requestId} and body is not null for update`)
  )[0]

export const concludeInquiry = (tx: Tx, id: string, at: Date): Promise<unknown> =>
  tx.query(sql`update inquiry set state = 'answered', answered_at = ${at} where id = ${id}`)

export interface QuestionRow {
  id: string
  row: number
  personId: string | null
  /** Its own key, where nobody is known for it. */
  wrappedKey: Buffer | null
  body: Buffer
}

export const insertQuestions = async (tx: Tx, inquiryId: string, rows: readonly QuestionRow[]): Promise<void> => {
  await tx.query(sql`
    insert into question (id, inquiry_id, row, person_id, body)
    select g.id, ${inquiryId}::uuid, g.row, g.person, g.body
    from unnest(${rows.map(r => r.id)}::uuid[], ${rows.map(r => r.row)}::int[], ${rows.map(r => r.personId)}::uuid[],
      ${rows.map(r => r.body)}::bytea[]) as g(id, row, person, body)`)
  await keepOwnKeys(tx, 'question', rows)
}

/** In the order asked, each with the key that opens it: its own or its person's. */
export const readQuestions = (tx: Tx, inquiryId: string): Promise<(QuestionRow & { personKey: Buffer | null })[]> =>
  tx.query(sql`
    select q.id, q.row, q.person_id as "personId", ${ownKeyOf(sql`q.id`)} as "wrappedKey", q.body, p.wrapped_key as "personKey"
    from question q left join person p on p.id = q.person_id where q.inquiry_id = ${inquiryId} order by q.row`)

/** Puts what is kept of these questions in place of what was, and under whose key. */
export const replaceQuestions = async (tx: Tx, rows: readonly QuestionRow[]): Promise<void> => {
  await tx.query(sql`
    update question q set person_id = g.person, body = g.body
    from unnest(${rows.map(r => r.id)}::uuid[], ${rows.map(r => r.personId)}::uuid[], ${rows.map(r => r.body)}::bytea[]) as g(id, person, body)
    where q.id = g.id`)
  await dropOwnKeys(
    tx,
    rows.filter(({ personId }) => personId !== null).map(({ id }) => id)
  )
}

/** Drops inquiries that have been kept for long enough, oldest first, at most so many, each with its questions; that they were asked, by whom and when stays. @returns how many. */
export const dropOldInquiries = async (tx: Tx, before: Date, limit: number): Promise<number> =>
  (
    await tx.query(sql`
    with old as materialized (
      select id from inquiry where received_at < ${before} and body is not null order by received_at limit ${limit} for update skip locked),
    dropped as (delete from question q using old where q.inquiry_id = old.id returning q.id),
    gone as (delete from own_key k using dropped where k.id = dropped.id)
    update inquiry i set body = null from old where i.id = old.id returning i.id`)
  ).length
