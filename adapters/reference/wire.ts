// What goes over the wire to and from a reference partner: JSON, named field by field. Loose where the partner writes, so that it may add members.
import { z } from 'zod'

/** One row of ours: a fact about one person. Members the record does not hold are absent, never empty. */
export interface Fact {
  delivery: string
  person: string
  fact: string
  version: number
  campaign: number
  at: string
  surname?: string
  givenNames?: string
  birthDate?: string
  passport?: string
  offer?: string
  employer?: string
  fileNumber?: string
}

/** POST <endpoint>/parcels */
export interface FactParcel {
  parcel: string
  rows: readonly Fact[]
}

const answerRow = z.discriminatedUnion('status', [
  z.object({ delivery: z.string(), status: z.literal('accepted'), receipt: z.string().min(1).max(4096) }),
  z.object({ delivery: z.string(), status: z.literal('refused'), code: z.string().min(1).max(64), reason: z.string().max(1024) }),
  z.object({ delivery: z.string(), status: z.literal('deferred'), retryAfterSeconds: z.int().min(1).max(2_592_000) })
])

/** 200: what became of each row. */
export const parcelAnswer = z.object({ parcel: z.string(), rows: z.array(answerRow).max(1_000) })
export type ParcelAnswer = z.infer<typeof parcelAnswer>

/** 422: the parcel as a whole was refused; 404: no such parcel; 401: our signature was not accepted. */
export const problem = z.object({ code: z.string().min(1).max(64), reason: z.string().max(1024) })

/** What the partner pushes: a compact JWS with this payload. Rows are checked one by one, so one bad row spoils no other. */
export const push = z.object({ message: z.string().min(1).max(256), rows: z.array(z.unknown()).min(1).max(1_000) })

export const pushRow = z.object({
  key: z.string().min(1).max(256),
  fact: z.string().max(64),
  about: z.union([
    z.object({ delivery: z.string().min(1).max(64) }),
    z.object({ person: z.string().min(1).max(256), campaign: z.int().optional() }),
    z.object({ passport: z.string().regex(/^[A-Z0-9]{6,9}$/), country: z.string().length(3), campaign: z.int().optional() })
  ]),
  at: z.iso.datetime({ offset: true }),
  patch: z.record(z.string(), z.unknown())
})

/** typ of a pushed message. */
export const pushTyp = 'message+jwt'

/** GET /messages?after={cursor}: what waits for the gateway, oldest first. */
export const outbox = z.object({
  messages: z.array(z.object({ id: z.string().min(1).max(200), body: z.string().max(8 * 1024 * 1024) })).max(1_000),
  cursor: z.string().min(1).max(200)
})
