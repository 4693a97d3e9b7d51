import { defineConfig } from 'vitest/config'
import { closingReporter } from './test/support/closing-reporter.ts'
import { LongestFirst } from './test/support/sequencer.ts'

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    reporters: ['default', closingReporter()],
    globalSetup: ['test/support/global-setup.ts'],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    maxWorkers: 4,
    // The files of one worker share its modules, which no test changes: a fifth less to compute.
    isolate: false,
    sequence: { sequencer: LongestFirst }
  }
})
