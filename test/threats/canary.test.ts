// Persons' data where it does not belong: made-up people with marks in every field go every way there is, and nothing that is kept or told in clear bears a mark.
import { createHash } from 'node:crypto'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import contract from '../../openapi/gateway.json' with { type: 'json' }
import { type FileRow, toCsv, toNdjson } from '../../samples/registration-file.ts'
import { registrationRow, toRegistration } from '../../schemas/registration-row.ts'
import { registerPartner } from '../../src/flow/administer.ts'
import { writeEvidence } from '../../src/flow/evidence.ts'
import { openRequest } from '../../src/flow/rights.ts'
import { sql } from '../../src/store/database.ts'
import { loadSigningKey } from '../../src/trust/keys.ts'
import { startRedis } from '../queue/servers.ts'
import { environmentOf, run, scratch } from '../support/command.ts'
import { testClient } from '../support/gateway.ts'
import { privateJwk, testHouse, until } from '../support/house.ts'
import { registrations } from '../support/registrations.ts'
import { type RunningGateway, runningGateway } from '../support/running.ts'
import { ask, scspRequester } from '../support/scsp.ts'
import { needs } from '../support/skip.ts'
import { signWith } from '../trust/forgery.ts'
import { fresh, type Party, party, pushSet, talk } from './scene.ts'

/** One of them stands in every member of every person below. */
const marks = ['KANARI', 'QZ9182', '69918270', 'Canari', 'canari', 'كناري']

/** The n-th marked person, as a row of a file. */
const marked = (n: number): FileRow => ({
  ...registrations(1, 8_000 + n)[0],
  worker: `canari-${n}`,
  familyName: 'KANARI VOGEL',
  givenNames: 'KANARI ZWITSCHERINE',
  familyNameArabic: 'كناري',
  givenNamesArabic: 'كناري',
  machineReadableName: 'KANARI<VOGEL<<KANARI<ZWITSCHERINE',
  birthPlace: 'Douar Canari',
  card: `QZ9182${n}`,
  passport: `QZ9182${String(n).padStart(3, '0')}`,
  phone: `+21269918270${n}`,
  addressLine: 'Rue du Canari',
  city: 'Canari',
  postalCode: 'QZ9182'
})

const ways = ['SET', 'REST', 'CSV', 'NDJSON'] as const
const wayOf = (passport: string) => ways[Number(passport.slice(-1))]

const t = await testHouse()
const client = await testClient(t, 'anapec', ['set.push', 'placements.read', 'authz.read', 'ssf.manage'], { setBudgetPerMinute: 10_000 })
const receiving = await testClient(t, 'spain', ['ssf.manage', 'ssf.read'], { role: 'authority' })
const requester = await scspRequester(t, 'inspection')
const partnerKey = await loadSigningKey(JSON.stringify(privateJwk()))

/** A partner that repeats what it was told, wherever an answer has room for it. */
const parrot = createServer(async (request, response) => {
  const body = await textOf(request)
  const rows = request.method === 'POST' ? (JSON.parse(body) as { parcel: string; rows: { delivery: string; passport: string }[] }) : null
  const passport = rows?.rows[0]?.passport ?? 'QZ9182'
  const said = `${marks.join(' ')} ${passport}`
  const outcome = (row: { delivery: string }) =>
    wayOf(passport) === 'NDJSON'
      ? { delivery: row.delivery, status: 'accepted', receipt: said }
      : { delivery: row.delivery, status: 'refused', code: passport, reason: said }
  const content =
    wayOf(passport) === 'CSV' ? { parcel: said, rows: said, [passport]: said } : { parcel: rows?.parcel, rows: rows?.rows.map(outcome) }
  const answer = JSON.stringify(content)
  if (rows === null || wayOf(passport) === 'REST') {
    response.writeHead(500, { 'x-canari': passport, 'content-type': 'text/html' }).end(`<h1>${said}</h1>`)
    return
  }
  const digest = (text: string) => createHash('sha256').update(text).digest('base64url')
  const claims = { status: 200, digest: digest(answer), request: digest(String(request.headers['request-signature'])) }
  const signature = await signWith(
    partnerKey,
    { typ: 'response+jwt', kid: partnerKey.kid },
    { ...claims, iat: Math.floor(Date.now() / 1000) }
  )
  response.writeHead(200, { 'content-type': 'application/json', 'response-signature': signature }).end(answer)
})

