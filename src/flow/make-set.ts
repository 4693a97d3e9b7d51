// Makes the SET of a delivery: the same jti, iat and claims however often it is signed, by whichever key of the stream's algorithm signs now.
import type { Outbound, StreamEvent, StreamSettings } from '../../adapters/contract.ts'
import type { EventType } from '../../schemas/event.ts'
import type { PrivacyClass } from '../../schemas/field.ts'
import { disclosed } from '../domain/disclosure.ts'
import type { Folded } from '../domain/lifecycle/fold.ts'
import { isStreamNotice, noticeUris } from '../domain/streaming.ts'
import type { SubjectId } from '../trust/set.ts'
import { signSet } from '../trust/set.ts'
import type { Partner } from './directory.ts'
import type { Gateway } from './gateway.ts'
import { projectFor, readsOf } from './projection.ts'
import type { Owner } from './vault.ts'

/** A delivery with all that its SET is made of. */
export interface SetRow {
  id: string
  jti: string
  /** When it was first signed. */
  iat: Date
  personId: string | null
  wrappedKey: Buffer | null
  subjectId: string
  eventId: string
  causeId: string
  type: string
  version: number
  campaign: number | null
  effectiveAt: Date
  body: Buffer
}

export interface MadeSet {
  jti: string
  token: string
  kid: string
  /** What it gives away of a person. */
  classes: readonly PrivacyClass[]
}

/**
 * Signs the SET of a delivery. `subId` is the pairwise id of whom it is about; a notice about the stream itself has none.
 * @throws Error saying what cannot be mapped, or that no key of the stream's algorithm is in use
 */
export const makeSet = async (gateway: Gateway, partner: Partner, row: SetRow, subId: string): Promise<MadeSet> => {
  const { issuer, eventNamespace, keyFor } = gateway.signing
  if (issuer === null) throw new Error('this process has no ISSUER: it signs no events')
  const { audience, signingAlgorithm } = partner.settings as StreamSettings
  const key = keyFor(signingAlgorithm)
  if (key === null) throw new Error(`no ${signingAlgorithm} key is in use: jisr keys rotate set --algorithm ${signingAlgorithm}`)
  const owner: Owner = row.personId === null ? 'gateway' : { personId: row.personId, wrappedKey: row.wrappedKey }
  const { record } = gateway.vault.openJson<Folded>(owner, row.body, {
    table: 'record',
    column: 'body',
    row: `${row.subjectId} ${row.version}`
  })
  const event = isStreamNotice(row.type)
    ? { uri: noticeUris[row.type], payload: record as Record<string, unknown>, subId: { format: 'opaque', id: partner.id } as SubjectId }
    : eventOf(partner, row, record, subId, eventNamespace)
  const token = await signSet(
    key,
    issuer,
    {
      jti: row.jti,
      audience,
      subId: event.subId,
      toe: Math.floor(row.effectiveAt.getTime() / 1000),
      // What one cause led to, told apart for each recipient: two of them cannot compare it.
      txn: gateway.vault.hashes.other('txn', partner.id, row.causeId).subarray(0, 16).toString('base64url'),
      eventUri: event.uri,
      payload: event.payload
    },
    row.iat
  )
  return { jti: row.jti, token, kid: key.kid, classes: row.personId === null ? [] : disclosed(record, readsOf(partner)) }
}

const eventOf = (partner: Partner, row: SetRow, record: Folded['record'], subId: string, eventNamespace: string) => {
  const projected = projectFor(partner, {
    id: row.eventId,
    type: row.type as EventType,
    effectiveAt: row.effectiveAt.toISOString(),
    delivery: row.id,
    subId,
    version: { number: row.version, after: { record } },
    subject: { campaign: row.campaign }
  })
  const { type, payload } = (partner.code.outbound as Outbound).map(projected, partner.settings) as StreamEvent
  return { uri: `${eventNamespace}${type}`, payload, subId: { format: 'opaque', id: subId } as SubjectId }
}
