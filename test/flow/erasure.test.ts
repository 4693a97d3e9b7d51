// Erasing a person: nothing of her can be read afterwards, in any column or file, and whatever still speaks of her is answered.
import { randomBytes } from 'node:crypto'
import { importJWK, SignJWT } from 'jose'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Outcome, Parcel } from '../../adapters/contract.ts'
import type { Fact } from '../../adapters/reference/wire.ts'
import type { EventType } from '../../schemas/event.ts'
import { openStream, registerClient } from '../../src/flow/administer.ts'
import { answer } from '../../src/flow/answer.ts'
import { listWaitingForPerson, redeliverByHand } from '../../src/flow/attend.ts'
import type { Partner } from '../../src/flow/directory.ts'
import { scrub } from '../../src/flow/erase-person.ts'
import { findPerson } from '../../src/flow/find-person.ts'
import { takeSets } from '../../src/flow/hand-out.ts'
import { receive } from '../../src/flow/receive.ts'
import { today } from '../../src/flow/retention.ts'
import { erasePerson, openRequest, showRequest } from '../../src/flow/rights.ts'
import { rewrapKeys } from '../../src/flow/rotate-keys.ts'
import { verifyLog } from '../../src/flow/verify-log.ts'
import { sql } from '../../src/store/database.ts'
import { rewriteKeyTables } from '../../src/store/rewrite-keys.ts'
import { parseMasterKey } from '../../src/trust/master-key.ts'
import { unwrapKey } from '../../src/trust/seal.ts'
import { askedMessage, asker } from '../support/asker.ts'
import { byHand, deliveries, handClock, scripted, scriptedPartner } from '../support/by-hand.ts'
import { privateJwk, submissionOf, testHouse } from '../support/house.ts'
import { sequencerOf } from '../support/log.ts'
import { messagesOf, registration } from '../support/people.ts'
import { filesWith, inClear, keysLeft, openable } from '../support/remains.ts'

const clock = handClock()
let outcome: (row: Parcel['rows'][number]) => Outcome = () => ({ status: 'accepted', receipt: 'R' })
let answers: 'all' | 'none' = 'all'
const sent: Fact[] = []
const send = async (parcel: Parcel): Promise<Outcome[]> => {
  sent.push(...parcel.rows.map(row => row.fragment as Fact))
  if (answers === 'none') throw new Error('the line went dead')
  return parcel.rows.map(outcome)
}
let asked: Parcel[] = []
const ask = async (parcel: Parcel): Promise<Outcome[]> => {
  asked.push(parcel)
  return parcel.rows.map(outcome)
}
const together = { by: () => 'together', max: 50, waitMs: 0 }
const t = await testHouse({ clock, adapters: [scripted('office', { send, ask, gather: together }), asker('asker')] })
const hand = byHand(t, clock)
const { owner } = t.database
const key = privateJwk()
const { d: _secret, ...publicKey } = key
const types: EventType[] = ['candidate.registered', 'candidate.preselected', 'person.corrected', 'candidate.selected']
await scriptedPartner(t, 'office', 'office', { subscriptions: types.map(type => ({ type })), jwks: { keys: [publicKey] } })
await scriptedPartner(t, 'asker', 'asker', { subscriptions: [] })
await registerClient(
  t.house,
  { reason: 'test', id: 'reader', name: 'reader', role: 'authority', jwks: { keys: [publicKey] }, scopes: ['ssf.read'] },
  'test'
)
await openStream(
  t.house,
  {
    reason: 'test',
    ...{ id: 'stream', clientId: 'reader', role: 'reference', audience: 'reader', fields: ['person.name.latin'] },
    ...{ subscriptions: types.map(type => ({ type })), redeliverAfterSeconds: 30 }
  },
  'test'
)
const stream = () => t.house.directory.partner('stream') as Partner
const take = () => takeSets(t.house, stream(), { max: 100, bytesMax: 1_000_000 })

let people = 0
const personIdOf = async (person: string): Promise<string> =>
  (await findPerson(t.house, { client: 'anapec', value: person }, 'test'))[0]?.id as string
