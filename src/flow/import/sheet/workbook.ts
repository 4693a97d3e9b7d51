// Finds the parts of a workbook: its sheets in the order of their tabs, its texts and formats, and from which year it counts days.
import { says } from '../../words/words.ts'
import type { Archive } from './archive.ts'
import { sheetLimits } from './limits.ts'
import { type Attributes, onlyOnce, type Shape, walk } from './markup.ts'
import { relationKind, relationNamespaces, spreadsheetNamespaces, typeNamespaces } from './names.ts'
import { damaged, otherFormat, tooMuch, unclear } from './refuse.ts'

export interface Workbook {
  sheets: readonly Sheet[]
  texts: string | null
  formats: string | null
  isCountedFrom1904: boolean
}

export interface Sheet {
  /** Of its tab, from 1: a sheet's name may be somebody's. */
  place: number
  isHidden: boolean
  part: string
}

/** @throws DomainError when it is another kind of document, or a workbook with macros */
export const readWorkbook = async (archive: Archive): Promise<Workbook> => {
  refuseOthers(archive)
  const main = (await relationsOf(archive, '')).find(({ kind }) => kind === 'officeDocument')?.part
  if (main === undefined) throw damaged(says('damage-workbook'))
  await refuseOtherTypes(archive, main)
  const relations = await relationsOf(archive, main)
  const { found, isCountedFrom1904 } = await readSheets(archive, main)
  const sheets = found.flatMap(({ relation, isHidden }, place) => {
    const to = relations.find(({ id }) => id === relation)
    if (to === undefined) throw damaged(says('damage-sheet'))
    if (to.kind === 'chartsheet') return []
    if (to.kind !== 'worksheet') throw otherFormat(says('other-sheet', { place: place + 1 }))
    return [{ place: place + 1, isHidden, part: to.part }]
  })
  if (new Set(sheets.map(({ part }) => part)).size < sheets.length) throw damaged(says('damage-sheets-one'))
  const only = (kind: string): string | null => {
    const [first, second] = relations.filter(relation => relation.kind === kind)
    if (second !== undefined) throw damaged(says('damage-two-parts', { kind }))
    return first?.part ?? null
  }
  return { sheets, texts: only('sharedStrings'), formats: only('styles'), isCountedFrom1904 }
}

const refuseOthers = (archive: Archive): void => {
  if (archive.has('mimetype') && archive.has('content.xml')) throw otherFormat(says('other-ods'))
  if (archive.has('xl/workbook.bin')) throw otherFormat(says('other-xlsb'))
  for (const name of archive.names()) if (name.endsWith('vbaproject.bin')) throw otherFormat(says('other-macros'))
}

const workbookType = 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml'

const refuseOtherTypes = async (archive: Archive, main: string): Promise<void> => {
  let type: string | undefined
  let byExtension: string | undefined
  const override = ({ PartName = '', ContentType }: Attributes) => {
    if (PartName.toLowerCase() === `/${main}`) type = ContentType
  }
  const extension = ({ Extension = '', ContentType }: Attributes) => {
    if (main.endsWith(`.${Extension.toLowerCase()}`)) byExtension = ContentType
  }
  await walk(archive.open('[content_types].xml', sheetLimits.otherPartBytesMax), typeNamespaces, {
    Types: { children: { Override: { open: override }, Default: { open: extension } } }
  })
  const found = type ?? byExtension ?? ''
  if (/macroEnabled/i.test(found)) throw otherFormat(says('other-macros'))
  if (found !== workbookType) throw otherFormat(says('other-no-workbook'))
}

interface Relation {
  id: string
  kind: string
  part: string
}

/** The relations of a part; of the whole package where `part` is ''. Those that lead outside are left out: nothing of them is ever opened. */
const relationsOf = async (archive: Archive, part: string): Promise<Relation[]> => {
  const folder = part.slice(0, part.lastIndexOf('/') + 1)
  const relations: Relation[] = []
  const relation = ({ Id = '', Type = '', Target = '', TargetMode }: Attributes) => {
    if (TargetMode === 'External') return
    if (relations.length >= sheetLimits.partsMax) throw tooMuch(says('much-relations'))
    relations.push({ id: Id, kind: relationKind(Type), part: resolve(folder, Target) })
  }
  const file = `${folder}_rels/${part.slice(folder.length)}.rels`
  await walk(archive.open(file, sheetLimits.otherPartBytesMax), relationNamespaces, {
    Relationships: { children: { Relationship: { open: relation } } }
  })
  return relations
}

/** A part's name in small letters. One that climbs out of the package is a name that no part has. */
const resolve = (folder: string, target: string): string => {
  const steps: string[] = []
  for (const step of (target.startsWith('/') ? target : `/${folder}${target}`).toLowerCase().split('/')) {
    if (step === '..') steps.pop()
    else if (step !== '' && step !== '.') steps.push(step)
  }
  return steps.join('/')
}

const readSheets = async (
  archive: Archive,
  main: string
): Promise<{ found: { relation: string; isHidden: boolean }[]; isCountedFrom1904: boolean }> => {
  const found: { relation: string; isHidden: boolean }[] = []
  let isCountedFrom1904 = false
  const sheet: Shape = {
    open: attributes => {
      if (found.length >= sheetLimits.sheetsMax) throw tooMuch(says('much-sheets', { max: sheetLimits.sheetsMax }))
      const relation = Object.entries(attributes).find(([name]) => name.endsWith(':id'))?.[1] ?? ''
      found.push({ relation, isHidden: (attributes.state ?? 'visible') !== 'visible' })
    }
  }
  const properties: Shape = {
    open: ({ date1904 = '0' }) => {
      isCountedFrom1904 = isTrue(date1904)
    }
  }
  await walk(archive.open(main, sheetLimits.otherPartBytesMax), spreadsheetNamespaces, {
    workbook: { children: { workbookPr: onlyOnce(properties), sheets: onlyOnce({ children: { sheet }, isClosed: true }) } }
  })
  if (found.length === 0) throw unclear(says('sheet-none'))
  return { found, isCountedFrom1904 }
}

/** As XML Schema writes a boolean. */
export const isTrue = (value: string | undefined): boolean => value === '1' || value === 'true'
