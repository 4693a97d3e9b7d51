// Reads a workbook of one list into the rows a file of NDJSON would have.
import { says } from '../../words/words.ts'
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
  const frames = textStore(sheetLimits.rowsKeptBytesMax, rowsMax, says('much-kept-rows'))
  let header: string[] | null = null
  let rows = 0
  await readWorksheet(archive, part, texts, (row, cells) => {
    if (header === null) {
      header = headerOf(row, cells)
      return
    }
    rows += 1
    if (rows > rowsMax) throw tooMuch(says('much-rows', { max: rowsMax }))
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
    if (isHidden) throw unclear(says('sheet-hidden', { place }))
    if (found !== undefined) throw unclear(says('sheets-two', { one: found.place, other: place }))
    found = { part, place }
  }
  if (found === undefined) throw unclear(says('sheet-empty'))
  return found.part
}

const headerOf = (row: number, cells: readonly Cell[]): string[] => {
  if (row !== 1) throw unclear(says('sheet-row-one'))
  return cells.map(({ column, kind, value }, place) => {
    if (column !== place + 1) throw unclear(says('sheet-column-nameless', { cell: cellName(1, place + 1) }))
    if (kind !== 'text') throw unclear(says('sheet-name-no-text', { cell: cellName(1, column) }))
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
      faults.push({ code: 'columns', said: says('cell-nameless', { cell: cellName(row, cell.column) }) })
      continue
    }
    const text = read(cell)
    if ('said' in text) faults.push({ ...text, pointer: `/${name.replaceAll('~', '~0').replaceAll('/', '~1')}` })
    else told.push([name, text.text])
  }
  const [first, ...others] = faults
  if (first !== undefined)
    return { row, fault: others.length === 0 ? first : { ...first, said: says('row-more', { reason: first.said, count: others.length }) } }
  const text = JSON.stringify(Object.fromEntries(told))
  if (Buffer.byteLength(text) > rowBytesMax)
    return { row, fault: { code: 'row-too-long', said: says('row-too-long', { max: rowBytesMax }) } }
  return { row, text }
}
