// L3: the authorization lasts four years, each activity year lies inside it, and what may follow has its own window.
import { addDays, addMonths } from '../calendar.ts'
import type { Rule } from './rule.ts'

export const authorizationValidity: Rule & { years: number } = {
  id: 'L3',
  years: 4,
  validFrom: '2022-08-16',
  citation: 'RD 1155/2024 art 101.1, 191.6.b; RD 557/2011 art 167 as left by RD 629/2022'
}

/** The last day (YYYY-MM-DD) of an authorization valid from a day. */
export const lastDayOfAuthorization = (validFrom: string): string => addDays(addMonths(validFrom, 12 * authorizationValidity.years), -1)

/** True when an activity period lies inside the authorization; all days included. */
export const liesWithin = (period: { start: string; end: string }, authorization: { validFrom: string; validTo: string }): boolean =>
  authorization.validFrom <= period.start && period.end <= authorization.validTo

/** When the two-year ordinary permit may be asked for: from three months before the end until six months after. */
export const ordinaryPermitWindow = (validTo: string): { from: string; to: string } => ({
  from: addMonths(validTo, -3),
  to: addMonths(validTo, 6)
})
