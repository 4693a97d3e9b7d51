// ingest: turns submissions into events, folds the records they are about, and publishes, all in one transaction.
import { type EventType, eventTable } from '../../schemas/event.ts'
import type { MigrantRecord } from '../../schemas/record.ts'
import { check, type Objection } from '../domain/rules/intake.ts'
import { readSaid, type Said } from '../domain/words/said.ts'
import { domainWords, inEnglish, says } from '../domain/words/words.ts'
import type { Tx } from '../store/database.ts'
import { wake } from '../store/deliveries.ts'
import { findPeople, type Gone, pairwiseOfClients, renewSources, resolveSources, type SourcePerson } from '../store/people.ts'
import { forget, recall, refuseSeen, remember, reopen, type Seen, type Sighting, type Way } from '../store/seen.ts'
import {
  authorizationsOf,
  lockSubjects,
  type NamedSubject,
  placementsOf,
  resolveSubjects,
  type SubjectKind,
  type SubjectRow
} from '../store/subjects.ts'
import { type Chapter, type NewEvent, openChapter } from './chapter.ts'
import type { Gateway } from './gateway.ts'
import { newId } from './identifiers.ts'
import { type LedgerPage, openLedgerPage } from './ledger-page.ts'
import { matchIdentities } from './match-identities.ts'
import { publish } from './publish.ts'
import { shownTo } from './shown.ts'

/** One canonical event as somebody told it. */
export interface Submission {
  /** The client's or partner's id. */
  source: string
  /** The sender's own id of the message or row: with `source`, what makes a repeat a repeat. */
  key: string
  payloadHash: Buffer
  type: EventType
  /** As the sender knows the person or offer, or as we do. */
  about: { sourceId: string } | { subjectId: string }
  /** A checked patch of the record (schemas/event.ts). */
  payload: Record<string, unknown>
  effectiveAt: Date
  /** The bytes to commit to in the ledger: the signed token, or the row as it came. */
  evidence: string
  /** Submissions with the same value are ingested in the order they arrive. */
  order: string
  /** By which way a client told it; absent for what a partner sent. */
  way?: Way
  /** What was refused before may come again with other content under the same key: rows of a file have no other way to be mended. */
  correctable?: true
  /** Asked under the subject's lock, before anything else of it is; what it finds is answered, and the submission leaves nothing behind. */
  judge?: Judge
}

/** For whoever bases an event on the record as it was seen. It may run again, with the transaction. */
export type Judge = (tx: Tx, chapter: Chapter, event: NewEvent) => Promise<Objection | null>

export type IngestAnswer =
  | { status: 'accepted'; eventId: string; repeated: boolean }
  /** Understood, and against a rule: `code` names it, `reason` says what to do; `said` is the same for any language, null where it is there in English alone. */
  | { status: 'refused'; code: string; reason: string; said: Said | null; repeated: boolean }
  /** The key was used before with other content. */
  | { status: 'conflict' }

interface Entry {
  submission: Submission
  position: number
  keyHash: Buffer
  /** Keyed: nobody who reads the table can test a guess of what was said. */
  payloadHash: Buffer
  eventId: string
  subjectId?: string
  /** Of a person whose data is blocked or erased: nothing is added to it. */
  gone?: Gone['as']
  /** Whom it is about, where that is all that is known. */
  personId?: string
  /** The leaf of its refusal. */
  leafId?: string
  /** Nothing of it is kept. */
  isForgotten?: true
}

/**
 * Ingests submissions that share a commit. Keys must be distinct within the group.
 * @returns an answer for each, in order. All or none are stored.
 */
