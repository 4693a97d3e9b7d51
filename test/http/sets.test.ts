import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { DomainError } from '../../src/domain/errors.ts'
import { type AnswerLanguage, answerLanguages } from '../../src/domain/words/language.ts'
import type { Said, Texts } from '../../src/domain/words/said.ts'
import { says as domainSays, domainWords } from '../../src/domain/words/words.ts'
import type { Client } from '../../src/http/services.ts'
import { httpWords } from '../../src/http/words/words.ts'
import type { SigningKey } from '../../src/trust/keys.ts'
import { tokenWords } from '../../src/trust/words/words.ts'
import { englishIn, isText } from '../support/languages.ts'
import { talk } from '../threats/scene.ts'
import { algorithmForgeries, forge, formatForgeries, nonCanonicalTwin, signWith } from '../trust/forgery.ts'
import { addClient, assertionOf, type Started, setOf, sign, startApp, tokenOf } from './double.ts'

let house: Started
let token: string
beforeAll(async () => {
  house = await startApp()
  await addClient(house, 'anapec', ['set.push'])
  await addClient(house, 'kenya', ['set.push'])
  await addClient(house, 'reader', ['ssf.read'])
  token = await tokenOf(house, 'anapec')
})
beforeEach(() => {
  house.ingested.length = 0
  house.refusedSets.length = 0
  house.ingest = async () => ({ status: 'accepted', eventId: 'e' })
})
afterAll(() => house.close())

const push = (body: string | ReadableStream, headers: Record<string, string> = {}, bearer: string | null = token): Promise<Response> =>
  fetch(`${house.issuer}/v1/sets`, {
    method: 'POST',
    headers: { 'content-type': 'application/secevent+jwt', ...(bearer === null ? {} : { authorization: `Bearer ${bearer}` }), ...headers },
    body,
    ...(body instanceof ReadableStream ? { duplex: 'half' } : {})
  } as RequestInit)

async function expectSetError(response: Response, status: number, err: string | undefined): Promise<string> {
  expect(response.status).toBe(status)
  expect(response.headers.get('content-type')).toMatch(/^application\/json/)
  expect(response.headers.get('content-language')).toBe('en')
  const body = (await response.json()) as { err?: string; description: string }
  expect(Object.keys(body).sort()).toEqual(err === undefined ? ['description'] : ['description', 'err'])
  expect(body.err).toBe(err)
  expect(body.description).toMatch(/\w/)
  return body.description
}

