// The small pieces everything stands on: errors, clocks, scopes, clear columns, back-off.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { attemptsMax, nextWaitMs, retryScheduleMs } from '../../src/domain/backoff.ts'
import { realClock, scaledClock } from '../../src/domain/clock.ts'
import { clearColumns } from '../../src/domain/columns.ts'
import { DomainError, httpStatuses } from '../../src/domain/errors.ts'
import { fold } from '../../src/domain/lifecycle/fold.ts'
import { fits } from '../../src/domain/scope.ts'
import { sampleCif, samplePayload } from '../support/histories.ts'

describe('DomainError', () => {
  test('carries its code, slug and detail, and optional members only when given', () => {
    expect({ ...new DomainError('conflict', 'Read it again and repeat.') }).toEqual({
      name: 'DomainError',
      code: 'conflict',
      slug: 'conflict',
      detail: 'Read it again and repeat.'
    })
    const full = new DomainError('invalid', 'Mend it.', {
      slug: 'too-large',
      errors: [{ pointer: '/a', code: 'b' }],
      retryAfterSeconds: 3,
      cause: 'x'
    })
    expect(full).toMatchObject({ slug: 'too-large', errors: [{ pointer: '/a', code: 'b' }], retryAfterSeconds: 3, cause: 'x' })
  })

  test('every code has a status of its own', () => {
    expect(new Set(Object.values(httpStatuses)).size).toBe(6)
  })
})

describe('clocks', () => {
  test('the real clock tells one time twice', () => {
    expect(Math.abs(realClock.wall().getTime() - realClock.campaign().getTime())).toBeLessThan(50)
  })

  test('only campaign time is scaled, from the moment it began', () => {
    const since = new Date('2026-07-01T10:00:00Z')
    const clock = scaledClock(new Date('2026-01-12T00:00:00Z'), 3600, since, () => new Date('2026-07-01T10:00:24Z'))
    expect(clock.wall().toISOString()).toBe('2026-07-01T10:00:24.000Z')
    expect(clock.campaign().toISOString()).toBe('2026-01-13T00:00:00.000Z')
  })

  test.each([0, -1, Number.NaN, Number.POSITIVE_INFINITY])('a speed of %d is refused', speed => {
    expect(() => scaledClock(new Date(), speed)).toThrow(RangeError)
  })

  test('an invalid start is refused', () => {
    expect(() => scaledClock(new Date('soon'), 1)).toThrow(RangeError)
  })
})

describe('fits', () => {
  const columns = { employer: 'B21000017', agency: 'ANP-KEN-01', consulate: 'TANGIER', offer: 'O-1', region: '01' }

  test('a scope without members fits everything, also what has no columns yet', () => {
    expect([fits({}, columns), fits({}, {})]).toEqual([true, true])
  })

  test('every member must admit the value', () => {
    expect(fits({ employer: 'B21000017', consulate: 'TANGIER' }, columns)).toBe(true)
    expect(fits({ employer: 'B21000017', consulate: 'RABAT' }, columns)).toBe(false)
    expect(fits({ agency: ['ANP-KHO-01', 'ANP-KEN-01'] }, columns)).toBe(true)
    expect(fits({ agency: [] }, columns)).toBe(false)
  })

  test('a value that is not known yet fits no scope that names its column', () => {
    expect([fits({ employer: 'B21000017' }, { ...columns, employer: null }), fits({ offer: 'O-1' }, {})]).toEqual([false, false])
  })
})

describe('clearColumns', () => {
  test('an empty record has none', () => {
    expect(clearColumns({})).toEqual({ employer: null, agency: null, consulate: null, offer: null, region: null })
  })

  test('they come from the sections that know, and the issuing consulate goes before the lodging one', () => {
    const { record } = fold(
      'placement',
      (
        [
          'candidate.registered',
          'candidate.preselected',
          'candidate.selected',
          'contract.signed',
          'commitment.signed',
          'authorization.requested'
        ] as const
      ).map((type, day) => ({ id: `${day}`, type, effectiveAt: `2026-01-0${day + 1}`, payload: samplePayload(type, 1) }))
    )
    expect(clearColumns(record)).toEqual({ employer: sampleCif(1), agency: 'ANP-KEN-01', consulate: 'TANGIER', offer: 'O-1', region: '01' })
  })

  test('a repeater’s employer and an offer’s are found too', () => {
    expect(clearColumns(samplePayload('callback.filed')).employer).toBe(sampleCif(0))
    expect(clearColumns(samplePayload('offer.published'))).toMatchObject({ employer: sampleCif(0), offer: 'O-0' })
  })
})

describe('nextWaitMs', () => {
  test('the waits follow the schedule and end after the tenth attempt', () => {
    expect(Array.from({ length: 10 }, (_, attempts) => nextWaitMs({ attempts }, () => 0.5))).toEqual([...retryScheduleMs])
    expect(attemptsMax).toBe(10)
    expect(nextWaitMs({ attempts: 10 }, () => 0.5)).toBeNull()
  })

  test('jitter stays within a fifth either way', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 9 }), fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }), (attempts, random) => {
        const waitMs = nextWaitMs({ attempts }, () => random) as number
        const scheduledMs = retryScheduleMs[attempts] as number
        expect(waitMs).toBeGreaterThanOrEqual(Math.floor(scheduledMs * 0.8))
        expect(waitMs).toBeLessThanOrEqual(Math.ceil(scheduledMs * 1.2))
      })
    )
  })

  test('Retry-After lengthens the wait, not for longer than a week nor after the last attempt, and never shortens it', () => {
    expect(nextWaitMs({ attempts: 1, retryAfterSeconds: 120 }, () => 0)).toBe(120_000)
    for (const retryAfterSeconds of [-5, 0, 1]) {
      expect(nextWaitMs({ attempts: 1, retryAfterSeconds }, () => 0)).toBe(4_000)
      expect(nextWaitMs({ attempts: 5, retryAfterSeconds }, () => 0.5)).toBe(5 * 3_600_000)
    }
    expect(nextWaitMs({ attempts: 1, retryAfterSeconds: 1e9 }, () => 0)).toBe(7 * 86_400_000)
    expect(nextWaitMs({ attempts: 10, retryAfterSeconds: 1 }, () => 0)).toBeNull()
  })
})
