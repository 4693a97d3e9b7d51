// Each dated rule on its own, with the worked examples of the law.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { addDays, daysBetween } from '../../../src/domain/calendar.ts'
import { isOldEnough } from '../../../src/domain/rules/age.ts'
import { lastDayOfAuthorization, liesWithin, ordinaryPermitWindow } from '../../../src/domain/rules/authorization-validity.ts'
import { deadline, deadlineRules, lastFilingDay } from '../../../src/domain/rules/deadlines.ts'
import { legalBases, legalBasis } from '../../../src/domain/rules/legal-basis.ts'
import { assessNineMonths, lastLawfulDay } from '../../../src/domain/rules/nine-months.ts'
import { judgePassport, passportRules, validOn } from '../../../src/domain/rules/passport.ts'
import type { Rule } from '../../../src/domain/rules/rule.ts'
import { chargeOnWorker } from '../../../src/domain/rules/worker-charge.ts'

const stint = (alta: string, baja: string) => ({ alta, baja })

describe('editions of rules', () => {
  test('follow each other without gap or overlap, and each cites its law', () => {
    const editions: (readonly Rule[])[] = [legalBases, Object.values(passportRules), ...Object.values(deadlineRules)]
    for (const rules of editions) {
      for (const [index, rule] of rules.entries()) {
        expect(rule.citation.length).toBeGreaterThan(10)
        const next = rules[index + 1]
        expect(rule.validTo).toBe(next === undefined ? undefined : addDays(next.validFrom, -1))
      }
    }
  })
})

describe('L1, the legal basis', () => {
  test.each([
    ['2011-06-29', undefined],
    ['2011-06-30', 'R1'],
    ['2022-08-15', 'R1'],
    ['2022-08-16', 'R2'],
    ['2025-05-19', 'R2'],
    ['2025-05-20', 'R3'],
    ['2026-01-09', 'R3']
  ])('an application of %s follows %s', (filedOn, basis) => {
    expect(legalBasis(filedOn)).toBe(basis)
  })
})

describe('L2, nine months', () => {
  test('one stint from 12 January 2026 may last until 11 October, 273 days', () => {
    for (const basis of ['R1', 'R2', 'R3'] as const) expect(lastLawfulDay(basis, [], '2026-01-12')).toBe('2026-10-11')
    expect(assessNineMonths('R3', [stint('2026-01-12', '2026-10-11')])).toMatchObject({ verdict: 'ok', days: 273 })
    expect(assessNineMonths('R3', [stint('2026-01-12', '2026-10-12')]).verdict).toBe('breach')
  })

  test('122 days in autumn and 208 after new year: lawful by calendar years, a breach in any twelve months', () => {
    const stints = [stint('2025-09-01', '2025-12-31'), stint('2026-01-05', '2026-07-31')]
    expect(assessNineMonths('R3', stints)).toMatchObject({ verdict: 'ok', days: 208 })
    expect(assessNineMonths('R1', stints)).toMatchObject({ verdict: 'breach', days: 330, until: '2026-08-01' })
    expect(assessNineMonths('R2', stints)).toMatchObject({ verdict: 'breach', days: 330, readings: 'two, the stricter taken' })
  })

  test('279 days in two stints of one calendar year are a breach', () => {
    expect(assessNineMonths('R3', [stint('2026-01-10', '2026-06-15'), stint('2026-09-01', '2026-12-31')])).toMatchObject({
      verdict: 'breach',
      days: 279
    })
  })

  test.each([
    [273, 'ok'],
    [274, 'review'],
    [276, 'review'],
    [277, 'breach']
  ])('%d days in two stints are %s', (days, verdict) => {
    const second = stint('2026-06-01', addDays('2026-06-01', days - 101))
    expect(assessNineMonths('R3', [stint('2026-01-01', '2026-04-10'), second]).verdict).toBe(verdict)
  })

  test('a season across the year end is split by the calendar rule, and not by the other', () => {
    const season = [stint('2025-10-01', '2026-05-31'), stint('2026-10-01', '2026-11-30')]
    expect(assessNineMonths('R3', season).verdict).toBe('ok')
    expect(assessNineMonths('R1', season).verdict).toBe('ok')
    const longer = [...season, stint('2026-12-01', '2026-12-31')]
    expect([assessNineMonths('R3', longer).verdict, assessNineMonths('R1', longer).verdict]).toEqual(['ok', 'ok'])
    expect(assessNineMonths('R1', [stint('2025-10-01', '2026-05-31'), stint('2026-07-01', '2026-09-30')]).verdict).toBe('breach')
  })

  test('a change of employer from one day to the next is no break, and overlapping stints count once', () => {
    const whole = assessNineMonths('R3', [stint('2026-01-12', '2026-10-11')])
    expect(assessNineMonths('R3', [stint('2026-01-12', '2026-04-30'), stint('2026-05-01', '2026-10-11')])).toEqual(whole)
    // 275 days are nine months when they are one stint from March on; broken, they would be for review.
    expect(assessNineMonths('R3', [stint('2026-03-01', '2026-04-30'), stint('2026-05-01', '2026-11-30')])).toMatchObject({
      verdict: 'ok',
      days: 275
    })
    expect(assessNineMonths('R3', [stint('2026-01-12', '2026-06-30'), stint('2026-05-01', '2026-10-11')])).toEqual(whole)
  })

  test('what was worked before shortens what may follow; null when not even a day is left', () => {
    expect(lastLawfulDay('R3', [stint('2026-01-01', '2026-06-30')], '2026-09-01')).toBe(addDays('2026-09-01', 273 - 181 - 1))
    expect(lastLawfulDay('R3', [stint('2026-01-01', '2026-09-30')], '2026-11-01')).toBeNull()
  })

  test('a longer stay is never judged more mildly', () => {
    const rank = { ok: 0, review: 1, breach: 2 }
    fc.assert(
      fc.property(
        fc.constantFrom('R1', 'R2', 'R3' as const),
        fc.nat(364),
        fc.integer({ min: 1, max: 250 }),
        fc.integer({ min: 1, max: 250 }),
        fc.nat(60),
        (basis, offset, first, second, gap) => {
          const alta = addDays('2026-01-01', offset)
          const end = addDays(alta, first - 1)
          const next = addDays(end, gap + 2)
          const verdict = (days: number) =>
            rank[assessNineMonths(basis as 'R1', [stint(alta, end), stint(next, addDays(next, days - 1))]).verdict]
          expect(verdict(second + 1)).toBeGreaterThanOrEqual(verdict(second))
        }
      )
    )
  })

  test('a stint that ends before it starts is our mistake', () => {
    expect(() => assessNineMonths('R3', [stint('2026-02-02', '2026-02-01')])).toThrow(RangeError)
  })
})

