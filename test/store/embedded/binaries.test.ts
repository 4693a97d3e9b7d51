// The trial of PostgreSQL's programs, in a process of its own: what it leaves behind would keep an operator's command from ending.
import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, onTestFinished, test } from 'vitest'

test('programs that the account cannot run are known at once, and hold up nobody who has found others', async () => {
  const root = await mkdtemp(join(tmpdir(), 'jisr-programs-'))
  onTestFinished(() => rm(root, { recursive: true }))
  // Folders by their names: allowed to enter, not to run, as a program under a folder closed to the account.
  for (const name of ['postgres', 'initdb']) await mkdir(join(root, 'native', 'bin', name), { recursive: true })
  const script = `const { tryRun } = await import('${new URL('../../../src/store/embedded/binaries.ts', import.meta.url)}')
    console.log(JSON.stringify(await tryRun('${root}', null)))`
  // Less than the trial may take: a clock that was left running would end it by a signal.
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script], { timeout: 15_000 })
  expect(JSON.parse(stdout)).toEqual({ ok: false, failure: expect.stringContaining('EACCES') })
})
