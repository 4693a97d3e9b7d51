// Whether the campaign's planted workers ended as they must: each expectation held against the records, the cases and the partners' journals.
import type { JournalEntry } from '../../../adapters/contract.ts'
import { generateCampaign } from '../../../samples/campaign.ts'
import { judge, type Observed } from '../../../samples/judgement.ts'
import type { Worker } from '../../../samples/worker.ts'
import { sql } from '../../store/database.ts'
import { readSubjects } from '../../store/subjects.ts'
import type { House } from '../house.ts'
import { checkRegistrationFile } from './registrations.ts'
import type { DemoState } from './state.ts'

export interface EdgeCaseResult {
  /** What must be true of them, one sentence for each part that a worker can play in the case. */
  expected: string[]
  workers: number
  asExpected: number
  /** What was found instead, a line for each worker; never who it was. */
  otherwise: string[]
}

/** Checks every planted worker. `effects` are the journals' entries. */
export const checkEdgeCases = async (
  house: House,
  state: DemoState,
  effects: readonly JournalEntry[]
): Promise<Record<string, EdgeCaseResult>> => {
  const campaign = generateCampaign({ ...state.options, campaignStart: state.campaignStart })
  const results: Record<string, EdgeCaseResult> = {}
  for (const index of new Set([...campaign.planted.values()].flat())) {
    const worker = campaign.worker(index)
    const observed = await observe(house, worker, effects)
    if (observed === null) continue
    for (const { edgeCase, holds, sentence, because } of judge(worker, observed)) {
      const result = results[edgeCase] ?? { expected: [], workers: 0, asExpected: 0, otherwise: [] }
      results[edgeCase] = result
      if (!result.expected.includes(sentence)) result.expected.push(sentence)
      result.workers += 1
      if (holds) result.asExpected += 1
      else result.otherwise.push(because.join(', '))
    }
  }
  const file = await checkRegistrationFile(house, state)
  if (file !== null) results[21] = file
  return results
}

const unknown: Observed = { record: null, requested: false, lodged: false, waits: false }

/** @returns null of a worker who was erased or blocked while the demo ran: nobody can say any more how she ended. */
const observe = async (house: House, worker: Worker, effects: readonly JournalEntry[]): Promise<Observed | null> => {
  const client = worker.agency.code.toLowerCase()
  const sourceHash = house.vault.hashes.sourceId(client, worker.id)
  const [row] = await house.database.query<{ personId: string; subjectId: string; waits: boolean }>(sql`
    select p.person_id as "personId", s.id as "subjectId",
      (exists (select from case_file c where c.state = 'open' and (c.subject_id = s.id or c.person_id = p.person_id))
        or exists (select from person h where h.id = p.person_id and h.held is not null)
        or exists (select from seen n where n.subject_id = s.id and n.status = 'refused')
        or exists (select from delivery d where d.subject_id = s.id and d.state in ('held', 'parked', 'dead'))
        or exists (select from delivery d join quarantine q on q.partner_id = d.partner_id and q.state = 'open'
          where d.subject_id = s.id and d.partner_id = 'si-gecco' and s.state = 'AUTH_REQUESTED')) as waits
    from person_source p join subject s on s.person_id = p.person_id and s.kind = 'placement'
    where p.client_id = ${client} and p.source_hash = ${sourceHash}`)
  if (row === undefined) return unknown
  const deliveries = new Set(
    (await house.database.query<{ id: string }>(sql`select id from delivery where person_id = ${row.personId}`)).map(({ id }) => id)
  )
  const hers = effects.filter(entry => deliveries.has(entry.delivery))
  const [subject] = await readSubjects(house.database, [row.subjectId])
  if (subject?.body == null) return unknown
  if (subject.wrappedKey === null) return null
  const { record } = house.vault.openJson<{ record: Record<string, unknown> }>(
    { personId: row.personId, wrappedKey: subject.wrappedKey },
    subject.body,
    { table: 'record', column: 'body', row: `${subject.id} ${subject.version}` }
  )
  const did = (effect: string) => hers.some(entry => entry.effect === effect)
  return { requested: did('requested'), lodged: did('lodged'), waits: row.waits, record }
}
