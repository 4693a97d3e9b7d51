// Leaves of one transaction: commitments to what was received or sent, written together and sequenced later. The one door for leaves.

import type { Tx } from '../store/database.ts'
import { insertEvidence, insertLeaves, type LeafKind, type NewLeaf } from '../store/ledger.ts'
import { leafCommitment } from '../trust/leaf.ts'
import { type DataKey, seal } from '../trust/seal.ts'
import type { Gateway } from './gateway.ts'
import { newId } from './identifiers.ts'
import type { Owner } from './vault.ts'

/** A message's own key: who is in it is not known, and the message is kept where it stands. */
export interface MessageOwner {
  messageKey: DataKey
}

export interface LedgerPage {
  /**
   * `message` is our id of the event, delivery or message, `evidence` the bytes committed to; they are kept, sealed under the owner's key, and gone
   * with it. @returns the leaf's id. @throws Erased when the owner's key was destroyed.
   */
  add(kind: LeafKind, owner: Owner, source: string, message: string, evidence: string): string
  /** As `add`, of what is kept elsewhere. */
  commit(kind: LeafKind, owner: Owner | MessageOwner, source: string, message: string, evidence: string): string
  /** A leaf whose commitment was made before. */
  put(leaf: NewLeaf): void
  write(): Promise<void>
}

export const openLedgerPage = (gateway: Gateway, tx: Tx): LedgerPage => {
  const leaves: NewLeaf[] = []
  const kept: Parameters<typeof insertEvidence>[1][number][] = []
  const leave = (kind: LeafKind, key: DataKey, source: string, message: string, evidence: string): string => {
    const id = newId()
    leaves.push({ id, kind, source, message, commitment: leafCommitment(key, id, evidence) })
    return id
  }
  return {
    add: (kind, owner, source, message, evidence) => {
      const key = gateway.vault.key(owner)
      const id = leave(kind, key, source, message, evidence)
      kept.push({ leafId: id, personId: owner === 'gateway' ? null : owner.personId, body: seal(key, evidence, evidencePlace(id)) })
      return id
    },
    commit: (kind, owner, source, message, evidence) =>
      leave(
        kind,
        typeof owner === 'object' && 'messageKey' in owner ? owner.messageKey : gateway.vault.key(owner),
        source,
        message,
        evidence
      ),
    put: leaf => {
      leaves.push(leaf)
    },
    write: async () => {
      if (leaves.length > 0) await insertLeaves(tx, leaves)
      if (kept.length > 0) await insertEvidence(tx, kept)
    }
  }
}

export const evidencePlace = (leafId: string) => ({ table: 'ledger_evidence', column: 'body', row: leafId })
