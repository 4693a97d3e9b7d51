// The section `offerDetails`: a job offer as the law wants it (annexes II and III; RD 1155/2024 art 121.5).
import { z } from 'zod'
import { labourMarketEvidence, offerModalities, offerSchemes } from './codes.ts'
import { occupation } from './occupation.ts'
import { activity, employer, hours, pay, workplace } from './placement.ts'
import { amount, campaignYear, code, localDate, period, text } from './primitives.ts'

export const housing = z.strictObject({
  address: text(160),
  capacity: z.int().min(1).max(10_000),
  rent: amount,
  verifiedAt: localDate.optional()
})

/** `posts` counts this offer alone: the ten that the law asks for may be pooled over several offers. */
export const offerDetails = z.strictObject({
  reference: code(64).optional(),
  campaign: campaignYear.optional(),
  /** The order of the year, as ISM/1547/2025. */
  legalOrder: z
    .string()
    .regex(/^[A-Z]{2,4}\/\d{1,5}\/\d{4}$/, { error: 'Write the order as ISM/1547/2025' })
    .optional(),
  modality: z.enum(offerModalities).optional(),
  scheme: z.enum(offerSchemes).optional(),
  employer: employer.optional(),
  representative: text(120).optional(),
  posts: z.int().min(1).max(100_000).optional(),
  occupation: occupation.optional(),
  activity: activity.optional(),
  workplace: workplace.optional(),
  period: period.optional(),
  concatenations: z.array(period).max(10).optional(),
  pay: pay.optional(),
  hours: hours.optional(),
  trialPeriodDays: z.int().min(0).max(180).optional(),
  housing: housing.optional(),
  labourMarketEvidence: z.strictObject({ type: z.enum(labourMarketEvidence), number: code(64).optional(), date: localDate }).optional()
})
