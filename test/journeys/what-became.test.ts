// What became of what a client told: its SETs and their REST twins by pages and by name, each with one word for how it stands, and nobody else's.
import { createHash } from 'node:crypto'
import { beforeAll, describe, expect, test } from 'vitest'
import { toCsv } from '../../samples/registration-file.ts'
import { registerPartner } from '../../src/flow/administer.ts'
import { sql } from '../../src/store/database.ts'
import { testGateway } from '../support/gateway.ts'
import { messagesOf } from '../support/people.ts'
import { registrations } from '../support/registrations.ts'
import { problemOf, type RestClient, restClient } from '../support/rest.ts'
import { type Party, party, pushSet } from '../threats/scene.ts'

interface Told {
  jti: string | null
  key: string | null
  eventId: string | null
  eventType: string | null
  status: string
  tokenHash: string | null
  waitsFor?: string
  refusal?: { code: string; reason: string }
  deliveries: { partner: string; state: string }[]
}

const t = await testGateway()
const address = { url: t.url, issuer: t.url }
for (const id of ['office', 'other-office']) {
  const settings = { endpoint: 'http://127.0.0.1:9' }
  const subscriptions = [{ type: 'candidate.registered' as const }]
  await registerPartner(t.house, { reason: 'test', id, name: id, adapter: 'reference', role: 'reference', settings, subscriptions }, 'test')
}
await t.database.owner.query(sql`update partner set status = 'paused'`)
await t.house.directory.refresh()

let agency: RestClient
let sender: Party
let stranger: RestClient
const ends = ['pending', 'stopped', 'declined', 'settled'] as const

beforeAll(async () => {
  agency = await restClient(t, 'agency', ['set.push'])
  stranger = await restClient(t, 'stranger', ['set.push'])
  sender = await party(address, agency)
  for (const [n, end] of ends.entries()) {
    const set = await sender.set(sender.claims({ jti: `set-${end}` }, n))
    expect((await pushSet(address, agency.token, set)).status).toBe(202)
  }
  const feeProof = { model: '790', code: '062', number: '790062', date: '2026-01-05', amount: '10.20', paidBy: 'WORKER' }
  const request = { requestId: 'S-1', filedAt: '2026-01-06', feeProof }
  const charged = {
    jti: 'set-refused',
    events: { [`${t.url}/ns/event/v1/authorization.requested`]: { request } }
  }
  const no = await pushSet(address, agency.token, await sender.set(sender.claims(charged, 0)))
  expect([no.status, await no.text()]).toEqual([400, expect.stringContaining('worker-charge: ')])
  const [first] = messagesOf(5)
  const event = { type: first?.type, effectiveAt: first?.effectiveAt, payload: first?.payload }
  expect((await agency.post('/v1/placements/w-5/events', { ...event, key: 'own-5' })).status).toBe(202)
  expect((await agency.send(toCsv(registrations(1, 9_000)))).status).toBe(202)
  expect((await stranger.post('/v1/placements/w-6/events', { ...event, key: 'own-6' })).status).toBe(202)
  const state = (jti: string, partner: string, to: string) =>
    t.database.owner.query(sql`
      update delivery set state = ${to} where partner_id = ${partner}
        and event_id = (select event_id from seen where source = 'agency' and key_hash = ${t.house.vault.hashes.messageKey('agency', jti)})`)
  await state('set-stopped', 'office', 'parked')
  await state('set-declined', 'office', 'refused')
  await state('set-declined', 'other-office', 'accepted')
  await state('set-settled', 'office', 'accepted')
  await state('set-settled', 'other-office', 'superseded')
})

