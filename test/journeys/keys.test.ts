// Our own keys over their lives: published ahead of use, shown as long as something must be verified by them, gone at once when they got out.
import { createLocalJWKSet, createRemoteJWKSet, decodeJwt, decodeProtectedHeader, type JSONWebKeySet, jwtVerify } from 'jose'
import { beforeAll, expect, test } from 'vitest'
import { announce } from '../../src/flow/announce.ts'
import { condemnSigningKey, keepKeysInNeed, rotateSigningKey } from '../../src/flow/rotate-keys.ts'
import { sql } from '../../src/store/database.ts'
import { wake } from '../../src/store/deliveries.ts'
import { testGateway } from '../support/gateway.ts'
import { until } from '../support/house.ts'
import { registration } from '../support/people.ts'
import { startReceiver } from '../support/receiver.ts'
import { type RestClient, restClient } from '../support/rest.ts'
import { accessToken } from '../support/tokens.ts'

const t = await testGateway()
const { owner } = t.database
const receiver = await startReceiver()
const why = { actor: 'operator', reason: 'test' }
let spain: RestClient
beforeAll(async () => {
  spain = await restClient(t, 'spain', ['ssf.manage', 'ssf.read'], { role: 'authority' })
})

const jwks = async () => (await (await fetch(`${t.url}/.well-known/jwks.json`)).json()) as JSONWebKeySet
const shown = async (kid: string) => (await jwks()).keys.some(key => key.kid === kid)
const streamOf = async (more: object) => {
  const events_requested = [`${t.url}/ns/event/v1/candidate.registered`]
  const answer = await spain.post('/ssf/streams', { events_requested, ...more })
  if (answer.status !== 201) throw new Error(await answer.text())
  return ((await answer.json()) as { stream_id: string }).stream_id
}
const poll = async (id: string, body: object = {}) => {
  const answer = await spain.post(`/v1/streams/${id}/poll`, { returnImmediately: true, ...body })
  return Object.entries(((await answer.json()) as { sets: Record<string, string> }).sets)
}
let people = 0
const somebody = () => {
  people += 1
  return t.submit({ person: `w-${people}`, type: 'candidate.registered', at: '2026-01-10T09:00:00Z', payload: registration(people) })
}
/** As if so many days had gone by since it retired. */
const aged = async (kid: string, column: 'retired_at' | 'needed_until', days: number) => {
  await owner.query(sql`update signing_key set ${sql.identifier(column)} = now() - ${days} * interval '1 day' where kid = ${kid}`)
  await announce(t.house)
}
const inForce = async (kid: string) => {
  await owner.query(sql`update signing_key set active_from = now() where kid = ${kid}`)
  await announce(t.house)
  await until('it is in use', async () => (['ES256', 'PS256', 'EdDSA'] as const).some(alg => t.house.keys.setFor(alg)?.kid === kid))
}

