// `npm run check`: everything a change must pass besides its tests, one step after the other, with a short table at the end.
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { tableLines } from '../src/roles/table.ts'

const root = path.resolve(import.meta.dirname, '..')
const stepTimeoutMs = 5 * 60_000

interface Step {
  name: string
  /** Script or program of node_modules, run with this Node, and its arguments. */
  command: readonly string[]
  /** What to do when it fails. */
  mend: string
}

const contracts = (folder: string) =>
  existsSync(path.join(root, folder))
    ? readdirSync(path.join(root, folder))
        .filter(name => /\.(?:json|yaml)$/.test(name))
        .map(name => `${folder}/${name}`)
    : []

/** In the order in which they run: the quick and telling ones first. */
export const steps: readonly Step[] = [
  { name: 'types', command: ['node_modules/typescript/bin/tsc', '-p', '.', '--pretty', 'false'], mend: 'mend the types' },
  {
    name: 'style',
    command: ['node_modules/@biomejs/biome/bin/biome', 'ci', '--colors=off', '.'],
    mend: 'npm run format, then mend what is left'
  },
  { name: 'floors', command: ['scripts/floors.ts'], mend: 'import from an allowed floor (ARCHITECTURE.md)' },
  { name: 'generated files', command: ['scripts/generate.ts', '--check'], mend: 'npm run generate, and commit' },
  { name: 'lock file', command: ['scripts/complete-lock.ts', '--check'], mend: 'node scripts/complete-lock.ts, and commit' },
  { name: 'unused code', command: ['node_modules/knip/bin/knip.js', '--no-progress', '--no-config-hints'], mend: 'delete it, or use it' },
  {
    name: 'contracts',
    command: ['node_modules/@redocly/cli/bin/cli.js', 'lint', ...contracts('openapi'), ...contracts('openapi/partners')],
    mend: 'mend the OpenAPI document at the place told'
  }
]

interface Result extends Step {
  ok: boolean
  seconds: number
  output: string
}

const run = (step: Step): Result => {
  const started = performance.now()
  const answer = spawnSync(process.execPath, [...step.command], {
    cwd: root,
    encoding: 'utf8',
    timeout: stepTimeoutMs,
    maxBuffer: 64 * 2 ** 20,
    env: { ...process.env, FORCE_COLOR: '0', REDOCLY_TELEMETRY: 'off', REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true' }
  })
  const stopped = answer.error ? `\n${answer.error.message}` : ''
  return {
    ...step,
    ok: answer.status === 0,
    seconds: Math.round((performance.now() - started) / 100) / 10,
    output: `${answer.stdout}${answer.stderr}${stopped}`.trim()
  }
}

if (import.meta.main) {
  const results: Result[] = []
  for (const step of steps) {
    const result = run(step)
    results.push(result)
    if (!result.ok) console.log(`\n── ${result.name}\n${result.output}\n`)
  }
  const rows = results.map(({ name, ok, seconds, mend }) => [name, ok ? 'ok' : 'FAILED', seconds, ok ? '' : mend])
  for (const line of tableLines(['step', 'result', 'seconds', 'what to do'], rows)) console.log(line)
  const failed = results.filter(result => !result.ok).length
  if (process.env.CHECK_COUNTS_FILE)
    writeFileSync(process.env.CHECK_COUNTS_FILE, JSON.stringify({ passed: results.length - failed, failed }))
  process.exit(failed > 0 ? 1 : 0)
}
