import { describe, expect, test } from 'vitest'
import { NotACertificate, readCertificate, selfSignedCertificate } from '../../src/trust/certificates.ts'

const { certificatePem } = await selfSignedCertificate({
  name: 'CN=damaged',
  notBefore: new Date(Date.now() - 60_000),
  notAfter: new Date(Date.now() + 86_400_000)
})

describe('a certificate with any one letter of it changed', () => {
  test('is another certificate or none, and never an error of the cryptographic library', () => {
    const body = certificatePem.split('\n').slice(1, -2).join('')
    for (let at = 0; at < body.length; at += 1) {
      const changed = `${body.slice(0, at)}${body[at] === 'A' ? 'B' : 'A'}${body.slice(at + 1)}`
      // The last letter may change nothing but bits that are left over.
      if (Buffer.from(changed, 'base64').equals(Buffer.from(body, 'base64'))) continue
      try {
        expect(readCertificate(changed).facts.fingerprint).not.toBe(readCertificate(certificatePem).facts.fingerprint)
      } catch (error) {
        if (!(error instanceof NotACertificate)) throw new Error(`letter ${at}`, { cause: error })
      }
    }
  })
})
