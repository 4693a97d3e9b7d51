// The Authorization header and scopes: what a request claims (RFC 6750, RFC 6749 3.3).

export type BearerCredentials = { token: string } | 'missing' | 'malformed'

/** Reads a bearer token. `missing`: no header, or a scheme that we do not speak; `malformed`: Bearer with anything but one token. */
export function readBearer(header: string | undefined): BearerCredentials {
  if (header === undefined || !/^bearer(?: |$)/i.test(header)) return 'missing'
  const token = /^bearer +([A-Za-z0-9\-._~+/]+=*)$/i.exec(header)?.[1]
  return token === undefined ? 'malformed' : { token }
}

/** The scopes of a `scope` parameter, each once, in the order given; null when it is not a list of scope tokens. */
export function readScope(scope: string): readonly string[] | null {
  if (scope.length > scopeLengthMax || !/^[\x21\x23-\x5b\x5d-\x7e]+(?: [\x21\x23-\x5b\x5d-\x7e]+)*$/.test(scope)) return null
  return [...new Set(scope.split(' '))]
}

/** Whether one of `accepted` was granted. */
export const hasScope = (granted: readonly string[], accepted: readonly string[]): boolean =>
  accepted.some(scope => granted.includes(scope))

const scopeLengthMax = 1_024
