#!/usr/bin/env node
// The way in: words on the command line choose what this process does; `api` and `worker` may stand together. The only file that reads the environment.
import { Command, CommanderError, InvalidArgumentError } from 'commander'
import { ConfigError, type Mode, readConfig } from './config.ts'
import { DomainError } from './domain/errors.ts'
import { addAuditCommands } from './roles/command/audit.ts'
import { addClientCommands } from './roles/command/clients.ts'
import { addDoctorCommand } from './roles/command/doctor.ts'
import { addEvidenceCommand } from './roles/command/evidence.ts'
import { addInitCommand } from './roles/command/init.ts'
import { addKeyCommands } from './roles/command/keys.ts'
import { addLogCommands } from './roles/command/log.ts'
import { addPartnerCommands } from './roles/command/partners.ts'
import { addPersonCommands } from './roles/command/persons.ts'
import { addRightsCommands } from './roles/command/rights.ts'
import { actorText, commandRunner, UsageError } from './roles/command/session.ts'
import { addStreamCommands } from './roles/command/streams.ts'
import { addWaitingCommands } from './roles/command/waiting.ts'
import { endAtSignals } from './roles/demo/stopped.ts'
import { readKeyring } from './roles/keyring.ts'
import { isRole, type Role, roles } from './roles/role.ts'
import { version } from './roles/version.ts'

const whole = (text: string): number => {
  const value = Number(text)
  if (!Number.isInteger(value) || value < 0) throw new InvalidArgumentError('give a whole number')
  return value
}

const count = (text: string): number => {
  const value = Number(text)
  if (!Number.isInteger(value) || value < 1 || value > 900_000) throw new InvalidArgumentError('give a whole number from 1 to 900000')
  return value
}

const share = (text: string): number => {
  const value = Number(text)
  if (!(value >= 0 && value <= 1)) throw new InvalidArgumentError('give a share from 0 to 1')
  return value
}

/** `without`: settings that are not looked at. */
const config = (mode: Mode, without: readonly string[] = []) =>
  readConfig({ ...process.env, ...Object.fromEntries(without.map(name => [name, ''])) }, mode)

/** What a command does not need is not loaded: most end sooner than the server's libraries are read. */
const start = async (wanted: readonly Role[]): Promise<void> => {
  const settings = config('start')
  // A key that may not be used is refused at once, and not after the server's libraries were read.
  await readKeyring(settings)
  const { serve } = await import('./roles/serve.ts')
  await serve(settings, wanted)
}

const program = new Command('jisr')
  .description('The gateway between national job agencies and foreign immigration systems')
  .version(version)
  .showHelpAfterError('(jisr --help says what there is)')
  .addHelpText('after', '\nThe roles of start can stand alone: jisr api, jisr worker.')
  .exitOverride()

program
  .command('start')
  .description('the gateway: takes in, delivers, and shows how it stands')
  .action(() => start(roles))

program
  .command('migrate')
  .description('brings the database up to date; needs the URL of the owner of the tables. Daily, for the months to come')
  .action(async () => {
    const settings = config('migrate')
    const { runMigrate } = await import('./roles/migrate.ts')
    await runMigrate(settings)
  })

program
  .command('demo')
  .description('a whole campaign on this machine, with doubles of everybody who takes part')
  .option('--workers <n>', 'how many workers', count, 200)
  .option('--new-share <share>', 'share of workers who come for the first time and need a visa', share, 0.5)
  .option('--seed <n>', 'the same seed gives the same campaign', whole, 1)
  .option('--weekly-visas <n>', 'visas that the consulates take in a week; with few the applications queue', count, 1500)
  .option('--data <folder>', 'where everything is kept; never that of a gateway', '.data/demo')
  .option('--fresh', 'throw away what an earlier demo holds, also what others put into it', false)
  .option('--exit', 'leave when the campaign is done', false)
  .option('--json', 'print one JSON object as the last line, and nothing else', false)
  .action(async options => {
    const taken = endAtSignals()
    const { runDemo } = await import('./roles/demo.ts')
    await runDemo({
      workers: options.workers,
      newShare: options.newShare,
      seed: options.seed,
      weeklyVisas: options.weeklyVisas,
      directory: options.data,
      fresh: options.fresh,
      exit: options.exit,
      json: options.json,
      databaseUrl: process.env.DATABASE_URL ?? null,
      redisUrl: process.env.REDIS_URL ?? null,
      taken
    })
  })

addInitCommand(program)
const run = commandRunner(() => config('operate'))
addClientCommands(program, run)
addPartnerCommands(program, run)
addStreamCommands(program, run)
addKeyCommands(program, run)
addLogCommands(program, run)
addWaitingCommands(program, run)
addPersonCommands(program, run)
addRightsCommands(program, run)
addEvidenceCommand(program, run)
addAuditCommands(program, run)
addDoctorCommand(program, config)
everywhere(program)

const words = process.argv.slice(2)
const areRoles = words.length > 0 && words.every(isRole)

try {
  if (areRoles) await start([...new Set(words)])
  else await program.parseAsync()
} catch (error) {
  process.exitCode = complain(error)
  // What was half open when a start failed would keep the process alive.
  if (areRoles || words[0] === 'start' || words[0] === 'demo') process.exit()
}

/** Options that every command below has. */
function everywhere(command: Command): void {
  for (const child of command.commands) {
    everywhere(child)
    child.exitOverride()
    child.showHelpAfterError(`(${pathOf(child)} --help says what there is)`)
    if (child.commands.length > 0 || ['start', 'migrate', 'demo', 'init', 'doctor', 'master'].includes(child.name())) continue
    child.option('--json', 'for machines', false)
    // Who came by sudo acts, and not the account that the gateway has.
    child.option('--by <who>', 'who does it, for the audit; this machine’s user otherwise', actorText, process.env.SUDO_USER || undefined)
  }
}

function pathOf(command: Command): string {
  return command.parent === null ? command.name() : `${pathOf(command.parent)} ${command.name()}`
}

/** One line that says what to do. @returns the exit code: 2 for a command that cannot be understood, 1 for one that cannot be done. */
function complain(error: unknown): number {
  // Commander has said it already.
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2
  if (error instanceof ConfigError) process.stderr.write(`${error.message}\n`)
  else if (error instanceof DomainError) process.stderr.write(`jisr: ${error.detail}\n`)
  else process.stderr.write(`jisr: ${error instanceof Error ? error.message : 'it failed, and nobody knows why'}\n`)
  return error instanceof UsageError ? 2 : 1
}
