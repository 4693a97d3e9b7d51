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
  write(): Promise<void>
}

export const openLedgerPage = (gateway: Gateway, tx: Tx, now: Date): LedgerPage => {
  const leaves: Parameters<typeof insertLeaves>[1][number][] = []
  return {
    add: (kind, owner, source, message, evidence) => {
      const id = newId()
      leaves.push({ id, kind, source, message, commitment: leafCommitment(gateway.vault.key(owner), id, evidence) })
    },
    write: async () => {
      if (leaves.length > 0) await insertLeaves(tx, leaves, now)
    }
  }
}
