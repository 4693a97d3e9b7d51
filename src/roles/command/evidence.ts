// jisr evidence: everything about one placement in one file, which anybody checks without us.
import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import type { Command } from 'commander'
import { writeEvidence } from '../../flow/evidence.ts'
import { type CommonOptions, type Run, reasonText, UsageError } from './session.ts'

/** Adds `evidence` to the program. */
export const addEvidenceCommand = (program: Command, run: Run): void => {
  program
    .command('evidence <placement>')
    .description('everything about one placement in one file: node examples/verify-evidence.mjs checks it')
    .requiredOption('--reason <text>', 'why, for the audit and the file: who asked for it, under which number', reasonText)
    .option('--out <file>', 'where to; evidence-<placement>.json otherwise. Never over a file that is there')
    .action((placement: string, options: CommonOptions & { reason: string; out?: string }) =>
      run(options, async ({ house, by }) => {
        const keys = { log: house.keys.log, logs: house.keys.logs, sets: house.keys.published.map(({ jwk, kid }) => ({ ...jwk, kid })) }
        const { text, parts, gone, altered } = await writeEvidence(house, keys, { placement, actor: by, reason: options.reason })
        const file = path.resolve(options.out ?? `evidence-${placement}.json`)
        await writeNew(file, text)
        return {
          json: { file, parts, gone, altered },
          lines: [
            `${file}: ${parts} parts. It holds a person's data in clear: give it to whoever may have it, and to nobody else.`,
            ...(gone.length > 0 ? [`${gone.length} can no longer be shown: the file says which, and why.`] : []),
            ...altered.map(name => `ALTERED: ${name}. What is stored is not what it was; the file says so too. See jisr verify-log.`),
            `Check it: node examples/verify-evidence.mjs ${file}`
          ]
        }
      })
    )
}

/** For its owner's eyes only. */
const writeNew = async (file: string, text: string): Promise<void> => {
  try {
    await writeFile(file, text, { flag: 'wx', mode: 0o600 })
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code
    throw new UsageError(
      code === 'EEXIST' ? `${file} is there already: name another with --out` : `${file} cannot be written (${code ?? 'unknown'})`
    )
  }
}
