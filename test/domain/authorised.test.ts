import { describe, expect, test } from 'vitest'
import { hasMoved, isAuthorised, type Standing } from '../../src/domain/authorised.ts'

const employer = 'F21012349'
const standing = (changes: { state?: string; employer?: string; authorization?: object } = {}): Standing => ({
  state: changes.state ?? 'GRANTED',
  record: {
    employer: { cif: changes.employer ?? employer },
    authorization: { fileNumber: 'F-1', decision: 'GRANTED', validFrom: '2026-02-02', validTo: '2030-02-01', ...changes.authorization }
  }
})

describe('a granted authorization lets its person work', () => {
  test.each(['2026-02-02', '2026-02-03', '2028-12-31', '2030-02-01'])('for its employer on %s', date => {
    expect(isAuthorised(standing(), employer, date)).toBe(true)
  })

  test('where only the state says that it was granted', () => {
    expect(isAuthorised(standing({ authorization: { decision: undefined } }), employer, '2026-06-01')).toBe(true)
  })

  test('on its own days even after it has expired', () => {
    expect(isAuthorised(standing({ state: 'EXPIRED' }), employer, '2029-06-01')).toBe(true)
  })
})

describe('it does not', () => {
  const cases: [string, Standing, string, string][] = [
    ['the day before it begins', standing(), employer, '2026-02-01'],
    ['the day after it ends', standing(), employer, '2030-02-02'],
    ['for another employer', standing(), 'B21456785', '2026-06-01'],
    [
      'with a scope that names another employer',
      standing({ authorization: { scope: { employerCif: 'B21456785' } } }),
      employer,
      '2026-06-01'
    ],
    ['without a beginning', standing({ authorization: { validFrom: undefined } }), employer, '2026-06-01'],
    ['without an end', standing({ authorization: { validTo: undefined } }), employer, '2026-06-01'],
    ['while it is only asked for', { state: 'REQUESTED', record: { employer: { cif: employer } } }, employer, '2026-06-01'],
    ...['REFUSED', 'INADMISSIBLE', 'ARCHIVED', 'EXTINGUISHED'].flatMap((word): [string, Standing, string, string][] => [
      [`once the decision is ${word}`, standing({ authorization: { decision: word } }), employer, '2026-06-01'],
      [`once its state is ${word}`, standing({ state: word }), employer, '2026-06-01']
    ]),
    ['once the placement’s authorization was revoked', standing({ state: 'AUTH_REVOKED' }), employer, '2026-06-01']
  ]
  test.each(cases)('%s', (_what, given, cif, date) => {
    expect(isAuthorised(given, cif, date)).toBe(false)
  })
})

test('a file has moved when the latest placement that carries it names another employer', () => {
  const here = standing()
  const there = standing({ employer: 'B21456785' })
  expect(hasMoved(here, [], employer)).toBe(false)
  expect(hasMoved(here, [here, there], employer)).toBe(false)
  expect(hasMoved(here, [there, here], employer)).toBe(true)
  expect(hasMoved(here, [standing({ employer: 'B21456785', authorization: { fileNumber: 'F-2' } })], employer)).toBe(false)
})
