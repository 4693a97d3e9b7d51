// The small values everything else is made of: text, codes, dates, instants, amounts, phones.
import { z } from 'zod'
import { isCountry } from './codes.ts'

/** Visible text of 1 to `max` characters: no control or direction characters, no blank at either end. */
export const text = (max: number) =>
  z
    .string()
    .min(1)
    .max(max, { abort: true })
    .regex(visible, { error: 'Write visible text without control or direction characters and without blanks at the ends' })

const visible =
  /^(?!\s)[^\u0000-\u001F\u007F-\u009F\u200B-\u200F\u2028-\u202E\u2060-\u2069\uD800-\uDFFF\uFEFF]*[^\s\u0000-\u001F\u007F-\u009F\u200B-\u200F\u2028-\u202E\u2060-\u2069\uD800-\uDFFF\uFEFF]$/u

/** A reference or code as a counterpart writes it: visible ASCII, no blanks. */
export const code = (max: number) =>
  z
    .string()
    .min(1)
    .max(max, { abort: true })
    .regex(/^[!-~]+$/, { error: 'Write visible ASCII characters without blanks' })

/** An upper-case word of our own lists: 'TANGIER', 'AUTH_GRANTED'. */
export const word = (max: number) =>
  z
    .string()
    .max(max, { abort: true })
    .regex(/^[A-Z][A-Z0-9_-]*$/, { error: 'Write an upper-case word' })

/** In lower case, as PostgreSQL gives it back: two spellings of one id would not compare equal. */
export const uuid = z
  .string()
  .regex(/^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/, { error: 'Write a UUID in lower case' })
  .meta({ format: 'uuid' })

/** From 1900 to 2199: the years that anything here can lie in, far enough from where those that are counted from them have four digits no more. */
const ourYears = /^(?:19|2[01])/

const inOurYears = (schema: z.ZodISODate | z.ZodISODateTime) =>
  schema
    .refine(value => ourYears.test(value), {
      error: 'Write a date from 1900 to 2199; where there is no end, leave it out',
      params: { rule: 'years' }
    })
    .meta({ allOf: [{ pattern: ourYears.source }] })

/** A day of the calendar, 2026-01-12, from 1900 to 2199; refused when the day does not exist. */
export const localDate = inOurYears(z.iso.date({ error: 'Write a day that exists as YYYY-MM-DD', abort: true }))

/** A point in time with its offset, 2026-01-12T08:30:00+01:00 (RFC 3339), from 1900 to 2199. */
export const instant = inOurYears(
  z.iso.datetime({ offset: true, error: 'Write a date and time with its offset, as 2026-01-12T08:30:00+01:00', abort: true })
)

/** What papers carry is often only the day: a day or an instant. */
export const moment = z
  .union([localDate, instant], { error: 'Write a day as YYYY-MM-DD, or a date and time with its offset' })
  .meta({ description: 'A day (2026-01-12) or an instant with its offset (2026-01-12T08:30:00+01:00)' })

/** From and to, both included. */
export const period = z
  .strictObject({ start: localDate, end: localDate })
  .refine(({ start, end }) => start <= end, { error: 'The period ends before it starts', params: { rule: 'period-order' }, path: ['end'] })

export const campaignYear = z.int().min(2000).max(2100)

/** Euros as a decimal string, since 41.10 has no exact binary form. */
export const amount = z.string().regex(/^(?:0|[1-9]\d{0,8})\.\d{2}$/, { error: 'Write an amount with two decimals, as 41.00' })

/** ISO 3166-1 alpha-3. */
export const country = z
  .string()
  .refine(isCountry, { error: 'Write the ISO 3166-1 alpha-3 code of a country, as MAR', params: { rule: 'country-code' } })
  .meta({ description: 'ISO 3166-1 alpha-3', pattern: '^[A-Z]{3}$' })

/** ISO 3166-2, as MA-KEN. */
export const subdivision = z.string().regex(/^[A-Z]{2}-[A-Z0-9]{1,3}$/, { error: 'Write an ISO 3166-2 code, as MA-KEN' })

/** E.164 with its plus sign. */
export const phone = z.string().regex(/^\+[1-9]\d{6,14}$/, { error: 'Write the phone number in E.164 form, as +212600000000' })

/** UN/LOCODE, as MATNG. */
export const locode = z.string().regex(/^[A-Z]{2}[A-Z2-9]{3}$/, { error: 'Write the UN/LOCODE of a port, as MATNG' })

/** A digest in lower-case hexadecimal, SHA-256. */
export const sha256 = z.string().regex(/^[0-9a-f]{64}$/, { error: 'Write the SHA-256 digest as 64 lower-case hexadecimal digits' })
