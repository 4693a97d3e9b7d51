// Clients that are known by a certificate besides their keys (RFC 8705), through a proxy that ends TLS, as in front of a real gateway.

import { execFile, spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { request as forward } from 'node:http'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TLSSocket } from 'node:tls'
import { promisify } from 'node:util'
import { decodeJwt } from 'jose'
import { Agent, fetch } from 'undici'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { requireCertificates } from '../../src/flow/administer.ts'
import { readStanding } from '../../src/flow/standing.ts'
import { sql } from '../../src/store/database.ts'
import { freePort } from '../../src/store/embedded/port.ts'
import { selfSignedCertificate } from '../../src/trust/certificates.ts'
import { certificateThumbprint, thumbprintOfPem } from '../../src/trust/client-certificate.ts'
import { testClient, testGateway } from '../support/gateway.ts'
import { privateJwk, until } from '../support/house.ts'
import { needs } from '../support/skip.ts'
import { accessToken } from '../support/tokens.ts'
import { party, told } from '../threats/scene.ts'

const drawn = () =>
  selfSignedCertificate({ name: 'CN=agency', notBefore: new Date(Date.now() - 60_000), notAfter: new Date(Date.now() + 86_400_000) })
const [own, next, strangers, ofProxy] = await Promise.all([drawn(), drawn(), drawn(), drawn()])
const t = await testGateway({ clientCertificates: { header: 'client-cert', proxies: ['127.0.0.1'] } })
const elsewhere = await testGateway({ clientCertificates: { header: 'client-cert', proxies: ['10.0.0.0/8', 'fd00::/8'] } })

/** What stands in front: asks for a certificate, takes any, tells it in the header, and takes the header out of what clients send. */
const proxyTo = async (url: string): Promise<string> => {
  const server = createServer(
    { key: ofProxy.privateKeyPem, cert: ofProxy.certificatePem, requestCert: true, rejectUnauthorized: false },
    (request, response) => {
      const { raw } = (request.socket as TLSSocket).getPeerCertificate()
      const { 'client-cert': _forged, ...headers } = request.headers
      const onward = forward(
        `${url}${request.url}`,
        {
          method: request.method ?? 'GET',
          headers: { ...headers, ...(raw === undefined ? {} : { 'client-cert': `:${raw.toString('base64')}:` }) }
        },
        answer => {
          response.writeHead(answer.statusCode ?? 502, answer.headers)
          answer.pipe(response)
        }
      )
      request.pipe(onward)
    }
  )
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  afterAll(() => {
    server.closeAllConnections()
    server.close()
  })
  return `https://127.0.0.1:${(server.address() as AddressInfo).port}`
}
const front = await proxyTo(t.url)

/** Calls as the holder of this certificate, or without one. */
const by = (certificate: typeof own | null) => {
  const agent = new Agent({
    connect: {
      rejectUnauthorized: false,
      ...(certificate === null ? {} : { key: certificate.privateKeyPem, cert: certificate.certificatePem })
    }
  })
  afterAll(() => agent.destroy())
  return (path: string, init: Parameters<typeof fetch>[1] = {}) =>
    fetch(`${front}${path}`, { ...init, dispatcher: agent }) as unknown as Promise<Response>
}
const client = await testClient(t, 'agency', ['set.push'])
const signer = await party({ url: t.url, issuer: t.url }, client)
const askToken = async (call: ReturnType<typeof by>) =>
  call('/oauth/token', {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'client_credentials',
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      client_assertion: await signer.assertion()
    })
  })
const tokenOf = async (call: ReturnType<typeof by>) => ((await (await askToken(call)).json()) as { access_token: string }).access_token
const use = (call: ReturnType<typeof by>, token: string, headers: Record<string, string> = {}) =>
  told(call('/v1/sets/nobody', { headers: { authorization: `Bearer ${token}`, ...headers } }))

const require = (certificates: readonly string[]) => requireCertificates(t.house, 'agency', certificates, 'test', 'agreed')

test('the metadata says whether tokens are bound to certificates', async () => {
  for (const path of ['oauth-authorization-server', 'oauth-protected-resource'])
    expect(await (await fetch(`${t.url}/.well-known/${path}`)).json()).toMatchObject({ tls_client_certificate_bound_access_tokens: true })
})

test('a client that nobody asked for a certificate gets a token that is bound to none, and one from before is refused when it must have one', async () => {
  const token = await tokenOf(by(own))
  expect(decodeJwt(token)).not.toHaveProperty('cnf')
  expect(await use(by(null), token)).toBe('404 not-found')
  await require([own.certificatePem])
  expect(await use(by(own), token)).toBe('401 invalid-token')
})

