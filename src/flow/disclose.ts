// disclose: which partner was given which classes of whose data, written down when an attempt begins: whoever refuses a row has seen it, and so may have
// whoever never answered.
import type { PrivacyClass } from '../../schemas/field.ts'
import { groundFor, legalBasisOf, type PartnerRole } from '../domain/disclosure-matrix.ts'
import { termsOf } from '../domain/dpv.ts'
import type { Tx } from '../store/database.ts'
import { insertDisclosures } from '../store/parcels.ts'
import type { Partner } from './directory.ts'

/**
 * Notes what these rows give away, before a byte of them leaves; a row that goes again is noted once. An attempt that finds no connection counts
 * as well: a partner that is asked in vain does no harm, one that is forgotten does.
 */
export const disclose = async (
  tx: Tx,
  partner: Partner,
  rows: readonly { id: string; personId: string | null }[],
  classesOf: (deliveryId: string) => readonly PrivacyClass[]
): Promise<void> => {
  const role = partner.role as PartnerRole
  const [basis, terms] = [legalBasisOf[role], termsOf(groundFor[role])]
  const disclosures = rows.flatMap(({ id, personId }) =>
    personId === null ? [] : [{ personId, partnerId: partner.id, deliveryId: id, classes: classesOf(id), basis, terms }]
  )
  if (disclosures.length > 0) await insertDisclosures(tx, disclosures)
}
