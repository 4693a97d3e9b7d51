// The pure half: from an event to a row of the partner's message, and from the partner's rows to canonical events.
import { z } from 'zod'
import { type EventType, eventTable } from '../../schemas/event.ts'
import type { CanonicalEvent, Cut, Draft, Projected, Reference, Row, Unreadable, Verified } from '../contract.ts'
import { places } from '../lib/explain.ts'
import { passportInForce } from '../lib/passport.ts'
import { rowsOfJws, writeRows } from '../lib/rows.ts'
import { type Fact, push, pushRow } from './wire.ts'

export const settings = z.strictObject({
  /** Base URL; parcels go to <endpoint>/parcels. */
  endpoint: z.url(),
  /** Whether deliveries travel together (up to 1,000) or one by one. */
  gather: z.boolean().default(false),
  /** Seconds between two looks at the partner's outbox; absent: the partner pushes. */
  pollEverySeconds: z.int().min(1).max(86_400).optional(),
  /** Members this partner insists on: a row without one of them is parked for a person to look at. */
  mandatory: z.array(z.enum(['surname', 'givenNames', 'birthDate', 'passport', 'offer', 'employer', 'fileNumber'])).default([])
})
export type ReferenceSettings = z.infer<typeof settings>

/** Throws when a member that the partner insists on is missing; the message names the member and never holds a value. */
export const toFact = ({ record, ...event }: Projected, { mandatory }: ReferenceSettings): Fact => {
  const passport = passportInForce(record.documents)
  const fact: Fact = {
    delivery: event.delivery,
    person: event.subId,
    fact: event.type,
    version: event.version,
    campaign: event.campaign,
    at: event.effectiveAt,
    ...present('surname', record.person?.name?.latin?.family),
    ...present('givenNames', record.person?.name?.latin?.given),
    ...present('birthDate', record.person?.birthDate),
    ...present('passport', passport?.number),
    ...present('offer', record.offer),
    ...present('employer', record.selection?.employer?.cif),
    ...present('fileNumber', record.authorization?.fileNumber)
  }
  for (const member of mandatory) {
    if (fact[member] === undefined)
      throw new Error(`the partner insists on '${member}' and the record has none: complete the record, then redeliver`)
  }
  return fact
}

/** The rows in the order given: a partner may rely on it. */
export const toDraft = (rows: readonly Row<Fact>[], parcelId: string): Draft => ({
  contentType: 'application/json',
  ...writeRows(
    { parcel: parcelId },
    'rows',
    rows.map(row => row.fragment)
  )
})

/** One entry per row, in the partner's order; one for the whole when the message has no rows to read. */
export const toEvents = ({ content }: Verified): (CanonicalEvent | Unreadable)[] => {
  const { data, error } = push.safeParse(content)
  if (data === undefined) return [{ row: 0, unreadable: 'message', reason: `does not fit the contract at: ${places(error)}` }]
  return data.rows.map(toEvent)
}

export const rowsOf = ({ message }: Verified): Cut | null => rowsOfJws(message.body, 'rows', ['message'])

const toEvent = (value: unknown, row: number): CanonicalEvent | Unreadable => {
  const parsed = pushRow.safeParse(value)
  if (!parsed.success) return { row, unreadable: 'row', reason: `does not fit the contract at: ${places(parsed.error)}` }
  const { key, fact, about, at, patch } = parsed.data
  if (!isPlacementFact(fact))
    return { row, unreadable: 'fact', reason: 'the fact is not one of schemas/event.ts that a partner may report' }
  return { row, key, type: fact, about: toReference(about), effectiveAt: new Date(at).toISOString(), payload: patch }
}

const toReference = (about: z.infer<typeof pushRow>['about']): Reference => {
  if ('delivery' in about) return { delivery: about.delivery }
  const campaign = about.campaign === undefined ? {} : { campaign: about.campaign }
  if ('person' in about) return { subId: about.person, ...campaign }
  return { identifier: { scheme: 'PASSPORT', value: about.passport, country: about.country }, ...campaign }
}

/** `record.corrected` is the gateway's own word and nobody else's. */
const isPlacementFact = (name: string): name is EventType =>
  Object.hasOwn(eventTable, name) && eventTable[name as EventType].about === 'placement' && name !== 'record.corrected'

const present = <Name extends keyof Fact>(name: Name, value: Fact[Name] | undefined) => (value === undefined ? {} : { [name]: value })
