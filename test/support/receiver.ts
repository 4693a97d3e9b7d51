// A receiver of pushed events (RFC 8935): takes what comes, and answers as it is told to.
import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import { decodeJwt } from 'jose'
import { afterAll } from 'vitest'

export interface Pushed {
  headers: IncomingHttpHeaders
  token: string
  claims: Record<string, unknown>
  /** The name of the one event in it. */
  event: string
  at: number
}

export interface Answer {
  status: number
  headers?: Record<string, string>
  body?: string
  /** The connection is cut instead. */
  cut?: boolean
}

export interface Receiver {
  url: string
  pushed: Pushed[]
  /** What the next pushes are answered; the last one again and again. */
  answer(...answers: Answer[]): void
}

/** Listens until the file's tests are over. */
export const startReceiver = async (): Promise<Receiver> => {
  const pushed: Pushed[] = []
  let answers: Answer[] = [{ status: 202 }]
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', chunk => chunks.push(chunk))
    request.on('end', () => {
      const token = Buffer.concat(chunks).toString('utf8')
      const claims = decodeJwt(token) as Record<string, unknown>
      const event = Object.keys(claims.events as object)[0] ?? ''
      pushed.push({ headers: request.headers, token, claims, event: event.slice(event.lastIndexOf('/') + 1), at: Date.now() })
      const { status, headers = {}, body = '', cut = false } = (answers.length > 1 ? answers.shift() : answers[0]) as Answer
      if (cut) request.socket.destroy()
      else response.writeHead(status, headers).end(body)
    })
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  afterAll(() => {
    server.closeAllConnections()
    server.close()
  })
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/events`,
    pushed,
    answer: (...next) => {
      answers = next
    }
  }
}
