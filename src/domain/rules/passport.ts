// L4: how long a passport must still be valid on the day the visa application is lodged.
import { addMonths } from '../calendar.ts'
import { inForce, type Rule } from './rule.ts'

export const passportRules = {
  RD557: {
    id: 'L4-RD557',
    months: 4,
    validFrom: '2011-06-30',
    validTo: '2025-05-19',
    citation: 'RD 557/2011 art 174.1.a as left by RD 629/2022'
  },
  RD1155: { id: 'L4-RD1155', months: 12, validFrom: '2025-05-20', citation: 'RD 1155/2024 art 38.d' }
} as const satisfies Record<string, Rule & { months: number }>

const editions: readonly (Rule & { months: number })[] = Object.values(passportRules)

export interface PassportJudgement {
  suffices: boolean
  /** The first expiry date (YYYY-MM-DD) that would do. */
  expiryNeeded: string
  rule: Rule
}

/** Judges an expiry date by the law of the lodging date (both YYYY-MM-DD); undefined where no law is known. */
export const judgePassport = (expiryDate: string, lodgedOn: string): PassportJudgement | undefined => {
  const rule = inForce(editions, lodgedOn)
  if (rule === undefined) return undefined
  const expiryNeeded = addMonths(lodgedOn, rule.months)
  return { suffices: expiryDate >= expiryNeeded, expiryNeeded, rule }
}

/** For the entry of a repeater with her TIE it is enough that the passport is valid on the day. */
export const validOn = (expiryDate: string, day: string): boolean => expiryDate >= day
