// The gateway and the demo know each other's folders, and keep out of them.
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type Tenant, takeFolder } from '../../src/roles/data-folder.ts'
import { run } from '../support/command.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'jisr-folder-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

test.each<[Tenant, Tenant, RegExp]>([
  ['gateway', 'demo', /holds the data of a gateway.*--data/],
  ['demo', 'gateway', /holds a demo.*DATA_DIRECTORY/]
])('what a %s has taken, a %s refuses, and the first goes on', async (first, second, why) => {
  const path = join(folder, 'new')
  await takeFolder(path, first)
  await expect(takeFolder(path, second)).rejects.toThrow(why)
  await takeFolder(path, first)
  expect(await readFile(join(path, 'made-by'), 'utf8')).toBe(`jisr ${first}\n`)
})

test('folders of before there were marks are known by what lies in them', async () => {
  await mkdir(join(folder, 'postgres'))
  await expect(takeFolder(folder, 'demo')).rejects.toThrow('holds the data of a gateway')
  await writeFile(join(folder, 'demo.json'), '{}')
  await expect(takeFolder(folder, 'gateway')).rejects.toThrow('holds a demo')
})

test('a file or a broken link where the folder should be is named by its setting', async () => {
  await writeFile(join(folder, 'file'), '')
  await symlink(join(folder, 'no', 'where'), join(folder, 'link'))
  for (const name of ['file', 'link', join('file', 'data')])
    await expect(takeFolder(join(folder, name), 'gateway')).rejects.toThrow(
      /^DATA_DIRECTORY: .* is no folder, and none can be made there \(E[A-Z]+\)/
    )
})

test('the commands refuse each other’s folders in one line, and start no database there', async () => {
  const gateways = join(folder, 'gateways')
  await takeFolder(gateways, 'gateway')
  const demo = await run({}, 'demo', '--data', gateways, '--exit')
  expect(demo).toMatchObject({ code: 1, stdout: '', stderr: expect.stringMatching(/^jisr: .* holds the data of a gateway, .*\n$/) })
  const demos = join(folder, 'demos')
  await takeFolder(demos, 'demo')
  await writeFile(join(folder, 'key'), (await run({}, 'keys', 'master')).stdout, { mode: 0o600 })
  const environment = { ISSUER: 'https://gateway.test', MASTER_KEY_FILE: join(folder, 'key'), DATA_DIRECTORY: demos, LOG_LEVEL: 'silent' }
  for (const refused of await Promise.all([['start'], ['clients', 'list']].map(words => run(environment, ...words)))) {
    expect(refused).toMatchObject({ code: 1, stdout: '', stderr: expect.stringMatching(/^jisr: .* holds a demo, .*DATA_DIRECTORY.*\n$/) })
  }
}, 90_000)
