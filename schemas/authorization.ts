// The sections of the work authorisation: the employer's request, the authority's decision, the call-back of a repeater.
import { z } from 'zod'
import { authorizationDecisions, callbackOutcomes, feePayers, legalBases } from './codes.ts'
import { occupation } from './occupation.ts'
import { employer } from './placement.ts'
import { amount, code, localDate, moment, period, text, word } from './primitives.ts'
import { employerNumber, nie } from './spanish-identifiers.ts'

/** Lodging and issuing may be two consulates: RABAT takes the joint application, TANGIER prints the visa. */
export const consulateRoute = z.strictObject({ lodging: word(20), issuing: word(20) })

/** Proof that a fee was paid: model 790, code 062 (work) or 052 (residence). `paidBy` lets a charge on the worker be refused. */
export const feeProof = z.strictObject({
  model: code(8),
  code: code(8),
  number: code(32),
  date: localDate,
  amount,
  paidBy: z.enum(feePayers).optional()
})

/** What the employer declares with the request (RD 1155/2024 art 103.3). */
export const declarations = z.strictObject({
  housing: z.boolean(),
  travel: z.boolean(),
  solvency: z.boolean(),
  healthInsurance: z.boolean(),
  rightsInformed: z.boolean()
})

export const request = z.strictObject({
  requestId: code(64).optional(),
  filedAt: moment.optional(),
  consulate: consulateRoute.optional(),
  declarations: declarations.optional(),
  feeProof: feeProof.optional(),
  /** Codes of what the authority wants mended within ten days. */
  defects: z.array(code(40)).max(20).optional()
})

/** Whom and what the authorisation covers: one employer, one autonomous community (INE), one occupation and sector. */
export const authorizationScope = z.strictObject({
  employerCif: employerNumber,
  autonomousCommunity: z.string().regex(/^\d{2}$/, { error: 'Write the INE code of the autonomous community, two digits' }),
  occupation,
  sector: code(40)
})

/** `notifiedAt` starts the month in which the visa must be lodged (RD 1155/2024 art 40.1.b). */
export const authorization = z.strictObject({
  fileNumber: code(64).optional(),
  decision: z.enum(authorizationDecisions).optional(),
  legalBasis: z.enum(legalBases).optional(),
  resolutionDate: localDate.optional(),
  notifiedAt: moment.optional(),
  validFrom: localDate.optional(),
  validTo: localDate.optional(),
  scope: authorizationScope.optional(),
  nie: nie.optional(),
  reasonCode: code(40).optional(),
  /** A refusal names the appeal open against it (RD 1155/2024 art 104.4). */
  appeal: z.strictObject({ body: text(120), deadline: localDate }).optional()
})

/** Annex X: the employer calls a worker of years 2 to 4 back; no visa is needed (RD 1155/2024 art 106.6, 123.3). */
export const callback = z.strictObject({
  fileNumber: code(64).optional(),
  nie: nie.optional(),
  yearIndex: z.union([z.literal(2), z.literal(3), z.literal(4)]).optional(),
  period: period.optional(),
  employer: employer.optional(),
  response: z.strictObject({ outcome: z.enum(callbackOutcomes), date: localDate }).optional()
})
