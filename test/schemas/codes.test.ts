// Code lists that collide between counterparts: sex, occupations, countries; and the small values built on them.
import { describe, expect, test } from 'vitest'
import { alpha2Of, alpha3Of, isCountry, moroccanRegionOf } from '../../schemas/codes.ts'
import { occupation, sameOccupation, toIsco } from '../../schemas/occupation.ts'
import { amount, country, instant, localDate, moment, period, phone, text, uuid } from '../../schemas/primitives.ts'
import { fromMrzSex, fromSpanishSex, fromTgssSex, sex, toMrzSex, toSpanishSex, toTgssSex } from '../../schemas/sex.ts'

describe('sex', () => {
  test('H is a man and M a woman in Spain, M a man in a machine-readable zone', () => {
    expect([fromSpanishSex('H'), fromSpanishSex('M')]).toEqual([1, 2])
    expect([fromMrzSex('M'), fromMrzSex('F'), fromMrzSex('<'), fromMrzSex('X'), fromMrzSex('H')]).toEqual([1, 2, 0, 0, null])
    expect(fromSpanishSex('F')).toBeNull()
    expect([fromTgssSex('1'), fromTgssSex('2'), fromTgssSex('3')]).toEqual([1, 2, null])
  })
  test.each([
    [0, '<', null, null],
    [1, 'M', 'H', '1'],
    [2, 'F', 'M', '2'],
    [9, '<', null, null]
  ] as const)('%i is %s, %s and %s', (value, zone, spanish, tgss) => {
    expect([toMrzSex(value), toSpanishSex(value), toTgssSex(value)]).toEqual([zone, spanish, tgss])
  })
  test.each(['H', 'M', 'F', 3, '2', null])('%j is no ISO 5218 code', value => {
    expect(sex.safeParse(value).success).toBe(false)
  })
})

describe('occupations', () => {
  test('the same number in two schemes is not the same occupation', () => {
    expect(sameOccupation({ scheme: 'CNO-11', code: '2512' }, { scheme: 'ISCO-08', code: '2512' })).toBe(false)
    expect(sameOccupation({ scheme: 'CNO-11', code: '9512' }, { scheme: 'CNO-11', code: '9512' })).toBe(true)
  })
  test.each([
    ['CNO-11', '9511', '9211'],
    ['CNO-11', '9512', '9214'],
    ['CNO-11', '9520', '9212'],
    ['CNO-11', '9530', '9213'],
    ['CNO-11', '2512', null],
    ['ISCO-08', '2512', '2512'],
    ['ROME-MA', 'A1101', null]
  ] as const)('%s %s is ISCO-08 %s', (scheme, code, isco) => {
    expect(toIsco({ scheme, code })).toBe(isco)
  })
  test.each([{ scheme: 'CNO-11', code: '95' }, { scheme: 'ISCO-08', code: 'A101' }, { scheme: 'CNAE', code: '0125' }, { code: '9512' }])(
    '%j is refused',
    value => {
      expect(occupation.safeParse(value).success).toBe(false)
    }
  )
})

test('every country has one code of two and one of three letters, and each leads back to the other', () => {
  expect(alpha3Of.size).toBe(249)
  for (const [two, three] of alpha3Of) {
    expect([two, three]).toEqual([alpha2Of.get(three), alpha3Of.get(two)])
    expect(`${two}:${three}`).toMatch(/^[A-Z]{2}:[A-Z]{3}$/)
  }
})

test.each([
  'MA:MAR',
  'ES:ESP',
  'LT:LTU',
  'LV:LVA',
  'EE:EST',
  'NG:NGA',
  'KE:KEN',
  'AM:ARM',
  'FR:FRA',
  'EC:ECU',
  'HN:HND',
  'CO:COL',
  'GT:GTM',
  'SN:SEN'
])('%s is a pair of the standard', pair => {
  expect(alpha3Of.get(pair.slice(0, 2))).toBe(pair.slice(3))
})

test('a two-letter or invented country is refused', () => {
  expect([isCountry('MAR'), isCountry('MA'), isCountry('XXX'), isCountry('mar')]).toEqual([true, false, false, false])
  expect(country.safeParse('MA').success).toBe(false)
})

test('a Moroccan province leads to its region', () => {
  expect([moroccanRegionOf('MA-KEN'), moroccanRegionOf('MA-04'), moroccanRegionOf('MA-KHO'), moroccanRegionOf('ES-H')]).toEqual([
    'MA-04',
    'MA-04',
    'MA-05',
    undefined
  ])
})

describe('small values', () => {
  test.each([
    [localDate, '2024-02-29'],
    [localDate, '1900-01-01'],
    [localDate, '2199-12-31'],
    [instant, '2026-01-12T08:30:00+01:00'],
    [instant, '2026-01-12T08:30:00.123Z'],
    [moment, '2026-01-12'],
    [moment, '2026-01-12T08:30:00Z'],
    [amount, '41.00'],
    [phone, '+212600000000'],
    [uuid, '018f4d7e-0000-7000-8000-000000000001'],
    [text(20), 'Moulay Bousselham'],
    [text(20), 'مولاي بوسلهام'],
    [period, { start: '2026-01-12', end: '2026-01-12' }]
  ])('%# is accepted: %j', (schema, value) => {
    expect(schema.safeParse(value).success).toBe(true)
  })
  test.each([
    [localDate, '2026-02-29'],
    [localDate, '2026-1-12'],
    [localDate, '0999-12-31'],
    [localDate, '9999-12-31'],
    [instant, '2026-01-12T08:30:00'],
    [instant, '1000-01-01T00:00:00Z'],
    [instant, '9999-12-31T23:59:59-12:00'],
    [moment, '0000-01-01'],
    [moment, '12/01/2026'],
    [amount, '41'],
    [amount, '041.00'],
    [amount, 41],
    [phone, '0600000000'],
    [phone, '+0600000000'],
    [uuid, '018F4D7E-0000-7000-8000-000000000001'],
    [text(5), 'abcdef'],
    [text(20), ' a'],
    [text(20), 'a '],
    [text(20), 'a\u0007b'],
    [text(20), 'a\u202E'],
    [text(20), '\uD800'],
    [period, { start: '2026-02-01', end: '2026-01-01' }]
  ])('%# is refused: %j', (schema, value) => {
    expect(schema.safeParse(value).success).toBe(false)
  })
})
