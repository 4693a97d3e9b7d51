import fc from 'fast-check'
import { diag } from 'libxml2-wasm'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { askingSchemas } from '../../../adapters/gecco/schemas.ts'
import { buildXml, childOf, childrenOf, parseXml, scanXml, textOf, XmlRefused, xmlLimits } from '../../../adapters/lib/xml.ts'
import { SchemaViolated, validateXml, withDocument } from '../../../adapters/lib/xml-schema.ts'

const nested = (depth: number) => '<a>'.repeat(depth) + '</a>'.repeat(depth)

describe('a document from outside is refused before anything is built of it', () => {
  const refused: [string, string, RegExp][] = [
    ['nothing', '', /empty/],
    ['white space only', ' \n\t ', /empty/],
    ['text', 'hello', /well-formed/],
    ['JSON', '{"a":1}', /well-formed/],
    ['a DOCTYPE', '<!DOCTYPE a><a/>', /DOCTYPE/],
    ['a DOCTYPE in small letters', '<!doctype a><a/>', /DOCTYPE|well-formed|declaration/],
    ['an internal entity', '<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>', /DOCTYPE/],
    ['a billion laughs', '<!DOCTYPE a [<!ENTITY b "&c;&c;"><!ENTITY c "&d;&d;"><!ENTITY d "ha">]><a>&b;</a>', /DOCTYPE/],
    ['an external entity', '<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>', /DOCTYPE/],
    ['a parameter entity', '<!DOCTYPE a [<!ENTITY % x SYSTEM "http://127.0.0.1/x">%x;]><a/>', /DOCTYPE/],
    ['an entity nobody declared', '<a>&x;</a>', /well-formed/],
    ['an entity of HTML', '<a>&eacute;</a>', /well-formed/],
    ['a second root', '<a/><b/>', /second root|well-formed/],
    ['text after the root', '<a/>x', /well-formed/],
    ['an open element', '<a><b></a>', /well-formed/],
    ['an attribute without quotes', '<a b=c/>', /well-formed/],
    ['a processing instruction', '<?xml-stylesheet href="x"?><a/>', /processing instruction/],
    [`${xmlLimits.depthMax + 1} nested elements`, nested(xmlLimits.depthMax + 1), /nested deeper/],
    ['200,000 nested elements', nested(200_000), /nested deeper/],
    ['more elements than allowed', `<a>${'<b/>'.repeat(xmlLimits.elementsMax)}</a>`, /elements/],
    ['an element with 100 attributes', `<a ${Array.from({ length: 100 }, (_, i) => `b${i}="1"`).join(' ')}/>`, /attributes/],
    [
      'attributes by the hundred thousand',
      `<a>${`<b ${Array.from({ length: 50 }, (_, i) => `c${i}="1"`).join(' ')}/>`.repeat(8_001)}</a>`,
      /attributes/
    ],
    ['an element named __proto__', '<a><__proto__><polluted>1</polluted></__proto__></a>', /reserved/],
    ['an element named constructor, with a prefix', '<a><x:constructor xmlns:x="u"/></a>', /reserved/],
    ['an attribute named prototype', '<a prototype="1"/>', /reserved/],
    ['an attribute named __proto__, with a prefix', '<a xmlns:x="u" x:__proto__="1"/>', /reserved/],
    ['more bytes than allowed', `<a>${'x'.repeat(xmlLimits.bytesMax)}</a>`, /larger/],
    ['more bytes than allowed, in letters of two', `<a>${'é'.repeat(xmlLimits.bytesMax / 2)}</a>`, /larger/]
  ]
  test.each(refused)('%s', (_, xml, why) => {
    expect(() => scanXml(xml)).toThrow(XmlRefused)
    expect(() => scanXml(xml)).toThrow(why)
    expect(({} as Record<string, unknown>).polluted).toBeUndefined()
  })

  test('in time that grows with its length only, however it is nested or repeated', () => {
    for (const xml of [nested(1_000_000), '<a '.repeat(2_000_000), `<a>${'<b/>'.repeat(1_900_000)}</a>`, '<'.repeat(8_000_000)]) {
      const started = performance.now()
      expect(() => scanXml(xml)).toThrow(XmlRefused)
      // A tenth of a second on an idle machine; quadratic behaviour would take hours.
      expect(performance.now() - started).toBeLessThan(5_000)
    }
  })

  test('without quoting it: a refusal names a place and a rule', () => {
    for (const xml of ['<a>BENALI</b>', '<a BENALI/>', '<BENALI>', '<a>&BENALI;</a>'])
      expect(() => scanXml(xml)).toThrow(expect.objectContaining({ message: expect.not.stringContaining('BENALI') }))
  })

  test.each([
    [`${xmlLimits.depthMax} nested elements`, nested(xmlLimits.depthMax)],
    ['a declaration, comments and CDATA', '<?xml version="1.0" encoding="UTF-8"?><!-- c --><a><![CDATA[<b>]]></a><!-- d -->'],
    ['a byte order mark', '\ufeff<a/>'],
    ['the five entities and character references', '<a>&lt;&gt;&amp;&quot;&apos;&#233;&#x627;</a>']
  ])('and taken: %s', (_, xml) => {
    expect(() => withDocument(scanXml(xml), document => document.root.name)).not.toThrow()
  })
})

