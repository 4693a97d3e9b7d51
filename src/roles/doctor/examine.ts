// The doctor's whole look, from the settings to what is late. Loaded only when it is asked for: it reads the libraries of a gateway.
import { access } from 'node:fs/promises'
import { join } from 'node:path'
import { adapters } from '../../../adapters/index.ts'
import type { Config } from '../../config.ts'
import { openOutside } from '../../flow/outside.ts'
import type { KeyringSource } from '../../flow/wrapping-keys.ts'
import { openDatabase } from '../../store/database.ts'
import { applicationRole } from '../../store/migrate.ts'
import { openDestinations } from '../../trust/destination.ts'
import { tellFault } from '../command/session.ts'
import { openPlace, type Place } from '../open-database.ts'
import { beginLife } from '../process.ts'
import { lookAtCheckpointFile } from './checkpoint-file.ts'
import { lookAtDatabase, lookAtQueue, lookAtStreams, lookAtWork } from './database.ts'
import { type Finding, ok } from './finding.ts'
import { lookAtConfig, lookAtDisk, lookAtMasterKeys, lookAtProxy, type ReadConfig } from './machine.ts'
import { lookAtExpiries, lookAtKeyring, lookAtKeys, lookAtLog, lookAtPartners } from './trust.ts'

/** Everything that was looked at, in order. Stops where nothing more can be asked. */
export const examine = async (readConfig: ReadConfig, ask: boolean): Promise<Finding[]> => {
  const { config, findings } = lookAtConfig(readConfig)
  if (config === null) return findings
  const keys = await lookAtMasterKeys(config)
  findings.push(...lookAtProxy(config), ...keys.findings, ...(await lookAtDisk(config)), await lookAtCheckpointFile(config))
  if (config.databaseUrl === null && !(await isMade(config))) {
    return [...findings, ok('database', 'none yet: the first start makes one under DATA_DIRECTORY')]
  }
  const life = beginLife({ log: () => {}, failed: tellFault, hasEnd: true })
  try {
    const place = await openPlace(config, life, () => {}, false)
    return [...findings, ...(await examineDatabase(place, config, keys.source, ask))]
  } finally {
    await life.stop('done')
  }
}

const isMade = ({ dataDirectory }: Config): Promise<boolean> =>
  access(join(dataDirectory, 'postgres')).then(
    () => true,
    () => false
  )

const examineDatabase = async (
  { url, isEmbedded }: Place,
  config: Config,
  source: KeyringSource | null,
  ask: boolean
): Promise<Finding[]> => {
  const database = openDatabase({ url, application: 'doctor', role: applicationRole, connectionsMax: 2, connectTimeoutMs: 5_000 })
  const outside = openOutside(openDestinations(config.outboundAllow))
  try {
    const { usable, findings } = await lookAtDatabase(database, isEmbedded)
    if (!usable) return findings
    findings.push(...(await lookAtQueue(url, config.redisUrl)))
    const { keyring, findings: unwrapping } = await lookAtKeyring(database, source)
    findings.push(...unwrapping)
    if (keyring !== null)
      findings.push(...(await lookAtKeys(database, keyring)), ...(await lookAtLog(database, keyring, config.checkpointFile)))
    findings.push(...(await lookAtExpiries(database)), ...(await lookAtPartners(database, adapters, outside, ask)))
    findings.push(...(await lookAtWork(database, adapters)), ...(await lookAtStreams(database, adapters, config.streamLimits)))
    return findings
  } finally {
    await outside.close()
    await database.close()
  }
}
