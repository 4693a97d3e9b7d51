// Who is who, as the store ends up: one person at two agencies, two people under one number, one person selected twice.
import { expect, test } from 'vitest'
import type { Outcome, Parcel } from '../../adapters/contract.ts'
import type { EventType } from '../../schemas/event.ts'
import { sql } from '../../src/store/database.ts'
import { releasePerson } from '../../src/store/people.ts'
import { byHand, handClock, scripted, scriptedPartner } from '../support/by-hand.ts'
import { samplePayload } from '../support/histories.ts'
import { testHouse } from '../support/house.ts'

const clock = handClock()
const send = async (parcel: Parcel): Promise<Outcome[]> => parcel.rows.map(() => ({ status: 'accepted', receipt: 'R' }))
const t = await testHouse({ clock, adapters: [scripted('office', { send })] })
const hand = byHand(t, clock)
const types: EventType[] = ['candidate.registered', 'candidate.preselected', 'candidate.selected', 'person.corrected']
await scriptedPartner(t, 'office', 'office', { subscriptions: types.map(type => ({ type })) })

interface Somebody {
  source: string
  person: string
  family?: string
  given?: string
  birthDate?: string
  cnie: string
  registeredAt?: string
}
const register = ({
  source,
  person,
  family = 'EL AMRANI',
  given = 'NAIMA',
  birthDate = '1985-06-01',
  cnie,
  registeredAt = '2025-11-03'
}: Somebody) =>
  t.submit({
    source,
    person,
    type: 'candidate.registered',
    at: '2026-01-05T09:00:00Z',
    payload: {
      campaign: 2026,
      person: {
        name: { latin: { family, given } },
        birthDate,
        sex: 2,
        nationalities: ['MAR'],
        identifiers: [{ scheme: 'MA-CNIE', value: cnie, country: 'MAR' }]
      },
      registration: { agency: source === 'anapec' ? 'ANP-KEN-01' : 'ANP-BEN-02', registeredAt }
    }
  })
const idOf = async (source: string, person: string): Promise<string> =>
  (
    await t.house.database.query<{ id: string }>(
      sql`select person_id as id from person_source where client_id = ${source} and source_hash = ${t.house.vault.hashes.sourceId(source, person)}`
    )
  )[0]?.id as string
const isHeld = async (id: string) =>
  (await t.house.database.query<{ held: string | null }>(sql`select held from person where id = ${id}`))[0]?.held !== null
const statesOf = async (id: string) =>
  (await t.house.database.query<{ state: string }>(sql`select state from delivery where person_id = ${id} order by position`)).map(
    row => row.state
  )
const casesOf = async (kind: string, ...people: string[]) =>
  (
    await t.house.database.query<{ person: string }>(sql`
    select person_id as person from case_file where kind = ${kind} and person_id = any(${people}::uuid[]) order by 1`)
  ).map(row => row.person)

test('one person at two agencies: linked, never merged; the later registration is held and a case, the earlier goes on', async () => {
  await register({ source: 'anapec', person: 'a-1', cnie: 'GA100001', registeredAt: '2025-11-03' })
  await hand.run()
  await register({ source: 'other-agency', person: 'b-1', cnie: 'GA100001', registeredAt: '2025-11-10' })
  await hand.run()
  const [first, second] = [await idOf('anapec', 'a-1'), await idOf('other-agency', 'b-1')]
  expect(first).not.toBe(second)
  expect([await isHeld(first), await isHeld(second)]).toEqual([false, true])
  expect(await statesOf(first)).toEqual(['accepted'])
  expect(await statesOf(second)).toEqual(['held'])
  const links = await t.house.database.query(
    sql`select person_id, other_id from person_link where person_id = any(${[first, second]}::uuid[])`
  )
  expect(links).toEqual([{ person_id: second, other_id: first }])
  expect((await casesOf('registered-twice', first, second)).length).toBeGreaterThan(0)
})

