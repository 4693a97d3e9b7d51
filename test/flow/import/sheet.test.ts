// What each kind of cell means, and which sheets are read at all: nothing of a spreadsheet is decided in silence.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type FileRow, toCsv } from '../../../samples/registration-file.ts'
import { type CellContent, sheetXml, toXlsx, type WorkbookContent, workbookParts } from '../../../samples/spreadsheet.ts'
import { zip } from '../../../samples/zip.ts'
import { columnKinds, registrationColumns } from '../../../schemas/registration-row.ts'
import { csvFrames, type Frame, rowBytesMax } from '../../../src/flow/import/frames.ts'
import { csvReader, readLine } from '../../../src/flow/import/read-row.ts'
import { dayOf } from '../../../src/flow/import/sheet/day.ts'
import { shownBy } from '../../../src/flow/import/sheet/formats.ts'
import { readSheet } from '../../../src/flow/import/sheet/read-sheet.ts'
import { inEnglish } from '../../../src/http/words/words.ts'

const read = async (file: Uint8Array, rowsMax = 100): Promise<{ header: string[]; frames: Frame[] }> => {
  const { header, frames } = await readSheet({ file, kinds: columnKinds, rowsMax, rowBytesMax })
  const whole = Buffer.from(frames.bytes)
  return { header, frames: frames.ends.map((end, place) => JSON.parse(whole.toString('utf8', place && frames.ends[place - 1], end))) }
}

const workbook = (content: WorkbookContent): Buffer<ArrayBuffer> => zip(workbookParts(content))

type Rows = readonly (readonly CellContent[])[]
const columns = ['worker', 'passport', 'campaign', 'birthDate', 'registeredAt']

const list = (rows: Rows, content: Partial<WorkbookContent> = {}, around = {}): Buffer<ArrayBuffer> =>
  workbook({ ...content, sheets: [sheetXml([columns, ...rows], around), ...(content.sheets ?? [])] })

/** The cells of a frame, or its fault in English. */
const saidBy = (frame: Frame | undefined): unknown => {
  if (frame === undefined) return undefined
  if ('text' in frame) return JSON.parse(frame.text)
  const { said, ...fault } = frame.fault
  return { ...fault, reason: inEnglish(said) }
}

const typed =
  (type: string, inside: string, more = ''): CellContent =>
  name =>
    `<c r="${name}" t="${type}"${more}>${inside}</c>`
const formatted =
  (value: number | string, format: number): CellContent =>
  name =>
    `<c r="${name}" s="${format}"><v>${value}</v></c>`
/** Of the cell formats in `formats`. */
const [general, systemDay, ownDay, monthAndYear, shortYear, perCent, withTime] = [0, 1, 2, 3, 4, 5, 6]
const formats = [0, 14, 'dd/mm/yyyy', 17, 'dd/mm/yy', 9, 'yyyy-mm-dd h:mm:ss']

