// The section `visa`: the joint application and the consulate's decision. Of criminal record and health only presence and date.
import { z } from 'zod'
import { consulateRoute } from './authorization.ts'
import { feePayers, visaOutcomes } from './codes.ts'
import { amount, code, localDate, moment, text } from './primitives.ts'

export const visa = z.strictObject({
  batchId: code(64).optional(),
  /** The organisation that lodges for all, by its registered name or number. */
  representative: text(120).optional(),
  applicationNumber: code(64).optional(),
  lodgedAt: moment.optional(),
  consulate: consulateRoute.optional(),
  criminalRecord: z.strictObject({ issuer: text(80), date: localDate }).optional(),
  medicalCertificate: z.strictObject({ date: localDate }).optional(),
  photoReference: code(128).optional(),
  fee: z
    .strictObject({
      amount,
      code: code(8).optional(),
      number: code(32).optional(),
      date: localDate.optional(),
      paidBy: z.enum(feePayers).optional()
    })
    .optional(),
  outcome: z.enum(visaOutcomes).optional(),
  stickerNumber: z
    .string()
    .regex(/^[A-Z0-9]{6,12}$/, { error: 'The number of a visa sticker is six to twelve capitals or digits' })
    .optional(),
  validFrom: localDate.optional(),
  validTo: localDate.optional(),
  entries: z.union([z.literal(1), z.literal(2), z.literal('MULTIPLE')]).optional(),
  durationDays: z.int().min(1).max(1826).optional(),
  decidedAt: moment.optional(),
  collectedAt: moment.optional(),
  refusalReason: code(40).optional()
})
