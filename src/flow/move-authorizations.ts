// move authorizations: what placements say of an authorisation is folded into the one of the same person and employer, and taken back where it was another's.
import { clearColumns } from '../domain/columns.ts'
import { employersOf, movingTypes } from '../domain/lifecycle/employers.ts'
import type { FoldEvent } from '../domain/lifecycle/fold.ts'
import type { Tx } from '../store/database.ts'
import { type AuthorizationLink, eventsOfTypes, linksOfPlacements, lockSubjects, resolveSubjects } from '../store/subjects.ts'
import { type Chapter, type NewEvent, openChapter, type Version } from './chapter.ts'
import type { Gateway } from './gateway.ts'
import { newId } from './identifiers.ts'

/** What one placement has to say. */
interface Word {
  placement: Chapter
  /** By the id of an event, the employer whose authorisation it moves. */
  employers: ReadonlyMap<string, string>
  /** All that the placement says is in `employers`: what was said otherwise before is taken back. Else only what is new. */
  isWhole: boolean
}

export interface Moved {
  /** Some may be among the chapters given. */
  authorizations: readonly Chapter[]
  /** To be stored once the events are. */
  links: readonly (AuthorizationLink & { counts: boolean })[]
}

/** Moves the authorisations of the placements among these chapters. Late facts may show that what was said of one is another employer's. */
export const moveAuthorizations = async (gateway: Gateway, tx: Tx, chapters: readonly Chapter[]): Promise<Moved> => {
  const words = await wordsOf(
    tx,
    chapters.filter(chapter => chapter.subject.kind === 'placement' && chapter.added.length > 0)
  )
  const whole = words.filter(word => word.isWhole).map(({ placement }) => placement.subject.id)
  const linked = whole.length === 0 ? [] : await linksOfPlacements(tx, whole)
  const meant = await resolveMeant(gateway, tx, words)
  const authorizationOf = new Map(meant.map(({ eventId, authorizationId }) => [eventId, authorizationId]))
  const wrong = linked.filter(({ eventId, authorizationId }) => authorizationOf.get(eventId) !== authorizationId)
  const known = new Set(linked.map(({ eventId, authorizationId }) => `${eventId} ${authorizationId}`))
  const right = meant.filter(({ eventId, authorizationId }) => !known.has(`${eventId} ${authorizationId}`))
  const opened = await openAll(gateway, tx, chapters, [...new Set([...wrong, ...right].map(link => link.authorizationId))])
  for (const [id, gone] of Map.groupBy(wrong, link => link.authorizationId)) {
    const because = words.find(({ placement }) => placement.subject.id === gone[0]?.placementId)?.placement.added.at(-1) as Version
    await opened.get(id)?.drop(
      gone.map(link => link.eventId),
      because.event
    )
  }
  for (const { authorizationId, event } of right) await opened.get(authorizationId)?.add(event, { stored: true })
  const links = [...wrong.map(link => ({ ...link, counts: false })), ...right.map(link => ({ ...link, counts: true }))]
  return { authorizations: [...opened.values()], links }
}

/** Where events only came behind those before, they alone are looked at; where they changed what came before, all are. */
const wordsOf = async (tx: Tx, placements: readonly Chapter[]): Promise<Word[]> => {
  const naming = placements.filter(placement => employerBefore(placement) === null && employerOf(placement.record()) !== null)
  const earlier = naming.length === 0 ? [] : await eventsOfTypes(tx, naming.map(idOf), movingTypes)
  const words: Word[] = []
  for (const placement of placements) {
    const { before } = placement.added[0] as Version
    const { after } = placement.added.at(-1) as Version
    const isAppended = before.applied.every((id, i) => after.applied[i] === id)
    const isSilent = naming.includes(placement) && after.applied.some(id => earlier.includes(id))
    const isWhole = !isAppended || isSilent
    const events = await eventsOf(placement, isWhole ? after.applied : after.applied.slice(before.applied.length))
    words.push({ placement, isWhole, employers: employersOf(events, isWhole ? {} : before.record) })
  }
  return words
}

const idOf = ({ subject }: Chapter): string => subject.id
const employerOf = (record: Readonly<Record<string, unknown>>): string | null => clearColumns(record).employer
const employerBefore = ({ added }: Chapter): string | null => employerOf((added[0] as Version).before.record)

const eventsOf = async (placement: Chapter, ids: readonly string[]): Promise<FoldEvent[]> => {
  const events: FoldEvent[] = []
  for (const id of ids) events.push((await placement.eventOf(id)) as FoldEvent)
  return events
}

/** The authorisation that each event moves, made where there is none yet. */
const resolveMeant = async (gateway: Gateway, tx: Tx, words: readonly Word[]): Promise<(AuthorizationLink & { event: NewEvent })[]> => {
  const keyed = words.flatMap(({ placement, employers }) =>
    [...employers].map(([eventId, employer]) => ({
      placement,
      eventId,
      naturalKey: gateway.vault.hashes.other('authorization', placement.subject.personId as string, employer)
    }))
  )
  if (keyed.length === 0) return []
  const keys = new Map(keyed.map(({ placement: { subject }, naturalKey }) => [naturalKey.toString('hex'), { subject, naturalKey }]))
  const wanted = [...keys.values()].map(({ subject: { personId, clientId }, naturalKey }) => ({
    ...{ id: newId(), kind: 'authorization' as const, personId, naturalKey, clientId, campaign: null }
  }))
  const ids = await resolveSubjects(tx, wanted)
  const meant: (AuthorizationLink & { event: NewEvent })[] = []
  for (const { placement, eventId, naturalKey } of keyed) {
    // What it corrects was judged by the placement: the authorisation gets the word that counts.
    const { corrects: _corrects, ...event } = (await placement.eventOf(eventId)) as FoldEvent
    const authorizationId = ids.get(`authorization:${naturalKey.toString('hex')}`) as string
    meant.push({
      eventId,
      authorizationId,
      event: { ...event, effectiveAt: new Date(event.effectiveAt), receivedAt: new Date(), source: '' }
    })
  }
  return meant
}

/** Locked and opened, unless this very group has one open already. */
const openAll = async (gateway: Gateway, tx: Tx, chapters: readonly Chapter[], ids: readonly string[]): Promise<Map<string, Chapter>> => {
  const open = new Map(chapters.filter(({ subject }) => ids.includes(subject.id)).map(chapter => [chapter.subject.id, chapter]))
  const missing = ids.filter(id => !open.has(id))
  const rows = missing.length === 0 ? [] : await lockSubjects(tx, missing)
  for (const row of rows) open.set(row.id, openChapter(gateway, tx, row))
  return open
}
