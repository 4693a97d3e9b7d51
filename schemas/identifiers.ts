// The identifiers of a person, by scheme, each with its check rule.
import { z } from 'zod'
import { checkEstonian, checkLatvian, checkLithuanian } from './baltic-identifiers.ts'
import { accepted, type Check, refine, refused } from './check.ts'
import { identifierStatuses } from './codes.ts'
import { checkCnie, checkPassport } from './moroccan-identifiers.ts'
import { country, localDate } from './primitives.ts'
import { checkNie, checkNuss } from './spanish-identifiers.ts'

/** A scheme and its check; the country matters to passports alone. */
export const identifierChecks = {
  'MA-CNIE': checkCnie,
  PASSPORT: checkPassport,
  'ES-NIE': checkNie,
  'ES-NUSS': checkNuss,
  'LT-AK': checkLithuanian,
  'LV-PK': checkLatvian,
  'EE-IK': checkEstonian,
  /** The job-seeker number an agency gave; its own business, so only the form is checked. */
  'ANAPEC-DE': value =>
    /^[A-Z0-9/-]{1,30}$/.test(value)
      ? accepted
      : refused('agency-number-form', 'A job-seeker number is 1 to 30 capitals, digits, hyphens or slashes')
} as const satisfies Record<string, (value: string, country?: string) => Check>

export type IdentifierScheme = keyof typeof identifierChecks

export const identifierSchemes = Object.keys(identifierChecks) as [IdentifierScheme, ...IdentifierScheme[]]

/** Checks a value against the rule of its scheme. */
export const checkIdentifier = (scheme: IdentifierScheme, value: string, country?: string): Check => {
  const check: (value: string, country?: string) => Check = identifierChecks[scheme]
  return check(value, country)
}

export type Identifier = z.infer<typeof identifier>

/** One identifier of a person. `status` DISPUTED holds two numbers of one scheme side by side until the issuer decides. */
export const identifier = z
  .strictObject({
    scheme: z.enum(identifierSchemes),
    value: z.string().min(1).max(64, { abort: true }).describe('In capitals, without blanks; the check rule of the scheme applies'),
    country: country.optional(),
    validFrom: localDate.optional(),
    validTo: localDate.optional(),
    status: z.enum(identifierStatuses).optional()
  })
  .superRefine(({ scheme, value, country }, context) => {
    refine(checkIdentifier(scheme, value, country), context, ['value'])
    if (scheme === 'PASSPORT' && country === undefined)
      refine(refused('passport-country', 'A passport needs the country that issued it: numbers repeat between countries'), context, [
        'country'
      ])
  })
