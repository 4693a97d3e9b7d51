import { createPublicKey, generateKeyPairSync } from 'node:crypto'
import { calculateJwkThumbprint, compactVerify, importJWK } from 'jose'
import { describe, expect, it } from 'vitest'
import { clientKeyLoader, registerJwks } from '../../src/trust/client-keys.ts'
import { generateSigningKey, KeyRefused, loadSigningKey, publicJwks, signingAlgorithms } from '../../src/trust/keys.ts'
import { verifySignature } from '../../src/trust/signature.ts'
import { readToken } from '../../src/trust/token-format.ts'
import { signWith } from './forgery.ts'

type Jwk = Record<string, unknown>
const ecKey = (namedCurve = 'P-256') => generateKeyPairSync('ec', { namedCurve })
const publicJwk = (key: { publicKey: { export(options: { format: 'jwk' }): object } }): Jwk => ({
  ...key.publicKey.export({ format: 'jwk' })
})
const p256 = (): Jwk => publicJwk(ecKey())

describe('our signing keys', () => {
  it.each(signingAlgorithms)(
    '%s: named by its thumbprint, comes back from its JSON, and signs what jose verifies with the published key',
    async alg => {
      const { key, privateJwk } = await generateSigningKey(alg)
      const again = await loadSigningKey(privateJwk)
      const [published] = publicJwks([again]).keys
      expect(again.kid).toBe(key.kid)
      expect(published).toMatchObject({ kid: await calculateJwkThumbprint(published as object), alg, use: 'sig' })
      const token = await signWith(again, { kid: again.kid }, { a: 1 })
      const { payload } = await compactVerify(token, await importJWK(published as Jwk, alg))
      expect(JSON.parse(Buffer.from(payload).toString())).toEqual({ a: 1 })
    }
  )

  it('publish no private member, and cannot be exported from memory', async () => {
    for (const alg of signingAlgorithms) {
      const { key } = await generateSigningKey(alg)
      for (const member of ['d', 'p', 'q', 'dp', 'dq', 'qi', 'k']) expect(publicJwks([key]).keys[0]).not.toHaveProperty(member)
      await expect(crypto.subtle.exportKey('jwk', key.privateKey)).rejects.toThrow()
    }
  })
})

