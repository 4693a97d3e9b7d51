// Every canonical event: its name, what it is about and which sections of the record it may patch. The one table of event names.
// A payload is a dated patch of the record: the sections named here, plus the members that every placement event may carry
// (`campaign`, `offer`, `version`). Schemas of the sections: record.ts.
import { z } from 'zod'
import { coreFacts } from './core-facts.ts'
import { type EventPayload, payloadSchema, type SubjectKind } from './payload.ts'
import { instant, uuid } from './primitives.ts'
import type { SectionName } from './record.ts'

export type { EventPayload, SubjectKind }

interface EventDefinition {
  about: SubjectKind
  /** Sections of the record the payload may patch. */
  patches: readonly SectionName[]
  /** The event also moves the four-year authorisation of this person and employer. */
  alsoAuthorization?: true
  /** An office decides or registers it before the day on which it takes effect: dated ahead it may be right. Of every other type it is a mistake. */
  toldAhead?: true
}

export const eventTable = {
  // Offers (M1)
  'offer.published': { about: 'offer', patches: ['offerDetails'] },
  'offer.amended': { about: 'offer', patches: ['offerDetails'] },
  'offer.withdrawn': { about: 'offer', patches: [] },

  // Selection (M2, M3)
  'candidate.registered': { about: 'placement', patches: ['person', 'documents', 'registration'] },
  'candidate.preselected': { about: 'placement', patches: ['registration'] },
  'candidate.discarded': { about: 'placement', patches: ['registration'] },
  'candidate.withdrew': { about: 'placement', patches: [] },
  'candidate.selected': { about: 'placement', patches: ['selection', 'documents'] },
  'candidate.reserved': { about: 'placement', patches: ['selection'] },
  'candidate.rejected': { about: 'placement', patches: ['selection'] },
  'candidate.absent': { about: 'placement', patches: ['selection'] },
  'reserve.called': { about: 'placement', patches: ['selection'] },
  'campaign.closed': { about: 'placement', patches: [] },
  'contract.signed': { about: 'placement', patches: ['contract'] },
  'commitment.signed': { about: 'placement', patches: ['commitment'] },

  // Authorisation (M4, M5)
  'authorization.requested': { about: 'placement', patches: ['request'], alsoAuthorization: true },
  'authorization.defective': { about: 'placement', patches: ['request'] },
  'authorization.mended': { about: 'placement', patches: ['request'] },
  'authorization.granted': { about: 'placement', patches: ['authorization'], alsoAuthorization: true },
  'authorization.refused': { about: 'placement', patches: ['authorization'], alsoAuthorization: true },
  'authorization.inadmissible': { about: 'placement', patches: ['authorization'], alsoAuthorization: true },
  'authorization.archived': { about: 'placement', patches: ['authorization'], alsoAuthorization: true },
  'authorization.extinguished': { about: 'placement', patches: ['authorization'], alsoAuthorization: true },
  'authorization.checked': { about: 'authorization', patches: ['authorization'] },
  'authorization.expired': { about: 'authorization', patches: ['authorization'] },
  'authorization.renewed': { about: 'authorization', patches: ['authorization'], toldAhead: true },

  // Visa (M6, M7)
  'visa.requested': { about: 'placement', patches: ['visa'] },
  'visa.lodged': { about: 'placement', patches: ['visa'] },
  'visa.issued': { about: 'placement', patches: ['visa', 'documents'] },
  'visa.refused': { about: 'placement', patches: ['visa'] },
  'visa.withdrawn': { about: 'placement', patches: ['visa'] },
  'visa.lapsed': { about: 'placement', patches: ['visa'] },
  'visa.renounced': { about: 'placement', patches: ['visa'] },
  'visa.revoked': { about: 'placement', patches: ['visa'] },
  'visa.annulled': { about: 'placement', patches: ['visa'] },

  // Call-back of a repeater (M14)
  'callback.filed': { about: 'placement', patches: ['person', 'documents', 'callback', 'selection', 'contract', 'commitment'] },
  'callback.approved': { about: 'placement', patches: ['callback', 'authorization'] },
  'callback.refused': { about: 'placement', patches: ['callback'] },

  // Journey (M8, M9)
  'documents.received': { about: 'placement', patches: ['journey'] },
  'summons.sent': { about: 'placement', patches: ['journey'] },
  'port.checked-in': { about: 'placement', patches: ['journey'] },
  'boarding.missed': { about: 'placement', patches: ['journey'] },
  'sailing.cancelled': { about: 'placement', patches: ['journey'], toldAhead: true },
  'boarding.scanned': { about: 'placement', patches: ['journey'] },
  'boarding.refused': { about: 'placement', patches: ['journey'] },
  'sailing.turned-back': { about: 'placement', patches: ['journey'] },
  'border.admitted': { about: 'placement', patches: ['journey'] },
  'border.refused': { about: 'placement', patches: ['journey'] },

  // Stay
  'alta.registered': { about: 'placement', patches: ['stay'], alsoAuthorization: true, toldAhead: true },
  'alta.overdue': { about: 'placement', patches: ['stay'] },
  'extinction.risked': { about: 'placement', patches: ['stay'] },
  'stay.extended': { about: 'placement', patches: ['stay'], toldAhead: true },
  'employer.changed': { about: 'placement', patches: ['stay', 'selection'], alsoAuthorization: true, toldAhead: true },
  'work.suspended': { about: 'placement', patches: ['stay'] },
  'work.resumed': { about: 'placement', patches: ['stay'] },
  'work.abandoned': { about: 'placement', patches: ['stay'] },
  'abandonment.reviewed': { about: 'placement', patches: ['stay'] },
  'baja.registered': { about: 'placement', patches: ['stay'], toldAhead: true },

  // Return (M13)
  'return.boarded': { about: 'placement', patches: ['return'] },
  'return.overdue': { about: 'placement', patches: ['return'] },
  'return.justified': { about: 'placement', patches: ['return'] },
  'return.declared': { about: 'placement', patches: ['return'] },
  'return.verified': { about: 'placement', patches: ['return'] },
  'return.late': { about: 'placement', patches: ['return'] },
  'return.missing': { about: 'placement', patches: ['return'] },
  'eligibility.confirmed': { about: 'placement', patches: ['return'] },

  // Facts about the person, at any time
  'document.renewed': { about: 'placement', patches: ['documents'] },
  'person.corrected': { about: 'placement', patches: ['person'] },
  'worker.died': { about: 'placement', patches: [] },

  // Made by the gateway for whoever had the earlier version; never accepted from outside
  'record.corrected': { about: 'placement', patches: [] }
} as const satisfies Record<string, EventDefinition>