/** A receiver of pushed events that refuses them in the words of what it was told. */
const gossip = createServer(async (request, response) => {
  const [, payload = ''] = (await textOf(request)).split('.')
  const said = `${marks.join(' ')} ${Buffer.from(payload, 'base64url').toString('utf8')}`
  response.writeHead(400, { 'content-type': 'application/json', 'x-canari': 'QZ9182' })
  response.end(JSON.stringify({ err: 'invalid_request', description: said }))
})

const textOf = async (request: IncomingMessage): Promise<string> => {
  let text = ''
  for await (const chunk of request) text += String(chunk)
  return text
}

/** One folder for both gateways: the file of checkpoints belongs to the database. */
const settings = { LOG_LEVEL: 'debug', OUTBOUND_ALLOW: 'http://127.0.0.1:*', DATA_DIRECTORY: await scratch() }
let gateway: RunningGateway
let anapec: Party
/** Everything that was told to anybody: headers of all answers, bodies of those that are no success. */
const heard: string[] = []

const hear = async (name: string, answer: Promise<Response>): Promise<number> => {
  const response = await answer
  const text = await response.text()
  heard.push(`${name} ${JSON.stringify([...response.headers])} ${response.status >= 400 ? text : ''}`)
  return response.status
}

beforeAll(async () => {
  for (const server of [parrot, gossip]) await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  await registerPartner(
    t.house,
    {
      reason: 'test',
      id: 'parrot',
      name: 'parrot',
      adapter: 'reference',
      role: 'reference',
      settings: { endpoint: `http://127.0.0.1:${(parrot.address() as AddressInfo).port}` },
      jwks: { keys: [{ ...partnerKey.jwk, kid: partnerKey.kid }] },
      subscriptions: [{ type: 'candidate.registered' }]
    },
    'test'
  )
  gateway = await runningGateway(t, settings)
  anapec = await party(gateway, client)
})
// Also where the last test, which starts another, is skipped.
afterAll(() => gateway.end())
afterAll(() => Promise.all([parrot, gossip].map(server => new Promise(resolve => server.close(resolve)))))

const send = (path: string, body: string, type: string, more: Record<string, string> = {}) =>
  fetch(`${gateway.url}${path}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${anapec.token}`, 'content-type': type, ...more },
    body
  })

const eventOf = (n: number) => {
  const { about, type, effectiveAt, payload } = toRegistration(registrationRow.parse(marked(n)))
  return { about, type, effectiveAt, payload }
}
const setOf = (n: number, changes: Record<string, unknown> = {}) => {
  const { about, type, payload } = eventOf(n)
  return anapec.set({ sub_id: { format: 'opaque', id: about }, events: { [`${gateway.issuer}/ns/event/v1/${type}`]: payload }, ...changes })
}
const restOf = (n: number, more: object = {}) => {
  const { type, effectiveAt, payload } = eventOf(n)
  return JSON.stringify({ type, effectiveAt, payload, ...more })
}
const message = (rows: unknown, typ = 'message+jwt') =>
  signWith(partnerKey, { typ, kid: partnerKey.kid }, { message: fresh('canari'), rows, iat: Math.floor(Date.now() / 1000) })

/** Of what was sent whole: whoever has the database alone would test a guess of one person by them. */
const digests: string[] = []

/** Marked people by all four ways in; each way's answer is one that stored them. */
const tellAll = async (from: number): Promise<void> => {
  expect(await hear('SET', pushSet(gateway, anapec.token, await setOf(from)))).toBe(202)
  expect(
    await hear('REST', send(`/v1/placements/canari-${from + 1}/events`, restOf(from + 1, { key: `QZ9182-${from}` }), 'application/json'))
  ).toBe(202)
  for (const [n, text, type] of [
    [from + 2, toCsv([marked(from + 2)]), 'text/csv'],
    [from + 3, toNdjson([marked(from + 3)]), 'application/x-ndjson']
  ] as const) {
    digests.push(createHash('sha256').update(text).digest('hex'))
    const answer = await send('/v1/imports', text, type)
    expect([n, await answer.json()]).toMatchObject([n, { accepted: 1 }])
  }
}

test('PII or secrets in logs: people who are stored, and a partner who repeats what it is told, leave a mark nowhere', async () => {
  await tellAll(0)
  await until('the partner has answered about all four', async () => {
    const [row] = await t.database.owner.query<{ n: number }>(
      sql`select count(distinct p.id)::int as n from attempt a join parcel p on p.id = a.parcel_id where a.ended_at is not null`
    )
    return row?.n === 4
  })
  const outcomes = await t.database.owner.query<{ outcome: string }>(sql`select distinct outcome from attempt where ended_at is not null`)
  expect(outcomes.map(row => row.outcome)).toEqual(expect.arrayContaining(['accepted', 'refused', 'unknown']))
  await noMarks()
})

