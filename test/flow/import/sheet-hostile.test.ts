// Files that were made to hurt, or that broke on their way: each is refused as a whole, by a clear word, within bounds of time and memory.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { sheetXml, type WorkbookContent, workbookParts } from '../../../samples/spreadsheet.ts'
import { type ZipPart, zip } from '../../../samples/zip.ts'
import { columnKinds } from '../../../schemas/registration-row.ts'
import { rowBytesMax } from '../../../src/flow/import/frames.ts'
import { sheetLimits } from '../../../src/flow/import/sheet/limits.ts'
import { readSheet } from '../../../src/flow/import/sheet/read-sheet.ts'
import { sheetFrames } from '../../../src/flow/import/sheet/sheet-frames.ts'

const request = { kinds: columnKinds, rowsMax: 100_000, rowBytesMax }
const good = sheetXml([['worker'], ['w']])

const parts = (content: Partial<WorkbookContent> = {}): ZipPart[] => workbookParts({ sheets: [good], ...content })
const sheetName = 'xl/worksheets/sheet1.xml'

/** A whole workbook in which one part is otherwise. */
const changed = (name: string, change: (part: ZipPart) => Partial<ZipPart>, content: Partial<WorkbookContent> = {}): Buffer<ArrayBuffer> =>
  zip(parts(content).map(part => (part.name === name ? { ...part, ...change(part) } : part)))

const withSheet = (xml: string | Buffer): Buffer<ArrayBuffer> => changed(sheetName, () => ({ content: xml, isDeflated: true }))
const replaced = (name: string, from: string | RegExp, to: string): Buffer<ArrayBuffer> =>
  changed(name, ({ content }) => ({ content: String(content).replace(from, to) }))

const whole = zip(parts())
const root = '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
const [tooLarge, unsupported, invalid] = ['too-large', 'unsupported-media-type', 'validation']