export const ingestGroup = async (gateway: Gateway, submissions: readonly Submission[]): Promise<IngestAnswer[]> => {
  const startedAt = performance.now()
  const now = gateway.clock.wall()
  const entries: Entry[] = submissions.map((submission, position) => ({
    submission,
    position,
    keyHash: gateway.vault.hashes.messageKey(submission.source, submission.key),
    payloadHash: gateway.vault.hashes.other('payload', submission.payloadHash.toString('base64url')),
    eventId: newId()
  }))
  // What a try notes of its entries goes with it.
  const answers = await gateway.database.transaction(
    tx =>
      ingestWithin(
        gateway,
        tx,
        entries.map(entry => ({ ...entry })),
        now
      ),
    { retry: true }
  )
  await gateway.database.query(wake)
  gateway.log('event.ingested', {
    events: answers.length,
    repeated: answers.filter(a => a.status !== 'conflict' && a.repeated).length,
    refused: answers.filter(a => a.status === 'refused').length,
    durationMs: Math.round(performance.now() - startedAt)
  })
  return answers
}

const ingestWithin = async (gateway: Gateway, tx: Tx, entries: readonly Entry[], now: Date): Promise<IngestAnswer[]> => {
  const answers: IngestAnswer[] = []
  const fresh = await sightings(tx, entries, answers, now)
  if (fresh.length === 0) return answers
  await resolve(gateway, tx, fresh)
  const named = fresh.filter(entry => entry.subjectId !== undefined)
  const rows = await lockSubjects(tx, [...new Set(named.map(e => e.subjectId as string))])
  const chapters = new Map(rows.filter(row => !isGone(row)).map(row => [row.id, openChapter(gateway, tx, row)]))
  for (const row of rows.filter(isGone)) {
    for (const entry of named) if (entry.subjectId === row.id) entry.gone = row.isBlocked ? 'blocked' : 'erased'
  }
  const page = openLedgerPage(gateway, tx)
  for (const entry of fresh) if (entry.gone !== undefined) answers[entry.position] = goneAnswers[entry.gone]
  await refuseUnclear(
    tx,
    fresh.filter(entry => entry.gone === undefined && entry.subjectId === undefined),
    answers,
    page
  )
  const known = fresh.filter(entry => answers[entry.position] === undefined)
  for (const entry of known) answers[entry.position] = await apply(tx, entry, chapters.get(entry.subjectId as string) as Chapter, now, page)
  const forgotten = known.filter(entry => entry.isForgotten)
  if (forgotten.length > 0) await forget(tx, forgotten.map(sightingOf))
  const refusals = fresh.flatMap(entry => refusalOf(entry, answers[entry.position] as IngestAnswer))
  if (refusals.length > 0) await refuseSeen(tx, refusals)
  const moved = [...chapters.values()].filter(chapter => chapter.added.length > 0)
  await matchIdentities(gateway, tx, moved)
  await publish(gateway, tx, moved, now)
  await page.write()
  return answers
}

/** Writes the sightings first; whoever was seen before gets the first answer, and is out. */
const sightings = async (tx: Tx, entries: readonly Entry[], answers: IngestAnswer[], now: Date): Promise<Entry[]> => {
  const fresh = await remember(tx, entries.map(sightingOf), now)
  const repeats = entries.filter(e => !fresh.has(e.position))
  if (repeats.length > 0) {
    const mended = await reopen(tx, repeats.filter(e => e.submission.correctable).map(sightingOf), now)
    const known = repeats.filter(e => !mended.has(e.eventId))
    const first = await recall(
      tx,
      known.map(e => ({ source: e.submission.source, keyHash: e.keyHash }))
    )
    known.forEach((entry, i) => {
      answers[entry.position] = repeatAnswer(entry, first[i])
    })
  }
  return entries.filter(e => answers[e.position] === undefined)
}

const sightingOf = ({ submission, keyHash, payloadHash, eventId }: Entry): Sighting => ({
  source: submission.source,
  keyHash,
  payloadHash,
  eventId,
  way: submission.way ?? null
})

