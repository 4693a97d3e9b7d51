// The log's own keys: what checkpoints are signed and checked with.
import { createPrivateKey, createPublicKey, type JsonWebKey, type KeyObject } from 'node:crypto'

export interface LogKey {
  publicKey: KeyObject
  privateKey: KeyObject
}

/** Reads the JSON that `generateSigningKey` gave for an ES256 key. */
export const loadLogKey = (privateJwk: string): LogKey => {
  const privateKey = createPrivateKey({ key: JSON.parse(privateJwk) as JsonWebKey, format: 'jwk' })
  return { privateKey, publicKey: createPublicKey(privateKey) }
}
