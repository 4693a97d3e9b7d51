// Machine-readable zones: the published specimens, and that no single wrong digit passes.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { composeMrvB, composeTd3, type MrzInput, mrzCheckDigit, parseMrvB, parseTd3 } from '../../schemas/mrz.ts'
import { toMrzName } from '../../schemas/mrz-name.ts'

const line1 = 'P<MARBENALI<<FATIMA<ZAHRA<<<<<<<<<<<<<<<<<<<'
const line2 = 'AB12345671MAR8903152F3106202JC123456<<<<<<04'

const worker: MrzInput = {
  issuer: 'MAR',
  name: { family: 'BENALI', given: 'FATIMA ZAHRA' },
  number: 'AB1234567',
  nationality: 'MAR',
  birthDate: '1989-03-15',
  sex: 2,
  expiryDate: '2031-06-20',
  optional: 'JC123456'
}

test.each([
  ['L898902C3', '6'],
  ['740812', '2'],
  ['120415', '9'],
  ['75<<<<', '4'],
  ['AB1234567', '1']
])('the check digit of %s is %s', (field, digit) => {
  expect(mrzCheckDigit(field)).toBe(digit)
})

test('a passport is read', () => {
  expect(parseTd3(line1, line2, '2026-01-01')).toEqual({
    ok: true,
    value: {
      documentCode: 'P',
      issuer: 'MAR',
      family: 'BENALI',
      given: 'FATIMA ZAHRA',
      number: 'AB1234567',
      nationality: 'MAR',
      birthDate: '1989-03-15',
      sex: 2,
      expiryDate: '2031-06-20',
      optional: 'JC123456'
    }
  })
})

test("the standard's own specimen is read", () => {
  const specimen = parseTd3('P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<', 'L898902C36UTO7408122F1204159ZE184226B<<<<<10', '2026-01-01')
  expect(specimen).toMatchObject({
    ok: true,
    value: { family: 'ERIKSSON', given: 'ANNA MARIA', birthDate: '1974-08-12', expiryDate: '2012-04-15' }
  })
})

test('a passport is composed as it was printed', () => {
  expect(composeTd3(worker)).toEqual([line1, line2])
})

test('Germany prints D alone, and it is read back as DEU', () => {
  const lines = composeTd3({ ...worker, issuer: 'DEU', nationality: 'DEU' })
  expect(lines[0].slice(0, 5)).toBe('P<D<<')
  expect(parseTd3(...lines, '2026-01-01')).toMatchObject({ ok: true, value: { issuer: 'DEU', nationality: 'DEU' } })
})

describe('a passport is refused, with the rule, when', () => {
  const put = (line: string, position: number, character: string) => line.slice(0, position - 1) + character + line.slice(position)
  test.each([
    ['a line is short', line1.slice(1), line2, 'mrz-length'],
    ['a letter is small', line1.toLowerCase(), line2, 'mrz-alphabet'],
    ['it is a visa', put(line1, 1, 'V'), line2, 'mrz-document-code'],
    ['there is no name', `P<MAR${'<'.repeat(39)}`, line2, 'mrz-name'],
    ['a name holds a digit', put(line1, 7, '0'), line2, 'mrz-name'],
    ['the number is wrong', line1, put(line2, 3, '9'), 'mrz-number'],
    ['the birth date is wrong', line1, put(line2, 15, '8'), 'mrz-birth'],
    ['the expiry date is wrong', line1, put(line2, 22, '4'), 'mrz-expiry'],
    ['the optional data are wrong', line1, put(line2, 31, '2'), 'mrz-optional'],
    ['the composite digit is wrong', line1, put(line2, 44, '5'), 'mrz-composite'],
    ['the sex is none', line1, put(line2, 21, 'H'), 'mrz-sex']
  ])('%s', (_, first, second, rule) => {
    expect(parseTd3(first, second, '2026-01-01')).toMatchObject({ ok: false, rule })
  })
})

const names = fc.stringMatching(/^[A-Z]{1,12}( [A-Z]{1,12}){0,2}$/)
const dates = (min: string, max: string) =>
  fc.date({ min: new Date(min), max: new Date(max), noInvalidDate: true }).map(date => date.toISOString().slice(0, 10))
const inputs: fc.Arbitrary<MrzInput> = fc.record({
  issuer: fc.constantFrom('MAR', 'NGA', 'DEU'),
  name: fc.record({ family: names, given: names }),
  number: fc.stringMatching(/^[A-Z0-9]{6,9}$/),
  nationality: fc.constantFrom('MAR', 'KEN', 'DEU'),
  birthDate: fc.oneof(dates('1940-01-01', '2008-01-01'), fc.constantFrom('1975-XX-XX', '1975-03-XX')),
  sex: fc.constantFrom(0, 1, 2),
  expiryDate: dates('2020-01-01', '2036-01-01'),
  optional: fc.stringMatching(/^[A-Z0-9]{0,8}$/)
})

test('what is composed is read back the same, passport and visa, names by their rule', () => {
  fc.assert(
    fc.property(inputs, input => {
      const { name, ...rest } = input
      for (const [parse, lines, max] of [
        [parseTd3, composeTd3(input), 39],
        [parseMrvB, composeMrvB(input), 31]
      ] as const) {
        const [family, given] = toMrzName(name, max)
          .value.split('<<')
          .map(part => part.replaceAll('<', ' '))
        expect(parse(...lines, '2026-01-01')).toMatchObject({ ok: true, value: { ...rest, family, given } })
      }
    })
  )
})

test('any one changed digit of a checked field is refused', () => {
  const checked = [...Array.from({ length: 10 }, (_, index) => index), 13, 14, 15, 16, 17, 18, 19, 21, 22, 23, 24, 25, 26, 27, 42, 43]
  fc.assert(
    fc.property(inputs, fc.constantFrom(...checked), fc.integer({ min: 1, max: 9 }), (input, place, shift) => {
      const [first, second] = composeTd3(input)
      const digit = second.charAt(place)
      fc.pre(/\d/.test(digit))
      const changed = second.slice(0, place) + String((Number(digit) + shift) % 10) + second.slice(place + 1)
      expect(parseTd3(first, changed, '2026-01-01').ok).toBe(false)
    })
  )
})

test('no text makes the parser throw', () => {
  fc.assert(
    fc.property(fc.string({ minLength: 44, maxLength: 44 }), fc.stringMatching(/^[A-Z0-9<]{44}$/), (first, second) => {
      expect(parseTd3(first, second, '2026-01-01').ok).toBe(false)
      expect(typeof parseTd3(line1, second, '2026-01-01').ok).toBe('boolean')
    })
  )
})

test.each([
  ['a number of ten', { ...worker, number: 'AB12345678' }],
  ['a small letter', { ...worker, number: 'ab1234567' }],
  ['optional data of fifteen', { ...worker, optional: 'A'.repeat(15) }],
  ['a country of four', { ...worker, issuer: 'MARO' }],
  ['another document', { ...worker, documentCode: 'V' }]
])('nothing is composed of %s', (_, input) => {
  expect(() => composeTd3(input)).toThrow(RangeError)
})
