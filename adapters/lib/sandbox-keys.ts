// Compact JWS (RFC 7515, ES256) for partner doubles, on node:crypto alone: a second reading of the standard, so that a mistake of
// the gateway's own signing is seen and not shared.
import { createHash, createPrivateKey, createPublicKey, type JsonWebKey, sign, verify } from 'node:crypto'

export type Jwk = JsonWebKey & { kid?: string }

/** @param key private P-256 JWK with its kid */
export const signCompact = (key: Jwk, typ: string, payload: Readonly<Record<string, unknown>>): string => {
  const header = { alg: 'ES256', typ, kid: key.kid ?? thumbprint(key) }
  const signed = `${encode(JSON.stringify(header))}.${encode(JSON.stringify(payload))}`
  const signature = sign('sha256', Buffer.from(signed), { key: createPrivateKey({ key, format: 'jwk' }), dsaEncoding: 'ieee-p1363' })
  return `${signed}.${signature.toString('base64url')}`
}

/** The payload when one of `keys` (public JWKs) made the token and its typ is the one asked for; null otherwise. */
export const verifyCompact = (token: string, typ: string, keys: readonly Jwk[]): Record<string, unknown> | null => {
  const [header, payload, signature, ...more] = token.split('.')
  if (header === undefined || payload === undefined || signature === undefined || more.length > 0) return null
  const protectedHeader = decode(header)
  if (protectedHeader?.alg !== 'ES256' || protectedHeader.typ !== typ) return null
  const candidates = keys.filter(key => (key.kid ?? thumbprint(key)) === protectedHeader.kid)
  const bytes = Buffer.from(signature, 'base64url')
  const made = candidates.some(key =>
    verify(
      'sha256',
      Buffer.from(`${header}.${payload}`),
      { key: createPublicKey({ key, format: 'jwk' }), dsaEncoding: 'ieee-p1363' },
      bytes
    )
  )
  return made ? decode(payload) : null
}

/** RFC 7638 thumbprint of a P-256 key. */
export const thumbprint = ({ crv, kty, x, y }: Jwk): string =>
  createHash('sha256').update(JSON.stringify({ crv, kty, x, y })).digest('base64url')

const encode = (text: string) => Buffer.from(text).toString('base64url')

const decode = (segment: string): Record<string, unknown> | null => {
  try {
    const value: unknown = JSON.parse(Buffer.from(segment, 'base64url').toString('utf8'))
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : null
  } catch {
    return null
  }
}
