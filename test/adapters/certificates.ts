// RSA keys and certificates of both ends of a channel for the adapter tests; made once per test file, since RSA keys take a while.
import { generateKeyPairSync } from 'node:crypto'
import type { PartnerKeys } from '../../adapters/contract.ts'
import { certificateKeys } from '../../adapters/lib/sandbox-certificates.ts'
import { selfSignedCertificate } from '../../src/trust/certificates.ts'

export interface Holder {
  privateKeyPem: string
  certificatePem: string
}

const dayMs = 86_400_000

/** A key with a certificate in force from `fromDays` to `toDays` from now. */
export const newHolder = (name: string, fromDays = -1, toDays = 30): Promise<Holder> =>
  selfSignedCertificate({
    name: `CN=${name}`,
    notBefore: new Date(Date.now() + fromDays * dayMs),
    notAfter: new Date(Date.now() + toDays * dayMs)
  })

/** What `holder` signs with, believing `trusted` and knowing that `revoked` are no longer to be believed. */
export const keysOf = (holder: Holder, trusted: readonly Holder[], revoked: readonly Holder[] = []): PartnerKeys => ({
  ...certificateKeys({
    ...holder,
    trusted: trusted.map(one => one.certificatePem),
    revoked: revoked.map(one => one.certificatePem)
  }),
  signJws: () => Promise.reject(new Error('this channel signs XML')),
  verifyJws: () => Promise.reject(new Error('this channel signs XML'))
})

/** A private key without certificate, for signatures that belong to nobody. */
export const looseKey = (): string =>
  generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ format: 'pem', type: 'pkcs8' }) as string
