// The way out, against listeners on this machine: where connections go, what a malicious answer can do, and what is never followed.
import { KeyObject } from 'node:crypto'
import { createServer, type RequestListener } from 'node:http'
import { type AddressInfo, createServer as createTcpServer, type Socket } from 'node:net'
import { createServer as createTlsServer, getCACertificates, setDefaultCACertificates, type TlsOptions } from 'node:tls'
import { afterAll, describe, expect, test } from 'vitest'
import { NotSent } from '../../adapters/contract.ts'
import { type Outside, openOutside } from '../../src/flow/outside.ts'
import { freePort } from '../../src/store/embedded/port.ts'
import { type Allowance, loopback, openDestinations, parseAllowance } from '../../src/trust/destination.ts'

const closers: (() => unknown)[] = []
afterAll(async () => {
  for (const close of closers) await close()
})

const kept = (outside: Outside): Outside => {
  closers.push(() => outside.close())
  return outside
}

const never = new AbortController().signal
const post = { method: 'POST', body: 'x', timeoutMs: 1_500 } as const

/** A listener that counts what reaches it, requests and bare connections alike. */
const listen = async (answer: RequestListener = (_request, response) => response.end('taken')) => {
  const hits = { connections: 0, requests: 0 }
  const server = createServer((request, response) => {
    hits.requests++
    answer(request, response)
  })
  server.on('connection', () => hits.connections++)
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  closers.push(() => {
    server.closeAllConnections()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  return { hits, port, url: `http://127.0.0.1:${port}` }
}

/** A listener below HTTP. */
const bare = async (meet: (socket: Socket) => unknown): Promise<number> => {
  const server = createTcpServer(meet)
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  closers.push(() => server.close())
  return (server.address() as AddressInfo).port
}

const day = (days: number) => new Date(Date.now() + days * 86_400_000)

/** A TLS server whose certificate is for this name, ends then, and is one of those that this process trusts. */
const secure = async (name: string, notAfter: Date, options: TlsOptions = {}, isTrusted = true): Promise<number> => {
  await import('reflect-metadata')
  const { X509CertificateGenerator } = await import('@peculiar/x509')
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }
  const keys = await crypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])
  const signed = { name: `CN=${name}`, notBefore: day(-2), notAfter, signingAlgorithm: algorithm, keys }
  const cert = (await X509CertificateGenerator.createSelfSigned(signed)).toString('pem')
  const key = KeyObject.from(keys.privateKey as never).export({ format: 'pem', type: 'pkcs8' })
  if (isTrusted) setDefaultCACertificates([...getCACertificates('default'), cert])
  const server = createTlsServer({ cert, key, ...options })
  server.on('tlsClientError', () => undefined)
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  closers.push(() => server.close())
  return (server.address() as AddressInfo).port
}

/** A resolver that answers in turn with these lists of addresses, the last one again and again. */
const stub = (...answers: string[][]) => {
  const asked: string[] = []
  const lookup: Parameters<typeof openOutside>[1] = (hostname, _options, done) => {
    const addresses = answers[Math.min(asked.length, answers.length - 1)] as string[]
    asked.push(hostname)
    done(
      null,
      addresses.map(address => ({ address, family: address.includes(':') ? 6 : 4 }))
    )
  }
  return { asked, lookup }
}

/** http at this port to what stands for the public here, so that all else is refused for its address. */
const publicAt = (port: number) => openDestinations([parseAllowance(`http://93.0.0.0/8:${port}`) as Allowance])

