// Events pushed to a receiver (RFC 8935): what they carry, which answers are final, and when nobody is there.
import { createRemoteJWKSet, decodeProtectedHeader, jwtVerify } from 'jose'
import { describe, expect, test } from 'vitest'
import { listWaitingForPerson } from '../../src/flow/attend.ts'
import { openDocument } from '../../src/flow/documents.ts'
import { authorizationHeaderOf } from '../../src/flow/manage-streams.ts'
import { sql } from '../../src/store/database.ts'
import { lastDocument } from '../../src/store/documents.ts'
import { type Frame, joinDocument } from '../../src/trust/frame.ts'
import { until } from '../support/house.ts'
import type { Answer } from '../support/receiver.ts'
import { type Config, ssfScene } from '../support/ssf.ts'

const { t, receiver, uri, push, poll, clients, ssf, create, read, pollStream, somebody, lastPerson, hurry, deliveriesOf, only } =
  await ssfScene()
const { owner } = t.database

describe('pushed', () => {
  const registered = { events_requested: [uri('candidate.registered')] }
  const attempted = (id: string, attempts: number) =>
    until(`attempt ${attempts} is settled`, async () => {
      const row = await only(id)
      return row !== undefined && row.attempts >= attempts && !['dispatched', 'sending'].includes(row.state) && row
    })

  test('a SET comes with what a CloudEvents reader needs, is signed, and is accepted with its receipt', async () => {
    const { stream_id } = await create(clients.spain, { ...push({ authorization_header: 'Bearer of-the-receiver' }), ...registered })
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
    // It is its own document of one row, and both that it left and that it was taken are in the log.
    const document = await lastDocument(
      owner,
      (await owner.query<{ id: string }>(sql`select parcel_id as id from delivery where partner_id = ${stream_id}`))[0]?.id ?? ''
    )
    const { frame, rows } = await openDocument(t.house, owner, document ?? expect.fail('no document is kept'))
    expect(
      joinDocument(
        JSON.parse(frame) as Frame,
        rows.map(row => row.opened?.text ?? '')
      )
    ).toBe(got?.token)
    const inLog = await owner.query<{ kind: string; message: string; commitment: Buffer }>(sql`
      select kind, message, commitment from (
        select leaf_id, kind, message, source, commitment from ledger union all select id, kind, message, source, commitment from ledger_leaf) l
      where source = ${stream_id} and message = ${rows[0]?.about ?? ''} order by kind`)
    expect(inLog.map(({ kind }) => kind)).toEqual(['acknowledged', 'sent'])
    expect(inLog[1]?.commitment).toEqual(rows[0]?.opened?.commitment)
  })

  test('the header of the receiver is shown by nothing, is in no row in clear, stays with its address and goes with it', async () => {
    const { stream_id } = await create(clients.spain, push({ authorization_header: 'Bearer s3cr3t-of-the-receiver' }))
    expect(JSON.stringify(await read(clients.spain, stream_id))).not.toContain('s3cr3t')
    const rows = await owner.query<{ text: string }>(sql`select p::text as text from partner p`)
    expect(JSON.stringify(rows)).not.toContain('s3cr3t')
    const secrets = async () =>
      (await owner.query<{ secrets: Buffer | null }>(sql`select secrets from partner where id = ${stream_id}`))[0]?.secrets
    expect((await secrets())?.includes('s3cr3t')).toBe(false)
    await ssf(clients.spain, 'PATCH', 'streams', { stream_id, description: 'kept' })
    expect(await secrets()).not.toBeNull()
    await ssf(clients.spain, 'PATCH', 'streams', { stream_id, ...push({ endpoint_url: `${receiver.url}/elsewhere` }) })
    expect(await secrets()).toBeNull()
    expect(JSON.stringify(t.logs)).not.toContain('s3cr3t')
  })

  test('a header that is replaced stays replaced, whatever else is changed at the same moment', async () => {
    const { stream_id } = await create(clients.spain, push({ authorization_header: 'Bearer before' }))
    const [replaced, ...others] = await Promise.all([
      ssf(clients.spain, 'PATCH', 'streams', { stream_id, ...push({ authorization_header: 'Bearer after' }) }),
      ...['a', 'b', 'c', 'd'].map(description => ssf(clients.spain, 'PATCH', 'streams', { stream_id, description }))
    ])
    for (const { status } of others) expect([200, 409]).toContain(status)
    const [row] = await owner.query<{ id: string; secrets: Buffer }>(sql`select id, secrets from partner where id = ${stream_id}`)
    const kept = authorizationHeaderOf(t.house, row as NonNullable<typeof row>)
    expect([replaced?.status, kept]).toEqual(kept === 'Bearer after' ? [200, 'Bearer after'] : [409, 'Bearer before'])
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
    ['200 with a page that somebody else wrote', { status: 200, body: '<html>maintenance</html>' }, 'not-acknowledged'],
    ['200 with an error', { status: 200, body: '{"err":"invalid_request","description":"x"}' }, 'not-acknowledged'],
    ['503 that has us come back at once', { status: 503, headers: { 'retry-after': '0' } }, 'http-503'],
    ['a connection that is cut', { status: 0, cut: true }, 'no-answer']
  ]
  test.each(retried)(
    '%s is tried again by the schedule, as the same SET, and is accepted once it is taken',
    async (_what, answer, code) => {
      receiver.answer(answer)
      const { stream_id } = await create(clients.spain, { ...push(), ...registered })
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
  ])('Retry-After in %s lengthens the wait', async (_what, header, seconds) => {
    receiver.answer({ status: 503, headers: { 'retry-after': header() } })
    const { stream_id } = await create(clients.spain, { ...push(), ...registered })
    await somebody()
    const { waitSeconds } = await attempted(stream_id, 1)
    expect(Math.abs(waitSeconds - seconds)).toBeLessThan(15)
  })

  test.each([
    ['204', { status: 204 }],
    ['200 with a word of its own', { status: 200, body: '{"status":"stored"}' }]
  ])('%s is taken for an acknowledgement', async (_what, answer) => {
    receiver.answer(answer)
    const { stream_id } = await create(clients.spain, { ...push(), ...registered })
    await somebody()
    await until('it is accepted', async () => (await only(stream_id))?.state === 'accepted')
    expect(receiver.pushed).toHaveLength(1)
  })

  test.each(['invalid_request', 'invalid_issuer', 'invalid_audience'])(
    '400 %s is final: the lane goes on, a person sees it, and the words are kept sealed',
    async err => {
      receiver.answer({ status: 400, body: JSON.stringify({ err, description: 'Fatima is unknown' }) })
      const { stream_id } = await create(clients.spain, { ...push(), ...registered })
      await somebody()
      await until('it is refused', async () => (await only(stream_id))?.state === 'refused')
      expect(receiver.pushed).toHaveLength(1)
      expect(
        JSON.stringify(await owner.query(sql`select outcome_code, reason from delivery where partner_id = ${stream_id}`))
      ).not.toContain('Fatima')
      const waiting = await listWaitingForPerson(t.house, { kind: 'case', partnerId: stream_id, limit: 9 })
      expect(waiting).toMatchObject([{ state: 'refused', reason: expect.stringMatching(`refused it as ${err}`) }])
      expect(JSON.stringify(waiting)).not.toContain('Fatima')
    }
  )

  test('410 pauses the stream at once and somebody has to look; what is owed is held, and goes when it is enabled', async () => {
    receiver.answer({ status: 410 })
    const { stream_id } = await create(clients.spain, { ...push(), ...registered })
    await somebody()
    await until(
      'it is paused',
      async () =>
        (await read(clients.spain, stream_id)) &&
        ((await (await ssf(clients.spain, 'GET', `status?stream_id=${stream_id}`)).json()) as { status: string }).status === 'paused'
    )
    expect(await owner.query(sql`select state from case_file where kind = 'stream-paused' and reason like '%410%'`)).toContainEqual({
      state: 'open'
    })
    await somebody()
    await hurry(stream_id)
    expect((await deliveriesOf(stream_id)).map(({ state }) => state)).toEqual(['due', 'due'])
    receiver.answer({ status: 202 })
    await ssf(clients.spain, 'POST', 'status', { stream_id, status: 'enabled' })
    await until('both are accepted', async () => (await deliveriesOf(stream_id)).every(({ state }) => state === 'accepted'))
  })

  test('ten dead in a row pause the stream: its receiver is told so first, and one that arrives between them starts the count anew', async () => {
    const { stream_id } = await create(clients.spain, { ...push(), ...registered })
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
    const status = async () =>
      ((await (await ssf(clients.spain, 'GET', `status?stream_id=${stream_id}`)).json()) as { status: string }).status
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
    await ssf(clients.spain, 'POST', 'status', { stream_id, status: 'enabled' })
    await until('it goes', async () => receiver.pushed.length > before)
  })

  test('one person’s events come in their order: the second waits for the first', async () => {
    receiver.answer({ status: 503 })
    const { stream_id } = await create(clients.spain, {
      ...push(),
      events_requested: [uri('candidate.registered'), uri('candidate.preselected')]
    })
    await somebody()
    const registration = { agency: 'ANP-KEN-01', offers: [] }
    await t.submit({
      person: lastPerson(),
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
    const { stream_id } = await create(clients.spain, { ...push(), ...registered })
    await ssf(clients.spain, 'POST', 'verify', { stream_id, state: 's' })
    await until('it is verified', async () => receiver.pushed.some(({ event }) => event === 'verification'))
    receiver.answer({ status: 500 })
    await somebody()
    await until('the second is tried', async () => (await deliveriesOf(stream_id)).at(-1)?.attempts === 1)
    await until('and settled', async () => (await deliveriesOf(stream_id)).at(-1)?.state === 'due')
    const stream = (await (await ssf(clients.spain, 'PATCH', 'streams', { stream_id, ...poll })).json()) as Config
    expect(Object.keys((await pollStream(clients.spain, stream)).sets)).toEqual([receiver.pushed.at(-1)?.claims.jti])
  })
})
