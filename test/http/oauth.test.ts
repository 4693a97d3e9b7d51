import * as oauth from 'oauth4webapi'
import * as openid from 'openid-client'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { SigningKey } from '../../src/trust/keys.ts'
import { algorithmForgeries, formatForgeries } from '../trust/forgery.ts'
import { addClient, assertionOf, grantForm, requestToken, type Started, sign, startApp } from './double.ts'

let house: Started
beforeAll(async () => {
  house = await startApp()
  await addClient(house, 'anapec', ['set.push', 'ssf.read'])
  await addClient(house, 'legacy', ['set.push'], { legacyAudience: true })
  await addClient(house, 'frozen', ['set.push'], { status: 'suspended' })
  await addClient(house, 'busy', ['set.push'], { tokenBudgetPerMinute: 3 })
})
afterAll(() => house.close())

const withoutOne = (form: Record<string, string>, name: string) =>
  Object.fromEntries(Object.entries(form).filter(([known]) => known !== name))

const answerOf = async (response: Response) => ({ status: response.status, body: (await response.json()) as Record<string, unknown> })

describe('the token endpoint', () => {
  it('gives a bearer token for 300 s, never cached, with all scopes of the client when none is asked for', async () => {
    const response = await requestToken(house, grantForm(await assertionOf(house, 'anapec')))
    expect(response.status).toBe(200)
    expect(response.headers.get('cache-control')).toBe('no-store')
    expect(response.headers.get('content-type')).toMatch(/^application\/json/)
    expect(await response.json()).toEqual({
      access_token: expect.any(String),
      token_type: 'Bearer',
      expires_in: 300,
      scope: 'set.push ssf.read'
    })
  })

  it('gives no more scopes than asked for', async () => {
    const { body } = await answerOf(await requestToken(house, grantForm(await assertionOf(house, 'anapec'), { scope: 'ssf.read' })))
    expect(body.scope).toBe('ssf.read')
  })

  it('goes on serving a client that holds a scope which is offered no more', async () => {
    await addClient(house, 'older', ['set.push', 'webhook.manage'])
    const { status, body } = await answerOf(await requestToken(house, grantForm(await assertionOf(house, 'older'))))
    expect([status, body.scope]).toEqual([200, 'set.push webhook.manage'])
  })

  it('gives one token for one assertion, then and in parallel', async () => {
    const form = grantForm(await assertionOf(house, 'anapec'))
    expect((await requestToken(house, form)).status).toBe(200)
    expect(await answerOf(await requestToken(house, form))).toMatchObject({ status: 401, body: { error: 'invalid_client' } })
    const other = grantForm(await assertionOf(house, 'anapec'))
    const statuses = await Promise.all(Array.from({ length: 50 }, async () => (await requestToken(house, other)).status))
    expect(statuses.filter(status => status === 200)).toHaveLength(1)
    expect(statuses.filter(status => status === 401)).toHaveLength(49)
  })

  it('takes the client_id when it is the sub, the resource when it is us, and parameters it does not know', async () => {
    const more = { client_id: 'anapec', resource: house.issuer, foo: 'bar' }
    expect((await requestToken(house, grantForm(await assertionOf(house, 'anapec'), more))).status).toBe(200)
  })

  it('takes a parameter without a value as if it were not there', async () => {
    const none = { client_id: '', resource: '', scope: '', foo: '' }
    expect((await requestToken(house, grantForm(await assertionOf(house, 'anapec'), none))).status).toBe(200)
    for (const name of ['grant_type', 'client_assertion_type', 'client_assertion'])
      expect(await answerOf(await requestToken(house, { ...grantForm(await assertionOf(house, 'anapec')), [name]: '' }))).toEqual(
        await answerOf(await requestToken(house, withoutOne(grantForm(await assertionOf(house, 'anapec')), name)))
      )
  })

  it('takes its own URL as audience from clients marked so, and from no others', async () => {
    const aud = `${house.issuer}/oauth/token`
    expect((await requestToken(house, grantForm(await assertionOf(house, 'legacy', { aud })))).status).toBe(200)
    expect((await requestToken(house, grantForm(await assertionOf(house, 'anapec', { aud })))).status).toBe(401)
  })

  const refusals: [string, (good: Record<string, string>) => Record<string, string> | string, number, string][] = [
    ['without grant_type', ({ grant_type: _, ...form }) => form, 400, 'invalid_request'],
    ['with another grant_type', form => ({ ...form, grant_type: 'password' }), 400, 'unsupported_grant_type'],
    ['without an assertion', ({ client_assertion: _, ...form }) => form, 401, 'invalid_client'],
    ['without the type of the assertion', ({ client_assertion_type: _, ...form }) => form, 401, 'invalid_client'],
    ['with a secret instead', () => ({ grant_type: 'client_credentials', client_id: 'anapec', client_secret: 'x' }), 401, 'invalid_client'],
    ['with the client_id of another', form => ({ ...form, client_id: 'legacy' }), 401, 'invalid_client'],
    ['with a scope the client has not', form => ({ ...form, scope: 'set.push ssf.manage' }), 400, 'invalid_scope'],
    ['with a scope that is none', form => ({ ...form, scope: 'set.push  "' }), 400, 'invalid_scope'],
    ['for another resource', form => ({ ...form, resource: 'https://other.example' }), 400, 'invalid_target'],
    ['with a parameter twice', form => `${new URLSearchParams(form)}&scope=set.push&scope=ssf.read`, 400, 'invalid_request'],
    ['with a parameter twice, once without a value', form => `${new URLSearchParams(form)}&scope=&scope=ssf.read`, 400, 'invalid_request'],
    ['with a parameter twice that nobody knows', form => `${new URLSearchParams(form)}&foo=1&foo=1`, 400, 'invalid_request'],
    ['with an empty body', () => '', 400, 'invalid_request']
  ]
  it.each(refusals)('refuses a request %s in the words of RFC 6749', async (_, change, status, error) => {
    const response = await requestToken(house, change(grantForm(await assertionOf(house, 'anapec'))))
    expect(response.headers.get('content-type')).toMatch(/^application\/json/)
    expect(response.headers.get('cache-control')).toBe('no-store')
    expect(response.headers.get('www-authenticate')).toBeNull()
    expect(await answerOf(response)).toEqual({ status, body: { error, error_description: expect.any(String) } })
  })

  it('answers whoever tried a header by its scheme', async () => {
    const response = await requestToken(house, { grant_type: 'client_credentials' }, { authorization: `Basic ${btoa('anapec:secret')}` })
    expect(response.headers.get('www-authenticate')).toBe(`Basic realm="${house.issuer}"`)
    expect(await answerOf(response)).toMatchObject({ status: 401, body: { error: 'invalid_client' } })
  })

  it('describes every fault in the characters that RFC 6749 leaves it', async () => {
    const key = house.keys.get('anapec') as SigningKey
    const { iss, ...claims } = { iss: 'anapec', sub: 'anapec', aud: house.issuer, jti: 'x', exp: Math.floor(Date.now() / 1000) + 60 }
    const assertions = [
      sign(key, { typ: 'at+jwt' }, claims),
      sign(key, { x5u: 'https://a' }, claims),
      sign(key, {}, '{"é\\":'),
      sign(key, {}, claims)
    ]
    for (const made of assertions) {
      const { body } = await answerOf(await requestToken(house, grantForm(await made, { scope: '"é\\' })))
      expect(body.error_description).toMatch(/^[\x20\x21\x23-\x5b\x5d-\x7e]+$/)
    }
  })

  it('refuses JSON, compressed and oversized bodies in the same words', async () => {
    expect(await answerOf(await requestToken(house, '{}', { 'content-type': 'application/json' }))).toMatchObject({
      status: 400,
      body: { error: 'invalid_request' }
    })
    expect(await answerOf(await requestToken(house, 'a=b', { 'content-encoding': 'gzip' }))).toMatchObject({
      status: 400,
      body: { error: 'invalid_request' }
    })
    expect(await answerOf(await requestToken(house, `a=${'b'.repeat(33 * 1024)}`))).toMatchObject({
      status: 413,
      body: { error: 'invalid_request' }
    })
  })

  it('says the same of an unknown client, a suspended one and a bad signature', async () => {
    const key = house.keys.get('anapec')
    if (!key) throw new Error('no key')
    const assertion = (id: string, kid?: string) =>
      sign(key, kid ? { kid } : {}, { iss: id, sub: id, aud: house.issuer, jti: `${id}${kid}`, exp: Math.floor(Date.now() / 1000) + 60 })
    const answers = await Promise.all(
      [assertion('nobody'), assertionOf(house, 'frozen'), assertion('legacy'), assertion('anapec', 'other')].map(async made =>
        answerOf(await requestToken(house, grantForm(await made)))
      )
    )
    for (const answer of answers) expect(answer).toEqual(answers[0])
    expect(answers[0]).toMatchObject({ status: 401, body: { error: 'invalid_client' } })
  })

  it('sends a client that asks too often away with Retry-After', async () => {
    const statuses: number[] = []
    for (let request = 0; request < 4; request++)
      statuses.push((await requestToken(house, grantForm(await assertionOf(house, 'busy')))).status)
    expect(statuses).toEqual([200, 200, 200, 429])
    const response = await requestToken(house, grantForm(await assertionOf(house, 'busy')))
    expect(Number(response.headers.get('retry-after'))).toBeGreaterThan(0)
    expect(await response.json()).toMatchObject({ error: 'temporarily_unavailable' })
  })

  it('refuses every forged algorithm and format with 401', async () => {
    const key = house.keys.get('anapec')
    if (!key) throw new Error('no key')
    const nowSeconds = Math.floor(Date.now() / 1000)
    const claims = { iss: 'anapec', sub: 'anapec', aud: house.issuer, jti: 'forged', exp: nowSeconds + 60 }
    const forged = [...algorithmForgeries(key, 'JWT', claims), ...formatForgeries(await sign(key, {}, claims))]
    for (const [name, assertion] of forged) {
      const { status, body } = await answerOf(await requestToken(house, grantForm(assertion)))
      expect([name, status, body.error]).toEqual([name, 401, 'invalid_client'])
    }
  })

  it('takes neither an access token nor a SET as an assertion', async () => {
    const key = house.keys.get('anapec')
    if (!key) throw new Error('no key')
    const claims = { iss: 'anapec', sub: 'anapec', aud: house.issuer, jti: 'x', exp: Math.floor(Date.now() / 1000) + 60 }
    for (const typ of ['at+jwt', 'secevent+jwt']) {
      expect((await requestToken(house, grantForm(await sign(key, { typ, kid: key.kid }, claims)))).status).toBe(401)
    }
  })
})

