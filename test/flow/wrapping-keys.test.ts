// A key service in place of the master key's file: what it may do wrong at a start, and every way of rotating, cut off half-way and beside live traffic.
import { randomBytes } from 'node:crypto'
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, describe, expect, test, vi } from 'vitest'
import { adapters } from '../../adapters/index.ts'
import { realClock } from '../../src/domain/clock.ts'
import { openIntake } from '../../src/flow/intake.ts'
import { rewrapKeys } from '../../src/flow/rotate-keys.ts'
import { drawNextKey, type KeyringSource, openKeyring, useNextKey } from '../../src/flow/wrapping-keys.ts'
import { type House, openHouse } from '../../src/roles/house.ts'
import { openKeyCommand } from '../../src/roles/key-command.ts'
import { readKeyring } from '../../src/roles/keyring.ts'
import { sql } from '../../src/store/database.ts'
import { wrappedByOthers, wrappingTables } from '../../src/store/keys.ts'
import { parseMasterKey } from '../../src/trust/master-key.ts'
import { submissionOf, testHouse, until } from '../support/house.ts'
import { registration } from '../support/people.ts'

const folder = await mkdtemp(join(tmpdir(), 'jisr-kms-'))
afterAll(() => rm(folder, { recursive: true }))
await writeFile(join(folder, 'secret'), randomBytes(32).toString('hex'), { mode: 0o600 })
vi.stubEnv('KEY_SERVICE_SECRET', join(folder, 'secret'))
const example = resolve('examples/key-service.sh')
const script = async (name: string, body: string, mode = 0o700): Promise<string> => {
  const file = join(folder, name)
  await writeFile(file, `#!/bin/sh\n${body}\n`)
  await chmod(file, mode)
  return file
}
const service = await openKeyCommand(example, 'MASTER_KEY_COMMAND')
const byService: KeyringSource = { own: null, former: [], service }

const t = await testHouse()
const fileKey = parseMasterKey(t.masterKey)
let people = 0
const register = (intake = t.intake) => {
  people += 1
  const said = { person: `kms-${people}`, type: 'candidate.registered' as const, at: '2026-01-10T09:00:00Z' }
  return intake.submit(submissionOf({ ...said, payload: registration(people % 100) }))
}
const failures: unknown[] = []
const open = (keyring: KeyringSource): Promise<House> =>
  openHouse({
    ...{ databaseUrl: t.database.url, application: 'another process', keyring, clock: realClock, adapters },
    ...{ log: () => {}, failed: (_station, error) => failures.push(error), connectionsMax: 4 }
  })
/** Opens everybody's record, as a process that has just started. */
const reads = async (keyring: KeyringSource): Promise<number> => {
  const house = await open(keyring)
  try {
    const rows = await house.database.query<{ id: string; wrapped: Buffer }>(sql`select id, wrapped_key as wrapped from person`)
    return rows.map(({ id, wrapped }) => house.vault.key({ personId: id, wrappedKey: wrapped })).length
  } finally {
    await house.close()
  }
}
const wrappedByOther = async (id: string) => {
  const found = await Promise.all(
    wrappingTables.map(table =>
      wrappedByOthers(t.house.database, table, Buffer.from(id, 'hex'), '00000000-0000-0000-0000-000000000000', 1_000)
    )
  )
  return found.flat().length
}

describe('a start is refused, saying what is wrong and never a key, when the command', () => {
  const wrap = `read -r verb value; [ "$verb" = wrap ] && { echo wrapped; exit; }`
  test.each<[string, string, number, RegExp]>([
    ['may not be run', 'exit 0', 0o600, /may not be run by this process: chmod \+x/],
    ['ends with an error', 'echo "AccessDenied: no such key" >&2; exit 3', 0o700, /ended with 3 when it was to wrap a key: AccessDenied/],
    ['tells what it was asked', 'cat >&2; exit 1', 0o700, /ended with 1 when it was to wrap a key: wrap …$/],
    ['gives no answer in time', 'sleep 30 & wait', 0o700, /gave no answer within 0\.5 s/],
    ['says nothing', 'cat > /dev/null', 0o700, /gave no answer, or more than one line/],
    ['says two things', 'echo a; echo b', 0o700, /more than one line/],
    ['answers with blanks', 'echo "a b"', 0o700, /one printable line without blanks/],
    ['never ends its answer', 'yes', 0o700, /answered more than 16384 bytes|gave no answer within/],
    ['gives another key back', `${wrap}; head -c 32 /dev/urandom | base64`, 0o700, /gave other bytes than were wrapped/],
    ['gives fewer bytes back', `${wrap}; echo AAAA`, 0o700, /gave other bytes than were wrapped/],
    ['is no program', 'garbage-that-is-not-there', 0o700, /ended with 127/]
  ])('%s', async (name, body, mode, words) => {
    const file = await script(name.replaceAll(' ', '-'), body, mode)
    const failed = openKeyCommand(file, 'MASTER_KEY_COMMAND', { timeoutMs: 500 }).then(one =>
      openKeyring(t.house.database, { ...byService, service: one })
    )
    await expect(failed).rejects.toThrow(words)
    await expect(failed).rejects.toThrow('MASTER_KEY_COMMAND')
    expect(await t.house.database.query(sql`select id from wrapping_key`)).toEqual([])
  })

  test('is not there', async () => {
    const config = { masterKeyFile: null, formerMasterKeyFiles: [], formerMasterKeyCommand: null }
    await expect(readKeyring({ ...config, masterKeyCommand: join(folder, 'nowhere') })).rejects.toThrow(
      /MASTER_KEY_COMMAND .*nowhere\) is not there/
    )
    await expect(readKeyring({ ...config, masterKeyCommand: null })).rejects.toThrow('MASTER_KEY_FILE is missing')
  })
})

