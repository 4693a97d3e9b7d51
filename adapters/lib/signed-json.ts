// JSON over HTTP in which both sides sign: each message carries a compact JWS (RFC 7515) over what it is and the digest of its body.
import { createHash } from 'node:crypto'
import { type Context, type FetchAnswer, NotAuthentic } from '../contract.ts'

/** Header of our request; claims: htm, htu (path), digest, iat, and what the adapter adds. */
export const requestSignatureHeader = 'request-signature'
/** Header of the partner's answer; claims: status, digest, request (digest of our signature, so that no old answer can be replayed). */
export const responseSignatureHeader = 'response-signature'
export const requestTyp = 'request+jwt'
export const responseTyp = 'response+jwt'

export interface SignedRequest {
  method: 'GET' | 'POST'
  url: string
  contentType?: string
  headers?: Readonly<Record<string, string>>
  body?: string
  claims?: Readonly<Record<string, string>>
}

export interface SignedAnswer {
  status: number
  headers: Readonly<Record<string, string>>
  /** The JSON content when the partner's signature was on it; undefined when the answer was not signed (a proxy, a crash page). */
  content: unknown
}

/** base64url SHA-256, as both signatures carry it. */
export const digest = (text: string): string => createHash('sha256').update(text).digest('base64url')

/**
 * One exchange. Throws `NotSent` as the context's fetch does, `NotAuthentic` when an answer bears a signature that is not the partner's
 * or not over this answer, and an error when a signed body is no JSON. An answer without a signature comes back without content.
 */
export const exchange = async ({ fetch, keys, now }: Context, request: SignedRequest): Promise<SignedAnswer> => {
  const { method, url, body } = request
  const signature = await keys.signJws(requestTyp, {
    ...request.claims,
    htm: method,
    htu: new URL(url).pathname,
    digest: digest(body ?? ''),
    iat: Math.floor(now().getTime() / 1000)
  })
  const answer = await fetch(url, {
    method,
    headers: {
      ...request.headers,
      ...(request.contentType && { 'content-type': request.contentType }),
      [requestSignatureHeader]: signature
    },
    ...(body !== undefined && { body })
  })
  const token = answer.headers[responseSignatureHeader]
  if (token === undefined) return { status: answer.status, headers: answer.headers, content: undefined }
  checkClaims(await keys.verifyJws(token, responseTyp), answer, signature)
  return { status: answer.status, headers: answer.headers, content: parse(answer) }
}

const checkClaims = (claims: Record<string, unknown>, answer: FetchAnswer, signature: string) => {
  if (claims.status === answer.status && claims.digest === digest(answer.body) && claims.request === digest(signature)) return
  throw new NotAuthentic('the answer bears a signature that was made for another answer')
}

const parse = ({ body, status }: FetchAnswer): unknown => {
  try {
    return JSON.parse(body)
  } catch {
    throw new Error(`the partner signed an answer (${status}) that is not JSON`)
  }
}

/** Seconds to wait as Retry-After says (RFC 9110 section 10.2.3, delta-seconds only), within 1 to 86,400; `otherwise` without one. */
export const retryAfterSeconds = (headers: Readonly<Record<string, string>>, otherwise: number): number => {
  const value = headers['retry-after']
  if (value === undefined || !/^\d{1,9}$/.test(value)) return otherwise
  return Math.min(86_400, Math.max(1, Number(value)))
}
