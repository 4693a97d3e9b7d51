// Threats by an address that somebody else gave: streams are made and pushed over HTTP, and nothing inside is ever reached.

import type { AddressInfo } from 'node:net'
import { createServer, type Socket } from 'node:net'
import { gzipSync } from 'node:zlib'
import { afterAll, describe, expect, test } from 'vitest'
import { partiesChannel } from '../../src/flow/directory.ts'
import type { Lookup } from '../../src/flow/names.ts'
import { sql } from '../../src/store/database.ts'
import { type Allowance, parseAllowance } from '../../src/trust/destination.ts'
import { until } from '../support/house.ts'
import { ssfScene } from '../support/ssf.ts'
import { told, trap } from './scene.ts'

/** What the resolver says of a name, in turn, the last again and again. */
const named = new Map<string, string[][]>()
const lookup: Lookup = (hostname, _options, done) => {
  const answers = named.get(hostname)
  if (answers === undefined) return done(Object.assign(new Error('unknown'), { code: 'ENOTFOUND' }), [])
  const addresses = (answers.length > 1 ? answers.shift() : answers[0]) as string[]
  done(
    null,
    addresses.map(address => ({ address, family: address.includes(':') ? 6 : 4 }))
  )
}
// 93.0.0.0/8 stands for the public here, and receiver.example.org for a receiver that the operator allowed; this machine is allowed to nobody.
const allowed = ['http://93.0.0.0/8:*', 'http://receiver.example.org:*'].map(text => parseAllowance(text) as Allowance)

