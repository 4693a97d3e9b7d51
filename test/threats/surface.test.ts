// Threats to whoever reads what comes in: clocks that differ, members nobody asked for, hostile XML and JSON, formulas, bodies without end, sockets that idle.
import { request as httpRequest } from 'node:http'
import { connect, type Socket } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'
import { beforeAll, expect, test } from 'vitest'
import { toCsv } from '../../samples/registration-file.ts'
import { type CellContent, sheetXml, workbookParts } from '../../samples/spreadsheet.ts'
import { zip } from '../../samples/zip.ts'
import { registrationColumns } from '../../schemas/registration-row.ts'
import { openStream, registerPartner } from '../../src/flow/administer.ts'
import { sql } from '../../src/store/database.ts'
import { testClient, testGateway } from '../support/gateway.ts'
import { until } from '../support/house.ts'
import { messagesOf } from '../support/people.ts'
import { registrations } from '../support/registrations.ts'
import { grantWorker, scspRequester } from '../support/scsp.ts'
import { forge } from '../trust/forgery.ts'
import { askToken, fresh, nowSeconds, type Party, party, pushSet, quickestMs, talk, told, trap, useBearer } from './scene.ts'

/** Wall time of the gateway: the machine's, unless a test holds it. */
let heldAt: number | null = null
const clock = { wall: () => new Date(heldAt ?? Date.now()), campaign: () => new Date() }
const t = await testGateway({ clock, timeouts: { requestMs: 2_000, headersMs: 1_500, checkEveryMs: 250 } })
const gateway = { url: t.url, issuer: t.url }
const budgets = { tokenBudgetPerMinute: 100_000, setBudgetPerMinute: 100_000 }
const scopes = ['set.push', 'ssf.read', 'placements.read', 'authz.read']
const clients = {
  anapec: await testClient(t, 'anapec', scopes, budgets),
  first: await testClient(t, 'first', ['ssf.read', 'authz.read'], { ...budgets, role: 'authority' }),
  second: await testClient(t, 'second', ['ssf.read', 'authz.read'], { ...budgets, role: 'authority' })
}
for (const id of ['first', 'second']) {
  await openStream(
    t.house,
    {
      reason: 'test',
      id: `${id}-stream`,
      clientId: id,
      role: 'reference',
      audience: `https://${id}.test`,
      fields: ['authorization.fileNumber'],
      subscriptions: [{ type: 'authorization.granted' }]
    },
    'test'
  )
}
await scspRequester(t, 'inspection')
await registerPartner(
  t.house,
  {
    reason: 'test',
    id: 'gecco',
    name: 'gecco',
    adapter: 'reference',
    role: 'reference',
    settings: { endpoint: 'http://g.invalid' },
    subscriptions: []
  },
  'test'
)

let anapec: Party
let first: Party
let second: Party
beforeAll(async () => {
  anapec = await party(gateway, clients.anapec)
  first = await party(gateway, clients.first)
  second = await party(gateway, clients.second)
})

const post = (
  path: string,
  body: string | Uint8Array<ArrayBuffer>,
  type = 'application/json',
  more: Record<string, string> = {},
  by = anapec
) => fetch(`${t.url}${path}`, { method: 'POST', headers: { authorization: `Bearer ${by.token}`, 'content-type': type, ...more }, body })

const countOf = async (table: string): Promise<number> =>
  (await t.database.owner.query<{ n: number }>(sql`select count(*)::int as n from ${sql.identifier(table)}`))[0]?.n ?? 0

