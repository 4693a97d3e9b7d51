// The machine-readable zone of a passport (TD3, two lines of 44) and of a visa (MRV-B, two lines of 36): parse and compose, ICAO Doc 9303.
import { checkBirthDate, fromMrzBirthDate, toMrzDate } from './edtf.ts'
import { toMrzName } from './mrz-name.ts'
import type { PersonName } from './names.ts'
import { fromMrzSex, type Sex, toMrzSex } from './sex.ts'

/** What both zones carry. `issuer` and `nationality` are ISO 3166-1 alpha-3 (or ICAO's own codes); dates are EDTF and YYYY-MM-DD. */
export interface MrzData {
  documentCode: string
  issuer: string
  family: string
  given: string
  number: string
  nationality: string
  birthDate: string
  sex: Sex
  expiryDate: string
  /** Positions 29 to 42 of a passport, 29 to 36 of a visa, filler left off. */
  optional: string
}

export type MrzAnswer = { ok: true; value: MrzData } | { ok: false; rule: string; reason: string }

/** Sum of the values (0-9, A-Z as 10-35, filler 0) times 7, 3, 1 repeating, mod 10 (Doc 9303-3, 4.9). */
export const mrzCheckDigit = (field: string): string =>
  String(
    [...field].reduce(
      (total, character, index) => total + (character === '<' ? 0 : Number.parseInt(character, 36)) * ([7, 3, 1][index % 3] ?? 0),
      0
    ) % 10
  )

/** Reads the two lines of a passport. `asOf` (YYYY-MM-DD) decides the centuries. */
export const parseTd3 = (line1: string, line2: string, asOf: string): MrzAnswer => {
  const fault = faultOfLines(line1, line2, 44, 'P')
  if (fault) return fault
  const personal = line2.slice(28, 42)
  const personalDigit = line2.charAt(42)
  if (personalDigit !== mrzCheckDigit(personal) && !(personalDigit === '<' && /^<+$/.test(personal)))
    return no('mrz-optional', 'The check digit of the optional data (line 2, position 43) is wrong: read the zone again')
  if (line2[43] !== mrzCheckDigit(line2.slice(0, 10) + line2.slice(13, 20) + line2.slice(21, 43)))
    return no('mrz-composite', 'The composite check digit (line 2, position 44) is wrong: read the zone again')
  return dataOf(line1, line2, personal, asOf)
}

/** Reads the two lines of a visa of size B; it has no composite digit. */
export const parseMrvB = (line1: string, line2: string, asOf: string): MrzAnswer =>
  faultOfLines(line1, line2, 36, 'V') ?? dataOf(line1, line2, line2.slice(28, 36), asOf)

/** The two lines of a passport. Throws RangeError when a field does not fit; names are shortened by rule. */
export const composeTd3 = (data: MrzInput): [string, string] => {
  const optional = field(data.optional ?? '', 14, 'optional')
  const optionalDigit = /^<+$/.test(optional) ? '<' : mrzCheckDigit(optional)
  const start = secondLineStart(data)
  const upTo43 = `${start}${optional}${optionalDigit}`
  const composite = mrzCheckDigit(upTo43.slice(0, 10) + upTo43.slice(13, 20) + upTo43.slice(21, 43))
  return [firstLine(data, 'P', 44), `${upTo43}${composite}`]
}

/** The two lines of a visa of size B. */
export const composeMrvB = (data: MrzInput): [string, string] => [
  firstLine(data, 'V', 36),
  `${secondLineStart(data)}${field(data.optional ?? '', 8, 'optional')}`
]

/** What a zone is made of. `documentCode` is P or V with an optional second letter. */
export interface MrzInput {
  documentCode?: string
  issuer: string
  name: PersonName['latin']
  number: string
  nationality: string
  birthDate: string
  sex: Sex
  expiryDate: string
  optional?: string
}

const no = (rule: string, reason: string) => ({ ok: false, rule, reason }) as const

