// SI GECCO, Spain's register of circular migration, over SCSP v3: collective requests out, resolutions back, questions answered.
import type { FieldPath } from '../../schemas/field.ts'
import type { Adapter, Outbound } from '../contract.ts'
import { answering } from './answering.ts'
import { authenticate, reopen, rowsOf } from './content.ts'
import { gatherBy, toDraft, toSolicitud } from './map.ts'
import { type GeccoContent, toEvents } from './map-answer.ts'
import { type GeccoSettings, settings } from './settings.ts'
import { ask, collect, send } from './transport.ts'
import type { Solicitud } from './wire.ts'

const rowsMax = 1_000

const reads: readonly FieldPath[] = [
  'offer',
  'person.name.latin',
  'person.birthDate',
  'person.birthPlace',
  'person.sex',
  'person.nationalities',
  'person.identifiers[ES-NIE]',
  'documents[PASSPORT]',
  'selection.acta',
  'selection.employer',
  'selection.occupation',
  'selection.activity',
  'selection.workplace',
  'selection.period',
  'contract.reference',
  'contract.signedAt',
  'contract.type',
  'commitment.signedAt',
  'commitment.hash',
  'request.requestId',
  'request.declarations',
  'request.feeProof',
  'callback.fileNumber',
  'callback.nie',
  'callback.yearIndex',
  'callback.period',
  'callback.employer'
]

const outbound: Outbound<GeccoSettings, Solicitud> = {
  accepts: ['authorization.requested', 'authorization.mended', 'callback.filed', 'candidate.withdrew', 'worker.died'],
  cancels: ['candidate.withdrew', 'worker.died'],
  reads,

  // Who only asks us is sent nothing, so its role need not allow what our requests are made of.
  narrow: ({ asking }) => (asking === undefined ? [] : reads),
  gather: { by: gatherBy, max: rowsMax, waitMs: 1_000 },
  map: toSolicitud,
  assemble: toDraft,
  send,
  ask
}

export const gecco: Adapter<GeccoSettings> = {
  name: 'gecco',
  mappingVersion: '1',
  settings,
  endpoints: ({ asking }) => (asking === undefined ? [] : [asking.endpoint]),
  outbound,
  inbound: {
    collect,
    answersWithinDays: ({ asking }) => asking?.answersWithinDays ?? null,
    authenticate,
    reopen,
    map: ({ content }) => toEvents(content as GeccoContent),
    rowsOf
  },
  answering
}
