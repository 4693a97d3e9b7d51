// The HTTP surface: limits first, then the routes, each with its dialect of errors. Takes its collaborators, starts nothing.
import { randomUUID } from 'node:crypto'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import Fastify, { type FastifyBaseLogger, type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify'
import { serializerCompiler, type ZodTypeProvider } from 'fastify-type-provider-zod'
import { accessTokenVerifier } from '../trust/access-token.ts'
import { jsonBytesMax, readJson } from './body.ts'
import { memoryBudgets } from './budget.ts'
import { type CertificateSource, certificateReader } from './client-certificate.ts'
import { tagAnswers } from './conditional.ts'
import { announceDeprecations } from './deprecation.ts'
import { discardRest } from './discard.ts'
import { drainable } from './drain.ts'
import { errorsByAddress, writeRefusal } from './errors.ts'
import { refuseUnrouted } from './nothing-here.ts'
import { describeRoutes } from './openapi.ts'
import { HttpRefusal, type Refusal, schemaValidator } from './refusal.ts'
import { amendmentRoutes } from './routes/amendments.ts'
import { eventRoutes } from './routes/events.ts'
import { healthRoutes } from './routes/health.ts'
import { importRoutes } from './routes/imports.ts'
import { inboundRoutes } from './routes/inbound.ts'
import { logRoutes } from './routes/log.ts'
import { oauthRoutes } from './routes/oauth.ts'
import { pollRoutes } from './routes/poll.ts'
import { problemRoutes } from './routes/problems.ts'
import { recordRoutes } from './routes/records.ts'
import { registerRoutes } from './routes/register.ts'
import { schemaRoutes } from './routes/schemas.ts'
import { scspRoutes } from './routes/scsp.ts'
import { setRoutes } from './routes/sets.ts'
import { ssfRoutes } from './routes/ssf.ts'
import { wellKnownRoutes } from './routes/well-known.ts'
import type { Services, Trace } from './services.ts'
import type { CallLimits, Log, Surface } from './surface.ts'
import { traceOf } from './trace.ts'
import { isUploading } from './upload.ts'
import { says } from './words/words.ts'

declare module 'fastify' {
  interface FastifyRequest {
    trace: Trace
  }
}

export interface AppOptions {
  /** An https URL without path, query or trailing slash; http only on loopback. */
  issuer: string
  /** What the URI of each event begins with; absent: the issuer and /ns/event/v1/. */
  eventNamespace?: string
  /** Of this software, for the OpenAPI document. */
  version: string
  log: Log
  limits?: CallLimits
  /** Addresses and networks of the proxies in front of us, whose X-Forwarded-For is believed; absent: nobody's. */
  trustedProxies?: readonly string[]
  /** Where certificates of clients are told; absent or null: nowhere, and clients that need one are refused. */
  clientCertificates?: CertificateSource | null
  /** How long a request may take to arrive, its header and as a whole; for tests to shorten. */
  timeouts?: { requestMs: number; headersMs: number; checkEveryMs: number }
}

export type App = FastifyInstance<Server, IncomingMessage, ServerResponse, FastifyBaseLogger, ZodTypeProvider>

/** Makes the app; the caller listens and closes. Closing answers waiting polls at once and lets running requests end. */
export async function createApp(services: Services, options: AppOptions): Promise<App> {
  const app = makeServer(options)
  const closing = new AbortController()
  const { issuer, log } = options
  const verifyAccessToken = accessTokenVerifier(issuer, () => services.tokenKeys())
  const surface: Surface = {
    services,
    issuer,
    eventNamespace: options.eventNamespace ?? `${issuer}/ns/event/v1/`,
    log,
    verifyAccessToken,
    certificateOf: certificateReader(options.clientCertificates ?? null),
    asksForCertificates: (options.clientCertificates ?? null) !== null,
    budgets: memoryBudgets(),
    addressBudgets: memoryBudgets(),
    limits: options.limits ?? callLimits,
    closing: closing.signal
  }

  app.setValidatorCompiler(schemaValidator)
  app.setSerializerCompiler(serializerCompiler)
  app.decorateRequest('authenticated', null)
  app.decorateRequest('trace')
  app.decorateRequest('once', null)
  const drain = drainable(app.server, graceMs)
  app.addHook('preClose', async () => {
    closing.abort()
    drain()
  })
  app.addHook('onRequest', async (request, reply) => {
    reading.set(request.raw.socket, request.raw)
    request.trace = traceOf(request.headers.traceparent, request.headers.tracestate)
    reply.header('x-content-type-options', 'nosniff')
    if (closing.signal.aborted) throw new HttpRefusal('unavailable', says('stopping'), whileClosing)
    if (issuer.startsWith('https:')) reply.header('strict-transport-security', 'max-age=31536000')
    if (request.raw.rawHeaders.length > 2 * headersMax)
      throw new HttpRefusal('too-large', says('headers-too-many', { max: headersMax }), { status: 431 })
    refuseUnclearHost(request.raw)
  })
  app.addHook('onSend', async (request, reply) => {
    if (reply.statusCode !== 413) return
    // Fastify would close the connection behind the answer, and the sender lose it with an EPIPE.
    reply.removeHeader('connection')
    discardRest(request.raw)
  })
  app.addHook('onSend', tagAnswers)
  announceDeprecations(app)
  app.addHook('onResponse', async (request, reply) => log('http.answered', answered(request, reply)))
  readJson(app)
  app.setErrorHandler(errorsByAddress(surface))
  refuseUnrouted(app)

  await describeRoutes(app, options)
  await app.register(wellKnownRoutes(surface))
  await app.register(oauthRoutes(surface))
  await app.register(registerRoutes(surface))
  await app.register(setRoutes(surface))
  await app.register(logRoutes(surface))
  await app.register(eventRoutes(surface))
  await app.register(importRoutes(surface))
  await app.register(recordRoutes(surface))
  await app.register(amendmentRoutes(surface))
  await app.register(pollRoutes(surface))
  await app.register(ssfRoutes(surface))
  await app.register(inboundRoutes(surface))
  await app.register(scspRoutes(surface))
  await app.register(healthRoutes(surface))
  await app.register(problemRoutes)
  await app.register(schemaRoutes)
  return app
}

/** For whoever sets none: as the configuration has them. */
const callLimits: CallLimits = { addressPerMinute: 6_000, partnerPerMinute: 1_200 }

/** What runs when the server closes may end within this; a stop takes 10 s at most, and others close too. */
const graceMs = 5_000
const whileClosing = { headers: { 'retry-after': '5' } }
const headersMax = 64
/** Beyond it new connections are dropped: far more than waiting polls need, and fewer than the files a process may open. */
const connectionsMax = 4_096
const headerBytesMax = 16 * 1024

function makeServer({ issuer, log, timeouts, trustedProxies = [] }: AppOptions): App {
  const { requestMs, headersMs, checkEveryMs } = timeouts ?? { requestMs: 15_000, headersMs: 10_000, checkEveryMs: 5_000 }
  const app = Fastify({
    logger: false,
    bodyLimit: jsonBytesMax,
    requestTimeout: requestMs,
    // Whoever comes while it closes is refused in the words of the surface, and not in the framework's.
    return503OnClosing: false,
    maxRequestsPerSocket: 1_000,
    // Node would refuse a missing Host without a word: it is refused as anything else is.
    http: { headersTimeout: headersMs, connectionsCheckingInterval: checkEveryMs, maxHeaderSize: headerBytesMax, requireHostHeader: false },
    // A jti of 256 characters, percent-encoded.
    routerOptions: { maxParamLength: 3 * 256 },
    // Then an address that has a limit is the caller's, and not the proxy's.
    trustProxy: trustedProxies.length > 0 && [...trustedProxies],
    requestIdHeader: false,
    genReqId: () => randomUUID(),
    clientErrorHandler: (error, socket) => answerBrokenRequest(issuer, error, socket),
    frameworkErrors: errorsByAddress({ issuer, log })
  }).withTypeProvider<ZodTypeProvider>()
  // Node drops headers beyond the count in silence: let one more in, to be able to refuse.
  app.server.maxHeadersCount = headersMax + 1
  app.server.maxConnections = connectionsMax
  // An expectation that nobody knows may be passed over (RFC 9110 10.1.1): Node would answer 417 without a word.
  app.server.on('checkExpectation', (request, response) => app.server.emit('request', request, response))
  return app
}

/** RFC 9112 3.2: a proxy in front may have gone by another of two. */
const refuseUnclearHost = ({ rawHeaders, httpVersion }: IncomingMessage): void => {
  const hosts = rawHeaders.filter((name, at) => at % 2 === 0 && name.toLowerCase() === 'host').length
  if (hosts > 1 || (hosts === 0 && httpVersion !== '1.0')) throw new HttpRefusal('validation', says('host-header'))
}

/** One line per answer: the route's pattern and not the address, which may hold a person's id. */
const answered = (request: FastifyRequest, reply: FastifyReply) => ({
  requestId: request.id,
  traceId: request.trace?.traceparent.slice(3, 35) ?? null,
  method: request.method,
  route: request.routeOptions.url ?? null,
  status: reply.statusCode,
  durationMs: Math.round(reply.elapsedTime),
  client: request.authenticated?.id ?? null
})

/** The last request of a socket: while it still arrives, the dialect is known in which it is refused when it breaks. */
const reading = new WeakMap<Socket, IncomingMessage>()

/** What did not even become a request: too slow, too long, not HTTP. The socket is closed behind the answer. */
function answerBrokenRequest(issuer: string, error: Error & { code?: string }, socket: Socket): void {
  if (error.code === 'ERR_HTTP_REQUEST_TIMEOUT' && isUploading(socket)) return
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy()
    return
  }
  const [reason, refusal] = brokenRequest(error.code)
  const last = reading.get(socket)
  const written = writeRefusal(issuer, randomUUID(), refusal, last === undefined || last.complete ? {} : last)
  const body = JSON.stringify(written.body)
  const head = `HTTP/1.1 ${refusal.status} ${reason}\r\nContent-Type: ${written.type}\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n`
  socket.end(head + body)
}

function brokenRequest(code: string | undefined): [string, Refusal] {
  switch (code) {
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return ['Request Timeout', { status: 408, slug: 'timeout', detail: 'the request did not arrive in time' }]
    case 'HPE_HEADER_OVERFLOW':
      return [
        'Request Header Fields Too Large',
        { status: 431, slug: 'too-large', detail: `send at most ${headersMax} headers, of at most ${headerBytesMax} bytes together` }
      ]
    default:
      return ['Bad Request', { status: 400, slug: 'validation', detail: 'this is not HTTP as we know it' }]
  }
}