describe('L3, four years', () => {
  test('the last day is the eve of the fourth anniversary', () => {
    expect([lastDayOfAuthorization('2026-02-01'), lastDayOfAuthorization('2024-02-29')]).toEqual(['2030-01-31', '2028-02-28'])
  })

  test('a period lies within or not; its ends count', () => {
    const authorization = { validFrom: '2026-02-01', validTo: '2030-01-31' }
    expect(liesWithin({ start: '2026-02-01', end: '2030-01-31' }, authorization)).toBe(true)
    expect(liesWithin({ start: '2026-01-31', end: '2026-06-30' }, authorization)).toBe(false)
    expect(liesWithin({ start: '2030-01-01', end: '2030-02-01' }, authorization)).toBe(false)
  })

  test('the ordinary permit may be asked for from three months before until six months after', () => {
    expect(ordinaryPermitWindow('2030-01-31')).toEqual({ from: '2029-10-31', to: '2030-07-31' })
  })
})

describe('L4, the passport', () => {
  test.each([
    ['2027-01-28', '2026-01-28', true],
    ['2027-01-27', '2026-01-28', false],
    ['2025-09-19', '2025-05-19', true],
    ['2025-09-18', '2025-05-19', false],
    ['2026-05-19', '2025-05-20', false],
    ['2026-05-20', '2025-05-20', true]
  ])('one that expires on %s for a lodging on %s: %s', (expiry, lodged, suffices) => {
    expect(judgePassport(expiry, lodged)?.suffices).toBe(suffices)
  })

  test('before any law that we know, nothing is judged', () => {
    expect(judgePassport('2030-01-01', '2010-01-01')).toBeUndefined()
  })

  test('for entry with the card, valid on the day is enough', () => {
    expect([validOn('2026-02-03', '2026-02-03'), validOn('2026-02-02', '2026-02-03')]).toEqual([true, false])
  })
})

describe('L5, age', () => {
  test.each([
    ['2008-02-01', '2026-02-01', true],
    ['2008-02-02', '2026-02-01', false],
    ['2008-XX-XX', '2026-12-31', true],
    ['2008-XX-XX', '2026-12-30', false],
    ['2008-02-XX', '2026-02-28', false],
    ['2008-02-XX', '2026-03-01', true]
  ])('born %s, starting %s: old enough is %s', (birth, start, enough) => {
    expect(isOldEnough(birth, start)).toBe(enough)
  })

  test('the law itself asks for sixteen', () => {
    expect(isOldEnough('2009-06-01', '2026-02-01', 16)).toBe(true)
  })
})

describe('L10, deadlines', () => {
  test.each([
    ['visaLodging', '2026-01-21', '2026-02-23'],
    ['visaLodging', '2025-03-10', '2025-05-12'],
    ['visaDecision', '2026-01-28', '2026-02-04'],
    ['alta', '2026-02-03', '2026-02-06'],
    ['baja', '2026-06-30', '2026-07-03'],
    ['mending', '2026-01-05', '2026-01-20'],
    ['returnAppearance', '2026-06-30', '2026-07-30']
  ] as const)('%s from %s ends on %s', (name, start, lastDay) => {
    const found = deadline(name, start)
    expect(found?.lastDay).toBe(lastDay)
    expect(daysBetween(lastDay, found?.endsAt.toISOString().slice(0, 10) ?? '')).toBe(0)
  })

  test('a deadline of a law that was not in force is undefined', () => {
    expect(deadline('tie', '2025-05-19')).toBeUndefined()
  })

  test('an offer is filed three months before, an individual request two', () => {
    expect([lastFilingDay('generic', '2026-05-31'), lastFilingDay('individual', '2026-05-31')]).toEqual(['2026-02-28', '2026-03-31'])
  })
})

describe('L13, charges', () => {
  test.each([
    [{ request: { feeProof: { code: '062', paidBy: 'WORKER' } } }, '/request/feeProof/paidBy'],
    [{ request: { feeProof: { code: '052', paidBy: 'WORKER' } } }, '/request/feeProof/paidBy'],
    [{ visa: { fee: { code: '062', paidBy: 'WORKER' } } }, '/visa/fee/paidBy'],
    [{ visa: { fee: { amount: '80.00', paidBy: 'WORKER' } } }, null],
    [{ request: { feeProof: { code: '062', paidBy: 'EMPLOYER' } } }, null],
    [{ request: { feeProof: null }, visa: null }, null],
    [{}, null]
  ])('%j: %s', (payload, pointer) => {
    expect(chargeOnWorker(payload)).toBe(pointer)
  })
})