const list = async (path: string, by = agency): Promise<{ items: Told[]; next: string | undefined; etag: string | null }> => {
  const answer = await by.get(path)
  expect(answer.status).toBe(200)
  const next = /^<(.+)>; rel="next"$/.exec(answer.headers.get('link') ?? '')?.[1]
  return { items: ((await answer.json()) as { items: Told[] }).items, next, etag: answer.headers.get('etag') }
}
const names = (items: readonly Told[]) => items.map(({ jti, key }) => jti ?? key)
const all = ['set-pending', 'set-stopped', 'set-declined', 'set-settled', 'set-refused', 'own-5']

test('a client finds its SETs and its events told by REST, in the order in which they came; rows of its files and what others told it does not', async () => {
  const { items } = await list('/v1/sets')
  expect(names(items)).toEqual(all)
  expect(items.map(({ status }) => status)).toEqual([...ends, 'refused', 'pending'])
  expect(items[0]).toMatchObject({
    key: null,
    eventType: 'candidate.registered',
    eventId: expect.stringMatching(/^[0-9a-f-]{36}$/),
    deliveries: [{ partner: 'office', state: 'due' }, { partner: 'other-office' }]
  })
  expect(items[5]).toMatchObject({ jti: null, key: 'own-5', eventType: 'candidate.registered' })
  expect(names((await list('/v1/sets', stranger)).items)).toEqual(['own-6'])
})

test('each has one status, the same by name, by which it is found alone', async () => {
  for (const status of [...ends, 'refused']) {
    const { items, next } = await list(`/v1/sets?status=${status}`)
    expect([status, names(items), next]).toEqual([status, status === 'pending' ? ['set-pending', 'own-5'] : [`set-${status}`], undefined])
    const one = (await (await agency.get(`/v1/sets/set-${status}`)).json()) as Told
    expect(one).toEqual({ ...items[0], key: undefined })
  }
  const refused = (await list('/v1/sets?status=refused')).items[0]
  expect(refused).toMatchObject({
    eventId: null,
    eventType: 'authorization.requested',
    refusal: { code: 'worker-charge', reason: expect.any(String) },
    deliveries: []
  })
  expect((await stranger.get('/v1/sets/set-refused')).status).toBe(404)
})

test('pages follow each other without gap or repeat; whoever has a page is not told it again', async () => {
  for (const limit of [1, 2, 5, 6]) {
    const seen: Told[] = []
    let path: string | undefined = `/v1/sets?limit=${limit}`
    for (let pages = 0; path !== undefined; pages++) {
      expect(pages).toBeLessThan(10)
      const { items, next } = await list(path)
      seen.push(...items)
      path = next
    }
    expect(names(seen)).toEqual(all)
  }
  const { etag } = await list('/v1/sets?limit=2')
  const again = await agency.get('/v1/sets?limit=2', { 'if-none-match': etag ?? '' })
  expect([again.status, await again.text()]).toEqual([304, ''])
})

test('what came at a time or later', async () => {
  expect((await list('/v1/sets?since=2199-01-01T00:00:00Z')).items).toEqual([])
  expect((await list('/v1/sets?since=2020-01-01T00:00:00%2B01:00')).items).toHaveLength(all.length)
})

test('where a status is rare a page may be empty, and its link leads on to what there is', async () => {
  await t.database.owner.query(sql`
    insert into seen (source, key_hash, payload_hash, status, event_id, received_at, way)
    select 'agency', sha256(n::text::bytea), '', 'accepted', gen_random_uuid(), '2020-01-01Z'::timestamptz + n * interval '1 second', 'set'
    from generate_series(1, 4100) n`)
  const pages: (string | null)[][] = []
  for (let path: string | undefined = '/v1/sets?status=stopped'; path !== undefined; ) {
    const { items, next } = await list(path)
    pages.push(names(items))
    path = next
  }
  expect(pages).toEqual([[], [], ['set-stopped']])
  await t.database.owner.query(sql`delete from seen where received_at < '2021-01-01Z'`)
})

