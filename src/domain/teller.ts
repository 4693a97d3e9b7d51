// Who may tell what: the events that each kind of client is the source of. Whoever is not the source of a fact may not assert it.
import { type EventType, eventTypes } from '../../schemas/event.ts'

export const clientRoles = ['origin-agency', 'authority', 'consulate', 'carrier', 'employer', 'training-provider'] as const

export type ClientRole = (typeof clientRoles)[number]

export const isClientRole = (value: string): value is ClientRole => (clientRoles as readonly string[]).includes(value)

const startingWith = (...starts: readonly string[]): EventType[] => eventTypes.filter(type => starts.some(start => type.startsWith(start)))

/**
 * The owner of each message (who says it first in the programme): the agency registers, selects and prepares and files the requests it was
 * asked to file; decisions are the authority's, visas and return appearances the consulate's, the passage the carrier's, work the employer's.
 */
const told: Readonly<Record<ClientRole, readonly EventType[]>> = {
  'origin-agency': [
    ...startingWith(
      'candidate.',
      'offer.',
      'reserve.',
      'campaign.',
      'contract.',
      'commitment.',
      'documents.',
      'summons.',
      'port.',
      'document.',
      'person.'
    ),
    'authorization.requested',
    'authorization.mended',
    'visa.requested',
    'callback.filed',
    'boarding.missed',
    'return.declared',
    'return.boarded',
    'return.justified',
    'worker.died'
  ],
  authority: [
    ...startingWith('authorization.').filter(type => type !== 'authorization.requested' && type !== 'authorization.mended'),
    'callback.approved',
    'callback.refused',
    'border.admitted',
    'border.refused',
    'return.verified',
    'return.late',
    'return.missing',
    'return.justified',
    'eligibility.confirmed'
  ],
  consulate: [...startingWith('visa.').filter(type => type !== 'visa.requested'), 'return.verified', 'return.late'],
  carrier: startingWith('boarding.', 'sailing.', 'port.', 'return.boarded'),
  employer: [
    ...startingWith('alta.', 'baja.', 'work.', 'stay.', 'employer.', 'contract.', 'offer.'),
    'candidate.selected',
    'candidate.reserved',
    'reserve.called',
    'authorization.requested',
    'authorization.mended',
    'callback.filed'
  ],
  'training-provider': []
}

/** The events that a client of this role may tell; `record.corrected` is the gateway's own and nobody's. */
export const mayTell = (role: ClientRole): readonly EventType[] => told[role].filter(type => type !== 'record.corrected')