test('PII or secrets in logs: a person who is corrected, rightly and wrongly, leaves a mark nowhere', async () => {
  const headers = { authorization: `Bearer ${anapec.token}` }
  const { items } = (await (await fetch(`${gateway.url}/v1/placements`, { headers })).json()) as { items: { id: string }[] }
  const correct = (person: object, more: Record<string, string> = {}) =>
    hear(
      'PATCH',
      fetch(`${gateway.url}/v1/placements/${items[0]?.id}`, {
        method: 'PATCH',
        headers: {
          ...headers,
          'content-type': 'application/merge-patch+json',
          'if-match': '*',
          'idempotency-key': fresh('QZ9182'),
          ...more
        },
        body: JSON.stringify({ record: { person } })
      })
    )
  const latin = { family: 'KANARI', given: 'KANARI' }
  expect(await correct({ name: { latin }, birthPlace: { text: 'Canari', country: 'MAR' } })).toBe(200)
  expect(await correct({ name: { latin: { ...latin, family: 'KANARI 1' } } })).toBe(400)
  expect(await correct({ QZ9182: 'KANARI' })).toBe(400)
  expect(await correct({ name: { latin } }, { 'if-match': '"QZ9182"' })).toBe(412)
  await noMarks()
})

test('PII or secrets in logs: refused and malformed requests at every address of the contract are answered without a mark', async () => {
  const bodies: [string, string][] = [
    [
      'application/json',
      JSON.stringify({ [marks[0] as string]: marks, type: marks[1], payload: { person: marks }, setErrs: { QZ9182: marks } })
    ],
    ['application/json', `{"KANARI": "QZ9182`],
    ['application/json', restOf(4, { QZ9182111: 'KANARI' })],
    ['application/merge-patch+json', JSON.stringify({ record: { person: { name: marks, QZ9182: marks } }, KANARI: marks })],
    ['text/xml', '<KANARI passport="QZ9182">Canari</KANARI'],
    ['text/csv', 'KANARI,QZ9182\nCanari,69918270\n'],
    ['application/x-ndjson', '{"KANARI":"QZ9182"}\n{"type":"QZ9182"\n'],
    ['application/secevent+jwt', 'KANARI.QZ9182.Canari'],
    ['application/x-www-form-urlencoded', 'grant_type=KANARI&client_assertion=QZ9182&scope=QZ9182'],
    ['application/KANARI', 'QZ9182']
  ]
  for (const [template, methods] of Object.entries(contract.paths)) {
    const path = `${template.replace(/\{\w+\}/g, 'QZ9182%20KANARI')}?cursor=QZ9182&state=KANARI&stream_id=QZ9182&KANARI=QZ9182`
    for (const method of Object.keys(methods)) {
      for (const authorization of [`Bearer ${anapec.token}`, 'Bearer QZ9182.KANARI.Canari', 'KANARI QZ9182']) {
        const headers = {
          authorization,
          'user-agent': 'KANARI',
          'idempotency-key': 'QZ9182',
          'if-match': '"QZ9182"',
          traceparent: 'KANARI',
          'x-request-id': 'QZ9182'
        }
        for (const [type, body] of method === 'get' || method === 'delete' ? [['', ''] as const] : bodies) {
          const given = body === '' ? { headers } : { headers: { ...headers, 'content-type': type }, body }
          await hear(`${method} ${template}`, fetch(`${gateway.url}${path}`, { method: method.toUpperCase(), ...given }))
        }
      }
    }
  }
  const wrong = [
    { familyName: 'KANARI 1' },
    { passport: 'QZ9182KANARI' },
    { card: 'QZ9182-KANARI' },
    { birthDate: 'QZ9182' },
    { phone: '69918270' },
    { sex: 'KANARI' }
  ]
  for (const change of wrong) {
    const answer = await send('/v1/imports', toNdjson([{ ...marked(5), ...change }]), 'application/x-ndjson')
    const { id, refused } = (await answer.json()) as { id: string; refused: number }
    expect([change, refused]).toEqual([change, 1])
    const rows = await fetch(`${gateway.url}/v1/imports/${id}/rows`, { headers: { authorization: `Bearer ${anapec.token}` } })
    heard.push(await rows.text())
  }
  const { payload } = eventOf(6)
  const broken = { ...payload, person: { ...(payload.person as object), name: { latin: 'KANARI' }, QZ9182000: 1 } }
  const uri = `${gateway.issuer}/ns/event/v1/candidate.registered`
  for (const changes of [
    { events: { [uri]: broken } },
    { events: { [`${uri}.KANARI`]: payload } },
    { iss: 'KANARI' },
    { aud: 'QZ9182' },
    { sub_id: { format: 'KANARI', id: 'QZ9182' } },
    { KANARI: 1, exp: 1 },
    { jti: 'KANARI \u0000' },
    { txn: 'KANARI\n' }
  ]) {
    expect(await hear('SET', pushSet(gateway, anapec.token, await setOf(6, changes)))).toBeGreaterThanOrEqual(400)
  }
  // Somebody else's passport under another name: two people behind one document.
  await hear('REST', send('/v1/placements/canari-9/events', restOf(0, { key: 'QZ9182-9' }), 'application/json'))
  await noMarks()
})

