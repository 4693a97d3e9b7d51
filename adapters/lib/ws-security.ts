// Opens a signed SOAP envelope: finds who signed its Body and gives exactly the XML that was signed, nothing else of the message.
// The profile is WS-Security X.509 (OASIS 1.1) narrowed to what SCSP uses: one signature, exclusive canonicalization, ids only.
import { createHash, timingSafeEqual } from 'node:crypto'
import { type XmlDocument, XmlElement, type XmlNode } from 'libxml2-wasm'
import { NotAuthentic, type PartnerKeys, type RawAlgorithm } from '../contract.ts'
import { soapNamespace } from './soap.ts'
import {
  digestAlgorithms,
  exclusiveCanonicalization,
  namespaces,
  type SignatureAlgorithm,
  signatureAlgorithms
} from './ws-security-names.ts'
import { type SafeXml, scanXml, XmlRefused } from './xml.ts'
import { canonicalElement } from './xml-canonical.ts'
import { withDocument } from './xml-schema.ts'

/** Why a message is not taken for its sender's: no signature, a wrong one, or a certificate that is not (or no longer) trusted. */
export type SignatureFault = 'absent' | 'wrong' | 'unknown' | 'expired' | 'not yet valid' | 'revoked'

export class SignatureRefused extends NotAuthentic {
  override name = 'SignatureRefused'
  readonly fault: SignatureFault
  constructor(fault: SignatureFault, message: string) {
    super(message)
    this.fault = fault
  }
}

export interface SignatureCheck {
  keys: Pick<PartnerKeys, 'verifyRaw' | 'distrust'>
  /** Signature algorithms accepted; a digest by SHA-1 is accepted only along with rsa-sha1. */
  algorithms: readonly SignatureAlgorithm[]
  /** Wall time to judge the Timestamp by; null for a message that is kept and may be old. */
  now: Date | null
}

export interface OpenedEnvelope {
  /** Local name and namespace of the Body's only element. */
  name: string
  namespace: string
  /** That element in canonical form, read from the very nodes whose digest was signed: comments are gone. */
  payload: SafeXml
  /** The signer's certificate, PEM; null for a Fault without signature, which alone may come unsigned. */
  certificate: string | null
}

const clockSkewMs = 300_000

/** The content of an envelope whose signature was checked when it came, or of its Body's only element, which is all that is kept of it. Throws `XmlRefused`. */
export const reopenEnvelope = (xml: string): Omit<OpenedEnvelope, 'certificate'> =>
  withDocument(scanXml(xml), document => {
    const content = document.root.name === 'Envelope' ? readFrame(document).content : document.root
    return { name: content.name, namespace: content.namespaceUri, payload: canonicalElement(content) as SafeXml }
  })

/** Throws `XmlRefused` when it is not a SOAP 1.1 envelope with one element in its Body, `SignatureRefused` when the Body's signature does not hold. */
export const openEnvelope = (xml: string, check: SignatureCheck): OpenedEnvelope =>
  withDocument(scanXml(xml), document => {
    const { body, content, security } = readFrame(document)
    const canonicalBody = canonicalElement(body)
    const certificate = security === null && isFault(content) ? null : verify(document, security, body, canonicalBody, check)
    return { name: content.name, namespace: content.namespaceUri, payload: canonicalElement(content) as SafeXml, certificate }
  })

interface Frame {
  body: XmlElement
  content: XmlElement
  security: XmlElement | null
}

const readFrame = (document: XmlDocument): Frame => {
  const root = document.root
  if (root.name !== 'Envelope' || root.namespaceUri !== soapNamespace) throw new XmlRefused('the root is not a SOAP 1.1 Envelope')
  const parts = elementsOf(root)
  const expected = parts.length === 2 ? ['Header', 'Body'] : ['Body']
  if (parts.length !== expected.length || parts.some((part, at) => part.name !== expected[at] || part.namespaceUri !== soapNamespace))
    throw new XmlRefused('a SOAP Envelope holds one Header at most and then one Body')
  if (find(document, '//soap:Body').length !== 1) throw new XmlRefused('there is a second SOAP Body inside the message')
  const body = parts[parts.length - 1] as XmlElement
  const contents = elementsOf(body)
  const [content] = contents
  if (content === undefined || contents.length !== 1) throw new XmlRefused('the SOAP Body holds exactly one element')
  const securities = find(document, '/soap:Envelope/soap:Header/wsse:Security')
  if (securities.length > 1) throw new XmlRefused('more than one WS-Security header')
  return { body, content, security: securities[0] ?? null }
}

const isFault = (content: XmlElement) => content.name === 'Fault' && content.namespaceUri === soapNamespace

const verify = (
  document: XmlDocument,
  security: XmlElement | null,
  body: XmlElement,
  canonicalBody: string,
  check: SignatureCheck
): string => {
  const signatures = find(document, '//ds:Signature')
  if (security === null || signatures.length === 0)
    throw new SignatureRefused('absent', 'the message carries no signature: sign the SOAP Body by WS-Security X.509')
  refuseRepeatedIds(document)
  const [signature] = signatures
  if (signatures.length !== 1 || signature?.parent?.isSameNode(security) !== true)
    throw wrong('one Signature is expected, as a child of wsse:Security')
  const token = one(security, './wsse:BinarySecurityToken', 'one BinarySecurityToken is expected')
  const signedInfo = one(signature, './ds:SignedInfo', 'one SignedInfo is expected')
  const algorithm = readAlgorithm(signedInfo, check.algorithms)
  if (textOf(signature, './ds:KeyInfo/wsse:SecurityTokenReference/wsse:Reference/@URI') !== `#${idOf(token)}`)
    throw wrong('KeyInfo does not refer to the BinarySecurityToken')
  const timestamp = find(security, './wsu:Timestamp')
  if (timestamp.length > 1) throw wrong('more than one Timestamp')
  checkReferences(signedInfo, [body, token, ...timestamp], body, canonicalBody, check.algorithms)
  for (const one of timestamp) checkTimestamp(one, check.now)
  const certificate = toPem(token.content)
  const distrust = check.keys.distrust(certificate)
  if (distrust !== null)
    throw new SignatureRefused(distrust, `the certificate is ${distrust}: use one that is registered here and in force`)
  const bytes = Buffer.from(canonicalElement(signedInfo, inclusivePrefixes(signedInfo, './ds:CanonicalizationMethod')))
  const value = Buffer.from(textOf(signature, './ds:SignatureValue') ?? '', 'base64')
  if (!check.keys.verifyRaw(algorithm, bytes, value, certificate)) throw wrong('the signature value does not fit the certificate')
  return certificate
}

