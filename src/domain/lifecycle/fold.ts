// The heart: a subject's state and record are what its events, in the order in which they took effect, make of them.
import { type EventType, eventTable, type SubjectKind } from '../../../schemas/event.ts'
import { authorizationTable } from './authorization.ts'
import { correct, type Fact, isCorrection } from './corrections.ts'
import { type JsonObject, merge } from './merge.ts'
import { offerTable } from './offer.ts'
import { placementTable } from './placement.ts'
import { concerns, type Lifecycle, notBegun, prepare } from './table.ts'

export interface FoldEvent {
  /** Time-ordered UUID. */
  id: string
  type: EventType
  /** ISO 8601 instant (a bare date is its midnight UTC). */
  effectiveAt: string
  /** A patch of the record: the sections that the event table names for the type, plus `campaign` and `offer`. */
  payload: JsonObject
  /** The event that this one replaces. */
  corrects?: string
}

/** Where an event stands in a subject's life: (effective time in ms, life-cycle rank, event id). */
export type FoldKey = readonly [effectiveMs: number, rank: number, eventId: string]

export interface Reason {
  eventId: string
  because: string
}

/** Every event given is in exactly one of the four lists. */
export interface Folded {
  kind: SubjectKind
  /** A word of the kind's table; NEW while nothing has begun it. */
  state: string
  /** The merged patches, without id, version and state, which the store adds. */
  record: JsonObject
  /** Ids in the order applied. A corrected fact is here under its last correction's id. */
  applied: readonly string[]
  /** No longer counted: replaced by a correction, or overtaken by facts dated earlier. */
  setAside: readonly Reason[]
  /** Kept, not applied: nothing leads from the state reached to where this event belongs. */
  waiting: readonly Reason[]
  /** Dated after the end of the subject's life, or with no place in anything that can still come: a person must look. */
  contradictions: readonly Reason[]
  /** The key of the event that sorts last, whichever list it is in. */
  lastKey: FoldKey | null
  /** The key of the event that led to a terminal state, while the state is one. */
  closedBy: FoldKey | null
}

const lifecycles: Readonly<Record<SubjectKind, Lifecycle>> = {
  placement: prepare(placementTable),
  authorization: prepare(authorizationTable),
  offer: prepare(offerTable)
}

/**
 * Folds all events of a subject. The answer depends on the set of events only, not on the order in which they are given or were received.
 *
 * Events are tried by (effective time, rank, id). One that has no place where it stands is tried again after every event applied later, the
 * earliest first: paper dates are often wrong by a day, and holding a visa for ever because a contract was typed with tomorrow's date helps
 * nobody. What still has no place at the end waits; it contradicts when it is dated after the end of the subject's life, or when no state that
 * can still come has a place for it (a second selection).
 * @throws RangeError when an `effectiveAt` is not a date: ingest checks it, so this is our mistake.
 */
export const fold = (kind: SubjectKind, events: readonly FoldEvent[]): Folded => {
  const lifecycle = lifecycles[kind]
  const { facts, replaced, orphans } = correct(unique(events))
  const tried = facts.map(fact => ({ ...fact, key: keyOf(lifecycle, fact) })).sort((a, b) => compareKeys(a.key, b.key))

  const course = start(kind)
  for (const { eventId, by } of replaced) course.setAside.push({ eventId, because: `replaced by the correction ${by}` })
  let pending: Tried[] = []
  for (const candidate of tried) {
    if (advance(course, lifecycle, candidate)) pending = drain(course, lifecycle, pending)
    else pending.push(candidate)
  }

  for (const event of orphans) course.waiting.push({ eventId: event.id, because: 'corrects an event that has not arrived' })
  for (const candidate of pending) settle(course, lifecycle, candidate)
  return finish(course, [...tried.map(({ key }) => key), ...orphans.map(event => keyOf(lifecycle, { event, rootId: event.id }))])
}

/**
 * The fold of everything before plus one event, without the history; or null when only a full fold can tell: the event does not sort after
 * everything there, is or meets a correction, or could set free what is held back. When it is not null it equals the full fold.
 */
export const extend = (folded: Folded, event: FoldEvent): Folded | null => {
  if (isCorrection(event) || folded.waiting.length > 0) return null
  const lifecycle = lifecycles[folded.kind]
  const candidate = { event, rootId: event.id, key: keyOf(lifecycle, { event, rootId: event.id }) }
  if (folded.lastKey !== null && compareKeys(candidate.key, folded.lastKey) <= 0) return null
  const { kind, state, record, closedBy } = folded
  const course: Course = {
    ...{ kind, state, record, closedBy },
    applied: [...folded.applied],
    setAside: [...folded.setAside],
    waiting: [],
    contradictions: [...folded.contradictions]
  }
  if (!advance(course, lifecycle, candidate)) settle(course, lifecycle, candidate)
  else if (course.state !== state && folded.contradictions.length > 0) return null
  return finish(course, [candidate.key])
}

