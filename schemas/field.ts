// The canonical fields an adapter may name in `reads`, each with its privacy class. The one table of field paths.
// A path is a leaf or a whole block of the record; `documents[PASSPORT]` is those entries of the list whose type is PASSPORT,
// `person.identifiers[ES-NIE]` those whose scheme is ES-NIE: the list as a whole has no class, so it cannot be asked for.

/** The rows of the minimisation matrix, which says who may have what; `nie` and `nuss` apart since their cells differ.
 *  Added to them: `travelPermit` (visa and TIE), `photo`, `homeNumber` (Baltic personal codes), `agencyNumber`, `reason` (why somebody was rejected or
 *  refused), and for what is not about the person: `procedure` (numbers, dates and states of the case) and `organisation` (employer, offer). */
export const privacyClasses = [
  'name',
  'birthDate',
  'birthPlace',
  'sex',
  'nationality',
  'cnie',
  'passport',
  'nie',
  'nuss',
  'phone',
  'address',
  'experience',
  'history',
  'contractPay',
  'criminalRecord',
  'medicalCertificate',
  'travelPermit',
  'photo',
  'homeNumber',
  'agencyNumber',
  'reason',
  'procedure',
  'organisation'
] as const

export type PrivacyClass = (typeof privacyClasses)[number]

export const fieldTable = {
  // Head
  id: 'procedure',
  kind: 'procedure',
  version: 'procedure',
  state: 'procedure',
  campaign: 'procedure',
  agency: 'procedure',
  offer: 'procedure',

  // Person
  'person.name.latin': 'name',
  'person.name.arabic': 'name',
  'person.name.mrz': 'name',
  'person.birthDate': 'birthDate',
  'person.birthPlace': 'birthPlace',
  'person.sex': 'sex',
  'person.nationalities': 'nationality',
  'person.identifiers[MA-CNIE]': 'cnie',
  'person.identifiers[PASSPORT]': 'passport',
  'person.identifiers[ES-NIE]': 'nie',
  'person.identifiers[ES-NUSS]': 'nuss',
  'person.identifiers[LT-AK]': 'homeNumber',
  'person.identifiers[LV-PK]': 'homeNumber',
  'person.identifiers[EE-IK]': 'homeNumber',
  'person.identifiers[ANAPEC-DE]': 'agencyNumber',
  'person.contact': 'phone',
  'person.contact.phones': 'phone',
  'person.contact.language': 'phone',
  'person.contact.channel': 'phone',
  'person.address': 'address',

  // Documents
  'documents[PASSPORT]': 'passport',
  'documents[CNIE]': 'cnie',
  'documents[VISA]': 'travelPermit',
  'documents[TIE]': 'travelPermit',

  // Registration and selection
  'registration.agency': 'procedure',
  'registration.registeredAt': 'procedure',
  'registration.place': 'address',
  'registration.reason': 'reason',
  'registration.experience': 'experience',
  'registration.languages': 'experience',
  'selection.offer': 'procedure',
  'selection.acta': 'procedure',
  'selection.site': 'procedure',
  'selection.rank': 'experience',
  'selection.result': 'procedure',
  'selection.employer': 'organisation',
  'selection.occupation': 'organisation',
  'selection.activity': 'organisation',
  'selection.workplace': 'organisation',
  'selection.period': 'procedure',

  // Contract and commitment
  'contract.reference': 'contractPay',
  'contract.signedAt': 'contractPay',
  'contract.type': 'contractPay',
  'contract.pay': 'contractPay',
  'contract.hours': 'contractPay',
  'contract.occupation': 'contractPay',
  'contract.start': 'contractPay',
  'contract.end': 'contractPay',
  'commitment.signedAt': 'procedure',
  'commitment.hash': 'procedure',

  // Authorisation
  'request.requestId': 'procedure',
  'request.filedAt': 'procedure',
  'request.consulate': 'procedure',
  'request.declarations': 'organisation',
  'request.feeProof': 'organisation',
  'request.defects': 'procedure',
  'authorization.fileNumber': 'procedure',
  'authorization.decision': 'procedure',
  'authorization.legalBasis': 'procedure',
  'authorization.resolutionDate': 'procedure',
  'authorization.notifiedAt': 'procedure',
  'authorization.validFrom': 'procedure',
  'authorization.validTo': 'procedure',
  'authorization.scope': 'procedure',
  'authorization.nie': 'nie',
  'authorization.reasonCode': 'reason',
  'authorization.appeal': 'reason',

  // Visa
  'visa.batchId': 'procedure',
  'visa.representative': 'organisation',
  'visa.applicationNumber': 'procedure',
  'visa.lodgedAt': 'procedure',
  'visa.consulate': 'procedure',
  'visa.criminalRecord': 'criminalRecord',
  'visa.medicalCertificate': 'medicalCertificate',
  'visa.photoReference': 'photo',
  'visa.fee': 'procedure',
  'visa.outcome': 'procedure',
  'visa.stickerNumber': 'travelPermit',
  'visa.validFrom': 'procedure',
  'visa.validTo': 'procedure',
  'visa.entries': 'procedure',
  'visa.durationDays': 'procedure',
  'visa.decidedAt': 'procedure',
  'visa.collectedAt': 'procedure',
  'visa.refusalReason': 'reason',

  // Call-back
  'callback.fileNumber': 'procedure',
  'callback.nie': 'nie',
  'callback.yearIndex': 'history',
  'callback.period': 'procedure',
  'callback.employer': 'organisation',
  'callback.response': 'procedure',

  // Journey, stay, return
  'journey.summonsId': 'procedure',
  'journey.sailing': 'procedure',
  'journey.boarding': 'procedure',
  'journey.entry': 'procedure',
  'journey.refusedEntry': 'reason',
  'journey.accommodation': 'address',
  'stay.altaDate': 'procedure',
  'stay.nuss': 'nuss',
  'stay.ccc': 'organisation',
  'stay.endDate': 'procedure',
  'stay.reason': 'reason',
  'return.exitDate': 'history',
  'return.exitPoint': 'history',
  'return.appearance': 'history',
  'return.result': 'history',
  'return.evidence': 'history',

  // Offer
  offerDetails: 'organisation'
} as const satisfies Record<string, PrivacyClass>

export type FieldPath = keyof typeof fieldTable

export const fieldPaths = Object.keys(fieldTable) as FieldPath[]

/** The privacy class of a field. */
export const privacyClassOf = (path: FieldPath): PrivacyClass => fieldTable[path]

/** How to walk to a field: the members in order, and for an entry of a list the member and value that choose it. */
export interface FieldSteps {
  members: readonly string[]
  entries?: { member: 'type' | 'scheme'; value: string }
}

/** 'documents[PASSPORT]' gives members ['documents'] and entries {member: 'type', value: 'PASSPORT'}. */
export const stepsOf = (path: FieldPath): FieldSteps => steps.get(path) ?? read(path)

const read = (path: FieldPath): FieldSteps => {
  const bracket = path.indexOf('[')
  if (bracket < 0) return { members: path.split('.') }
  const members = path.slice(0, bracket).split('.')
  return { members, entries: { member: members.at(-1) === 'documents' ? 'type' : 'scheme', value: path.slice(bracket + 1, -1) } }
}

/** Read once: a record is projected for each partner that it goes to. */
const steps = new Map(fieldPaths.map(path => [path, read(path)]))
