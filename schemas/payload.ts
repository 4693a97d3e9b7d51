// Builds the payload schema of one event type from its row in the table and its core facts.
import { z } from 'zod'
import type { CoreFacts } from './core-facts.ts'
import { type Sentence, sentence, spell } from './explain.ts'
import { patchOf } from './patch.ts'
import { campaignYear, code, uuid } from './primitives.ts'
import { type SectionName, sections } from './record.ts'

export type SubjectKind = 'placement' | 'authorization' | 'offer'

/** A patch of the record by section; what the sections hold is checked by the schema of the type. */
export type EventPayload = Record<string, unknown>

/** A strict object of the sections as patches, with the core facts required. */
export const payloadSchema = (
  type: string,
  { about, patches }: { about: SubjectKind; patches: readonly SectionName[] },
  { required = [], oneOf, says }: CoreFacts = {}
): z.ZodType<EventPayload> => {
  const patch = z.strictObject({
    ...membersOf(commonOf[about], required),
    ...Object.fromEntries(patches.map(name => [name, sectionPatch(name, required)]))
  }) as z.ZodType<EventPayload>
  return patch
    .superRefine((payload, context) => {
      if (oneOf && !oneOf.some(path => isPresent(at(payload, path))))
        addIssue(context, oneOf[0] ?? '', 'required', sentence('Give at least one of: {members}', { members: oneOf.join(', ') }))
      if (says && isPresent(at(payload, says.path)) && at(payload, says.path) !== says.value)
        addIssue(context, says.path, 'event-says-other', sentence('In {type}, {path} is {value} or absent', { type, ...says }))
    })
    .meta({ title: type, ...(oneOf ? { anyOf: oneOf.map(path => presence(path.split('.'))) } : {}) })
}

/** What every payload may carry beside its sections. `version` is the aggregate's, in what the gateway sends; `corrects` the id of the event
 *  this one takes the place of: a correction is a new event, never an edit. */
const common = {
  version: z.int().min(0).optional().describe('Version of the record, in what the gateway sends: drop what is older than what you have'),
  corrects: uuid.optional().describe('Id of the event that this one takes the place of')
}

const commonOf: Record<SubjectKind, Record<string, z.ZodOptional>> = {
  placement: {
    ...common,
    campaign: campaignYear.optional().describe('Year of the campaign'),
    offer: code(64).optional().describe('Reference of the job offer')
  },
  authorization: common,
  offer: { ...common, campaign: campaignYear.optional().describe('Year of the campaign') }
}

/** These are no patches: they are absent or have a value. */
const membersOf = (members: Record<string, z.ZodOptional>, required: readonly string[]): Record<string, z.ZodType> =>
  Object.fromEntries(
    Object.entries(members).map(([name, schema]) => [name, required.includes(name) ? (schema.unwrap() as z.ZodType) : schema])
  )

/** A section is absent or a patch; null would wipe what other events told. */
const sectionPatch = (name: SectionName, required: readonly string[]): z.ZodType => {
  const below = required.filter(path => path.startsWith(`${name}.`)).map(path => path.slice(name.length + 1))
  const patch = patchOf(sections[name], below)
  return below.length > 0 || required.includes(name) ? patch : patch.optional()
}

const addIssue = (context: z.core.$RefinementCtx<unknown>, path: string, rule: string, said: Sentence): void =>
  context.addIssue({ code: 'custom', message: spell(said), params: { rule, said }, path: path.split('.') })

const isPresent = (value: unknown): boolean => value !== undefined && value !== null

const at = (payload: unknown, path: string): unknown =>
  path
    .split('.')
    .reduce<unknown>(
      (value, member) => (typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[member] : undefined),
      payload
    )

/** JSON Schema for "this member is there", for readers who cannot run the check. */
const presence = ([member = '', ...rest]: readonly string[]): Record<string, unknown> => ({
  required: [member],
  properties: { [member]: rest.length > 0 ? { type: 'object', ...presence(rest) } : { not: { type: 'null' } } }
})
