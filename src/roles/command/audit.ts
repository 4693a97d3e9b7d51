// jisr audit: what was done by hand, by whom, when and why.
import { type Command, InvalidArgumentError } from 'commander'
import { listActs } from '../../store/audit.ts'
import { tableLines } from '../table.ts'
import type { CommonOptions, Run } from './session.ts'

interface ListOptions extends CommonOptions {
  actor?: string
  action?: string
  about?: string
  since?: Date
  limit: number
}

/** Adds `audit` to the program. */
export const addAuditCommands = (program: Command, run: Run): void => {
  const audit = program.command('audit').description('what was done by hand')
  audit
    .command('list')
    .description('every act, newest first: when, who, what, about whom, why')
    .option('--actor <who>', 'only by them')
    .option('--action <name>', 'only these: client, or client.suspended')
    .option('--about <id>', 'only about this client, partner, key, delivery, case …')
    .option('--since <day>', 'only from this day on (UTC), as 2026-02-01', day)
    .option('--limit <n>', 'at most so many', limit, 100)
    .action((options: ListOptions) =>
      run(options, async ({ house }) => {
        const { actor = null, action = null, about = null, since = null } = options
        const acts = await listActs(house.database, { actor, action, about, since, limit: options.limit })
        const more = acts.length === options.limit ? [`There may be more: --limit ${Math.min(limitMax, options.limit * 5)}`] : []
        if (acts.length === 0) return { json: [], lines: ['Nothing was done by hand, as far as was asked for.'] }
        return {
          json: acts.map(act => ({ ...act, at: act.at.toISOString() })),
          lines: [
            ...tableLines(
              ['when', 'who', 'what', 'about', 'why'],
              acts.map(act => [act.at.toISOString(), act.actor, act.action, act.about, act.reason]),
              { widthMax: 240 }
            ),
            ...more
          ]
        }
      })
    )
}

const limitMax = 10_000

const limit = (text: string): number => {
  const value = Number(text)
  if (!Number.isInteger(value) || value < 1 || value > limitMax) throw new InvalidArgumentError(`give a whole number from 1 to ${limitMax}`)
  return value
}

const day = (text: string): Date => {
  const value = new Date(`${text}T00:00:00Z`)
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text) || Number.isNaN(value.getTime()) || value.toISOString().slice(0, 10) !== text)
    throw new InvalidArgumentError('give a day, as 2026-02-01')
  return value
}
