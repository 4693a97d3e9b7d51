// What is kept of a partner's message once it was interpreted: its frame, and each row under the key of whom it turned out to be about.
import type { Cut, Message, Verified } from '../../adapters/contract.ts'
import type { Tx } from '../store/database.ts'
import { lastDocument, ownersOfSubjects, readDocumentRow } from '../store/documents.ts'
import { dropMessageKey, type InboxRow } from '../store/inbox.ts'
import { aloneInDocument, type Frame, NotCut, nothingBetween, unpackRow } from '../trust/frame.ts'
import { NotOpened, open } from '../trust/seal.ts'
import type { Partner } from './directory.ts'
import { adoptDocumentRow, framePlace, openShelf, type RowOwner, rowKey, rowPlace } from './documents.ts'
import type { Gateway } from './gateway.ts'
import { openLedgerPage } from './ledger-page.ts'

/** What was found out about a row: whose it is and what came of it, or that her data is gone. */
export type Found = { subjectId: string; eventId: string | null } | 'gone'

/**
 * Keeps a message as frame and rows and destroys the key that it was kept under whole. Left as it is when its rows cannot be told apart.
 * A row that nobody is known for gets a key of its own.
 */
export const keepReceived = async (
  gateway: Gateway,
  tx: Tx,
  partner: Partner,
  inbox: InboxRow,
  verified: Verified,
  found: ReadonlyMap<number, Found>
): Promise<void> => {
  const cut = cutOf(partner, verified)
  if (cut === null) return
  // Headers may hold a digest of the body, as a signature does: they go where it goes.
  const { body, headers, ...head } = verified.message
  const owners = await ownersFor(tx, found)
  const shelf = openShelf(gateway, tx, gateway.clock.wall())
  const message = { kind: 'received' as const, partnerId: partner.id, message: inbox.id, body, headers }
  try {
    const stored = shelf.add(
      message,
      cut,
      cut.rows.map((_, row) => owners.get(row) ?? null)
    )
    const page = openLedgerPage(gateway, tx)
    for (const { id, about, commitment } of [...stored.rows, { ...stored, about: null }])
      page.put({ id, kind: 'received', source: partner.id, message: about ?? inbox.id, commitment })
    await shelf.write()
    await page.write()
  } catch (error) {
    // It stays whole: nothing of it was written yet.
    if (error instanceof NotCut || error instanceof NotOpened) return
    throw error
  }
  await dropMessageKey(tx, inbox.id, gateway.vault.sealJson('gateway', { ...head, headers: {} }, headPlace(inbox.id)))
}

const headPlace = (inboxId: string) => ({ table: 'inbox', column: 'body', row: inboxId })

/** Where the rows stand, when nothing stands between them. */
const cutOf = ({ code }: Partner, verified: Verified): Cut | null => {
  if (code.inbound?.rowsOf === undefined || code.inbound.reopen === undefined) return null
  const cut = code.inbound.rowsOf(verified)
  if (cut === null || cut.rows.length === 0) return null
  const { body } = verified.message
  const text = cut.within === 'text' ? (cut.signed?.body ?? body) : Buffer.from(body.split('.')[1] ?? '', 'base64url').toString('utf8')
  return nothingBetween(text, cut.rows) ? cut : null
}

const ownersFor = async (tx: Tx, found: ReadonlyMap<number, Found>): Promise<Map<number, RowOwner>> => {
  const known = [...found.values()].flatMap(one => (one === 'gone' ? [] : [one.subjectId]))
  const people = new Map((await ownersOfSubjects(tx, [...new Set(known)])).map(row => [row.subjectId, row]))
  return new Map(
    [...found].map(([row, one]): [number, RowOwner] => {
      const person = one === 'gone' ? undefined : people.get(one.subjectId)
      if (one === 'gone' || (person?.personId != null && person.wrappedKey === null)) return [row, 'gone']
      if (person === undefined) return [row, null]
      const { personId, wrappedKey } = person
      return [row, { about: one.eventId, owner: personId === null ? 'gateway' : { personId, wrappedKey } }]
    })
  )
}

/** One row of a message that was cut, in a document of its own: its reader finds it as row 0. Null when it is not kept any more. */
export const aloneRow = async (gateway: Gateway, inbox: InboxRow, row: number): Promise<Message | null> => {
  const document = await lastDocument(gateway.database, inbox.id)
  const kept = document && (await readDocumentRow(gateway.database, document.id, row))
  const key = kept && rowKey(gateway, kept)
  if (document === undefined || kept === undefined || kept.body === null || key == null) return null
  const { text } = unpackRow(open(key, kept.body, rowPlace(kept.id)))
  const frame = gateway.vault.openJson<Frame>('gateway', document.frame, framePlace(document.id))
  const head = gateway.vault.openJson<Omit<Message, 'body'>>('gateway', inbox.body, headPlace(inbox.id))
  return { ...head, body: aloneInDocument(frame, text) }
}

/** A row that was kept under a key of its own goes under the key of whom it turned out to be about. */
export const adopt = async (gateway: Gateway, inbox: InboxRow, row: number, found: Found | undefined): Promise<void> => {
  if (found === undefined || found === 'gone' || inbox.wrappedKey !== null) return
  await gateway.database.transaction(
    async tx => {
      const [person] = await ownersOfSubjects(tx, [found.subjectId])
      if (person === undefined || (person.personId !== null && person.wrappedKey === null)) return
      const owner = person.personId === null ? 'gateway' : { personId: person.personId, wrappedKey: person.wrappedKey }
      await adoptDocumentRow(gateway, tx, inbox.id, row, { about: found.eventId, owner })
    },
    { retry: true }
  )
}
