// Merging patches: RFC 7396, its own examples, and the two lists that unite by key.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type JsonObject, merge } from '../../../src/domain/lifecycle/merge.ts'

/** RFC 7396, appendix A: those whose result is an object. */
const published: [JsonObject, JsonObject, JsonObject][] = [
  [{ a: 'b' }, { a: 'c' }, { a: 'c' }],
  [{ a: 'b' }, { b: 'c' }, { a: 'b', b: 'c' }],
  [{ a: 'b' }, { a: null }, {}],
  [{ a: 'b', b: 'c' }, { a: null }, { b: 'c' }],
  [{ a: ['b'] }, { a: 'c' }, { a: 'c' }],
  [{ a: 'c' }, { a: ['b'] }, { a: ['b'] }],
  [{ a: { b: 'c' } }, { a: { b: 'd', c: null } }, { a: { b: 'd' } }],
  [{ a: [{ b: 'c' }] }, { a: [1] }, { a: [1] }],
  [{ e: null }, { a: 1 }, { e: null, a: 1 }],
  [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }]
]

describe('merge', () => {
  test.each(published)('%j with %j gives %j, as RFC 7396 prints it', (record, patch, merged) => {
    expect(merge(record, patch)).toEqual(merged)
  })

  test('neither the record nor the patch is changed', () => {
    const record = freeze({ person: { name: { family: 'A' } }, documents: [{ type: 'CNIE', number: '1' }] })
    const patch = freeze({ person: { name: { family: 'B' } }, documents: [{ type: 'CNIE', number: '1', country: 'MAR' }] })
    expect(merge(record, patch)).toEqual({ person: { name: { family: 'B' } }, documents: [{ type: 'CNIE', number: '1', country: 'MAR' }] })
  })

  test('a renewed passport is added, the old one stays, and one told again is completed', () => {
    const merged = merge(
      { documents: [{ type: 'PASSPORT', number: 'A1' }] },
      {
        documents: [
          { type: 'PASSPORT', number: 'B2', supersedes: 'A1' },
          { type: 'PASSPORT', number: 'A1', expiryDate: '2027-01-01' }
        ]
      }
    )
    expect(merged).toEqual({
      documents: [
        { type: 'PASSPORT', number: 'A1', expiryDate: '2027-01-01' },
        { type: 'PASSPORT', number: 'B2', supersedes: 'A1' }
      ]
    })
  })

  test('identifiers unite by scheme and value, so two NIEs are both kept', () => {
    const nie = (value: string, more: object = {}) => ({ person: { identifiers: [{ scheme: 'ES-NIE', value, ...more }] } })
    expect(merge(merge(nie('X1'), nie('X2')), nie('X1', { status: 'withdrawn' }))).toEqual({
      person: {
        identifiers: [
          { scheme: 'ES-NIE', value: 'X1', status: 'withdrawn' },
          { scheme: 'ES-NIE', value: 'X2' }
        ]
      }
    })
  })

  test('null removes the whole list, a list elsewhere replaces', () => {
    expect(merge({ documents: [{ type: 'TIE', number: '1' }] }, { documents: null })).toEqual({})
    expect(merge({ person: { nationalities: ['MAR'] } }, { person: { nationalities: ['ESP'] } })).toEqual({
      person: { nationalities: ['ESP'] }
    })
  })

  test('a "__proto__" member changes no prototype', () => {
    const patch = JSON.parse('{"__proto__":{"polluted":true},"person":{"__proto__":{"polluted":true}}}')
    const merged = merge({}, patch) as { polluted?: unknown; person: { polluted?: unknown } }
    expect([merged.polluted, merged.person.polluted, ({} as { polluted?: unknown }).polluted]).toEqual([undefined, undefined, undefined])
  })

  test('a patch nested deeper than 32 is refused', () => {
    const deep = JSON.parse(`${'{"a":'.repeat(40)}1${'}'.repeat(40)}`)
    expect(() => merge({}, deep)).toThrow(RangeError)
  })

  test('a patch applied twice gives what it gives once', () => {
    fc.assert(
      fc.property(json, json, (record, patch) => {
        const once = merge(record, patch)
        expect(merge(once, patch)).toEqual(once)
      })
    )
  })
})

const freeze = <T>(value: T): T => {
  if (typeof value === 'object' && value !== null) for (const inner of Object.values(Object.freeze(value))) freeze(inner)
  return value
}

const item = fc.record({
  type: fc.constantFrom('PASSPORT', 'TIE'),
  number: fc.constantFrom('1', '2'),
  country: fc.constantFrom('MAR', 'ESP')
})

const json = fc.record(
  {
    state: fc.option(fc.string(), { nil: null }),
    person: fc.record({ a: fc.option(fc.nat(), { nil: null }), b: fc.array(fc.nat()) }, { requiredKeys: [] }),
    documents: fc.array(item, { maxLength: 4 })
  },
  { requiredKeys: [] }
) as fc.Arbitrary<JsonObject>
