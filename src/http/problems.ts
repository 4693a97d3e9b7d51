// The names of what can go wrong (RFC 9457): one table from slug to status, title and the text of its page at /problems/{slug}.

interface ProblemType {
  status: number
  title: string
  /** What it means and what to do, for the page and for documentation. */
  explanation: string
}

export const problemTypes = {
  unauthenticated: {
    status: 401,
    title: 'No access token',
    explanation:
      'Send an access token: Authorization: Bearer <token>. Get one at the token endpoint with a signed client assertion (RFC 7523).'
  },
  'invalid-token': {
    status: 401,
    title: 'Access token not valid',
    explanation:
      'The access token is malformed, expired, not ours, or its client is suspended. Get a new one at the token endpoint; if that is refused too, ask the operator.'
  },
  'insufficient-scope': {
    status: 403,
    title: 'Scope missing',
    explanation:
      'The token or the client lacks a scope that this request needs; WWW-Authenticate names it. Ask for it at the token endpoint.'
  },
  forbidden: {
    status: 403,
    title: 'Not allowed',
    explanation:
      'The scope is there, but the role of the client or its agreement does not allow this: no other token helps. Ask the operator.'
  },
  'not-found': {
    status: 404,
    title: 'Not found',
    explanation: 'There is nothing here, or it belongs to somebody else: the two look alike on purpose. Check the address.'
  },
  'method-not-allowed': {
    status: 405,
    title: 'Method not allowed',
    explanation: 'There is something at this address, for other methods than the one used: Allow names them.'
  },
  validation: {
    status: 400,
    title: 'Request not valid',
    explanation:
      'The request does not fit its schema, or breaks a rule. "errors" lists where (a JSON Pointer) and which rule, never the value.'
  },
  conflict: { status: 409, title: 'Conflict', explanation: 'The request contradicts the present state. Read it again, then decide.' },
  'precondition-failed': {
    status: 412,
    title: 'Changed meanwhile',
    explanation: 'If-Match names a version that is no longer current. Read the resource again and repeat the change on the new version.'
  },
  'precondition-required': {
    status: 428,
    title: 'If-Match missing',
    explanation: 'Changes need the ETag of the version they are based on in If-Match, so that nobody overwrites what they have not seen.'
  },
  'idempotency-key-missing': {
    status: 400,
    title: 'Idempotency-Key missing',
    explanation:
      'Requests that create something need an Idempotency-Key header of 1 to 255 characters, so that they can be repeated safely.'
  },
  'idempotency-key-reused': {
    status: 422,
    title: 'Idempotency-Key used with another body',
    explanation: 'This key came with another body before. Use a new key for a new request.'
  },
  'idempotency-key-in-progress': {
    status: 409,
    title: 'Same request in progress',
    explanation: 'The first request with this Idempotency-Key has not been answered yet. Repeat it in a moment.'
  },
  'unsupported-media-type': {
    status: 415,
    title: 'Media type not supported',
    explanation: 'Send the body in the media type that the endpoint documents, uncompressed.'
  },
  'too-large': {
    status: 413,
    title: 'Too large',
    explanation: 'The body or the header is longer than this endpoint takes. Send less, or in parts.'
  },
  timeout: { status: 408, title: 'Too slow', explanation: 'The request did not arrive in time. Send it again, without pauses.' },
  internal: {
    status: 500,
    title: 'Fault of the gateway',
    explanation: 'Something failed on our side and is in our log under the request id in "instance". Repeating the same request is safe.'
  },
  unavailable: {
    status: 503,
    title: 'Not available at the moment',
    explanation: 'The gateway cannot store anything safely right now, so it takes nothing. Repeat the request after Retry-After.'
  }
} as const satisfies Record<string, ProblemType>

export type Slug = keyof typeof problemTypes

export const isSlug = (text: string): text is Slug => Object.hasOwn(problemTypes, text)

/** Too many requests has a type registered with IANA, not a slug of ours. */
export const quotaExceeded = {
  type: 'https://iana.org/assignments/http-problem-types#quota-exceeded',
  status: 429,
  title: 'Quota exceeded'
} as const
