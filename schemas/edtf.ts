// Birth dates as people have them: EDTF (ISO 8601-2) with the day, or month and day, unspecified.
import { z } from 'zod'
import { accepted, type Check, refine, refused } from './check.ts'

/** '1989-03-15', '1975-03-XX' or '1975-XX-XX'. */
export const birthDate = z
  .string()
  .max(10, { abort: true })
  .superRefine((value, context) => refine(checkBirthDate(value), context))
  .meta({
    description: 'EDTF level 1: 1989-03-15, or 1975-03-XX and 1975-XX-XX where the document leaves day or month open',
    pattern: '^\\d{4}-(?:\\d{2}-(?:\\d{2}|XX)|XX-XX)$'
  })

/** Refuses other forms and days that the calendar does not have. */
export const checkBirthDate = (value: string): Check => {
  const parts = partsOf(value)
  if (!parts) return refused('edtf-form', 'Write the birth date as 1989-03-15, or 1975-03-XX or 1975-XX-XX where day or month are unknown')
  if (parts.month === undefined) return accepted
  if (parts.month < 1 || parts.month > 12) return refused('edtf-month', 'The month of the birth date is not 01 to 12')
  if (parts.day !== undefined && (parts.day < 1 || parts.day > daysOf(parts.year, parts.month)))
    return refused('edtf-day', 'The day of the birth date does not exist in that month')
  return accepted
}

/** The first day it can be, as YYYY-MM-DD. Throws RangeError when the value is no birth date. */
export const earliestDate = (value: string): string => {
  const { year, month, day } = knownParts(value)
  return format(year, month ?? 1, day ?? 1)
}

/** The last day it can be, as YYYY-MM-DD: on it an age is judged, so that nobody counts as older than proven. */
export const latestDate = (value: string): string => {
  const { year, month, day } = knownParts(value)
  return format(year, month ?? 12, day ?? daysOf(year, month ?? 12))
}

/** Full years on `onDate` (YYYY-MM-DD) that are certain: counted from the latest possible birth date. */
export const certainAge = (value: string, onDate: string): number => {
  const latest = latestDate(value)
  return Number(onDate.slice(0, 4)) - Number(latest.slice(0, 4)) - (onDate.slice(5) < latest.slice(5) ? 1 : 0)
}

/** Six characters as ICAO 9303 prints them: '890315', '7503<<', '75<<<<'. */
export const toMrzDate = (value: string): string => {
  knownParts(value)
  return `${value.slice(2, 4)}${value.slice(5, 7)}${value.slice(8, 10)}`.replaceAll('X', '<')
}

/** Reads an MRZ birth date; the century is the one that puts the birth in the hundred years up to `asOf` (YYYY-MM-DD). Null when it is no date. */
export const fromMrzBirthDate = (value: string, asOf: string): string | null => {
  if (!/^\d{2}(?:\d{2}|<<)(?:\d{2}|<<)$/.test(value)) return null
  const rest = `${value.slice(0, 2)}-${value.slice(2, 4)}-${value.slice(4, 6)}`.replaceAll('<', 'X')
  const century = Number(asOf.slice(0, 2))
  const birth = [`${century}${rest}`, `${century - 1}${rest}`].find(
    candidate => checkBirthDate(candidate).ok && earliestDate(candidate) <= asOf
  )
  return birth ?? null
}

interface Parts {
  year: number
  month?: number
  day?: number
}

const partsOf = (value: string): Parts | null => {
  const match = /^(\d{4})-(\d{2}|XX)-(\d{2}|XX)$/.exec(value)
  if (!match || (match[2] === 'XX' && match[3] !== 'XX')) return null
  return {
    year: Number(match[1]),
    ...(match[2] === 'XX' ? {} : { month: Number(match[2]) }),
    ...(match[3] === 'XX' ? {} : { day: Number(match[3]) })
  }
}

const knownParts = (value: string): Parts => {
  const parts = partsOf(value)
  if (!parts || !checkBirthDate(value).ok) throw new RangeError('Not a birth date in EDTF: check it with the birthDate schema first')
  return parts
}

/** setUTCFullYear, since Date.UTC takes the years 0 to 99 for 1900 to 1999. */
const daysOf = (year: number, month: number): number => {
  const date = new Date(0)
  date.setUTCFullYear(year, month, 0)
  return date.getUTCDate()
}

const format = (year: number, month: number, day: number): string =>
  `${String(year).padStart(4, '0')}-${String(month).padStart(2, '0')}-${String(day).padStart(2, '0')}`
