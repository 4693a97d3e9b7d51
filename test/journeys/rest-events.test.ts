// The REST twin of a SET: the same rules, and idempotent by a key of the sender's own. And how a SET is answered, in the language of its sender.
import { beforeAll, describe, expect, test } from 'vitest'
import { answerLanguages } from '../../src/domain/words/language.ts'
import type { Texts } from '../../src/domain/words/said.ts'
import { domainWords } from '../../src/domain/words/words.ts'
import { findPerson } from '../../src/flow/find-person.ts'
import { httpWords } from '../../src/http/words/words.ts'
import { sql } from '../../src/store/database.ts'
import { testGateway } from '../support/gateway.ts'
import { englishIn, isText } from '../support/languages.ts'
import { messagesOf } from '../support/people.ts'
import { problemOf, readable, restClient } from '../support/rest.ts'
import { fresh, type Party, party } from '../threats/scene.ts'

const t = await testGateway()
const client = await restClient(t, 'agency-one', ['set.push'])
const twin = await restClient(t, 'agency-two', ['set.push'])

const eventOf = (n: number) => {
  const message = messagesOf(n)[0]
  if (message === undefined) throw new Error('the sample has no such worker')
  return { type: message.type as string, effectiveAt: message.effectiveAt, payload: message.payload as Record<string, unknown> }
}

const count = async (table: 'event' | 'idempotency' = 'event'): Promise<number> =>
  (await t.house.database.query(sql`select 1 as one from ${sql.identifier(table)}`)).length

const keyed = (key: string) => ({ 'idempotency-key': key })

test('an event is stored once for its Idempotency-Key, and a repeat gets the first answer, marked as such', async () => {
  const first = await client.post('/v1/placements/p-1/events', eventOf(0), keyed('k-1'))
  expect(first.status).toBe(202)
  expect(first.headers.get('idempotency-replayed')).toBeNull()
  const body = await first.text()
  expect(JSON.parse(body)).toEqual({ eventId: expect.stringMatching(/^[0-9a-f-]{36}$/) })
  const before = await count()
  for (const key of ['k-1', '"k-1"', ' k-1 ']) {
    const again = await client.post('/v1/placements/p-1/events', eventOf(0), keyed(key))
    expect([again.status, await again.text(), again.headers.get('idempotency-replayed')]).toEqual([202, body, 'true'])
    expect(again.headers.get('content-type')).toBe(first.headers.get('content-type'))
  }
  expect(await count()).toBe(before)
})

test('the same key with another body is 422, at another address or for another client it is another key', async () => {
  await client.post('/v1/placements/p-2/events', eventOf(1), keyed('k-2'))
  const reused = await problemOf(await client.post('/v1/placements/p-2/events', eventOf(2), keyed('k-2')))
  expect(reused).toMatchObject({ http: 422, type: `${t.url}/problems/idempotency-key-reused` })
  expect((await client.post('/v1/placements/p-3/events', eventOf(2), keyed('k-2'))).status).toBe(202)
  const foreign = await twin.post('/v1/placements/p-2/events', eventOf(2), keyed('k-2'))
  expect([foreign.status, foreign.headers.get('idempotency-replayed')]).toEqual([202, null])
})

test('twenty at once with one key make one event, and each gets its answer or is asked to come again', async () => {
  const before = await count()
  const answers = await Promise.all(Array.from({ length: 20 }, () => client.post('/v1/placements/p-4/events', eventOf(3), keyed('k-4'))))
  expect(new Set(answers.map(answer => answer.status)).has(202)).toBe(true)
  for (const answer of answers) expect([202, 409]).toContain(answer.status)
  expect(await count()).toBe(before + 1)
})

test('a refusal is kept as well, and a key is needed: in the header or in the body', async () => {
  const { payload: _, ...rest } = eventOf(4)
  const bad = { ...rest, payload: { campaign: 2026 } }
  const first = await client.post('/v1/placements/p-5/events', bad, keyed('k-5'))
  const body = await first.text()
  expect(first.status).toBe(400)
  const again = await client.post('/v1/placements/p-5/events', bad, keyed('k-5'))
  expect([again.status, await again.text(), again.headers.get('idempotency-replayed')]).toEqual([400, body, 'true'])

  expect(await problemOf(await client.post('/v1/placements/p-5/events', eventOf(4)))).toMatchObject({
    http: 400,
    type: `${t.url}/problems/idempotency-key-missing`
  })
  for (const key of ['""', 'x'.repeat(256)])
    expect(await problemOf(await client.post('/v1/placements/p-5/events', eventOf(4), keyed(key)))).toMatchObject({ http: 400 })

  const own = { ...eventOf(4), key: 'own-1' }
  const [one, two] = [await client.post('/v1/placements/p-5/events', own), await client.post('/v1/placements/p-5/events', own)]
  expect([one.status, two.status, await two.text()]).toEqual([202, 202, await one.text()])
  expect(await problemOf(await client.post('/v1/placements/p-5/events', { ...own, effectiveAt: '2026-01-02T00:00:00Z' }))).toMatchObject({
    http: 422
  })
})

