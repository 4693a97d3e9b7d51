// interpret: what a partner sent, as canonical events; what cannot be understood waits in quarantine, the row and not the message.
import type { CanonicalEvent, Message, Reference, Unreadable, Verified } from '../../adapters/contract.ts'
import { eventPayload, eventTable } from '../../schemas/event.ts'
import { explain } from '../../schemas/explain.ts'
import { instant } from '../../schemas/primitives.ts'
import { DomainError } from '../domain/errors.ts'
import { isNotYet } from '../domain/not-yet.ts'
import type { Tx } from '../store/database.ts'
import { concludeInbox, findInbox, type InboxRow, quarantine } from '../store/inbox.ts'
import { deliverySubjects, findByIdentifier, findPairwise, type Gone, peopleOfSources } from '../store/people.ts'
import { placementsOf } from '../store/subjects.ts'
import { sha256 } from '../trust/keyed-hash.ts'
import { open } from '../trust/seal.ts'
import type { Partner } from './directory.ts'
import type { Gateway } from './gateway.ts'
import { isUlid, newId } from './identifiers.ts'
import { goneCodes, type IngestAnswer, ingestGroup, isGoneCode, type Submission } from './ingest.ts'
import { adopt, aloneRow, type Found, keepReceived } from './keep-received.ts'
import { reopenMessage } from './receive.ts'

const chunkRows = 250

export interface Unapplied {
  row: number
  code: string
  reason: string
}

/** Interprets one message of the inbox. Doing it again changes nothing: every row is remembered by its key. */
export const interpret = async (gateway: Gateway, inboxId: string): Promise<void> => {
  await interpretWhole(gateway, inboxId)
}

/**
 * As `interpret`; gives the rows that wait in quarantine now. Rows go in chunks, each its own transaction, so that a large answer holds no lock for long.
 */
export const interpretWhole = async (gateway: Gateway, inboxId: string): Promise<readonly Unapplied[]> => {
  const startedAt = performance.now()
  const row = await findInbox(gateway.database, inboxId)
  if (row === undefined) return []
  const partner = gateway.directory.partner(row.partnerId)
  // Kept in rows, or not at all any more: it was interpreted before.
  if (partner === undefined || row.wrappedKey === null) return []
  const found = new Map<number, Found>()
  const { rows, verified, unapplied: all } = await interpretRows(gateway, partner, row, found)
  // What is said of somebody whose data is gone can never be applied: nobody need look at it.
  const unapplied = all.filter(({ code }) => !isGoneCode(code))
  await gateway.database.transaction(async tx => {
    if (unapplied.length > 0) {
      await quarantine(
        tx,
        unapplied.map(u => ({ id: newId(), inboxId: row.id, partnerId: partner.id, ...u }))
      )
    }
    if (verified !== null) await keepReceived(gateway, tx, partner, row, verified, found)
    await concludeInbox(tx, row.id, unapplied.length === rows && rows > 0 ? 'quarantined' : 'interpreted', rows, gateway.clock.wall())
  })
  gateway.log('message.interpreted', {
    partner: partner.id,
    inbox: row.id,
    rows,
    quarantined: unapplied.length,
    gone: all.length - unapplied.length,
    durationMs: Math.round(performance.now() - startedAt)
  })
  return unapplied
}

/**
 * Interprets one row of a message again, as a person decided: what a rule refused before is judged anew. Row 0 of a message that could not
 * be read at all is the whole message.
 * @returns null when it is applied, or why it still is not.
 */
