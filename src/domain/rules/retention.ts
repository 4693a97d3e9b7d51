// P1 to P6: how long a person's data is kept, by what became of her. Policy where the law only says "no longer than necessary".
import { addDays, addMonths } from '../calendar.ts'
import { type Ground, legalObligation, publicInterest } from '../dpv.ts'
import type { PlacementState } from '../lifecycle/placement.ts'
import { inForce, type Rule } from './rule.ts'

export interface RetentionRule extends Rule, Ground {
  months: number
  /** What it is counted from. */
  from:
    | 'the end of the campaign'
    | 'the last day of the authorization'
    | 'the end of what went before'
    | 'the day of blocking'
    | 'the erasure'
    | 'the act'
}

export type RetentionName =
  | 'notSelected'
  | 'duplicateCheck'
  | 'ordinaryPermit'
  | 'lookBack'
  | 'socialSecurity'
  | 'claims'
  | 'infringements'
  | 'formerNames'

const sinceGdpr = { validFrom: '2018-05-25' } as const
const sinceLopd = { validFrom: '2018-12-07' } as const

/**
 * P6, policy (GDPR art 5.1.e): what is about nobody that we know of, or about the transport alone. Whole messages, rows and questions under a key of their
 * own, envelopes and signatures, documents that nobody took.
 */
export const transportDays = 90

/** By name, every edition. The one in force on the day that the period begins applies until its end. */
export const retentionRules: Readonly<Record<RetentionName, readonly RetentionRule[]>> = {
  notSelected: [
    {
      id: 'P1',
      purposes: ['dpv:RecordManagement'],
      legalBases: publicInterest,
      ...sinceGdpr,
      months: 12,
      from: 'the end of the campaign',
      citation: 'Policy: GDPR art 5.1.e; law 09-08 art 3.1.e'
    }
  ],
  duplicateCheck: [
    {
      id: 'P2',
      purposes: ['dpv:IdentityVerification'],
      legalBases: publicInterest,
      ...sinceGdpr,
      months: 24,
      from: 'the end of the campaign',
      citation: 'Policy: GDPR art 5.1.c and 5.1.e, keyed hashes alone'
    }
  ],
  ordinaryPermit: [
    {
      id: 'P3-permit',
      purposes: ['dpv:LegalCompliance'],
      legalBases: publicInterest,
      ...sinceGdpr,
      months: 6,
      from: 'the last day of the authorization',
      citation: 'RD 1155/2024 art 191.6.b: the two-year permit may be asked for until then'
    }
  ],
  lookBack: [
    {
      id: 'P3-look-back',
      purposes: ['dpv:Verification'],
      legalBases: publicInterest,
      ...sinceGdpr,
      months: 24,
      from: 'the end of what went before',
      citation: 'Policy: earlier years are looked at when somebody is called back, RD 1155/2024 art 106, 123'
    }
  ],
  socialSecurity: [
    {
      id: 'P4-social-security',
      purposes: ['dpv:LegalCompliance'],
      legalBases: legalObligation,
      ...sinceGdpr,
      months: 48,
      from: 'the end of the campaign',
      citation: 'RDLeg 5/2000 art 4.2, 21.1'
    }
  ],
  claims: [
    {
      id: 'P4-claims',
      purposes: ['dpv:DisputeManagement'],
      legalBases: legalObligation,
      ...sinceGdpr,
      months: 60,
      from: 'the end of the campaign',
      citation: 'Civil code (Spain) art 1964.2'
    }
  ],
  infringements: [
    {
      id: 'P4-infringements',
      purposes: ['dpv:LegalCompliance'],
      legalBases: legalObligation,
      ...sinceLopd,
      months: 36,
      from: 'the day of blocking',
      citation: 'LO 3/2018 art 32.2, 72.1'
    }
  ],
  formerNames: [
    {
      id: 'P5',
      purposes: ['dpv:RecordManagement'],
      legalBases: legalObligation,
      ...sinceGdpr,
      months: 24,
      from: 'the erasure',
      citation: 'Policy: GDPR art 17.3.b, so that who goes on speaking of her is told; keyed hashes alone'
    }
  ]
}

/** P8: what was done by hand, by whom and why, names people by our ids alone; it answers for what was done to their data, as long as anybody may ask. */
export const auditRules: readonly RetentionRule[] = [
  {
    id: 'P8',
    ...sinceGdpr,
    purposes: ['dpv:RecordManagement'],
    legalBases: legalObligation,
    months: 60,
    from: 'the act',
    citation: 'Policy: GDPR art 5.2, as long as claims may be brought, civil code (Spain) art 1964.2'
  }
]

