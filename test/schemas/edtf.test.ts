// Birth dates with unknown parts: form, calendar, earliest and latest day, machine-readable form.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { birthDate, certainAge, checkBirthDate, earliestDate, fromMrzBirthDate, latestDate, toMrzDate } from '../../schemas/edtf.ts'
import { mrzCheckDigit } from '../../schemas/mrz.ts'

test.each([
  ['1989-03-15', '1989-03-15', '1989-03-15', '890315'],
  ['1975-XX-XX', '1975-01-01', '1975-12-31', '75<<<<'],
  ['1975-03-XX', '1975-03-01', '1975-03-31', '7503<<'],
  ['1976-02-XX', '1976-02-01', '1976-02-29', '7602<<'],
  ['2000-02-29', '2000-02-29', '2000-02-29', '000229']
])('%s is a birth date between %s and %s, printed %s', (value, earliest, latest, zone) => {
  expect(birthDate.safeParse(value).success).toBe(true)
  expect([earliestDate(value), latestDate(value), toMrzDate(value)]).toEqual([earliest, latest, zone])
})

test.each([
  ['1975', 'edtf-form'],
  ['1975-03', 'edtf-form'],
  ['1975-XX-15', 'edtf-form'],
  ['1975-xx-xx', 'edtf-form'],
  ['15/03/1989', 'edtf-form'],
  ['1989-03-15T00:00:00Z', 'edtf-form'],
  ['1989-3-15', 'edtf-form'],
  ['XXXX-XX-XX', 'edtf-form'],
  ['1989-13-XX', 'edtf-month'],
  ['1989-00-10', 'edtf-month'],
  ['1989-02-29', 'edtf-day'],
  ['1900-02-29', 'edtf-day'],
  ['1989-04-31', 'edtf-day'],
  ['1989-04-00', 'edtf-day'],
  ['', 'edtf-form']
])('%s is no birth date: %s', (value, rule) => {
  expect(checkBirthDate(value)).toMatchObject({ ok: false, rule })
  expect(birthDate.safeParse(value).success).toBe(false)
  expect(() => latestDate(value)).toThrow(RangeError)
})

test('the check digit of a year alone is computed over the fillers', () => {
  expect(mrzCheckDigit(toMrzDate('1975-XX-XX'))).toBe('4')
})

test.each([
  ['2008-01-12', '2026-01-12', 18],
  ['2008-01-13', '2026-01-12', 17],
  ['2008-XX-XX', '2026-12-30', 17],
  ['2008-XX-XX', '2026-12-31', 18],
  ['2008-02-29', '2026-02-28', 17],
  ['2008-02-29', '2026-03-01', 18]
])('somebody born %s is on %s certainly %i', (value, onDate, age) => {
  expect(certainAge(value, onDate)).toBe(age)
})

const known = fc
  .date({ min: new Date('1927-01-01'), max: new Date('2025-12-31'), noInvalidDate: true })
  .map(date => date.toISOString().slice(0, 10))
const anyPrecision = fc.tuple(known, fc.constantFrom('day', 'month', 'year')).map(([date, precision]) => {
  if (precision === 'day') return date
  return precision === 'month' ? `${date.slice(0, 7)}-XX` : `${date.slice(0, 4)}-XX-XX`
})

test('a birth date within the hundred years before survives the machine-readable zone', () => {
  fc.assert(
    fc.property(anyPrecision, value => {
      expect(fromMrzBirthDate(toMrzDate(value), '2026-01-01')).toBe(value)
    })
  )
})

test('the earliest day is never after the latest, and both begin as the value does', () => {
  fc.assert(
    fc.property(anyPrecision, value => {
      const prefix = value.replace(/(-XX)+$/, '')
      expect(earliestDate(value) <= latestDate(value)).toBe(true)
      expect(earliestDate(value).startsWith(prefix) && latestDate(value).startsWith(prefix)).toBe(true)
    })
  )
})

test.each(['8903', '89<<15', '891301', '890230', 'AB0101'])('%s is no birth date of a machine-readable zone', value => {
  expect(fromMrzBirthDate(value, '2026-01-01')).toBeNull()
})

test('the century of a printed year is the one that is not in the future', () => {
  expect(fromMrzBirthDate('260102', '2026-01-01')).toBe('1926-01-02')
  expect(fromMrzBirthDate('260101', '2026-01-01')).toBe('2026-01-01')
})