/** The record after each of these events, which were applied in this order to a subject whose record was `before`. */
export const replay = (kind: SubjectKind, applied: readonly FoldEvent[], before: JsonObject): JsonObject[] => {
  let record = before
  return applied.map(event => {
    record = merge(record, patchOf(kind, event))
    return record
  })
}

/** Orders keys; ids compare by code unit, never by locale. */
export const compareKeys = (a: FoldKey, b: FoldKey): number => a[0] - b[0] || a[1] - b[1] || (a[2] < b[2] ? -1 : a[2] > b[2] ? 1 : 0)

type Tried = Fact & { key: FoldKey }

type Course = {
  -readonly [Member in Exclude<keyof Folded, 'lastKey'>]: Folded[Member] extends readonly (infer Item)[] ? Item[] : Folded[Member]
}

const start = (kind: SubjectKind): Course => ({
  ...{ kind, state: notBegun, record: {}, closedBy: null },
  ...{ applied: [], setAside: [], waiting: [], contradictions: [] }
})

/** Applies or sets aside one event; false, and nothing changed, when it has no place here. */
const advance = (course: Course, lifecycle: Lifecycle, { event, key }: Tried): boolean => {
  if (!concerns(course.kind, event.type)) return false
  const step = lifecycle.step(course.state, event.type, course.record)
  switch (step.does) {
    case 'nothing':
      return false
    case 'overtaken':
      course.setAside.push({ eventId: event.id, because: `${event.type} was overtaken: ${course.state} had been reached` })
      return true
    case 'move':
      // The first closing counts: a death after a withdrawal does not turn what came between them into something merely early.
      if (!lifecycle.terminal.has(step.to)) course.closedBy = null
      else course.closedBy ??= key
      course.state = step.to
      break
  }
  course.record = merge(course.record, patchOf(course.kind, event))
  course.applied.push(event.id)
  return true
}

/** Tries what is pending, the earliest first, until nothing moves; at most every event is applied once, so this ends. */
const drain = (course: Course, lifecycle: Lifecycle, pending: readonly Tried[]): Tried[] => {
  let left = [...pending]
  for (let round = 0; round < pending.length; round++) {
    const free = left.findIndex(candidate => advance(course, lifecycle, candidate))
    if (free === -1) return left
    left = left.toSpliced(free, 1)
  }
  return left
}

const settle = (course: Course, lifecycle: Lifecycle, { event, key }: Tried): void => {
  const { kind, state, closedBy } = course
  const { id: eventId, type } = event
  if (!concerns(kind, type)) course.waiting.push({ eventId, because: `${type} is not about this ${kind}` })
  else if (closedBy !== null && compareKeys(key, closedBy) > 0)
    course.contradictions.push({ eventId, because: `${type} came after ${state}` })
  else if (closedBy === null && !lifecycle.mayComeTo(state, type))
    course.contradictions.push({ eventId, because: `${type} has no place any more: ${state} was reached` })
  else course.waiting.push({ eventId, because: `${type} does not follow ${state}` })
}

const finish = (course: Course, keys: readonly FoldKey[]): Folded => {
  const lastKey = keys.reduce<FoldKey | null>((last, key) => (last === null || compareKeys(key, last) > 0 ? key : last), null)
  return { ...course, lastKey }
}

const keyOf = (lifecycle: Lifecycle, { event, rootId }: Fact): FoldKey => {
  const effectiveMs = Date.parse(event.effectiveAt)
  if (Number.isNaN(effectiveMs)) throw new RangeError(`The event ${event.id} has no valid effective time.`)
  return [effectiveMs, lifecycle.rank(event.type), rootId]
}

/** What of the payload belongs to the record of this kind. `version` and `corrects` are about the event, not about the subject. */
const patchOf = (kind: SubjectKind, event: FoldEvent): JsonObject => {
  const { payload } = event
  if (kind === 'authorization') return authorizationPatch(payload)
  const members = kind === 'placement' ? [...eventTable[event.type].patches, 'campaign', 'offer'] : eventTable[event.type].patches
  return Object.fromEntries(members.filter(member => Object.hasOwn(payload, member)).map(member => [member, payload[member]]))
}

/** The authorization keeps its own section, the stay, and whom it lets her work for. */
const authorizationPatch = (payload: JsonObject): JsonObject => {
  const employer = (payload.selection as JsonObject | undefined)?.employer
  return {
    ...(Object.hasOwn(payload, 'authorization') ? { authorization: payload.authorization } : {}),
    ...(Object.hasOwn(payload, 'stay') ? { stay: payload.stay } : {}),
    ...(employer === undefined ? {} : { employer })
  }
}

/** The same event given twice is one event; by id, so that nothing below hangs on the order in which events were read. */
const unique = (events: readonly FoldEvent[]): FoldEvent[] =>
  [...new Map(events.map(event => [event.id, event])).values()].sort((a, b) => (a.id < b.id ? -1 : 1))
