// Streams that poll: lane order, hiding and redelivery, what receivers may say, and what stops a lane but never the stream.
import { decodeJwt } from 'jose'
import { beforeEach, expect, test } from 'vitest'
import type { EventType } from '../../schemas/event.ts'
import type { StreamLimits } from '../../src/domain/falling-behind.ts'
import { openStream, registerClient } from '../../src/flow/administer.ts'
import { countWaiting, listWaitingForPerson, redeliverByHand, settleAs } from '../../src/flow/attend.ts'
import type { Partner } from '../../src/flow/directory.ts'
import { settleSets, takeSets } from '../../src/flow/hand-out.ts'
import { evidencePlace } from '../../src/flow/ledger-page.ts'
import { moveAllOwed, moveOwed } from '../../src/flow/move-owed.ts'
import { redeliverGroup } from '../../src/flow/redeliver-group.ts'
import { readStanding } from '../../src/flow/standing.ts'
import { sql, type Tx } from '../../src/store/database.ts'
import { redeliver } from '../../src/store/deliveries.ts'
import { holdPeople, releasePerson } from '../../src/store/people.ts'
import { handOut, hasSets } from '../../src/store/streams.ts'
import { leafCommitment } from '../../src/trust/leaf.ts'
import { open } from '../../src/trust/seal.ts'
import { deliveries, handClock } from '../support/by-hand.ts'
import { privateJwk, testHouse } from '../support/house.ts'

const clock = handClock()
const t = await testHouse({ clock })
const types: EventType[] = ['candidate.registered', 'candidate.preselected', 'person.corrected']
for (const id of ['spain', 'other']) {
  const { d: _secret, ...key } = privateJwk()
  await registerClient(t.house, { reason: 'test', id, name: id, role: 'authority', jwks: { keys: [key] }, scopes: ['ssf.read'] }, 'test')
  await openStream(
    t.house,
    {
      reason: 'test',
      id: `stream-${id}`,
      clientId: id,
      role: 'reference',
      audience: id,
      fields: ['person.name.latin'],
      subscriptions: types.map(type => ({ type })),
      redeliverAfterSeconds: 30
    },
    'test'
  )
}
const stream = (id = 'stream-spain') => t.house.directory.partner(id) as Partner
const take = (max = 100, bytesMax = 1_000_000, id = 'stream-spain') => takeSets(t.house, stream(id), { max, bytesMax })
const ack = (jtis: readonly string[], id = 'stream-spain') => settleSets(t.house, stream(id), { ack: jtis, refused: [] })
const typesOf = (sets: readonly { token: string }[]) =>
  sets.map(set => Object.keys(decodeJwt(set.token).events as object)[0]?.slice('https://gateway.example/ns/event/v1/'.length))

let people = 0
beforeEach(async () => {
  await t.database.owner.query(
    sql`update delivery set state = 'discarded' where state not in ('accepted', 'refused', 'superseded', 'discarded')`
  )
})

/** Somebody new with so many facts. @returns the person's id. */
const somebody = async (facts: number): Promise<string> => {
  people += 1
  const person = `p-${people}`
  const say = (type: EventType, minute: number, payload: Record<string, unknown>) =>
    t.submit({
      person,
      type,
      at: new Date(Date.parse('2026-01-10T09:00:00Z') + minute * 60_000).toISOString(),
      payload: { campaign: 2026, ...payload }
    })
  await say('candidate.registered', 0, {
    person: { name: { latin: { family: 'ALAMI', given: person.toUpperCase() } }, birthDate: '1988-04-02', sex: 2, nationalities: ['MAR'] },
    registration: { agency: 'ANP-KEN-01' }
  })
  for (let i = 1; i < facts; i++)
    await say('person.corrected', i, {
      person: { contact: { phones: [`+2126${String(i).padStart(8, '0')}`], language: 'ar', channel: 'SMS' } }
    })
  const rows = await t.house.database.query<{ id: string }>(
    sql`select person_id as id from person_source where source_hash = ${t.house.vault.hashes.sourceId('anapec', person)}`
  )
  return rows[0]?.id as string
}

