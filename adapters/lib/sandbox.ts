// The part every partner double shares: an HTTP server with books on disk, told to misbehave through /__sandbox.
import { channel } from 'node:diagnostics_channel'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import type { Misbehaviour, Sandbox, SandboxOptions } from '../contract.ts'
import { type Books, openBooks } from './sandbox-books.ts'

export interface SandboxRequest {
  method: string
  path: string
  query: URLSearchParams
  headers: Readonly<Record<string, string>>
  body: string
  /** What `misbehave` asks of the business part: refusing a parcel or signing with a wrong key. The rest is done here. */
  behaviour: Misbehaviour
  /** To be called once for each row that is new: the code to refuse it with, or null. Counts over parcels, so that one-row parcels are refused too. */
  refuseRow(): string | null
}

export interface SandboxAnswer {
  status: number
  headers?: Readonly<Record<string, string>>
  body: string
}

export interface SandboxDesk {
  /** Answers the partner's own protocol. */
  serve(request: SandboxRequest): Promise<SandboxAnswer>
  /** Answers what the adapter adds under /__sandbox; null when it knows no such path. */
  control?(request: SandboxRequest): Promise<SandboxAnswer | null>
  /** Stops timers and retries; called before the books close. */
  close?(): Promise<void>
}

const bodyBytesMax = 16 * 1024 * 1024
const hangMsMax = 120_000
const journalEntriesPerAnswerMax = 100_000
const modes = ['none', 'unavailable', 'hang', 'cut', 'slow', 'garbage', 'bad-signature', 'refuse-rows', 'refuse-parcel']

/**
 * Starts a double on 127.0.0.1 (or `settings.host`): opens its books in `options.directory`, lets `openDesk` rebuild its state from
 * them, and listens. Started again on the same directory it remembers everything it had answered.
 * Controls: POST /__sandbox/misbehave with a `Misbehaviour` (optional `times`: for so many requests, then `none`);
 * GET /__sandbox/journal?from=n gives the entries from the n-th as a JSON array; GET /__sandbox/ready answers 204.
 */
export const serveSandbox = async (
  options: SandboxOptions,
  openDesk: (books: Books, behaviour: () => Misbehaviour) => SandboxDesk | Promise<SandboxDesk>
): Promise<Sandbox> => {
  const books = await openBooks(options.directory)
  const conduct = newConduct()
  const desk = await openDesk(books, () => conduct.now)
  const server = createServer((incoming, response) => {
    if (answered.hasSubscribers) tell(incoming, response)
    answer(incoming, response, conduct, desk, books).catch((error: unknown) => {
      if (!response.headersSent) response.writeHead(500, { 'content-type': 'text/plain' })
      response.end(`the sandbox failed: ${error instanceof Error ? error.message : 'unknown error'}\n`)
    })
  })
  server.keepAliveTimeout = 60_000
  const host = typeof options.settings.host === 'string' ? options.settings.host : '127.0.0.1'
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(options.port, host, resolve))
  return {
    url: `http://${host}:${(server.address() as AddressInfo).port}`,
    async close() {
      const closed = new Promise(resolve => server.close(resolve))
      server.closeAllConnections()
      await closed
      await desk.close?.()
      await books.close()
    }
  }
}

/** For whoever keeps a log: each answer, with nothing of what was said. */
export const answered = channel('jisr.sandbox.answered')

const tell = (incoming: IncomingMessage, response: ServerResponse): void => {
  const startedAt = performance.now()
  // Two steps of the path name the operation; what follows may be an id.
  const route = (incoming.url ?? '/').split('?')[0]?.split('/').slice(0, 3).join('/') ?? '/'
  response.once('close', () =>
    answered.publish({
      ...{ station: 'double.answered', method: incoming.method ?? '', route },
      // 0: it hung up without an answer.
      status: response.writableFinished ? response.statusCode : 0,
      durationMs: Math.round(performance.now() - startedAt)
    })
  )
}

/** How the double behaves now; changed by POST /__sandbox/misbehave. */
interface Conduct {
  now: Misbehaviour
  timesLeft: number
  rowsSeen: number
}

const newConduct = (): Conduct => ({ now: { mode: 'none' }, timesLeft: 0, rowsSeen: 0 })