const files: [string, Uint8Array, string, RegExp][] = [
  // Another kind of file.
  [
    'an old .xls, or one with a password',
    Buffer.concat([Buffer.from('d0cf11e0a1b11ae1', 'hex'), Buffer.alloc(5_000)]),
    unsupported,
    /password/
  ],
  [
    'an .ods',
    zip([
      { name: 'mimetype', content: 'application/vnd.oasis.opendocument.spreadsheet' },
      { name: 'content.xml', content: '' }
    ]),
    unsupported,
    /\.ods/
  ],
  ['an .xlsb', zip([...parts(), { name: 'xl/workbook.bin', content: '' }]), unsupported, /\.xlsb/],
  [
    'an .xlsm by its type',
    replaced(
      '[Content_Types].xml',
      /ContentType="[^"]*sheet\.main\+xml"/,
      'ContentType="application/vnd.ms-excel.sheet.macroEnabled.main+xml"'
    ),
    unsupported,
    /macros/
  ],
  ['an .xlsm by its program', zip([...parts(), { name: 'xl/vbaProject.bin', content: 'x' }]), unsupported, /macros/],
  [
    'a sheet that is a program',
    replaced('xl/_rels/workbook.xml.rels', 'relationships/worksheet', 'relationships/dialogsheet'),
    unsupported,
    /sheet 1/
  ],
  [
    'a document',
    replaced(
      '[Content_Types].xml',
      /ContentType="[^"]*sheet\.main\+xml"/,
      'ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"'
    ),
    unsupported,
    /no workbook/
  ],
  [
    'an entry with a password',
    changed(sheetName, () => ({ isDeflated: true, local: { flags: 1 }, directory: { flags: 1 } })),
    unsupported,
    /password/
  ],
  // No whole ZIP.
  ['nothing', Buffer.alloc(0), invalid, /does not begin like a spreadsheet/],
  ['CSV', Buffer.from('worker,campaign\n'), invalid, /does not begin like a spreadsheet/],
  ['a file that was cut off', whole.subarray(0, whole.length - 40), invalid, /arrive whole/],
  ['a file whose beginning was cut off', whole.subarray(100), invalid, /does not begin like a spreadsheet/],
  [
    'a file of zeros behind its first bytes',
    Buffer.concat([Buffer.from('PK\u0003\u0004'), Buffer.alloc(100_000)]),
    invalid,
    /arrive whole/
  ],
  ['a ZIP of something else', zip([{ name: 'a.txt', content: 'a' }]), invalid, /a part is missing/],
  ['an empty ZIP', zip([]), invalid, /does not begin like a spreadsheet/],
  // A ZIP that two programs read in two ways.
  ['a wrong checksum', changed(sheetName, () => ({ local: { checksum: 1 }, directory: { checksum: 1 } })), invalid, /another checksum/],
  ['two checksums', changed(sheetName, () => ({ local: { checksum: 1 } })), invalid, /contradicts/],
  ['two names', changed(sheetName, () => ({ local: { name: 'xl/worksheets/sheet2.xml' } })), invalid, /contradicts/],
  ['two lengths', changed(sheetName, () => ({ local: { packedBytes: 5, bytes: 5 } })), invalid, /contradicts/],
  ['two methods', changed(sheetName, () => ({ local: { method: 8 } })), invalid, /contradicts/],
  ['a part twice', zip([...parts(), { name: sheetName, content: good }]), invalid, /a part twice/],
  ['a part twice, in other letters', zip([...parts(), { name: sheetName.toUpperCase(), content: good }]), invalid, /a part twice/],
  [
    'a part inside of another',
    changed('xl/styles.xml', () => ({ local: { name: '_rels/.rels' }, directory: { name: '_rels/.rels2', offset: 0 } })),
    invalid,
    /contradicts|overlap/
  ],
  ['a name that climbs out', zip([...parts(), { name: '../../etc/passwd', content: 'x' }]), invalid, /directory cannot be read/],
  ['a name from the root', zip([...parts(), { name: '/etc/passwd', content: 'x' }]), invalid, /directory cannot be read/],
  [
    'a part behind the end of the file',
    changed(sheetName, () => ({ directory: { offset: 0x7fffffff } })),
    invalid,
    /directory cannot be read/
  ],
  [
    'ZIP64 lengths that are not there',
    changed(sheetName, () => ({ directory: { packedBytes: 0xffffffff, bytes: 0xffffffff } })),
    invalid,
    /directory cannot be read/
  ],
  ['more entries than there are', zip(parts(), { entries: 4_000 }), tooLarge, /2000 parts/],
  [
    'fewer bytes than promised',
    changed(sheetName, () => ({ isDeflated: true, local: { bytes: 9_999 }, directory: { bytes: 9_999 } })),
    invalid,
    /cannot be opened/
  ],
  [
    'more bytes than promised',
    changed(sheetName, () => ({ isDeflated: true, local: { bytes: 9 }, directory: { bytes: 9 } })),
    invalid,
    /cannot be opened/
  ],
  ['an unusual compression', changed(sheetName, () => ({ local: { method: 12 }, directory: { method: 12 } })), invalid, /unusual way/],
  ['what is no deflate', changed(sheetName, () => ({ local: { method: 8 }, directory: { method: 8 } })), invalid, /cannot be opened/],
  // Bombs.
  ['a part that grows a thousandfold', withSheet(Buffer.alloc(64 * 1024 * 1024, 0x20)), tooLarge, /200 times/],
  [
    'a part that says that it does not',
    changed(sheetName, () => ({
      content: Buffer.alloc(64 * 1024 * 1024, 0x20),
      isDeflated: true,
      local: { bytes: 1_000 },
      directory: { bytes: 1_000 }
    })),
    invalid,
    /cannot be opened/
  ],
  [
    'a part that says that it is endless',
    changed(sheetName, () => ({
      local: { packedBytes: 4_000_000, bytes: 600_000_000 },
      directory: { packedBytes: 4_000_000, bytes: 600_000_000 }
    })),
    invalid,
    /directory cannot be read|cannot be opened/
  ],
  ['2,001 parts', zip(Array.from({ length: 2_001 }, (_, place) => ({ name: `a${place}`, content: '' }))), tooLarge, /2000 parts/],
  // XML.
  ['a DOCTYPE', withSheet(`<!DOCTYPE a [<!ENTITY e SYSTEM "file:///etc/passwd">]>${root}<sheetData/></worksheet>`), invalid, /DOCTYPE/],
  ['an entity that nobody defined', withSheet(good.replace('>w<', '>&e;<')), invalid, /well-formed/],
  ['an entity of HTML', withSheet(good.replace('>w<', '>&eacute;<')), invalid, /well-formed/],
  ['a DOCTYPE in the relations', replaced('_rels/.rels', '<Relationships', '<!DOCTYPE a []><Relationships'), invalid, /DOCTYPE/],
  ['a processing instruction', withSheet(good.replace('<sheetData>', '<?php 1 ?><sheetData>')), invalid, /processing instruction/],
  ['what is not closed', withSheet(good.slice(0, -12)), invalid, /well-formed/],
  ['a character that XML does not have', withSheet(good.replace('>w<', '>\u0001<')), invalid, /well-formed/],
  ['what is not UTF-8', withSheet(Buffer.from(good.replace('>w<', '>é<'), 'latin1')), invalid, /not UTF-8/],
  ['what says that it is not UTF-8', withSheet(good.replace('UTF-8', 'ISO-8859-1')), invalid, /not UTF-8/],
  ['UTF-16', withSheet(Buffer.from(`\ufeff${good}`, 'utf16le')), invalid, /not UTF-8|well-formed/],
  ['elements nested a thousand deep', withSheet(`${root}${'<a>'.repeat(1_000)}`), invalid, /nested deeper/],
  ['a tag without an end', withSheet(`${root}<a b="${Array.from({ length: 300_000 }, (_, at) => at).join(' ')}"`), invalid, /endless/],
  ['another language', withSheet('<html xmlns="http://www.w3.org/1999/xhtml"/>'), invalid, /language/],
  ['elements of another language', withSheet(good.replace('<row ', '<row xmlns="urn:x" ')), invalid, /not expected/],
  ['what is not expected in a row', withSheet(good.replace('</row>', '<d/></row>')), invalid, /not expected/],
  // Sheets that no program writes.
  [
    'a text that is not there',
    withSheet(`${root}<sheetData><row r="1"><c r="A1" t="s"><v>0</v></c></row></sheetData></worksheet>`),
    invalid,
    /text that is not there/
  ],
  [
    'a text below zero',
    withSheet(`${root}<sheetData><row r="1"><c r="A1" t="s"><v>-1</v></c></row></sheetData></worksheet>`),
    invalid,
    /text that is not there/
  ],
  ['a cell of another row', withSheet(good.replace('r="A2"', 'r="A3"')), invalid, /not in order/],
  ['a cell twice', withSheet(good.replace(/(<c r="A2".*?<\/c>)/, '$1$1')), invalid, /not in order/],
  ['a row twice', withSheet(good.replace('<row r="2"', '<row r="1"').replace('r="A2"', 'r="A1"')), invalid, /not in order/],
  [
    'two values in a cell',
    withSheet(good.replace('</is></c></row></sheetData>', '</is><v>1</v></c></row></sheetData>')),
    invalid,
    /two values/
  ],
  [
    'an element inside of a value',
    withSheet(good.replace(/<c r="A2".*?<\/c>/, '<c r="A2" t="str"><v>w<b>x</b></v></c>')),
    invalid,
    /not expected/
  ],
  ['an element inside of a text', withSheet(good.replace('>w<', '>w<b>x</b><')), invalid, /not expected/],
  ['a row whose number is hexadecimal', withSheet(good.replace('<row r="2"', '<row r="0x2"')), invalid, /not in order/],
  ['a row whose number has an exponent', withSheet(good.replace('<row r="2"', '<row r="2e0"')), invalid, /not in order/],
  ['a row without a number in its name', withSheet(good.replace('<row r="2"', '<row r=""')), invalid, /not in order/],
  [
    'a column whose number is hexadecimal',
    withSheet(good.replace('<sheetData>', '<cols><col min="0x1" max="1"/></cols><sheetData>')),
    invalid,
    /cannot have/
  ],
  ['two lists in a sheet', withSheet(good.replace('</worksheet>', '<sheetData/></worksheet>')), invalid, /twice/],
  [
    'columns that are hidden behind the list',
    withSheet(good.replace('</worksheet>', '<cols><col min="1" max="1" hidden="1"/></cols></worksheet>')),
    invalid,
    /not in order/
  ],
  ['a column 0', withSheet(good.replace('<sheetData>', '<cols><col min="0" max="1"/></cols><sheetData>')), invalid, /cannot have/],
  ['two years to count from', replaced('xl/workbook.xml', '<workbookPr/>', '<workbookPr/><workbookPr date1904="1"/>'), invalid, /twice/],
  ['column 16,385', withSheet(good.replace('r="A2"', 'r="XFE2"')), invalid, /not in order/],
  ['row 1,048,577', withSheet(good.replace('<row r="2"', '<row r="1048577"').replace('r="A2"', 'r="A1048577"')), invalid, /not in order/],
  ['a kind of cell that is not known', withSheet(good.replaceAll('t="inlineStr"', 't="__proto__"')), invalid, /not known/],
  ['a text of 40,000 letters', withSheet(sheetXml([['worker'], ['x'.repeat(40_000)]])), invalid, /32767/],
  ['a sheet that is not there', replaced('xl/workbook.xml', 'r:id="r1"', 'r:id="r9"'), invalid, /a sheet is missing/],
  [
    'a sheet that lies outside',
    replaced('xl/_rels/workbook.xml.rels', 'Target="worksheets/sheet1.xml"', 'Target="https://example.org/" TargetMode="External"'),
    invalid,
    /a sheet is missing/
  ],
  [
    'a sheet above the root',
    replaced('xl/_rels/workbook.xml.rels', 'worksheets/sheet1.xml', '../../../../../etc/passwd'),
    invalid,
    /a part is missing/
  ],
  ['a workbook without sheets', replaced('xl/workbook.xml', /<sheets>.*<\/sheets>/, '<sheets/>'), invalid, /no sheet/],
  [
    'one sheet twice',
    changed('xl/_rels/workbook.xml.rels', ({ content }) => ({ content: String(content).replace('sheet2.xml', 'sheet1.xml') }), {
      sheets: [good, good]
    }),
    invalid,
    /two sheets are one/
  ],
  ['257 sheets', replaced('xl/workbook.xml', /(<sheet .*?\/>)/, '$1'.repeat(257)), tooLarge, /256 sheets/]
]