const faultOfLines = (line1: string, line2: string, length: number, code: 'P' | 'V') => {
  if (line1.length !== length || line2.length !== length) return no('mrz-length', `Each of the two lines has ${length} characters`)
  if (!/^[A-Z0-9<]+$/.test(line1) || !/^[A-Z0-9<]+$/.test(line2)) return no('mrz-alphabet', 'The zone holds only A to Z, 0 to 9 and <')
  if (line1[0] !== code) return no('mrz-document-code', `The first line begins with ${code}`)
  if (!/^[A-Z](?:<?[A-Z])*(?:<<[A-Z](?:<?[A-Z])*)?<*$/.test(line1.slice(5)))
    return no('mrz-name', 'The name field is the family name, << and the given names, then filler')
  if (line2[9] !== mrzCheckDigit(line2.slice(0, 9)))
    return no('mrz-number', 'The check digit of the document number (line 2, position 10) is wrong: read the zone again')
  if (line2[19] !== mrzCheckDigit(line2.slice(13, 19)))
    return no('mrz-birth', 'The check digit of the birth date (line 2, position 20) is wrong: read the zone again')
  if (line2[27] !== mrzCheckDigit(line2.slice(21, 27)))
    return no('mrz-expiry', 'The check digit of the expiry date (line 2, position 28) is wrong: read the zone again')
  return null
}

const dataOf = (line1: string, line2: string, optional: string, asOf: string): MrzAnswer => {
  const birthDate = fromMrzBirthDate(line2.slice(13, 19), asOf)
  if (birthDate === null) return no('mrz-birth-date', 'The birth date of the zone is no day of the calendar')
  const expiryDate = fromMrzExpiry(line2.slice(21, 27), asOf)
  if (expiryDate === null) return no('mrz-expiry-date', 'The expiry date of the zone is no day of the calendar')
  const sex = fromMrzSex(line2.charAt(20))
  if (sex === null) return no('mrz-sex', 'The sex of the zone (line 2, position 21) is M, F or <')
  const [family = '', given = ''] = line1.slice(5).split('<<')
  return {
    ok: true,
    value: {
      documentCode: withoutFiller(line1.slice(0, 2)),
      issuer: fromMrzCountry(line1.slice(2, 5)),
      family: family.replaceAll('<', ' ').trim(),
      given: given.replaceAll('<', ' ').trim(),
      number: withoutFiller(line2.slice(0, 9)),
      nationality: fromMrzCountry(line2.slice(10, 13)),
      birthDate,
      sex,
      expiryDate,
      optional: withoutFiller(optional)
    }
  }
}

/** An expiry lies at most fifty years from `asOf`, either way. */
const fromMrzExpiry = (value: string, asOf: string): string | null => {
  if (!/^\d{6}$/.test(value)) return null
  const year = Number(asOf.slice(0, 4))
  const century = Math.round((year - Number(value.slice(0, 2))) / 100)
  const date = `${century}${value.slice(0, 2)}-${value.slice(2, 4)}-${value.slice(4, 6)}`
  return checkBirthDate(date).ok ? date : null
}

const firstLine = (data: MrzInput, code: 'P' | 'V', length: number): string => {
  const documentCode = field(data.documentCode ?? code, 2, 'documentCode')
  if (documentCode[0] !== code) throw new RangeError(`documentCode begins with ${code}`)
  return `${documentCode}${toMrzCountry(data.issuer)}${toMrzName(data.name, length - 5).value}`.padEnd(length, '<')
}

const secondLineStart = (data: MrzInput): string => {
  const number = field(data.number, 9, 'number')
  const birth = toMrzDate(data.birthDate)
  const expiry = toMrzDate(data.expiryDate)
  return [
    number,
    mrzCheckDigit(number),
    toMrzCountry(data.nationality),
    birth,
    mrzCheckDigit(birth),
    toMrzSex(data.sex),
    expiry,
    mrzCheckDigit(expiry)
  ].join('')
}

const field = (value: string, length: number, name: string): string => {
  if (!/^[A-Z0-9<]*$/.test(value) || value.length > length) throw new RangeError(`${name} holds at most ${length} of A to Z, 0 to 9 and <`)
  return value.padEnd(length, '<')
}

/** Germany prints D alone. */
const toMrzCountry = (alpha3: string): string => (alpha3 === 'DEU' ? 'D<<' : field(alpha3, 3, 'country'))

const fromMrzCountry = (value: string): string => (value === 'D<<' ? 'DEU' : withoutFiller(value))

const withoutFiller = (value: string): string => value.replace(/<+$/, '')
