// Turns zod's issues into what a sender may be told: where and which rule, never what was sent.
import type { z } from 'zod'
import { neverCollectedAs } from './never-collected.ts'

/** `pointer` is an RFC 6901 pointer into what was sent, `code` a stable word, `detail` a sentence that says what to do. */
export interface Explanation {
  pointer: string
  code: string
  detail: string
}

const explanationsMax = 50

/** At most fifty. With `input`, what was parsed, a missing member is told from a wrong one in every case. */
export const explain = (error: z.ZodError, input?: unknown): Explanation[] =>
  error.issues
    .slice(0, explanationsMax)
    .flatMap(issue => explainIssue(issue, input))
    .slice(0, explanationsMax)

/** RFC 6901: ~ and / are escaped. */
export const pointerOf = (path: readonly PropertyKey[]): string =>
  path.map(step => `/${String(step).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('')

const explainIssue = (issue: z.core.$ZodIssue, input: unknown): Explanation[] => {
  const pointer = pointerOf(issue.path)
  if (isMissing(issue, input)) return [{ pointer, code: 'required', detail: 'This member is missing: add it' }]
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.slice(0, explanationsMax).map(key => explainUnknown(issue.path, key))
    case 'custom':
      return [{ pointer, code: ruleOf(issue), detail: issue.message }]
    case 'invalid_type':
      return [{ pointer, code: 'type', detail: `This must be ${article(issue.expected)}` }]
    case 'invalid_value':
      return [{ pointer, code: 'value', detail: `This must be one of: ${issue.values.slice(0, 40).map(String).join(', ')}` }]
    case 'invalid_format':
      return [{ pointer, code: 'form', detail: issue.message }]
    case 'too_big':
      return [{ pointer, code: 'too-big', detail: `At most ${issue.maximum}${unitOf(issue.origin)}` }]
    case 'too_small':
      return [{ pointer, code: 'too-small', detail: `At least ${issue.minimum}${unitOf(issue.origin)}` }]
    case 'invalid_union':
      return [{ pointer, code: 'form', detail: issue.message }]
    default:
      return [{ pointer, code: 'invalid', detail: 'This value is not valid here' }]
  }
}

const ruleOf = (issue: z.core.$ZodIssueCustom): string => (typeof issue.params?.rule === 'string' ? issue.params.rule : 'rule')

/** A name that looks like a member's is told back, so that a misspelling can be found; anything else might be a person's data. */
const explainUnknown = (path: readonly PropertyKey[], key: string): Explanation => {
  const what = neverCollectedAs(key)
  const pointer = /^[a-z][A-Za-z_-]{0,39}$/.test(key) ? pointerOf([...path, key]) : pointerOf(path)
  if (what !== null)
    return { pointer, code: 'never-collected', detail: `${what}: the gateway does not take this from anybody. Leave it out` }
  return { pointer, code: 'unknown-member', detail: 'This member is not known here: leave it out or correct its name' }
}

const isMissing = (issue: z.core.$ZodIssue, input: unknown): boolean => {
  if (!['invalid_type', 'invalid_value', 'invalid_union'].includes(issue.code)) return false
  if (input === undefined) return issue.message.endsWith('received undefined')
  let value: unknown = input
  for (const step of issue.path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, step)) return true
    value = (value as Record<PropertyKey, unknown>)[step]
  }
  return value === undefined
}

const article = (expected: string): string =>
  expected === 'int' ? 'a whole number' : /^[aeio]/.test(expected) ? `an ${expected}` : `a ${expected}`

const unitOf = (origin: string): string => (origin === 'string' ? ' characters' : origin === 'array' ? ' entries' : '')
