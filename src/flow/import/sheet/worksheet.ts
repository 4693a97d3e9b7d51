// One sheet, row by row. What a person does not see while she looks at the sheet turns the file down.
import { says } from '../../words/words.ts'
import type { Archive } from './archive.ts'
import { sheetLimits } from './limits.ts'
import { type Attributes, onlyOnce, type Shape, walk } from './markup.ts'
import { cellAt, columnName, countOf, spreadsheetNamespaces } from './names.ts'
import { damaged, tooMuch, unclear } from './refuse.ts'
import { richText, type Texts, unescaped } from './texts.ts'
import { isTrue } from './workbook.ts'

/** A cell that holds something. `value` of a text is the text, of anything else what is stored. */
export interface Cell {
  column: number
  kind: 'text' | 'number' | 'boolean' | 'error' | 'day' | 'formula'
  value: string
  /** Of the workbook's cell formats. */
  format: number
}

/**
 * Reads a sheet to its end.
 * @param told gets each row that holds something, with the number a spreadsheet program shows
 * @throws DomainError when something in it is hidden or merged, or when it is not what spreadsheet programs write
 */
export const readWorksheet = async (archive: Archive, part: string, texts: Texts, told: (row: number, cells: Cell[]) => void) => {
  const hidden = hiddenColumns()
  const merges = mergedAreas()
  let areRowsHidden = false
  let isListPast = false
  let last = { row: 0, column: 0 }
  const rows = rowShape(texts, (row, cells, isRowHidden) => {
    if (isRowHidden ?? areRowsHidden) throw unclear(says('sheet-row-hidden', { row }))
    for (const { column } of cells) hidden.refuse(column)
    last = { row, column: Math.max(last.column, cells.at(-1)?.column ?? 0) }
    told(row, cells)
  })
  const defaults = ({ zeroHeight, defaultColWidth }: Attributes) => {
    areRowsHidden = isTrue(zeroHeight)
    hidden.set(defaultColWidth !== undefined && Number(defaultColWidth) === 0)
  }
  /** What is said of rows and columns stands before them, where it can be heeded. */
  const before = (shape: Shape): Shape =>
    onlyOnce({
      ...shape,
      open: attributes => {
        if (isListPast) throw damaged(says('damage-order'))
        shape.open?.(attributes)
      }
    })
  const past = () => {
    isListPast = true
  }
  await walk(archive.open(part, sheetLimits.sheetBytesMax), spreadsheetNamespaces, {
    worksheet: {
      children: {
        sheetFormatPr: before({ open: defaults }),
        cols: before({ children: { col: { open: hidden.add } }, isClosed: true }),
        sheetData: onlyOnce({ children: { row: rows }, isClosed: true, close: past }),
        mergeCells: onlyOnce({ children: { mergeCell: { open: merges.add } } })
      }
    }
  })
  merges.refuse(last)
}

/** Whether any cell of a sheet holds something; what follows the first one is not looked at. */
export const holdsSomething = async (archive: Archive, part: string, texts: Texts): Promise<boolean> => {
  let isFound = false
  const row = rowShape(texts, () => {
    isFound = true
  })
  const sheetData: Shape = { children: { row }, isClosed: true }
  const chunks = archive.open(part, sheetLimits.sheetBytesMax)
  await walk(chunks, spreadsheetNamespaces, { worksheet: { children: { sheetData } } }, () => isFound)
  return isFound
}

/** Rows and cells go forward; one without a name follows the one before it. `isHidden` is null where the row does not say. */
const rowShape = (texts: Texts, told: (row: number, cells: Cell[], isHidden: boolean | null) => void): Shape => {
  let row = 0
  let column = 0
  let isHidden: boolean | null = null
  let cells: Cell[] = []
  let chars = 0
  const cell = cellShape(
    texts,
    name => {
      const at = name === undefined ? { row, column: column + 1 } : cellAt(name)
      if (at === null || at.row !== row || at.column <= column || at.column > sheetLimits.columnsMax)
        throw damaged(says('damage-cells', { row }))
      column = at.column
      return column
    },
    read => {
      chars += read.value.length
      // Many cells may share one long text: the file is short then, and the row is not.
      if (chars > sheetLimits.rowCharsMax) throw tooMuch(says('much-row', { row, max: sheetLimits.rowCharsMax }))
      cells.push(read)
    }
  )
  return {
    isClosed: true,
    open: ({ r, hidden, ht }) => {
      const next = r === undefined ? row + 1 : countOf(r)
      if (!Number.isInteger(next) || next <= row || next > sheetLimits.rowsMax) throw damaged(says('damage-rows'))
      row = next
      column = 0
      cells = []
      chars = 0
      isHidden = isTrue(hidden) || (ht !== undefined && Number(ht) === 0) ? true : hidden === undefined && ht === undefined ? null : false
    },
    children: { c: cell, extLst: {} },
    close: () => {
      if (cells.length > 0) told(row, cells, isHidden)
    }
  }
}

