// One identifier of a person: scheme, value, country.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { checkIdentifier, identifier } from '../../schemas/identifiers.ts'

describe('an identifier of a person', () => {
  test('is checked by the rule of its scheme', () => {
    expect(identifier.safeParse({ scheme: 'ES-NIE', value: 'X2482300W' }).success).toBe(true)
    const answer = identifier.safeParse({ scheme: 'ES-NIE', value: 'X2482300A' })
    expect(answer.error?.issues).toMatchObject([{ path: ['value'], params: { rule: 'nie-letter' } }])
  })
  test('that is a passport names the country, since numbers repeat between countries', () => {
    expect(identifier.safeParse({ scheme: 'PASSPORT', value: 'AB1234567', country: 'MAR' }).success).toBe(true)
    expect(identifier.safeParse({ scheme: 'PASSPORT', value: 'AB1234567' }).error?.issues).toMatchObject([
      { params: { rule: 'passport-country' } }
    ])
  })
  test('of an unknown scheme is refused', () => {
    expect(identifier.safeParse({ scheme: 'FACEBOOK', value: 'x' }).success).toBe(false)
  })
  test('never makes a check throw, whatever its value', () => {
    const schemes = ['MA-CNIE', 'PASSPORT', 'ES-NIE', 'ES-NUSS', 'LT-AK', 'LV-PK', 'EE-IK', 'ANAPEC-DE'] as const
    fc.assert(
      fc.property(fc.constantFrom(...schemes), fc.string({ unit: 'grapheme' }), (scheme, value) => {
        expect(typeof checkIdentifier(scheme, value).ok).toBe('boolean')
      })
    )
  })
})
