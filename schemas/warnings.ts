// What is accepted but should be looked at: checks that warn instead of refusing.
import type { z } from 'zod'
import type { Warning } from './check.ts'
import { checkDocument, document } from './document.ts'
import { checkIdentifier, identifier } from './identifiers.ts'

export interface PlacedWarning extends Warning {
  pointer: string
}

/** The warnings of a payload or record that its schema accepts: identifiers and documents whose number is unusual. Never holds a value. */
export const warningsOf = (payload: { readonly person?: unknown; readonly documents?: unknown }): PlacedWarning[] => {
  const { identifiers } = (payload.person ?? {}) as { identifiers?: unknown }
  return [
    ...entriesOf(identifiers, identifier).flatMap(({ entry, index }) =>
      placed(checkIdentifier(entry.scheme, entry.value, entry.country), `/person/identifiers/${index}/value`)
    ),
    ...entriesOf(payload.documents, document).flatMap(({ entry, index }) =>
      placed(checkDocument(entry.type, entry.number, entry.country), `/documents/${index}/number`)
    )
  ]
}

const entriesOf = <Entry>(list: unknown, schema: z.ZodType<Entry>): { entry: Entry; index: number }[] =>
  (Array.isArray(list) ? list : []).flatMap((value: unknown, index) => {
    const parsed = schema.safeParse(value)
    return parsed.success ? [{ entry: parsed.data, index }] : []
  })

const placed = (answer: ReturnType<typeof checkIdentifier>, pointer: string): PlacedWarning[] =>
  answer.ok ? answer.warnings.map(warning => ({ ...warning, pointer })) : []
