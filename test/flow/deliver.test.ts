// deliver: what becomes of an attempt depends on where it fails, row by row.
import { beforeEach, describe, expect, test } from 'vitest'
import { NotSent, type Outcome, type Parcel, type ParcelRefused } from '../../adapters/contract.ts'
import { sql } from '../../src/store/database.ts'
import { byHand, deliveries, handClock, scripted, scriptedPartner } from '../support/by-hand.ts'
import { testHouse } from '../support/house.ts'
import { registration } from '../support/people.ts'

type Answer = readonly Outcome[] | ParcelRefused
const accepted = (parcel: Parcel): Outcome[] => parcel.rows.map(row => ({ status: 'accepted', receipt: `R ${row.delivery}` }))

/** What the partner holds, by parcel id: a repeat has no effect, and says what was said before. */
const partner = {
  send: async (parcel: Parcel): Promise<Answer> => accepted(parcel),
  ask: async (_parcel: Parcel): Promise<readonly Outcome[] | 'absent' | 'cannot tell'> => 'cannot tell',
  sent: [] as Parcel[]
}
const send = async (parcel: Parcel) => {
  partner.sent.push(parcel)
  return partner.send(parcel)
}
const clock = handClock()
const together = { by: () => 'together', max: 64, waitMs: 0 }
const brittle = (rows: readonly { fragment: unknown }[]) => {
  if (rows.some(row => JSON.stringify(row.fragment).includes('"version":2'))) throw new Error('a member is too long for the document')
  return { contentType: 'application/json', body: '' }
}
const t = await testHouse({
  clock,
  adapters: [
    scripted('single', { send, ask: parcel => partner.ask(parcel) }),
    scripted('mute', { send }, ['ask']),
    scripted('shared', { send }, ['ask', 'gather']),
    scripted('joint', { send, ask: parcel => partner.ask(parcel), gather: together }),
    scripted('brittle', { send, assemble: brittle, gather: together })
  ]
})
const hand = byHand(t, clock)
const subscriptions = [{ type: 'candidate.registered' as const }, { type: 'person.corrected' as const }]
for (const adapter of ['single', 'mute', 'shared', 'joint', 'brittle'])
  await scriptedPartner(t, adapter, `at-${adapter}`, { subscriptions, attemptsMax: 3, maxInFlight: 60 })
await scriptedPartner(t, 'joint', 'at-strict', { subscriptions, settings: { endpoint: 'http://strict.invalid', mandatory: ['birthDate'] } })
let people = 0

/** The only partner that takes part in a test; the others have left. */
const only = async (id: string) => {
  await t.database.owner.query(sql`update partner set status = case when id = ${id} then 'active' else 'disabled' end`)
  await t.house.directory.refresh()
}

const register = (count: number, change: (payload: Record<string, unknown>, i: number) => unknown = payload => payload) =>
  Promise.all(
    Array.from({ length: count }, (_, i) => {
      people += 1
      const payload = change(structuredClone(registration(people % 300)), i) as Record<string, unknown>
      // Each is somebody else: shared identifiers would hold them.
      const person = payload.person as { identifiers?: unknown; birthDate?: string }
      delete person.identifiers
      delete payload.documents
      return t.submit({ person: `p-${people}`, type: 'candidate.registered', at: '2026-01-10T09:00:00Z', payload })
    })
  )

const states = async (id: string) => (await deliveries(t, id)).filter(d => !earlier.has(d.id))
let earlier = new Set<string>()

beforeEach(async () => {
  await t.database.owner.query(
    sql`update delivery set state = 'discarded' where state not in ('accepted', 'refused', 'superseded', 'discarded')`
  )
  earlier = new Set((await deliveries(t)).map(d => d.id))
  partner.sent = []
  partner.send = async parcel => accepted(parcel)
  partner.ask = async () => 'cannot tell'
  t.failures.length = 0
})

test('an accepted row is settled with its receipt, its disclosure and its ledger leaf, and never sent again', async () => {
  await only('at-single')
  await register(1)
  await hand.run()
  const [row] = await states('at-single')
  expect(row).toMatchObject({ state: 'accepted', attempts: 1 })
  expect(await t.house.database.query(sql`select id from disclosure where delivery_id = ${row?.id ?? ''}`)).toHaveLength(1)
  expect(await t.house.database.query(sql`select id from ledger_leaf where kind = 'sent' and message = ${row?.id ?? ''}`)).toHaveLength(1)
  clock.advance(86_400_000)
  await hand.sweep()
  await hand.run()
  expect(partner.sent).toHaveLength(1)
})

const disclosuresOf = (delivery: string) =>
  t.house.database.query<{ partner: string; classes: string[]; basis: string }>(
    sql`select partner_id as partner, classes, basis from disclosure where delivery_id = ${delivery}`
  )