describe('independent clients', () => {
  it('oauth4webapi discovers us and the resource, and gets a token', async () => {
    const key = house.keys.get('anapec')
    if (!key) throw new Error('no key')
    const issuer = new URL(house.issuer)
    const insecure = { [oauth.allowInsecureRequests]: true }
    const server = await oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer, { algorithm: 'oauth2', ...insecure }))
    const resource = await oauth.processResourceDiscoveryResponse(issuer, await oauth.resourceDiscoveryRequest(issuer, insecure))
    expect(resource.authorization_servers).toEqual([house.issuer])
    const client = { client_id: 'anapec' }
    const response = await oauth.clientCredentialsGrantRequest(
      server,
      client,
      oauth.PrivateKeyJwt({ key: key.privateKey, kid: key.kid }),
      { scope: 'set.push' },
      insecure
    )
    const token = await oauth.processClientCredentialsResponse(server, client, response)
    expect(token).toMatchObject({ token_type: 'bearer', expires_in: 300, scope: 'set.push' })

    const request = new Request(`${house.issuer}/v1/sets`, { headers: { authorization: `Bearer ${token.access_token}` } })
    expect(await oauth.validateJwtAccessToken(server, request, house.issuer, insecure)).toMatchObject({ client_id: 'anapec' })
  })

  it('openid-client discovers us by either document, gets a token, and reads our refusals', async () => {
    const key = house.keys.get('anapec')
    if (!key) throw new Error('no key')
    for (const algorithm of ['oauth2', 'oidc'] as const) {
      const config = await openid.discovery(
        new URL(house.issuer),
        'anapec',
        undefined,
        openid.PrivateKeyJwt({ key: key.privateKey, kid: key.kid }),
        {
          algorithm,
          execute: [openid.allowInsecureRequests]
        }
      )
      expect(await openid.clientCredentialsGrant(config, { scope: 'set.push', resource: house.issuer })).toMatchObject({
        scope: 'set.push'
      })
      await expect(openid.clientCredentialsGrant(config, { scope: 'ssf.manage' })).rejects.toMatchObject({
        error: 'invalid_scope',
        error_description: expect.stringMatching(/^ssf\.manage is none of your scopes: you are registered with /),
        status: 400
      })
    }
  })

  it('openid-client surfaces a missing scope as a challenge', async () => {
    const key = house.keys.get('legacy')
    if (!key) throw new Error('no key')
    const config = await openid.discovery(
      new URL(house.issuer),
      'legacy',
      undefined,
      openid.PrivateKeyJwt({ key: key.privateKey, kid: key.kid }),
      {
        algorithm: 'oauth2',
        execute: [openid.allowInsecureRequests]
      }
    )
    const { access_token } = await openid.clientCredentialsGrant(config)
    const url = new URL(`${house.issuer}/v1/streams/S1/poll`)
    const response = openid.fetchProtectedResource(
      config,
      access_token,
      url,
      'POST',
      '{}',
      new Headers({ 'content-type': 'application/json' })
    )
    await expect(response).rejects.toMatchObject({
      cause: [{ scheme: 'bearer', parameters: { error: 'insufficient_scope', scope: 'ssf.read ssf.manage' } }]
    })
  })
})
