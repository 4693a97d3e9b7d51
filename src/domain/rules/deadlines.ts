// L10: every period that the law sets, from which event it runs and how it is counted.
import { addMonths, endOfDay, lastDayOf, type Period, type Zone } from '../calendar.ts'
import type { Country } from '../holidays.ts'
import { inForce, type Rule } from './rule.ts'

interface DeadlineRule extends Rule {
  /** What starts it. */
  start: string
  period: Period
  /** Whose holidays count, and in whose evening it ends. */
  country: Country
  zone: Zone
}

const spain = { country: 'ESP', zone: 'Europe/Madrid' } as const

export type DeadlineName =
  | 'nieReport'
  | 'resolution'
  | 'mending'
  | 'visaLodging'
  | 'visaDecision'
  | 'visaPickup'
  | 'alta'
  | 'tie'
  | 'baja'
  | 'returnAppearance'
  | 'callbackDecision'
  | 'rowAnswers'

const current = { validFrom: '2025-05-20' } as const
const always = { validFrom: '2011-06-30' } as const

/** By name, every edition. Periods in days are working days unless the text says natural (law 39/2015 art 30.2). */
export const deadlineRules: Readonly<Record<DeadlineName, readonly DeadlineRule[]>> = {
  nieReport: [
    {
      id: 'L10-nie',
      ...current,
      citation: 'RD 1155/2024 art 122.9',
      start: 'acta sent to the police',
      period: { workingDays: 2 },
      ...spain
    }
  ],
  resolution: [
    { id: 'L10-resolution', ...current, citation: 'RD 1155/2024 art 122.10', start: 'request filed', period: { months: 1 }, ...spain }
  ],
  mending: [
    { id: 'L10-mending', ...always, citation: 'Law 39/2015 art 68.1', start: 'notice of defects', period: { workingDays: 10 }, ...spain }
  ],
  visaLodging: [
    {
      id: 'L10-lodging-RD557',
      validFrom: '2011-06-30',
      validTo: '2025-05-19',
      citation: 'RD 557/2011 art 174.1 as left by RD 629/2022',
      start: 'grant notified to the employer',
      period: { months: 2 },
      ...spain
    },
    {
      id: 'L10-lodging',
      ...current,
      citation: 'RD 1155/2024 art 40.1.b, 103.5',
      start: 'grant notified to the employer',
      period: { months: 1 },
      ...spain
    }
  ],
  visaDecision: [
    {
      id: 'L10-decision',
      ...current,
      citation: 'Order of the year, visas chapter',
      start: 'visa lodged',
      period: { workingDays: 5 },
      ...spain
    }
  ],
  visaPickup: [
    { id: 'L10-pickup', ...current, citation: 'RD 1155/2024 art 40.3', start: 'visa notified', period: { months: 1 }, ...spain }
  ],
  alta: [{ id: 'L10-alta', ...current, citation: 'RD 1155/2024 art 103.6', start: 'entry', period: { naturalDays: 3 }, ...spain }],
  tie: [{ id: 'L10-tie', ...current, citation: 'RD 1155/2024 art 101.3', start: 'alta', period: { months: 1 }, ...spain }],
  baja: [{ id: 'L10-baja', ...always, citation: 'RD 84/1996 art 32.3.2', start: 'end of activity', period: { naturalDays: 3 }, ...spain }],
  returnAppearance: [
    {
      id: 'L10-return',
      ...always,
      citation: 'RD 557/2011 art 99.2 as first published; order of the year, annex VIII',
      start: 'end of activity',
      period: { months: 1 },
      ...spain
    }
  ],
  callbackDecision: [
    { id: 'L10-callback', ...current, citation: 'RD 1155/2024 art 106, 123.3', start: 'call-back filed', period: { months: 1 }, ...spain }
  ],
  // Of the gateway, not of a law: whoever promises answers row by row gets as long as the authority has for a request, unless its settings say.
  rowAnswers: [
    {
      id: 'T1-answers',
      ...always,
      citation: 'Practice of the programme, after RD 1155/2024 art 122.10',
      start: 'parcel taken with a promise of row answers',
      period: { months: 1 },
      ...spain
    }
  ]
}

export interface Deadline {
  /** YYYY-MM-DD. */
  lastDay: string
  /** 23:59 of that day where the authority sits. */
  endsAt: Date
  rule: Rule
}

/** The deadline that starts with what happened on a day (YYYY-MM-DD); undefined when no edition was in force on that day. */
export const deadline = (name: DeadlineName, startedOn: string): Deadline | undefined => {
  const rule = inForce(deadlineRules[name], startedOn)
  if (rule === undefined) return undefined
  const lastDay = lastDayOf(startedOn, rule.period, rule.country)
  return {
    lastDay,
    // Where the zone's offset must be asked for, the most of the work; most callers compare days.
    get endsAt() {
      return endOfDay(rule.zone, lastDay)
    },
    rule
  }
}

export const filingLead: Readonly<Record<'generic' | 'callback' | 'individual', Rule & { months: number }>> = {
  generic: { id: 'L10-lead-generic', months: 3, ...current, citation: 'RD 1155/2024 art 122.2-3' },
  callback: { id: 'L10-lead-callback', months: 3, ...current, citation: 'RD 1155/2024 art 106, 123.3' },
  individual: { id: 'L10-lead-individual', months: 2, ...current, citation: 'RD 1155/2024 art 103.2' }
}

/** The last day on which an offer or call-back may be filed for work that starts on a day (YYYY-MM-DD). */
export const lastFilingDay = (kind: keyof typeof filingLead, start: string): string => addMonths(start, -filingLead[kind].months)
