// A change of one record in the shape in which its readers see it (a merge patch, RFC 7396), and the event that it becomes.
import { z } from 'zod'
import { type EventType, eventTable, eventTypes } from './event.ts'
import { type Explanation, explain, sentence, told } from './explain.ts'
import { patchOf } from './patch.ts'
import { type SectionName, sections } from './record.ts'

/** Of each kind of record that can be changed so, the event that says it and the one section that this event may patch. */
export const amendments = {
  placement: { type: 'person.corrected', section: 'person' },
  offer: { type: 'offer.amended', section: 'offerDetails' }
} as const satisfies Record<string, { type: EventType; section: SectionName }>

export type AmendableKind = keyof typeof amendments

const schemaOf = (section: SectionName, id: string, description: string) =>
  z
    .strictObject({
      record: z
        .strictObject({ [section]: patchOf(sections[section]) })
        .describe('What changes; null takes a member away where it may be absent')
    })
    .meta({ id, description })

export const amendmentSchemas: Readonly<Record<AmendableKind, z.ZodType>> = {
  placement: schemaOf(amendments.placement.section, 'PlacementPatch', 'What is to be otherwise in a placement: facts about the person'),
  offer: schemaOf(amendments.offer.section, 'OfferPatch', 'What is to be otherwise in an offer')
}

/** The payload of the event that a patch becomes, or what is wrong with it. */
export const readAmendment = (
  kind: AmendableKind,
  patch: unknown
): { payload: Record<string, unknown> } | { faults: readonly Explanation[] } => {
  const { section } = amendments[kind]
  const parsed = amendmentSchemas[kind].safeParse(patch)
  if (!parsed.success) return { faults: explain(parsed.error, patch).map(fault => sharpen(kind, patch, fault)) }
  const payload = (parsed.data as { record: Record<string, Record<string, unknown>> }).record
  const changes = payload[section] as Record<string, unknown>
  const pointer = `/record/${section}`
  if (Object.keys(changes).length === 0) return { faults: [told(pointer, 'empty', sentence('Name at least one member that changes'))] }
  if (changes.identifiers === null) return { faults: [notDeletable(`${pointer}/identifiers`)] }
  return { payload }
}

/** Says of a fault what only a patch of this kind can be told: what its event cannot say, and what it cannot take away. */
const sharpen = (kind: AmendableKind, patch: unknown, fault: Explanation): Explanation => {
  const { pointer, code } = fault
  if (code !== 'unknown-member') return code !== 'never-collected' && at(patch, pointer) === null ? notDeletable(pointer) : fault
  const [, top = '', section = '', ...below] = pointer.split('/')
  if (section === '' && ours.includes(top))
    return told(pointer, 'not-patchable', sentence('This is the gateway’s to say, and follows from the events: leave it out'))
  if (top !== 'record' || below.length > 0 || !Object.hasOwn(sections, section)) return fault
  const types = eventTypes.filter(type => eventTable[type].about === kind && patches(type).includes(section as SectionName))
  if (types.length === 0) return fault
  const said = sentence('A patch does not change this. It is changed by telling an event: {types}', { types: types.join(', ') })
  return told(pointer, 'not-patchable', said)
}

/** Members of what readers are shown that no event sets. */
const ours: readonly string[] = ['id', 'updatedAt', 'version', 'state', 'campaign']

const notDeletable = (pointer: string): Explanation =>
  told(pointer, 'not-deletable', sentence('This cannot be taken away: send what it should be instead'))

const patches = (type: EventType): readonly SectionName[] => eventTable[type].patches

const at = (value: unknown, pointer: string): unknown =>
  pointer
    .split('/')
    .slice(1)
    .reduce<unknown>(
      (here, step) =>
        typeof here === 'object' && here !== null && Object.hasOwn(here, step) ? (here as Record<string, unknown>)[step] : undefined,
      value
    )