const cells: [string, string, CellContent, unknown][] = [
  ['text', 'passport', 'QB0012345', 'QB0012345'],
  ['text that looks like a formula', 'worker', '=1+1', '=1+1'],
  ['shared text', 'worker', typed('s', '<v>0</v>'), 'one'],
  ['rich text, without what is only spoken', 'worker', typed('s', '<v>1</v>'), 'two runs'],
  [
    'inline rich text',
    'worker',
    typed('inlineStr', '<is><r><t>a</t></r><r><rPr><b/></rPr><t>b</t></r><rPh sb="0" eb="1"><t>c</t></rPh></is>'),
    'ab'
  ],
  ['text as other programs store it', 'worker', typed('str', '<v>abc</v>'), 'abc'],
  ['text in CDATA and character references', 'worker', typed('inlineStr', '<is><t><![CDATA[a<]]>&#x62;&amp;</t></is>'), 'a<b&'],
  ['white space that is kept', 'worker', typed('inlineStr', '<is><t xml:space="preserve"> a </t></is>'), ' a '],
  ['white space that is not kept', 'worker', typed('inlineStr', '<is><t> a </t></is>'), 'a'],
  ['an escaped character', 'worker', typed('inlineStr', '<is><t>a_x000A_b</t></is>'), 'a\nb'],
  ['what only looks like an escaped character', 'worker', typed('inlineStr', '<is><t>a_x005F_x000A_b</t></is>'), 'a_x000A_b'],
  ['half a character', 'worker', typed('inlineStr', '<is><t>a_xD83D_b</t></is>'), 'cell-text A2'],
  ['an empty text', 'worker', typed('inlineStr', '<is><t></t></is>'), undefined],
  ['a cell that has a format and nothing else', 'worker', name => `<c r="${name}" s="1"/>`, undefined],
  ['a number in a column of text', 'passport', 12345, 'cell-number B2 leading zeros'],
  ['a number formatted as text in a column of text', 'passport', formatted(12345, 7), 'cell-number B2 format the column as text'],
  ['a date in a column of text', 'passport', formatted(44000, systemDay), 'cell-date B2 format the column as text'],
  ['a number in a column of numbers', 'campaign', 2026, '2026'],
  ['a number with an exponent', 'campaign', formatted('2.026E3', general), '2026'],
  ['text in a column of numbers', 'campaign', '2026', '2026'],
  ['a fraction in a column of numbers', 'campaign', 2026.5, 'cell-number C2 whole'],
  ['a number shown as per cent', 'campaign', formatted(2026, perCent), 'cell-number C2 otherwise'],
  ['a date in a column of numbers', 'campaign', formatted(2026, ownDay), 'cell-date C2 number'],
  ['a number that is none', 'campaign', formatted('x', general), 'cell-number C2 whole'],
  ['a hexadecimal number', 'campaign', formatted('0x7EA', general), 'cell-number C2 whole'],
  ['a hexadecimal day', 'birthDate', formatted('0x7F46', ownDay), 'cell-date D2 1900'],
  ['a number as JavaScript alone writes it', 'campaign', formatted('0b11111101010', general), 'cell-number C2 whole'],
  ['a number of a format that is not there', 'campaign', formatted(2026, 99), 'cell-number C2 otherwise'],
  ['a date', 'birthDate', formatted(32_582, ownDay), '1989-03-15'],
  ['a date as the system writes it', 'birthDate', formatted(32_582, systemDay), '1989-03-15'],
  ['a date at midnight', 'registeredAt', formatted(32_582, withTime), '1989-03-15'],
  ['a date with a time of day', 'registeredAt', formatted(32_582.5, withTime), 'cell-time E2 day alone'],
  ['a date of which month and year are shown', 'birthDate', formatted(32_568, monthAndYear), 'cell-date D2 whole date'],
  ['a date of which the century is not shown', 'birthDate', formatted(32_568, shortYear), 'cell-date D2 centuries'],
  ['29 February 1900, which never was', 'birthDate', formatted(60, ownDay), 'cell-date D2 1900'],
  ['1 March 1900', 'birthDate', formatted(61, ownDay), '1900-03-01'],
  ['a day beyond the year 9999', 'birthDate', formatted(2_958_466, ownDay), 'cell-date D2 1900'],
  ['a number in a column of dates', 'birthDate', 1975, 'cell-date D2 format the column as text'],
  ['text in a column of dates', 'birthDate', '1975-XX-XX', '1975-XX-XX'],
  ['a day in ISO 8601', 'birthDate', typed('d', '<v>1989-03-15</v>'), '1989-03-15'],
  ['a day in ISO 8601 at midnight', 'birthDate', typed('d', '<v>1989-03-15T00:00:00.000Z</v>'), '1989-03-15'],
  ['an instant in ISO 8601', 'birthDate', typed('d', '<v>1989-03-15T10:00:00Z</v>'), 'cell-time D2 day alone'],
  ['a day in ISO 8601 in a column of text', 'passport', typed('d', '<v>1989-03-15</v>'), 'cell-date B2 text'],
  ['a formula', 'passport', name => `<c r="${name}"><f>A1</f><v>5</v></c>`, 'cell-formula B2 values'],
  ['a formula that makes text', 'worker', typed('str', '<f>"a"</f><v>a</v>'), 'cell-formula A2 values'],
  ['a formula that makes nothing', 'worker', typed('str', '<f>""</f><v></v>'), 'cell-formula A2 values'],
  ['an error', 'passport', typed('e', '<v>#N/A</v>'), 'cell-error B2 type what belongs there'],
  ['a boolean', 'passport', typed('b', '<v>1</v>'), 'cell-boolean B2 text']
]

