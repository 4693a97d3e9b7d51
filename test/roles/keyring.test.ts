// The file of the master key when something else stands in its place: said at once, and nobody is told to draw another over one that is in use.
import { execFileSync } from 'node:child_process'
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { readKeyring } from '../../src/roles/keyring.ts'
import { drawMasterKey } from '../../src/trust/master-key.ts'

const folder = await mkdtemp(join(tmpdir(), 'jisr-keyring-'))
afterAll(() => rm(folder, { recursive: true, force: true }))
const read = (file: string) =>
  readKeyring({ masterKeyFile: file, masterKeyCommand: null, formerMasterKeyFiles: [], formerMasterKeyCommand: null })

test('what is no plain file is named with what to do, and a pipe is not waited for', async () => {
  const at = (name: string) => join(folder, name)
  execFileSync('mkfifo', ['-m', '600', at('pipe')])
  await symlink(at('nowhere'), at('broken'))
  for (const [name, says] of [
    ['pipe', 'is no plain file. Name a file that can be read again at each start.'],
    ['', 'is a folder. Name the file in it.'],
    [
      'broken',
      'is not there. Copy the key from where it is kept; where nothing was sealed by one yet, draw one: (umask 077; jisr keys master > '
    ],
    ['none', 'is not there. Copy the key from where it is kept']
  ] as const)
    await expect(read(at(name))).rejects.toThrow(`MASTER_KEY_FILE: ${at(name)} ${says}`)
})

test('a link to the file is the file', async () => {
  await writeFile(join(folder, 'key'), drawMasterKey(), { mode: 0o600 })
  await symlink(join(folder, 'key'), join(folder, 'link'))
  expect((await read(join(folder, 'link'))).own?.id).toBe((await read(join(folder, 'key'))).own?.id)
})
