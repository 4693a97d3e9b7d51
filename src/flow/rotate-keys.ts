// rotate keys: our own signing keys, and the data keys that a former master key wrapped.

import { DomainError } from '../domain/errors.ts'
import { sql, type Tx } from '../store/database.ts'
import {
  addSigningKey,
  auditAct,
  condemnedAt,
  condemnKey,
  findComingKey,
  keepNeededKeys,
  lockRotation,
  othersHaveEnded,
  replaceWrapped,
  retireOthers,
  wrappedByOthers,
  wrappingTables
} from '../store/keys.ts'
import { showSignedBy } from '../store/streams.ts'
import { generateSigningKey, type SigningAlgorithm } from '../trust/keys.ts'
import type { Keyring } from '../trust/master-key.ts'
import { rewrapKey, seal } from '../trust/seal.ts'
import { partiesChannel } from './directory.ts'
import type { Gateway } from './gateway.ts'
import type { Vault } from './vault.ts'

/** `set` signs what goes out, `token` access tokens, `log` the evidence log's checkpoints. */
export type SigningUse = 'set' | 'token' | 'log'
export const signingUses: readonly SigningUse[] = ['set', 'token', 'log']

/** Receivers keep our key set for five to ten minutes: a new key is published this long before it signs. */
const leadMs = 3_600_000

/** Draws a key for one use, its private half sealed. */
export const drawKey = async (
  vault: Vault,
  use: SigningUse,
  algorithm: SigningAlgorithm,
  activeFrom: Date
): Promise<Parameters<typeof addSigningKey>[1]> => {
  const { key, privateJwk } = await generateSigningKey(algorithm)
  return {
    kid: key.kid,
    use,
    algorithm,
    privateKey: seal(vault.key('gateway'), privateJwk, { table: 'signing_key', column: 'private_key', row: key.kid }),
    publicJwk: { ...key.jwk },
    partnerId: null,
    certificate: null,
    activeFrom
  }
}

/**
 * Rotates a signing key: the new one is published at once and signs in an hour, when the old one of its algorithm retires. Also how a first key of
 * another algorithm comes about.
 * @returns the new key's kid and when it begins to sign. @throws DomainError for an algorithm that is not for this use, and `conflict` while a key
 * of an earlier rotation does not sign yet
 */
export const rotateSigningKey = async (
  gateway: Gateway,
  use: SigningUse,
  { algorithm = 'ES256', actor, reason }: { algorithm?: SigningAlgorithm; actor: string; reason: string }
): Promise<{ kid: string; activeFrom: Date }> => {
  if (use !== 'set' && algorithm !== 'ES256')
    throw new DomainError('invalid', 'access tokens and checkpoints of the evidence log are signed with ES256 alone')
  const now = gateway.clock.wall()
  const activeFrom = new Date(now.getTime() + leadMs)
  const key = await drawKey(gateway.vault, use, algorithm, activeFrom)
  await gateway.database.transaction(async tx => {
    await lockRotation(tx)
    const coming = await findComingKey(tx, key, now)
    if (coming !== undefined)
      throw new DomainError(
        'conflict',
        `the key ${coming.kid} was drawn already, and signs from ${coming.activeFrom.toISOString()}: nothing has to be done; for a key that got out there is jisr keys compromised`
      )
    await addSigningKey(tx, key, actor, reason)
    await retireOthers(tx, key, activeFrom, actor, reason)
    await tellChange(tx)
  })
  return { kid: key.kid, activeFrom }
}

/**
 * A key got out. It leaves the published set and signs nothing more, at once; access tokens by it are refused; a new key signs from now on, and what
 * receivers have not acknowledged is signed by it under the same jti and iat.
 * @returns the new key's kid, and how many SETs go out again. @throws DomainError `not-found` for a key that is none of ours or was told before
 */
export const condemnSigningKey = async (
  gateway: Gateway,
  kid: string,
  { actor, reason }: { actor: string; reason: string }
): Promise<{ use: string; kid: string; resigned: number }> => {
  const now = gateway.clock.wall()
  return gateway.database.transaction(async tx => {
    const condemned = await condemnKey(tx, kid, now, actor, reason)
    if (condemned === undefined) {
      const since = await condemnedAt(tx, kid)
      const why =
        since === undefined
          ? `there is no key ${kid} for events, access tokens or the evidence log`
          : `the key ${kid} was told to have got out before, and counts no more since ${since.toISOString()}: nothing has to be done again`
      throw new DomainError('not-found', `${why}; see jisr keys list`)
    }
    const fresh = await drawKey(gateway.vault, condemned.use as SigningUse, condemned.algorithm as SigningAlgorithm, now)
    await addSigningKey(tx, fresh, actor, reason)
    await retireOthers(tx, fresh, now, actor, reason)
    await tellChange(tx)
    return { use: condemned.use, kid: fresh.kid, resigned: await showSignedBy(tx, kid, now) }
  })
}

const neededForMs = 30 * 86_400_000

/** Keys that have retired stay published as long as a SET by them may still have to be verified, and a month more. */
export const keepKeysInNeed = async (gateway: Gateway): Promise<void> => {
  const kept = await keepNeededKeys(gateway.database, new Date(gateway.clock.wall().getTime() + neededForMs))
  if (kept > 0) await tellChange(gateway.database)
}

/** Within the transaction of a change: heard when it is committed, also where whoever made it ends in that moment. */
const tellChange = (tx: Tx): Promise<unknown> => tx.query(sql`select pg_notify(${partiesChannel}, '')`)

const rewrapRows = 500
const firstId = '00000000-0000-0000-0000-000000000000'

const othersEndMs = 60_000

/**
 * Wraps every data key that a former master key wrapped by the current one; what is sealed stays as it is. May be run while the gateway
 * works, and again: looks once more when those have ended that were writing meanwhile, and may have had the former key in hand.
 * @returns how many were wrapped anew. @throws NotOpened when a key was wrapped by a master key that is not configured; DomainError when
 * somebody else's transaction does not end.
 */
export const rewrapKeys = async (gateway: Gateway, keyring: Keyring, actor: string, reason: string): Promise<number> => {
  const first = await rewrapOnce(gateway, keyring)
  if (!(await othersHaveEnded(gateway.database, othersEndMs)))
    throw new DomainError(
      'conflict',
      'a transaction has been writing for a minute, and may use the former key: see what it is, then run this again'
    )
  const rewrapped = first + (await rewrapOnce(gateway, keyring))
  await auditAct(gateway.database, { actor, action: 'key.rewrapped', about: keyring.current.id, reason })
  return rewrapped
}

const rewrapOnce = async (gateway: Gateway, keyring: Keyring): Promise<number> => {
  const current = Buffer.from(keyring.current.id, 'hex')
  let rewrapped = 0
  for (const table of wrappingTables) {
    let after = firstId
    for (;;) {
      const rows = await wrappedByOthers(gateway.database, table, current, after, rewrapRows)
      const last = rows.at(-1)
      if (last === undefined) break
      after = last.id
      const changed = rows.flatMap(({ id, wrappedKey }) => {
        const to = rewrapKey(keyring, wrappedKey, id)
        return to === null ? [] : [{ id, from: wrappedKey, to }]
      })
      rewrapped += await replaceWrapped(gateway.database, table, changed)
    }
  }
  return rewrapped
}
