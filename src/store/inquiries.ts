// What administrations asked us: each inquiry once, and its answers once they were given.
import { sql, type Tx } from './database.ts'

export interface InquiryRow {
  id: string
  state: 'received' | 'answered'
  /** Campaign time before which the answer is not given; null for one that was answered at once. */
  dueAt: Date | null
  body: Buffer
  wrappedKey: Buffer
}

/** Stores an inquiry. @returns 'repeated' when it was asked before, whatever has become of it. */
export const insertInquiry = async (
  tx: Tx,
  inquiry: InquiryRow & { partnerId: string; requestId: string; receivedAt: Date }
): Promise<'stored' | 'repeated'> => {
  const rows = await tx.query(sql`
    insert into inquiry (id, partner_id, request_id, body, wrapped_key, state, due_at, received_at, answered_at)
    values (${inquiry.id}, ${inquiry.partnerId}, ${inquiry.requestId}, ${inquiry.body}, ${inquiry.wrappedKey}, ${inquiry.state}, ${inquiry.dueAt},
      ${inquiry.receivedAt}, ${inquiry.state === 'answered' ? inquiry.receivedAt : null})
    on conflict on constraint inquiry_once do nothing returning id`)
  return rows.length > 0 ? 'stored' : 'repeated'
}

/** An inquiry, locked until the transaction ends: of two who come for one answer the second gets what was stored for the first. */
export const lockInquiry = async (tx: Tx, partnerId: string, requestId: string): Promise<InquiryRow | undefined> =>
  (
    await tx.query<InquiryRow>(sql`
    select id, state, due_at as "dueAt", body, wrapped_key as "wrappedKey" from inquiry
    where partner_id = ${partnerId} and request_id = ${requestId} for update`)
  )[0]

/** Puts the answers beside the questions. */
export const concludeInquiry = (tx: Tx, id: string, body: Buffer, at: Date): Promise<unknown> =>
  tx.query(sql`update inquiry set body = ${body}, state = 'answered', answered_at = ${at} where id = ${id}`)
