// What is accepted but should be looked at: checks that warn instead of refusing.
import type { z } from 'zod'
import type { Warning } from './check.ts'
import { checkDocument, document } from './document.ts'
import { checkIdentifier, identifier } from './identifiers.ts'
import { toMrzName } from './mrz-name.ts'
import { compareNames } from './name-matching.ts'
import { personName } from './names.ts'

export interface PlacedWarning extends Warning {
  pointer: string
}

/** The warnings of a payload or record that its schema accepts: identifiers and documents whose number is unusual, a machine-readable name that
 *  does not say what the Latin name says. Never holds a value. */
export const warningsOf = (payload: { readonly person?: unknown; readonly documents?: unknown }): PlacedWarning[] => {
  const { name, identifiers } = (payload.person ?? {}) as { name?: unknown; identifiers?: unknown }
  return [
    ...nameWarnings(name),
    ...entriesOf(identifiers, identifier).flatMap(({ entry, index }) =>
      placed(checkIdentifier(entry.scheme, entry.value, entry.country), `/person/identifiers/${index}/value`)
    ),
    ...entriesOf(payload.documents, document).flatMap(({ entry, index }) =>
      placed(checkDocument(entry.type, entry.number, entry.country), `/documents/${index}/number`)
    )
  ]
}

/** States transliterate a few letters their own way, so only other words count, and only where nothing was cut. */
const nameWarnings = (value: unknown): PlacedWarning[] => {
  const name = personName.safeParse(value)
  if (!name.success || name.data.mrz === undefined) return []
  const { latin, mrz } = name.data
  if (toMrzName(latin).truncated || compareNames(mrz.replaceAll('<', ' '), toMrzName(latin).value.replaceAll('<', ' ')) === 'same')
    return []
  return [
    {
      pointer: '/person/name/mrz',
      rule: 'mrz-name-differs',
      reason: 'The machine-readable name does not say what the Latin name says; compare both with the passport'
    }
  ]
}

const entriesOf = <Entry>(list: unknown, schema: z.ZodType<Entry>): { entry: Entry; index: number }[] =>
  (Array.isArray(list) ? list : []).flatMap((value: unknown, index) => {
    const parsed = schema.safeParse(value)
    return parsed.success ? [{ entry: parsed.data, index }] : []
  })

const placed = (answer: ReturnType<typeof checkIdentifier>, pointer: string): PlacedWarning[] =>
  answer.ok ? answer.warnings.map(warning => ({ ...warning, pointer })) : []
