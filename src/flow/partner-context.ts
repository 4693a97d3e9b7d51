// What an adapter may touch while it talks to its partner: this context and nothing else.
import { randomBytes } from 'node:crypto'
import { Agent, request } from 'undici'
import { type Context, type FetchAnswer, type FetchInit, NotSent } from '../../adapters/contract.ts'
import type { Partner } from './directory.ts'
import type { Gateway } from './gateway.ts'

const connectTimeoutMs = 5_000
const timeoutMs = 15_000
const answerBytesMax = 8 * 1024 * 1024

const agent = new Agent({ connect: { timeout: connectTimeoutMs }, connections: 8, pipelining: 1, keepAliveTimeout: 4_000 })

/** The context of one partner for one station's work. `signal` ends it. */
export const partnerContext = (gateway: Gateway, partner: Partner, signal: AbortSignal): Context => {
  const origins = originsOf(partner.settings)
  const traceparent = `00-${randomBytes(16).toString('hex')}-${randomBytes(8).toString('hex')}-01`
  return {
    partner: partner.id,
    settings: partner.settings,
    keys: gateway.partnerKeys(partner),
    signal,
    now: () => gateway.clock.wall(),
    campaignNow: () => gateway.clock.campaign(),
    fetch: (url, init) => {
      const { origin } = new URL(url)
      if (!origins.has(origin))
        throw new NotSent(`the settings of ${partner.id} do not name ${origin}: an adapter reaches only the hosts its settings name`)
      return fetchGuarded(url, { ...init, headers: { ...init.headers, traceparent } }, signal)
    }
  }
}

/** Every origin that an http(s) URL in the settings names. */
const originsOf = (settings: unknown): ReadonlySet<string> => {
  const found = new Set<string>()
  const visit = (value: unknown, depth: number) => {
    if (depth > 8) return
    if (typeof value === 'string' && /^https?:\/\//.test(value) && URL.canParse(value)) found.add(new URL(value).origin)
    else if (typeof value === 'object' && value !== null) for (const member of Object.values(value)) visit(member, depth + 1)
  }
  visit(settings, 0)
  return found
}

/** No redirect is followed, and the answer is read up to a limit. Throws `NotSent` only when no connection was made. */
const fetchGuarded = async (url: string, init: FetchInit, signal: AbortSignal): Promise<FetchAnswer> => {
  const limit = init.timeoutMs ?? timeoutMs
  try {
    const answer = await request(url, {
      dispatcher: agent,
      method: init.method,
      headers: { ...init.headers },
      body: init.body ?? null,
      signal: AbortSignal.any([signal, AbortSignal.timeout(limit)]),
      headersTimeout: limit,
      bodyTimeout: limit
    })
    return { status: answer.statusCode, headers: flatten(answer.headers), body: await readBounded(answer.body) }
  } catch (cause) {
    if (neverConnected(cause)) throw new NotSent(`no connection to ${new URL(url).host}`, { cause })
    throw cause
  }
}

const flatten = (headers: Record<string, string | string[] | undefined>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, Array.isArray(value) ? value.join(', ') : value]]
    )
  )

const readBounded = async (body: AsyncIterable<Uint8Array>): Promise<string> => {
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of body) {
    bytes += chunk.length
    if (bytes > answerBytesMax) throw new Error(`the answer is larger than ${answerBytesMax} bytes`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

/** DNS, TCP or TLS failed: nothing of the message can have left. A connection that was cut later is not among these. */
const neverConnected = (error: unknown): boolean => {
  for (let cause = error, depth = 0; cause instanceof Error && depth < 5; cause = cause.cause, depth++) {
    const code = 'code' in cause && typeof cause.code === 'string' ? cause.code : ''
    if (connectFailures.has(code) || /^(ERR_TLS_CERT|CERT_|UNABLE_TO_|SELF_SIGNED|DEPTH_ZERO)/.test(code)) return true
    if (cause instanceof AggregateError && cause.errors.length > 0 && cause.errors.every(neverConnected)) return true
  }
  return false
}

const connectFailures = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EADDRNOTAVAIL',
  'UND_ERR_CONNECT_TIMEOUT'
])
