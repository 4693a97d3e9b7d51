// The minimisation matrix as data: privacy class by partner role. Policy grown from purpose limitation; the laws behind each role are named below.
import type { FieldPath, PrivacyClass } from '../../schemas/field.ts'
import { consent, type Ground, legalObligation, officialAuthority, publicInterest } from './dpv.ts'

export const partnerRoles = [
  'migration-authority',
  'police',
  'consulate',
  'carrier',
  'employer-before-grant',
  'employer-after-grant',
  'social-security',
  'reintegration',
  'baltic-authority',
  'host-company',
  'statistics',
  'origin-agency',
  'reference'
] as const

export type PartnerRole = (typeof partnerRoles)[number]

export const isPartnerRole = (value: string): value is PartnerRole => (partnerRoles as readonly string[]).includes(value)

/** `coarser`: only this derived form, which the gateway does not hand over yet. `pseudonym`: only beside the pairwise id, with nothing that names. */
export type Grade =
  | { grade: 'required' }
  | { grade: 'conditional'; when: string }
  | { grade: 'pseudonym' }
  | { grade: 'coarser'; form: string }
  | { grade: 'never' }

/** Purpose and legal basis under which each role receives anything at all. */
export const legalBasisOf: Readonly<Record<PartnerRole, string>> = {
  'migration-authority': 'Decides on selection and authorization: RD 1155/2024 art 103.3, 122; labour agreement Spain-Morocco of 2001',
  police: 'Reports and assigns the NIE: RD 1155/2024 art 122.9; GDPR art 10 for criminal records',
  consulate: 'Decides on the visa and takes the return appearance: RD 1155/2024 art 38, 40',
  carrier: 'Passenger data before sailing, erased after 24 h: organic law 4/2000 art 66.1; RD 1155/2024 art 16-17',
  'employer-before-grant': 'Selects and contracts: RD 1155/2024 art 107.1.b, 118.2; GDPR art 6.1.b',
  'employer-after-grant': 'Employs: RD 1155/2024 art 103.6, 107; GDPR art 6.1.b',
  'social-security': 'Affiliation and alta: RD 84/1996 art 21, 32',
  reintegration: 'Training after the return, by consent: GDPR art 6.1.a; law 09-08 art 4',
  'baltic-authority': 'Decides on the permit under its national law on foreigners',
  'host-company': 'Trains or employs: GDPR art 6.1.b',
  statistics: 'Statistics without persons: GDPR art 89; RD 1155/2024 art 115.2',
  'origin-agency': 'Registered the worker and mediates: law 51-99 art 3; law 09-08',
  reference: 'The operator’s own tests, with made-up people'
}

/** The same in the terms of DPV. Article 6 of the GDPR is named where the GDPR applies to whoever gives or gets it; made-up people need no ground. */
export const groundFor: Readonly<Record<PartnerRole, Ground>> = {
  'migration-authority': { purposes: ['dpv:LegalCompliance'], legalBases: officialAuthority },
  police: { purposes: ['dpv:LegalCompliance', 'dpv:ProtectionOfPublicSecurity'], legalBases: officialAuthority },
  consulate: { purposes: ['dpv:LegalCompliance'], legalBases: officialAuthority },
  carrier: { purposes: ['dpv:LegalCompliance'], legalBases: legalObligation },
  'employer-before-grant': {
    purposes: ['dpv:PersonnelHiring', 'dpv:EstablishContractualAgreement'],
    legalBases: ['dpv:EnterIntoContract', 'eu-gdpr:A6-1-b-enter-into-contract']
  },
  'employer-after-grant': {
    purposes: ['dpv:PersonnelManagement', 'dpv:FulfilmentOfContractualObligation'],
    legalBases: ['dpv:ContractPerformance', 'eu-gdpr:A6-1-b-contract-performance']
  },
  'social-security': { purposes: ['dpv:LegalCompliance'], legalBases: legalObligation },
  reintegration: { purposes: ['dpv:RequestedServiceProvision'], legalBases: consent },
  'baltic-authority': { purposes: ['dpv:LegalCompliance'], legalBases: officialAuthority },
  'host-company': { purposes: ['dpv:PersonnelManagement'], legalBases: ['dpv:Contract', 'eu-gdpr:A6-1-b'] },
  statistics: { purposes: ['dpv:ProvideOfficialStatistics'], legalBases: publicInterest },
  'origin-agency': { purposes: ['dpv:RequestedServiceProvision'], legalBases: ['dpv:PublicInterest'] },
  reference: { purposes: [], legalBases: [] }
}