test('from a file to the service and on to its next key, cut off half-way, beside live traffic, and back to a file', async () => {
  for (let i = 0; i < 6; i++) expect(await register()).toMatchObject({ status: 'accepted' })
  const former = { ...byService, former: [fileKey] }
  // Two that start for the first time use one key.
  const [first, second] = await Promise.all([openKeyring(t.house.database, former), openKeyring(t.house.database, former)])
  expect(first.current.id).toBe(second.current.id)
  await expect(reads(byService)).rejects.toThrow(`wrapped by master key ${fileKey.id}, which is not configured`)

  // Cut off when the gateway's own key is done and people's are not, and begun again.
  let left = 4
  const query = t.house.database.query.bind(t.house.database)
  const cutOff = {
    ...t.house.database,
    query: ((statement: Parameters<typeof query>[0]) => {
      if (left-- === 0) throw new Error('cut off')
      return query(statement)
    }) as typeof query
  }
  await expect(rewrapKeys({ ...t.house, database: cutOff }, first, 'test', 'moving')).rejects.toThrow('cut off')
  const halfWay = await wrappedByOther(first.current.id)
  expect(halfWay).toBeGreaterThan(5)
  expect(await reads(former)).toBe(6)
  expect(await rewrapKeys(t.house, first, 'test', 'moving')).toBe(halfWay)
  expect(await rewrapKeys(t.house, first, 'test', 'again')).toBe(0)
  expect(await reads(byService)).toBe(6)

  // A gateway that works on the service's key, while another process rotates it.
  const live = await open(byService)
  const intake = openIntake(live)
  const traffic = { stop: false, answers: [] as string[] }
  const working = (async () => {
    while (!traffic.stop) traffic.answers.push((await register(intake)).status)
  })()
  const next = await drawNextKey(t.house.database, byService, 'test', 'yearly')
  await expect(drawNextKey(t.house.database, byService, 'test', 'twice')).rejects.toThrow('there is a next key already')
  await expect(useNextKey(t.house.database, 'test', 'too soon')).rejects.toThrow('try again in half a minute')
  await until('the gateway at work knows the next key', async () => live.masterKeys.known().includes(next))
  await t.database.owner.query(sql`update wrapping_key set made_at = made_at - interval '31 s' where state = 'next'`)
  await useNextKey(t.house.database, 'test', 'yearly')
  const rotated = await openKeyring(t.house.database, byService)
  expect([rotated.current.id, rotated.previous.map(({ id }) => id)]).toEqual([next, [first.current.id]])
  await until('it wraps by the next key', async () => live.masterKeys.known()[0] === next)
  const before = traffic.answers.length
  while ((await rewrapKeys(t.house, rotated, 'test', 'yearly')) > 0);
  await until('it has gone on', async () => traffic.answers.length > before + 5)
  traffic.stop = true
  await working
  await intake.close()
  await live.close()
  expect(traffic.answers.filter(status => status !== 'accepted')).toEqual([])
  expect(failures).toEqual([])
  expect(await wrappedByOther(next)).toBe(0)
  expect(await reads(byService)).toBe(6 + traffic.answers.length)

  const back = parseMasterKey(randomBytes(32).toString('base64'))
  const toFile = await openKeyring(t.house.database, { ...byService, own: back })
  expect(toFile.current.id).toBe(back.id)
  expect(await rewrapKeys(t.house, toFile, 'test', 'back')).toBeGreaterThan(6)
  expect(await reads({ own: back, former: [], service: null })).toBe(6 + traffic.answers.length)
  await expect(drawNextKey(t.house.database, { ...byService, own: back }, 'test', 'no')).rejects.toThrow('is in a file')
  const audit = await t.house.database.query<{ action: string }>(sql`select action from audit where about = ${next} order by id`)
  expect(audit.map(({ action }) => action)).toEqual([
    'key.added',
    'key.current',
    'key.rewrapped',
    ...audit.slice(3).map(() => 'key.rewrapped')
  ])
})
