import { execFileSync, spawnSync } from 'node:child_process'
import { createVerify, generateKeyPairSync, X509Certificate } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { NotAuthentic } from '../../adapters/contract.ts'
import { type Certified, NotACertificate, readCertificate, selfSignedCertificate, validityAt } from '../../src/trust/certificates.ts'
import { type ChannelKeys, partnerKeys } from '../../src/trust/partner-keys.ts'
import { drawKey, forge, now, signWith } from './forgery.ts'

const notBefore = new Date('2026-01-01T00:00:00Z')
const notAfter = new Date('2028-01-01T00:00:00Z')
const certify = (name: string, from = notBefore, to = notAfter) => selfSignedCertificate({ name, notBefore: from, notAfter: to })
const [ours, theirs, stranger, past, future] = await Promise.all([
  certify('CN=jisr.example,O=Jisr,C=MA'),
  certify('CN=gecco.example,C=ES'),
  certify('CN=gecco.example,C=ES'),
  certify('CN=old', new Date('2020-01-01'), new Date('2026-01-01')),
  certify('CN=new', new Date('2027-01-01'), new Date('2028-01-01'))
])
const hasOpenssl = spawnSync('openssl', ['version']).status === 0
const setKey = await drawKey()
const partnerJwk = await drawKey()
const channel = (changes: Partial<ChannelKeys> = {}): ChannelKeys => ({
  privateKeyPem: ours.privateKeyPem,
  certificatePem: ours.certificatePem,
  partnerCertificates: [theirs, past, future].map(({ certificatePem }) => ({ pem: certificatePem })),
  partnerKeys: [partnerJwk],
  setKey,
  now: () => now,
  ...changes
})
/** The partner's side of the channel. */
const side = ({ privateKeyPem, certificatePem }: Certified) =>
  partnerKeys(channel({ privateKeyPem, certificatePem, partnerCertificates: [{ pem: ours.certificatePem }] }))
const bytes = Buffer.from('<soap:Body/>')

describe('a self-signed certificate', () => {
  it('is read by Node, certifies its own key, and is no authority over others', () => {
    const certificate = new X509Certificate(ours.certificatePem)
    expect(certificate.verify(certificate.publicKey)).toBe(true)
    expect(certificate.ca).toBe(false)
    expect(certificate.publicKey.asymmetricKeyDetails?.modulusLength).toBe(3072)
  })

  it.skipIf(!hasOpenssl)('is read by openssl (skipped where it is not installed) as made for signing', () => {
    const text = execFileSync('openssl', ['x509', '-noout', '-text', '-checkend', '0'], { input: ours.certificatePem }).toString()
    expect(text).toMatch(/C ?= ?MA/)
    expect(text).toContain('Digital Signature, Non Repudiation')
    expect(text).toContain('sha256WithRSAEncryption')
  })

  it('tells its subject, validity and fingerprint', () => {
    const { facts } = readCertificate(ours.certificatePem)
    expect(facts).toMatchObject({ notBefore, notAfter, keyType: 'rsa', fingerprint: expect.stringMatching(/^[0-9a-f]{64}$/) })
    expect(facts.subject).toContain('CN=jisr.example')
    const base64 = ours.certificatePem.split('\n').slice(1, -2).join('')
    expect(readCertificate(base64).facts.fingerprint).toBe(facts.fingerprint)
  })

  it('is in force from its first second to its last', () => {
    const { facts } = readCertificate(ours.certificatePem)
    const at = (text: string) => validityAt(facts, new Date(text))
    expect([
      at('2025-12-31T23:59:59.999Z'),
      at('2026-01-01T00:00:00Z'),
      at('2028-01-01T00:00:00Z'),
      at('2028-01-01T00:00:00.001Z')
    ]).toEqual(['not yet valid', 'in force', 'in force', 'expired'])
  })

  it.each([
    ['ends before it begins', notAfter, notBefore],
    ['lasts eleven years', notBefore, new Date('2037-01-01')],
    ['has no date', new Date('x'), notAfter]
  ])('is not made when it %s', async (_, from, to) => {
    await expect(certify('CN=x', from, to)).rejects.toThrow(RangeError)
  })

  const notCertificates = [
    '',
    'hello',
    theirs.privateKeyPem,
    `${ours.certificatePem}${theirs.certificatePem}`,
    ours.certificatePem.slice(0, 400),
    'A'.repeat(20_000)
  ]
  it.each(notCertificates)('is not read from other text (%#)', text => {
    expect(() => readCertificate(text)).toThrow(NotACertificate)
  })
})