describe('who was given data of a person is written down when the attempt begins, once,', () => {
  test('before a byte leaves', async () => {
    await only('at-single')
    let known: unknown[] = []
    partner.send = async parcel => {
      known = await disclosuresOf(parcel.rows[0]?.delivery ?? '')
      return accepted(parcel)
    }
    await register(1)
    await hand.run()
    expect(known).toMatchObject([{ partner: 'at-single', classes: expect.arrayContaining(['name']) }])
  })

  test.each<[string, string, () => Promise<Outcome[]>]>([
    ['refuses the row', 'refused', async () => [{ status: 'refused', code: 'E7', reason: 'no such office' }]],
    ['never answers', 'unknown', () => Promise.reject(new Error('the line went dead'))],
    ['asks to wait', 'due', async () => [{ status: 'deferred', retryAfterSeconds: 120 }]]
  ])('also where the partner %s', async (_, state, send) => {
    await only('at-single')
    partner.send = send
    await register(1)
    await hand.relay()
    await hand.run()
    const [row] = await states('at-single')
    expect(row?.state).toBe(state)
    expect(await disclosuresOf(row?.id ?? '')).toMatchObject([{ partner: 'at-single', classes: expect.arrayContaining(['name']) }])
  })

  test('however often it goes again', async () => {
    await only('at-mute')
    let tries = 0
    partner.send = async parcel => {
      tries += 1
      if (tries < 3) throw new Error('the line went dead')
      return accepted(parcel)
    }
    await register(1)
    for (let round = 0; round < 4; round++) {
      await hand.run()
      clock.advance(600_000)
    }
    const [row] = await states('at-mute')
    expect([row?.state, tries, (await disclosuresOf(row?.id ?? '')).length]).toEqual(['accepted', 3, 1])
  })

  test('of each row of a parcel that is refused as a whole', async () => {
    await only('at-joint')
    partner.send = async () => ({ refused: 'parcel', code: '0401', reason: 'no' })
    await register(3)
    for (let round = 0; round < 5; round++) {
      await hand.run()
      clock.advance(1_000)
    }
    const rows = await states('at-joint')
    expect(rows.map(row => row.state)).toEqual(['refused', 'refused', 'refused'])
    for (const row of rows) expect(await disclosuresOf(row.id)).toHaveLength(1)
  })

  test('and not of a row that could not be mapped, since it never left', async () => {
    await only('at-strict')
    await register(1, payload => {
      delete (payload.person as { birthDate?: string }).birthDate
      return payload
    })
    await hand.run()
    const [row] = await states('at-strict')
    expect([row?.state, await disclosuresOf(row?.id ?? '')]).toEqual(['parked', []])
  })
})

test('a refused row is never retried and keeps the partner’s reason', async () => {
  await only('at-single')
  partner.send = async () => [{ status: 'refused', code: 'E7', reason: 'no such office' }]
  await register(1)
  await hand.run()
  clock.advance(86_400_000)
  await hand.run()
  expect(await states('at-single')).toMatchObject([{ state: 'refused', code: 'E7', reason: expect.stringContaining('said no') }])
  expect(partner.sent).toHaveLength(1)
})

test('a deferred row costs no attempt, waits as long as it was told and goes under a new parcel', async () => {
  await only('at-single')
  partner.send = async () => [{ status: 'deferred', retryAfterSeconds: 120 }]
  await register(1)
  for (let round = 0; round < 6; round++) {
    await hand.run()
    expect(await states('at-single')).toMatchObject([{ state: 'due', attempts: 0 }])
    clock.advance(110_000)
    await hand.run()
    expect(partner.sent).toHaveLength(round + 1)
    clock.advance(10_000)
  }
  partner.send = async parcel => accepted(parcel)
  await hand.run()
  expect(await states('at-single')).toMatchObject([{ state: 'accepted', attempts: 1 }])
  expect(new Set(partner.sent.map(p => p.id)).size).toBe(7)
})

test('where no connection was made the row is tried again later and later, until its attempts have run out', async () => {
  await only('at-single')
  partner.send = () => Promise.reject(new NotSent('refused'))
  await register(1)
  const waits: number[] = []
  for (let attempt = 1; attempt <= 3; attempt++) {
    await hand.run()
    expect(partner.sent).toHaveLength(attempt)
    const [row] = await t.house.database.query<{ notBefore: Date }>(
      sql`select not_before as "notBefore" from delivery where state = 'due' and partner_id = 'at-single'`
    )
    if (row === undefined) break
    waits.push(row.notBefore.getTime() - clock.wall().getTime())
    clock.advance(waits.at(-1) ?? 0)
  }
  expect(waits).toHaveLength(2)
  expect(waits[1]).toBeGreaterThan((waits[0] as number) * 10)
  clock.advance(30 * 86_400_000)
  await hand.run()
  expect(await states('at-single')).toMatchObject([{ state: 'dead', attempts: 3 }])
  expect(partner.sent).toHaveLength(3)
})

