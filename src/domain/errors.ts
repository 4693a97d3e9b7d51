// The ways a request can be turned down: six codes, one table to HTTP. Anything else that is thrown is a surprise, and its text stays inside.

import type { Said } from './words/said.ts'
import { inEnglish } from './words/words.ts'

export type ErrorCode = 'invalid' | 'unauthenticated' | 'forbidden' | 'not-found' | 'conflict' | 'unavailable'

/** What is wrong with one member of the input: where (RFC 6901 pointer), which rule and what to do, never the value. */
export interface FieldError {
  pointer: string
  code: string
  said?: Said
}

export interface DomainErrorOptions {
  /** The problem's name in `/problems/{slug}` (RFC 9457 `type`); the code's own name where nothing narrower fits. */
  slug?: string
  errors?: readonly FieldError[]
  /** When trying again can make sense; becomes Retry-After. */
  retryAfterSeconds?: number
  cause?: unknown
  /** Where the catalog of a higher floor said it: `detail` is its English. */
  said?: Said
}

/**
 * A refusal that the caller may read. `detail` says what is wrong and what to do, and never holds a person's data. Where it was said by a catalog,
 * `said` is the same for any language.
 */
export class DomainError extends Error {
  override name = 'DomainError'
  readonly code: ErrorCode
  readonly slug: string
  readonly detail: string
  readonly said?: Said
  readonly errors?: readonly FieldError[]
  readonly retryAfterSeconds?: number

  constructor(code: ErrorCode, detail: string | Said, options: DomainErrorOptions = {}) {
    const english = typeof detail === 'string' ? detail : inEnglish(detail)
    super(english, options.cause === undefined ? undefined : { cause: options.cause })
    this.code = code
    this.detail = english
    const said = typeof detail === 'string' ? options.said : detail
    if (said !== undefined) this.said = said
    this.slug = options.slug ?? defaultSlugs[code]
    if (options.errors !== undefined) this.errors = options.errors
    if (options.retryAfterSeconds !== undefined) this.retryAfterSeconds = options.retryAfterSeconds
  }
}

/** The one table from code to HTTP status. */
export const httpStatuses = {
  invalid: 400,
  unauthenticated: 401,
  forbidden: 403,
  'not-found': 404,
  conflict: 409,
  unavailable: 503
} as const satisfies Record<ErrorCode, number>

const defaultSlugs = {
  invalid: 'validation',
  unauthenticated: 'unauthenticated',
  forbidden: 'forbidden',
  'not-found': 'not-found',
  conflict: 'conflict',
  unavailable: 'unavailable'
} as const satisfies Record<ErrorCode, string>
