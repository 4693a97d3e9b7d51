// Access tokens (RFC 9068): short-lived, signed, and without permissions inside: those are looked up by client for each request.
import { randomUUID } from 'node:crypto'
import { boundedCache } from './bounded-cache.ts'
import type { SigningKey, VerificationKey } from './keys.ts'
import { clockSkewSeconds, signToken, verifySignature } from './signature.ts'
import { hasType, readToken, TokenRefused } from './token-format.ts'

export const accessTokenLifeSeconds = 300

export interface AccessToken {
  clientId: string
  scopes: readonly string[]
  jti: string
  /** Seconds since 1970. */
  expiresAt: number
  /** SHA-256 of the certificate whose holder alone may use it (RFC 8705 3), base64url; null: whoever bears it. */
  certificate: string | null
}

/** Signs an access token for a client and the scopes granted to it. `issuer` is the audience too. */
export function issueAccessToken(
  key: SigningKey,
  issuer: string,
  grant: { clientId: string; scopes: readonly string[]; certificate: string | null },
  now: Date
): Promise<string> {
  const iat = Math.floor(now.getTime() / 1000)
  const { clientId, scopes, certificate } = grant
  const claims = {
    iss: issuer,
    aud: issuer,
    sub: clientId,
    client_id: clientId,
    scope: scopes.join(' '),
    iat,
    exp: iat + accessTokenLifeSeconds,
    jti: randomUUID(),
    ...(certificate === null ? {} : { cnf: { 'x5t#S256': certificate } })
  }
  return signToken(key, 'at+jwt', claims)
}

/**
 * Makes the verifier of our access tokens. It remembers the last `max` verified tokens until they expire, for a client sends each
 * hundreds of times; a key withdrawn from `keys()` ends what it signed at once. Gives null for any token that is not ours and in force.
 */
export function accessTokenVerifier(issuer: string, keys: () => readonly VerificationKey[], max = 10_000) {
  const verified = boundedCache<{ token: AccessToken; kid: string }>(max)
  return async (compact: string, now: Date): Promise<AccessToken | null> => {
    const nowSeconds = Math.floor(now.getTime() / 1000)
    const known = verified.get(compact)
    if (known) {
      if (inForce(known.token, nowSeconds) && keys().some(key => key.kid === known.kid)) return known.token
      verified.delete(compact)
      return null
    }
    const fresh = await verify(compact, issuer, keys(), nowSeconds)
    if (fresh) verified.set(compact, fresh)
    return fresh?.token ?? null
  }
}

async function verify(compact: string, issuer: string, keys: readonly VerificationKey[], nowSeconds: number) {
  try {
    const token = readToken(compact)
    const { kid } = token.header
    if (kid === undefined || !hasType(token.header.typ, 'at+jwt')) return null
    const claims = await verifySignature(token, keys)
    const { iss, aud, sub, client_id: clientId, scope, iat, exp, jti, cnf } = claims
    if (iss !== issuer || aud !== issuer || typeof clientId !== 'string' || sub !== clientId) return null
    if (typeof scope !== 'string' || typeof jti !== 'string' || !Number.isSafeInteger(exp) || !Number.isSafeInteger(iat)) return null
    if ((iat as number) > nowSeconds + clockSkewSeconds) return null
    const certificate = cnf === undefined ? null : (cnf as { 'x5t#S256'?: unknown } | null)?.['x5t#S256']
    if (certificate !== null && typeof certificate !== 'string') return null
    const read: AccessToken = { clientId, scopes: scope.split(' ').filter(name => name !== ''), jti, expiresAt: exp as number, certificate }
    return inForce(read, nowSeconds) ? { token: read, kid } : null
  } catch (cause) {
    if (cause instanceof TokenRefused) return null
    throw cause
  }
}

const inForce = ({ expiresAt }: AccessToken, nowSeconds: number): boolean => expiresAt > nowSeconds - clockSkewSeconds
