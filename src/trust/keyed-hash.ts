// Keyed hashes: how a person is found by a passport number, or a message by its key, in tables that hold neither.
import { createHash, createHmac, type KeyObject } from 'node:crypto'
import { deriveKey } from './master-key.ts'

/** An identifier as the schemas give it: value normalised by its own rule. */
export interface HashedIdentifier {
  scheme: string
  country?: string | undefined
  value: string
}

/** 32-byte HMAC-SHA-256 digests, each use under a key of its own, so that no two columns can be joined. */
export interface KeyedHashes {
  /** One identifier. Case, blanks and the separators `-`, `.`, `/` do not count: partners write them differently. */
  identifier(identifier: HashedIdentifier): Buffer
  /** A client's own id of a person or offer, taken to the letter. */
  sourceId(client: string, id: string): Buffer
  /** The key of a message of one source (iss and jti, row key, partner's message id), taken to the letter. */
  messageKey(source: string, key: string): Buffer
  /** Anything else that must be found again without being kept; `use` names the column. */
  other(use: string, ...parts: readonly string[]): Buffer
}

/**
 * `secret` must outlive rotations of the master key: give the gateway's own data key (drawn once, wrapped like a person's),
 * or every digest has to be made anew when the master key changes.
 */
export function keyedHashes(secret: KeyObject): KeyedHashes {
  const identifierKey = deriveKey(secret, 'jisr keyed hash: identifier')
  const sourceKey = deriveKey(secret, 'jisr keyed hash: source id')
  const messageKey = deriveKey(secret, 'jisr keyed hash: message key')
  const otherKey = deriveKey(secret, 'jisr keyed hash: other')
  return {
    identifier: ({ scheme, country, value }) => digest(identifierKey, [scheme, country ?? '', fold(value)]),
    sourceId: (client, id) => digest(sourceKey, [client, id]),
    messageKey: (source, key) => digest(messageKey, [source, key]),
    other: (use, ...parts) => digest(otherKey, [use, ...parts])
  }
}

/** SHA-256 of bytes or text (UTF-8): for what is no secret and no person's, such as a request's body. */
export const sha256 = (data: string | Uint8Array): Buffer => createHash('sha256').update(data).digest()

/** Each part is preceded by its length: ('ab', 'c') and ('a', 'bc') differ. */
function digest(key: KeyObject, parts: readonly string[]): Buffer {
  const hmac = createHmac('sha256', key)
  for (const part of parts) hmac.update(`${Buffer.byteLength(part)}:${part}`)
  return hmac.digest()
}

const fold = (value: string): string =>
  value
    .normalize('NFKC')
    .toUpperCase()
    .replace(/[\s\-./]/g, '')
