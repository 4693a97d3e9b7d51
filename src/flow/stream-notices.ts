// stream notices: what a stream is told about itself (OpenID SSF 1.0), as deliveries in a lane of their own, and when it is paused because nobody answers.
import { noticeUris, type StreamNotice } from '../domain/streaming.ts'
import type { Tx } from '../store/database.ts'
import { addDeliveries, type ClaimedRow } from '../store/deliveries.ts'
import { countDead, forgetDead, pausePartner } from '../store/parties.ts'
import {
  insertEvents,
  insertRecords,
  lockSubjects,
  openCases,
  resolveSubjects,
  type SubjectRow,
  updateSubjects
} from '../store/subjects.ts'
import type { Partner } from './directory.ts'
import type { Gateway } from './gateway.ts'
import { newId, newUlid } from './identifiers.ts'

/** So many deliveries in a row that nobody took, and the stream is paused: its receiver is not there. */
const deadInARowMax = 10

/** The subject that events about this stream are about, locked. */
export const streamSubject = async (gateway: Gateway, tx: Tx, partnerId: string): Promise<SubjectRow> => {
  const naturalKey = gateway.vault.hashes.other('stream', partnerId)
  const key = { id: newId(), kind: 'stream' as const, personId: null, naturalKey, clientId: null, campaign: null }
  const [id] = (await resolveSubjects(tx, [key])).values()
  const [subject] = await lockSubjects(tx, [id as string])
  if (subject === undefined) throw new Error(`the stream ${partnerId} has no subject`)
  return subject
}

/** Owes the stream a notice about itself. The receiver's own words (`state`) are sealed like any event. @returns the event's id. */
export const notify = async (
  gateway: Gateway,
  tx: Tx,
  partnerId: string,
  type: StreamNotice,
  payload: Readonly<Record<string, string>>,
  now: Date
): Promise<string> => {
  const subject = await streamSubject(gateway, tx, partnerId)
  const eventId = newId()
  const version = subject.version + 1
  const { vault } = gateway
  const event = {
    id: eventId,
    type,
    subjectId: subject.id,
    personId: null,
    source: 'jisr',
    effectiveAt: now,
    receivedAt: now,
    corrects: null
  }
  await insertEvents(tx, [{ ...event, body: vault.sealJson('gateway', payload, { table: 'event', column: 'body', row: eventId }) }])
  const place = { table: 'record', column: 'body', row: `${subject.id} ${version}` }
  const body = vault.sealJson('gateway', { record: payload }, place)
  await insertRecords(tx, [{ subjectId: subject.id, version, eventId, state: 'OPEN', body }], now)
  await updateSubjects(tx, [{ ...subject, state: 'OPEN', version, waiting: [] }], now)
  const about = { partnerId, aboutId: subject.id, personId: null, subjectId: subject.id, campaign: null, gatherKey: null, cancels: false }
  await addDeliveries(tx, [{ id: newUlid(now), eventId, type, version, ...about }], now)
  return eventId
}

/**
 * After an attempt at a pushed stream: pauses it when its address is gone, or when ten deliveries in a row died. Somebody has to look; before it
 * is paused for those ten, its receiver is owed the notice that says so.
 * @returns why it was paused, or null
 */
export const judgeStream = async (
  gateway: Gateway,
  tx: Tx,
  partner: Partner,
  came: { accepted: number; dead: readonly ClaimedRow[]; isGone: boolean; now: Date }
): Promise<string | null> => {
  if (came.accepted > 0) await forgetDead(tx, partner.id)
  const reason = await reasonToPause(tx, partner, came)
  if (reason === null || !(await pausePartner(tx, partner.id, 'jisr', reason))) return null
  const subject = await streamSubject(gateway, tx, partner.id)
  const told = came.isGone ? null : await notify(gateway, tx, partner.id, 'stream.updated', { status: 'paused', reason }, came.now)
  await openCases(tx, [{ id: newId(), kind: 'stream-paused', subjectId: subject.id, personId: null, eventId: told ?? newId(), reason }])
  return reason
}

/** A SET that the receiver of a stream refused: it never goes out again by itself (RFC 8935 2.4, RFC 8936 2.6), so a person must see it. */
export interface RefusedSet extends Pick<ClaimedRow, 'id' | 'subjectId' | 'personId'> {
  code: string | null
}

/** Opens a case for each, in the transaction that settles it. */
export const openRefusals = async (tx: Tx, partnerId: string, refused: readonly RefusedSet[]): Promise<void> => {
  if (refused.length === 0) return
  await openCases(
    tx,
    refused.map(({ id, subjectId, personId, code }) => ({
      id: newId(),
      kind: 'set-refused',
      subjectId,
      personId,
      // A second refusal of the same event is a case of its own.
      eventId: newId(),
      deliveryId: id,
      reason: `the receiver of ${partnerId} refused it as ${code ?? 'other'}; its words: jisr waiting show ${id}`
    }))
  )
}

const reasonToPause = async (
  tx: Tx,
  partner: Partner,
  { dead, isGone }: { dead: readonly ClaimedRow[]; isGone: boolean }
): Promise<string | null> => {
  if (isGone) return 'the endpoint says that it is gone (410)'
  // What is told of the pause itself is the eleventh.
  const counted = dead.filter(row => !Object.hasOwn(noticeUris, row.type)).length
  if (counted === 0) return null
  return (await countDead(tx, partner.id, counted)) >= deadInARowMax ? `${deadInARowMax} events in a row could not be delivered` : null
}
