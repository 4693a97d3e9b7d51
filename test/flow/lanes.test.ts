// Lanes: one partner and one person, in order, whatever fails in between; and nobody else waits for them.
import { beforeEach, expect, test } from 'vitest'
import { NotSent, type Outcome, type Parcel } from '../../adapters/contract.ts'
import type { EventType } from '../../schemas/event.ts'
import { changePartnerStatus } from '../../src/flow/administer.ts'
import { failedTriesMin } from '../../src/flow/failing.ts'
import { sql } from '../../src/store/database.ts'
import { redeliver, settleByHand } from '../../src/store/deliveries.ts'
import { holdPeople, releasePerson } from '../../src/store/people.ts'
import { promoteMissed } from '../../src/store/promote-missed.ts'
import { countFailed } from '../../src/store/standing.ts'
import { byHand, deliveries, handClock, scripted, scriptedPartner } from '../support/by-hand.ts'
import { testHouse } from '../support/house.ts'

const accepted = (parcel: Parcel): Outcome[] => parcel.rows.map(() => ({ status: 'accepted', receipt: 'R' }))
const sent: { partner: string; parcel: Parcel }[] = []
let answer: (parcel: Parcel, partner: string) => Promise<readonly Outcome[]> = async parcel => accepted(parcel)
const clock = handClock()
const t = await testHouse({
  clock,
  adapters: [
    scripted('office', {
      send: async (parcel, context) => {
        sent.push({ partner: context.partner, parcel })
        return answer(parcel, context.partner)
      },
      ask: async () => 'absent'
    })
  ]
})
const hand = byHand(t, clock)
const types: EventType[] = ['candidate.registered', 'candidate.preselected', 'person.corrected', 'candidate.withdrew']
const subscriptions = types.map(type => ({ type }))
await scriptedPartner(t, 'office', 'north', { subscriptions, maxInFlight: 4 })
await scriptedPartner(t, 'office', 'south', { subscriptions, maxInFlight: 4 })

let people = 0
beforeEach(async () => {
  await t.database.owner.query(
    sql`update delivery set state = 'discarded' where state not in ('accepted', 'refused', 'superseded', 'discarded')`
  )
  answer = async parcel => accepted(parcel)
  sent.length = 0
  hand.jobs.length = 0
  people += 1
})

const say = async (person: string, type: EventType, minute: number, payload: Record<string, unknown> = {}) => {
  const answered = await t.submit({
    person,
    type,
    at: new Date(Date.parse('2026-01-10T09:00:00Z') + minute * 60_000).toISOString(),
    payload
  })
  expect(answered.status).toBe('accepted')
}

const phone = (i: number) => ({ person: { contact: { phones: [`+2126${String(i).padStart(8, '0')}`], language: 'ar', channel: 'SMS' } } })

/** A person with so many facts after one another; the first is the registration. */
const history = async (person: string, facts: number) => {
  await say(person, 'candidate.registered', 0, {
    campaign: 2026,
    person: {
      name: { latin: { family: 'EL IDRISSI', given: `WORKER ${person}` } },
      birthDate: '1990-03-15',
      sex: 2,
      nationalities: ['MAR']
    },
    registration: { agency: 'ANP-KEN-01' }
  })
  for (let i = 1; i < facts; i++) await say(person, 'person.corrected', i, phone(i))
}

const mine = async (person: string, partner: string) =>
  (
    await t.house.database.query<{ id: string; personId: string }>(sql`
      select d.id, d.person_id as "personId" from delivery d join person_source s on s.person_id = d.person_id
      where s.client_id = 'anapec' and s.source_hash = ${t.house.vault.hashes.sourceId('anapec', person)} and d.partner_id = ${partner} order by d.position`)
  ).map(row => row.id)
const personOf = async (person: string) =>
  (
    await t.house.database.query<{ id: string }>(
      sql`select person_id as id from person_source where source_hash = ${t.house.vault.hashes.sourceId('anapec', person)}`
    )
  )[0]?.id as string
const statesOf = async (ids: readonly string[]) => {
  const all = new Map((await deliveries(t)).map(d => [d.id, d.state]))
  return ids.map(id => all.get(id))
}
const order = (partner: string) => sent.filter(s => s.partner === partner).flatMap(s => s.parcel.rows.map(row => row.delivery))

