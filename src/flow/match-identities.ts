// Who is who: remembers the identifiers that records carry, links people who are one, and holds those who share what only one can have.
import type { MigrantRecord } from '../../schemas/record.ts'
import { compareIdentities, type Identity, identityOf } from '../domain/placement-conflicts.ts'
import type { Tx } from '../store/database.ts'
import { addIdentifiers, findByIdentifier, findPeople, holdPeople, linkPeople, lockIdentifiers } from '../store/people.ts'
import { openCases, placementsOf, readSubjects } from '../store/subjects.ts'
import type { Chapter } from './chapter.ts'
import type { Gateway } from './gateway.ts'
import { newId } from './identifiers.ts'

interface Carried {
  personId: string
  scheme: string
  hash: Buffer
  chapter: Chapter
}

/**
 * Looks at the identifiers that this group's records carry. The same person at two agencies is linked and the second registration becomes a
 * case; two people under one identity number are held, and nothing leaves about either until somebody has looked.
 */
export const matchIdentities = async (gateway: Gateway, tx: Tx, chapters: readonly Chapter[]): Promise<void> => {
  const carried = chapters.flatMap(chapter => carriedBy(gateway, chapter))
  if (carried.length === 0) return
  await lockIdentifiers(tx, carried)
  await addIdentifiers(tx, carried)
  const holders = await findByIdentifier(tx, distinct(carried))
  const shared = carried.flatMap(own =>
    holders
      .filter(h => h.personId !== own.personId && h.scheme === own.scheme && h.hash.equals(own.hash))
      .map(h => ({ own, otherId: h.personId }))
  )
  // Each two once, though both came in this group: compared from either side, each would be the later one and both be held.
  const pairs = new Map(shared.map(pair => [[pair.own.personId, pair.otherId].toSorted().join(' '), pair]))
  for (const { own, otherId } of pairs.values()) await compare(gateway, tx, own, otherId, chapters)
}

interface Facts {
  identity: Identity
  /** A day or an instant, '' when nobody said. */
  registeredAt: string
}

const toFacts = (record: Partial<MigrantRecord>): Facts => ({
  identity: identityOf(record),
  registeredAt: record.registration?.registeredAt ?? ''
})

/** Only identifiers that the group brought: those of records that were there before are known already. */
const carriedBy = (gateway: Gateway, chapter: Chapter): Carried[] => {
  const { personId } = chapter.subject
  if (personId === null || chapter.subject.kind !== 'placement') return []
  const before = new Set(identifiersOf(chapter.added[0]?.before.record ?? {}).map(i => JSON.stringify(i)))
  return identifiersOf(chapter.record())
    .filter(identifier => !before.has(JSON.stringify(identifier)))
    .map(identifier => ({ personId, scheme: identifier.scheme, hash: gateway.vault.hashes.identifier(identifier), chapter }))
}

/** Identity numbers, passports and NIE; a passport number means nothing without its country. */
const identifiersOf = (record: Partial<MigrantRecord>): { scheme: string; country?: string; value: string }[] => [
  ...(record.person?.identifiers ?? []).map(({ scheme, value, country }) =>
    scheme === 'PASSPORT' && country !== undefined ? { scheme, value, country } : { scheme, value }
  ),
  ...(record.documents ?? [])
    .filter(document => document.type === 'PASSPORT')
    .map(document => ({ scheme: 'PASSPORT', value: document.number, country: document.country })),
  ...(record.authorization?.nie === undefined ? [] : [{ scheme: 'ES-NIE', value: record.authorization.nie }]),
  ...(record.callback?.nie === undefined ? [] : [{ scheme: 'ES-NIE', value: record.callback.nie }])
]

const compare = async (gateway: Gateway, tx: Tx, own: Carried, otherId: string, chapters: readonly Chapter[]): Promise<void> => {
  const theirs = await factsOf(gateway, tx, otherId, chapters)
  if (theirs === null) return
  const ours = toFacts(own.chapter.record())
  // The earlier registration stands (what the agencies say, not who was faster on the wire); on one day, who was here first: ids are time-ordered.
  const theyAreLater = theirs.registeredAt === ours.registeredAt ? otherId > own.personId : theirs.registeredAt > ours.registeredAt
  const [first, second] = theyAreLater ? [own.personId, otherId] : [otherId, own.personId]
  const likeness = compareIdentities(ours.identity, theirs.identity)
  if (likeness.verdict === 'different') return
  if (likeness.verdict === 'same') {
    await linkPeople(tx, [{ personId: second, otherId: first, reason: `same ${likeness.by}` }])
    await holdPeople(tx, [second], 'registered before by another agency')
    await openCases(tx, [
      {
        ...caseOf(
          own,
          'registered-twice',
          `the same person (by ${likeness.by}) is known through another registration; the earlier one stands`
        ),
        personId: second
      }
    ])
    return
  }
  await holdPeople(tx, [first, second], 'two people share an identity number')
  for (const personId of [first, second]) {
    await openCases(tx, [
      { ...caseOf(own, 'identity-shared', `two people under one ${likeness.by}: ask both agencies for a scan of the document`), personId }
    ])
  }
}

const caseOf = (own: Carried, kind: string, reason: string) => ({
  id: newId(),
  kind,
  subjectId: own.chapter.subject.id,
  personId: own.personId,
  eventId: own.chapter.added.at(-1)?.event.id ?? null,
  reason
})

/** The other person's latest placement, from this group if it is in it. */
const factsOf = async (gateway: Gateway, tx: Tx, personId: string, chapters: readonly Chapter[]): Promise<Facts | null> => {
  const here = chapters.find(chapter => chapter.subject.personId === personId && chapter.subject.kind === 'placement')
  if (here !== undefined) return toFacts(here.record())
  const [placement] = await placementsOf(tx, [personId])
  const [person] = await findPeople(tx, [personId])
  if (placement === undefined || person?.wrappedKey == null) return null
  const [subject] = await readSubjects(tx, [placement.id])
  if (subject?.body == null) return null
  const place = { table: 'record', column: 'body', row: `${subject.id} ${subject.version}` }
  const { record } = gateway.vault.openJson<{ record: Partial<MigrantRecord> }>(
    { personId, wrappedKey: person.wrappedKey },
    subject.body,
    place
  )
  return toFacts(record)
}

const distinct = (carried: readonly Carried[]): { scheme: string; hash: Buffer }[] => [
  ...new Map(carried.map(c => [`${c.scheme} ${c.hash.toString('hex')}`, c])).values()
]
