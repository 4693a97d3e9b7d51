// Retention and rights in a house at work: who is blocked and erased on which day, what is shut out, and what a request sets in motion.
import { expect, test, vi } from 'vitest'
import type { Outcome, Parcel } from '../../adapters/contract.ts'
import type { EventType } from '../../schemas/event.ts'
import { accessFile } from '../../src/console/access-file.ts'
import { listWaitingForPerson } from '../../src/flow/attend.ts'
import { unblock } from '../../src/flow/erase-person.ts'
import { exportPerson } from '../../src/flow/export-person.ts'
import { findPerson } from '../../src/flow/find-person.ts'
import { type Due, dueOn, fateOf, keepRetention, today } from '../../src/flow/retention.ts'
import { answerRequest, erasePerson, openRequest, showRequest, tellByDelivery, tellPartner } from '../../src/flow/rights.ts'
import { keepMonths } from '../../src/roles/open-database.ts'
import { sql } from '../../src/store/database.ts'
import { wrappingTables } from '../../src/store/keys.ts'
import { createPartitions } from '../../src/store/partitions.ts'
import { readPage } from '../../src/store/readings.ts'
import { byHand, handClock, scripted, scriptedPartner } from '../support/by-hand.ts'
import { testHouse } from '../support/house.ts'
import { messagesOf } from '../support/people.ts'

const clock = handClock()
const send = async (parcel: Parcel): Promise<Outcome[]> => parcel.rows.map(() => ({ status: 'accepted', receipt: 'R' }))
const t = await testHouse({ clock, adapters: [scripted('office', { send })] })
const hand = byHand(t, clock)
const types: EventType[] = ['candidate.registered', 'candidate.rejected', 'person.corrected', 'authorization.granted']
await scriptedPartner(t, 'office', 'office', { subscriptions: types.map(type => ({ type })) })
await scriptedPartner(t, 'office', 'wafira', { subscriptions: types.map(type => ({ type })) })
// The double reads more than this role may have: only the role of the row counts here.
await t.database.owner.query(sql`update partner set role = 'reintegration' where id = 'wafira'`)
await t.house.directory.refresh()

let people = 0
/** The n-th worker of the sample with what happened to her, up to and without the first event of this type. */
const somebody = async (until: EventType | null): Promise<{ person: string; id: string }> => {
  const n = people++
  const person = `retained-${n}`
  for (const { type, effectiveAt: at, payload } of messagesOf(n)) {
    if (type === until) break
    const answer = await t.submit({ person, type, at, payload })
    if (answer.status !== 'accepted') throw new Error(`${type}: ${JSON.stringify(answer)}`)
  }
  return { person, id: (await findPerson(t.house, { client: 'anapec', value: person }, 'test'))[0]?.id as string }
}
const say = (person: string, type: EventType, at: string, payload: Record<string, unknown> = {}) =>
  t.submit({ person, type, at, payload: { campaign: 2026, ...payload } })
const stateOf = async (id: string) =>
  (
    await t.house.database.query<{ state: string }>(sql`
    select case when wrapped_key is not null then 'kept' when blocked_at is not null then 'blocked' else 'erased' end as state from person where id = ${id}`)
  )[0]?.state
const due = async (day: string): Promise<Due[]> => {
  const found: Due[] = []
  for await (const one of dueOn(t.house, day)) found.push(one)
  return found
}
const goTo = (day: string) => clock.advanceCampaign(Date.parse(`${day}T10:00:00Z`) - clock.campaign().getTime())
const keep = () => keepRetention(t.house, 'test', new AbortController().signal)
const by = { actor: 'test', reason: 'test' }
const ask = (personId: string, kind: 'access' | 'rectification' | 'erasure' | 'objection') =>
  openRequest(t.house, { personId, kind, law: 'gdpr', askedOn: today(t.house), words: 'my own words' }, 'test')

const [candidate, worker, restricted, objector] = [
  await somebody('candidate.selected'),
  await somebody(null),
  await somebody(null),
  await somebody('candidate.selected')
]
await hand.run()