test('clock skew: 60 seconds are forgiven, 61 are not, in SETs, assertions and access tokens', async () => {
  const at = nowSeconds()
  heldAt = at * 1_000
  try {
    const pushed = async (changes: Record<string, unknown>) =>
      told(pushSet(gateway, anapec.token, await anapec.set({ jti: fresh('skew'), ...changes })))
    expect(await pushed({ iat: at + 60 })).toBe('202')
    expect(await pushed({ iat: at + 61 })).toBe('400 invalid_request')
    expect(await pushed({ iat: at, toe: at + 61 })).toBe('400 invalid_request')
    const asked = async (changes: Record<string, unknown>) => told(askToken(gateway, await anapec.assertion(changes)))
    expect(await asked({ iat: at + 60, exp: at + 100 })).toBe('200')
    expect(await asked({ iat: at + 61, exp: at + 100 })).toBe('401 invalid_client')
    expect(await asked({ nbf: at + 61, exp: at + 100 })).toBe('401 invalid_client')
    expect(await asked({ exp: at - 59 })).toBe('200')
    expect(await asked({ exp: at - 60 })).toBe('401 invalid_client')
    const { token } = await party(gateway, clients.anapec)
    heldAt = (at + 300 + 59) * 1_000
    expect(await told(useBearer(gateway, token))).toBe('404 not-found')
    heldAt = (at + 300 + 61) * 1_000
    expect(await told(useBearer(gateway, token))).toBe('401 invalid-token')
  } finally {
    heldAt = null
  }
})

test('mass assignment: members that the server sets are refused, and nothing is stored', async () => {
  const [message] = messagesOf(30)
  const body = { type: 'candidate.registered', effectiveAt: message?.effectiveAt, payload: message?.payload, key: fresh('mass') }
  const before = await countOf('event')
  for (const member of ['status', 'client_id', 'clientId', 'role', 'iss', 'stream_id', 'aud', 'version', 'id', 'state', 'source']) {
    const answer = await post('/v1/placements/w-mass/events', JSON.stringify({ ...body, [member]: 'admin' }))
    expect([member, await told(answer)]).toEqual([member, '400 validation'])
    const within = await post('/v1/placements/w-mass/events', JSON.stringify({ ...body, payload: { ...body.payload, [member]: 'admin' } }))
    expect([member, await told(within)]).toEqual([member, '400 validation'])
  }
  expect(await countOf('event')).toBe(before)
  expect(await told(post('/v1/placements/w-mass/events', JSON.stringify(body)))).toBe('202')

  // The row that there is now, changed by whoever may change it.
  const listed = await (await fetch(`${t.url}/v1/placements`, { headers: { authorization: `Bearer ${anapec.token}` } })).json()
  const address = `/v1/placements/${(listed as { items: { id: string }[] }).items[0]?.id}`
  const rows = () => t.database.owner.query(sql`select * from record order by subject_id, version`)
  const [stored, person] = [await rows(), { birthDate: '1990-05-04' }]
  const patch = async (changed: object) => {
    const headers = { authorization: `Bearer ${anapec.token}`, 'content-type': 'application/merge-patch+json', 'if-match': '*' }
    return told(await fetch(`${t.url}${address}`, { method: 'PATCH', headers, body: JSON.stringify(changed) }))
  }
  for (const member of [
    'status',
    'client_id',
    'role',
    'iss',
    'stream_id',
    'aud',
    'version',
    'id',
    'state',
    'campaign',
    'updatedAt',
    'agency'
  ])
    for (const changed of [
      { record: { person }, [member]: 'admin' },
      { record: { person, [member]: 'admin' } },
      { record: { person: { ...person, [member]: 'admin' } } }
    ])
      expect([changed, await patch(changed)]).toEqual([changed, '400 validation'])
  expect(await rows()).toEqual(stored)
  expect(await patch({ record: { person } })).toBe('200')
})

const soap = (inner: string) => `<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>${inner}</s:Body></s:Envelope>`