test.each(cells)('%s', async (_, column, cell, expected) => {
  const place = columns.indexOf(column)
  const row: CellContent[] = columns.map(() => undefined)
  row[place] = cell
  const texts = [
    '<t>one</t>',
    '<r><t xml:space="preserve">two </t></r><r><rPr><b/></rPr><t>runs</t></r><rPh sb="0" eb="1"><t>x</t></rPh><phoneticPr fontId="1"/>'
  ]
  // A second row that is always there, so that an empty first one is seen to be left out.
  const { frames } = await read(list([row, ['last']], { formats: [...formats, 49], texts }))
  const [first, last] = frames.length === 1 ? [undefined, frames[0]] : frames
  expect(last).toEqual({ row: 3, text: '{"worker":"last"}' })
  const [, code, name, words] = /^(cell-\w+) (\w+) ?(.*)$/.exec(String(expected)) ?? []
  if (code === undefined) expect(saidBy(first)).toEqual(expected === undefined ? undefined : { [column]: expected })
  else {
    const fault = { code, pointer: `/${column}`, reason: expect.stringMatching(new RegExp(`^${name} .*${words}`)) }
    expect(first).toMatchObject({ row: 2 })
    expect(saidBy(first)).toEqual(fault)
  }
})

test('rows have the numbers a spreadsheet program shows, and empty ones are left out, with and without formats', async () => {
  const blank: CellContent = name => `<c r="${name}" s="0"/>`
  const { header, frames } = await read(list([['a'], [], [blank, blank], ['b'], ...Array(500).fill([blank])]))
  expect(header).toEqual(columns)
  expect(frames).toEqual([
    { row: 2, text: '{"worker":"a"}' },
    { row: 5, text: '{"worker":"b"}' }
  ])
})

test('cells are found by their names, and by their order where they have none', async () => {
  const xml = sheetXml([columns]).replace(
    '</sheetData>',
    '<row><c t="str"><v>w</v></c><c r="C2"><v>2026</v></c><c t="str"><v>1990-01-01</v></c></row></sheetData>'
  )
  expect((await read(workbook({ sheets: [xml] }))).frames.map(saidBy)).toEqual([{ worker: 'w', campaign: '2026', birthDate: '1990-01-01' }])
})

test('a cell below no name, and a row that is too long, are refused by themselves', async () => {
  const { frames } = await read(list([['a', '', '', '', '', 'remark'], ['b'], Array(5).fill('é'.repeat(8_000))]))
  expect(frames.map(saidBy)).toEqual([
    { code: 'columns', reason: expect.stringMatching(/^F2 /) },
    { worker: 'b' },
    { code: 'row-too-long', reason: expect.stringContaining('65536') }
  ])
})

test('a row with several wrong cells is refused once, for the first of them, and says how many more there are', async () => {
  const { frames } = await read(list([['a', 5, 2026.5, 1975, '', 'x']]))
  expect(frames).toMatchObject([{ row: 2 }])
  expect(frames.map(saidBy)).toEqual([
    { code: 'cell-number', pointer: '/passport', reason: expect.stringMatching(/^B2 .* \(and 3 more\)$/) }
  ])
})

test('days are counted from 1904 where the workbook says so', async () => {
  const { frames } = await read(
    list(
      [
        ['', '', '', formatted(0, ownDay)],
        ['', '', '', formatted(31_120, ownDay)]
      ],
      { formats, isCountedFrom1904: true }
    )
  )
  expect(frames.map(saidBy)).toEqual([{ birthDate: '1904-01-01' }, { birthDate: '1989-03-15' }])
})

test('elements with a prefix, the strict form, and parts by absolute names are read as well', async () => {
  const strict = (text: string) =>
    text.replaceAll('schemas.openxmlformats.org/spreadsheetml/2006/main', 'purl.oclc.org/ooxml/spreadsheetml/main')
  const parts = workbookParts({ sheets: [sheetXml([columns, ['w']])] }).map(part => ({
    ...part,
    content: strict(String(part.content)),
    isDeflated: true
  }))
  const sheet = parts.find(({ name }) => name.includes('sheet1'))
  if (sheet) sheet.content = sheet.content.replace('xmlns=', 'xmlns:x=').replaceAll(/<(\/?)(?=[a-z])/g, '<$1x:')
  const relations = parts.find(({ name }) => name.endsWith('workbook.xml.rels'))
  if (relations) relations.content = relations.content.replace('Target="worksheets/', 'Target="/xl/Worksheets/')
  expect((await read(zip(parts))).frames).toEqual([{ row: 2, text: '{"worker":"w"}' }])
})

