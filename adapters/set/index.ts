// The built-in adapter of streams: security event tokens (RFC 8417) that a receiver polls (RFC 8936). Nothing is sent; the receiver fetches.
import { z } from 'zod'
import { eventTypes } from '../../schemas/event.ts'
import { type FieldPath, fieldPaths } from '../../schemas/field.ts'
import { type Adapter, NotSent, type Outbound, type Projected, type StreamEvent, type StreamSettings } from '../contract.ts'

const settings = z.strictObject({
  audience: z.string().min(1).max(512),
  delivery: z.literal('poll'),
  fields: z.array(z.enum(fieldPaths as [FieldPath, ...FieldPath[]])).min(1),
  redeliverAfterSeconds: z.int().min(5).max(3600).default(30)
}) satisfies z.ZodType<StreamSettings>
type Settings = z.infer<typeof settings>

const outbound: Outbound<Settings, StreamEvent> = {
  accepts: eventTypes,
  reads: fieldPaths,
  narrow: ({ fields }) => fields,
  map: toStreamEvent,
  assemble: rows => ({ contentType: 'application/json', body: JSON.stringify(rows.map(row => row.fragment)) }),
  send: () => Promise.reject(new NotSent('a stream that polls fetches its SETs itself: POST /v1/streams/{id}/poll'))
}

export const set: Adapter<Settings> = { name: 'set', mappingVersion: '1', settings, endpoints: () => [], outbound, pulled: true }

/** `version` lets a receiver drop what is older than what it has: after a redelivery SETs may come out of order (RFC 8936 2.4). */
function toStreamEvent({ type, version, campaign, record }: Projected): StreamEvent {
  return { type, payload: { version, ...(campaign === 0 ? {} : { campaign }), ...record } }
}