/** Somebody registered under a name of her own. */
const somebody = async (): Promise<{ person: string; id: string; passport: string; canaries: string[] }> => {
  people += 1
  const person = `worker-of-the-agency-${people}`
  const payload = registration(people) as { person: { name: { latin: object } }; documents?: object[] }
  const family = `ZQX${String.fromCharCode(64 + people)}WERTY`
  const passport = `PX${7_654_000 + people}`
  const documents = [{ type: 'PASSPORT', number: passport, country: 'MAR', expiryDate: '2031-01-01' }]
  const said = { ...payload, person: { ...payload.person, name: { latin: { family, given: 'NAIMA' } } }, documents }
  await t.submit({ person, type: 'candidate.registered', at: '2026-01-10T09:00:00Z', payload: said })
  const numbers = [...JSON.stringify(payload.person).matchAll(/"value":"([^"]{6,})"/g)].map(match => match[1] as string)
  return { person, id: await personIdOf(person), passport, canaries: [family, person, passport, ...numbers] }
}
const correct = (person: string, minute: number, phone = '+212600000001') =>
  t.submit({
    ...{ person, type: 'person.corrected', at: new Date(Date.parse('2026-01-11T09:00:00Z') + minute * 60_000).toISOString() },
    payload: { campaign: 2026, person: { contact: { phones: [phone], language: 'ar', channel: 'SMS' } } }
  })
const by = { actor: 'test', reason: 'ordered by a court' }
const erase = (id: string) => erasePerson(t.house, id, by, { evenThoughKept: true })
const ofPerson = async (id: string) => {
  const rows = await t.house.database.query<{ id: string }>(
    sql`select d.id from delivery d join lane l on l.id = d.lane_id where l.about_id = ${id}`
  )
  const ids = new Set(rows.map(row => row.id))
  return (await deliveries(t)).filter(delivery => ids.has(delivery.id))
}

const askAbout = async (id: string, mode: 'now' | 'later' | 'fetch', passports: readonly string[] = []) => {
  const reply = await answer(t.house, t.house.directory.partner('asker') as Partner, askedMessage(id, mode, passports))
  return JSON.parse(reply.body) as { code?: string; answers?: { id: string; status: string; frame: string }[] }
}
/** Numbers the leaves, then checks all of the log and whatever it commits to. */
const verified = async () => {
  const sequencer = sequencerOf(t)
  await sequencer.pass(true)
  return verifyLog(t.house, { file: t.log.file, keys: t.house.keys.logs })
}

let messages = 0
const push = async (rows: readonly object[]) => {
  const id = `m-${++messages}`
  const body = await new SignJWT({ message: id, rows })
    .setProtectedHeader({ alg: 'ES256', typ: 'message+jwt', kid: key.kid })
    .setIssuedAt(Math.floor(clock.wall().getTime() / 1000))
    .sign(await importJWK(key, 'ES256'))
  const office = t.house.directory.partner('office') as Partner
  await receive(t.house, hand.queues, office, { id, contentType: 'application/jose', headers: {}, body }, { by: 'push' })
  const [whole] = await t.house.database.query<{ key: Buffer }>(
    sql`select wrapped_key as key from own_key where of = 'message' order by id desc limit 1`
  )
  await hand.run()
  return whole?.key as Buffer
}
const preselected = (about: object, n: number) => ({
  ...{ key: `k-${n}`, fact: 'candidate.preselected', about, at: '2026-01-12T09:00:00Z' },
  patch: { campaign: 2026, registration: { languages: [{ language: 'es', cefr: 'A1' }] } }
})
const quarantined = () =>
  t.house.database.query<{ code: string }>(sql`select code from quarantine where state = 'open' order by created_at, row`)

beforeEach(() => {
  outcome = () => ({ status: 'accepted', receipt: 'R' })
  answers = 'all'
  sent.length = 0
  asked = []
})
afterEach(() =>
  expect(
    t.failures
      .splice(0)
      .map(String)
      .filter(text => !text.includes('went dead'))
  ).toEqual([])
)

/** Before PostgreSQL 17 the owner alone may: with `jisr migrate`, daily. */
const [server] = await owner.query<{ number: number }>(sql`select current_setting('server_version_num')::int as number`)
const appMayRewrite = (server?.number ?? 0) >= 170_000

