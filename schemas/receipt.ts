// What a sender gets back for one row of what it sent, and the line of the evidence log that proves it.
import { z } from 'zod'
import { eventTypes } from './event.ts'
import { code, instant, text, uuid } from './primitives.ts'

const explanation = z.strictObject({
  pointer: z.string().max(400).describe('RFC 6901, into the row'),
  code: z.string().max(60),
  detail: z.string().max(400).optional()
})

/** One row of an import or batch. A repeat gets the answer that the first sending got. */
export const rowReceipt = z.strictObject({
  row: z.int().min(1),
  status: z.enum(['accepted', 'repeated', 'refused', 'quarantined']),
  event: z.strictObject({ id: uuid, type: z.enum(eventTypes) }).optional(),
  errors: z.array(explanation).max(50).optional(),
  warnings: z.array(explanation).max(50).optional()
})

export type RowReceipt = z.infer<typeof rowReceipt>

/** A line of the evidence log: `c` is the commitment to the token, SHA-256 over its salt and bytes. */
export const ledgerLeaf = z.strictObject({
  v: z.literal(1),
  seq: z.int().min(0),
  ts: instant,
  kind: code(40),
  iss: text(255),
  jti: text(256),
  c: z.string().regex(/^[A-Za-z0-9_-]{43}$/, { error: 'Write the digest in base64url without padding' })
})

export type LedgerLeaf = z.infer<typeof ledgerLeaf>
