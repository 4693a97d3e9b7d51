// Documents of one transaction, cut into frame and rows, each sealed under its key, and written together.
import type { Cut } from '../../adapters/contract.ts'
import type { Tx } from '../store/database.ts'
import {
  adoptRow,
  type DocumentKind,
  type DocumentRow,
  insertDocumentRows,
  insertDocuments,
  type KeyedRow,
  lastDocument,
  type RowOfDocument,
  readDocumentRow,
  readDocumentRows
} from '../store/documents.ts'
import { type Around, aroundKey, type CutRow, cutDocument, type Frame, packRow, unpackRow } from '../trust/frame.ts'
import { leafCommitment } from '../trust/leaf.ts'
import { type DataKey, NotOpened, open, openJson, seal } from '../trust/seal.ts'
import type { Gateway } from './gateway.ts'
import { newId } from './identifiers.ts'
import type { Owner } from './vault.ts'

/** A document that is kept, as far as the ledger is told of it. */
export interface StoredDocument {
  id: string
  message: string
  commitment: Buffer
  rows: readonly { id: string; about: string | null; commitment: Buffer }[]
}

/** Whose a row is and what it is about. Null: nobody knows, and it gets a key of its own. Gone: her data is not kept any more. */
export type RowOwner = { about: string | null; owner: Owner } | 'gone' | null

export interface Shelf {
  /** @throws NotCut when the document cannot be cut so; Erased when the key of one of its people was destroyed. */
  add(
    document: {
      kind: DocumentKind
      partnerId: string
      message: string
      body: string
      headers?: Readonly<Record<string, string>>
      /** Which version of our mapping wrote it, where we did. */
      mapping?: string
    },
    cut: Cut,
    owners: readonly RowOwner[]
  ): StoredDocument
  write(): Promise<void>
}

export const openShelf = (gateway: Gateway, tx: Tx, now: Date): Shelf => {
  const documents: DocumentRow[] = []
  const rows: RowOfDocument[] = []
  return {
    add: ({ body, headers = {}, mapping, ...about }, cut, owners) => {
      const id = newId()
      const { frame, rows: texts, around } = cutDocument(body, cut)
      const cutRows = texts.map((text, row) => {
        const of = owners[row] ?? null
        const rowId = newId()
        rows.push({ documentId: id, row, id: rowId, ...sealed(gateway, rowId, text, of) })
        const about = of === null || of === 'gone' ? null : of.about
        return { id: rowId, about, commitment: text.commitment }
      })
      const gatewayKey = gateway.vault.key('gateway')
      // Where the row of somebody who is gone is left out, nobody could open it, nor should.
      const kept = around !== null && texts.length > 0 && !owners.includes('gone') ? { ...around, headers } : null
      const keptText = kept && { key: aroundKeyOf(texts, id), text: JSON.stringify(kept) }
      const sealedAround = keptText && seal(keptText.key, keptText.text, aroundPlace(id))
      const frameText = JSON.stringify({
        ...{ ...frame, at: now.toISOString() },
        ...(mapping === undefined ? {} : { mapping }),
        ...(about.kind === 'received' ? { unkept: owners.flatMap((owner, row) => (owner === 'gone' ? [row] : [])) } : {}),
        ...(keptText === null ? {} : { around: aroundCommitment(keptText.key, id, keptText.text) })
      } satisfies Frame)
      documents.push({ id, ...about, frame: seal(gatewayKey, frameText, framePlace(id)), around: sealedAround, createdAt: now })
      return { id, message: about.message, commitment: leafCommitment(gatewayKey, id, frameText), rows: cutRows }
    },
    write: async () => {
      if (documents.length > 0) await insertDocuments(tx, documents)
      if (rows.length > 0) await insertDocumentRows(tx, rows)
    }
  }
}

const sealed = (gateway: Gateway, id: string, row: CutRow, of: RowOwner): Omit<RowOfDocument, 'documentId' | 'row' | 'id'> => {
  if (of === 'gone') return { about: null, personId: null, wrappedKey: null, body: null }
  if (of === null) {
    const { key, wrappedKey } = gateway.vault.newMessageKey(id)
    return { about: null, personId: null, wrappedKey, body: seal(key, packRow(row), rowPlace(id)) }
  }
  const personId = of.owner === 'gateway' ? null : of.owner.personId
  return { about: of.about, personId, wrappedKey: null, body: seal(gateway.vault.key(of.owner), packRow(row), rowPlace(id)) }
}

