// A request turned down: every kind of error made into one value, which each surface then writes in its own dialect.
import type { z } from 'zod'
import { explain } from '../../schemas/explain.ts'
import { DomainError, type FieldError, httpStatuses } from '../domain/errors.ts'
import { NotStrictJson } from '../trust/strict-json.ts'
import { isSlug, problemTypes, type Slug } from './problems.ts'
import { inEnglish, says, type Words } from './words/words.ts'

/** What a client may be told. `detail` says what is wrong and what to do; nothing in it was submitted. */
export interface Refusal {
  status: number
  slug: Slug | 'quota-exceeded'
  detail: Words
  errors?: readonly (FieldError & { detail?: string })[]
  headers?: Readonly<Record<string, string>>
  /** For 429: the names of the limits that were passed. */
  violatedPolicies?: readonly string[]
}

/** Thrown by routes and hooks for what is HTTP's own business; the domain throws `DomainError`. */
export class HttpRefusal extends Error {
  override name = 'HttpRefusal'
  readonly refusal: Refusal
  constructor(slug: Slug, detail: Words, more: Partial<Omit<Refusal, 'slug' | 'detail'>> = {}) {
    super(inEnglish(detail))
    this.refusal = { status: problemTypes[slug].status, slug, detail, ...more }
  }
}

/** Too many requests: which limit, and when to come back. */
export class TooManyRequests extends Error {
  override name = 'TooManyRequests'
  readonly refusal: Refusal
  constructor(policy: string, retryAfterSeconds: number) {
    super(policy)
    this.refusal = {
      status: 429,
      slug: 'quota-exceeded',
      detail: says('too-many-requests', { seconds: retryAfterSeconds }),
      headers: { 'retry-after': String(retryAfterSeconds) },
      violatedPolicies: [policy]
    }
  }
}

/** What to tell the client, or null when nobody foresaw the error: then it is a fault of ours, to be logged. */
export function toRefusal(error: unknown): Refusal | null {
  if (error instanceof HttpRefusal || error instanceof TooManyRequests) return error.refusal
  if (error instanceof DomainError) return fromDomain(error)
  if (error instanceof NotStrictJson) return refusal('validation', says('body-json', { fault: error.said }))
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  return typeof code === 'string' ? (fromFastify[code] ?? null) : null
}

/** Fastify's validator: parses with the route's zod schema; a fault is a refusal that says where and which rule. */
export const schemaValidator =
  ({ schema, httpPart }: { schema: z.ZodType; httpPart?: string }) =>
  (data: unknown): { value: unknown } | { error: HttpRefusal } => {
    const parsed = schema.safeParse(data)
    if (parsed.success) return { value: parsed.data }
    const errors = explain(parsed.error, data).slice(0, errorsMax)
    return { error: new HttpRefusal('validation', says('request-unfit', { part: httpPart ?? 'request' }), { errors }) }
  }

/** The answer to a fault of ours: nothing of the error leaves. */
export const internalRefusal: Refusal = { status: 500, slug: 'internal', detail: says('fault') }

const refusal = (slug: Slug, detail: Words): Refusal => ({ status: problemTypes[slug].status, slug, detail })

const fallbackSlugs = {
  invalid: 'validation',
  unauthenticated: 'invalid-token',
  forbidden: 'forbidden',
  'not-found': 'not-found',
  conflict: 'conflict',
  unavailable: 'unavailable'
} as const satisfies Record<DomainError['code'], Slug>

function fromDomain(error: DomainError): Refusal {
  const slug = isSlug(error.slug) ? error.slug : fallbackSlugs[error.code]
  const retryAfterSeconds = error.retryAfterSeconds ?? (error.code === 'unavailable' ? 5 : undefined)
  return {
    status: isSlug(error.slug) ? problemTypes[error.slug].status : httpStatuses[error.code],
    slug,
    detail: error.said ?? error.detail,
    ...(error.errors === undefined ? {} : { errors: error.errors }),
    ...(retryAfterSeconds === undefined ? {} : { headers: { 'retry-after': String(retryAfterSeconds) } })
  }
}

/** At most this many faults are listed: enough to mend a form, too few to make an answer grow with the question. */
const errorsMax = 20

const fromFastify: Readonly<Record<string, Refusal>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: refusal('too-large', says('body-too-large')),
  FST_ERR_CTP_INVALID_MEDIA_TYPE: refusal('unsupported-media-type', says('body-type')),
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: refusal('validation', says('body-length')),
  FST_ERR_CTP_EMPTY_JSON_BODY: refusal('validation', says('body-none')),
  FST_ERR_BAD_URL: refusal('validation', says('path-encoding')),
  FST_ERR_MAX_PARAM_LENGTH: refusal('not-found', says('address-unknown')),
  FST_STATIC_FORBIDDEN_PATH: refusal('not-found', says('address-unknown')),
  FST_ERR_NOT_FOUND: refusal('not-found', says('address-unknown'))
}
