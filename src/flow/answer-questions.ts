// Answers each question of an inquiry from the records: who is meant, may she work for this employer on this day, and what may be told of it.
import type { Answer, Inquiry } from '../../adapters/contract.ts'
import type { FieldPath } from '../../schemas/field.ts'
import { authorizationIn, hasMoved, isAuthorised, type Standing } from '../domain/authorised.ts'
import { disclosed, forbidden } from '../domain/disclosure.ts'
import type { PartnerRole } from '../domain/disclosure-matrix.ts'
import type { Tx } from '../store/database.ts'
import { findByIdentifier, findPeople, linksAmong, type PersonRow } from '../store/people.ts'
import { filesOf, readSubjects, type SubjectRow } from '../store/subjects.ts'
import type { Partner } from './directory.ts'
import type { Gateway } from './gateway.ts'
import type { Owner } from './vault.ts'

export type Question = Inquiry['questions'][number]

export interface Answered {
  question: Question
  answer: Answer
  /** Whom the answer is about; null when it tells of nobody. */
  about: { personId: string; owner: Owner; classes: readonly string[] } | null
}

const chunkQuestions = 250
const told = [
  'authorization.fileNumber',
  'authorization.validFrom',
  'authorization.validTo',
  'authorization.nie'
] as const satisfies FieldPath[]

/** One answer for each question, in the order asked. Reads only; what is told has to be written down by the caller. */
export const answerQuestions = async (gateway: Gateway, tx: Tx, partner: Partner, questions: readonly Question[]): Promise<Answered[]> => {
  const answered: Answered[] = []
  for (let start = 0; start < questions.length; start += chunkQuestions) {
    const chunk = questions.slice(start, start + chunkQuestions)
    const people = await identify(gateway, tx, chunk)
    const files = await readFiles(gateway, tx, [...new Set(people.flat())])
    chunk.forEach((question, i) => {
      answered.push(
        answerOne(
          gateway,
          partner,
          question,
          (people[i] ?? []).flatMap(id => files.get(id) ?? [])
        )
      )
    })
  }
  return answered
}

/**
 * The person behind each question's document, as the ids under which she is registered; none when nobody carries it, when two people do, or
 * when she is held: then somebody has to look first.
 */
const identify = async (gateway: Gateway, tx: Tx, questions: readonly Question[]): Promise<string[][]> =>
  (await holdersOf(gateway, tx, questions)).map(holders => holders.filter(person => person.held === null).map(person => person.id))

/** Under whose key each question belongs: whoever carries its document, held or not; null where nobody is known, or two people are. */
export const ownersOfQuestions = async (gateway: Gateway, tx: Tx, questions: readonly Question[]): Promise<(KnownOwner | null)[]> => {
  const owners: (KnownOwner | null)[] = []
  for (let start = 0; start < questions.length; start += chunkQuestions) {
    const holders = await holdersOf(gateway, tx, questions.slice(start, start + chunkQuestions))
    owners.push(...holders.map(([one]) => (one === undefined ? null : { personId: one.id, wrappedKey: one.wrappedKey })))
  }
  return owners
}

/** A person whose data is there. */
export type KnownOwner = Exclude<Owner, 'gateway'>

/** Whoever carries each question's document, as the ids under which she is registered; nobody when these are not one person. */
const holdersOf = async (gateway: Gateway, tx: Tx, questions: readonly Question[]): Promise<PersonRow[][]> => {
  const wanted = questions.map(({ identifier }) => ({ scheme: identifier.scheme, hash: gateway.vault.hashes.identifier(identifier) }))
  const keyOf = ({ scheme, hash }: { scheme: string; hash: Buffer }) => `${scheme} ${hash.toString('hex')}`
  const holders = Map.groupBy(await findByIdentifier(tx, [...new Map(wanted.map(w => [keyOf(w), w])).values()]), keyOf)
  const ids = [...new Set([...holders.values()].flat().map(holder => holder.personId))]
  const links = await linksAmong(tx, ids)
  const people = new Map((await findPeople(tx, ids)).filter(person => person.wrappedKey !== null).map(person => [person.id, person]))
  return wanted.map(identifier => {
    const found = (holders.get(keyOf(identifier)) ?? []).map(holder => holder.personId)
    return areOne(found, links) ? found.flatMap(id => people.get(id) ?? []) : []
  })
}

