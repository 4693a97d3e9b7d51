// What the ledger is told when a partner has answered for rows, yes or no: each row as it was sent, the frame that it stood in, and the partner's receipt.
import type { Tx } from '../store/database.ts'
import type { ClaimedRow } from '../store/deliveries.ts'
import { unlogged } from '../store/documents.ts'
import { type StoredDocument, storedDocument } from './documents.ts'
import type { Gateway } from './gateway.ts'
import { openLedgerPage } from './ledger-page.ts'
import type { Left } from './left.ts'
import type { Owner } from './vault.ts'

export interface Answered {
  partnerId: string
  parcelId: string
  /** As it was kept before it left; null when another attempt sent it. */
  document: StoredDocument | null
  /** The request that carried other bytes than the document (a token made of it), where there is one row. */
  token: Left | null
  rows: readonly ClaimedRow[]
  receipts: ReadonlyMap<string, string>
}

export const logSent = async (gateway: Gateway, tx: Tx, answered: Answered): Promise<void> => {
  const { partnerId, parcelId, rows, receipts } = answered
  if (rows.length === 0) return
  const page = openLedgerPage(gateway, tx)
  const leaves = await leavesOf(gateway, tx, answered)
  for (const { id, message, commitment } of leaves)
    page.put({ id, kind: 'sent', source: partnerId, message: message ?? parcelId, commitment })
  for (const row of rows) {
    if (answered.token !== null) page.add('sent', ownerOf(row), partnerId, row.id, answered.token.body)
    const receipt = receipts.get(row.id)
    // Kept with the delivery.
    if (receipt !== undefined) page.commit('acknowledged', ownerOf(row), partnerId, row.id, receipt)
  }
  await page.write()
}

const leavesOf = async (gateway: Gateway, tx: Tx, { document, parcelId, rows }: Answered) => {
  const stored = document ?? (await storedDocument(gateway, tx, parcelId))
  if (stored === undefined) return []
  const ids = new Set(rows.map(row => row.id))
  const leaves = [
    ...stored.rows.flatMap(({ about, ...leaf }) => (about !== null && ids.has(about) ? [{ ...leaf, message: about }] : [])),
    { id: stored.id, commitment: stored.commitment, message: null }
  ]
  if (document !== null) return leaves
  // Asked about twice, a document may have been logged already.
  const fresh = await unlogged(
    tx,
    leaves.map(leaf => leaf.id)
  )
  return leaves.filter(leaf => fresh.has(leaf.id))
}

const ownerOf = ({ personId, wrappedKey }: ClaimedRow): Owner => (personId === null ? 'gateway' : { personId, wrappedKey })
