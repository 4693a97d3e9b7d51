import { request as httpRequest } from 'node:http'
import { connect } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { memoryBudgets } from '../../src/http/budget.ts'
import { problemTypes } from '../../src/http/problems.ts'
import { traceOf } from '../../src/http/trace.ts'
import { addClient, type Started, setOf, startApp, tokenOf, until } from './double.ts'

let house: Started
beforeAll(async () => {
  house = await startApp()
  await addClient(house, 'anapec', ['set.push'])
})
afterAll(() => house.close())

const get = (path: string, headers: Record<string, string> = {}) => fetch(`${house.issuer}${path}`, { headers, redirect: 'manual' })
const portOf = ({ issuer }: { issuer: string }) => Number(new URL(issuer).port)

/** Writes `text` piece by piece to a bare socket; gives all that came back once it is closed, or after `patienceMs`. */
const talk = (
  port: number,
  pieces: string[],
  { everyMs = 0, patienceMs = 8_000 } = {}
): Promise<{ answer: string; closedAfterMs: number | null }> =>
  new Promise(resolve => {
    const start = performance.now()
    let answer = ''
    const socket = connect(port, '127.0.0.1')
    const timers = pieces.map((piece, index) => setTimeout(() => socket.writable && socket.write(piece), index * everyMs))
    const end = (closedAfterMs: number | null) => {
      for (const timer of [...timers, patience]) clearTimeout(timer)
      socket.destroy()
      resolve({ answer, closedAfterMs })
    }
    const patience = setTimeout(() => end(null), patienceMs)
    socket.on('data', data => (answer += data.toString()))
    socket.on('error', () => {})
    socket.on('close', () => end(performance.now() - start))
  })