test('whichever agency is faster on the wire, the earlier registration stands', async () => {
  await register({ source: 'other-agency', person: 'b-2', cnie: 'GA100002', registeredAt: '2025-11-10' })
  await register({ source: 'anapec', person: 'a-2', cnie: 'GA100002', registeredAt: '2025-11-03' })
  await hand.run()
  expect([await isHeld(await idOf('anapec', 'a-2')), await isHeld(await idOf('other-agency', 'b-2'))]).toEqual([false, true])
})

test('both at the same instant, in one group or in two: exactly one of them is held', async () => {
  for (let i = 0; i < 10; i++) {
    const cnie = `GB2${String(i).padStart(5, '0')}`
    await Promise.all([
      register({ source: 'anapec', person: `c-${i}`, cnie, given: `NAIMA ${'ABCDEFGHIJ'[i]}` }),
      register({ source: 'other-agency', person: `d-${i}`, cnie, given: `NAIMA ${'ABCDEFGHIJ'[i]}` })
    ])
    const held = [await isHeld(await idOf('anapec', `c-${i}`)), await isHeld(await idOf('other-agency', `d-${i}`))]
    expect(held.filter(Boolean)).toHaveLength(1)
  }
})

test('two people under one number: both are held, each a case, until somebody has looked; released, both flow again', async () => {
  await register({ source: 'anapec', person: 'e-1', cnie: 'GC300001', family: 'BENNANI', given: 'SAMIRA', birthDate: '1979-01-01' })
  await hand.relay()
  await register({ source: 'anapec', person: 'e-2', cnie: 'GC300001', family: 'TAZI', given: 'OUAFAE', birthDate: '1991-12-30' })
  const both = [await idOf('anapec', 'e-1'), await idOf('anapec', 'e-2')] as [string, string]
  await hand.run()
  for (const id of both) {
    expect(await isHeld(id)).toBe(true)
    expect(await statesOf(id)).toEqual(['held'])
  }
  expect(await casesOf('identity-shared', ...both)).toEqual(both.toSorted())
  await t.submit({ person: 'e-1', type: 'candidate.preselected', at: '2026-01-06T09:00:00Z', payload: { campaign: 2026 } })
  await hand.run()
  expect(await statesOf(both[0])).toEqual(['held', 'behind'])
  await t.house.database.transaction(tx => releasePerson(tx, both[0], 'test', 'scan seen'))
  await hand.run()
  expect(await statesOf(both[0])).toEqual(['accepted', 'accepted'])
  expect(await statesOf(both[1])).toEqual(['held'])
  await t.submit({
    person: 'e-1',
    type: 'person.corrected',
    at: '2026-01-07T09:00:00Z',
    payload: { campaign: 2026, person: { contact: { phones: ['+212600000001'], language: 'ar', channel: 'SMS' } } }
  })
  await hand.run()
  expect(await isHeld(both[0])).toBe(false)
  expect(await statesOf(both[0])).toEqual(['accepted', 'accepted', 'accepted'])
})

test('a second selection by another employer is a case; the first stands in the record and nothing of the second leaves', async () => {
  await register({ source: 'anapec', person: 'f-1', cnie: 'GD400001', given: 'IMANE' })
  const say = (type: EventType, day: number, payload: Record<string, unknown>) =>
    t.submit({ person: 'f-1', type, at: `2026-01-${day}T09:00:00Z`, payload: { campaign: 2026, ...payload } })
  await say('candidate.preselected', 10, {})
  await say('candidate.selected', 11, samplePayload('candidate.selected', 1))
  const second = await say('candidate.selected', 12, samplePayload('candidate.selected', 2))
  expect(second.status).toBe('accepted')
  await hand.run()
  const id = await idOf('anapec', 'f-1')
  expect(await casesOf('selected-twice', id)).toEqual([id])
  expect(await statesOf(id)).toEqual(['accepted', 'accepted', 'accepted'])
  const [subject] = await t.house.database.query<{ employer: string }>(
    sql`select employer from subject where person_id = ${id} and kind = 'placement'`
  )
  expect(subject?.employer).toBe((samplePayload('candidate.selected', 1).selection as { employer: { cif: string } }).employer.cif)
})
