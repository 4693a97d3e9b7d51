// What a partner wrote about a delivery, sealed under the person's key and opened for whoever may read it.
import type { PartnerWords } from '../domain/partner-words.ts'
import type { Gateway } from './gateway.ts'
import type { Owner } from './vault.ts'

const placeOf = (deliveryId: string) => ({ table: 'delivery', column: 'reason_sealed', row: deliveryId })

const isErased = (owner: Owner): boolean => owner !== 'gateway' && owner.wrappedKey === null

/** Null for an erased person: nothing more about her is kept. */
export const sealWords = ({ vault }: Pick<Gateway, 'vault'>, owner: Owner, deliveryId: string, words: PartnerWords): Buffer | null =>
  isErased(owner) ? null : vault.sealJson(owner, words, placeOf(deliveryId))

/** Null where the partner wrote nothing, or the person was erased since. */
export const openWords = (
  { vault }: Pick<Gateway, 'vault'>,
  row: { id: string; personId: string | null; wrappedKey: Buffer | null; said: Buffer | null }
): PartnerWords | null => {
  const owner: Owner = row.personId === null ? 'gateway' : { personId: row.personId, wrappedKey: row.wrappedKey }
  return row.said === null || isErased(owner) ? null : vault.openJson<PartnerWords>(owner, row.said, placeOf(row.id))
}