describe("a partner's channel", () => {
  it.each(['rsa-sha256', 'rsa-sha1'] as const)('signs with %s so that the partner verifies it, and the other way round', algorithm => {
    const us = partnerKeys(channel())
    const partner = side(theirs)
    expect(partner.verifyRaw(algorithm, bytes, us.signRaw(algorithm, bytes), ours.certificatePem)).toBe(true)
    expect(us.verifyRaw(algorithm, bytes, partner.signRaw(algorithm, bytes), theirs.certificatePem)).toBe(true)
    expect(
      createVerify(algorithm === 'rsa-sha1' ? 'sha1' : 'sha256')
        .update(bytes)
        .verify(ours.certificatePem, us.signRaw(algorithm, bytes))
    ).toBe(true)
  })

  it('signs ECDSA in the form XML signatures carry: r and s side by side', () => {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    const us = partnerKeys(channel({ privateKeyPem: privateKey.export({ type: 'pkcs8', format: 'pem' }) as string, certificatePem: null }))
    expect(us.signRaw('ecdsa-sha256', bytes).length).toBe(64)
  })

  it('does not take altered bytes, another algorithm, or a signature of another key', () => {
    const us = partnerKeys(channel())
    const signature = side(theirs).signRaw('rsa-sha256', bytes)
    expect(us.verifyRaw('rsa-sha256', Buffer.from('<soap:Body />'), signature, theirs.certificatePem)).toBe(false)
    expect(us.verifyRaw('rsa-sha1', bytes, signature, theirs.certificatePem)).toBe(false)
    expect(us.verifyRaw('ecdsa-sha256', bytes, signature, theirs.certificatePem)).toBe(false)
    expect(us.verifyRaw('rsa-sha256', bytes, side(stranger).signRaw('rsa-sha256', bytes), theirs.certificatePem)).toBe(false)
    expect(us.verifyRaw('rsa-sha256', bytes, signature.subarray(1), theirs.certificatePem)).toBe(false)
    expect(us.verifyRaw('rsa-sha256', bytes, new Uint8Array(), theirs.certificatePem)).toBe(false)
  })

  it('trusts exactly the certificates registered, in force and not revoked, and says why not', () => {
    const us = partnerKeys(channel())
    expect(us.distrust(theirs.certificatePem)).toBeNull()
    expect(us.distrust(stranger.certificatePem)).toBe('unknown')
    expect(us.distrust(ours.certificatePem)).toBe('unknown')
    expect(us.distrust('hello')).toBe('unknown')
    expect(us.distrust(past.certificatePem)).toBe('expired')
    expect(us.distrust(future.certificatePem)).toBe('not yet valid')
    for (const certified of [stranger, past, future]) {
      expect(us.verifyRaw('rsa-sha256', bytes, side(certified).signRaw('rsa-sha256', bytes), certified.certificatePem)).toBe(false)
    }
  })

  it('does not trust a certificate that is revoked, also when it stands in the list twice', () => {
    const pem = theirs.certificatePem
    for (const partnerCertificates of [[{ pem, revoked: true }], [{ pem, revoked: true }, { pem }], [{ pem }, { pem, revoked: true }]]) {
      const us = partnerKeys(channel({ partnerCertificates }))
      expect(us.distrust(pem)).toBe('revoked')
      expect(us.verifyRaw('rsa-sha256', bytes, side(theirs).signRaw('rsa-sha256', bytes), pem)).toBe(false)
    }
  })

  it('knows a certificate without the armour of PEM, as WS-Security carries it', () => {
    const base64 = theirs.certificatePem.replace(/-----[A-Z ]+-----/g, '')
    expect(partnerKeys(channel()).distrust(base64)).toBeNull()
  })

  it('refuses at once to be made of a certificate that is not of our key', () => {
    expect(() => partnerKeys(channel({ certificatePem: theirs.certificatePem }))).toThrow(/not of our private key/)
  })

  it('says what is missing when it has no key to sign with', () => {
    expect(() => partnerKeys(channel({ privateKeyPem: null, certificatePem: null })).signRaw('rsa-sha256', bytes)).toThrow(/no private key/)
    expect(() => partnerKeys(channel()).signRaw('ecdsa-sha256', bytes)).toThrow(/cannot sign with ecdsa-sha256/)
  })

  it('signs and verifies JWS by the registered keys and the type asked for', async () => {
    const us = partnerKeys(channel())
    const partner = partnerKeys(channel({ partnerKeys: [setKey], setKey: partnerJwk }))
    expect(await partner.verifyJws(await us.signJws('reference+jws', { a: 1 }), 'reference+jws')).toEqual({ a: 1 })
    await expect(partner.verifyJws(await us.signJws('reference+jws', { a: 1 }), 'other+jws')).rejects.toThrow(NotAuthentic)
    await expect(us.verifyJws(await us.signJws('reference+jws', {}), 'reference+jws')).rejects.toThrow(NotAuthentic)
    await expect(us.verifyJws(forge({ alg: 'none', typ: 'reference+jws' }, {}), 'reference+jws')).rejects.toThrow(NotAuthentic)
    await expect(
      us.verifyJws(await signWith(partnerJwk, { typ: 'reference+jws', kid: partnerJwk.kid, jku: 'http://127.0.0.1/' }, {}), 'reference+jws')
    ).rejects.toThrow(NotAuthentic)
  })
})
