// Software that others wrote, and that knows nothing of us, against a gateway that runs: tokens, events, pages, the whole API.
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { type CloudEvent, HTTP } from 'cloudevents'
import LinkHeader from 'http-link-header'
import jwt from 'jsonwebtoken'
import jwksClient from 'jwks-rsa'
import * as oauth from 'oauth4webapi'
import { beforeAll, describe, expect, test } from 'vitest'
import contract from '../../openapi/gateway.json' with { type: 'json' }
import { toCsv } from '../../samples/registration-file.ts'
import { openStream } from '../../src/flow/administer.ts'
import { type Browser, startBrowser } from '../support/browser.ts'
import { keyFolder } from '../support/examples.ts'
import { testClient } from '../support/gateway.ts'
import { until } from '../support/house.ts'
import { registration } from '../support/people.ts'
import { registrations } from '../support/registrations.ts'
import { type RestClient, restClient } from '../support/rest.ts'
import { grantWorker } from '../support/scsp.ts'
import { needs, needsPython } from '../support/skip.ts'
import { ssfScene } from '../support/ssf.ts'
import { party, pushSet } from '../threats/scene.ts'

const run = promisify(execFile)
const { t, clients, create, push, somebody, receiver } = await ssfScene()
const agency = 'ANP-KEN-01'
let all: RestClient
/** For every parameter of a GET that has to be given: something that is there. */
const given: Record<string, string | number> = {}

beforeAll(async () => {
  all = await restClient(t, 'whole', ['set.push', 'placements.read', 'authz.read', 'offers.read', 'ssf.read', 'ssf.manage'], { agency })
  await grantWorker(t, 0, 'X1234567L')
  const told = await all.send(toCsv(registrations(3, 500, agency)))
  given.import = ((await told.json()) as { id: string }).id
  const signs = await party({ url: t.url, issuer: t.url }, all)
  expect((await pushSet(t, all.token, await signs.set({ jti: 'of-the-test' }))).status).toBe(202)
  const withdrawn = { type: 'offer.withdrawn', effectiveAt: '2026-01-01T00:00:00Z', payload: {}, key: 'offer-of-the-test' }
  expect((await all.post('/v1/offers/O-1/events', withdrawn)).status).toBe(202)
}, 60_000)

/** The same token with another id, under the signature that it had. */
const altered = (token: string): string => {
  const [head, payload = '', signature] = token.split('.')
  const text = Buffer.from(payload, 'base64url').toString('utf8')
  return [head, Buffer.from(text.replace('"jti":"', '"jti":"x')).toString('base64url'), signature].join('.')
}

test('oauth4webapi finds the resource and who issues for it, gets a token, and takes it here alone and as it was given', async () => {
  const insecure = { [oauth.allowInsecureRequests]: true }
  const here = new URL(t.url)
  const resource = await oauth.processResourceDiscoveryResponse(here, await oauth.resourceDiscoveryRequest(here, insecure))
  const issuer = new URL(resource.authorization_servers?.[0] ?? '')
  const server = await oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer, { algorithm: 'oauth2', ...insecure }))
  const key = await crypto.subtle.importKey('jwk', all.key, { name: 'ECDSA', namedCurve: 'P-256' }, false, ['sign'])
  const client = { client_id: all.id }
  const proof = oauth.PrivateKeyJwt({ key, kid: all.key.kid })
  const answer = await oauth.clientCredentialsGrantRequest(server, client, proof, { scope: 'set.push' }, insecure)
  const { access_token: token } = await oauth.processClientCredentialsResponse(server, client, answer)
  const judged = (bearer: string, audience: string) =>
    oauth.validateJwtAccessToken(
      server,
      new Request(`${t.url}/v1/sets`, { headers: { authorization: `Bearer ${bearer}` } }),
      audience,
      insecure
    )
  expect(await judged(token, t.url)).toMatchObject({ client_id: 'whole', scope: 'set.push' })
  await expect(judged(token, 'https://other.example')).rejects.toThrow(/"aud"/)
  await expect(judged(altered(token), t.url)).rejects.toThrow(/signature/)
})

test('jwks-rsa and jsonwebtoken take our access tokens and our events by the published keys, and neither when it was altered', async () => {
  const keys = jwksClient({ jwksUri: `${t.url}/.well-known/jwks.json`, cache: true })
  const verify = async (token: string, audience: string) => {
    const kid = jwt.decode(token, { complete: true })?.header.kid
    return jwt.verify(token, (await keys.getSigningKey(kid)).getPublicKey(), { algorithms: ['ES256'], audience, issuer: t.url })
  }
  expect(await verify(all.token, t.url)).toMatchObject({ client_id: 'whole' })
  await expect(verify(altered(all.token), t.url)).rejects.toThrow('invalid signature')
  const { stream_id } = await create(clients.spain, push())
  await somebody()
  const [pushed] = await until('it is pushed', async () => receiver.pushed.length > 0 && receiver.pushed)
  expect(await verify(pushed?.token ?? '', 'spain')).toMatchObject({ iss: t.url, jti: pushed?.claims.jti })
  await expect(verify(altered(pushed?.token ?? ''), 'spain')).rejects.toThrow('invalid signature')
  expect(stream_id).toMatch(/^s-/)
})

