// The signature of a token: making one; and which key may have made it, whether it did, and the payload it covers.
import { CompactSign, compactVerify, errors } from 'jose'
import { acceptedAlgorithms, type SigningAlgorithm, type SigningKey, type VerificationKey } from './keys.ts'
import { isJsonObject, NotStrictJson, parseStrictJson } from './strict-json.ts'
import { TokenRefused, type UnverifiedToken } from './token-format.ts'
import { says } from './words/words.ts'

/** Wall-clock difference forgiven between us and whoever signed. */
export const clockSkewSeconds = 60

/** A compact JWS of JSON claims with typ and kid in its header: receivers in the field refuse tokens without a kid. */
export const signToken = (key: SigningKey, typ: string, claims: Readonly<Record<string, unknown>>): Promise<string> =>
  new CompactSign(Buffer.from(JSON.stringify(claims))).setProtectedHeader({ alg: key.alg, typ, kid: key.kid }).sign(key.privateKey)

/**
 * Gives the payload once one of `keys` verifies it. With a kid, only the key of that name is tried; without, each key of the
 * algorithm (a client has at most 8). A key verifies with its own algorithm only. Throws `TokenRefused` of kind `key` for an
 * algorithm or kid that is not the keys' and for a bad signature, of kind `malformed` for a payload that is no JSON object.
 */
export async function verifySignature(token: UnverifiedToken, keys: readonly VerificationKey[]): Promise<Record<string, unknown>> {
  const alg = acceptedAlgorithm(token.header.alg)
  const candidates = candidateKeys(token, alg, keys)
  for (const { publicKey } of candidates) {
    const payload = await payloadOf(token, publicKey)
    if (payload !== null) return payload
  }
  throw new TokenRefused('key', says('signature'))
}

/** The keys a token may have been signed with: throws `TokenRefused` of kind `key` when there is none. */
function candidateKeys(token: UnverifiedToken, alg: SigningAlgorithm, keys: readonly VerificationKey[]): readonly VerificationKey[] {
  const { kid } = token.header
  const candidates = keys.filter(key => (kid === undefined || key.kid === kid) && key.alg === alg)
  if (candidates.length > 0) return candidates
  const known = kid === undefined || keys.some(key => key.kid === kid)
  throw new TokenRefused('key', known ? says('key-algorithm') : says('key-unknown'))
}

function acceptedAlgorithm(alg: string): SigningAlgorithm {
  const accepted = acceptedAlgorithms.find(name => name === alg)
  if (accepted === undefined) throw new TokenRefused('key', says('algorithm', { algorithms: acceptedAlgorithms.join(', ') }))
  return accepted === 'Ed25519' ? 'EdDSA' : accepted
}

async function payloadOf(token: UnverifiedToken, key: VerificationKey['publicKey']): Promise<Record<string, unknown> | null> {
  try {
    const { payload } = await compactVerify(token.compact, key, { algorithms: [token.header.alg] })
    return parsePayload(payload)
  } catch (cause) {
    if (cause instanceof errors.JWSSignatureVerificationFailed) return null
    if (cause instanceof errors.JOSEError) throw new TokenRefused('malformed', says('token-not-a-jws'))
    throw cause
  }
}

function parsePayload(bytes: Uint8Array): Record<string, unknown> {
  try {
    const payload = parseStrictJson(bytes)
    if (isJsonObject(payload)) return payload
  } catch (cause) {
    if (cause instanceof NotStrictJson) throw new TokenRefused('malformed', says('payload-json', { fault: cause.said }))
    throw cause
  }
  throw new TokenRefused('malformed', says('payload-form'))
}
