// The edge cases that a sample campaign plants in known workers, and what must be true of each of them afterwards.

import { dayAfter } from './calendar.ts'
import type { Identity } from './identity.ts'
import { passportIssued } from './identity.ts'
import { longFamilyName, spellings } from './names.ts'

/** 8, 9: one of the two who are mistaken for each other. */
export type Role = 'one' | 'other'

export interface Planted {
  edgeCase: number
  role: Role
  /** Index of the other of the two, for 8 and 9. */
  partner?: number
}

export interface Expectation {
  edgeCase: number
  /** What must be true, for the table at the end of the demo. */
  sentence: string
  /** `never`: no message about her may be at the authority (requested) or at a consulate (lodged). */
  requested: 'as usual' | 'never'
  lodged: 'as usual' | 'never'
  /** Something about her waits for a person to decide. */
  waits: boolean
  /** Members of her folded record, by path, with the value that must stand there. */
  facts?: Readonly<Record<string, unknown>>
}

/** In the order in which a small campaign plants them; `needs` names who can show the case. */
export const plantable: readonly { edgeCase: number; needs: 'new' | 'any'; workers: 1 | 2 }[] = [
  { edgeCase: 6, needs: 'new', workers: 1 },
  { edgeCase: 5, needs: 'new', workers: 1 },
  { edgeCase: 10, needs: 'new', workers: 1 },
  { edgeCase: 20, needs: 'new', workers: 1 },
  { edgeCase: 8, needs: 'new', workers: 2 },
  { edgeCase: 9, needs: 'new', workers: 2 },
  { edgeCase: 1, needs: 'any', workers: 1 },
  { edgeCase: 2, needs: 'any', workers: 1 },
  { edgeCase: 3, needs: 'any', workers: 1 },
  { edgeCase: 4, needs: 'any', workers: 1 },
  { edgeCase: 22, needs: 'any', workers: 1 }
]

/** Rounds of planting: one for a small campaign, one more a thousand workers, ten at most. */
export const roundsFor = (workers: number): number => Math.min(10, Math.max(1, Math.floor(workers / 1000)))

/** Changes who the worker is where the case is in her papers. `round` varies the case; `first` is the other of two. */
export const plantIdentity = (identity: Identity, planted: Planted, round: number, campaignStart: string, first?: Identity): Identity => {
  switch (planted.edgeCase) {
    case 1:
      return { ...identity, family: spelling(round).passport }
    case 2:
      return { ...identity, family: { latin: 'BEN ALI', arabic: 'بن علي' } }
    case 3:
      return { ...identity, family: longFamilyName }
    case 4:
      return { ...identity, birthDate: `${identity.birthDate.slice(0, 4)}-XX-XX` }
    case 6:
      return { ...identity, passport: passportIssued(identity.passport.number, dayAfter(campaignStart, -4 * 365 - 180)) }
    case 8:
      return planted.role === 'other' && first ? { ...first, phone: identity.phone } : identity
    case 9:
      return planted.role === 'other' && first ? { ...identity, card: first.card } : identity
    default:
      return identity
  }
}

/** How the agency that copied the identity card spells a family whose passport says otherwise. */
export const spelling = (round: number) => {
  const one = spellings[round % spellings.length]
  if (!one) throw new Error('no spellings to choose from')
  return one
}

/** What must be true afterwards of a worker with this case. Everything not named here goes as with anybody else. */
export const expectationOf = (
  planted: Planted,
  identity: Identity,
  facts: { employerCif: string; renewedPassport: string; writtenFamily: string; kind: 'new' | 'repeater' }
): Expectation => {
  const usual = {
    edgeCase: planted.edgeCase,
    requested: 'as usual',
    lodged: facts.kind === 'new' ? 'as usual' : 'never',
    waits: false
  } as const
  const family = { 'person.name.latin.family': identity.family.latin }
  switch (planted.edgeCase) {
    case 1:
      return {
        ...usual,
        waits: true,
        sentence: 'the card and the passport spell the family name differently: nothing is corrected, a person is asked',
        facts: { 'person.name.latin.family': facts.writtenFamily, 'person.name.arabic.family': identity.family.arabic }
      }
    case 2:
      return { ...usual, sentence: 'a family name of two words is sent whole as the first surname, without a second', facts: family }
    case 3:
      return {
        ...usual,
        sentence: 'a name longer than the partner takes is cut and marked as cut; the record keeps all of it',
        facts: family
      }
    case 4:
      return {
        ...usual,
        sentence: 'a birth year without day and month stays so in the record',
        facts: { 'person.birthDate': identity.birthDate }
      }
    case 5:
      return {
        ...usual,
        sentence: 'a passport renewed after the grant: one person, both passports, the visa application names the new one',
        facts: { 'documents.PASSPORT': facts.renewedPassport }
      }
    case 6:
      return {
        ...usual,
        lodged: 'never',
        waits: true,
        sentence: 'a passport with less than a year left is stopped before lodging, and the agency is told'
      }
    case 8:
      return planted.role === 'one'
        ? { ...usual, sentence: 'the same person at two agencies: linked, not merged; the earlier registration goes on' }
        : {
            ...usual,
            requested: 'never',
            lodged: 'never',
            waits: true,
            sentence: 'the same person at two agencies: the later agency is told'
          }
    case 9:
      return {
        ...usual,
        requested: 'never',
        lodged: 'never',
        waits: true,
        sentence: 'one card number on two different persons: both are held, no message leaves'
      }
    case 10:
      return {
        ...usual,
        waits: true,
        sentence: 'two employers select the same worker: the earlier acta stands, the second waits for a person',
        facts: { 'selection.employer.cif': facts.employerCif }
      }
    case 20:
      return {
        ...usual,
        lodged: 'never',
        waits: true,
        sentence: 'a NIE with a wrong letter in the answer: that row is refused, the file is not'
      }
    default:
      return { ...usual, sentence: 'messages repeated, late and out of order end in the same record, once' }
  }
}
