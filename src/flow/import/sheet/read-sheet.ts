// Reads a workbook of one list into the rows a file of NDJSON would have.
import type { Frame } from '../frames.ts'
import { openArchive } from './archive.ts'
import { type CellText, type ColumnKind, textOfCell } from './cell-text.ts'
import { readFormats } from './formats.ts'
import { sheetLimits } from './limits.ts'
import { cellName } from './names.ts'
import { tooMuch, unclear } from './refuse.ts'
import { readTexts, textStore } from './texts.ts'
import { readWorkbook, type Workbook } from './workbook.ts'
import { type Cell, holdsSomething, readWorksheet } from './worksheet.ts'

export interface SheetRequest {
  file: Uint8Array
  /** What the columns hold that hold no text, by name. */
  kinds: Readonly<Record<string, ColumnKind>>
  rowsMax: number
  rowBytesMax: number
}

/** The names in the first row, and the frames of the rows below as JSON, one behind the other: `ends` says where each ends. */
export interface SheetRows {
  header: string[]
  frames: { bytes: Uint8Array<ArrayBuffer>; ends: readonly number[] }
}

/** @throws DomainError when the file is turned down as a whole */
export const readSheet = async ({ file, kinds, rowsMax, rowBytesMax }: SheetRequest): Promise<SheetRows> => {
  const archive = await openArchive(Buffer.from(file.buffer, file.byteOffset, file.length))
  const workbook = await readWorkbook(archive)
  const shownBy = await readFormats(archive, workbook.formats)
  const texts = await readTexts(archive, workbook.texts)
  const part = await theOnlyList(workbook, part => holdsSomething(archive, part, texts))
  const frames = textStore(sheetLimits.rowsKeptBytesMax, rowsMax, 'rows')
  let header: string[] | null = null
  let rows = 0
  await readWorksheet(archive, part, texts, (row, cells) => {
    if (header === null) {
      header = headerOf(row, cells)
      return
    }
    rows += 1
    if (rows > rowsMax) throw tooMuch(`an import takes at most ${rowsMax} rows, and the sheet has more`)
    const names = header
    frames.add(
      JSON.stringify(
        frameOf(row, cells, names, rowBytesMax, cell =>
          textOfCell(cell, row, columnKind(kinds, names[cell.column - 1]), shownBy(cell.format), workbook.isCountedFrom1904)
        )
      )
    )
  })
  return { header: header ?? [], frames: frames.all() }
}

const columnKind = (kinds: SheetRequest['kinds'], name = ''): ColumnKind =>
  Object.hasOwn(kinds, name) ? (kinds[name] as ColumnKind) : 'text'

/** Of several lists nobody could say which was meant. */
const theOnlyList = async ({ sheets }: Workbook, isFilled: (part: string) => Promise<boolean>): Promise<string> => {
  let found: { part: string; place: number } | undefined
  for (const { part, place, isHidden } of sheets) {
    if (!(await isFilled(part))) continue
    if (isHidden) throw unclear(`sheet ${place} of the workbook is hidden and holds data: delete it, or show it and look what is in it`)
    if (found !== undefined)
      throw unclear(`the sheets ${found.place} and ${place} of the workbook both hold data: keep the list alone in a workbook`)
    found = { part, place }
  }
  if (found === undefined) throw unclear('the workbook is empty: the first row of its sheet must name the columns')
  return found.part
}

const headerOf = (row: number, cells: readonly Cell[]): string[] => {
  if (row !== 1) throw unclear('row 1 of the sheet is empty: it must name the columns, and the list follows below')
  return cells.map(({ column, kind, value }, place) => {
    if (column !== place + 1) throw unclear(`${cellName(1, place + 1)} names no column: name it, or delete the column`)
    if (kind !== 'text') throw unclear(`${cellName(1, column)} is no text: row 1 must name the columns`)
    return value.trim()
  })
}

type Fault = Extract<Frame, { fault: unknown }>['fault']

const frameOf = (
  row: number,
  cells: readonly Cell[],
  header: readonly string[],
  rowBytesMax: number,
  read: (cell: Cell) => CellText
): Frame => {
  const told: [string, string][] = []
  const faults: Fault[] = []
  for (const cell of cells) {
    const name = header[cell.column - 1]
    if (name === undefined) {
      const place = cellName(row, cell.column)
      faults.push({ code: 'columns', reason: `${place} stands below no name of a column: name its column in row 1, or empty it.` })
      continue
    }
    const text = read(cell)
    if ('reason' in text) faults.push({ ...text, pointer: `/${name.replaceAll('~', '~0').replaceAll('/', '~1')}` })
    else told.push([name, text.text])
  }
  const [first, ...others] = faults
  if (first !== undefined)
    return { row, fault: others.length === 0 ? first : { ...first, reason: `${first.reason} (and ${others.length} more)` } }
  const text = JSON.stringify(Object.fromEntries(told))
  if (Buffer.byteLength(text) > rowBytesMax)
    return { row, fault: { code: 'row-too-long', reason: `A row may have at most ${rowBytesMax} bytes: shorten it.` } }
  return { row, text }
}
