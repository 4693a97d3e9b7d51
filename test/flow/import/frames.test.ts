// Rows cut out of a stream, wherever its chunks end.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { csvFrames, type Frame, lineFrames, rowBytesMax } from '../../../src/flow/import/frames.ts'

type Frames = (chunks: AsyncIterable<Uint8Array>) => AsyncGenerator<Frame>

const cut = async (frames: Frames, bytes: Uint8Array, sizes: readonly number[] = [bytes.length || 1]): Promise<string[]> => {
  async function* chunks() {
    for (let from = 0, i = 0; from < bytes.length; i++) {
      const size = sizes[i % sizes.length] as number
      yield bytes.subarray(from, from + size)
      from += size
    }
  }
  const rows: string[] = []
  for await (const frame of frames(chunks())) rows.push('text' in frame ? frame.text : `!${frame.fault.code}`)
  return rows
}

const utf8 = (text: string) => new TextEncoder().encode(text)

describe('rows of CSV', () => {
  const given: [string, string, string[]][] = [
    ['line feeds', 'a,b\n1,2\n', ['a,b', '1,2']],
    ['CRLF, no end at the last row', 'a,b\r\n1,2', ['a,b', '1,2']],
    ['a byte order mark', '\uFEFFa,b\n1,2\n', ['a,b', '1,2']],
    ['empty lines', 'a\n\n\r\n1\n\n', ['a', '1']],
    ['Arabic', 'الإدريسي,ب\n', ['الإدريسي,ب']],
    ['a line end in quotes', 'a,"x\ny"\n1,2\n', ['a,"x\ny"', '1,2']],
    ['doubled quotes', 'a,"x ""\n"" y"\n1\n', ['a,"x ""\n"" y"', '1']],
    ['a quote never closed: its line alone is lost', 'a,"x\n1,2\n3,4\n', ['!csv-quote', '1,2', '3,4']],
    ['a quote inside a plain cell: its line alone is lost', 'a\n1,O"B\n2\n3,"4"\n', ['a', '1,O"B', '2', '3,"4"']],
    ['a quote closed too early: its line alone is lost', 'a\n"x"y,1\n2\n"3\n4"z\n5\n', ['a', '"x"y,1', '2', '"3', '4"z', '5']],
    ['a lone byte order mark', '\uFEFF', []],
    ['nothing', '', []]
  ]
  it.each(given)('are found with %s', async (_, text, rows) => {
    expect(await cut(csvFrames, utf8(text))).toEqual(rows)
    expect(await cut(csvFrames, utf8(text), [1])).toEqual(rows)
  })

  it('lose a row that is too long and nothing else, however the quotes stand', async () => {
    const long = 'x'.repeat(rowBytesMax + 1)
    expect(await cut(csvFrames, utf8(`a\n${long}\nb\n`), [4_096])).toEqual(['a', '!row-too-long', 'b'])
    expect(await cut(csvFrames, utf8(`a\n"${long}\nb\n`), [4_096])).toEqual(['a', '!row-too-long', 'b'])
    expect(await cut(csvFrames, utf8(`a\n"${'x\n'.repeat(40_000)}b\n`), [4_096])).toContain('!csv-quote')
    expect(await cut(lineFrames, utf8(`a\n${long}${long}\nb\n`), [4_096])).toEqual(['a', '!row-too-long', 'b'])
  })

  it('that are not UTF-8 are told apart', async () => {
    expect(await cut(csvFrames, Buffer.concat([utf8('a\n'), Buffer.from([0xe9, 0x0a]), utf8('b\n')]))).toEqual(['a', '!not-utf-8', 'b'])
  })

  it('do not depend on where chunks end', async () => {
    const cell = fc.stringMatching(/^[a"\n,é]{0,6}$/)
    await fc.assert(
      fc.asyncProperty(
        fc.array(cell, { maxLength: 20 }),
        fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 5 }),
        async (parts, sizes) => {
          const bytes = utf8(parts.join(''))
          expect(await cut(csvFrames, bytes, sizes)).toEqual(await cut(csvFrames, bytes))
          expect(await cut(lineFrames, bytes, sizes)).toEqual(await cut(lineFrames, bytes))
        }
      )
    )
  })
})
