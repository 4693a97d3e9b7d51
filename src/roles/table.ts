// A small table for the end of a run: columns as wide as their longest cell, numbers to the right, at most as wide as the terminal.

export type Cell = string | number

export interface TableOptions {
  /** Longest line in characters; the last column is cut to fit. */
  widthMax?: number
}

/**
 * `head` names the columns, each row has one cell for each. Gives lines without an end of line.
 * A column whose cells are all numbers stands to the right. Throws when a row has more or fewer cells than the head.
 */
export const tableLines = (
  head: readonly string[],
  rows: readonly (readonly Cell[])[],
  { widthMax = 160 }: TableOptions = {}
): string[] => {
  const wrong = rows.findIndex(row => row.length !== head.length)
  if (wrong >= 0) throw new Error(`row ${wrong} of the table has not ${head.length} cells`)
  const columns = head.map((title, place) => ({
    title,
    isNumber: rows.length > 0 && rows.every(row => typeof row[place] === 'number'),
    width: Math.max(displayWidth(title), ...rows.map(row => displayWidth(textOf(row[place]))))
  }))
  const line = (cells: readonly string[]) =>
    shorten(
      cells
        .map((cell, place) => pad(cell, columns[place]?.width ?? 0, columns[place]?.isNumber ?? false))
        .join('  ')
        .trimEnd(),
      widthMax
    )
  return [line(head), line(columns.map(column => '─'.repeat(column.width))), ...rows.map(row => line(row.map(textOf)))]
}

/** 12345 as 12,345: the same everywhere, whatever the locale of the machine. */
const textOf = (cell: Cell | undefined): string => (typeof cell === 'number' ? cell.toLocaleString('en-GB') : (cell ?? ''))

const pad = (text: string, width: number, toTheRight: boolean): string => {
  const blanks = ' '.repeat(Math.max(0, width - displayWidth(text)))
  return toTheRight ? blanks + text : text + blanks
}

const shorten = (text: string, width: number): string => (displayWidth(text) <= width ? text : `${[...text].slice(0, width - 1).join('')}…`)

/** Arabic marks take no place of their own. */
const displayWidth = (text: string): number => [...text.replace(/\p{Mn}/gu, '')].length