describe('where connections go', () => {
  test('what the strict rule refuses gets no connection, whatever it is written like', async () => {
    const { hits, port } = await listen()
    const outside = kept(openOutside(openDestinations([])))
    for (const host of ['127.0.0.1', '127.1', '2130706433', '0x7f.1', '0', '[::ffff:127.0.0.1]', '[::]', 'localhost', '１２７.０.０.１'])
      for (const scheme of ['http', 'https']) {
        const error = await outside.fetch(`${scheme}://${host}:${port}/`, post, never).catch(error => error)
        expect(error).toBeInstanceOf(NotSent)
        expect(error.code).toBe('destination-refused')
      }
    expect(hits).toEqual({ connections: 0, requests: 0 })
  })

  test('a name that is public when it is looked at and this machine when it is asked is refused then: nothing reaches the listener', async () => {
    const { hits, port } = await listen()
    const { asked, lookup } = stub(['93.184.216.34'], ['127.0.0.1'])
    const outside = kept(openOutside(publicAt(port), lookup))
    expect(await outside.examine(`http://rebound.example.org:${port}/`)).toBeNull()
    await expect(outside.fetch(`http://rebound.example.org:${port}/`, post, never)).rejects.toMatchObject({ code: 'destination-refused' })
    expect(asked).toEqual(['rebound.example.org', 'rebound.example.org'])
    expect(hits.connections).toBe(0)
  })

  test('a name with one public and one private address is refused, in either order', async () => {
    const { hits, port } = await listen()
    for (const addresses of [
      ['93.184.216.34', '127.0.0.1'],
      ['127.0.0.1', '93.184.216.34'],
      ['93.184.216.34', '::1']
    ]) {
      const outside = kept(openOutside(publicAt(port), stub(addresses).lookup))
      expect(await outside.examine(`http://both.example.org:${port}/`)).toEqual({ because: expect.any(String), notFound: false })
      await expect(outside.fetch(`http://both.example.org:${port}/`, post, never)).rejects.toMatchObject({ code: 'destination-refused' })
    }
    expect(hits.connections).toBe(0)
  })

  test('the address that was judged is the one that is connected to: the name is looked up once', async () => {
    const { hits, port } = await listen()
    const { asked, lookup } = stub(['127.0.0.1'])
    const outside = kept(openOutside(openDestinations([parseAllowance(`http://partner.intra:${port}`) as Allowance]), lookup))
    expect(await outside.fetch(`http://partner.intra:${port}/`, post, never)).toMatchObject({ status: 200, body: 'taken' })
    expect(asked).toEqual(['partner.intra'])
    expect(hits.requests).toBe(1)
  })

  test('a name that nobody knows was not sent to, and is told as not found', async () => {
    const lookup: Parameters<typeof openOutside>[1] = (_name, _options, done) =>
      done(Object.assign(new Error('unknown'), { code: 'ENOTFOUND' }), [])
    const outside = kept(openOutside(openDestinations([]), lookup))
    expect(await outside.examine('https://nobody.example.org/')).toEqual({ because: 'its host is not found', notFound: true })
    await expect(outside.fetch('https://nobody.example.org/', post, never)).rejects.toMatchObject({
      name: 'NotSent',
      code: 'host-not-found'
    })
  })

  test.each<[string, string, () => Promise<number>]>([
    ['a port at which nobody listens', 'connection-refused', freePort],
    ['one that speaks plain http', 'tls-failed', async () => (await listen()).port],
    ['one that resets what connects', 'connection-reset', () => bare(socket => socket.resetAndDestroy())],
    [
      'one that resets before its part of the handshake',
      'connection-reset',
      () => bare(socket => socket.once('data', () => socket.destroy()))
    ],
    ['TLS of another age', 'tls-failed', () => secure('old.example', day(1), { maxVersion: 'TLSv1', ciphers: 'DEFAULT@SECLEVEL=0' })],
    ['a certificate of another host', 'certificate-of-another-host', () => secure('other.example', day(1))],
    ['a certificate that nobody vouches for', 'certificate-not-trusted', () => secure('localhost', day(1), {}, false)],
    ['a certificate whose time is over', 'certificate-expired', () => secure('localhost', day(-1))]
  ])('no connection was made to %s: nothing was sent, and the operator reads why', async (_what, code, at) => {
    const outside = kept(openOutside(openDestinations([parseAllowance('localhost:*') as Allowance])))
    await expect(outside.fetch(`https://localhost:${await at()}/`, post, never)).rejects.toMatchObject({ name: 'NotSent', code })
  })

  test('a redirect is an answer and nothing more: where it leads is never asked', async () => {
    const inside = await listen()
    const { url, hits } = await listen((_request, response) => response.writeHead(307, { location: `${inside.url}/secret` }).end())
    const outside = kept(openOutside(openDestinations(loopback)))
    expect(await outside.fetch(url, post, never)).toMatchObject({ status: 307 })
    expect(hits.requests).toBe(1)
    expect(inside.hits.connections).toBe(0)
  })

  test('proxies that the environment names are not used', async () => {
    const proxy = await listen()
    const { url, hits } = await listen()
    const names = ['http_proxy', 'HTTP_PROXY', 'https_proxy', 'HTTPS_PROXY', 'all_proxy', 'ALL_PROXY', 'NODE_USE_ENV_PROXY']
    for (const name of names) process.env[name] = name === 'NODE_USE_ENV_PROXY' ? '1' : proxy.url
    try {
      const outside = kept(openOutside(openDestinations(loopback)))
      expect(await outside.fetch(url, post, never)).toMatchObject({ status: 200 })
    } finally {
      for (const name of names) delete process.env[name]
    }
    expect([hits.requests, proxy.hits.connections]).toEqual([1, 0])
  })
})

