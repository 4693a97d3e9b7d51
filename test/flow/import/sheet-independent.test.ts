// Sheets written and read by openpyxl, which knows nothing of us.
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { toXlsx } from '../../../samples/spreadsheet.ts'
import { columnKinds, registrationColumns } from '../../../schemas/registration-row.ts'
import { type Frame, rowBytesMax } from '../../../src/flow/import/frames.ts'
import { readSheet } from '../../../src/flow/import/sheet/read-sheet.ts'
import { registrations } from '../../support/registrations.ts'
import { needsPython } from '../../support/skip.ts'

const python = '/usr/bin/python3'

describe.skipIf(!needsPython('openpyxl'))('openpyxl', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'jisr-sheet-'))
  afterAll(() => rmSync(folder, { recursive: true }))
  const rows = registrations(8)
  const table = [registrationColumns, ...rows.map(row => registrationColumns.map(name => row[name] ?? ''))]
  beforeAll(() => {
    execFileSync(python, [path.join(import.meta.dirname, 'workbooks.py'), folder], { input: JSON.stringify(table) })
  })

  const read = async (name: string): Promise<Frame[]> => {
    const file = readFileSync(path.join(folder, `${name}.xlsx`))
    const { header, frames } = await readSheet({ file, kinds: columnKinds, rowsMax: 100, rowBytesMax })
    expect(header).toEqual(registrationColumns)
    const whole = Buffer.from(frames.bytes)
    return frames.ends.map((end, place) => JSON.parse(whole.toString('utf8', place && frames.ends[place - 1], end)))
  }
  const expected = rows.map((row, place) => ({ row: place + 2, text: JSON.stringify(row) }))

  test.each(['whole', 'streamed', 'mac', 'decorated'])(
    'writes a list with numbers and days as Excel keeps them, and it is read as it was (%s)',
    async name => {
      expect(await read(name)).toEqual(expected)
    }
  )

  test('writes cells that are not what belongs there, and their rows alone are refused', async () => {
    const frames = await read('spoilt')
    expect(frames.map(frame => ('fault' in frame ? [frame.row, frame.fault.code, frame.fault.pointer] : null))).toEqual([
      [2, 'cell-number', '/passport'],
      [3, 'cell-formula', '/card'],
      [4, 'cell-error', '/passport'],
      [5, 'cell-time', '/birthDate'],
      [6, 'cell-date', '/birthDate'],
      [7, 'cell-boolean', '/crop'],
      null,
      null
    ])
  })

  test.each([
    ['hidden_row', /row 3 is hidden/],
    ['hidden_column', /column C is hidden/],
    ['hidden_sheet', /sheet 2 .* is hidden/],
    ['merged', /B2:B4 are merged/]
  ])('writes what is not seen (%s), and the file is refused', async (name, words) => {
    await expect(read(name)).rejects.toMatchObject({ detail: expect.stringMatching(words) })
  })

  test('reads the spreadsheet that we make', () => {
    const file = path.join(folder, 'ours.xlsx')
    writeFileSync(file, toXlsx(rows))
    const program =
      'import json, sys, openpyxl; print(json.dumps([list(row) for row in openpyxl.load_workbook(sys.argv[1]).active.iter_rows(values_only=True)]))'
    const told = JSON.parse(execFileSync(python, ['-W', 'ignore', '-c', program, file], { encoding: 'utf8' }))
    expect(told).toEqual(table.map(cells => cells.map(cell => cell || null)))
  })
})