test.each(files)('%s is refused, and the words say what to do', async (_, file, slug, words) => {
  const refused = await readSheet({ ...request, file }).catch(error => error)
  expect(refused).toMatchObject({ name: 'DomainError', code: 'invalid', slug, detail: expect.stringMatching(words) })
  expect(refused.detail).toMatch(/: .*(?:send|save|delete|put)/)
})

async function* inPieces(file: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < file.length; at += 65_536) yield file.subarray(at, at + 65_536)
}

const open = AbortSignal.any([])

test('a short file whose cells all share one long text is refused before its rows are made', async () => {
  const cells = Array.from({ length: 2_000 }, () => '<c t="s"><v>1</v></c>').join('')
  const sheet = `${root}<sheetData><row><c t="s"><v>0</v></c></row>${`<row>${cells}</row>`.repeat(100)}</sheetData></worksheet>`
  const file = zip(workbookParts({ sheets: [sheet], texts: ['<t>worker</t>', `<t>${'x'.repeat(32_000)}</t>`] }))
  await expect(readSheet({ ...request, file })).rejects.toMatchObject({ slug: tooLarge, detail: expect.stringContaining('row 2 ') })
})

test('whatever is altered in a file, it is read or refused, and never a surprise', async () => {
  const file = zip(parts({ texts: ['<t>worker</t>'], formats: [0, 14] }).map(part => ({ ...part, isDeflated: part.name !== sheetName })))
  const change = fc.record({ at: fc.nat(file.length - 1), to: fc.nat(255), cut: fc.boolean() })
  await fc.assert(
    fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 3 }), async changes => {
      const altered = Buffer.from(file)
      for (const { at, to } of changes) altered[at] = to
      const end = changes[0]?.cut ? altered.length - (changes[0].at % 200) : altered.length
      const answer = await readSheet({ ...request, file: altered.subarray(0, end) }).catch(error => error)
      expect(answer instanceof Error ? answer.name : 'read').toMatch(/^(?:DomainError|read)$/)
    }),
    { numRuns: 400 }
  )
})