/** Refused by both ways in for XML, as each refuses: a SOAP fault with SCSP's code, a problem; within a second, and nothing stored. */
const refusedAsXml = async (name: string, xml: string): Promise<string> => {
  const quickest = await quickestMs(3, async () => {
    const asked = await fetch(`${t.url}/scsp/inspection`, { method: 'POST', headers: { 'content-type': 'text/xml' }, body: xml })
    answered = await asked.text()
    expect([name, asked.status, /CodigoEstado>(\d{4})</.exec(answered)?.[1]]).toEqual([name, 500, '0226'])
  })
  expect([name, quickest < 1_000]).toEqual([name, true])
  const pushed = await fetch(`${t.url}/v1/inbound/gecco`, { method: 'POST', headers: { 'content-type': 'text/xml' }, body: xml })
  expect([name, await told(pushed)]).toEqual([name, '401 unauthenticated'])
  return answered
}
let answered = ''

test('XXE, billion laughs: a DOCTYPE of any kind is refused before anything is parsed or fetched', async () => {
  const { url, hits } = await trap()
  const laughs = ['<!ENTITY a0 "ha">', ...Array.from({ length: 20 }, (_, i) => `<!ENTITY a${i + 1} "${`&a${i};`.repeat(10)}">`)].join('')
  const documents: [string, string][] = [
    ['a file', `<?xml version="1.0"?><!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]>${soap('<r>&x;</r>')}`],
    ['an address', `<!DOCTYPE r [<!ENTITY x SYSTEM "${url}/x">]>${soap('<r>&x;</r>')}`],
    ['an external subset', `<!DOCTYPE r SYSTEM "${url}/x.dtd">${soap('<r/>')}`],
    ['a parameter entity', `<!DOCTYPE r [<!ENTITY % p SYSTEM "${url}/p">%p;]>${soap('<r/>')}`],
    ['nested entities', `<!DOCTYPE r [${laughs}]>${soap('<r>&a20;</r>')}`],
    ['a DOCTYPE that nothing uses', `<!DOCTYPE r>${soap('<r/>')}`],
    ['a stylesheet', `<?xml-stylesheet href="${url}/s.xsl"?>${soap('<r/>')}`],
    ['an entity of nobody', soap('<r>&x;</r>')]
  ]
  for (const [name, xml] of documents) expect(await refusedAsXml(name, xml)).not.toMatch(/root:|haha/)
  expect(hits()).toBe(0)
  expect(await countOf('inbox')).toBe(0)
})

test('XML depth, element count, second root: refused at the limit, not after', async () => {
  const deep = 200_000
  const documents: [string, string][] = [
    ['nested 200,000 deep', soap('<a>'.repeat(deep) + '</a>'.repeat(deep))],
    ['nested 33 deep', soap('<a>'.repeat(33) + '</a>'.repeat(33))],
    ['100,000 attributes', soap(`<a ${Array.from({ length: 100_000 }, (_, i) => `a${i}=""`).join(' ')}/>`)],
    ['200,001 elements', soap('<a/>'.repeat(200_001))],
    ['a second root', `${soap('<a/>')}<b/>`],
    ['white space', '  \n\t '],
    ['nothing but a comment', '<!-- -->']
  ]
  for (const [name, xml] of documents) await refusedAsXml(name, xml)
})

test('prototype pollution through xml2js / JSON: such names are refused, and no object is changed', async () => {
  for (const name of ['__proto__', 'constructor', 'prototype', 'x:__proto__']) {
    const declared = name.includes(':') ? ' xmlns:x="urn:x"' : ''
    await refusedAsXml(`a tag ${name}`, soap(`<a${declared}><${name}><polluted>1</polluted></${name}></a>`))
    await refusedAsXml(`an attribute ${name}`, soap(`<a${declared} ${name}="1"/>`))
  }
  const bodies = [
    '{"__proto__":{"polluted":1}}',
    '{"a":{"constructor":{"prototype":{"polluted":1}}}}',
    '{"setErrs":{"__proto__":{"err":"x"}}}'
  ]
  for (const body of bodies) {
    expect([body, await told(post('/v1/streams/first-stream/poll', body, 'application/json', {}, first))]).toEqual([body, '400 validation'])
    const event = `{"type":"candidate.registered","effectiveAt":"2026-01-05T09:00:00Z","key":"k","payload":${body}}`
    expect([body, await told(post('/v1/placements/w/events', event))]).toEqual([body, '400 validation'])
    const { accepted, refused } = (await (await post('/v1/imports', `${event}\n`, 'application/x-ndjson')).json()) as Record<string, number>
    expect([accepted, refused]).toEqual([0, 1])
    const set = forge({ alg: 'ES256', typ: 'secevent+jwt', kid: anapec.signer.kid }, JSON.parse(body))
    expect(await told(pushSet(gateway, anapec.token, set))).toMatch(/^400 invalid_(?:request|key)$/)
  }
  expect(({} as Record<string, unknown>).polluted).toBeUndefined()
  expect(Object.keys(Object.prototype)).toEqual([])
})

