// A receiver manages its own streams (OpenID SSF 1.0) and is polled what it may have.
import { Ajv2020 } from 'ajv/dist/2020.js'
import { createRemoteJWKSet, decodeJwt, jwtVerify } from 'jose'
import { describe, expect, test } from 'vitest'
import { changePartnerStatus, openStream } from '../../src/flow/administer.ts'
import { sql } from '../../src/store/database.ts'
import { samplePayload } from '../support/histories.ts'
import { problemOf, restClient } from '../support/rest.ts'
import { type Config, ssfScene } from '../support/ssf.ts'

const { t, uri, poll, clients, ssf, create, read, pollStream, somebody, lastPerson, deliveriesOf } = await ssfScene()
const { owner } = t.database

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
      default_subjects: 'ALL'
    })
  })

  test('a stream that says nothing of delivery is polled, gets all that its client may have, and is one of a list', async () => {
    expect(await (await ssf(clients.spain, 'GET', 'streams')).json()).toEqual([])
    const stream = await create(clients.spain, {})
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
    expect(await read(clients.spain, stream.stream_id)).toEqual(stream)
    expect(await (await ssf(clients.spain, 'GET', 'streams')).json()).toEqual([stream])
    expect(await (await ssf(clients.other, 'GET', 'streams')).json()).toEqual([])
  })

  test('what is sent without a type is JSON, as in the examples of the standard; another type is refused', async () => {
    const body = Buffer.from(JSON.stringify({ ...poll, events_requested: [uri('visa.issued'), 'https://other.example/event'] }))
    const headers = { authorization: `Bearer ${clients.spain.token}` }
    const bare = await fetch(`${t.url}/ssf/streams`, { method: 'POST', headers, body })
    expect(bare.status).toBe(201)
    const { stream_id, ...made } = (await bare.json()) as Config
    expect(made).toMatchObject({ events_requested: [uri('visa.issued')], events_delivered: [uri('visa.issued')] })
    for (const [method, path, wish, status] of [
      ['PATCH', 'streams', {}, 200],
      ['PUT', 'streams', {}, 200],
      ['POST', 'status', { status: 'enabled' }, 200],
      ['POST', 'verify', { state: '\u0000\ud800' }, 204]
    ] as const) {
      const untyped = Buffer.from(JSON.stringify({ stream_id, ...wish }))
      expect([path, (await fetch(`${t.url}/ssf/${path}`, { method, headers, body: untyped })).status]).toEqual([path, status])
    }
    const xml = await fetch(`${t.url}/ssf/streams`, { method: 'POST', headers: { ...headers, 'content-type': 'text/xml' }, body })
    expect(await problemOf(xml)).toMatchObject({ http: 415, type: `${t.url}/problems/unsupported-media-type` })
  })

  test('asked for again under its Idempotency-Key, a stream is made once', async () => {
    const ask = (body: object) =>
      fetch(`${t.url}/ssf/streams`, {
        method: 'POST',
        headers: { authorization: `Bearer ${clients.spain.token}`, 'content-type': 'application/json', 'idempotency-key': '"lost answer"' },
        body: JSON.stringify(body)
      })
    const before = ((await (await ssf(clients.spain, 'GET', 'streams')).json()) as unknown[]).length
    const [first, again] = [await ask(poll), await ask(poll)]
    const stream = (await first.json()) as Config
    expect([again.status, again.headers.get('idempotency-replayed'), await again.json()]).toEqual([201, 'true', stream])
    expect(again.headers.get('etag')).toBe(first.headers.get('etag'))
    expect((await ask({ ...poll, description: 'another' })).status).toBe(422)
    expect(await (await ssf(clients.spain, 'GET', 'streams')).json()).toHaveLength(before + 1)

    // As a process leaves it that dies after the stream was made, and as a lost database does.
    const died = sql`update idempotency set status = null, headers = null, body = null, created_at = created_at - interval '11 seconds' where client_id = 'spain'`
    const lost = sql`delete from idempotency where client_id = 'spain'`
    for (const end of [died, lost]) {
      await owner.query(end)
      const repeated = await ask(poll)
      expect([repeated.status, repeated.headers.get('idempotency-replayed'), await repeated.json()]).toEqual([201, null, stream])
      expect(await (await ssf(clients.spain, 'GET', 'streams')).json()).toHaveLength(before + 1)
    }

    expect((await ssf(clients.spain, 'DELETE', `streams?stream_id=${stream.stream_id}`)).status).toBe(204)
    await owner.query(lost)
    const anew = (await (await ask(poll)).json()) as Config
    expect(anew.stream_id).not.toBe(stream.stream_id)
    expect((await ssf(clients.spain, 'DELETE', `streams?stream_id=${anew.stream_id}`)).status).toBe(204)
  })

  test('PATCH changes what it names, PUT sets back what it does not', async () => {
    const { stream_id } = await create(clients.spain, {
      ...poll,
      events_requested: [uri('visa.issued')],
      description: 'visas',
      redeliver_after: 60
    })
    const patched = (await (await ssf(clients.spain, 'PATCH', 'streams', { stream_id, description: 'all visas' })).json()) as Config
    expect(patched).toMatchObject({ description: 'all visas', events_requested: [uri('visa.issued')], redeliver_after: 60 })
    const replaced = (await (
      await ssf(clients.spain, 'PUT', 'streams', { stream_id, events_requested: [uri('visa.refused')] })
    ).json()) as Config
    expect(replaced).toMatchObject({ events_delivered: [uri('visa.refused')], redeliver_after: 30 })
    expect(replaced.description).toBeUndefined()
    expect(await (await ssf(clients.spain, 'PUT', 'streams', { stream_id })).json()).toEqual(
      await create(clients.spain, {}).then(fresh => ({
        ...fresh,
        stream_id,
        delivery: { ...fresh.delivery, endpoint_url: `${t.url}/v1/streams/${stream_id}/poll` }
      }))
    )
  })

  test.each(['\u0000', 'a\ud800', '\u001b[2J'])('a description of %j is refused, and is no fault of ours', async description => {
    const answer = await ssf(clients.spain, 'POST', 'streams', { ...poll, description })
    expect([answer.status, ((await answer.json()) as { errors: { pointer: string }[] }).errors]).toEqual([
      400,
      [expect.objectContaining({ pointer: '/description' })]
    ])
  })

  test('with If-Match a change is made to the version that was read, or not at all', async () => {
    const made = await ssf(clients.spain, 'POST', 'streams', { ...poll, description: 'first' })
    const { stream_id } = (await made.json()) as Config
    const path = `streams?stream_id=${stream_id}`
    const tagOf = (response: Response) => response.headers.get('etag') ?? ''
    const before = tagOf(made)
    expect(before).toMatch(/^"[\w-]{43}"$/)
    expect(tagOf(await ssf(clients.spain, 'GET', path))).toBe(before)
    const known = await ssf(clients.spain, 'GET', path, undefined, { 'if-none-match': before })
    expect([known.status, await known.text()]).toEqual([304, ''])
    const change = (method: string, named: string, description: string) =>
      ssf(clients.spain, method, 'streams', { stream_id, description }, { 'if-match': named })
    const changed = await change('PATCH', `"other", ${before}`, 'second')
    expect(changed.status).toBe(200)
    const now = tagOf(changed)
    for (const stale of [
      await change('PATCH', before, 'third'),
      await change('PUT', before, 'third'),
      // A weak tag is no version's.
      await change('PATCH', `W/${now}`, 'third'),
      await ssf(clients.spain, 'DELETE', path, undefined, { 'if-match': before })
    ])
      expect(await problemOf(stale)).toMatchObject({ http: 412, type: `${t.url}/problems/precondition-failed` })
    expect((await read(clients.spain, stream_id)).description).toBe('second')
    expect((await change('PUT', '*', 'third')).status).toBe(200)
    const last = tagOf(await ssf(clients.spain, 'GET', path))
    expect((await ssf(clients.spain, 'DELETE', path, undefined, { 'if-match': last })).status).toBe(204)
  })

  test('of changes at once, each is made to what it read or refused: none undoes another in silence', async () => {
    const { stream_id } = await create(clients.spain, { ...poll, redeliver_after: 40 })
    const answers = await Promise.all([
      ...[41, 42, 43].map(redeliver_after => ssf(clients.spain, 'PATCH', 'streams', { stream_id, redeliver_after })),
      ...['a', 'b', 'c'].map(description => ssf(clients.spain, 'PATCH', 'streams', { stream_id, description }))
    ])
    const made = answers.filter(({ status }) => status === 200)
    expect(made.length).toBeGreaterThan(0)
    for (const answer of answers) expect([200, 409]).toContain(answer.status)
    const changes = await owner.query(sql`select id from audit where action = 'stream.changed' and about = ${stream_id}`)
    expect(changes).toHaveLength(made.length)
  })

  test('members that are ours come back as they are, and are refused when they are another', async () => {
    const stream = await create(clients.spain, poll)
    expect(
      (await ssf(clients.spain, 'PUT', 'streams', { ...stream, aud: ['spain'], events_supported: stream.events_supported.toReversed() }))
        .status
    ).toBe(200)
    for (const method of ['PATCH', 'PUT'])
      for (const changed of [
        { aud: 'other' },
        { iss: 'https://other' },
        { events_delivered: [] },
        { events_supported: [] },
        { min_verification_interval: 1 }
      ])
        expect(await problemOf(await ssf(clients.spain, method, 'streams', { stream_id: stream.stream_id, ...changed }))).toMatchObject({
          http: 400,
          errors: [{ pointer: `/${Object.keys(changed)[0]}`, code: 'read-only' }]
        })
    expect(await read(clients.spain, stream.stream_id)).toEqual(stream)
  })

  test('a client has five streams at most, also when it makes eight at once', async () => {
    const statuses = await Promise.all(Array.from({ length: 8 }, async () => (await ssf(clients.spain, 'POST', 'streams', poll)).status))
    expect(statuses.toSorted()).toEqual([201, 201, 201, 201, 201, 409, 409, 409])
  })

  test('another client’s stream looks like none, whatever is asked of it', async () => {
    const { stream_id } = await create(clients.spain, poll)
    const asked = async (id: string) => [
      await problemOf(await ssf(clients.other, 'GET', `streams?stream_id=${id}`)),
      await problemOf(await ssf(clients.other, 'PATCH', 'streams', { stream_id: id })),
      await problemOf(await ssf(clients.other, 'PUT', 'streams', { stream_id: id })),
      await problemOf(await ssf(clients.other, 'DELETE', `streams?stream_id=${id}`)),
      await problemOf(await ssf(clients.other, 'GET', `status?stream_id=${id}`)),
      await problemOf(await ssf(clients.other, 'POST', 'status', { stream_id: id, status: 'disabled' })),
      await problemOf(await ssf(clients.other, 'POST', 'verify', { stream_id: id }))
    ]
    const foreign = await asked(stream_id)
    expect(foreign).toEqual(await asked('s-unknown'))
    expect(new Set(foreign.map(({ http }) => http))).toEqual(new Set([404]))
    expect(await (await ssf(clients.spain, 'GET', `status?stream_id=${stream_id}`)).json()).toEqual({ stream_id, status: 'enabled' })
  })

  test('no event of those asked for may be had: 403, never a stream without events', async () => {
    for (const events_requested of [[], [uri('offer.published')], ['https://other.example/event'], [uri('__proto__')]])
      expect(await problemOf(await ssf(clients.spain, 'POST', 'streams', { ...poll, events_requested }))).toMatchObject({
        http: 403,
        type: `${t.url}/problems/forbidden`
      })
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
    expect((await ssf(reader, 'GET', 'status?stream_id=x')).status).toBe(404)
    const manager = await restClient(t, 'manager', ['ssf.manage'], { role: 'authority' })
    expect((await pollStream(manager, await create(manager, poll))).status).toBe(200)
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
    ['a redelivery too soon', { ...poll, redeliver_after: 4 }],
    ['a redelivery too late', { ...poll, redeliver_after: 3_601 }],
    ['events that are no list', { ...poll, events_requested: 'all' }]
  ])('%s is refused', async (_what, body) => {
    expect(await problemOf(await ssf(clients.spain, 'POST', 'streams', body))).toMatchObject({ http: 400 })
    expect(await (await ssf(clients.spain, 'GET', 'streams')).json()).toEqual([])
  })
})

