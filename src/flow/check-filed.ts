// check what is filed: is the log a continuation of the last checkpoint that stands outside the database? Asked before a start, and before anything more is signed.
import { type FiledCheckpoint, NotFiled } from '../store/checkpoint-file.ts'
import type { Tx } from '../store/database.ts'
import type { CheckpointRow } from '../store/ledger.ts'
import { type Checkpoint, openCheckpoint, peekCheckpoint } from '../trust/checkpoint.ts'
import type { LogKey } from '../trust/log-key.ts'
import { rootOfTail } from '../trust/merkle-tiles.ts'
import { NoteRefused } from '../trust/note.ts'
import { LogBroken, readTail } from './log-tree.ts'

interface Filed extends FiledCheckpoint {
  file: string
}

/**
 * Compares the log's first leaves with the last checkpoint in the file. `last` must have been read before the database was: the log grows. `published` is
 * the database's own last one, which was looked at already.
 * @throws LogBroken when the database is older than the file, or another one; NotFiled when the file is gone.
 */
export const checkFiled = async (
  tx: Tx,
  size: number,
  { file, last }: { file: string; last: FiledCheckpoint | undefined },
  published: CheckpointRow | undefined,
  keys: readonly LogKey[]
): Promise<void> => {
  if (last === undefined) {
    if (published === undefined) return
    throw fileMissing(file, published)
  }
  // As nearly always: what was filed was published.
  if (last.checkpoint === published?.note) return
  const filed = { ...last, file }
  const { origin, size: covered, root } = peek(filed)
  if (published !== undefined && published.origin !== origin)
    throw olderThanFile(filed, origin, covered, `is of the log ${published.origin}`)
  if (covered > size) throw olderThanFile(filed, origin, covered, `has ${size} leaves`)
  if (!isOurs(filed, origin, keys)) throw strangers(filed, origin)
  if (!rootOfTail(await readTail(tx, covered)).equals(root)) throw forked(filed, origin, covered)
}

const isOurs = ({ checkpoint }: Filed, origin: string, keys: readonly LogKey[]): boolean => {
  try {
    openCheckpoint(
      checkpoint,
      keys.map(({ publicKey }) => ({ name: origin, publicKey }))
    )
    return true
  } catch (error) {
    if (error instanceof NoteRefused) return false
    throw error
  }
}

const peek = ({ checkpoint, file }: Filed): Checkpoint => {
  try {
    return peekCheckpoint(checkpoint)
  } catch (error) {
    if (!(error instanceof NoteRefused)) throw error
    throw new LogBroken(`The last checkpoint in ${file} cannot be read (${error.message}). Restore the file from its backup.`, {
      cause: error
    })
  }
}

const wayOut =
  'Restore the database to a later state (its latest backup with the WAL after it). Where that is lost for good, `jisr log begin-anew --reason "…"` begins ' +
  'another log under a new name: what was proved by the old one stays proved, and whoever checks it sees that it ended.'

const olderThanFile = ({ file, at }: Filed, origin: string, covered: number, has: string) =>
  new LogBroken(
    `The database is older than what was published: ${file} holds a checkpoint of ${origin} with ${covered} leaves, signed at ${at}, but the database ${has}. ${wayOut}`
  )

const strangers = ({ file, at }: Filed, origin: string) =>
  new LogBroken(
    `The last checkpoint in ${file}, of ${origin} and signed at ${at}, was signed by no key of this database. Either the file is another installation’s: set ` +
      `CHECKPOINT_FILE to this one’s own. Or the database is from before the key was drawn, and older than what was published. ${wayOut}`
  )

const forked = ({ file, at }: Filed, origin: string, covered: number) =>
  new LogBroken(
    `The evidence log is another one than was published: its first ${covered} leaves are not those of the checkpoint of ${origin} in ${file}, signed at ${at}. ${wayOut}`
  )

const fileMissing = (file: string, { origin, size, signedAt }: CheckpointRow) =>
  new NotFiled(
    `The file of checkpoints ${file} is missing or empty, though the database has a checkpoint of ${origin} with ${size} leaves, signed at ${signedAt.toISOString()}: ` +
      'without the file nobody would see that the database was set back. Set CHECKPOINT_FILE to where it is, or restore it from its backup (on a new machine: ' +
      'copy it from the old one; with several machines: one file in a folder that they share). Where it is lost for good, `jisr log file-anew --reason "…"` ' +
      'writes it again from the database.'
  )
