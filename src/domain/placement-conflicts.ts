// Two records that may be one person, and one person chosen twice: compared here, linked and told by the flow, never merged.
import { compareNames } from '../../schemas/name-matching.ts'
import type { MigrantRecord } from '../../schemas/record.ts'

/** What two people are compared by. Values as the schemas have normalised them. */
export interface Identity {
  cnie: readonly string[]
  /** Number with its country, 'MAR AB1234567'. */
  passports: readonly string[]
  name?: { family: string; given: string }
  /** EDTF. */
  birthDate?: string
  birthPlace?: string
}

export type Likeness =
  /** One person: link the two, merge nothing. */
  | { verdict: 'same'; by: 'cnie' | 'passport' | 'name' }
  /** One number, two people: a typing error somewhere, so both are held until a person has seen the scans. */
  | { verdict: 'clash'; by: 'cnie' | 'passport' }
  | { verdict: 'different' }

/** Reads what a placement's record says of who the person is. */
export const identityOf = ({ person, documents = [] }: Partial<Pick<MigrantRecord, 'person' | 'documents'>>): Identity => {
  const identifiers = person?.identifiers ?? []
  const passports = [
    ...documents.filter(({ type }) => type === 'PASSPORT').map(({ country, number }) => `${country} ${number}`),
    ...identifiers.filter(({ scheme }) => scheme === 'PASSPORT').map(({ country, value }) => `${country ?? 'MAR'} ${value}`)
  ]
  const cnie = [
    ...identifiers.filter(({ scheme }) => scheme === 'MA-CNIE').map(({ value }) => value),
    ...documents.filter(({ type }) => type === 'CNIE').map(({ number }) => number)
  ]
  return {
    cnie: [...new Set(cnie)],
    passports: [...new Set(passports)],
    ...(person?.name?.latin === undefined ? {} : { name: person.name.latin }),
    ...(person?.birthDate === undefined ? {} : { birthDate: person.birthDate }),
    ...(person?.birthPlace === undefined ? {} : { birthPlace: person.birthPlace.text })
  }
}

/**
 * Compares two people: by CNIE, then by passport, then by name, birth date and birth place. A shared number makes them one person unless what
 * is known contradicts it. A name or a birth date that differs alone is how one person looks through two agencies' typing, but only while
 * the other of the two agrees; and nobody has two CNIE numbers.
 */
export const compareIdentities = (one: Identity, other: Identity): Likeness => {
  const cnieDiffers = one.cnie.length > 0 && other.cnie.length > 0 && !shareAny(one.cnie, other.cnie)
  if (shareAny(one.cnie, other.cnie)) return { verdict: contradict(one, other) ? 'clash' : 'same', by: 'cnie' }
  if (shareAny(one.passports, other.passports)) return { verdict: cnieDiffers || contradict(one, other) ? 'clash' : 'same', by: 'passport' }
  return !cnieDiffers && sameByName(one, other) ? { verdict: 'same', by: 'name' } : { verdict: 'different' }
}

/** A registration of one campaign, as far as deciding between two agencies needs it. */
export interface Registered {
  placementId: string
  agency: string
  /** ISO 8601 instant of candidate.registered. */
  registeredAt: string
}

/** The earliest registration stands; every later one's agency is told, and nothing is rejected. Equal instants go by placement id. */
export const settleRegistrations = (registrations: readonly Registered[]): { stands: Registered; toTell: Registered[] } | null => {
  const [stands, ...toTell] = earliestFirst(registrations, ({ registeredAt }) => registeredAt)
  return stands === undefined ? null : { stands, toTell }
}

/** A selection in an acta for one campaign. */
export interface Selected {
  placementId: string
  employer: string
  acta: string
  /** ISO 8601 instant of the acta. */
  actaAt: string
}

/**
 * One employer per authorization and year (RD 1155/2024 art 101.1): the first acta wins, each later one by another employer gets a reserve.
 * Several selections by the winner itself are one.
 */
export const settleSelections = (selections: readonly Selected[]): { wins: Selected; toReserve: Selected[] } | null => {
  const [wins, ...later] = earliestFirst(selections, ({ actaAt }) => actaAt)
  return wins === undefined ? null : { wins, toReserve: later.filter(({ employer }) => employer !== wins.employer) }
}

const earliestFirst = <Item extends { placementId: string }>(items: readonly Item[], at: (item: Item) => string): Item[] =>
  [...items].sort(
    (a, b) => Date.parse(at(a)) - Date.parse(at(b)) || (a.placementId < b.placementId ? -1 : a.placementId > b.placementId ? 1 : 0)
  )

const shareAny = (one: readonly string[], other: readonly string[]): boolean => one.some(number => other.includes(number))

type Agreement = 'agree' | 'differ' | 'unknown'

const contradict = (one: Identity, other: Identity): boolean => {
  const agreements = [names(one, other), births(one, other)]
  return agreements.includes('differ') && !agreements.includes('agree')
}

const names = (one: Identity, other: Identity): Agreement => {
  if (one.name === undefined || other.name === undefined) return 'unknown'
  return compareNames(fullName(one.name), fullName(other.name)) === 'different' ? 'differ' : 'agree'
}

const births = (one: Identity, other: Identity): Agreement => {
  if (one.birthDate === undefined || other.birthDate === undefined) return 'unknown'
  return mayBeSameDay(one.birthDate, other.birthDate) ? 'agree' : 'differ'
}

/** '1975-XX-XX' and '1975-03-12' do not contradict each other. */
const mayBeSameDay = (one: string, other: string): boolean =>
  [0, 1, 2].every(part => {
    const [a, b] = [one.split('-')[part], other.split('-')[part]]
    return a === b || a === 'XX' || b === 'XX'
  })

/** Without a number only a full match counts, on a birth date known to the day. */
const sameByName = (one: Identity, other: Identity): boolean =>
  names(one, other) === 'agree' &&
  one.birthDate !== undefined &&
  one.birthDate === other.birthDate &&
  !one.birthDate.includes('X') &&
  one.birthPlace !== undefined &&
  other.birthPlace !== undefined &&
  compareNames(one.birthPlace, other.birthPlace) === 'same'

const fullName = ({ family, given }: { family: string; given: string }): string => `${family} ${given}`
