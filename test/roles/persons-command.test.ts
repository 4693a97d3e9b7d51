// jisr persons and jisr rights, run as an operator runs them: found without a trace in a history, explained, exported, asked for, erased.
import { spawn } from 'node:child_process'
import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { findPerson } from '../../src/flow/find-person.ts'
import { sql } from '../../src/store/database.ts'
import { environmentOf, run, scratch, surroundings } from '../support/command.ts'
import { testHouse } from '../support/house.ts'
import { registration } from '../support/people.ts'

const t = await testHouse()
const folder = await scratch()
const environment = await environmentOf(t, folder)
const program = fileURLToPath(new URL('../../src/main.ts', import.meta.url))

/** The command with this on its standard input. */
const told = (input: string, ...words: string[]): Promise<string> =>
  new Promise(resolve => {
    const child = spawn(process.execPath, [program, ...words], { env: { ...surroundings, ...environment } })
    let output = ''
    child.stdout.on('data', (chunk: Buffer) => {
      output += chunk.toString('utf8')
    })
    child.on('close', () => resolve(output))
    child.stdin.end(input)
  })

test('a question by which nobody could ever be found is no answer that nobody is known, and one that finds nobody is on record', async () => {
  const passport = (country?: string) => ({ scheme: 'PASSPORT', value: 'AB1234567', ...(country === undefined ? {} : { country }) })
  const refusals: [Parameters<typeof findPerson>[1], RegExp][] = [
    [{ scheme: 'CNIE', value: 'GK123456' }, /^there is no kind of document CNIE; there are: MA-CNIE, PASSPORT/],
    [{ scheme: 'constructor', value: 'GK123456' }, /^there is no kind of document constructor/],
    [{ scheme: 'MA-CNIE', value: 'GK123456', country: 'MAR' }, /without a country/],
    [passport(), /say which, as MAR/],
    [passport('MA'), /^there is no country MA: write its three letters/],
    [{ client: 'anapek', value: 'w-1' }, /^there is no client or partner anapek/]
  ]
  for (const [wanted, detail] of refusals)
    await expect(findPerson(t.house, wanted, 'amal')).rejects.toMatchObject({ detail: expect.stringMatching(detail) })
  expect(await findPerson(t.house, passport('MAR'), 'amal')).toEqual([])
  const acts = await t.house.database.query(sql`select action, about, reason from audit where actor = 'amal'`)
  expect(acts).toEqual([{ action: 'person.found', about: 'nobody', reason: 'by PASSPORT' }])
})

test('she is found by the agency’s id, her file is written once for its owner alone, her request erases her, and twice is once too often', async () => {
  await t.submit({ person: 'w-1', type: 'candidate.registered', at: '2026-01-10T09:00:00Z', payload: registration(1) })
  const [found] = JSON.parse(await told('w-1\n', 'persons', 'find', '--client', 'anapec', '--json')) as { id: string; state: string }[]
  expect(found?.state).toBe('kept')
  const id = found?.id as string
  const out = join(folder, 'her.html')
  const exported = await run(environment, 'persons', 'export', id, '--out', out, '--language', 'ar', '--reason', 'request 1')
  expect([exported.code, exported.stderr]).toEqual([0, ''])
  expect((await stat(out)).mode & 0o777).toBe(0o600)
  expect(await readFile(out, 'utf8')).toContain('dir="rtl"')
  // Words that were forgotten are asked for, and no request is opened without them.
  expect(await told(' \n', 'rights', 'open', id, '--kind', 'access', '--law', 'gdpr', '--words')).toBe('')
  expect((await run(environment, 'rights', 'list')).stdout).toBe('No request is open.\n')
  const opened = await run(environment, 'rights', 'open', id, '--kind', 'erasure', '--law', '09-08')
  expect(opened.stdout).toMatch(/must be answered by .* \(P7-0908-erasure\)\.\nDone at once: erased\.\n/)
  const again = await run(environment, 'persons', 'erase', id, '--reason', 'once more')
  expect([again.code, again.stderr]).toEqual([1, `jisr: ${id} is erased already\n`])
  expect((await run(environment, 'persons', 'retention', id)).stdout).toContain('Her data is erased.')
  const keep = async (...options: string[]) => {
    const { code, stdout, stderr } = await run(environment, 'persons', 'keep', ...options)
    return [code, stdout, stderr]
  }
  await t.database.owner.query(sql`insert into retention_run values (current_date - 50, 0, 0, 0, now() - interval '50 days')`)
  expect(await keep()).toEqual([
    1,
    '',
    expect.stringMatching(/^jisr: the last daily round of retention was on .*, 50 days later\. .*--time-is-right/)
  ])
  expect(await keep('--time-is-right', '--reason', 'closed for the winter')).toEqual([
    0,
    expect.stringMatching(/^0 people were blocked/),
    ''
  ])
}, 90_000)
