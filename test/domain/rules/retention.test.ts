// How long data is kept: the dates of the rules, and what holds of them whatever somebody's history is.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { placementStates } from '../../../src/domain/lifecycle/placement.ts'
import {
  blockedUntil,
  formerNamesUntil,
  identifiersUntil,
  type Retention,
  type RetentionFile,
  retentionOf,
  retentionRules,
  transportDays
} from '../../../src/domain/rules/retention.ts'
import { answerDue, rightKinds, rightsLaws } from '../../../src/domain/rules/rights.ts'
import { partitionedTables } from '../../../src/store/partitions.ts'

const file = (states: readonly [number, RetentionFile['placements'][number]['state']][], validTo: string | null = null): RetentionFile => ({
  placements: states.map(([campaign, state]) => ({ campaign, state })),
  authorizations: validTo === null ? [] : [{ wasGranted: true, validTo }],
  knownSince: '2025-11-03'
})

describe('the dates of the rules', () => {
  test.each([
    ['never selected', file([[2026, 'REJECTED']]), 'erase', '2027-12-31'],
    ['still a candidate when the campaign ended', file([[2026, 'PRESELECTED']]), 'erase', '2027-12-31'],
    ['registered and nothing more', file([]), 'erase', '2026-11-03'],
    ['withdrew before anybody asked for an authorization', file([[2026, 'WITHDRAWN']]), 'erase', '2027-12-31'],
    ['withdrew with an authorization', file([[2026, 'WITHDRAWN']], '2030-02-28'), 'block', '2032-08-28'],
    ['worked, four years of authorization', file([[2026, 'ELIGIBLE_NEXT']], '2030-02-28'), 'block', '2032-08-28'],
    ['selected, no authorization known', file([[2026, 'SELECTED']]), 'block', '2028-12-31'],
    ['an authorization that ended long before her last season', file([[2030, 'ENDED']], '2028-02-29'), 'block', '2032-12-31'],
    [
      'rejected later, selected before',
      file(
        [
          [2026, 'ELIGIBLE_NEXT'],
          [2027, 'REJECTED']
        ],
        '2026-06-30'
      ),
      'block',
      '2029-12-31'
    ]
  ] as const)('%s', (_who, given, ends, until) => {
    expect(retentionOf(given)).toMatchObject({ ends, until })
  })

  test('a death freezes, whatever else happened', () => {
    expect(
      retentionOf(
        file(
          [
            [2026, 'DECEASED'],
            [2025, 'REJECTED']
          ],
          '2030-01-01'
        )
      )
    ).toMatchObject({ ends: 'frozen' })
    expect(identifiersUntil(file([[2026, 'DECEASED']]))).toBeNull()
  })

  test('blocked data is kept until the last limitation has run', () => {
    expect(blockedUntil(file([[2026, 'ELIGIBLE_NEXT']]), '2032-08-29').until).toBe('2035-08-29')
    expect(blockedUntil(file([[2026, 'ELIGIBLE_NEXT']]), '2027-01-02').until).toBe('2031-12-31')
  })

  test('hashes of documents outlive those who were not selected by a year, and nobody else', () => {
    expect(identifiersUntil(file([[2026, 'REJECTED']]))).toBe('2028-12-31')
    expect(identifiersUntil(file([[2026, 'SELECTED']]))).toBeNull()
    expect(formerNamesUntil('2028-02-29')).toBe('2030-02-28')
  })

  test('what is about the transport alone is kept for 90 days, its partitions too', () => {
    expect([transportDays, partitionedTables.transport_copy]).toEqual([90, 90])
  })

  test('every rule has a citation, a purpose and a legal basis in the terms of DPV, and a day from which it is in force', () => {
    const rules = Object.values(retentionRules).flat()
    expect(
      rules.filter(
        ({ citation, validFrom, months, purposes, legalBases }) =>
          purposes.length * legalBases.length === 0 || citation.length < 10 || !/^\d{4}-\d{2}-\d{2}$/.test(validFrom) || months < 1
      )
    ).toEqual([])
    expect(new Set(rules.map(rule => rule.id)).size).toBe(rules.length)
  })
})

const placements = fc.array(
  fc.record({ campaign: fc.integer({ min: 2020, max: 2040 }), state: fc.constantFrom(...placementStates, 'NEW' as const) }),
  { minLength: 1, maxLength: 6 }
)
const days = fc
  .date({ min: new Date('2020-01-01'), max: new Date('2044-12-31'), noInvalidDate: true })
  .map(at => at.toISOString().slice(0, 10))
const files: fc.Arbitrary<RetentionFile> = fc.record({
  placements,
  authorizations: fc.array(fc.record({ wasGranted: fc.boolean(), validTo: fc.option(days) }), { maxLength: 3 }),
  knownSince: days
})
const untilOf = (retention: Retention): string => (retention.ends === 'frozen' ? '9999-12-31' : retention.until)

describe('whatever the history', () => {
  test('the order of placements and authorizations does not count', () => {
    fc.assert(
      fc.property(files, given => {
        const reversed = { ...given, placements: given.placements.toReversed(), authorizations: given.authorizations.toReversed() }
        expect(retentionOf(reversed)).toEqual(retentionOf(given))
      })
    )
  })

  test('one more placement or authorization never shortens what is kept, and never turns a block into an erasure', () => {
    fc.assert(
      fc.property(files, files, (given, more) => {
        const both = {
          ...given,
          placements: [...given.placements, ...more.placements],
          authorizations: [...given.authorizations, ...more.authorizations]
        }
        expect(untilOf(retentionOf(both)) >= untilOf(retentionOf(given))).toBe(true)
        if (retentionOf(given).ends === 'block') expect(retentionOf(both).ends).not.toBe('erase')
      })
    )
  })

  test('nothing goes within a year of a campaign’s end, and each step begins where the one before it ended', () => {
    fc.assert(
      fc.property(files, days, (given, blockedOn) => {
        const retention = retentionOf(given)
        const last = Math.max(...given.placements.map(({ campaign }) => campaign))
        expect(untilOf(retention) >= `${last + 1}-12-31`).toBe(true)
        expect(blockedUntil(given, blockedOn).until > blockedOn).toBe(true)
        if (retention.ends === 'frozen') return
        for (const [i, step] of retention.steps.entries()) {
          expect(step.until > step.from).toBe(true)
          if (i > 0) expect(step.from).toBe(retention.steps[i - 1]?.until)
        }
      })
    )
  })
})

describe('the term of an answer', () => {
  test.each([
    ['gdpr', 'access', '2026-01-31', '2026-03-02'],
    ['gdpr', 'erasure', '2026-02-10', '2026-03-10'],
    ['09-08', 'rectification', '2026-02-10', '2026-02-20']
  ] as const)('%s %s asked on %s is due on %s', (law, kind, askedOn, dueOn) => {
    expect(answerDue(law, kind, askedOn)?.dueOn).toBe(dueOn)
  })

  test('there is none before the law, and one for every right since', () => {
    expect(answerDue('gdpr', 'access', '2018-05-24')).toBeUndefined()
    for (const law of rightsLaws) for (const kind of rightKinds) expect(answerDue(law, kind, '2026-02-10')?.dueOn).toMatch(/^2026-0[23]-/)
  })
})
