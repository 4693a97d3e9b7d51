// check the log, before a process begins to serve: is the evidence log still what was last signed, in the database and in the file outside it?

import { type FiledCheckpoint, lastFiled } from '../store/checkpoint-file.ts'
import type { Database, Tx } from '../store/database.ts'
import { type CheckpointRow, lastCheckpoint, ledgerSize, readLedger, readNodes } from '../store/ledger.ts'
import type { LogKey } from '../trust/log-key.ts'
import { type Hash, rootOver, type Span } from '../trust/merkle.ts'
import { grow, rootOfTail, type Tail, tileWidth } from '../trust/merkle-tiles.ts'
import { checkFiled } from './check-filed.ts'
import { hashRows, LogBroken, nothingSigned, readTail } from './log-tree.ts'
import { openPublished } from './sequence.ts'

/** Leaves from the last multiple of this on are hashed again; older ones stand for themselves by the hashes kept of them, which are. */
export const recheckedLeaves = tileWidth ** 2

const rowsAtOnce = 8_192

/**
 * Compares the log with its last checkpoints. `jisr verify-log` does the same for every leaf and every checkpoint.
 * @throws LogBroken that says what was found and what to do: the log is not what was signed, or the database is older than the file; NotFiled where
 * the file is gone.
 */
export const checkLog = async (database: Database, where: Where): Promise<{ size: number }> => {
  // Others number and publish meanwhile. What the file holds by now is in the database, which is read after it, and as it is at one moment.
  const last = await lastFiled(where.file)
  const found = await database.transaction(tx => compare(tx, where, last), { isolation: 'repeatable read', readOnly: true })
  return found ?? checkLog(database, where)
}

/** The same in a transaction that holds the ledger's lock: nobody numbers or publishes meanwhile. */
export const checkLocked = async (tx: Tx, where: Where): Promise<void> => {
  await compare(tx, where, await lastFiled(where.file))
}

interface Where {
  file: string
  keys: readonly LogKey[]
}

/** Null where the very first checkpoint was filed since `last` was read: all is to be read again. */
const compare = async (tx: Tx, { file, keys }: Where, last: FiledCheckpoint | undefined): Promise<{ size: number } | null> => {
  const size = await ledgerSize(tx)
  await recheck(tx, size)
  const published = await lastCheckpoint(tx)
  if (published !== undefined) await checkPublished(tx, size, published, keys)
  if (last === undefined && published !== undefined && (await lastFiled(file)) !== undefined) return null
  await checkFiled(tx, size, { file, last }, published, keys)
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
