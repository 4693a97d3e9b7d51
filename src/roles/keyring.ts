// The master keys of a process, read from the files that the configuration names.
import { readFile, stat } from 'node:fs/promises'
import type { Config } from '../config.ts'
import { type Keyring, type MasterKey, parseMasterKey } from '../trust/master-key.ts'

/**
 * Reads the current master key and the former ones.
 * @param note told when a file can be read by others than its owner.
 * @throws Error that names the file and what to do, never anything of its content.
 */
export const readKeyring = async (config: Config, note: (text: string) => void): Promise<Keyring> => {
  if (config.masterKeyFile === null) throw new Error('MASTER_KEY_FILE is missing: name the file that holds the master key.')
  const current = await readMasterKey(config.masterKeyFile, 'MASTER_KEY_FILE', note)
  const previous: MasterKey[] = []
  for (const file of config.formerMasterKeyFiles) previous.push(await readMasterKey(file, 'FORMER_MASTER_KEY_FILES', note))
  return { current, previous }
}

const readMasterKey = async (file: string, setting: string, note: (text: string) => void): Promise<MasterKey> => {
  try {
    const text = await readFile(file, 'utf8')
    if (((await stat(file)).mode & 0o077) !== 0) note(`${file} can be read by others than its owner: chmod 600 ${file}`)
    return parseMasterKey(text)
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    const why = code === 'ENOENT' ? 'is not there' : code === 'EACCES' ? 'may not be read by this process' : `cannot be used: ${message}`
    throw new Error(`${setting}: ${file} ${why}. Draw a new key with: jisr keys master > ${file} (never over a key that is in use).`, {
      cause: error
    })
  }
}
