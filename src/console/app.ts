// The admin port: measurements, health and the status page. Loopback, or whoever shows the status token; never meant for the world.
import { readFile } from 'node:fs/promises'
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify'
import type { Standing } from '../flow/standing.ts'
import { secretsEqual } from '../trust/secrets.ts'
import { chooseLanguage } from './language.ts'
import { enterPage, statusPage } from './page.ts'

export interface ConsoleServices {
  standing(): Promise<Standing>
  /** In Prometheus' text format. */
  metrics(): Promise<{ contentType: string; text: string }>
  /** Whether this process does its work; warnings do not make it unready. */
  ready(): Promise<Readiness>
  /** An unforeseen error, logged once. */
  failed(station: string, error: unknown): void
}

export interface Readiness {
  ready: boolean
  /** What is wrong, in sentences for the operator. */
  because: readonly string[]
  warnings: readonly string[]
}

export interface ConsoleOptions {
  /** Null: only browsers on this machine see the status page. */
  statusToken: string | null
}

/** Makes the admin server; the caller listens and closes. */
export const createConsole = async (services: ConsoleServices, options: ConsoleOptions): Promise<FastifyInstance> => {
  const style = await readFile(new URL('./style.css', import.meta.url), 'utf8')
  const app = Fastify({ logger: false, bodyLimit: formBytesMax, requestTimeout: 10_000, forceCloseConnections: true })
  app.addHook('onRequest', async (_request, reply) => {
    reply.headers(protection)
  })
  app.setErrorHandler((error: { statusCode?: number }, _request, reply) => {
    if (error.statusCode !== undefined && error.statusCode < 500)
      return reply.code(error.statusCode).type('text/plain').send('This request cannot be read.\n')
    services.failed('console.answered', error)
    return reply.code(503).type('text/plain').send('This cannot be read just now: see the log.\n')
  })
  app.setNotFoundHandler((_request, reply) =>
    reply.code(404).type('text/plain').send('There is /status, /metrics, /healthz and /readyz.\n')
  )
  app.addContentTypeParser('application/x-www-form-urlencoded', { parseAs: 'string' }, (_request, body, done) => done(null, body))

  app.get('/healthz', async () => ({ status: 'ok' }))
  app.get('/readyz', async (_request, reply) => {
    const readiness = await services.ready()
    return reply.code(readiness.ready ? 200 : 503).send({ status: readiness.ready ? 'ok' : 'unavailable', ...readiness })
  })
  app.get('/metrics', async (_request, reply) => {
    const { contentType, text } = await services.metrics()
    return reply.header('content-type', contentType).send(text)
  })
  app.get('/', (_request, reply) => reply.redirect('/status'))
  app.get('/status/style.css', (_request, reply) =>
    reply.type('text/css; charset=utf-8').header('cache-control', 'max-age=300').send(style)
  )
  app.get('/status', async (request, reply) => {
    const language = languageOf(request)
    reply.type('text/html; charset=utf-8')
    if (!maySee(request, options.statusToken)) return reply.code(401).send(enterPage(language, false))
    return statusPage(await services.standing(), language)
  })
  app.post('/status/enter', async (request, reply) => {
    const token = new URLSearchParams(typeof request.body === 'string' ? request.body : '').get('token') ?? ''
    const language = languageOf(request)
    if (options.statusToken === null || !secretsEqual(token, options.statusToken)) {
      return reply.code(401).type('text/html; charset=utf-8').send(enterPage(language, true))
    }
    return letIn(reply, token, request.headers['x-forwarded-proto'] === 'https').redirect(`/status?lang=${language}`, 303)
  })
  return app
}

const formBytesMax = 4_096
const cookieName = 'jisr-status'
const cookieSeconds = 12 * 3_600

const protection = {
  'content-security-policy': "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cache-control': 'no-store'
}

const languageOf = ({ query, headers }: FastifyRequest) => {
  const { lang } = query as { lang?: unknown }
  return chooseLanguage(typeof lang === 'string' ? lang : undefined, headers['accept-language'])
}

/** This port itself speaks http; behind a proxy that ends TLS the cookie is for https alone. */
const letIn = (reply: FastifyReply, token: string, secure: boolean): FastifyReply =>
  reply.header(
    'set-cookie',
    `${cookieName}=${encodeURIComponent(token)}; Path=/status; Max-Age=${cookieSeconds}; HttpOnly; SameSite=Strict${secure ? '; Secure' : ''}`
  )

/** On this machine, or with the token. What a proxy passes on does not come from this machine, whatever its socket says. */
const maySee = (request: FastifyRequest, statusToken: string | null): boolean => {
  const isProxied = request.headers['x-forwarded-for'] !== undefined || request.headers.forwarded !== undefined
  // A name other than loopback's may be a page elsewhere whose name was pointed at this machine.
  if (!isProxied && isLoopback(request.socket.remoteAddress) && isLoopbackName(request.headers.host)) return true
  if (statusToken === null) return false
  const bearer = /^Bearer (\S+)$/i.exec(request.headers.authorization ?? '')?.[1]
  const cookie = new RegExp(`(?:^|;\\s*)${cookieName}=([^;]+)`).exec(request.headers.cookie ?? '')?.[1]
  return [bearer, cookie === undefined ? undefined : decoded(cookie)].some(given => given !== undefined && secretsEqual(given, statusToken))
}

const decoded = (text: string): string => {
  try {
    return decodeURIComponent(text)
  } catch {
    return ''
  }
}

const isLoopback = (address: string | undefined): boolean => address !== undefined && /^(?:::ffff:)?127\.|^::1$/.test(address)

const isLoopbackName = (host: string | undefined): boolean => /^(?:localhost|127\.\d+\.\d+\.\d+|\[::1\])(?::\d+)?$/.test(host ?? '')