test('a worker erased in the middle of a campaign cannot be read in any column or file, and the counts of the campaign stay', async () => {
  const [her, other] = [await somebody(), await somebody()]
  await hand.run()
  await take()
  outcome = row => ({ status: 'refused', code: 'E1', reason: `no place for ${(row.fragment as Fact).surname ?? ''}` })
  await correct(her.person, 1)
  await hand.run()
  const phone = '+212677889900'
  const wholeMessage = await push([
    {
      ...{ key: 'p', fact: 'person.corrected', about: { delivery: sent[0]?.delivery }, at: '2026-01-11T12:00:00Z' },
      patch: { campaign: 2026, person: { contact: { phones: [phone], language: 'ar', channel: 'SMS' } } }
    }
  ])
  her.canaries.push(phone)
  answers = 'none'
  await correct(her.person, 2)
  await hand.run()
  const passports = [her.passport, 'ZZ9999999', other.passport]
  await askAbout('asked at once', 'now', passports)
  await askAbout('asked and fetched', 'later', passports)
  await askAbout('not fetched yet', 'later', passports)
  clock.advanceCampaign(60_000)
  expect((await askAbout('asked and fetched', 'fetch')).answers?.map(one => one.id)).toEqual(['q-0', 'q-1', 'q-2'])
  expect(new Set((await ofPerson(her.id)).map(d => d.state))).toEqual(new Set(['accepted', 'refused', 'unknown', 'due', 'behind']))

  const counts = () =>
    t.house.database.query(sql`
    select kind, campaign, state, count(*)::int as count, (select count(*)::int from event) as events, (select count(*)::int from record) as records,
      (select count(*)::int from ledger_leaf) as leaves, (select count(*)::int from delivery) as deliveries from subject group by 1, 2, 3 order by 1, 2, 3`)
  const before = await counts()
  await owner.query(sql`analyze`)
  const master = parseMasterKey(t.masterKey)
  const wrappedOf = async (id: string) =>
    (await owner.query<{ wrapped: Buffer | null }>(sql`select wrapped_key as wrapped from person where id = ${id}`))[0]?.wrapped ?? null
  const hers = (await wrappedOf(her.id)) as Buffer
  const herKey = unwrapKey({ current: master, previous: [] }, hers, her.id)
  // The look must be able to find her, or finding nothing says nothing.
  expect(await openable(owner, [herKey], her.canaries)).toEqual(
    expect.arrayContaining(
      [
        ...['event.body', 'record.body', 'parcel_row.fragment', 'delivery.reason_sealed', 'document_row.body', 'ledger_evidence.body'],
        'question.body'
      ].map(column => `public.${column}`)
    )
  )
  expect(await filesWith(owner, hers, 'data')).not.toEqual([])
  expect(await filesWith(owner, wholeMessage, 'data')).not.toEqual([])

  const { id: request, tasks, files } = await erase(her.id)
  expect(files).toBe(appMayRewrite ? 'done' : 'not-allowed')
  if (!appMayRewrite) expect(await rewriteKeyTables(owner)).toBe('done')
  expect(await counts()).toEqual(before)
  expect((await ofPerson(her.id)).map(d => d.state).filter(state => !['accepted', 'refused', 'superseded'].includes(state))).toEqual([])
  expect(await wrappedOf(her.id)).toBeNull()
  expect(() => t.house.vault.key({ personId: her.id, wrappedKey: null })).toThrow('destroyed')

  expect(await inClear(owner, her.canaries)).toEqual([])
  const leftKeys = await keysLeft(owner, t.masterKey)
  expect(leftKeys.length).toBeGreaterThan(1)
  expect(await openable(owner, leftKeys, her.canaries)).toEqual([])
  expect(await openable(owner, leftKeys, other.canaries)).toEqual(expect.arrayContaining(['public.record.body', 'public.question.body']))
  // Fetched, or fetched again: her question is left out with its answer, and the others are answered.
  for (const id of ['asked and fetched', 'not fetched yet'])
    expect((await askAbout(id, 'fetch')).answers?.map(one => [one.id, one.status])).toEqual([
      ['q-1', 'not identified'],
      ['q-2', 'not authorised']
    ])
  const log = await verified()
  expect(log.faults).toEqual([])
  expect(log.erased).toBeGreaterThan(0)

  expect(await filesWith(owner, hers, 'data')).toEqual([])
  expect(await filesWith(owner, wholeMessage, 'data')).toEqual([])
  // The write-ahead log keeps it for a while, and so do backups: there the master key is what must go.
  expect(await filesWith(owner, hers, 'log')).not.toEqual([])
  const next = parseMasterKey(randomBytes(32).toString('base64'))
  await rewrapKeys(t.house, { current: next, previous: [master] }, 'test', 'somebody was erased')
  expect(() => unwrapKey({ current: next, previous: [] }, hers, her.id)).toThrow('not configured')
  expect(() => unwrapKey({ current: next, previous: [] }, Buffer.alloc(0), her.id)).toThrow('destroyed')
  const others = (await wrappedOf(other.id)) as Buffer
  expect(unwrapKey({ current: next, previous: [] }, others, other.id).symmetricKeySize).toBe(32)
  await rewrapKeys(t.house, { current: master, previous: [next] }, 'test', 'back for the other tests')

  expect(tasks).toBe(3)
  const told = (await showRequest(t.house, request)).tasks
  expect(told.map(({ partnerId }) => partnerId)).toEqual(['asker', 'office', 'stream'])
  const [, office] = told
  expect(office?.deliveries).toEqual(
    (await ofPerson(her.id))
      .filter(d => d.partner === 'office' && ['accepted', 'refused', 'superseded'].includes(d.state))
      .map(d => d.id)
      .toSorted()
  )
  expect(office?.classes).toContain('name')
  expect((await listWaitingForPerson(t.house, { kind: 'task', limit: 100 })).map(row => row.reason).join()).toContain(office?.deliveries[0])
})

