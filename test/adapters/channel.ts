// A channel between the gateway and a partner double for the adapter tests: keys of both sides, and the context an adapter is given.
import { generateKeyPairSync } from 'node:crypto'
import { type Context, NotSent, type PartnerKeys } from '../../adapters/contract.ts'
import { type Jwk, thumbprint } from '../../adapters/lib/sandbox-keys.ts'
import { clientKeyLoader, registerJwks } from '../../src/trust/client-keys.ts'
import { generateSigningKey, publicJwks, type SigningKey } from '../../src/trust/keys.ts'
import { partnerKeys } from '../../src/trust/partner-keys.ts'

export interface Channel {
  keys: PartnerKeys
  /** As `keys`, but signing with a key the partner does not know. */
  strangerKeys: PartnerKeys
  /** The partner's private key, for its double. */
  partnerKey: Jwk
  gatewayPublicKeys: Jwk[]
}

export const newKey = (): Jwk => {
  const key = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ format: 'jwk' }) as Jwk
  return { ...key, kid: thumbprint(key) }
}

export const publicHalf = ({ d: _secret, ...key }: Jwk): Jwk => key

/** Another key under the same id. */
export const impostor = (key: Jwk): Jwk => ({ ...newKey(), ...(key.kid !== undefined && { kid: key.kid }) })

/** The gateway's side uses its real keys, the double its own reading of the standard: each proves the other. */
export const newChannel = async (): Promise<Channel> => {
  const theirs = newKey()
  const [{ key: ours }, { key: stranger }, registered] = await Promise.all([
    generateSigningKey(),
    generateSigningKey(),
    registerJwks({ keys: [publicHalf(theirs)] })
  ])
  const partner = clientKeyLoader()(registered)
  const keysWith = (setKey: SigningKey) =>
    partnerKeys({ privateKeyPem: null, certificatePem: null, partnerCertificates: [], partnerKeys: partner, setKey, now: () => new Date() })
  return {
    keys: keysWith(ours),
    strangerKeys: keysWith({ ...stranger, kid: ours.kid }),
    partnerKey: theirs,
    gatewayPublicKeys: publicJwks([ours]).keys
  }
}

const neverConnected = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'UND_ERR_CONNECT_TIMEOUT'])

/** As the gateway's own fetch: `NotSent` only when no connection was made. Time out by default after a second: the doubles are next door. */
export const contextFor = <Settings>(
  settings: Settings,
  keys: PartnerKeys,
  at = new Date('2026-01-14T09:00:00Z'),
  timeoutMs = 1_000
): Context<Settings> => ({
  partner: 'partner-under-test',
  settings,
  keys,
  signal: new AbortController().signal,
  now: () => new Date(),
  campaignNow: () => at,
  fetch: async (url, init) => {
    const response = await fetch(url, {
      method: init.method,
      headers: init.headers ?? {},
      ...(init.body !== undefined && { body: init.body }),
      redirect: 'error',
      signal: AbortSignal.timeout(init.timeoutMs ?? timeoutMs)
    }).catch((error: Error & { cause?: { code?: string } }) => {
      if (neverConnected.has(error.cause?.code ?? '')) throw new NotSent('no connection was made', { cause: error })
      throw error
    })
    return { status: response.status, headers: Object.fromEntries(response.headers), body: await response.text() }
  }
})
