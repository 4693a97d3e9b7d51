// publish: who is owed what, and who is told when a fact that came late makes an earlier word wrong.
import { beforeEach, expect, test } from 'vitest'
import type { Outcome, Parcel } from '../../adapters/contract.ts'
import { reference } from '../../adapters/reference/index.ts'
import type { Fact } from '../../adapters/reference/wire.ts'
import type { EventType } from '../../schemas/event.ts'
import { changePartnerStatus } from '../../src/flow/administer.ts'
import { sql } from '../../src/store/database.ts'
import { byHand, deliveries, handClock, scripted, scriptedPartner } from '../support/by-hand.ts'
import { sampleCif, samplePayload } from '../support/histories.ts'
import { testHouse } from '../support/house.ts'

const clock = handClock()
const got: { partner: string; fact: Fact }[] = []
const outbound = {
  send: async (parcel: Parcel, context: { partner: string }): Promise<Outcome[]> => {
    got.push(...parcel.rows.map(row => ({ partner: context.partner, fact: row.fragment as Fact })))
    return parcel.rows.map(() => ({ status: 'accepted', receipt: 'R' }))
  },
  cancels: []
}
const deaf = { ...outbound, accepts: (reference.outbound?.accepts ?? []).filter(type => type !== 'record.corrected') }
const t = await testHouse({ clock, adapters: [scripted('listener', outbound), scripted('deaf', deaf)] })
const hand = byHand(t, clock)
const types: EventType[] = ['candidate.registered', 'candidate.preselected', 'candidate.selected', 'candidate.withdrew', 'visa.requested']
await scriptedPartner(t, 'listener', 'all', { subscriptions: types.map(type => ({ type })) })
await scriptedPartner(t, 'listener', 'selections', { subscriptions: [{ type: 'candidate.selected' }] })
await scriptedPartner(t, 'deaf', 'letters', { subscriptions: [{ type: 'candidate.selected' }] })

let people = 0
let person = ''
beforeEach(() => {
  people += 1
  person = `w-${people}`
  got.length = 0
})

const said = (type: EventType, day: number, payload: Record<string, unknown> = {}, more: { key?: string } = {}) => ({
  ...more,
  person,
  type,
  at: `2026-01-${String(day).padStart(2, '0')}T09:00:00Z`,
  payload: { campaign: 2026, ...payload }
})
const say = async (...event: Parameters<typeof said>): Promise<string> => {
  const answer = await t.submit(said(...event))
  if (answer.status !== 'accepted') throw new Error(`not accepted: ${JSON.stringify(answer)}`)
  return answer.eventId
}
const registered = (more: Record<string, unknown> = {}) => ({
  person: { name: { latin: { family: 'ALAMI', given: `WORKER ${person}` } }, birthDate: '1988-04-02', sex: 2, nationalities: ['MAR'] },
  registration: { agency: 'ANP-KEN-01' },
  ...more
})
const selected = (variant: number) => samplePayload('candidate.selected', variant)
const facts = (partner: string) => got.filter(g => g.partner === partner).map(g => g.fact.fact)
const cases = async (kind: string) =>
  t.house.database.query<{ eventId: string; reason: string }>(sql`
    select c.event_id as "eventId", c.reason from case_file c join person_source s on s.person_id = c.person_id
    where c.kind = ${kind} and s.source_hash = ${t.house.vault.hashes.sourceId('anapec', person)}`)

const begin = async () => {
  await say('candidate.registered', 2, registered())
  await say('candidate.preselected', 3)
}

test('a subscription covers its own employer, agency, consulate or offer, as the record stands after the event', async () => {
  const cif = sampleCif(1)
  const scopes = {
    employer: { employer: cif },
    agency: { agency: 'ANP-KEN-01' },
    elsewhere: { agency: 'ANP-BEN-02' },
    offer: { offer: 'O-1' },
    tangier: { consulate: 'TANGIER' }
  }
  for (const [id, scope] of Object.entries(scopes))
    await scriptedPartner(t, 'listener', `of-${id}`, {
      subscriptions: (['candidate.selected', 'visa.requested', 'candidate.registered'] as const).map(type => ({ type, ...scope }))
    })
  await begin()
  await say('candidate.selected', 4, selected(1))
  await say('contract.signed', 5, samplePayload('contract.signed', 1))
  await say('commitment.signed', 6, samplePayload('commitment.signed', 1))
  await say('authorization.requested', 7, { request: { requestId: 'R-1', consulate: { lodging: 'RABAT', issuing: 'RABAT' } } })
  await say('authorization.granted', 8, samplePayload('authorization.granted', 4000 + people))
  await say('visa.requested', 9, samplePayload('visa.requested', 1))
  await hand.run()
  expect(facts('of-employer')).toEqual(['candidate.selected', 'visa.requested'])
  expect(facts('of-offer')).toEqual(['candidate.selected', 'visa.requested'])
  expect(facts('of-agency')).toEqual(['candidate.registered', 'candidate.selected', 'visa.requested'])
  expect(facts('of-elsewhere')).toEqual([])
  expect(facts('of-tangier')).toEqual(['visa.requested'])
  for (const id of Object.keys(scopes)) await changePartnerStatus(t.house, `of-${id}`, 'disabled', 'test', 'done')
})

