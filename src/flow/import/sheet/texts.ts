// The texts that cells share, kept as bytes: a million of them cost what they are long, and no more.
import type { Said } from '../../../domain/words/said.ts'
import { says } from '../../words/words.ts'
import type { Archive } from './archive.ts'
import { sheetLimits } from './limits.ts'
import { type Attributes, type Shape, walk } from './markup.ts'
import { spreadsheetNamespaces } from './names.ts'
import { damaged, tooMuch } from './refuse.ts'

/** The text of a number, or undefined where there is none. */
export type Texts = (place: number) => string | undefined

export const readTexts = async (archive: Archive, part: string | null): Promise<Texts> => {
  const kept = textStore(sheetLimits.textsKeptBytesMax, sheetLimits.textsMax, says('much-kept-texts'))
  const reader = richText(kept.add)
  if (part !== null)
    await walk(archive.open(part, sheetLimits.textsBytesMax), spreadsheetNamespaces, {
      sst: { children: { si: reader, extLst: {} }, isClosed: true }
    })
  return kept.at
}

/**
 * A text of one run or many; how the runs look and how they are spoken (`rPh`) is no part of it. White space at its ends counts only where
 * `xml:space` keeps it, as in Excel, and `_x000A_` stands for a character that XML cannot carry.
 */
export const richText = (told: (text: string) => void): Shape => {
  let whole = ''
  let run = ''
  let isPreserved = false
  const t: Shape = {
    isClosed: true,
    open: (attributes: Attributes) => {
      run = ''
      isPreserved = attributes['xml:space'] === 'preserve'
    },
    text: piece => {
      run += piece
      if (run.length > sheetLimits.silentCharsMax) throw tooLong()
    },
    close: () => {
      whole += unescaped(isPreserved ? run : trimmed(run))
      if (whole.length > sheetLimits.cellCharsMax) throw tooLong()
    }
  }
  return {
    isClosed: true,
    open: () => {
      whole = ''
    },
    children: { t, r: { children: { t, rPr: {} }, isClosed: true }, rPh: {}, phoneticPr: {}, extLst: {} },
    close: () => told(whole)
  }
}

/** Without XML's white space at both ends. A regular expression would look at a long blank in the middle again and again. */
const trimmed = (text: string): string => {
  let [from, to] = [0, text.length]
  while (from < to && isBlank(text.charCodeAt(from))) from += 1
  while (to > from && isBlank(text.charCodeAt(to - 1))) to -= 1
  return text.slice(from, to)
}

const isBlank = (code: number): boolean => code === 0x20 || code === 0x09 || code === 0x0a || code === 0x0d

const tooLong = () => damaged(says('damage-text-long', { max: sheetLimits.cellCharsMax }))

export const unescaped = (text: string): string =>
  text.includes('_x') ? text.replace(/_x([0-9A-Fa-f]{4})_/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))) : text

interface TextStore {
  add(text: string): void
  at(place: number): string | undefined
  /** All of them, one behind the other, and where each ends. */
  all(): { bytes: Uint8Array<ArrayBuffer>; ends: readonly number[] }
}

/** Keeps texts as UTF-16 would cost twice, and outside of the heap. */
export const textStore = (bytesMax: number, countMax: number, tooMany: Said): TextStore => {
  let bytes = Buffer.from(new ArrayBuffer(64 * 1024))
  const ends: number[] = []
  let used = 0
  return {
    add: text => {
      const needed = used + text.length * 3
      if (needed > bytes.length) {
        const larger = Buffer.from(new ArrayBuffer(Math.max(needed, bytes.length * 2)))
        bytes.copy(larger, 0, 0, used)
        bytes = larger
      }
      used += bytes.write(text, used)
      if (used > bytesMax || ends.length >= countMax) throw tooMuch(tooMany)
      ends.push(used)
    },
    at: place => {
      const end = ends[place]
      return end === undefined ? undefined : bytes.toString('utf8', place === 0 ? 0 : ends[place - 1], end)
    },
    all: () => ({ bytes: new Uint8Array(bytes.buffer, 0, used), ends })
  }
}