describe("a client's JWK Set", () => {
  it('is stored with canonical members only, the kid given or the thumbprint', async () => {
    const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 })
    const ed = generateKeyPairSync('ed25519')
    const ec = p256()
    const { keys } = await registerJwks({
      keys: [
        { ...ec, kid: 'k1', alg: 'ES256', use: 'sig', key_ops: ['verify'], x5c: ['AAAA'], note: 'mine' },
        { ...publicJwk(rsa), kid: 'k2' },
        { ...publicJwk(ed), alg: 'Ed25519' }
      ]
    })
    expect(keys.map(key => Object.keys(key).sort().join())).toEqual(['crv,kid,kty,x,y', 'e,kid,kty,n', 'crv,kid,kty,x'])
    expect(keys.map(({ kid }) => kid)).toEqual(['k1', 'k2', await calculateJwkThumbprint(publicJwk(ed))])
    expect(clientKeyLoader()({ keys }).map(({ alg }) => alg)).toEqual(['ES256', 'PS256', 'EdDSA'])
  })

  it('accepts EdDSA and Ed25519 as the name of the same Ed25519 key, registered and in the header', async () => {
    const { key } = await generateSigningKey('EdDSA')
    for (const registered of ['EdDSA', 'Ed25519', undefined]) {
      const { keys } = await registerJwks({ keys: [{ ...key.jwk, kid: 'k', ...(registered ? { alg: registered } : {}) }] })
      for (const alg of ['EdDSA', 'Ed25519']) {
        const token = await signWith(key, { alg, kid: 'k' }, { a: 1 })
        await expect(verifySignature(readToken(token), clientKeyLoader()({ keys }))).resolves.toEqual({ a: 1 })
      }
    }
  })

  /** A modulus of exactly so many bits. */
  const rsaOf = (bits: number, e = 'AQAB'): Jwk => {
    const n = Buffer.alloc(Math.ceil(bits / 8), 0xff)
    n[0] = 0xff >> (n.length * 8 - bits)
    return { kty: 'RSA', n: n.toString('base64url'), e }
  }
  const ofBytes = (bytes: number) => {
    const set = { keys: [{ ...p256(), x5c: [''] }] }
    const [first] = set.keys
    if (first) first.x5c = ['A'.repeat(bytes - JSON.stringify(set).length)]
    return set
  }

  it('is taken at its bounds: eight keys, RSA of 2048 and 8192 bits, a kid of 256 characters, 16 KiB', async () => {
    const keys = [rsaOf(2048), rsaOf(8192), { ...p256(), kid: 'k'.repeat(256) }, ...Array.from({ length: 5 }, p256)]
    expect((await registerJwks({ keys })).keys).toHaveLength(8)
    expect((await registerJwks(ofBytes(16 * 1024))).keys).toHaveLength(1)
  })

  const bad: [string, () => unknown, RegExp][] = [
    ['nothing', () => undefined, /"keys"/],
    ['an array', () => [p256()], /"keys"/],
    ['no keys', () => ({ keys: [] }), /1 to 8/],
    ['nine keys', () => ({ keys: Array.from({ length: 9 }, p256) }), /1 to 8/],
    ['a private EC key', () => ({ keys: [ecKey().privateKey.export({ format: 'jwk' })] }), /private member "d"/],
    ['a private member that is null', () => ({ keys: [{ ...p256(), d: null }] }), /private member "d"/],
    ['a symmetric key', () => ({ keys: [{ kty: 'oct', k: 'c2VjcmV0' }] }), /private member "k"/],
    ['a symmetric key without value', () => ({ keys: [{ kty: 'oct' }] }), /kty must be/],
    ['P-384', () => ({ keys: [publicJwk(ecKey('P-384'))] }), /P-256/],
    ['secp256k1', () => ({ keys: [publicJwk(ecKey('secp256k1'))] }), /P-256/],
    ['X25519', () => ({ keys: [publicJwk(generateKeyPairSync('x25519'))] }), /Ed25519/],
    ['Ed448', () => ({ keys: [publicJwk(generateKeyPairSync('ed448'))] }), /Ed25519/],
    ['RSA of 2047 bits', () => ({ keys: [rsaOf(2047)] }), /2048 to 8192 bits, not 2047/],
    ['RSA of 8193 bits', () => ({ keys: [rsaOf(8193)] }), /2048 to 8192 bits, not 8193/],
    ['RSA with e = 3', () => ({ keys: [rsaOf(2048, 'Aw')] }), /AQAB/],
    ['RSA with e = 65539', () => ({ keys: [rsaOf(2048, 'AQAD')] }), /AQAB/],
    ...['p', 'q', 'dp', 'dq', 'qi', 'oth', 'k', 'priv'].map((member): [string, () => unknown, RegExp] => [
      `the private member ${member}`,
      () => ({ keys: [{ ...p256(), [member]: 'AQAB' }] }),
      new RegExp(`private member "${member}"`)
    ]),
    ['a point that is not on the curve', () => ({ keys: [{ ...p256(), y: p256().y }] }), /valid EC/],
    ['a coordinate with a blank', () => ({ keys: [{ ...p256(), x: ` ${p256().x}` }] }), /base64url/],
    ['the alg of another key type', () => ({ keys: [{ ...p256(), alg: 'PS256' }] }), /"ES256"/],
    ['RS256', () => ({ keys: [{ ...rsaOf(2048), alg: 'RS256' }] }), /"PS256"/],
    ['use enc', () => ({ keys: [{ ...p256(), use: 'enc' }] }), /use/],
    ['key_ops without verify', () => ({ keys: [{ ...p256(), key_ops: ['sign'] }] }), /key_ops/],
    [
      'one kid twice',
      () => ({
        keys: [
          { ...p256(), kid: 'a' },
          { ...p256(), kid: 'a' }
        ]
      }),
      /kid of an earlier/
    ],
    ['an empty kid', () => ({ keys: [{ ...p256(), kid: '' }] }), /kid must be/],
    ['a kid of 257 characters', () => ({ keys: [{ ...p256(), kid: 'k'.repeat(257) }] }), /kid must be/],
    ['16 KiB and a byte', () => ofBytes(16 * 1024 + 1), /16 KiB/]
  ]
  it.each(bad)('is refused with %s, for a reason that names the rule', async (_, make, reason) => {
    const refusal = await registerJwks(make()).catch((cause: unknown) => cause)
    expect(refusal).toBeInstanceOf(KeyRefused)
    expect((refusal as Error).message).toMatch(reason)
  })

  it('is refused when one key comes twice under two kids, also written as a twin of itself', async () => {
    const jwk = p256()
    await expect(
      registerJwks({
        keys: [
          { ...jwk, kid: 'a' },
          { ...jwk, kid: 'b' }
        ]
      })
    ).rejects.toThrow(/same key/)
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
    const x = jwk.x as string
    const twin = x.slice(0, -1) + alphabet[alphabet.indexOf(x.slice(-1)) + 1]
    expect(createPublicKey({ key: { ...jwk, x: twin }, format: 'jwk' }).export({ format: 'jwk' }).x).toBe(x)
    await expect(
      registerJwks({
        keys: [
          { ...jwk, kid: 'a' },
          { ...jwk, x: twin, kid: 'b' }
        ]
      })
    ).rejects.toThrow(/same key/)
  })

  it('is loaded once for the same text and forgotten beyond the bound', async () => {
    const load = clientKeyLoader(1)
    const [one, two] = await Promise.all([registerJwks({ keys: [p256()] }), registerJwks({ keys: [p256()] })])
    expect(load(one)).toBe(load({ keys: [...one.keys] }))
    const before = load(one)
    load(two)
    expect(load(one)).not.toBe(before)
  })
})
