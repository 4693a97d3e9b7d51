// Receipts (c2sp.org/tlog-proof): the proof that a line is in the log, with the checkpoint it is proved against. Checked without us.
import { type Checkpoint, openCheckpoint } from './checkpoint.ts'
import { type Hash, leafHash, provesInclusion } from './merkle.ts'
import { type NoteKey, NoteRefused } from './note.ts'

export interface Receipt {
  /** Which line of the log, from 0. */
  index: number
  /** From the leaf's sibling up. */
  proof: readonly Hash[]
  /** The signed note, verbatim. */
  checkpoint: string
  /** What else a verifier needs. Nothing in it is proved by itself. */
  extra?: Buffer
}

/** The receipt cannot be read, or does not prove what it should. */
export class ReceiptRefused extends Error {
  override name = 'ReceiptRefused'
}

const version = 'c2sp.org/tlog-proof@v1'
const charactersMax = 256 * 1024
/** A tree of 2^63 leaves. */
const stepsMax = 63

export const writeReceipt = ({ index, proof, checkpoint, extra }: Receipt): string =>
  [
    version,
    ...(extra === undefined ? [] : [`extra ${extra.toString('base64')}`]),
    `index ${index}`,
    ...proof.map(hash => hash.toString('base64')),
    '',
    checkpoint
  ].join('\n')

/** @throws ReceiptRefused when it is not written as the format says. */
export const parseReceipt = (text: string): Receipt => {
  if (text.length > charactersMax) throw new ReceiptRefused(`the receipt is longer than ${charactersMax} characters`)
  const split = text.indexOf('\n\n')
  if (split === -1) throw new ReceiptRefused('the receipt has no empty line before its checkpoint')
  const [first, ...lines] = text.slice(0, split).split('\n')
  if (first !== version) throw new ReceiptRefused(`the receipt does not begin with ${version}`)
  const extra = lines[0]?.startsWith('extra ') ? bytesOf(lines.shift()?.slice('extra '.length)) : undefined
  const index = /^index (0|[1-9]\d{0,15})$/.exec(lines.shift() ?? '')?.[1]
  if (index === undefined || !Number.isSafeInteger(Number(index))) throw new ReceiptRefused('the receipt does not say its index')
  if (lines.length > stepsMax) throw new ReceiptRefused(`the receipt has more than ${stepsMax} hashes`)
  const proof = lines.map(bytesOf)
  if (proof.some(hash => hash.length !== 32)) throw new ReceiptRefused('a hash of the receipt is not 32 bytes')
  return { index: Number(index), proof, checkpoint: text.slice(split + 2), ...(extra === undefined ? {} : { extra }) }
}

/**
 * Checks that `leaf`, a line of the log, is proved by a receipt under a checkpoint that one of `keys` signed.
 * @throws ReceiptRefused that says what is wrong.
 */
export const checkReceipt = (text: string, leaf: string, keys: readonly NoteKey[]): { index: number; checkpoint: Checkpoint } => {
  const { index, proof, checkpoint: note } = parseReceipt(text)
  const checkpoint = openSigned(note, keys)
  const { size, root } = checkpoint
  if (!provesInclusion({ leaf: leafHash(leaf), index, size, root }, proof))
    throw new ReceiptRefused('the hashes do not lead from this line to the checkpoint’s root: the line or the receipt was altered')
  return { index, checkpoint }
}

const openSigned = (note: string, keys: readonly NoteKey[]): Checkpoint => {
  try {
    return openCheckpoint(note, keys)
  } catch (cause) {
    if (cause instanceof NoteRefused) throw new ReceiptRefused(`the checkpoint is not the log’s: ${cause.message}`, { cause })
    throw cause
  }
}

const bytesOf = (encoded = ''): Buffer => {
  const bytes = Buffer.from(encoded, 'base64')
  if (bytes.toString('base64') !== encoded) throw new ReceiptRefused('a line of the receipt is not base64')
  return bytes
}
