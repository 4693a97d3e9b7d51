// The consulate adapter: joint visa applications out (M6), decisions (M7) and return appearances (M13) in.
import type { Adapter, Outbound } from '../contract.ts'
import { authenticate, reopen, rowsOf, toEvents } from './inbound.ts'
import { type ConsulateSettings, type Fragment, settings, toDraft, toFragment, togetherBy, withdrawing } from './map.ts'
import { ask, send } from './transport.ts'

const outbound: Outbound<ConsulateSettings, Fragment> = {
  accepts: ['visa.requested', ...withdrawing],
  cancels: withdrawing,
  usesCapacity: ['visa.requested'],
  reads: [
    'person.name.latin',
    'person.name.arabic',
    'person.birthDate',
    'person.birthPlace',
    'person.sex',
    'person.nationalities',
    'person.identifiers[MA-CNIE]',
    'person.contact.phones',
    'person.address',
    'documents[PASSPORT]',
    'selection.employer',
    'selection.period',
    'contract.reference',
    'authorization.fileNumber',
    'visa.consulate',
    'visa.representative',
    'visa.criminalRecord',
    'visa.medicalCertificate',
    'visa.photoReference'
  ],
  gather: { by: togetherBy, max: ({ jointMax }) => jointMax, waitMs: 1_000 },
  map: toFragment,
  assemble: toDraft,
  send,
  ask
}

export const consulate: Adapter<ConsulateSettings> = {
  name: 'consulate',
  mappingVersion: '1',
  settings,
  endpoints: ({ endpoint }) => [endpoint],
  outbound,
  inbound: { authenticate, reopen, map: toEvents, rowsOf }
}