describe('polled', () => {
  test('an agency is handed its own people alone, and what it acknowledges counts as disclosed to it', async () => {
    const stream = await create(clients.kenitra, { ...poll, events_requested: [uri('candidate.registered')] })
    await somebody('ANP-BEM-01')
    await somebody('ANP-KEN-01')
    const { sets } = await pollStream(clients.kenitra, stream)
    const [[jti, token] = ['', '']] = Object.entries(sets)
    expect(Object.keys(sets)).toHaveLength(1)
    const jwks = createRemoteJWKSet(new URL(`${t.url}/.well-known/jwks.json`))
    const { payload, protectedHeader } = await jwtVerify(token, jwks, { issuer: t.url, audience: 'kenitra', typ: 'secevent+jwt' })
    expect(protectedHeader.alg).toBe('ES256')
    expect(payload).toEqual({
      iss: t.url,
      aud: 'kenitra',
      jti: expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/),
      iat: expect.any(Number),
      toe: Date.parse('2026-01-10T09:00:00Z') / 1000,
      txn: expect.stringMatching(/^[\w-]{22}$/),
      sub_id: { format: 'opaque', id: expect.any(String) },
      events: {
        [uri('candidate.registered')]: expect.objectContaining({
          version: 1,
          registration: expect.objectContaining({ agency: 'ANP-KEN-01' })
        })
      }
    })
    expect(payload.jti).toBe(jti)
    expect(Math.abs((payload.iat as number) - Date.now() / 1000)).toBeLessThan(60)
    const schema = (await (await fetch(uri('candidate.registered'))).json()) as object
    const validate = new Ajv2020({ strict: false, validateFormats: false }).compile(schema)
    validate((payload.events as Record<string, unknown>)[uri('candidate.registered')])
    expect(validate.errors).toBeNull()
    expect((await pollStream(clients.kenitra, stream, { ack: [jti] })).sets).toEqual({})
    const disclosed = await owner.query(sql`select partner_id from disclosure where partner_id = ${stream.stream_id}`)
    expect(disclosed).toHaveLength(1)
  })

  test('what a late event made wrong is corrected under the txn of that event, and other recipients know it by another', async () => {
    const streams = [
      [clients.spain, await create(clients.spain, poll)],
      [clients.other, await create(clients.other, poll)]
    ] as const
    await somebody()
    const say = (type: 'candidate.preselected' | 'candidate.selected' | 'candidate.withdrew', day: number, payload = {}) =>
      t.submit({ person: lastPerson(), type, at: `2026-01-${day}T09:00:00Z`, payload: { campaign: 2026, ...payload } as never })
    await say('candidate.preselected', 11)
    await say('candidate.selected', 16, samplePayload('candidate.selected', 1))
    for (const [client, stream] of streams) await pollStream(client, stream, { ack: Object.keys((await pollStream(client, stream)).sets) })
    await say('candidate.withdrew', 15)
    const txns = await Promise.all(
      streams.map(async ([client, stream]) =>
        Object.values((await pollStream(client, stream)).sets).map(token => {
          const { txn, events } = decodeJwt(token)
          return [Object.keys(events as object)[0], txn]
        })
      )
    )
    const [spain, other] = txns.map(([first]) => first?.[1])
    expect(txns).toEqual(
      [spain, other].map(txn => [
        [uri('candidate.withdrew'), txn],
        [uri('record.corrected'), txn]
      ])
    )
    expect(spain).not.toBe(other)
  })

  test('a verification comes with its state, about the stream; the next one may be asked for after a minute', async () => {
    const stream = await create(clients.spain, poll)
    const { stream_id } = stream
    const verified = await ssf(clients.spain, 'POST', 'verify', { stream_id, state: 'VGhpcyBpcw==' })
    expect([verified.status, await verified.text()]).toEqual([204, ''])
    const [token = ''] = Object.values((await pollStream(clients.spain, stream)).sets)
    expect(decodeJwt(token)).toEqual({
      iss: t.url,
      aud: 'spain',
      jti: expect.any(String),
      iat: expect.any(Number),
      toe: expect.any(Number),
      txn: expect.any(String),
      sub_id: { format: 'opaque', id: stream_id },
      events: { 'https://schemas.openid.net/secevent/ssf/event-type/verification': { state: 'VGhpcyBpcw==' } }
    })
    const soon = await ssf(clients.spain, 'POST', 'verify', { stream_id })
    expect(Number(soon.headers.get('retry-after'))).toBeGreaterThan(50)
    expect(await problemOf(soon)).toMatchObject({ http: 429, 'violated-policies': ['verifications-per-stream'] })
    expect((await ssf(clients.spain, 'POST', 'verify', { stream_id, state: 'x'.repeat(1_025) })).status).toBe(400)
  })

  test('the state of a verification is sealed: the database does not hold it in clear', async () => {
    const { stream_id } = await create(clients.spain, poll)
    expect((await ssf(clients.spain, 'POST', 'verify', { stream_id, state: `ImAState${'x'.repeat(1_016)}` })).status).toBe(204)
    const rows = await owner.query(
      sql`select 1 as one from event where type = 'stream.verification' and position('ImAState'::bytea in body) > 0`
    )
    expect(rows).toEqual([])
  })

  test('paused holds, enabled goes on where it stopped, and neither is told to whoever asked for it', async () => {
    const stream = await create(clients.spain, { ...poll, events_requested: [uri('candidate.registered')] })
    const { stream_id } = stream
    expect(await (await ssf(clients.spain, 'POST', 'status', { stream_id, status: 'paused', reason: 'upgrade' })).json()).toEqual({
      stream_id,
      status: 'paused',
      reason: 'upgrade'
    })
    await somebody()
    const started = performance.now()
    expect(await pollStream(clients.spain, stream, { returnImmediately: false })).toEqual({ status: 200, sets: {} })
    expect(performance.now() - started).toBeLessThan(5_000)
    await ssf(clients.spain, 'POST', 'status', { stream_id, status: 'enabled' })
    expect(Object.keys((await pollStream(clients.spain, stream)).sets)).toHaveLength(1)
  })

  test('disabled is 404 to a poll, what was owed is parked and comes back with the stream, and nothing more is owed meanwhile', async () => {
    const stream = await create(clients.spain, { ...poll, events_requested: [uri('candidate.registered')] })
    const { stream_id } = stream
    await somebody()
    await ssf(clients.spain, 'POST', 'status', { stream_id, status: 'disabled' })
    await somebody()
    expect((await pollStream(clients.spain, stream)).status).toBe(404)
    expect(await deliveriesOf(stream_id)).toMatchObject([{ state: 'parked', code: 'stream-disabled' }])
    expect((await ssf(clients.spain, 'POST', 'verify', { stream_id })).status).toBe(409)
    await ssf(clients.spain, 'POST', 'status', { stream_id, status: 'enabled' })
    expect(Object.keys((await pollStream(clients.spain, stream)).sets)).toHaveLength(1)
  })

  test('the operator’s stream is read, verified and paused by its receiver, and changed by the operator alone, who says so on the stream', async () => {
    const subscriptions = [{ type: 'authorization.granted' as const, agency: 'ANP-KEN-01' }]
    const fields = ['authorization.decision' as const]
    await openStream(
      t.house,
      { reason: 'test', id: 'by-hand', clientId: 'spain', role: 'migration-authority', audience: 'es', fields, subscriptions },
      'operator'
    )
    const stream = await read(clients.spain, 'by-hand')
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
      expect((await ssf(clients.spain, method, path, body)).status).toBe(403)
    await changePartnerStatus(t.house, 'by-hand', 'paused', 'operator', 'a reason for the audit')
    const told = async () => {
      const { sets } = await pollStream(clients.spain, stream)
      await pollStream(clients.spain, stream, { ack: Object.keys(sets) })
      return Object.values(sets).map(token => {
        const { events, sub_id } = decodeJwt(token)
        return [events, sub_id]
      })
    }
    const updated = (status: string) => [
      { 'https://schemas.openid.net/secevent/ssf/event-type/stream-updated': { status } },
      { format: 'opaque', id: 'by-hand' }
    ]
    expect(await told()).toEqual([updated('paused')])
    expect(await (await ssf(clients.spain, 'GET', 'status?stream_id=by-hand')).json()).toEqual({ stream_id: 'by-hand', status: 'paused' })
    await changePartnerStatus(t.house, 'by-hand', 'disabled', 'operator', 'a reason for the audit')
    expect((await pollStream(clients.spain, stream)).status).toBe(404)
    await changePartnerStatus(t.house, 'by-hand', 'active', 'operator', 'a reason for the audit')
    expect(await told()).toEqual([updated('disabled'), updated('enabled')])
  })

  test('a deleted stream is gone, and what it was owed is discarded', async () => {
    const stream = await create(clients.spain, { ...poll, events_requested: [uri('candidate.registered')] })
    await somebody()
    // As clients do that name a type on whatever they send.
    const typed = { 'content-type': 'application/json' }
    expect((await ssf(clients.spain, 'DELETE', `streams?stream_id=${stream.stream_id}`, undefined, typed)).status).toBe(204)
    expect((await ssf(clients.spain, 'GET', `streams?stream_id=${stream.stream_id}`)).status).toBe(404)
    expect((await pollStream(clients.spain, stream)).status).toBe(404)
    expect(await deliveriesOf(stream.stream_id)).toMatchObject([{ state: 'discarded' }])
    await somebody()
    expect(await deliveriesOf(stream.stream_id)).toHaveLength(1)
  })
})
