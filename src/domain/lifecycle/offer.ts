// The life of a job offer: published, amended while it stands, withdrawn.
import type { LifecycleTable } from './table.ts'

export const offerStates = ['PUBLISHED', 'WITHDRAWN'] as const

export type OfferState = (typeof offerStates)[number]

export const offerTable: LifecycleTable<OfferState> = {
  states: offerStates,
  terminal: ['WITHDRAWN'],
  entries: [['offer.published', 'PUBLISHED']],
  moves: [[['PUBLISHED'], 'offer.withdrawn', 'WITHDRAWN']],
  stays: [
    [['PUBLISHED'], 'offer.published'],
    [['PUBLISHED'], 'offer.amended'],
    [['WITHDRAWN'], 'offer.withdrawn']
  ],
  overtaken: [],
  order: ['offer.published', 'offer.amended', 'offer.withdrawn']
}
