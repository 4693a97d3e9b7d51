// Streams as their receivers manage them: settings, credentials, subscriptions and status of a partner on the adapter `set`.
import { sql, type Tx } from './database.ts'
import { lockLanes, promote } from './deliveries.ts'

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

/** Replaces a stream's settings and credentials. @returns false when it is not this client's, or its settings are no longer those it had. */
export const changeStream = async (tx: Tx, id: string, clientId: string, before: object, change: StreamChange): Promise<boolean> =>
  (
    await tx.query(sql`
    with changed as (
      update partner set settings = ${JSON.stringify(change.settings)}::jsonb, secrets = ${change.secrets}
      where id = ${id} and client_id = ${clientId} and adapter = 'set' and settings = ${JSON.stringify(before)}::jsonb returning id)
    insert into audit (actor, action, about, reason) select ${`client ${clientId}`}, 'stream.changed', id, ${byItself} from changed returning id`)
  ).length > 0

export const dropSubscriptions = (tx: Tx, partnerId: string): Promise<unknown> =>
  tx.query(sql`delete from subscription where partner_id = ${partnerId}`)

/** Forgets whose a stream is, for ever: nothing more is owed to it. What is owed is discarded. @returns false when it is not this client's. */
export const deleteStream = async (tx: Tx, id: string, clientId: string, now: Date): Promise<boolean> => {
  const gone = await tx.query(sql`
    with changed as (
      update partner set client_id = null, status = 'disabled', secrets = null where id = ${id} and client_id = ${clientId} and adapter = 'set' returning id)
    insert into audit (actor, action, about, reason) select ${`client ${clientId}`}, 'stream.deleted', id, ${byItself} from changed returning id`)
  if (gone.length === 0) return false
  await dropSubscriptions(tx, id)
  await tx.query(sql`
    update delivery set state = 'discarded', settled_at = ${now}, reason = 'its receiver deleted the stream', lease_until = null, stopped_at = null
    where partner_id = ${id} and state not in ('accepted', 'refused', 'superseded', 'discarded', 'sending')`)
  return true
}

/** What is owed to a stream that is disabled waits for a person, or for the stream to be enabled again. What is told of the disabling still goes. */
export const parkOwed = (tx: Tx, partnerId: string): Promise<unknown> =>
  tx.query(sql`
    update delivery set state = 'parked', outcome_code = 'stream-disabled', reason = 'the stream is disabled', lease_until = null, stopped_at = coalesce(stopped_at, now())
    where partner_id = ${partnerId} and state in ('behind', 'due', 'dispatched', 'unknown') and type <> 'stream.updated'`)

/** What was parked because the stream was disabled is owed again, in its order. */
export const unparkOwed = async (tx: Tx, partnerId: string): Promise<void> => {
  const rows = await tx.query<{ laneId: number }>(sql`
    select distinct lane_id as "laneId" from delivery where partner_id = ${partnerId} and state = 'parked' and outcome_code = 'stream-disabled'`)
  const lanes = rows.map(row => row.laneId)
  await lockLanes(tx, lanes)
  await tx.query(sql`
    update delivery set state = 'behind', outcome_code = null, reason = null, parcel_id = null, stopped_at = null
    where partner_id = ${partnerId} and state = 'parked' and outcome_code = 'stream-disabled'`)
  await promote(tx, lanes)
}

/** When a stream was last verified, or null. */
export const lastVerified = async (tx: Tx, subjectId: string): Promise<Date | null> =>
  (
    await tx.query<{ at: Date | null }>(
      sql`select max(received_at) as at from event where subject_id = ${subjectId} and type = 'stream.verification'`
    )
  )[0]?.at ?? null