test('a sheet of empty cells as wide as a sheet can be, and one of as many rows, end within bounds while others are served', async () => {
  const wide = `<row>${'<c/>'.repeat(sheetLimits.columnsMax)}</row>`
  const long = '<row/>'.repeat(sheetLimits.rowsMax)
  const padding = () => crypto.getRandomValues(Buffer.alloc(65_536)).toString('hex')
  // What cannot be packed stands between, since what repeats itself alone is refused by its ratio.
  const noise = Array.from({ length: 8 }, () => `<!--${padding()}-->`).join('')
  let turns = 0
  const serving = setInterval(() => turns++, 10)
  for (const rows of [wide.repeat(20) + noise, long + noise]) {
    const file = withSheet(`${root}<sheetData>${rows}</sheetData></worksheet>`)
    await expect(sheetFrames(inPieces(file), request, open)).rejects.toMatchObject({ detail: expect.stringMatching(/empty/) })
  }
  clearInterval(serving)
  expect(turns).toBeGreaterThan(5)
}, 30_000)

test('a gateway that closes says so to whoever has a spreadsheet read', async () => {
  const closing = new AbortController()
  const reading = sheetFrames(inPieces(zip(parts())), request, closing.signal)
  closing.abort()
  await expect(reading).rejects.toMatchObject({ code: 'unavailable', detail: expect.stringContaining('send the file again') })
  // The next one has its turn.
  const { header, frames } = await sheetFrames(inPieces(zip(parts())), request, open)
  expect([header, await frames.next()]).toEqual([['worker'], { done: false, value: { row: 2, text: '{"worker":"w"}' } }])
  // What was read is not handed on when nobody will store it.
  const later = new AbortController()
  const between = await sheetFrames(inPieces(zip(parts())), request, later.signal)
  later.abort()
  await expect(between.frames.next()).rejects.toMatchObject({ code: 'unavailable' })
})

