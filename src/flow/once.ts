// once: the answer to a request with an Idempotency-Key, kept sealed for a day so that a repeat gets it again.
import { answerOnce, claimOnce, type OnceKey, releaseOnce } from '../store/idempotency.ts'
import type { Gateway } from './gateway.ts'

export interface KeyedRequest {
  clientId: string
  method: string
  /** The route's pattern, and the address as it came. */
  route: string
  path: string
  key: string
  /** What must be the same for a repeat. */
  body: string
}

export interface KeptAnswer {
  status: number
  headers: Record<string, string>
  body: string
}

export const keptForMs = 24 * 3600 * 1000
/**
 * A request that nobody has answered for this long died with its process, and its repeat is done in its place. One that only is slow may be done
 * beside it: what is asked for under a key is told to the intake under that key, which makes one event of the two, and a stream has its id by the key.
 */
export const abandonedAfterMs = 10_000

/** Whether the request is the first with its key, a repeat (with the first answer), another one, or still being answered. */
export const beginOnce = async (
  gateway: Gateway,
  request: KeyedRequest
): Promise<{ state: 'first' } | { state: 'kept'; answer: KeptAnswer } | { state: 'reused' } | { state: 'in-progress' }> => {
  const now = gateway.clock.wall()
  // Keyed, so that nobody can try guesses of a body on it.
  const fingerprint = gateway.vault.hashes.other('idempotency body', request.body)
  const key = keyOf(gateway, request)
  const held = await claimOnce(gateway.database, key, fingerprint, {
    now,
    forgottenBefore: new Date(now.getTime() - keptForMs),
    abandonedBefore: new Date(now.getTime() - abandonedAfterMs)
  })
  if (held === null) return { state: 'first' }
  if (!held.fingerprint.equals(fingerprint)) return { state: 'reused' }
  if (held.status === null || held.body === null) return { state: 'in-progress' }
  const body = gateway.vault.openJson<string>('gateway', held.body, placeOf(key))
  return { state: 'kept', answer: { status: held.status, headers: held.headers ?? {}, body } }
}

/** Keeps the answer, or with null gives the key back: the request failed for a reason of ours. */
export const endOnce = async (gateway: Gateway, request: KeyedRequest, answer: KeptAnswer | null): Promise<void> => {
  const key = keyOf(gateway, request)
  if (answer === null) await releaseOnce(gateway.database, key)
  else await answerOnce(gateway.database, key, { ...answer, body: gateway.vault.sealJson('gateway', answer.body, placeOf(key)) })
}

const keyOf = (gateway: Gateway, { clientId, method, route, path, key }: KeyedRequest): OnceKey => ({
  clientId,
  method,
  path: route,
  keyHash: gateway.vault.hashes.other('idempotency', path, key)
})

const placeOf = ({ clientId, method, path, keyHash }: OnceKey) => ({
  table: 'idempotency',
  column: 'body',
  row: `${clientId} ${method} ${path} ${keyHash.toString('hex')}`
})
