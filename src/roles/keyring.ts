// The master keys of a process: from the files that the configuration names, or the command of a key service.
import { constants } from 'node:fs'
import { open } from 'node:fs/promises'
import type { Config } from '../config.ts'
import type { KeyringSource } from '../flow/wrapping-keys.ts'
import { type MasterKey, parseMasterKey } from '../trust/master-key.ts'
import { openKeyCommand } from './key-command.ts'

type Settings = Pick<Config, 'masterKeyFile' | 'masterKeyCommand' | 'formerMasterKeyFiles' | 'formerMasterKeyCommand'>

/**
 * Reads the master keys that are in files, and finds the command of the key service; what the service wraps is in the database.
 * @throws Error that names the file and what to do, never anything of its content; also for a file that others than its owner may read.
 */
export const readKeyring = async (config: Settings): Promise<KeyringSource> => {
  const { masterKeyFile, masterKeyCommand, formerMasterKeyFiles, formerMasterKeyCommand } = config
  if (masterKeyFile === null && masterKeyCommand === null)
    throw new Error('MASTER_KEY_FILE is missing: name the file that holds the master key, or in MASTER_KEY_COMMAND a key service.')
  const own = masterKeyFile === null ? null : await readMasterKey(masterKeyFile, 'MASTER_KEY_FILE')
  const former: MasterKey[] = []
  for (const file of formerMasterKeyFiles) former.push(await readMasterKey(file, 'FORMER_MASTER_KEY_FILES'))
  const service =
    masterKeyCommand !== null
      ? await openKeyCommand(masterKeyCommand, 'MASTER_KEY_COMMAND')
      : formerMasterKeyCommand !== null
        ? await openKeyCommand(formerMasterKeyCommand, 'FORMER_MASTER_KEY_COMMAND')
        : null
  return { own, former, service }
}

const readMasterKey = async (file: string, setting: string): Promise<MasterKey> => {
  const { text, mode } = await readSecret(file, setting)
  if (process.platform !== 'win32' && (mode & 0o077) !== 0) {
    throw new Error(
      `${setting}: ${file} can be read by others than its owner (mode ${(mode & 0o777).toString(8)}). If they may have read it, draw a new key ` +
        `(jisr keys rewrap says how it takes over); then let its owner alone read it: chmod 600 ${file}, or mode 0400 where a secret is mounted.`
    )
  }
  try {
    return parseMasterKey(text)
  } catch (error) {
    throw new Error(`${setting}: ${file} cannot be used: ${(error as Error).message}. ${howToDraw(file)}`, { cause: error })
  }
}

/** Mode and text of one and the same file, whatever its name means a moment later. */
const readSecret = async (file: string, setting: string): Promise<{ text: string; mode: number }> => {
  try {
    // A pipe is not waited for: nobody may be at its other end, and it gives the key once only.
    const opened = await open(file, constants.O_RDONLY | constants.O_NONBLOCK)
    try {
      const found = await opened.stat()
      if (!found.isFile()) throw Object.assign(new Error('not a plain file'), { code: found.isDirectory() ? 'EISDIR' : 'EINVAL' })
      return { mode: found.mode, text: await opened.readFile('utf8') }
    } finally {
      await opened.close()
    }
  } catch (error) {
    const { code = 'unknown' } = error as NodeJS.ErrnoException
    const [why, toDo] = {
      ENOENT: ['is not there', howToDraw(file)],
      EACCES: ['may not be read by this process', 'Give it and its folder to the user whom this process runs as.'],
      EISDIR: ['is a folder', 'Name the file in it.'],
      EINVAL: ['is no plain file', 'Name a file that can be read again at each start.']
    }[code] ?? [`cannot be read (${code})`, 'Mend that, or copy the key from where it is kept.']
    throw new Error(`${setting}: ${file} ${why}. ${toDo}`, { cause: error })
  }
}

/** Whoever draws another key where one was in use has lost all persons' data. */
const howToDraw = (file: string) =>
  `Copy the key from where it is kept; where nothing was sealed by one yet, draw one: (umask 077; jisr keys master > ${file}).`
