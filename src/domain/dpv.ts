// Purposes and legal bases in the terms of the W3C Data Privacy Vocabulary (DPV 2), beside the words of the law: what a machine elsewhere can read.

const purposes = [
  'dpv:DisputeManagement',
  'dpv:EstablishContractualAgreement',
  'dpv:FulfilmentOfContractualObligation',
  'dpv:IdentityVerification',
  'dpv:LegalCompliance',
  'dpv:PersonnelHiring',
  'dpv:PersonnelManagement',
  'dpv:ProtectionOfPublicSecurity',
  'dpv:ProvideOfficialStatistics',
  'dpv:RecordManagement',
  'dpv:RequestedServiceProvision',
  'dpv:Verification'
] as const

/** Those of DPV say the kind of ground under any law; those of its extension for the GDPR name the article, where the GDPR applies. */
const legalBases = [
  'dpv:Consent',
  'dpv:Contract',
  'dpv:ContractPerformance',
  'dpv:EnterIntoContract',
  'dpv:LegalObligation',
  'dpv:OfficialAuthorityOfController',
  'dpv:PublicInterest',
  'eu-gdpr:A6-1-a',
  'eu-gdpr:A6-1-b',
  'eu-gdpr:A6-1-b-contract-performance',
  'eu-gdpr:A6-1-b-enter-into-contract',
  'eu-gdpr:A6-1-c',
  'eu-gdpr:A6-1-e-official-authority',
  'eu-gdpr:A6-1-e-public-interest'
] as const

export type Purpose = (typeof purposes)[number]
export type LegalBasisTerm = (typeof legalBases)[number]
export type Term = Purpose | LegalBasisTerm

/** Why data is given or kept, and on which ground. */
export interface Ground {
  purposes: readonly Purpose[]
  legalBases: readonly LegalBasisTerm[]
}

/** As it is stored: one list of short names. */
export const termsOf = (ground: Ground): Term[] => [...ground.purposes, ...ground.legalBases]

/** What was stored, told apart and in full. A name that is in neither list any more is left out. */
export const groundOf = (stored: readonly string[]): { purposes: string[]; legalBases: string[] } => ({
  purposes: purposes.filter(term => stored.includes(term)).map(iri),
  legalBases: legalBases.filter(term => stored.includes(term)).map(iri)
})

/** The term's own address. */
export const iri = (term: Term): string => {
  const [prefix, name] = term.split(':') as [keyof typeof namespaces, string]
  return namespaces[prefix] + name
}

const namespaces = { dpv: 'https://w3id.org/dpv#', 'eu-gdpr': 'https://w3id.org/dpv/legal/eu/gdpr#' } as const

/** Grounds that stand in more than one table. */
export const officialAuthority = ['dpv:OfficialAuthorityOfController', 'eu-gdpr:A6-1-e-official-authority'] as const
export const publicInterest = ['dpv:PublicInterest', 'eu-gdpr:A6-1-e-public-interest'] as const
export const legalObligation = ['dpv:LegalObligation', 'eu-gdpr:A6-1-c'] as const
export const consent = ['dpv:Consent', 'eu-gdpr:A6-1-a'] as const