test('PII or secrets in logs: questions over SCSP and messages of partners, right and wrong, leave a mark nowhere', async () => {
  const question = { tipo: 'Pasaporte', documento: 'QZ9182000', empleador: 'F21012349', fecha: '2026-02-10' } as const
  expect(await ask(gateway.url, requester, [question])).toMatchObject({ status: 200 })
  expect((await ask(gateway.url, requester, [{ ...question, fecha: 'KANARI' }])).status).toBeGreaterThanOrEqual(200)
  for (const xml of ['<KANARI>QZ9182</KANARI>', '<a>QZ9182', '<!DOCTYPE KANARI><a/>']) {
    await hear('SCSP', fetch(`${gateway.url}/scsp/inspection`, { method: 'POST', headers: { 'content-type': 'text/xml' }, body: xml }))
  }
  const about = { passport: 'QZ9182000', country: 'MAR' }
  const rows = [
    {
      key: 'QZ9182-a',
      fact: 'candidate.preselected',
      about,
      at: '2026-01-06T09:00:00Z',
      patch: { campaign: 2026, registration: { reason: 'KANARI' } }
    },
    { key: 'QZ9182-b', fact: 'KANARI', about, at: '2026-01-06T09:00:00Z', patch: { KANARI: 'QZ9182' } },
    {
      key: 'QZ9182-c',
      fact: 'candidate.preselected',
      about: { passport: 'QZ9182999', country: 'MAR' },
      at: 'KANARI',
      patch: { QZ9182: 'KANARI' }
    },
    'KANARI QZ9182'
  ]
  const inbound = (body: string) => hear('inbound', fetch(`${gateway.url}/v1/inbound/parrot`, { method: 'POST', body }))
  expect(await inbound(await message(rows))).toBe(202)
  expect(await inbound(await message('KANARI QZ9182'))).toBe(202)
  expect(await inbound(await message(rows, 'KANARI'))).toBe(401)
  expect(await inbound('KANARI QZ9182')).toBe(401)
  await until('every message is read', async () => {
    const left = await t.database.owner.query(sql`select from inbox where state = 'received'`)
    return left.length === 0
  })
  await noMarks()
})

test('PII or secrets in logs: events that are pushed, and a receiver that refuses them in their own words, leave a mark nowhere', async () => {
  const { token } = await party(gateway, receiving)
  const event = `${gateway.issuer}/ns/event/v1/candidate.registered`
  const made = await fetch(`${gateway.url}/ssf/streams`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({
      delivery: {
        method: 'urn:ietf:rfc:8935',
        endpoint_url: `http://127.0.0.1:${(gossip.address() as AddressInfo).port}/`,
        authorization_header: 'Bearer QZ9182'
      },
      events_requested: [event]
    })
  })
  const { stream_id: stream } = (await made.json()) as { stream_id: string }
  expect(made.status).toBe(201)
  expect(await hear('REST', send('/v1/placements/canari-20/events', restOf(20, { key: 'QZ9182-20' }), 'application/json'))).toBe(202)
  await until('the push is refused', async () => {
    const rows = await t.database.owner.query(sql`select from delivery where partner_id = ${stream} and state = 'refused'`)
    return rows.length > 0
  })
  await noMarks()
})

