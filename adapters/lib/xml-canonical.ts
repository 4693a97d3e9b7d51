// Exclusive canonical XML (W3C xml-exc-c14n, without comments), by libxml2.
import { type C14NOptions, XmlC14NMode, type XmlDocument, type XmlElement } from 'libxml2-wasm'
import { XmlRefused } from './xml.ts'

/**
 * Throws `XmlRefused` for what has no canonical form.
 * @param inclusivePrefixes the PrefixList of the algorithm's InclusiveNamespaces: prefixes to be declared though nobody uses them
 */
export const canonicalElement = (element: XmlElement, inclusivePrefixes: string[] = []): string =>
  // A set of one root: the element's own canonicalize() asks back for every node, which takes ten times as long.
  canonicalize(element.doc, {
    nodeSet: new Set([element]),
    ...(inclusivePrefixes.length === 0 ? {} : { inclusiveNamespacePrefixes: inclusivePrefixes })
  })

/** The whole document; declarations that nobody uses fall away. */
export const canonicalDocument = (document: XmlDocument): string => canonicalize(document, {})

// The library's own string output decodes each piece by itself, so a letter of two bytes on the seam of two pieces comes out broken.
const canonicalize = (document: XmlDocument, options: C14NOptions): string => {
  const pieces: Buffer[] = []
  try {
    document.canonicalize(
      {
        write: piece => pieces.push(Buffer.from(piece)) && piece.length,
        close: () => true
      },
      { mode: XmlC14NMode.XML_C14N_EXCLUSIVE_1_0, ...options }
    )
  } catch {
    throw new XmlRefused('it has no canonical form (xml-exc-c14n): write every namespace as an absolute URI')
  }
  return Buffer.concat(pieces).toString('utf8')
}
