// find a person: whom a client's own id or a document means. What was looked for is not kept; that somebody looked is.
import { type IdentifierScheme, identifierSchemes } from '../../schemas/identifiers.ts'
import { country } from '../../schemas/primitives.ts'
import { DomainError } from '../domain/errors.ts'
import { auditPeople } from '../store/erasure.ts'
import { auditAct } from '../store/keys.ts'
import { findClient, findPartner } from '../store/parties.ts'
import { holdersOf, peopleOfSources } from '../store/people.ts'
import type { Gateway } from './gateway.ts'

export type Wanted = { client: string; value: string } | { scheme: string; value: string; country?: string }

export interface FoundPerson {
  id: string
  state: 'kept' | 'blocked' | 'erased'
}

/**
 * Everybody meant, blocked and erased ones too, as long as their hashes are kept.
 * @throws DomainError `invalid` or `not-found` for a question by which nobody could ever be found: it is no answer to her that nobody is
 */
export const findPerson = async (gateway: Gateway, wanted: Wanted, actor: string): Promise<FoundPerson[]> => {
  const { hashes } = gateway.vault
  if ('scheme' in wanted) requireAnswerable(wanted)
  const found =
    'client' in wanted
      ? await peopleOfSources(gateway.database, [{ clientId: wanted.client, sourceHash: hashes.sourceId(wanted.client, wanted.value) }])
      : await holdersOf(gateway.database, wanted.scheme, hashes.identifier(wanted))
  const people = found.flatMap(person => (person === undefined ? [] : [{ id: person.id, state: person.gone?.as ?? ('kept' as const) }]))
  if ('client' in wanted && people.length === 0) await requireSource(gateway, wanted.client)
  const reason = 'client' in wanted ? `by the id of ${wanted.client}` : `by ${wanted.scheme}`
  const act = { actor, action: 'person.found', reason }
  // Who tries one number after the other is seen by what was not found.
  if (people.length === 0) await auditAct(gateway.database, { ...act, about: 'nobody' })
  else
    await auditPeople(
      gateway.database,
      people.map(person => person.id),
      act
    )
  return people
}

const requireAnswerable = ({ scheme, country: of }: { scheme: string; country?: string }): void => {
  if (!identifierSchemes.includes(scheme as IdentifierScheme))
    throw new DomainError('invalid', `there is no kind of document ${scheme}; there are: ${identifierSchemes.join(', ')}`)
  if (scheme !== 'PASSPORT') {
    if (of !== undefined) throw new DomainError('invalid', `a number of ${scheme} is looked for without a country: only passports have one`)
    return
  }
  if (of === undefined) throw new DomainError('invalid', 'a passport’s number means nothing without its country: say which, as MAR')
  if (!country.safeParse(of).success) throw new DomainError('invalid', `there is no country ${of}: write its three letters, as MAR`)
}

const requireSource = async ({ database }: Gateway, id: string): Promise<void> => {
  if ((await findClient(database, id)) === undefined && (await findPartner(database, id)) === undefined)
    throw new DomainError('not-found', `there is no client or partner ${id}: see jisr clients list and jisr partners list`)
}