test('PII or secrets in logs: rights that are asked for, an erasure and a file of evidence leave a mark nowhere but in the file', async () => {
  const personOf = async (source: string): Promise<string> => {
    const [row] = await t.database.owner.query<{ id: string }>(
      sql`select person_id::text as id from person_source where source_hash = ${t.house.vault.hashes.sourceId('anapec', source)}`
    )
    return row?.id ?? expect.fail(`${source} is nobody`)
  }
  const asked = { law: 'gdpr', askedOn: new Date().toISOString().slice(0, 10) } as const
  const [one, other] = [await personOf('canari-20'), await personOf('canari-1')]
  await openRequest(t.house, { ...asked, personId: one, kind: 'rectification', words: marks.join(' ') }, 'operator')
  const [placement] = await t.database.owner.query<{ id: string }>(
    sql`select id::text as id from subject where person_id = ${one} and kind = 'placement'`
  )
  const { keys } = t.house
  const sets = keys.published.map(({ jwk, kid }) => ({ ...jwk, kid }))
  const evidence = await writeEvidence(
    t.house,
    { log: keys.log, logs: keys.logs, sets },
    { placement: placement?.id ?? '', actor: 'operator', reason: 'a court asked' }
  )
  expect(() => refuseMarks('the file', evidence.text)).toThrow('the file has the mark')
  expect((await openRequest(t.house, { ...asked, personId: other, kind: 'erasure', words: marks.join(' ') }, 'operator')).outcome).not.toBe(
    null
  )
  await noMarks()
})

test('PII or secrets in logs: an error that the database throws, full of marks, is logged by its class and place', async () => {
  await t.database.owner.query(
    sql.script(`
      create function canary() returns trigger language plpgsql as $$
      begin raise exception 'KANARI QZ9182' using detail = 'Key (number)=(QZ9182000) KANARI', hint = 'Canari', constraint = 'KANARI'; end $$;
      create trigger canary before insert on event for each row execute function canary();
      create trigger canary before insert on quarantine for each row execute function canary()`)
  )
  try {
    expect(await hear('SET', pushSet(gateway, anapec.token, await setOf(7)))).toBeGreaterThanOrEqual(500)
    expect(
      await hear('REST', send('/v1/placements/canari-7/events', restOf(7, { key: 'QZ9182-7' }), 'application/json'))
    ).toBeGreaterThanOrEqual(500)
    await hear('import', send('/v1/imports', toCsv([marked(7)]), 'text/csv'))
    const failedBefore = failures()
    const about = { passport: 'QZ9182000', country: 'MAR' }
    const patch = { campaign: 2026, registration: { languages: [{ language: 'es', cefr: 'A1' }] } }
    const row = { key: 'QZ9182-d', fact: 'candidate.preselected', about, at: '2026-01-07T09:00:00Z', patch }
    expect(await hear('inbound', fetch(`${gateway.url}/v1/inbound/parrot`, { method: 'POST', body: await message([row]) }))).toBe(202)
    await until('the job has failed', async () => failures() > failedBefore)
    await noMarks()
  } finally {
    await t.database.owner.query(sql.script('drop function canary cascade'))
  }
})

const failures = () => gateway.output().split('"what":"job failed","queue":"inbox"').length

