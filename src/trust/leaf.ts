// The commitment in a ledger leaf: it proves what passed through, and tells nothing once the person's key is gone.
import { createHash, hkdfSync } from 'node:crypto'
import type { DataKey } from './seal.ts'

/** SHA-256(salt || token), 32 bytes, salted from the person's key: nobody without the salt can test guesses of the token. */
export const leafCommitment = (personKey: DataKey, leafId: string, token: string): Buffer => commitment(leafSalt(personKey, leafId), token)

/** HKDF-SHA-256 of the person's key and the leaf's id, 32 bytes: goes into evidence files, never into the ledger. */
export const leafSalt = (personKey: DataKey, leafId: string): Buffer =>
  Buffer.from(hkdfSync('sha256', personKey, Buffer.alloc(0), `jisr ledger leaf ${leafId}`, 32))

/** What a verifier recomputes from an evidence file's salt and token. */
export const commitment = (salt: Uint8Array, token: string): Buffer => createHash('sha256').update(salt).update(token, 'utf8').digest()
