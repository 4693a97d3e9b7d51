// One subject while its transaction lasts: the record before, the events added, and the record after each of them.
import type { EventType } from '../../schemas/event.ts'
import type { MigrantRecord } from '../../schemas/record.ts'
import { extend, type FoldEvent, type Folded, fold } from '../domain/lifecycle/fold.ts'
import type { Tx } from '../store/database.ts'
import { type EventRow, readAuthorizationEvents, readEvents, type SubjectRow } from '../store/subjects.ts'
import type { Gateway } from './gateway.ts'
import type { Owner } from './vault.ts'

/** An event as it is about to be stored. */
export interface NewEvent {
  id: string
  type: EventType
  effectiveAt: Date
  receivedAt: Date
  source: string
  payload: Record<string, unknown>
}

/** One event added: what it made of the record. */
export interface Version {
  event: NewEvent
  number: number
  before: Folded
  after: Folded
}

export interface Chapter {
  subject: SubjectRow
  owner: Owner
  /** What the group adds, in order; its events are stored unless they already are (`stored`). */
  added: (Version & { stored: boolean })[]
  warnings: { eventId: string; code: string; reason: string }[]
  /** The record as it stands now. */
  record(): Partial<MigrantRecord>
  add(event: NewEvent, options?: { stored: boolean }): Promise<void>
  /** What the record would be with this event; nothing is added. */
  foresee(event: NewEvent): Promise<Folded>
  /** Folds again without these events, which turned out to be about another subject; `cause` is the event that showed it. */
  drop(ids: readonly string[], cause: NewEvent): Promise<void>
  warn(eventId: string, warning: { code: string; reason: string }): void
  /** Type and effective time of an event of this subject, read already or added. */
  eventOf(id: string): Promise<FoldEvent | undefined>
  /** Ids of the event and of all that corrects it or that it corrects: the tellings of one fact. */
  familyOf(id: string): Promise<string[]>
}

/** Opens a subject that is locked. @throws Erased when its person's key was destroyed. */
export const openChapter = (gateway: Gateway, tx: Tx, subject: SubjectRow): Chapter => {
  const owner: Owner = subject.personId === null ? 'gateway' : { personId: subject.personId, wrappedKey: subject.wrappedKey }
  const place = { table: 'record', column: 'body', row: `${subject.id} ${subject.version}` }
  let folded: Folded = subject.body === null ? fold(subject.kind, []) : gateway.vault.openJson<Folded>(owner, subject.body, place)
  let history: Map<string, FoldEvent> | undefined
  let version = subject.version

  const added: Chapter['added'] = []
  const readHistory = async (): Promise<Map<string, FoldEvent>> => {
    if (history !== undefined) return history
    const rows: EventRow[] =
      subject.kind === 'authorization' ? await readAuthorizationEvents(tx, [subject.id]) : await readEvents(tx, [subject.id])
    history = new Map(rows.filter(row => row.type !== 'record.corrected').map(row => [row.id, openEvent(gateway, owner, row, subject.id)]))
    for (const { event } of added) history.set(event.id, foldable(event))
    return history
  }
  const foldWith = async (event: FoldEvent): Promise<Folded> =>
    extend(folded, event) ?? fold(subject.kind, [...(await readHistory()).values(), event])

  return {
    subject,
    owner,
    added,
    warnings: [],
    record: () => folded.record as Partial<MigrantRecord>,
    warn(eventId, warning) {
      this.warnings.push({ eventId, ...warning })
    },
    async add(event, { stored } = { stored: false }) {
      const before = folded
      folded = await foldWith(foldable(event))
      history?.set(event.id, foldable(event))
      version += 1
      added.push({ event, number: version, before, after: folded, stored })
    },
    foresee: event => foldWith(foldable(event)),
    async drop(ids, cause) {
      const before = folded
      const events = await readHistory()
      for (const id of ids) events.delete(id)
      folded = fold(subject.kind, [...events.values()])
      version += 1
      added.push({ event: cause, number: version, before, after: folded, stored: true })
    },
    async eventOf(id) {
      const own = added.find(version => version.event.id === id)
      return own === undefined ? (await readHistory()).get(id) : foldable(own.event)
    },
    async familyOf(id) {
      const events = await readHistory()
      const root = rootOf(events, id)
      return [...events.keys()].filter(other => rootOf(events, other) === root)
    }
  }
}

/** What a correction corrects in the end; at most as many steps as there are events. */
const rootOf = (events: ReadonlyMap<string, FoldEvent>, id: string): string => {
  let root = id
  for (let step = 0; step < events.size; step++) {
    const earlier = events.get(root)?.corrects
    if (earlier === undefined || !events.has(earlier)) break
    root = earlier
  }
  return root
}

const foldable = (event: NewEvent): FoldEvent => {
  const { corrects, ...payload } = event.payload
  return {
    id: event.id,
    type: event.type,
    effectiveAt: event.effectiveAt.toISOString(),
    payload,
    ...(typeof corrects === 'string' ? { corrects } : {})
  }
}

/**
 * An event as stored. What a placement's correction corrects was judged there: an authorisation gets the word that counts, and no other.
 * @throws Erased when its person's key was destroyed.
 */
const openEvent = (gateway: Gateway, owner: Owner, row: EventRow, subjectId: string): FoldEvent => ({
  id: row.id,
  type: row.type as EventType,
  effectiveAt: row.effectiveAt.toISOString(),
  payload: gateway.vault.openJson(owner, row.body, { table: 'event', column: 'body', row: row.id }),
  ...(row.corrects === null || row.subjectId !== subjectId ? {} : { corrects: row.corrects })
})
