// PATCH of placements and offers: based on what was seen, one of many at once, told as an event, and nothing left of what is refused.
import { beforeAll, describe, expect, test } from 'vitest'
import { amend } from '../../src/flow/amend.ts'
import { type Intake, openIntake } from '../../src/flow/intake.ts'
import { entityTag } from '../../src/http/conditional.ts'
import { sql } from '../../src/store/database.ts'
import { testGateway } from '../support/gateway.ts'
import { sampleCif } from '../support/histories.ts'
import { messagesOf } from '../support/people.ts'
import { problemOf, type RestClient, readable, restClient } from '../support/rest.ts'

interface View {
  id: string
  version: number
  state: string
  record: { person?: Record<string, unknown>; offerDetails?: Record<string, unknown> }
}

const t = await testGateway()
const scopes = ['set.push', 'placements.read', 'offers.read']
const registration = (n: number) => {
  const message = messagesOf(n).find(({ type }) => type === 'candidate.registered')
  return { type: message?.type, effectiveAt: message?.effectiveAt, payload: message?.payload as Record<string, unknown> }
}
const { agency } = registration(0).payload.registration as { agency: string }
let office: RestClient
let employer: RestClient
let ministry: RestClient
let stranger: RestClient

beforeAll(async () => {
  office = await restClient(t, 'office', scopes, { agency })
  employer = await restClient(t, 'employer', scopes, { role: 'employer', employer: sampleCif(0) })
  ministry = await restClient(t, 'ministry', scopes, { role: 'authority' })
  stranger = await restClient(t, 'stranger', scopes, { agency: 'ANP-XXX-01' })
  await t.database.owner.query(sql`update client set event_types = array['authorization.granted'] where id = 'ministry'`)
  await t.house.directory.refresh()
})

let serial = 0
/** An offer that the office has told, or a placement that it has registered, with its address and present tag. */
const offer = async (): Promise<{ path: string; tag: string }> => {
  const details = {
    reference: `O-${serial}`,
    campaign: 2026,
    employer: { name: 'Fresas del Sur', cif: sampleCif(0) },
    occupation: { scheme: 'CNO-11', code: '9512' },
    posts: 20,
    trialPeriodDays: 15,
    period: { start: '2026-02-01', end: '2026-06-30' }
  }
  const event = { type: 'offer.published', effectiveAt: '2026-01-02T09:00:00Z', payload: { offerDetails: details }, key: `o-${serial}` }
  expect((await office.post(`/v1/offers/o-${serial++}/events`, event)).status).toBe(202)
  return newest('/v1/offers')
}
const placement = async (): Promise<{ path: string; tag: string }> => {
  const n = serial++
  const { payload, ...event } = registration(n)
  const own = { ...payload, registration: { ...(payload.registration as object), agency } }
  expect((await office.post(`/v1/placements/w-${n}/events`, { ...event, payload: own, key: `w-${n}` })).status).toBe(202)
  return newest('/v1/placements')
}
const newest = async (list: string, by = office): Promise<{ path: string; tag: string }> => {
  const { items } = (await (await by.get(`${list}?limit=200`)).json()) as { items: View[] }
  const path = `${list}/${items.at(-1)?.id}`
  return { path, tag: (await seen(path, by)).tag }
}
const seen = async (path: string, by = office): Promise<{ view: View; tag: string }> => {
  const answer = await by.get(path)
  expect(answer.status).toBe(200)
  return { view: (await answer.json()) as View, tag: answer.headers.get('etag') ?? '' }
}

/** Of what a change may leave behind, how many there are. */
const left = async (): Promise<Record<string, number>> => {
  const counts: Record<string, number> = {}
  for (const table of ['event', 'record', 'seen', 'idempotency', 'delivery', 'not_admitted', 'case_file']) {
    counts[table] = (await t.database.owner.query(sql`select 1 as one from ${sql.identifier(table)}`)).length
  }
  const leaves = sql`select count(*)::int as n from (select id from ledger_leaf union all select leaf_id from ledger) l`
  counts.leaves = (await t.database.owner.query<{ n: number }>(leaves))[0]?.n ?? -1
  return counts
}
const posts = (n: number) => ({ record: { offerDetails: { posts: n } } })

