// Threats to and by tokens, tried on the real program over HTTP: forged, twisted, confused, replayed and oversized ones.

import { execFileSync } from 'node:child_process'
import { createCipheriv, createPrivateKey, type JsonWebKey, randomBytes, sign as signBytes } from 'node:crypto'
import { constants } from 'node:fs'
import { mkdtemp, open, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { deflateRawSync } from 'node:zlib'
import { CompactEncrypt, importJWK } from 'jose'
import { beforeAll, expect, test } from 'vitest'
import { openStream, registerClient } from '../../src/flow/administer.ts'
import { inviteClient } from '../../src/flow/invite.ts'
import { generateSigningKey, loadSigningKey, type SigningKey } from '../../src/trust/keys.ts'
import { testClient } from '../support/gateway.ts'
import { testHouse, until } from '../support/house.ts'
import { runningGateway } from '../support/running.ts'
import { grantWorker } from '../support/scsp.ts'
import { algorithmForgeries, base64url, formatForgeries, segment, signWith } from '../trust/forgery.ts'
import { askToken, fresh, nowSeconds, type Party, party, pushSet, quickestMs, told, trap, useBearer } from './scene.ts'

const budgets = { tokenBudgetPerMinute: 100_000, setBudgetPerMinute: 100_000 }
const t = await testHouse()
const clients = {
  anapec: await testClient(t, 'anapec', ['set.push'], budgets),
  other: await testClient(t, 'other', ['set.push'], budgets),
  reader: await testClient(t, 'reader', ['ssf.read'], budgets)
}
const rsa = JSON.parse((await generateSigningKey('PS256')).privateJwk) as JsonWebKey
const { n, e, kty } = rsa
await registerClient(
  t.house,
  {
    reason: 'test',
    id: 'rsa',
    name: 'rsa',
    role: 'origin-agency',
    jwks: { keys: [{ kty, n, e, kid: 'r1' }] },
    scopes: ['set.push'],
    ...budgets
  },
  'test'
)
await openStream(
  t.house,
  {
    reason: 'test',
    id: 'reader-stream',
    clientId: 'reader',
    role: 'reference',
    audience: 'https://reader.test',
    fields: ['authorization.fileNumber'],
    subscriptions: [{ type: 'authorization.granted' }]
  },
  'test'
)
await grantWorker(t, 5, 'X1234567L')
const gateway = await runningGateway(t, { LOG_LEVEL: 'silent' })
const stranger = (await generateSigningKey()).key

let anapec: Party
let other: Party
let reader: Party
/** The gateway's own keys as the world knows them: what an attacker can work with. */
let published: SigningKey[]

beforeAll(async () => {
  anapec = await party(gateway, clients.anapec)
  other = await party(gateway, clients.other)
  reader = await party(gateway, clients.reader)
  const { keys } = (await (await fetch(`${gateway.url}/.well-known/jwks.json`)).json()) as { keys: SigningKey['jwk'][] }
  published = keys.map(key => ({ jwk: key, kid: (key as { kid?: string }).kid, alg: 'ES256' }) as SigningKey)
})

/** An access token as ours are, but for whatever `changes` says. */
const accessClaims = (changes: Record<string, unknown> = {}) => ({
  iss: gateway.issuer,
  aud: gateway.issuer,
  sub: 'anapec',
  client_id: 'anapec',
  scope: 'set.push',
  iat: nowSeconds(),
  exp: nowSeconds() + 300,
  jti: fresh('access'),
  ...changes
})

const forgeriesNamed = async (names: RegExp) => {
  const pick = (list: [string, string][]) => list.filter(([name]) => names.test(name))
  const sets = pick(algorithmForgeries(anapec.signer, 'secevent+jwt', anapec.claims()))
  const assertionClaims = JSON.parse(Buffer.from((await anapec.assertion()).split('.')[1] ?? '', 'base64url').toString())
  const assertions = pick(algorithmForgeries(anapec.signer, 'JWT', assertionClaims))
  const bearers = published.flatMap(key => pick(algorithmForgeries(key, 'at+jwt', accessClaims())))
  return { sets, assertions, bearers }
}

/** Each forgery at the surface it is made for; a name and what it was told. */
const tryForgeries = async (names: RegExp): Promise<Record<'sets' | 'assertions' | 'bearers', Map<string, string>>> => {
  const { sets, assertions, bearers } = await forgeriesNamed(names)
  const each = async (list: [string, string][], send: (token: string) => Promise<Response>) => {
    const answers = new Map<string, string>()
    for (const [name, token] of list) answers.set(name, await told(send(token)))
    return answers
  }
  return {
    sets: await each(sets, token => pushSet(gateway, anapec.token, token)),
    assertions: await each(assertions, token => askToken(gateway, token)),
    bearers: await each(bearers, token => useBearer(gateway, token))
  }
}

test('alg none, NoNe, empty signature: refused as SET, as assertion and as bearer, where the right ones pass', async () => {
  expect(await told(pushSet(gateway, anapec.token, await anapec.set()))).toBe('202')
  expect(await told(askToken(gateway, await anapec.assertion()))).toBe('200')
  expect(await told(useBearer(gateway, anapec.token))).toBe('404 not-found')
  const { sets, assertions, bearers } = await tryForgeries(/none|no alg|empty signature|zero bytes|lower case/i)
  expect(sets.size).toBeGreaterThan(10)
  for (const [name, answer] of sets) expect([name, answer]).toEqual([name, expect.stringMatching(/^400 invalid_(?:key|request)$/)])
  for (const [name, answer] of assertions) expect([name, answer]).toEqual([name, '401 invalid_client'])
  for (const [name, answer] of bearers) expect([name, answer]).toEqual([name, '401 invalid-token'])
})

test('RS/ES to HS confusion: a MAC over our public key, as PEM or as JWK text, is no signature', async () => {
  const { sets, assertions, bearers } = await tryForgeries(/^HS/)
  expect([sets.size, assertions.size, bearers.size]).toEqual([3, 3, 3])
  expect(new Set(sets.values())).toEqual(new Set(['400 invalid_key']))
  expect(new Set(assertions.values())).toEqual(new Set(['401 invalid_client']))
  expect(new Set(bearers.values())).toEqual(new Set(['401 invalid-token']))
})

test('key vs alg mismatch, two algs on one key: an RSA key signs with PS256 alone, a P-256 key with ES256 alone', async () => {
  const bearer = await rsaBearer()
  const claims = { ...anapec.claims(), iss: 'rsa' }
  const signed = (alg: string, padding: number, saltLength?: number) => {
    const input = `${segment({ alg, typ: 'secevent+jwt', kid: 'r1' })}.${segment(claims)}`
    const key = createPrivateKey({ key: rsa, format: 'jwk' })
    const options = saltLength === undefined ? { key, padding } : { key, padding, saltLength }
    return `${input}.${signBytes(alg.endsWith('384') ? 'sha384' : 'sha256', Buffer.from(input), options).toString('base64url')}`
  }
  // RSA_PKCS1_PADDING is 1, RSA_PKCS1_PSS_PADDING is 6.
  expect(await told(pushSet(gateway, bearer, signed('RS256', 1)))).toBe('400 invalid_key')
  expect(await told(pushSet(gateway, bearer, signed('PS384', 6, 48)))).toBe('400 invalid_key')
  expect(await told(pushSet(gateway, bearer, signed('PS256', 6, 32)))).toBe('202')
  const { sets } = await tryForgeries(/P-256 key with/)
  expect(sets.size).toBeGreaterThan(8)
  expect(new Set(sets.values())).toEqual(new Set(['400 invalid_key']))
})

const rsaBearer = async (): Promise<string> => {
  const signer = await loadSigningKey(JSON.stringify(rsa))
  const claims = { iss: 'rsa', sub: 'rsa', aud: gateway.issuer, jti: fresh('assertion'), exp: nowSeconds() + 60 }
  const answer = await askToken(gateway, await signWith(signer, { kid: 'r1' }, claims))
  return ((await answer.json()) as { access_token: string }).access_token
}

test('kid traversal or injection: a kid is compared and never looked up, no file is opened', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'jisr-kid-'))
  const pipe = path.join(folder, 'key.jwk')
  execFileSync('mkfifo', [pipe])
  const kids = [
    '../../etc/passwd',
    '/dev/null',
    pipe,
    `file://${pipe}`,
    path.relative(process.cwd(), pipe),
    "' OR 1=1--",
    '__proto__',
    'constructor',
    'a'.repeat(10_000),
    '',
    '\u0000',
    `$${'{jndi:ldap://127.0.0.1/a}'}`
  ]
  try {
    for (const kid of kids) {
      const set = await signWith(stranger, { typ: 'secevent+jwt', kid }, anapec.claims())
      expect([kid.slice(0, 40), await told(pushSet(gateway, anapec.token, set))]).toEqual([kid.slice(0, 40), '400 invalid_key'])
      const assertion = await anapec.assertion({}, { kid })
      expect(await told(askToken(gateway, assertion))).toBe('401 invalid_client')
    }
    // A pipe can be opened for writing at once only while somebody reads it.
    const isRead = () =>
      open(pipe, constants.O_WRONLY | constants.O_NONBLOCK).then(
        file => file.close().then(() => true),
        () => false
      )
    expect(await isRead()).toBe(false)
    const mine = await open(pipe, constants.O_RDONLY | constants.O_NONBLOCK)
    expect(await isRead()).toBe(true)
    await mine.close()
  } finally {
    await rm(folder, { recursive: true })
  }
})

