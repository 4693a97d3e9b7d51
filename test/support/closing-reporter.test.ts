// A test run that leaves something out says so in its last lines.
import { describe, expect, it } from 'vitest'
import type { TestModule } from 'vitest/node'
import { closingLines, closingOf } from './closing-reporter.ts'

const module = (file: string, states: readonly string[], errors = 0) =>
  ({
    relativeModuleId: file,
    errors: () => Array(errors).fill({}),
    children: { allTests: () => states.map(state => ({ result: () => ({ state }) })), allSuites: () => [] }
  }) as unknown as TestModule

describe('the closing of a test run', () => {
  it('counts a file that could not be collected and a stray error as failures', () => {
    const closing = closingOf([module('a', ['passed', 'failed', 'skipped']), module('b', [], 1), module('c', ['pending'])], 1)
    expect(closing).toEqual({
      passed: 1,
      failed: 3,
      skipped: 2,
      files: [
        { file: 'a', skipped: 1 },
        { file: 'c', skipped: 1 }
      ]
    })
  })

  it('names every file with skipped tests and every reason', () => {
    const lines = closingLines(
      { passed: 1, failed: 0, skipped: 3, files: [{ file: 'test/x.test.ts', skipped: 3 }] },
      new Set(['no redis-server']),
      true
    )
    expect(lines.join('\n')).toContain('test/x.test.ts (3)')
    expect(lines.join('\n')).toContain('no redis-server')
    expect(lines.at(-1)).toContain('counts as a failure')
  })

  it('says nothing when nothing was left out, and complains of a skip without a reason', () => {
    expect(closingLines({ passed: 5, failed: 0, skipped: 0, files: [] }, new Set(), false)).toEqual([])
    expect(closingLines({ passed: 5, failed: 0, skipped: 1, files: [] }, new Set(), false).join()).toContain('no reason was given')
  })
})