const xlsx = 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet'
const sheetWith = (content: string): Buffer<ArrayBuffer> =>
  zip(workbookParts({ sheets: [content] }).map(part => ({ ...part, isDeflated: true })))

test('hostile spreadsheets: bombs, DOCTYPEs and archives of two meanings are refused as a whole, and nothing is stored', async () => {
  const list = sheetXml([['worker'], ['w']])
  const twice = zip([...workbookParts({ sheets: [list] }), { name: 'XL/worksheets/sheet1.xml', content: list }])
  const hostile: [Buffer<ArrayBuffer>, string][] = [
    [sheetWith(list + ' '.repeat(64 * 1024 * 1024)), '413 too-large'],
    [
      sheetWith(list.replace('<worksheet', '<!DOCTYPE a [<!ENTITY e SYSTEM "file:///etc/passwd">]><worksheet').replace('>w<', '>&e;<')),
      '400 validation'
    ],
    [twice, '400 validation']
  ]
  for (const [file, expected] of hostile) {
    const answer = await post('/v1/imports', file, xlsx)
    const { type } = (await answer.json()) as { type: string }
    expect(`${answer.status} ${type.split('/').at(-1)}`).toBe(expected)
  }
  expect(await t.house.database.query(sql`select id from import where format = 'xlsx'`)).toEqual([])
})

test('cells that are not what they seem: a passport that became a number and a day without its century refuse their row, a hidden row the file', async () => {
  const [row] = registrations(1, 8_000)
  const cells = registrationColumns.map((name): CellContent => row?.[name])
  const withCell = (column: (typeof registrationColumns)[number], cell: CellContent) =>
    cells.with(registrationColumns.indexOf(column), cell)
  const rows = [[...registrationColumns], withCell('passport', 12345), withCell('birthDate', name => `<c r="${name}" s="9"><v>9</v></c>`)]
  const answer = (await (await post('/v1/imports', sheetWith(sheetXml(rows)), xlsx)).json()) as { accepted: number; refused: number }
  expect(answer).toMatchObject({ accepted: 0, refused: 2 })
  const hidden = sheetXml(rows).replace('<row r="2"', '<row r="2" hidden="1"')
  expect((await post('/v1/imports', sheetWith(hidden), xlsx)).status).toBe(400)
})

test('CSV injection in exports: there is no export of tables, and a name that is a formula is no name', async () => {
  const document = await (await fetch(`${t.url}/openapi.json`)).text()
  const answers = Object.values((JSON.parse(document) as { paths: Record<string, Record<string, { responses: object }>> }).paths)
    .flatMap(path => Object.values(path))
    .map(operation => JSON.stringify(operation.responses))
  expect(answers.length).toBeGreaterThan(15)
  for (const answer of answers) expect(answer).not.toMatch(/text\/csv|spreadsheet|ms-excel|text\/tab-separated/)
  const formulas = ['=1+1', '+1', '-1', '@SUM(A1)', '\t=1', '\r=1', '＝1+1', '=HYPERLINK("http://a","b")', "'=1"]
  const rows = registrations(formulas.length, 7_000).map((row, place) => ({ ...row, familyName: formulas[place] ?? '' }))
  const answer = (await (await post('/v1/imports', toCsv(rows), 'text/csv')).json()) as { id: string; accepted: number; refused: number }
  expect(answer).toMatchObject({ accepted: 0, refused: formulas.length })
  const told = await fetch(`${t.url}/v1/imports/${answer.id}/rows`, { headers: { authorization: `Bearer ${anapec.token}` } })
  const text = await told.text()
  expect((JSON.parse(text) as { rows: { pointer: string }[] }).rows.map(row => row.pointer)).toEqual(formulas.map(() => '/familyName'))
  for (const formula of ['SUM', 'HYPERLINK', '1+1', '＝']) expect(text).not.toContain(formula)
})

