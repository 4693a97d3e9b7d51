// The reference adapter: the smallest complete one. Copy this folder to start an adapter of your own (README.md says how).
import { type EventType, eventTable } from '../../schemas/event.ts'
import type { Adapter, Outbound } from '../contract.ts'
import { type ReferenceSettings, rowsOf, settings, toDraft, toEvents, toFact } from './map.ts'
import { ask, authenticate, poll, reopen, send } from './transport.ts'
import type { Fact } from './wire.ts'

const outbound: Outbound<ReferenceSettings, Fact> = {
  accepts: (Object.keys(eventTable) as EventType[]).filter(type => eventTable[type].about === 'placement'),
  cancels: ['candidate.withdrew', 'worker.died'],
  reads: ['person.name.latin', 'person.birthDate', 'documents[PASSPORT]', 'offer', 'selection.employer', 'authorization.fileNumber'],
  gather: { by: (event, { gather }) => (gather ? 'together' : event.delivery), max: 1_000, waitMs: 250 },
  map: toFact,
  assemble: toDraft,
  send,
  ask
}

export const reference: Adapter<ReferenceSettings> = {
  name: 'reference',
  mappingVersion: '1',
  settings,
  endpoints: ({ endpoint }) => [endpoint],
  outbound,
  inbound: { poll, pollEverySeconds: ({ pollEverySeconds }) => pollEverySeconds ?? null, authenticate, reopen, map: toEvents, rowsOf }
}
