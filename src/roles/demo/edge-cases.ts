// Whether the campaign's planted workers ended as they must: each expectation held against the records, the cases and the partners' journals.
import type { JournalEntry } from '../../../adapters/contract.ts'
import { generateCampaign } from '../../../samples/campaign.ts'
import type { Expectation } from '../../../samples/edge-cases.ts'
import type { Worker } from '../../../samples/worker.ts'
import { sql } from '../../store/database.ts'
import { readSubjects } from '../../store/subjects.ts'
import type { House } from '../house.ts'
import { checkRegistrationFile } from './registrations.ts'
import type { DemoState } from './state.ts'

export interface EdgeCaseResult {
  workers: number
  asExpected: number
  /** What was found instead, a line for each worker; never who it was. */
  otherwise: string[]
}

/** Who is planted, for the doubles: those with case 20 get a wrong NIE, and all are granted, so that the case can be seen. */
export const plantedPassports = (state: DemoState): { wrongNie: string[]; granted: string[] } => {
  const planted = plantedWorkers(state)
  const passports = (workers: readonly Worker[]) => workers.map(worker => worker.identity.passport.number)
  return { wrongNie: passports(planted.filter(worker => worker.edgeCases.includes(20))), granted: passports(planted) }
}

const plantedWorkers = (state: DemoState): Worker[] => {
  const campaign = generateCampaign({ ...state.options, campaignStart: state.campaignStart })
  return [...new Set([...campaign.planted.values()].flat())].map(index => campaign.worker(index))
}

/** Checks every planted worker. `effects` are the journals' entries by delivery. */
export const checkEdgeCases = async (
  house: House,
  state: DemoState,
  effects: readonly (JournalEntry & { name: string })[]
): Promise<Record<string, EdgeCaseResult>> => {
  const results: Record<string, EdgeCaseResult> = {}
  for (const worker of plantedWorkers(state)) {
    const found = await findingsOf(house, worker, effects)
    for (const expectation of worker.expect) {
      results[expectation.edgeCase] ??= { workers: 0, asExpected: 0, otherwise: [] }
      const result = results[expectation.edgeCase] as EdgeCaseResult
      const faults = found === null ? ['nothing is known of her'] : faultsOf(expectation, found)
      result.workers += 1
      if (faults.length === 0) result.asExpected += 1
      else result.otherwise.push(faults.join(', '))
    }
  }
  const file = await checkRegistrationFile(house, state)
  if (file !== null) results['21'] = file
  return results
}

interface Findings {
  requested: boolean
  lodged: boolean
  granted: boolean
  waits: boolean
  record: Record<string, unknown>
}

const findingsOf = async (
  house: House,
  worker: Worker,
  effects: readonly (JournalEntry & { name: string })[]
): Promise<Findings | null> => {
  const client = worker.agency.code.toLowerCase()
  const sourceHash = house.vault.hashes.sourceId(client, worker.id)
  const [row] = await house.database.query<{ personId: string; subjectId: string; waits: boolean; granted: boolean }>(sql`
    select p.person_id as "personId", s.id as "subjectId",
      exists (select from event e where e.subject_id = s.id and e.type in ('authorization.granted', 'callback.approved')) as granted,
      (exists (select from case_file c where c.state = 'open' and (c.subject_id = s.id or c.person_id = p.person_id))
        or exists (select from person h where h.id = p.person_id and h.held is not null)
        or exists (select from seen n where n.subject_id = s.id and n.status = 'refused')
        or exists (select from delivery d where d.subject_id = s.id and d.state in ('held', 'parked', 'dead'))
        or exists (select from delivery d join quarantine q on q.partner_id = d.partner_id and q.state = 'open'
          where d.subject_id = s.id and d.partner_id = 'si-gecco' and s.state = 'AUTH_REQUESTED')) as waits
    from person_source p join subject s on s.person_id = p.person_id and s.kind = 'placement'
    where p.client_id = ${client} and p.source_hash = ${sourceHash}`)
  if (row === undefined) return null
  const deliveries = new Set(
    (await house.database.query<{ id: string }>(sql`select id from delivery where person_id = ${row.personId}`)).map(({ id }) => id)
  )
  const hers = effects.filter(entry => deliveries.has(entry.delivery))
  const [subject] = await readSubjects(house.database, [row.subjectId])
  if (subject?.body == null) return null
  const { record } = house.vault.openJson<{ record: Record<string, unknown> }>(
    { personId: row.personId, wrappedKey: subject.wrappedKey },
    subject.body,
    { table: 'record', column: 'body', row: `${subject.id} ${subject.version}` }
  )
  const did = (effect: string) => hers.some(entry => entry.effect === effect)
  return { requested: did('requested'), lodged: did('lodged'), granted: row.granted, waits: row.waits, record }
}

const faultsOf = (expected: Expectation, found: Findings): string[] => {
  const faults: string[] = []
  if (found.requested !== (expected.requested === 'as usual'))
    faults.push(found.requested ? 'a request reached the authority' : 'no request reached the authority')
  if (expected.lodged === 'never' ? found.lodged : !found.lodged) {
    faults.push(found.lodged ? 'an application was lodged' : 'no application was lodged')
  }
  if (expected.waits && !found.waits) faults.push('nothing waits for a person')
  for (const [path, value] of Object.entries(expected.facts ?? {})) {
    if (!stands(found.record, path, value)) faults.push(`the record does not say what it must at ${path}`)
  }
  return faults
}

/** `documents.PASSPORT` is the number of a passport among the documents; other paths are members. */
const stands = (record: Record<string, unknown>, path: string, value: unknown): boolean => {
  const [head, type] = path.split('.')
  if (head === 'documents') {
    const documents = (record.documents ?? []) as { type: string; number: string }[]
    return documents.some(document => document.type === type && document.number === value)
  }
  let at: unknown = record
  for (const step of path.split('.')) at = (at as Record<string, unknown> | undefined)?.[step]
  return at === value
}
