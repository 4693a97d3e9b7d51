// The closing lines of a test run: which tests were skipped and why, and the counts, for people and for continuous integration.
import { writeFileSync } from 'node:fs'
import type { Reporter, TestModule } from 'vitest/node'

/** What `needs` (skip.ts) starts its reason with. */
export const skipMark = 'SKIPPED: '

export interface Counts {
  passed: number
  failed: number
  skipped: number
}

export interface Closing extends Counts {
  /** File and number of its skipped tests. */
  files: readonly { file: string; skipped: number }[]
}

/** The lines that say what was left out. Empty when nothing was. */
export const closingLines = ({ skipped, files }: Closing, reasons: ReadonlySet<string>, inCi: boolean): string[] => {
  if (skipped === 0 && reasons.size === 0) return []
  const because =
    reasons.size > 0 ? [...reasons].toSorted() : ['no reason was given: a test that is skipped without one should be mended or deleted']
  return [
    '',
    `Skipped: ${skipped} tests`,
    ...files.map(({ file, skipped }) => `  ${file} (${skipped})`),
    'Because:',
    ...because.map(reason => `  ${reason}`),
    ...(inCi ? ['A skip counts as a failure here (CI=true).'] : [])
  ]
}

/** A module that could not be collected, and an error outside any test, count as one failure each. */
export const closingOf = (modules: readonly TestModule[], strayErrors: number): Closing => {
  let [passed, failed, skipped] = [0, strayErrors, 0]
  const files: { file: string; skipped: number }[] = []
  for (const module of modules) {
    const before = skipped
    failed += module.errors().length
    for (const test of module.children.allTests()) {
      const { state } = test.result()
      if (state === 'passed') passed++
      else if (state === 'failed') failed++
      else skipped++
    }
    for (const suite of module.children.allSuites()) failed += suite.errors().length
    if (skipped > before) files.push({ file: module.relativeModuleId, skipped: skipped - before })
  }
  return { passed, failed, skipped, files }
}

/** Writes the counts to the file that TEST_COUNTS_FILE names, if it names one. With CI=true a skip fails the run. */
export const closingReporter = (): Reporter => {
  const reasons = new Set<string>()
  return {
    onUserConsoleLog(log) {
      for (const line of log.content.split('\n')) if (line.startsWith(skipMark)) reasons.add(line.slice(skipMark.length))
    },
    onTestRunEnd(modules, unhandledErrors) {
      const closing = closingOf(modules, unhandledErrors.length)
      const inCi = process.env.CI === 'true'
      for (const line of closingLines(closing, reasons, inCi)) console.log(line)
      const { passed, failed, skipped } = closing
      if (process.env.TEST_COUNTS_FILE)
        writeFileSync(process.env.TEST_COUNTS_FILE, JSON.stringify({ passed, failed, skipped } satisfies Counts))
      if (inCi && skipped > 0) process.exitCode = 1
    }
  }
}