const repeatAnswer = (entry: Entry, seen: Seen | undefined): IngestAnswer => {
  if (seen === undefined) throw new Error('a key is taken and cannot be read')
  if (!seen.payloadHash.equals(entry.payloadHash)) return { status: 'conflict' }
  if (seen.status === 'accepted') return { status: 'accepted', eventId: seen.eventId as string, repeated: true }
  const { code, reason, said } = seen.answer
  return { status: 'refused', code: String(code), reason: String(reason), said: readSaid(domainWords.en, said), repeated: true }
}

const refused = ({ code, said }: Objection): IngestAnswer => ({ status: 'refused', code, reason: inEnglish(said), said, repeated: false })

/** An authorisation is of a person and an employer: whoever speaks of one must make clear which is meant. */
const noAuthorization = refused({ code: 'which-authorization', said: says('which-authorization') })

/** The codes under which an event about somebody whose data is gone is refused. */
export const goneCodes = { erased: 'person-erased', blocked: 'person-blocked' } as const

/** Whether an event was refused because the data of whom it is about is gone. */
export const isGoneCode = (code: string): boolean => (Object.values(goneCodes) as string[]).includes(code)

/** Whether what was told has no line of the log: another message was taken under its key, or the data of whom it is about is gone. */
export const leftNoLine = ({ status, code }: { status: string; code?: string }): boolean =>
  status === 'conflict' || (status === 'refused' && isGoneCode(code ?? ''))

/** Nothing of what was said is kept: no event, and no leaf whose salt would come from her key. */
const goneAnswers: Readonly<Record<Gone['as'], IngestAnswer>> = {
  erased: refused({ code: goneCodes.erased, said: says('person-erased') }),
  blocked: refused({ code: goneCodes.blocked, said: says('person-blocked') })
}

const isGone = ({ personId, wrappedKey }: SubjectRow): boolean => personId !== null && wrappedKey === null

const refusalOf = ({ submission, keyHash, subjectId, leafId, isForgotten }: Entry, answer: IngestAnswer) =>
  answer.status === 'refused' && !isForgotten
    ? [
        {
          source: submission.source,
          keyHash,
          subjectId: subjectId ?? null,
          leafId: leafId ?? null,
          answer: { code: answer.code, reason: answer.reason, said: answer.said }
        }
      ]
    : []

/** Checks one submission against the rules in force on its day, then folds it into its subject's record. */
const apply = async (tx: Tx, entry: Entry, chapter: Chapter, now: Date, page: LedgerPage): Promise<IngestAnswer> => {
  const { submission, eventId } = entry
  const { type, effectiveAt, source, payload } = submission
  const event: NewEvent = { id: eventId, type, effectiveAt, receivedAt: now, source, payload }
  const finding = (await submission.judge?.(tx, chapter, event)) ?? null
  if (finding !== null) {
    entry.isForgotten = true
    return refused(finding)
  }
  const before = chapter.record()
  const verdict = check(type, payload, before, effectiveAt)
  if (verdict.refuse !== undefined) {
    entry.leafId = page.add('refused', chapter.owner, source, eventId, submission.evidence)
    return refused(verdict.refuse)
  }
  await chapter.add(event)
  for (const warning of [...verdict.warnings, ...selectedTwice(submission, before)]) chapter.warn(eventId, warning)
  page.add('accepted', chapter.owner, source, eventId, submission.evidence)
  return { status: 'accepted', eventId, repeated: false }
}

/** One employer per authorization and year (RD 1155/2024 art 101.1): the first acta stands, a second one is for a person to look at. */
const selectedTwice = ({ type, payload }: Submission, before: Partial<MigrantRecord>): { code: string; reason: string }[] => {
  const chosen = before.selection?.employer?.cif
  const second = (payload.selection as MigrantRecord['selection'])?.employer?.cif
  if (type !== 'candidate.selected' || chosen === undefined || second === undefined || chosen === second) return []
  return [{ code: 'selected-twice', reason: 'another employer selected this worker first; call the second one’s reserve' }]
}

