// The consulate's answers and messages as zod: loose where it may add members, named field by field, and held to the generated types.
import { z } from 'zod'
import type { components } from './wire.d.ts'

type Wire = components['schemas']

const reference = z.string().min(1).max(64)
const rowRefused = z.object({ reference, status: z.literal('refused'), code: z.string().min(1).max(64), reason: z.string().max(1024) })
const lodged = z.object({
  reference,
  status: z.literal('lodged'),
  applicationNumber: z.string().regex(/^[A-Z0-9-]{4,40}$/),
  lodgedAt: z.iso.datetime({ offset: true }),
  week: z.string().regex(/^\d{4}-W\d{2}$/)
})
const withdrawn = z.object({
  reference,
  status: z.enum(['withdrawn', 'revoked', 'nothing-to-withdraw']),
  receipt: z.string().min(1).max(64)
})

export const jointReceipt = z.object({
  parcel: z.string(),
  applications: z.array(z.discriminatedUnion('status', [lodged, rowRefused])).max(500)
}) satisfies z.ZodType<Wire['JointApplicationReceipt']>

export const withdrawalReceipt = z.object({
  parcel: z.string(),
  withdrawals: z.array(z.union([withdrawn, rowRefused])).max(500)
}) satisfies z.ZodType<Wire['WithdrawalReceipt']>

export const problem = z.object({ code: z.string().min(1).max(64), reason: z.string().max(1024) }) satisfies z.ZodType<Wire['Problem']>

/** Rows are checked one by one, so that one bad row spoils no other. */
export const decisionMessage = z.object({ message: z.string().min(1).max(128), decisions: z.array(z.unknown()).min(1).max(500) })
export const appearanceMessage = z.object({ message: z.string().min(1).max(128), appearances: z.array(z.unknown()).min(1).max(500) })

export const decisionsTyp = 'decisions+jwt'
export const appearancesTyp = 'appearances+jwt'

const key = z.string().min(1).max(128)
const at = z.iso.datetime({ offset: true })
const consulate = z.string().regex(/^[A-Z][A-Z0-9_-]{0,19}$/)

const visa = z.object({
  stickerNumber: z.string().regex(/^[A-Z0-9]{6,12}$/),
  type: z.literal('D'),
  validFrom: z.iso.date(),
  validTo: z.iso.date(),
  entries: z.enum(['ONE', 'TWO', 'MULT']).exactOptional(),
  durationDays: z.int().min(1).max(366).exactOptional()
})

export const decision = z.object({
  key,
  reference,
  applicationNumber: z.string().regex(/^[A-Z0-9-]{4,40}$/),
  outcome: z.enum(['LODGED', 'ISSUED', 'REFUSED', 'WITHDRAWN', 'RENOUNCED', 'REVOKED', 'ANNULLED']),
  at,
  visa: visa.exactOptional(),
  refusalReason: z
    .string()
    .regex(/^[!-~]{1,40}$/)
    .exactOptional()
}) satisfies z.ZodType<Wire['Decision']>
export type Decision = z.infer<typeof decision>

export const appearance = z.object({
  key,
  passport: z.object({ number: z.string().regex(/^[A-Z0-9]{6,9}$/), country: z.string().regex(/^[A-Z]{3}$/) }),
  activityYear: z.int().min(2000).max(2100).exactOptional(),
  at,
  consulate,
  number: z.string().regex(/^[!-~]{1,64}$/)
}) satisfies z.ZodType<Wire['Appearance']>
export type Appearance = z.infer<typeof appearance>
