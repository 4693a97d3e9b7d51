// What the manual says of settings and commands is what the program has.
import { readFile } from 'node:fs/promises'
import { Command } from 'commander'
import { expect, test } from 'vitest'
import { readConfig, SETTINGS } from '../src/config.ts'
import { addAuditCommands } from '../src/roles/command/audit.ts'
import { addClientCommands } from '../src/roles/command/clients.ts'
import { addDoctorCommand } from '../src/roles/command/doctor.ts'
import { addEvidenceCommand } from '../src/roles/command/evidence.ts'
import { addInitCommand } from '../src/roles/command/init.ts'
import { addKeyCommands } from '../src/roles/command/keys.ts'
import { addLogCommands } from '../src/roles/command/log.ts'
import { addPartnerCommands } from '../src/roles/command/partners.ts'
import { addPersonCommands } from '../src/roles/command/persons.ts'
import { addRightsCommands } from '../src/roles/command/rights.ts'
import { addStreamCommands } from '../src/roles/command/streams.ts'
import { addWaitingCommands } from '../src/roles/command/waiting.ts'
import { stationLevels } from '../src/roles/log.ts'

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

test('every station of the log that somebody must act on has its row, at its level, and there is no other', () => {
  const rows = [...manual.matchAll(/^\| `([a-z]+\.[a-z-]+)` +\| `(error|warn)` +\|/gm)].map(([, station, level]) => [station, level])
  expect(rows).toEqual(Object.entries(stationLevels))
})

const pages = [
  'installing.md',
  'operations.md',
  'persons-data.md',
  'trying-it.md',
  'integrating/company.md',
  'integrating/origin-agency.md',
  'integrating/spanish-administration.md',
  'writing-an-adapter.md'
]
const acts = ['redeliver', 'discard', 'apply', 'settle', 'release', 'init', 'doctor', 'verify-log', 'evidence']
const groups = ['clients', 'partners', 'streams', 'keys', 'waiting', 'persons', 'rights', 'log', 'audit']

/** `jisr clients add x --name y \\ --role z`, wherever it stands in the pages: the command's words, and the options that it is given. */
const told = (await Promise.all(pages.map(page => readFile(new URL(`../docs/${page}`, import.meta.url), 'utf8'))))
  .flatMap(text => [...text.replaceAll(/\\\n/g, ' ').matchAll(/\bjisr (?:-- )?([a-z-]+)(?: ([a-z-]+))?([^\n`]*)/g)])
  .map(([, first = '', second = '', rest = '']) => ({
    command: groups.includes(first) ? `${first} ${second}` : first,
    options: [...rest.matchAll(/ (--[a-z-]+)/g)].map(match => match[1] as string)
  }))
  .filter(({ command }) => acts.includes(command) || groups.includes(command.split(' ')[0] as string))

/** Every command, as src/main.ts puts them together, and none that does anything. */
const program = (() => {
  const program = new Command('jisr')
  for (const add of [
    addClientCommands,
    addPartnerCommands,
    addStreamCommands,
    addKeyCommands,
    addWaitingCommands,
    addPersonCommands,
    addRightsCommands,
    addLogCommands,
    addAuditCommands,
    addEvidenceCommand
  ])
    add(program, async () => {})
  addInitCommand(program)
  addDoctorCommand(program, mode => readConfig({}, mode))
  return program
})()

test('every command of the manual and of the pages for integrators is one that the program knows, with its options', () => {
  const commands = [...new Set(told.map(({ command }) => command))].toSorted()
  expect(commands.length).toBeGreaterThan(15)
  const find = (command: string) =>
    command.split(' ').reduce<Command | undefined>((group, word) => group?.commands.find(one => one.name() === word), program)
  // What src/main.ts gives to every command.
  const common = ['--json', '--by']
  const faults = told.flatMap(({ command, options }) => {
    const found = find(command)
    if (found === undefined) return [command]
    return options
      .filter(option => !common.includes(option) && !found.options.some(({ long }) => long === option))
      .map(o => `${command} ${o}`)
  })
  expect(faults).toEqual([])
})

/** They only look, or draw what nobody knows yet, or do what a dated rule says; a request by law is its own reason. */
const withoutReason = ['list', 'show', 'find', 'retention', 'due', 'keep', 'scrub', 'open', 'verify-log', 'doctor', 'init', 'master']

test('whatever is done by hand demands why, in words that the audit can hold', () => {
  const leaves = (command: Command): Command[] => (command.commands.length === 0 ? [command] : command.commands.flatMap(leaves))
  const acting = leaves(program).filter(command => !withoutReason.includes(command.name()))
  expect(acting.length).toBeGreaterThan(25)
  const faults = acting.filter(command => {
    const reason = command.options.find(({ long }) => long === '--reason')
    if (reason?.mandatory !== true || reason.parseArg === undefined) return true
    const take = (text: string) => reason.parseArg?.(text, undefined)
    return take(' agreed ') !== 'agreed' || ![' ', 'two\nlines', 'x'.repeat(501)].every(text => throws(() => take(text)))
  })
  expect(faults.map(command => `${command.parent?.name()} ${command.name()}`)).toEqual([])
})

const throws = (work: () => unknown): boolean => {
  try {
    work()
    return false
  } catch {
    return true
  }
}