/** What is about nobody's authorization in particular is refused, and the refusal is in the log like any other. */
const refuseUnclear = async (tx: Tx, entries: readonly Entry[], answers: IngestAnswer[], page: LedgerPage): Promise<void> => {
  if (entries.length === 0) return
  const people = await findPeople(
    tx,
    entries.flatMap(entry => entry.personId ?? [])
  )
  for (const entry of entries) {
    answers[entry.position] = noAuthorization
    const person = people.find(({ id }) => id === entry.personId)
    if (person === undefined || person.wrappedKey === null) continue
    const owner = { personId: person.id, wrappedKey: person.wrappedKey }
    entry.leafId = page.add('refused', owner, entry.submission.source, entry.eventId, entry.submission.evidence)
  }
}

/** Finds or makes the person and the subject that each submission is about. */
const resolve = async (gateway: Gateway, tx: Tx, entries: readonly Entry[]): Promise<void> => {
  const shown = await shownTo(gateway, tx, entries)
  const people = await resolvePeople(gateway, tx, entries, shown)
  const live = entries.filter(entry => entry.gone === undefined)
  const campaigns = await resolveCampaigns(tx, live, people)
  await resolveAuthorizations(tx, live, people)
  const keys = live.flatMap(entry => {
    const { about, type, source, payload } = entry.submission
    if ('subjectId' in about) {
      entry.subjectId = about.subjectId
      return []
    }
    const kind: SubjectKind = eventTable[type].about
    const own = shown.get(`${source} ${about.sourceId}`)
    // Of another year than the one that the event names it is the same person's other placement.
    if (own?.kind === kind && (kind !== 'placement' || (payload.campaign ?? own.campaign) === own.campaign)) {
      entry.subjectId = own.id
      return []
    }
    if (kind === 'authorization') return []
    const personId = people.get(entry) ?? null
    const campaign = kind === 'placement' ? (campaigns.get(entry) ?? null) : null
    const parts = kind === 'offer' ? [source, about.sourceId] : [personId as string, String(campaign)]
    const naturalKey = gateway.vault.hashes.other(kind, ...parts)
    return [{ entry, key: { id: newId(), kind, personId, naturalKey, clientId: source, campaign } }]
  })
  if (keys.length === 0) return
  const named = (key: { kind: string; naturalKey: Buffer }) => `${key.kind}:${key.naturalKey.toString('hex')}`
  const distinct = [...new Map(keys.map(({ key }) => [named(key), key])).values()]
  const ids = await resolveSubjects(tx, distinct)
  for (const { entry, key } of keys) entry.subjectId = ids.get(named(key)) as string
}

/** The authorisation meant: of the employer that the event names, or the only one that the person has. */
const resolveAuthorizations = async (tx: Tx, entries: readonly Entry[], people: ReadonlyMap<Entry, string>): Promise<void> => {
  const speaking = entries.filter(
    ({ submission }) => eventTable[submission.type].about === 'authorization' && !('subjectId' in submission.about)
  )
  if (speaking.length === 0) return
  const files = await authorizationsOf(tx, [...new Set(speaking.map(entry => people.get(entry) as string))])
  for (const entry of speaking) {
    const own = files.filter(file => file.personId === people.get(entry))
    const named = (entry.submission.payload.authorization as MigrantRecord['authorization'])?.scope?.employerCif
    const meant = named === undefined ? own : own.filter(file => file.employer === named)
    const [only] = meant
    entry.personId = people.get(entry) as string
    if (meant.length === 1 && only !== undefined) entry.subjectId = only.id
  }
}