describe('a change', () => {
  test('of an offer is the event offer.amended, and its answer has the tag of the version it made', async () => {
    const { path, tag } = await offer()
    const before = (await seen(path)).view
    const answer = await office.patch(path, { record: { offerDetails: { posts: 25, trialPeriodDays: null } } }, tag)
    const { eventId, version } = (await answer.json()) as { eventId: string; version: number }
    const after = await seen(path)
    expect([answer.status, answer.headers.get('etag'), version]).toEqual([200, after.tag, before.version + 1])
    const { trialPeriodDays: _, ...rest } = before.record.offerDetails ?? {}
    expect(after.view.record).toEqual({ offerDetails: { ...rest, posts: 25 } })
    expect(await t.database.owner.query(sql`select type, source from event where id = ${eventId}`)).toEqual([
      { type: 'offer.amended', source: 'office' }
    ])
    const { items } = (await (await office.get('/v1/sets?limit=200')).json()) as { items: Record<string, unknown>[] }
    expect(items.find(item => item.eventId === eventId)).toMatchObject({ jti: null, key: null, eventType: 'offer.amended' })
  })

  test('of a placement is the event person.corrected, of what the reader sees and of what it does not', async () => {
    const { path, tag } = await placement()
    const before = (await seen(path)).view
    const birthPlace = { text: 'Larache', country: 'MAR' }
    const answer = await office.patch(path, { record: { person: { birthDate: '1990-05-04', birthPlace } } }, tag, {
      'content-type': 'application/json'
    })
    const after = await seen(path)
    expect([answer.status, answer.headers.get('etag')]).toEqual([200, after.tag])
    expect(after.view).toMatchObject({ state: before.state, record: { person: { ...before.record.person, birthDate: '1990-05-04' } } })
    expect(JSON.stringify(after.view)).not.toContain('Larache')
    const whole = await t.database.owner.query<{ type: string }>(sql`select type from event order by id desc limit 1`)
    expect(whole).toEqual([{ type: 'person.corrected' }])
  })

  test('of identifiers adds to those that are seen, and takes none away', async () => {
    const { path, tag } = await placement()
    const known = ((await seen(path)).view.record.person?.identifiers ?? []) as { scheme: string; value: string }[]
    expect(known.length).toBeGreaterThan(0)
    const more = { scheme: 'ANAPEC-DE', value: `DE${700_000 + serial}` }
    const named = (identifiers: unknown) => office.patch(path, { record: { person: { identifiers } } }, tag)
    const before = await left()
    for (const identifiers of [[more], null])
      expect(await problemOf(await named(identifiers))).toMatchObject({ http: 400, errors: [{ pointer: '/record/person/identifiers' }] })
    expect(await left()).toEqual(before)
    expect((await named([...known, more])).status).toBe(200)
    expect((await seen(path)).view.record.person?.identifiers).toEqual([...known, more])
  })
})

describe('If-Match', () => {
  test('is needed: without it 428 whatever else is wrong, and nothing is stored', async () => {
    const { path } = await offer()
    const before = await left()
    for (const [at, body] of [
      [path, posts(3)],
      [path, '{'],
      ['/v1/offers/nobodys', posts(3)]
    ] as const)
      for (const named of [null, '', ' , '])
        expect(await problemOf(await office.patch(at, body, named, { 'idempotency-key': 'k-428' }))).toMatchObject({
          http: 428,
          type: `${t.url}/problems/precondition-required`
        })
    expect(await left()).toEqual(before)
  })

  test('of another version, of none, or weak is 412, and nothing is stored, not even under its Idempotency-Key', async () => {
    const { path, tag } = await offer()
    expect((await office.patch(path, posts(21), tag)).status).toBe(200)
    const now = (await seen(path)).tag
    const before = await left()
    for (const named of [tag, 'W/"x"', `W/${now}`, now.slice(1, -1), '"x", "y"', '"*"', '"x", *'])
      for (const headers of [{}, { 'idempotency-key': 'k-412' }])
        expect([named, await problemOf(await office.patch(path, posts(22), named, headers))]).toEqual([
          named,
          expect.objectContaining({ http: 412, type: `${t.url}/problems/precondition-failed` })
        ])
    expect(await left()).toEqual(before)
    // The request that failed may come again on the version that is read now.
    expect((await office.patch(path, posts(22), now, { 'idempotency-key': 'k-412' })).status).toBe(200)
  })

  test('takes a list, and * for whatever there is', async () => {
    const { path, tag } = await offer()
    expect((await office.patch(path, posts(21), `"x", ${tag} ,W/"y"`)).status).toBe(200)
    expect((await office.patch(path, posts(22), '*')).status).toBe(200)
    expect((await office.patch('/v1/offers/AAAAAAAAAAAAAAAAAAAAAA', posts(22), '*')).status).toBe(404)
  })

  test('is moved by what the reader does not see as well: the version that it sees is another', async () => {
    const { path, tag } = await placement()
    const address = { lines: ['Rue 1'], city: 'Larache', country: 'MAR' }
    expect((await office.patch(path, { record: { person: { address } } }, tag)).status).toBe(200)
    expect((await office.patch(path, { record: { person: { birthDate: '1990-01-01' } } }, tag)).status).toBe(412)
  })
})

