// The file outside the database in which every checkpoint stands before it is published: a database that was set back is found by it. One line each, never rewritten.
import { access, constants, mkdir, open, stat } from 'node:fs/promises'
import { dirname } from 'node:path'

/** One line of the file. */
export interface FiledCheckpoint {
  /** ISO 8601. */
  at: string
  /** The signed note. */
  checkpoint: string
}

/** The file is not there, or cannot be read or written: nothing more is published until it can, and nothing is wrong with the log. The text says what to do. */
export class NotFiled extends Error {
  override name = 'NotFiled'
}

/**
 * Appends a checkpoint; when it returns the line is on the disk. Should the last line have been cut off in the middle, a new one begins behind
 * it. What a full disk cuts off is taken back: it was never published.
 * @throws NotFiled
 */
export const fileCheckpoint = (path: string, filed: FiledCheckpoint): Promise<void> =>
  orNotFiled(path, 'written', () => append(path, filed))

const append = async (path: string, filed: FiledCheckpoint): Promise<void> => {
  const isNew = (await sizeOf(path)) === null
  if (isNew) await mkdir(dirname(path), { recursive: true })
  const file = await open(path, 'a+', 0o640)
  try {
    const { size } = await file.stat()
    const isCut = size > 0 && (await file.read(Buffer.alloc(1), 0, 1, size - 1)).buffer.toString() !== '\n'
    try {
      await file.appendFile(`${isCut ? '\n' : ''}${JSON.stringify(filed)}\n`)
    } catch (error) {
      // Where nothing may be taken back, half a line stays, and the next one begins behind it.
      await file.truncate(size).catch(() => {})
      throw error
    }
    await file.datasync()
  } finally {
    await file.close()
  }
  if (isNew) await syncFolder(dirname(path))
}

/**
 * Whether checkpoints can be filed, before a process begins to serve: it would learn it from the first that cannot, and take in nothing a minute later.
 * Makes nothing: a folder made where a disk is not mounted would hide that.
 * @throws NotFiled
 */
export const assertWritable = (path: string): Promise<void> =>
  orNotFiled(path, 'written', async () => {
    if ((await sizeOf(path)) === null) return await access(await nearestFolder(dirname(path)), constants.W_OK)
    const file = await open(path, 'a')
    await file.datasync().finally(() => file.close())
  })

const orNotFiled = async <T>(path: string, done: 'read' | 'written', work: () => Promise<T>): Promise<T> => {
  try {
    return await work()
  } catch (error) {
    const { code = 'unknown' } = error as NodeJS.ErrnoException
    const toDo =
      code === 'ENOSPC' || code === 'EDQUOT'
        ? 'Make room on its disk.'
        : `Name a file, in a folder that this process may write in${done === 'read' ? ', and that it may read' : ''}.`
    throw new NotFiled(
      `CHECKPOINT_FILE: ${path} cannot be ${done} (${code}), and no checkpoint of the evidence log could be filed. ${toDo}`,
      {
        cause: error
      }
    )
  }
}

/** The folder itself, or the one in which it would be made. */
const nearestFolder = async (path: string): Promise<string> =>
  dirname(path) === path ||
  (await stat(path).then(
    found => found.isDirectory(),
    () => false
  ))
    ? path
    : nearestFolder(dirname(path))

/** The file's entry in its folder must survive a power cut as well. */
const syncFolder = async (path: string): Promise<void> => {
  const folder = await open(path, 'r')
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}

/** The last whole line; undefined when the file has none, or there is no file. @throws NotFiled */
export const lastFiled = (path: string): Promise<FiledCheckpoint | undefined> => orNotFiled(path, 'read', () => readLast(path))

const readLast = async (path: string): Promise<FiledCheckpoint | undefined> => {
  const size = await sizeOf(path)
  if (size === null) return undefined
  const file = await open(path, 'r')
  try {
    const begin = Math.max(0, size - tailBytes)
    const { buffer, bytesRead } = await file.read(Buffer.alloc(size - begin), 0, size - begin, begin)
    const lines = buffer.toString('utf8', 0, bytesRead).split('\n')
    // What stands before the first newline may be the end of a longer line.
    return (begin === 0 ? lines : lines.slice(1)).map(readFiled).findLast(line => line !== undefined)
  } finally {
    await file.close()
  }
}

/** How many bytes the file has; 0 when there is none. @throws NotFiled */
export const fileSize = (path: string): Promise<number> => orNotFiled(path, 'read', async () => (await sizeOf(path)) ?? 0)

/** All lines in the first `bytes` of the file, with their numbers from 1; lines that cannot be read are given as null. @throws NotFiled */
export async function* readFiledCheckpoints(path: string, bytes: number): AsyncGenerator<{ line: number; filed: FiledCheckpoint | null }> {
  if (bytes === 0) return
  const file = await orNotFiled(path, 'read', () => open(path, 'r'))
  try {
    let line = 0
    for await (const text of file.readLines({ end: bytes - 1, autoClose: false })) {
      line += 1
      if (text !== '') yield { line, filed: readFiled(text) ?? null }
    }
  } finally {
    await file.close()
  }
}

const tailBytes = 256 * 1024

const readFiled = (line: string): FiledCheckpoint | undefined => {
  try {
    const filed: unknown = JSON.parse(line)
    const { at, checkpoint } = (filed ?? {}) as Partial<FiledCheckpoint>
    return typeof at === 'string' && typeof checkpoint === 'string' ? { at, checkpoint } : undefined
  } catch {
    return undefined
  }
}

/** Null when there is nothing. What is no plain file is refused before it is opened: whoever opens a pipe waits for its other end. */
const sizeOf = async (path: string): Promise<number | null> => {
  try {
    const found = await stat(path)
    if (!found.isFile()) throw Object.assign(new Error('not a plain file'), { code: found.isDirectory() ? 'EISDIR' : 'EINVAL' })
    return found.size
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null
    throw error
  }
}