test('the order of a lane is kept though every other attempt fails, each in another way', async () => {
  const person = `mixed-${people}`
  await history(person, 8)
  const ids = await mine(person, 'north')
  let tries = 0
  answer = async parcel => {
    tries += 1
    switch (tries % 8) {
      case 1:
        throw new NotSent('refused')
      case 3:
        throw new Error('reset')
      case 5:
        return parcel.rows.map(() => ({ status: 'deferred', retryAfterSeconds: 30 }))
      default:
        return accepted(parcel)
    }
  }
  for (let round = 0; round < 30; round++) {
    await hand.run()
    clock.advance(3_600_000)
  }
  expect(await statesOf(ids)).toEqual(ids.map(() => 'accepted'))
  const northern = order('north')
  expect(northern.filter((id, i) => i === 0 || id !== northern[i - 1])).toEqual(ids)
  expect(order('south').filter((id, i, all) => i === 0 || id !== all[i - 1])).toEqual(await mine(person, 'south'))
})

test.each(['parked', 'dead', 'held'] as const)('a %s head holds what is behind it, at its partner only', async state => {
  const person = `${state}-${people}`
  await history(person, 3)
  const north = await mine(person, 'north')
  await t.database.owner.query(sql`update delivery set state = ${state} where id = ${north[0] ?? ''}`)
  await hand.run()
  await t.house.database.transaction(tx => promoteMissed(tx))
  await hand.run()
  expect(await statesOf(north)).toEqual([state, 'behind', 'behind'])
  expect(await statesOf(await mine(person, 'south'))).toEqual(['accepted', 'accepted', 'accepted'])
  await t.house.database.transaction(tx => redeliver(tx, north[0] ?? '', 'test', 'mended'))
  await hand.run()
  expect(await statesOf(north)).toEqual(['accepted', 'accepted', 'accepted'])
  expect(order('north')).toEqual(north)
})

test('a person settles the head by hand and its lane moves on', async () => {
  const person = `by-hand-${people}`
  await history(person, 3)
  const north = await mine(person, 'north')
  await t.database.owner.query(sql`update delivery set state = 'parked' where id = ${north[0] ?? ''}`)
  expect(await t.house.database.transaction(tx => settleByHand(tx, north[0] ?? '', 'discarded', 'test', 'sent by letter'))).toBe(true)
  await hand.run()
  expect(await statesOf(north)).toEqual(['discarded', 'accepted', 'accepted'])
})

test('a refused row that is sent again goes before what stands behind it', async () => {
  const person = `again-${people}`
  await history(person, 3)
  const north = await mine(person, 'north')
  answer = async (parcel, partner) =>
    partner === 'north' && parcel.rows[0]?.delivery === north[0]
      ? [{ status: 'refused', code: 'E', reason: 'no' }]
      : Promise.reject(new NotSent('down'))
  await hand.run()
  expect(await statesOf(north)).toEqual(['refused', 'due', 'behind'])
  await t.house.database.transaction(tx => redeliver(tx, north[0] ?? '', 'test', 'the partner was wrong'))
  expect(await statesOf(north)).toEqual(['due', 'behind', 'behind'])
  answer = async parcel => accepted(parcel)
  sent.length = 0
  clock.advance(86_400_000)
  await hand.run()
  expect(order('north')).toEqual(north)
})

test('an event that cancels supersedes what has not left, in any state, and goes next', async () => {
  const person = `cancel-${people}`
  await history(person, 4)
  const north = await mine(person, 'north')
  await hand.relay()
  await hand.work()
  await t.database.owner.query(sql`update delivery set state = 'parked' where id = ${north[1] ?? ''}`)
  await say(person, 'candidate.withdrew', 60)
  const all = await mine(person, 'north')
  expect(await statesOf(all)).toEqual(['accepted', 'superseded', 'superseded', 'superseded', 'due'])
  await hand.run()
  expect(order('north')).toEqual([all[0], all[4]])
})

test('what was dispatched and not begun is superseded too, and its job does nothing', async () => {
  const person = `dispatched-${people}`
  await history(person, 1)
  await hand.run()
  await say(person, 'person.corrected', 30, phone(30))
  await hand.relay()
  expect(hand.jobs).toHaveLength(2)
  await say(person, 'candidate.withdrew', 60)
  await hand.run()
  const north = await mine(person, 'north')
  expect(await statesOf(north)).toEqual(['accepted', 'superseded', 'accepted'])
  expect(order('north')).toEqual([north[0], north[2]])
})

test('a partner that was never sent anything of a person is not told that she withdrew', async () => {
  const person = `pointless-${people}`
  await history(person, 2)
  await say(person, 'candidate.withdrew', 60)
  await hand.run()
  expect(await statesOf(await mine(person, 'north'))).toEqual(['superseded', 'superseded', 'superseded'])
  expect(sent).toEqual([])
})

