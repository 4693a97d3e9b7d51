// A client that was invited registers itself (RFC 7591): once, within a day, as what it was invited to be, with keys of its own.
import { generateKeyPairSync } from 'node:crypto'
import * as openid from 'openid-client'
import { expect, test } from 'vitest'
import { changeClientStatus } from '../../src/flow/administer.ts'
import { openDropOld } from '../../src/flow/drop-old.ts'
import { inviteClient } from '../../src/flow/invite.ts'
import { sql } from '../../src/store/database.ts'
import { hashToken } from '../../src/trust/secrets.ts'
import { testGateway } from '../support/gateway.ts'
import { privateJwk } from '../support/house.ts'
import { accessToken } from '../support/tokens.ts'

let ahead = 0
const clock = { wall: () => new Date(Date.now() + ahead), campaign: () => new Date() }
const t = await testGateway({ clock })
let invited = 0

const invite = async (more: Partial<Parameters<typeof inviteClient>[1]> = {}) => {
  const id = `agency-${invited++}`
  const what = { id, name: 'Agency', role: 'origin-agency', scopes: ['set.push', 'ssf.read'], agency: 'ANP-KEN-01', ...more }
  return { id: what.id, ...(await inviteClient(t.house, { reason: 'test', ...what }, 'operator')) }
}

const publicOf = ({ d: _secret, ...key }: ReturnType<typeof privateJwk>) => key
const ownKey = () => publicOf(privateJwk())

const register = (token: string | null, metadata: unknown, headers: Record<string, string> = {}) =>
  fetch(`${t.url}/oauth/register`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(token === null ? {} : { authorization: `Bearer ${token}` }), ...headers },
    body: typeof metadata === 'string' ? metadata : JSON.stringify(metadata)
  })

const told = async (response: Response) => {
  const body = (await response.json()) as { error?: string; error_description?: string }
  return { status: response.status, error: body.error, description: body.error_description }
}

const rowOf = async (id: string) => (await t.database.owner.query<Record<string, unknown>>(sql`select * from client where id = ${id}`))[0]

test('whoever was invited brings its keys, is told what it is, and gets a token with them', async () => {
  const { id, token } = await invite({ eventTypes: ['candidate.registered'] })
  const key = privateJwk()
  const response = await register(token, {
    client_name: 'ANAPEC Kenitra, back office',
    token_endpoint_auth_method: 'private_key_jwt',
    grant_types: ['client_credentials'],
    scope: 'set.push',
    jwks: { keys: [publicOf(key)] },
    software_id: 'unknown members are ignored',
    contacts: ['it@example.org']
  })
  expect(response.status).toBe(201)
  expect([response.headers.get('cache-control'), response.headers.get('pragma')]).toEqual(['no-store', 'no-cache'])
  expect(await response.json()).toEqual({
    client_id: id,
    client_id_issued_at: expect.any(Number),
    client_name: 'ANAPEC Kenitra, back office',
    token_endpoint_auth_method: 'private_key_jwt',
    grant_types: ['client_credentials'],
    response_types: [],
    scope: 'set.push',
    jwks: { keys: [{ kty: 'EC', crv: 'P-256', x: key.x, y: key.y, kid: key.kid }] }
  })
  expect(await accessToken(t, { id, key })).toEqual(expect.any(String))
  expect(await rowOf(id)).toMatchObject({
    role: 'origin-agency',
    agency: 'ANP-KEN-01',
    event_types: ['candidate.registered'],
    scopes: ['set.push']
  })
  const audit = await t.database.owner.query(sql`select actor, action from audit where about = ${id} order by id`)
  expect(audit).toEqual([
    { actor: 'operator', action: 'client.invited' },
    { actor: `client ${id}`, action: 'client.added' }
  ])
})

test('a public OpenID library discovers the endpoint, registers and gets a token', async () => {
  const { token } = await invite()
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const jwk = { ...publicKey.export({ format: 'jwk' }), kid: 'of-the-library' }
  const options = { execute: [openid.allowInsecureRequests], algorithm: 'oauth2' as const }
  const key = await crypto.subtle.importKey('jwk', privateKey.export({ format: 'jwk' }), { name: 'ECDSA', namedCurve: 'P-256' }, false, [
    'sign'
  ])
  const config = await openid.dynamicClientRegistration(
    new URL(t.url),
    {
      client_name: 'library',
      token_endpoint_auth_method: 'private_key_jwt',
      grant_types: ['client_credentials'],
      jwks: { keys: [jwk] }
    } as never,
    openid.PrivateKeyJwt({ key, kid: 'of-the-library' }),
    { ...options, initialAccessToken: token }
  )
  expect((await openid.clientCredentialsGrant(config)).scope).toBe('set.push ssf.read')
})