test('jku / x5u / jwk header: refused, and the address in it is never called', async () => {
  const { url, hits } = await trap()
  const headers: Record<string, unknown>[] = [
    { jku: `${url}/jwks.json` },
    { x5u: `${url}/chain.pem` },
    { jwk: stranger.jwk },
    { jku: `${url}/jwks.json`, kid: undefined },
    { x5c: ['MIIB'], x5t: 'AAAA' }
  ]
  for (const header of headers) {
    const set = await signWith(stranger, { typ: 'secevent+jwt', kid: stranger.kid, ...header }, anapec.claims())
    expect(await told(pushSet(gateway, anapec.token, set))).toMatch(/^400 invalid_(?:key|request)$/)
    const assertion = await signWith(stranger, { kid: stranger.kid, ...header }, { iss: 'anapec', sub: 'anapec', aud: gateway.issuer })
    expect(await told(askToken(gateway, assertion))).toBe('401 invalid_client')
    const bearer = await signWith(stranger, { typ: 'at+jwt', kid: stranger.kid, ...header }, accessClaims())
    expect(await told(useBearer(gateway, bearer))).toBe('401 invalid-token')
  }
  expect(hits()).toBe(0)
  await fetch(url)
  expect(hits()).toBe(1)
})

test('token format: blanks, padding, JSON serialization: a right token written otherwise is refused, though libraries take it', async () => {
  const set = await anapec.set()
  const assertion = await anapec.assertion()
  for (const [name, token] of formatForgeries(set)) {
    expect([name, await told(pushSet(gateway, anapec.token, token))]).toEqual([name, '400 invalid_request'])
  }
  for (const [name, token] of formatForgeries(assertion)) {
    expect([name, await told(askToken(gateway, token))]).toEqual([name, expect.stringMatching(/^40[01] invalid_(?:client|request)$/)])
  }
  // Blanks around the value of a header are not part of it (RFC 9110 5.5).
  const inHeader = formatForgeries(anapec.token).filter(([name, token]) => /^[\x21-\x7e]+$/.test(token) && name !== 'an empty text')
  expect(inHeader.length).toBeGreaterThan(8)
  for (const [name, token] of inHeader) expect([name, await told(useBearer(gateway, token))]).toEqual([name, '401 invalid-token'])
  expect(await told(pushSet(gateway, anapec.token, set))).toBe('202')
  expect(await told(askToken(gateway, assertion))).toBe('200')
})