export const interpretAgain = async (
  gateway: Gateway,
  inboxId: string,
  rowNumber: number
): Promise<{ code: string; reason: string } | null> => {
  const inbox = await findInbox(gateway.database, inboxId)
  const partner = inbox && gateway.directory.partner(inbox.partnerId)
  if (inbox === undefined || partner === undefined) throw new DomainError('not-found', 'the message or its partner is gone')
  const { meanings, verified } = (await readAgain(gateway, partner, inbox, rowNumber)) ?? { meanings: [], verified: null }
  const meant = meanings.filter(meaning => meaning.row === rowNumber)
  if (verified === null || meant.length === 0)
    return { code: 'no-row', reason: 'the message says nothing new in this row any more, or it is not kept any longer: discard it' }
  const found = new Map<number, Found>()
  // First as it is: when it was applied already and only its settlement was lost, this finds it.
  const [left] = await interpretChunk(gateway, partner, verified.message, meant, found)
  if (left?.code === 'key-reused') return left
  const [still] = left === undefined ? [] : await interpretChunk(gateway, partner, verified.message, meant, found, true)
  if (still === undefined) await adopt(gateway, inbox, rowNumber, found.get(rowNumber))
  return still ?? null
}

/** What a row means, read again: from the whole message while there is one, then from the row alone, which stands first there. */
const readAgain = async (gateway: Gateway, partner: Partner, inbox: InboxRow, row: number) => {
  if (inbox.wrappedKey !== null) return readMeanings(gateway, partner, inbox)
  const alone = await aloneRow(gateway, inbox, row)
  if (alone === null) return null
  const { verified, meanings } = await meaningsOf(gateway, partner, alone)
  return { verified, meanings: meanings.filter(meaning => meaning.row === 0).map(meaning => ({ ...meaning, row })) }
}

const readMeanings = async (gateway: Gateway, partner: Partner, inbox: InboxRow) => {
  const key = gateway.vault.messageKey(inbox.id, inbox.wrappedKey)
  const message = JSON.parse(open(key, inbox.body, { table: 'inbox', column: 'body', row: inbox.id }).toString('utf8')) as Message
  return meaningsOf(gateway, partner, message)
}

const meaningsOf = async (gateway: Gateway, partner: Partner, message: Message) => {
  const verified = await reopenMessage(gateway, partner, message)
  // Its id is the one under which it was stored.
  return { verified: { ...verified, message }, meanings: partner.code.inbound?.map(verified, partner.settings) ?? [] }
}

const interpretRows = async (
  gateway: Gateway,
  partner: Partner,
  inbox: InboxRow,
  found: Map<number, Found>
): Promise<{ rows: number; verified: Verified | null; unapplied: Unapplied[] }> => {
  let read: Awaited<ReturnType<typeof readMeanings>>
  try {
    read = await readMeanings(gateway, partner, inbox)
  } catch (error) {
    gateway.failed('message.interpreted', error)
    return {
      rows: 1,
      verified: null,
      unapplied: [{ row: 0, code: 'unreadable', reason: 'the message as a whole cannot be read; mend the adapter, then apply it again' }]
    }
  }
  const { meanings, verified } = read
  const unapplied: Unapplied[] = []
  for (let start = 0; start < meanings.length; start += chunkRows) {
    unapplied.push(...(await interpretChunk(gateway, partner, verified.message, meanings.slice(start, start + chunkRows), found)))
  }
  return { rows: meanings.length, verified, unapplied }
}