describe('refuses', () => {
  test.each(['status=done', 'status=', 'since=yesterday', 'limit=0', 'limit=201', 'jti=x', 'cursor=x', 'cursor='])('%s', async query => {
    expect(await problemOf(await agency.get(`/v1/sets?${query}`))).toMatchObject({ http: 400, errors: expect.any(Array) })
  })

  test('the cursor of another client, and of another filter', async () => {
    const cursor = new URL((await list('/v1/sets?limit=1')).next ?? '').searchParams.get('cursor')
    for (const [by, path] of [
      [stranger, `/v1/sets?limit=1&cursor=${cursor}`],
      [agency, `/v1/sets?limit=1&status=pending&cursor=${cursor}`]
    ] as const)
      expect(await problemOf(await by.get(path))).toMatchObject({ http: 400, errors: [{ pointer: '/cursor', code: 'cursor' }] })
  })

  test('whoever has not the scope', async () => {
    const reader = await restClient(t, 'reader', ['authz.read'])
    expect((await reader.get('/v1/sets')).status).toBe(403)
    expect((await fetch(`${t.url}/v1/sets`)).status).toBe(401)
  })
})

describe('of which nothing was taken', () => {
  let careless: RestClient
  let hand: Party
  const sent: { jti: string; hash: string; code: string }[] = []
  const tokens = new Map<string, string>()
  const hashOf = (token: string) => createHash('sha256').update(token).digest('hex')
  const namespace = `${t.url}/ns/event/v1/`
  const push = async (jti: string, code: string, changes: Record<string, unknown>, n = 7) => {
    const token = await hand.set(hand.claims({ jti, ...changes }, n))
    const { status } = await pushSet(address, careless.token, token)
    tokens.set(jti, token)
    sent.push({ jti, hash: hashOf(token), code: status === 202 ? 'taken' : code })
    expect([jti, status === 202]).toEqual([jti, code === 'taken'])
  }
  const tomorrow = () => Math.floor(Date.now() / 1000) + 86_400

  beforeAll(async () => {
    careless = await restClient(t, 'careless', ['set.push'], { agency: 'ANP-XXX-01' })
    hand = await party(address, careless)
    await push('unread-claims', 'invalid_request', { toe: tomorrow() })
    await push('unread-audience', 'invalid_audience', { aud: 'https://elsewhere.example' })
    await push('unread-issuer', 'invalid_issuer', { iss: 'agency' })
    await push('unread-type', 'unknown-type', { events: { [`${namespace}wish.made`]: {} } })
    await push('unread-agency', 'not-granted', {})
    await push('unread-unfit', 'unfit', { events: { [`${namespace}candidate.withdrew`]: { KANARI: 1 } } })
    await push('unread-reused', 'taken', { events: { [`${namespace}candidate.withdrew`]: { campaign: 2026 } } })
    await push('unread-reused', 'jti-reused', { events: { [`${namespace}candidate.withdrew`]: { campaign: 2027 } } })
    await push('unread-mended', 'unfit', { events: { [`${namespace}candidate.withdrew`]: { campaign: 'next' } } })
    await push('unread-mended', 'unfit', { events: { [`${namespace}candidate.withdrew`]: { campaign: 'this' } } })
    await push('unread-mended', 'taken', { events: { [`${namespace}candidate.withdrew`]: { campaign: 2026 } } })
  })

  const shape = ({ jti, tokenHash, status, refusal }: Told) => ({
    jti,
    hash: tokenHash,
    code: status === 'refused' ? refusal?.code : 'taken'
  })
  const expected = () => sent.map(({ jti, hash, code }) => ({ jti: code === 'taken' ? jti : null, hash, code }))

  test('each is listed where it came, by the digest of its token, with the kind of fault and what to do', async () => {
    const { items } = await list('/v1/sets', careless)
    expect(items.map(shape)).toEqual(expected())
    const refused = items.filter(({ status }) => status === 'refused')
    for (const { refusal, ...item } of refused) {
      expect(item).toMatchObject({ key: null, eventId: null, eventType: null, deliveries: [] })
      expect(refusal?.reason.split(' ').length).toBeGreaterThan(3)
    }
    expect((await list('/v1/sets?status=refused', careless)).items).toEqual(refused)
    expect((await list('/v1/sets?status=refused&since=2199-01-01T00:00:00Z', careless)).items).toEqual([])
  })

  test('pages follow each other without gap or repeat, also where two of one jti came in one moment', async () => {
    await t.database.owner.query(sql`
      update not_admitted set noted_at = (select max(noted_at) from not_admitted where source = 'careless') where source = 'careless'`)
    for (const path of ['/v1/sets?limit=1', '/v1/sets?limit=1&status=refused', '/v1/sets?limit=4']) {
      const seen: Told[] = []
      for (let next: string | undefined = path; next !== undefined; ) {
        const page = await list(next, careless)
        seen.push(...page.items)
        next = page.next
        expect(seen.length).toBeLessThanOrEqual(sent.length)
      }
      const wanted = expected().filter(({ code }) => !path.includes('refused') || code !== 'taken')
      expect(seen.map(({ tokenHash }) => tokenHash).toSorted()).toEqual(wanted.map(({ hash }) => hash).toSorted())
    }
  })

  test('by its jti each is found that was not taken under it as well, the last one of several; and by nobody else', async () => {
    const found = async (jti: string) => shape((await (await careless.get(`/v1/sets/${jti}`)).json()) as Told)
    for (const { jti, hash, code } of sent.filter(one => !['unread-reused', 'unread-mended'].includes(one.jti)))
      expect(await found(jti)).toEqual({ jti, hash, code })
    for (const jti of ['unread-reused', 'unread-mended']) expect(await found(jti)).toMatchObject({ code: 'taken' })
    expect((await stranger.get('/v1/sets/unread-unfit')).status).toBe(404)
    expect(names((await list('/v1/sets', stranger)).items)).toEqual(['own-6'])
  })

  test('the same SET that is taken when it comes again is listed once, as taken', async () => {
    await t.database.owner.query(sql`update client set agency = null where id = 'careless'`)
    await t.house.directory.refresh()
    const refused = sent.find(({ jti }) => jti === 'unread-agency') ?? expect.fail('it was not sent')
    const [row] = await t.database.owner.query<{ n: number }>(sql`select count(*)::int as n from not_admitted where source = 'careless'`)
    expect(row?.n).toBe(sent.filter(({ code }) => code !== 'taken').length)
    const token = tokens.get('unread-agency') ?? ''
    expect((await pushSet(address, careless.token, token)).status).toBe(202)
    const { items } = await list('/v1/sets', careless)
    expect(items.filter(({ tokenHash }) => tokenHash === refused.hash).map(({ jti, status }) => [jti, status])).toEqual([
      ['unread-agency', expect.not.stringMatching('refused')]
    ])
    expect(items).toHaveLength(sent.length)
  })

  test('from before the kind of fault was kept it says that it was refused; after its time it is gone', async () => {
    await t.database.owner.query(sql`update not_admitted set code = null, token_hash = null where source = 'careless' and code = 'unfit'`)
    const before = await list('/v1/sets?status=refused', careless)
    expect(before.items.map(({ tokenHash, refusal }) => [tokenHash, refusal?.code])).toContainEqual([null, 'not-admitted'])
    await t.database.owner.query(sql`delete from not_admitted where source = 'careless'`)
    expect((await list('/v1/sets?status=refused', careless)).items).toEqual([])
    expect((await careless.get('/v1/sets/unread-unfit')).status).toBe(404)
  })
})

