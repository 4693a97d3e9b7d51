// Sealing of persons' data: AES-256-GCM under one key per person, each key wrapped by the master key, each ciphertext bound to its place.
import { createCipheriv, createDecipheriv, createSecretKey, type KeyObject, randomBytes, randomFillSync } from 'node:crypto'
import { deflateRawSync, inflateRawSync } from 'node:zlib'
import type { Keyring, MasterKey } from './master-key.ts'

/** One person's (or any owner's) key. A `KeyObject`, so that neither JSON nor a log line can show it. */
export type DataKey = KeyObject

/** Where a ciphertext lives. Moved to another row, column or table it does not open. */
export interface Place {
  table: string
  column: string
  row: string
}

/** A new random data key. Wrap it before anything sealed under it is stored. */
export const newDataKey = (): DataKey => createSecretKey(randomBytes(32))

/**
 * Seals text (UTF-8) or bytes under a data key, bound to `place`.
 * Gives version (1 byte) | nonce (12) | ciphertext | tag (16). From `deflateFromBytes` up the plaintext is deflated first:
 * measured on records of 1.5 kB, deflating saves 43 % but costs 24 µs beside 9 µs for sealing; it pays once a row would otherwise
 * leave its page (PostgreSQL moves values out of line from about 2 kB), and most of all for documents about many persons.
 */
export function seal(key: DataKey, plaintext: string | Uint8Array, place: Place): Buffer {
  const plain = typeof plaintext === 'string' ? Buffer.from(plaintext, 'utf8') : plaintext
  if (plain.length > plaintextBytesMax) throw new RangeError(`cannot seal ${plain.length} bytes: the limit is ${plaintextBytesMax}`)
  const deflated = plain.length >= deflateFromBytes ? deflateRawSync(plain, plain.length < windowBytes ? small : { level: 3 }) : plain
  const shorter = deflated.length < plain.length
  return encrypt(shorter ? versions.deflated : versions.plain, key, shorter ? deflated : plain, boundTo(place))
}

/** Opens what `seal` made. Throws `Erased` when the key has been destroyed (null), `NotOpened` when key, place or bytes are wrong. */
export function open(key: DataKey | null, sealed: Uint8Array, place: Place): Buffer {
  if (key === null) throw new Erased(place)
  const plain = decrypt(key, sealed, boundTo(place), place)
  return sealed[0] === versions.deflated ? inflateRawSync(plain, { maxOutputLength: plaintextBytesMax }) : plain
}

/** Opens JSON that was sealed as text. */
export const openJson = <T>(key: DataKey | null, sealed: Uint8Array, place: Place): T =>
  JSON.parse(open(key, sealed, place).toString('utf8')) as T

/**
 * Wraps a data key under the current master key, bound to its owner's id.
 * Gives version (1 byte) | master key id (8) | nonce (12) | wrapped key (32) | tag (16): 69 bytes.
 */
export function wrapKey(keyring: Keyring, dataKey: DataKey, owner: string): Buffer {
  const name = Buffer.from(keyring.current.id, 'hex')
  const body = encrypt(versions.wrapped, keyring.current.key, dataKey.export(), Buffer.concat([name, Buffer.from(`key of ${owner}`)]))
  return Buffer.concat([body.subarray(0, 1), name, body.subarray(1)])
}

/**
 * Unwraps a data key. Throws `Erased` when there is none any more (null or empty), `NotOpened` when its master key is not in the
 * keyring, or the wrap is damaged or another owner's.
 */
export function unwrapKey(keyring: Keyring, wrapped: Uint8Array | null, owner: string): DataKey {
  const place = { table: 'key', column: 'wrapped', row: owner }
  if (wrapped === null || wrapped.length === 0) throw new Erased(place)
  const name = Buffer.from(wrapped.subarray(1, 9))
  const master = masterOf(keyring, name.toString('hex'))
  if (master === undefined) {
    throw new NotOpened(
      place,
      `it is wrapped by master key ${name.toString('hex')}, which is not configured: name its file in MASTER_KEY_FILE, or in FORMER_MASTER_KEY_FILES where it was replaced`
    )
  }
  const body = Buffer.concat([wrapped.subarray(0, 1), wrapped.subarray(9)])
  if (body[0] !== versions.wrapped) throw new NotOpened(place, 'it is not a wrapped key')
  return createSecretKey(decrypt(master.key, body, Buffer.concat([name, Buffer.from(`key of ${owner}`)]), place))
}