describe('pushing a SET', () => {
  it('answers 202 with an empty body once it is stored, and not before', async () => {
    let store = (): void => {}
    house.ingest = () => new Promise(resolve => (store = () => resolve({ status: 'accepted', eventId: 'e' })))
    const answer = push(await setOf(house, 'anapec'))
    const early = await Promise.race([answer, new Promise(resolve => setTimeout(resolve, 150, 'still waiting'))])
    expect(early).toBe('still waiting')
    store()
    const response = await answer
    expect([response.status, await response.text()]).toEqual([202, ''])
  })

  it('answers 202 again for a repeat', async () => {
    house.ingest = async () => ({ status: 'repeated', eventId: 'e' })
    expect((await push(await setOf(house, 'anapec'))).status).toBe(202)
  })

  it('hands over the verified claims, the client, the time and the trace', async () => {
    const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01'
    expect((await push(`${await setOf(house, 'anapec', { jti: 'j1' })}\n`, { traceparent, tracestate: 'a=b' })).status).toBe(202)
    const [input] = house.ingested
    expect(input?.set).toMatchObject({ jti: 'j1', iss: 'anapec', subId: { format: 'opaque', id: 'w-1' } })
    expect(input?.client.id).toBe('anapec')
    expect(input?.trace.traceparent).toMatch(/^00-4bf92f3577b34da6a3ce929d0e0e4736-[0-9a-f]{16}-01$/)
    expect(input?.trace.traceparent).not.toBe(traceparent)
    expect(input?.trace.tracestate).toBe('a=b')
  })

  it('tells the sender what the rules refused', async () => {
    house.ingest = async () => ({ status: 'refused', err: 'invalid_request', description: 'the offer is closed' })
    expect(await expectSetError(await push(await setOf(house, 'anapec')), 400, 'invalid_request')).toBe('the offer is closed')
    house.ingest = async () => ({ status: 'refused', err: 'access_denied', description: 'not your event' })
    await expectSetError(await push(await setOf(house, 'anapec')), 403, 'access_denied')
  })

  it('answers 503 with Retry-After and without err when nothing can be stored', async () => {
    house.ingest = async () => {
      throw new DomainError('unavailable', 'the store is closed', { retryAfterSeconds: 7 })
    }
    const response = await push(await setOf(house, 'anapec'))
    expect(response.headers.get('retry-after')).toBe('7')
    await expectSetError(response, 503, undefined)
  })

  it('answers 500 without a word of the fault, and logs its name and place only', async () => {
    house.ingest = async () => {
      throw new TypeError('AB1234567 is not a function')
    }
    house.lines.length = 0
    const description = await expectSetError(await push(await setOf(house, 'anapec')), 500, undefined)
    expect(description).not.toContain('AB1234567')
    const failed = house.lines.find(line => line.name === 'http.failed')
    expect(failed?.fields).toMatchObject({ error: 'TypeError', route: '/v1/sets', at: expect.stringContaining('sets.test.ts') })
    expect(JSON.stringify(house.lines)).not.toContain('AB1234567')
  })

  const claimFaults: [string, Record<string, unknown>, string][] = [
    ['the iss of another client', { iss: 'kenya' }, 'invalid_issuer'],
    ['the aud of another gateway', { aud: 'https://other.example' }, 'invalid_audience'],
    ['an exp', { exp: 9_999_999_999 }, 'invalid_request'],
    ['a sub', { sub: 'w-1' }, 'invalid_request'],
    ['an iat 61 s ahead', { iat: Math.floor(Date.now() / 1000) + 90 }, 'invalid_request'],
    ['an iat of 8 days ago', { iat: Math.floor(Date.now() / 1000) - 8 * 86_400 }, 'invalid_request'],
    ['two events', { events: { a: {}, b: {} } }, 'invalid_request']
  ]
  it.each(claimFaults)('refuses %s, and notes that its sender signed it', async (_, changes, err) => {
    await expectSetError(await push(await setOf(house, 'anapec', { jti: 'signed-well', ...changes })), 400, err)
    expect([house.ingested, house.refusedSets]).toEqual([[], [['anapec', 'signed-well']]])
  })

  it('notes nothing of a SET that nobody can ask after: one without a jti', async () => {
    await expectSetError(await push(await setOf(house, 'anapec', { jti: 7 })), 400, 'invalid_request')
    expect(house.refusedSets).toEqual([])
  })

  it("refuses a partner's SET sent by another partner as invalid_issuer", async () => {
    const stolen = await setOf(house, 'kenya')
    const response = await push(stolen)
    expect(((await response.json()) as { err: string }).err).toBe('invalid_issuer')
    expect(response.status).toBe(400)
  })

  it('refuses every forged algorithm and format with 400, and none reaches the house', async () => {
    const key = house.keys.get('anapec')
    if (!key) throw new Error('no key')
    const good = await setOf(house, 'anapec')
    const claims = JSON.parse(Buffer.from(good.split('.')[1] as string, 'base64url').toString()) as unknown
    for (const [name, forged] of [...algorithmForgeries(key, 'secevent+jwt', claims), ...formatForgeries(good)]) {
      const response = await push(forged)
      expect([name, response.status]).toEqual([name, 400])
      expect(((await response.json()) as { err: string }).err).toMatch(/^invalid_(request|key)$/)
    }
    expect([house.ingested, house.refusedSets]).toEqual([[], []])
  })

  it('takes neither an access token nor an assertion as a SET', async () => {
    await expectSetError(await push(token), 400, 'invalid_request')
    await expectSetError(await push(await assertionOf(house, 'anapec')), 400, 'invalid_request')
  })

  it('never fetches what a header names', async () => {
    const { createServer } = await import('node:http')
    let hits = 0
    const listener = createServer(() => hits++)
    await new Promise<void>(resolve => listener.listen(0, '127.0.0.1', resolve))
    const { port } = listener.address() as { port: number }
    const key = house.keys.get('anapec')
    if (!key) throw new Error('no key')
    for (const member of ['jku', 'x5u']) {
      await expectSetError(
        await push(await sign(key, { typ: 'secevent+jwt', kid: 'unknown', [member]: `http://127.0.0.1:${port}/` }, {})),
        400,
        'invalid_request'
      )
    }
    await new Promise(resolve => setTimeout(resolve, 50))
    listener.close()
    expect(hits).toBe(0)
  })
})

