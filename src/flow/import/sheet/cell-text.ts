// What a cell says, as the same column of a CSV file would: or why nobody can be sure of it.
import { dayOf } from './day.ts'
import type { Shown } from './formats.ts'
import { cellName, numberOf } from './names.ts'
import type { Cell } from './worksheet.ts'

/** What a column holds: a number and a day have a cell of their own kind in a spreadsheet; anything else is text. */
export type ColumnKind = 'text' | 'number' | 'day'

export type CellText = { text: string } | { code: string; reason: string }

export const textOfCell = (cell: Cell, row: number, column: ColumnKind, shown: Shown, isCountedFrom1904: boolean): CellText => {
  const name = cellName(row, cell.column)
  switch (cell.kind) {
    case 'text':
      if (cell.value.isWellFormed()) return { text: cell.value }
      return refused('cell-text', `${name} holds half a character: type it again.`)
    case 'formula':
      return refused('cell-formula', `${name} is a formula: copy the column and paste it as values.`)
    case 'error':
      return refused('cell-error', `${name} shows an error of the spreadsheet program: type what belongs there.`)
    case 'boolean':
      return refused('cell-boolean', `${name} is true or false: format the column as text and type what belongs there.`)
    case 'day':
      return column === 'day' ? isoDay(cell.value, name) : dateElsewhere(name, column)
    case 'number':
      if (column === 'day') return day(cell, name, shown, isCountedFrom1904)
      if (shown === 'day' || shown === 'part-of-day') return dateElsewhere(name, column)
      if (column === 'number') return wholeNumber(cell, name, shown)
      return refused(
        'cell-number',
        `${name} is a number in a column of text: format the column as text and type it again; leading zeros have been dropped by the spreadsheet program.`
      )
  }
}

const refused = (code: string, reason: string): CellText => ({ code, reason })

const dateElsewhere = (name: string, column: ColumnKind): CellText =>
  refused(
    'cell-date',
    `${name} is a date in a column of ${column === 'number' ? 'numbers' : 'text'}: format the column as ${column === 'number' ? 'number' : 'text'} and type it again.`
  )

const withTime = (name: string): CellText =>
  refused(
    'cell-time',
    `${name} has a time of day: write the day alone; an instant is a text with its offset, as 2026-01-05T09:30:00+01:00.`
  )

const day = (cell: Cell, name: string, shown: Shown, isCountedFrom1904: boolean): CellText => {
  if (shown === 'part-of-day')
    return refused(
      'cell-date',
      `${name} does not show the whole date: format the column as dd/mm/yyyy, look whether the days and the centuries are right, and send it again.`
    )
  if (shown !== 'day')
    return refused('cell-date', `${name} is a number in a column of dates: format the column as text and write the date as 1989-03-15.`)
  const read = dayOf(numberOf(cell.value), isCountedFrom1904)
  if (read === 'time') return withTime(name)
  if (read === 'range')
    return refused('cell-date', `${name} is a date before 1 March 1900, or none: format the column as text and write it as 1989-03-15.`)
  return { text: read.day }
}

/** Some programs store days as ISO 8601. */
const isoDay = (value: string, name: string): CellText => {
  const [, date, rest] = /^(\d{4}-\d{2}-\d{2})(.*)$/.exec(value) ?? []
  if (date === undefined) return refused('cell-date', `${name} is no date: format the column as text and write it as 1989-03-15.`)
  return rest === '' || /^T00:00:00(?:\.0+)?Z?$/.test(rest ?? '') ? { text: date } : withTime(name)
}

const wholeNumber = (cell: Cell, name: string, shown: Shown): CellText => {
  if (shown !== 'plain')
    return refused('cell-number', `${name} shows its number otherwise than it is: format the column as number and look at it again.`)
  const number = numberOf(cell.value)
  if (!Number.isSafeInteger(number)) return refused('cell-number', `${name} is no whole number: write one.`)
  return { text: String(number) }
}
