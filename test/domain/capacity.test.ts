// Weeks, quotas and the forecast of the last visa.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { forecast, nextWeek, quotaWithCarryOver, weeklyQuota, weekOf, weekStart } from '../../src/domain/capacity.ts'

const open: ReadonlySet<string> = new Set()

describe('weekOf', () => {
  test.each([
    ['2026-02-09T12:00:00Z', '2026-W07'],
    ['2027-01-01T12:00:00Z', '2026-W53'],
    ['2027-01-03T22:59:59Z', '2026-W53'],
    ['2027-01-03T23:00:00Z', '2027-W01'],
    ['2025-12-28T22:30:00Z', '2025-W52'],
    ['2025-12-28T23:30:00Z', '2026-W01'],
    ['2024-12-30T00:00:00Z', '2025-W01'],
    // In summer Madrid is two hours ahead.
    ['2026-07-05T21:59:59Z', '2026-W27'],
    ['2026-07-05T22:00:00Z', '2026-W28'],
    // The nights on which the clocks change.
    ['2026-03-29T22:00:00Z', '2026-W14'],
    ['2026-10-25T22:30:00Z', '2026-W43'],
    ['2026-10-25T23:00:00Z', '2026-W44']
  ])('%s lies in %s', (instant, week) => {
    expect(weekOf(new Date(instant))).toBe(week)
  })

  test('a week starts with its own first instant and ends before the next one’s', () => {
    fc.assert(
      fc.property(fc.date({ min: new Date('2020-01-01'), max: new Date('2035-01-01'), noInvalidDate: true }), at => {
        const week = weekOf(at)
        const start = weekStart(week)
        const next = weekStart(nextWeek(week))
        expect(start.getTime()).toBeLessThanOrEqual(at.getTime())
        expect(at.getTime()).toBeLessThan(next.getTime())
        expect([weekOf(start), weekOf(new Date(next.getTime() - 1))]).toEqual([week, week])
      })
    )
  })

  test.each(['2026-W00', '2026-W54', '2025-W53', '2026-7', 'W07', '', '2026-W1'])('%j is no week', week => {
    expect(() => weekStart(week)).toThrow(RangeError)
  })
})

describe('weeklyQuota', () => {
  test.each([
    ['2026-W07', 1500, 'no holiday'],
    ['2026-W01', 1200, '1 January, a holiday in both countries, counts once'],
    ['2026-W02', 1200, 'Epifanía on a Tuesday; the Manifeste de l’Indépendance on a Sunday takes nothing'],
    ['2026-W03', 1200, 'Nouvel An amazigh on a Wednesday'],
    ['2026-W12', 1200, 'Aïd al-Fitr on Friday, its second day on Saturday'],
    ['2026-W14', 1200, 'Good Friday'],
    ['2026-W22', 900, 'both days of Aïd al-Adha'],
    ['2026-W34', 900, '20 and 21 August'],
    ['2026-W44', 1500, 'Fête de l’Unité on a Saturday']
  ])('%s has %d places: %s', (week, places) => {
    expect(weeklyQuota(week, 1500)).toBe(places)
  })

  test('the loss is rounded once, and never below nothing', () => {
    expect(weeklyQuota('2026-W07', 7, new Set(['2026-02-10']))).toBe(6)
    expect(weeklyQuota('2026-W07', 8, new Set(['2026-02-10']))).toBe(6)
    const all = new Set(['2026-02-09', '2026-02-10', '2026-02-11', '2026-02-12', '2026-02-13', '2026-02-14', '2026-02-15'])
    expect(weeklyQuota('2026-W07', 1500, all)).toBe(0)
  })

  test('carry-over is nothing unless set, and never more than was left or allowed', () => {
    expect(quotaWithCarryOver('2026-W07', { weekly: 100 }, 50)).toBe(100)
    expect(quotaWithCarryOver('2026-W07', { weekly: 100, carryOver: 30 }, 50)).toBe(130)
    expect(quotaWithCarryOver('2026-W07', { weekly: 100, carryOver: 30 }, 10)).toBe(110)
    expect(quotaWithCarryOver('2026-W07', { weekly: 100, carryOver: 30 }, -10)).toBe(100)
  })
})

describe('forecast', () => {
  const from = new Date('2026-02-09T08:00:00Z')

  test('4,000 applications take three weeks of 1,500', () => {
    expect(forecast(4000, from, { weekly: 1500 })).toEqual({
      lastWeek: '2026-W09',
      weeks: [
        { week: '2026-W07', places: 1500 },
        { week: '2026-W08', places: 1500 },
        { week: '2026-W09', places: 1000 }
      ]
    })
  })

  test('places used already and holidays push the last visa back', () => {
    expect(forecast(1500, from, { weekly: 1500 }, 1)?.lastWeek).toBe('2026-W08')
    expect(forecast(3000, new Date('2026-05-18'), { weekly: 1500 })?.lastWeek).toBe('2026-W23')
  })

  test('a queue of nobody and a capacity of nothing have no last visa', () => {
    expect([forecast(0, from, { weekly: 1500 }), forecast(1, from, { weekly: 0 })]).toEqual([null, null])
  })

  test('every application has a place, no week has more than its quota, and no place is left before the last week', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 5000 }), fc.integer({ min: 100, max: 900 }), fc.nat(900), (queue, weekly, used) => {
        const planned = forecast(queue, from, { weekly }, Math.min(used, weekly), open)
        expect(planned?.weeks.reduce((sum, { places }) => sum + places, 0)).toBe(queue)
        expect(planned?.weeks.every(({ places }) => places > 0 && places <= weekly)).toBe(true)
        expect(planned?.weeks.slice(1, -1).every(({ places }) => places === weekly)).toBe(true)
      })
    )
  })
})
