// What a number format shows of a number: a day, the number as it is, or something else than what is stored.
import { says } from '../../words/words.ts'
import type { Archive } from './archive.ts'
import { sheetLimits } from './limits.ts'
import { type Attributes, onlyOnce, walk } from './markup.ts'
import { spreadsheetNamespaces } from './names.ts'
import { tooMuch } from './refuse.ts'

/**
 * plain: the number as it is. day: day, month and year of four digits, or the day as the reader's own system writes it. part-of-day: a date or time of
 * which the format leaves something out, or which no two systems show alike. other: per cent, money, fractions, thousands.
 */
export type Shown = 'plain' | 'day' | 'part-of-day' | 'other'

/** What each format of the workbook's cells shows, by its number. */
export const readFormats = async (archive: Archive, part: string | null): Promise<(format: number) => Shown> => {
  const codes = new Map<number, string>()
  const cells: number[] = []
  const numberFormat = ({ numFmtId, formatCode }: Attributes) => {
    if (codes.size >= sheetLimits.formatsMax) throw tooMuch(says('much-number-formats'))
    codes.set(Number(numFmtId), formatCode ?? '')
  }
  const cellFormat = ({ numFmtId = '0' }: Attributes) => {
    if (cells.length >= sheetLimits.formatsMax) throw tooMuch(says('much-cell-formats'))
    cells.push(Number(numFmtId))
  }
  if (part !== null)
    await walk(archive.open(part, sheetLimits.otherPartBytesMax), spreadsheetNamespaces, {
      styleSheet: {
        children: {
          numFmts: onlyOnce({ children: { numFmt: { open: numberFormat } } }),
          cellXfs: onlyOnce({ children: { xf: { open: cellFormat } } })
        }
      }
    })
  const shown = cells.map(id => {
    const code = codes.get(id)
    return code === undefined ? builtIn(id) : shownBy(code)
  })
  return format => shown[format] ?? (format === 0 ? 'plain' : 'other')
}

/** Formats that have a number and no text (ECMA-376 part 1, 18.8.30). 14 and 22 are shown as the reader's system writes days. */
const builtIn = (id: number): Shown => {
  if (id <= 4 || id === 49) return 'plain'
  if (id === 14 || id === 22) return 'day'
  if ((id >= 15 && id <= 21) || (id >= 27 && id <= 36) || (id >= 45 && id <= 47) || (id >= 50 && id <= 58)) return 'part-of-day'
  return 'other'
}

const plainNumber = /^(?:General|@|#|#?#?0(?:\.0+)?|#[ ,\u00a0\u202f]##0(?:\.0+)?)$/i
const literal = /"[^"]*"|\\.|[_*]./gs
const elapsed = /\[(?:h+|m+|s+)\]/i
const condition = /\[[<>=]/

/** What Excel lets a format be long. */
const codeCharsMax = 255

export const shownBy = (code: string): Shown => {
  if (code.length > codeCharsMax) return 'other'
  const [positive = ''] = code.split(';')
  if (plainNumber.test(positive)) return 'plain'
  if (elapsed.test(positive) || condition.test(positive)) return /[dhmsy]/i.test(positive) ? 'part-of-day' : 'other'
  const letters = positive
    .replace(literal, '')
    .replace(/\[[^\]]*\]|E[+-]/g, '')
    .toLowerCase()
    // Beside hours or seconds an m is of minutes (ECMA-376 part 1, 18.8.31).
    .replace(/(h[^a-z]*)m+|m+([^a-z]*s)/g, '$1$2')
  if (!/[dmyhsebg]/.test(letters)) return 'other'
  // Another calendar, or the years of an emperor: the day is the same, and nobody who reads a passport would know it again.
  const isForeign = /[ebg]/.test(letters) || isOtherCalendar(positive)
  return !isForeign && /(?<!d)d{1,2}(?!d)/.test(letters) && /m/.test(letters) && /yyy/.test(letters) ? 'day' : 'part-of-day'
}

/** In `[$-…]` the byte above the two of the language is the calendar: none and 1 are the Gregorian one. */
const isOtherCalendar = (code: string): boolean =>
  [...code.matchAll(/\[\$[^\]-]*-([^\]]*)\]/g)].some(([, locale = '']) =>
    /^[0-9a-f]{1,8}$/i.test(locale) ? ((Number.parseInt(locale, 16) >>> 16) & 0xff) > 1 : !/^[a-z][a-z0-9-]*$/i.test(locale)
  )