const readAlgorithm = (signedInfo: XmlElement, accepted: readonly SignatureAlgorithm[]): RawAlgorithm => {
  if (textOf(signedInfo, './ds:CanonicalizationMethod/@Algorithm') !== exclusiveCanonicalization)
    throw wrong('SignedInfo is to be canonicalized by exclusive c14n without comments')
  const uri = textOf(signedInfo, './ds:SignatureMethod/@Algorithm')
  const algorithm = accepted.find(name => signatureAlgorithms[name].uri === uri)
  if (algorithm === undefined) throw wrong(`the signature algorithm is not one of ${accepted.join(', ')}`)
  return algorithm
}

/** Every reference must be by id to an element we know by its place, so moving the signed element elsewhere never helps. The Body must be among them. */
const checkReferences = (
  signedInfo: XmlElement,
  known: readonly XmlElement[],
  body: XmlElement,
  canonicalBody: string,
  accepted: readonly SignatureAlgorithm[]
) => {
  const references = find(signedInfo, './ds:Reference')
  if (references.length === 0 || references.length > known.length)
    throw wrong('the signature is to refer to the Body, and to a Timestamp or the token at most')
  const covered = references.map(reference => {
    const uri = textOf(reference, './@URI') ?? ''
    const target = known.find(element => idOf(element) !== undefined && uri === `#${idOf(element)}`)
    if (target === undefined) throw wrong('a reference is neither to the Body nor to the Timestamp or the token of the security header')
    const transforms = find(reference, './ds:Transforms/ds:Transform')
    if (transforms.length !== 1 || textOf(reference, './ds:Transforms/ds:Transform/@Algorithm') !== exclusiveCanonicalization)
      throw wrong('a reference is to have exclusive c14n as its only transform')
    const prefixes = inclusivePrefixes(reference, './ds:Transforms/ds:Transform')
    const octets = target.isSameNode(body) && prefixes.length === 0 ? canonicalBody : canonicalElement(target, prefixes)
    checkDigest(reference, octets, accepted)
    return target
  })
  if (!covered.some(element => element.isSameNode(body))) throw wrong('the SOAP Body is not signed')
}

const checkDigest = (reference: XmlElement, octets: string, accepted: readonly SignatureAlgorithm[]) => {
  const uri = textOf(reference, './ds:DigestMethod/@Algorithm') ?? ''
  const hash = digestAlgorithms[uri]
  if (hash === undefined || (hash === 'sha1' && !accepted.includes('rsa-sha1')))
    throw wrong('the digest algorithm is not accepted: use SHA-256')
  const computed = createHash(hash).update(octets).digest()
  const declared = Buffer.from(textOf(reference, './ds:DigestValue') ?? '', 'base64')
  if (declared.length !== computed.length || !timingSafeEqual(declared, computed))
    throw wrong('a digest does not fit: the message was changed after signing')
}

const checkTimestamp = (timestamp: XmlElement, now: Date | null) => {
  if (now === null) return
  const [created, expires] = ['Created', 'Expires'].map(name => textOf(timestamp, `./wsu:${name}`))
  if ([created, expires].some(time => time !== undefined && Number.isNaN(Date.parse(time)))) throw wrong('the Timestamp cannot be read')
  if (created !== undefined && Date.parse(created) > now.getTime() + clockSkewMs)
    throw wrong('the Timestamp lies in the future: check the clocks')
  if (expires !== undefined && Date.parse(expires) < now.getTime() - clockSkewMs)
    throw wrong('the Timestamp has expired: sign the message again')
}

const refuseRepeatedIds = (document: XmlDocument) => {
  const ids = document.find("//@*[local-name()='Id' or local-name()='ID' or local-name()='id']").map(node => node.content)
  if (new Set(ids).size !== ids.length) throw wrong('two elements have the same id')
}

const inclusivePrefixes = (element: XmlElement, method: string): string[] =>
  (textOf(element, `${method}/ec:InclusiveNamespaces/@PrefixList`) ?? '').split(/\s+/).filter(prefix => prefix !== '')

const find = (from: XmlDocument | XmlNode, path: string): XmlElement[] =>
  from.find(path, namespaces).filter(node => node instanceof XmlElement)

const one = (from: XmlElement, path: string, otherwise: string): XmlElement => {
  const found = find(from, path)
  const [element] = found
  if (element === undefined || found.length !== 1) throw wrong(otherwise)
  return element
}

const textOf = (from: XmlElement, path: string): string | undefined => from.get(path, namespaces)?.content.trim()

const idOf = (element: XmlElement): string | undefined => textOf(element, './@wsu:Id')

const elementsOf = (element: XmlElement): XmlElement[] => find(element, './*')

const toPem = (base64: string): string => {
  const lines = base64.replace(/\s+/g, '').match(/.{1,64}/g) ?? []
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`
}

const wrong = (why: string) => new SignatureRefused('wrong', why)