test('SETs come in lane order, several of a lane at once, and `more` says whether there are others', async () => {
  await somebody(3)
  await somebody(2)
  const first = await take(4)
  expect(typesOf(first.sets)).toEqual(['candidate.registered', 'person.corrected', 'person.corrected', 'candidate.registered'])
  expect(first.more).toBe(true)
  const second = await take(4)
  expect(typesOf(second.sets)).toEqual(['person.corrected'])
  expect(second.more).toBe(false)
  expect((await take()).sets).toEqual([])
})

test('what was handed out hides, and comes again under the same jti with a fresh signature until it is acknowledged', async () => {
  await somebody(2)
  const first = await take()
  clock.advance(29_000)
  expect((await take()).sets).toEqual([])
  clock.advance(2_000)
  const again = await take()
  expect(again.sets.map(set => set.jti)).toEqual(first.sets.map(set => set.jti))
  await ack([first.sets[0]?.jti ?? ''])
  clock.advance(31_000)
  expect((await take()).sets.map(set => set.jti)).toEqual([first.sets[1]?.jti])
})

test('what was handed out and what was said of it is in the log with its very bytes: each hand-out, an acknowledgement once, a refusal with its words', async () => {
  await somebody(2)
  const first = await take()
  clock.advance(31_000)
  const again = await take()
  const [taken, declined] = again.sets.map(set => set.jti) as [string, string]
  await ack([taken])
  await ack([taken])
  const said = { jti: declined, err: 'invalid_audience', description: 'not for us: ALAMI' }
  await settleSets(t.house, stream(), { ack: [], refused: [said] })
  const inLog = async (jti: string) => {
    const rows = await t.house.database.query<{
      kind: string
      leafId: string
      commitment: Buffer
      body: Buffer
      personId: string
      key: Buffer
    }>(sql`
      with l as (select leaf_id, kind, message, source, commitment, seq from ledger union all select id, kind, message, source, commitment, null from ledger_leaf)
      select l.kind, l.leaf_id as "leafId", l.commitment, v.body, v.person_id as "personId", p.wrapped_key as key from handed_out h
      join l on l.message = h.delivery_id and l.source = 'stream-spain' join ledger_evidence v on v.leaf_id = l.leaf_id join person p on p.id = v.person_id
      where h.jti = ${jti} order by l.seq nulls last, l.leaf_id`)
    return rows.map(({ kind, leafId, commitment, body, personId, key: wrappedKey }) => {
      const key = t.house.vault.key({ personId, wrappedKey })
      const text = open(key, body, evidencePlace(leafId)).toString('utf8')
      expect(leafCommitment(key, leafId, text)).toEqual(commitment)
      return [kind, text]
    })
  }
  const tokenOf = (sets: typeof first.sets, jti: string) => sets.find(set => set.jti === jti)?.token
  const sent = (jti: string) => [first.sets, again.sets].map(sets => ['sent', tokenOf(sets, jti)])
  expect(await inLog(taken)).toEqual([...sent(taken), ['acknowledged', JSON.stringify({ jti: taken })]])
  expect(await inLog(declined)).toEqual([
    ...sent(declined),
    ['declined', JSON.stringify({ jti: declined, code: said.err, text: said.description })]
  ])
})

test('acknowledging is idempotent, and is one disclosure however often it is said', async () => {
  await somebody(1)
  const { sets } = await take()
  const jti = sets[0]?.jti ?? ''
  await Promise.all([ack([jti]), ack([jti, jti]), ack([jti])])
  await ack([jti])
  const [delivery] = (await deliveries(t, 'stream-spain')).filter(d => d.state === 'accepted').slice(-1)
  expect(await t.house.database.query(sql`select id from disclosure where delivery_id = ${delivery?.id ?? ''}`)).toHaveLength(1)
  expect(await hasSets(t.house.database, 'stream-spain', clock.wall())).toBe(false)
})

