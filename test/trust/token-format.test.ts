import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseStrictJson } from '../../src/trust/strict-json.ts'
import { hasType, readToken, TokenRefused } from '../../src/trust/token-format.ts'
import { base64url, drawKey, forge, formatForgeries, segment, signWith } from './forgery.ts'

const key = await drawKey()
const token = await signWith(key, { typ: 'secevent+jwt', kid: key.kid }, { jti: 'a', padded: 'x' })

describe('the format of a token', () => {
  it('lets a right one through with its header and payload segment', () => {
    expect(readToken(token)).toMatchObject({
      compact: token,
      header: { alg: 'ES256', typ: 'secevent+jwt', kid: key.kid },
      payloadSegment: token.split('.')[1]
    })
  })

  it.each(formatForgeries(token))('refuses %s', (_, forged) => {
    expect(() => readToken(forged)).toThrow(TokenRefused)
  })

  it('calls a segment canonical exactly when its bytes encode back to it', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[A-Za-z0-9_-]{1,40}$/), text => {
        const canonical = Buffer.from(text, 'base64url').toString('base64url') === text
        const read = () => readToken(`${segment({ alg: 'ES256' })}.${text}.AAAA`)
        if (canonical) expect(read).not.toThrow()
        else expect(read).toThrow(/canonical/)
      }),
      { numRuns: 2_000 }
    )
  })

  it.each(['crit', 'b64', 'zip', 'jku', 'x5u', 'jwk'])('refuses a header with %s, whatever its value', member => {
    for (const value of ['x', null, false, [], {}])
      expect(() => readToken(forge({ alg: 'ES256', [member]: value }, {}))).toThrow(TokenRefused)
  })

  it('ignores x5c and x5t, which some kits always send', () => {
    expect(readToken(forge({ alg: 'ES256', x5c: ['AAAA'], x5t: 'AAAA', 'x5t#S256': 'AAAA' }, {})).header).toEqual({ alg: 'ES256' })
  })

  const headers: [string, string][] = [
    ['an array', segment([])],
    ['null', segment(null)],
    ['a number as alg', segment({ alg: 256 })],
    ['a number as typ', segment({ alg: 'ES256', typ: 1 })],
    ['a number as kid', segment({ alg: 'ES256', kid: 1 })],
    ['an empty kid', segment({ alg: 'ES256', kid: '' })],
    ['a kid of 257 characters', segment({ alg: 'ES256', kid: 'k'.repeat(257) })],
    ['a kid of 10 kB', segment({ alg: 'ES256', kid: 'k'.repeat(10_000) })],
    ['no JSON', base64url('{alg:ES256}')],
    ['no UTF-8', base64url(Buffer.from([0x7b, 0xff, 0x7d]))],
    ['a member __proto__', base64url('{"alg":"ES256","__proto__":{"typ":"at+jwt"}}')]
  ]
  it.each(headers)('refuses a header that is or has %s', (_, header) => {
    expect(() => readToken(`${header}.e30.AAAA`)).toThrow(TokenRefused)
  })

  it('refuses more than 64 KiB before looking at it', () => {
    expect(() => readToken(`${segment({ alg: 'ES256' })}.${'A'.repeat(64 * 1024)}.AAAA`)).toThrow(/64 KiB/)
  })

  it('compares types without case and with or without application/', () => {
    for (const typ of ['secevent+jwt', 'SecEvent+JWT', 'application/secevent+jwt', 'APPLICATION/secevent+jwt'])
      expect(hasType(typ, 'secevent+jwt')).toBe(true)
    for (const typ of [undefined, '', 'jwt', 'secevent+jwt ', 'text/secevent+jwt', 'application/application/secevent+jwt'])
      expect(hasType(typ, 'secevent+jwt')).toBe(false)
  })
})

describe('strict JSON', () => {
  it('parses what JSON.parse parses, as long as it is not deep and names no prototype', () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 5, noUnicodeString: false }), text => {
        fc.pre(!/"(__proto__|constructor|prototype)"\s*:/.test(text))
        expect(parseStrictJson(text)).toEqual(JSON.parse(text))
        expect(parseStrictJson(Buffer.from(text))).toEqual(JSON.parse(text))
      })
    )
  })

  it('takes 32 levels and refuses 33, of arrays, objects or both', () => {
    for (const [open, close] of [
      ['[', ']'],
      ['{"a":', '}'],
      ['[{"a":', '}]']
    ] as const) {
      const per = open.split(/[[{]/).length - 1
      const nest = (levels: number) => `${open.repeat(levels / per)}0${close.repeat(levels / per)}`
      expect(() => parseStrictJson(nest(32))).not.toThrow()
      expect(() => parseStrictJson(nest(32 + per))).toThrow(/levels deep/)
    }
    expect(() => parseStrictJson(`${'['.repeat(100_000)}${']'.repeat(100_000)}`)).toThrow(/levels deep/)
  })

  it.each(['{"a":1,"a":1}', '[{"b":{"a":1,"c":2,"a":[]}}]', '{"a":1,"\\u0061":2}', '{"":0,"":0}', '{"a:":1,"b":":","a:":2}'])(
    'refuses %s, which two readers may take for two things',
    text => {
      expect(() => parseStrictJson(text)).toThrow(/^ambiguous: an object has the same member twice$/)
    }
  )

  it('counts members where they are, whatever texts hold', () => {
    fc.assert(
      fc.property(
        fc.dictionary(
          fc.string({ unit: fc.constantFrom('"', ':', '\\', '{', 'a', '\n') }),
          fc.string({ unit: fc.constantFrom('"', ':', '\\', ',') })
        ),
        value => {
          expect(parseStrictJson(JSON.stringify([value, { value }], null, 1))).toEqual([value, { value }])
        }
      )
    )
  })

  const poisoned = [
    '{"__proto__":{"polluted":1}}',
    '{"a":[{"\\u005f_proto__":1}]}',
    '{"constructor":{"prototype":{"polluted":1}}}',
    '[[{"prototype":1}]]'
  ]
  it.each(poisoned)('refuses %s and pollutes nothing', text => {
    expect(() => parseStrictJson(text)).toThrow(/not allowed/)
    expect(({} as Record<string, unknown>).polluted).toBeUndefined()
  })

  it('quotes nothing of what it refuses', () => {
    expect(() => parseStrictJson('{"passport":"AB1234567"')).toThrow(/^not valid JSON$/)
  })
})