test('slowloris, slow body, idle sockets: what drips is closed with 408 in time, and others are served meanwhile', async () => {
  const drip = Array.from({ length: 30 }, () => 'X-A: b\r\n')
  const slow = [
    talk(t.url, ['GET /healthz HTTP/1.1\r\nHost: a\r\n', ...drip], { everyMs: 200 }),
    ...['/oauth/token', '/v1/sets', '/v1/placements/w/events', '/v1/inbound/gecco', '/scsp/inspection'].map(path =>
      talk(
        t.url,
        [
          `POST ${path} HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${anapec.token}\r\nContent-Type: ${typeFor(path)}\r\nContent-Length: 1000\r\n\r\n`,
          ...Array.from({ length: 30 }, () => 'a')
        ],
        { everyMs: 200 }
      )
    )
  ]
  const idle = Array.from({ length: 200 }, () => talk(t.url, ['GET /healthz HTTP/1.1\r\n'], { patienceMs: 15_000 }))
  expect(await quickestMs(3, async () => expect((await fetch(`${t.url}/healthz`)).status).toBe(200))).toBeLessThan(1_000)
  for (const { answer, closedAfterMs } of await Promise.all(slow)) {
    expect(answer).toMatch(/^HTTP\/1\.1 408 /)
    expect(closedAfterMs).toBeLessThan(10_000)
  }
  for (const { closedAfterMs } of await Promise.all(idle)) expect(closedAfterMs).not.toBeNull()
})

const typeFor = (path: string): string =>
  path === '/oauth/token'
    ? 'application/x-www-form-urlencoded'
    : path === '/v1/sets'
      ? 'application/secevent+jwt'
      : path.startsWith('/scsp') || path.startsWith('/v1/inbound')
        ? 'text/xml'
        : 'application/json'

/** A body in chunks, without a length. */
const chunked = (path: string, type: string, bytes: number): Promise<number> =>
  new Promise((resolve, reject) => {
    const sent = httpRequest(`${t.url}${path}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${anapec.token}`, 'content-type': type }
    })
    sent.on('response', response => {
      resolve(response.statusCode ?? 0)
      response.resume()
      sent.destroy()
    })
    sent.on('error', reject)
    const chunk = Buffer.alloc(16 * 1024, 'a')
    let left = bytes
    const write = () => {
      while (left > 0 && !sent.destroyed) {
        left -= chunk.length
        if (!sent.write(chunk)) return void sent.once('drain', write)
      }
      if (!sent.destroyed) sent.end()
    }
    write()
  })