test('a late fact that ends a placement: whoever has what came after is told, and where one cannot be told a case opens', async () => {
  await begin()
  await say('candidate.selected', 6, selected(1))
  await hand.run()
  expect(facts('selections')).toEqual(['candidate.selected'])
  const late = await say('candidate.withdrew', 5)
  await hand.run()
  expect(facts('all')).toEqual([
    'candidate.registered',
    'candidate.preselected',
    'candidate.selected',
    'candidate.withdrew',
    'record.corrected'
  ])
  expect(facts('selections')).toEqual(['candidate.selected', 'record.corrected'])
  expect(got.at(-1)?.fact).toMatchObject({ version: 4 })
  expect(got.filter(g => g.fact.fact === 'record.corrected').every(g => g.fact.employer === undefined)).toBe(true)
  expect(facts('letters')).toEqual(['candidate.selected'])
  expect(await cases('corrected-after-sent')).toMatchObject([{ eventId: late, reason: expect.stringContaining('letters') }])
  expect(await cases('contradiction')).toHaveLength(1)
})

test('what had not left when a late fact set it aside does not leave', async () => {
  await changePartnerStatus(t.house, 'selections', 'paused', 'test', 'maintenance')
  await changePartnerStatus(t.house, 'letters', 'paused', 'test', 'maintenance')
  await begin()
  await say('candidate.selected', 6, selected(1))
  await hand.run()
  await say('candidate.withdrew', 5)
  await changePartnerStatus(t.house, 'selections', 'active', 'test', 'back')
  await changePartnerStatus(t.house, 'letters', 'active', 'test', 'back')
  await hand.run()
  expect(facts('selections')).toEqual([])
  expect(facts('letters')).toEqual([])
  expect(await cases('corrected-after-sent')).toEqual([])
})

test('in one group too: what the group itself set aside is not owed', async () => {
  await begin()
  await Promise.all([t.submit(said('candidate.selected', 6, selected(1))), t.submit(said('candidate.withdrew', 5))])
  await hand.run()
  expect(facts('selections')).toEqual([])
  expect(facts('all')).toEqual(['candidate.registered', 'candidate.preselected', 'candidate.withdrew'])
})

test('a fact dated after the end of a placement is a case and is sent to nobody', async () => {
  await begin()
  await say('candidate.withdrew', 4)
  const beyond = await say('candidate.selected', 5, selected(1))
  await hand.run()
  expect(facts('selections')).toEqual([])
  expect(await cases('contradiction')).toMatchObject([{ eventId: beyond }])
})

test('a fact that waits is owed from the moment it counts, with the record of that moment', async () => {
  const waiting = await say('candidate.selected', 6, selected(1))
  await hand.run()
  expect(got).toEqual([])
  await begin()
  await hand.run()
  expect(facts('all')).toEqual(['candidate.registered', 'candidate.preselected', 'candidate.selected'])
  expect((await deliveries(t, 'selections')).at(-1)).toMatchObject({ version: 3 })
  expect(await t.house.database.query(sql`select id from delivery where event_id = ${waiting} and partner_id = 'selections'`)).toHaveLength(
    1
  )
})

test('a correction goes out as record.corrected, never as the fact again; a second one beside it too', async () => {
  await begin()
  const first = await say('candidate.selected', 6, selected(1))
  await hand.run()
  await say('candidate.selected', 6, { ...selected(2), corrects: first })
  await hand.run()
  await say('candidate.selected', 6, { ...selected(4), corrects: first })
  await hand.run()
  expect(facts('selections')).toEqual(['candidate.selected', 'record.corrected', 'record.corrected'])
  expect(got.filter(g => g.partner === 'selections').map(g => g.fact.employer)).toEqual([1, 2, 4].map(v => sampleCif(v % 3)))
  expect(facts('letters')).toEqual(['candidate.selected'])
  expect(await cases('corrected-after-sent')).toHaveLength(2)
})

test('a correction of what has not left takes its place', async () => {
  await changePartnerStatus(t.house, 'selections', 'paused', 'test', 'maintenance')
  await begin()
  const first = await say('candidate.selected', 6, selected(1))
  await say('candidate.selected', 6, { ...selected(2), corrects: first })
  await changePartnerStatus(t.house, 'selections', 'active', 'test', 'back')
  await hand.run()
  expect(got.filter(g => g.partner === 'selections').map(g => [g.fact.fact, g.fact.employer])).toEqual([
    ['candidate.selected', sampleCif(2)]
  ])
})

test('a fact that counts again after it did not is told as a correction: nobody is asked for it twice', async () => {
  await begin()
  await say('candidate.selected', 6, selected(1))
  await hand.run()
  const wrong = await say('candidate.withdrew', 5)
  await hand.run()
  await say('candidate.withdrew', 20, { corrects: wrong })
  await hand.run()
  expect(facts('selections')).toEqual(['candidate.selected', 'record.corrected', 'record.corrected'])
  expect(facts('all').filter(fact => fact === 'candidate.selected')).toHaveLength(1)
  expect(facts('all').filter(fact => fact === 'candidate.withdrew')).toHaveLength(1)
})

test('a disabled partner is owed nothing, a paused one everything', async () => {
  await changePartnerStatus(t.house, 'selections', 'disabled', 'test', 'gone')
  await changePartnerStatus(t.house, 'letters', 'paused', 'test', 'maintenance')
  await begin()
  const id = await say('candidate.selected', 6, selected(1))
  const owed = await t.house.database.query<{ partner: string }>(
    sql`select partner_id as partner from delivery where event_id = ${id} order by 1`
  )
  expect(owed.map(row => row.partner)).toEqual(['all', 'letters'])
  await changePartnerStatus(t.house, 'selections', 'active', 'test', 'back')
  await changePartnerStatus(t.house, 'letters', 'active', 'test', 'back')
})