test('cross-JWT confusion: a token of one kind is refused where another is expected', async () => {
  const ours = await takeOurSet()
  const set = await anapec.set()
  const assertion = await anapec.assertion()
  for (const bearer of [set, assertion, ours]) expect(await told(useBearer(gateway, bearer))).toBe('401 invalid-token')
  for (const token of [set, anapec.token, ours]) expect(await told(askToken(gateway, token))).toBe('401 invalid_client')
  for (const token of [assertion, anapec.token]) {
    expect(await told(pushSet(gateway, anapec.token, token))).toBe('400 invalid_request')
  }
  expect(await told(pushSet(gateway, anapec.token, ours))).toBe('400 invalid_issuer')
  // The same claims under the type of the other kind: signed by a registered key, and still not what it says it is.
  const disguised = await signWith(anapec.signer, { typ: 'at+jwt', kid: anapec.signer.kid }, accessClaims())
  expect(await told(useBearer(gateway, disguised))).toBe('401 invalid-token')
})

const takeOurSet = async (): Promise<string> => {
  const sets = await until('a SET is owed', async () => {
    const answer = await fetch(`${gateway.url}/v1/streams/reader-stream/poll`, {
      method: 'POST',
      headers: { authorization: `Bearer ${reader.token}`, 'content-type': 'application/json' },
      body: '{"returnImmediately":true}'
    })
    return Object.values(((await answer.json()) as { sets: Record<string, string> }).sets)[0]
  })
  return sets
}