test('oversized: each body is stopped at its limit, with a length or without, and a compressed one is not opened', async () => {
  expect(await told(pushSet(gateway, anapec.token, 'a'.repeat(64 * 1024 + 2)))).toBe('413 invalid_request')
  expect(await told(pushSet(gateway, anapec.token, 'a'.repeat(64 * 1024 + 1)))).toBe('400 invalid_request')
  expect(await told(askToken(gateway, 'a'.repeat(33 * 1024)))).toBe('413 invalid_request')
  const before = process.memoryUsage().rss
  const endless = 64 * 1024 * 1024
  for (const path of [
    '/oauth/token',
    '/v1/sets',
    '/v1/placements/w/events',
    '/v1/streams/first-stream/poll',
    '/v1/inbound/gecco',
    '/scsp/inspection'
  ]) {
    expect([path, await chunked(path, typeFor(path), endless)]).toEqual([path, 413])
  }
  expect(process.memoryUsage().rss - before).toBeLessThan(endless)
  const packed = new Uint8Array(gzipSync('{}'))
  for (const path of [
    '/v1/placements/w/events',
    '/v1/streams/first-stream/poll',
    '/v1/sets',
    '/v1/inbound/gecco',
    '/scsp/inspection',
    '/v1/imports'
  ]) {
    const answer = await post(path, packed, path === '/v1/imports' ? 'text/csv' : typeFor(path), { 'content-encoding': 'gzip' })
    expect([path, answer.status]).toEqual([path, 415])
  }
  const acks = Array.from({ length: 10_000 }, (_, i) => `j${i}`)
  expect(await told(post('/v1/streams/first-stream/poll', JSON.stringify({ ack: acks }), 'application/json', {}, first))).toBe(
    '400 validation'
  )
  const nested = '['.repeat(100_000) + ']'.repeat(100_000)
  expect(await told(post('/v1/placements/w/events', nested))).toBe('400 validation')
})

test('long-poll exhaustion: a fifth poll of a stream is 429, and polls that break off leave nobody waiting', async () => {
  const poll = (signal?: AbortSignal) =>
    fetch(`${t.url}/v1/streams/second-stream/poll`, {
      method: 'POST',
      headers: { authorization: `Bearer ${second.token}`, 'content-type': 'application/json' },
      body: '{}',
      ...(signal === undefined ? {} : { signal })
    })
  /** Four that wait: the fifth says so. */
  const fill = async () => {
    const leave = new AbortController()
    /** One that asks again when the question of the fifth came before it. */
    const wait = async () => {
      while (!leave.signal.aborted) if ((await poll(leave.signal).catch(() => null))?.status !== 429) return
    }
    const waiting = Array.from({ length: 4 }, wait)
    await until('four polls wait', async () => {
      const fifth = new AbortController()
      const answer = await Promise.race([poll(fifth.signal).catch(() => null), pause(100).then(() => null)])
      fifth.abort()
      return answer !== null && answer.status === 429 && answer.headers.get('retry-after') !== null
    })
    leave.abort()
    await Promise.all(waiting)
  }
  for (let round = 0; round < 3; round++) await fill()
  // A thousand that break off before they are answered.
  for (let round = 0; round < 10; round++) {
    const sockets = await Promise.all(Array.from({ length: 100 }, () => pollAndLeave()))
    for (const socket of sockets) socket.destroy()
  }
  await until('nobody waits', async () => {
    const answer = await post('/v1/streams/second-stream/poll', '{"returnImmediately":true}', 'application/json', {}, second)
    return answer.status === 200
  })
  await fill()
})

const pollAndLeave = (): Promise<Socket> =>
  new Promise((resolve, reject) => {
    const socket = connect(Number(new URL(t.url).port), '127.0.0.1', () =>
      socket.write(
        `POST /v1/streams/second-stream/poll HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${second.token}\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}`,
        () => resolve(socket)
      )
    )
    socket.on('error', reject)
  })

const pairs = 1_000
/** Five standard deviations of a fair coin's: an alarm in a million runs, however busy the machine. */
const leaning = 2.5 * Math.sqrt(pairs)

type Ask = (pair: number) => Promise<Response>

