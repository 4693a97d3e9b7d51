// jisr doctor: looks at everything an operator can get wrong or forget, changes nothing, and says how to mend what it finds.
import { access } from 'node:fs/promises'
import { join } from 'node:path'
import type { Command } from 'commander'
import { adapters } from '../../../adapters/index.ts'
import type { Config } from '../../config.ts'
import { openOutside } from '../../flow/outside.ts'
import type { KeyringSource } from '../../flow/wrapping-keys.ts'
import { openDatabase } from '../../store/database.ts'
import { applicationRole } from '../../store/migrate.ts'
import { openDestinations } from '../../trust/destination.ts'
import { lookAtDatabase, lookAtQueue, lookAtWork } from '../doctor/database.ts'
import { type Finding, ok } from '../doctor/finding.ts'
import { lookAtConfig, lookAtDisk, lookAtMasterKeys, type ReadConfig } from '../doctor/machine.ts'
import { lookAtExpiries, lookAtKeyring, lookAtKeys, lookAtLog, lookAtPartners } from '../doctor/trust.ts'
import { openPlace } from '../open-database.ts'
import { beginLife } from '../process.ts'
import { tellFault } from './session.ts'

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
      const findings = await examine(readConfig, options.askPartners)
      const isWell = findings.every(({ state }) => state !== 'bad')
      process.stdout.write(options.json ? `${JSON.stringify({ ok: isWell, findings })}\n` : text(findings))
      if (!isWell) process.exitCode = 1
    })
}

const examine = async (readConfig: ReadConfig, ask: boolean): Promise<Finding[]> => {
  const { config, findings } = lookAtConfig(readConfig)
  if (config === null) return findings
  const keys = await lookAtMasterKeys(config)
  findings.push(...keys.findings, ...(await lookAtDisk(config)))
  if (config.databaseUrl === null && !(await isMade(config))) {
    return [...findings, ok('database', 'none yet: the first start makes one under DATA_DIRECTORY')]
  }
  const life = beginLife({ log: () => {}, failed: tellFault, hasEnd: true })
  try {
    const place = await openPlace(config, life, () => {}, false)
    return [...findings, ...(await examineDatabase(place.url, config, keys.source, ask))]
  } finally {
    await life.stop('done')
  }
}

const isMade = ({ dataDirectory }: Config): Promise<boolean> =>
  access(join(dataDirectory, 'postgres')).then(
    () => true,
    () => false
  )

const examineDatabase = async (url: string, config: Config, source: KeyringSource | null, ask: boolean): Promise<Finding[]> => {
  const database = openDatabase({ url, application: 'doctor', role: applicationRole, connectionsMax: 2, connectTimeoutMs: 5_000 })
  const outside = openOutside(openDestinations(config.outboundAllow))
  try {
    const { usable, findings } = await lookAtDatabase(database)
    if (!usable) return findings
    findings.push(...(await lookAtQueue(url, config.redisUrl)))
    const { keyring, findings: unwrapping } = await lookAtKeyring(database, source)
    findings.push(...unwrapping)
    if (keyring !== null)
      findings.push(...(await lookAtKeys(database, keyring)), ...(await lookAtLog(database, keyring, config.checkpointFile)))
    findings.push(...(await lookAtExpiries(database)), ...(await lookAtPartners(database, adapters, outside, ask)))
    findings.push(...(await lookAtWork(database, adapters)))
    return findings
  } finally {
    await outside.close()
    await database.close()
  }
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
