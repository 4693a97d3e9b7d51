// rotate keys: our own signing keys, and the data keys that a former master key wrapped.
import { sql } from '../store/database.ts'
import { addSigningKey, auditAct, replaceWrapped, retireOthers, wrappedByOthers, wrappingTables } from '../store/keys.ts'
import { generateSigningKey } from '../trust/keys.ts'
import type { Keyring } from '../trust/master-key.ts'
import { rewrapKey, seal } from '../trust/seal.ts'
import { partiesChannel } from './directory.ts'
import type { Gateway } from './gateway.ts'
import type { Vault } from './vault.ts'

export type SigningUse = 'set' | 'token'
export const signingUses: readonly SigningUse[] = ['set', 'token']

/** Receivers keep our key set for five minutes: a new key is published this long before it signs. */
const leadMs = 3_600_000

/** Draws a key for one use, its private half sealed. */
export const drawKey = async (vault: Vault, use: SigningUse, activeFrom: Date): Promise<Parameters<typeof addSigningKey>[1]> => {
  const { key, privateJwk } = await generateSigningKey('ES256')
  return {
    kid: key.kid,
    use,
    algorithm: 'ES256',
    privateKey: seal(vault.key('gateway'), privateJwk, { table: 'signing_key', column: 'private_key', row: key.kid }),
    publicJwk: { ...key.jwk },
    partnerId: null,
    certificate: null,
    activeFrom
  }
}

/**
 * Rotates a signing key: the new one is published at once and signs in an hour, when the old retires; with `now` at once, for a key that got out.
 * @returns the new key's kid and when it begins to sign.
 */
export const rotateSigningKey = async (
  gateway: Gateway,
  use: SigningUse,
  { now, actor, reason }: { now: boolean; actor: string; reason: string }
): Promise<{ kid: string; activeFrom: Date }> => {
  const activeFrom = new Date(gateway.clock.wall().getTime() + (now ? 0 : leadMs))
  const key = await drawKey(gateway.vault, use, activeFrom)
  await gateway.database.transaction(async tx => {
    await addSigningKey(tx, key, actor)
    await retireOthers(tx, use, key.kid, activeFrom, actor, reason)
  })
  await gateway.database.query(sql`select pg_notify(${partiesChannel}, '')`)
  return { kid: key.kid, activeFrom }
}

const rewrapRows = 500
const firstId = '00000000-0000-0000-0000-000000000000'

/**
 * Wraps every data key that a former master key wrapped by the current one; what is sealed stays as it is. May be run while the gateway
 * works, and again.
 * @returns how many were wrapped anew. @throws NotOpened when a key was wrapped by a master key that is not configured.
 */
export const rewrapKeys = async (gateway: Gateway, keyring: Keyring, actor: string, reason: string): Promise<number> => {
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
  await auditAct(gateway.database, { actor, action: 'key.rewrapped', about: keyring.current.id, reason })
  return rewrapped
}
