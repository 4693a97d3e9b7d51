#!/usr/bin/env node
// The way in: words on the command line choose what this process does. The only file that reads the environment.
import { Command, InvalidArgumentError } from 'commander'
import { runDemo } from './roles/demo.ts'

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

const program = new Command('jisr').description('The gateway between national job agencies and foreign immigration systems')

program
  .command('demo')
  .description('a whole campaign on this machine, with doubles of everybody who takes part')
  .option('--workers <n>', 'how many workers', count, 200)
  .option('--new-share <share>', 'share of workers who come for the first time and need a visa', share, 0.5)
  .option('--seed <n>', 'the same seed gives the same campaign', whole, 1)
  .option('--weekly-visas <n>', 'visas that the consulates take in a week; with few the applications queue', count, 1500)
  .option('--data <folder>', 'where everything is kept', '.data')
  .option('--exit', 'leave when the campaign is done', false)
  .option('--json', 'print one JSON object as the last line, and nothing else', false)
  .action(options =>
    runDemo({
      workers: options.workers,
      newShare: options.newShare,
      seed: options.seed,
      weeklyVisas: options.weeklyVisas,
      directory: options.data,
      exit: options.exit,
      json: options.json,
      databaseUrl: process.env.DATABASE_URL ?? null,
      redisUrl: process.env.REDIS_URL ?? null
    })
  )

try {
  await program.parseAsync()
} catch (error) {
  process.stderr.write(`jisr: ${error instanceof Error ? error.message : 'it failed, and nobody knows why'}\n`)
  process.exit(1)
}
