// jisr doctor: looks at everything an operator can get wrong or forget, changes nothing, and says how to mend what it finds.
import type { Command } from 'commander'
import type { Finding } from '../doctor/finding.ts'
import type { ReadConfig } from '../doctor/machine.ts'

interface DoctorOptions {
  json: boolean
  askPartners: boolean
}

/** Adds `doctor` to the program. `readConfig` gives the settings as a mode would have them, or throws `ConfigError`. */
export const addDoctorCommand = (program: Command, readConfig: ReadConfig): void => {
  program
    .command('doctor')
    .description(
      'looks at settings, files, database, queue, clocks, keys, evidence log, certificates, partners and disk; changes nothing. Exit code 1 when something is wrong'
    )
    .option('--json', 'for machines', false)
    .option('--ask-partners', 'also finds the hosts of partners and sends each address a GET without content', false)
    .action(async (options: DoctorOptions) => {
      const { examine } = await import('../doctor/examine.ts')
      const findings = await examine(readConfig, options.askPartners)
      const isWell = findings.every(({ state }) => state !== 'bad')
      process.stdout.write(options.json ? `${JSON.stringify({ ok: isWell, findings })}\n` : text(findings))
      if (!isWell) process.exitCode = 1
    })
}

const marks = { ok: 'ok  ', look: 'look', bad: 'BAD ' } as const

const text = (findings: readonly Finding[]): string => {
  const width = Math.max(...findings.map(({ check }) => check.length))
  const lines = findings.flatMap(({ check, state, says, toDo }) => [
    `${marks[state]}  ${check.padEnd(width)}  ${says}`,
    ...(toDo === null ? [] : [`      ${' '.repeat(width)}  → ${toDo}`])
  ])
  const count = (state: Finding['state']) => findings.filter(finding => finding.state === state).length
  return [...lines, `${count('bad')} wrong, ${count('look')} to look at, ${count('ok')} well.`, ''].join('\n')
}