test('what is at the partner or may be is not superseded', async () => {
  const person = `unknown-${people}`
  await history(person, 1)
  answer = () => Promise.reject(new Error('reset'))
  await hand.run()
  await say(person, 'candidate.withdrew', 60)
  const north = await mine(person, 'north')
  expect(await statesOf(north)).toEqual(['unknown', 'behind'])
  answer = async parcel => accepted(parcel)
  clock.advance(60_000)
  await hand.run()
  expect(await statesOf(north)).toEqual(['accepted', 'accepted'])
})

test('a withdrawal from one year leaves what is owed about another year', async () => {
  const person = `years-${people}`
  await history(person, 1)
  await say(person, 'candidate.registered', 20 * 1440, {
    campaign: 2027,
    person: {
      name: { latin: { family: 'EL IDRISSI', given: `WORKER ${person}` } },
      birthDate: '1990-03-15',
      sex: 2,
      nationalities: ['MAR']
    },
    registration: { agency: 'ANP-KEN-01' }
  })
  await say(person, 'candidate.withdrew', 21 * 1440, { campaign: 2027 })
  await hand.run()
  expect(await statesOf(await mine(person, 'north'))).toEqual(['accepted', 'superseded', 'superseded'])
})

test('a head that a crash left behind is promoted, and only that', async () => {
  const person = `missed-${people}`
  await history(person, 3)
  const north = await mine(person, 'north')
  await t.database.owner.query(sql`update delivery set state = 'behind' where id = any(${north}::text[])`)
  await hand.run()
  expect(await statesOf(north)).toEqual(['behind', 'behind', 'behind'])
  expect(await t.house.database.transaction(tx => promoteMissed(tx))).toEqual({ promoted: 1, afterLane: 0 })
  expect(await statesOf(north)).toEqual(['due', 'behind', 'behind'])
  expect(await t.house.database.transaction(tx => promoteMissed(tx))).toEqual({ promoted: 0, afterLane: 0 })
  await hand.run()
  expect(order('north')).toEqual(north)
})

test('with more lanes than one turn looks at, turn follows turn until every head that was left behind is promoted', async () => {
  const north: string[] = []
  for (const person of [`one-${people}`, `two-${people}`, `three-${people}`]) {
    await history(person, 2)
    north.push(...(await mine(person, 'north')))
  }
  await t.database.owner.query(sql`update delivery set state = 'behind' where id = any(${north}::text[])`)
  const turns = [await t.house.database.transaction(tx => promoteMissed(tx, 0, 3))]
  while (turns.at(-1)?.afterLane !== 0 && turns.length < 200) {
    const { afterLane } = turns.at(-1) as (typeof turns)[number]
    turns.push(await t.house.database.transaction(tx => promoteMissed(tx, afterLane, 3)))
  }
  expect(turns.length).toBeGreaterThan(2)
  expect(turns.reduce((sum, { promoted }) => sum + promoted, 0)).toBe(3)
  expect(await statesOf(north)).toEqual(['due', 'behind', 'due', 'behind', 'due', 'behind'])
})

test('a paused partner gets nothing and loses nothing, not even what was dispatched a moment before', async () => {
  const person = `paused-${people}`
  await history(person, 3)
  await changePartnerStatus(t.house, 'north', 'paused', 'test', 'their maintenance')
  await hand.run()
  await say(person, 'candidate.preselected', 30, { campaign: 2026 })
  await hand.run()
  expect(order('north')).toEqual([])
  const north = await mine(person, 'north')
  expect(await statesOf(north)).toEqual(['due', 'behind', 'behind', 'behind'])
  expect((await statesOf(await mine(person, 'south'))).every(state => state === 'accepted')).toBe(true)
  await changePartnerStatus(t.house, 'north', 'active', 'test', 'they are back')
  await hand.run()
  expect(order('north')).toEqual(north)
})

test('a partner to whom nothing gets through is told from the third failed try on; resumed, what waits hours for its next try goes at once', async () => {
  const person = `failing-${people}`
  await history(person, 2)
  answer = async (parcel, partner) => {
    if (partner === 'north') throw new NotSent('refused')
    return accepted(parcel)
  }
  const failed = async () => (await countFailed(t.house.database, failedTriesMin)).filter(one => one.partnerId === 'north')
  for (const waitMs of [0, 6_000]) {
    clock.advance(waitMs)
    await hand.run()
  }
  expect(await failed()).toEqual([])
  clock.advance(6 * 60_000)
  await hand.run()
  expect(await failed()).toMatchObject([{ count: 1, tries: 3, code: 'not-sent' }])
  answer = async parcel => accepted(parcel)
  sent.length = 0
  await hand.run()
  expect(order('north')).toEqual([])
  await changePartnerStatus(t.house, 'north', 'active', 'test', 'they are back')
  await hand.run()
  expect(order('north')).toEqual(await mine(person, 'north'))
  expect(await failed()).toEqual([])
})

