// A cancelling event goes to whoever has something to cancel, and to nobody else.
import { expect, test } from 'vitest'
import { sql } from '../../src/store/database.ts'
import { referencePartner, testHouse, until } from '../support/house.ts'
import { registration } from '../support/people.ts'

const t = await testHouse()
const partner = await referencePartner(t, 'partner-cancel', [{ type: 'candidate.preselected' }, { type: 'candidate.withdrew' }])
await t.startWorker()

/** The state in which the delivery of an event of this type about the person ends. */
const settled = (person: string, type: string) =>
  until(`${type} is settled`, async () => {
    const sourceHash = t.house.vault.hashes.sourceId('anapec', person)
    const rows = await t.house.database.query<{ state: string }>(sql`
      select d.state from delivery d join person_source p on p.person_id = d.person_id
      where p.source_hash = ${sourceHash} and d.type = ${type} and d.state in ('accepted', 'superseded')`)
    return rows[0]?.state
  })

test('a partner that never had anything of a person is not told that she withdrew', async () => {
  await t.submit({ person: 'w-1', type: 'candidate.registered', at: '2026-01-10T09:00:00Z', payload: registration(1) })
  await t.submit({ person: 'w-1', type: 'candidate.withdrew', at: '2026-01-11T09:00:00Z', payload: { campaign: 2026 } })
  expect(await settled('w-1', 'candidate.withdrew')).toBe('superseded')
  expect(await partner.journal()).toEqual([])
})

test('a partner that has something of a person is told that she withdrew', async () => {
  await t.submit({ person: 'w-2', type: 'candidate.registered', at: '2026-01-10T09:00:00Z', payload: registration(2) })
  await t.submit({ person: 'w-2', type: 'candidate.preselected', at: '2026-01-11T09:00:00Z', payload: { campaign: 2026 } })
  await settled('w-2', 'candidate.preselected')
  await t.submit({ person: 'w-2', type: 'candidate.withdrew', at: '2026-01-12T09:00:00Z', payload: { campaign: 2026 } })
  expect(await settled('w-2', 'candidate.withdrew')).toBe('accepted')
  expect(await partner.journal()).toHaveLength(2)
})
