// The keys of one partner's channel, as its adapter may use them: by use and never by value.
import { createPrivateKey, sign, verify, type X509Certificate } from 'node:crypto'
import { NotAuthentic, type PartnerKeys, type RawAlgorithm } from '../../adapters/contract.ts'
import { type CertificateFacts, NotACertificate, readCertificate, validityAt } from './certificates.ts'
import type { SigningKey, VerificationKey } from './keys.ts'
import { signToken, verifySignature } from './signature.ts'
import { hasType, readToken, TokenRefused } from './token-format.ts'
import { says } from './words/words.ts'

export interface ChannelKeys {
  /** Ours for this partner, PEM; null where the channel needs none. */
  privateKeyPem: string | null
  certificatePem: string | null
  /** The partner's, each pinned exactly: no chain makes another one trusted. */
  partnerCertificates: readonly { pem: string; revoked?: boolean }[]
  /** The partner's registered JWKs. */
  partnerKeys: readonly VerificationKey[]
  /** Signs JWS messages. */
  setKey: SigningKey
  /** Wall time. */
  now(): Date
}

/** Throws at once when a configured key or certificate cannot be read, or ours do not belong together. */
export function partnerKeys(channel: ChannelKeys): PartnerKeys {
  const privateKey = channel.privateKeyPem === null ? null : createPrivateKey(channel.privateKeyPem)
  const ours = channel.certificatePem === null ? null : readCertificate(channel.certificatePem)
  if (ours && privateKey && !ours.certificate.checkPrivateKey(privateKey))
    throw new Error('our certificate is not of our private key for this partner')
  const pinned = pin(channel.partnerCertificates)
  const known = (pem: string): Pinned | undefined => pinned.get(fingerprintOf(pem))

  return {
    certificate: channel.certificatePem,
    signRaw(algorithm, bytes) {
      if (privateKey === null) throw new Error('no private key is configured for this partner: add one with its certificate')
      requireKeyType(algorithm, privateKey.asymmetricKeyType)
      return sign(digests[algorithm], bytes, { key: privateKey, dsaEncoding })
    },
    verifyRaw(algorithm, bytes, signature, certificate) {
      const found = known(certificate)
      if (found === undefined || distrustOf(found, channel.now()) !== null) return false
      const { publicKey } = found.certificate
      return fits(algorithm, publicKey.asymmetricKeyType) && verify(digests[algorithm], bytes, { key: publicKey, dsaEncoding }, signature)
    },
    distrust(certificate) {
      const found = known(certificate)
      return found === undefined ? 'unknown' : distrustOf(found, channel.now())
    },
    signJws: (typ, payload) => signToken(channel.setKey, typ, payload),
    verifyJws: (token, typ) => verifyJws(token, typ, channel.partnerKeys)
  }
}

interface Pinned {
  certificate: X509Certificate
  facts: CertificateFacts
  revoked: boolean
}

const digests: Record<RawAlgorithm, string> = { 'rsa-sha256': 'sha256', 'rsa-sha1': 'sha1', 'ecdsa-sha256': 'sha256' }

/** XML signatures carry r and s side by side (XML Signature 1.1, 6.4.3), not in DER. */
const dsaEncoding = 'ieee-p1363'

function pin(certificates: ChannelKeys['partnerCertificates']): ReadonlyMap<string, Pinned> {
  const pinned = new Map<string, Pinned>()
  for (const { pem, revoked } of certificates) {
    const read = readCertificate(pem)
    // Listed twice, once as revoked: revoked.
    pinned.set(read.facts.fingerprint, { ...read, revoked: revoked === true || pinned.get(read.facts.fingerprint)?.revoked === true })
  }
  return pinned
}

/** What a message brings along may be anything: text that is no certificate is an unknown one. */
function fingerprintOf(pem: string): string {
  try {
    return readCertificate(pem).facts.fingerprint
  } catch (cause) {
    if (cause instanceof NotACertificate) return ''
    throw cause
  }
}

function distrustOf({ revoked, facts }: Pinned, now: Date): 'expired' | 'not yet valid' | 'revoked' | null {
  if (revoked) return 'revoked'
  const validity = validityAt(facts, now)
  return validity === 'in force' ? null : validity
}

const fits = (algorithm: RawAlgorithm, keyType: string | undefined): boolean =>
  algorithm === 'ecdsa-sha256' ? keyType === 'ec' : keyType === 'rsa'

function requireKeyType(algorithm: RawAlgorithm, keyType: string | undefined): void {
  if (!fits(algorithm, keyType)) throw new Error(`the private key for this partner is ${keyType}: it cannot sign with ${algorithm}`)
}

/** A partner may sign a message as a whole, several hundred rows in one token: far longer than a token that only says who somebody is. */
const messageBytesMax = 8 * 1024 * 1024

async function verifyJws(compact: string, typ: string, keys: readonly VerificationKey[]): Promise<Record<string, unknown>> {
  try {
    const token = readToken(compact, messageBytesMax)
    if (!hasType(token.header.typ, typ.toLowerCase())) throw new TokenRefused('header', says('header-typ', { typ }))
    return await verifySignature(token, keys)
  } catch (cause) {
    if (cause instanceof TokenRefused) throw new NotAuthentic(cause.message)
    throw cause
  }
}
