// The only way out: requests to addresses that partners and clients gave us. Judged as a URL, and again when it connects, to that very address.
import { lookup as systemLookup } from 'node:dns'
import type { Socket } from 'node:net'
import { Agent, buildConnector, request } from 'undici'
import { type FetchAnswer, type FetchInit, NotSent } from '../../adapters/contract.ts'
import { type Destinations, type Target, targetOf } from '../trust/destination.ts'
import { type Address, type Lookup, shareLookups } from './names.ts'

export interface Outside {
  /** Why a URL may not be asked, judged without DNS; null when it may. */
  refuse(url: string): string | null
  /** The same, with a look at the addresses that its host has now. For addresses that a client gives: sending judges again. */
  examine(url: string): Promise<OutOfReach | null>
  /** One request. No redirect is followed, no proxy is used. Throws `NotSent` only when no connection was made. */
  fetch(url: string, init: FetchInit, signal: AbortSignal): Promise<FetchAnswer>
  close(): Promise<void>
}

/** Why a URL cannot be asked: it may not, or (`notFound`) nobody knows its host. */
export interface OutOfReach {
  because: string
  notFound: boolean
}

const connectTimeoutMs = 5_000
const timeoutMs = 15_000
const answerBytesMax = 8 * 1024 * 1024
/** Answers of 1xx, which may come before the one that counts; without end they would keep the whole process reading. */
const interimMax = 20
const connectorsMax = 1_000

/** Opens the way out. `systems` is the system's own look-up but in tests. */
export const openOutside = (destinations: Destinations, systems: Lookup = systemLookup): Outside => {
  const lookup = shareLookups(systems)
  const connectors = new Map<string, buildConnector.connector>()

  /** All addresses of a host, or the reason why none may be used: one that may not be reached spoils the others. */
  const resolve = (target: Target, done: (error: Error | null, addresses: Address[]) => void) =>
    lookup(target.host, { all: true }, (error, addresses) => {
      if (error !== null) return done(error, [])
      const refused = addresses.length === 0 ? 'its host has no address' : firstRefusal(destinations, target, addresses)
      done(refused === null ? null : new DestinationRefused(target, refused), addresses)
    })

  const connectorOf = (target: Target): buildConnector.connector => {
    const name = `${target.scheme}//${target.host}:${target.port}`
    const known = connectors.get(name)
    if (known !== undefined) return known
    const made = buildConnector({
      timeout: connectTimeoutMs,
      // Node connects to what this gives and asks nobody again.
      lookup: (_hostname, options, done) =>
        resolve(target, (error, addresses) => {
          const [first] = addresses
          if (error !== null || first === undefined) return done(error ?? new Error('no address'), '', 0)
          if (options.all) (done as unknown as (error: null, addresses: Address[]) => void)(null, addresses)
          else done(null, first.address, first.family)
        })
    })
    if (connectors.size >= connectorsMax) connectors.delete(connectors.keys().next().value as string)
    connectors.set(name, made)
    return made
  }

  const agent = new Agent({
    connections: 8,
    pipelining: 1,
    keepAliveTimeout: 4_000,
    connect: (options, done) => {
      const target = { ...targetOf(new URL(`${options.protocol}//${options.host}`)) }
      // A literal address is never looked up, so it is judged here.
      const refused = destinations.refuseUrl(`${options.protocol}//${options.host}`)
      if (refused !== null) return done(new DestinationRefused(target, refused), null)
      connectorOf(target)(options, (error, socket) => (error === null ? done(null, socket as Socket) : done(new NoConnection(error), null)))
    }
  })

  return {
    refuse: destinations.refuseUrl,
    examine: async url => {
      const refused = destinations.refuseUrl(url)
      if (refused !== null) return { because: refused, notFound: false }
      return new Promise(settle => {
        const late = setTimeout(() => settle({ because: 'its host was not found within five seconds', notFound: true }), connectTimeoutMs)
        resolve(targetOf(new URL(url)), error => {
          clearTimeout(late)
          if (error === null) settle(null)
          else if (error instanceof DestinationRefused) settle({ because: error.because, notFound: false })
          else settle({ because: 'its host is not found', notFound: true })
        })
      })
    },
    fetch: (url, init, signal) => {
      const refused = destinations.refuseUrl(url)
      if (refused !== null) return Promise.reject(notAllowed(url, refused))
      return send(agent, url, init, signal)
    },
    close: () => agent.destroy()
  }
}

/** A connection that may not be made. */
class DestinationRefused extends Error {
  override name = 'DestinationRefused'
  readonly because: string
  constructor({ host, port }: Target, because: string) {
    super(`${host}:${port} may not be reached: ${because}`)
    this.because = because
  }
}