test('what is handed out is written down as given, once, whether it is acknowledged, refused or never spoken of again', async () => {
  await somebody(3)
  const { sets } = await take()
  const given = () =>
    t.house.database.query<{ jti: string; classes: string[] }>(sql`
      select h.jti, d.classes from disclosure d join handed_out h on h.delivery_id = d.delivery_id
      where d.partner_id = 'stream-spain' and h.jti = any(${sets.map(set => set.jti)}::text[]) order by h.jti`)
  const expected = sets.map(({ jti }) => ({ jti, classes: ['name'] })).toSorted((a, b) => (a.jti < b.jti ? -1 : 1))
  expect(await given()).toEqual(expected)
  const [taken, declined] = sets.map(set => set.jti) as [string, string]
  await settleSets(t.house, stream(), { ack: [taken], refused: [{ jti: declined, err: 'invalid_key', description: 'no' }] })
  clock.advance(31_000)
  expect((await take()).sets).toHaveLength(1)
  expect(await given()).toEqual(expected)
})

test('what a receiver refuses is settled with its error, never comes again, and lets its lane go on', async () => {
  await somebody(2)
  const { sets } = await take()
  const [first, second] = sets.map(set => set.jti) as [string, string]
  await settleSets(t.house, stream(), {
    ack: [first, second],
    refused: [{ jti: first, err: 'invalid_key', description: 'key unknown' }]
  })
  clock.advance(60_000)
  expect((await take()).sets).toEqual([])
  const rows = (await deliveries(t, 'stream-spain')).slice(-2)
  expect(rows).toMatchObject([{ state: 'refused', code: 'invalid_key', reason: expect.stringContaining('said no') }, { state: 'accepted' }])
  const refusals = async () =>
    (await listWaitingForPerson(t.house, { kind: 'case', partnerId: 'stream-spain', limit: 99 })).filter(w =>
      w.reason?.includes(rows[0]?.id ?? '')
    )
  const [waits] = await refusals()
  expect(waits).toMatchObject({ state: 'refused', about: 'set-refused', reason: expect.stringContaining('as invalid_key') })
  // A person looked: it goes out again, under its own jti, and nobody need look any more.
  await redeliverByHand(t.house, waits?.id ?? '', 'operator', 'the receiver has fetched our keys')
  expect(await refusals()).toEqual([])
  expect((await take()).sets.map(set => set.jti)).toEqual([first])
  await expect(redeliverByHand(t.house, waits?.id ?? '', 'operator', 'again')).rejects.toThrow(/no open case about a delivery/)
  // Refused again, and dealt with otherwise.
  await settleSets(t.house, stream(), { ack: [], refused: [{ jti: first, err: 'a name: Fatima', description: 'no' }] })
  const [again] = await refusals()
  expect(again?.id).not.toBe(waits?.id)
  expect(again?.reason).not.toContain('Fatima')
  await settleAs(t.house, again?.id ?? '', 'settled', 'operator', 'not needed any more')
  expect(await refusals()).toEqual([])
})

test('a jti of another stream, and one that never was, settle nothing', async () => {
  await somebody(1)
  const { sets } = await take(10, 1_000_000, 'stream-other')
  await ack([sets[0]?.jti ?? '', crypto.randomUUID(), 'x'.repeat(200)])
  await settleSets(t.house, stream(), { ack: [], refused: [{ jti: sets[0]?.jti ?? '', err: 'jwtAud', description: '' }] })
  expect((await deliveries(t)).slice(-2).map(d => d.state)).toEqual(['due', 'due'])
  await ack([sets[0]?.jti ?? ''], 'stream-other')
  expect((await deliveries(t, 'stream-other')).at(-1)?.state).toBe('accepted')
})

test('an answer has as many SETs as fit its bytes and at least one; the others are there at once', async () => {
  await somebody(4)
  const one = await take(100, 10)
  expect(one.sets).toHaveLength(1)
  expect(one.more).toBe(true)
  const two = await take(100, (one.sets[0]?.token.length ?? 0) * 2 + 200)
  expect(two.sets).toHaveLength(2)
  expect((await take()).sets).toHaveLength(1)
})