test('cloudevents reads an event out of the headers of a push (binary mode)', async () => {
  await create(clients.spain, push())
  await somebody()
  const [pushed] = await until('it is pushed', async () => receiver.pushed.length > 0 && receiver.pushed)
  const event = HTTP.toEvent({ headers: pushed?.headers as Record<string, string>, body: pushed?.token }) as CloudEvent
  expect(event.validate()).toBe(true)
  expect(event).toMatchObject({ id: pushed?.claims.jti, source: t.url, specversion: '1.0', datacontenttype: 'application/secevent+jwt' })
})

test('http-link-header leads from page to page, to the last', async () => {
  const found: string[] = []
  let next: string | undefined = '/v1/placements?limit=1'
  while (next !== undefined) {
    const page: Response = await all.get(next)
    found.push(...((await page.json()) as { items: { id: string }[] }).items.map(({ id }) => id))
    next = LinkHeader.parse(page.headers.get('link') ?? '').rel('next')[0]?.uri
  }
  expect([found.length > 2, new Set(found).size]).toEqual([true, found.length])
})

describe.skipIf(!needsPython('jwcrypto', 'authlib', 'requests'))('in Python', () => {
  test('Authlib gets a token and signs an event, jwcrypto verifies what comes back; what was altered is refused on both sides', async () => {
    const file = await keyFolder()
    const client = await testClient(t, 'python', ['set.push', 'ssf.read'], { agency })
    await openStream(
      t.house,
      {
        reason: 'test',
        id: 'python-stream',
        clientId: 'python',
        role: 'origin-agency',
        audience: 'https://agency.test',
        fields: ['person.name.latin'],
        subscriptions: [{ type: 'candidate.registered', agency }]
      },
      'test'
    )
    const env = {
      GW: t.url,
      CLIENT_ID: 'python',
      KEY: await file('python.jwk', JSON.stringify(client.key)),
      STREAM: 'python-stream',
      PAYLOAD: JSON.stringify(registration(78))
    }
    const { stdout } = await run('/usr/bin/python3', ['test/journeys/independent.py'], { env })
    expect(JSON.parse(stdout)).toMatchObject({
      token_type: 'Bearer',
      altered: [400, 'invalid_key'],
      pushed: [202, ''],
      refused: 1,
      claims: [{ iss: t.url, aud: 'https://agency.test', events: expect.any(Object) }]
    })
  }, 60_000)
})

describe.skipIf(!needs('chromium'))('in a browser', () => {
  let browser: Browser
  beforeAll(async () => {
    browser = await startBrowser()
    return browser.close
  })

  test('swagger-client, as the pages at /docs have it, runs every GET of the contract, and each is answered as the contract says', async () => {
    const stream = (await (await all.post('/ssf/streams', {})).json()) as { stream_id: string }
    const [placement] = ((await (await all.get('/v1/placements')).json()) as { items: { id: string }[] }).items
    const [authorization] = ((await (await all.get('/v1/authorizations')).json()) as { items: { id: string }[] }).items
    const [offer] = ((await (await all.get('/v1/offers')).json()) as { items: { id: string }[] }).items
    const byPath: Record<string, Record<string, string | number>> = {
      '/v1/sets/{jti}': { jti: 'of-the-test' },
      '/v1/sets/{jti}/receipt': { jti: 'of-the-test' },
      '/v1/log/proof/{seq}': { seq: 0 },
      '/v1/log/consistency': { from: 1, to: 2 },
      '/v1/imports/{id}': { id: given.import as string },
      '/v1/imports/{id}/rows': { id: given.import as string, limit: 2 },
      '/v1/placements/{id}': { id: placement?.id ?? '' },
      '/v1/offers/{id}': { id: offer?.id ?? '' },
      '/v1/authorizations/{id}': { id: authorization?.id ?? '' },
      '/ssf/status': { stream_id: stream.stream_id },
      '/ns/event/v1/{name}': { name: 'candidate.registered' },
      '/schemas/{name}': { name: 'authorization-record' }
    }
    const page = await browser.open(`${t.url}/docs`, { width: 1280, height: 900 })
    const operations = Object.values(contract.paths).flatMap(methods => Object.keys(methods)).length
    await until(
      'the page shows every operation',
      async () => (await page.evaluate<number>(`document.querySelectorAll('.opblock').length`)) >= operations
    )
    await page.evaluate(`fetch('/openapi.json').then(answer => answer.json()).then(spec => {
      window.spec = spec
      window.client = SwaggerUIBundle({ spec, domNode: document.createElement('div') }).getSystem().fn
    })`)
    const answers: Record<string, unknown> = {}
    for (const [path, methods] of Object.entries(contract.paths)) {
      if (!('get' in methods)) continue
      answers[path] = await page.evaluate(`(async () => {
        const answer = await window.client.execute({ spec: window.spec, pathName: ${JSON.stringify(path)}, method: 'get',
          parameters: ${JSON.stringify(byPath[path] ?? {})}, contextUrl: location.origin + '/openapi.json', server: location.origin,
          securities: { authorized: { oauth: { token: { access_token: ${JSON.stringify(all.token)} } } } } })
          .catch(error => error.response ?? { status: String(error) })
        return [answer.status, String(answer.headers?.['content-type']).split(';')[0]]
      })()`)
    }
    for (const [path, { get }] of Object.entries(
      contract.paths as Record<string, { get?: { responses: Record<string, { content?: object }> } }>
    )) {
      if (get === undefined) continue
      const types = Object.keys(get.responses['200']?.content ?? {})
      expect([path, answers[path]]).toEqual([path, [200, types[0]]])
    }
    // A style that the library writes into its page is refused by the page's policy, and nobody misses it.
    expect(page.complaints.filter(text => !text.includes('inline style'))).toEqual([])
  }, 60_000)
})