test('one that must have a certificate gets its token with it alone, and the token serves nobody else', async () => {
  await require([own.certificatePem])
  expect(await told(askToken(by(null)))).toBe('401 invalid_client')
  expect(await told(askToken(by(strangers)))).toBe('401 invalid_client')
  const token = await tokenOf(by(own))
  expect(decodeJwt(token)).toMatchObject({ cnf: { 'x5t#S256': thumbprintOfPem(own.certificatePem) } })
  expect(await use(by(own), token)).toBe('404 not-found')
  expect(await use(by(null), token)).toBe('401 invalid-token')
  expect(await use(by(strangers), token)).toBe('401 invalid-token')
  // The header of a client never reaches us through the proxy.
  expect(await use(by(null), token, { 'client-cert': `:${Buffer.from(own.certificatePem).toString('base64')}:` })).toBe('401 invalid-token')
})

test('a certificate that is replaced counts as long as both are registered, and then no more', async () => {
  await require([own.certificatePem, next.certificatePem])
  const [old, fresh] = [await tokenOf(by(own)), await tokenOf(by(next))]
  expect([await use(by(own), old), await use(by(next), fresh), await use(by(next), old)]).toEqual([
    '404 not-found',
    '404 not-found',
    '401 invalid-token'
  ])
  await require([next.certificatePem])
  expect([await use(by(own), old), await use(by(next), fresh)]).toEqual(['401 invalid-token', '404 not-found'])
  const expiries = async () => (await readStanding(t.house, async () => null)).expiries
  expect(await expiries()).toMatchObject([
    { kind: 'client-certificate', warning: 3, command: expect.stringContaining('require-certificate') }
  ])
  await require([])
  expect(await expiries()).toEqual([])
  expect(await use(by(null), await tokenOf(by(null)))).toBe('404 not-found')
})

test('from an address that is no proxy of ours the header means nothing', async () => {
  const agency = await testClient(elsewhere, 'agency', ['set.push'])
  const { assertion } = await party({ url: elsewhere.url, issuer: elsewhere.url }, agency)
  await requireCertificates(elsewhere.house, 'agency', [own.certificatePem], 'test', 'agreed')
  const answer = fetch(`${elsewhere.url}/oauth/token`, {
    method: 'POST',
    headers: { 'client-cert': `:${own.certificatePem.replaceAll(/-----[^-]+-----|\n/g, '')}:` },
    body: new URLSearchParams({
      grant_type: 'client_credentials',
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      client_assertion: await assertion()
    })
  }) as unknown as Promise<Response>
  expect(await told(answer)).toBe('401 invalid_client')
})

test('what proxies write is read in each of its writings; what is none is none', () => {
  const pem = own.certificatePem
  const base64 = pem.replaceAll(/-----[^-]+-----|\s/g, '')
  const expected = thumbprintOfPem(pem)
  for (const text of [`:${base64}:`, base64, encodeURIComponent(pem)]) expect(certificateThumbprint(text)).toBe(expected)
  for (const text of [undefined, '', ':', '::', 'nonsense', `:${base64.slice(8)}:`, '%', ['a', 'b'], 'A'.repeat(20_000)])
    expect(certificateThumbprint(text)).toBeNull()
})

test('it is audited, and what is no certificate, or nobody’s, is refused', async () => {
  await expect(require(['nonsense'])).rejects.toMatchObject({ code: 'invalid' })
  await expect(require([JSON.stringify(privateJwk())])).rejects.toMatchObject({ code: 'invalid' })
  await expect(requireCertificates(t.house, 'nobody', [own.certificatePem], 'test', 'x')).rejects.toMatchObject({ code: 'not-found' })
  const acts = await t.database.owner.query<{ reason: string }>(
    sql`select distinct reason from audit where action = 'client.certificates' and about = 'agency'`
  )
  expect(acts).toEqual([{ reason: 'agreed' }])
})