/** A document as it is kept. A row whose key was destroyed, or whose time is over, is null. */
export interface OpenedDocument {
  id: string
  /** The JSON of its frame, as the ledger commits to it. */
  frame: string
  rows: readonly { row: number; id: string; about: string | null; personId: string | null; opened: CutRow | null }[]
}

/** @throws NotOpened when what is stored was altered. */
export const openDocument = async (gateway: Gateway, tx: Tx, document: DocumentRow): Promise<OpenedDocument> => ({
  id: document.id,
  frame: open(gateway.vault.key('gateway'), document.frame, framePlace(document.id)).toString('utf8'),
  rows: (await readDocumentRows(tx, document.id)).map(row => {
    const key = rowKey(gateway, row)
    const opened = key === null || row.body === null ? null : unpackRow(open(key, row.body, rowPlace(row.id)))
    return { row: row.row, id: row.id, about: row.about, personId: row.personId, opened }
  })
})

/** The document that was kept of a message last; without the rows that are gone. Undefined when there is none. */
export const storedDocument = async (gateway: Gateway, tx: Tx, message: string): Promise<StoredDocument | undefined> => {
  const document = await lastDocument(tx, message)
  if (document === undefined) return undefined
  const { id, frame, rows } = await openDocument(gateway, tx, document)
  return {
    id,
    message,
    commitment: leafCommitment(gateway.vault.key('gateway'), id, frame),
    rows: rows.flatMap(row => (row.opened === null ? [] : [{ id: row.id, about: row.about, commitment: row.opened.commitment }]))
  }
}

/** Puts a row that stands under a key of its own under that of whom it turned out to be about. */
export const adoptDocumentRow = async (gateway: Gateway, tx: Tx, message: string, row: number, to: Exclude<RowOwner, 'gone' | null>) => {
  const document = await lastDocument(tx, message)
  const kept = document && (await readDocumentRow(tx, document.id, row))
  const key = kept && rowKey(gateway, kept)
  if (kept?.body == null || key == null) return
  const body = seal(gateway.vault.key(to.owner), open(key, kept.body, rowPlace(kept.id)), rowPlace(kept.id))
  await adoptRow(tx, {
    id: kept.id,
    about: to.about,
    personId: to.owner === 'gateway' ? null : to.owner.personId,
    body
  })
}

/** The key that opens a row; null once it is destroyed. */
export const rowKey = (
  gateway: Gateway,
  { id, personId, personKey, wrappedKey }: Pick<KeyedRow, 'id' | 'personId' | 'personKey' | 'wrappedKey'>
): DataKey | null => {
  if (wrappedKey !== null) return gateway.vault.messageKey(id, wrappedKey)
  if (personId === null) return gateway.vault.key('gateway')
  return personKey === null ? null : gateway.vault.key({ personId, wrappedKey: personKey })
}

const aroundCommitment = (key: DataKey, documentId: string, text: string): string =>
  leafCommitment(key, documentId, text).toString('base64')

/**
 * Whether what stood around a document is what its frame, and with it the log, commits to; of an earlier frame, whether it was sealed by the rows that
 * the log commits to.
 */
export const isAroundKept = (documentId: string, around: Buffer, rows: readonly Pick<CutRow, 'salt'>[], frame: Frame): boolean => {
  const key = aroundKeyOf(rows, documentId)
  try {
    const text = open(key, around, aroundPlace(documentId)).toString('utf8')
    return frame.around === undefined || frame.around === aroundCommitment(key, documentId, text)
  } catch (error) {
    if (error instanceof NotOpened) return false
    throw error
  }
}

/** What a received message had around its document, opened by all of its rows. @throws NotOpened when a row is missing, or something was altered. */
export const openAround = (documentId: string, around: Buffer, rows: readonly Pick<CutRow, 'salt'>[]): KeptAround =>
  openJson<KeptAround>(aroundKeyOf(rows, documentId), around, aroundPlace(documentId))

export interface KeptAround extends Around {
  headers: Readonly<Record<string, string>>
}

const aroundKeyOf = (rows: readonly Pick<CutRow, 'salt'>[], documentId: string): DataKey =>
  aroundKey(
    rows.map(({ salt }) => salt),
    documentId
  )

const aroundPlace = (documentId: string) => ({ table: 'document', column: 'around', row: documentId })
export const framePlace = (documentId: string) => ({ table: 'document', column: 'frame', row: documentId })
export const rowPlace = (rowId: string) => ({ table: 'document_row', column: 'body', row: rowId })
