// A registration as a row of a file: the flat columns an agency exports, and the event they make.
import { z } from 'zod'
import { checkedString } from './check.ts'
import { cefrLevels, contactChannels, contactLanguages } from './codes.ts'
import { birthDate } from './edtf.ts'
import { checkPassport, cnie } from './moroccan-identifiers.ts'
import { arabicName, latinName, mrzName } from './names.ts'
import { agency } from './placement.ts'
import { code, country, localDate, moment, phone, subdivision, text } from './primitives.ts'

/** An empty cell is an absent value. */
const optional = <Schema extends z.ZodType>(schema: Schema) => z.preprocess(value => (value === '' ? undefined : value), schema.optional())

const wholeNumber = (low: number, high: number) =>
  z
    .string()
    .regex(/^\d{1,4}$/, { error: `Write a whole number from ${low} to ${high}` })
    .transform(Number)
    .pipe(z.int().min(low).max(high))

/**
 * The columns of a registrations file: CSV with a header line (UTF-8, RFC 4180), one JSON object a line, or a spreadsheet. Unknown columns are refused:
 * a file with household income or schooling is not taken. Only `worker`, `registeredAt`, `campaign`, `agency`, the Latin names, `birthDate`,
 * `sex`, `nationality`, `card`, `passport` and the passport's dates must be filled.
 */
export const registrationRow = z.strictObject({
  worker: code(64).describe("The agency's own number of the worker: later messages about her carry it"),
  campaign: wholeNumber(2000, 2100).describe('Year of the activity'),
  agency: agency.describe('As ANP-KEN-01'),
  registeredAt: moment.describe('Day, or instant with its offset'),
  familyName: latinName.describe('Whole, as the passport prints it'),
  givenNames: latinName,
  familyNameArabic: optional(arabicName),
  givenNamesArabic: optional(arabicName),
  machineReadableName: optional(mrzName).describe('First line of the passport without its head: EL<IDRISSI<<FATIMA<ZAHRA'),
  birthDate: birthDate.describe('1989-03-15; 1975-XX-XX where only the year is known'),
  birthPlace: optional(text(80)),
  birthProvince: optional(subdivision).describe('ISO 3166-2, as MA-KEN'),
  sex: z
    .enum(['0', '1', '2', '9'], { error: 'Write the sex as ISO/IEC 5218: 0, 1, 2 or 9' })
    .transform(value => Number(value) as 0 | 1 | 2 | 9),
  nationality: country.describe('ISO 3166-1 alpha-3, as MAR'),
  card: cnie.describe('National card (CNIE), capitals without blanks'),
  passport: checkedString(checkPassport, /^[A-Z0-9]{6,9}$/, 'Passport number'),
  passportIssued: localDate,
  passportExpires: localDate,
  phone: optional(phone).describe('E.164, as +212600000000'),
  language: optional(z.enum(contactLanguages)).describe('In which she is spoken to'),
  channel: optional(z.enum(contactChannels)),
  addressLine: optional(text(80)),
  city: optional(text(60)),
  province: optional(subdivision),
  postalCode: optional(text(12)),
  crop: optional(text(40)).describe('Crop she has worked with'),
  cropMonths: optional(wholeNumber(0, 720)),
  spanish: optional(z.enum(cefrLevels)).describe('CEFR')
})

export type RegistrationRow = z.infer<typeof registrationRow>

/** In the order a file is written. */
export const registrationColumns = Object.keys(registrationRow.shape) as (keyof RegistrationRow)[]

/** Columns that a program may keep as a number or a date of its own instead of as text. */
export const columnKinds = {
  campaign: 'number',
  sex: 'number',
  cropMonths: 'number',
  registeredAt: 'day',
  birthDate: 'day',
  passportIssued: 'day',
  passportExpires: 'day'
} as const satisfies Partial<Record<keyof RegistrationRow, 'number' | 'day'>>

export interface RowRegistration {
  /** Who the row is about, whatever its place in the file: a row sent again has the same key. */
  key: string
  about: string
  type: 'candidate.registered'
  effectiveAt: string
  payload: Record<string, unknown>
}

/** The event a row makes. Its payload still has to pass the schema of `candidate.registered`, which also compares the passport's dates. */
export const toRegistration = (row: RegistrationRow): RowRegistration => ({
  key: `registration.${row.campaign}.${row.agency}.${row.passport}`,
  about: row.worker,
  type: 'candidate.registered',
  effectiveAt: row.registeredAt.length === 10 ? `${row.registeredAt}T00:00:00Z` : row.registeredAt,
  payload: {
    campaign: row.campaign,
    person: personOf(row),
    documents: [
      { type: 'CNIE', number: row.card, country: 'MAR' },
      { type: 'PASSPORT', number: row.passport, country: row.nationality, issueDate: row.passportIssued, expiryDate: row.passportExpires }
    ],
    registration: {
      agency: row.agency,
      registeredAt: row.registeredAt,
      ...(row.province === undefined ? {} : { place: row.province }),
      ...(row.crop === undefined ? {} : { experience: [{ crop: row.crop, months: row.cropMonths ?? 0 }] }),
      ...(row.spanish === undefined ? {} : { languages: [{ language: 'es', cefr: row.spanish }] })
    }
  }
})

const personOf = (row: RegistrationRow) => ({
  name: {
    latin: { family: row.familyName, given: row.givenNames },
    ...(row.familyNameArabic && row.givenNamesArabic ? { arabic: { family: row.familyNameArabic, given: row.givenNamesArabic } } : {}),
    ...(row.machineReadableName === undefined ? {} : { mrz: row.machineReadableName })
  },
  birthDate: row.birthDate,
  ...(row.birthPlace === undefined
    ? {}
    : {
        birthPlace: {
          text: row.birthPlace,
          country: row.nationality,
          ...(row.birthProvince === undefined ? {} : { subdivision: row.birthProvince })
        }
      }),
  sex: row.sex,
  nationalities: [row.nationality],
  identifiers: [
    { scheme: 'MA-CNIE', value: row.card, country: 'MAR' },
    { scheme: 'PASSPORT', value: row.passport, country: row.nationality }
  ],
  ...(row.phone === undefined ? {} : { contact: { phones: [row.phone], language: row.language ?? 'ar', channel: row.channel ?? 'SMS' } }),
  ...(row.addressLine && row.city
    ? {
        address: {
          lines: [row.addressLine],
          city: row.city,
          ...(row.province === undefined ? {} : { subdivision: row.province }),
          country: 'MAR',
          ...(row.postalCode === undefined ? {} : { postalCode: row.postalCode })
        }
      }
    : {})
})