test('a lost answer is asked about before anything is sent again, however long the partner cannot tell; asking costs no attempt', async () => {
  await only('at-single')
  partner.send = () => Promise.reject(new Error('reset'))
  await register(1)
  await hand.run()
  for (let hour = 0; hour < 12; hour++) {
    clock.advance(3_600_000)
    await hand.run()
  }
  expect(partner.sent).toHaveLength(1)
  expect(await states('at-single')).toMatchObject([{ state: 'unknown', attempts: 1 }])
  partner.ask = async () => 'absent'
  partner.send = async parcel => accepted(parcel)
  clock.advance(3_600_000)
  await hand.run()
  expect(partner.sent.map(p => [p.id, p.attempt])).toEqual([
    [partner.sent[0]?.id, 1],
    [partner.sent[0]?.id, 2]
  ])
  expect(await states('at-single')).toMatchObject([{ state: 'accepted', attempts: 2 }])
})

test('what the partner says when asked settles the row without another send', async () => {
  await only('at-single')
  partner.send = () => Promise.reject(new Error('reset'))
  partner.ask = async parcel => accepted(parcel)
  await register(2)
  await hand.run()
  clock.advance(60_000)
  await hand.run()
  expect((await states('at-single')).map(d => d.state)).toEqual(['accepted', 'accepted'])
  expect(partner.sent).toHaveLength(2)
})

test('a partner that always loses the message has its row dead in the end, not sent for ever', async () => {
  await only('at-single')
  partner.send = () => Promise.reject(new Error('reset'))
  partner.ask = async () => 'absent'
  await register(1)
  for (let round = 0; round < 12; round++) {
    await hand.run()
    clock.advance(3_600_000)
  }
  expect(partner.sent).toHaveLength(3)
  expect(await states('at-single')).toMatchObject([{ state: 'dead' }])
})

test('a partner that cannot be asked gets the very same parcel again', async () => {
  await only('at-mute')
  let lost = 2
  partner.send = async parcel => {
    if (lost-- > 0) throw new Error('reset')
    return accepted(parcel)
  }
  await register(1)
  for (let round = 0; round < 4; round++) {
    await hand.run()
    clock.advance(3_600_000)
  }
  expect(partner.sent).toHaveLength(3)
  expect(new Set(partner.sent.map(p => p.id)).size).toBe(1)
  expect(new Set(partner.sent.map(p => p.draft.body)).size).toBe(1)
  expect(await states('at-mute')).toMatchObject([{ state: 'accepted' }])
})

test('first tries of an adapter that gathers nothing share a job, and each is a parcel and an attempt of its own', async () => {
  await only('at-shared')
  await register(30)
  await hand.relay()
  expect(hand.jobs.map(job => (job.deliveries as string[]).length)).toEqual([25, 5])
  partner.send = async parcel => (partner.sent.length % 7 === 3 ? [{ status: 'refused', code: 'E', reason: 'no' }] : accepted(parcel))
  await hand.work()
  const rows = await states('at-shared')
  expect(rows.every(d => d.state === 'accepted' || d.state === 'refused')).toBe(true)
  expect(new Set(partner.sent.map(p => p.id)).size).toBe(30)
  const ended = await t.house.database.query(
    sql`select parcel_id from attempt where parcel_id = any(${rows.map(d => d.parcel)}::text[]) and ended_at is not null`
  )
  expect(ended).toHaveLength(30)
})

test('one bad row of 64 is found by halving: 63 are accepted, one is refused, each once', async () => {
  await only('at-joint')
  await register(64)
  const bad = (await states('at-joint'))[37]?.id
  const stored: string[] = []
  partner.send = async parcel => {
    if (parcel.rows.some(row => row.delivery === bad)) return { refused: 'parcel', code: 'SCHEMA', reason: 'row does not fit' }
    stored.push(...parcel.rows.map(row => row.delivery))
    return accepted(parcel)
  }
  await hand.run()
  const rows = await states('at-joint')
  expect(rows.filter(d => d.state === 'accepted')).toHaveLength(63)
  expect(rows.filter(d => d.state === 'refused')).toMatchObject([{ id: bad, code: 'SCHEMA', attempts: 1 }])
  expect(new Set(stored).size).toBe(63)
  expect(stored).toHaveLength(63)
  expect(partner.sent.length).toBeLessThanOrEqual(13)
  expect(new Set(partner.sent.map(p => p.id)).size).toBe(partner.sent.length)
})

