// A document that is cut comes back byte for byte, and neither frame nor commitments tell of its rows.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Span } from '../../adapters/contract.ts'
import { rowsOfJson, rowsOfJws, rowsOfXml, writeRows } from '../../adapters/lib/rows.ts'
import { aloneInDocument, aroundKey, cutDocument, joinDocument, NotCut, packRow, unpackRow } from '../../src/trust/frame.ts'
import { NotOpened, open, seal } from '../../src/trust/seal.ts'

const rowsOf = fc.array(fc.jsonValue(), { minLength: 0, maxLength: 8 })
const head = fc.dictionary(
  fc.string().filter(name => name !== 'rows' && name !== '__proto__' && !/^\d+$/.test(name)),
  fc.oneof(fc.string(), fc.integer())
)
const partsOf = (text: string, rows: readonly Span[]) => rows.map(({ from, to }) => text.slice(from, to))
const jws = (payload: string) => `eyJhbGciOiJFUzI1NiJ9.${Buffer.from(payload).toString('base64url')}.c2ln`

describe('where rows stand', () => {
  test('in JSON that we write: as JSON.stringify has it, each row where it is said', () => {
    fc.assert(
      fc.property(head, rowsOf, (beside, values) => {
        const { body, rows } = writeRows(beside, 'rows', values)
        expect(body).toBe(JSON.stringify({ ...beside, rows: values }))
        expect(partsOf(body, rows)).toEqual(values.map(value => JSON.stringify(value)))
      })
    )
  })

  test('in JSON that a partner wrote, however it is spaced', () => {
    fc.assert(
      fc.property(head, rowsOf, fc.constantFrom(undefined, 2, '\t'), (beside, values, spaces) => {
        const text = JSON.stringify({ ...beside, rows: values }, null, spaces)
        const rows = rowsOfJson(text, 'rows', Object.keys(beside))
        expect(partsOf(text, rows ?? []).map(part => JSON.parse(part) as unknown)).toEqual(JSON.parse(JSON.stringify(values)))
        expect(rows).not.toBeNull()
      })
    )
  })

  test.each([
    ['a member that nobody expects', '{"message":"M","worker":"FATIMA","rows":[{}]}'],
    ['a member that holds more than a value', '{"message":{"about":"FATIMA"},"rows":[{}]}'],
    ['rows named twice', '{"message":"M","rows":[{}],"rows":[{"a":1}]}'],
    ['rows that are no list', '{"message":"M","rows":{"0":{}}}'],
    ['no rows', '{"message":"M"}'],
    ['no object', '[{"rows":[]}]']
  ])('nowhere, with %s: the document is kept whole', (_, text) => {
    expect(rowsOfJson(text, 'rows', ['message'])).toBeNull()
  })

  test('in XML, whatever the prefix and whatever stands in comments and CDATA', () => {
    const xml = '<a:L><!-- <a:R>no</a:R> --><a:R n="1>2">x</a:R> <R><![CDATA[</R>]]></R><RR/><a:R\n>y</a:R></a:L>'
    expect(partsOf(xml, rowsOfXml(xml, 'R'))).toEqual(['<a:R n="1>2">x</a:R>', '<R><![CDATA[</R>]]></R>', '<a:R\n>y</a:R>'])
  })
})

describe('cutting', () => {
  test('gives a frame without the rows; put back they are the very document', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'grapheme' })), { maxLength: 6 }),
        fc.string(),
        (pieces, end) => {
          let body = ''
          const rows = pieces.map(([before, row]) => {
            body += before
            const from = body.length
            body += row
            return { from, to: body.length }
          })
          body += end
          const cut = cutDocument(body, { within: 'text', rows })
          expect(
            joinDocument(
              cut.frame,
              cut.rows.map(row => row.text)
            )
          ).toBe(body)
          expect(cut.rows.map(row => unpackRow(packRow(row)))).toEqual(cut.rows)
        }
      )
    )
  })

  test('a compact JWS inside its payload: its signature is taken off the frame, and still fits the bytes that come back', () => {
    const payload = '{"message":"Ñ–1", "rows":[ {"k":"ä"},{"k":"€"} ], "iat":1}'
    const rows = rowsOfJws(jws(payload), 'rows', ['message'])
    const cut = cutDocument(`${jws(payload)}\n`, rows ?? expect.fail('not told apart'))
    const texts = cut.rows.map(row => row.text)
    expect(`${cut.around?.before}${joinDocument(cut.frame, texts)}${cut.around?.after}`).toBe(`${jws(payload)}\n`)
    for (const told of ['ä', 'c2ln']) expect(JSON.stringify(cut.frame)).not.toContain(told)
    expect(aloneInDocument(cut.frame, cut.rows[1]?.text ?? '')).toBe(
      jws('{"message":"Ñ–1", "rows":[ {"k":"€"} ], "iat":1}').replace('c2ln', '')
    )
  })

  test('a text in the form that was signed: what stood around is no part of the frame', () => {
    const signed = { body: '<R>FATIMA</R>', before: '<E digest="1">', after: '</E>' }
    const cut = cutDocument('<E digest="1"><R >FATIMA</R></E>', { within: 'text', rows: [{ from: 3, to: 9 }], signed })
    expect(joinDocument(cut.frame, ['FATIMA'])).toBe(signed.body)
    expect(JSON.stringify(cut.frame)).not.toContain('digest')
    expect(cut.around).toEqual({ before: signed.before, after: signed.after })
  })

  test('what stood around opens with the salts of all rows in their order, and with nothing less', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.uint8Array({ minLength: 32, maxLength: 32 }), { minLength: 2, maxLength: 6, comparator: 'SameValue' }),
        salts => {
          const place = { table: 'document', column: 'around', row: 'D' }
          const sealed = seal(aroundKey(salts, 'D'), 'a signature', place)
          expect(open(aroundKey(salts, 'D'), sealed, place).toString()).toBe('a signature')
          for (const [i] of salts.entries()) {
            const others = salts.filter((_, at) => at !== i)
            for (const fewer of [
              others,
              [...others, salts[i] as Uint8Array].with(i, new Uint8Array(32)),
              salts.with(i, new Uint8Array(32).fill(7))
            ])
              expect(() => open(aroundKey(fewer, 'D'), sealed, place)).toThrow(NotOpened)
          }
          expect(() => open(aroundKey(salts, 'E'), sealed, place)).toThrow(NotOpened)
        }
      )
    )
  })

  test('the same row twice: two salts, so that nobody sees that they are the same', () => {
    const { frame } = cutDocument('aa', {
      within: 'text',
      rows: [
        { from: 0, to: 1 },
        { from: 1, to: 2 }
      ]
    })
    expect(frame.rows[0]).not.toBe(frame.rows[1])
  })

  test.each([
    [
      'rows that overlap',
      'abcdef',
      [
        { from: 0, to: 3 },
        { from: 2, to: 4 }
      ]
    ],
    ['a row that ends before it begins', 'abcdef', [{ from: 3, to: 2 }]],
    ['a row beyond the end', 'abcdef', [{ from: 3, to: 7 }]]
  ])('is refused for %s', (_, body, rows) => {
    expect(() => cutDocument(body, { within: 'text', rows })).toThrow(NotCut)
  })

  test.each(['a.b', `x.${Buffer.from([0xff, 0xfe]).toString('base64url')}.y`, 'x.QQ.y'.replace('QQ', 'QR')])(
    'a payload that would not come back, %s, is refused',
    body => {
      expect(() => cutDocument(body, { within: 'jws', rows: [] })).toThrow(NotCut)
    }
  )
})