const empty = sheetXml([])
const filled = sheetXml([['something']])
const badSheets: [string, Buffer<ArrayBuffer>, RegExp][] = [
  ['an empty workbook', workbook({ sheets: [empty] }), /empty.*must name the columns/],
  ['two sheets with data', list([], { sheets: [empty, filled] }), /sheets 1 and 3 .* both hold data/],
  ['a hidden sheet with data', list([], { sheets: [filled], states: ['visible', 'hidden'] }), /sheet 2 .* is hidden/],
  ['a very hidden sheet with data', list([], { sheets: [filled], states: ['visible', 'veryHidden'] }), /sheet 2 .* is hidden/],
  ['a list that is hidden itself', list([['w']], { states: ['hidden'] }), /sheet 1 .* is hidden/],
  ['a hidden row with data', list([[], [name => `</row><row r="9" hidden="1"><c r="A9" t="str"><v>${name}</v></c>`]]), /row 9 is hidden/],
  ['a row without height', list([[], [() => '</row><row r="9" ht="0" customHeight="1"><c r="A9"><v>1</v></c>']]), /row 9 is hidden/],
  ['rows that are hidden by default', list([['w']], {}, { before: '<sheetFormatPr zeroHeight="1"/>' }), /row 1 is hidden/],
  ['a hidden column with data', list([], {}, { before: '<cols><col min="2" max="3" hidden="1"/></cols>' }), /column B is hidden/],
  ['a column without width', list([], {}, { before: '<cols><col min="5" max="5" width="0"/></cols>' }), /column E is hidden/],
  ['merged cells over the list', list([['w']], {}, { after: '<mergeCells><mergeCell ref="B2:B3"/></mergeCells>' }), /B2:B3 are merged/],
  ['a merged title', list([], {}, { after: '<mergeCells><mergeCell ref="A1:E1"/></mergeCells>' }), /A1:E1 are merged/],
  ['nothing in row 1', workbook({ sheets: [sheetXml([[], columns])] }), /row 1 .* must name the columns/],
  ['a column without a name', workbook({ sheets: [sheetXml([['worker', '', 'passport']])] }), /B1 names no column/],
  ['a name that is a number', workbook({ sheets: [sheetXml([['worker', 5]])] }), /B1 is no text/],
  [
    'a name that is a formula',
    workbook({ sheets: [sheetXml([[name => `<c r="${name}" t="str"><f>1</f><v>worker</v></c>`]])] }),
    /A1 is no text/
  ],
  ['more rows than are taken', list(Array(101).fill(['w'])), /at most 100 rows/]
]
test.each(badSheets)('%s: the file is refused', async (_, file, words) => {
  await expect(read(file)).rejects.toMatchObject({ name: 'DomainError', code: 'invalid', detail: expect.stringMatching(words) })
})

test('what is hidden and empty, merged beside the list, or a chart, is no reason to refuse', async () => {
  const around = {
    before: '<sheetFormatPr/><cols><col min="7" max="16384" hidden="1"/></cols>',
    after: '<mergeCells><mergeCell ref="A9:B9"/><mergeCell ref="H1:J1"/></mergeCells><extLst><ext xmlns:y="urn:y"><y:row/></ext></extLst>'
  }
  const rows = [['w'], [() => '</row><row r="7" hidden="1"><c r="A7"/>']] as const
  expect((await read(list(rows, { sheets: [empty], states: ['visible', 'hidden'] }, around))).frames).toHaveLength(1)
})