test('she gets one page with every value, who told it, who was given it and on which ground, in her language', async () => {
  const file = await exportPerson(t.house, worker.id, null, { actor: 'test', reason: 'request 1' })
  expect(file.facts.map(fact => fact.type)).toContain('candidate.selected')
  const [message] = messagesOf(1)
  const number =
    JSON.stringify(message?.payload).match(/"scheme":"MA-CNIE","value":"([^"]+)"/)?.[1] ??
    JSON.stringify(message?.payload).match(/"value":"([^"]{6,})"/)?.[1]
  for (const [language, title] of [
    ['fr', 'Vos données'],
    ['ar', 'معطياتك'],
    ['es', 'Sus datos'],
    ['en', 'Your personal data']
  ] as const) {
    const page = accessFile(file, language, clock.wall())
    expect(page).toContain(title)
    expect(page).toContain(number)
    expect(page).toContain('office')
    expect(page).toContain('P3-look-back')
    expect(page).toContain('<a href="https://w3id.org/dpv/legal/eu/gdpr#A6-1-e-public-interest">')
    expect(page).not.toContain('undefined')
  }
  const values = [...JSON.stringify(file.records.map(({ record, state }) => ({ record, state }))).matchAll(/:"([^"<>&']{4,})"/g)].map(
    match => match[1] as string
  )
  const page = accessFile(file, 'en', clock.wall())
  expect(values.filter(value => !page.includes(value))).toEqual([])
  const ending = { ...file, retention: { ...file.retention, retention: { ends: 'erase' as const, steps: [], until: '2029-01-01' } } }
  expect(accessFile(ending, 'fr', clock.wall())).toContain('<p>Jusqu’au 1er janvier 2029. Elles sont ensuite effacées.</p>')
  expect(accessFile(ending, 'es', clock.wall())).toContain('<p>Hasta el 1 de enero de 2029. Después se suprimen.</p>')
  const audit = await t.house.database.query(
    sql`select action, reason from audit where about = ${worker.id} and action = 'person.exported'`
  )
  expect(audit).toEqual([{ action: 'person.exported', reason: 'request 1' }])
  await expect(exportPerson(t.house, worker.id, { authority: 'court' }, by)).rejects.toThrow('is not blocked')
})

test('every table that holds wrapped keys is wrapped anew by a new master key', async () => {
  const tables = await t.database.owner.query<{ name: string }>(sql`
    select c.relname as name from pg_class c join pg_attribute a on a.attrelid = c.oid
    where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition and a.attname = 'wrapped_key' order by 1`)
  expect(tables.map(({ name }) => name)).toEqual(wrappingTables.toSorted())
})

test('an objection stops what is optional at once, what is needed by law goes on, and those who have it are to be told', async () => {
  const opened = await ask(objector.id, 'objection')
  expect(opened).toMatchObject({ outcome: 'objected', tasks: 1 })
  const [task] = (await showRequest(t.house, opened.id)).tasks
  expect(task?.partnerId).toBe('wafira')
  await say(objector.person, 'person.corrected', '2026-03-01T09:00:00Z', {
    person: { contact: { phones: ['+212600000009'], language: 'ar', channel: 'SMS' } }
  })
  const owed = await t.house.database.query<{ partner: string }>(sql`
    select partner_id as partner from delivery d join subject s on s.id = d.subject_id where s.person_id = ${objector.id} and d.type = 'person.corrected'`)
  expect(owed).toEqual([{ partner: 'office' }])
  await tellPartner(t.house, task?.id as string, { actor: 'test', reason: 'told by letter' })
  await expect(tellPartner(t.house, task?.id as string, by)).rejects.toThrow('is no open task')
  await answerRequest(t.house, opened.id, 'answered', by)
  await expect(answerRequest(t.house, opened.id, 'answered', by)).rejects.toThrow('is no open request')
})

