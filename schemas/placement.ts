// The sections of a placement from registration to commitment: registration, selection, contract, return commitment.
import { z } from 'zod'
import { cefrLevels, payUnits, selectionResults } from './codes.ts'
import { occupation } from './occupation.ts'
import { amount, code, localDate, moment, period, sha256, subdivision, text } from './primitives.ts'
import { agreementCode, employerNumber } from './spanish-identifiers.ts'

/** An agency of the country of origin, as ANP-KEN-01: agency, province, number. */
export const agency = z.string().regex(/^[A-Z]{3}-[A-Z0-9]{2,4}-\d{2}$/, { error: 'Write the agency as ANP-KEN-01' })

/** `cif` is the employer's tax number: a company's CIF, or the NIF or NIE of a farmer who employs in person. */
export const employer = z.strictObject({ cif: employerNumber, name: text(120) })

export type Employer = z.infer<typeof employer>

/** NACE or CNAE, with or without its point: 01.25, 0125. */
export const activity = z.string().regex(/^\d{2}\.?\d{2}$/, { error: 'Write the activity as a four-digit NACE or CNAE code, as 01.25' })

export const workplace = z.strictObject({
  municipality: z.string().regex(/^\d{5}$/, { error: 'Write the INE code of the municipality, five digits, as 21050' })
})

export const pay = z.strictObject({ amount, unit: z.enum(payUnits), agreementCode: agreementCode.optional() })

const hoursOf = (max: number) => z.number().positive().max(max)

export const hours = z.strictObject({
  perDay: hoursOf(24).optional(),
  perWeek: hoursOf(168).optional(),
  restDays: z.number().min(0).max(7).optional()
})

/** `reason` why the agency chose or discarded is the agency's and the person's alone. */
export const registration = z.strictObject({
  agency: agency.optional(),
  registeredAt: moment.optional(),
  place: subdivision.optional(),
  reason: text(200).optional(),
  experience: z
    .array(z.strictObject({ crop: text(40), months: z.int().min(0).max(720) }))
    .max(20)
    .optional(),
  languages: z
    .array(
      z.strictObject({
        language: z.string().regex(/^[a-z]{2,3}$/, { error: 'Write the language as an ISO 639 code, as es' }),
        cefr: z.enum(cefrLevels)
      })
    )
    .max(20)
    .optional()
})

/** What the acta (record of selection) says of one person. */
export const selection = z.strictObject({
  offer: code(64).optional(),
  acta: code(64).optional(),
  site: text(40).optional(),
  rank: z.int().min(1).max(100_000).optional(),
  result: z.enum(selectionResults).optional(),
  employer: employer.optional(),
  occupation: occupation.optional(),
  activity: activity.optional(),
  workplace: workplace.optional(),
  period: period.optional()
})

export const contract = z.strictObject({
  reference: code(64).optional(),
  signedAt: moment.optional(),
  type: code(16).optional(),
  pay: pay.optional(),
  hours: hours.optional(),
  occupation: occupation.optional(),
  start: localDate.optional(),
  end: localDate.optional()
})

/** The return commitment (annex VI): that it was signed and the digest of the paper, never the paper. */
export const commitment = z.strictObject({ signedAt: moment.optional(), hash: sha256.optional() })