describe('a number format', () => {
  const shown: [string, string][] = [
    ...['General', '0', '#,##0', '# ##0', '@', '0;-0'].map(code => [code, 'plain'] as [string, string]),
    ...[
      'dd/mm/yyyy',
      'yyyy-mm-dd',
      'd mmmm yyyy',
      '[$-40C]d mmmm yyyy;@',
      '[$-F800]dddd\\,\\ mmmm\\ dd\\,\\ yyyy',
      'dd"."mm"."yyyy',
      '[Red]d/m/yyyy',
      'dd/mm/yyyy hh:mm:ss',
      '[$-fr-FR]dd/mm/yyyy;@',
      '[$-1801]dd/mm/yyyy'
    ].map(code => [code, 'day'] as [string, string]),
    ...[
      'mmm-yy',
      'dd/mm/yy',
      'dddd',
      'dddd mmmm yyyy',
      'h:mm',
      '[h]:mm:ss',
      'yyyy',
      '[$-1170000]dd/mm/yyyy',
      '[$-2060401]dd/mm/yyyy',
      'B2dd/mm/yyyy',
      '[$-411]ggge"年"m"月"d"日"',
      '[>100]dd/mm/yyyy',
      '"d"mm/yyyy',
      'dd/yyyy hh:mm',
      'dd yyyy mm:ss',
      'mm/yyyy\\d',
      '[$-ar-SA,106]dd/mm/yyyy'
    ].map(code => [code, 'part-of-day'] as [string, string]),
    ...['0%', '0.0E+00', '# ?/?', '"€" #,##0', '0,', ';;;', '[=1]0', ''].map(code => [code, 'other'] as [string, string])
  ]
  test.each(shown)('%s is %s', (code, expected) => {
    expect(shownBy(code)).toEqual(expected)
  })
})

test('days since 1900 and 1904 are those of a calendar that is counted day by day', () => {
  // Zeller, the other way round: no Date, no leap year of 1900.
  const isLeap = (year: number) => (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0
  const lengths = (year: number) => [31, isLeap(year) ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
  const counted = (serial: number, from1904: boolean): string => {
    let left = from1904 ? serial : serial - 2
    let year = from1904 ? 1904 : 1900
    while (left >= lengths(year).reduce((sum, days) => sum + days)) left -= lengths(year++).reduce((sum, days) => sum + days)
    let month = 0
    for (const months = lengths(year); left >= (months[month] as number); month++) left -= months[month] as number
    return `${String(year).padStart(4, '0')}-${String(month + 1).padStart(2, '0')}-${String(left + 1).padStart(2, '0')}`
  }
  fc.assert(
    fc.property(fc.boolean(), fc.integer({ min: 61, max: 2_957_003 }), (from1904, serial) => {
      expect(dayOf(serial, from1904)).toEqual({ day: counted(serial, from1904) })
    })
  )
})

const text = fc.string({
  unit: fc.oneof(fc.constantFrom(...'AZ09 é"<&>_x000A_,;\'', 'ا', '李', '😀'), fc.string({ minLength: 1, maxLength: 1 })),
  maxLength: 12
})
/** What XML can carry, and a line of CSV reads back: no control characters, no half characters. */
const carried = text.filter(
  value => value.isWellFormed() && !/[\u0000-\u001f\u007f-\u009f\ufffe\uffff]/.test(value) && !/_x[0-9A-F]{4}_/.test(value)
)

test('any row says the same as a spreadsheet and as CSV', async () => {
  const row = fc.record(Object.fromEntries(registrationColumns.map(name => [name, carried])) as Record<string, fc.Arbitrary<string>>)
  await fc.assert(
    fc.asyncProperty(fc.array(row, { minLength: 1, maxLength: 4 }), async rows => {
      const file = rows.map(({ worker, ...more }) => ({ ...more, worker: `w${worker}` })) as FileRow[]
      const frames: Frame[] = []
      for await (const frame of csvFrames(chunksOf(Buffer.from(toCsv(file))))) frames.push(frame)
      const [header, ...lines] = frames.map(frame => ('text' in frame ? frame.text : ''))
      const fromCsv = lines.map(csvReader(header as string))
      const fromSheet = (await read(toXlsx(file))).frames.map(frame => ('text' in frame ? readLine(frame.text) : frame))
      expect(fromSheet).toEqual(fromCsv)
    }),
    { numRuns: 60 }
  )
})

async function* chunksOf(bytes: Buffer): AsyncGenerator<Buffer> {
  yield bytes
}