describe('trees', () => {
  test('say children by local name, text without the white space around it, and what is missing as missing', () => {
    const { name, root } = parseXml(scanXml('<p:a xmlns:p="u"><p:b> one \n two </p:b><b c="3">second</b><d/></p:a>'))
    expect(name).toBe('a')
    expect(childrenOf(root, 'b').map(node => node._?.trim())).toEqual(['one \n two', 'second'])
    expect([textOf(root, 'b'), textOf(root, 'd'), textOf(root, 'e')]).toEqual(['one two', '', undefined])
    expect(childOf(root, 'b')?.$).toBeUndefined()
    expect(childrenOf(root, 'hasOwnProperty')).toEqual([])
    expect(childOf(undefined, 'b')).toBeUndefined()
  })

  const xmlText = fc
    .string({ unit: 'grapheme', maxLength: 40 })
    .filter(text => !/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u.test(text))

  test('written and read again hold the same text, whatever it looks like', () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof(xmlText, fc.constantFrom('</b><c>', ']]>', '&amp;', '<!--', '\'"', '<?x?>')), { minLength: 1 }),
        texts => {
          const xml = buildXml('a', { b: texts.map(text => ({ _: text })) })
          expect(() => scanXml(xml)).not.toThrow()
          const read = childrenOf(parseXml(xml).root, 'b').map(node => (node._ ?? '').replace(/\s+/g, ' ').trim())
          expect(read).toEqual(texts.map(text => text.replace(/\s+/g, ' ').trim()))
        }
      )
    )
  })

  test('leave absent values out and write empty ones', () => {
    expect(buildXml('a', { b: undefined, c: '', d: { e: undefined, f: 0 }, g: [] })).toBe('<a><c/><d><f>0</f></d></a>')
  })

  test.each(['\u0000', '\u0008', '\ud800', '\ufffe', 'a\u001b[2Jb'])('refuse to carry %j, which no XML can', text => {
    expect(() => buildXml('a', { b: [{ _: 'fine' }, { _: text }] })).toThrow(XmlRefused)
  })
})

describe('schemas', () => {
  beforeAll(() => diag.configure({ enabled: true }))
  afterAll(() => diag.configure({ enabled: false }))

  const confirmation = (estado: string) =>
    scanXml(
      `<ConfirmacionPeticion xmlns="http://intermediacion.redsara.es/scsp/esquemas/V3/confirmacionPeticion"><Atributos>` +
        `<CodigoCertificado>C</CodigoCertificado><TimeStamp>2026-03-12T11:45:43.846+01:00</TimeStamp><IdPeticion>1</IdPeticion><NumElementos>1</NumElementos>` +
        `${estado}</Atributos></ConfirmacionPeticion>`
    )
  const estado = '<Estado><LiteralError>En proceso</LiteralError><CodigoEstado>0002</CodigoEstado></Estado>'

  test('take the attributes in any order', () => {
    expect(() => validateXml(confirmation(estado), askingSchemas.confirmacionPeticion)).not.toThrow()
  })

  test.each([
    ['without state', '', 'Atributos: Missing child element'],
    ['a code of five characters', estado.replace('0002', 'BENAL'), 'CodigoEstado: its value breaks the rule length'],
    ['an empty text', estado.replace('En proceso', ''), 'LiteralError: its value breaks the rule minLength'],
    [
      'hours that are no number',
      estado.replace('</Estado>', '<TiempoEstimadoRespuesta>BENALI</TiempoEstimadoRespuesta></Estado>'),
      'TiempoEstimadoRespuesta: its value is of the wrong type'
    ],
    ['an element nobody knows', estado.replace('</Estado>', '<Secreto/></Estado>'), 'This element is not expected'],
    ['an element twice', estado + estado, 'not expected']
  ])('refuse %s, naming the element and the rule and never the value', (_, xml, why) => {
    const thrown = (() => {
      try {
        return validateXml(confirmation(xml), askingSchemas.confirmacionPeticion)
      } catch (error) {
        return error
      }
    })()
    expect(thrown).toBeInstanceOf(SchemaViolated)
    expect((thrown as Error).message).toContain(why)
    expect((thrown as Error).message).not.toMatch(/BENAL/)
  })

  test('a document of another namespace is refused', () => {
    expect(() => validateXml(scanXml('<Peticion xmlns="urn:other"/>'), askingSchemas.peticion)).toThrow(SchemaViolated)
  })

  test('leave no memory behind, whether the document passes, fails or cannot be parsed', () => {
    for (let round = 0; round < 20; round += 1) {
      validateXml(confirmation(estado), askingSchemas.confirmacionPeticion)
      expect(() => validateXml(confirmation(''), askingSchemas.confirmacionPeticion)).toThrow(SchemaViolated)
      expect(() => withDocument('<a>', document => document.root.name)).toThrow(XmlRefused)
      expect(() =>
        withDocument('<a/>', () => {
          throw new Error('in the middle')
        })
      ).toThrow('in the middle')
    }
    const left = diag.report() as Record<string, unknown> | undefined
    expect(left).toBeDefined()
    expect(Object.keys(left ?? {}).filter(kind => kind === 'XmlDocument')).toEqual([])
  })
})