test('what a receiver refused for one reason is one line, and goes again by one command in its order; what it refused for another reason stays', async () => {
  const lines = async () => (await countWaiting(t.house)).filter(group => group.partnerId === 'stream-spain' && group.state === 'refused')
  const before = (await lines())[0]?.count ?? 0
  await somebody(3)
  await somebody(1)
  const { sets } = await take()
  const jtis = sets.map(set => set.jti)
  const other = jtis.at(-1) as string
  await settleSets(t.house, stream(), {
    ack: [],
    refused: jtis.map(jti => ({ jti, err: jti === other ? 'invalid_audience' : 'invalid_state', description: 'no' }))
  })
  expect(await lines()).toMatchObject([{ kind: 'case', state: 'refused', count: before + 4 }])
  const group = { partnerId: 'stream-spain', state: 'refused', code: 'invalid_state' } as const
  // They are shown again once the time is over for which they were hidden.
  clock.advance(31_000)
  expect(await redeliverGroup(t.house, group, 'operator', 'the receiver has fetched our keys')).toEqual({ sent: 3, gone: 0 })
  expect((await take()).sets.map(set => set.jti)).toEqual(jtis.slice(0, 3))
  expect(await redeliverGroup(t.house, group, 'operator', 'again')).toEqual({ sent: 0, gone: 0 })
  expect(await redeliverGroup(t.house, { ...group, code: null }, 'operator', 'all that is left')).toEqual({ sent: before + 1, gone: 0 })
  expect(await lines()).toEqual([])
  const last = (await take(100)).sets.map(set => set.jti)
  expect(last).toHaveLength(before + 1)
  expect(last).toContain(other)
  await ack([...jtis, ...last])
  await expect(redeliverGroup(t.house, { ...group, partnerId: 'nobody' }, 'operator', 'r')).rejects.toThrow(/there is no partner nobody/)
})

test('two polls at the same time never get the same SET', async () => {
  for (let i = 0; i < 10; i++) await somebody(2)
  const answers = await Promise.all(Array.from({ length: 4 }, () => take(8)))
  const jtis = answers.flatMap(answer => answer.sets.map(set => set.jti))
  expect(new Set(jtis).size).toBe(jtis.length)
})

test('a person who is held sends nothing; released, everything comes in order', async () => {
  const id = await somebody(2)
  await t.house.database.transaction(tx => holdPeople(tx, [id], 'two people share an identity number'))
  expect((await take()).sets).toEqual([])
  expect(await hasSets(t.house.database, 'stream-spain', clock.wall())).toBe(false)
  await t.house.database.transaction(tx => releasePerson(tx, id, 'test', 'scans seen'))
  expect(typesOf((await take()).sets)).toEqual(['candidate.registered', 'person.corrected'])
})

test('a SET that cannot be made is parked and stops its lane, not the stream', async () => {
  const damaged = await somebody(2)
  await t.database.owner.query(
    sql`update person set wrapped_key = set_byte(wrapped_key, 30, get_byte(wrapped_key, 30) # 1) where id = ${damaged}`
  )
  await somebody(2)
  const answer = await take()
  expect(answer.sets).toHaveLength(2)
  expect(answer.more).toBe(false)
  const states = (await deliveries(t, 'stream-spain')).slice(-4)
  expect(states.map(d => d.state)).toEqual(['parked', 'behind', 'due', 'behind'])
  clock.advance(60_000)
  expect((await take()).sets.map(set => set.jti)).toEqual(answer.sets.map(set => set.jti))
  await t.house.database.transaction(tx => redeliver(tx, states[0]?.id ?? '', 'test', 'again'))
  clock.advance(60_000)
  expect((await take()).sets).toHaveLength(2)
  expect((await deliveries(t, 'stream-spain')).at(-4)?.state).toBe('parked')
})

