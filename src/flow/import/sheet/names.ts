// The names that OOXML gives to its parts: what Excel writes by default, and in its strict form (ISO/IEC 29500).

export const spreadsheetNamespaces = [
  'http://schemas.openxmlformats.org/spreadsheetml/2006/main',
  'http://purl.oclc.org/ooxml/spreadsheetml/main'
]
export const relationNamespaces = ['http://schemas.openxmlformats.org/package/2006/relationships']
export const typeNamespaces = ['http://schemas.openxmlformats.org/package/2006/content-types']

const relationTypes = [
  'http://schemas.openxmlformats.org/officeDocument/2006/relationships/',
  'http://purl.oclc.org/ooxml/officeDocument/relationships/'
]

/** What a relation leads to, as `worksheet`; the whole type where it is none of OOXML's own. */
export const relationKind = (type: string): string => {
  const own = relationTypes.find(prefix => type.startsWith(prefix))
  return own === undefined ? type : type.slice(own.length)
}

/** C17 for row 17 of the third column. */
export const cellName = (row: number, column: number): string => `${columnName(column)}${row}`

/** From 1. */
export const columnName = (column: number): string => {
  let name = ''
  for (let left = column; left > 0; left = Math.floor((left - 1) / 26)) name = String.fromCharCode(65 + ((left - 1) % 26)) + name
  return name
}

/** The row and column that C17 names, or null. */
export const cellAt = (name: string): { row: number; column: number } | null => {
  const [, letters, digits] = /^([A-Z]{1,3})([1-9][0-9]{0,6})$/.exec(name) ?? []
  if (letters === undefined) return null
  let column = 0
  for (let at = 0; at < letters.length; at++) column = column * 26 + letters.charCodeAt(at) - 64
  return { row: Number(digits), column }
}

/** A number as XML writes it, NaN where there is none: JavaScript alone would read 0x7EA and an empty text as well, and no spreadsheet program does. */
export const numberOf = (text: string): number => (/^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[Ee][+-]?\d+)?$/.test(text) ? Number(text) : Number.NaN)

/** A place or a count as XML writes it, NaN where there is none. */
export const countOf = (text = ''): number => (/^\s*\d{1,9}\s*$/.test(text) ? Number(text) : Number.NaN)