test('a new key is published at once and signs at least a quarter of an hour later', async () => {
  const before = t.house.keys.set.kid
  const { kid, activeFrom } = await rotateSigningKey(t.house, 'set', why)
  await until('it is published', () => shown(kid))
  expect(activeFrom.getTime() - Date.now()).toBeGreaterThan(15 * 60_000)
  expect(t.house.keys.set.kid).toBe(before)
  expect(await shown(before)).toBe(true)
  // Asked for again, as after a lost answer: one rotation is enough.
  await expect(rotateSigningKey(t.house, 'set', why)).rejects.toMatchObject({ code: 'conflict', message: expect.stringContaining(kid) })
  const twice = await Promise.allSettled([rotateSigningKey(t.house, 'token', why), rotateSigningKey(t.house, 'token', why)])
  expect(twice.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected'])
  await inForce(kid)
  await aged(before, 'retired_at', 0)
  await until('it signs', async () => t.house.keys.set.kid === kid)
  expect(await shown(before)).toBe(true)
})

test.each(['EdDSA', 'PS256'] as const)('a stream that asks for %s is signed with it, once the operator has such a key', async algorithm => {
  expect((await spain.post('/ssf/streams', { signing_alg: algorithm })).status).toBe(400)
  const { kid } = await rotateSigningKey(t.house, 'set', { algorithm, ...why })
  await until('it is published', () => shown(kid))
  expect((await spain.post('/ssf/streams', { signing_alg: algorithm })).status).toBe(400)
  await inForce(kid)
  const id = await streamOf({ signing_alg: algorithm })
  await somebody()
  const [[, token] = ['', '']] = await poll(id)
  expect(decodeProtectedHeader(token)).toEqual({ alg: algorithm, typ: 'secevent+jwt', kid })
  await jwtVerify(token, createRemoteJWKSet(new URL(`${t.url}/.well-known/jwks.json`)), { issuer: t.url, audience: 'spain' })
})

test('access tokens are signed with ES256 alone', async () => {
  await expect(rotateSigningKey(t.house, 'token', { algorithm: 'PS256', ...why })).rejects.toMatchObject({ code: 'invalid' })
})

test('a retired key is shown as long as a SET by it is not acknowledged, and thirty days more', async () => {
  const id = await streamOf({})
  await somebody()
  const [[jti] = ['']] = await poll(id)
  const old = t.house.keys.set.kid
  await inForce((await rotateSigningKey(t.house, 'set', why)).kid)
  await aged(old, 'retired_at', 400)
  await until('its thirty days are over', async () => !(await shown(old)))
  await keepKeysInNeed(t.house)
  await until('it is needed', () => shown(old))
  await poll(id, { ack: [jti] })
  await owner.query(sql`update delivery set state = 'discarded' where state not in ('accepted', 'refused', 'superseded', 'discarded')`)
  await keepKeysInNeed(t.house)
  expect(await shown(old)).toBe(true)
  await aged(old, 'needed_until', 1)
  await until('it is gone', async () => !(await shown(old)))
})

test('a key that got out leaves the published set at once, and what it signed is signed anew: same jti, iat and claims', async () => {
  const id = await streamOf({})
  await somebody()
  const [[jti, before] = ['', '']] = await poll(id)
  const old = t.house.keys.set.kid
  expect(decodeProtectedHeader(before).kid).toBe(old)
  const { kid, resigned } = await condemnSigningKey(t.house, old, why)
  expect(resigned).toBeGreaterThan(0)
  await until('it is gone', async () => !(await shown(old)))
  expect(await shown(kid)).toBe(true)
  const [[again, after] = ['', '']] = await poll(id)
  expect(again).toBe(jti)
  expect(decodeProtectedHeader(after).kid).toBe(kid)
  expect(decodeJwt(after)).toEqual(decodeJwt(before))
  const keys = createLocalJWKSet(await jwks())
  await jwtVerify(after, keys, { issuer: t.url })
  await expect(jwtVerify(before, keys, { issuer: t.url })).rejects.toThrow()
  expect(await owner.query(sql`select action, reason from audit where about = ${old} order by id desc limit 1`)).toEqual([
    { action: 'key.compromised', reason: 'test' }
  ])
  await expect(condemnSigningKey(t.house, old, why)).rejects.toMatchObject({
    code: 'not-found',
    message: expect.stringContaining('counts no more since')
  })
})

test('a push whose answer was lost goes again signed by the new key, under the same jti and iat', async () => {
  receiver.answer({ status: 500 })
  const id = await streamOf({ delivery: { method: 'urn:ietf:rfc:8935', endpoint_url: receiver.url } })
  await somebody()
  await until('it was tried', async () => {
    const [row] = await owner.query<{ state: string }>(sql`select state from delivery where partner_id = ${id} and attempts = 1`)
    return row?.state === 'due'
  })
  await condemnSigningKey(t.house, t.house.keys.set.kid, why)
  await until('the new key signs', async () => t.house.keys.set.kid !== decodeProtectedHeader(receiver.pushed.at(-1)?.token ?? '').kid)
  receiver.answer({ status: 202 })
  // As a worker leaves it that died before it heard the answer.
  await owner.query(sql`
    update delivery d set state = 'unknown', lease_until = now(), parcel_id = (select parcel_id from parcel_row r where r.delivery_id = d.id) where partner_id = ${id}`)
  await owner.query(wake)
  await until(
    'it is accepted',
    async () => (await owner.query(sql`select 1 as one from delivery where partner_id = ${id} and state = 'accepted'`)).length > 0
  )
  const [first, second] = receiver.pushed
  expect(second?.claims).toEqual(first?.claims)
  expect(second?.token).not.toBe(first?.token)
  await jwtVerify(second?.token ?? '', createLocalJWKSet(await jwks()), { issuer: t.url })
  expect(receiver.pushed).toHaveLength(2)
})

test('access tokens by a key that got out are refused at once, also those that were taken a moment before', async () => {
  expect((await spain.get('/ssf/streams')).status).toBe(200)
  const old = t.house.keys.token.kid
  await condemnSigningKey(t.house, old, why)
  await until('the new key signs', async () => t.house.keys.token.kid !== old)
  expect((await spain.get('/ssf/streams')).status).toBe(401)
  expect(await shown(old)).toBe(false)
  const fresh = await accessToken(t, spain)
  expect((await fetch(`${t.url}/ssf/streams`, { headers: { authorization: `Bearer ${fresh}` } })).status).toBe(200)
})

test('a key that got out is gone also where the word of it could not be followed at first', async () => {
  const { kid } = await rotateSigningKey(t.house, 'set', { algorithm: 'EdDSA', ...why })
  await until('it is published', () => shown(kid))
  const failuresBefore = t.failures.length
  await owner.query(sql`revoke select on signing_key from jisr_app`)
  await owner.query(sql`update signing_key set compromised_at = now(), retired_at = now() where kid = ${kid}`)
  await owner.query(sql`notify jisr_parties`)
  await until('its reading failed', async () => t.failures.length > failuresBefore)
  await owner.query(sql`grant select on signing_key to jisr_app`)
  await until('it is gone', async () => !(await shown(kid)))
})
