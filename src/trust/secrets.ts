// Secrets that are drawn, shown once and kept as hashes; and comparisons whose time tells nothing.
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'

/** `prefix` and 32 random bytes in base64url: URL-safe, recognisable in a leak. */
export const randomToken = (prefix = ''): string => `${prefix}${randomBytes(32).toString('base64url')}`

/** A token to be used once: the text is shown, the hash is stored. 32 random bytes need no slow hash. */
export function oneTimeToken(prefix: string): { token: string; hash: Buffer } {
  const token = randomToken(prefix)
  return { token, hash: hashToken(token) }
}

/** SHA-256 of a random token, as stored. */
export const hashToken = (token: string): Buffer => createHash('sha256').update(token, 'utf8').digest()

/** Whether two secrets are equal, in a time that depends on neither (nor on their lengths). */
export const secretsEqual = (given: string | Uint8Array, expected: string | Uint8Array): boolean =>
  timingSafeEqual(digest(given), digest(expected))

const digest = (secret: string | Uint8Array): Buffer => createHash('sha256').update(secret).digest()
