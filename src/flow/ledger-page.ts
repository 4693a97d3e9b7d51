// Leaves of one transaction: commitments to what was received or sent, written together and sequenced later.

import type { Tx } from '../store/database.ts'
import { insertLeaves } from '../store/subjects.ts'
import { leafCommitment } from '../trust/leaf.ts'
import type { Gateway } from './gateway.ts'
import { newId } from './identifiers.ts'
import type { Owner } from './vault.ts'

export interface LedgerPage {
  /** `message` is our id of the event or attempt, `evidence` the bytes committed to. */
  add(kind: 'accepted' | 'sent' | 'acknowledged' | 'refused', owner: Owner, source: string, message: string, evidence: string): void
  /** As `add`, of what is kept elsewhere. */
  commit: LedgerPage['add']
  /** A leaf whose commitment was made before. */
  put(leaf: NewLeaf): void
  write(): Promise<void>
}

type NewLeaf = Parameters<typeof insertLeaves>[1][number]

export const openLedgerPage = (gateway: Gateway, tx: Tx, now: Date): LedgerPage => {
  const leaves: NewLeaf[] = []
  const commit: LedgerPage['add'] = (kind, owner, source, message, evidence) => {
    const id = newId()
    leaves.push({ id, kind, source, message, commitment: leafCommitment(gateway.vault.key(owner), id, evidence) })
  }
  return {
    add: commit,
    commit,
    put: leaf => {
      leaves.push(leaf)
    },
    write: async () => {
      if (leaves.length > 0) await insertLeaves(tx, leaves, now)
    }
  }
}
