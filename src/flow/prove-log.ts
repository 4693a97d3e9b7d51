// prove: what anybody may ask of the evidence log (its last checkpoint, that a leaf is in it, that it only grew), and a sender's receipt for what it sent.

import { setTimeout as pause } from 'node:timers/promises'
import { DomainError } from '../domain/errors.ts'
import { says } from '../domain/words/words.ts'
import type { Tx } from '../store/database.ts'
import {
  type CheckpointRow,
  evidenceOwner,
  findAccepted,
  findLedgerRow,
  type LedgerRow,
  lastCheckpoint,
  ledgerSize,
  readLedger,
  wantCheckpoint
} from '../store/ledger.ts'
import { lastNotAdmitted } from '../store/not-admitted.ts'
import { recall } from '../store/seen.ts'
import { leafSalt } from '../trust/leaf.ts'
import { consistencySpans, inclusionSpans } from '../trust/merkle.ts'
import { hashesOf } from '../trust/merkle-tiles.ts'
import { writeReceipt } from '../trust/receipt.ts'
import type { DataKey } from '../trust/seal.ts'
import type { Gateway } from './gateway.ts'
import { lineOf, tileReader } from './log-tree.ts'

/** What a receipt carries beside its proof: the leaf's line and, for whoever sent it, what the commitment in it was salted with. */
export interface ReceiptExtra {
  leaf: string
  /** Base64url. Gone when the person was erased. */
  salt?: string
}

/** How long somebody who asks for a proof waits for the sequencer. */
const coverMs = 5_000
const lookEveryMs = 20
const retryAfterSeconds = 10

/** The checkpoint that was published last; null before the first. */
export const latestCheckpoint = async (gateway: Gateway): Promise<string | null> => (await lastCheckpoint(gateway.database))?.note ?? null

/** The proof that a leaf is in the log; null when there is no leaf of this number. @throws DomainError `unavailable` when no checkpoint covers it in time */
export const proveLeaf = async (gateway: Gateway, seq: number): Promise<string | null> => {
  if (seq >= (await ledgerSize(gateway.database))) return null
  const { checkpoint } = await covered(gateway, async tx => ({ seq, checkpoint: await lastCheckpoint(tx) }))
  const [leaf] = await readLedger(gateway.database, { begin: seq, end: seq + 1 })
  return leaf === undefined ? null : receiptOf(gateway.database, leaf, checkpoint, { leaf: lineOf(leaf) })
}

/**
 * A client's receipt for a SET that it pushed, whether it was taken or refused; null where it pushed none of this jti.
 * @throws DomainError `unavailable` when no checkpoint covers it in time
 */
export const receiptOfSet = async (gateway: Gateway, clientId: string, jti: string): Promise<string | null> => {
  const { database, vault } = gateway
  const keyHash = vault.hashes.messageKey(clientId, jti)
  const [seen] = await recall(database, [{ source: clientId, keyHash }])
  const eventId = seen?.eventId ?? null
  // What was refused unread and then came as it should is what was taken.
  const leafId = seen?.leafId ?? (eventId === null ? ((await lastNotAdmitted(database, clientId, keyHash)) ?? null) : null)
  if (leafId === null && eventId === null) return null
  const { row, checkpoint } = await covered(gateway, async tx => {
    const row = leafId === null ? await findAccepted(tx, clientId, eventId as string) : await findLedgerRow(tx, leafId)
    return { seq: row?.seq, row, checkpoint: await lastCheckpoint(tx) }
  })
  const leaf = row as LedgerRow
  const key = await saltingKey(gateway, leaf)
  return receiptOf(database, leaf, checkpoint, {
    leaf: lineOf(leaf),
    ...(key === null ? {} : { salt: leafSalt(key, leaf.leafId).toString('base64url') })
  })
}

/** The key that a leaf's commitment was salted from; null once it is destroyed. */
const saltingKey = async ({ database, vault }: Gateway, { kind, leafId }: LedgerRow): Promise<DataKey | null> => {
  if (kind === 'not-admitted') return vault.key('gateway')
  const owner = await evidenceOwner(database, leafId)
  if (owner === undefined) return null
  const { personId, wrappedKey } = owner
  if (personId === null) return vault.key('gateway')
  return wrappedKey === null ? null : vault.key({ personId, wrappedKey })
}

/** Hashes that show that the log of `from` leaves grew to that of `to`; null when no checkpoint covers `to`. */
export const proveConsistency = async (gateway: Gateway, from: number, to: number): Promise<string[] | null> => {
  const last = await lastCheckpoint(gateway.database)
  if (last === undefined || to > last.size) return null
  return (await hashesOf(consistencySpans(from, to), tileReader(gateway.database))).map(hash => hash.toString('base64'))
}

const receiptOf = async (tx: Tx, { seq }: LedgerRow, { size, note }: CheckpointRow, extra: ReceiptExtra): Promise<string> =>
  writeReceipt({
    index: seq,
    proof: await hashesOf(inclusionSpans(seq, size), tileReader(tx)),
    checkpoint: note,
    extra: Buffer.from(JSON.stringify(extra))
  })

/** Looks until the last checkpoint covers the leaf; has one signed at once where none does. */
const covered = async <Found extends { seq: number | undefined; checkpoint: CheckpointRow | undefined }>(
  gateway: Gateway,
  look: (tx: Tx) => Promise<Found>
): Promise<Found & { checkpoint: CheckpointRow }> => {
  const deadline = performance.now() + coverMs
  for (let round = 0; ; round++) {
    const found = await look(gateway.database)
    const { seq, checkpoint } = found
    if (seq !== undefined && checkpoint !== undefined && checkpoint.size > seq) return { ...found, checkpoint }
    if (performance.now() > deadline) throw new DomainError('unavailable', says('leaf-uncovered'), { retryAfterSeconds })
    if (round === 0) await wantCheckpoint(gateway.database)
    await pause(lookEveryMs)
  }
}