describe('of twenty at once', () => {
  test('on one version one is made, nineteen are 412, and what stands is that one’s', async () => {
    for (const make of [offer, placement]) {
      const { path, tag } = await make()
      const before = await left()
      const patches = Array.from({ length: 20 }, (_, n) =>
        make === offer ? posts(100 + n) : { record: { person: { birthDate: `1990-01-${String(n + 1).padStart(2, '0')}` } } }
      )
      const answers = await Promise.all(patches.map(patch => office.patch(path, patch, tag)))
      const statuses = answers.map(({ status }) => status)
      expect(statuses.toSorted()).toEqual([200, ...Array.from({ length: 19 }, () => 412)])
      const won = answers[statuses.indexOf(200)]
      const { view, tag: after } = await seen(path)
      expect(view.record).toMatchObject(patches[statuses.indexOf(200)]?.record as object)
      expect(won?.headers.get('etag')).toBe(after)
      const now = await left()
      expect([now.event, now.seen, now.leaves]).toEqual([
        (before.event ?? 0) + 1,
        (before.seen ?? 0) + 1,
        // A look at a person leaves a line of its own.
        (before.leaves ?? 0) + 1 + (make === offer ? 0 : 1)
      ])
    }
  })

  test('that come by two processes one is made all the same', async () => {
    const { path, tag } = await offer()
    const intakes = [openIntake(t.house), openIntake(t.house)]
    const client = t.house.directory.client('office') ?? expect.fail('no client')
    const evidence = '{}'
    const isBasis = (view: object | null) => view !== null && entityTag(view) === tag
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, n) => {
        const id = path.split('/').at(-1) ?? ''
        const change = { kind: 'offer', id, patch: posts(100 + n), key: null, evidence, isBasis } as const
        return amend(t.house, intakes[n % 2] as Intake, client, change)
      })
    )
    await Promise.all(intakes.map(intake => intake.close()))
    expect(answers.map(({ status }) => status).toSorted()).toEqual(['amended', ...Array.from({ length: 19 }, () => 'outdated')])
  })

  test('on whatever there is all are made, one after the other, and each answer has a tag of its own', async () => {
    const { path } = await offer()
    const answers = await Promise.all(Array.from({ length: 20 }, (_, n) => office.patch(path, posts(200 + n), '*')))
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]))
    const tags = answers.map(answer => answer.headers.get('etag'))
    expect(new Set(tags).size).toBe(20)
    expect(tags).toContain((await seen(path)).tag)
  })
})

describe('a repeat', () => {
  test('with its Idempotency-Key gets the first answer; without one it is 412', async () => {
    const { path, tag } = await offer()
    const send = (headers = {}) => office.patch(path, posts(30), tag, headers)
    const keyed = { 'idempotency-key': 'k-1' }
    const first = await send(keyed)
    const body = await first.text()
    const before = await left()
    for (const answer of [await send(keyed), await send(keyed)])
      expect([answer.status, await answer.text(), answer.headers.get('etag'), answer.headers.get('idempotency-replayed')]).toEqual([
        200,
        body,
        first.headers.get('etag'),
        'true'
      ])
    expect((await send()).status).toBe(412)
    expect(await problemOf(await office.patch(path, posts(31), tag, keyed))).toMatchObject({ http: 422 })
    // After a day, or a death before the answer was kept, the event still knows its key.
    await t.database.owner.query(sql`delete from idempotency`)
    const again = await send(keyed)
    expect([again.status, await again.text(), again.headers.get('etag')]).toEqual([200, body, first.headers.get('etag')])
    await t.database.owner.query(sql`delete from idempotency`)
    expect(await problemOf(await office.patch(path, posts(31), tag, keyed))).toMatchObject({ http: 422 })
    expect(await left()).toMatchObject({ event: before.event, seen: before.seen, leaves: before.leaves })
  })
})

