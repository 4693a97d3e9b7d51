// What a person reads at the end fits the terminal, and never hides what went wrong.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Accounts } from '../../../src/roles/demo/accounts.ts'
import { reportLines } from '../../../src/roles/demo/report.ts'

const accounts: Accounts = {
  ...{ workers: 200, events: 1_179, quarantined: 1, lost: 0, duplicated: 0, repeatedReceipts: 3, outOfOrder: 0, foreign: 0, overruns: 0 },
  deliveries: { accepted: 765, held: 2 },
  authorizations: { 'authorization.granted': 94 },
  visas: { 'visa.issued': 93 },
  visasByWeek: { '2026-W03': 93 },
  edgeCases: { 9: { expected: ['both are held'], workers: 2, asExpected: 2, otherwise: [] } },
  casesByKind: { 'identity-shared': 2 },
  elapsedSeconds: 6.5
}
const options = { workers: 200, seed: 1, newShare: 0.5, weeklyVisas: 1_500 }
const places = { gateway: null, journals: '/data/demo/sandboxes', clients: '/data/demo/clients', log: '/demo/log', data: '/demo' }

describe('the report', () => {
  it('has a row for each thing, and marks what is as it must be', () => {
    const lines = reportLines(accounts, options, places, [])
    expect(lines).toContainEqual(expect.stringMatching(/^Lost +0 +✓$/))
    expect(lines).toContainEqual(expect.stringMatching(/^Lodged in 2026-W03 +93 +of 1500/))
    expect(lines).toContainEqual(expect.stringMatching(/^✓ {3}9 {2}2 of 2 +both are held$/))
    expect(lines.join('\n')).not.toContain('✗')
  })

  it('marks a guarantee that was broken and a case that went otherwise, and says how', () => {
    const edgeCases = {
      9: { expected: ['both are held'], workers: 2, asExpected: 1, otherwise: ['a message about her reached the authority'] }
    }
    const text = reportLines({ ...accounts, lost: 1, edgeCases }, options, places, ['relay: Error: gone']).join('\n')
    expect(text).toMatch(/^Lost +1 +✗ this must be 0$/m)
    expect(text).toMatch(/^✗ {3}9 {2}1 of 2/m)
    expect(text).toContain('instead: a message about her reached the authority')
    expect(text).toContain('relay: Error: gone')
  })

  it('has no line wider than the terminal or than 100 characters, whatever it has to say', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 60, max: 300 }),
        fc.string({ maxLength: 400 }),
        fc.string({ maxLength: 400 }),
        (width, long, longer) => {
          const text = long.replaceAll('\n', ' ')
          const edgeCases = { 1: { expected: [text, longer], workers: 1, asExpected: 0, otherwise: [longer] } }
          const lines = reportLines({ ...accounts, edgeCases }, options, { ...places, journals: `/${text}` }, [longer], width)
          for (const line of lines) expect([...line].length).toBeLessThanOrEqual(Math.min(100, width))
        }
      )
    )
  })
})