export type EventType = keyof typeof eventTable

export const eventTypes = Object.keys(eventTable) as [EventType, ...EventType[]]

export const isEventType = (value: string): value is EventType => Object.hasOwn(eventTable, value)

/** The payload of an event: a strict object of the type's sections as patches, with its core facts required. */
export const eventPayload = (type: EventType): z.ZodType<EventPayload> => payloads[type]

const payloads = Object.fromEntries(eventTypes.map(type => [type, payloadSchema(type, eventTable[type], coreFacts[type])])) as Record<
  EventType,
  z.ZodType<EventPayload>
>

/** An event as the gateway keeps it and hands it on: dated fact, payload checked against its type. */
export const canonicalEvent = z
  .strictObject({
    id: uuid,
    type: z.enum(eventTypes),
    subject: z.strictObject({ kind: z.enum(['placement', 'authorization', 'offer']), id: uuid }),
    /** When the fact took effect; it orders the fold. */
    effectiveAt: instant,
    receivedAt: instant,
    payload: z.record(z.string(), z.unknown())
  })
  .superRefine(({ type, subject, payload }, context) => {
    if (eventTable[type].about !== subject.kind)
      context.addIssue({
        code: 'custom',
        message: `${type} is about a subject of kind ${eventTable[type].about}`,
        params: { rule: 'event-subject' },
        path: ['subject', 'kind']
      })
    const parsed = eventPayload(type).safeParse(payload)
    for (const issue of parsed.error?.issues ?? [])
      context.issues.push({ ...issue, input: undefined, path: ['payload', ...issue.path] } as z.core.$ZodRawIssue)
  })

export type CanonicalEvent = z.infer<typeof canonicalEvent>
