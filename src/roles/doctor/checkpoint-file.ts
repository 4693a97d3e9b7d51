// The doctor's look at the file of checkpoints: without it nothing is published, and soon nothing is taken in.
import { constants } from 'node:fs'
import { access, open, stat, statfs } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import type { Config } from '../../config.ts'
import { bad, type Finding, ok } from './finding.ts'

const check = 'checkpoints'
const roomMinBytes = 100 * 1024 ** 2

/** Whether its folder is there, whether it can be written to, and whether its disk has room. Nothing is written. */
export const lookAtCheckpointFile = async ({
  checkpointFile: file,
  dataDirectory
}: Pick<Config, 'checkpointFile' | 'dataDirectory'>): Promise<Finding> => {
  const folder = dirname(file)
  const there = await kindOf(folder)
  if (there === null && folder === resolve(dataDirectory, 'log')) return ok(check, `${folder} is made at the first start`)
  if (there === null)
    return bad(
      check,
      `the folder ${folder} is not there`,
      `is its disk mounted? If it is new: make it and give it to the user of the gateway, mkdir -p ${folder}; or set CHECKPOINT_FILE to another file`
    )
  if (there !== 'folder') return bad(check, `${folder} is no folder`, 'set CHECKPOINT_FILE to a file in a folder of its own')
  const why = await refusal(file, folder)
  if (why !== null) return bad(check, why, 'give it to the user of the gateway, or set CHECKPOINT_FILE to another file')
  const { bavail, bsize } = await statfs(folder)
  return roomFor(file, bavail * bsize)
}

/** A checkpoint is some 300 bytes; what fills the disk is something else, and the next line may be the one that finds no room. */
export const roomFor = (file: string, leftBytes: number): Finding => {
  const says = `${file}: ${(leftBytes / 1024 ** 2).toFixed(0)} MiB free`
  return leftBytes < roomMinBytes
    ? bad(check, says, 'make room on its disk: a checkpoint that finds none is not published, and a minute later nothing is taken in')
    : ok(check, says)
}

const refusal = async (file: string, folder: string): Promise<string | null> => {
  const there = await kindOf(file)
  // A pipe is not opened: whoever opens one waits for its other end.
  if (there === 'folder' || there === 'other') return `${file} is ${there === 'folder' ? 'a folder' : 'a pipe or a device'}, not a file`
  try {
    // The very way in which it is written, so that it speaks for append-only files too.
    if (there === null) await access(folder, constants.W_OK | constants.X_OK)
    else await (await open(file, constants.O_WRONLY | constants.O_APPEND)).close()
    return null
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    return `${there === null ? folder : file} cannot be written to${code === undefined ? '' : ` (${code})`}`
  }
}

const kindOf = async (path: string): Promise<'folder' | 'file' | 'other' | null> => {
  try {
    const found = await stat(path)
    return found.isDirectory() ? 'folder' : found.isFile() ? 'file' : 'other'
  } catch {
    return null
  }
}
