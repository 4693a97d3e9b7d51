// Weekly places under many workers and two partners: never over, and no place is lost that could be used.
import { expect, test } from 'vitest'
import { NotSent, type Outcome, type Parcel, type ParcelRefused } from '../../adapters/contract.ts'
import { weekOf } from '../../src/domain/capacity.ts'
import { discard, settleAs } from '../../src/flow/attend.ts'
import { sql } from '../../src/store/database.ts'
import { redeliver } from '../../src/store/deliveries.ts'
import { byHand, deliveries, handClock, scripted, scriptedPartner } from '../support/by-hand.ts'
import { testHouse } from '../support/house.ts'
import { registration } from '../support/people.ts'

const weekMs = 7 * 86_400_000
/** A week of both countries without a holiday, and none in the two after it. */
const clock = handClock(new Date('2026-02-02T08:00:00Z'))
const accepted = (parcel: Parcel): Outcome[] => parcel.rows.map(() => ({ status: 'accepted', receipt: 'R' }))
let answer: (parcel: Parcel) => Promise<readonly Outcome[] | ParcelRefused> = async parcel => accepted(parcel)
let askAnswer: 'absent' | 'cannot tell' = 'cannot tell'
const lodged: { delivery: string; week: string; partner: string; parcel: string }[] = []
const office = {
  send: async (parcel: Parcel, { partner }: { partner: string }) => {
    const answered = await answer(parcel)
    if (!('refused' in answered))
      parcel.rows.forEach(({ delivery }, i) => {
        if (answered[i]?.status === 'accepted')
          lodged.push({ delivery, week: weekOf(new Date(parcel.campaignAt)), partner, parcel: parcel.id })
      })
    return answered
  },
  usesCapacity: ['candidate.registered' as const],
  gather: { by: () => 'together', max: 7, waitMs: 0 }
}
const t = await testHouse({
  clock,
  adapters: [scripted('embassy', { ...office, ask: async () => askAnswer }), scripted('silent', office, ['ask'])]
})
const subscriptions = [{ type: 'candidate.registered' as const }]
const hands = Array.from({ length: 8 }, () => byHand(t, clock))
const [hand] = hands as [(typeof hands)[number]]

const register = async (count: number, name: string) => {
  await Promise.all(
    Array.from({ length: count }, (_, i) => {
      const payload = structuredClone(registration(i % 300)) as { person: { identifiers?: unknown }; documents?: unknown }
      delete payload.person.identifiers
      delete payload.documents
      return t.submit({
        person: `${name}-${i}`,
        type: 'candidate.registered',
        at: '2026-01-10T09:00:00Z',
        payload: payload as Record<string, unknown>
      })
    })
  )
}
const weeks = (capacity: string) =>
  t.house.database.query<{ week: string; quota: number; used: number }>(
    sql`select week, quota, used from capacity_week where capacity_id = ${capacity} order by week`
  )
/** Everybody else has left, so that a test has its capacity to itself. */
const only = async (...ids: string[]) => {
  await t.database.owner.query(sql`update partner set status = case when id = any(${ids}::text[]) then 'active' else 'disabled' end`)
  await t.house.directory.refresh()
}
const partner = async (adapter: string, id: string, capacity: { id: string; weekly: number }) => {
  await scriptedPartner(t, adapter, id, { subscriptions, capacity, maxInFlight: 16 })
  await only(id)
}

test('eight workers and two partners share fifty places a week: 300 applications take six weeks and no week is overrun', async () => {
  const capacity = { id: 'shared', weekly: 50 }
  await partner('embassy', 'rabat', capacity)
  await partner('embassy', 'tangier', capacity)
  await only('rabat', 'tangier')
  await register(150, 'crowd')
  for (let week = 0; week < 6; week++) {
    // Who found a place taken that the relay had still seen free looks again a second later.
    for (let second = 0; second < 4; second++) {
      await Promise.all(hands.map(worker => worker.run()))
      clock.advance(1_100)
    }
    const made = (await weeks('shared')).at(-1)
    expect(made).toMatchObject({ used: 50, quota: 50 })
    expect(lodged).toHaveLength(50 * (week + 1))
    clock.advanceCampaign(weekMs)
  }
  const byWeek = Map.groupBy(lodged, entry => entry.week)
  expect([...byWeek.values()].map(entries => entries.length)).toEqual([50, 50, 50, 50, 50, 50])
  expect(new Set(lodged.map(entry => entry.delivery)).size).toBe(300)
  expect((await deliveries(t)).every(d => d.state === 'accepted' && d.attempts === 1)).toBe(true)
})