test('whoever still speaks of her is told that she was erased, and nothing is kept of what was said', async () => {
  const her = await somebody()
  await hand.run()
  const [fact] = sent as [Fact]
  await take()
  const subIdAt = async (partner: string) =>
    (
      await t.house.database.query<{ id: string }>(
        sql`select sub_id as id from pairwise where about_id = ${her.id} and partner_id = ${partner}`
      )
    )[0]?.id as string
  const [atOffice, onStream] = [await subIdAt('office'), await subIdAt('stream')]
  const status = async (passport: string) => (await askAbout(crypto.randomUUID(), 'now', [passport])).answers?.[0]?.status
  expect(await status(her.passport)).toBe('not authorised')
  await erase(her.id)
  const seen = await t.house.database.query(sql`select id from event where person_id = ${her.id}`)
  const people = async () => (await t.house.database.query(sql`select id from person`)).length
  const before = await people()

  expect(await correct(her.person, 9)).toMatchObject({ status: 'refused', code: 'person-erased', repeated: false })
  expect(await correct(her.person, 9)).toMatchObject({ status: 'refused', code: 'person-erased', repeated: true })
  // A client that speaks by the id that its stream gave her makes nobody new.
  const late = submissionOf({
    source: 'reader',
    person: onStream,
    type: 'person.corrected',
    at: '2026-01-13T09:00:00Z',
    payload: { campaign: 2026 }
  })
  expect(await t.intake.submit(late)).toMatchObject({ status: 'refused', code: 'person-erased' })

  await push([preselected({ delivery: fact.delivery }, 1), preselected({ person: atOffice }, 2)])
  expect(await quarantined()).toEqual([])
  expect(t.logs.findLast(line => line.station === 'message.interpreted')?.fields).toMatchObject({ rows: 2, quarantined: 0, gone: 2 })
  expect(await t.house.database.query(sql`select id from event where person_id = ${her.id}`)).toEqual(seen)
  expect(await people()).toBe(before)

  expect(await status(her.passport)).toBe('not identified')
  expect((await take()).sets).toEqual([])
})

test('the others of a batch, of a message and of a parcel whose fate is unknown go on without her', async () => {
  const [her, other] = [await somebody(), await somebody()]
  answers = 'none'
  await hand.run()
  const parcels = new Set(
    [...(await ofPerson(her.id)), ...(await ofPerson(other.id))].filter(d => d.partner === 'office').map(d => d.parcel)
  )
  expect(parcels.size).toBe(1)
  await erase(her.id)
  answers = 'all'
  clock.advance(60_000)
  await hand.run()
  expect(asked.map(parcel => parcel.rows.length)).toEqual([1])
  expect((await ofPerson(other.id)).find(d => d.partner === 'office')?.state).toBe('accepted')

  const said = [
    { person: `${other.person}-a`, type: 'candidate.preselected' as EventType, at: '2026-01-12T09:00:00Z', payload: { campaign: 2026 } },
    { person: her.person, type: 'candidate.preselected' as EventType, at: '2026-01-12T09:00:00Z', payload: { campaign: 2026 } },
    { person: other.person, type: 'candidate.preselected' as EventType, at: '2026-01-12T09:00:00Z', payload: { campaign: 2026 } }
  ]
  const statuses = (await Promise.all(said.map(each => t.submit(each)))).map(answer => answer.status)
  expect(statuses).toEqual(['accepted', 'refused', 'accepted'])
})