/** The same data key wrapped by the current master key; null when it already is. For rotation, row by row. */
export function rewrapKey(keyring: Keyring, wrapped: Uint8Array, owner: string): Buffer | null {
  if (Buffer.from(wrapped.subarray(1, 9)).toString('hex') === keyring.current.id) return null
  return wrapKey(keyring, unwrapKey(keyring, wrapped, owner), owner)
}

/** The key was destroyed: the person's data is gone for good, and that is no fault. */
export class Erased extends Error {
  override name = 'Erased'
  constructor(place: Place) {
    super(`${place.table}.${place.column} of ${place.row} cannot be read: its key was destroyed when the person was erased`)
  }
}

/** The ciphertext did not open: another key, another place, or altered bytes. */
export class NotOpened extends Error {
  override name = 'NotOpened'
  constructor(place: Place, because: string) {
    super(`${place.table}.${place.column} of ${place.row} did not open: ${because}`)
  }
}

/** Random bytes are drawn for a thousand nonces at a time: asking the system for twelve costs more than sealing a record. */
const noncePool = Buffer.alloc(1_000 * 12)
let noncesUsed = noncePool.length

const nextNonce = (): Buffer => {
  if (noncesUsed === noncePool.length) {
    randomFillSync(noncePool)
    noncesUsed = 0
  }
  const nonce = Buffer.from(noncePool.subarray(noncesUsed, noncesUsed + nonceBytes))
  noncesUsed += nonceBytes
  return nonce
}

const versions = { plain: 1, deflated: 2, wrapped: 3 } as const
const nonceBytes = 12
const tagBytes = 16
const deflateFromBytes = 1_800
/** A record fits a window of 4 kB: making zlib's own of 32 kB costs as much as deflating it. */
const windowBytes = 4_096
const small = { level: 3, windowBits: 12, memLevel: 5 } as const
/** The largest document taken in (XML, 8 MiB) fits; whatever claims to inflate beyond is refused. */
const plaintextBytesMax = 16 * 1024 * 1024

/** NUL cannot stand in a table's, column's or row's name as stored, so no two places give the same bytes. */
const boundTo = ({ table, column, row }: Place): Buffer => Buffer.from(`${table}\0${column}\0${row}`, 'utf8')

const masterOf = (keyring: Keyring, id: string): MasterKey | undefined =>
  [keyring.current, ...keyring.previous].find(master => master.id === id)

function encrypt(version: number, key: KeyObject, plain: Uint8Array, bound: Uint8Array): Buffer {
  const sealed = Buffer.allocUnsafe(1 + nonceBytes + plain.length + tagBytes)
  sealed[0] = version
  const nonce = nextNonce()
  nonce.copy(sealed, 1)
  const cipher = createCipheriv('aes-256-gcm', key, nonce, { authTagLength: tagBytes })
  cipher.setAAD(withVersion(version, bound))
  cipher.update(plain).copy(sealed, 1 + nonceBytes)
  cipher.final()
  cipher.getAuthTag().copy(sealed, 1 + nonceBytes + plain.length)
  return sealed
}

function decrypt(key: KeyObject, sealed: Uint8Array, bound: Uint8Array, place: Place): Buffer {
  const version = sealed[0]
  if (sealed.length < 1 + nonceBytes + tagBytes) throw new NotOpened(place, 'it is too short to be sealed')
  if (version !== versions.plain && version !== versions.deflated && version !== versions.wrapped) {
    throw new NotOpened(place, 'it is not in a format this version knows')
  }
  const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(1, 1 + nonceBytes), { authTagLength: tagBytes })
  decipher.setAAD(withVersion(version, bound))
  decipher.setAuthTag(sealed.subarray(sealed.length - tagBytes))
  const plain = decipher.update(sealed.subarray(1 + nonceBytes, sealed.length - tagBytes))
  try {
    decipher.final()
  } catch {
    throw new NotOpened(place, 'the key is another one, or the bytes were altered or moved')
  }
  return plain
}

function withVersion(version: number, bound: Uint8Array): Buffer {
  const bytes = Buffer.allocUnsafe(1 + bound.length)
  bytes[0] = version
  bytes.set(bound, 1)
  return bytes
}
