// The three dialects in which a refusal is written: problem+json (RFC 9457), the token endpoint's (RFC 6749) and the SETs' (RFC 8935).
import type { FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import type { AnswerLanguage } from '../domain/words/language.ts'
import type { Said } from '../domain/words/said.ts'
import { quotaExceeded } from './problems.ts'
import { internalRefusal, type Refusal, toRefusal } from './refusal.ts'
import type { Log } from './surface.ts'
import { canTell, inEnglish, inLanguage, languageOf, says, tell, type Words } from './words/words.ts'

/** A problem of RFC 9457 as we write it. */
export const Problem = z
  .object({
    type: z.string().describe('A page that explains the problem; for 429 the type registered with IANA.'),
    title: z.string(),
    status: z.int(),
    detail: z.string().describe('What is wrong and what to do, in the language that Content-Language names. Never holds submitted values.'),
    instance: z.string().describe('urn:uuid: and the id of the request, as in our log.'),
    errors: z
      .array(z.object({ pointer: z.string().describe('RFC 6901'), code: z.string(), detail: z.string().optional().describe('What to do') }))
      .optional(),
    'violated-policies': z.array(z.string()).optional()
  })
  .meta({ id: 'Problem', description: 'RFC 9457 problem details' })

/** RFC 6749 5.2. */
export const OAuthError = z
  .object({ error: z.string(), error_description: z.string() })
  .meta({ id: 'OAuthError', description: 'RFC 6749 5.2 error' })

/** RFC 8935 2.4; `err` is absent where the fault passes by itself (429, 503). */
export const SetError = z
  .object({
    err: z.string().optional(),
    description: z
      .string()
      .describe('What is wrong and what to do, in the language that Content-Language names. For people: programs read err')
  })
  .meta({ id: 'SetError', description: 'RFC 8935 2.4 error; without err when the fault passes by itself' })

export interface ErrorOptions {
  issuer: string
  log: Log
}

type ErrorHandler = (error: unknown, request: FastifyRequest, reply: FastifyReply) => FastifyReply

export const problemErrors =
  ({ issuer, log }: ErrorOptions): ErrorHandler =>
  (error, request, reply) => {
    const refusal = refuse(error, request, log)
    const { problem, language } = toProblem(issuer, request.id, refusal, request.headers['accept-language'])
    return begin(reply, refusal)
      .headers({ 'content-language': language, vary: 'Accept-Language' })
      .type('application/problem+json')
      .serializer(JSON.stringify)
      .send(problem)
  }

export const setErrors =
  ({ log }: ErrorOptions): ErrorHandler =>
  (error, request, reply) => {
    const refusal = refuse(error, request, log)
    return sendSetError(request, begin(reply, refusal), setCodes[refusal.status], refusal.detail)
  }

/** RFC 8935 2.4: the description is in the language that the sender's Accept-Language likes best. The reply has its status. */
export const sendSetError = (request: FastifyRequest, reply: FastifyReply, err: string | undefined, description: Words): FastifyReply => {
  const { text, language } = tell(description, request.headers['accept-language'])
  return reply
    .headers({ 'content-language': language, vary: 'Accept-Language', 'cache-control': 'no-store' })
    .type('application/json')
    .serializer(JSON.stringify)
    .send(setError(err, text))
}

const setError = (err: string | undefined, description: string) => ({ ...(err === undefined ? {} : { err }), description })

/** For what belongs to no route: each address has its dialect. */
export const errorsByAddress = (options: ErrorOptions): ErrorHandler => {
  const handlers = { oauth: oauthErrors(options), set: setErrors(options), problem: problemErrors(options) }
  return (error, request, reply) => handlers[dialectAt(request.method, request.url)](error, request, reply)
}

/** What did not become a request, refused without a reply of the framework: a media type and a body. `asked` is as far as it came. */
export function writeRefusal(
  issuer: string,
  requestId: string,
  refusal: Refusal,
  asked: { method?: string | undefined; url?: string | undefined }
): { type: string; body: object } {
  const dialect = dialectAt(asked.method, asked.url)
  if (dialect === 'problem') return { type: 'application/problem+json', body: toProblem(issuer, requestId, refusal).problem }
  const type = 'application/json'
  if (dialect === 'set') return { type, body: setError(setCodes[refusal.status], inEnglish(refusal.detail)) }
  const { code, description } = fromRefusal(refusal, 'invalid_request')
  return { type, body: oauthError(code, description) }
}

/** RFC 6749 5.2 takes an `error_description` of printable ASCII without double quotes and backslashes. */
const oauthError = (error: string, description: string) => ({
  error,
  error_description: description.replace(/["“”‘’]/g, "'").replace(/[^\x20-\x5b\x5d-\x7e]+/g, ' ')
})

function dialectAt(method: string | undefined, url: string | undefined): 'oauth' | 'set' | 'problem' {
  const path = (url ?? '').split('?', 1)[0] as string
  if (path.startsWith('/oauth/')) return 'oauth'
  return method === 'POST' && path === '/v1/sets' ? 'set' : 'problem'
}

/** `OAuthRefusal` says its own code; anything else is the request's fault (`otherwise`) or ours. */
export const oauthErrors =
  ({ log }: ErrorOptions, otherwise = 'invalid_request'): ErrorHandler =>
  (error, request, reply) => {
    const { status, code, description, headers } =
      error instanceof OAuthRefusal ? error : fromRefusal(refuse(error, request, log), otherwise)
    return reply
      .code(status)
      .headers({ ...headers, 'cache-control': 'no-store' })
      .type('application/json')
      .serializer(JSON.stringify)
      .send(oauthError(code, description))
  }

/** An error code of RFC 6749 5.2, 6750 3.1, 7591 3.2.2 or 8707. 401 for invalid_client and invalid_token, 400 else. */
export class OAuthRefusal extends Error {
  override name = 'OAuthRefusal'
  readonly code: string
  readonly description: string
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  constructor(
    code:
      | 'invalid_request'
      | 'invalid_client'
      | 'invalid_scope'
      | 'unsupported_grant_type'
      | 'invalid_target'
      | 'invalid_token'
      | 'invalid_client_metadata'
      | 'invalid_software_statement',
    description: string,
    headers: Readonly<Record<string, string>> = {}
  ) {
    super(description)
    this.code = code
    this.description = description
    this.status = code === 'invalid_client' || code === 'invalid_token' ? 401 : 400
    this.headers = headers
  }
}

/** The body of a problem, in the language that `accepts` likes best where all of it is there in that. `requestId` is a UUID. */
export function toProblem(
  issuer: string,
  requestId: string,
  refusal: Refusal,
  accepts?: string
): { problem: z.infer<typeof Problem>; language: AnswerLanguage } {
  const { slug, status, detail, errors, violatedPolicies } = refusal
  const title = says(`title-${slug}`)
  const faults = errors?.map(({ pointer, code, ...more }) => ({ pointer, code, words: wordsOf(more) }))
  const language = languageOf([title, detail, ...(faults ?? []).flatMap(({ words }) => words ?? [])], accepts)
  const problem = {
    type: slug === 'quota-exceeded' ? quotaExceeded.type : `${issuer}/problems/${slug}`,
    title: inLanguage(title, language),
    status,
    detail: inLanguage(detail, language),
    instance: `urn:uuid:${requestId}`,
    ...(faults === undefined
      ? {}
      : {
          errors: faults.map(({ words, ...fault }) => ({ ...fault, ...(words === null ? {} : { detail: inLanguage(words, language) }) }))
        }),
    ...(violatedPolicies === undefined ? {} : { 'violated-policies': [...violatedPolicies] })
  }
  return { problem, language }
}

const wordsOf = ({ detail, said }: { detail?: string; said?: Said }): Words | null =>
  said !== undefined && canTell(said) ? said : (detail ?? null)

const setCodes: Readonly<Record<number, string>> = {
  400: 'invalid_request',
  401: 'authentication_failed',
  403: 'access_denied',
  413: 'invalid_request',
  415: 'invalid_request'
}

const begin = (reply: FastifyReply, { status, headers }: Refusal): FastifyReply =>
  reply.code(status).headers({ 'cache-control': 'no-store', ...headers })

/** A fault of ours is logged here, once, by its name and place: its message may hold anything. */
function refuse(error: unknown, request: FastifyRequest, log: Log): Refusal {
  const refusal = toRefusal(error)
  if (refusal !== null) return refusal
  log('http.failed', { requestId: request.id, route: request.routeOptions.url ?? null, ...faultOf(error) })
  return internalRefusal
}

function faultOf(error: unknown): { error: string; code: string | null; at: string | null } {
  if (!(error instanceof Error)) return { error: typeof error, code: null, at: null }
  const code = 'code' in error && typeof error.code === 'string' ? error.code : null
  const frames = (error.stack ?? '').split('\n').filter(line => /^\s+at /.test(line))
  return {
    error: error.name,
    code,
    at:
      frames
        .slice(0, 8)
        .map(line => line.trim())
        .join(' < ') || null
  }
}

function fromRefusal(
  { status, detail, headers }: Refusal,
  otherwise: string
): {
  status: number
  code: string
  description: string
  headers: Readonly<Record<string, string>>
} {
  const passing = status === 429 || status >= 500
  // RFC 6749 knows 400 and 401 only. What passes by itself keeps its status, so that clients wait instead of giving up, and so does HTTP's own.
  return {
    status: passing || [404, 405, 408, 413].includes(status) ? status : 400,
    code: status === 500 ? 'server_error' : passing ? 'temporarily_unavailable' : otherwise,
    description: inEnglish(detail),
    headers: headers ?? {}
  }
}