test('what an attempt holds when she is erased is settled as the partner says, and counts among what it was given', async () => {
  const her = await somebody()
  let partnerHasIt = () => {}
  const arrived = new Promise<void>(resolve => {
    partnerHasIt = resolve
  })
  outcome = () => {
    partnerHasIt()
    return { status: 'accepted', receipt: 'R' }
  }
  await hand.relay()
  const working = hand.work()
  await arrived
  await Promise.all([working, erase(her.id)])
  const [row] = (await ofPerson(her.id)).filter(d => d.partner === 'office')
  expect(['accepted', 'superseded']).toContain(row?.state)
  await hand.run()
  expect((await ofPerson(her.id)).every(d => ['accepted', 'superseded'].includes(d.state))).toBe(true)
})

test('a row whose attempt failed after she was erased never leaves again', async () => {
  const her = await somebody()
  await hand.relay()
  // Claimed, then erased, then the attempt comes back without having sent.
  const claimed = (await ofPerson(her.id)).find(d => d.partner === 'office')?.id as string
  await t.house.database.query(
    sql`update delivery set state = 'sending', lease_until = ${clock.wall()}, attempt_id = gen_random_uuid(), attempts = 1 where id = ${claimed}`
  )
  await erase(her.id)
  clock.advance(120_000)
  await hand.sweep()
  clock.advance(120_000)
  await hand.run()
  expect((await ofPerson(her.id)).find(d => d.id === claimed)).toMatchObject({ state: 'superseded', code: 'person-gone' })
  expect(sent).toEqual([])
  await expect(redeliverByHand(t.house, claimed, 'test', 'again')).rejects.toThrow('her data is gone')
})

test('she is erased though somebody holds a table of keys, nobody waits behind that, and the files are rewritten later', async () => {
  const [her, other] = [await somebody(), await somebody()]
  const erased = await t.database.owner.transaction(async tx => {
    // As a backup does: it reads, and goes on for long.
    await tx.query(sql`lock table person in access share mode`)
    const erasing = erase(her.id)
    const answers = await Promise.all(Array.from({ length: 5 }, (_, i) => correct(other.person, 300 + i, `+21260000030${i}`)))
    expect(answers.map(answer => answer.status)).toEqual(Array(5).fill('accepted'))
    return erasing
  })
  expect([erased.outcome, erased.files]).toEqual(['erased', appMayRewrite ? 'later' : 'not-allowed'])
  expect(await (appMayRewrite ? scrub(t.house) : rewriteKeyTables(owner))).toBe('done')
})

test('facts that arrive while she is erased are stored before or refused after, and hold up nobody', async () => {
  const [her, other] = [await somebody(), await somebody()]
  const said = Array.from({ length: 40 }, (_, i) =>
    correct(i % 2 === 0 ? her.person : other.person, 100 + i, `+2126000001${String(i).padStart(2, '0')}`)
  )
  const [done] = await Promise.allSettled([erase(her.id), ...said])
  expect(done.status).toBe('fulfilled')
  const results = await Promise.all(said)
  expect(results.filter((_, i) => i % 2 === 1).every(answer => answer.status === 'accepted')).toBe(true)
  expect(
    results
      .filter((answer, i) => i % 2 === 0 && answer.status === 'refused')
      .every(answer => 'code' in answer && answer.code === 'person-erased')
  ).toBe(true)
  await hand.run()
  expect((await ofPerson(her.id)).filter(d => !['accepted', 'superseded'].includes(d.state))).toEqual([])
})

test('she who registers after her erasure is somebody new, and a repeat of the old registration is not', async () => {
  const her = await somebody()
  const payload = { campaign: 2026, person: (registration(90) as { person: object }).person, registration: { agency: 'ANP-KEN-01' } }
  const again = { person: her.person, type: 'candidate.registered' as EventType, at: '2026-01-10T09:00:00Z', payload }
  await erase(her.id)
  expect(await t.submit({ ...again, key: 'an old one, sent again' })).toMatchObject({ status: 'refused', code: 'person-erased' })
  clock.advanceCampaign(86_400_000)
  const back = { ...again, at: new Date(clock.campaign().getTime() - 3_600_000).toISOString() }
  const both = await Promise.all([t.submit({ ...back, key: 'back' }), t.submit({ ...back, key: 'back again' })])
  expect(both.map(answer => answer.status)).toEqual(['accepted', 'accepted'])
  const id = await personIdOf(her.person)
  expect(id).not.toBe(her.id)
  expect(await t.house.database.query(sql`select id from event where person_id = ${id}`)).toHaveLength(2)
  expect(await correct(her.person, 500)).toMatchObject({ status: 'accepted' })
})