describe('who may push', () => {
  it('tells someone without a token where to get one', async () => {
    const response = await push('x.y.z', {}, null)
    expect(response.headers.get('www-authenticate')).toBe(`Bearer resource_metadata="${house.issuer}/.well-known/oauth-protected-resource"`)
    await expectSetError(response, 401, 'authentication_failed')
  })

  it('refuses a bad token, and a SET as a token, with a challenge', async () => {
    for (const bad of ['x', `${token}x`, await setOf(house, 'anapec'), await assertionOf(house, 'anapec')]) {
      const response = await push('x.y.z', {}, bad)
      expect(response.headers.get('www-authenticate')).toContain('error="invalid_token"')
      await expectSetError(response, 401, 'authentication_failed')
    }
  })

  it('does not look for a token in the address', async () => {
    const response = await fetch(`${house.issuer}/v1/sets?access_token=${token}`, {
      method: 'POST',
      headers: { 'content-type': 'application/secevent+jwt' },
      body: 'x.y.z'
    })
    expect(response.status).toBe(401)
  })

  it('refuses a client without the scope, naming the scope', async () => {
    const response = await push(await setOf(house, 'reader'), {}, await tokenOf(house, 'reader'))
    expect(response.headers.get('www-authenticate')).toContain('error="insufficient_scope", scope="set.push"')
    await expectSetError(response, 403, 'access_denied')
  })

  it('refuses at once a client that is suspended, loses its scope or is gone, although its token was good a moment ago', async () => {
    const client = await addClient(house, 'fickle', ['set.push'])
    const bearer = await tokenOf(house, 'fickle')
    expect((await push(await setOf(house, 'fickle'), {}, bearer)).status).toBe(202)
    house.clients.set('fickle', { ...client, status: 'suspended' })
    await expectSetError(await push(await setOf(house, 'fickle'), {}, bearer), 403, 'access_denied')
    house.clients.set('fickle', { ...client, scopes: [] })
    await expectSetError(await push(await setOf(house, 'fickle'), {}, bearer), 403, 'access_denied')
    house.clients.delete('fickle')
    await expectSetError(await push('x.y.z', {}, bearer), 401, 'authentication_failed')
  })

  it('refuses an access token a minute after its end', async () => {
    const bearer = await tokenOf(house, 'kenya')
    house.clockMs = 359_000
    expect((await push(await setOf(house, 'kenya'), {}, bearer)).status).toBe(202)
    house.clockMs = 362_000
    await expectSetError(await push(await setOf(house, 'kenya'), {}, bearer), 401, 'authentication_failed')
    house.clockMs = 0
  })

  it('sends a client beyond its budget away with Retry-After and without err', async () => {
    await addClient(house, 'eager', ['set.push'], { setBudgetPerMinute: 2 })
    const bearer = await tokenOf(house, 'eager')
    const responses: Response[] = []
    for (let request = 0; request < 3; request++) responses.push(await push(await setOf(house, 'eager'), {}, bearer))
    expect(responses.map(({ status }) => status)).toEqual([202, 202, 429])
    expect(Number(responses[2]?.headers.get('retry-after'))).toBeGreaterThan(0)
    await expectSetError(responses[2] as Response, 429, undefined)
  })
})

