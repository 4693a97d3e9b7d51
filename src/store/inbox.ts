// What partners sent us, verbatim and once, and the rows of it that a person must look at.
import { sql, type Tx } from './database.ts'
import { dropOwnKeys, ownKeyOf } from './own-keys.ts'

/** Whoever stores a message has a job for it in the queue; after this anyone may take it up. */
const ownLeaseMs = 60_000

/** Stores a message as it came. @returns 'repeated' when this partner sent this message before. */
export const insertInbox = async (
  tx: Tx,
  message: {
    id: string
    partnerId: string
    messageHash: Buffer
    wrappedKey: Buffer
    body: Buffer
    ticketId: string | null
    receivedAt: Date
  }
): Promise<'stored' | 'repeated'> => {
  const rows = await tx.query(sql`
    with stored as (
      insert into inbox (id, partner_id, message_hash, body, ticket_id, received_at, lease_until)
      values (${message.id}, ${message.partnerId}, ${message.messageHash}, ${message.body}, ${message.ticketId}, ${message.receivedAt},
        ${new Date(message.receivedAt.getTime() + ownLeaseMs)})
      on conflict on constraint inbox_once do nothing returning id)
    insert into own_key (id, of, wrapped_key) select id, 'message', ${message.wrappedKey} from stored returning id`)
  return rows.length > 0 ? 'stored' : 'repeated'
}

export interface InboxRow {
  id: string
  partnerId: string
  messageHash: Buffer
  /** Null once the message is not kept whole any more. */
  wrappedKey: Buffer | null
  /** The whole message under its own key; its head under the gateway's; or nothing. */
  body: Buffer
  receivedAt: Date
}

/** Takes messages that nobody is interpreting, oldest first. */
export const claimInbox = (tx: Tx, now: Date, leaseUntil: Date, limit: number): Promise<InboxRow[]> =>
  tx.query<InboxRow>(sql`
    update inbox set lease_until = ${leaseUntil}
    where id in (select id from inbox where state = 'received' and (lease_until is null or lease_until < ${now})
                 order by received_at limit ${limit} for update skip locked)
    returning id, partner_id as "partnerId", message_hash as "messageHash", ${ownKeyOf(sql`inbox.id`)} as "wrappedKey", body, received_at as "receivedAt"`)

export const findInbox = async (tx: Tx, id: string): Promise<InboxRow | undefined> =>
  (
    await tx.query<InboxRow>(sql`
    select id, partner_id as "partnerId", message_hash as "messageHash", ${ownKeyOf(sql`inbox.id`)} as "wrappedKey", body, received_at as "receivedAt"
    from inbox where id = ${id}`)
  )[0]

export const concludeInbox = (tx: Tx, id: string, state: 'interpreted' | 'quarantined', rows: number, now: Date): Promise<unknown> =>
  tx.query(sql`update inbox set state = ${state}, rows = ${rows}, interpreted_at = ${now}, lease_until = null where id = ${id}`)

/** The message is kept as frame and rows now: its own key is destroyed, and of the whole only its head stays, under the gateway's. */
export const dropMessageKey = async (tx: Tx, id: string, head: Buffer): Promise<void> => {
  await tx.query(sql`update inbox set body = ${head} where id = ${id}`)
  await dropOwnKeys(tx, [id])
}

/** Drops what has been kept whole for long enough, oldest first, at most so many; that it came, from whom and when stays. @returns how many. */
export const dropOldMessages = async (tx: Tx, before: Date, limit: number): Promise<number> =>
  (
    await tx.query(sql`
    with old as materialized (
      select i.id from own_key k join inbox i on i.id = k.id
      where k.of = 'message' and i.state <> 'received' and i.received_at < ${before} order by k.id limit ${limit} for update of i skip locked),
    gone as (delete from own_key k using old where k.id = old.id)
    update inbox i set body = ''::bytea from old where i.id = old.id returning i.id`)
  ).length

export const quarantine = (
  tx: Tx,
  rows: readonly { id: string; inboxId: string; partnerId: string; row: number; code: string; reason: string }[]
): Promise<unknown> =>
  tx.query(sql`
    insert into quarantine (id, inbox_id, partner_id, row, code, reason)
    select * from unnest(${rows.map(r => r.id)}::uuid[], ${rows.map(r => r.inboxId)}::uuid[], ${rows.map(r => r.partnerId)}::text[],
      ${rows.map(r => r.row)}::int[], ${rows.map(r => r.code)}::text[], ${rows.map(r => r.reason)}::text[])
    on conflict on constraint quarantine_once do nothing`)

export interface QuarantineRow {
  id: string
  inboxId: string
  partnerId: string
  row: number
  code: string
  reason: string
  state: string
  createdAt: Date
}

export const findQuarantine = async (tx: Tx, id: string): Promise<QuarantineRow | undefined> =>
  (
    await tx.query<QuarantineRow>(sql`
    select id, inbox_id as "inboxId", partner_id as "partnerId", row, code, reason, state, created_at as "createdAt" from quarantine where id = ${id}`)
  )[0]

export const settleQuarantine = async (
  tx: Tx,
  id: string,
  state: 'applied' | 'discarded',
  actor: string,
  reason: string
): Promise<boolean> =>
  (
    await tx.query(sql`
    with done as (
      update quarantine set state = ${state}, settled_at = now(), settled_by = ${actor}, settlement = ${reason} where id = ${id} and state = 'open' returning id)
    insert into audit (actor, action, about, reason) select ${actor}, ${`quarantine.${state}`}, id::text, ${reason} from done returning id`)
  ).length > 0

export const readCursor = async (tx: Tx, partnerId: string): Promise<string | null> =>
  (await tx.query<{ cursor: string }>(sql`select cursor from poll_cursor where partner_id = ${partnerId}`))[0]?.cursor ?? null

export const storeCursor = (tx: Tx, partnerId: string, cursor: string): Promise<unknown> =>
  tx.query(sql`
    insert into poll_cursor (partner_id, cursor) values (${partnerId}, ${cursor})
    on conflict (partner_id) do update set cursor = excluded.cursor, polled_at = now()`)
