// The doctor's look at the machine: settings, the files of the keys, the data directory and its disk.
import { constants } from 'node:fs'
import { access, stat, statfs } from 'node:fs/promises'
import { dirname, relative } from 'node:path'
import { type Config, ConfigError, type Mode } from '../../config.ts'
import type { KeyringSource } from '../../flow/wrapping-keys.ts'
import { readKeyring } from '../keyring.ts'
import { bad, type Finding, look, ok } from './finding.ts'

/** Gives the settings for a mode, some of them left out of account; throws `ConfigError`. */
export type ReadConfig = (mode: Mode, without?: readonly string[]) => Config

/** The settings as a start would have them, or those that commands need, or null; and what is wrong. */
export const lookAtConfig = (read: ReadConfig): { config: Config | null; findings: Finding[] } => {
  try {
    const config = read('start')
    const trial = config.issuer?.startsWith('http:')
      ? look('settings', `complete, for a trial as ${config.issuer}`, 'for real use give an https ISSUER and unset LOOPBACK_TRIAL')
      : null
    return { config, findings: [trial ?? ok('settings', `complete; this gateway is ${config.issuer}`)] }
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    const findings = [bad('settings', wordsOf(error), 'set them as docs/operations.md says')]
    try {
      return { config: read('operate', error.settings), findings }
    } catch {
      return { config: null, findings }
    }
  }
}

/** What stands in front: a real issuer is https, and this program speaks http. */
export const lookAtProxy = ({ issuer, isTrial, host, port, trustedProxies }: Config): Finding[] => {
  if (isTrial || issuer === null) return []
  if (trustedProxies.length === 0)
    return [
      look(
        'proxy',
        'none is named: all who come by it count as one caller (ADDRESS_CALLS_PER_MINUTE)',
        'name the address of the proxy that ends TLS in TRUSTED_PROXIES: docs/operations.md, “The proxy in front”'
      )
    ]
  const isHere = trustedProxies.every(network => isOwn(network.split('/')[0] ?? ''))
  if (isHere && !isOwn(host))
    return [
      look(
        'proxy',
        `it is on this machine, and others can reach ${host}:${port} by plain http past it`,
        'set HOST=127.0.0.1, unless a firewall sees to it'
      )
    ]
  return [ok('proxy', `believed: ${trustedProxies.join(', ')}`)]
}

const isOwn = (address: string): boolean => address === '::1' || address.startsWith('127.')

/** The lines of all settings that are wrong, without the headline. */
const wordsOf = ({ message }: ConfigError): string =>
  message
    .split('\n')
    .slice(1)
    .map(line => line.trim())
    .join('; ')

/** The master keys, and what is wrong with their files. */
export const lookAtMasterKeys = async (config: Config): Promise<{ source: KeyringSource | null; findings: Finding[] }> => {
  try {
    const source = await readKeyring(config)
    const { own, former } = source
    const findings = [ok('master key', `${own === null ? 'with a key service' : '32 bytes, for its owner alone'}; ${former.length} former`)]
    if (former.some(({ id }) => id === own?.id))
      findings.push(look('master key', 'a former key is the current one', 'take it out of FORMER_MASTER_KEY_FILES'))
    const inside = [config.masterKeyFile, ...config.formerMasterKeyFiles].filter(
      file => file !== null && isInside(config.dataDirectory, file)
    )
    if (config.databaseUrl === null && inside.length > 0)
      findings.push(
        look(
          'master key',
          `${inside.join(', ')} is inside DATA_DIRECTORY: a copy of the data would hold its key`,
          'keep it elsewhere, and back both up apart'
        )
      )
    return { source, findings }
  } catch (error) {
    return { source: null, findings: [bad('master key', (error as Error).message, 'see what it says, and start again')] }
  }
}

const isInside = (folder: string, file: string): boolean => {
  const path = relative(folder, file)
  return path !== '' && !path.startsWith('..') && !path.startsWith('/')
}

const bytesLow = 1024 ** 3
const shareLow = 0.1

/** Whether the data directory can be written to, and how much room is left. */
export const lookAtDisk = async ({ dataDirectory, databaseUrl }: Config): Promise<Finding[]> => {
  const there = await nearest(dataDirectory)
  const findings: Finding[] = []
  try {
    await access(there, constants.W_OK)
    findings.push(ok('data directory', there === dataDirectory ? dataDirectory : `${dataDirectory} is made at the first start`))
  } catch {
    findings.push(
      bad(
        'data directory',
        `this user cannot write to ${there}`,
        `give it to the user of the gateway, or set DATA_DIRECTORY to another folder`
      )
    )
  }
  const { bavail, bsize, blocks } = await statfs(there)
  const [left, share] = [bavail * bsize, blocks === 0 ? 1 : bavail / blocks]
  const says = `${(left / 1024 ** 3).toFixed(1)} GiB free (${Math.round(share * 100)} %)`
  const toDo = databaseUrl === null ? 'make room before the database stops for want of it' : 'make room for logs and checkpoints'
  if (left < bytesLow) findings.push(bad('disk', says, toDo))
  else findings.push(share < shareLow ? look('disk', says, toDo) : ok('disk', says))
  return findings
}

const nearest = async (folder: string): Promise<string> => {
  for (let here = folder; ; here = dirname(here)) {
    const isThere = await stat(here).then(
      () => true,
      () => false
    )
    if (isThere || dirname(here) === here) return here
  }
}