test('a refused application gives its place back while the week lasts, and not to a later week', async () => {
  await partner('embassy', 'refusing', { id: 'refused', weekly: 5 })
  let refusals = 3
  answer = async parcel =>
    parcel.rows.map(() => (refusals-- > 0 ? { status: 'refused', code: 'E', reason: 'no' } : { status: 'accepted', receipt: 'R' }))
  await register(12, 'refused')
  await hand.run()
  clock.advance(5_000)
  await hand.run()
  const { quota = 0, used } = (await weeks('refused'))[0] ?? {}
  expect((await deliveries(t, 'refusing')).filter(d => d.state === 'refused')).toHaveLength(3)
  expect((await deliveries(t, 'refusing')).filter(d => d.state === 'accepted')).toHaveLength(quota)
  expect(used).toBe(quota)
  answer = async parcel => accepted(parcel)
})

test('an application of unknown fate keeps its place; sent again in a later week it takes one of that week too', async () => {
  await partner('embassy', 'losing', { id: 'unknown', weekly: 5 })
  answer = () => Promise.reject(new Error('reset'))
  await register(2, 'unknown')
  await hand.run()
  expect((await deliveries(t, 'losing')).map(d => d.state)).toEqual(['unknown', 'unknown'])
  expect(await weeks('unknown')).toMatchObject([{ used: 2 }])
  clock.advanceCampaign(weekMs)
  askAnswer = 'absent'
  answer = async parcel => accepted(parcel)
  clock.advance(3_600_000)
  await hand.run()
  expect((await deliveries(t, 'losing')).map(d => d.state)).toEqual(['accepted', 'accepted'])
  expect(await weeks('unknown')).toMatchObject([{ used: 2 }, { used: 2 }])
})

test('sent again in the week in which it has a place it takes no other, though the week is full', async () => {
  await partner('embassy', 'full', { id: 'full', weekly: 3 })
  answer = () => Promise.reject(new Error('reset'))
  await register(3, 'full')
  await hand.run()
  expect((await weeks('full')).at(-1)).toMatchObject({ used: 3, quota: 3 })
  answer = async parcel => accepted(parcel)
  clock.advance(3_600_000)
  await hand.run()
  expect((await deliveries(t, 'full')).map(d => d.state)).toEqual(['accepted', 'accepted', 'accepted'])
  expect((await weeks('full')).at(-1)).toMatchObject({ used: 3 })
})

test('where a partner cannot be asked and the next week is full, the parcel waits whole and under its id', async () => {
  await partner('silent', 'closed', { id: 'closed', weekly: 4 })
  answer = () => Promise.reject(new Error('reset'))
  await register(3, 'closed')
  await hand.run()
  const [before] = await deliveries(t, 'closed')
  clock.advanceCampaign(weekMs)
  await t.database.owner.query(
    sql`insert into capacity_week (capacity_id, week, quota, used) values ('closed', ${weekOf(clock.campaign())}, 4, 2)`
  )
  answer = async parcel => accepted(parcel)
  lodged.length = 0
  for (let round = 0; round < 3; round++) {
    clock.advance(3_600_000)
    await hand.run()
  }
  expect(lodged).toEqual([])
  expect(await deliveries(t, 'closed')).toMatchObject(Array(3).fill({ state: 'unknown', parcel: before?.parcel }))
  clock.advanceCampaign(weekMs)
  clock.advance(3_600_000)
  await hand.run()
  expect(await deliveries(t, 'closed')).toMatchObject(Array(3).fill({ state: 'accepted', parcel: before?.parcel }))
  expect((await weeks('closed')).map(week => week.used)).toEqual([3, 2, 3])
})

test('a dead row has given its place back, so sending it again by hand takes one', async () => {
  await partner('embassy', 'down', { id: 'dead', weekly: 2 })
  await t.database.owner.query(sql`update partner set attempts_max = 1 where id = 'down'`)
  await t.house.directory.refresh()
  answer = () => Promise.reject(new NotSent('down'))
  await register(1, 'dead')
  await hand.run()
  const [dead] = await deliveries(t, 'down')
  expect(dead).toMatchObject({ state: 'dead', week: null })
  expect((await weeks('dead')).at(-1)).toMatchObject({ used: 0 })
  answer = async parcel => accepted(parcel)
  await t.house.database.transaction(tx => redeliver(tx, dead?.id ?? '', 'test', 'they are back'))
  await hand.run()
  expect(await deliveries(t, 'down')).toMatchObject([{ state: 'accepted', week: weekOf(clock.campaign()) }])
  expect((await weeks('dead')).at(-1)).toMatchObject({ used: 1 })
})

