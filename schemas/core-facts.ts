// The facts without which an event of its type would say nothing. As few as the meaning allows: the rest may follow in later events.
import type { EventType } from './event.ts'

export interface CoreFacts {
  /** Paths in the payload that must be present and not null. */
  required?: readonly string[]
  /** At least one of these must be present. */
  oneOf?: readonly string[]
  /** Where the payload says again what the type says, it must say the same. */
  says?: { path: string; value: string }
}

export const coreFacts: Partial<Record<EventType, CoreFacts>> = {
  'offer.published': { required: ['offerDetails.employer', 'offerDetails.occupation', 'offerDetails.posts', 'offerDetails.period'] },
  'offer.amended': { required: ['offerDetails'] },

  'candidate.registered': {
    required: ['person.name', 'person.birthDate', 'person.sex', 'person.nationalities'],
    oneOf: ['documents', 'person.identifiers']
  },
  'candidate.selected': { says: { path: 'selection.result', value: 'SELECTED' } },
  'candidate.reserved': { says: { path: 'selection.result', value: 'RESERVE' } },
  'candidate.rejected': { says: { path: 'selection.result', value: 'REJECTED' } },
  'candidate.absent': { says: { path: 'selection.result', value: 'ABSENT' } },
  'reserve.called': { says: { path: 'selection.result', value: 'SELECTED' } },
  'contract.signed': { required: ['contract.reference', 'contract.signedAt'] },
  'commitment.signed': { required: ['commitment.signedAt', 'commitment.hash'] },

  'authorization.requested': { required: ['request.requestId', 'request.filedAt'] },
  'authorization.defective': { required: ['request.defects'] },
  'authorization.granted': {
    required: ['authorization.fileNumber', 'authorization.resolutionDate'],
    says: { path: 'authorization.decision', value: 'GRANTED' }
  },
  'authorization.refused': {
    required: ['authorization.fileNumber', 'authorization.resolutionDate'],
    says: { path: 'authorization.decision', value: 'REFUSED' }
  },
  'authorization.inadmissible': {
    required: ['authorization.resolutionDate'],
    says: { path: 'authorization.decision', value: 'INADMISSIBLE' }
  },
  'authorization.archived': { says: { path: 'authorization.decision', value: 'ARCHIVED' } },
  'authorization.extinguished': { required: ['authorization.fileNumber'], says: { path: 'authorization.decision', value: 'EXTINGUISHED' } },
  'authorization.renewed': { required: ['authorization.validTo'] },

  'visa.lodged': { required: ['visa.lodgedAt'] },
  'visa.issued': {
    required: ['visa.outcome', 'visa.stickerNumber', 'visa.validFrom', 'visa.validTo'],
    says: { path: 'visa.outcome', value: 'ISSUED' }
  },
  'visa.refused': { says: { path: 'visa.outcome', value: 'REFUSED' } },
  'visa.withdrawn': { says: { path: 'visa.outcome', value: 'WITHDRAWN' } },
  'visa.lapsed': { says: { path: 'visa.outcome', value: 'LAPSED' } },
  'visa.renounced': { says: { path: 'visa.outcome', value: 'RENOUNCED' } },
  'visa.revoked': { says: { path: 'visa.outcome', value: 'REVOKED' } },
  'visa.annulled': { says: { path: 'visa.outcome', value: 'ANNULLED' } },

  'callback.filed': { required: ['callback.fileNumber', 'callback.nie', 'callback.yearIndex', 'callback.period', 'callback.employer'] },

  'border.admitted': { required: ['journey.entry'] },
  'alta.registered': { required: ['stay.altaDate'] },
  'baja.registered': { required: ['stay.endDate'] },
  'return.verified': { oneOf: ['return.appearance', 'return.evidence'] },

  'document.renewed': { required: ['documents'] },
  'person.corrected': { required: ['person'] },
  'record.corrected': { required: ['corrects', 'version'] }
}
