// find a person: whom a client's own id or a document means. What was looked for is not kept; that somebody looked is.

import { auditPeople } from '../store/erasure.ts'
import { holdersOf, peopleOfSources } from '../store/people.ts'
import type { Gateway } from './gateway.ts'

export type Wanted = { client: string; value: string } | { scheme: string; value: string; country?: string }

export interface FoundPerson {
  id: string
  state: 'kept' | 'blocked' | 'erased'
}

/** Everybody meant, blocked and erased ones too, as long as their hashes are kept. */
export const findPerson = async (gateway: Gateway, wanted: Wanted, actor: string): Promise<FoundPerson[]> => {
  const { hashes } = gateway.vault
  const found =
    'client' in wanted
      ? await peopleOfSources(gateway.database, [{ clientId: wanted.client, sourceHash: hashes.sourceId(wanted.client, wanted.value) }])
      : await holdersOf(gateway.database, wanted.scheme, hashes.identifier(wanted))
  const people = found.flatMap(person => (person === undefined ? [] : [{ id: person.id, state: person.gone?.as ?? ('kept' as const) }]))
  const reason = 'client' in wanted ? `by the id of ${wanted.client}` : `by ${wanted.scheme}`
  await auditPeople(
    gateway.database,
    people.map(person => person.id),
    { actor, action: 'person.found', reason }
  )
  return people
}
