// L2: nobody works more than nine months; three laws mean three different windows by that.
import { addDays, addMonths, daysBetween } from '../calendar.ts'
import type { LegalBasis } from './legal-basis.ts'
import type { Rule } from './rule.ts'

export const nineMonthRules: Readonly<Record<LegalBasis, Rule>> = {
  R1: {
    id: 'L2-R1',
    validFrom: '2011-06-30',
    validTo: '2022-08-15',
    citation: 'RD 557/2011 art 98.3 as first published: any twelve months'
  },
  R2: {
    id: 'L2-R2',
    validFrom: '2022-08-16',
    validTo: '2025-05-19',
    citation: 'RD 557/2011 art 167.3 as left by RD 629/2022: "in a year"'
  },
  R3: { id: 'L2-R3', validFrom: '2025-05-20', citation: 'RD 1155/2024 art 101.1, 106.2, 110.4, 111: calendar year' }
}

/** Days of work with one employer or several, both ends included: the alta and the last day before or of the baja. */
export interface Stint {
  /** YYYY-MM-DD. */
  alta: string
  baja: string
}

export type Verdict = 'ok' | 'review' | 'breach'

export interface Assessment {
  verdict: Verdict
  /** The fullest window: its first day, the day after its last, and the days worked in it. */
  from: string
  until: string
  days: number
  /** R2 can be read both ways; the stricter reading is given. */
  readings: 'one' | 'two, the stricter taken'
}

/**
 * Judges stints by the nine-month rule of a legal basis. One continuous stint counts date to date; broken ones count days, and since nine
 * months are 273 to 276 days depending on where they start, 274 to 276 are for a person to review.
 * @throws RangeError for a stint that ends before it starts, or more than 400 stints.
 */
export const assessNineMonths = (basis: LegalBasis, stints: readonly Stint[]): Assessment => {
  const spans = join(stints)
  if (basis === 'R1') return worst(inAnyTwelveMonths(spans))
  if (basis === 'R3') return worst([...inCalendarYears(spans), ...wholeSpans(spans)])
  return { ...worst([...inAnyTwelveMonths(spans), ...inCalendarYears(spans), ...wholeSpans(spans)]), readings: 'two, the stricter taken' }
}

/**
 * The last day that somebody who began (or begins) on `alta` may work without review, given what she worked before; null when not even
 * that day.
 */
export const lastLawfulDay = (basis: LegalBasis, before: readonly Stint[], alta: string): string | null => {
  let lawful: string | null = null
  for (let day = alta, tried = 0; tried < searchDaysMax; day = addDays(day, 1), tried++) {
    if (assessNineMonths(basis, [...before, { alta, baja: day }]).verdict !== 'ok') return lawful
    lawful = day
  }
  return lawful
}

/** No stint is lawful for longer than nine months, whatever the windows. */
const searchDaysMax = 280

/** Half-open: [start, end). */
type Span = readonly [start: string, end: string]

/** Overlapping and adjoining stints are one: a change of employer from one day to the next is no break. */
const join = (stints: readonly Stint[]): Span[] => {
  if (stints.length > 400) throw new RangeError('At most 400 stints can be judged at once.')
  const spans: Span[] = []
  for (const { alta, baja } of [...stints].sort((a, b) => (a.alta < b.alta ? -1 : a.alta > b.alta ? 1 : 0))) {
    if (baja < alta) throw new RangeError('A stint ends before it starts.')
    const end = addDays(baja, 1)
    const last = spans.at(-1)
    if (last !== undefined && alta <= last[1]) spans[spans.length - 1] = [last[0], later(end, last[1])]
    else spans.push([alta, end])
  }
  return spans
}

const later = (a: string, b: string): string => (a < b ? b : a)

const earlier = (a: string, b: string): string => (a < b ? a : b)

/** The windows of twelve months that end where a span ends: no other holds more days. */
const inAnyTwelveMonths = (spans: readonly Span[]): Assessment[] => spans.map(([, end]) => within(spans, [addMonths(end, -12), end]))

const inCalendarYears = (spans: readonly Span[]): Assessment[] => {
  const years = new Set(spans.flatMap(([start, end]) => [start.slice(0, 4), addDays(end, -1).slice(0, 4)]))
  return [...years].map(year => within(spans, [`${year}-01-01`, `${Number(year) + 1}-01-01`]))
}

const wholeSpans = (spans: readonly Span[]): Assessment[] => spans.map(span => within([span], span))

const within = (spans: readonly Span[], [from, until]: Span): Assessment => {
  const worked = spans.map(([start, end]): Span => [later(start, from), earlier(end, until)]).filter(([start, end]) => start < end)
  const days = worked.reduce((sum, [start, end]) => sum + daysBetween(start, end), 0)
  return { verdict: verdictOf(worked, days), from, until, days, readings: 'one' }
}

const verdictOf = (worked: readonly Span[], days: number): Verdict => {
  const [only] = worked
  if (worked.length === 1 && only !== undefined) return addMonths(only[0], 9) >= only[1] ? 'ok' : 'breach'
  return days <= 273 ? 'ok' : days <= 276 ? 'review' : 'breach'
}

const severity: Readonly<Record<Verdict, number>> = { ok: 0, review: 1, breach: 2 }

const worst = (assessments: readonly Assessment[]): Assessment =>
  assessments.reduce(
    (fullest, one) =>
      severity[one.verdict] > severity[fullest.verdict] || (one.verdict === fullest.verdict && one.days > fullest.days) ? one : fullest,
    { verdict: 'ok', from: '', until: '', days: 0, readings: 'one' }
  )