test('a token serves once, also when twenty use it at the same moment: one gets in, and no key of the others', async () => {
  const { id, token } = await invite()
  const keys = Array.from({ length: 20 }, ownKey)
  const answers = await Promise.all(keys.map(async key => told(await register(token, { jwks: { keys: [key] } }))))
  expect(answers.filter(({ status }) => status === 201)).toHaveLength(1)
  expect(new Set(answers.filter(({ status }) => status !== 201).map(({ status, error }) => `${status} ${error}`))).toEqual(
    new Set(['401 invalid_token'])
  )
  const { jwks } = (await rowOf(id)) as { jwks: { keys: { kid: string }[] } }
  expect(jwks.keys.map(({ kid }) => kid)).toEqual([keys[answers.findIndex(({ status }) => status === 201)]?.kid])
  expect(await told(await register(token, { jwks: { keys: [ownKey()] } }))).toMatchObject({ status: 401, error: 'invalid_token' })
})

test('unknown, used and expired tokens are refused alike, before anything is read', async () => {
  const { token } = await invite()
  ahead = 24 * 3_600_000 + 1
  const answers = [await told(await register(token, 'not even JSON')), await told(await register('jisr_iat_unknown', 'not even JSON'))]
  ahead = 0
  expect(answers[0]).toEqual(answers[1])
  expect(answers[0]).toMatchObject({ status: 401, error: 'invalid_token' })
  const missing = await register(null, {})
  expect(missing.headers.get('www-authenticate')).toBe('Bearer')
  expect(await told(missing)).toMatchObject({ status: 401, error: 'invalid_token' })
  const malformed = await register('two words', {})
  expect(malformed.headers.get('www-authenticate')).toContain('error="invalid_token"')
  expect(await told(await register(token, { jwks: { keys: [ownKey()] } }))).toMatchObject({ status: 201 })
})

test('the token is nowhere in the database, its hash is', async () => {
  const { token } = await invite()
  const rows = await t.database.owner.query<{ text: string; hash: Buffer }>(sql`select i::text as text, hash from invitation i`)
  expect(rows.some(({ text }) => text.includes(token))).toBe(false)
  expect(rows.some(({ hash }) => hash.equals(hashToken(token)))).toBe(true)
})