describe('a malicious answer', () => {
  const endless: RequestListener = (_request, response) => {
    const more = () => {
      while (!response.destroyed && response.write(Buffer.alloc(65_536))) {}
    }
    response.on('drain', more)
    more()
  }

  test('of endless length is cut where it may be, and thrown away where it may not', async () => {
    const { url } = await listen(endless)
    const outside = kept(openOutside(openDestinations(loopback)))
    const cut = await outside.fetch(url, { ...post, answerBytesMax: 8_192, longer: 'cut' }, never)
    expect(cut.body.length).toBe(8_192)
    await expect(outside.fetch(url, { ...post, answerBytesMax: 8_192 }, never)).rejects.toThrow('larger than 8192 bytes')
  })

  test.each<[string, RequestListener]>([
    [
      'that announces a gigabyte and sends nothing',
      (_request, response) => response.writeHead(200, { 'content-length': '1000000000' }).flushHeaders()
    ],
    [
      'that sends a byte now and then',
      (_request, response) => {
        const timer = setInterval(() => response.write('x'), 200)
        response.on('close', () => clearInterval(timer))
      }
    ],
    ['that never begins', () => {}]
  ])('%s ends with the time that the call has', async (_what, answer) => {
    const { url } = await listen(answer)
    const outside = kept(openOutside(openDestinations(loopback)))
    const started = performance.now()
    await expect(outside.fetch(url, { ...post, timeoutMs: 500 }, never)).rejects.toThrow()
    expect(performance.now() - started).toBeLessThan(5_000)
  })

  test('that never comes, behind interim ones without end, is given up at once', async () => {
    const early = 'HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n'
    const port = await bare(socket => {
      const more = () => {
        while (!socket.destroyed && socket.write(early.repeat(100))) {}
      }
      socket
        .on('drain', more)
        .on('error', () => undefined)
        .once('data', more)
    })
    const outside = kept(openOutside(openDestinations(loopback)))
    const error = await outside.fetch(`http://127.0.0.1:${port}/`, { ...post, timeoutMs: 60_000 }, never).catch(error => error)
    expect(error).toMatchObject({ name: 'Error', message: 'more than 20 interim answers (1xx) came before the answer' })
  })

  test('that is compressed is not opened', async () => {
    const { url } = await listen((_request, response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end('\x1f\x8bnot opened'))
    const outside = kept(openOutside(openDestinations(loopback)))
    expect((await outside.fetch(url, post, never)).body).toContain('not opened')
  })

  test('that is cut in the middle leaves open whether the message arrived: no NotSent', async () => {
    const sockets: Socket[] = []
    const server = createTcpServer(socket => {
      sockets.push(socket)
      socket.once('data', () => socket.destroy())
    })
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
    closers.push(() => server.close())
    const outside = kept(openOutside(openDestinations(loopback)))
    const error = await outside.fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`, post, never).catch(error => error)
    expect(error).not.toBeInstanceOf(NotSent)
  })
})
