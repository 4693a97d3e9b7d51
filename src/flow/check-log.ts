// check the log, before a process begins to serve: is the evidence log still what was last signed, in the database and in the file outside it?

import { lastFiled } from '../store/checkpoint-file.ts'
import type { Tx } from '../store/database.ts'
import { type CheckpointRow, lastCheckpoint, ledgerSize, readLedger, readNodes } from '../store/ledger.ts'
import { type Checkpoint, openCheckpoint, peekCheckpoint } from '../trust/checkpoint.ts'
import type { LogKey } from '../trust/log-key.ts'
import { type Hash, rootOver, type Span } from '../trust/merkle.ts'
import { grow, rootOfTail, type Tail, tileWidth } from '../trust/merkle-tiles.ts'
import { NoteRefused } from '../trust/note.ts'
import { hashRows, LogBroken, nothingSigned, readTail } from './log-tree.ts'
import { openPublished } from './sequence.ts'

/** Leaves from the last multiple of this on are hashed again; older ones stand for themselves by the hashes kept of them, which are. */
export const recheckedLeaves = tileWidth ** 2

const rowsAtOnce = 8_192

/**
 * Compares the log with its last checkpoints. `jisr verify-log` does the same for every leaf and every checkpoint.
 * @throws LogBroken that says what was found and what to do: the log is not what was signed, or the database is older than the file.
 */
export const checkLog = async (tx: Tx, { file, keys }: { file: string; keys: readonly LogKey[] }): Promise<{ size: number }> => {
  const size = await ledgerSize(tx)
  await recheck(tx, size)
  const published = await lastCheckpoint(tx)
  const filed = await lastFiled(file)
  if (published !== undefined) await checkPublished(tx, size, published, keys)
  if (filed !== undefined) await checkFiled(tx, size, { ...filed, file }, published, keys)
  else if (published !== undefined) throw fileMissing(file, published)
  return { size }
}

/** Numbers without a gap and hashes that are those of the rows, for the latest leaves; kept hashes that fit each other, for all. */
const recheck = async (tx: Tx, size: number): Promise<void> => {
  const begin = Math.floor(size / recheckedLeaves) * recheckedLeaves
  let tail: Tail = []
  let at = begin
  while (at < size) {
    const span = { begin: at, end: Math.min(size, at + rowsAtOnce) }
    const hashes = hashRows(await readLedger(tx, span), span.begin)
    if (hashes.length < span.end - span.begin)
      throw new LogBroken(`The evidence log has no leaf ${span.begin + hashes.length}. ${nothingSigned}`)
    const grown = grow(tail, at, hashes)
    for (const { height, index, hash } of grown.finished) await expectNode(tx, height, index, hash)
    tail = grown.tail
    at = span.end
  }
  for (let height = 1, count = Math.floor(size / tileWidth); count > 0; height++, count = Math.floor(count / tileWidth)) {
    for (let parent = 0; (parent + 1) * tileWidth <= count; parent++) {
      const hashes = await readWhole(tx, height, { begin: parent * tileWidth, end: (parent + 1) * tileWidth })
      await expectNode(tx, height + 1, parent, rootOver(hashes))
    }
  }
}

const readWhole = async (tx: Tx, height: number, span: Span): Promise<Hash[]> => {
  const nodes = await readNodes(tx, height, span)
  const gap = nodes.findIndex((node, i) => node.index !== span.begin + i)
  if (gap === -1 && nodes.length === span.end - span.begin) return nodes.map(node => node.hash)
  throw new LogBroken(
    `The evidence log lacks the hash of subtree ${span.begin + (gap === -1 ? nodes.length : gap)} of height ${height}. ${nothingSigned}`
  )
}

const expectNode = async (tx: Tx, height: number, index: number, hash: Hash): Promise<void> => {
  const [node] = await readNodes(tx, height, { begin: index, end: index + 1 })
  if (node?.hash.equals(hash)) return
  const first = index * tileWidth ** height
  throw new LogBroken(
    `Leaves ${first} to ${first + tileWidth ** height - 1} of the evidence log are not what they were when they were numbered. ${nothingSigned}`
  )
}

const checkPublished = async (tx: Tx, size: number, row: CheckpointRow, keys: readonly LogKey[]): Promise<void> => {
  const { size: covered, root } = openPublished(row.note, row.origin, keys, 'in the database')
  if (covered > size)
    throw new LogBroken(
      `The evidence log has ${size} leaves, but its last checkpoint covers ${covered}: rows were taken out of it. ${nothingSigned}`
    )
  if (!rootOfTail(await readTail(tx, covered)).equals(root))
    throw new LogBroken(
      `The first ${covered} leaves of the evidence log are not those of its last checkpoint: rows were altered. ${nothingSigned}`
    )
}

interface Filed {
  at: string
  checkpoint: string
  file: string
}

const checkFiled = async (
  tx: Tx,
  size: number,
  filed: Filed,
  published: CheckpointRow | undefined,
  keys: readonly LogKey[]
): Promise<void> => {
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
  new LogBroken(
    `The file of checkpoints ${file} is missing or empty, though the database has a checkpoint of ${origin} with ${size} leaves, signed at ${signedAt.toISOString()}: ` +
      'without the file nobody would see that the database was set back. Set CHECKPOINT_FILE to where it is, or restore it from its backup (on a new machine: ' +
      'copy it from the old one; with several machines: one file in a folder that they share). Where it is lost for good, `jisr log file-anew --reason "…"` ' +
      'writes it again from the database.'
  )
