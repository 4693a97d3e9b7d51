// The evidence log as a tree: the line of each leaf, and the tree's hashes read from the rows.
import type { LedgerLeaf } from '../../schemas/receipt.ts'
import type { Tx } from '../store/database.ts'
import { type LedgerRow, readLedger, readNodes } from '../store/ledger.ts'
import { type Hash, leafHash, type Span } from '../trust/merkle.ts'
import { type ReadTile, type Tail, tailSpans } from '../trust/merkle-tiles.ts'

/** The log is not what it was: nothing may be signed or proved until somebody has looked. The text says what was found and what to do. */
export class LogBroken extends Error {
  override name = 'LogBroken'
}

/** The line of a leaf exactly as it is hashed: JSON, these members in this order, no blanks. */
export const lineOf = ({ seq, ts, kind, source, message, commitment }: Omit<LedgerRow, 'hash' | 'leafId'>): string => {
  const leaf: LedgerLeaf = { v: 1, seq, ts: ts.toISOString(), kind, iss: source, jti: message, c: commitment.toString('base64url') }
  return JSON.stringify(leaf)
}

/** The hashes of rows that must be those from `begin` on, without a gap. Computed from the lines: the stored hash is compared, not believed. */
export const hashRows = (rows: readonly LedgerRow[], begin: number): Hash[] =>
  rows.map((row, i) => {
    if (row.seq !== begin + i) throw new LogBroken(`The evidence log has no leaf ${begin + i}, but has ${row.seq}. ${nothingSigned}`)
    const hash = leafHash(lineOf(row))
    if (!hash.equals(row.hash))
      throw new LogBroken(`Leaf ${row.seq} of the evidence log is not what it was when it was numbered. ${nothingSigned}`)
    return hash
  })

export const nothingSigned = 'Nothing is signed until this is mended: run `jisr verify-log`, and restore the database from a backup.'

/** Reads the tree's kept hashes from the rows. */
export const tileReader =
  (tx: Tx): ReadTile =>
  async (height, span) => {
    if (height === 0) return hashRows(await readLedger(tx, span), span.begin)
    const nodes = await readNodes(tx, height, span)
    nodes.forEach((node, i) => {
      if (node.index !== span.begin + i) throw missingNode(height, span.begin + i)
    })
    return nodes.map(node => node.hash)
  }

/** The tail of the tree's first `size` leaves. */
export const readTail = async (tx: Tx, size: number): Promise<Tail> => {
  const read = tileReader(tx)
  const tail: Hash[][] = []
  for (const [height, span] of tailSpans(size).entries()) tail.push(await whole(read, height, span))
  return tail
}

const whole = async (read: ReadTile, height: number, span: Span): Promise<Hash[]> => {
  const hashes = span.begin === span.end ? [] : await read(height, span)
  if (hashes.length === span.end - span.begin) return [...hashes]
  const missing = span.begin + hashes.length
  throw height === 0 ? new LogBroken(`The evidence log has no leaf ${missing}. ${nothingSigned}`) : missingNode(height, missing)
}

const missingNode = (height: number, index: number) =>
  new LogBroken(`The evidence log lacks the hash of subtree ${index} of height ${height}. ${nothingSigned}`)
