// What a cell says, as the same column of a CSV file would: or why nobody can be sure of it.
import type { Said } from '../../../domain/words/said.ts'
import { says } from '../../words/words.ts'
import { dayOf } from './day.ts'
import type { Shown } from './formats.ts'
import { cellName, numberOf } from './names.ts'
import type { Cell } from './worksheet.ts'

/** What a column holds: a number and a day have a cell of their own kind in a spreadsheet; anything else is text. */
export type ColumnKind = 'text' | 'number' | 'day'

export type CellText = { text: string } | { code: string; said: Said }

export const textOfCell = (cell: Cell, row: number, column: ColumnKind, shown: Shown, isCountedFrom1904: boolean): CellText => {
  const name = cellName(row, cell.column)
  switch (cell.kind) {
    case 'text':
      if (cell.value.isWellFormed()) return { text: cell.value }
      return refused('cell-text', says('cell-half', { cell: name }))
    case 'formula':
      return refused('cell-formula', says('cell-formula', { cell: name }))
    case 'error':
      return refused('cell-error', says('cell-error', { cell: name }))
    case 'boolean':
      return refused('cell-boolean', says('cell-boolean', { cell: name }))
    case 'day':
      return column === 'day' ? isoDay(cell.value, name) : dateElsewhere(name, column)
    case 'number':
      if (column === 'day') return day(cell, name, shown, isCountedFrom1904)
      if (shown === 'day' || shown === 'part-of-day') return dateElsewhere(name, column)
      if (column === 'number') return wholeNumber(cell, name, shown)
      return refused('cell-number', says('cell-number-in-text', { cell: name }))
  }
}

const refused = (code: string, said: Said): CellText => ({ code, said })

const dateElsewhere = (name: string, column: ColumnKind): CellText =>
  refused('cell-date', says(column === 'number' ? 'cell-date-in-numbers' : 'cell-date-in-text', { cell: name }))

const withTime = (name: string): CellText => refused('cell-time', says('cell-time', { cell: name }))

const day = (cell: Cell, name: string, shown: Shown, isCountedFrom1904: boolean): CellText => {
  if (shown === 'part-of-day') return refused('cell-date', says('cell-date-part', { cell: name }))
  if (shown !== 'day') return refused('cell-date', says('cell-number-in-dates', { cell: name }))
  const read = dayOf(numberOf(cell.value), isCountedFrom1904)
  if (read === 'time') return withTime(name)
  if (read === 'range') return refused('cell-date', says('cell-date-range', { cell: name }))
  return { text: read.day }
}

/** Some programs store days as ISO 8601. */
const isoDay = (value: string, name: string): CellText => {
  const [, date, rest] = /^(\d{4}-\d{2}-\d{2})(.*)$/.exec(value) ?? []
  if (date === undefined) return refused('cell-date', says('cell-no-date', { cell: name }))
  return rest === '' || /^T00:00:00(?:\.0+)?Z?$/.test(rest ?? '') ? { text: date } : withTime(name)
}

const wholeNumber = (cell: Cell, name: string, shown: Shown): CellText => {
  if (shown !== 'plain') return refused('cell-number', says('cell-number-shown', { cell: name }))
  const number = numberOf(cell.value)
  if (!Number.isSafeInteger(number)) return refused('cell-number', says('cell-fraction', { cell: name }))
  return { text: String(number) }
}