describe('discovery', () => {
  it('tells what RFC 8414 and 9728 ask, every address absolute and of this issuer', async () => {
    for (const name of ['oauth-authorization-server', 'openid-configuration']) {
      const response = await get(`/.well-known/${name}`)
      expect(response.status).toBe(200)
      expect(await response.json()).toMatchObject({
        issuer: house.issuer,
        token_endpoint: `${house.issuer}/oauth/token`,
        registration_endpoint: `${house.issuer}/oauth/register`,
        jwks_uri: `${house.issuer}/.well-known/jwks.json`,
        response_types_supported: [],
        grant_types_supported: ['client_credentials'],
        token_endpoint_auth_methods_supported: ['private_key_jwt'],
        token_endpoint_auth_signing_alg_values_supported: ['ES256', 'PS256', 'EdDSA', 'Ed25519'],
        scopes_supported: expect.arrayContaining(['set.push', 'ssf.read', 'ssf.manage'])
      })
    }
    expect(await (await get('/.well-known/oauth-protected-resource')).json()).toEqual({
      resource: house.issuer,
      authorization_servers: [house.issuer],
      jwks_uri: `${house.issuer}/.well-known/jwks.json`,
      scopes_supported: expect.arrayContaining(['set.push', 'ssf.read', 'ssf.manage']),
      bearer_methods_supported: ['header'],
      tls_client_certificate_bound_access_tokens: false,
      resource_documentation: `${house.issuer}/docs`
    })
  })

  it('names no address where there is nothing', async () => {
    const documents = ['oauth-authorization-server', 'oauth-protected-resource', 'ssf-configuration']
    const named = new Set<string>()
    for (const name of documents)
      for (const value of Object.values((await (await get(`/.well-known/${name}`)).json()) as object))
        if (typeof value === 'string' && value.startsWith(`${house.issuer}/`)) named.add(value)
    const answers = await Promise.all(
      [...named].map(async url => [
        url.slice(house.issuer.length),
        (await fetch(url)).status,
        (await fetch(url, { method: 'POST' })).status
      ])
    )
    expect(answers.toSorted()).toEqual([
      ['/.well-known/jwks.json', 200, 405],
      ['/docs', 200, 405],
      ['/oauth/register', 405, 401],
      ['/oauth/token', 405, 400],
      ['/ssf/status', 401, 401],
      ['/ssf/streams', 401, 401],
      ['/ssf/verify', 405, 401]
    ])
  })

  it('shows the public keys without a redirect, cacheable for five minutes', async () => {
    const response = await get('/.well-known/jwks.json', { authorization: 'Bearer whatever' })
    expect(response.status).toBe(200)
    expect(response.headers.get('content-type')).toBe('application/jwk-set+json')
    expect(response.headers.get('cache-control')).toBe('public, max-age=300')
    const { keys } = (await response.json()) as { keys: Record<string, unknown>[] }
    expect(keys).toEqual([{ ...house.tokenKey.jwk, kid: house.tokenKey.kid, alg: 'ES256', use: 'sig' }])
    const again = await get('/.well-known/jwks.json', { 'if-none-match': response.headers.get('etag') ?? '' })
    expect(again.status).toBe(304)
  })

  it.each(['/.well-known/oauth-authorization-server', '/.well-known/ssf-configuration', '/schemas/placement-record', '/openapi.json'])(
    'has an entity tag at %s, and is not told again to whoever has that version',
    async path => {
      const tag = (await get(path)).headers.get('etag') ?? ''
      expect(tag).toMatch(/^"[\w-]{43}"$/)
      for (const known of [tag, `W/${tag}`, `"other", ${tag}`, '*']) {
        const again = await get(path, { 'if-none-match': known })
        expect([known, again.status, again.headers.get('etag'), await again.text()]).toEqual([known, 304, tag, ''])
      }
      expect((await get(path, { 'if-none-match': '"other"' })).status).toBe(200)
    }
  )

  it('serves the schema of each event at its URI, and of nothing else', async () => {
    const response = await get('/ns/event/v1/candidate.selected')
    expect(response.headers.get('content-type')).toMatch(/^application\/schema\+json/)
    expect(await response.json()).toMatchObject({ $schema: 'https://json-schema.org/draft/2020-12/schema', title: 'candidate.selected' })
    expect((await get('/schemas/placement-record')).status).toBe(200)
    for (const path of [
      '/ns/event/v1/placement-record',
      '/ns/event/v1/nothing',
      '/ns/event/v1/..%2f..%2f..%2fpackage',
      '/schemas/%2e%2e%2fplacement',
      '/schemas/__proto__'
    ]) {
      expect([path, (await get(path)).status]).toEqual([path, 404])
    }
  })

  it('has a page for each problem, and describes itself', async () => {
    for (const slug of Object.keys(problemTypes)) {
      const response = await get(`/problems/${slug}`)
      expect([slug, response.status, response.headers.get('content-type')]).toEqual([slug, 200, 'text/html; charset=utf-8'])
    }
    expect((await get('/problems/constructor')).status).toBe(404)
    expect(await (await get('/openapi.json')).json()).toMatchObject({
      openapi: expect.stringMatching(/^3\.1/),
      servers: [{ url: house.issuer }],
      webhooks: { securityEvent: {} }
    })
    expect((await get('/docs')).status).toBe(200)
  })
})

describe('health', () => {
  it('is well as long as it answers, and ready as long as the house is', async () => {
    expect((await get('/healthz')).status).toBe(200)
    expect(await (await get('/readyz')).json()).toEqual({ status: 'ok' })
    house.ready = { ready: false, because: 'migration 0007 is pending' }
    const response = await get('/readyz')
    expect([response.status, await response.json()]).toEqual([503, { status: 'unavailable' }])
    expect(house.lines.at(-2)).toMatchObject({ name: 'http.not-ready', fields: { because: 'migration 0007 is pending' } })
    house.ready = { ready: true }
  })
})