test('a row that cannot be mapped holds no place', async () => {
  await scriptedPartner(t, 'embassy', 'strict', {
    subscriptions,
    capacity: { id: 'strict', weekly: 4 },
    settings: { endpoint: 'http://strict.invalid', mandatory: ['fileNumber'] }
  })
  await only('strict')
  await register(2, 'strict')
  await hand.run()
  expect((await deliveries(t, 'strict')).map(d => [d.state, d.week])).toEqual([
    ['parked', null],
    ['parked', null]
  ])
  expect((await weeks('strict')).at(-1)).toMatchObject({ used: 0 })
})

test.each([
  ['refused', (id: string) => settleAs(t.house, id, 'refused', 'test', 'they said so'), 0],
  ['discarded', (id: string) => discard(t.house, id, 'test', 'not needed'), 0],
  ['accepted', (id: string) => settleAs(t.house, id, 'accepted', 'test', 'they have it'), 1]
] as const)('an application of unknown fate that a person settles as %s holds as many places as it should', async (state, settle, used) => {
  const id = `hand-${state}`
  await partner('embassy', id, { id, weekly: 3 })
  answer = () => Promise.reject(new Error('reset'))
  await register(1, id)
  await hand.run()
  const [lost] = await deliveries(t, id)
  expect([lost?.state, lost?.week, (await weeks(id)).at(-1)?.used]).toEqual(['unknown', weekOf(clock.campaign()), 1])
  await settle(lost?.id ?? '')
  expect(await deliveries(t, id)).toMatchObject([{ state, week: used === 0 ? null : weekOf(clock.campaign()) }])
  expect((await weeks(id)).at(-1)).toMatchObject({ used })
})

test('one that never arrived, says the partner by telephone, goes out again and takes one place in all', async () => {
  await partner('embassy', 'phoned', { id: 'phoned', weekly: 3 })
  answer = () => Promise.reject(new Error('reset'))
  await register(1, 'phoned')
  await hand.run()
  const [lost] = await deliveries(t, 'phoned')
  await settleAs(t.house, lost?.id ?? '', 'never-arrived', 'test', 'said Mrs Alami')
  expect((await weeks('phoned')).at(-1)).toMatchObject({ used: 0 })
  answer = async parcel => accepted(parcel)
  await hand.run()
  const [again] = await deliveries(t, 'phoned')
  expect(again).toMatchObject({ state: 'accepted', week: weekOf(clock.campaign()) })
  expect(again?.parcel).not.toBe(lost?.parcel)
  expect((await weeks('phoned')).at(-1)).toMatchObject({ used: 1 })
})

test('a person’s word in a later week gives nothing back: that week’s places are spent', async () => {
  await partner('embassy', 'late', { id: 'late', weekly: 3 })
  answer = () => Promise.reject(new Error('reset'))
  await register(1, 'late')
  await hand.run()
  const [lost] = await deliveries(t, 'late')
  clock.advanceCampaign(weekMs)
  await settleAs(t.house, lost?.id ?? '', 'refused', 'test', 'they said so')
  expect(await deliveries(t, 'late')).toMatchObject([{ state: 'refused', week: null }])
  expect((await weeks('late')).map(week => week.used)).toEqual([1])
})

test('an application that is set aside while it waits with a place of this week gives the place back', async () => {
  await partner('embassy', 'withdrawn', { id: 'withdrawn', weekly: 3 })
  answer = () => Promise.reject(new Error('reset'))
  await register(1, 'withdrawn')
  await hand.run()
  askAnswer = 'absent'
  clock.advance(3_600_000)
  await hand.relay()
  await hand.work()
  expect(await deliveries(t, 'withdrawn')).toMatchObject([{ state: 'due', week: weekOf(clock.campaign()) }])
  const [{ eventId } = { eventId: '' }] = await t.house.database.query<{ eventId: string }>(
    sql`select event_id as "eventId" from delivery where partner_id = 'withdrawn'`
  )
  const corrected = { campaign: 2026, registration: { agency: 'ANP-KEN-01', registeredAt: '2025-11-04' }, corrects: eventId }
  await t.submit({ person: 'withdrawn-0', type: 'candidate.registered', at: '2026-01-10T09:00:00Z', payload: corrected })
  expect((await deliveries(t, 'withdrawn'))[0]).toMatchObject({ state: 'superseded', week: null })
  expect((await weeks('withdrawn')).at(-1)).toMatchObject({ used: 0 })
})
