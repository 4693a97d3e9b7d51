// The sections after the visa: journey, stay and return.
import { z } from 'zod'
import { boardingStatuses, entryDocuments, returnEvidence, returnResults, stayReasons } from './codes.ts'
import { code, instant, localDate, locode, moment, text, word } from './primitives.ts'
import { ccc, nuss } from './spanish-identifiers.ts'

/** Departure and arrival carry their own offset: Africa/Casablanca and Europe/Madrid differ in Ramadan and in summer. */
export const sailing = z
  .strictObject({
    id: code(64),
    carrier: text(60),
    ship: text(60),
    from: locode,
    to: locode,
    departure: instant,
    arrival: instant
  })
  .refine(({ departure, arrival }) => Date.parse(departure) < Date.parse(arrival), {
    error: 'The ship arrives before it departs; check the offsets of both times',
    params: { rule: 'sailing-times' },
    path: ['arrival']
  })

export const journey = z.strictObject({
  summonsId: code(64).optional(),
  sailing: sailing.optional(),
  boarding: z.enum(boardingStatuses).optional(),
  entry: z.strictObject({ date: moment, point: locode, documentUsed: z.enum(entryDocuments) }).optional(),
  /** Reasons come from the border police alone. */
  refusedEntry: z.strictObject({ reason: code(40).optional(), carrierLiable: z.boolean().optional() }).optional(),
  accommodation: code(64).optional()
})

/** Reasons are neutral words: health is never stored. */
export const stay = z.strictObject({
  altaDate: localDate.optional(),
  nuss: nuss.optional(),
  ccc: ccc.optional(),
  endDate: localDate.optional(),
  reason: z.enum(stayReasons).optional()
})

export const homecoming = z.strictObject({
  exitDate: localDate.optional(),
  exitPoint: locode.optional(),
  /** Annex VIII: the worker appears at the consulate that issued the visa. */
  appearance: z.strictObject({ consulate: word(20), at: moment, number: code(64) }).optional(),
  result: z.enum(returnResults).optional(),
  evidence: z.enum(returnEvidence).optional()
})