describe('errors of the rest', () => {
  it.each(['/nothing', '/v1', '/v1/sets/%ff', '/%', '/.well-known/', '/v1/streams/S1'])(
    '%s is a problem, with a type that leads to a page and the id of the request',
    async path => {
      const response = await get(path)
      expect([400, 401, 404]).toContain(response.status)
      expect(response.headers.get('content-type')).toMatch(/^application\/problem\+json/)
      const problem = (await response.json()) as { type: string; status: number; instance: string }
      expect(problem.status).toBe(response.status)
      expect(problem.instance).toMatch(/^urn:uuid:[0-9a-f-]{36}$/)
      expect((await fetch(problem.type)).status).toBe(200)
    }
  )

  it.each(['/docs/static/%00', `/docs/static/${'a'.repeat(256)}`])('%s is not there, and no fault of ours', async path => {
    const response = await get(path)
    expect([response.status, response.headers.get('content-type')]).toEqual([404, 'application/problem+json'])
  })

  it.each([
    ['GET', '/oauth/token', 405, 'POST', 'application/json', 'error'],
    ['POST', '/oauth/tokens', 404, null, 'application/json', 'error'],
    ['GET', '/oauth/%', 400, null, 'application/json', 'error'],
    ['PUT', '/v1/sets', 405, 'GET, HEAD, POST', 'application/problem+json', 'type'],
    ['DELETE', '/v1/streams/S1/poll?x=1', 405, 'POST', 'application/problem+json', 'type'],
    ['PUT', '/v1/placements/some%2Fthing', 405, 'GET, HEAD, PATCH', 'application/problem+json', 'type'],
    ['POST', '/docs/static/index.html', 405, 'GET, HEAD', 'application/problem+json', 'type'],
    ['POST', '/v1/placements/a/b', 404, null, 'application/problem+json', 'type']
  ] as const)(
    '%s %s is refused with %i in the dialect of its address, with the methods that it takes',
    async (method, path, status, allow, type, member) => {
      const body = method === 'GET' ? null : 'anything'
      const response = await fetch(`${house.issuer}${path}`, { method, body })
      expect([response.status, response.headers.get('allow'), response.headers.get('content-type')]).toEqual([status, allow, type])
      expect(await response.json()).toHaveProperty(member)
    }
  )

  it('never takes an id of a request from outside', async () => {
    const { instance } = (await (await get('/nothing', { 'x-request-id': 'mine', 'request-id': 'mine' })).json()) as { instance: string }
    expect(instance).not.toContain('mine')
  })
})

describe("a partner's message", () => {
  const send = (partner: string, body: string, headers: Record<string, string> = { 'content-type': 'text/xml; charset=utf-8' }) =>
    fetch(`${house.issuer}/v1/inbound/${partner}`, { method: 'POST', headers, body })

  it('is taken as it is, whatever its type, once its own signature holds', async () => {
    house.messages.length = 0
    const response = await send('gecco', '<a> é </a>\n', {
      'content-type': 'text/xml',
      soapaction: '"x"',
      authorization: 'Bearer y',
      cookie: 'z'
    })
    expect([response.status, await response.text()]).toEqual([202, ''])
    expect(house.messages[0]).toMatchObject({ contentType: 'text/xml', body: '<a> é </a>\n', headers: { soapaction: '"x"' } })
    expect(house.messages[0]?.headers).not.toHaveProperty('authorization')
    expect(house.messages[0]?.headers).not.toHaveProperty('cookie')
  })

  it('is refused from a partner we do not know, and when it is not authentic', async () => {
    expect((await send('nobody', '<a/>')).status).toBe(404)
    expect((await send('impostor', '<a/>')).status).toBe(401)
  })

  it('is refused when it is compressed', async () => {
    expect((await send('gecco', '<a/>', { 'content-type': 'text/xml', 'content-encoding': 'gzip' })).status).toBe(415)
  })
})

