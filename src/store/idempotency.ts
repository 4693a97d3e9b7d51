// Requests with an Idempotency-Key: whoever comes first is answered, whoever repeats gets the same answer for a day.
import { sql, type Tx } from './database.ts'

export interface OnceKey {
  clientId: string
  method: string
  /** The route's pattern. */
  path: string
  /** Keyed hash of the path itself and the key. */
  keyHash: Buffer
}

export interface OnceRow {
  fingerprint: Buffer
  /** Null while the first request is being answered. */
  status: number | null
  headers: Record<string, string> | null
  body: Buffer | null
}

/**
 * Claims a key for a request. One older than `forgottenBefore`, or left unanswered since `abandonedBefore`, counts as never used.
 * @returns null when the request is to be answered, else what stands under the key.
 */
export const claimOnce = async (
  tx: Tx,
  { clientId, method, path, keyHash }: OnceKey,
  fingerprint: Buffer,
  times: { now: Date; forgottenBefore: Date; abandonedBefore: Date }
): Promise<OnceRow | null> => {
  const claimed = await tx.query(sql`
    insert into idempotency (client_id, method, path, key_hash, fingerprint, created_at)
    values (${clientId}, ${method}, ${path}, ${keyHash}, ${fingerprint}, ${times.now})
    on conflict (client_id, method, path, key_hash) do update
      set fingerprint = excluded.fingerprint, status = null, headers = null, body = null, created_at = excluded.created_at
      where idempotency.created_at < ${times.forgottenBefore}
        or (idempotency.status is null and idempotency.created_at < ${times.abandonedBefore} and idempotency.fingerprint = excluded.fingerprint)
    returning key_hash`)
  if (claimed.length > 0) return null
  const [row] = await tx.query<OnceRow>(sql`
    select fingerprint, status, headers, body from idempotency
    where client_id = ${clientId} and method = ${method} and path = ${path} and key_hash = ${keyHash}`)
  // Given back between the two statements: the request that held it failed, and this one is asked to come again.
  return row ?? { fingerprint, status: null, headers: null, body: null }
}

/** Keeps the answer. */
export const answerOnce = (
  tx: Tx,
  { clientId, method, path, keyHash }: OnceKey,
  answer: { status: number; headers: Record<string, string>; body: Buffer }
): Promise<unknown> =>
  tx.query(sql`
    update idempotency set status = ${answer.status}, headers = ${sql.json(answer.headers)}::jsonb, body = ${answer.body}
    where client_id = ${clientId} and method = ${method} and path = ${path} and key_hash = ${keyHash}`)

/** Gives the key back: the request failed for a reason of ours and may be sent again. */
export const releaseOnce = (tx: Tx, { clientId, method, path, keyHash }: OnceKey): Promise<unknown> =>
  tx.query(sql`
    delete from idempotency where client_id = ${clientId} and method = ${method} and path = ${path} and key_hash = ${keyHash} and status is null`)

/** Forgets answers that nobody may ask for any more, oldest first, at most so many. @returns how many. */
export const forgetOnce = async (tx: Tx, before: Date, limit: number): Promise<number> =>
  (
    await tx.query(sql`
    delete from idempotency where ctid = any(array(select ctid from idempotency where created_at < ${before} order by created_at limit ${limit}))
    returning 1 as one`)
  ).length
