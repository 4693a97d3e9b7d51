// What the manual says of settings and commands is what the program has.
import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { readConfig, SETTINGS } from '../src/config.ts'
import { run } from './support/command.ts'

const manual = await readFile(new URL('../docs/operations.md', import.meta.url), 'utf8')
const settings = [...manual.matchAll(/^\| `([A-Z_]+)` +\| (.*?) +\| (.*?) +\|/gm)].map(([, name, needed, otherwise]) => ({
  name,
  needed,
  otherwise
}))

test('every setting has its row, in the program’s order, and there is no other', () => {
  expect(settings.map(({ name }) => name)).toEqual(Object.keys(SETTINGS))
})

test('the defaults in the manual are those of the program', () => {
  const config = readConfig({ ISSUER: 'https://gateway.example.org', MASTER_KEY_FILE: '/key' }, 'start')
  const { host, port, adminHost, adminPort, databaseConnections, logLevel, workerConcurrency } = config
  const defaults = { HOST: host, PORT: port, ADMIN_HOST: adminHost, ADMIN_PORT: adminPort, LOG_LEVEL: logLevel }
  for (const [name, value] of Object.entries({
    ...defaults,
    DATABASE_CONNECTIONS: databaseConnections,
    WORKER_CONCURRENCY: workerConcurrency
  }))
    expect(settings.find(setting => setting.name === name)?.otherwise).toBe(`\`${value}\``)
  const needed = settings.filter(
    setting => setting.needed !== '' && !setting.needed?.startsWith('while') && !setting.needed?.startsWith('must')
  )
  expect(needed.map(({ name }) => name)).toEqual(['ISSUER', 'MASTER_KEY_FILE'])
})

test('every command of the manual is one that the program knows', async () => {
  const told = [
    ...manual.matchAll(/jisr (?:-- )?((?:clients|partners|streams|keys|waiting) [a-z-]+|redeliver|discard|apply|settle|release)\b/g)
  ]
  const commands = [...new Set(told.map(([, words]) => words as string))].toSorted()
  expect(commands.length).toBeGreaterThan(15)
  const groups = new Map<string, string>()
  for (const group of ['', 'clients', 'partners', 'streams', 'keys', 'waiting'])
    groups.set(group, (await run({}, ...(group === '' ? [] : [group]), '--help')).stdout)
  for (const command of commands) {
    const [first = '', second] = command.split(' ')
    expect(groups.get(second === undefined ? '' : first)).toMatch(new RegExp(`^ +${second ?? first} `, 'm'))
  }
})
