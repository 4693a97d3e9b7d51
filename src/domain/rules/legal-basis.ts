// L1: which law an authorization follows. It is fixed by the day of the application, not by today's: old grants keep their old law.
import { inForce, type Rule } from './rule.ts'

export type LegalBasis = 'R1' | 'R2' | 'R3'

export const legalBases: readonly (Rule & { basis: LegalBasis })[] = [
  {
    id: 'L1-R1',
    basis: 'R1',
    validFrom: '2011-06-30',
    validTo: '2022-08-15',
    citation: 'RD 557/2011 art 98.3 as first published; RD 1155/2024 DT 1-2'
  },
  {
    id: 'L1-R2',
    basis: 'R2',
    validFrom: '2022-08-16',
    validTo: '2025-05-19',
    citation: 'RD 557/2011 art 167.3 as left by RD 629/2022; RD 1155/2024 DT 1-2'
  },
  { id: 'L1-R3', basis: 'R3', validFrom: '2025-05-20', citation: 'RD 1155/2024 art 100, 101.1, DT 1-2' }
]

/** The legal basis of an application filed on a day (YYYY-MM-DD); undefined before 30 June 2011. */
export const legalBasis = (filedOn: string): LegalBasis | undefined => inForce(legalBases, filedOn)?.basis
