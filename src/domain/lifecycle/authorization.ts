// The life of a four-year authorization: one worker and one employer, over several placements.
import type { LifecycleTable } from './table.ts'

export const authorizationStates = [
  'REQUESTED',
  'POLICE_CHECK',
  'GRANTED',
  'REFUSED',
  'INADMISSIBLE',
  'ARCHIVED',
  'ACTIVE',
  'EMPLOYER_CHANGED',
  'EXPIRED',
  'EXTINGUISHED',
  'RENEWED'
] as const

export type AuthorizationState = (typeof authorizationStates)[number]

/** A new request begins again from any of them; EXPIRED may also be renewed, up to six months after the end. */
export const terminalAuthorizationStates = ['REFUSED', 'INADMISSIBLE', 'ARCHIVED', 'EXPIRED', 'EXTINGUISHED'] as const

const asked = ['REQUESTED', 'POLICE_CHECK'] as const
const inForce = ['GRANTED', 'ACTIVE', 'EMPLOYER_CHANGED', 'RENEWED'] as const

export const authorizationTable: LifecycleTable<AuthorizationState> = {
  states: authorizationStates,
  terminal: terminalAuthorizationStates,
  entries: [['authorization.requested', 'REQUESTED']],
  moves: [
    [['REQUESTED'], 'authorization.checked', 'POLICE_CHECK'],
    // The police check is not always told apart, so a decision may follow the request directly.
    [asked, 'authorization.granted', 'GRANTED'],
    [asked, 'authorization.refused', 'REFUSED'],
    [asked, 'authorization.inadmissible', 'INADMISSIBLE'],
    [asked, 'authorization.archived', 'ARCHIVED'],
    [['GRANTED', 'EMPLOYER_CHANGED', 'RENEWED'], 'alta.registered', 'ACTIVE'],
    [['GRANTED', 'ACTIVE', 'RENEWED'], 'employer.changed', 'EMPLOYER_CHANGED'],
    [inForce, 'authorization.expired', 'EXPIRED'],
    [inForce, 'authorization.extinguished', 'EXTINGUISHED'],
    [['GRANTED', 'ACTIVE', 'EMPLOYER_CHANGED', 'EXPIRED'], 'authorization.renewed', 'RENEWED'],
    [terminalAuthorizationStates, 'authorization.requested', 'REQUESTED']
  ],
  stays: [
    [asked, 'authorization.requested'],
    [['POLICE_CHECK'], 'authorization.checked'],
    [inForce, 'authorization.granted'],
    [['REFUSED'], 'authorization.refused'],
    [['INADMISSIBLE'], 'authorization.inadmissible'],
    [['ARCHIVED'], 'authorization.archived'],
    [['EXTINGUISHED'], 'authorization.extinguished'],
    [['EXPIRED'], 'authorization.expired'],
    [['RENEWED'], 'authorization.renewed'],
    // Every later year has its own alta, every further change its own event.
    [['ACTIVE'], 'alta.registered'],
    [['EMPLOYER_CHANGED'], 'employer.changed']
  ],
  overtaken: [[['EXTINGUISHED'], 'authorization.expired']],
  order: [
    'authorization.requested',
    'authorization.checked',
    'authorization.granted',
    'authorization.refused',
    'authorization.inadmissible',
    'authorization.archived',
    'employer.changed',
    'alta.registered',
    'authorization.renewed',
    'authorization.extinguished',
    'authorization.expired'
  ]
}
