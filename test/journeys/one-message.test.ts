// One message from end to end: submitted, folded, published, relayed, sent, receipted.
import { expect, test } from 'vitest'
import { sql } from '../../src/store/database.ts'
import { referencePartner, testHouse, until } from '../support/house.ts'
import { registration } from '../support/people.ts'

const t = await testHouse()
const partner = await referencePartner(t, 'partner-one', [{ type: 'candidate.registered' }, { type: 'candidate.preselected' }])
await t.startWorker()

test('a registered candidate reaches the partner once, and the delivery is accepted with a receipt', async () => {
  const said = { person: 'w-1', type: 'candidate.registered' as const, at: '2026-01-10T09:00:00Z', payload: registration(1) }
  const first = await t.submit(said)
  expect(first).toMatchObject({ status: 'accepted', repeated: false })
  const again = await t.submit(said)
  expect(again).toEqual({ ...first, repeated: true })

  const [delivery] = await until('the delivery is settled', async () => {
    const rows = await t.house.database.query<{ id: string; state: string; receipt: Buffer | null; attempts: number }>(
      sql`select id, state, receipt, attempts from delivery where state = 'accepted'`
    )
    return rows.length > 0 && rows
  })
  expect(delivery?.receipt).not.toBeNull()
  const journal = await partner.journal()
  expect(journal.filter(entry => entry.delivery === delivery?.id)).toHaveLength(1)
  expect(t.failures).toEqual([])
})

test('the same key with other content is a conflict and changes nothing', async () => {
  const said = { key: 'k-2', person: 'w-2', type: 'candidate.registered' as const, at: '2026-01-10T09:00:00Z' }
  await t.submit({ ...said, payload: registration(2) })
  expect(await t.submit({ ...said, payload: registration(3) })).toEqual({ status: 'conflict' })
  const rows = await t.house.database.query(sql`select id from event where source = 'anapec'`)
  expect(rows).toHaveLength(2)
})

test('events of one person reach the partner in the order of the lane', async () => {
  const person = 'w-3'
  await t.submit({ person, type: 'candidate.preselected', at: '2026-01-12T09:00:00Z', payload: { campaign: 2026 } })
  await t.submit({ person, type: 'candidate.registered', at: '2026-01-11T09:00:00Z', payload: registration(4) })
  const rows = await until('both are settled', async () => {
    const rows = await t.house.database.query<{ type: string; id: string }>(sql`
      select d.id, d.type from delivery d join subject s on s.id = d.subject_id join person_source p on p.person_id = s.person_id
      where d.state = 'accepted' and d.subject_id = (select subject_id from event order by received_at desc limit 1) order by d.settled_at, d.position`)
    return rows.length === 2 && rows
  })
  expect(rows.map(row => row.type)).toEqual(['candidate.registered', 'candidate.preselected'])
})