test('what cannot be erased says why', async () => {
  const her = await somebody()
  await expect(erase('nobody')).rejects.toThrow('is a UUID')
  await expect(erase(crypto.randomUUID())).rejects.toThrow('there is no person')
  await erase(her.id)
  await expect(erase(her.id)).rejects.toThrow('erased already')
  const dead = await somebody()
  await t.submit({ person: dead.person, type: 'worker.died', at: '2026-01-12T09:00:00Z', payload: { campaign: 2026 } })
  await expect(erase(dead.id)).rejects.toThrow('she died')
  await erasePerson(t.house, dead.id, by, { evenAfterDeath: true })
  const audit = await t.house.database.query<{ action: string; reason: string }>(
    sql`select action, reason from audit where about = ${dead.id} and action like 'person.er%'`
  )
  expect(audit).toEqual([{ action: 'person.erased', reason: 'ordered by a court' }])
})

test.each([
  ['refused her row', 'refused'],
  ['never answered', 'superseded'],
  ['refused her row before that was written down', 'refused']
] as const)('a partner that %s has seen her: it is asked to erase, by the delivery that it knows', async (why, state) => {
  const her = await somebody()
  outcome = () => ({ status: 'refused', code: 'E7', reason: 'no such office' })
  answers = state === 'refused' ? 'all' : 'none'
  await hand.run()
  const [delivery] = (await ofPerson(her.id)).filter(({ partner }) => partner === 'office')
  expect(delivery?.state).toBe(state === 'refused' ? 'refused' : 'unknown')
  const wasNoted = !why.includes('before')
  if (!wasNoted) await owner.query(sql`delete from disclosure where person_id = ${her.id}`)
  const { id, tasks } = await erase(her.id)
  expect([tasks, (await ofPerson(her.id)).find(({ partner }) => partner === 'office')?.state]).toEqual([1, state])
  expect((await showRequest(t.house, id)).tasks).toMatchObject([
    { partnerId: 'office', deliveries: [delivery?.id], classes: wasNoted ? expect.arrayContaining(['name']) : [] }
  ])
})

test('each right has its own term and consequence, by either law; what the law wants kept is blocked, not erased, and whoever has it is told', async () => {
  const [asking, candidate] = [await somebody(), await somebody()]
  await hand.run()
  const ask = (personId: string, kind: 'access' | 'erasure' | 'rectification', law: 'gdpr' | '09-08') =>
    openRequest(t.house, { personId, kind, law, askedOn: today(t.house), words: 'my own words' }, 'test')
  const day = (days: number) => new Date(clock.campaign().getTime() + days * 86_400_000).toISOString().slice(0, 10)
  expect(await ask(asking.id, 'access', 'gdpr')).toMatchObject({ outcome: null, tasks: 0, rule: 'P7-gdpr-access' })
  expect(await ask(asking.id, 'rectification', '09-08')).toMatchObject({ outcome: null, tasks: 1, dueOn: day(10) })

  const gone = await ask(candidate.id, 'erasure', '09-08')
  expect(gone).toMatchObject({ outcome: 'erased', tasks: 1, dueOn: day(10) })
  const told = await showRequest(t.house, gone.id)
  expect(told.words).toBeNull()
  expect(told.tasks.map(task => [task.partnerId, task.dueOn, task.deliveries.length])).toEqual([['office', day(10), 1]])
  expect(told.tasks[0]?.classes).toContain('name')
  await expect(ask(candidate.id, 'access', 'gdpr')).rejects.toThrow('nothing left to ask for')

  const person = 'worker-of-another-year'
  for (const { type, effectiveAt: at, payload } of messagesOf(60)) await t.submit({ person, type, at, payload })
  const id = await personIdOf(person)
  await hand.run()
  clock.advanceCampaign(Date.parse('2027-02-01T10:00:00Z') - clock.campaign().getTime())
  const kept = await ask(id, 'erasure', 'gdpr')
  expect(kept).toMatchObject({
    outcome: 'blocked',
    dueOn: '2027-03-01',
    because: expect.stringMatching(/art 17\.3\.b.*blocked until 20\d\d-/)
  })
  expect((await showRequest(t.house, kept.id)).tasks.map(task => [task.partnerId, task.dueOn])).toEqual([['office', '2027-03-01']])
  expect(await openable(owner, [t.house.vault.key('gateway')], ['my own words'])).toEqual([])
  expect(await correct(person, 900)).toMatchObject({ status: 'refused', code: 'person-blocked' })
})
