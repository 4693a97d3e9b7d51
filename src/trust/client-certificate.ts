// The certificate of a client's TLS connection, as the proxy that ended it hands it on in a header (RFC 8705 behind a proxy, RFC 9440).
import { X509Certificate } from 'node:crypto'

/** Longer than any chain's leaf that a proxy passes on. */
const headerLengthMax = 12 * 1024

/**
 * The SHA-256 of the certificate in a proxy's header, base64url (`x5t#S256`): RFC 9440 (`:base64 of the DER:`), base64 of the DER alone, or PEM,
 * percent-encoded as nginx and HAProxy write it. Null when there is none that can be read.
 */
export const certificateThumbprint = (header: string | string[] | undefined): string | null => {
  if (typeof header !== 'string' || header === '' || header.length > headerLengthMax) return null
  const certificate = read(header.trim())
  return certificate === null ? null : thumbprintOf(certificate)
}

/** Of a certificate as an operator has it, PEM. @throws Error when it is none */
export const thumbprintOfPem = (pem: string): string => thumbprintOf(new X509Certificate(pem))

/** When the certificate ends. */
export const endOfPem = (pem: string): Date => new X509Certificate(pem).validToDate

const thumbprintOf = (certificate: X509Certificate): string =>
  Buffer.from(certificate.fingerprint256.replaceAll(':', ''), 'hex').toString('base64url')

const read = (text: string): X509Certificate | null => {
  try {
    if (text.includes('BEGIN')) return new X509Certificate(decodeURIComponent(text))
    const base64 = /^:([A-Za-z0-9+/]+=*):$/.exec(text)?.[1] ?? /^([A-Za-z0-9+/]+=*)$/.exec(text)?.[1]
    return base64 === undefined ? null : new X509Certificate(Buffer.from(base64, 'base64'))
  } catch {
    return null
  }
}
