// L5: how old a worker must be on the day the contract starts, judged on the latest birth date that her papers allow.
import { certainAge } from '../../../schemas/edtf.ts'
import type { Rule } from './rule.ts'

export const ageRules = {
  law: { id: 'L5-law', years: 16, validFrom: '2011-06-30', citation: 'RD 1155/2024 art 100; Workers’ Statute art 6' },
  programme: { id: 'L5-programme', years: 18, validFrom: '2011-06-30', citation: 'Rule of the programme, stricter than the law' }
} as const satisfies Record<string, Rule & { years: number }>

/**
 * True when somebody is certainly `years` old on a day (YYYY-MM-DD). The birth date is EDTF: who was born in '2008-XX-XX' counts as born on
 * 31 December 2008.
 */
export const isOldEnough = (birthDate: string, day: string, years: number = ageRules.programme.years): boolean =>
  certainAge(birthDate, day) >= years
