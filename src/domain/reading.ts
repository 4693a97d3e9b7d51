// What a client that reads records is given: for each kind of record and each role the fields, chosen within the minimisation matrix.
import type { FieldPath } from '../../schemas/field.ts'
import type { PartnerRole } from './disclosure-matrix.ts'

/** Kinds of record that clients read by pages. */
export type ReadableKind = 'placement' | 'authorization'

/** The roles under which clients read, by the role they are registered with. */
export type ReaderRole = Extract<PartnerRole, 'origin-agency' | 'migration-authority' | 'employer-before-grant' | 'employer-after-grant'>

/** Which records a client reads at all. */
export type Reach =
  | { of: 'all' }
  | { of: 'agency'; agency: string }
  | { of: 'employer'; employer: string }
  /** An origin agency without a code: what it was the first to speak of. */
  | { of: 'told'; clientId: string }

export interface ReaderClient {
  id: string
  role: string
  agency: string | null
  employer: string | null
}

/** Null for a role that reads no records, and for an employer whose CIF nobody has registered. */
export const reachOf = ({ id, role, agency, employer }: ReaderClient): Reach | null => {
  switch (role) {
    case 'origin-agency':
      return agency === null ? { of: 'told', clientId: id } : { of: 'agency', agency }
    case 'authority':
    case 'migration-authority':
      return { of: 'all' }
    case 'employer':
      return employer === null ? null : { of: 'employer', employer }
    default:
      return null
  }
}

/** Which offers a client reads: an agency those it told, an employer its own, an authority all. */
export type OfferReach = Exclude<Reach, { of: 'agency' }>

/** As `reachOf`. */
export const offerReachOf = (client: ReaderClient): OfferReach | null => {
  const reach = reachOf(client)
  return reach?.of === 'agency' ? { of: 'told', clientId: client.id } : reach
}

/** Of an offer, which is about nobody: all that was said of it. */
export const offerFields: readonly FieldPath[] = ['offerDetails']

/** The role that decides the fields: an employer gets more once the worker may work for it. */
export const readerRole = (reach: Reach, record: Readonly<Record<string, unknown>>): ReaderRole => {
  if (reach.of === 'all') return 'migration-authority'
  if (reach.of !== 'employer') return 'origin-agency'
  const { decision } = (record.authorization ?? {}) as { decision?: unknown }
  const { response } = (record.callback ?? {}) as { response?: { outcome?: unknown } }
  return decision === 'GRANTED' || response?.outcome === 'APPROVED' ? 'employer-after-grant' : 'employer-before-grant'
}

/** Within what the role may have (a test compares them with the matrix). */
export const fieldsFor = (kind: ReadableKind, role: ReaderRole): readonly FieldPath[] => fields[kind][role]

const grant: readonly FieldPath[] = [
  'authorization.fileNumber',
  'authorization.decision',
  'authorization.legalBasis',
  'authorization.resolutionDate',
  'authorization.notifiedAt',
  'authorization.validFrom',
  'authorization.validTo',
  'authorization.scope'
]

const selection: readonly FieldPath[] = [
  'selection.offer',
  'selection.acta',
  'selection.result',
  'selection.employer',
  'selection.occupation',
  'selection.workplace',
  'selection.period'
]

const worker: readonly FieldPath[] = ['person.name.latin', 'person.birthDate', 'person.sex', 'person.nationalities', 'documents[PASSPORT]']
const ownNumbers: readonly FieldPath[] = ['person.identifiers[ANAPEC-DE]', 'person.identifiers[MA-CNIE]']
const request: readonly FieldPath[] = ['request.requestId', 'request.filedAt', 'request.consulate']
const visa: readonly FieldPath[] = ['visa.lodgedAt', 'visa.outcome', 'visa.validFrom', 'visa.validTo', 'visa.decidedAt']
const callback: readonly FieldPath[] = ['callback.fileNumber', 'callback.period', 'callback.employer', 'callback.response']

const fields: Readonly<Record<ReadableKind, Readonly<Record<ReaderRole, readonly FieldPath[]>>>> = {
  placement: {
    'origin-agency': [
      ...worker,
      ...ownNumbers,
      'registration.agency',
      'registration.registeredAt',
      ...selection,
      'contract.reference',
      'contract.signedAt',
      ...request,
      'request.defects',
      ...grant,
      ...visa,
      ...callback,
      'journey.sailing',
      'journey.entry',
      'return.exitDate',
      'return.result'
    ],
    'migration-authority': [
      ...worker,
      'person.birthPlace',
      ...selection,
      ...request,
      'request.defects',
      ...grant,
      'authorization.nie',
      'authorization.reasonCode',
      ...visa,
      ...callback,
      'callback.nie',
      'callback.yearIndex',
      'journey.entry',
      'stay.altaDate',
      'stay.endDate',
      'return.exitDate',
      'return.result'
    ],
    'employer-before-grant': [
      'person.name.latin',
      'person.nationalities',
      ...selection,
      'contract.reference',
      'contract.signedAt',
      'request.requestId',
      'request.filedAt',
      'authorization.fileNumber',
      'authorization.decision'
    ],
    'employer-after-grant': [
      ...worker,
      ...selection,
      'contract.reference',
      'contract.signedAt',
      'request.requestId',
      'request.filedAt',
      ...grant,
      'authorization.nie',
      ...visa,
      ...callback,
      'journey.sailing',
      'stay.altaDate',
      'stay.endDate'
    ]
  },
  authorization: {
    'origin-agency': [...worker, ...ownNumbers, 'selection.employer', ...grant],
    'migration-authority': [
      ...worker,
      'selection.employer',
      'selection.period',
      ...request,
      ...grant,
      'authorization.nie',
      'authorization.reasonCode',
      'stay.altaDate',
      'stay.endDate'
    ],
    'employer-before-grant': [
      'person.name.latin',
      'person.nationalities',
      'selection.employer',
      'request.requestId',
      'request.filedAt',
      'authorization.fileNumber',
      'authorization.decision'
    ],
    'employer-after-grant': [
      ...worker,
      'selection.employer',
      'request.requestId',
      'request.filedAt',
      ...grant,
      'authorization.nie',
      'stay.altaDate',
      'stay.endDate'
    ]
  }
}
