// Cuts a streamed file into the texts of its rows. A row that cannot be read is told apart and skipped; the rows after it are read.
import type { Said } from '../../domain/words/said.ts'
import { says } from '../words/words.ts'

/**
 * The text of one row without its line end, or why it has none. `said` says what to do and quotes nothing; `row` is its number where the file
 * itself numbers its rows.
 */
export type Frame = { row?: number } & ({ text: string } | { fault: { code: string; said: Said; pointer?: string } })

/** Where a row ends: the index of its closing line feed; 'open' inside quotes that are not closed; null where more is needed. */
type EndOf = (bytes: Buffer, from: number) => number | 'open' | null

export const rowBytesMax = 64 * 1024

/**
 * Rows of CSV: a quoted cell may hold line ends (RFC 4180). A row whose quotes are not closed within 64 KiB loses its own line only.
 * Empty lines are left out, a byte order mark too. Keeps at most one row and one chunk in memory.
 */
export const csvFrames = (chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Frame> => frames(chunks, endOfCsvRow)

/** Rows of NDJSON: one line each. */
export const lineFrames = (chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Frame> => frames(chunks, endOfLine)

const lineFeed = 0x0a
const quote = 0x22

const endOfLine: EndOf = (bytes, from) => {
  const end = bytes.indexOf(lineFeed, from)
  return end < 0 ? null : end
}

const comma = 0x2c
const carriageReturn = 0x0d

/** A row whose quotes stand wrong ends with its line: read as cells it will be refused, and the next line is a row again. */
const endOfCsvRow: EndOf = (bytes, from) => {
  const endOfFirstLine = bytes.indexOf(lineFeed, from)
  if (endOfFirstLine < 0) return null
  if (bytes.subarray(from, endOfFirstLine).indexOf(quote) < 0) return endOfFirstLine
  let place: 'start' | 'plain' | 'quoted' | 'after quote' = 'start'
  const limit = Math.min(bytes.length, from + rowBytesMax + 1)
  for (let at = from; at < limit; at++) {
    const byte = bytes[at]
    if (place === 'quoted') {
      if (byte === quote) place = 'after quote'
    } else if (byte === lineFeed) return at
    else if (byte === comma) place = 'start'
    else if (byte === quote && place !== 'plain') place = 'quoted'
    else if (byte === quote || (place === 'after quote' && byte !== carriageReturn)) return endOfFirstLine
    else if (place === 'start') place = 'plain'
  }
  return limit === bytes.length ? null : 'open'
}

const tooLong = { code: 'row-too-long', said: says('row-too-long', { max: rowBytesMax }) }
const openQuote = { code: 'csv-quote', said: says('row-quote-open') }
const notUtf8 = { code: 'not-utf-8', said: says('row-utf8') }
const spreadsheet = { code: 'not-text', said: says('row-zip') }

async function* frames(chunks: AsyncIterable<Uint8Array>, endOf: EndOf): AsyncGenerator<Frame> {
  let rest: Buffer = Buffer.alloc(0)
  let isFirst = true
  let isSkipping = false
  let scanFrom = 0
  for await (const chunk of chunks) {
    rest = rest.length === 0 ? Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length) : Buffer.concat([rest, chunk])
    if (isFirst) {
      if (rest.length < byteOrderMark.length) continue
      isFirst = false
      if (rest.subarray(0, byteOrderMark.length).equals(byteOrderMark)) rest = rest.subarray(byteOrderMark.length)
    }
    if (isSkipping) {
      const end = rest.indexOf(lineFeed)
      rest = end < 0 ? rest.subarray(rest.length) : rest.subarray(end + 1)
      if (end < 0) continue
      isSkipping = false
    }
    // What a slow sender dribbles in is looked at again only when it has doubled.
    if (rest.length < scanFrom) continue
    const cut = yield* takeRows(rest, endOf, false)
    rest = Buffer.from(rest.subarray(cut.next))
    isSkipping = cut.isSkipping
    scanFrom = rest.length * 2
  }
  if (rest.length > 0 && !isSkipping) yield* takeRows(Buffer.concat([rest, Buffer.of(lineFeed)]), endOf, true)
}

const byteOrderMark = Buffer.from([0xef, 0xbb, 0xbf])

/** Yields the rows that are whole; `next` is where the first one begins that is not, `isSkipping` says that its line is to be dropped. */
function* takeRows(bytes: Buffer, endOf: EndOf, isEnd: boolean): Generator<Frame, { next: number; isSkipping: boolean }> {
  let from = 0
  while (from < bytes.length) {
    const end = endOf(bytes, from)
    if (typeof end === 'number') {
      const row = bytes.subarray(from, end)
      if (row.length > rowBytesMax) yield { fault: tooLong }
      else if (!isBlank(row)) yield decode(row)
      from = end + 1
      continue
    }
    if (end === null && !isEnd && bytes.length - from <= rowBytesMax) break
    const line = bytes.indexOf(lineFeed, from)
    yield { fault: line < 0 || line - from > rowBytesMax ? tooLong : openQuote }
    if (line < 0) return { next: bytes.length, isSkipping: true }
    from = line + 1
  }
  return { next: from, isSkipping: false }
}

const isBlank = (row: Buffer): boolean => row.length === 0 || (row.length === 1 && row[0] === 0x0d)

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

const zipHead = Buffer.from('PK\u0003\u0004', 'latin1')

const decode = (row: Buffer): Frame => {
  if (row.subarray(0, zipHead.length).equals(zipHead)) return { fault: spreadsheet }
  try {
    const text = utf8.decode(row)
    return { text: text.endsWith('\r') ? text.slice(0, -1) : text }
  } catch {
    return { fault: notUtf8 }
  }
}