test('once the data is gone, what became of it is told still, and no name of it', async () => {
  await t.database.owner.query(sql`update person set wrapped_key = null, erased_at = now()`)
  const { items } = await list('/v1/sets')
  expect(names(items)).toEqual(all.map(() => null))
  expect(items.map(({ status }) => status)).toEqual([...ends, 'refused', 'pending'])
  expect(items[4]?.eventType).toBeNull()
  expect(items.map(({ tokenHash }) => tokenHash)).toEqual(all.map(() => null))
  // What is said of her now is refused: once in the list, though it is remembered and has a line of its own.
  const late = await sender.set(sender.claims({ jti: 'set-late', sub_id: { format: 'opaque', id: 'late' } }, 0))
  expect((await pushSet(address, agency.token, late)).status).toBe(202)
  await t.database.owner.query(sql`update person set wrapped_key = null, erased_at = now()`)
  const about = { sub_id: { format: 'opaque', id: 'late' }, events: { [`${t.url}/ns/event/v1/candidate.withdrew`]: { campaign: 2026 } } }
  const token = await sender.set(sender.claims({ jti: 'set-too-late', ...about }))
  expect((await pushSet(address, agency.token, token)).status).toBe(400)
  const found = (await list('/v1/sets')).items.slice(all.length + 1)
  const tokenHash = createHash('sha256').update(token).digest('hex')
  expect(found).toEqual([expect.objectContaining({ jti: null, tokenHash, refusal: expect.objectContaining({ code: 'person-erased' }) })])
})

