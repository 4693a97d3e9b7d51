import { decodeJwt, decodeProtectedHeader } from 'jose'
import { describe, expect, it } from 'vitest'
import { accessTokenVerifier, issueAccessToken } from '../../src/trust/access-token.ts'
import { verifyClientAssertion } from '../../src/trust/client-assertion.ts'
import { verifySet } from '../../src/trust/set.ts'
import { algorithmForgeries, drawKey, formatForgeries, issuer, now, nowSeconds, signWith } from './forgery.ts'

const key = await drawKey()
const grant = { clientId: 'c1', scopes: ['set.push', 'ssf.read'], certificate: null }
const issue = (at = now) => issueAccessToken(key, issuer, grant, at)
const later = (seconds: number) => new Date(now.getTime() + seconds * 1000)
const claims = (changes: Record<string, unknown> = {}) => ({
  iss: issuer,
  aud: issuer,
  sub: 'c1',
  client_id: 'c1',
  scope: 'set.push',
  iat: nowSeconds,
  exp: nowSeconds + 300,
  jti: 'j',
  ...changes
})
const header = { typ: 'at+jwt', kid: key.kid }
const good = await signWith(key, header, claims())
const verifier = () => accessTokenVerifier(issuer, () => [key])

describe('an access token', () => {
  it('holds what RFC 9068 asks and nothing of the client but its id', async () => {
    const token = await issue()
    expect(decodeProtectedHeader(token)).toEqual({ alg: 'ES256', typ: 'at+jwt', kid: key.kid })
    expect(decodeJwt(token)).toEqual(claims({ scope: 'set.push ssf.read', jti: expect.any(String) }))
    expect(await verifier()(token, now)).toEqual({
      certificate: null,
      clientId: 'c1',
      scopes: ['set.push', 'ssf.read'],
      jti: expect.any(String),
      expiresAt: nowSeconds + 300
    })
  })

  it('is taken until a minute after its end, also when it was verified before', async () => {
    const verify = verifier()
    const token = await issue()
    expect(await verify(token, now)).not.toBeNull()
    expect(await verify(token, later(359))).not.toBeNull()
    expect(await verify(token, later(361))).toBeNull()
    expect(await verifier()(token, later(361))).toBeNull()
  })

  it('is not taken any more once its key was withdrawn, although it was verified before', async () => {
    let keys = [key]
    const verify = accessTokenVerifier(issuer, () => keys)
    const token = await issue()
    expect(await verify(token, now)).not.toBeNull()
    keys = [await drawKey()]
    expect(await verify(token, now)).toBeNull()
  })

  it('is verified once for many requests', async () => {
    let lookups = 0
    const counted = new Proxy([key], {
      get(target, name) {
        if (name === 'filter') lookups++
        return Reflect.get(target, name)
      }
    })
    const verify = accessTokenVerifier(issuer, () => counted)
    const token = await issue()
    for (let request = 0; request < 100; request++) expect(await verify(token, now)).not.toBeNull()
    expect(lookups).toBe(1)
  })

  it('is remembered only within the bound', async () => {
    const verify = accessTokenVerifier(issuer, () => [key], 2)
    const tokens = await Promise.all([issue(), issue(), issue()])
    for (const token of tokens) expect(await verify(token, now)).not.toBeNull()
    const again = await Promise.all(tokens.map(token => verify(token, now)))
    expect(again.every(token => token !== null)).toBe(true)
  })

  const refused: [string, Record<string, unknown>][] = [
    ['another issuer', { iss: 'https://other.example' }],
    ['another audience', { aud: 'https://other.example' }],
    ['an array as audience', { aud: [issuer] }],
    ['no client_id', { client_id: undefined }],
    ['another sub than client_id', { sub: 'c2' }],
    ['no scope', { scope: undefined }],
    ['no exp', { exp: undefined }],
    ['exp as text', { exp: String(nowSeconds + 300) }],
    ['exp 61 s ago', { exp: nowSeconds - 61 }],
    ['iat 61 s ahead', { iat: nowSeconds + 61 }],
    ['no jti', { jti: undefined }]
  ]
  it.each(refused)('is refused with %s', async (_, changes) => {
    expect(await verifier()(await signWith(key, header, claims(changes)), now)).toBeNull()
  })

  it('is taken with exp 59 s ago and iat 59 s ahead', async () => {
    expect(await verifier()(await signWith(key, header, claims({ exp: nowSeconds - 59 })), now)).not.toBeNull()
    expect(await verifier()(await signWith(key, header, claims({ iat: nowSeconds + 59 })), now)).not.toBeNull()
  })

  it.each(algorithmForgeries(key, 'at+jwt', claims()))('is refused with %s', async (_, forged) => {
    expect(await verifier()(forged, now)).toBeNull()
  })

  it.each(formatForgeries(good))('is refused when written with %s', async (_, forged) => {
    expect(await verifier()(forged, now)).toBeNull()
  })

  it.each(['zip', 'jku', 'x5u', 'jwk'])('is refused with the header member %s, though rightly signed', async member => {
    const signed = await signWith(key, { ...header, [member]: member === 'jwk' ? key.jwk : 'https://a.example' }, claims())
    expect(await verifier()(signed, now)).toBeNull()
  })

  it('is refused without a kid, and from any key that is not ours', async () => {
    const other = await drawKey()
    expect(await verifier()(await signWith(key, { typ: 'at+jwt' }, claims()), now)).toBeNull()
    expect(await verifier()(await signWith(other, { typ: 'at+jwt', kid: key.kid }, claims()), now)).toBeNull()
  })
})

describe('cross-JWT confusion', () => {
  const setKey = key
  it('a SET of ours is no access token, though signed with the same key', async () => {
    for (const typ of ['secevent+jwt', 'JWT', undefined, 'client-authentication+jwt']) {
      expect(await verifier()(await signWith(setKey, { kid: key.kid, ...(typ ? { typ } : {}) }, claims()), now)).toBeNull()
    }
  })

  it('an access token is neither an assertion nor a SET, though all claims would fit', async () => {
    const both = claims({ iss: 'c1', aud: issuer, sub_id: { format: 'opaque', id: 'a' }, events: { e: {} } })
    const token = await signWith(key, header, both)
    const audience = { issuer, tokenEndpoint: `${issuer}/oauth/token` }
    expect(await verifyClientAssertion(token, { id: 'c1', keys: [key], legacyAudience: true }, audience, now)).toHaveProperty('refused')
    expect(await verifySet(token, { id: 'c1', keys: [key] }, issuer, now)).toHaveProperty('err')
  })
})