test('a rectification is to be told to whoever has the data, and the correction itself tells them', async () => {
  const opened = await ask(candidate.id, 'rectification')
  expect(opened.tasks).toBe(2)
  const waiting = await listWaitingForPerson(t.house, { kind: 'task', limit: 10 })
  expect(waiting.map(row => row.partnerId).toSorted()).toEqual(['office', 'wafira'])
  expect((await listWaitingForPerson(t.house, { kind: 'request', limit: 10 })).map(row => row.about)).toEqual(['rectification'])
  await say(candidate.person, 'person.corrected', '2026-03-02T09:00:00Z', {
    person: { contact: { phones: ['+212600000008'], language: 'ar', channel: 'SMS' } }
  })
  await hand.run()
  await t.database.owner.query(sql`update rights_request set opened_at = now() - interval '1 minute'`)
  expect(await tellByDelivery(t.house)).toBe(2)
  expect(await tellByDelivery(t.house)).toBe(0)
  const shown = await showRequest(t.house, opened.id)
  expect(shown.words).toBe('my own words')
  expect(shown.tasks.map(task => task.state)).toEqual(['told', 'told'])
  expect((await fateOf(t.house, t.house.database, [candidate.id], '2028-01-01')).waits).toContain('rectification')
  await answerRequest(t.house, opened.id, 'answered', by)
})

