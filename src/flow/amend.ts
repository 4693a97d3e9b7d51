// amend: one record changed by a client that has seen it, as the event that says so: taken while the record is what the client saw, or not at all.
import { isDeepStrictEqual } from 'node:util'
import { type AmendableKind, amendments, readAmendment } from '../../schemas/amendment.ts'
import type { Explanation } from '../../schemas/explain.ts'
import { merge } from '../domain/lifecycle/merge.ts'
import type { ReaderClient } from '../domain/reading.ts'
import type { Said } from '../domain/words/said.ts'
import { inEnglish, says } from '../domain/words/words.ts'
import { type VersionRow, versionOf } from '../store/readings.ts'
import { sha256 } from '../trust/keyed-hash.ts'
import { subjectIds } from '../trust/subject-id.ts'
import { admit, type Teller } from './admit.ts'
import type { Gateway } from './gateway.ts'
import { newId } from './identifiers.ts'
import { isGoneCode, type Judge } from './ingest.ts'
import type { Intake } from './intake.ts'
import { offerDesk } from './read-offers.ts'
import { type Desk, type RecordView, recordDesk } from './read-records.ts'

export interface Amendment {
  kind: AmendableKind
  /** The client's own id of the record, as it reads it. */
  id: string
  /** A merge patch (RFC 7396) of what the client reads. */
  patch: unknown
  /** The client's own name of the request, under which a repeat is known; null where it gave none. */
  key: string | null
  /** The request as it came: what the ledger commits to. */
  evidence: string
  /** Whether this is the version that the client bases the change on; null is one that nobody was ever shown. */
  isBasis(view: RecordView | null): boolean
}

export type Amended =
  /** `view` is what the client sees of the version that the change made. */
  | { status: 'amended'; eventId: string; view: RecordView }
  | { status: 'unfit'; faults: readonly Explanation[] }
  | { status: 'not-there' }
  /** Not the version that the change is based on: nothing was stored. */
  | { status: 'outdated' }
  | { status: 'not-granted'; said: Said }
  /** It would not make of the record what it says: nothing was stored. */
  | { status: 'without-effect'; said: Said }
  /** Against a rule. */
  | { status: 'refused'; code: string; reason: string; said: Said | null }
  /** The key was used before for another change. */
  | { status: 'conflict' }

/**
 * Resolves after the commit. The record is compared under its lock, in the transaction that changes it: of several changes of one version one
 * is made.
 * @throws DomainError `forbidden` for a client whose role reads no such records; `unavailable` as `admit`
 */
export const amend = (gateway: Gateway, intake: Intake, client: Teller & ReaderClient, amendment: Amendment): Promise<Amended> => {
  const subjectId = subjectIds(gateway.vault.key('gateway')).read(amendment.id, client.id)
  const { kind } = amendment
  // An id of another client gives one that nobody has: it is looked for all the same, so that the two are answered alike.
  const id = subjectId ?? newId()
  return kind === 'offer'
    ? amendAt(gateway, intake, client, amendment, { id, desk: offerDesk(gateway, client, id), isOwn: row => row.clientId === client.id })
    : amendAt(gateway, intake, client, amendment, { id, desk: recordDesk(gateway, client, kind, id), isOwn: () => true })
}

interface Place<Row extends VersionRow> {
  id: string
  desk: Desk<Row>
  /** An agency speaks for its candidates whoever told of them first; an offer is its teller's, whoever else may read it. */
  isOwn(row: Row): boolean
}

const amendAt = async <Row extends VersionRow>(
  gateway: Gateway,
  intake: Intake,
  client: Teller,
  amendment: Amendment,
  { id, desk, isOwn }: Place<Row>
): Promise<Amended> => {
  const { kind, evidence, key } = amendment
  const row = await desk.read(gateway.database)
  if (row === undefined) return { status: 'not-there' }
  if (!isOwn(row)) return { status: 'not-granted', said: says('change-not-own') }
  const read = readAmendment(kind, amendment.patch)
  if ('faults' in read) return { status: 'unfit', faults: read.faults }
  const now = gateway.clock.wall()
  const answer = await admit(intake, now, client, {
    key: key ?? `amendment ${newId()}`,
    type: amendments[kind].type,
    sourceId: amendment.id,
    payload: read.payload,
    effectiveAt: now,
    evidence,
    way: 'event',
    payloadHash: sha256(JSON.stringify([amendments[kind].type, amendment.id, read.payload])),
    amends: { subjectId: id, judge: judgeOf(amendment, desk, read.payload) }
  })
  switch (answer.status) {
    case 'accepted': {
      const version = await versionOf(gateway.database, id, answer.eventId)
      if (version === undefined) throw new Error('an event that is stored has made no version')
      return { status: 'amended', eventId: answer.eventId, view: desk.show({ ...row, ...version }) }
    }
    case 'refused':
      return verdictOf(answer)
    case 'not-granted':
      return answer
    case 'unfit':
    case 'conflict':
      return answer
    case 'not-yet':
    case 'unknown-type':
      throw new Error(`an amendment takes effect now, and its type is known: ${answer.status}`)
  }
}

/** What is found wrong under the lock, by words that no rule of the domain has. */
const outdated = { code: 'outdated', said: says('change-outdated') }
const notThere = { code: 'not-there', said: says('change-not-there') }
const withoutEffect = 'without-effect'
const identifiersStay = { code: 'identifiers-stay', said: says('identifiers-stay') }
const identifiersFault: Explanation = {
  pointer: '/record/person/identifiers',
  ...identifiersStay,
  detail: inEnglish(identifiersStay.said)
}

const verdictOf = ({ code, reason, said }: { code: string; reason: string; said: Said | null }): Amended => {
  if (code === outdated.code) return { status: 'outdated' }
  if (code === notThere.code || isGoneCode(code)) return { status: 'not-there' }
  if (code === identifiersStay.code) return { status: 'unfit', faults: [identifiersFault] }
  if (code === withoutEffect && said !== null) return { status: 'without-effect', said }
  return { status: 'refused', code, reason, said }
}

const judgeOf =
  <Row extends VersionRow>(amendment: Amendment, desk: Desk<Row>, payload: Record<string, unknown>): Judge =>
  async (tx, chapter, event) => {
    const row = await desk.read(tx)
    if (row === undefined) return notThere
    // What was added in this transaction nobody has been shown.
    const view = chapter.added.length === 0 ? desk.show(row) : null
    if (!amendment.isBasis(view)) return outdated
    const after = await chapter.foresee(event)
    if (!after.applied.includes(event.id)) return { code: withoutEffect, said: says('change-too-late', { state: after.state }) }
    if (!isDeepStrictEqual(merge(after.record, payload), after.record)) return { code: withoutEffect, said: says('change-overruled') }
    return leavesOut(row, desk, payload)
  }

/** A list in a merge patch stands for the whole list; of identifiers none is ever taken away by an event. */
const leavesOut = <Row extends VersionRow>(row: Row, desk: Desk<Row>, payload: Record<string, unknown>) => {
  const told = identifiersOf(payload)
  if (told === undefined) return null
  const shown = identifiersOf(desk.show(row).record) ?? []
  const isWhole = shown.every(one => told.some(other => other.scheme === one.scheme && other.value === one.value))
  return isWhole ? null : identifiersStay
}

const identifiersOf = (record: Readonly<Record<string, unknown>>): { scheme: string; value: string }[] | undefined =>
  (record.person as { identifiers?: { scheme: string; value: string }[] } | undefined)?.identifiers
