// X.509 certificates of the SCSP channels: making our own, reading a partner's.
import { createPrivateKey, type KeyObject, randomBytes, X509Certificate } from 'node:crypto'

export interface CertificateRequest {
  /** RFC 4514, e.g. 'CN=jisr.example.org,O=Jisr,C=MA'. */
  name: string
  notBefore: Date
  /** At most 10 years after `notBefore`. */
  notAfter: Date
}

/** PEM texts; the private key (PKCS #8) is to be sealed before it is stored. */
export interface Certified {
  privateKeyPem: string
  certificatePem: string
}

/** Draws an RSA key of 3072 bits and certifies it by itself, for signing only. Throws `RangeError` for an impossible validity. */
export async function selfSignedCertificate({ name, notBefore, notAfter }: CertificateRequest): Promise<Certified> {
  const life = notAfter.getTime() - notBefore.getTime()
  if (!(life > 0 && life <= lifeMsMax)) throw new RangeError('a certificate must end after it begins, and within 10 years')
  // Loaded only here: making a certificate is rare, and the library installs a global polyfill.
  await import('reflect-metadata')
  const x509 = await import('@peculiar/x509')
  const algorithm = { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256', publicExponent: new Uint8Array([1, 0, 1]), modulusLength: 3072 }
  const keys = await crypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: serialNumber(),
    name,
    notBefore,
    notAfter,
    signingAlgorithm: algorithm,
    keys,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature | x509.KeyUsageFlags.nonRepudiation, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey)
    ]
  })
  const pkcs8 = Buffer.from(await crypto.subtle.exportKey('pkcs8', keys.privateKey))
  const privateKeyPem = createPrivateKey({ key: pkcs8, format: 'der', type: 'pkcs8' }).export({ format: 'pem', type: 'pkcs8' }) as string
  return { privateKeyPem, certificatePem: `${certificate.toString('pem').trim()}\n` }
}

export interface CertificateFacts {
  subject: string
  issuer: string
  serialNumber: string
  notBefore: Date
  notAfter: Date
  /** SHA-256 of the DER, lower-case hex. */
  fingerprint: string
  keyType: 'rsa' | 'ec' | 'other'
}

/** Reads one certificate in PEM or base64 DER. Throws `NotACertificate`. */
export function readCertificate(text: string): { certificate: X509Certificate; facts: CertificateFacts } {
  const { certificate, publicKey } = parse(text)
  const keyType = publicKey.asymmetricKeyType
  const facts: CertificateFacts = {
    subject: certificate.subject,
    issuer: certificate.issuer,
    serialNumber: certificate.serialNumber,
    notBefore: certificate.validFromDate,
    notAfter: certificate.validToDate,
    fingerprint: certificate.fingerprint256.replaceAll(':', '').toLowerCase(),
    keyType: keyType === 'rsa' || keyType === 'ec' ? keyType : 'other'
  }
  return { certificate, facts }
}

/** Where wall time lies with respect to a certificate's validity. Both ends belong to it (RFC 5280 4.1.2.5). */
export function validityAt({ notBefore, notAfter }: CertificateFacts, now: Date): 'in force' | 'expired' | 'not yet valid' {
  return now < notBefore ? 'not yet valid' : now > notAfter ? 'expired' : 'in force'
}

export class NotACertificate extends Error {
  override name = 'NotACertificate'
}

const lifeMsMax = (10 * 365 + 3) * 86_400_000
const certificateLengthMax = 16 * 1024

/** RFC 5280 4.1.2.2: positive, at most 20 octets. The first bit is cleared and the byte kept above zero. */
function serialNumber(): string {
  const bytes = randomBytes(16)
  bytes[0] = ((bytes[0] as number) & 0x7f) | 0x40
  return bytes.toString('hex')
}

function parse(text: string): { certificate: X509Certificate; publicKey: KeyObject } {
  if (text.length > certificateLengthMax) throw new NotACertificate('the certificate is longer than 16 KiB')
  const pem = text.includes('-----BEGIN') ? text : `-----BEGIN CERTIFICATE-----\n${text.replace(/\s+/g, '')}\n-----END CERTIFICATE-----\n`
  if (pem.split('-----BEGIN').length !== 2) throw new NotACertificate('give exactly one certificate')
  try {
    const certificate = new X509Certificate(pem)
    // Read here, since a certificate can be in order and the key inside it not: node looks at the key only when it is asked for.
    return { certificate, publicKey: certificate.publicKey }
  } catch {
    throw new NotACertificate('this is not an X.509 certificate in PEM or base64')
  }
}
