// What the REST routes ask of the house, composed over flow and store.
import { DomainError } from '../domain/errors.ts'
import type { ReaderClient } from '../domain/reading.ts'
import { says } from '../domain/words/words.ts'
import { admit } from '../flow/admit.ts'
import { amend } from '../flow/amend.ts'
import { lookUpImport, runImport } from '../flow/import/run.ts'
import type { Intake } from '../flow/intake.ts'
import { beginOnce, endOnce } from '../flow/once.ts'
import { readOffer, readOffers } from '../flow/read-offers.ts'
import { readRecord, readRecords } from '../flow/read-records.ts'
import type { RestServices } from '../http/rest-services.ts'
import { listOutcomes } from '../store/imports.ts'
import type { ClientRow } from '../store/parties.ts'
import { cursors } from '../trust/cursor.ts'
import type { House } from './house.ts'

export const composeRestServices = (house: House, intake: Intake): RestServices => {
  const { database, directory, vault } = house
  const pages = cursors(vault.key('gateway'))
  /** Removed in the moment between authentication and now. */
  const clientOf = (id: string): ClientRow & ReaderClient => {
    const client = directory.client(id)
    if (client === undefined) throw new DomainError('unauthenticated', says('client-gone'))
    return client
  }
  return {
    ingestEvent: ({ clientId, ...told }) => admit(intake, house.clock.wall(), clientOf(clientId), { ...told, way: 'event' }),
    importRows: (clientId, format, chunks, closing) => runImport(house, intake, clientOf(clientId), format, chunks, closing),
    findImport: async (clientId, id) => (await lookUpImport(house, clientId, id)) ?? null,
    importOutcomes: (id, page) => listOutcomes(database, id, page),
    readRecords: (clientId, kind, query) => {
      const client = clientOf(clientId)
      return kind === 'offer' ? readOffers(house, client, query) : readRecords(house, client, kind, query)
    },
    readRecord: async (clientId, kind, id, isKnown) => {
      const client = clientOf(clientId)
      if (kind !== 'offer') return readRecord(house, client, kind, id, isKnown)
      const offer = await readOffer(house, client, id)
      if (offer !== null) isKnown(offer)
      return offer
    },
    amendRecord: (clientId, amendment) => amend(house, intake, clientOf(clientId), amendment),
    cursors: () => pages,
    beginOnce: request => beginOnce(house, request),
    endOnce: (request, answer) => endOnce(house, request, answer)
  }
}