describe('size and type of a push', () => {
  it('refuses other types and compressed bodies with 415, before it asks who sends them', async () => {
    for (const type of ['application/json', 'text/plain', 'application/jwt', 'application/x-www-form-urlencoded']) {
      await expectSetError(await push('x.y.z', { 'content-type': type }, null), 415, 'invalid_request')
    }
    await expectSetError(await push('x.y.z', { 'content-encoding': 'gzip' }, null), 415, 'invalid_request')
  })

  it('refuses more than 64 KiB with 413, also when it comes in chunks without a length', async () => {
    await expectSetError(await push('a'.repeat(64 * 1024 + 2), {}, null), 413, 'invalid_request')
    const chunks = new ReadableStream({
      start(controller) {
        for (let chunk = 0; chunk < 100; chunk++) controller.enqueue(new TextEncoder().encode('a'.repeat(1_024)))
        controller.close()
      }
    })
    await expectSetError(await push(chunks), 413, 'invalid_request')
  })

  it('takes the type with parameters and in any case', async () => {
    expect((await push(await setOf(house, 'anapec'), { 'content-type': 'application/SecEvent+JWT; charset=utf-8' })).status).toBe(202)
  })
})

describe('the language of a refusal', () => {
  const key = () => house.keys.get('anapec') as SigningKey
  const typ = 'secevent+jwt'
  const signed = (payload: unknown, header: Record<string, unknown> = {}) => signWith(key(), { typ, kid: key().kid, ...header }, payload)
  const claiming = (changes: Record<string, unknown>) => setOf(house, 'anapec', changes)
  const nowSeconds = Math.floor(Date.now() / 1000)
  const thrown = (error: Error) => async () => {
    house.ingest = async () => {
      throw error
    }
    return setOf(house, 'anapec')
  }
  const away = (said: Said) => thrown(new DomainError('unavailable', said))

  /** What is sent to provoke each; a text stands for the SET alone. */
  interface Sent {
    body?: string | null
    headers?: Record<string, string>
    bearer?: string | null
  }
  const refusals: [string, () => Promise<string | Sent> | string | Sent][] = [
    ['access-token-missing', () => ({ bearer: null })],
    ['access-token-invalid', () => ({ bearer: 'x' })],
    ['certificate-missing', async () => bearerOf(await addClient(house, 'certified', ['set.push']), { certificates: ['x'] })],
    ['client-suspended', async () => bearerOf(await addClient(house, 'late', ['set.push']), { status: 'suspended' })],
    ['scope-missing', async () => bearerOf(await addClient(house, 'watcher', ['ssf.read']))],
    ['too-many-requests', async () => bearerOf(await addClient(house, 'hasty', ['set.push'], { setBudgetPerMinute: 0.001 }))],
    ['body-empty', () => ({ body: null })],
    ['body-encoded', () => ({ headers: { 'content-encoding': 'gzip' } })],
    ['body-too-large', () => 'a'.repeat(64 * 1024 + 2)],
    ['body-type', () => ({ headers: { 'content-type': 'text/plain' } })],
    ['token-length', () => 'a'.repeat(64 * 1024 + 1)],
    ['token-form', () => 'x.y'],
    ['token-not-canonical', async () => nonCanonicalTwin(await setOf(house, 'anapec'))],
    ['header-form', () => forge([], {})],
    ['header-member', () => forge({ alg: 'ES256', crit: ['x'] }, {})],
    ['header-alg', () => forge({ typ }, {})],
    ['header-kid', () => forge({ alg: 'ES256', kid: 7 }, {})],
    ['header-typ-form', () => forge({ alg: 'ES256', typ: 7 }, {})],
    ['header-typ', () => forge({ alg: 'ES256', typ: 'JWT' }, {})],
    ['algorithm', () => forge({ alg: 'HS256', typ }, {})],
    ['key-algorithm', () => forge({ alg: 'PS256', typ, kid: key().kid }, {})],
    ['key-unknown', () => forge({ alg: 'ES256', typ, kid: 'nobody' }, {})],
    ['signature', () => forge({ alg: 'ES256', typ, kid: key().kid }, {})],
    ['payload-form', () => signed([])],
    ['json-ambiguous', () => signed('{"jti":"a","jti":"b"}')],
    ['json-depth', () => signed(`${'['.repeat(40)}${']'.repeat(40)}`)],
    ['json-name', () => signed('{"__proto__":{}}')],
    ['json-syntax', () => signed('{')],
    ['json-utf8', () => signed(Buffer.from([0xff, 0xfe]))],
    ['claim-iss', () => claiming({ iss: 'kenya' })],
    ['claim-aud', () => claiming({ aud: 'https://other.example' })],
    ['claim-not-allowed', () => claiming({ exp: 1 })],
    ['claim-ascii', () => claiming({ jti: 'é' })],
    ['claim-text', () => claiming({ txn: '' })],
    ['claim-seconds', () => claiming({ iat: 'now' })],
    ['claim-sub-id', () => claiming({ sub_id: { format: 'email' } })],
    ['claim-events', () => claiming({ events: {} })],
    ['claim-event', () => claiming({ events: { x: 1 } })],
    ['iat-future', () => claiming({ iat: nowSeconds + 3_600 })],
    ['iat-old', () => claiming({ iat: nowSeconds - 8 * 86_400 })],
    ['toe-future', () => claiming({ toe: nowSeconds + 3_600 })],
    ['intake-full', away(domainSays('intake-full'))],
    ['log-behind', away(domainSays('log-behind'))],
    ['database-unreachable', away(domainSays('database-unreachable'))],
    ['fault', thrown(new Error('nobody foresaw it'))]
  ]
  const bearerOf = async ({ id }: { id: string }, then: Partial<Client> = {}): Promise<Sent> => {
    const bearer = await tokenOf(house, id)
    house.clients.set(id, { ...(house.clients.get(id) as Client), ...then })
    return { bearer }
  }

  const templates = Object.fromEntries(
    answerLanguages.map(language => [language, { ...domainWords[language], ...tokenWords[language], ...httpWords[language] }])
  ) as Record<AnswerLanguage, Texts>
  /** What is wrong with JSON is told as the end of a sentence. */
  const templateOf = (language: AnswerLanguage, id: string): string => {
    const text = templates[language][id] ?? ''
    return id.startsWith('json-') ? (templates[language]['payload-json'] ?? '').replace('{fault}', text) : text
  }
  it.each(refusals)('is the one that is asked for: %s', async (id, provoke) => {
    const provoked = await provoke()
    const sent: Sent = typeof provoked === 'string' ? { body: provoked } : provoked
    const told = new Map<string, string>()
    for (const [accepts, language] of [
      ['en', 'en'],
      ['es-ES, en;q=0.5', 'es'],
      ['fr-MA,ar;q=0.9', 'fr']
    ] as const) {
      const response = await fetch(`${house.issuer}/v1/sets`, {
        method: 'POST',
        headers: {
          'accept-language': accepts,
          ...(sent.body === null ? {} : { 'content-type': 'application/secevent+jwt' }),
          ...(sent.bearer === null ? {} : { authorization: `Bearer ${sent.bearer ?? token}` }),
          ...sent.headers
        },
        ...(sent.body === null ? {} : { body: sent.body ?? (await setOf(house, 'anapec')) })
      })
      expect(response.status).toBeGreaterThanOrEqual(400)
      expect(response.headers.get('content-language')).toBe(language)
      expect(response.headers.get('vary')).toBe('Accept-Language')
      expect(response.headers.get('content-type')).toMatch(/^application\/json/)
      const { description } = (await response.json()) as { description: string }
      expect(isText(templateOf(language, id), description), description).toBe(true)
      if (language !== 'en') expect([description, englishIn(description)]).toEqual([description, null])
      told.set(language, description)
    }
    expect(new Set(told.values()).size).toBe(3)
  })

  const unclear: [string, string[]][] = [
    ['headers-too-many', Array.from({ length: 62 }, (_, n) => `X-${n}: x`)],
    ['host-header', ['Host: b']],
    ['body-type', ['Content-Length: 1', '', 'x']]
  ]
  it.each(unclear)('is the one that is asked for, whatever else is unclear: %s', async (id, lines) => {
    for (const language of answerLanguages) {
      const head = ['POST /v1/sets HTTP/1.1', 'Host: a', `Accept-Language: ${language}`, 'Connection: close', ...lines]
      const { answer } = await talk(house.issuer, [head.join('\r\n'), lines.includes('') ? '' : '\r\n\r\n'])
      expect(answer.toLowerCase()).toContain(`\r\ncontent-language: ${language}\r\n`)
      const { description } = JSON.parse(answer.slice(answer.indexOf('{'))) as { description: string }
      expect(isText(templateOf(language, id), description), description).toBe(true)
    }
  })

  it('is asked for in several headers too', async () => {
    const several = ['POST /v1/sets HTTP/1.1', 'Host: a', 'Accept-Language: de', 'Accept-Language: fr;q=0.5', 'Accept-Language: es;q=0.1']
    const { answer } = await talk(house.issuer, [`${several.join('\r\n')}\r\nConnection: close\r\n\r\n`])
    expect(answer.toLowerCase()).toContain('\r\ncontent-language: fr\r\n')
  })

  it('leaves out nothing that a token can be refused for', () => {
    const tried = new Set(refusals.map(([id]) => id))
    // An empty JSON body is none of a SET; no library error is known that is not one of the others; and its faults stand in payload-json.
    const not = ['json-empty', 'token-not-a-jws', 'payload-json']
    expect(Object.keys(tokenWords.en).filter(id => !tried.has(id) && !not.includes(id))).toEqual([])
  })
})

