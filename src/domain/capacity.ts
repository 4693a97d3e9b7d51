// The visa quota as a calendar: ISO weeks of Europe/Madrid, each less what holidays take.
import { Temporal } from '@js-temporal/polyfill'
import { dayIn } from './calendar.ts'
import { holidays } from './holidays.ts'

const zone = 'Europe/Madrid'

/** A shared quota: so many a week; `carryOver` is how many unused places of one week the next may use at most. */
export interface Capacity {
  weekly: number
  carryOver?: number
}

/** The ISO 8601 week of an instant in Europe/Madrid, '2026-W07'. The year is the week's: 1 January 2027 lies in '2026-W53'. */
export const weekOf = (at: Date): string => nameOf(Temporal.PlainDate.from(dayIn(zone, at)))

/** The week after `week`. */
export const nextWeek = (week: string): string => nameOf(mondayOf(week).add({ days: 7 }))

/** The week's first instant, Monday 00:00 in Europe/Madrid: a row that found no place may try again then. */
export const weekStart = (week: string): Date => new Date(mondayOf(week).toZonedDateTime(zone).epochMilliseconds)

/**
 * Places in a week: the weekly number less a fifth for each holiday of either country from Monday to Friday, rounded once. A day that is a
 * holiday in both countries counts once. Never below 0. `closed` (YYYY-MM-DD) are the holidays, the dated table when absent.
 */
export const weeklyQuota = (week: string, weekly: number, closed: ReadonlySet<string> = holidaysOfBoth): number => {
  const monday = mondayOf(week)
  const daysLost = [0, 1, 2, 3, 4].filter(days => closed.has(monday.add({ days }).toString())).length
  return Math.max(0, weekly - Math.round((weekly * daysLost) / 5))
}

/** A week's places with what the week before left over, as far as the capacity carries over. */
export const quotaWithCarryOver = (
  week: string,
  { weekly, carryOver = 0 }: Capacity,
  unusedBefore: number,
  closed?: ReadonlySet<string>
): number => weeklyQuota(week, weekly, closed) + Math.max(0, Math.min(carryOver, unusedBefore))

export interface Forecast {
  /** The week of the last place. */
  lastWeek: string
  /** How many go in which week, the first first. */
  weeks: { week: string; places: number }[]
}

/**
 * When a queue of `queueLength` will have gone, if every week from the one of `from` is used up. `usedInFirstWeek` places are gone already.
 * null when the queue is not done within ten years (a capacity of 0), and for an empty queue.
 */
export const forecast = (
  queueLength: number,
  from: Date,
  capacity: Capacity,
  usedInFirstWeek = 0,
  closed?: ReadonlySet<string>
): Forecast | null => {
  const weeks: Forecast['weeks'] = []
  let left = queueLength
  let week = weekOf(from)
  let used = usedInFirstWeek
  let unusedBefore = 0
  for (let tried = 0; tried < weeksMax && left > 0; tried++) {
    const free = Math.max(0, quotaWithCarryOver(week, capacity, unusedBefore, closed) - used)
    const places = Math.min(free, left)
    if (places > 0) weeks.push({ week, places })
    left -= places
    unusedBefore = free - places
    used = 0
    week = nextWeek(week)
  }
  const last = weeks.at(-1)
  return left > 0 || last === undefined ? null : { lastWeek: last.week, weeks }
}

const weeksMax = 520

const holidaysOfBoth: ReadonlySet<string> = new Set(holidays.map(({ day }) => day))

const nameOf = (day: Temporal.PlainDate): string => `${String(day.yearOfWeek).padStart(4, '0')}-W${String(day.weekOfYear).padStart(2, '0')}`

/** The Monday of a week; the fourth of January is always in week 1. */
const mondayOf = (week: string): Temporal.PlainDate => {
  const match = /^(\d{4})-W(\d{2})$/.exec(week)
  if (match === null) throw new RangeError(`Write the week as 2026-W07, not ${JSON.stringify(week)}.`)
  const fourth = new Temporal.PlainDate(Number(match[1]), 1, 4)
  const monday = fourth.subtract({ days: fourth.dayOfWeek - 1 }).add({ weeks: Number(match[2]) - 1 })
  if (nameOf(monday) !== week) throw new RangeError(`The year ${match[1]} has no week ${match[2]}.`)
  return monday
}
