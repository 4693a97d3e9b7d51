// A receiver manages its own streams (OpenID SSF 1.0) and is polled or pushed what it may have.
import { createRemoteJWKSet, decodeJwt, decodeProtectedHeader, jwtVerify } from 'jose'
import { beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { changePartnerStatus, openStream } from '../../src/flow/administer.ts'
import { sql } from '../../src/store/database.ts'
import { testGateway } from '../support/gateway.ts'
import { until } from '../support/house.ts'
import { registration } from '../support/people.ts'
import { type Answer, startReceiver } from '../support/receiver.ts'
import { problemOf, type RestClient, restClient } from '../support/rest.ts'

const t = await testGateway()
const { owner } = t.database
const receiver = await startReceiver()
const uri = (type: string) => `${t.url}/ns/event/v1/${type}`
const push = (more: object = {}) => ({ delivery: { method: 'urn:ietf:rfc:8935', endpoint_url: receiver.url, ...more } })
const poll = { delivery: { method: 'urn:ietf:rfc:8936', endpoint_url: '' } }

interface Config {
  stream_id: string
  delivery: { method: string; endpoint_url: string }
  events_supported: string[]
  events_requested?: string[]
  events_delivered: string[]
  [member: string]: unknown
}

let spain: RestClient
let other: RestClient
let kenitra: RestClient
beforeAll(async () => {
  const scopes = ['ssf.manage', 'ssf.read']
  spain = await restClient(t, 'spain', scopes, { role: 'authority' })
  other = await restClient(t, 'other', scopes, { role: 'authority' })
  kenitra = await restClient(t, 'kenitra', scopes, { role: 'origin-agency', agency: 'ANP-KEN-01' })
})

const ssf = (client: RestClient, method: string, path: string, body?: unknown, headers: Record<string, string> = {}) =>
  fetch(`${t.url}/ssf/${path}`, {
    method,
    headers: { authorization: `Bearer ${client.token}`, ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
    ...(body === undefined ? {} : { body: JSON.stringify(body) })
  })

const create = async (client: RestClient, body: unknown): Promise<Config> => {
  const response = await ssf(client, 'POST', 'streams', body)
  if (response.status !== 201) throw new Error(`${response.status} ${await response.text()}`)
  return (await response.json()) as Config
}

const read = async (client: RestClient, id: string): Promise<Config> =>
  (await (await ssf(client, 'GET', `streams?stream_id=${id}`)).json()) as Config

const pollStream = async (client: RestClient, stream: Config, body: object = {}) => {
  const response = await client.post(stream.delivery.endpoint_url.slice(t.url.length), { returnImmediately: true, ...body })
  return { status: response.status, sets: ((await response.json()) as { sets?: Record<string, string> }).sets ?? {} }
}

let people = 0
/** Somebody of an agency is registered. */
const somebody = (agency = 'ANP-KEN-01') => {
  people += 1
  const payload = structuredClone(registration(people)) as { registration: { agency: string } }
  payload.registration.agency = agency
  return t.submit({ person: `w-${people}`, type: 'candidate.registered', at: '2026-01-10T09:00:00Z', payload: payload as never })
}

/** Time passes for what waits to be tried again. */
const hurry = (id: string) => owner.query(sql`update delivery set not_before = now() where partner_id = ${id} and state = 'due'`)
const deliveriesOf = (id: string) =>
  owner.query<{ type: string; state: string; attempts: number; code: string | null; waitSeconds: number }>(sql`
    select type, state, attempts, outcome_code as code, extract(epoch from not_before - now())::float as "waitSeconds" from delivery where partner_id = ${id} order by position`)
const only = async (id: string) => (await deliveriesOf(id))[0]

beforeEach(async () => {
  receiver.answer({ status: 202 })
  receiver.pushed.length = 0
  for (const client of [spain, other, kenitra])
    for (const { stream_id } of (await (await ssf(client, 'GET', 'streams')).json()) as Config[])
      if (stream_id.startsWith('s-')) await ssf(client, 'DELETE', `streams?stream_id=${stream_id}`)
})

describe('the configuration', () => {
  test('the metadata says where all of it is', async () => {
    const answer = await fetch(`${t.url}/.well-known/ssf-configuration`, { headers: { authorization: 'Bearer whatever' } })
    expect(await answer.json()).toEqual({
      spec_version: '1_0',
      issuer: t.url,
      jwks_uri: `${t.url}/.well-known/jwks.json`,
      delivery_methods_supported: ['urn:ietf:rfc:8935', 'urn:ietf:rfc:8936'],
      configuration_endpoint: `${t.url}/ssf/streams`,
      status_endpoint: `${t.url}/ssf/status`,
      verification_endpoint: `${t.url}/ssf/verify`,
      authorization_schemes: [{ spec_urn: 'urn:ietf:rfc:6749' }],
      default_subjects: 'ALL',
      critical_subject_members: []
    })
  })

  test('a stream that says nothing of delivery is polled, gets all that its client may have, and is one of a list', async () => {
    expect(await (await ssf(spain, 'GET', 'streams')).json()).toEqual([])
    const stream = await create(spain, {})
    expect(stream).toEqual({
      stream_id: expect.stringMatching(/^s-/),
      iss: t.url,
      aud: 'spain',
      delivery: { method: 'urn:ietf:rfc:8936', endpoint_url: `${t.url}/v1/streams/${stream.stream_id}/poll` },
      events_supported: stream.events_delivered,
      events_delivered: expect.arrayContaining([uri('authorization.granted'), uri('candidate.registered')]),
      min_verification_interval: 60,
      signing_alg: 'ES256',
      redeliver_after: 30
    })
    expect(await read(spain, stream.stream_id)).toEqual(stream)
    expect(await (await ssf(spain, 'GET', 'streams')).json()).toEqual([stream])
    expect(await (await ssf(other, 'GET', 'streams')).json()).toEqual([])
  })

  test('what is sent without a type is JSON, as in the examples of the standard; another type is refused', async () => {
    const body = Buffer.from(JSON.stringify({ ...poll, events_requested: [uri('visa.issued'), 'https://other.example/event'] }))
    const headers = { authorization: `Bearer ${spain.token}` }
    const bare = await fetch(`${t.url}/ssf/streams`, { method: 'POST', headers, body })
    expect(bare.status).toBe(201)
    expect(await bare.json()).toMatchObject({ events_requested: [uri('visa.issued')], events_delivered: [uri('visa.issued')] })
    const xml = await fetch(`${t.url}/ssf/streams`, { method: 'POST', headers: { ...headers, 'content-type': 'text/xml' }, body })
    expect(await problemOf(xml)).toMatchObject({ http: 415, type: `${t.url}/problems/unsupported-media-type` })
  })

  test('PATCH changes what it names, PUT sets back what it does not', async () => {
    const { stream_id } = await create(spain, {
      ...poll,
      events_requested: [uri('visa.issued')],
      description: 'visas',
      redeliver_after: 60
    })
    const patched = (await (await ssf(spain, 'PATCH', 'streams', { stream_id, description: 'all visas' })).json()) as Config
    expect(patched).toMatchObject({ description: 'all visas', events_requested: [uri('visa.issued')], redeliver_after: 60 })
    const replaced = (await (await ssf(spain, 'PUT', 'streams', { stream_id, events_requested: [uri('visa.refused')] })).json()) as Config
    expect(replaced).toMatchObject({ events_delivered: [uri('visa.refused')], redeliver_after: 30 })
    expect(replaced.description).toBeUndefined()
  })

  test('members that are ours come back as they are, and are refused when they are another', async () => {
    const stream = await create(spain, poll)
    expect(
      (await ssf(spain, 'PUT', 'streams', { ...stream, aud: ['spain'], events_supported: stream.events_supported.toReversed() })).status
    ).toBe(200)
    for (const changed of [
      { aud: 'other' },
      { iss: 'https://other' },
      { events_delivered: [] },
      { events_supported: [] },
      { min_verification_interval: 1 }
    ])
      expect(await problemOf(await ssf(spain, 'PATCH', 'streams', { stream_id: stream.stream_id, ...changed }))).toMatchObject({
        http: 400,
        errors: [{ pointer: `/${Object.keys(changed)[0]}`, code: 'read-only' }]
      })
    expect(await read(spain, stream.stream_id)).toEqual(stream)
  })

  test('a client has five streams at most, also when it makes eight at once', async () => {
    const statuses = await Promise.all(Array.from({ length: 8 }, async () => (await ssf(spain, 'POST', 'streams', poll)).status))
    expect(statuses.toSorted()).toEqual([201, 201, 201, 201, 201, 409, 409, 409])
  })

  test('another client’s stream looks like none, whatever is asked of it', async () => {
    const { stream_id } = await create(spain, poll)
    const asked = async (id: string) => [
      await problemOf(await ssf(other, 'GET', `streams?stream_id=${id}`)),
      await problemOf(await ssf(other, 'PATCH', 'streams', { stream_id: id })),
      await problemOf(await ssf(other, 'PUT', 'streams', { stream_id: id })),
      await problemOf(await ssf(other, 'DELETE', `streams?stream_id=${id}`)),
      await problemOf(await ssf(other, 'GET', `status?stream_id=${id}`)),
      await problemOf(await ssf(other, 'POST', 'status', { stream_id: id, status: 'disabled' })),
      await problemOf(await ssf(other, 'POST', 'verify', { stream_id: id }))
    ]
    const foreign = await asked(stream_id)
    expect(foreign).toEqual(await asked('s-unknown'))
    expect(new Set(foreign.map(({ http }) => http))).toEqual(new Set([404]))
    expect(await (await ssf(spain, 'GET', `status?stream_id=${stream_id}`)).json()).toEqual({ stream_id, status: 'enabled' })
  })

  test('no event of those asked for may be had: 403, never a stream without events', async () => {
    for (const events_requested of [[], [uri('offer.published')], ['https://other.example/event'], [uri('__proto__')]])
      expect(await problemOf(await ssf(spain, 'POST', 'streams', { ...poll, events_requested }))).toMatchObject({ http: 403 })
  })

  test('a role that reads no records, and an agency whose code nobody knows, have no streams of their own', async () => {
    const carrier = await restClient(t, 'carrier', ['ssf.manage'], { role: 'carrier' })
    const anybody = await restClient(t, 'anybody', ['ssf.manage'], { role: 'origin-agency' })
    for (const client of [carrier, anybody]) expect((await ssf(client, 'POST', 'streams', poll)).status).toBe(403)
  })

  test('the scope to read does not change anything', async () => {
    const reader = await restClient(t, 'reader', ['ssf.read'], { role: 'authority' })
    for (const [method, path, body] of [
      ['POST', 'streams', poll],
      ['PATCH', 'streams', { stream_id: 'x' }],
      ['PUT', 'streams', { stream_id: 'x' }],
      ['DELETE', 'streams?stream_id=x', undefined],
      ['POST', 'status', { stream_id: 'x', status: 'paused' }],
      ['POST', 'verify', { stream_id: 'x' }]
    ] as const)
      expect(await problemOf(await ssf(reader, method, path, body))).toMatchObject({
        http: 403,
        type: `${t.url}/problems/insufficient-scope`
      })
    expect((await ssf(reader, 'GET', 'streams')).status).toBe(200)
  })

  test.each([
    ['another method', { delivery: { method: 'urn:example:pigeon' } }],
    ['push without an address', { delivery: { method: 'urn:ietf:rfc:8935' } }],
    ['an address that may not be reached', { delivery: { method: 'urn:ietf:rfc:8935', endpoint_url: 'https://169.254.169.254/latest' } }],
    ['an address inside', { delivery: { method: 'urn:ietf:rfc:8935', endpoint_url: 'http://10.0.0.1/' } }],
    ['an address that is no URL', { delivery: { method: 'urn:ietf:rfc:8935', endpoint_url: 'nowhere' } }],
    ['an address of another scheme', { delivery: { method: 'urn:ietf:rfc:8935', endpoint_url: 'file:///etc/passwd' } }],
    [
      'a header that would be two',
      { delivery: { method: 'urn:ietf:rfc:8935', endpoint_url: 'https://r.example.org/', authorization_header: 'a\r\nx: y' } }
    ],
    ['an algorithm that nobody has', { ...poll, signing_alg: 'RS256' }],
    ['an algorithm of which we have no key', { ...poll, signing_alg: 'PS256' }],
    ['events that are no list', { ...poll, events_requested: 'all' }]
  ])('%s is refused', async (_what, body) => {
    expect(await problemOf(await ssf(spain, 'POST', 'streams', body))).toMatchObject({ http: 400 })
    expect(await (await ssf(spain, 'GET', 'streams')).json()).toEqual([])
  })
})

describe('polled', () => {
  test('an agency is handed its own people alone, and what it acknowledges counts as disclosed to it', async () => {
    const stream = await create(kenitra, { ...poll, events_requested: [uri('candidate.registered')] })
    await somebody('ANP-BEM-01')
    await somebody('ANP-KEN-01')
    const { sets } = await pollStream(kenitra, stream)
    const [[jti, token] = ['', '']] = Object.entries(sets)
    expect(Object.keys(sets)).toHaveLength(1)
    const jwks = createRemoteJWKSet(new URL(`${t.url}/.well-known/jwks.json`))
    const { payload, protectedHeader } = await jwtVerify(token, jwks, { issuer: t.url, audience: 'kenitra', typ: 'secevent+jwt' })
    expect(protectedHeader.alg).toBe('ES256')
    expect(payload).toMatchObject({ jti, txn: expect.any(String), sub_id: { format: 'opaque', id: expect.any(String) } })
    expect([payload.exp, payload.sub, payload.nbf]).toEqual([undefined, undefined, undefined])
    expect((payload.events as Record<string, unknown>)[uri('candidate.registered')]).toMatchObject({
      registration: { agency: 'ANP-KEN-01' }
    })
    expect((await pollStream(kenitra, stream, { ack: [jti] })).sets).toEqual({})
    const disclosed = await owner.query(sql`select partner_id from disclosure where partner_id = ${stream.stream_id}`)
    expect(disclosed).toHaveLength(1)
  })

  test('a verification comes with its state, about the stream; the next one may be asked for after a minute', async () => {
    const stream = await create(spain, poll)
    const { stream_id } = stream
    const verified = await ssf(spain, 'POST', 'verify', { stream_id, state: 'VGhpcyBpcw==' })
    expect([verified.status, await verified.text()]).toEqual([204, ''])
    const [token = ''] = Object.values((await pollStream(spain, stream)).sets)
    expect(decodeJwt(token)).toMatchObject({
      aud: 'spain',
      sub_id: { format: 'opaque', id: stream_id },
      events: { 'https://schemas.openid.net/secevent/ssf/event-type/verification': { state: 'VGhpcyBpcw==' } }
    })
    const soon = await ssf(spain, 'POST', 'verify', { stream_id })
    expect(Number(soon.headers.get('retry-after'))).toBeGreaterThan(50)
    expect(await problemOf(soon)).toMatchObject({ http: 429, 'violated-policies': ['verifications-per-stream'] })
    expect((await ssf(spain, 'POST', 'verify', { stream_id, state: 'x'.repeat(1_025) })).status).toBe(400)
  })

  test('the state of a verification is sealed: the database does not hold it in clear', async () => {
    const { stream_id } = await create(spain, poll)
    await ssf(spain, 'POST', 'verify', { stream_id, state: 'ImAState' })
    const rows = await owner.query(
      sql`select 1 as one from event where type = 'stream.verification' and position('ImAState'::bytea in body) > 0`
    )
    expect(rows).toEqual([])
  })

  test('paused holds, enabled goes on where it stopped, and neither is told to whoever asked for it', async () => {
    const stream = await create(spain, { ...poll, events_requested: [uri('candidate.registered')] })
    const { stream_id } = stream
    expect(await (await ssf(spain, 'POST', 'status', { stream_id, status: 'paused', reason: 'upgrade' })).json()).toEqual({
      stream_id,
      status: 'paused',
      reason: 'upgrade'
    })
    await somebody()
    const started = performance.now()
    expect(await pollStream(spain, stream, { returnImmediately: false })).toEqual({ status: 200, sets: {} })
    expect(performance.now() - started).toBeLessThan(5_000)
    await ssf(spain, 'POST', 'status', { stream_id, status: 'enabled' })
    expect(Object.keys((await pollStream(spain, stream)).sets)).toHaveLength(1)
  })

  test('disabled is 404 to a poll, what was owed is parked and comes back with the stream, and nothing more is owed meanwhile', async () => {
    const stream = await create(spain, { ...poll, events_requested: [uri('candidate.registered')] })
    const { stream_id } = stream
    await somebody()
    await ssf(spain, 'POST', 'status', { stream_id, status: 'disabled' })
    await somebody()
    expect((await pollStream(spain, stream)).status).toBe(404)
    expect(await deliveriesOf(stream_id)).toMatchObject([{ state: 'parked', code: 'stream-disabled' }])
    expect((await ssf(spain, 'POST', 'verify', { stream_id })).status).toBe(409)
    await ssf(spain, 'POST', 'status', { stream_id, status: 'enabled' })
    expect(Object.keys((await pollStream(spain, stream)).sets)).toHaveLength(1)
  })

  test('the operator’s stream is read, verified and paused by its receiver, and changed by the operator alone, who says so on the stream', async () => {
    const subscriptions = [{ type: 'authorization.granted' as const, agency: 'ANP-KEN-01' }]
    const fields = ['authorization.decision' as const]
    await openStream(
      t.house,
      { id: 'by-hand', clientId: 'spain', role: 'migration-authority', audience: 'es', fields, subscriptions },
      'operator'
    )
    const stream = await read(spain, 'by-hand')
    expect(stream).toMatchObject({
      aud: 'es',
      events_supported: [uri('authorization.granted')],
      events_delivered: [uri('authorization.granted')]
    })
    for (const [method, path, body] of [
      ['PATCH', 'streams', { stream_id: 'by-hand', events_requested: [uri('visa.issued')] }],
      ['PUT', 'streams', { stream_id: 'by-hand' }],
      ['DELETE', 'streams?stream_id=by-hand', undefined]
    ] as const)
      expect((await ssf(spain, method, path, body)).status).toBe(403)
    await changePartnerStatus(t.house, 'by-hand', 'paused', 'operator', 'a reason for the audit')
    const [token = ''] = Object.values((await pollStream(spain, stream)).sets)
    expect(decodeJwt(token).events).toEqual({ 'https://schemas.openid.net/secevent/ssf/event-type/stream-updated': { status: 'paused' } })
    expect(await (await ssf(spain, 'GET', 'status?stream_id=by-hand')).json()).toEqual({ stream_id: 'by-hand', status: 'paused' })
  })

  test('a deleted stream is gone, and what it was owed is discarded', async () => {
    const stream = await create(spain, { ...poll, events_requested: [uri('candidate.registered')] })
    await somebody()
    expect((await ssf(spain, 'DELETE', `streams?stream_id=${stream.stream_id}`)).status).toBe(204)
    expect((await ssf(spain, 'GET', `streams?stream_id=${stream.stream_id}`)).status).toBe(404)
    expect((await pollStream(spain, stream)).status).toBe(404)
    expect(await deliveriesOf(stream.stream_id)).toMatchObject([{ state: 'discarded' }])
    await somebody()
    expect(await deliveriesOf(stream.stream_id)).toHaveLength(1)
  })
})

describe('pushed', () => {
  const registered = { events_requested: [uri('candidate.registered')] }
  const attempted = (id: string, attempts: number) =>
    until(`attempt ${attempts} is settled`, async () => {
      const row = await only(id)
      return row !== undefined && row.attempts >= attempts && !['dispatched', 'sending'].includes(row.state) && row
    })

  test('a SET comes with what a CloudEvents reader needs, is signed, and is accepted with its receipt', async () => {
    const { stream_id } = await create(spain, { ...push({ authorization_header: 'Bearer of-the-receiver' }), ...registered })
    await somebody()
    await until('it is accepted', async () => (await only(stream_id))?.state === 'accepted')
    const [got] = receiver.pushed
    expect(got?.headers).toMatchObject({
      'content-type': 'application/secevent+jwt',
      accept: 'application/json',
      authorization: 'Bearer of-the-receiver',
      traceparent: expect.stringMatching(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/),
      'ce-specversion': '1.0',
      'ce-id': got?.claims.jti,
      'ce-source': t.url,
      'ce-type': expect.stringMatching(/\.candidate\.registered$/),
      'ce-time': '2026-01-10T09:00:00.000Z'
    })
    const jwks = createRemoteJWKSet(new URL(`${t.url}/.well-known/jwks.json`))
    await jwtVerify(got?.token ?? '', jwks, { issuer: t.url, audience: 'spain', typ: 'secevent+jwt' })
    expect(decodeProtectedHeader(got?.token ?? '')).toEqual({ alg: 'ES256', typ: 'secevent+jwt', kid: t.house.keys.set.kid })
  })

  test('the header of the receiver is shown by nothing, is in no row in clear, stays with its address and goes with it', async () => {
    const { stream_id } = await create(spain, push({ authorization_header: 'Bearer s3cr3t-of-the-receiver' }))
    expect(JSON.stringify(await read(spain, stream_id))).not.toContain('s3cr3t')
    const rows = await owner.query<{ text: string }>(sql`select p::text as text from partner p`)
    expect(JSON.stringify(rows)).not.toContain('s3cr3t')
    const secrets = async () =>
      (await owner.query<{ secrets: Buffer | null }>(sql`select secrets from partner where id = ${stream_id}`))[0]?.secrets
    expect((await secrets())?.includes('s3cr3t')).toBe(false)
    await ssf(spain, 'PATCH', 'streams', { stream_id, description: 'kept' })
    expect(await secrets()).not.toBeNull()
    await ssf(spain, 'PATCH', 'streams', { stream_id, ...push({ endpoint_url: `${receiver.url}/elsewhere` }) })
    expect(await secrets()).toBeNull()
    expect(JSON.stringify(t.logs)).not.toContain('s3cr3t')
  })

  const retried: [string, Answer, string][] = [
    ['500', { status: 500 }, 'http-500'],
    ['401', { status: 401 }, 'http-401'],
    ['403', { status: 403 }, 'http-403'],
    ['404', { status: 404 }, 'http-404'],
    ['408', { status: 408 }, 'http-408'],
    ['a redirect', { status: 307, headers: { location: 'http://127.0.0.1:1/' } }, 'http-307'],
    ['400 about keys', { status: 400, body: '{"err":"invalid_key","description":"x"}' }, 'http-400'],
    ['400 about authentication', { status: 400, body: '{"err":"authentication_failed","description":"x"}' }, 'http-400'],
    ['400 about access', { status: 400, body: '{"err":"access_denied","description":"x"}' }, 'http-400'],
    ['400 that says nothing', { status: 400, body: '<html>' }, 'http-400'],
    ['a connection that is cut', { status: 0, cut: true }, 'no-answer']
  ]
  test.each(retried)(
    '%s is tried again by the schedule, as the same SET, and is accepted once it is taken',
    async (_what, answer, code) => {
      receiver.answer(answer)
      const { stream_id } = await create(spain, { ...push(), ...registered })
      await somebody()
      const first = await attempted(stream_id, 1)
      expect(first).toMatchObject({ state: 'due', code })
      expect(first.waitSeconds).toBeGreaterThan(2)
      expect(first.waitSeconds).toBeLessThan(6.1)
      receiver.answer({ status: 202 })
      await hurry(stream_id)
      await until('it is accepted', async () => (await only(stream_id))?.state === 'accepted')
      expect(receiver.pushed).toHaveLength(2)
      const [one, two] = receiver.pushed.map(({ claims }) => claims)
      expect(two).toEqual(one)
    }
  )

  test.each([
    ['seconds', () => '120', 120],
    ['a date', () => new Date(Date.now() + 120_000).toUTCString(), 120]
  ])('Retry-After in %s wins over the schedule', async (_what, header, seconds) => {
    receiver.answer({ status: 503, headers: { 'retry-after': header() } })
    const { stream_id } = await create(spain, { ...push(), ...registered })
    await somebody()
    const { waitSeconds } = await attempted(stream_id, 1)
    expect(Math.abs(waitSeconds - seconds)).toBeLessThan(15)
  })

  test.each(['invalid_request', 'invalid_issuer', 'invalid_audience'])(
    '400 %s is final: the lane goes on, and the words are kept sealed',
    async err => {
      receiver.answer({ status: 400, body: JSON.stringify({ err, description: 'Fatima is unknown' }) })
      const { stream_id } = await create(spain, { ...push(), ...registered })
      await somebody()
      await until('it is refused', async () => (await only(stream_id))?.state === 'refused')
      expect(receiver.pushed).toHaveLength(1)
      expect(
        JSON.stringify(await owner.query(sql`select outcome_code, reason from delivery where partner_id = ${stream_id}`))
      ).not.toContain('Fatima')
    }
  )

  test('410 pauses the stream at once and somebody has to look; what is owed is held, and goes when it is enabled', async () => {
    receiver.answer({ status: 410 })
    const { stream_id } = await create(spain, { ...push(), ...registered })
    await somebody()
    await until(
      'it is paused',
      async () =>
        (await read(spain, stream_id)) &&
        ((await (await ssf(spain, 'GET', `status?stream_id=${stream_id}`)).json()) as { status: string }).status === 'paused'
    )
    expect(await owner.query(sql`select state from case_file where kind = 'stream-paused' and reason like '%410%'`)).toContainEqual({
      state: 'open'
    })
    await somebody()
    await hurry(stream_id)
    expect((await deliveriesOf(stream_id)).map(({ state }) => state)).toEqual(['due', 'due'])
    receiver.answer({ status: 202 })
    await ssf(spain, 'POST', 'status', { stream_id, status: 'enabled' })
    await until('both are accepted', async () => (await deliveriesOf(stream_id)).every(({ state }) => state === 'accepted'))
  })

  test('ten dead in a row pause the stream: its receiver is told so first, and one that arrives between them starts the count anew', async () => {
    const { stream_id } = await create(spain, { ...push(), ...registered })
    const exhaust = (count: number) => owner.query(sql`update partner set attempts_max = ${count} where id = ${stream_id}`)
    await exhaust(1)
    await t.house.directory.refresh()
    const dead = async () => (await deliveriesOf(stream_id)).filter(({ state }) => state === 'dead').length
    receiver.answer({ status: 500 })
    for (let i = 0; i < 9; i++) await somebody()
    await until('nine are dead', async () => (await dead()) === 9)
    receiver.answer({ status: 202 })
    await somebody()
    await until('one is accepted', async () => (await deliveriesOf(stream_id)).at(-1)?.state === 'accepted')
    receiver.answer({ status: 500 })
    for (let i = 0; i < 9; i++) await somebody()
    await until('eighteen are dead', async () => (await dead()) === 18)
    const status = async () => ((await (await ssf(spain, 'GET', `status?stream_id=${stream_id}`)).json()) as { status: string }).status
    expect(await status()).toBe('enabled')
    await somebody()
    await until('it is paused', async () => (await status()) === 'paused')
    receiver.answer({ status: 202 })
    await hurry(stream_id)
    const told = await until('the receiver is told', async () => receiver.pushed.find(({ event }) => event === 'stream-updated'))
    expect(told.claims.sub_id).toEqual({ format: 'opaque', id: stream_id })
    expect(Object.values(told.claims.events as object)).toEqual([{ status: 'paused', reason: '10 events in a row could not be delivered' }])
    const before = receiver.pushed.length
    await somebody()
    await until('it waits', async () => (await deliveriesOf(stream_id)).at(-1)?.state === 'due')
    await ssf(spain, 'POST', 'status', { stream_id, status: 'enabled' })
    await until('it goes', async () => receiver.pushed.length > before)
  })

  test('one person’s events come in their order: the second waits for the first', async () => {
    receiver.answer({ status: 503 })
    const { stream_id } = await create(spain, { ...push(), events_requested: [uri('candidate.registered'), uri('candidate.preselected')] })
    await somebody()
    const registration = { agency: 'ANP-KEN-01', offers: [] }
    await t.submit({
      person: `w-${people}`,
      type: 'candidate.preselected',
      at: '2026-01-11T09:00:00Z',
      payload: { campaign: 2026, registration } as never
    })
    await attempted(stream_id, 1)
    expect((await deliveriesOf(stream_id)).map(({ type, state }) => `${type} ${state}`)).toEqual([
      'candidate.registered due',
      'candidate.preselected behind'
    ])
    receiver.answer({ status: 202 })
    await hurry(stream_id)
    await until('both are accepted', async () => (await deliveriesOf(stream_id)).every(({ state }) => state === 'accepted'))
    expect(receiver.pushed.map(({ event }) => event)).toEqual(['candidate.registered', 'candidate.registered', 'candidate.preselected'])
  })

  test('a verification is pushed too, and a stream that changes to polling is handed what it was owed under the same jti', async () => {
    const { stream_id } = await create(spain, { ...push(), ...registered })
    await ssf(spain, 'POST', 'verify', { stream_id, state: 's' })
    await until('it is verified', async () => receiver.pushed.some(({ event }) => event === 'verification'))
    receiver.answer({ status: 500 })
    await somebody()
    await until('the second is tried', async () => (await deliveriesOf(stream_id)).at(-1)?.attempts === 1)
    await until('and settled', async () => (await deliveriesOf(stream_id)).at(-1)?.state === 'due')
    const stream = (await (await ssf(spain, 'PATCH', 'streams', { stream_id, ...poll })).json()) as Config
    expect(Object.keys((await pollStream(spain, stream)).sets)).toEqual([receiver.pushed.at(-1)?.claims.jti])
  })
})
