// A file of registrations as a spreadsheet: every cell is text, in columns formatted as text.
import { registrationColumns } from '../schemas/registration-row.ts'
import type { FileRow } from './registration-file.ts'
import { type ZipPart, zip } from './zip.ts'

/** The file as XLSX with its header in row 1; empty cells are left out. */
export const toXlsx = (rows: readonly FileRow[]): Buffer<ArrayBuffer> =>
  zip(
    workbookParts({
      sheets: [
        sheetXml(
          [Object.fromEntries(registrationColumns.map(name => [name, name])), ...rows].map(row =>
            registrationColumns.map(name => row[name])
          )
        )
      ],
      formats: [49]
    })
  )

export interface WorkbookContent {
  /** The XML of each sheet. */
  sheets: readonly string[]
  /** Of each sheet, where it is not visible. */
  states?: readonly string[]
  /** Number formats of the cells: the number of a built-in one, or a code. */
  formats?: readonly (number | string)[]
  /** The XML inside of each shared text. */
  texts?: readonly string[]
  isCountedFrom1904?: boolean
}

const main = 'http://schemas.openxmlformats.org/spreadsheetml/2006/main'
const relations = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships'
const packageRelations = 'http://schemas.openxmlformats.org/package/2006/relationships'
const types = 'application/vnd.openxmlformats-officedocument.spreadsheetml'

export const workbookParts = (content: WorkbookContent): ZipPart[] => {
  const { sheets, states = [], formats = [0], texts, isCountedFrom1904 = false } = content
  const parts = [
    ...sheets.map((_, place) => ({ file: `worksheets/sheet${place + 1}.xml`, type: 'worksheet' })),
    { file: 'styles.xml', type: 'styles' },
    ...(texts === undefined ? [] : [{ file: 'sharedStrings.xml', type: 'sharedStrings' }])
  ]
  const list = sheets.map((_, place) => `<sheet name="S${place + 1}" sheetId="${place + 1}" r:id="r${place + 1}"${state(states[place])}/>`)
  return [
    {
      name: '[Content_Types].xml',
      content: xml(
        `<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Override PartName="/xl/workbook.xml" ContentType="${types}.sheet.main+xml"/>${parts
          .map(({ file, type }) => `<Override PartName="/xl/${file}" ContentType="${types}.${type}+xml"/>`)
          .join('')}</Types>`
      )
    },
    {
      name: '_rels/.rels',
      content: xml(
        `<Relationships xmlns="${packageRelations}"><Relationship Id="r1" Type="${relations}/officeDocument" Target="xl/workbook.xml"/></Relationships>`
      )
    },
    {
      name: 'xl/workbook.xml',
      content: xml(
        `<workbook xmlns="${main}" xmlns:r="${relations}"><workbookPr${isCountedFrom1904 ? ' date1904="1"' : ''}/><sheets>${list.join('')}</sheets></workbook>`
      )
    },
    {
      name: 'xl/_rels/workbook.xml.rels',
      content: xml(
        `<Relationships xmlns="${packageRelations}">${parts.map(({ file, type }, place) => `<Relationship Id="r${place + 1}" Type="${relations}/${type}" Target="${file}"/>`).join('')}</Relationships>`
      )
    },
    ...sheets.map((sheet, place) => ({ name: `xl/worksheets/sheet${place + 1}.xml`, content: sheet })),
    { name: 'xl/styles.xml', content: stylesXml(formats) },
    ...(texts === undefined
      ? []
      : [{ name: 'xl/sharedStrings.xml', content: xml(`<sst xmlns="${main}">${texts.map(text => `<si>${text}</si>`).join('')}</sst>`) }])
  ]
}

const state = (hidden: string | undefined): string => (hidden === undefined ? '' : ` state="${hidden}"`)

/** A cell's content: text, a number, or a function that is given the cell's name and writes its XML. */
export type CellContent = string | number | ((name: string) => string) | undefined

/** @param around what stands before and behind the rows */
export const sheetXml = (rows: readonly (readonly CellContent[])[], around: { before?: string; after?: string } = {}): string =>
  xml(
    `<worksheet xmlns="${main}">${around.before ?? ''}<sheetData>${rows
      .map(
        (cells, row) => `<row r="${row + 1}">${cells.map((cell, column) => cellXml(cell, `${letters(column)}${row + 1}`)).join('')}</row>`
      )
      .join('')}</sheetData>${around.after ?? ''}</worksheet>`
  )

const cellXml = (content: CellContent, name: string): string => {
  if (content === undefined || content === '') return ''
  if (typeof content === 'function') return content(name)
  if (typeof content === 'number') return `<c r="${name}"><v>${content}</v></c>`
  return `<c r="${name}" t="inlineStr"><is><t xml:space="preserve">${escaped(content)}</t></is></c>`
}

const letters = (column: number): string =>
  column < 26 ? String.fromCharCode(65 + column) : `${letters(Math.floor(column / 26) - 1)}${letters(column % 26)}`

const stylesXml = (formats: readonly (number | string)[]): string => {
  const codes = formats.flatMap((format, place) => (typeof format === 'string' ? [[200 + place, format] as const] : []))
  return xml(
    `<styleSheet xmlns="${main}"><numFmts count="${codes.length}">${codes
      .map(([id, code]) => `<numFmt numFmtId="${id}" formatCode="${escaped(code)}"/>`)
      .join(
        ''
      )}</numFmts><fonts count="1"><font/></fonts><fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill></fills><borders count="1"><border/></borders><cellStyleXfs count="1"><xf/></cellStyleXfs><cellXfs count="${formats.length}">${formats
      .map((format, place) => `<xf numFmtId="${typeof format === 'number' ? format : 200 + place}" xfId="0"/>`)
      .join('')}</cellXfs></styleSheet>`
  )
}

const xml = (content: string): string => `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n${content}`

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')
