import { generateKeyPairSync } from 'node:crypto'
import fc from 'fast-check'
import { compactVerify } from 'jose'
import { describe, expect, it } from 'vitest'
import { algorithmOf, importParameters, type VerificationKey } from '../../src/trust/keys.ts'
import { payloadHash, type SetSender, signSet, verifySet } from '../../src/trust/set.ts'
import { algorithmForgeries, base64url, drawKey, forge, formatForgeries, issuer, now, nowSeconds, segment, signWith } from './forgery.ts'

const key = await drawKey()
const rsa = await drawKey('PS256')
const ed = await drawKey('EdDSA')
const sender: SetSender = { id: 'anapec', issuer: 'https://anapec.example', keys: [key] }
const uri = `${issuer}/ns/event/v1/candidate.selected`
const claims = (changes: Record<string, unknown> = {}) => ({
  iss: 'anapec',
  aud: issuer,
  jti: 'set-1',
  iat: nowSeconds,
  toe: nowSeconds - 60,
  txn: 'dossier-42',
  sub_id: { format: 'opaque', id: 'w-9f2c' },
  events: { [uri]: { offer: 'O-1', version: 1 } },
  ...changes
})
const header = { typ: 'secevent+jwt', kid: key.kid }
const verifyClaims = async (changes: Record<string, unknown>, who = sender) =>
  verifySet(await signWith(key, header, claims(changes)), who, issuer, now)

const good = await signWith(key, header, claims())