test('SET replay, cross-audience reuse: another’s SET, a SET for another gateway and an old one are each named as that', async () => {
  const stolen = await anapec.set()
  expect(await told(pushSet(gateway, anapec.token, stolen))).toBe('202')
  // As another client's, by the very token, and signed anew by the thief under the victim's name.
  expect(await told(pushSet(gateway, other.token, stolen))).toBe('400 invalid_issuer')
  expect(await told(pushSet(gateway, other.token, await other.set({ iss: 'anapec' })))).toBe('400 invalid_issuer')
  for (const aud of ['https://other.example', `${gateway.issuer}/`, [gateway.issuer, 'https://other.example'], [], undefined, null]) {
    expect(await told(pushSet(gateway, anapec.token, await anapec.set({ aud })))).toBe('400 invalid_audience')
  }
  expect(await told(pushSet(gateway, anapec.token, await anapec.set({ iat: nowSeconds() - 8 * 86_400 })))).toBe('400 invalid_request')
  // The same again is the same answer; the same jti with other content is not.
  expect(await told(pushSet(gateway, anapec.token, stolen))).toBe('202')
  const { jti } = JSON.parse(Buffer.from(stolen.split('.')[1] ?? '', 'base64url').toString()) as { jti: string }
  expect(await told(pushSet(gateway, anapec.token, await anapec.set({ jti, txn: 'another' })))).toBe('400 invalid_request')
})

test('scope escalation: no scope beyond the invitation is registered, none beyond the registration granted, and none beyond the token counts', async () => {
  for (const scope of ['ssf.manage', 'set.push ssf.manage', 'set.push authz.read', '*', 'SET.PUSH', 'set.push\u00a0ssf.read']) {
    expect([scope, await told(askToken(gateway, await anapec.assertion(), { scope }))]).toEqual([scope, '400 invalid_scope'])
  }
  const poll = (token: string) =>
    fetch(`${gateway.url}/v1/streams/reader-stream/poll`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: '{"returnImmediately":true}'
    })
  expect(await told(poll(anapec.token))).toBe('403 insufficient-scope')
  for (const resource of ['/v1/placements', '/v1/authorizations']) {
    const answer = await fetch(`${gateway.url}${resource}`, { headers: { authorization: `Bearer ${anapec.token}` } })
    expect(answer.headers.get('www-authenticate')).toContain('error="insufficient_scope"')
    expect(await told(answer)).toBe('403 insufficient-scope')
  }
  const invitation = await invitationOf('ambitious')
  expect(await told(register(invitation, { scope: 'set.push ssf.manage' }))).toBe('400 invalid_client_metadata')
  const registered = (await (await register(invitation, { scope: 'set.push' })).json()) as { scope: string }
  expect(registered.scope).toBe('set.push')
})

/** What the gateway's memory grew to beyond what it was, at its highest, while `act` ran: a bomb that is opened and let go shows too. */
const peakOver = async (act: () => Promise<void>): Promise<number> => {
  const kib = async (what: 'VmRSS' | 'VmHWM') =>
    Number(new RegExp(`${what}:\\s+(\\d+) kB`).exec(await readFile(`/proc/${gateway.pid()}/status`, 'utf8'))?.[1])
  // 5 sets the highest mark back to what is used now: proc(5).
  await writeFile(`/proc/${gateway.pid()}/clear_refs`, '5')
  const before = await kib('VmRSS')
  await act()
  return ((await kib('VmHWM')) - before) * 1_024
}

const isLinux = process.platform === 'linux'

test('zip bomb in JWE: a token that would inflate to 100 MiB is refused at once, and memory stays flat', async () => {
  const [small, large] = [await bomb(249_000), await bomb(100 * 1024 * 1024)]
  expect(small.length).toBeLessThan(2_000)
  const tries: [string, (token: string) => Promise<Response>, RegExp][] = [
    ['as SET', token => pushSet(gateway, anapec.token, token), /^4(?:00 invalid_request|13 invalid_request)$/],
    ['as assertion', token => askToken(gateway, token), /^(?:401 invalid_client|413 invalid_request)$/]
  ]
  const sendEach = async () => {
    for (const [, send] of tries) for (const token of [small, large]) await told(send(token))
  }
  for (const [name, send, expected] of tries) {
    for (const token of [small, large]) {
      const quickest = await quickestMs(6, async () =>
        expect([name, await told(send(token))]).toEqual([name, expect.stringMatching(expected)])
      )
      expect(quickest).toBeLessThan(50)
    }
  }
  expect(await told(useBearer(gateway, small))).toBe('401 invalid-token')
  const peaks: number[] = []
  if (isLinux) for (let round = 0; round < 5; round++) peaks.push(await peakOver(sendEach))
  if (isLinux) expect(Math.min(...peaks)).toBeLessThan(10 * 1024 * 1024)
})