test('nobody destroys by mistake what the law keeps: an order is refused with the rule, unless it is said to go beyond it', async () => {
  await expect(erasePerson(t.house, worker.id, by)).rejects.toMatchObject({
    code: 'conflict',
    message: expect.stringMatching(/the law keeps her data \(rule P3-.*--even-though-kept$/)
  })
  expect(await stateOf(worker.id)).toBe('kept')
})

test('an erasure in the middle of a campaign is a restriction, with the reason, until the campaign is over', async () => {
  const opened = await ask(restricted.id, 'erasure')
  expect(opened.outcome).toBe('restricted')
  expect(opened.because).toContain('art 17.3.b')
  // Those who have it by law go on: only who has it by consent is to be told now.
  expect((await showRequest(t.house, opened.id)).tasks.map(task => task.partnerId)).toEqual(['wafira'])
  await answerRequest(t.house, opened.id, 'answered', by)
  expect(await stateOf(restricted.id)).toBe('kept')
  expect(await due('2026-12-30')).toEqual([])
  expect((await due('2027-01-02')).map(({ ids, ends }) => [...ids, ends])).toEqual([[restricted.id, 'block']])
})

test('on their days the rounds block and erase whoever is due, once, and a dry run says the same before', async () => {
  goTo('2027-01-02')
  expect(await keep()).toEqual({ day: '2027-01-02', blocked: 1, erased: 0, forgotten: 0 })
  expect(await keep()).toBeNull()
  expect(await stateOf(restricted.id)).toBe('blocked')
  goTo('2027-12-31')
  expect(await due(today(t.house))).toEqual([])
  goTo('2028-01-01')
  const before = await due(today(t.house))
  expect(before.map(({ ends, rule, until }) => [ends, rule, until])).toEqual([
    ['erase', 'P1', '2027-12-31'],
    ['erase', 'P1', '2027-12-31']
  ])
  expect(await keep()).toMatchObject({ blocked: 0, erased: 2 })
  expect([await stateOf(candidate.id), await stateOf(objector.id), await stateOf(worker.id)]).toEqual(['erased', 'erased', 'kept'])
  const hashes = (id: string) => t.house.database.query(sql`select scheme from person_identifier where person_id = ${id}`)
  expect((await hashes(candidate.id)).length).toBeGreaterThan(0)
  goTo('2029-01-01')
  // Selected, and nobody said that an authorization was granted: two years of looking back.
  expect(await keep()).toMatchObject({ blocked: 1, erased: 0, forgotten: 2 })
  expect(await stateOf(worker.id)).toBe('blocked')
  expect(await hashes(candidate.id)).toEqual([])
  // Retention alone makes no tasks: these are of her who asked to be erased, and were made when she was blocked.
  const tasks = await listWaitingForPerson(t.house, { kind: 'task', limit: 10 })
  expect(tasks.map(row => [row.personId, row.partnerId, row.state])).toEqual([
    [restricted.id, 'wafira', 'overdue'],
    [restricted.id, 'office', 'overdue']
  ])
})

test('nothing ordinary reads blocked data; unblocked, all of it is there again', async () => {
  const page = () =>
    readPage(t.house.database, { kind: 'placement', reach: { of: 'all' }, state: null, campaign: null }, { after: null, limit: 100 })
  expect(await page()).toEqual([])
  expect(await say(restricted.person, 'person.corrected', '2026-06-01T09:00:00Z')).toMatchObject({
    status: 'refused',
    code: 'person-blocked'
  })
  expect(await findPerson(t.house, { client: 'anapec', value: restricted.person }, 'test')).toEqual([
    { id: restricted.id, state: 'blocked' }
  ])
  await expect(exportPerson(t.house, restricted.id, null, by)).rejects.toThrow('courts and authorities alone')
  const opened = await exportPerson(t.house, restricted.id, { authority: 'Juzgado 3' }, { actor: 'test', reason: 'auto 12/2029' })
  expect(opened.facts.length).toBeGreaterThan(3)
  expect(opened.retention.blocked?.until).toBe('2031-12-31')
  const written = await t.house.database.query(sql`
    select a.action, a.reason, d.partner_id as partner, d.basis from audit a join disclosure d on d.person_id = a.about::uuid and d.partner_id like 'authority%'
    where a.action = 'person.opened'`)
  expect(written).toEqual([
    { action: 'person.opened', reason: 'auto 12/2029', partner: 'authority Juzgado 3', basis: 'LO 3/2018 art 32.2: auto 12/2029' }
  ])
  expect(await page()).toEqual([])
  await unblock(t.house, restricted.id, by)
  await expect(unblock(t.house, restricted.id, by)).rejects.toThrow('is nobody whose data is blocked')
  expect((await page()).map(row => row.personId)).toEqual([restricted.id])
  expect(t.failures).toEqual([])
})

test('by a time that another clock or the last round contradicts nobody is blocked and nothing is dropped, until somebody answers for it', async () => {
  const { owner, url } = t.database
  const old = 'transport_copy_2020_01'
  const dropped = async () => {
    const { partitionsDropped, doubt } = await keepMonths(url)
    return { dropped: partitionsDropped.includes(old), doubt }
  }
  await createPartitions(owner, new Date('2020-01-15'))
  goTo('2030-01-01')
  const machine = Date.now
  const clocks = vi.spyOn(Date, 'now').mockImplementation(() => machine() + 40_000)
  expect([await keep(), await dropped()]).toEqual([
    null,
    {
      dropped: false,
      doubt: expect.stringMatching(/^this machine and the database differ by [34]\d\.\d s, this machine is ahead\. Nobody is erased/)
    }
  ])
  clocks.mockRestore()
  // As after a clock that jumped ahead, and took the one of the database on the same machine along.
  await owner.query(sql`update retention_run set finished_at = now() - interval '40 days'`)
  expect([await keep(), await dropped()]).toEqual([
    null,
    {
      dropped: false,
      doubt: expect.stringMatching(/^the last daily round of retention was on .*, 40 days later\. .*jisr persons keep --time-is-right/)
    }
  ])
  expect(await stateOf(restricted.id)).toBe('kept')
  expect(await keepRetention(t.house, 'test', new AbortController().signal, true)).toMatchObject({ blocked: 1 })
  expect(await stateOf(restricted.id)).toBe('blocked')
  await owner.query(sql`update retention_run set finished_at = now()`)
  expect(await dropped()).toEqual({ dropped: true, doubt: null })
})

test('of two processes that begin the day’s round one does it', async () => {
  goTo('2030-01-02')
  const rounds = await Promise.all([keep(), keep(), keep()])
  expect(rounds.filter(round => round !== null)).toHaveLength(1)
})

test('what else she asked for is closed when she is erased, and her partners are told of that instead', async () => {
  const { person, id } = await somebody('candidate.selected')
  await hand.run()
  const [access, rectification] = [await ask(id, 'access'), await ask(id, 'rectification')]
  const [mended] = (await showRequest(t.house, rectification.id)).tasks
  await tellPartner(t.house, mended?.id as string, { actor: 'test', reason: 'told by letter' })
  // A correction is on its way when she is erased: it never leaves.
  await say(person, 'person.corrected', '2026-03-02T09:00:00Z', {
    person: { contact: { phones: ['+212600000007'], language: 'ar', channel: 'SMS' } }
  })
  const erasure = await ask(id, 'erasure')
  expect(erasure).toMatchObject({ outcome: 'erased', tasks: 2 })
  expect(erasure.closed.map(closed => [closed.kind, closed.id])).toEqual([
    ['access', access.id],
    ['rectification', rectification.id]
  ])
  await hand.run()
  const states = await t.house.database.query(sql`
    select d.state, count(*)::int as count from delivery d where d.person_id = ${id} and d.type = 'person.corrected' group by 1`)
  expect(states).toEqual([{ state: 'superseded', count: 2 }])
  for (const { id: closed } of [access, rectification])
    expect(await showRequest(t.house, closed)).toMatchObject({
      ...{ state: 'answered', outcome: 'erased', settlement: `her data was erased (request ${erasure.id}): tell her so`, words: null }
    })
  const tasks = (await showRequest(t.house, rectification.id)).tasks
  const instead = (await showRequest(t.house, erasure.id)).tasks.find(({ partnerId }) => partnerId !== mended?.partnerId)
  expect(tasks.map(({ state, answer }) => [state, answer]).toSorted()).toEqual([
    ['superseded', `it is told of her erasure: ${instead?.id}`],
    ['told', 'told by letter']
  ])
  const open = [
    ...(await listWaitingForPerson(t.house, { kind: 'request', limit: 100 })),
    ...(await listWaitingForPerson(t.house, { kind: 'task', limit: 100 }))
  ]
  expect(open.filter(({ id: waiting }) => [access.id, rectification.id, ...tasks.map(task => task.id)].includes(waiting))).toEqual([])
  const audited = await t.house.database.query<{ about: string }>(sql`
    select action, about from audit where about = any(${[access.id, rectification.id, ...tasks.map(task => task.id)]}) and action in ('rights.answered', 'rights.superseded')`)
  expect(audited).toHaveLength(3)
  expect(await tellByDelivery(t.house)).toBe(0)
})

test('what she asked for before she was blocked waits for a person to decide, and what she asks then is not lost', async () => {
  const { id } = await somebody(null)
  const access = await ask(id, 'access')
  const blocking = await ask(id, 'erasure')
  expect([blocking.outcome, blocking.closed]).toEqual(['blocked', []])
  const rectification = await ask(id, 'rectification')
  const stateAndWords = async (request: string) => {
    const { state, words } = await showRequest(t.house, request)
    return [state, words]
  }
  expect([await stateAndWords(access.id), await stateAndWords(rectification.id)]).toEqual([
    ['open', null],
    ['open', null]
  ])
  await unblock(t.house, id, by)
  expect(await stateAndWords(rectification.id)).toEqual(['open', 'my own words'])
})

test('somebody whose files were altered holds up nobody: it is logged, and the round goes on', async () => {
  const [altered, other] = [await somebody('candidate.selected'), await somebody('candidate.selected')]
  await hand.run()
  await t.database.owner.query(sql`
    with s as (
      insert into subject (id, kind, person_id, natural_key, state, version)
      values (gen_random_uuid(), 'authorization', ${altered.id}, 'altered', 'GRANTED', 1) returning id)
    insert into record (subject_id, version, event_id, state, body) select id, 1, gen_random_uuid(), 'GRANTED', 'altered' from s`)
  const before = t.failures.length
  clock.advanceCampaign(40 * 86_400_000)
  expect(await keepRetention(t.house, 'test', new AbortController().signal, true)).not.toBeNull()
  expect([await stateOf(altered.id), await stateOf(other.id)]).toEqual(['kept', 'erased'])
  expect(t.failures.slice(before).map(failure => (failure as Error).name)).toEqual(['NotOpened'])
})
