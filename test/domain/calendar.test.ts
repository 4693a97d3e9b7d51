// How the law counts time, and the holidays it skips.
import { describe, expect, test } from 'vitest'
import { addDays, addMonths, dayIn, daysBetween, endOfDay, isWorkingDay, lastDayOf, nextWorkingDay } from '../../src/domain/calendar.ts'
import { holidays, holidayYears, isHoliday } from '../../src/domain/holidays.ts'

describe('addMonths', () => {
  test.each([
    ['2026-01-15', 1, '2026-02-15'],
    ['2026-01-31', 1, '2026-02-28'],
    ['2028-01-31', 1, '2028-02-29'],
    ['2026-12-15', 1, '2027-01-15'],
    ['2026-03-31', -1, '2026-02-28'],
    ['2024-02-29', 12, '2025-02-28']
  ])('%s and %d months is %s', (day, months, expected) => {
    expect(addMonths(day, months)).toBe(expected)
  })
})

describe('lastDayOf', () => {
  test.each([
    ['a month, date to date', '2026-01-21', { months: 1 }, '2026-02-23'],
    ['a month from the 31st ends with the month', '2026-08-31', { months: 1 }, '2026-09-30'],
    ['a last day on a holiday moves', '2026-11-08', { months: 1 }, '2026-12-09'],
    ['working days skip weekends', '2026-02-05', { workingDays: 5 }, '2026-02-12'],
    ['working days skip holidays', '2026-03-31', { workingDays: 5 }, '2026-04-08'],
    ['natural days are counted as they stand', '2026-02-05', { naturalDays: 3 }, '2026-02-08']
  ])('%s', (_, start, period, expected) => {
    expect(lastDayOf(start, period, 'ESP')).toBe(expected)
  })

  test.each([{ months: 0 }, { months: 1.5 }, { months: 121 }, { workingDays: -1 }, { naturalDays: Number.NaN }])(
    '%j is refused',
    period => {
      expect(() => lastDayOf('2026-01-01', period, 'ESP')).toThrow(RangeError)
    }
  )
})

describe('days and zones', () => {
  test('a deadline ends at 23:59 where the authority sits, in winter and in summer', () => {
    expect(endOfDay('Europe/Madrid', '2026-02-23').toISOString()).toBe('2026-02-23T22:59:59.999Z')
    expect(endOfDay('Europe/Madrid', '2026-07-23').toISOString()).toBe('2026-07-23T21:59:59.999Z')
    expect(endOfDay('Europe/Madrid', '2026-03-29').toISOString()).toBe('2026-03-29T21:59:59.999Z')
    expect(endOfDay('Africa/Casablanca', '2026-01-23').toISOString()).toBe('2026-01-23T22:59:59.999Z')
  })

  test('the last moment of a day is still that day, the next is not', () => {
    for (const day of ['2026-03-28', '2026-03-29', '2026-10-24', '2026-10-25', '2026-12-31']) {
      const end = endOfDay('Europe/Madrid', day)
      expect([dayIn('Europe/Madrid', end), dayIn('Europe/Madrid', new Date(end.getTime() + 1))]).toEqual([day, addDays(day, 1)])
    }
  })

  test('a working day of Spain may be a holiday of Morocco', () => {
    expect([isWorkingDay('2026-01-14', 'ESP'), isWorkingDay('2026-01-14', 'MAR'), isWorkingDay('2026-01-17', 'ESP')]).toEqual([
      true,
      false,
      false
    ])
    expect(nextWorkingDay('2026-12-05', 'ESP')).toBe('2026-12-07')
    expect(daysBetween('2026-01-12', '2026-10-12')).toBe(273)
  })
})

describe('holidays', () => {
  test('every year has the ten of Spain and the sixteen or more of Morocco, no day twice in a country', () => {
    for (const year of holidayYears) {
      const of = (country: string) =>
        holidays.filter(holiday => holiday.day.startsWith(`${year}`) && holiday.country === country).map(({ day }) => day)
      expect(of('ESP')).toHaveLength(10)
      expect(of('MAR')).toHaveLength(year < 2026 ? 17 : 18)
      expect(new Set([...of('ESP')]).size + new Set(of('MAR')).size).toBe(of('ESP').length + of('MAR').length)
    }
  })

  test('Good Friday is two days before Easter by the Gregorian computus', () => {
    for (const year of holidayYears)
      expect(holidays.find(({ day, name }) => name === 'Viernes Santo' && day.startsWith(`${year}`))?.day).toBe(addDays(easter(year), -2))
  })

  test('every day that hangs on the moon is at most one day from the Umm al-Qura calendar', () => {
    const format = new Intl.DateTimeFormat('en-u-ca-islamic-umalqura', { day: 'numeric', month: 'numeric', timeZone: 'UTC' })
    const islamic = (day: string) => {
      const parts = Object.fromEntries(format.formatToParts(new Date(day)).map(({ type, value }) => [type, value]))
      return `${parts.month}-${parts.day}`
    }
    const firsts: Record<string, string> = { 'Aïd al-Fitr': '10-1', 'Aïd al-Adha': '12-10', '1er Moharram': '1-1', 'Aïd al-Mawlid': '3-12' }
    const lunar = holidays.filter(({ certainty, name }) => certainty !== 'fixed' && name in firsts)
    expect(lunar).toHaveLength(16)
    for (const { day, name } of lunar) expect([addDays(day, -1), day, addDays(day, 1)].map(islamic)).toContain(firsts[name])
  })

  test('the second day follows the first', () => {
    for (const { day, name } of holidays.filter(holiday => holiday.name.endsWith(', second day'))) {
      expect(holidays.some(first => first.day === addDays(day, -1) && `${first.name}, second day` === name)).toBe(true)
    }
  })

  test('the Fête de l’Unité is kept from 2026 on, and every row names its source', () => {
    expect([isHoliday('2025-10-31', 'MAR'), isHoliday('2026-10-31', 'MAR')]).toEqual([false, true])
    expect(holidays.filter(({ source }) => source.length < 10)).toEqual([])
  })
})

/** Anonymous Gregorian algorithm. */
const easter = (year: number): string => {
  const [a, b, c] = [year % 19, Math.floor(year / 100), year % 100]
  const h = (19 * a + b - Math.floor(b / 4) - Math.floor((b - Math.floor((b + 8) / 25) + 1) / 3) + 15) % 30
  const l = (32 + 2 * (b % 4) + 2 * Math.floor(c / 4) - h - (c % 4)) % 7
  const m = Math.floor((a + 11 * h + 22 * l) / 451)
  const month = Math.floor((h + l - 7 * m + 114) / 31)
  const day = ((h + l - 7 * m + 114) % 31) + 1
  return `${year}-${String(month).padStart(2, '0')}-${String(day).padStart(2, '0')}`
}
