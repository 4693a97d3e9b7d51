// Signing keys: our own, and the public keys that clients register. One key is bound to one algorithm.
import { createPrivateKey, createPublicKey, type JsonWebKey, type KeyObject } from 'node:crypto'
import { type CryptoKey, calculateJwkThumbprint, exportJWK, generateKeyPair } from 'jose'

/** ES256 unless a receiver asks otherwise: the only algorithm but RSA that every verifier we tried accepts. */
export type SigningAlgorithm = 'ES256' | 'PS256' | 'EdDSA'

export const signingAlgorithms = ['ES256', 'PS256', 'EdDSA'] as const satisfies readonly SigningAlgorithm[]

/** What a header's `alg` may say. `Ed25519` is the newer name of EdDSA over that curve (RFC 9864). */
export const acceptedAlgorithms = ['ES256', 'PS256', 'EdDSA', 'Ed25519'] as const

/** The members of a public key that its thumbprint is made of (RFC 7638, RFC 8037), and nothing else. */
export type PublicJwk =
  | { kty: 'EC'; crv: 'P-256'; x: string; y: string }
  | { kty: 'RSA'; n: string; e: string }
  | { kty: 'OKP'; crv: 'Ed25519'; x: string }

export interface VerificationKey {
  kid: string
  alg: SigningAlgorithm
  jwk: PublicJwk
  publicKey: CryptoKey
}

export interface SigningKey extends VerificationKey {
  privateKey: CryptoKey
}

/** Draws a key. `privateJwk` is its JSON, to be sealed before it is stored; `loadSigningKey` takes it back. */
export async function generateSigningKey(alg: SigningAlgorithm = 'ES256'): Promise<{ key: SigningKey; privateJwk: string }> {
  const options = alg === 'PS256' ? { extractable: true, modulusLength: 3072 } : { extractable: true }
  const { privateKey } = await generateKeyPair(alg, options)
  const privateJwk = JSON.stringify({ ...(await exportJWK(privateKey)), alg })
  return { key: await loadSigningKey(privateJwk), privateJwk }
}

/** Reads the JSON that `generateSigningKey` gave. The kid is the RFC 7638 thumbprint. The private key in memory cannot be exported. */
export async function loadSigningKey(privateJwk: string): Promise<SigningKey> {
  const jwk = JSON.parse(privateJwk) as JsonWebKey
  const privateKey = createPrivateKey({ key: jwk, format: 'jwk' })
  const publicKey = createPublicKey({ key: publicPart(jwk), format: 'jwk' })
  const canonical = canonicalJwk(publicKey)
  const alg = algorithmOf(canonical)
  const kid = await calculateJwkThumbprint(canonical)
  return {
    kid,
    alg,
    jwk: canonical,
    publicKey: publicKey.toCryptoKey(importParameters(alg), true, ['verify']),
    privateKey: privateKey.toCryptoKey(importParameters(alg), false, ['sign'])
  }
}

/** The JWK Set to publish (RFC 7517): public members, kid, alg and use only. */
export const publicJwks = (keys: readonly VerificationKey[]) => ({
  keys: keys.map(({ jwk, kid, alg }) => ({ ...jwk, kid, alg, use: 'sig' as const }))
})

/** The key's canonical members from a checked public key object; throws `KeyRefused` for a type we do not sign or verify with. */
export function canonicalJwk(key: KeyObject): PublicJwk {
  const { kty, crv, x, y, n, e } = key.export({ format: 'jwk' })
  if (kty === 'EC' && crv === 'P-256' && x && y) return { kty, crv, x, y }
  if (kty === 'OKP' && crv === 'Ed25519' && x) return { kty, crv, x }
  if (kty === 'RSA' && n && e) return { kty, n, e }
  throw new KeyRefused('only EC P-256, RSA and Ed25519 keys are used')
}

/** The one algorithm a key may be used with. */
export const algorithmOf = (jwk: PublicJwk): SigningAlgorithm => (jwk.kty === 'EC' ? 'ES256' : jwk.kty === 'RSA' ? 'PS256' : 'EdDSA')

/** What WebCrypto must be told about a key of this algorithm. */
export function importParameters(alg: SigningAlgorithm) {
  switch (alg) {
    case 'ES256':
      return { name: 'ECDSA', namedCurve: 'P-256' }
    case 'PS256':
      return { name: 'RSA-PSS', hash: 'SHA-256' }
    case 'EdDSA':
      return { name: 'Ed25519' }
  }
}

/** A key cannot be registered or used: the message names the member and the rule, never key material. */
export class KeyRefused extends Error {
  override name = 'KeyRefused'
}

const publicPart = ({ kty, crv, x, y, n, e }: JsonWebKey): JsonWebKey =>
  kty === 'RSA'
    ? { kty, n: n as string, e: e as string }
    : kty === 'EC'
      ? { kty, crv: crv as string, x: x as string, y: y as string }
      : { kty: kty as string, crv: crv as string, x: x as string }