test('a row that cannot be mapped is parked with a reason that holds no value, and the others go', async () => {
  await only('at-strict')
  await register(5, (payload, i) => {
    if (i === 2) delete (payload.person as Record<string, unknown>).birthDate
    return payload
  })
  await hand.run()
  const rows = await states('at-strict')
  expect(rows.filter(d => d.state === 'accepted')).toHaveLength(4)
  expect(rows.filter(d => d.state === 'parked')).toMatchObject([{ code: 'cannot-be-mapped', reason: expect.stringContaining('birthDate') }])
  expect(partner.sent[0]?.rows).toHaveLength(4)
})

test('a document that cannot be made parks the row it fails for; the others go', async () => {
  await only('at-brittle')
  await register(6)
  const twice = `p-${people}`
  await hand.run()
  await t.submit({
    person: twice,
    type: 'person.corrected',
    at: '2026-01-11T09:00:00Z',
    payload: { person: { contact: { phones: ['+212612345678'], language: 'ar', channel: 'SMS' } } }
  })
  await register(4)
  await hand.run()
  const rows = await states('at-brittle')
  expect(rows.filter(d => d.state === 'parked')).toMatchObject([{ type: 'person.corrected', code: 'cannot-be-assembled' }])
  expect(rows.filter(d => d.state === 'accepted')).toHaveLength(10)
})

test('a worker past its lease settles nothing that another attempt holds', async () => {
  await only('at-single')
  let release: (answer: Answer) => void = () => {}
  partner.send = () =>
    new Promise<Answer>(resolve => {
      release = resolve
    })
  const from = clock.wall()
  await register(1)
  await hand.relay()
  const slow = hand.work()
  await expect.poll(() => partner.sent.length).toBe(1)
  clock.advance(61_000)
  const ends = () =>
    t.database.owner.query(
      sql`select kind, outcome, code, ended_at is null as open from attempt where partner_id = 'at-single' and started_at >= ${from} order by started_at, id`
    )
  expect(await ends()).toMatchObject([{ open: true }])
  expect(await hand.sweep()).toEqual({ redispatched: 0, unknown: 1 })
  expect(await ends()).toEqual([{ kind: 'send', outcome: 'unknown', code: 'no-report', open: false }])
  clock.advance(2_000)
  partner.ask = async () => [{ status: 'refused', code: 'LATE', reason: 'the office was closed' }]
  await hand.run()
  expect(await states('at-single')).toMatchObject([{ state: 'refused', code: 'LATE' }])
  release([{ status: 'accepted', receipt: 'R' }])
  await slow
  expect(await states('at-single')).toMatchObject([{ state: 'refused', code: 'LATE' }])
  // What the slow one heard after all is said of it, and changes nothing else.
  expect(await ends()).toMatchObject([
    { kind: 'send', outcome: 'accepted' },
    { kind: 'ask', outcome: 'refused' }
  ])
})

test('a worker past its lease that nobody replaced yet still settles what it knows', async () => {
  await only('at-single')
  let release: (answer: Answer) => void = () => {}
  partner.send = () =>
    new Promise<Answer>(resolve => {
      release = resolve
    })
  await register(1)
  await hand.relay()
  const slow = hand.work()
  await expect.poll(() => partner.sent.length).toBe(1)
  clock.advance(61_000)
  await hand.sweep()
  release([{ status: 'accepted', receipt: 'R' }])
  await slow
  expect(await states('at-single')).toMatchObject([{ state: 'accepted' }])
})

test('a job that comes twice, or for rows that are gone, does nothing', async () => {
  await only('at-single')
  await register(3)
  await hand.relay()
  const again = structuredClone(hand.jobs)
  await hand.work()
  hand.jobs.push(...again, ...again)
  await hand.work()
  expect(partner.sent).toHaveLength(3)
})

test('rows that no job claimed are dispatched again, in parcels of the moment', async () => {
  await only('at-joint')
  await register(4)
  await hand.relay()
  hand.jobs.length = 0
  clock.advance(61_000)
  expect(await hand.sweep()).toEqual({ redispatched: 4, unknown: 0 })
  await register(2)
  await hand.run()
  expect((await states('at-joint')).map(d => d.state)).toEqual(Array(6).fill('accepted'))
  expect(partner.sent).toHaveLength(1)
})

test('outcomes that do not match the rows are no answer', async () => {
  await only('at-joint')
  partner.send = async parcel => accepted(parcel).slice(1)
  await register(3)
  await hand.run()
  expect((await states('at-joint')).map(d => d.state)).toEqual(['unknown', 'unknown', 'unknown'])
})