/** True when links lead from the first to every other. */
const areOne = (ids: readonly string[], links: readonly { personId: string; otherId: string }[]): boolean => {
  const reached = new Set(ids.slice(0, 1))
  for (let size = 0; size < reached.size; ) {
    size = reached.size
    for (const { personId, otherId } of links) if (reached.has(personId) || reached.has(otherId)) reached.add(personId).add(otherId)
  }
  return ids.every(id => reached.has(id))
}

interface File extends Standing {
  kind: SubjectRow['kind']
  personId: string
  owner: Owner
  naturalKey: Buffer
}

/** Every placement and authorization of these people, opened, by person; the latest campaign first. */
const readFiles = async (gateway: Gateway, tx: Tx, personIds: readonly string[]): Promise<Map<string, File[]>> => {
  const listed = personIds.length === 0 ? [] : await filesOf(tx, personIds)
  const rows = new Map((await readSubjects(tx, [...listed.map(file => file.id)])).map(row => [row.id, row]))
  const files = listed.flatMap(({ id, personId, kind, naturalKey }): File[] => {
    const row = rows.get(id)
    if (row?.body == null) return []
    const owner: Owner = { personId, wrappedKey: row.wrappedKey }
    const place = { table: 'record', column: 'body', row: `${row.id} ${row.version}` }
    const { record } = gateway.vault.openJson<{ record: Record<string, unknown> }>(owner, row.body, place)
    return [{ kind, personId, owner, naturalKey, state: row.state, record }]
  })
  return Map.groupBy(files, file => file.personId)
}

const answerOne = (gateway: Gateway, partner: Partner, question: Question, files: readonly File[]): Answered => {
  const [known] = files
  if (known === undefined) return { question, answer: { id: question.id, status: 'not identified' }, about: null }
  const granted = grantFor(gateway, question, files)
  if (granted === undefined) {
    const { personId, owner } = known
    return { question, answer: { id: question.id, status: 'not authorised' }, about: { personId, owner, classes: ['procedure'] } }
  }
  const allowed = told.filter(path => forbidden([path], partner.role as PartnerRole).length === 0)
  const { fileNumber = '', validFrom = '', validTo = '', nie } = authorizationIn(granted.record)
  const authorization = {
    fileNumber,
    validFrom,
    validTo,
    ...(nie === undefined || !allowed.includes('authorization.nie') ? {} : { nie })
  }
  const { personId, owner } = granted
  return {
    question,
    answer: { id: question.id, status: 'authorised', authorization },
    about: { personId, owner, classes: disclosed(granted.record, allowed) }
  }
}

/**
 * The record that authorises, if one does. The authorization of this person and employer decides by itself where there is one; where there is
 * none (a repeater whose first year is older than this gateway, a worker who changed employers) her placements do, the latest first.
 */
const grantFor = (gateway: Gateway, { employer, date }: Question, files: readonly File[]): File | undefined => {
  const placements = files.filter(file => file.kind === 'placement')
  const own = files.filter(
    ({ kind, personId, naturalKey, state }) =>
      kind === 'authorization' && state !== 'NEW' && naturalKey.equals(gateway.vault.hashes.other('authorization', personId, employer))
  )
  if (own.length > 0) {
    // The record may not name its employer: the key under which it was found does.
    return own
      .filter(file => !hasMoved(file, placements, employer))
      .find(file => isAuthorised({ state: file.state, record: { ...file.record, employer: { cif: employer } } }, employer, date))
  }
  return placements.find(file => isAuthorised(file, employer, date))
}
