// The canonical records: the folded state of a placement, an authorisation, an offer. Sections are patched by events (event.ts).
import { z } from 'zod'
import { authorization, callback, request } from './authorization.ts'
import { documents } from './document.ts'
import { homecoming, journey, stay } from './journey.ts'
import { offerDetails } from './offer.ts'
import { person } from './person.ts'
import { agency, commitment, contract, employer, registration, selection } from './placement.ts'
import { campaignYear, code, uuid, word } from './primitives.ts'
import { visa } from './visa.ts'

/** The sections that events patch, by name. */
export const sections = {
  person,
  documents,
  registration,
  selection,
  contract,
  commitment,
  request,
  authorization,
  visa,
  callback,
  journey,
  stay,
  return: homecoming,
  offerDetails
} as const

export type SectionName = keyof typeof sections

/** `version` counts the changes of the record; `state` is a word of the life-cycle table of its kind. */
const head = { id: uuid, version: z.int().min(0), state: word(40) }

/** One person, one activity year. Any section may be missing, and any member of one: patches arrive late and in any order. */
export const migrantRecord = z.strictObject({
  kind: z.literal('placement'),
  ...head,
  campaign: campaignYear,
  agency: agency.optional(),
  offer: code(64).optional(),
  person: person.optional(),
  documents: documents.optional(),
  registration: registration.optional(),
  selection: selection.optional(),
  contract: contract.optional(),
  commitment: commitment.optional(),
  request: request.optional(),
  authorization: authorization.optional(),
  visa: visa.optional(),
  callback: callback.optional(),
  journey: journey.optional(),
  stay: stay.optional(),
  return: homecoming.optional()
})

export type MigrantRecord = z.infer<typeof migrantRecord>

/** One person and one employer, four years. */
export const authorizationRecord = z.strictObject({
  kind: z.literal('authorization'),
  ...head,
  employer: employer.optional(),
  authorization: authorization.optional(),
  stay: stay.optional()
})

export type AuthorizationRecord = z.infer<typeof authorizationRecord>

/** An offer; its people are placements that name it. */
export const offerRecord = z.strictObject({ kind: z.literal('offer'), ...head, offerDetails: offerDetails.optional() })

export type OfferRecord = z.infer<typeof offerRecord>

/** What a stream is sent with an event: the record as it stands then, as far as its recipient may read it, and always its version. */
export const sentRecord = z.strictObject({
  ...offerRecord.shape,
  ...authorizationRecord.shape,
  ...migrantRecord.shape,
  kind: z.enum(['placement', 'authorization', 'offer']),
  version: head.version.describe('Drop what is older than what you have')
})

export type SubjectRecord = MigrantRecord | AuthorizationRecord | OfferRecord