describe('asking what became of a SET', () => {
  const ask = (jti: string, headers: Record<string, string> = {}, bearer = token) =>
    fetch(`${house.issuer}/v1/sets/${encodeURIComponent(jti)}`, { headers: { authorization: `Bearer ${bearer}`, ...headers } })

  it('tells it to its sender, with an ETag that saves telling it twice', async () => {
    const response = await ask('set/1 é')
    expect(response.status).toBe(200)
    expect(await response.json()).toMatchObject({ jti: 'set/1 é', deliveries: [{ partner: 'gecco', state: 'accepted' }] })
    const etag = response.headers.get('etag') ?? ''
    expect(etag).toMatch(/^"[A-Za-z0-9_-]+"$/)
    const again = await ask('set/1 é', { 'if-none-match': etag })
    expect([again.status, await again.text()]).toEqual([304, ''])
  })

  it('answers the same for an unknown jti and for the jti of another client', async () => {
    const bodies: Record<string, unknown>[] = []
    for (const response of [await ask('unknown'), await ask('set/1 é', {}, await tokenOf(house, 'kenya'))]) {
      expect(response.status).toBe(404)
      expect(response.headers.get('content-type')).toMatch(/^application\/problem\+json/)
      const { instance: _, ...body } = (await response.json()) as Record<string, unknown>
      bodies.push(body)
    }
    expect(bodies[0]).toEqual(bodies[1])
  })

  it('takes a jti of 256 characters and refuses a longer one without repeating it', async () => {
    expect((await ask('%'.repeat(256))).status).toBe(404)
    const response = await ask('AB1234567'.repeat(30))
    expect(response.status).toBe(400)
    const body = await response.text()
    expect(JSON.parse(body)).toMatchObject({ errors: [{ pointer: '/jti', code: 'too-big' }] })
    expect(body).not.toContain('AB1234567')
  })
})
