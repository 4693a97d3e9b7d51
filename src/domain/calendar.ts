// How the law counts time: months date to date, working or natural days, until 23:59 where the authority sits.
import { Temporal } from '@js-temporal/polyfill'
import { type Country, isHoliday } from './holidays.ts'

/** IANA time zones that deadlines and weeks are counted in. */
export type Zone = 'Europe/Madrid' | 'Africa/Casablanca'

export type Period = { months: number } | { workingDays: number } | { naturalDays: number }

/** The day (YYYY-MM-DD) that is `months` later, date to date; a day that the month does not have becomes its last (law 39/2015 art 30.4). */
export const addMonths = (day: string, months: number): string => {
  const from = atMidnight(day)
  const to = new Date(Date.UTC(from.getUTCFullYear(), from.getUTCMonth() + months, 1))
  const lastOfMonth = new Date(Date.UTC(to.getUTCFullYear(), to.getUTCMonth() + 1, 0)).getUTCDate()
  to.setUTCDate(Math.min(from.getUTCDate(), lastOfMonth))
  return toDay(to)
}

export const addDays = (day: string, days: number): string => toDay(new Date(atMidnight(day).getTime() + days * dayMs))

/** Days from `start` (included) to `end` (not included). */
export const daysBetween = (start: string, end: string): number => (atMidnight(end).getTime() - atMidnight(start).getTime()) / dayMs

const dayMs = 86_400_000

/**
 * A day without a zone as UTC's midnight, where all days are as long. Temporal, a polyfill still, counts the same in ten times as long, and
 * every event has its deadlines counted. @throws RangeError when there is no such day
 */
const atMidnight = (day: string): Date => {
  const at = new Date(`${day}T00:00:00Z`)
  if (Number.isNaN(at.getTime()) || toDay(at) !== day) throw new RangeError('A day must exist and be written YYYY-MM-DD.')
  return at
}

const toDay = (at: Date): string => at.toISOString().slice(0, 10)

/** The calendar day on which an instant falls in a zone. */
export const dayIn = (zone: Zone, at: Date): string => {
  const [day = ''] = dayFormats[zone].format(at).split(',')
  return day
}

/** The last moment of a day in a zone: deadlines run to 23:59 local, whatever the season's offset. */
export const endOfDay = (zone: Zone, day: string): Date => {
  const nextMidnight = Temporal.PlainDate.from(day).add({ days: 1 }).toZonedDateTime(zone)
  return new Date(nextMidnight.epochMilliseconds - 1)
}

/** Neither Saturday, Sunday nor a holiday of the country (law 39/2015 art 30.2). */
export const isWorkingDay = (day: string, country: Country): boolean =>
  ![0, 6].includes(atMidnight(day).getUTCDay()) && !isHoliday(day, country)

/** The day itself or the first working day after it. */
export const nextWorkingDay = (day: string, country: Country): string => {
  for (let ahead = 0; ahead <= holidaysInARowMax; ahead++) {
    const candidate = addDays(day, ahead)
    if (isWorkingDay(candidate, country)) return candidate
  }
  throw new RangeError(`No working day within ${holidaysInARowMax} days after ${day}: the holiday table must be wrong.`)
}

/**
 * The last day of a period that starts with what happened on `start`: counting begins the day after (law 39/2015 art 30.3, 30.4). A last day
 * that is no working day moves to the next one (art 30.5), except in periods of natural days, which the special rules count as they stand.
 * @throws RangeError when the period is longer than ten years or not positive.
 */
export const lastDayOf = (start: string, period: Period, country: Country): string => {
  if ('months' in period) return nextWorkingDay(addMonths(start, inRange(period.months, 120)), country)
  if ('naturalDays' in period) return addDays(start, inRange(period.naturalDays, 3660))
  let day = start
  for (let left = inRange(period.workingDays, 2600); left > 0; left--) day = nextWorkingDay(addDays(day, 1), country)
  return day
}

/** Holidays and weekends together never take three weeks. */
const holidaysInARowMax = 21

const inRange = (value: number, max: number): number => {
  if (Number.isInteger(value) && value > 0 && value <= max) return value
  throw new RangeError(`A period must be a whole number from 1 to ${max}.`)
}

const dayFormat = (timeZone: Zone) => new Intl.DateTimeFormat('en-CA', { timeZone, year: 'numeric', month: '2-digit', day: '2-digit' })

/** en-CA writes YYYY-MM-DD. */
const dayFormats: Record<Zone, Intl.DateTimeFormat> = {
  'Europe/Madrid': dayFormat('Europe/Madrid'),
  'Africa/Casablanca': dayFormat('Africa/Casablanca')
}
