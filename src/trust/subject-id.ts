// Pairwise ids of subjects for clients that read: each client knows a record by another id, so two clients cannot join their data by it.
import { createCipheriv, createDecipheriv, type KeyObject } from 'node:crypto'
import { deriveKey } from './master-key.ts'

export interface SubjectIds {
  /** 22 characters of base64url; the same for the same client and subject, always. */
  write(subjectId: string, clientId: string): string
  /** The UUID behind an id, or null for what is no such id. An id of another client gives a UUID that nobody has. */
  read(id: string, clientId: string): string | null
}

/**
 * `secret` must outlive rotations of the master key: give the gateway's own data key. One block of AES is a permutation of all UUIDs, under
 * a key of each client's own: nothing has to be stored, and nothing can be told from an id.
 */
export function subjectIds(secret: KeyObject): SubjectIds {
  const keyOf = (clientId: string): KeyObject => deriveKey(secret, `jisr subject id: ${clientId}`)
  return {
    write(subjectId, clientId) {
      const cipher = createCipheriv('aes-256-ecb', keyOf(clientId), null).setAutoPadding(false)
      return cipher.update(Buffer.from(subjectId.replaceAll('-', ''), 'hex')).toString('base64url')
    },
    read(id, clientId) {
      const block = Buffer.from(id, 'base64url')
      if (block.length !== 16 || block.toString('base64url') !== id) return null
      const hex = createDecipheriv('aes-256-ecb', keyOf(clientId), null).setAutoPadding(false).update(block).toString('hex')
      return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
    }
  }
}