const interpretChunk = async (
  gateway: Gateway,
  partner: Partner,
  message: Message,
  meanings: readonly (CanonicalEvent | Unreadable)[],
  found: Map<number, Found>,
  anew = false
): Promise<Unapplied[]> => {
  const unapplied: Unapplied[] = []
  const readable: CanonicalEvent[] = []
  for (const meaning of meanings) {
    if ('unreadable' in meaning) unapplied.push({ row: meaning.row, code: meaning.unreadable, reason: meaning.reason })
    else readable.push(meaning)
  }
  const subjects = await resolveReferences(gateway, gateway.database, partner, readable)
  const submissions: { row: number; submission: Submission }[] = []
  for (const [i, event] of readable.entries()) {
    const meant = subjects[i]
    if (meant !== undefined && 'gone' in meant) {
      found.set(event.row, 'gone')
      unapplied.push({
        row: event.row,
        code: goneCodes[meant.gone],
        reason: 'it is about somebody whose data is blocked or erased: discard it'
      })
      continue
    }
    const subjectId = meant?.subjectId
    if (subjectId !== undefined) found.set(event.row, { subjectId, eventId: null })
    const fault = subjectId === undefined ? nobody : faultOf(event, gateway.clock.campaign())
    if (fault !== null || subjectId === undefined) unapplied.push({ row: event.row, ...(fault ?? nobody) })
    else submissions.push({ row: event.row, submission: submissionOf(partner, message, event, subjectId, anew) })
  }
  if (submissions.length === 0) return unapplied
  const answers = await ingestEach(
    gateway,
    submissions.map(s => s.submission)
  )
  answers.forEach((answer, i) => {
    const row = submissions[i]?.row ?? 0
    const known = found.get(row)
    if (answer.status === 'accepted' && known !== undefined && known !== 'gone') found.set(row, { ...known, eventId: answer.eventId })
    if (answer.status === 'refused') unapplied.push({ row, code: answer.code, reason: answer.reason })
    if (answer.status === 'conflict')
      unapplied.push({ row, code: 'key-reused', reason: 'the partner gave this row key to other content before' })
    if (answer.status === 'failed')
      unapplied.push({ row, code: 'not-stored', reason: 'the row could not be stored; the log says why: mend that, then apply it again' })
  })
  return unapplied
}

type RowAnswer = IngestAnswer | { status: 'failed' }

/**
 * Distinct keys only may share a group; a message that names one key twice has its second row answered as a repeat. A group that fails is
 * retried row by row.
 */
const ingestEach = async (gateway: Gateway, submissions: readonly Submission[]): Promise<RowAnswer[]> => {
  const first = new Set<string>()
  const group = submissions.filter(s => !first.has(s.key) && first.add(s.key))
  const answers = new Map<Submission, RowAnswer>()
  try {
    const together = await ingestGroup(gateway, group)
    group.forEach((submission, i) => {
      answers.set(submission, together[i] as IngestAnswer)
    })
  } catch (error) {
    if (isPassing(error)) throw error
  }
  for (const submission of submissions) {
    if (answers.has(submission)) continue
    try {
      answers.set(submission, (await ingestGroup(gateway, [submission]))[0] as IngestAnswer)
    } catch (error) {
      if (isPassing(error)) throw error
      gateway.failed('message.interpreted', error)
      answers.set(submission, { status: 'failed' })
    }
  }
  return submissions.map(submission => answers.get(submission) as RowAnswer)
}

/** The database is away or busy: the whole message is interpreted again later. */
const isPassing = (error: unknown): boolean => error instanceof DomainError && error.code === 'unavailable'

const nobody = {
  code: 'unknown-reference',
  reason: 'nobody and nothing is known under the reference of this row; find out who is meant, then apply it'
}

const notYet = {
  code: 'not-yet',
  reason:
    'it tells as done what is dated more than a day ahead: ask the partner for the date; where it was wrong, discard this and have it told anew, where it is right, apply this on that day'
}

/** A partner's word must fit the canonical language, and be one that a partner may say. */
const faultOf = (event: CanonicalEvent, campaign: Date): { code: string; reason: string } | null => {
  if (event.type === 'record.corrected' || !(event.type in eventTable))
    return { code: 'event-type', reason: 'a partner may not report this event' }
  if (!instant.safeParse(event.effectiveAt).success) return { code: 'effective-time', reason: 'the row has no valid date' }
  if (isNotYet(event.type, new Date(event.effectiveAt), campaign)) return notYet
  const parsed = eventPayload(event.type).safeParse(event.payload)
  if (parsed.success) return null
  const faults = explain(parsed.error).slice(0, 5)
  return { code: 'payload', reason: `does not fit the event ${event.type}: ${faults.map(f => `${f.pointer} ${f.code}`).join('; ')}` }
}