test('log injection: whatever is sent, each record is one line of JSON, and no line is a sender’s', async () => {
  const control = String.fromCharCode(27)
  const poison = `x\r\n{"level":"info","station":"forged"}\u2028\u2029${control}[31m`
  const encoded = encodeURIComponent(poison)
  const raw = (path: string, more = '') =>
    talk(gateway.url, [
      Buffer.from(`GET ${path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\nAuthorization: Bearer ${anapec.token}\r\n${more}\r\n`, 'latin1')
    ])
  await raw(`/v1/sets/${encoded}`, `User-Agent: ${control}[31m{"level":"info","station":"forged"}\r\nX-A: \u0085forged\r\n`)
  await raw(`/${encoded}?${encoded}`)
  await raw('/x{"level":"info","station":"forged"}')
  await hear('SET', pushSet(gateway, anapec.token, await setOf(6, { jti: poison })))
  await hear('SET', pushSet(gateway, anapec.token, await setOf(6, { jti: 'a{"level":"info","station":"forged"}' })))
  await hear('inbound', fetch(`${gateway.url}/v1/inbound/${encoded}`, { method: 'POST', body: poison }))
  const lines = gateway
    .output()
    .split('\n')
    .filter(line => line !== '')
  expect(lines.length).toBeGreaterThan(200)
  for (const line of lines) {
    expect(line).toMatch(/^\{"level":"(?:debug|info|warn|error)","time":"[^"]+","role":"api\+worker","pid":\d+,/)
    expect(JSON.parse(line)).toMatchObject({ station: expect.stringMatching(/^[a-z.-]+$/) })
    expect(line).not.toMatch(/forged|\u2028|\u001b/)
  }
  const page = await (await fetch(`${gateway.admin}/status?lang=en`)).text()
  expect(page).not.toMatch(/<script|forged/)
})

test('PII or secrets in logs: what the operator’s commands print has no mark', async () => {
  const environment = await environmentOf(t, await scratch())
  for (const words of [
    ['waiting', 'list', '--json'],
    ['audit', 'list', '--json'],
    ['rights', 'list', '--json'],
    ['partners', 'show', 'parrot']
  ]) {
    const { code, stdout, stderr } = await run(environment, ...words)
    expect([words, code]).toEqual([words, 0])
    refuseMarks(words.join(' '), stdout + stderr)
  }
  // What it finds is of no account here: it says that it has looked at everything, the work of partners last.
  const doctor = await run({ ...environment, ...settings }, 'doctor', '--json')
  const { findings } = JSON.parse(doctor.stdout) as { findings: { check: string }[] }
  expect(findings.length).toBeGreaterThan(10)
  refuseMarks('doctor', doctor.stdout + doctor.stderr)
})

describe.skipIf(!needs('redis-server'))('with the queue in Redis', () => {
  test('PII or secrets in logs: jobs in Redis, failed ones too, hold no mark', async () => {
    await gateway.end()
    const redis = await startRedis()
    try {
      const second = await runningGateway(t, { ...settings, REDIS_URL: redis.backend.url })
      gateway = second
      anapec = await party(gateway, client)
      const before = await attempts()
      expect(await hear('REST', send('/v1/placements/canari-11/events', restOf(11, { key: 'QZ9182-11' }), 'application/json'))).toBe(202)
      await until('the partner has answered', async () => (await attempts()) > before)
      const contents = await redis.contents()
      expect(contents).toContain('partner-reference')
      refuseMarks('Redis', contents)
      await noMarks()
    } finally {
      await gateway.end()
      await redis.remove()
    }
  })
})

const attempts = async (): Promise<number> =>
  (
    await t.database.owner.query<{ n: number }>(
      sql`select count(*)::int as n from attempt a join parcel p on p.id = a.parcel_id where p.partner_id = 'parrot' and a.ended_at is not null`
    )
  )[0]?.n ?? 0

/** A mark as it is, or in the writings that bytes have in logs and tables. */
const refuseMarks = (where: string, text: string): void => {
  for (const mark of marks) {
    const bytes = Buffer.from(mark)
    for (const form of [mark, encodeURIComponent(mark), bytes.toString('hex'), bytes.toString('base64').replace(/.?.?=*$/, '')]) {
      const at = text.indexOf(form)
      if (at >= 0) expect.fail(`${where} has the mark ${mark}: …${text.slice(Math.max(0, at - 200), at + 60)}`)
    }
  }
}

const noMarks = async (): Promise<void> => {
  refuseMarks('the log', gateway.output())
  refuseMarks('an answer', heard.join('\n'))
  for (const path of ['/metrics', '/status?lang=en', '/status?lang=es', '/readyz']) {
    const answer = await fetch(`${gateway.admin}${path}`)
    expect([path, answer.status]).toEqual([path, 200])
    refuseMarks(path, await answer.text())
  }
  const tables = await t.database.owner.query<{ name: string }>(sql`
    select format('%I.%I', n.nspname, c.relname) as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where n.nspname in ('public', 'bullmq') and c.relkind in ('r', 'p') and not c.relispartition order by 1`)
  expect(tables.length).toBeGreaterThan(30)
  for (const { name } of tables) {
    const rows = await t.database.owner.query<{ text: string }>(sql.script(`select x::text as text from ${name} x`))
    refuseMarks(name, rows.map(row => row.text).join('\n'))
    expect([name, digests.filter(digest => rows.some(({ text }) => text.includes(digest)))]).toEqual([name, []])
  }
}

test('PII or secrets in logs: the marks are found where they are', () => {
  expect(() => refuseMarks('a text', 'a row with QZ9182007')).toThrow('a text has the mark QZ9182')
  expect(() => refuseMarks('a text', `\\x00${Buffer.from('KANARI').toString('hex')}`)).toThrow('KANARI')
  expect(() => refuseMarks('a text', Buffer.from('كناري').toString('base64'))).toThrow('كناري')
})
