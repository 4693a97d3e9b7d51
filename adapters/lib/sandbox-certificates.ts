// Keys and certificates of partner doubles, on node:crypto alone: the double's own RSA key, and whom it believes.
import { createPrivateKey, sign, verify, X509Certificate } from 'node:crypto'
import type { PartnerKeys, RawAlgorithm } from '../contract.ts'

export type CertificateKeys = Pick<PartnerKeys, 'certificate' | 'signRaw' | 'verifyRaw' | 'distrust'>

export interface CertificateMaterial {
  privateKeyPem: string
  certificatePem: string
  /** Certificates that the double knows, PEM. */
  trusted: readonly string[]
  revoked?: readonly string[]
}

/** The RSA half of `PartnerKeys`, as the double sees the channel. */
export const certificateKeys = ({ privateKeyPem, certificatePem, trusted, revoked = [] }: CertificateMaterial): CertificateKeys => {
  const privateKey = createPrivateKey(privateKeyPem)
  const known = new Set([...trusted, ...revoked].map(fingerprint))
  const bad = new Set(revoked.map(fingerprint))
  const distrust: CertificateKeys['distrust'] = pem => {
    const certificate = read(pem)
    if (certificate === null || !known.has(certificate.fingerprint256)) return 'unknown'
    if (bad.has(certificate.fingerprint256)) return 'revoked'
    const now = new Date()
    if (now < certificate.validFromDate) return 'not yet valid'
    return now > certificate.validToDate ? 'expired' : null
  }
  return {
    certificate: certificatePem,
    signRaw: (algorithm, bytes) => sign(hashes[algorithm], bytes, privateKey),
    verifyRaw: (algorithm, bytes, signature, pem) =>
      distrust(pem) === null && verify(hashes[algorithm], bytes, new X509Certificate(pem).publicKey, signature),
    distrust
  }
}

const fingerprint = (pem: string): string => new X509Certificate(pem).fingerprint256

const hashes: Record<RawAlgorithm, string> = { 'rsa-sha256': 'sha256', 'rsa-sha1': 'sha1', 'ecdsa-sha256': 'sha256' }

const read = (pem: string): X509Certificate | null => {
  try {
    return new X509Certificate(pem)
  } catch {
    return null
  }
}
