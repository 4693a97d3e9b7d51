// Who a sample worker is: names, birth, papers and contact, drawn from the seed and her number, so that no two share an identifier.
import { nieLetter } from '../schemas/spanish-identifiers.ts'
import { dayAfter, yearOf } from './calendar.ts'
import { familyNames, mensNames, type NamePair, womensNames } from './names.ts'
import type { Agency } from './parties.ts'
import type { Place } from './places.ts'
import { distinctNumbers, type Random } from './random.ts'

export interface Identity {
  family: NamePair
  given: NamePair
  sex: 1 | 2
  /** EDTF: a few know only the year. */
  birthDate: string
  place: Place
  card: string
  passport: Passport
  phone: string
  /** Repeaters have them from their first year. */
  nie: string
  tieSupport: string
}

export interface Passport {
  number: string
  issueDate: string
  expiryDate: string
}

const years = { first: 1975, last: 2003 }
/** Nineteen of twenty whom the programme recruits are women. */
const shareOfWomen = 0.95
const shareWithYearOnly = 0.02

/** Draws papers that no other worker of the same seed has: every number is one step of a sequence without repeats. */
export const papersOf = (seed: number) => {
  const card = distinctNumbers(seed, 'card', 900_000)
  const passport = distinctNumbers(seed, 'passport', 8_999_999)
  const phone = distinctNumbers(seed, 'phone', 79_999_999)
  const nie = distinctNumbers(seed, 'nie', 9_999_999)
  const tie = distinctNumbers(seed, 'tie', 99_999_999)
  return {
    card: (index: number, place: Place) => `${place.cardPrefix}${100_000 + card(index)}`,
    passport: (index: number) => `${'ABCDEFGHJKLM'.charAt(index % 12)}${'ABEHKLPRT'.charAt(index % 9)}${1_000_000 + passport(index)}`,
    phone: (index: number) => `+2126${String(10_000_000 + phone(index)).padStart(8, '0')}`,
    nie: (index: number) => withLetter(`Y${String(nie(index)).padStart(7, '0')}`),
    tieSupport: (index: number) => `E${String(tie(index)).padStart(8, '0')}`
  }
}

export type Papers = ReturnType<typeof papersOf>

const withLetter = (body: string) => `${body}${nieLetter(body)}`

/** `campaignStart` (YYYY-MM-DD) dates her passport: issued one to two years before, for five years. */
export const drawIdentity = (random: Random, papers: Papers, index: number, agency: Agency, campaignStart: string): Identity => {
  const sex = random.chance(shareOfWomen) ? 2 : 1
  const place = random.pick(agency.places)
  return {
    family: random.pick(familyNames),
    given: random.pick(sex === 2 ? womensNames : mensNames),
    sex,
    birthDate: drawBirthDate(random),
    place,
    card: papers.card(index, place),
    passport: passportIssued(papers.passport(index), dayAfter(campaignStart, -random.between(365, 800))),
    phone: papers.phone(index),
    nie: papers.nie(index),
    tieSupport: papers.tieSupport(index)
  }
}

/** Five years less a day, as Morocco issues them. */
export const passportIssued = (number: string, issueDate: string): Passport => ({
  number,
  issueDate,
  expiryDate: dayAfter(`${yearOf(issueDate) + 5}${issueDate.slice(4)}`.replace('-02-29', '-03-01'), -1)
})

const drawBirthDate = (random: Random): string => {
  const year = random.between(years.first, years.last)
  if (random.chance(shareWithYearOnly)) return `${year}-XX-XX`
  return `${year}-${twoDigits(random.between(1, 12))}-${twoDigits(random.between(1, 28))}`
}

const twoDigits = (value: number) => String(value).padStart(2, '0')

/** The section `person` of the record. `mrz` is what the passport's machine-readable zone prints, `latinFamily` what this office wrote. */
export const personSection = (identity: Identity, options: { latinFamily?: string; withNie?: boolean } = {}) => ({
  name: {
    latin: { family: options.latinFamily ?? identity.family.latin, given: identity.given.latin },
    arabic: { family: identity.family.arabic, given: identity.given.arabic },
    mrz: mrzName(identity.family.latin, identity.given.latin)
  },
  birthDate: identity.birthDate,
  birthPlace: { text: identity.place.text, country: 'MAR', subdivision: identity.place.subdivision },
  sex: identity.sex,
  nationalities: ['MAR'],
  identifiers: [
    { scheme: 'MA-CNIE', value: identity.card, country: 'MAR' },
    { scheme: 'PASSPORT', value: identity.passport.number, country: 'MAR' },
    ...(options.withNie ? [{ scheme: 'ES-NIE', value: identity.nie, country: 'ESP' }] : [])
  ],
  contact: { phones: [identity.phone], language: identity.family.latin.startsWith('AIT') ? 'zgh' : 'ar', channel: 'SMS' },
  address: {
    lines: [`Douar ${identity.family.latin.split(' ').at(-1)}`],
    city: identity.place.text,
    subdivision: identity.place.subdivision,
    country: 'MAR',
    postalCode: identity.place.postalCode
  }
})

export const passportDocument = ({ number, issueDate, expiryDate }: Passport) => ({
  type: 'PASSPORT',
  number,
  country: 'MAR',
  issueDate,
  expiryDate
})

export const cardDocument = (identity: Identity) => ({ type: 'CNIE', number: identity.card, country: 'MAR' })

/** 39 characters at most, the given names shortened first and never below one letter (ICAO 9303 part 4). Sample names have only A to Z. */
export const mrzName = (family: string, given: string): string => {
  const [first, second] = [family, given].map(part => part.replaceAll(' ', '<'))
  const kept = `${first}`.slice(0, 36)
  return `${kept}<<${second}`.slice(0, 39).replace(/<+$/, '')
}
