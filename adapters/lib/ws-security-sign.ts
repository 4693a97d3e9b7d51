// Signs a SOAP Body by WS-Security X.509: the certificate as a BinarySecurityToken, a Timestamp, and a signature over both Body and Timestamp.
import { createHash, randomUUID } from 'node:crypto'
import type { PartnerKeys } from '../contract.ts'
import { soapNamespace } from './soap.ts'
import {
  base64Encoding,
  exclusiveCanonicalization,
  namespaces,
  type SignatureAlgorithm,
  signatureAlgorithms,
  tokenProfile
} from './ws-security-names.ts'
import type { SafeXml } from './xml.ts'
import { canonicalDocument } from './xml-canonical.ts'
import { withDocument } from './xml-schema.ts'

export interface Signing {
  keys: Pick<PartnerKeys, 'certificate' | 'signRaw'>
  algorithm: SignatureAlgorithm
  now: Date
}

const lifetimeMs = 300_000

/**
 * The whole signed envelope around `payload`, one element. Every call has fresh ids, times and signature.
 * Throws when no certificate is configured for this partner.
 */
export const signEnvelope = (payload: SafeXml, signing: Signing): string => {
  if (signing.keys.certificate === null)
    throw new Error('no certificate is configured for this partner: add one before messages can be signed')
  const id = randomUUID()
  const body = element('soap:Body', `wsu:Id="body-${id}"`, payload)
  const timestamp = element('wsu:Timestamp', `wsu:Id="time-${id}"`, times(signing.now))
  const token = element(
    'wsse:BinarySecurityToken',
    `EncodingType="${base64Encoding}" ValueType="${tokenProfile}" wsu:Id="token-${id}"`,
    bare(signing.keys.certificate)
  )
  const algorithm = signatureAlgorithms[signing.algorithm]
  const references = [
    [`time-${id}`, timestamp],
    [`body-${id}`, body]
  ].map(([target, xml]) => reference(target as string, digest(canonical(xml as string), algorithm.digest), algorithm.digestUri))
  const signedInfo = element(
    'ds:SignedInfo',
    '',
    `<ds:CanonicalizationMethod Algorithm="${exclusiveCanonicalization}"/><ds:SignatureMethod Algorithm="${algorithm.uri}"/>${references.join('')}`
  )
  const value = Buffer.from(signing.keys.signRaw(signing.algorithm, Buffer.from(canonical(signedInfo)))).toString('base64')
  const keyInfo = `<ds:KeyInfo><wsse:SecurityTokenReference><wsse:Reference URI="#token-${id}" ValueType="${tokenProfile}"/></wsse:SecurityTokenReference></ds:KeyInfo>`
  const signature = element('ds:Signature', '', `${signedInfo}<ds:SignatureValue>${value}</ds:SignatureValue>${keyInfo}`)
  const security = element('wsse:Security', 'soap:mustUnderstand="1"', token + timestamp + signature)
  return `<soap:Envelope ${declarations}><soap:Header>${security}</soap:Header>${body}</soap:Envelope>`
}

const declarations = (['soap', 'wsse', 'wsu', 'ds'] as const)
  .map(prefix => `xmlns:${prefix}="${prefix === 'soap' ? soapNamespace : namespaces[prefix]}"`)
  .join(' ')

const element = (name: string, attributes: string, content: string) =>
  `<${name}${attributes === '' ? '' : ` ${attributes}`}>${content}</${name}>`

const times = (now: Date) =>
  `<wsu:Created>${now.toISOString()}</wsu:Created><wsu:Expires>${new Date(now.getTime() + lifetimeMs).toISOString()}</wsu:Expires>`

const reference = (target: string, digestValue: string, digestUri: string) =>
  `<ds:Reference URI="#${target}"><ds:Transforms><ds:Transform Algorithm="${exclusiveCanonicalization}"/></ds:Transforms>` +
  `<ds:DigestMethod Algorithm="${digestUri}"/><ds:DigestValue>${digestValue}</ds:DigestValue></ds:Reference>`

// Exclusive c14n renders only the prefixes that an element uses, so the form of a part does not depend on where in the envelope it stands.
const canonical = (part: string): string =>
  withDocument(
    part.replace(/^<[\w:]+/, start => `${start} ${declarations}`),
    canonicalDocument
  )

const digest = (octets: string, hash: 'sha256' | 'sha1') => createHash(hash).update(octets).digest('base64')

const bare = (pem: string) => pem.replace(/-----[^-]+-----|\s+/g, '')
