// Opens and seals what belongs to a person, an offer or the gateway itself, each under its own key.

import type { Database } from '../store/database.ts'
import { gatewayKey } from '../store/keys.ts'
import { type KeyedHashes, keyedHashes } from '../trust/keyed-hash.ts'
import type { Keyring } from '../trust/master-key.ts'
import { type DataKey, Erased, newDataKey, open, type Place, seal, unwrapKey, wrapKey } from '../trust/seal.ts'

/** Whose key: a person's by its wrapped form (null when erased), or the gateway's own for what is about nobody. */
export type Owner = { personId: string; wrappedKey: Buffer | null } | 'gateway'

export interface Vault {
  hashes: KeyedHashes
  newPersonKey(personId: string): { wrappedKey: Buffer; key: DataKey }
  /** The data key of an owner. @throws Erased when it was destroyed. */
  key(owner: Owner): DataKey
  sealJson(owner: Owner, value: unknown, place: Place): Buffer
  openJson<T>(owner: Owner, sealed: Buffer, place: Place): T
  /** A key for one message whose people are not known yet. */
  newMessageKey(id: string): { wrappedKey: Buffer; key: DataKey }
  messageKey(id: string, wrappedKey: Buffer | null): DataKey
  /** Drops a person's key from memory, or with null everybody's. */
  forget(personId: string | null): void
}

const cachedKeysMax = 20_000

/** Opens the vault: makes the gateway's own data key at the first start. */
export const openVault = async (database: Database, keyring: Keyring): Promise<Vault> => {
  const freshId = crypto.randomUUID()
  const fresh = newDataKey()
  const own = await gatewayKey(database, { id: freshId, wrappedKey: wrapKey(keyring, fresh, freshId) })
  const ownKey = unwrapKey(keyring, own.wrappedKey, own.id)
  const cache = new Map<string, { wrapped: Buffer; key: DataKey }>()

  /** A cached key counts only while the stored wrapped form is the very same: an erased person's is gone at once. */
  const key = (owner: Owner): DataKey => {
    if (owner === 'gateway') return ownKey
    if (owner.wrappedKey === null) {
      cache.delete(owner.personId)
      throw new Erased({ table: 'person', column: 'wrapped_key', row: owner.personId })
    }
    const known = cache.get(owner.personId)
    if (known?.wrapped.equals(owner.wrappedKey)) return known.key
    const unwrapped = unwrapKey(keyring, owner.wrappedKey, owner.personId)
    if (cache.size >= cachedKeysMax) for (const id of [...cache.keys()].slice(0, cachedKeysMax / 10)) cache.delete(id)
    cache.set(owner.personId, { wrapped: owner.wrappedKey, key: unwrapped })
    return unwrapped
  }

  return {
    hashes: keyedHashes(ownKey),
    newPersonKey: personId => {
      const made = newDataKey()
      return { key: made, wrappedKey: wrapKey(keyring, made, personId) }
    },
    key,
    sealJson: (owner, value, place) => seal(key(owner), JSON.stringify(value), place),
    openJson: <T>(owner: Owner, sealed: Buffer, place: Place) => JSON.parse(open(key(owner), sealed, place).toString('utf8')) as T,
    newMessageKey: id => {
      const made = newDataKey()
      return { key: made, wrappedKey: wrapKey(keyring, made, id) }
    },
    messageKey: (id, wrapped) => unwrapKey(keyring, wrapped, id),
    forget: personId => {
      if (personId === null) cache.clear()
      else cache.delete(personId)
    }
  }
}
