import { describe, expect, it } from 'vitest'
import { type AssertionClient, claimedClient, verifyClientAssertion } from '../../src/trust/client-assertion.ts'
import { algorithmForgeries, drawKey, formatForgeries, issuer, now, nowSeconds, signWith } from './forgery.ts'

const key = await drawKey()
const client: AssertionClient = { id: 'c1', keys: [key], legacyAudience: false }
const audience = { issuer, tokenEndpoint: `${issuer}/oauth/token` }
const claims = (changes: Record<string, unknown> = {}) => ({
  iss: 'c1',
  sub: 'c1',
  aud: issuer,
  jti: 'j1',
  iat: nowSeconds,
  exp: nowSeconds + 60,
  ...changes
})
const verifyClaims = async (changes: Record<string, unknown>, of = client) =>
  verifyClientAssertion(await signWith(key, { kid: key.kid }, claims(changes)), of, audience, now)
const unknown = 'the client is unknown, or the assertion is not signed with one of its registered keys'

const good = await signWith(key, { typ: 'JWT', kid: key.kid }, claims())

describe('a client assertion', () => {
  it.each([undefined, 'JWT', 'jwt', 'client-authentication+jwt'])(
    'is taken with the type %s, to be remembered a minute beyond its end',
    async typ => {
      const assertion = await signWith(key, { kid: key.kid, ...(typ ? { typ } : {}) }, claims())
      expect(await verifyClientAssertion(assertion, client, audience, now)).toEqual({
        hash: expect.any(Buffer),
        expiresAt: new Date((nowSeconds + 120) * 1000)
      })
    }
  )

  it('is known again by client and jti, however it is signed', async () => {
    const hash = async (changes: Record<string, unknown>, of = client) =>
      ((await verifyClaims(changes, of)) as { hash: Buffer }).hash.toString('hex')
    expect(await hash({})).toBe(await hash({ exp: nowSeconds + 100 }))
    expect(await hash({})).not.toBe(await hash({ jti: 'j2' }))
    expect(await hash({})).not.toBe(await hash({ iss: 'c2', sub: 'c2' }, { ...client, id: 'c2' }))
  })

  const accepted: [string, Record<string, unknown>][] = [
    ['an hour of life and a minute', { exp: nowSeconds + 3660 }],
    ['a jti of 256 characters', { jti: 'j'.repeat(256) }],
    ['exp 59 s ago', { exp: nowSeconds - 59 }],
    ['iat and nbf 60 s ahead', { iat: nowSeconds + 60, nbf: nowSeconds + 60 }],
    ['neither iat nor nbf', { iat: undefined }],
    ['times with a fraction', { iat: nowSeconds - 0.5, exp: nowSeconds + 59.5 }]
  ]
  it.each(accepted)('is taken with %s', async (_, changes) => {
    expect(await verifyClaims(changes)).toHaveProperty('hash')
  })

  const refused: [string, Record<string, unknown>][] = [
    ['another iss than sub', { iss: 'c2' }],
    ['another client as iss and sub', { iss: 'c2', sub: 'c2' }],
    ['no sub', { sub: undefined }],
    ['no aud', { aud: undefined }],
    ['an array as aud', { aud: [issuer] }],
    ['the token endpoint as aud', { aud: audience.tokenEndpoint }],
    ['a slash behind our issuer', { aud: `${issuer}/` }],
    ['no jti', { jti: undefined }],
    ['an empty jti', { jti: '' }],
    ['a jti of 257 characters', { jti: 'j'.repeat(257) }],
    ['no exp', { exp: undefined }],
    ['exp as text', { exp: String(nowSeconds + 60) }],
    ['exp 61 s ago', { exp: nowSeconds - 61 }],
    ['more than an hour of life and a minute', { exp: nowSeconds + 3661 }],
    ['iat 61 s ahead', { iat: nowSeconds + 61 }],
    ['nbf 61 s ahead', { nbf: nowSeconds + 61 }],
    ['nbf as text', { nbf: 'now' }]
  ]
  it.each(refused)('is refused with %s', async (_, changes) => {
    expect(await verifyClaims(changes)).toEqual({ refused: expect.stringMatching(/\w/) })
  })

  it('is taken without a kid from a client with several keys, and with a certificate in its header, which is not looked at', async () => {
    const many = { ...client, keys: [await drawKey(), key, await drawKey('EdDSA')] }
    for (const header of [{}, { x5c: ['AAAA'], x5t: 'AAAA', 'x5t#S256': 'AAAA' }])
      expect(await verifyClientAssertion(await signWith(key, header, claims()), many, audience, now)).toHaveProperty('hash')
  })

  it.each(['zip', 'jku', 'x5u', 'jwk'])('is refused with the header member %s, though rightly signed', async member => {
    const assertion = await signWith(key, { kid: key.kid, [member]: member === 'jwk' ? key.jwk : 'https://a.example' }, claims())
    expect(await verifyClientAssertion(assertion, client, audience, now)).toEqual({ refused: expect.stringContaining(member) })
  })

  it('may name the token endpoint only where the client is marked so', async () => {
    expect(await verifyClaims({ aud: audience.tokenEndpoint }, { ...client, legacyAudience: true })).toHaveProperty('hash')
    expect(await verifyClaims({ aud: [audience.tokenEndpoint] }, { ...client, legacyAudience: true })).toHaveProperty('refused')
  })

  it.each(algorithmForgeries(key, 'JWT', claims()))('is refused with %s', async (_, forged) => {
    expect(await verifyClientAssertion(forged, client, audience, now)).toHaveProperty('refused')
  })

  it.each(formatForgeries(good))('is refused when written with %s', async (_, forged) => {
    expect(await verifyClientAssertion(forged, client, audience, now)).toHaveProperty('refused')
  })

  it.each(['at+jwt', 'secevent+jwt', 'dpop+jwt'])('is refused when it is a token for another use: %s', async typ => {
    expect(await verifyClientAssertion(await signWith(key, { typ, kid: key.kid }, claims()), client, audience, now)).toHaveProperty(
      'refused'
    )
  })

  it('gives one and the same reason for an unknown client, an unknown key, another algorithm and a bad signature', async () => {
    const other = await drawKey()
    const rsa = await drawKey('PS256')
    const attempts = [
      verifyClientAssertion(good, null, audience, now),
      verifyClientAssertion(await signWith(other, { kid: other.kid }, claims()), client, audience, now),
      verifyClientAssertion(await signWith(other, { kid: key.kid }, claims()), client, audience, now),
      verifyClientAssertion(await signWith(rsa, { kid: rsa.kid }, claims()), client, audience, now),
      verifyClientAssertion(await signWith(other, {}, claims()), client, audience, now)
    ]
    for (const refusal of await Promise.all(attempts)) expect(refusal).toEqual({ refused: unknown })
  })

  it('tells whom it claims to come from before anything is verified, and null when it does not', async () => {
    expect(claimedClient(good)).toBe('c1')
    for (const sub of [undefined, '', 7, 's'.repeat(257), ['c1']])
      expect(claimedClient(await signWith(key, {}, claims({ sub })))).toBeNull()
    for (const broken of ['', 'a.b.c', `${good}=`]) expect(claimedClient(broken)).toBeNull()
  })
})

describe('the time a refusal takes', () => {
  it('does not tell an unknown client from a bad signature of a known one', async () => {
    const forged = await signWith(await drawKey(), { kid: key.kid }, claims())
    const took = async (who: AssertionClient | null) => {
      const start = performance.now()
      await verifyClientAssertion(forged, who, audience, now)
      return performance.now() - start
    }
    // By turns, so that a machine that is busy for a while is so for both.
    const [unknownTimes, knownTimes]: [number[], number[]] = [[], []]
    for (let round = 0; round < 350; round++) {
      const [first, second] = [await took(null), await took(client)]
      if (round < 50) continue
      unknownTimes.push(first)
      knownTimes.push(second)
    }
    const [unknownClient, knownClient] = [unknownTimes, knownTimes].map(times => times.toSorted((a, b) => a - b)[150] as number) as [
      number,
      number
    ]
    // A skipped signature check would be many times faster, not a fraction.
    expect(unknownClient / knownClient).toBeGreaterThan(0.4)
    expect(unknownClient / knownClient).toBeLessThan(2.5)
  })
})
