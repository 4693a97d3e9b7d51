// Streams as their receivers manage them: settings, credentials, subscriptions and status of a partner on the adapter `set`.
import { sql, type Tx } from './database.ts'
import { lockLanes, promote } from './deliveries.ts'
import type { PartnerRow } from './parties.ts'
import type { Sql } from './sql.ts'

/** Why, for the audit: what a receiver writes of it is its own, and may be about anybody. */
export const byItself = 'asked for by its receiver, at /ssf'

/** Locks a client, so that its streams are counted and made one at a time. */
export const lockClient = (tx: Tx, id: string): Promise<unknown> => tx.query(sql`select id from client where id = ${id} for update`)

export const countStreams = async (tx: Tx, clientId: string): Promise<number> =>
  (await tx.query<{ count: number }>(sql`select count(*)::int as count from partner where client_id = ${clientId} and adapter = 'set'`))[0]
    ?.count ?? 0

export interface StreamChange {
  settings: Record<string, unknown>
  secrets: Buffer | null
}

/** Replaces a stream's settings and credentials. @returns false when it is not this client's, or they are no longer those it had. */
export const changeStream = async (
  tx: Tx,
  id: string,
  clientId: string,
  before: { settings: object; secrets: Buffer | null },
  change: StreamChange
): Promise<boolean> =>
  (
    await tx.query(sql`
    with changed as (
      update partner set settings = ${JSON.stringify(change.settings)}::jsonb, secrets = ${change.secrets}
      where id = ${id} and client_id = ${clientId} and adapter = 'set' and settings = ${JSON.stringify(before.settings)}::jsonb
        and secrets is not distinct from ${before.secrets} returning id)
    insert into audit (actor, action, about, reason) select ${`client ${clientId}`}, 'stream.changed', id, ${byItself} from changed returning id`)
  ).length > 0

export const dropSubscriptions = (tx: Tx, partnerId: string): Promise<unknown> =>
  tx.query(sql`delete from subscription where partner_id = ${partnerId}`)

/** Forgets whose a stream is, for ever: nothing more is owed to it, and what was is discarded (`discardOwed`). @returns false when it is not this client's. */
export const deleteStream = async (tx: Tx, id: string, clientId: string): Promise<boolean> => {
  await lockStream(tx, id)
  const gone = await tx.query(sql`
    with changed as (
      update partner set client_id = null, status = 'disabled', secrets = null where id = ${id} and client_id = ${clientId} and adapter = 'set' returning id)
    insert into audit (actor, action, about, reason) select ${`client ${clientId}`}, 'stream.deleted', id, ${byItself} from changed returning id`)
  if (gone.length === 0) return false
  await dropSubscriptions(tx, id)
  return true
}

/**
 * Until the transaction ends nobody else changes the stream's status, nor moves what is owed to it. Not its row: whoever settles a delivery holds its lane, and
 * waits for that. @returns whose it is (null: it was deleted); undefined when it is no stream
 */
export const lockStream = async (tx: Tx, id: string): Promise<{ status: PartnerRow['status']; clientId: string | null } | undefined> => {
  await tx.query(sql`select pg_advisory_xact_lock(hashtextextended(${`jisr stream ${id}`}, 0))`)
  const [row] = await tx.query<{ status: PartnerRow['status']; clientId: string | null }>(
    sql`select status, client_id as "clientId" from partner where id = ${id} and adapter = 'set'`
  )
  return row
}

const disabledCode = 'stream-disabled'
/** Each is found by an index of its own. */
const waits = sql`d.state in ('behind', 'due')`
const isOut = sql`d.state in ('dispatched', 'unknown')`
const isStopped = sql`d.state in ('parked', 'held', 'dead')`
const isParked = sql`${isStopped} and d.state = 'parked' and d.outcome_code = ${disabledCode}`
/** What is told of the disabling still goes. */
const isNoNotice = sql`d.type <> 'stream.updated'`

/** Streams with deliveries that do not stand as their status asks. */
export const streamsToMove = async (tx: Tx): Promise<string[]> => {
  const any = (which: Sql) => sql`exists (select from delivery d where d.partner_id = p.id and ${which})`
  const rows = await tx.query<{ id: string }>(sql`
    select p.id from partner p where p.adapter = 'set' and case when p.status <> 'disabled' then ${any(isParked)}
      when p.client_id is not null then ${any(sql`${waits} and ${isNoNotice}`)} or ${any(sql`${isOut} and ${isNoNotice}`)}
      else ${any(waits)} or ${any(isOut)} or ${any(isStopped)} end order by p.id`)
  return rows.map(({ id }) => id)
}

/** What is owed to a stream that is disabled waits for a person, or for the stream to be enabled again. @returns how many, at most `limit` */
export const parkOwed = (tx: Tx, partnerId: string, limit: number): Promise<number> =>
  movePage(
    tx,
    partnerId,
    [waits, isOut].map(which => sql`${which} and ${isNoNotice}`),
    sql`state = 'parked', outcome_code = ${disabledCode}, reason = 'the stream is disabled', lease_until = null, stopped_at = coalesce(stopped_at, now())`,
    limit
  )

/** What was owed to a stream that was deleted is owed no more. @returns how many, at most `limit` */
export const discardOwed = (tx: Tx, partnerId: string, now: Date, limit: number): Promise<number> =>
  movePage(
    tx,
    partnerId,
    [waits, isOut, isStopped],
    sql`state = 'discarded', settled_at = ${now}, reason = 'its receiver deleted the stream', lease_until = null, stopped_at = null`,
    limit
  )

/** What somebody is at just now is left to him, and to the next page. */
const movePage = async (tx: Tx, partnerId: string, kinds: readonly Sql[], change: Sql, limit: number): Promise<number> => {
  let moved = 0
  for (const which of kinds) {
    if (moved >= limit) break
    const rows = await tx.query(sql`
      update delivery set ${change} where id in (
        select d.id from delivery d where d.partner_id = ${partnerId} and ${which} limit ${limit - moved} for update skip locked) returning id`)
    moved += rows.length
  }
  return moved
}

/** What was parked because the stream was disabled is owed again, in its order: what comes first in a lane is let go first. @returns how many, at most `limit` */
export const unparkOwed = async (tx: Tx, partnerId: string, limit: number): Promise<number> => {
  const rows = await tx.query<{ id: string; laneId: number }>(sql`
    select d.id, d.lane_id as "laneId" from delivery d where d.partner_id = ${partnerId} and ${isParked} order by d.position limit ${limit}`)
  if (rows.length === 0) return 0
  const lanes = [...new Set(rows.map(row => row.laneId))]
  await lockLanes(tx, lanes)
  const moved = await tx.query(sql`
    update delivery d set state = 'behind', outcome_code = null, reason = null, parcel_id = null, stopped_at = null
    where d.id = any(${rows.map(row => row.id)}::text[]) and ${isParked} returning d.id`)
  await promote(tx, lanes)
  return moved.length
}

/** When a stream was last verified, or null. */
export const lastVerified = async (tx: Tx, subjectId: string): Promise<Date | null> =>
  (
    await tx.query<{ at: Date | null }>(
      sql`select max(received_at) as at from event where subject_id = ${subjectId} and type = 'stream.verification'`
    )
  )[0]?.at ?? null