test('a key is forgotten after a day, yet its event is not', async () => {
  const first = await (await client.post('/v1/placements/p-6/events', eventOf(5), keyed('k-6'))).json()
  await t.house.database.query(sql`update idempotency set created_at = created_at - interval '25 hours'`)
  const again = await client.post('/v1/placements/p-6/events', eventOf(5), keyed('k-6'))
  expect([again.headers.get('idempotency-replayed'), await again.json()]).toEqual([null, first])
})

test('what died with its process is done by the repeat ten seconds later, once, and refused until then', async () => {
  const first = await (await client.post('/v1/placements/p-7/events', eventOf(6), keyed('k-7'))).json()
  const before = await count()
  // As a process leaves it that is killed between the commit and the answer.
  const killed = (seconds: number) =>
    t.house.database.query(sql`
      update idempotency set status = null, headers = null, body = null, created_at = ${new Date(Date.now() - seconds * 1000)} where body is not null`)
  await killed(5)
  const early = await problemOf(await client.post('/v1/placements/p-7/events', eventOf(6), keyed('k-7')))
  expect(early).toMatchObject({ http: 409, type: `${t.url}/problems/idempotency-key-in-progress` })
  await t.house.database.query(sql`update idempotency set created_at = created_at - interval '6 seconds'`)
  const again = await client.post('/v1/placements/p-7/events', eventOf(6), keyed('k-7'))
  expect([again.status, again.headers.get('idempotency-replayed'), await again.json()]).toEqual([202, null, first])
  expect(await count()).toBe(before)
})

test('no person’s id stands in the table of keys', async () => {
  await client.post('/v1/placements/AB1234567/events', eventOf(6), keyed('k-AB1234567'))
  const rows = await t.house.database.query(sql`select client_id, method, path, headers, encode(body, 'escape') as body from idempotency`)
  expect(rows.length).toBeGreaterThan(0)
  expect(JSON.stringify(rows)).not.toContain('AB1234567')
})

const future = new Date(Date.now() + 3_600_000).toISOString()
const endless = { campaign: 2026, documents: [{ type: 'PASSPORT', number: 'AB1234567', country: 'MAR', expiryDate: '9999-12-31' }] }
const bad: [string, string, Record<string, unknown>, string][] = [
  ['an unknown member', '/v1/placements/p/events', { ...eventOf(7), status: 'x' }, '/status'],
  ['a server’s member', '/v1/placements/p/events', { ...eventOf(7), source: 'si-gecco' }, '/source'],
  ['a type of another kind', '/v1/offers/o/events', eventOf(7), '/type'],
  ['a type made by the gateway', '/v1/placements/p/events', { ...eventOf(7), type: 'record.corrected' }, '/type'],
  ['no instant', '/v1/placements/p/events', { ...eventOf(7), effectiveAt: '2026-01-01' }, '/effectiveAt'],
  [
    'an instant whose year has no four digits in Spain',
    '/v1/placements/p/events',
    { ...eventOf(7), effectiveAt: '1000-01-01T00:00:00Z' },
    '/effectiveAt'
  ],
  [
    'a day after which no year has four digits',
    '/v1/placements/p/events',
    { ...eventOf(7), payload: endless },
    '/payload/documents/0/expiryDate'
  ],
  ['an instant to come', '/v1/placements/p/events', { ...eventOf(7), effectiveAt: future }, '/effectiveAt'],
  ['an unknown member of the payload', '/v1/placements/p/events', { ...eventOf(7), payload: { campaign: 2026, wish: 1 } }, '/payload'],
  ['no payload', '/v1/placements/p/events', { type: 'candidate.registered', effectiveAt: '2026-01-01T00:00:00Z' }, '/payload'],
  ['a payload that is a list', '/v1/placements/p/events', { ...eventOf(7), payload: [] }, '/payload'],
  ['an id of 257 characters', `/v1/placements/${'p'.repeat(257)}/events`, eventOf(7), '/id']
]
test.each(bad)('%s is 400, says where, and stores nothing', async (name, path, body, pointer) => {
  const before = await count()
  const problem = await problemOf(await client.post(path, body, keyed(`bad ${bad.findIndex(([n]) => n === name)}`)))
  expect(problem).toMatchObject({ http: 400, status: 400, contentType: expect.stringContaining('application/problem+json') })
  const errors = problem.errors as { pointer: string }[]
  expect(errors.some(error => error.pointer.startsWith(pointer))).toBe(true)
  for (const error of errors) expect(['pointer', 'code', 'detail']).toEqual(expect.arrayContaining(Object.keys(error)))
  expect(await count()).toBe(before)
})

