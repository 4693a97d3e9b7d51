// Signed calls without a token have limits: an address before anybody knows who it is, a partner or requester after.
import { importJWK, SignJWT } from 'jose'
import { expect, test } from 'vitest'
import { networkOf } from '../../src/http/address.ts'
import { sql } from '../../src/store/database.ts'
import { scriptedPartner } from '../support/by-hand.ts'
import { testGateway } from '../support/gateway.ts'
import { sampleCif } from '../support/histories.ts'
import { privateJwk } from '../support/house.ts'
import { problemOf } from '../support/rest.ts'
import { ask, type Question, scspRequester } from '../support/scsp.ts'

const t = await testGateway({ limits: { addressPerMinute: 12, partnerPerMinute: 3 } })
const key = privateJwk()
const { d: _secret, ...publicKey } = key
for (const id of ['office', 'other']) await scriptedPartner(t, 'reference', id, { subscriptions: [], jwks: { keys: [publicKey] } })
const spain = await scspRequester(t, 'spain')
const question: Question = { tipo: 'Pasaporte', documento: 'ZZ9999999', empleador: sampleCif(0), fecha: '2026-03-01' }

let messages = 0
const push = async (partner: string, signer = key) => {
  const body = await new SignJWT({ message: `m-${++messages}`, rows: [{ key: 'k' }] })
    .setProtectedHeader({ alg: 'ES256', typ: 'message+jwt', kid: key.kid })
    .setIssuedAt()
    .sign(await importJWK(signer, 'ES256'))
  return fetch(`${t.url}/v1/inbound/${partner}`, { method: 'POST', headers: { 'content-type': 'application/jose' }, body })
}
const stored = async () => (await t.house.database.query(sql`select id from inbox`)).length

test('a partner gets 429 beyond its messages of a minute, and another partner goes on', async () => {
  const statuses: number[] = []
  // What somebody else signed is not counted against it.
  statuses.push((await push('office', { ...privateJwk(), kid: key.kid })).status)
  for (let i = 0; i < 3; i++) statuses.push((await push('office')).status)
  expect(statuses).toEqual([401, 202, 202, 202])
  const answer = await push('office')
  expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0)
  expect(await problemOf(answer)).toMatchObject({
    http: 429,
    contentType: expect.stringContaining('application/problem+json'),
    'violated-policies': ['partner-messages-per-minute']
  })
  expect(await stored()).toBe(3)
  expect((await push('other')).status).toBe(202)
})

test('a requester gets SCSP’s own fault 0901, signed, with 429 and when to come back', async () => {
  const answers = []
  for (let i = 0; i < 4; i++) answers.push(await ask(t.url, spain, [question]))
  expect(answers.map(({ status, code }) => [status, code])).toEqual([
    [200, '0003'],
    [200, '0003'],
    [200, '0003'],
    [429, '0901']
  ])
  expect(answers[3]?.retryAfter).toBeGreaterThan(0)
})

test('an address that sends more than its share is refused before anything is read, in the dialect of each surface', async () => {
  const before = await stored()
  let refused = await push('nobody')
  for (let i = 0; i < 12 && refused.status !== 429; i++) refused = await push('nobody')
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0)
  expect(await problemOf(refused)).toMatchObject({ http: 429, 'violated-policies': ['calls-per-address'] })
  expect(await ask(t.url, spain, [question])).toMatchObject({ status: 429, code: '0901', retryAfter: expect.any(Number) })
  expect(await stored()).toBe(before)
  expect((await fetch(`${t.url}/healthz`)).status).toBe(200)
})

test.each([
  ['192.0.2.7', '192.0.2.7'],
  ['::ffff:192.0.2.7', '192.0.2.7'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2'],
  ['2001:db8:1:2::99', '2001:db8:1:2'],
  ['2001:0DB8::1', '2001:db8:0:0'],
  ['::1', '0:0:0:0'],
  ['fe80::1%eth0', 'fe80:0:0:0']
])('%s counts as %s', (address, network) => {
  expect(networkOf(address)).toBe(network)
})