test('one that is early, or corrects what is not there, waits, and says for what; once it is there it counts; one that contradicts what is known is looked at', async () => {
  const office = await restClient(t, 'early-bird', ['set.push'])
  const tell = async (key: string, n: number, type: string, more: object = {}) => {
    const { effectiveAt, payload } = messagesOf(n).find(message => message.type === type) ?? {}
    const body = { type, effectiveAt, payload: { ...payload, ...more }, key }
    expect([key, (await office.post(`/v1/placements/b-${n}/events`, body)).status]).toEqual([key, 202])
  }
  const standing = async () =>
    (await list('/v1/sets', office)).items.map(({ key, status, waitsFor }) => [key, status, ...(waitsFor === undefined ? [] : [waitsFor])])
  await tell('selection', 20, 'candidate.selected')
  await tell('second-selection', 20, 'candidate.selected')
  await tell('lost', 21, 'candidate.registered')
  await tell('correction', 21, 'candidate.registered', { corrects: '01a2182c-0000-7000-8000-000000000000' })
  expect(await standing()).toEqual([
    ['selection', 'waiting', 'earlier-event'],
    ['second-selection', 'waiting', 'earlier-event'],
    ['lost', 'pending'],
    ['correction', 'waiting', 'corrected-event']
  ])
  expect(names((await list('/v1/sets?status=waiting', office)).items)).toEqual(['selection', 'second-selection', 'correction'])
  await tell('registration', 20, 'candidate.registered')
  await tell('preselection', 20, 'candidate.preselected')
  expect(await standing()).toEqual([
    ['selection', 'settled'],
    ['second-selection', 'stopped'],
    ['lost', 'pending'],
    ['correction', 'waiting', 'corrected-event'],
    ['registration', 'pending'],
    ['preselection', 'settled']
  ])
})

test('where the names of events are of a former address, they are taken and told by those alone', async () => {
  const { signing } = t.house
  const own = signing.eventNamespace
  const former = 'https://former.example.org/ns/event/v1/'
  Object.assign(signing, { eventNamespace: former })
  try {
    const claims = sender.claims({ jti: 'former' }, 40)
    const [payload] = Object.values(claims.events as object)
    const named = await sender.set({ ...claims, events: { [`${former}candidate.registered`]: payload } })
    expect((await pushSet(address, agency.token, named)).status).toBe(202)
    expect((await pushSet(address, agency.token, await sender.set(sender.claims({ jti: 'own' }, 41)))).status).toBe(400)
    expect((await (await agency.get('/v1/sets/former')).json()) as Told).toMatchObject({ eventType: 'candidate.registered' })
  } finally {
    Object.assign(signing, { eventNamespace: own })
  }
})