/** A JWE to our own published key, of so many zero bytes compressed: what a library with default options would inflate. */
const bomb = async (bytes: number): Promise<string> => {
  const key = await importJWK(published[0]?.jwk as JsonWebKey, 'ECDH-ES')
  // The library compresses what it is given; compressed by hand, a large text costs us little too.
  const whole = await new CompactEncrypt(deflateRawSync(Buffer.alloc(bytes), { level: 9 }))
    .setProtectedHeader({ alg: 'ECDH-ES', enc: 'A256GCM', typ: 'secevent+jwt', cty: 'JWT' })
    .encrypt(key)
  const [header = '', ...rest] = whole.split('.')
  return [segment({ ...JSON.parse(Buffer.from(header, 'base64url').toString()), zip: 'DEF' }), ...rest].join('.')
}

test('PBES2 p2c: two million rounds are never begun', async () => {
  const header = { alg: 'PBES2-HS256+A128KW', enc: 'A256GCM', p2c: 2_000_000, p2s: base64url(randomBytes(16)) }
  const cipher = createCipheriv('aes-256-gcm', randomBytes(32), randomBytes(12))
  const text = Buffer.concat([cipher.update('{}'), cipher.final()])
  const token = [
    segment(header),
    base64url(randomBytes(40)),
    base64url(randomBytes(12)),
    base64url(text),
    base64url(cipher.getAuthTag())
  ].join('.')
  const compact = [segment(header), base64url('{}'), base64url(randomBytes(64))].join('.')
  for (const each of [token, compact]) {
    const quickest = await quickestMs(20, async () =>
      expect(await told(pushSet(gateway, anapec.token, each))).toMatch(/^400 invalid_(?:request|key)$/)
    )
    expect(quickest).toBeLessThan(50)
    expect(await told(askToken(gateway, each))).toBe('401 invalid_client')
  }
})

test('JWKS refetch flood: keys are those registered, and unknown kids call nobody', async () => {
  const { url, hits } = await trap()
  const payload = anapec.claims()
  const model = await signWith(stranger, { typ: 'secevent+jwt', kid: 'model' }, payload)
  const [, body, signature] = model.split('.')
  const flood = Array.from({ length: 1_000 }, (_, place) =>
    [segment({ alg: 'ES256', typ: 'secevent+jwt', kid: `k${place}`, ...(place % 2 ? { jku: url } : {}) }), body, signature].join('.')
  )
  const answers = new Set<string>()
  for (let from = 0; from < flood.length; from += 100) {
    for (const answer of await Promise.all(flood.slice(from, from + 100).map(set => told(pushSet(gateway, anapec.token, set)))))
      answers.add(answer)
  }
  expect([...answers].sort()).toEqual(['400 invalid_key', '400 invalid_request'])
  expect(hits()).toBe(0)
})

test('assertion replay: one use, in parallel, in turn, and after kill -9', async () => {
  const assertion = await anapec.assertion()
  const answers = await Promise.all(Array.from({ length: 50 }, () => told(askToken(gateway, assertion))))
  expect(answers.filter(answer => answer === '200')).toHaveLength(1)
  expect(answers.filter(answer => answer === '401 invalid_client')).toHaveLength(49)
  expect(await told(askToken(gateway, assertion))).toBe('401 invalid_client')
  await gateway.killAndStart()
  expect(await told(askToken(gateway, assertion))).toBe('401 invalid_client')
  expect(await told(askToken(gateway, await anapec.assertion()))).toBe('200')
})

const invitationOf = async (id: string): Promise<string> => {
  const what = { id, name: id, role: 'origin-agency', agency: 'ANP-KEN-01', scopes: ['set.push'] }
  return (await inviteClient(t.house, { reason: 'test', ...what }, 'operator')).token
}

const register = async (bearer: string, more: { scope?: string } = {}): Promise<Response> => {
  const { d: _secret, ...key } = JSON.parse((await generateSigningKey()).privateJwk) as JsonWebKey
  return fetch(`${gateway.url}/oauth/register`, {
    method: 'POST',
    headers: { authorization: `Bearer ${bearer}`, 'content-type': 'application/json' },
    body: JSON.stringify({ jwks: { keys: [{ ...key, kid: 'k1' }] }, ...more })
  })
}

test('initial token reuse: of twenty that use it at once one gets in, and whoever comes later is told as about a token that never was', async () => {
  const token = await invitationOf('invited')
  const answers = await Promise.all(Array.from({ length: 20 }, async () => told(register(token))))
  expect(answers.toSorted()).toEqual(['201', ...Array.from({ length: 19 }, () => '401 invalid_token')])
  expect([await told(register(token)), await told(register('jisr_iat_never'))]).toEqual(['401 invalid_token', '401 invalid_token'])
})
