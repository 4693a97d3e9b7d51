// The shape of a compact JWS before any cryptography: format, canonical base64url and header rules (RFC 7515, RFC 8725).
import type { Said } from '../domain/words/said.ts'
import { isJsonObject, NotStrictJson, parseStrictJson } from './strict-json.ts'
import { inEnglish, says } from './words/words.ts'

/** A well-formed token that nobody has verified yet. */
export interface UnverifiedToken {
  compact: string
  header: { alg: string; kid?: string; typ?: string }
  /** Base64url, as sent. */
  payloadSegment: string
}

/** Why a token was refused. `said` is for the sender: it says what to do and holds nothing secret. */
export class TokenRefused extends Error {
  override name = 'TokenRefused'
  readonly kind: 'malformed' | 'header' | 'key' | 'issuer' | 'audience' | 'claim'
  readonly said: Said
  constructor(kind: TokenRefused['kind'], said: Said) {
    super(inEnglish(said))
    this.kind = kind
    this.said = said
  }
}

export const tokenBytesMax = 64 * 1024

/**
 * Takes a token apart. Refuses what libraries tolerate: blanks, padding, JSON serialization, base64url whose unused bits are set (a
 * twin of the same bytes), and headers that name keys or extensions (`crit`, `b64`, `zip`, `jku`, `x5u`, `jwk`). `x5c` and `x5t` are
 * ignored. The algorithm is only read here: `verifySignature` compares it with the key. Throws `TokenRefused`.
 */
export function readToken(compact: string, bytesMax = tokenBytesMax): UnverifiedToken {
  if (compact.length > bytesMax) throw new TokenRefused('malformed', says('token-length', { kib: bytesMax / 1024 }))
  if (!/^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$/.test(compact)) {
    throw new TokenRefused('malformed', says('token-form'))
  }
  const [headerSegment, payloadSegment, signatureSegment] = compact.split('.') as [string, string, string]
  const header = decodeSegment(headerSegment)
  if (!isCanonical(payloadSegment) || !isCanonical(signatureSegment)) throw new TokenRefused('malformed', says('token-not-canonical'))
  return { compact, header: readHeader(header), payloadSegment }
}

/** Compares a media type of a `typ` header, case-insensitively and with or without `application/` (RFC 7515 4.1.9). */
export const hasType = (typ: string | undefined, name: string): boolean => typ?.toLowerCase().replace(/^application\//, '') === name

const refusedMembers = ['crit', 'b64', 'zip', 'jku', 'x5u', 'jwk']

/** Four characters are three bytes; in a shorter last group, the bits beyond the last byte must be zero, and one character is no byte. */
function isCanonical(segment: string): boolean {
  const rest = segment.length % 4
  if (rest === 0) return true
  if (rest === 1) return false
  const last = alphabet.indexOf(segment.charAt(segment.length - 1))
  return (last & (rest === 2 ? 0b1111 : 0b11)) === 0
}

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'

function decodeSegment(segment: string): Buffer {
  if (!isCanonical(segment)) throw new TokenRefused('malformed', says('token-not-canonical'))
  return Buffer.from(segment, 'base64url')
}

function readHeader(bytes: Buffer): UnverifiedToken['header'] {
  const header = parseHeader(bytes)
  for (const name of refusedMembers) {
    if (Object.hasOwn(header, name)) throw new TokenRefused('header', says('header-member', { name }))
  }
  const { alg, kid, typ } = header
  if (typeof alg !== 'string') throw new TokenRefused('header', says('header-alg'))
  if (kid !== undefined && (typeof kid !== 'string' || kid.length < 1 || kid.length > 256)) {
    throw new TokenRefused('key', says('header-kid'))
  }
  if (typ !== undefined && typeof typ !== 'string') throw new TokenRefused('header', says('header-typ-form'))
  return { alg, ...(kid === undefined ? {} : { kid }), ...(typ === undefined ? {} : { typ }) }
}

function parseHeader(bytes: Buffer): Record<string, unknown> {
  try {
    const header = parseStrictJson(bytes)
    if (isJsonObject(header)) return header
  } catch (cause) {
    if (!(cause instanceof NotStrictJson)) throw cause
  }
  throw new TokenRefused('header', says('header-form'))
}
