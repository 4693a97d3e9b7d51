// The demo's logs stay of a bounded size, and lose no line before they are full.
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { openLogFile } from '../../../src/roles/demo/log-files.ts'
import { until } from '../../support/house.ts'

const folder = await mkdtemp(join(tmpdir(), 'jisr-logs-'))
afterAll(() => rm(folder, { recursive: true, force: true }))

const linesOf = async (name: string) =>
  (await readFile(join(folder, 'log', name), 'utf8').catch(() => '')).split('\n').filter(line => line !== '')

test('every line is written in order, and a field that is not listed is left out', async () => {
  const { log } = openLogFile(folder, 'whole')
  for (let n = 0; n < 100; n++) log('double.answered', { status: n, family: 'EL IDRISSI' })
  const lines = await until('all lines are there', async () => {
    const found = await linesOf('whole.log')
    return found.length === 100 ? found : undefined
  })
  expect(lines.map(line => (JSON.parse(line) as { status: number }).status)).toEqual([...Array(100).keys()])
  expect(lines.join('')).not.toContain('IDRISSI')
})

test('a full file gives way to a new one, and there are never more than two', async () => {
  const { log } = openLogFile(folder, 'full', 2_000)
  for (let n = 0; n < 30; n++) {
    log('double.answered', { status: n })
    await until('it is written', async () => (await linesOf('full.log')).at(-1)?.includes(`"status":${n}`))
  }
  const files = (await readdir(join(folder, 'log'))).filter(name => name.startsWith('full'))
  expect(files.toSorted()).toEqual(['full.1.log', 'full.log'])
  for (const name of files) expect((await stat(join(folder, 'log', name))).size).toBeLessThanOrEqual(2_000)
})

test('a log that cannot be written stops nothing', async () => {
  const { log, failed } = openLogFile('/dev/null', 'nowhere')
  log('double.answered', { status: 200 })
  failed('double.answered', new Error('EL IDRISSI'))
  await expect(stat('/dev/null/log')).rejects.toThrow()
})
