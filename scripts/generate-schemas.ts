// Writes the JSON Schema (2020-12) of every event payload and record to schemas/json. `--check` writes nothing and fails when one has drifted.
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { z } from 'zod'
import { canonicalEvent, type EventType, eventPayload, eventTable, eventTypes } from '../schemas/event.ts'
import { ledgerLeaf, rowReceipt } from '../schemas/receipt.ts'
import { authorizationRecord, migrantRecord, offerRecord, sentRecord } from '../schemas/record.ts'

const sentName = 'sent-record'

/** File name to content, in a fixed order: an event's file is its type, a record's its kind. */
export const generateSchemas = (): Map<string, string> =>
  new Map([
    ...eventTypes.map(renderEvent),
    renderSent(),
    render('placement-record', migrantRecord, 'The canonical record of a placement: one person, one activity year'),
    render('authorization-record', authorizationRecord, 'The canonical record of an authorisation: one person, one employer, four years'),
    render('offer-record', offerRecord, 'The canonical record of a job offer'),
    render('canonical-event', canonicalEvent, 'A dated fact about a subject, as the gateway keeps it'),
    render('row-receipt', rowReceipt, 'What became of one row of an import or batch'),
    render('ledger-leaf', ledgerLeaf, 'One line of the evidence log')
  ])

/** The files of `folder` that differ from what the schemas give, missing and left-over ones included. */
export const driftOf = (folder: string): string[] => {
  const generated = generateSchemas()
  const present = new Map(namesIn(folder).map(name => [name, readFileSync(path.join(folder, name), 'utf8')]))
  return [...new Set([...generated.keys(), ...present.keys()])].filter(name => generated.get(name) !== present.get(name)).sort()
}

export const writeSchemas = (folder: string): void => {
  mkdirSync(folder, { recursive: true })
  const generated = generateSchemas()
  for (const name of namesIn(folder)) if (!generated.has(name)) rmSync(path.join(folder, name))
  for (const [name, text] of generated) writeFileSync(path.join(folder, name), text)
}

const target = 'draft-2020-12'

const render = (name: string, schema: z.ZodType, description: string): [string, string] =>
  file(name, description, z.toJSONSchema(schema, { target }))

/** What is told of an event is a patch; what is sent of it is the record as it stands then. One address describes both. */
const renderEvent = (type: EventType): [string, string] => {
  const { $schema, title: _, description: __, ...told } = z.toJSONSchema(eventPayload(type), { target })
  const about = `${eventTable[type].about} record`
  return file(type, `Payload of ${type}: as it is told, a patch of the ${about}; as the gateway sends it, the ${about} as it stands then`, {
    ...($schema && { $schema }),
    type: 'object',
    anyOf: [{ title: 'told', ...told }, { $ref: urnOf(sentName) }]
  })
}

/** Nobody may read all of it, so nothing but the version has to be there. */
const renderSent = (): [string, string] => {
  const { required: _, ...schema } = z.toJSONSchema(sentRecord, { target, override: ({ jsonSchema }) => void delete jsonSchema.required })
  return file(sentName, 'What the gateway sends with an event: the record as it stands then, as far as its recipient may read it', {
    ...schema,
    required: ['version']
  })
}

/** Identified by URN, since the address of the installation that serves it is not known here. */
const file = (
  name: string,
  description: string,
  { $schema, title: _, description: __, ...rest }: z.core.JSONSchema.BaseSchema
): [string, string] => [`${name}.json`, `${JSON.stringify({ $schema, $id: urnOf(name), title: name, description, ...rest }, null, 2)}\n`]

const urnOf = (name: string): string => `urn:jisr:schema:v1:${name}`

const namesIn = (folder: string): string[] => {
  try {
    return readdirSync(folder).filter(name => name.endsWith('.json'))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw error
  }
}

if (import.meta.main) {
  const folder = path.resolve(import.meta.dirname, '../schemas/json')
  if (process.argv.includes('--check')) {
    const drifted = driftOf(folder)
    for (const name of drifted)
      console.error(`schemas/json/${name} is not what schemas/ gives: run node scripts/generate-schemas.ts and commit it`)
    if (drifted.length > 0) process.exit(1)
  } else writeSchemas(folder)
}