const { d, ...pair } = privateJwk()
const good = { jwks: { keys: [pair] } }
const refusals: [string, unknown, RegExp, string?][] = [
  ['no keys', {}, /\/jwks/],
  ['an empty set of keys', { jwks: { keys: [] } }, /1 to 8 keys/],
  ['a private key', { jwks: { keys: [{ ...pair, d }] } }, /private member 'd'/],
  ['nine keys', { jwks: { keys: Array.from({ length: 9 }, ownKey) } }, /1 to 8 keys/],
  ['two keys of one kid', { jwks: { keys: [pair, { ...ownKey(), kid: pair.kid }] } }, /kid of an earlier key/],
  ['more than 16 KiB of keys', { jwks: { keys: [{ ...pair, x5c: ['A'.repeat(17_000)] }] } }, /16 KiB/],
  ['another curve', { jwks: { keys: [generateKeyPairSync('ec', { namedCurve: 'P-384' }).publicKey.export({ format: 'jwk' })] } }, /P-256/],
  ['a weak RSA key', { jwks: { keys: [generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey.export({ format: 'jwk' })] } }, /2048/],
  ['a jwks_uri', { ...good, jwks_uri: 'https://client.example.org/jwks' }, /jwks_uri is not taken/],
  ['a secret as authentication', { ...good, token_endpoint_auth_method: 'client_secret_basic' }, /token_endpoint_auth_method/],
  ['another grant', { ...good, grant_types: ['authorization_code'] }, /grant_types/],
  ['one more grant', { ...good, grant_types: ['client_credentials', 'authorization_code'] }, /grant_types/],
  ['a response type', { ...good, response_types: ['code'] }, /response_types/],
  ['more scope than the token was given', { ...good, scope: 'set.push ssf.manage' }, /set\.push ssf\.read/],
  ['a scope that is no list', { ...good, scope: 'set.push  "x"' }, /scope/],
  ['a name that commands a terminal', { ...good, client_name: 'A\u001b[2J' }, /client_name/],
  ['a name that is too long', { ...good, client_name: 'x'.repeat(201) }, /client_name/],
  ['a body that is no object', '[1]', /\//],
  ['a body that is no JSON', '{"jwks":', /JSON/],
  ['a member that reaches a prototype', '{"__proto__":{"scope":"ssf.manage"},"jwks":{"keys":[]}}', /./],
  ['a software statement', { ...good, software_statement: 'x' }, /software/, 'invalid_software_statement']
]
test.each(refusals)(
  '%s is refused by its name, and the token can still be used',
  async (_what, metadata, description, error = 'invalid_client_metadata') => {
    const { token } = await invite()
    const answer = await told(await register(token, metadata))
    expect(answer).toMatchObject({ status: 400, error, description: expect.stringMatching(description) })
    expect(answer.description).not.toContain(String(d))
    expect(answer.description).toMatch(/^[\x20\x21\x23-\x5b\x5d-\x7e]+$/)
    expect((await register(token, { jwks: { keys: [ownKey()] } })).status).toBe(201)
  }
)

test('what a client asks to be changes nothing of what it was invited as: role, agency, issuer, limits', async () => {
  const { id, token } = await invite()
  const sly = {
    ...good,
    jwks: { keys: [ownKey()] },
    client_id: 'root',
    role: 'authority',
    agency: 'ANP-BEM-01',
    issuer: 'https://other',
    status: 'active',
    set_budget_per_minute: 1e6
  }
  expect((await register(token, sly)).status).toBe(201)
  expect(await rowOf(id)).toMatchObject({ role: 'origin-agency', agency: 'ANP-KEN-01', issuer: id, set_budget_per_minute: 600 })
  expect(await rowOf('root')).toBeUndefined()
})

test('an id that has gone to somebody else meanwhile is told, and the token is not lost', async () => {
  const first = await invite({ id: 'wanted' })
  const second = await inviteClient(
    t.house,
    { reason: 'test', id: 'wanted', name: 'x', role: 'origin-agency', scopes: ['set.push'] },
    'operator'
  )
  expect((await register(first.token, { jwks: { keys: [ownKey()] } })).status).toBe(201)
  expect(await told(await register(second.token, { jwks: { keys: [ownKey()] } }))).toMatchObject({
    status: 400,
    error: 'invalid_client_metadata',
    description: expect.stringContaining('ask the operator')
  })
  expect(await t.database.owner.query(sql`select used_at from invitation where hash = ${hashToken(second.token)}`)).toEqual([
    { used_at: null }
  ])
  await expect(invite({ id: 'wanted' })).rejects.toMatchObject({ code: 'conflict' })
})

test.each([
  ['an unknown scope', { scopes: ['root'] }],
  ['an unknown role', { role: 'operator' }],
  ['events of which the role is not the source', { eventTypes: ['visa.issued'] }],
  ['an id that is none', { id: 'Not An Id' }]
])('an invitation with %s is refused to the operator', async (_what, more) => {
  await expect(invite(more)).rejects.toMatchObject({ name: 'DomainError', code: 'invalid' })
})

test('an assertion that was used is remembered until a minute after its end, on a machine that is a minute behind too, and forgotten then', async () => {
  const { id, token } = await invite()
  const key = privateJwk()
  await register(token, { jwks: { keys: [publicOf(key)] } })
  await accessToken(t, { id, key })
  const remembered = async () =>
    (await t.database.owner.query<{ until: Date }>(sql`select expires_at as until from assertion order by expires_at desc limit 1`))[0]
      ?.until
  const until = (await remembered()) as Date
  expect(Math.abs(until.getTime() - Date.now() - 120_000)).toBeLessThan(30_000)
  const dropOld = openDropOld(t.house)
  const { signal } = new AbortController()
  await dropOld(new Date(until.getTime() + 60_000), signal)
  expect(await remembered()).toEqual(until)
  await dropOld(new Date(until.getTime() + 60_001), signal)
  expect(await remembered()).toBeUndefined()
})

test('a client that registered itself is suspended like any other, at once', async () => {
  const { id, token } = await invite()
  const key = privateJwk()
  await register(token, { jwks: { keys: [publicOf(key)] } })
  await changeClientStatus(t.house, id, 'suspended', 'operator', 'test')
  await expect(accessToken(t, { id, key })).rejects.toThrow('401')
})