/** Whatever people read of a problem, in the language that it says it is in. */
const refused: [string, (more: Record<string, string>) => Promise<Response>][] = [
  ...bad.map(([name, path, body]): [string, (more: Record<string, string>) => Promise<Response>] => [
    name,
    more => client.post(path, body, { ...keyed(fresh('key')), ...more })
  ]),
  ['no key', more => client.post('/v1/placements/p-5/events', eventOf(4), more)],
  ['a key that is too long', more => client.post('/v1/placements/p-5/events', eventOf(4), { ...keyed('x'.repeat(256)), ...more })],
  [
    'a key of another body',
    async more => {
      const key = keyed(fresh('key'))
      expect((await client.post('/v1/placements/p-1/events', eventOf(0), key)).status).toBe(202)
      return client.post('/v1/placements/p-1/events', eventOf(1), { ...key, ...more })
    }
  ],
  ['an id of another event', more => client.post('/v1/placements/p-5/events', { ...eventOf(5), key: 'own-1' }, more)],
  ['a NUL in the id', more => client.post('/v1/placements/%00/events', eventOf(3), { ...keyed(fresh('key')), ...more })],
  ['no token', more => fetch(`${t.url}/v1/placements/p/events`, { method: 'POST', headers: more })],
  [
    'what is no JSON',
    more => fetch(`${t.url}/v1/placements/p/events`, { method: 'POST', body: '{', headers: { ...jsonOf(client.token), ...more } })
  ],
  [
    'another type',
    more =>
      fetch(`${t.url}/v1/placements/p/events`, {
        method: 'POST',
        body: 'x',
        headers: { ...jsonOf(client.token), 'content-type': 'text/csv', ...more }
      })
  ]
]
const jsonOf = (token: string) => ({ authorization: `Bearer ${token}`, 'content-type': 'application/json' })

test.each(refused)('%s is told in the language that is asked for', async (_, send) => {
  const texts: string[] = []
  for (const language of ['es', 'fr']) {
    const [told, english, text] = await readable(await send({ 'accept-language': language }))
    expect([text, told, english]).toEqual([text, language, null])
    texts.push(text)
  }
  expect(texts[0]).not.toBe(texts[1])
})

test('a repeat under an Idempotency-Key gets the first answer, and in which language that was', async () => {
  const send = (language: string) =>
    client.post('/v1/placements/p-5/events', { ...eventOf(4), payload: {} }, { ...keyed('k-language'), 'accept-language': language })
  const first = await readable(await send('fr'))
  expect(first[0]).toBe('fr')
  const again = await send('es')
  expect(again.headers.get('idempotency-replayed')).toBe('true')
  expect(await readable(again)).toEqual(first)
})

test.each(['/v1/imports/none', '/v1/placements/none', '/v1/imports/none/rows?limit=x', '/v1/placements?state=no%20state&cursor=x'])(
  'what is wrong with %s is told in the language that is asked for, each fault too',
  async path => {
    const answer = await client.get(path, { 'accept-language': 'fr' })
    const [language, english, text] = await readable(answer)
    expect([text, language, english]).toEqual([text, 'fr', null])
  }
)

test('an event that the operator has not granted to a client is 403', async () => {
  const narrow = await restClient(t, 'narrow', ['set.push'])
  await t.house.database.query(sql`update client set event_types = array['candidate.preselected'] where id = 'narrow'`)
  await t.house.directory.refresh()
  expect(await problemOf(await narrow.post('/v1/placements/p-9/events', eventOf(9), keyed('k')))).toMatchObject({
    http: 403,
    type: `${t.url}/problems/forbidden`
  })
})

