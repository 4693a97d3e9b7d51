// One worker of the sample campaign: whose she is, which papers she has, and the events her agency pushes about her.
import type { EventType } from '../schemas/event.ts'
import type { Expectation } from './edge-cases.ts'
import type { Identity } from './identity.ts'
import type { Agency, Employer, Offer } from './parties.ts'

/** What a client pushes: `key` is its own id of the message (a SET's jti), `about` the person or offer as that client knows it. */
export interface CampaignMessage {
  client: string
  key: string
  about: string
  type: EventType
  /** ISO 8601 instant, in campaign time, at which the fact took effect. */
  effectiveAt: string
  /** A patch of the record, as schemas/event.ts wants it for `type`. */
  payload: Record<string, unknown>
}

export interface Worker {
  /** 0 to workers - 1. */
  index: number
  /** Her number at the agency: what messages about her carry. */
  id: string
  agency: Agency
  /** `new` needs an authorisation and a visa; `repeater` is called back and needs neither. */
  kind: 'new' | 'repeater'
  identity: Identity
  offer: Offer
  employer: Employer
  /** The consulate that prints the visa. */
  consulate: string
  /** `file`: her registration is a row of the agency's file, not a message of its own. */
  registeredBy: 'message' | 'file'
  /** Planted edge cases, by number, and what must be true of her afterwards. */
  edgeCases: readonly number[]
  expect: readonly Expectation[]
  /** What the agency pushes before any answer, in the order of the facts. */
  phaseA: readonly CampaignMessage[]
  /** What it pushes once the grant is back; `at` is that moment in campaign time. Empty for repeaters and for who never asks for a visa. */
  phaseB(at: Date): readonly CampaignMessage[]
}
