// One person at two agencies, one number on two people, one worker chosen twice.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  compareIdentities,
  type Identity,
  identityOf,
  settleRegistrations,
  settleSelections
} from '../../src/domain/placement-conflicts.ts'

const fatima: Identity = {
  cnie: ['GB123456'],
  passports: ['MAR AB1234567'],
  name: { family: 'EL IDRISSI', given: 'FATIMA ZAHRA' },
  birthDate: '1989-03-15',
  birthPlace: 'Moulay Bousselham'
}

describe('compareIdentities', () => {
  test.each<[string, Partial<Identity>, object]>([
    ['the same papers', {}, { verdict: 'same', by: 'cnie' }],
    [
      'the same card, the name spelled otherwise',
      { name: { family: 'ELIDRISSI', given: 'Fatima-Zahra' } },
      { verdict: 'same', by: 'cnie' }
    ],
    [
      'the same card, another spelling of everything but the birth date',
      { name: { family: 'IDRYSY', given: 'FATEMA' } },
      { verdict: 'same', by: 'cnie' }
    ],
    ['the same card and name, the birth date mistyped', { birthDate: '1998-03-15' }, { verdict: 'same', by: 'cnie' }],
    ['the same card and name, only the birth year known', { birthDate: '1989-XX-XX' }, { verdict: 'same', by: 'cnie' }],
    [
      'the same card on another name and birth date',
      { name: { family: 'BENALI', given: 'AICHA' }, birthDate: '1975-XX-XX' },
      { verdict: 'clash', by: 'cnie' }
    ],
    ['no card yet, the same passport', { cnie: [] }, { verdict: 'same', by: 'passport' }],
    ['another card, the same passport', { cnie: ['GB999999'] }, { verdict: 'clash', by: 'passport' }],
    [
      'no card, the same passport, other name and birth date',
      { cnie: [], name: { family: 'BENALI', given: 'AICHA' }, birthDate: '1975-01-01' },
      { verdict: 'clash', by: 'passport' }
    ],
    ['no numbers in common, all else the same', { cnie: [], passports: [] }, { verdict: 'same', by: 'name' }],
    ['the same name and birth, but two different cards', { cnie: ['GB999999'], passports: [] }, { verdict: 'different' }],
    ['the same name, born on another day', { cnie: [], passports: [], birthDate: '1989-03-16' }, { verdict: 'different' }],
    ['the same name and birth year only', { cnie: [], passports: [], birthDate: '1989-XX-XX' }, { verdict: 'different' }],
    ['the same name and birth date in another town', { cnie: [], passports: [], birthPlace: 'Kénitra' }, { verdict: 'different' }],
    ['somebody else altogether', { cnie: ['JC1'], passports: ['MAR ZZ'], name: { family: 'X', given: 'Y' } }, { verdict: 'different' }]
  ])('%s', (_, other, likeness) => {
    expect(compareIdentities(fatima, { ...fatima, ...other })).toEqual(likeness)
    expect(compareIdentities({ ...fatima, ...other }, fatima)).toEqual(likeness)
  })

  test('a card on a name that nobody can compare is one person; with a differing name and no birth date it is held', () => {
    expect(compareIdentities(fatima, { cnie: fatima.cnie, passports: [] })).toEqual({ verdict: 'same', by: 'cnie' })
    expect(compareIdentities(fatima, { cnie: fatima.cnie, passports: [], name: { family: 'BENALI', given: 'AICHA' } })).toEqual({
      verdict: 'clash',
      by: 'cnie'
    })
  })
})

describe('identityOf', () => {
  test('takes numbers from identifiers and documents, each once', () => {
    expect(
      identityOf({
        person: {
          name: { latin: { family: 'EL IDRISSI', given: 'FATIMA' } },
          birthDate: '1989-03-15',
          identifiers: [
            { scheme: 'MA-CNIE', value: 'GB123456', country: 'MAR' },
            { scheme: 'PASSPORT', value: 'AB1234567', country: 'MAR' }
          ]
        },
        documents: [
          { type: 'PASSPORT', number: 'AB1234567', country: 'MAR' },
          { type: 'CNIE', number: 'GB123456', country: 'MAR' },
          { type: 'VISA', number: 'ESP123456', country: 'ESP' }
        ]
      })
    ).toEqual({
      cnie: ['GB123456'],
      passports: ['MAR AB1234567'],
      name: { family: 'EL IDRISSI', given: 'FATIMA' },
      birthDate: '1989-03-15'
    })
  })

  test('a record without a person has no identity to compare', () => {
    expect(compareIdentities(identityOf({}), identityOf({}))).toEqual({ verdict: 'different' })
  })
})

describe('settleRegistrations', () => {
  test('the earliest stands, whatever the order and the offsets; the others are told', () => {
    const registrations = [
      { placementId: 'b', agency: 'ANP-KHO-01', registeredAt: '2025-11-03T10:00:00+01:00' },
      { placementId: 'a', agency: 'ANP-KEN-01', registeredAt: '2025-11-03T09:30:00Z' }
    ]
    expect(settleRegistrations(registrations)).toMatchObject({ stands: { placementId: 'b' }, toTell: [{ placementId: 'a' }] })
    expect(settleRegistrations([])).toBeNull()
  })
})

describe('settleSelections', () => {
  const at = (placementId: string, employer: string, actaAt: string) => ({ placementId, employer, acta: `ACTA-${placementId}`, actaAt })

  test('the first acta wins, a later one by another employer becomes a reserve, one by the same employer is the same', () => {
    const selections = [at('2', 'B2', '2026-01-02T10:00:00Z'), at('1', 'B1', '2026-01-02T09:00:00Z'), at('3', 'B1', '2026-01-03T09:00:00Z')]
    expect(settleSelections(selections)).toMatchObject({ wins: { placementId: '1' }, toReserve: [{ placementId: '2' }] })
  })

  test('the decision does not depend on the order in which the actas were heard of', () => {
    const acta = fc.record({
      placementId: fc.constantFrom('1', '2', '3', '4'),
      employer: fc.constantFrom('B1', 'B2'),
      day: fc.integer({ min: 1, max: 3 })
    })
    fc.assert(
      fc.property(
        fc
          .uniqueArray(acta, { selector: ({ placementId }) => placementId, minLength: 1 })
          .chain(all => fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length }))),
        ([all, shuffled]) => {
          const decide = (selections: typeof all) =>
            settleSelections(selections.map(({ placementId, employer, day }) => at(placementId, employer, `2026-01-0${day}`)))
          expect(decide(shuffled)).toEqual(decide(all))
        }
      )
    )
  })
})