const take = (conduct: Conduct): Misbehaviour => {
  const { now } = conduct
  conduct.timesLeft -= 1
  if (conduct.timesLeft <= 0) conduct.now = { mode: 'none' }
  return now
}

const answer = async (incoming: IncomingMessage, response: ServerResponse, conduct: Conduct, desk: SandboxDesk, books: Books) => {
  const url = new URL(incoming.url ?? '/', 'http://sandbox')
  const isControl = url.pathname.startsWith('/__sandbox/')
  const behaviour: Misbehaviour = isControl ? { mode: 'none' } : take(conduct)
  const request = await read(incoming, url, behaviour, conduct)
  if (request === null) return send(response, { status: 413, body: `a message holds at most ${bodyBytesMax} bytes\n` })
  if (behaviour.mode === 'unavailable') return send(response, { status: behaviour.status, body: 'unavailable\n' })
  if (isControl) return send(response, await control(request, conduct, desk, books))
  await serve(request, response, behaviour, desk)
}

const serve = async (request: SandboxRequest, response: ServerResponse, behaviour: Misbehaviour, desk: SandboxDesk) => {
  switch (behaviour.mode) {
    case 'hang':
      if (behaviour.afterStoring) await desk.serve(request)
      await Promise.race([wait(hangMsMax, undefined, { ref: false }), new Promise(resolve => response.once('close', resolve))])
      response.destroy()
      return
    case 'cut':
      if (behaviour.afterStoring) await desk.serve(request)
      response.destroy()
      return
    case 'garbage':
      // Stored and then answered with rubbish: the sender cannot know, and must not guess.
      await desk.serve(request)
      return send(response, { status: 200, headers: { 'content-type': 'text/html' }, body: '<html><b>OK accepted</b> {"rows":[' })
    case 'slow': {
      const ready = await desk.serve(request)
      await wait(Math.min(behaviour.delayMs, hangMsMax), undefined, { ref: false })
      return send(response, ready)
    }
    default:
      send(response, await desk.serve(request))
  }
}

const control = async (request: SandboxRequest, conduct: Conduct, desk: SandboxDesk, books: Books): Promise<SandboxAnswer> => {
  switch (`${request.method} ${request.path}`) {
    case 'GET /__sandbox/ready':
      return { status: 204, body: '' }
    case 'GET /__sandbox/journal': {
      const from = Math.max(0, Number.parseInt(request.query.get('from') ?? '0', 10) || 0)
      return json(200, books.journal().slice(from, from + journalEntriesPerAnswerMax))
    }
    case 'POST /__sandbox/misbehave': {
      const wanted = JSON.parse(request.body) as Misbehaviour & { times?: number }
      if (!modes.includes(wanted.mode)) return { status: 400, body: `mode is one of: ${modes.join(', ')}\n` }
      Object.assign(conduct, { now: wanted, timesLeft: wanted.times ?? Number.POSITIVE_INFINITY, rowsSeen: 0 })
      return { status: 204, body: '' }
    }
    default:
      return (await desk.control?.(request)) ?? { status: 404, body: 'no such control\n' }
  }
}

export const json = (status: number, content: unknown, headers: Readonly<Record<string, string>> = {}): SandboxAnswer => ({
  status,
  headers: { 'content-type': 'application/json', ...headers },
  body: JSON.stringify(content)
})

const read = async (incoming: IncomingMessage, url: URL, behaviour: Misbehaviour, conduct: Conduct): Promise<SandboxRequest | null> => {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of incoming as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > bodyBytesMax) return null
    chunks.push(chunk)
  }
  const headers = Object.fromEntries(
    Object.entries(incoming.headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(', ') : (value ?? '')])
  )
  return {
    method: incoming.method ?? 'GET',
    path: url.pathname,
    query: url.searchParams,
    headers,
    body: Buffer.concat(chunks).toString('utf8'),
    behaviour,
    refuseRow() {
      if (behaviour.mode !== 'refuse-rows') return null
      conduct.rowsSeen += 1
      return conduct.rowsSeen % Math.max(1, behaviour.everyNth) === 0 ? behaviour.code : null
    }
  }
}

const send = (response: ServerResponse, { status, headers, body }: SandboxAnswer) => {
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8', ...headers })
  response.end(body)
}
