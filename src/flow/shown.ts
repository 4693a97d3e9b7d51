// Whom a client means by an id that GET /v1/placements (or /v1/authorizations, /v1/offers) gave it: the record of that id, and nobody new.
import type { Tx } from '../store/database.ts'
import { type NamedSubject, namedSubjects } from '../store/subjects.ts'
import { subjectIds } from '../trust/subject-id.ts'
import type { Gateway } from './gateway.ts'

/**
 * By `source sourceId`, of those that are such ids. They cannot be guessed, and one client's mean nothing from another: whoever names one was shown
 * it. A name of the sender's own that looks like one leads nowhere, and stays a name.
 */
export const shownTo = async (
  gateway: Gateway,
  tx: Tx,
  told: readonly { submission: { source: string; about: { sourceId: string } | { subjectId: string } } }[]
): Promise<Map<string, NamedSubject>> => {
  const named = told.flatMap(({ submission: { source, about } }) => ('sourceId' in about ? [{ source, sourceId: about.sourceId }] : []))
  const meant = named.filter(({ sourceId }) => sourceId.length === idLength)
  if (meant.length === 0) return new Map()
  const ids = subjectIds(gateway.vault.key('gateway'))
  const read = meant.flatMap(one => {
    const id = ids.read(one.sourceId, one.source)
    return id === null ? [] : [{ ...one, id }]
  })
  const subjects = new Map((await namedSubjects(tx, [...new Set(read.map(({ id }) => id))])).map(subject => [subject.id, subject]))
  return new Map(
    read.flatMap(({ source, sourceId, id }) => {
      const subject = subjects.get(id)
      return subject === undefined || (subject.kind === 'offer' && subject.clientId !== source) ? [] : [[`${source} ${sourceId}`, subject]]
    })
  )
}

const idLength = 22