/** Of so many pairs of requests, made in turn so that what slows the machine slows both, and all answered `as`: how much oftener than not one was the quicker. */
const leanOf = async (as: string, one: Ask, other: Ask): Promise<number> => {
  const takes = async (ask: Ask, pair: number) => {
    const startedAt = performance.now()
    const answer = await ask(pair)
    const body = await answer.text()
    const took = performance.now() - startedAt
    expect(await told(new Response(body, answer))).toBe(as)
    return took
  }
  let quicker = 0
  for (let pair = 0; pair < pairs; pair++) {
    const isOneFirst = pair % 2 === 0
    const before = await takes(isOneFirst ? one : other, pair)
    const after = await takes(isOneFirst ? other : one, pair)
    if (isOneFirst ? before < after : after < before) quicker++
  }
  return Math.abs(quicker - pairs / 2)
}

test('timing oracles: an unknown client, a wrong signature and a wrong byte early or late take as long as each other', async () => {
  const claims = { aud: t.url, exp: nowSeconds() + 60 }
  const assertionFor = (id: string) =>
    forge({ alg: 'ES256', kid: anapec.signer.kid }, { ...claims, iss: id, sub: id, jti: fresh('timing') })
  const ofUnknown = () => askToken(gateway, assertionFor('nobody'))
  const ofKnown = () => askToken(gateway, assertionFor('anapec'))
  expect(await leanOf('401 invalid_client', ofUnknown, ofKnown)).toBeLessThan(leaning)
  // A client may read 600 times a minute: there are as many readers as two thousand readings need.
  const readers: Party[] = []
  for (const id of ['one', 'two', 'three', 'four'])
    readers.push(await party(gateway, await testClient(t, `reader-${id}`, ['ssf.read', 'authz.read'], { ...budgets, role: 'authority' })))
  const list = (pair: number, cursor: string) =>
    fetch(`${t.url}/v1/authorizations?cursor=${cursor}`, {
      headers: { authorization: `Bearer ${readers[pair % readers.length]?.token}` }
    })
  const tail = 'A'.repeat(120)
  expect(
    await leanOf(
      '400 validation',
      pair => list(pair, `B${tail}`),
      pair => list(pair, `${tail}B`)
    )
  ).toBeLessThan(leaning)
}, 60_000)

test('subject probing: two partners’ SETs about one worker share no name for her, and a stranger’s answer tells nothing', async () => {
  const worker = await grantWorker(t, 6, 'X1234567L')
  const owed = async (by: Party, stream: string) => {
    const set = await until(`${stream} has a SET`, async () => {
      const answer = await post(`/v1/streams/${stream}/poll`, '{"returnImmediately":true}', 'application/json', {}, by)
      return Object.values(((await answer.json()) as { sets: Record<string, string> }).sets)[0]
    })
    return JSON.parse(Buffer.from(set.split('.')[1] ?? '', 'base64url').toString()) as { sub_id: { id: string }; jti: string; txn?: string }
  }
  const [one, other] = [await owed(first, 'first-stream'), await owed(second, 'second-stream')]
  expect(one.sub_id.id).not.toBe(other.sub_id.id)
  expect(one.jti).not.toBe(other.jti)
  if (one.txn !== undefined) expect(one.txn).not.toBe(other.txn)
  for (const claims of [one, other]) expect(JSON.stringify(claims)).not.toContain(worker.person)
  const idOf = async (by: Party) => {
    const answer = await fetch(`${t.url}/v1/authorizations`, { headers: { authorization: `Bearer ${by.token}` } })
    return ((await answer.json()) as { items: { id: string }[] }).items[0]?.id ?? ''
  }
  const [mine, theirs] = [await idOf(first), await idOf(second)]
  expect(mine).toMatch(/^[\w-]{22}$/)
  expect(mine).not.toBe(theirs)
  const ask = async (id: string) => {
    const answer = await fetch(`${t.url}/v1/authorizations/${id}`, { headers: { authorization: `Bearer ${first.token}` } })
    return [answer.status, JSON.stringify(await answer.json()).replace(/urn:uuid:[0-9a-f-]+/, '')]
  }
  expect((await ask(mine))[0]).toBe(200)
  expect((await ask(theirs))[0]).toBe(404)
  expect(await ask(theirs)).toEqual(await ask('A'.repeat(22)))
})