test('a stream has fallen behind from its limits on, by number or by age; it is told, and keeps and hands out all it holds', async () => {
  const behind = async (limits: StreamLimits) => {
    const standing = await readStanding({ ...t.house, streamLimits: limits }, async () => null)
    return standing.streamsBehind.map(({ id, undelivered, by }) => [id, undelivered, ...by])
  }
  await somebody(3)
  await ack(
    (await take(1, 1_000_000, 'stream-other')).sets.map(set => set.jti),
    'stream-other'
  )
  expect(await behind({ undelivered: 4, days: 1 })).toEqual([])
  expect(await behind({ undelivered: 3, days: 1 })).toEqual([['stream-spain', 3, 'count']])
  clock.advance(86_400_000)
  expect(await behind({ undelivered: 3, days: 1 })).toEqual([
    ['stream-spain', 3, 'count', 'age'],
    ['stream-other', 2, 'age']
  ])
  await t.house.database.query(sql`update partner set status = 'paused' where id = 'stream-spain'`)
  await t.house.database.query(sql`update partner set status = 'disabled' where id = 'stream-other'`)
  await t.house.directory.refresh()
  expect(await behind({ undelivered: 3, days: 2 })).toEqual([['stream-spain', 3, 'count']])
  await t.house.database.query(sql`update partner set status = 'active'`)
  await t.house.directory.refresh()
  expect((await take()).sets).toHaveLength(3)
  // Handed out is not taken: only what was acknowledged is no longer held.
  expect(await behind({ undelivered: 3, days: 2 })).toEqual([['stream-spain', 3, 'count']])
  clock.advance(60_000)
  await ack((await take()).sets.map(set => set.jti))
  expect(await behind({ undelivered: 1, days: 2 })).toEqual([['stream-other', 2, 'count']])
})

test('what another poll was given in the moment after it was looked for is not given twice', async () => {
  await somebody(2)
  const first: string[] = []
  const { database } = t.house
  const now = clock.wall()
  const options = { now, visibleAt: new Date(now.getTime() + 30_000), max: 100, newJti: crypto.randomUUID.bind(crypto), noticesOnly: false }
  const second = await database.transaction(tx => {
    let looked = 0
    const late: Tx = {
      query: async statement => {
        if (looked++ > 0) return tx.query(statement)
        const found = await database.query(statement)
        first.push(...(await take()).sets.map(set => set.jti))
        return found as never
      }
    }
    return handOut(late, 'stream-spain', options)
  })
  expect(first.length).toBeGreaterThan(0)
  expect(second).toEqual([])
})

test('what is owed to a stream follows its status page by page: broken off, the next goes on, and no lane is told out of its order', async () => {
  const become = async (id: string, change: ReturnType<typeof sql>) => {
    await t.database.owner.query(sql`update partner set ${change} where id = ${id}`)
    await t.house.directory.refresh()
  }
  const states = async (id: string) => Map.groupBy((await deliveries(t, id)).slice(-6), ({ state }) => state)
  const { signal } = new AbortController()
  await somebody(3)
  await somebody(3)
  expect(await moveAllOwed(t.house, signal)).toBe(0)

  await become('stream-spain', sql`status = 'disabled'`)
  expect(await moveOwed(t.house, 'stream-spain', { signal: AbortSignal.abort() })).toBe(0)
  expect(await moveOwed(t.house, 'stream-spain', { most: 2 })).toBe(2)
  expect((await states('stream-spain')).get('parked')).toHaveLength(2)
  expect(await moveAllOwed(t.house, signal)).toBe(4)
  expect([...(await states('stream-spain')).keys()]).toEqual(['parked'])

  await become('stream-spain', sql`status = 'active'`)
  expect(await moveOwed(t.house, 'stream-spain', { most: 2 })).toBe(2)
  expect(typesOf((await take()).sets)).toEqual(['candidate.registered', 'person.corrected'])
  await t.submit({
    person: `p-${people - 1}`,
    type: 'person.corrected',
    at: '2026-01-10T10:00:00Z',
    payload: { campaign: 2026, person: { contact: { phones: ['+212699999999'], language: 'ar', channel: 'SMS' } } }
  })
  expect((await take()).sets).toEqual([])
  expect(await moveAllOwed(t.house, signal)).toBe(4)
  expect(typesOf((await take()).sets)).toEqual([
    'person.corrected',
    'candidate.registered',
    'person.corrected',
    'person.corrected',
    'person.corrected'
  ])

  await t.database.owner.query(sql`update delivery set state = 'dead' where id = ${(await deliveries(t, 'stream-other')).at(-1)?.id ?? ''}`)
  await become('stream-other', sql`status = 'disabled', client_id = null`)
  expect(await moveOwed(t.house, 'stream-other', { most: 1 })).toBe(1)
  expect(await moveAllOwed(t.house, signal)).toBe(6)
  expect([...(await states('stream-other')).keys()]).toEqual(['discarded'])
})
