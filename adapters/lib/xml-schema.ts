// Validation against XSD files by libxml2, compiled once per process.
import { readFileSync } from 'node:fs'
import {
  ParseOption,
  XmlBufferInputProvider,
  XmlDocument,
  type XmlElement,
  XmlLibError,
  XsdValidator,
  xmlRegisterInputProvider
} from 'libxml2-wasm'
import { type SafeXml, XmlRefused } from './xml.ts'

/** A schema and the files it includes or imports, by the names they use for each other. The first file is the one to start from. */
export interface SchemaSet {
  readonly name: string
  readonly files: readonly [SchemaFile, ...SchemaFile[]]
}
export interface SchemaFile {
  /** As `schemaLocation` writes it. */
  readonly location: string
  readonly url: URL
}

/** The document breaks the schema. `violations` name elements and rules, never a value; at most ten. */
export class SchemaViolated extends Error {
  override name = 'SchemaViolated'
  readonly violations: readonly string[]
  constructor(violations: readonly string[]) {
    super(`the document does not follow its schema: ${violations.join('; ')}`)
    this.violations = violations
  }
}

/** Checks a whole document. Throws `XmlRefused` (not well-formed) or `SchemaViolated`. */
export const validateXml = (xml: SafeXml, schema: SchemaSet): void => {
  withDocument(xml, document => validateElement(document.root, schema))
}

/** Checks one element of a document that is open already. Throws `SchemaViolated`. */
export const validateElement = (element: XmlElement, schema: SchemaSet): void => {
  try {
    compiled(schema).validate(element)
  } catch (error) {
    if (error instanceof XmlLibError) throw new SchemaViolated(error.details.slice(0, 10).map(detail => withoutValues(detail.message)))
    throw error
  }
}

/** Opens a scanned document for `use` and frees its memory whatever happens: libxml2's is not garbage collected. */
export const withDocument = <Result>(xml: string, use: (document: XmlDocument) => Result): Result => {
  const document = open(xml)
  try {
    return use(document)
  } finally {
    document.dispose()
  }
}

const open = (xml: string): XmlDocument => {
  try {
    // The text is decoded already, so what the declaration says of its encoding no longer holds.
    return XmlDocument.fromString(xml.replace(/^\ufeff?<\?xml[^>]*\?>/, ''), { option: safely })
  } catch (error) {
    if (error instanceof XmlLibError) throw new XmlRefused(`line ${error.details[0]?.line ?? 1}: not well-formed`)
    throw error
  }
}

const safely = ParseOption.XML_PARSE_NONET | ParseOption.XML_PARSE_NO_XXE | ParseOption.XML_PARSE_NO_SYS_CATALOG

const validators = new Map<string, XsdValidator>()
const schemaFiles = new XmlBufferInputProvider({})
let registered = false

const compiled = (schema: SchemaSet): XsdValidator => {
  const known = validators.get(schema.name)
  if (known !== undefined) return known
  if (!registered) registered = xmlRegisterInputProvider(schemaFiles)
  const folder = `schema://${schema.name}/`
  for (const file of schema.files) schemaFiles.addBuffer(folder + file.location, readFileSync(file.url))
  const [start] = schema.files
  const document = XmlDocument.fromBuffer(readFileSync(start.url), { url: folder + start.location })
  try {
    const validator = XsdValidator.fromDoc(document)
    validators.set(schema.name, validator)
    return validator
  } finally {
    document.dispose()
    for (const file of schema.files) schemaFiles.removeBuffer(folder + file.location)
  }
}

// libxml2 quotes the offending value, which may be a person's: only the element's name and the rule's are passed on.
const withoutValues = (message: string): string => {
  const [, element = 'an element', attribute, facet, rest = ''] =
    /^Element '(?:\{[^}]*\})?([^']*)'(?:, attribute '([^']*)')?: (?:\[facet '(\w+)'\] )?([\s\S]*)$/.exec(message) ?? []
  const where = attribute === undefined ? element : `${element}/@${attribute}`
  if (facet !== undefined) return `${where}: its value breaks the rule ${facet}`
  const structural =
    /^(This element is not expected|Missing child element|No matching global|The attribute|Character content|Element content)/
  return `${where}: ${structural.test(rest) ? rest.replace(/\{[^}]*\}/g, '').trim() : 'its value is of the wrong type'}`
}