test('one that takes too long or too much memory is ended, and who has waited too long is told to come again', async () => {
  const limits = { waitMs: 60_000, readMs: 60_000, heapMiB: 384 }
  const long = zip(parts({ sheets: [sheetXml([['worker'], ...Array.from({ length: 30_000 }, (_, row) => [`w-${row}`])])] }))
  const late = sheetFrames(inPieces(long), request, open, { ...limits, readMs: 1 })
  await expect(late).rejects.toMatchObject({ slug: tooLarge, detail: expect.stringMatching(/takes longer/) })
  const fat = sheetFrames(inPieces(long), request, open, { ...limits, heapMiB: 6 })
  await expect(fat).rejects.toMatchObject({ slug: tooLarge, detail: expect.stringMatching(/more memory/) })
  const { promise: arrived, resolve: arrive } = Promise.withResolvers<void>()
  const toItsEnd = async function* () {
    yield long
    arrive()
  }
  const first = sheetFrames(toItsEnd(), request, open, limits)
  await arrived
  // It takes its turn when it has arrived, before anything else is heard of.
  await new Promise(setImmediate)
  const second = sheetFrames(inPieces(zip(parts())), request, open, { ...limits, waitMs: 1 })
  await expect(second).rejects.toMatchObject({ code: 'unavailable', retryAfterSeconds: 30 })
  expect((await first).header).toEqual(['worker'])
})

test('long blanks and formats without an end cost what they are long', async () => {
  const blank = `<is><t>a${' '.repeat(30_000)}b</t></is>`
  const rows = Array.from({ length: 60 }, (_, row) => `<row r="${row + 2}"><c t="inlineStr">${blank}</c></row>`).join('')
  const sheet = good.replace(/<row r="2".*<\/row>/, rows)
  const file = zip(parts({ sheets: [sheet], formats: ['['.repeat(900_000), `"${'[$'.repeat(400_000)}`] }))
  const startedAt = performance.now()
  expect((await readSheet({ ...request, file })).frames.ends).toHaveLength(60)
  expect(performance.now() - startedAt).toBeLessThan(5_000)
})

test('spreadsheets that come together are all read', async () => {
  const read = await Promise.all(Array.from({ length: 4 }, () => sheetFrames(inPieces(zip(parts())), request, open)))
  expect(read.map(({ header }) => header)).toEqual(Array(4).fill(['worker']))
})
