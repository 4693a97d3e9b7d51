// Everything that is held of a person, read for herself (access), or of one whose data is blocked for a court or an authority.

import { type FieldPath, fieldPaths } from '../../schemas/field.ts'
import { disclosed } from '../domain/disclosure.ts'
import { groundOf, legalObligation, termsOf } from '../domain/dpv.ts'
import { DomainError } from '../domain/errors.ts'
import { auditPeople } from '../store/erasure.ts'
import { keptOf } from '../store/export.ts'
import { insertDisclosures } from '../store/parcels.ts'
import { everyOneOf } from './erase-person.ts'
import type { Gateway } from './gateway.ts'
import { type Fate, fateOf, today } from './retention.ts'
import type { Owner } from './vault.ts'

export interface PersonFile {
  /** What stands in each of her records now. */
  records: readonly { kind: string; campaign: number | null; state: string; record: Record<string, unknown> }[]
  /** Who told what, and when it took effect. */
  facts: readonly { type: string; source: string; effectiveAt: string; receivedAt: string; payload: Record<string, unknown> }[]
  recipients: readonly GivenTo[]
  retention: Fate
}

/** Who was given which classes, why and on which ground: in words, and as IRIs of DPV (none in what earlier versions wrote down). */
export interface GivenTo {
  partner: string
  classes: readonly string[]
  basis: string
  purposes: readonly string[]
  legalBases: readonly string[]
  at: string
}

/** For whom blocked data is opened; null is she herself, who reads only what is not blocked (LO 3/2018 art 32.2). */
export type Reader = { authority: string } | null

/**
 * Reads everything, within one transaction that also writes down who read it.
 * @throws DomainError `not-found`; `conflict` when she is erased, or blocked and asked for by herself, or not blocked and asked for by an authority
 */
export const exportPerson = (gateway: Gateway, id: string, reader: Reader, by: { actor: string; reason: string }): Promise<PersonFile> =>
  gateway.database.transaction(async tx => {
    const ids = await everyOneOf(tx, id)
    const retention = await fateOf(gateway, tx, ids, today(gateway))
    const wanted = reader === null ? 'kept' : 'blocked'
    const kept = await keptOf(tx, ids, wanted)
    if (kept.people.length === 0) throw new DomainError('conflict', refusals[wanted])
    const keyOf = new Map(kept.people.map(person => [person.id, person.wrappedKey]))
    const read = <T>(personId: string, table: string, row: string, body: Buffer): T => {
      const owner: Owner = { personId, wrappedKey: keyOf.get(personId) ?? null }
      return gateway.vault.openJson<T>(owner, body, { table, column: 'body', row })
    }
    const records = kept.records.map(({ subjectId, personId, version, body, ...row }) => ({
      ...row,
      record: read<{ record: Record<string, unknown> }>(personId, 'record', `${subjectId} ${version}`, body).record
    }))
    const facts = kept.events.map(({ id: eventId, personId, body, effectiveAt, receivedAt, ...row }) => ({
      ...row,
      effectiveAt: effectiveAt.toISOString(),
      receivedAt: receivedAt.toISOString(),
      payload: read<Record<string, unknown>>(personId, 'event', eventId, body)
    }))
    for (const personId of keyOf.keys()) if (reader !== null) gateway.vault.forget(personId)
    await auditPeople(tx, [...keyOf.keys()], {
      actor: by.actor,
      action: reader === null ? 'person.exported' : 'person.opened',
      reason: by.reason
    })
    if (reader !== null) {
      const classes = [...new Set(records.flatMap(({ record }) => disclosed(record, fieldPaths as readonly FieldPath[])))]
      const basis = `LO 3/2018 art 32.2: ${by.reason}`
      const terms = termsOf({ purposes: ['dpv:LegalCompliance'], legalBases: legalObligation })
      await insertDisclosures(
        tx,
        [...keyOf.keys()].map(personId => ({
          personId,
          partnerId: `authority ${reader.authority}`,
          deliveryId: null,
          classes,
          basis,
          terms
        }))
      )
    }
    return {
      records,
      facts,
      recipients: kept.disclosures.map(({ terms, at, ...row }) => ({ ...row, ...groundOf(terms), at: at.toISOString() })),
      retention
    }
  })

const refusals = {
  kept: 'her data is blocked or erased: what is blocked is shown to courts and authorities alone (jisr persons open-blocked)',
  blocked: 'her data is not blocked: an authority reads what its role may have in the ordinary way'
} as const