describe.skipIf([needs('nginx'), needs('curl')].includes(false))('the nginx of docs/operations.md', async () => {
  const folder = join(tmpdir(), `jisr-nginx-${randomUUID()}`)
  const port = await freePort()
  const manual = await readFile(new URL('../../docs/operations.md', import.meta.url), 'utf8')
  const block = (/^```nginx\n(.*?)\n```$/ms.exec(manual)?.[1] ?? '')
    .replace('listen 443', `listen 127.0.0.1:${port}`)
    .replace('http://127.0.0.1:8080', t.url)
    .replaceAll('/etc/ssl', folder)
  const files = {
    'gateway.pem': ofProxy.certificatePem,
    'gateway.key': ofProxy.privateKeyPem,
    'own.pem': own.certificatePem,
    'own.key': own.privateKeyPem,
    'nginx.conf': `error_log stderr; pid ${folder}/pid; events {} http { access_log off; ${[
      'client_body',
      'proxy',
      'fastcgi',
      'uwsgi',
      'scgi'
    ]
      .map(name => `${name}_temp_path ${folder}/temp/${name};`)
      .join(' ')}\n${block}\n}`
  }
  /** The status, HTTP's version, and what was answered. */
  const curl = async (path: string, ...more: readonly string[]) => {
    const url = `https://127.0.0.1:${port}${path}`
    const { stdout } = await promisify(execFile)('curl', ['-sSk', '--max-time', '20', '-w', '\n%{http_code} %{http_version}', ...more, url])
    const lines = stdout.split('\n')
    return { status: lines.at(-1), body: lines.slice(0, -1).join('\n') }
  }
  const certificate = ['--cert', join(folder, 'own.pem'), '--key', join(folder, 'own.key')]
  // Not before: what stands beside the tests runs where they are skipped, too.
  beforeAll(async () => {
    await mkdir(join(folder, 'temp'), { recursive: true })
    for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text)
    const nginx = spawn('nginx', ['-p', folder, '-c', join(folder, 'nginx.conf'), '-g', 'daemon off; master_process off;'])
    let said = ''
    nginx.stderr.on('data', (chunk: Buffer) => (said += chunk.toString('utf8')))
    const ended = new Promise(resolve => nginx.once('close', resolve))
    await until('nginx listens', async () => {
      if (nginx.exitCode !== null) throw new Error(said)
      return (await curl('/.well-known/jwks.json').catch(() => null)) !== null
    })
    return async () => {
      nginx.kill('SIGTERM')
      await ended
      await rm(folder, { recursive: true, force: true })
    }
  })

  test('speaks HTTP/2 to the world and no TLS below 1.2', async () => {
    expect((await curl('/.well-known/jwks.json')).status).toBe('200 2')
    await expect(curl('/.well-known/jwks.json', '--tls-max', '1.1')).rejects.toThrow()
  })

  test('tells the certificate of a client, and takes out what the client itself writes by that name', async () => {
    const agency = await testClient(t, 'agency-nginx', ['set.push'])
    const { assertion } = await party({ url: t.url, issuer: t.url }, agency)
    await requireCertificates(t.house, 'agency-nginx', [own.certificatePem], 'test', 'agreed')
    const form = async () => [
      ...['-d', 'grant_type=client_credentials', '-d', `client_assertion=${await assertion()}`],
      ...['-d', 'client_assertion_type=urn:ietf:params:oauth:client-assertion-type:jwt-bearer']
    ]
    const forged = ['-H', `Client-Cert: ${encodeURIComponent(own.certificatePem)}`]
    const refused = await curl('/oauth/token', ...(await form()), ...forged)
    expect([refused.status, refused.body]).toEqual(['401 2', expect.stringContaining('no certificate of yours reached us')])
    const { status, body } = await curl('/oauth/token', ...(await form()), ...certificate)
    expect(status).toBe('200 2')
    const bearer = ['-H', `Authorization: Bearer ${(JSON.parse(body) as { access_token: string }).access_token}`]
    expect((await curl('/v1/sets/nobody', ...bearer, ...certificate)).status).toBe('404 2')
    expect((await curl('/v1/sets/nobody', ...bearer, ...forged)).status).toBe('401 2')
  })

  test('hands on a file of which nobody knows the length, larger than what nginx keeps', async () => {
    const bearer = await accessToken(t, await testClient(t, 'importer-nginx', ['set.push']))
    const rows = Array.from({ length: 60 }, (_, i) => JSON.stringify({ worker: `w-${i}`, note: 'x'.repeat(50_000) }))
    await writeFile(join(folder, 'large'), `${rows.join('\n')}\n`)
    const headers = [`authorization: Bearer ${bearer}`, 'content-type: application/x-ndjson', 'transfer-encoding: chunked']
    const { status, body } = await curl(
      '/v1/imports',
      ...['--http1.1', '-X', 'POST', '-T', join(folder, 'large'), ...headers.flatMap(header => ['-H', header])]
    )
    expect([status, JSON.parse(body)]).toEqual(['202 1.1', expect.objectContaining({ state: 'finished', refused: rows.length })])
  })
})
