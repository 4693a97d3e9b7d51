// Whoever sends too much gets its 413, though it sends without looking; whoever never stops is cut off.
import { connect } from 'node:net'
import { afterAll, expect, test } from 'vitest'
import { addClient, type Started, startApp, tokenOf } from './double.ts'

const started: Started = await startApp()
afterAll(() => started.close())
const mebibyte = 1024 * 1024

interface Sent {
  answer: string
  /** How much the gateway took before the connection ended. */
  bytes: number
}

/** Sends a head and then `bytes` of body as fast as they go, and looks at what came back only when the connection has ended. */
const pour = (head: string, bytes: number, isChunked: boolean): Promise<Sent> =>
  new Promise(resolve => {
    const { port } = new URL(started.issuer)
    const socket = connect(Number(port), '127.0.0.1')
    const block = Buffer.alloc(64 * 1024, 'x')
    const piece = isChunked ? Buffer.concat([Buffer.from(`${block.length.toString(16)}\r\n`), block, Buffer.from('\r\n')]) : block
    let [sent, answer] = [0, '']
    const pump = () => {
      while (sent < bytes && !socket.destroyed) {
        sent += block.length
        if (!socket.write(piece)) return
      }
      if (socket.destroyed || socket.writableEnded) return
      // The sender has said all; from now on it listens.
      socket.end(isChunked ? '0\r\n\r\n' : '')
      socket.resume()
    }
    socket.pause()
    socket.on('data', chunk => (answer += chunk.toString('latin1')))
    socket.on('drain', pump)
    socket.on('error', () => undefined)
    socket.on('close', () => resolve({ answer, bytes: sent }))
    socket.write(head)
    pump()
  })

await addClient(started, 'anapec', ['set.push'])
const token = await tokenOf(started, 'anapec')
const headOf = (path: string, type: string, length: number | null) =>
  [
    ...[`POST ${path} HTTP/1.1`, 'Host: gateway', `Content-Type: ${type}`, `Authorization: Bearer ${token}`],
    length === null ? 'Transfer-Encoding: chunked' : `Content-Length: ${length}`,
    '\r\n'
  ].join('\r\n')

const surfaces: [string, string][] = [
  ['/v1/inbound/gecco', 'application/jose'],
  ['/scsp/spain', 'text/xml'],
  ['/v1/sets', 'application/secevent+jwt']
]
test.each(surfaces)('%s answers 413 to a sender that pours 24 MiB, with a length and without', async (path, type) => {
  const bytes = 24 * mebibyte
  for (const isChunked of [false, true]) {
    const { answer } = await pour(headOf(path, type, isChunked ? null : bytes), bytes, isChunked)
    expect(answer).toMatch(/^HTTP\/1\.1 413 /)
    expect(answer).toMatch(/\r\n\r\n\{.*\}$/s)
  }
})

test('/v1/imports answers 413 to a length that it does not take, though the file is on its way', async () => {
  const { answer } = await pour(headOf('/v1/imports', 'text/csv', 300 * mebibyte), 24 * mebibyte, false)
  expect(answer).toMatch(/^HTTP\/1\.1 413 /)
})

test('a sender that never stops is cut off', async () => {
  const { bytes } = await pour(headOf('/v1/inbound/gecco', 'application/jose', null), 400 * mebibyte, true)
  expect(bytes).toBeLessThan(200 * mebibyte)
})