test('thousands that wait for their next try go page by page: broken off in the middle nothing is lost, and another resume goes on with the rest', async () => {
  const person = `thousands-${people}`
  await history(person, 1)
  const like = (await mine(person, 'north'))[0] as string
  const now = clock.wall()
  const later = new Date(now.getTime() + 3_600_000)
  await t.database.owner.query(sql`
    insert into delivery (id, partner_id, lane_id, person_id, subject_id, event_id, type, version, campaign, state, attempts, not_before)
    select 'waits-' || n, partner_id, lane_id, person_id, subject_id, gen_random_uuid(), type, version, campaign, 'due', 3, ${later}
    from delivery, generate_series(1, 3500) n where id = ${like}`)
  const waiting = async () =>
    (
      await t.house.database.query<{ count: number }>(
        sql`select count(*)::int as count from delivery where id like 'waits-%' and state = 'due' and not_before > ${now}`
      )
    )[0]?.count
  let pages = 0
  const query: typeof t.house.database.query = statement => {
    if (statement.strings?.some(text => text.includes('skip locked')) && ++pages > 2) throw new Error('the connection is gone')
    return t.house.database.query(statement)
  }
  const breaking = { ...t.house, database: { ...t.house.database, query } }
  await expect(changePartnerStatus(breaking, 'north', 'active', 'test', 'they are back')).rejects.toThrow('the connection is gone')
  expect(await waiting()).toBe(1_500)
  // One that somebody is at just now is left to him, and keeps nobody waiting.
  const tried = await t.database.owner.transaction(async tx => {
    await tx.query(sql`select from delivery where id = 'waits-3500' for update`)
    return changePartnerStatus(t.house, 'north', 'active', 'test', 'they are back')
  })
  expect([tried, await waiting()]).toEqual([1_499, 1])
  expect(await changePartnerStatus(t.house, 'north', 'active', 'test', 'they are back')).toBe(1)
})

test('what a partner put off itself is not hurried by its being resumed', async () => {
  const person = `put-off-${people}`
  await history(person, 1)
  answer = async parcel => parcel.rows.map(() => ({ status: 'deferred', retryAfterSeconds: 3_600 }))
  await hand.run()
  sent.length = 0
  await changePartnerStatus(t.house, 'north', 'active', 'test', 'they are back')
  await hand.run()
  expect(order('north')).toEqual([])
})

test('a dead partner has no more in flight than its share, and everything of the other goes through', async () => {
  for (let i = 0; i < 40; i++) await history(`share-${people}-${i}`, 1)
  const stuck: (() => void)[] = []
  answer = (parcel, partner) =>
    partner === 'north' ? new Promise((_, reject) => stuck.push(() => reject(new Error('reset')))) : Promise.resolve(accepted(parcel))
  const works: Promise<void>[] = []
  for (let round = 0; round < 15; round++) {
    await hand.relay()
    works.push(hand.work())
    await expect.poll(async () => (await deliveries(t, 'south')).filter(d => d.state === 'sending' || d.state === 'dispatched')).toEqual([])
  }
  expect(sent.filter(s => s.partner === 'north')).toHaveLength(4)
  expect(sent.filter(s => s.partner === 'south')).toHaveLength(40)
  for (const end of stuck) end()
  await Promise.all(works)
})

test('held people send nothing, what was dispatched included; released, everything flows again in order', async () => {
  const person = `release-${people}`
  await history(person, 2)
  await hand.relay()
  const id = await personOf(person)
  await t.house.database.transaction(tx => holdPeople(tx, [id], 'two people share an identity number'))
  await hand.work()
  await say(person, 'person.corrected', 40, phone(40))
  await hand.run()
  const north = await mine(person, 'north')
  expect(await statesOf(north)).toEqual(['held', 'behind', 'behind'])
  expect(sent).toEqual([])
  await t.house.database.transaction(tx => releasePerson(tx, id, 'test', 'both scans seen'))
  await hand.run()
  expect(await statesOf(north)).toEqual(['accepted', 'accepted', 'accepted'])
  expect(order('north')).toEqual(north)
  expect(await t.house.database.query(sql`select id from audit where action = 'person.released' and about = ${id}`)).toHaveLength(1)
})
