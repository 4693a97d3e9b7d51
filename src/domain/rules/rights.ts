// P7: what a person may ask for, under which law, and how soon she must have her answer.
import { addDays, lastDayOf } from '../calendar.ts'
import { inForce, type Rule } from './rule.ts'

export const rightKinds = ['access', 'rectification', 'erasure', 'objection'] as const
export type RightKind = (typeof rightKinds)[number]

export const rightsLaws = ['gdpr', '09-08'] as const
/** GDPR (Spain, Lithuania, Latvia, Estonia), or the law of Morocco. */
export type RightsLaw = (typeof rightsLaws)[number]

type Term = { months: number } | { clearDays: number }

interface RightRule extends Rule {
  term: Term
}

const gdpr = (id: string, article: string): readonly RightRule[] => [
  { id, validFrom: '2018-05-25', citation: `GDPR art 12.3, ${article}; Regulation 1182/71 art 3`, term: { months: 1 } }
]

const morocco = (id: string, term: Term, citation: string): readonly RightRule[] => [{ id, validFrom: '2009-02-18', citation, term }]

/** By law and right, every edition. */
export const rightRules: Readonly<Record<RightsLaw, Readonly<Record<RightKind, readonly RightRule[]>>>> = {
  gdpr: {
    access: gdpr('P7-gdpr-access', 'art 15'),
    rectification: gdpr('P7-gdpr-rectification', 'art 16'),
    erasure: gdpr('P7-gdpr-erasure', 'art 17'),
    objection: gdpr('P7-gdpr-objection', 'art 21')
  },
  '09-08': {
    access: morocco('P7-0908-access', { months: 1 }, 'Law 09-08 art 7, without delay; policy: one month'),
    rectification: morocco('P7-0908-rectification', { clearDays: 10 }, 'Law 09-08 art 8: ten clear days, free of charge'),
    erasure: morocco('P7-0908-erasure', { clearDays: 10 }, 'Law 09-08 art 8: ten clear days, as for a rectification'),
    objection: morocco('P7-0908-objection', { months: 1 }, 'Law 09-08 art 9; policy: one month')
  }
}

/**
 * The last day (YYYY-MM-DD) on which she must have her answer; undefined when the law was not in force yet. Of ten clear days neither the
 * first nor the last counts: the answer is due on the tenth full day, a day before the law's own limit.
 */
export const answerDue = (law: RightsLaw, kind: RightKind, askedOn: string): { dueOn: string; rule: Rule } | undefined => {
  const rule = inForce(rightRules[law][kind], askedOn)
  if (rule === undefined) return undefined
  const dueOn =
    'months' in rule.term ? lastDayOf(askedOn, rule.term, law === 'gdpr' ? 'ESP' : 'MAR') : addDays(askedOn, rule.term.clearDays)
  return { dueOn, rule }
}