/** For each edition its own acts, by the days on which it was in force, and before which day of those they need not be kept any more on `today`. */
export const actsOver = (
  today: string,
  rules: readonly RetentionRule[] = auditRules
): { rule: string; from: string | null; before: string }[] =>
  rules.map(({ id, validFrom, validTo, months }, edition) => {
    const over = addMonths(today, -months)
    return {
      rule: id,
      from: edition === 0 ? null : validFrom,
      before: validTo !== undefined && validTo < over ? addDays(validTo, 1) : over
    }
  })

/** From this moment on every act is still there, whenever on this day those of before are forgotten. */
export const actsKeptSince = (now: Date, rules: readonly RetentionRule[] = auditRules): Date => {
  const days = actsOver(now.toISOString().slice(0, 10), rules).map(({ before }) => before)
  return new Date(`${addDays(days.toSorted().at(-1) as string, 1)}T00:00:00Z`)
}

/** What of a person's files decides, hers and those linked to her taken together. Days are YYYY-MM-DD. */
export interface RetentionFile {
  /** The id is for whoever shows it; it decides nothing. */
  placements: readonly { id?: string; campaign: number; state: PlacementState | 'NEW' }[]
  authorizations: readonly { wasGranted: boolean; validTo: string | null }[]
  /** When she was first heard of: counts where there is no placement. */
  knownSince: string
}

/** One step of the reckoning. */
export interface Step {
  rule: RetentionRule
  from: string
  until: string
}

export type Retention =
  | { ends: 'erase' | 'block'; steps: readonly Step[] /** The last day on which it is kept. */; until: string }
  /** Nothing is blocked or erased until a person decides. */
  | { ends: 'frozen'; because: string }

/** What becomes of her data, and when. */
export const retentionOf = (file: RetentionFile): Retention => {
  if (file.placements.some(({ state }) => state === 'DECEASED')) {
    return { ends: 'frozen', because: 'she died: her consulate and her heirs may need it' }
  }
  const end = campaignEnd(file)
  if (!wasSelected(file)) return reckoned('erase', [step('notSelected', end)])
  const granted = file.authorizations.filter(({ wasGranted }) => wasGranted).flatMap(({ validTo }) => validTo ?? [])
  const window = granted.map(validTo => step('ordinaryPermit', validTo))
  const last = latest(window)
  // A placement that ended after all of its authorizations counts from its own end.
  const before = last === undefined || last.until < end ? [] : [last]
  return reckoned('block', [...before, step('lookBack', before[0]?.until ?? end)])
}

/** The last day on which blocked data is kept: when the last limitation of what it may prove has run. */
export const blockedUntil = (file: RetentionFile, blockedOn: string): { until: string; steps: readonly Step[] } => {
  const end = campaignEnd(file)
  const steps = [step('socialSecurity', end), step('claims', end), step('infringements', blockedOn)]
  return { until: (latest(steps) as Step).until, steps }
}

/** The last day on which the keyed hashes of documents of somebody who was not selected are kept; null where none are. */
export const identifiersUntil = (file: RetentionFile): string | null =>
  wasSelected(file) || retentionOf(file).ends === 'frozen' ? null : step('duplicateCheck', campaignEnd(file)).until

/** The last day on which the keyed hashes of the names that clients and partners had for somebody erased are kept. */
export const formerNamesUntil = (erasedOn: string): string => step('formerNames', erasedOn).until

/** Nobody chose her, or she left before anybody did. Where an authorization was asked for, somebody had. */
const unselected: readonly RetentionFile['placements'][number]['state'][] = [
  'NEW',
  'REGISTERED',
  'PRESELECTED',
  'DISCARDED',
  'RESERVE',
  'REJECTED',
  'ABSENT',
  'WITHDRAWN',
  'CLOSED'
]

const wasSelected = ({ placements, authorizations }: RetentionFile): boolean =>
  authorizations.length > 0 || placements.some(({ state }) => !unselected.includes(state))

/** A campaign is a calendar year (RD 1155/2024 art 101.1). */
const campaignEnd = ({ placements, knownSince }: RetentionFile): string =>
  placements.length === 0 ? knownSince : `${Math.max(...placements.map(({ campaign }) => campaign))}-12-31`

const reckoned = (ends: 'erase' | 'block', steps: readonly Step[]): Retention => ({ ends, steps, until: (steps.at(-1) as Step).until })

/** Of a day before any edition the first one counts: it was made for what was kept by then. */
const step = (name: RetentionName, from: string): Step => {
  const editions = retentionRules[name]
  const rule = inForce(editions, from) ?? (editions[0] as RetentionRule)
  return { rule, from, until: addMonths(from, rule.months) }
}

const latest = (steps: readonly Step[]): Step | undefined => steps.toSorted((a, b) => (a.until < b.until ? -1 : 1)).at(-1)