const cellShape = (texts: Texts, columnOf: (name: string | undefined) => number, told: (cell: Cell) => void): Shape => {
  let column = 0
  let type = 'n'
  let format = 0
  let value = ''
  let inline = ''
  let isFormula = false
  let isFilled = false
  const fill = () => {
    if (isFilled) throw damaged(says('damage-two-values'))
    isFilled = true
  }
  return {
    isClosed: true,
    open: ({ r, t, s }) => {
      column = columnOf(r)
      type = t ?? 'n'
      format = s === undefined ? 0 : countOf(s)
      value = ''
      inline = ''
      isFormula = false
      isFilled = false
    },
    children: {
      v: {
        isClosed: true,
        open: fill,
        text: piece => {
          value += piece
          if (value.length > sheetLimits.cellCharsMax * 7) throw damaged(says('damage-cell-long'))
        }
      },
      f: {
        open: () => {
          isFormula = true
        }
      },
      is: richText(text => {
        fill()
        inline = text
      }),
      extLst: {}
    },
    close: () => {
      const kind = kinds[type]
      if (kind === undefined) throw damaged(says('damage-cell-kind'))
      const read =
        type === 's' ? sharedText(texts, value) : type === 'inlineStr' ? inline : type === 'str' ? unescaped(value) : value.trim()
      if (isFormula) told({ column, kind: 'formula', value: '', format })
      else if (read !== '') told({ column, kind, value: read, format })
    }
  }
}

const kinds: Readonly<Record<string, Cell['kind'] | undefined>> = Object.assign(Object.create(null), {
  s: 'text',
  str: 'text',
  inlineStr: 'text',
  n: 'number',
  b: 'boolean',
  e: 'error',
  d: 'day'
})

const sharedText = (texts: Texts, value: string): string => {
  if (value.trim() === '') return ''
  const text = /^\s*\d{1,7}\s*$/.test(value) ? texts(Number(value)) : undefined
  if (text === undefined) throw damaged(says('damage-text-missing'))
  return text
}

const hiddenColumns = () => {
  /** 0 where nothing is said of a column, then 1 for shown and 2 for hidden; the first word counts. */
  const said = new Uint8Array(sheetLimits.columnsMax + 1)
  let spans = 0
  let areHidden = false
  return {
    set: (byDefault: boolean) => {
      areHidden = byDefault
    },
    add: ({ min, max, hidden, width }: Attributes) => {
      const [from, to] = [countOf(min), countOf(max)]
      spans += 1
      if (!(from >= 1 && from <= to && to <= sheetLimits.columnsMax) || spans > sheetLimits.columnsMax)
        throw damaged(says('damage-columns'))
      const isHidden = isTrue(hidden) || (width !== undefined && Number(width) === 0)
      for (let column = from; column <= to; column++) said[column] ||= isHidden ? 2 : 1
    },
    refuse: (column: number) => {
      if (said[column] === 2 || (said[column] === 0 && areHidden))
        throw unclear(says('sheet-column-hidden', { column: columnName(column) }))
    }
  }
}

const mergedAreas = () => {
  const areas: { name: string; row: number; column: number }[] = []
  return {
    add: ({ ref = '' }: Attributes) => {
      if (areas.length >= sheetLimits.mergesMax) throw tooMuch(says('much-merged'))
      const [from = '', to = ''] = ref.split(':')
      const start = cellAt(from)
      const end = cellAt(to)
      if (start === null || end === null || end.row < start.row || end.column < start.column) throw damaged(says('damage-merged'))
      areas.push({ name: ref, ...start })
    },
    /** Beside and below the list they mean nothing. */
    refuse: (last: { row: number; column: number }) => {
      const over = areas.find(({ row, column }) => row <= last.row && column <= last.column)
      if (over !== undefined) throw unclear(says('sheet-merged', { cells: over.name }))
    }
  }
}
