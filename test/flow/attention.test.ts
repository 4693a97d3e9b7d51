// What does not move by itself: who must act, since when, and how much stands behind it.
import { expect, test } from 'vitest'
import { NotSent, type Outcome, type Parcel } from '../../adapters/contract.ts'
import { listWaitingForPerson, release, settleAs, whoActs } from '../../src/flow/attend.ts'
import { readStanding } from '../../src/flow/standing.ts'
import { tellWaitingLong } from '../../src/flow/waits-long.ts'
import { sql } from '../../src/store/database.ts'
import { holdPeople } from '../../src/store/people.ts'
import { byHand, deliveries, handClock, scripted, scriptedPartner } from '../support/by-hand.ts'
import { testHouse } from '../support/house.ts'
import { registration } from '../support/people.ts'

const clock = handClock()
let answer: (parcel: Parcel) => Promise<Outcome[]> = async parcel => parcel.rows.map(() => ({ status: 'accepted', receipt: 'R' }))
const t = await testHouse({ clock, adapters: [scripted('office', { send: parcel => answer(parcel), ask: async () => 'cannot tell' })] })
const hand = byHand(t, clock)
const subscriptions = [{ type: 'candidate.registered' as const }, { type: 'candidate.preselected' as const }]

let people = 0
/** A partner of its own with somebody new who has so many facts. */
const owing = async (id: string, facts: number, settings: Record<string, unknown> = {}) => {
  await t.database.owner.query(sql`update partner set status = 'disabled'`)
  await scriptedPartner(t, 'office', id, { subscriptions, attemptsMax: 1, settings: { endpoint: `http://${id}.invalid`, ...settings } })
  people += 1
  await t.submit({ person: id, type: 'candidate.registered', at: '2026-01-05T09:00:00Z', payload: registration(people) })
  for (let i = 1; i < facts; i++)
    await t.submit({
      person: id,
      type: 'candidate.preselected',
      at: `2026-01-${String(5 + i).padStart(2, '0')}T09:00:00Z`,
      payload: { campaign: 2026, registration: { languages: [{ language: 'es', cefr: i % 2 ? 'A1' : 'A2' }] } }
    })
}
const shown = async (partnerId: string) => {
  const [row] = await listWaitingForPerson(t.house, { partnerId, limit: 10 })
  if (row === undefined) throw new Error(`nothing of ${partnerId} waits`)
  return { state: row.state, who: whoActs(row), behind: row.behind, since: row.since }
}

test('a delivery that cannot be written waits for the source of the fact, from the moment it was parked', async () => {
  await owing('strict', 3, { mandatory: ['fileNumber'] })
  clock.advance(86_400_000)
  const parkedAfter = clock.wall()
  await hand.run()
  const { since, ...row } = await shown('strict')
  expect(row).toEqual({ state: 'parked', who: 'source', behind: 2 })
  expect(since.getTime()).toBeGreaterThanOrEqual(parkedAfter.getTime())
  clock.advance(3_600_000)
  const { waitingGroups } = await readStanding(t.house, async () => null)
  expect(waitingGroups.find(group => group.partnerId === 'strict')).toMatchObject({ behind: 2, count: 1 })
  expect(waitingGroups.find(group => group.partnerId === 'strict')?.oldestSeconds).toBeLessThan(3_700)
})

test('one whose tries have run out waits for the partner', async () => {
  await owing('down', 2)
  answer = () => Promise.reject(new NotSent('down'))
  await hand.run()
  expect(await shown('down')).toMatchObject({ state: 'dead', who: 'partner', behind: 1 })
})

test('one of unknown fate stands since the answer was lost, however often the partner was asked', async () => {
  await owing('mute', 2)
  answer = () => Promise.reject(new Error('reset'))
  const lostAfter = clock.wall()
  await hand.run()
  const lostBefore = clock.wall()
  for (let round = 0; round < 5; round++) {
    clock.advance(3_600_000)
    await hand.run()
  }
  const { since, ...row } = await shown('mute')
  expect(row).toEqual({ state: 'unknown', who: 'partner', behind: 1 })
  expect(since.getTime()).toBeGreaterThanOrEqual(lostAfter.getTime())
  expect(since.getTime()).toBeLessThanOrEqual(lostBefore.getTime() + 10_000)
})

test('a held person waits for the agencies, since she was held; released she stands nowhere', async () => {
  await owing('held-office', 2)
  const [{ id } = { id: '' }] = await t.house.database.query<{ id: string }>(
    sql`select person_id as id from delivery where partner_id = 'held-office' limit 1`
  )
  await t.house.database.query(sql`update person set created_at = now() - interval '3 years' where id = ${id}`)
  await t.house.database.transaction(tx => holdPeople(tx, [id], 'two people share an identity number'))
  const [row] = await listWaitingForPerson(t.house, { kind: 'person', limit: 10 })
  expect([row?.id, row?.behind, row && whoActs(row)]).toEqual([id, 2, 'agencies'])
  expect(Date.now() - (row?.since.getTime() ?? 0)).toBeLessThan(60_000)
  answer = async parcel => parcel.rows.map(() => ({ status: 'accepted', receipt: 'R' }))
  await release(t.house, id, 'test', 'scans seen')
  await hand.run()
  expect((await deliveries(t, 'held-office')).map(d => d.state)).toEqual(['accepted', 'accepted'])
  expect(await t.house.database.query(sql`select id from delivery where partner_id = 'held-office' and stopped_at is not null`)).toEqual([])
})

test('what has waited for another event for a week is a case, once; it settles itself when the other one comes, and is not opened again where a person settled it', async () => {
  const early = (person: string) =>
    t.submit({ person, type: 'candidate.preselected', at: '2026-01-06T09:00:00Z', payload: { campaign: 2026, registration: {} } })
  await early('early-1')
  await early('early-2')
  expect(await tellWaitingLong(t.house)).toEqual({ opened: 0, settled: 0 })
  clock.advance(8 * 86_400_000)
  expect(await tellWaitingLong(t.house)).toEqual({ opened: 2, settled: 0 })
  expect(await tellWaitingLong(t.house)).toEqual({ opened: 0, settled: 0 })
  const cases = (await listWaitingForPerson(t.house, { kind: 'case', limit: 10 })).filter(({ about }) => about === 'waits-long')
  expect(cases).toMatchObject([
    { state: 'open', reason: expect.stringMatching(/^candidate\.preselected, which anapec told on \d{4}-/) },
    { state: 'open' }
  ])
  await t.submit({ person: 'early-1', type: 'candidate.registered', at: '2026-01-05T09:00:00Z', payload: registration(90) })
  expect(await tellWaitingLong(t.house)).toEqual({ opened: 0, settled: 1 })
  const [left] = (await listWaitingForPerson(t.house, { kind: 'case', limit: 10 })).filter(({ about }) => about === 'waits-long')
  await settleAs(t.house, left?.id as string, 'settled', 'test', 'told under a wrong number')
  expect(await tellWaitingLong(t.house)).toEqual({ opened: 0, settled: 0 })
})
