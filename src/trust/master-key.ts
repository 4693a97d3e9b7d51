// The master key: 32 bytes from a file or a key service, under which every person's key is wrapped. Weak and sample keys are refused.
import { createHash, createSecretKey, hkdfSync, type KeyObject, randomBytes } from 'node:crypto'

/** A master key and the name by which a wrapped key says which master key wrapped it. */
export interface MasterKey {
  /** First 8 bytes of a digest of the key: names the key, tells nothing about it. */
  id: string
  key: KeyObject
}

/** The master keys in use: new wraps take `current`; `previous` only unwraps, until everything has been re-wrapped. */
export interface Keyring {
  current: MasterKey
  previous: readonly MasterKey[]
}

/**
 * Reads a master key: 32 random bytes in base64 or base64url (43 or 44 characters) or hex (64), blanks at the ends ignored.
 * Throws `WeakKey` for another length or encoding, and for keys that nobody drew at random: all zero, repeated bytes or patterns,
 * counting sequences, readable text, published samples. The message never holds any part of the key.
 */
export function parseMasterKey(text: string): MasterKey {
  const bytes = decode(text.trim())
  refuseWeak(bytes)
  const id = createHash('sha256').update('jisr master key id').update(bytes).digest().subarray(0, 8).toString('hex')
  return { id, key: createSecretKey(bytes) }
}

/** 32 random bytes that our own check takes; the few that it would refuse are drawn again. */
export const drawMasterKey = (): string => {
  for (let tries = 0; tries < 100; tries++) {
    const text = randomBytes(32).toString('base64')
    try {
      parseMasterKey(text)
      return text
    } catch {}
  }
  throw new Error('the system gives no random bytes')
}

/** A key of one purpose derived from another (HKDF-SHA-256, RFC 5869), 32 bytes. */
export function deriveKey(key: KeyObject, purpose: string, salt = ''): KeyObject {
  return createSecretKey(Buffer.from(hkdfSync('sha256', key, salt, purpose, 32)))
}

/** The key may not protect anything: the message says what is wrong and how to make a good one. */
export class WeakKey extends Error {
  override name = 'WeakKey'
}

const advice = 'make one with: openssl rand -base64 32'

function decode(text: string): Buffer {
  if (/^[0-9a-fA-F]{64}$/.test(text)) return Buffer.from(text, 'hex')
  if (/^[A-Za-z0-9+/_-]{43}=?$/.test(text)) return Buffer.from(text, 'base64')
  const kind = text === '' ? 'is empty' : 'is not 32 bytes in base64 (44 characters) or hex (64 characters)'
  throw new WeakKey(`the master key ${kind}; ${advice}`)
}

/** 32 random bytes have 30.1 distinct values on average, and fewer than 20 about once in 10^14 keys. */
const distinctBytesMin = 20

function refuseWeak(bytes: Buffer): void {
  if (bytes.length !== 32) throw new WeakKey(`the master key must be 32 bytes; ${advice}`)
  if (bytes.every(byte => byte === 0)) throw new WeakKey(`the master key is all zero; ${advice}`)
  if (new Set(bytes).size < distinctBytesMin) throw new WeakKey(`the master key repeats itself and was not drawn at random; ${advice}`)
  const steps = bytes.subarray(1).map((byte, index) => byte - (bytes[index] as number))
  if (steps.every(step => step === steps[0])) throw new WeakKey(`the master key is a counting sequence; ${advice}`)
  if (bytes.every(byte => byte >= 0x20 && byte < 0x7f)) throw new WeakKey(`the master key is readable text, perhaps a sample; ${advice}`)
  if (samples.has(createHash('sha256').update(bytes).digest('hex'))) {
    throw new WeakKey(`the master key is a published sample; ${advice}`)
  }
}

/** Digests of keys that stand in documents: the SHA-256 of nothing and of common words, used as keys by examples on the web. */
const samples: ReadonlySet<string> = new Set(
  ['', 'test', 'secret', 'password', 'changeme', 'master', 'jisr'].map(word =>
    createHash('sha256').update(createHash('sha256').update(word).digest()).digest('hex')
  )
)
