// read records: what a client may see of placements and authorizations, page by page. Every record shown is a disclosure.

import { disclosed, project } from '../domain/disclosure.ts'
import { groundFor, legalBasisOf } from '../domain/disclosure-matrix.ts'
import { termsOf } from '../domain/dpv.ts'
import { DomainError } from '../domain/errors.ts'
import type { Folded } from '../domain/lifecycle/fold.ts'
import { fieldsFor, type Reach, type ReadableKind, type ReaderClient, reachOf, readerRole } from '../domain/reading.ts'
import { says } from '../domain/words/words.ts'
import type { Tx } from '../store/database.ts'
import { insertDisclosures } from '../store/parcels.ts'
import { type ReadingRow, readOne, readPage, type VersionRow } from '../store/readings.ts'
import { type SubjectIds, subjectIds } from '../trust/subject-id.ts'
import type { Gateway } from './gateway.ts'
import { openLedgerPage } from './ledger-page.ts'
import type { Owner } from './vault.ts'

/** A record as one client sees it. */
export interface RecordView {
  /** This client's own id of it. */
  id: string
  /** ISO 8601. */
  updatedAt: string
  version: number
  state: string
  campaign: number | null
  /** The fields that the client's role may have. */
  record: Record<string, unknown>
}

export interface RecordQuery {
  limit: number
  state: string | null
  campaign: number | null
  /** Where the last page ended: time to the microsecond and the client's id of the record. */
  after: { updatedAt: string; id: string } | null
}

export interface RecordPage {
  items: RecordView[]
  /** Null on the last page. */
  end: { updatedAt: string; id: string } | null
}

/**
 * A page of the records a client may see, in the order in which they changed.
 * @throws DomainError `forbidden` for a client whose role reads no records
 */
export const readRecords = async (gateway: Gateway, client: ReaderClient, kind: ReadableKind, query: RecordQuery): Promise<RecordPage> => {
  const reach = reachFor(client)
  const ids = subjectIds(gateway.vault.key('gateway'))
  const after = query.after && { updatedAt: query.after.updatedAt, id: internalId(ids, query.after.id, client.id) }
  return gateway.database.transaction(async tx => {
    // One more than asked for tells whether there are more.
    const rows = await readPage(tx, { kind, reach, state: query.state, campaign: query.campaign }, { after, limit: query.limit + 1 })
    const shown = rows.slice(0, query.limit)
    const seen = shown.map(row => show(gateway, ids, client, kind, reach, row))
    await disclose(gateway, tx, client, seen)
    const last = shown.at(-1)
    const end = rows.length > shown.length && last !== undefined ? { updatedAt: last.updatedAt, id: ids.write(last.id, client.id) } : null
    return { items: seen.map(({ view }) => view), end }
  })
}

/**
 * One record by this client's id of it; null for what is not there or not this client's. `isKnown` is asked with what would be shown: a
 * client that has it already is told nothing, and nothing is disclosed.
 * @throws DomainError `forbidden` for a client whose role reads no records
 */
export const readRecord = async (
  gateway: Gateway,
  client: ReaderClient,
  kind: ReadableKind,
  id: string,
  isKnown: (view: RecordView) => boolean
): Promise<RecordView | null> => {
  const reach = reachFor(client)
  const ids = subjectIds(gateway.vault.key('gateway'))
  const internal = ids.read(id, client.id)
  if (internal === null) return null
  return gateway.database.transaction(async tx => {
    const row = await readOne(tx, { kind, reach }, internal)
    if (row === undefined) return null
    const seen = show(gateway, ids, client, kind, reach, row)
    if (!isKnown(seen.view)) await disclose(gateway, tx, client, [seen])
    return seen.view
  })
}

/** How one kind of record is read for a client: its row, while it is the client's to see, and what the client sees of it. */
export interface Desk<Row extends VersionRow> {
  read(tx: Tx): Promise<Row | undefined>
  show(row: Row): RecordView
}

/** One placement or authorization by our own id. @throws DomainError as `readRecord` */
export const recordDesk = (gateway: Gateway, client: ReaderClient, kind: ReadableKind, id: string): Desk<ReadingRow> => {
  const reach = reachFor(client)
  const ids = subjectIds(gateway.vault.key('gateway'))
  return { read: tx => readOne(tx, { kind, reach }, id), show: row => show(gateway, ids, client, kind, reach, row).view }
}

const reachFor = (client: ReaderClient): Reach => {
  const reach = reachOf(client)
  if (reach === null) throw new DomainError('forbidden', says('reads-no-records', { role: client.role }))
  return reach
}

/** The id behind one of a cursor. @throws DomainError `invalid` for what is no such id */
export const internalId = (ids: SubjectIds, id: string, clientId: string): string => {
  const internal = ids.read(id, clientId)
  if (internal === null) throw new DomainError('invalid', says('cursor-foreign'))
  return internal
}

interface Seen {
  view: RecordView
  owner: Owner
  disclosure: Parameters<typeof insertDisclosures>[1][number]
}

const show = (gateway: Gateway, ids: SubjectIds, client: ReaderClient, kind: ReadableKind, reach: Reach, row: ReadingRow): Seen => {
  const owner = { personId: row.personId, wrappedKey: row.wrappedKey }
  const open = (body: Buffer, subjectId: string, version: number) =>
    gateway.vault.openJson<Folded>(owner, body, { table: 'record', column: 'body', row: `${subjectId} ${version}` }).record
  const own = open(row.body, row.id, row.version)
  // An authorization says nothing of the person: that stands in the placement that asked for it.
  const placement = row.placementBody === null ? {} : open(row.placementBody, row.placementId as string, row.placementVersion as number)
  const record = { ...placement, ...own }
  const role = readerRole(reach, own)
  const fields = fieldsFor(kind, role)
  return {
    owner,
    view: {
      id: ids.write(row.id, client.id),
      updatedAt: new Date(row.updatedAt).toISOString(),
      version: row.version,
      state: row.state,
      campaign: row.campaign,
      record: project(record, fields)
    },
    disclosure: {
      personId: row.personId,
      partnerId: `client ${client.id}`,
      deliveryId: null,
      classes: disclosed(record, fields),
      basis: legalBasisOf[role],
      terms: termsOf(groundFor[role])
    }
  }
}

const disclose = async (gateway: Gateway, tx: Tx, client: ReaderClient, seen: readonly Seen[]): Promise<void> => {
  if (seen.length === 0) return
  await insertDisclosures(
    tx,
    seen.map(({ disclosure }) => disclosure)
  )
  const page = openLedgerPage(gateway, tx)
  for (const { owner, view } of seen) page.add('answered', owner, client.id, view.id, JSON.stringify(view))
  await page.write()
  gateway.log('records.read', { client: client.id, records: seen.length })
}
