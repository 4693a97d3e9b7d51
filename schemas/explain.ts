// Turns zod's issues into what a sender may be told: where and which rule, never what was sent.
import type { z } from 'zod'
import { neverCollectedAs } from './never-collected.ts'

/**
 * `pointer` is an RFC 6901 pointer into what was sent, `code` a stable word, `detail` a sentence that says what to do. `said` is the sentence with its
 * gaps, for whoever has it in other languages.
 */
export interface Explanation {
  pointer: string
  code: string
  detail: string
  said: Sentence
}

/** An English sentence, which is its own id, and what stands in its gaps. */
export interface Sentence {
  id: string
  parts: Readonly<Record<string, string | number | Sentence>>
}

/** A sentence without gaps is given as it is. */
export const sentence = (id: string, parts: Sentence['parts'] = {}): Sentence => ({ id, parts })

/** The sentence in English. */
export const spell = ({ id, parts }: Sentence): string =>
  id.replace(/\{([A-Za-z]+)\}/g, (gap, name: string) => {
    const part = parts[name] ?? gap
    return typeof part === 'object' ? spell(part) : String(part)
  })

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
  if (isMissing(issue, input)) return [told(pointer, 'required', sentence('This member is missing: add it'))]
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.slice(0, explanationsMax).map(key => explainUnknown(issue.path, key))
    case 'custom':
      return [{ ...told(pointer, ruleOf(issue), saidOf(issue)), detail: issue.message }]
    case 'invalid_type':
      return [told(pointer, 'type', sentence('This must be {kind}', { kind: sentence(article(issue.expected)) }))]
    case 'invalid_value':
      return [
        told(pointer, 'value', sentence('This must be one of: {values}', { values: issue.values.slice(0, 40).map(String).join(', ') }))
      ]
    case 'invalid_format':
      return [told(pointer, 'form', sentence(formOf(issue.message)))]
    case 'too_big':
      return [told(pointer, 'too-big', sentence(`At most {limit}${unitOf(issue.origin)}`, { limit: Number(issue.maximum) }))]
    case 'too_small':
      return [told(pointer, 'too-small', sentence(`At least {limit}${unitOf(issue.origin)}`, { limit: Number(issue.minimum) }))]
    case 'invalid_union':
      return [told(pointer, 'form', sentence(issue.message))]
    default:
      return [told(pointer, 'invalid', sentence('This value is not valid here'))]
  }
}

/** What is wrong at a place, by a sentence. */
export const told = (pointer: string, code: string, said: Sentence): Explanation => ({ pointer, code, detail: spell(said), said })

/** A check whose message has gaps gives the sentence beside it. */
const saidOf = ({ message, params }: z.core.$ZodIssueCustom): Sentence => (params?.said as Sentence | undefined) ?? sentence(message)

/** A schema that says nothing of its form leaves it to zod, whose own words nobody has in another language. */
const formOf = (message: string): string => (message.startsWith('Invalid ') ? 'This value is not valid here' : message)

const ruleOf = (issue: z.core.$ZodIssueCustom): string => (typeof issue.params?.rule === 'string' ? issue.params.rule : 'rule')

/** Of a kind of data that is collected from nobody. */
export const neverCollected = (what: string): Sentence =>
  sentence('{what}: the gateway does not take this from anybody. Leave it out', { what: sentence(what) })

/** A name that looks like a member's is told back, so that a misspelling can be found; anything else might be a person's data. */
const explainUnknown = (path: readonly PropertyKey[], key: string): Explanation => {
  const what = neverCollectedAs(key)
  const pointer = /^[a-z][A-Za-z_-]{0,39}$/.test(key) ? pointerOf([...path, key]) : pointerOf(path)
  if (what !== null) return told(pointer, 'never-collected', neverCollected(what))
  return told(pointer, 'unknown-member', sentence('This member is not known here: leave it out or correct its name'))
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

/** As it is called in JSON. */
const article = (expected: string): string => {
  if (expected === 'int') return 'a whole number'
  if (expected === 'record') return 'an object'
  return /^[aeio]/.test(expected) ? `an ${expected}` : `a ${expected}`
}

const unitOf = (origin: string): string => (origin === 'string' ? ' characters' : origin === 'array' ? ' entries' : '')