const submissionOf = (partner: Partner, message: Message, event: CanonicalEvent, subjectId: string, anew: boolean): Submission => {
  // Where the row stands in its message is no part of what it says.
  const { row: _row, ...said } = event
  const evidence = JSON.stringify(said)
  return {
    ...(anew ? { correctable: true as const } : {}),
    source: partner.id,
    key: `${message.id} ${event.key}`,
    // What was refused is remembered by its content: judged anew, it counts as other content under the same key.
    payloadHash: sha256(anew ? `${evidence} ${newId()}` : evidence),
    type: event.type,
    about: { subjectId },
    payload: event.payload,
    effectiveAt: new Date(event.effectiveAt),
    evidence,
    order: subjectId
  }
}

type Meant = { subjectId: string } | { gone: Gone['as'] }

/** Whom each row is about: by the delivery it answers, by the pairwise id we gave, or by a document. */
const resolveReferences = async (
  gateway: Gateway,
  tx: Tx,
  partner: Partner,
  events: readonly CanonicalEvent[]
): Promise<(Meant | undefined)[]> => {
  const abouts = events.map(event => event.about)
  const byDelivery = await deliverySubjects(
    tx,
    partner.id,
    // No other text is asked for: one that the database cannot keep would hold up the whole message, again and again.
    abouts.flatMap(about => ('delivery' in about && isUlid(about.delivery) ? [about.delivery] : []))
  )
  const bySubId = await findPairwise(
    tx,
    partner.id,
    abouts.flatMap(about => ('subId' in about && isUuid(about.subId) ? [about.subId] : []))
  )
  const unknown = abouts.flatMap(about => ('subId' in about && !bySubId.has(about.subId) ? [about.subId] : []))
  const former = await formerSubIds(gateway, tx, partner, [...new Set(unknown)])
  const hashed = abouts.map(about => ('identifier' in about ? identifierHash(gateway, about) : null))
  const holders = await findByIdentifier(
    tx,
    hashed.filter(h => h !== null)
  )
  const people = abouts.map((about, i) => {
    if ('subId' in about) return bySubId.get(about.subId)
    const hash = hashed[i]
    const found = hash ? [...new Set(holders.filter(h => h.scheme === hash.scheme && h.hash.equals(hash.hash)).map(h => h.personId))] : []
    // Two people under one document: nobody may guess which is meant.
    return found.length === 1 ? found[0] : undefined
  })
  const placements = await placementsOf(tx, [...new Set(people.filter(p => p !== undefined))])
  return abouts.map((about, i) => {
    const subjectId =
      'delivery' in about
        ? byDelivery.get(about.delivery)
        : placements.find(p => p.personId === people[i] && (about.campaign === undefined || about.campaign === p.campaign))?.id
    if (subjectId !== undefined) return { subjectId }
    const gone = 'subId' in about ? former.get(about.subId) : undefined
    return gone === undefined ? undefined : { gone }
  })
}

/** Those of a partner's pairwise ids that meant somebody whose data is erased: the ids are gone, their keyed hashes stay for a while. */
const formerSubIds = async (gateway: Gateway, tx: Tx, partner: Partner, subIds: readonly string[]): Promise<Map<string, Gone['as']>> => {
  const found = await peopleOfSources(
    tx,
    subIds.map(subId => ({ clientId: partner.id, sourceHash: gateway.vault.hashes.sourceId(partner.id, subId) }))
  )
  return new Map(
    subIds.flatMap((subId, i) => {
      const gone = found[i]?.gone
      return gone ? [[subId, gone.as] as const] : []
    })
  )
}

const identifierHash = (gateway: Gateway, { identifier }: Extract<Reference, { identifier: unknown }>) => ({
  scheme: identifier.scheme,
  hash: gateway.vault.hashes.identifier(
    identifier.scheme === 'PASSPORT' ? identifier : { scheme: identifier.scheme, value: identifier.value }
  )
})

const isUuid = (text: string): boolean => /^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$/i.test(text)
