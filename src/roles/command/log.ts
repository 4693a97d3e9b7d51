// jisr verify-log and jisr log: the evidence log, checked as a whole, and what is done when part of it is lost.
import type { Command } from 'commander'
import { beginAnew, fileAnew } from '../../flow/renew-log.ts'
import { verifyLog } from '../../flow/verify-log.ts'
import { type CommonOptions, type Run, reasonText, said } from './session.ts'

/** Adds `verify-log` and `log` to the program. */
export const addLogCommands = (program: Command, run: Run): void => {
  program
    .command('verify-log')
    .description('checks the whole evidence log: leaves, checkpoints in database and file, and what was stored; names what is wrong')
    .action((options: CommonOptions) =>
      run(options, async ({ house, checkpointFile }) => {
        const verified = await verifyLog(house, { file: checkpointFile, keys: house.keys.logs })
        if (verified.faults.length > 0) process.exitCode = 1
        const { leaves, checkpoints, filed, unfiled, opened, erased, spent, unkept, around, faults } = verified
        const counts = `${leaves} leaves; checkpoints: ${checkpoints} in the database, ${filed} in ${checkpointFile}${unfiled === 0 ? '' : `, which begins after ${unfiled} of those`}`
        const told = `${counts}. Opened ${opened} leaves; ${erased} of people who were erased or blocked, ${spent} of messages that are kept by their rows alone, ${unkept} of messages that were refused and never kept. What stood around ${around.opened} documents opened, and of ${around.gone} not any more, since a row of theirs is gone.`
        return {
          json: verified,
          lines:
            faults.length === 0
              ? [`All is as it was signed: ${told}`]
              : [...faults.map(({ where, what }) => `${where}: ${what}`), `${faults.length} faults. ${told}`]
        }
      })
    )
  const log = program.command('log').description('the evidence log, where part of it is lost for good')
  log
    .command('file-anew')
    .description('writes the last checkpoint of the database to CHECKPOINT_FILE, where that file is lost')
    .requiredOption('--reason <text>', 'what happened, for the audit', reasonText)
    .action((options: CommonOptions & { reason: string }) =>
      run(options, async ({ house, checkpointFile, by }) => {
        const { origin, size } = await fileAnew(house, checkpointFile, { actor: by, reason: options.reason })
        return said(`${checkpointFile} begins anew with the checkpoint of ${origin} over ${size} leaves.`, { origin, size })
      })
    )
  log
    .command('begin-anew')
    .description(
      'begins another log, where the database was restored to before what was published; whoever checks the old one sees that it ended'
    )
    .requiredOption('--reason <text>', 'what happened, for the audit', reasonText)
    .option('--even-though-it-holds', 'though the log agrees with its last checkpoints: nothing is lost, and it is to end', false)
    .action((options: CommonOptions & { reason: string; evenThoughItHolds: boolean }) =>
      run(options, async ({ house, checkpointFile, by }) => {
        const { origin, size } = await beginAnew(house, { file: checkpointFile, keys: house.keys }, { actor: by, ...options })
        return said(`The log is ${origin} from now on, with the ${size} leaves that are there. Tell whoever keeps checkpoints.`, {
          origin,
          size
        })
      })
    )
}
