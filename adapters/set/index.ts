// The built-in adapter of streams: security event tokens (RFC 8417) that a receiver polls (RFC 8936) or has pushed to it (RFC 8935).
import { z } from 'zod'
import { eventTypes } from '../../schemas/event.ts'
import { type FieldPath, fieldPaths } from '../../schemas/field.ts'
import {
  type Adapter,
  type Draft,
  NotSent,
  type Outbound,
  type Projected,
  type Row,
  type SignedSet,
  type StreamEvent,
  type StreamSettings
} from '../contract.ts'
import { push } from './transport.ts'

const settings = z
  .strictObject({
    audience: z.string().min(1).max(512),
    delivery: z.enum(['poll', 'push']),
    /** Where SETs are pushed to. */
    endpoint: z.url().max(2_048).optional(),
    fields: z.array(z.enum(fieldPaths as [FieldPath, ...FieldPath[]])).min(1),
    redeliverAfterSeconds: z.int().min(5).max(3600).default(30),
    signingAlgorithm: z.enum(['ES256', 'PS256', 'EdDSA']).default('ES256'),
    /** What its receiver asked for, where it manages the stream itself (OpenID SSF 1.0). */
    managed: z.strictObject({ requested: z.array(z.string()).optional(), description: z.string().optional() }).optional()
  })
  .refine(({ delivery, endpoint }) => (delivery === 'push') === (endpoint !== undefined), {
    error: 'Give an endpoint for push, and none for poll',
    path: ['endpoint']
  }) satisfies z.ZodType<StreamSettings>
export type SetSettings = z.infer<typeof settings>

const outbound: Outbound<SetSettings, StreamEvent | SignedSet> = {
  accepts: eventTypes,
  reads: fieldPaths,
  narrow: ({ fields }) => fields,
  map: toStreamEvent,
  assemble: rows => toDraft(rows as readonly Row<SignedSet>[]),
  send: (parcel, context) =>
    context.settings.endpoint === undefined
      ? Promise.reject(new NotSent('a stream that polls fetches its SETs itself: POST /v1/streams/{id}/poll'))
      : push(parcel, context, context.settings.endpoint)
}

export const set: Adapter<SetSettings> = {
  name: 'set',
  mappingVersion: '2',
  settings,
  endpoints: ({ endpoint }) => (endpoint === undefined ? [] : [endpoint]),
  outbound,
  stream: ({ delivery }) => delivery
}

/** `version` lets a receiver drop what is older than what it has: after a redelivery SETs may come out of order (RFC 8936 2.4). */
function toStreamEvent({ type, version, campaign, record }: Projected): StreamEvent {
  return { type, payload: { version, ...(campaign === 0 ? {} : { campaign }), ...record } }
}

/** One SET a request (RFC 8935), with the attributes of a CloudEvent in binary mode: its readers need not open the token to route it. */
function toDraft(rows: readonly Row<SignedSet>[]): Draft {
  const [row, ...more] = rows
  if (row === undefined || more.length > 0) throw new Error('a push carries one SET')
  const { token, jti, source, type, time } = row.fragment
  return {
    contentType: 'application/secevent+jwt',
    headers: {
      accept: 'application/json',
      'ce-specversion': '1.0',
      'ce-id': jti,
      'ce-source': source,
      'ce-type': type,
      'ce-time': time
    },
    body: token
  }
}