describe('addresses that others give', async () => {
  named.set('receiver.example.org', [['127.0.0.1']])
  const { t, clients, ssf, create, somebody, deliveriesOf, receiver } = await ssfScene({ outboundAllow: allowed, lookup })
  const inside = await trap()
  const insidePort = new URL(inside.url).port
  const push = (endpoint_url: string) => ({ delivery: { method: 'urn:ietf:rfc:8935', endpoint_url } })
  const atReceiver = (url: string) => push(`http://receiver.example.org:${new URL(url).port}/`)
  const codeOf = (id: string) =>
    until('the attempt is settled', async () => {
      const [row] = await deliveriesOf(id)
      return row !== undefined && row.attempts > 0 && !['dispatched', 'sending'].includes(row.state) && row.code
    })

  const insides = [
    ...[
      '127.0.0.1',
      '127.1',
      '2130706433',
      '0x7f.1',
      '0',
      '[::ffff:127.0.0.1]',
      '[::]',
      '[::1]',
      '169.254.169.254',
      '100.64.0.1',
      '10.0.0.1'
    ],
    ...[
      '[64:ff9b::7f00:1]',
      '[2002:7f00:1::]',
      '１２７.０.０.１',
      'user@receiver.example.org',
      'localhost',
      'localhost.',
      'receiver.example.org.'
    ]
  ]
  test.each(insides)('SSRF by webhook or push URL: %s is refused when the stream is made, at https and at any port', async host => {
    for (const url of [`https://${host}/`, `https://${host}:${insidePort}/`, `http://${host}:${insidePort}/`]) {
      const answer = await ssf(clients.spain, 'POST', 'streams', push(url))
      expect([url, await told(answer)]).toEqual([url, '400 validation'])
    }
    expect(inside.hits()).toBe(0)
  })

  test('SSRF by webhook or push URL: what was taken once and may not be reached any more is refused when it is sent', async () => {
    const { stream_id } = await create(clients.spain, atReceiver(receiver.url))
    await t.database.owner.query(
      sql`update partner set settings = jsonb_set(settings, '{endpoint}', to_jsonb(${`${inside.url}/`}::text)) where id = ${stream_id}`
    )
    await t.database.owner.query(sql`select pg_notify(${partiesChannel}, '')`)
    await until('the gateway has read it', async () => JSON.stringify(t.house.directory.partner(stream_id)?.settings).includes(insidePort))
    await somebody()
    expect(await codeOf(stream_id)).toBe('destination-refused')
    expect(inside.hits()).toBe(0)
  })

  test('DNS rebinding: a name that is public when the stream is made and this machine when it is sent is refused then', async () => {
    named.set('rebound.example.org', [['93.184.216.34'], ['127.0.0.1']])
    const { stream_id } = await create(clients.spain, push(`http://rebound.example.org:${insidePort}/`))
    await somebody()
    expect(await codeOf(stream_id)).toBe('destination-refused')
    expect(inside.hits()).toBe(0)
  })

  test('DNS rebinding: a name with one public and one private address is refused, in either order', async () => {
    for (const addresses of [
      ['93.184.216.34', '127.0.0.1'],
      ['127.0.0.1', '93.184.216.34']
    ]) {
      named.set('both.example.org', [addresses])
      expect(await told(ssf(clients.spain, 'POST', 'streams', push(`http://both.example.org:${insidePort}/`)))).toBe('400 validation')
    }
    expect(inside.hits()).toBe(0)
  })

  test('redirect to internal: a receiver that answers 307 is a failure, and where it leads is never asked', async () => {
    receiver.answer({ status: 307, headers: { location: `${inside.url}/secret` } })
    const { stream_id } = await create(clients.spain, atReceiver(receiver.url))
    await somebody()
    expect(await codeOf(stream_id)).toBe('http-307')
    expect(inside.hits()).toBe(0)
  })

  test('malicious partner answer: a body without end, one of a gigabyte that never comes, and a bomb leave the worker free within 15 s', async () => {
    const bomb = gzipSync(Buffer.alloc(64 * 1024 * 1024))
    const answers: Record<string, (socket: Socket) => void> = {
      endless: socket => {
        socket.write('HTTP/1.1 400 Bad Request\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n')
        const more = () => {
          while (socket.writable && socket.write(`4000\r\n${'x'.repeat(0x4000)}\r\n`));
        }
        socket.on('drain', more)
        more()
      },
      gigabyte: socket =>
        socket.write('HTTP/1.1 400 Bad Request\r\ncontent-type: application/json\r\ncontent-length: 1000000000\r\n\r\n{"err":'),
      bomb: socket => {
        socket.write(
          `HTTP/1.1 400 Bad Request\r\ncontent-type: application/json\r\ncontent-encoding: gzip\r\ncontent-length: ${bomb.length}\r\n\r\n`
        )
        socket.write(bomb)
      }
    }
    const sockets: Socket[] = []
    const ids: string[] = []
    for (const [name, answer] of Object.entries(answers)) {
      const server = createServer(socket => {
        sockets.push(socket)
        socket.on('error', () => {})
        socket.once('data', () => answer(socket))
      })
      await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
      afterAll(() => {
        for (const socket of sockets) socket.destroy()
        server.close()
      })
      const { stream_id } = await create(clients.spain, {
        ...atReceiver(`http://x:${(server.address() as AddressInfo).port}`),
        description: name
      })
      ids.push(stream_id)
    }
    const before = process.memoryUsage().rss
    const startedAt = performance.now()
    await somebody()
    for (const id of ids)
      await until(
        'the attempt is over',
        async () => (await deliveriesOf(id)).some(({ state, attempts }) => attempts > 0 && !['dispatched', 'sending'].includes(state)),
        20_000
      )
    expect(performance.now() - startedAt).toBeLessThan(18_000)
    expect(process.memoryUsage().rss - before).toBeLessThan(200 * 1024 * 1024)
  }, 40_000)

  test('slow receivers: four that answer a byte at a time hold up nobody else', async () => {
    const sockets: Socket[] = []
    const server = createServer(socket => {
      sockets.push(socket)
      socket.on('error', () => {})
      socket.write('HTTP/1.1 202 Accepted\r\n')
      const drip = setInterval(() => socket.write('x'), 1_000)
      socket.on('close', () => clearInterval(drip))
    })
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as AddressInfo
    const old = (await (await ssf(clients.spain, 'GET', 'streams')).json()) as { stream_id: string }[]
    for (const { stream_id } of old) await ssf(clients.spain, 'DELETE', `streams?stream_id=${stream_id}`)
    for (let i = 0; i < 4; i++) await create(clients.spain, { ...atReceiver(`http://x:${port}`), description: `slow ${i}` })
    const { stream_id } = await create(clients.spain, atReceiver(receiver.url))
    for (let i = 0; i < 3; i++) await somebody()
    // One attempt at a slow one lasts fifteen seconds, and this worker does four jobs at a time.
    await until(
      'the other has all three',
      async () => (await deliveriesOf(stream_id)).filter(({ state }) => state === 'accepted').length === 3,
      12_000
    )
    expect(sockets.length).toBeGreaterThanOrEqual(4)
    for (const socket of sockets) socket.destroy()
    server.close()
  })
})
