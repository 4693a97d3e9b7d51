// publish: stores what a group added to its subjects and owes each event to the partners whose subscription covers it.
import { weekOf } from '../domain/capacity.ts'
import { clearColumns } from '../domain/columns.ts'
import { difference } from '../domain/consequences.ts'
import { isOptional } from '../domain/disclosure.ts'
import type { FoldEvent } from '../domain/lifecycle/fold.ts'
import { freePlaces } from '../store/capacity.ts'
import type { Tx } from '../store/database.ts'
import { addDeliveries, type NewDelivery, supersedeUnsent } from '../store/deliveries.ts'
import {
  type EventRow,
  firstVersionWith,
  insertEvents,
  insertRecords,
  linkAuthorizationEvents,
  openCases,
  updateSubjects
} from '../store/subjects.ts'
import { partnersWith, toldOf } from '../store/told.ts'
import type { Chapter, NewEvent, Version } from './chapter.ts'
import type { Partner } from './directory.ts'
import type { Gateway } from './gateway.ts'
import { newId, newUlid } from './identifiers.ts'
import { moveAuthorizations } from './move-authorizations.ts'
import { projectFor } from './projection.ts'

type Case = Parameters<typeof openCases>[1][number]

/** What the group came to, gathered before it is written. */
interface Issue {
  events: EventRow[]
  deliveries: NewDelivery[]
  cases: Case[]
  /** Deliveries that need not go any more. */
  superseded: string[]
}

/**
 * Publishes what was added to these chapters: events, record versions, clear columns, deliveries, corrections and cases. The authorisations
 * that placements move are folded here too.
 */
export const publish = async (gateway: Gateway, tx: Tx, chapters: readonly Chapter[], now: Date): Promise<void> => {
  const issue: Issue = { events: [], deliveries: [], cases: [], superseded: [] }
  for (const chapter of chapters) await issueChapter(gateway, tx, chapter, issue, now)
  const { authorizations, links } = await moveAuthorizations(gateway, tx, chapters)
  const all = [...new Set([...chapters, ...authorizations])]
  if (issue.events.length > 0) await insertEvents(tx, issue.events)
  await insertRecords(
    tx,
    all.flatMap(chapter => chapter.added.map(version => recordRow(gateway, chapter, version))),
    now
  )
  await updateSubjects(tx, all.filter(chapter => chapter.added.length > 0).map(subjectRow), now)
  if (links.length > 0) await linkAuthorizationEvents(tx, links)
  if (issue.cases.length > 0) await openCases(tx, issue.cases)
  const superseded = [...issue.superseded, ...(await addDeliveries(tx, issue.deliveries, now))]
  // One that was sent and had not arrived may hold a place of this week.
  if (superseded.length > 0) await freePlaces(tx, superseded, weekOf(gateway.clock.campaign()))
}

const issueChapter = async (gateway: Gateway, tx: Tx, chapter: Chapter, issue: Issue, now: Date): Promise<void> => {
  for (const version of chapter.added) {
    issue.events.push(eventRow(gateway, chapter, version.event))
    const { newlyApplied, noLongerApplied, corrected, opened } = difference(version.before, version.after)
    if (noLongerApplied.length > 0) await takeBack(tx, chapter, noLongerApplied, issue, now)
    const told = new Set<string>()
    for (const id of newlyApplied) {
      const event = await chapter.eventOf(id)
      if (event === undefined) continue
      const already = await toldBefore(tx, chapter, version, event, issue)
      for (const partnerId of already) told.add(partnerId)
      issue.deliveries.push(...owed(gateway, chapter, version, event, now).filter(delivery => !already.has(delivery.partnerId)))
    }
    for (const { eventId, because } of opened) issue.cases.push(caseOf(chapter, 'contradiction', eventId, because))
    if (corrected || told.size > 0) {
      const since = corrected ? await wrongSince(tx, chapter, noLongerApplied) : Number.POSITIVE_INFINITY
      await correct(gateway, tx, chapter, version, { issue, now, since, told })
    }
  }
  for (const warning of chapter.warnings) issue.cases.push(caseOf(chapter, warning.code, warning.eventId, warning.reason))
}

/** What is owed of facts that do not count any more does not leave, if it has not yet. */
const takeBack = async (tx: Tx, { subject }: Chapter, eventIds: readonly string[], issue: Issue, now: Date): Promise<void> => {
  issue.superseded.push(...(await supersedeUnsent(tx, subject.id, eventIds, now)))
  issue.deliveries = issue.deliveries.filter(delivery => delivery.subjectId !== subject.id || !eventIds.includes(delivery.eventId))
}

/**
 * The partners that were sent this fact before, as it was first told or under another date. They get record.corrected: the fact sent as itself
 * would be asked for, or done, twice.
 */
const toldBefore = async (tx: Tx, chapter: Chapter, version: Version, event: FoldEvent, issue: Issue): Promise<ReadonlySet<string>> => {
  if (event.id === version.event.id && event.corrects === undefined) return nobody
  const family = await chapter.familyOf(event.id)
  const stored = await toldOf(tx, chapter.subject.id, family)
  const pending = issue.deliveries.filter(delivery => family.includes(delivery.eventId))
  return new Set([...stored, ...pending].map(({ partnerId }) => partnerId))
}

const nobody: ReadonlySet<string> = new Set()

const caseOf = (chapter: Chapter, kind: string, eventId: string | null, reason: string): Case => ({
  id: newId(),
  kind,
  subjectId: chapter.subject.id,
  personId: chapter.subject.personId,
  eventId,
  reason
})

