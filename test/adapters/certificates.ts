// RSA keys and certificates of both ends of a channel for the adapter tests; made once per test file, since RSA keys take a while.
import type { PartnerKeys } from '../../adapters/contract.ts'
import { selfSignedCertificate } from '../../src/trust/certificates.ts'
import { generateSigningKey } from '../../src/trust/keys.ts'
import { partnerKeys } from '../../src/trust/partner-keys.ts'

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

const { key: setKey } = await generateSigningKey()

/** The gateway's own keys for a channel: `holder` signs, `trusted` are believed, `revoked` no longer. The doubles have code of their own. */
export const keysOf = (holder: Holder, trusted: readonly Holder[], revoked: readonly Holder[] = []): PartnerKeys =>
  partnerKeys({
    ...holder,
    partnerCertificates: [
      ...trusted.map(({ certificatePem }) => ({ pem: certificatePem })),
      ...revoked.map(({ certificatePem }) => ({ pem: certificatePem, revoked: true }))
    ],
    partnerKeys: [],
    setKey,
    now: () => new Date()
  })
