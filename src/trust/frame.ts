// A document about several persons, cut so that each row can be kept and erased by itself and still be proved to have stood in the document.
import { createHash, createSecretKey, hkdfSync, randomFillSync } from 'node:crypto'
import type { Cut } from '../../adapters/contract.ts'
import { commitment } from './leaf.ts'
import type { DataKey } from './seal.ts'

/**
 * What is left of a document when its rows are taken out: a text between each two of them, and in each row's place a commitment to it. With
 * all rows put back it is the document, byte for byte: `before`, then `text[0]`, row 0, `text[1]`, … encoded, then `after`. A signature is no part of it.
 */
export interface Frame {
  v: 1
  encoding: 'utf8' | 'base64url'
  before: string
  text: readonly string[]
  /** base64 SHA-256 of salt and row. */
  rows: readonly string[]
  after: string
  /** When it left or came, ISO 8601, and which version of our mapping wrote it. With them the log holds what else is told of it; earlier frames lack them. */
  at?: string
  mapping?: string
  /** base64 commitment to what stood around it, salted from the key of all rows: with one of them it tells nothing any more. */
  around?: string
  /** Rows of a received document that were not kept, since whom they are about was erased when it came. Earlier frames do not say. */
  unkept?: readonly number[]
}

/** A row that was cut out. `salt` and `text` are kept together, under one key: who has neither cannot test a guess. */
export interface CutRow {
  salt: Buffer
  text: string
  commitment: Buffer
}

/** What a message had around the document: a signature, and with it a digest of all rows together. Whoever has it and all rows but one can test guesses of that one. */
export interface Around {
  before: string
  after: string
}

export interface CutDocument {
  frame: Frame
  rows: readonly CutRow[]
  around: Around | null
}

/** The document cannot be cut as was said: rows overlap or reach beyond it, or it would not come back byte for byte. */
export class NotCut extends Error {
  override name = 'NotCut'
}

/** Cuts a document. @throws NotCut */
export const cutDocument = (body: string, cut: Cut): CutDocument => {
  const { before, text, after, around } = partsOf(body, cut)
  const between: string[] = []
  let at = 0
  for (const { from, to } of cut.rows) {
    if (from < at || to < from || to > text.length) throw new NotCut('the rows of the document overlap, or reach beyond it')
    between.push(text.slice(at, from))
    at = to
  }
  between.push(text.slice(at))
  const salts = newSalts(cut.rows.length)
  const rows = cut.rows.map(({ from, to }, i): CutRow => {
    const row = { salt: salts.subarray(i * saltBytes, (i + 1) * saltBytes), text: text.slice(from, to) }
    return { ...row, commitment: commitment(row.salt, row.text) }
  })
  const frame: Frame = {
    v: 1,
    encoding: cut.within === 'jws' ? 'base64url' : 'utf8',
    before,
    text: between,
    rows: rows.map(row => row.commitment.toString('base64')),
    after
  }
  return { frame, rows, around }
}

const partsOf = (body: string, { within, signed }: Cut): Pick<Frame, 'before' | 'after'> & { text: string; around: Around | null } => {
  if (within === 'jws') return jwsParts(body)
  const around = signed === undefined ? null : { before: signed.before, after: signed.after }
  return { before: '', text: signed?.body ?? body, after: '', around }
}

/** Of what stood around: made of every row's salt. Once one of them is gone, with its person's key, nobody opens it any more. */
export const aroundKey = (salts: readonly Uint8Array[], documentId: string): DataKey =>
  createSecretKey(Buffer.from(hkdfSync('sha256', Buffer.concat(salts), Buffer.alloc(0), `jisr document around ${documentId}`, 32)))

/** Whether nothing but blanks and commas stands between the rows of a text: anything else would outlive the people of the rows beside it. */
export const nothingBetween = (text: string, rows: Cut['rows']): boolean =>
  rows.slice(1).every(({ from }, i) => /^[\s,]*$/.test(text.slice(rows[i]?.to, from)))

/** The document again, with all its rows. */
export const joinDocument = (frame: Frame, rows: readonly string[]): string => {
  if (rows.length !== frame.rows.length) throw new Error(`the document has ${frame.rows.length} rows, and ${rows.length} are given`)
  const text = frame.text.map((part, i) => part + (rows[i] ?? '')).join('')
  return frame.before + (frame.encoding === 'base64url' ? Buffer.from(text, 'utf8').toString('base64url') : text) + frame.after
}

/** The document with one row only, as its reader can still take it: what stood between rows is left out with them. */
export const aloneInDocument = (frame: Frame, row: string): string =>
  joinDocument({ ...frame, text: [frame.text[0] ?? '', frame.text.at(-1) ?? ''], rows: [''] }, [row])

/** A row as it is sealed: salt, then text. */
export const packRow = ({ salt, text }: Pick<CutRow, 'salt' | 'text'>): Buffer => {
  const packed = Buffer.allocUnsafe(saltBytes + Buffer.byteLength(text))
  salt.copy(packed)
  packed.write(text, saltBytes)
  return packed
}

export const unpackRow = (packed: Buffer): CutRow => {
  const [salt, text] = [packed.subarray(0, saltBytes), packed.toString('utf8', saltBytes)]
  return { salt, text, commitment: commitment(salt, text) }
}

export const digestOf = (text: string): string => createHash('sha256').update(text).digest('base64')

const saltBytes = 32
const newSalts = (rows: number): Buffer => randomFillSync(Buffer.alloc(rows * saltBytes))

/** Only a payload that comes back byte for byte from its text can be cut. */
const jwsParts = (body: string) => {
  const [, before, payload, after] = /^(\s*[\w-]*\.)([\w-]*)\.([\w-]*\s*)$/.exec(body) ?? []
  if (before === undefined || payload === undefined || after === undefined) throw new NotCut('the document is not a compact JWS')
  const text = Buffer.from(payload, 'base64url').toString('utf8')
  if (Buffer.from(text, 'utf8').toString('base64url') !== payload)
    throw new NotCut('the payload of the JWS is not UTF-8 in canonical base64url')
  return { before, text, after: '.', around: { before: '', after } }
}
