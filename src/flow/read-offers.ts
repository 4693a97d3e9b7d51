// read offers: what a client may see of job offers, page by page. An offer is about nobody, so nothing of it is a disclosure.

import { project } from '../domain/disclosure.ts'
import { DomainError } from '../domain/errors.ts'
import type { Folded } from '../domain/lifecycle/fold.ts'
import { type OfferReach, offerFields, offerReachOf, type ReaderClient } from '../domain/reading.ts'
import { says } from '../domain/words/words.ts'
import { type OfferRow, readOfferPage, readOneOffer } from '../store/readings.ts'
import { subjectIds } from '../trust/subject-id.ts'
import type { Gateway } from './gateway.ts'
import { type Desk, internalId, type RecordPage, type RecordQuery, type RecordView } from './read-records.ts'

/**
 * A page of the offers a client may see, in the order in which they changed.
 * @throws DomainError `forbidden` for a client whose role reads no offers
 */
export const readOffers = async (gateway: Gateway, client: ReaderClient, query: Omit<RecordQuery, 'campaign'>): Promise<RecordPage> => {
  const reach = reachFor(client)
  const ids = subjectIds(gateway.vault.key('gateway'))
  const after = query.after && { updatedAt: query.after.updatedAt, id: internalId(ids, query.after.id, client.id) }
  // One more than asked for tells whether there are more.
  const rows = await readOfferPage(gateway.database, { reach, state: query.state }, { after, limit: query.limit + 1 })
  const shown = rows.slice(0, query.limit)
  const last = shown.at(-1)
  const end = rows.length > shown.length && last !== undefined ? { updatedAt: last.updatedAt, id: ids.write(last.id, client.id) } : null
  return { items: shown.map(row => show(gateway, ids.write(row.id, client.id), row)), end }
}

/** One offer by this client's id of it; null for what is not there or not this client's. @throws DomainError as `readOffers` */
export const readOffer = async (gateway: Gateway, client: ReaderClient, id: string): Promise<RecordView | null> => {
  const reach = reachFor(client)
  const internal = subjectIds(gateway.vault.key('gateway')).read(id, client.id)
  const row = internal === null ? undefined : await readOneOffer(gateway.database, reach, internal)
  return row === undefined ? null : show(gateway, id, row)
}

/** One offer by our own id. @throws DomainError as `readOffers` */
export const offerDesk = (gateway: Gateway, client: ReaderClient, id: string): Desk<OfferRow> => {
  const reach = reachFor(client)
  const shownAs = subjectIds(gateway.vault.key('gateway')).write(id, client.id)
  return { read: tx => readOneOffer(tx, reach, id), show: row => show(gateway, shownAs, row) }
}

const reachFor = (client: ReaderClient): OfferReach => {
  const reach = offerReachOf(client)
  if (reach === null) throw new DomainError('forbidden', says('reads-no-offers', { role: client.role }))
  return reach
}

const show = (gateway: Gateway, id: string, row: OfferRow): RecordView => {
  const place = { table: 'record', column: 'body', row: `${row.id} ${row.version}` }
  const { record } = gateway.vault.openJson<Folded>('gateway', row.body, place)
  return {
    id,
    updatedAt: new Date(row.updatedAt).toISOString(),
    version: row.version,
    state: row.state,
    campaign: (record as { offerDetails?: { campaign?: number } }).offerDetails?.campaign ?? null,
    record: project(record, offerFields)
  }
}
