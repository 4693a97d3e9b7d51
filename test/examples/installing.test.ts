// The page for real use: its units are taken by systemd, and its settings are the same for a shell and for systemd. Its database is made in test/roles/start.test.ts, its proxy in
// test/journeys/client-certificates.test.ts.
import { execFile } from 'node:child_process'
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, test } from 'vitest'
import { run, scratch } from '../support/command.ts'
import { needs } from '../support/skip.ts'

const sh = promisify(execFile)
const root = resolve(import.meta.dirname, '..', '..')
const page = await readFile(join(root, 'docs/installing.md'), 'utf8')
const units = (await readdir(join(root, 'examples/systemd'))).toSorted()
const folder = await scratch()

describe.skipIf(!needs('systemd-analyze', 'systemd'))('the units', () => {
  test('are accepted by systemd as they stand, and name programs that are there', async () => {
    expect(units).toEqual(['jisr-migrate.service', 'jisr-migrate.timer', 'jisr.service'])
    await mkdir(join(folder, 'units'))
    const files = await Promise.all(
      units.map(async name => {
        const text = await readFile(join(root, 'examples/systemd', name), 'utf8')
        await writeFile(join(folder, 'units', name), text.replaceAll('/opt/jisr', root))
        return join(folder, 'units', name)
      })
    )
    const { stdout, stderr } = await sh('systemd-analyze', ['verify', '--man=no', ...files])
    // What systemd says of other units of this machine is not ours.
    expect(`${stdout}${stderr}`.split('\n').filter(line => line.includes('jisr'))).toEqual([])
  })
})

test('the settings that init writes, and those that the page adds, are the same for a shell and for systemd', async () => {
  const home = join(folder, "o'brien")
  expect((await run({}, 'init', home, '--issuer', 'https://gateway.example.org')).code).toBe(0)
  const lines = page.split('\n').filter(line => line.startsWith('sed -i'))
  expect(lines.length).toBe(2)
  for (const line of lines)
    await sh('sh', ['-euc', line.replaceAll('/var/lib/jisr/', './')], { cwd: home, env: { PATH: process.env.PATH, GATEWAY: 'secret' } })
  const text = await readFile(join(home, 'jisr.env'), 'utf8')
  const { stdout } = await sh('sh', ['-euc', '. ./jisr.env; MORE=after; exec env'], { cwd: home, env: { PATH: process.env.PATH } })
  const exported = stdout.split('\n')
  expect(exported).toEqual(expect.arrayContaining(['ISSUER=https://gateway.example.org', 'HOST=127.0.0.1', 'TRUSTED_PROXIES=127.0.0.1']))
  expect(exported).toContain(`DATA_DIRECTORY=${home}/data`)
  expect(exported).toContain('DATABASE_URL=postgres://jisr_gateway:secret@127.0.0.1:5432/jisr')
  expect(exported.some(line => line.startsWith('MORE='))).toBe(false)
  // systemd.exec(5): comments and lines without "=" are passed over, and every other one must begin with a name.
  const assigned = text.split('\n').filter(line => !line.startsWith('#') && line.includes('='))
  expect(assigned.filter(line => !/^[A-Z_]+=/.test(line))).toEqual([])
  expect(assigned.length).toBe(8)
})
