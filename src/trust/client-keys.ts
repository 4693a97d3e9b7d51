// The JWK Set a client registers: checked member by member, then turned into keys bound to one algorithm each.
import { createPublicKey, type KeyObject } from 'node:crypto'
import { calculateJwkThumbprint } from 'jose'
import { boundedCache } from './bounded-cache.ts'
import { algorithmOf, canonicalJwk, importParameters, KeyRefused, type PublicJwk, type VerificationKey } from './keys.ts'

/** What is stored of a registered key and published nowhere: canonical members and the kid the client uses. */
export type RegisteredJwk = PublicJwk & { kid: string }

/**
 * Checks a client's JWK Set (RFC 7517) as given at registration, already parsed: 1 to 8 public keys, 16 KiB at most, kids unique
 * and of 1 to 256 printable characters (the RFC 7638 thumbprint where a key has none), EC P-256, RSA 2048 to 8192 bits with
 * e = 65537, or Ed25519; `alg`, where present, must fit. Members we do not use (x5c, x5t, …) are dropped.
 * Throws `KeyRefused`, whose message says which key and which rule.
 */
export async function registerJwks(input: unknown): Promise<{ keys: RegisteredJwk[] }> {
  if (!isObject(input) || !Array.isArray(input.keys)) throw new KeyRefused('jwks must be an object with a member "keys", an array of JWKs')
  if (Buffer.byteLength(JSON.stringify(input)) > jwksBytesMax)
    throw new KeyRefused('jwks is longer than 16 KiB: register fewer or smaller keys')
  if (input.keys.length < 1 || input.keys.length > keysMax)
    throw new KeyRefused(`jwks must hold 1 to ${keysMax} keys, not ${input.keys.length}`)
  const keys: RegisteredJwk[] = []
  const thumbprints = new Set<string>()
  for (const [index, entry] of input.keys.entries()) {
    const { registered, thumbprint } = await registerJwk(entry, `keys[${index}]`)
    if (keys.some(({ kid }) => kid === registered.kid))
      throw new KeyRefused(`keys[${index}] has the kid of an earlier key: give each key its own`)
    if (thumbprints.has(thumbprint)) throw new KeyRefused(`keys[${index}] is the same key as an earlier one under another kid`)
    thumbprints.add(thumbprint)
    keys.push(registered)
  }
  return { keys }
}

/** Turns stored keys into usable ones, remembering the last `max` sets by their text: loading costs as much as a verification. */
export function clientKeyLoader(max = 1_000): (jwks: { keys: readonly RegisteredJwk[] }) => readonly VerificationKey[] {
  const loaded = boundedCache<readonly VerificationKey[]>(max)
  return jwks => {
    const text = JSON.stringify(jwks)
    const known = loaded.get(text)
    if (known) return known
    const keys = jwks.keys.map(loadRegistered)
    loaded.set(text, keys)
    return keys
  }
}

const keysMax = 8
const jwksBytesMax = 16 * 1024
const privateMembers = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k', 'priv']

function loadRegistered({ kid, ...jwk }: RegisteredJwk): VerificationKey {
  const alg = algorithmOf(jwk)
  return { kid, alg, jwk, publicKey: createPublicKey({ key: jwk, format: 'jwk' }).toCryptoKey(importParameters(alg), true, ['verify']) }
}

async function registerJwk(entry: unknown, where: string): Promise<{ registered: RegisteredJwk; thumbprint: string }> {
  if (!isObject(entry)) throw new KeyRefused(`${where} must be a JWK object`)
  const secret = privateMembers.find(member => Object.hasOwn(entry, member))
  if (secret !== undefined) throw new KeyRefused(`${where} has the private member "${secret}": send public keys only, and replace this key`)
  refuseOtherUses(entry, where)
  const jwk = canonicalJwk(importPublic(entry, where))
  refuseOtherAlgorithm(entry.alg, jwk, where)
  const thumbprint = await calculateJwkThumbprint(jwk)
  return { registered: { ...jwk, kid: kidOf(entry.kid, thumbprint, where) }, thumbprint }
}

function refuseOtherUses({ use, key_ops: operations }: Record<string, unknown>, where: string): void {
  if (use !== undefined && use !== 'sig') throw new KeyRefused(`${where}.use must be "sig" or absent`)
  if (operations === undefined) return
  if (!Array.isArray(operations) || !operations.includes('verify'))
    throw new KeyRefused(`${where}.key_ops must contain "verify" or be absent`)
}

/** Only the members of the key itself reach the crypto library. */
function importPublic(entry: Record<string, unknown>, where: string): KeyObject {
  const { kty, crv } = entry
  const members = kty === 'EC' ? ['x', 'y'] : kty === 'RSA' ? ['n', 'e'] : kty === 'OKP' ? ['x'] : null
  if (members === null) throw new KeyRefused(`${where}.kty must be "EC", "RSA" or "OKP"`)
  if (kty === 'EC' && crv !== 'P-256') throw new KeyRefused(`${where}.crv must be "P-256" (algorithm ES256)`)
  if (kty === 'OKP' && crv !== 'Ed25519') throw new KeyRefused(`${where}.crv must be "Ed25519" (algorithm EdDSA)`)
  for (const member of members) {
    const value = entry[member]
    if (typeof value !== 'string' || !/^[A-Za-z0-9_-]+$/.test(value)) throw new KeyRefused(`${where}.${member} must be base64url text`)
  }
  const picked = Object.fromEntries(
    ['kty', 'crv', ...members].filter(member => entry[member] !== undefined).map(member => [member, entry[member]])
  )
  try {
    const key = createPublicKey({ key: picked, format: 'jwk' })
    if (kty === 'RSA') refuseWeakRsa(key, where)
    return key
  } catch (cause) {
    if (cause instanceof KeyRefused) throw cause
    throw new KeyRefused(`${where} is not a valid ${String(kty)} public key`)
  }
}

function refuseWeakRsa(key: KeyObject, where: string): void {
  const { modulusLength, publicExponent } = key.asymmetricKeyDetails ?? {}
  if (modulusLength === undefined || modulusLength < 2048 || modulusLength > 8192) {
    throw new KeyRefused(`${where} must have 2048 to 8192 bits, not ${modulusLength ?? 0}`)
  }
  if (publicExponent !== 65537n) throw new KeyRefused(`${where}.e must be AQAB (65537)`)
}

/** Ed25519 keys are bound by their curve: libraries disagree on the algorithm's name, so theirs is dropped. */
function refuseOtherAlgorithm(alg: unknown, jwk: PublicJwk, where: string): void {
  if (alg === undefined) return
  const fitting: readonly unknown[] = jwk.kty === 'OKP' ? ['EdDSA', 'Ed25519'] : [algorithmOf(jwk)]
  if (!fitting.includes(alg))
    throw new KeyRefused(`${where}.alg must be ${fitting.map(name => `"${name}"`).join(' or ')}, or absent, for this key`)
}

function kidOf(kid: unknown, thumbprint: string, where: string): string {
  if (kid === undefined) return thumbprint
  if (typeof kid !== 'string' || !/^[\x20-\x7e]{1,256}$/.test(kid))
    throw new KeyRefused(`${where}.kid must be 1 to 256 printable ASCII characters`)
  return kid
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value)