describe('what is logged', () => {
  it('is one line per answer, with the pattern of the route, and nothing that was sent', async () => {
    const canary = 'AB1234567'
    const token = await tokenOf(house, 'anapec')
    house.lines.length = 0
    await get(`/v1/sets/${canary}?q=${canary}`, {
      authorization: `Bearer ${token}`,
      'user-agent': `${canary}\u001b[31m`.replace('\u001b', ''),
      'x-canary': canary
    })
    await get(`/${canary}`)
    await fetch(`${house.issuer}/v1/sets`, {
      method: 'POST',
      headers: { 'content-type': 'application/secevent+jwt', authorization: `Bearer ${token}` },
      body: await setOf(house, 'anapec', { jti: canary, iss: canary })
    })
    await fetch(`${house.issuer}/v1/inbound/${canary}`, {
      method: 'POST',
      headers: { 'content-type': 'text/xml' },
      body: `<a>${canary}</a>`
    })
    expect(house.lines.map(({ name, fields }) => [name, fields.route, fields.status, fields.client])).toEqual([
      ['http.answered', '/v1/sets/:jti', 404, 'anapec'],
      ['http.answered', null, 404, null],
      ['http.answered', '/v1/sets', 400, 'anapec'],
      ['http.answered', '/v1/inbound/:partner', 404, null]
    ])
    expect(JSON.stringify(house.lines)).not.toContain(canary)
  })
})