const R: Grade = { grade: 'required' }
const N: Grade = { grade: 'never' }
const P: Grade = { grade: 'pseudonym' }
const C = (when: string): Grade => ({ grade: 'conditional', when })
const D = (form: string): Grade => ({ grade: 'coarser', form })

const needed = C('the file needs it')
const own = C('its own workers')
const test = C('made-up people')

/** One grade per role, in the order of `partnerRoles`: authority, police, consulate, carrier, employer before and after the grant, social security,
 *  reintegration, Baltic authority, host company, statistics, origin agency, reference. */
export const matrix: Readonly<Record<PrivacyClass, readonly Grade[]>> = {
  name: [R, R, R, R, C('selected by it'), R, R, R, R, R, N, R, test],
  birthDate: [R, R, R, R, D('age band'), R, R, N, R, C('after the permit'), D('year'), R, test],
  birthPlace: [R, R, R, N, N, N, N, N, R, N, D('region'), R, test],
  sex: [R, R, R, N, C('selected by it'), R, R, N, R, N, R, R, test],
  nationality: [R, R, R, R, R, R, R, N, R, R, R, R, test],
  cnie: [needed, needed, R, N, N, N, N, N, N, N, N, R, test],
  passport: [R, R, R, R, N, R, R, N, R, R, N, R, test],
  nie: [R, R, needed, N, N, R, R, N, N, N, N, needed, test],
  nuss: [N, N, N, N, N, R, R, N, N, N, N, N, test],
  phone: [N, N, R, C('on the day of travel'), N, own, N, R, R, R, N, R, test],
  address: [needed, N, R, N, N, N, needed, needed, R, N, D('province'), R, test],
  experience: [needed, N, N, N, R, own, N, N, needed, R, D('bands'), R, test],
  history: [R, R, R, N, own, own, N, N, N, N, P, R, test],
  contractPay: [R, N, R, N, R, R, R, N, R, R, D('bands'), R, test],
  criminalRecord: [D('result'), R, R, N, N, N, N, N, R, N, N, C('presence and date'), test],
  medicalCertificate: [N, N, R, N, N, N, N, N, needed, N, N, C('presence and date'), test],
  travelPermit: [
    C('a repeater’s card'),
    R,
    R,
    R,
    N,
    C('proof of the right to work'),
    N,
    N,
    R,
    C('proof of the right to work'),
    N,
    needed,
    test
  ],
  photo: [N, needed, R, N, N, N, N, N, needed, N, N, needed, test],
  homeNumber: [N, N, N, N, N, N, N, N, R, C('notice to social insurance'), N, needed, test],
  agencyNumber: [N, N, N, N, N, N, N, N, N, N, N, R, test],
  reason: [N, N, N, N, N, N, N, N, N, N, N, R, test],
  procedure: [R, R, R, C('its sailings'), own, R, R, own, R, own, P, R, test],
  organisation: [R, R, R, N, own, own, R, N, R, own, D('sector and region'), R, test]
}

/**
 * Single fields that stand apart from their class. Why somebody was refused goes to whoever decides next, never to an employer; the gateway's
 * own id goes to nobody, since two partners could join their data by it.
 */
export const exceptions: Partial<Record<FieldPath, Partial<Record<PartnerRole, Grade>>>> = {
  id: Object.fromEntries(partnerRoles.map(role => [role, N])),
  'authorization.reasonCode': { 'migration-authority': R, consulate: needed },
  'authorization.appeal': { 'migration-authority': R, consulate: needed },
  'visa.refusalReason': { 'migration-authority': C('copy of a refusal, RD 1155/2024 art 27.3'), consulate: R },
  'journey.refusedEntry': { 'migration-authority': R, police: R, carrier: C('it carries her back, organic law 4/2000 art 66.3') },
  'stay.reason': { 'migration-authority': R, 'social-security': R, 'employer-after-grant': own },
  'visa.fee': { carrier: N, 'employer-after-grant': own, 'host-company': N, reintegration: N },
  'return.result': { reintegration: C('enrolled, with consent') }
}