describe('a pushed SET', () => {
  it('gives its claims, subject and event once all holds', async () => {
    const token = await signWith(key, header, claims())
    expect(await verifySet(token, sender, issuer, now)).toEqual({
      token,
      kid: key.kid,
      iss: 'anapec',
      jti: 'set-1',
      iat: nowSeconds,
      toe: nowSeconds - 60,
      txn: 'dossier-42',
      subId: { format: 'opaque', id: 'w-9f2c' },
      eventUri: uri,
      payload: { offer: 'O-1', version: 1 },
      payloadHash: payloadHash(token)
    })
  })

  const accepted: [string, Record<string, unknown>][] = [
    ['the registered issuer as iss', { iss: 'https://anapec.example' }],
    ['an audience of one in an array', { aud: [issuer] }],
    ['iat 60 s ahead', { iat: nowSeconds + 60 }],
    ['iat of 7 days ago', { iat: nowSeconds - 7 * 86_400 }],
    ['toe 60 s ahead', { toe: nowSeconds + 60 }],
    ['a txn of 128 characters', { txn: 't'.repeat(128) }],
    ['neither toe nor txn', { toe: undefined, txn: undefined }],
    ['a jti of 256 characters', { jti: 'j'.repeat(256) }],
    ['an iss_sub subject', { sub_id: { format: 'iss_sub', iss: 'anapec', sub: 'w' } }],
    ['claims we do not know', { extra: { a: 1 } }]
  ]
  it.each(accepted)('is accepted with %s', async (_, changes) => {
    expect(await verifyClaims(changes)).toHaveProperty('payloadHash')
  })

  const refused: [string, Record<string, unknown>, string][] = [
    ['no iss', { iss: undefined }, 'invalid_issuer'],
    ["another client's iss", { iss: 'kenya' }, 'invalid_issuer'],
    ['an iss in an array', { iss: ['anapec'] }, 'invalid_issuer'],
    ['no aud', { aud: undefined }, 'invalid_audience'],
    ['the aud of another gateway', { aud: 'https://other.example' }, 'invalid_audience'],
    ['our issuer with a slash as aud', { aud: `${issuer}/` }, 'invalid_audience'],
    ['two audiences', { aud: [issuer, 'https://other.example'] }, 'invalid_audience'],
    ['an audience nested in arrays', { aud: [[issuer]] }, 'invalid_audience'],
    ['no jti', { jti: undefined }, 'invalid_request'],
    ['an empty jti', { jti: '' }, 'invalid_request'],
    ['a jti of 257 characters', { jti: 'j'.repeat(257) }, 'invalid_request'],
    ['a line feed in the jti', { jti: 'a\nb' }, 'invalid_request'],
    ['a letter beyond ASCII in the jti', { jti: 'é' }, 'invalid_request'],
    ['a number as jti', { jti: 7 }, 'invalid_request'],
    ['no iat', { iat: undefined }, 'invalid_request'],
    ['iat as text', { iat: String(nowSeconds) }, 'invalid_request'],
    ['iat with a fraction', { iat: nowSeconds + 0.5 }, 'invalid_request'],
    ['iat 61 s ahead', { iat: nowSeconds + 61 }, 'invalid_request'],
    ['iat an hour ahead', { iat: nowSeconds + 3600 }, 'invalid_request'],
    ['iat in milliseconds', { iat: nowSeconds * 1000 }, 'invalid_request'],
    ['iat of 7 days and a second ago', { iat: nowSeconds - 7 * 86_400 - 1 }, 'invalid_request'],
    ['a blank and a control character as jti', { jti: ' \u007f' }, 'invalid_request'],
    ['toe 61 s ahead', { toe: nowSeconds + 61 }, 'invalid_request'],
    ['exp', { exp: nowSeconds + 300 }, 'invalid_request'],
    ['sub', { sub: 'w' }, 'invalid_request'],
    ['nbf', { nbf: nowSeconds }, 'invalid_request'],
    ['exp of null', { exp: null }, 'invalid_request'],
    ['a txn of 129 characters', { txn: 't'.repeat(129) }, 'invalid_request'],
    ['no sub_id', { sub_id: undefined }, 'invalid_request'],
    ['sub_id as text', { sub_id: 'w-9f2c' }, 'invalid_request'],
    ['an e-mail subject', { sub_id: { format: 'email', email: 'a@b.example' } }, 'invalid_request'],
    ['a member too many in sub_id', { sub_id: { format: 'opaque', id: 'w', iss: 'x' } }, 'invalid_request'],
    ['an empty subject', { sub_id: { format: 'opaque', id: '' } }, 'invalid_request'],
    ['a NUL in the subject', { sub_id: { format: 'opaque', id: 'a\u0000b' } }, 'invalid_request'],
    ['half a surrogate pair in the subject', { sub_id: { format: 'opaque', id: 'a\ud800' } }, 'invalid_request'],
    ['no events', { events: undefined }, 'invalid_request'],
    ['an empty events', { events: {} }, 'invalid_request'],
    ['two events', { events: { [uri]: {}, other: {} } }, 'invalid_request'],
    ['events in an array', { events: [{}] }, 'invalid_request'],
    ['an event that is no object', { events: { [uri]: 'selected' } }, 'invalid_request']
  ]
  it.each(refused)('is refused with %s', async (_, changes, err) => {
    expect(await verifyClaims(changes)).toMatchObject({ err, description: { id: expect.stringMatching(/\w/) } })
  })

  it('is refused when a claim names a prototype, deep inside too', async () => {
    for (const payload of ['{"__proto__":{"iss":"anapec"}}', JSON.stringify(claims()).replace('"version":1', '"a":[{"__proto__":{}}]')]) {
      expect(await verifySet(await signWith(key, header, payload), sender, issuer, now)).toMatchObject({ err: 'invalid_request' })
    }
    expect(({} as Record<string, unknown>).iss).toBeUndefined()
  })

  it.each(algorithmForgeries(key, 'secevent+jwt', claims()))('is refused with %s', async (_, forged) => {
    const refusal = await verifySet(forged, sender, issuer, now)
    expect(['invalid_request', 'invalid_key']).toContain((refusal as { err?: string }).err)
  })

  it.each(formatForgeries(good))('is refused as invalid_request when written with %s', async (_, forged) => {
    expect(await verifySet(forged, sender, issuer, now)).toMatchObject({ err: 'invalid_request' })
  })

  it('is accepted with one line feed behind it and refused with two', async () => {
    expect(await verifySet(`${good}\n`, sender, issuer, now)).toHaveProperty('jti')
    expect(await verifySet(`${good}\n\n`, sender, issuer, now)).toMatchObject({ err: 'invalid_request' })
    expect(await verifySet(`${good}\r\n`, sender, issuer, now)).toMatchObject({ err: 'invalid_request' })
  })

  const kids = ['../../etc/passwd', "' OR 1=1--", '__proto__', 'constructor', 'toString', '\u0000', '%2e%2e%2f', 'file:///etc/passwd']
  it.each(kids)('is refused as invalid_key with the kid %j', async kid => {
    expect(await verifySet(await signWith(key, { ...header, kid }, claims()), sender, issuer, now)).toMatchObject({ err: 'invalid_key' })
  })

  it('is refused as invalid_key with a kid of 10 kB', async () => {
    expect(await verifySet(await signWith(key, { ...header, kid: 'k'.repeat(10_000) }, claims()), sender, issuer, now)).toMatchObject({
      err: 'invalid_key'
    })
  })

  it.each(['jku', 'x5u', 'jwk', 'crit', 'b64', 'zip'])('is refused with the header member %s, whatever it names', async member => {
    const forged = forge({ alg: 'ES256', ...header, [member]: member === 'jwk' ? key.jwk : 'http://127.0.0.1:1/keys' }, claims())
    expect(await verifySet(forged, sender, issuer, now)).toMatchObject({ err: 'invalid_request' })
  })

  it.each(['zip', 'jku', 'x5u', 'jwk'])('is refused with the header member %s, though rightly signed', async member => {
    const signed = await signWith(key, { ...header, [member]: member === 'jwk' ? key.jwk : 'https://a.example' }, claims())
    expect(await verifySet(signed, sender, issuer, now)).toMatchObject({ err: 'invalid_request' })
  })

  it('is accepted with a certificate in its header, which is not looked at', async () => {
    const signed = await signWith(key, { ...header, x5c: ['AAAA'], x5t: 'AAAA', 'x5t#S256': 'AAAA' }, claims())
    expect(await verifySet(signed, sender, issuer, now)).toHaveProperty('jti')
  })

  it.each([undefined, 'JWT', 'at+jwt', 'client-authentication+jwt', 'logout+jwt'])(
    'is refused with the type %s: tokens for other uses are not SETs',
    async typ => {
      expect(await verifySet(await signWith(key, { kid: key.kid, ...(typ ? { typ } : {}) }, claims()), sender, issuer, now)).toMatchObject({
        err: 'invalid_request'
      })
    }
  )

  it.each(['secevent+jwt', 'SecEvent+JWT', 'application/secevent+jwt', 'Application/SecEvent+JWT'])(
    'is accepted with the type %s',
    async typ => {
      expect(await verifySet(await signWith(key, { kid: key.kid, typ }, claims()), sender, issuer, now)).toHaveProperty('jti')
    }
  )

  it('is accepted without a kid from a client with several keys, if one of them fits', async () => {
    const many = { ...sender, keys: [rsa, ed, await drawKey(), key] }
    expect(await verifySet(await signWith(key, { typ: 'secevent+jwt' }, claims()), many, issuer, now)).toMatchObject({ kid: null })
    expect(await verifySet(await signWith(await drawKey(), { typ: 'secevent+jwt' }, claims()), many, issuer, now)).toMatchObject({
      err: 'invalid_key'
    })
  })

  it('is refused as invalid_key when a key is used with another algorithm than its own', async () => {
    const pair = generateKeyPairSync('rsa', { modulusLength: 2048 })
    const jwk = { kty: 'RSA', ...pair.publicKey.export({ format: 'jwk' }) } as VerificationKey['jwk']
    const alg = algorithmOf(jwk)
    const registered: VerificationKey = {
      kid: 'rsa',
      alg,
      jwk,
      publicKey: pair.publicKey.toCryptoKey(importParameters(alg), true, ['verify'])
    }
    const rs256 = await signWith(
      {
        ...rsa,
        alg: 'RS256' as 'PS256',
        privateKey: pair.privateKey.toCryptoKey({ name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' }, false, ['sign'])
      },
      { typ: 'secevent+jwt', kid: 'rsa' },
      claims()
    )
    expect(await verifySet(rs256, { ...sender, keys: [registered] }, issuer, now)).toMatchObject({ err: 'invalid_key' })
    const underOther = await signWith(rsa, { typ: 'secevent+jwt', kid: key.kid }, claims())
    expect(await verifySet(underOther, { ...sender, keys: [key, rsa] }, issuer, now)).toMatchObject({ err: 'invalid_key' })
  })

  it.each([
    ['PS256', rsa],
    ['EdDSA', ed]
  ] as const)('is accepted when signed with %s by a client registered so', async (_, signer) => {
    expect(
      await verifySet(
        await signWith(signer, { typ: 'secevent+jwt', kid: signer.kid }, claims()),
        { ...sender, keys: [signer] },
        issuer,
        now
      )
    ).toHaveProperty('jti')
  })

  it('is refused when any one character of it is another', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(good.length - 1), fc.constantFrom(...'ABCXYZabcxyz0189-_.'), async (index, character) => {
        fc.pre(good[index] !== character)
        const altered = good.slice(0, index) + character + good.slice(index + 1)
        expect(await verifySet(altered, sender, issuer, now)).toHaveProperty('err')
      }),
      { numRuns: 300 }
    )
  })

  it('is refused when its payload is no JSON object', async () => {
    for (const payload of ['[]', 'null', '"text"', '7', '{"iss":', '']) {
      const compact = payload === '' ? `${segment({ alg: 'ES256', ...header })}..AAAA` : await signWith(key, header, payload)
      expect(await verifySet(compact, sender, issuer, now)).toMatchObject({ err: 'invalid_request' })
    }
    expect(await verifySet(forge({ alg: 'ES256', ...header }, base64url('x')), sender, issuer, now)).toMatchObject({ err: 'invalid_key' })
  })

  it('says nothing of the claims in a refusal', async () => {
    const passport = 'AB1234567'
    for (const changes of [
      { iss: passport },
      { aud: passport },
      { jti: `${passport}\n` },
      { sub_id: passport },
      { events: passport },
      { txn: passport.repeat(20) },
      { iat: passport }
    ]) {
      expect(JSON.stringify(await verifyClaims(changes))).not.toContain(passport)
    }
  })
})