describe('refuses', () => {
  const bad: [string, unknown, string, string][] = [
    ['what is no object', [], '', 'type'],
    ['nothing', {}, '/record', 'required'],
    ['no section', { record: {} }, '/record/offerDetails', 'required'],
    ['an empty section', { record: { offerDetails: {} } }, '/record/offerDetails', 'empty'],
    ['the record taken away', { record: null }, '/record', 'not-deletable'],
    ['the section taken away', { record: { offerDetails: null } }, '/record/offerDetails', 'not-deletable'],
    [
      'a part of a block taken away',
      { record: { offerDetails: { period: { start: null, end: '2026-06-30' } } } },
      '/record/offerDetails/period/start',
      'not-deletable'
    ],
    ['half a block', { record: { offerDetails: { period: { end: '2026-06-30' } } } }, '/record/offerDetails/period/start', 'required'],
    ['an unknown member taken away', { record: { offerDetails: { wages: null } } }, '/record/offerDetails/wages', 'unknown-member'],
    ['a wrong value', posts(0), '/record/offerDetails/posts', 'too-small'],
    ['an unknown member', { record: { offerDetails: { wages: 1 } } }, '/record/offerDetails/wages', 'unknown-member'],
    ...['id', 'updatedAt', 'version', 'state', 'campaign'].map(
      member => [`the server’s ${member}`, { ...posts(3), [member]: 1 }, `/${member}`, 'not-patchable'] as [string, unknown, string, string]
    ),
    ...['status', 'client_id', 'role', 'iss', 'source'].map(
      member => [`a member ${member}`, { ...posts(3), [member]: 'x' }, `/${member}`, 'unknown-member'] as [string, unknown, string, string]
    )
  ]
  test.each(bad)('%s: 400 with its pointer and what to do, and the row is unchanged', async (_what, patch, pointer, code) => {
    bench ??= await offer()
    const before = await left()
    const problem = await problemOf(await office.patch(bench.path, patch, bench.tag))
    expect(problem).toMatchObject({ http: 400, errors: expect.arrayContaining([{ pointer, code, detail: expect.stringMatching(/\w/) }]) })
    expect(await left()).toEqual(before)
    expect((await seen(bench.path)).tag).toBe(bench.tag)
  })
  let bench: { path: string; tag: string } | undefined

  test('of a placement what its events tell otherwise, naming them', async () => {
    const { path, tag } = await placement()
    for (const [section, event] of [
      ['documents', 'document.renewed'],
      ['registration', 'candidate.registered'],
      ['authorization', 'authorization.granted']
    ] as const)
      expect(await problemOf(await office.patch(path, { record: { [section]: {} } }, tag))).toMatchObject({
        http: 400,
        errors: expect.arrayContaining([
          expect.objectContaining({ pointer: `/record/${section}`, code: 'not-patchable', detail: expect.stringContaining(event) })
        ])
      })
    const noName = await office.patch(path, { record: { person: { name: { latin: null } } } }, tag)
    expect(await problemOf(noName)).toMatchObject({
      http: 400,
      errors: [{ pointer: '/record/person/name/latin', code: 'not-deletable' }]
    })
    const nie = { record: { person: { identifiers: [{ scheme: 'ES-NIE', value: 'X1234567A' }] } } }
    expect(await problemOf(await office.patch(path, nie, tag))).toMatchObject({
      http: 400,
      errors: [{ pointer: '/record/person/identifiers/0/value' }]
    })
  })

  test('what is not JSON, is said to be of another type, or has a member twice', async () => {
    const { path, tag } = await offer()
    const typed = await office.patch(path, posts(3), tag, { 'content-type': 'text/plain' })
    expect([typed.status, typed.headers.get('accept-patch')]).toEqual([415, 'application/merge-patch+json, application/json'])
    for (const body of ['{', '', '{"record":{},"record":{}}'])
      expect(await problemOf(await office.patch(path, body, tag))).toMatchObject({ http: 400, status: 400 })
  })

  test('a change that would not show: an offer that is withdrawn is 409, and nothing is stored', async () => {
    const { path } = await offer()
    const withdrawn = { type: 'offer.withdrawn', effectiveAt: '2026-01-03T09:00:00Z', payload: {}, key: `x-${serial}` }
    expect((await office.post(`/v1/offers/o-${serial - 1}/events`, withdrawn)).status).toBe(202)
    const { tag } = await seen(path)
    const before = await left()
    expect(await problemOf(await office.patch(path, posts(3), tag))).toMatchObject({
      http: 409,
      detail: expect.stringContaining('WITHDRAWN')
    })
    expect(await left()).toEqual(before)
  })

  test('a change against which a later fact stands is 409', async () => {
    const { path } = await offer()
    const amended = {
      type: 'offer.amended',
      effectiveAt: new Date(Date.now() + 50_000).toISOString(),
      payload: { offerDetails: { posts: 50 } },
      key: `y-${serial}`
    }
    expect((await office.post(`/v1/offers/o-${serial - 1}/events`, amended)).status).toBe(202)
    const { tag } = await seen(path)
    expect(await problemOf(await office.patch(path, posts(3), tag))).toMatchObject({ http: 409, detail: expect.stringContaining('later') })
    expect((await office.patch(path, { record: { offerDetails: { trialPeriodDays: 3 } } }, tag)).status).toBe(200)
  })

  test('whoever has not seen it, may not tell it, or did not tell the offer', async () => {
    const [own, one] = [await placement(), await offer()]
    const person = { record: { person: { birthDate: '1990-05-04' } } }
    const [theirs, read] = [await newest('/v1/placements', ministry), await newest('/v1/offers', employer)]
    const before = await left()
    const unknown = await problemOf(await stranger.patch('/v1/placements/AAAAAAAAAAAAAAAAAAAAAA', person, '*'))
    expect(unknown).toMatchObject({ http: 404 })
    for (const id of [own.path, theirs.path, '/v1/placements/x', `/v1/placements/${crypto.randomUUID()}`])
      expect(await problemOf(await stranger.patch(id, person, '*'))).toEqual(unknown)
    expect((await stranger.patch(one.path, posts(3), '*')).status).toBe(404)
    expect(await problemOf(await ministry.patch(theirs.path, person, theirs.tag))).toMatchObject({ http: 403 })
    expect(await problemOf(await employer.patch(read.path, posts(3), read.tag))).toMatchObject({
      http: 403,
      detail: expect.stringContaining('another client')
    })
    const carrier = await restClient(t, 'carrier', scopes, { role: 'carrier' })
    expect(await problemOf(await carrier.patch(own.path, person, '*'))).toMatchObject({
      http: 403,
      detail: expect.stringContaining('role')
    })
    const looker = await restClient(t, 'looker', ['placements.read'], { agency })
    expect((await looker.patch(own.path, person, '*')).status).toBe(403)
    expect(await left()).toEqual(before)
  })

  test.each(['fr', 'es'])('all of it in the language that is asked for: %s', async language => {
    const spoken = { 'accept-language': language }
    const [{ path, tag }, own] = [await offer(), await placement()]
    const read = await newest('/v1/offers', employer)
    const answers = [
      office.patch(path, posts(3), null, spoken),
      office.patch(path, posts(3), '"x"', spoken),
      office.patch(path, '{', tag, spoken),
      office.patch(path, posts(3), tag, { ...spoken, 'content-type': 'text/plain' }),
      office.patch('/v1/offers/AAAAAAAAAAAAAAAAAAAAAA', posts(3), '*', spoken),
      office.patch('/v1/placements/AAAAAAAAAAAAAAAAAAAAAA', posts(3), '*', spoken),
      office.patch(own.path, { record: { documents: [] } }, own.tag, spoken),
      office.patch(own.path, { record: { person: { identifiers: [] } } }, own.tag, spoken),
      office.patch(own.path, { record: { person: { birthDate: '2100-01-01' } } }, own.tag, spoken),
      employer.patch(read.path, posts(3), read.tag, spoken),
      ...bad.slice(0, 12).map(([, patch]) => office.patch(path, patch, tag, spoken))
    ]
    for (const answer of await Promise.all(answers)) {
      const [told, english, text] = await readable(answer)
      expect([text, told, english]).toEqual([text, language, null])
    }
  })

  test('a change of somebody whose data went meanwhile, as if she were not there', async () => {
    const { path } = await placement()
    await t.database.owner.query(sql`
      update person set wrapped_key = null, erased_at = now() where id = (select person_id from event order by id desc limit 1)`)
    expect((await office.patch(path, { record: { person: { birthDate: '1990-05-04' } } }, '*')).status).toBe(404)
  })
})
