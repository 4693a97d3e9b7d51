import { randomBytes } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { hasScope, readBearer, readScope } from '../../src/trust/authorization-header.ts'
import { boundedCache } from '../../src/trust/bounded-cache.ts'
import { type CursorScope, cursors } from '../../src/trust/cursor.ts'
import { newDataKey } from '../../src/trust/seal.ts'
import { hashToken, oneTimeToken, randomToken, secretsEqual } from '../../src/trust/secrets.ts'

describe('secrets', () => {
  it('are long, URL-safe and never the same', () => {
    const drawn = Array.from({ length: 500 }, () => randomToken('iat_'))
    expect(new Set(drawn).size).toBe(500)
    for (const token of drawn) expect(token).toMatch(/^iat_[A-Za-z0-9_-]{43}$/)
  })

  it('are stored as a hash from which the shown token is recognised', () => {
    const { token, hash } = oneTimeToken('iat_')
    expect(hashToken(token)).toEqual(hash)
    expect(hashToken(`${token}x`)).not.toEqual(hash)
  })

  it('are equal exactly when they are, whatever their lengths', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (left, right) => {
        expect(secretsEqual(left, right)).toBe(Buffer.from(left).equals(Buffer.from(right)))
        expect(secretsEqual(left, left)).toBe(true)
      })
    )
  })
})

describe('a cursor', () => {
  const secret = newDataKey()
  const paging = cursors(secret)
  const scope: CursorScope = { clientId: 'c1', collection: 'placements', filters: { state: 'GRANTED', agency: 'ANP' } }

  it('gives back its position to the same client with the same filters in any order', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.string(), fc.integer()), { maxLength: 4 }), position => {
        expect(paging.read(paging.write(position, scope), { ...scope, filters: { agency: 'ANP', state: 'GRANTED' } })).toEqual(position)
      })
    )
  })

  it('survives a restart with the same secret, and no other', () => {
    const cursor = paging.write(['a', 1], scope)
    expect(cursors(secret).read(cursor, scope)).toEqual(['a', 1])
    expect(cursors(newDataKey()).read(cursor, scope)).toBeNull()
  })

  const others: [string, CursorScope][] = [
    ['another client', { ...scope, clientId: 'c2' }],
    ['another list', { ...scope, collection: 'offers' }],
    ['other filters', { ...scope, filters: { state: 'GRANTED' } }],
    ['more filters', { ...scope, filters: { ...scope.filters, employer: 'B1' } }]
  ]
  it.each(others)('is nothing to %s', (_, other) => {
    expect(paging.read(paging.write(['a', 1], scope), other)).toBeNull()
  })

  it('is refused when any character is another, or when it is anything else', () => {
    const cursor = paging.write(['2026-11-23T10:00:00Z', 'id'], scope)
    for (let index = 0; index < cursor.length - 1; index++) {
      const altered = cursor.slice(0, index) + (cursor[index] === 'A' ? 'B' : 'A') + cursor.slice(index + 1)
      expect(paging.read(altered, scope)).toBeNull()
    }
    for (const text of ['', '.', 'a', 'a.b', `${cursor}.x`, cursor.repeat(40), randomBytes(30).toString('base64url')])
      expect(paging.read(text, scope)).toBeNull()
  })
})

describe('the Authorization header', () => {
  it.each(['Bearer abc.def-_', 'bearer abc.def-_', 'BEARER   abc.def-_'])('%s gives its token', header => {
    expect(readBearer(header)).toEqual({ token: 'abc.def-_' })
  })
  it.each([undefined, '', 'Basic abc', 'DPoP abc', 'Bearerabc', 'xBearer abc', ' Bearer abc'])('%s is no bearer token', header => {
    expect(readBearer(header)).toBe('missing')
  })
  it.each(['Bearer', 'Bearer ', 'Bearer a b', 'Bearer a,b', 'Bearer a, Bearer b', 'Bearer é', 'Bearer "a"', 'Bearer a\tb', 'Bearer ='])(
    '%j is malformed',
    header => {
      expect(readBearer(header)).toBe('malformed')
    }
  )
})

describe('scopes', () => {
  it('are read once each, in order', () => {
    expect(readScope('set.push ssf.read set.push')).toEqual(['set.push', 'ssf.read'])
  })
  it.each(['', ' ', 'a  b', ' a', 'a ', 'a\tb', 'a"b', 'a\\b', 'é', 'a'.repeat(1_025)])('%j is no list of scopes', scope => {
    expect(readScope(scope)).toBeNull()
  })
  it('are enough when one of those accepted was granted', () => {
    expect(hasScope(['ssf.read'], ['ssf.manage', 'ssf.read'])).toBe(true)
    expect(hasScope(['ssf'], ['ssf.manage', 'ssf.read'])).toBe(false)
    expect(hasScope([], ['set.push'])).toBe(false)
  })
})

describe('a bounded cache', () => {
  it('holds at most its bound and lets go of what was not asked for the longest', () => {
    const cache = boundedCache<number>(2)
    cache.set('a', 1)
    cache.set('b', 2)
    cache.get('a')
    cache.set('c', 3)
    expect([cache.get('a'), cache.get('b'), cache.get('c'), cache.size]).toEqual([1, undefined, 3, 2])
  })
})