describe('the hash of the payload segment', () => {
  it('is the same for the same claims signed again, and another for other claims', async () => {
    const [one, again, other] = await Promise.all([
      signWith(key, header, claims()),
      signWith(key, header, claims()),
      signWith(key, header, claims({ jti: 'set-2' }))
    ])
    expect(one).not.toBe(again)
    expect(payloadHash(one as string)).toEqual(payloadHash(again as string))
    expect(payloadHash(other as string)).not.toEqual(payloadHash(one as string))
  })
})

describe('a SET of ours', () => {
  it.each([key, rsa, ed])('is what RFC 8417 and the SSF profile say, and verifies with the published key', async signer => {
    const content = {
      jti: 'j',
      audience: 'https://partner.example',
      subId: { format: 'opaque', id: 'p' } as const,
      toe: 5,
      txn: 't',
      eventUri: uri,
      payload: { version: 3 }
    }
    const token = await signSet(signer, issuer, content, now)
    const { payload, protectedHeader } = await compactVerify(token, signer.publicKey)
    expect(protectedHeader).toEqual({ alg: signer.alg, typ: 'secevent+jwt', kid: signer.kid })
    expect(JSON.parse(Buffer.from(payload).toString())).toEqual({
      iss: issuer,
      aud: 'https://partner.example',
      jti: 'j',
      iat: nowSeconds,
      toe: 5,
      txn: 't',
      sub_id: { format: 'opaque', id: 'p' },
      events: { [uri]: { version: 3 } }
    })
  })

  it('is accepted by another gateway of the same kind', async () => {
    const content = { jti: 'j', audience: issuer, subId: { format: 'opaque', id: 'p' } as const, eventUri: uri, payload: {} }
    expect(await verifySet(await signSet(key, 'https://anapec.example', content, now), sender, issuer, now)).toMatchObject({ jti: 'j' })
  })
})
