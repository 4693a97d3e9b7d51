// What is accepted but should be looked at: checks that warn instead of refusing.
import type { Warning } from './check.ts'
import { checkDocument, document } from './document.ts'
import { checkIdentifier, identifier } from './identifiers.ts'

export interface PlacedWarning extends Warning {
  pointer: string
}

/** The warnings of a payload or record that its schema accepts: identifiers and documents whose number is unusual. Never holds a value. */
export const warningsOf = (payload: { readonly person?: unknown; readonly documents?: unknown }): PlacedWarning[] => [
  ...entriesOf((payload.person as { identifiers?: unknown } | null | undefined)?.identifiers).flatMap((entry, index) => {
    const parsed = identifier.safeParse(entry)
    if (!parsed.success) return []
    const { scheme, value, country } = parsed.data
    return placed(checkIdentifier(scheme, value, country), `/person/identifiers/${index}/value`)
  }),
  ...entriesOf(payload.documents).flatMap((entry, index) => {
    const parsed = document.safeParse(entry)
    return parsed.success
      ? placed(checkDocument(parsed.data.type, parsed.data.number, parsed.data.country), `/documents/${index}/number`)
      : []
  })
]

const entriesOf = (list: unknown): readonly unknown[] => (Array.isArray(list) ? list : [])

const placed = (answer: ReturnType<typeof checkIdentifier>, pointer: string): PlacedWarning[] =>
  answer.ok ? answer.warnings.map(warning => ({ ...warning, pointer })) : []