test('an offer is told by its own id', async () => {
  const answer = await client.post(
    '/v1/offers/O-9/events',
    { type: 'offer.withdrawn', effectiveAt: '2026-01-01T00:00:00Z', payload: {} },
    keyed('k-9')
  )
  expect(answer.status).toBe(202)
})

test('without the scope it is 403', async () => {
  const reader = await restClient(t, 'reader', ['authz.read'])
  expect((await reader.post('/v1/placements/p/events', eventOf(0), keyed('k'))).status).toBe(403)
})

test.each([
  ['a NUL', '%00'],
  ['a line end', 'a%0d%0ab']
])('a person whose id holds %s is refused: it could not be told apart from another', async (_what, id) => {
  const before = await count()
  const problem = await problemOf(await client.post(`/v1/placements/${id}/events`, eventOf(3), keyed(`odd-${id}`)))
  expect([problem.status, problem.errors]).toEqual([400, [expect.objectContaining({ code: 'characters' })]])
  expect(await count()).toBe(before)
})

test('a key that holds half a character is refused', async () => {
  const problem = await problemOf(await client.post('/v1/placements/p-odd/events', { ...eventOf(3), key: 'k\ud800' }))
  expect(problem.status).toBe(400)
})

describe('a SET that is refused', () => {
  let sender: Party
  let narrow: Party
  let bound: Party
  beforeAll(async () => {
    const address = { url: t.url, issuer: t.url }
    sender = await party(address, await restClient(t, 'sender', ['set.push']))
    bound = await party(address, await restClient(t, 'bound-sender', ['set.push'], { agency: 'ANP-KEN-01' }))
    narrow = await party(address, await restClient(t, 'narrow-sender', ['set.push']))
    await t.house.database.query(sql`update client set event_types = null where id = 'sender'`)
    await t.house.database.query(sql`update client set event_types = array['candidate.preselected'] where id = 'narrow-sender'`)
    await t.house.directory.refresh()
  })

  const push = (set: string, language: string, { token } = sender) =>
    fetch(`${t.url}/v1/sets`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/secevent+jwt', 'accept-language': language },
      body: set
    })
  const setOf = (person: string, type: string, payload: object, more: object = {}, by = sender) =>
    by.set({ sub_id: { format: 'opaque', id: person }, events: { [`${t.url}/ns/event/v1/${type}`]: payload }, ...more })
  const registered = async (changes: object = {}, documents: object[] | undefined = undefined): Promise<string> => {
    const person = fresh('worker')
    const told = eventOf(8).payload
    const payload = { ...told, person: { ...(told.person as object), ...changes }, ...(documents && { documents }) }
    expect((await push(await setOf(person, 'candidate.registered', payload), 'en')).status).toBe(202)
    return person
  }
  const idOf = async (person: string) => (await findPerson(t.house, { client: 'sender', value: person }, 'test'))[0]?.id as string
  const dates = { reference: 'C-1', signedAt: '2026-01-05' }
  const contract = (start: string, end: string) => ({ contract: { ...dates, start, end } })
  const visaOf = async (filedAtMs: number, expiryDate: string) =>
    setOf(
      await registered({}, [{ type: 'PASSPORT', number: 'AB1234567', country: 'MAR', expiryDate }]),
      'visa.requested',
      { visa: { batchId: 'B-1' } },
      { toe: filedAtMs / 1_000 }
    )
  const feeProof = { model: '790', code: '062', number: '790062', date: '2026-01-05', amount: '10.20', paidBy: 'WORKER' }

  const refusals: [string, () => Promise<string>][] = [
    [
      'worker-charge',
      () => setOf(fresh('worker'), 'authorization.requested', { request: { requestId: 'S-1', filedAt: '2026-01-06', feeProof } })
    ],
    ['birth-date-future', async () => setOf(await registered(), 'person.corrected', { person: { birthDate: '2031-01-01' } })],
    ['passport-expiry', () => visaOf(Date.parse('2026-01-28T10:00:00Z'), '2026-06-01')],
    ['passport-expiry', () => visaOf(Date.parse('2025-01-28T10:00:00Z'), '2025-03-01')],
    [
      'under-age',
      async () => setOf(await registered({ birthDate: '2009-05-05' }), 'contract.signed', contract('2026-01-12', '2026-05-01'))
    ],
    [
      'under-age-perhaps',
      async () => setOf(await registered({ birthDate: '2008-XX-XX' }), 'contract.signed', contract('2026-01-12', '2026-05-01'))
    ],
    ...['2020-02-01', '2023-02-01', '2026-02-01'].map((start): [string, () => Promise<string>] => [
      'nine-month-cap',
      async () =>
        setOf(await registered(), 'contract.signed', contract(start, start.replace('02-01', '12-24')), { toe: Date.parse(start) / 1_000 })
    ]),
    ['which-authorization', () => setOf(fresh('worker'), 'authorization.renewed', { authorization: { validTo: '2029-01-01' } })],
    [
      'person-erased',
      async () => {
        const person = await registered()
        await t.database.owner.query(sql`update person set wrapped_key = null, erased_at = now() where id = ${await idOf(person)}`)
        return setOf(person, 'contract.signed', contract('2026-01-12', '2026-05-01'))
      }
    ],
    [
      'person-blocked',
      async () => {
        const person = await registered()
        await t.database.owner.query(sql`update person set wrapped_key = null, blocked_at = now() where id = ${await idOf(person)}`)
        return setOf(person, 'contract.signed', contract('2026-01-12', '2026-05-01'))
      }
    ],
    ['payload-unfit', () => setOf(fresh('worker'), 'candidate.registered', {})],
    ['type-unknown', () => setOf(fresh('worker'), 'candidate.praised', {})],
    [
      'jti-used',
      async () => {
        const jti = fresh('jti')
        expect((await push(await setOf(fresh('worker'), 'candidate.registered', eventOf(8).payload, { jti }), 'en')).status).toBe(202)
        return setOf(fresh('worker'), 'candidate.registered', eventOf(8).payload, { jti })
      }
    ]
  ]
  const isRule = (id: string) => id in domainWords.en && id !== 'another-agency' && id !== 'type-not-granted'
  const told = (id: string, texts: Texts, http: Texts): string =>
    isRule(id) ? (http.objection as string).replace('{said}', texts[id] as string) : ((texts[id] ?? http[id]) as string)

  const expectTold = async (id: string, set: string, by = sender): Promise<void> => {
    for (const language of [...answerLanguages, ...answerLanguages]) {
      const response = await push(set, language, by)
      expect([response.status, response.headers.get('content-language')]).toEqual([expect.toBeOneOf([400, 403]), language])
      expect(response.headers.get('vary')).toBe('Accept-Language')
      const { description } = (await response.json()) as { description: string }
      expect([description, isText(told(id, domainWords[language], httpWords[language]), description)]).toEqual([description, true])
      if (language !== 'en') expect([description, englishIn(description)]).toEqual([description, null])
    }
  }

  test.each(refusals)('is told why in the language asked for, a repeat as well: %s', async (id, make) => {
    await expectTold(id, await make())
  })

  test('is told why in the language asked for, where its sender may not tell it', async () => {
    await expectTold('type-not-granted', await setOf(fresh('worker'), 'candidate.registered', eventOf(8).payload, {}, narrow), narrow)
    const elsewhere = { ...eventOf(8).payload, registration: { agency: 'ANP-BEM-01' } }
    await expectTold('another-agency', await setOf(fresh('worker'), 'candidate.registered', elsewhere, {}, bound), bound)
  })

  test('for its payload is told where, which rule and what to do, fault by fault', async () => {
    const { person: _, ...told } = eventOf(8).payload
    const set = await setOf(fresh('worker'), 'candidate.registered', { ...told, campaign: 2026.5, health: 'good' })
    const { description } = (await (await push(set, 'fr')).json()) as { description: string }
    expect(description.split('\u00a0; ').map(fault => fault.replace(/^.+\u00a0: (?=\/)/, ''))).toEqual(
      expect.arrayContaining([
        '/person required (Ce membre manque\u00a0: ajoutez-le)',
        '/campaign type (Ce doit être un nombre entier)',
        '/health never-collected (Santé\u00a0: la passerelle ne recueille cela de personne. Supprimez-le)'
      ])
    )
  })

  test('before its words were kept by their id is told them in English, and that they are', async () => {
    const jti = fresh('jti')
    const set = await setOf(fresh('worker'), 'authorization.renewed', { authorization: { validTo: '2029-01-01' } }, { jti })
    const first = (await (await push(set, 'en')).json()) as { description: string }
    await t.database.owner.query(
      sql`update seen set answer = answer - 'said' where key_hash = ${t.house.vault.hashes.messageKey('sender', jti)}`
    )
    const again = await push(set, 'fr')
    expect([await again.json(), again.headers.get('content-language')]).toEqual([first, 'en'])
  })
})