describe('limits on the wire', () => {
  it('refuses headers of more than 16 KiB and more than 64 of them with 431', async () => {
    const { answer } = await talk(portOf(house), [`GET /healthz HTTP/1.1\r\nHost: a\r\nX-Long: ${'a'.repeat(17 * 1024)}\r\n\r\n`])
    expect(answer).toMatch(/^HTTP\/1\.1 431 /)
    expect(answer).toContain('application/problem+json')
    const headers = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, index) => [`x-h${index}`, 'v']))
    const statusWith = (count: number) =>
      new Promise<number>((resolve, reject) => {
        const sent = httpRequest(`${house.issuer}/healthz`, { headers: headers(count) }, response => {
          response.resume()
          resolve(response.statusCode ?? 0)
        })
        sent.on('error', reject).end()
      })
    expect(await statusWith(60)).toBe(200)
    for (const count of [65, 200]) expect(await statusWith(count)).toBe(431)
  })

  it('answers what is no HTTP with 400 and closes', async () => {
    const { answer, closedAfterMs } = await talk(portOf(house), ['\x16\x03\x01\x02\x00\r\n\r\n'])
    expect(answer).toMatch(/^HTTP\/1\.1 400 /)
    expect(closedAfterMs).not.toBeNull()
  })

  it('refuses a Host that is missing or twice given, in the words of any other refusal', async () => {
    for (const hosts of ['', 'Host: a\r\nHost: b\r\n']) {
      const { answer } = await talk(portOf(house), [`GET /healthz HTTP/1.1\r\n${hosts}Connection: close\r\n\r\n`])
      expect(answer).toMatch(/^HTTP\/1\.1 400 /)
      expect(answer).toContain('send one Host header')
    }
    expect((await talk(portOf(house), ['GET /healthz HTTP/1.0\r\n\r\n'])).answer).toMatch(/^HTTP\/1\.1 200 /)
  })

  it('passes over an expectation that it does not know', async () => {
    const { answer } = await talk(portOf(house), ['GET /healthz HTTP/1.1\r\nHost: a\r\nExpect: wonders\r\nConnection: close\r\n\r\n'])
    expect(answer).toMatch(/^HTTP\/1\.1 200 /)
  })

  it('refuses whoever comes on an open connection while it closes, in the words of the surface and with Retry-After', async () => {
    const closing = await startApp()
    await addClient(closing, 'anapec', ['set.push'])
    const [token, set] = [await tokenOf(closing, 'anapec'), await setOf(closing, 'anapec')]
    let goOn = () => {}
    let isBusy = false
    closing.ingest = () => {
      isBusy = true
      return new Promise(resolve => (goOn = () => resolve({ status: 'accepted', eventId: 'e' })))
    }
    const head = `POST /v1/sets HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${token}\r\nContent-Type: application/secevent+jwt\r\nContent-Length: ${set.length}\r\n\r\n`
    const socket = connect(portOf(closing), '127.0.0.1')
    let answers = ''
    socket.on('data', data => (answers += data.toString()))
    const ended = new Promise(resolve => socket.on('close', resolve))
    socket.write(head + set)
    await until(() => isBusy)
    const closed = closing.close()
    let isRefused = false
    while (!isRefused)
      isRefused = await fetch(`${closing.issuer}/healthz`).then(
        () => false,
        () => true
      )
    socket.write(head.replace('\r\n', '\r\nAccept-Language: es\r\n') + set)
    socket.write('GET /v1/nothing HTTP/1.1\r\nHost: a\r\n\r\n')
    goOn()
    await Promise.all([ended, closed])
    const [first, second] = answers.split(/(?=HTTP\/1\.1 \d)/)
    expect(first).toMatch(/^HTTP\/1\.1 202 /)
    expect(second).toMatch(
      /^HTTP\/1\.1 503 .*\r\nretry-after: 5\r\n.*\{"description":"la pasarela se está deteniendo: envíelo de nuevo dentro de un momento"\}$/s
    )
  })

  it('refuses a length that is contradicted, twice given, or smuggled past by chunks', async () => {
    const head = 'POST /v1/sets HTTP/1.1\r\nHost: a\r\nContent-Type: application/secevent+jwt\r\n'
    for (const rest of [
      'Content-Length: 4\r\nContent-Length: 5\r\n\r\naaaaa',
      'Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
      'Content-Length: -1\r\n\r\n'
    ]) {
      expect((await talk(portOf(house), [head + rest])).answer).toMatch(/^HTTP\/1\.1 400 /)
    }
  })

  describe('when something comes too slowly', () => {
    let strict: Started
    beforeAll(async () => {
      strict = await startApp({ timeouts: { requestMs: 1_000, headersMs: 700, checkEveryMs: 200 } })
    })
    afterAll(() => strict.close())

    it('closes a socket whose header drips, and one whose body drips, with 408', async () => {
      const port = portOf(strict)
      const header = ['GET /healthz HTTP/1.1\r\nHost: a\r\n', ...Array.from({ length: 40 }, () => 'X-A: b\r\n')]
      const body = [
        'POST /oauth/token HTTP/1.1\r\nHost: a\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 1000\r\n\r\n',
        ...Array.from({ length: 40 }, () => 'a')
      ]
      const set = [
        'POST /v1/sets HTTP/1.1\r\nHost: a\r\nContent-Type: application/secevent+jwt\r\nContent-Length: 1000\r\n\r\n',
        ...body.slice(1)
      ]
      // One that was answered on the same connection says nothing about the header that drips behind it.
      const behind = [`GET /oauth/token HTTP/1.1\r\nHost: a\r\n\r\n${header[0]}`, ...header.slice(1)]
      const [drippingHeader, drippingBody, drippingSet, drippingBehind] = await Promise.all(
        [header, body, set, behind].map(pieces => talk(port, pieces, { everyMs: 150 }))
      )
      for (const [got, member] of [
        [drippingHeader, '"type":'],
        [drippingBody, '{"error":"invalid_request",'],
        [drippingSet, '{"description":'],
        [drippingBehind, '"type":']
      ] as const) {
        const answer = got?.answer.slice(got.answer.indexOf('HTTP/1.1 408 '))
        expect(answer).toMatch(/^HTTP\/1\.1 408 /)
        expect(answer).toContain(member)
        expect(got?.closedAfterMs).toBeLessThan(3_000)
      }
    })

    it('still answers others within a second while 200 sockets drip', async () => {
      const port = portOf(strict)
      const dripping = Array.from({ length: 200 }, () =>
        talk(port, ['GET /healthz HTTP/1.1\r\n', ...Array.from({ length: 20 }, () => 'X-A: b\r\n')], { everyMs: 100 })
      )
      const start = performance.now()
      expect((await fetch(`${strict.issuer}/healthz`)).status).toBe(200)
      expect(performance.now() - start).toBeLessThan(1_000)
      await Promise.all(dripping)
    })

    it('lets a poll wait longer than a request may take to arrive', async () => {
      await addClient(strict, 'spain', ['ssf.read'])
      const bearer = await tokenOf(strict, 'spain')
      const answer = fetch(`${strict.issuer}/v1/streams/S1/poll`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: `Bearer ${bearer}` },
        body: '{}'
      })
      await new Promise(resolve => setTimeout(resolve, 1_600))
      strict.stream.owed = [{ jti: 'j', token: 't' }]
      strict.wake()
      expect(await (await answer).json()).toEqual({ sets: { j: 't' } })
    })
  })
})

