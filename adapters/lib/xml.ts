// XML from outside: looked over before it is parsed, then read into plain trees; and trees written as XML. The only importer of xml2js.
import sax from 'sax'
import { Builder, Parser } from 'xml2js'

/** An element: `_` is its text, `$` its attributes, every other member the child elements of that local name, in document order. */
export interface XmlNode {
  readonly _?: string
  readonly $?: Readonly<Record<string, string>>
  readonly [child: string]: readonly XmlNode[] | string | Readonly<Record<string, string>> | undefined
}

/** What `buildXml` takes: text, or an element's attributes (`$`) and children; an absent value makes no element. */
export type XmlValue = string | number | XmlContent | readonly XmlContent[] | undefined
export interface XmlContent {
  readonly $?: Readonly<Record<string, string>>
  readonly [child: string]: XmlValue | Readonly<Record<string, string>>
}

/** XML that has passed `scanXml`, or that we built ourselves. */
export type SafeXml = string & { readonly __safe: true }

/** The text is not XML that we read. The message says what to change and never quotes the text. */
export class XmlRefused extends Error {
  override name = 'XmlRefused'
}

export const xmlLimits = {
  bytesMax: 8 * 1024 * 1024,
  depthMax: 32,
  elementsMax: 200_000,
  attributesPerElementMax: 64,
  attributesMax: 400_000
}

/**
 * Looks a document over before any parser builds a tree of it: well-formed, one root, no DOCTYPE, no processing instruction, within
 * `xmlLimits`, and no name that means something to JavaScript objects. Throws `XmlRefused`.
 */
export const scanXml = (xml: string): SafeXml => {
  if (xml.length > xmlLimits.bytesMax || Buffer.byteLength(xml) > xmlLimits.bytesMax)
    throw new XmlRefused(`the document is larger than ${xmlLimits.bytesMax} bytes: send it in parts`)
  if (xml.trim() === '') throw new XmlRefused('the document is empty: send one root element')
  const parser = sax.parser(true, { position: true, strictEntities: true } as sax.SAXOptions)
  const seen = { depth: 0, roots: 0, elements: 0, attributes: 0 }
  const refuse = (why: string): never => {
    throw new XmlRefused(`line ${parser.line + 1}, column ${parser.column}: ${why}`)
  }
  parser.onerror = () => refuse('not well-formed')
  parser.ondoctype = () => refuse('a DOCTYPE is not accepted: leave it out')
  parser.onsgmldeclaration = () => refuse('a declaration of this kind is not accepted: leave it out')
  parser.onprocessinginstruction = ({ name }) => {
    if (name !== 'xml') refuse('a processing instruction is not accepted: leave it out')
  }
  parser.onopentagstart = ({ name }) => {
    if (seen.depth === 0 && ++seen.roots > 1) refuse('a second root element: send one document')
    if (++seen.depth > xmlLimits.depthMax) refuse(`elements are nested deeper than ${xmlLimits.depthMax}`)
    if (++seen.elements > xmlLimits.elementsMax) refuse(`more than ${xmlLimits.elementsMax} elements: send it in parts`)
    if (isPoisonous(name)) refuse('an element name is reserved in JavaScript')
  }
  let attributesHere = 0
  parser.onattribute = ({ name }) => {
    if (++attributesHere > xmlLimits.attributesPerElementMax || ++seen.attributes > xmlLimits.attributesMax) refuse('too many attributes')
    if (isPoisonous(name)) refuse('an attribute name is reserved in JavaScript')
  }
  parser.onopentag = () => {
    attributesHere = 0
  }
  parser.onclosetag = () => {
    seen.depth -= 1
  }
  parser.write(xml).close()
  if (seen.roots === 0) throw new XmlRefused('the document has no element: send one root element')
  return xml as SafeXml
}

/** Reads a document into a tree of `XmlNode`, prefixes dropped: call it on what an XSD has checked. Gives the root's name and node. */
export const parseXml = (xml: SafeXml): { name: string; root: XmlNode } => {
  const parser = new Parser({ async: false, explicitCharkey: true, explicitArray: true, strict: true, tagNameProcessors: [localName] })
  let parsed: Record<string, XmlNode> | undefined
  parser.parseString(xml, (error, result) => {
    if (error) throw new XmlRefused('not well-formed')
    parsed = result as Record<string, XmlNode>
  })
  const [entry] = Object.entries(parsed ?? {})
  if (entry === undefined) throw new XmlRefused('the document has no element: send one root element')
  return { name: entry[0], root: entry[1] }
}

/** One element with its content as XML, without declaration or white space. Throws when a text holds a character that XML cannot carry. */
export const buildXml = (name: string, content: XmlContent): SafeXml => {
  return new Builder({ headless: true, renderOpts: { pretty: false } }).buildObject({ [name]: written(content) }) as SafeXml
}

/** The child elements of a name; none gives an empty list. */
export const childrenOf = (node: XmlNode | undefined, name: string): readonly XmlNode[] => {
  const found = node?.[name]
  return Array.isArray(found) ? (found as readonly XmlNode[]) : []
}

/** The first child element of a name. */
export const childOf = (node: XmlNode | undefined, name: string): XmlNode | undefined => childrenOf(node, name)[0]

/** The text of the first child of a name, white space collapsed as the schemas say; undefined when there is no such child. */
export const textOf = (node: XmlNode | undefined, name: string): string | undefined => {
  const found = childOf(node, name)
  return found === undefined ? undefined : (found._ ?? '').replace(/\s+/g, ' ').trim()
}

const localName = (name: string) => name.slice(name.indexOf(':') + 1)

const poisonous = new Set(['__proto__', 'constructor', 'prototype'])
const isPoisonous = (name: string) => poisonous.has(name) || poisonous.has(localName(name))

// XML 1.0, production 2 (Char): everything else cannot be written, not even escaped. Lone surrogates count among it.
const uncarriable = /[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u

/** The builder would make an empty element of an absent value. */
const written = (value: unknown): unknown => {
  if (typeof value === 'string' && uncarriable.test(value)) throw new XmlRefused('a text holds a character that XML cannot carry')
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map(written)
  return Object.fromEntries(Object.entries(value).flatMap(([name, member]) => (member === undefined ? [] : [[name, written(member)]])))
}
