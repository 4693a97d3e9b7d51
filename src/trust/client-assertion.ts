// Client authentication by a signed assertion (RFC 7523, private_key_jwt), as clients in the field make them.

import { sha256 } from './keyed-hash.ts'
import { generateSigningKey, type SigningAlgorithm, type VerificationKey } from './keys.ts'
import { clockSkewSeconds, verifySignature } from './signature.ts'
import { isJsonObject, NotStrictJson, parseStrictJson } from './strict-json.ts'
import { hasType, readToken, TokenRefused, type UnverifiedToken } from './token-format.ts'

export interface AssertionClient {
  id: string
  keys: readonly VerificationKey[]
  /** Takes the token endpoint's URL as audience too. */
  legacyAudience: boolean
}

/** `hash` goes into the memory of used assertions until `expiresAt`: the caller must refuse one already there. */
export interface VerifiedAssertion {
  hash: Buffer
  expiresAt: Date
}

/** For `error_description`. An unknown client, an unknown key and a bad signature give the same text. */
export interface AssertionRefused {
  refused: string
}

/** The client an assertion claims to come from, unverified: only to look the client up. Null when it cannot be read. */
export function claimedClient(assertion: string): string | null {
  try {
    const { payloadSegment } = readToken(assertion)
    const claims = parseStrictJson(Buffer.from(payloadSegment, 'base64url'))
    const subject = isJsonObject(claims) ? claims.sub : null
    return typeof subject === 'string' && subject.length >= 1 && subject.length <= 256 ? subject : null
  } catch (cause) {
    if (cause instanceof TokenRefused || cause instanceof NotStrictJson) return null
    throw cause
  }
}

/**
 * Verifies an assertion of `client` (null: nobody has this id, and the same work is done). `audience` is our issuer, taken as a single
 * string only; `tokenEndpoint` is taken from clients marked so. `now` is wall time.
 */
export async function verifyClientAssertion(
  assertion: string,
  client: AssertionClient | null,
  audience: { issuer: string; tokenEndpoint: string },
  now: Date
): Promise<VerifiedAssertion | AssertionRefused> {
  try {
    const token = readToken(assertion)
    if (!hasAssertionType(token)) throw new AssertionFault('the header member "typ" must be absent, "JWT" or "client-authentication+jwt"')
    const claims = await verifyByClient(token, client)
    return checkClaims(claims, client as AssertionClient, audience, Math.floor(now.getTime() / 1000))
  } catch (cause) {
    if (cause instanceof AssertionFault) return { refused: cause.message }
    if (cause instanceof TokenRefused) return { refused: cause.kind === 'key' ? notAuthenticated : cause.message }
    throw cause
  }
}

/** What no other token is refused for. In English: RFC 6749 5.2 leaves an `error_description` ASCII alone. */
class AssertionFault extends Error {
  override name = 'AssertionFault'
}

const notAuthenticated = 'the client is unknown, or the assertion is not signed with one of its registered keys'
const assertionLifeSecondsMax = 3600

const hasAssertionType = ({ header: { typ } }: UnverifiedToken): boolean =>
  typ === undefined || hasType(typ, 'jwt') || hasType(typ, 'client-authentication+jwt')

/** A signature is checked in any case, with a key nobody holds if need be: the time taken does not tell who is registered. */
async function verifyByClient(token: UnverifiedToken, client: AssertionClient | null): Promise<Record<string, unknown>> {
  const { alg, kid } = token.header
  const name = alg === 'Ed25519' ? 'EdDSA' : alg
  const mayVerify = client?.keys.some(key => key.alg === name && (kid === undefined || key.kid === kid))
  if (client && mayVerify) return verifySignature(token, client.keys)
  if (name === 'ES256' || name === 'PS256' || name === 'EdDSA') {
    const { kid: _, ...header } = token.header
    await verifySignature({ ...token, header }, [await decoyKey(name)])
  }
  throw new AssertionFault(notAuthenticated)
}

const decoys = new Map<SigningAlgorithm, Promise<VerificationKey>>()

function decoyKey(alg: SigningAlgorithm): Promise<VerificationKey> {
  const known = decoys.get(alg)
  if (known) return known
  const drawn = generateSigningKey(alg).then(({ key }) => key)
  decoys.set(alg, drawn)
  return drawn
}

function checkClaims(
  { iss, sub, aud, jti, exp, nbf, iat }: Record<string, unknown>,
  client: AssertionClient,
  { issuer, tokenEndpoint }: { issuer: string; tokenEndpoint: string },
  nowSeconds: number
): VerifiedAssertion {
  if (iss !== client.id || sub !== client.id) throw new AssertionFault('iss and sub must both be your client_id')
  if (aud !== issuer && !(client.legacyAudience && aud === tokenEndpoint)) throw new AssertionFault(`aud must be the string ${issuer}`)
  if (typeof jti !== 'string' || jti.length < 1 || jti.length > 256) throw new AssertionFault('jti must be a string of 1 to 256 characters')
  if (!isTime(exp)) throw new AssertionFault('exp must be a number: seconds since 1970')
  if (exp <= nowSeconds - clockSkewSeconds) throw new AssertionFault('the assertion has expired: make a new one for each request')
  if (exp > nowSeconds + assertionLifeSecondsMax + clockSkewSeconds) throw new AssertionFault('exp must be at most one hour ahead')
  for (const [name, time] of Object.entries({ nbf, iat })) {
    if (time === undefined) continue
    if (!isTime(time) || time > nowSeconds + clockSkewSeconds)
      throw new AssertionFault(`${name} lies in the future or is no number: check your clock`)
  }
  return { hash: sha256(JSON.stringify([client.id, jti])), expiresAt: new Date((Math.ceil(exp) + clockSkewSeconds) * 1000) }
}

const isTime = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value) && value >= 0
