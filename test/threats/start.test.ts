// Threats before the first request: no key, a sample for a key, a key that others can read, http: the program does not start, and says what to do.
import { createHash, randomBytes } from 'node:crypto'
import { chmod, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { type Environment, run, scratch } from '../support/command.ts'

const folder = await scratch()
const good = randomBytes(32).toString('base64')
let serial = 0
const keyFile = async (text: string, mode = 0o600): Promise<string> => {
  const file = join(folder, `key-${serial++}`)
  await writeFile(file, text)
  await chmod(file, mode)
  return file
}
const base = { ISSUER: 'https://gateway.test', DATA_DIRECTORY: join(folder, 'data'), DATABASE_URL: 'postgres://u:p@127.0.0.1:1/nobody' }
const digestOf = (word: string) => createHash('sha256').update(word).digest('base64')

const refused: [string, Environment | (() => Promise<Environment>), RegExp][] = [
  ['without a key', base, /MASTER_KEY_FILE +is missing/],
  ['with an all-zero key', async () => ({ ...base, MASTER_KEY_FILE: await keyFile('0'.repeat(64)) }), /all zero/],
  ['with a sample key', async () => ({ ...base, MASTER_KEY_FILE: await keyFile(digestOf('password')) }), /published sample/],
  [
    'with a key that everybody can read',
    async () => ({ ...base, MASTER_KEY_FILE: await keyFile(good, 0o644) }),
    /others than its owner \(mode 644\).*chmod 600/
  ],
  [
    'with a former key that others can read',
    async () => ({ ...base, MASTER_KEY_FILE: await keyFile(good), FORMER_MASTER_KEY_FILES: await keyFile(good, 0o604) }),
    /FORMER_MASTER_KEY_FILES: .*mode 604/
  ],
  ['over http', async () => ({ ...base, ISSUER: 'http://gateway.test', MASTER_KEY_FILE: await keyFile(good) }), /ISSUER/]
]

test('supply chain, default credentials: without keys, with weak, sample or readable ones, over http: exit 1, what to do, and nothing of a key', async () => {
  for (const [name, given, words] of refused) {
    const environment = typeof given === 'function' ? await given() : given
    const { code, stdout, stderr } = await run({ ...environment, LOG_LEVEL: 'silent' }, 'start')
    expect([name, code, stdout, stderr]).toEqual([name, 1, '', expect.stringMatching(words)])
    expect([name, stderr.includes(good.slice(0, 12))]).toEqual([name, false])
  }
  // Six starts of the program, one after the other.
}, 120_000)

test('supply chain, default credentials: with a key of its own the only thing left to refuse is the database', async () => {
  const { code, stderr } = await run({ ...base, MASTER_KEY_FILE: await keyFile(`${good}\n`), LOG_LEVEL: 'silent' }, 'start')
  expect([code, stderr]).toEqual([1, expect.not.stringMatching(/MASTER_KEY_FILE|ISSUER/)])
})