const resolvePeople = async (
  gateway: Gateway,
  tx: Tx,
  entries: readonly Entry[],
  shown: ReadonlyMap<string, NamedSubject>
): Promise<Map<Entry, string>> => {
  const known = entries.flatMap(entry => {
    const { about, type, source } = entry.submission
    if ('subjectId' in about || eventTable[type].about === 'offer') return []
    return [{ entry, source: { clientId: source, sourceHash: gateway.vault.hashes.sourceId(source, about.sourceId) } }]
  })
  if (known.length === 0) return new Map()
  // A client may speak of somebody by the id that we gave it: on a stream of its own, or where it reads her record.
  const given = await pairwiseOfClients(
    tx,
    known.flatMap(
      ({
        entry: {
          submission: { about, source }
        }
      }) => ('sourceId' in about && isUuid(about.sourceId) ? [{ clientId: source, subId: about.sourceId }] : [])
    )
  )
  const givenTo = ({ submission: { about, source } }: Entry) =>
    'sourceId' in about
      ? (given.get(`${source} ${about.sourceId}`) ?? shown.get(`${source} ${about.sourceId}`)?.personId ?? undefined)
      : undefined
  const named = (source: { clientId: string; sourceHash: Buffer }) => `${source.clientId} ${source.sourceHash.toString('hex')}`
  const distinct = [
    ...new Map(known.filter(({ entry }) => givenTo(entry) === undefined).map(({ source }) => [named(source), source])).values()
  ]
  if (distinct.length === 0) return new Map(known.map(({ entry }) => [entry, givenTo(entry) as string]))
  const found = await resolveSources(tx, distinct, newPeople(gateway, distinct.length))
  const personOf = new Map(distinct.map((source, i) => [named(source), found[i] as SourcePerson]))
  const back = known.filter(({ entry, source }) => isBack(entry.submission, personOf.get(named(source))?.gone ?? null))
  await renew(gateway, tx, new Map(back.map(({ source }) => [named(source), source])), personOf)
  const people = new Map<Entry, string>()
  for (const { entry, source } of known) {
    const person = personOf.get(named(source))
    if (person?.gone) entry.gone = person.gone.as
    else people.set(entry, givenTo(entry) ?? (person as SourcePerson).id)
  }
  return people
}

/** A registration made after her data went is she herself, who came back. */
const isBack = ({ type, effectiveAt }: Submission, gone: Gone | null): boolean =>
  gone !== null && type === 'candidate.registered' && effectiveAt > gone.since

/** Gives each of these sources a new person. */
const renew = async (
  gateway: Gateway,
  tx: Tx,
  back: ReadonlyMap<string, { clientId: string; sourceHash: Buffer }>,
  personOf: Map<string, SourcePerson>
): Promise<void> => {
  if (back.size === 0) return
  const renewed = await renewSources(tx, [...back.values()], newPeople(gateway, back.size))
  for (const [i, name] of [...back.keys()].entries()) personOf.set(name, renewed[i] as SourcePerson)
}

const newPeople = (gateway: Gateway, count: number) =>
  Array.from({ length: count }, () => {
    const id = newId()
    return { id, wrappedKey: gateway.vault.newPersonKey(id).wrappedKey }
  })

/** The year a placement event is about: as it says, else the person's latest placement, else the year in which it took effect. */
const resolveCampaigns = async (tx: Tx, entries: readonly Entry[], people: ReadonlyMap<Entry, string>): Promise<Map<Entry, number>> => {
  const silent = entries.filter(e => people.has(e) && typeof e.submission.payload.campaign !== 'number')
  const latest = new Map<string, number>()
  if (silent.length > 0) {
    const placements = await placementsOf(tx, [...new Set(silent.map(e => people.get(e) as string))])
    for (const placement of placements) if (!latest.has(placement.personId)) latest.set(placement.personId, placement.campaign)
  }
  return new Map(
    entries.map(entry => {
      const { payload, effectiveAt } = entry.submission
      const said = payload.campaign
      return [entry, typeof said === 'number' ? said : (latest.get(people.get(entry) ?? '') ?? effectiveAt.getUTCFullYear())]
    })
  )
}

const isUuid = (text: string): boolean => /^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$/.test(text)
