// What a client may have streamed to it: events, fields and scope by its role, as for the records that it may read. And what a stream says of itself.
import { type EventType, eventTable, eventTypes } from '../../schemas/event.ts'
import type { FieldPath } from '../../schemas/field.ts'
import type { PartnerRole } from './disclosure-matrix.ts'
import { fieldsFor, type ReaderClient, reachOf, readerRole } from './reading.ts'

/** Events about a stream itself (OpenID SSF 1.0, 8.1.4 and 8.1.5), by the names that we store. */
export const noticeUris = {
  'stream.verification': 'https://schemas.openid.net/secevent/ssf/event-type/verification',
  'stream.updated': 'https://schemas.openid.net/secevent/ssf/event-type/stream-updated'
} as const

export type StreamNotice = keyof typeof noticeUris

export const isStreamNotice = (type: string): type is StreamNotice => Object.hasOwn(noticeUris, type)

export interface Streamable {
  /** The role under which the stream is given anything: an employer's is the narrower one, since a stream has one for all its workers. */
  role: PartnerRole
  fields: readonly FieldPath[]
  types: readonly EventType[]
  scope: { agency?: string; employer?: string }
}

/** Null for a client whose role reads no records, or whose agency or CIF nobody has registered: then nothing bounds what it would get. */
export const streamableFor = (client: ReaderClient): Streamable | null => {
  const reach = reachOf(client)
  if (reach === null || reach.of === 'told') return null
  const role = readerRole(reach, {})
  const fields = [...new Set([...fieldsFor('placement', role), ...fieldsFor('authorization', role)])]
  const types = eventTypes.filter(type => eventTable[type].about !== 'offer')
  const scope = reach.of === 'agency' ? { agency: reach.agency } : reach.of === 'employer' ? { employer: reach.employer } : {}
  return { role, fields, types, scope }
}