/** DNS, TCP or TLS failed: no byte of the message can have left. A connection that is cut later is none of these. */
class NoConnection extends Error {
  override name = 'NoConnection'
  /** What operators read. */
  readonly code: string
  constructor(cause: Error) {
    super('no connection was made', { cause })
    this.code = failureCode(chainOf(cause).flatMap(one => ('code' in one && typeof one.code === 'string' ? one.code : [])))
  }
}

const failureCode = (codes: readonly string[]): string => {
  const known = connectFailures.find(([pattern]) => codes.some(code => pattern.test(code)))
  return known?.[1] ?? 'not-sent'
}

/** By the codes of Node, OpenSSL and undici; the first that fits. */
const connectFailures: readonly (readonly [RegExp, string])[] = [
  [/^(ENOTFOUND|EAI_)/, 'host-not-found'],
  [/^ECONNREFUSED$/, 'connection-refused'],
  [/^(EHOSTUNREACH|ENETUNREACH|EADDRNOTAVAIL)$/, 'host-unreachable'],
  [/^(UND_ERR_CONNECT_TIMEOUT|ETIMEDOUT)$/, 'connect-timeout'],
  [/^CERT_HAS_EXPIRED$/, 'certificate-expired'],
  [/^CERT_NOT_YET_VALID$/, 'certificate-not-yet-valid'],
  [/^ERR_TLS_CERT_ALTNAME/, 'certificate-of-another-host'],
  [/^(CERT_|UNABLE_TO_|SELF_SIGNED|DEPTH_ZERO|HOSTNAME_MISMATCH|INVALID_CA|ERR_TLS_CERT)/, 'certificate-not-trusted'],
  [/^(ERR_SSL|ERR_TLS|EPROTO)/, 'tls-failed'],
  [/^(ECONNRESET|EPIPE|UND_ERR_SOCKET)$/, 'connection-reset']
]

const firstRefusal = (destinations: Destinations, target: Target, addresses: readonly Address[]): string | null => {
  for (const { address } of addresses) {
    const refused = destinations.refuseAddress(target, address)
    if (refused !== null) return refused
  }
  return null
}

const notAllowed = (url: string, because: string, cause?: unknown): NotSent =>
  new NotSent(`${URL.canParse(url) ? new URL(url).host : 'the address'} may not be reached: ${because}`, {
    cause,
    code: 'destination-refused'
  })

const send = async (agent: Agent, url: string, init: FetchInit, signal: AbortSignal): Promise<FetchAnswer> => {
  const limit = init.timeoutMs ?? timeoutMs
  const flooded = new AbortController()
  let interim = 0
  try {
    const answer = await request(url, {
      dispatcher: agent,
      method: init.method,
      headers: { ...init.headers },
      body: init.body ?? null,
      signal: AbortSignal.any([signal, AbortSignal.timeout(limit), flooded.signal]),
      onInfo: () => {
        interim++
        if (interim > interimMax) flooded.abort(new Error(`more than ${interimMax} interim answers (1xx) came before the answer`))
      },
      headersTimeout: limit,
      bodyTimeout: limit
    })
    const body = await readBounded(answer.body, init.answerBytesMax ?? answerBytesMax, init.longer ?? 'throw')
    return { status: answer.statusCode, headers: flatten(answer.headers), body }
  } catch (cause) {
    const refused = refusalIn(cause)
    if (refused !== null) throw notAllowed(url, refused.because, cause)
    const none = failureIn(cause)
    if (none !== null) throw new NotSent(`no connection to ${new URL(url).host}`, { cause, code: none.code })
    throw cause
  }
}

const flatten = (headers: Record<string, string | string[] | undefined>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, Array.isArray(value) ? value.join(', ') : value]]
    )
  )

/** Leaving the loop destroys the rest unread. */
const readBounded = async (body: AsyncIterable<Uint8Array>, bytesMax: number, longer: 'throw' | 'cut'): Promise<string> => {
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of body) {
    bytes += chunk.length
    chunks.push(chunk)
    if (bytes <= bytesMax) continue
    if (longer === 'throw') throw new Error(`the answer is larger than ${bytesMax} bytes`)
    break
  }
  return Buffer.concat(chunks).subarray(0, bytesMax).toString('utf8')
}

/** What an error is made of, itself first: causes, and the several errors of a host with several addresses. */
const chainOf = (error: unknown): Error[] => {
  const chain: Error[] = []
  for (let cause = error; cause instanceof Error && chain.length < 5; cause = cause.cause) chain.push(cause)
  return chain
}

const refusalIn = (error: unknown): DestinationRefused | null =>
  chainOf(error).find((cause): cause is DestinationRefused => cause instanceof DestinationRefused) ?? null

const failureIn = (error: unknown): NoConnection | null =>
  chainOf(error).find((cause): cause is NoConnection => cause instanceof NoConnection) ?? null