/** One delivery for each partner whose subscription covers the event. */
const owed = (gateway: Gateway, chapter: Chapter, version: Version, event: FoldEvent, now: Date): NewDelivery[] =>
  gateway.directory
    .subscribers(event.type, clearColumns(version.after.record))
    .filter(partner => partner.code.outbound?.accepts.includes(event.type) && !isObjectedTo(chapter, partner))
    .map(partner => deliveryTo(partner, chapter, version, event, now))

const isObjectedTo = ({ subject }: Chapter, partner: Partner): boolean => subject.hasObjected && isOptional(partner.role)

const deliveryTo = (partner: Partner, chapter: Chapter, version: Version, event: FoldEvent, now: Date): NewDelivery => {
  const { outbound } = partner.code
  const id = newUlid(now)
  const { subject } = chapter
  return {
    id,
    partnerId: partner.id,
    aboutId: subject.personId ?? subject.id,
    personId: subject.personId,
    subjectId: subject.id,
    eventId: event.id,
    type: event.type,
    version: version.number,
    campaign: subject.campaign,
    gatherKey: outbound?.gather?.by(projectFor(partner, { ...event, delivery: id, subId: '', version, subject }), partner.settings) ?? null,
    cancels: outbound?.cancels?.includes(event.type) ?? false
  }
}

/** The earlier published view was wrong: whoever has it is told; where a partner cannot be told by message, a person must. */
const correct = async (
  gateway: Gateway,
  tx: Tx,
  chapter: Chapter,
  version: Version,
  { issue, now, since, told }: { issue: Issue; now: Date; since: number; told: ReadonlySet<string> }
): Promise<void> => {
  const holders = (await holdersOf(tx, chapter, version, issue)).filter(({ partnerId, latest }) => latest >= since || told.has(partnerId))
  if (holders.length === 0) return
  const notice: NewEvent = {
    id: newId(),
    type: 'record.corrected',
    effectiveAt: now,
    receivedAt: now,
    source: 'jisr',
    payload: { corrects: version.event.id, version: version.number }
  }
  issue.events.push(eventRow(gateway, chapter, notice))
  const event: FoldEvent = { id: notice.id, type: notice.type, effectiveAt: now.toISOString(), payload: notice.payload }
  for (const holder of holders) {
    const partner = gateway.directory.partner(holder.partnerId)
    if (partner !== undefined && isObjectedTo(chapter, partner)) continue
    if (partner?.code.outbound?.accepts.includes('record.corrected'))
      issue.deliveries.push(deliveryTo(partner, chapter, version, event, now))
    else if (holder.acted) {
      const reason = `${holder.partnerId} acted on the earlier version and has to be told`
      issue.cases.push(caseOf(chapter, 'corrected-after-sent', version.event.id, reason))
    }
  }
}

interface Holder {
  partnerId: string
  /** The latest version it was sent, or will be. */
  latest: number
  /** It has that version by now, or may have. */
  acted: boolean
}

/** Whoever has an earlier version of this subject's record, or is about to get one that this very group made. */
const holdersOf = async (tx: Tx, chapter: Chapter, version: Version, issue: Issue): Promise<Holder[]> => {
  const holders = new Map<string, Holder>((await partnersWith(tx, chapter.subject.id)).map(holder => [holder.partnerId, holder]))
  for (const { subjectId, partnerId, version: latest } of issue.deliveries) {
    if (subjectId !== chapter.subject.id || latest >= version.number) continue
    const known = holders.get(partnerId)
    holders.set(partnerId, { partnerId, latest: Math.max(latest, known?.latest ?? 0), acted: known?.acted ?? false })
  }
  return [...holders.values()]
}

/** The first version that can have held one of these facts; 0 where it is their order that was wrong. */
const wrongSince = async (tx: Tx, chapter: Chapter, noLongerApplied: readonly string[]): Promise<number> => {
  if (noLongerApplied.length === 0) return 0
  const own = chapter.added.filter(version => noLongerApplied.includes(version.event.id)).map(version => version.number)
  const stored = await firstVersionWith(tx, chapter.subject.id, noLongerApplied)
  return Math.min(...own, stored ?? Number.POSITIVE_INFINITY)
}

const eventRow = (gateway: Gateway, { subject, owner }: Chapter, event: NewEvent): EventRow => {
  const { corrects, ...payload } = event.payload
  return {
    id: event.id,
    type: event.type,
    subjectId: subject.id,
    personId: subject.personId,
    source: event.source,
    effectiveAt: event.effectiveAt,
    receivedAt: event.receivedAt,
    corrects: typeof corrects === 'string' ? corrects : null,
    body: gateway.vault.sealJson(owner, payload, { table: 'event', column: 'body', row: event.id })
  }
}

const recordRow = (gateway: Gateway, { subject, owner }: Chapter, { event, number, after }: Version) => ({
  subjectId: subject.id,
  version: number,
  eventId: event.id,
  state: after.state,
  body: gateway.vault.sealJson(owner, after, { table: 'record', column: 'body', row: `${subject.id} ${number}` })
})

const subjectRow = ({ subject, added }: Chapter) => {
  const { after, number } = added.at(-1) as Version
  const waiting = after.waiting.map(({ eventId }) => eventId)
  return { id: subject.id, state: after.state, version: number, waiting, ...clearColumns(after.record) }
}