describe('the trace of a request', () => {
  const good = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01'
  it('goes on under a span of ours', () => {
    const { traceparent, tracestate } = traceOf(good, ['a=1', 'b=2'])
    expect(traceparent).toMatch(/^00-4bf92f3577b34da6a3ce929d0e0e4736-[0-9a-f]{16}-01$/)
    expect(traceparent).not.toContain('00f067aa0ba902b7')
    expect(tracestate).toBe('a=1,b=2')
    expect(traceOf('cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-03-what-comes', undefined).traceparent).toMatch(/^00-4bf9.*-01$/)
  })

  const bad = [
    undefined,
    '',
    'x',
    good.toUpperCase(),
    good.replace('00-4', 'ff-4'),
    `${good}-more`,
    good.replace(/4bf9[0-9a-f]+/, '0'.repeat(32)),
    good.replace('00f067aa0ba902b7', '0'.repeat(16)),
    [good, good],
    ` ${good}`
  ]
  it.each(bad)('begins anew for %j', header => {
    const { traceparent, tracestate } = traceOf(header as string, 'a=1')
    expect(traceparent).toMatch(/^00-(?!4bf92f35)[0-9a-f]{32}-[0-9a-f]{16}-00$/)
    expect(tracestate).toBeUndefined()
  })

  it('leaves a tracestate of more than 512 characters behind', () => {
    expect(traceOf(good, 'a'.repeat(513)).tracestate).toBeUndefined()
  })
})

describe('a budget', () => {
  it('allows what it says in a minute, and fills up again as time passes', () => {
    const budgets = memoryBudgets()
    const allowed = (nowMs: number) => budgets.take('sets', 'c', 60, nowMs) === 0
    expect(Array.from({ length: 61 }, () => allowed(0)).filter(Boolean)).toHaveLength(60)
    expect(budgets.take('sets', 'c', 60, 0)).toBe(1)
    expect([allowed(999), allowed(1_000), allowed(1_000)]).toEqual([false, true, false])
    expect(Array.from({ length: 100 }, () => allowed(3_600_000)).filter(Boolean)).toHaveLength(60)
  })

  it('is kept per client and policy, for a bounded number of them', () => {
    const budgets = memoryBudgets(2)
    expect([budgets.take('a', 'c1', 1, 0), budgets.take('b', 'c1', 1, 0), budgets.take('a', 'c1', 1, 0) > 0]).toEqual([0, 0, true])
    budgets.take('a', 'c2', 1, 0)
    budgets.take('a', 'c3', 1, 0)
    expect(budgets.take('a', 'c1', 1, 0)).toBe(0)
  })
})

describe('the address of a caller', () => {
  it.each([
    ['is the one that a trusted proxy names, the last it saw itself', ['127.0.0.1'], [false, false, true]],
    ['is that of the connection when nobody is trusted, whatever it says', [], [false, true, true]],
    ['is that of the connection when somebody else is trusted', ['10.0.0.0/8'], [false, true, true]]
  ])('%s', async (_, trustedProxies, refused) => {
    const limited = await startApp({ trustedProxies, limits: { addressPerMinute: 1, partnerPerMinute: 100 } })
    try {
      const statuses: number[] = []
      for (const caller of ['192.0.2.1', '192.0.2.2', '203.0.113.9, 192.0.2.1']) {
        const headers = { 'x-forwarded-for': caller, 'content-type': 'application/json' }
        statuses.push((await fetch(`${limited.issuer}/v1/inbound/gecco`, { method: 'POST', headers, body: '{}' })).status)
      }
      expect(statuses.map(status => status === 429)).toEqual(refused)
    } finally {
      await limited.close()
    }
  })
})
