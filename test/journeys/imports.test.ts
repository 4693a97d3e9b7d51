// Files of many events over HTTP: every row has an answer of its own, a repeat changes nothing, and what breaks off can be completed.
import { request } from 'node:http'
import { expect, test } from 'vitest'
import { type FileRow, toCsv, toNdjson } from '../../samples/registration-file.ts'
import { type CellContent, sheetXml, toXlsx, workbookParts } from '../../samples/spreadsheet.ts'
import { zip } from '../../samples/zip.ts'
import { registrationColumns } from '../../schemas/registration-row.ts'
import { closeKilledImports } from '../../src/flow/import/run.ts'
import { fileWords, says } from '../../src/flow/words/words.ts'
import { sql } from '../../src/store/database.ts'
import { closeSilentImports, insertImport } from '../../src/store/imports.ts'
import { testGateway } from '../support/gateway.ts'
import { until } from '../support/house.ts'
import { englishIn } from '../support/languages.ts'
import { messagesOf } from '../support/people.ts'
import { registrations } from '../support/registrations.ts'
import { problemOf, type RestClient, readable, restClient } from '../support/rest.ts'

const t = await testGateway()
const agency = await restClient(t, 'agency-bem', ['set.push'], { agency: 'ANP-BEM-01' })
const other = await restClient(t, 'agency-ken', ['set.push'], { agency: 'ANP-KEN-01' })

interface Import {
  id: string
  format: string
  state: string
  accepted: number
  refused: number
  repeated: number
  problem: string | null
}

const sent = async (response: Response): Promise<Import> => {
  expect(response.status).toBe(202)
  const body = (await response.json()) as Import
  expect(response.headers.get('location')).toBe(`${t.url}/v1/imports/${body.id}`)
  return body
}

const importAt = async (client: RestClient, response: Response): Promise<Import> =>
  (await (await client.get(response.headers.get('location') as string)).json()) as Import

const rowsOf = async (client: RestClient, id: string, query = ''): Promise<Record<string, unknown>[]> => {
  const rows: Record<string, unknown>[] = []
  let next: string | undefined = `/v1/imports/${id}/rows?limit=200${query}`
  for (let pages = 0; next !== undefined && pages < 100; pages++) {
    const response: Response = await client.get(next)
    expect(response.status).toBe(200)
    rows.push(...((await response.json()) as { rows: Record<string, unknown>[] }).rows)
    next = /^<(.+)>; rel="next"$/.exec(response.headers.get('link') ?? '')?.[1]
  }
  return rows
}

const eventsOf = async (source: string): Promise<number> =>
  (await t.house.database.query<{ count: number }>(sql`select count(*)::int as count from event where source = ${source}`))[0]?.count ?? 0

const bulk: FileRow[] = registrations(5_000)
bulk[17] = { ...bulk[17], birthDate: '1990-02-30' }
bulk[2_500] = { ...bulk[2_500], card: '123456ZZ' }
bulk[4_999] = { ...bulk[4_999], sex: 'F' }

test('of 5,000 rows with 3 bad ones 4,997 are accepted and 3 are named; sent again all are repeated and nothing changes', async () => {
  const first = await sent(await agency.send(toCsv(bulk)))
  expect(first).toMatchObject({ state: 'finished', accepted: 4_997, refused: 3, repeated: 0, problem: null })
  const refused = await rowsOf(agency, first.id, '&status=refused')
  expect(refused.map(({ row, pointer }) => [row, pointer])).toEqual([
    [18, '/birthDate'],
    [2_501, '/card'],
    [5_000, '/sex']
  ])
  for (const row of refused) expect(row.reason).toMatch(/\w/)
  for (const language of ['fr', 'es']) {
    const answer = await agency.get(`/v1/imports/${first.id}/rows?status=refused`, { 'accept-language': language })
    expect([answer.headers.get('content-language'), answer.headers.get('vary')]).toEqual([language, 'Accept-Language'])
    const { rows } = (await answer.json()) as { rows: { reason: string }[] }
    for (const { reason } of rows) expect([reason, englishIn(reason)]).toEqual([reason, null])
  }
  expect(JSON.stringify(refused)).not.toMatch(/1990-02-30|123456ZZ|QX/)
  expect(await eventsOf('agency-bem')).toBe(4_997)

  const again = await sent(await agency.send(toCsv(bulk.toReversed())))
  expect(again).toMatchObject({ state: 'finished', accepted: 0, refused: 3, repeated: 4_997 })
  expect(await eventsOf('agency-bem')).toBe(4_997)
  const all = await rowsOf(agency, again.id)
  expect(all.map(({ row }) => row)).toEqual(Array.from({ length: 5_000 }, (_, i) => i + 1))
  expect(t.failures).toEqual([])
}, 120_000)

test('the mended rows of a file are taken, and a row that was taken is not changed by a file', async () => {
  const [mended, changed] = [
    { ...bulk[17], birthDate: '1990-02-28' },
    { ...bulk[0], birthDate: '1991-01-01' }
  ]
  const answer = await sent(await agency.send(toNdjson([mended, changed]), 'application/x-ndjson'))
  expect(answer).toMatchObject({ state: 'finished', accepted: 1, refused: 1 })
  expect(await rowsOf(agency, answer.id, '&status=refused')).toMatchObject([{ row: 2, code: 'row-changed', eventId: null }])
})

test('a row that a rule refused may be mended and sent again, and only what was taken counts', async () => {
  const client = await restClient(t, 'mender', ['set.push'])
  const payload = {
    request: {
      requestId: 'R-1',
      filedAt: '2026-01-05',
      feeProof: { model: '790', code: '062', number: '7900621', date: '2026-01-05', amount: '10.00' }
    }
  }
  const rowPaidBy = (paidBy: string) =>
    JSON.stringify({
      type: 'authorization.requested',
      person: 'm-1',
      effectiveAt: '2026-01-06T10:00:00Z',
      payload: { ...payload, request: { ...payload.request, feeProof: { ...payload.request.feeProof, paidBy } } }
    })
  const send = async (paidBy: string) => sent(await client.send(rowPaidBy(paidBy), 'application/x-ndjson'))
  const first = await send('WORKER')
  expect(first).toMatchObject({ accepted: 0, refused: 1 })
  expect(await rowsOf(client, first.id)).toMatchObject([{ code: 'worker-charge' }])
  expect(await send('WORKER')).toMatchObject({ accepted: 0, refused: 1 })
  expect(await send('EMPLOYER')).toMatchObject({ accepted: 1, refused: 0 })
  expect(await send('EMPLOYER')).toMatchObject({ accepted: 0, repeated: 1 })
  const late = await send('WORKER')
  expect(await rowsOf(client, late.id)).toMatchObject([{ status: 'refused', code: 'row-changed' }])
  expect(await eventsOf('mender')).toBe(1)
})

test('any event can stand in a line of NDJSON, beside bad lines of every kind', async () => {
  const [registered, preselected] = messagesOf(3)
  const line = (message: typeof registered) =>
    JSON.stringify({ type: message?.type, person: 'n-1', effectiveAt: message?.effectiveAt, payload: message?.payload })
  const lines = [
    line(registered),
    line(preselected),
    line(registered),
    '{"type":"candidate.registered"',
    '[1]',
    '{"type":"no.such","person":"n-1","effectiveAt":"2026-01-01T00:00:00Z","payload":{}}',
    '{"type":"offer.withdrawn","person":"n-1","effectiveAt":"2026-01-01T00:00:00Z","payload":{}}',
    '{"type":"record.corrected","person":"n-1","effectiveAt":"2026-01-01T00:00:00Z","payload":{}}',
    `{"type":"candidate.preselected","person":"n-1","effectiveAt":"${new Date(Date.now() + 3_600_000).toISOString()}","payload":{}}`,
    '{"type":"candidate.registered","person":"n-1","effectiveAt":"2026-01-01T00:00:00Z","payload":{"socialData":{"income":1}}}',
    '{"__proto__":{"polluted":true},"worker":"x"}',
    '{"worker":"x","income":"100"}',
    `{"worker":"${'x'.repeat(70_000)}"}`
  ]
  const client = await restClient(t, 'national', ['set.push'])
  const answer = await sent(await client.send(`\uFEFF${lines.join('\r\n')}`, 'application/x-ndjson; charset=utf-8'))
  const rows = await rowsOf(client, answer.id)
  expect(rows.map(({ status, code }) => [status, code])).toEqual([
    ['accepted', null],
    ['accepted', null],
    ['repeated', null],
    ['refused', 'json'],
    ['refused', 'json'],
    ['refused', 'value'],
    ['refused', 'required'],
    ['refused', 'value'],
    ['refused', 'not-yet'],
    ['refused', expect.any(String)],
    ['refused', 'json'],
    ['refused', expect.any(String)],
    ['refused', 'row-too-long']
  ])
  expect(({} as { polluted?: unknown }).polluted).toBeUndefined()
})

test('a client registers for its own agency alone', async () => {
  const answer = await sent(await other.send(toCsv(registrations(2, 700_000))))
  expect(answer).toMatchObject({ accepted: 0, refused: 2 })
  expect(await rowsOf(other, answer.id)).toMatchObject([{ code: 'not-granted' }, { code: 'not-granted' }])
})

const xlsx = 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet'

/** A workbook of one sheet, its formats beside General being the day as the system writes it. */
const sheetOf = (rows: CellContent[][]): Buffer<ArrayBuffer> =>
  zip(workbookParts({ sheets: [sheetXml(rows)], formats: [0, 14] }).map(part => ({ ...part, isDeflated: true })))

test('a spreadsheet with numbers and days is taken row by row, and is the same file as its CSV', async () => {
  const client = await restClient(t, 'agency-xls', ['set.push'], { agency: 'ANP-BEM-01' })
  const rows = registrations(600, 1_300_000)
  const cells = rows.map(row => registrationColumns.map((name): CellContent => (name === 'campaign' ? 2026 : row[name])))
  const place = (name: (typeof registrationColumns)[number]) => registrationColumns.indexOf(name)
  const table = cells.map(row => [...row])
  ;(table[0] as CellContent[])[place('passport')] = 1_300_000
  ;(table[1] as CellContent[])[place('passportExpires')] = name => `<c r="${name}"><f>TODAY()</f><v>47000</v></c>`
  ;(table[2] as CellContent[])[place('birthDate')] = name => `<c r="${name}" s="1"><v>32582</v></c>`
  table.splice(3, 0, [], [])
  const first = await sent(await client.send(sheetOf([[...registrationColumns], ...table]), xlsx))
  expect(first).toMatchObject({ format: 'xlsx', state: 'finished', accepted: 598, refused: 2, repeated: 0 })
  expect(await rowsOf(client, first.id, '&status=refused')).toMatchObject([
    { row: 2, code: 'cell-number', pointer: '/passport', reason: expect.stringMatching(/^P2 .*as text/) },
    { row: 3, code: 'cell-formula', pointer: '/passportExpires', reason: expect.stringMatching(/^R3 /) }
  ])
  const all = await rowsOf(client, first.id)
  expect(all.map(({ row }) => row)).toEqual([2, 3, 4, ...Array.from({ length: 597 }, (_, i) => i + 7)])
  expect(await eventsOf('agency-xls')).toBe(598)

  const again = { ...rows[2], birthDate: '1989-03-15' }
  const asCsv = await sent(await client.send(toCsv([rows[0] ?? {}, rows[1] ?? {}, again, ...rows.slice(3)])))
  expect(asCsv).toMatchObject({ accepted: 2, refused: 0, repeated: 598 })
  expect(t.failures).toEqual([])
}, 60_000)

test('a client has one spreadsheet read at a time, of 32 MiB at most', async () => {
  const client = await restClient(t, 'two-sheets', ['set.push'])
  const { promise: arrived, resolve: arrive } = Promise.withResolvers<void>()
  const { promise: ended, resolve: end } = Promise.withResolvers<void>()
  const slow = new ReadableStream({
    pull: async controller => {
      controller.enqueue(new TextEncoder().encode('PK'))
      arrive()
      await ended
      controller.close()
    }
  })
  const first = client.send(slow, xlsx)
  await arrived
  const second = await until('the first one has begun', async () => {
    const answer = await client.send('PK', xlsx)
    return answer.status === 429 && answer
  })
  expect(await problemOf(second)).toMatchObject({ 'violated-policies': ['spreadsheets-at-once'] })
  end()
  expect((await first).status).toBe(400)
  expect((await client.send('PK', xlsx)).status).toBe(400)
  expect(await problemOf(await client.send(new Uint8Array(32 * 1024 * 1024 + 1), xlsx))).toMatchObject({
    http: 413,
    detail: expect.stringContaining('32 MiB')
  })
})

const header = toCsv([]).trim()
const badFiles: [string, string | Uint8Array<ArrayBuffer>, string, number, RegExp][] = [
  ['an empty file', '', 'text/csv', 400, /empty/],
  ['a header with a column missing', header.replace('passport,', ''), 'text/csv', 400, /columns/],
  ['a header with a column that is never collected', `${header},householdIncome`, 'text/csv', 400, /never-collected/],
  ['a header with a column twice', `${header},passport`, 'text/csv', 400, /column-twice/],
  ['no header', toCsv(registrations(1)).split('\n')[1] ?? '', 'text/csv', 400, /unknown-column/],
  ['semicolons', header.replaceAll(',', ';'), 'text/csv', 400, /commas/],
  ['a first line of 70 kB', 'x'.repeat(70_000), 'text/csv', 400, /too long|65536/],
  ['UTF-16', new Uint8Array(Buffer.from(`\uFEFF${header}\n`, 'utf16le')), 'text/csv', 400, /UTF-8/],
  ['a spreadsheet that is called CSV', toXlsx(registrations(1)), 'text/csv', 400, /send an \.xlsx with the Content-Type/],
  ['CSV that is called a spreadsheet', header, xlsx, 400, /does not begin like a spreadsheet/],
  ['a spreadsheet that was cut off', toXlsx(registrations(3)).subarray(0, 9_000), xlsx, 400, /arrive whole/],
  ['a spreadsheet with a password', new Uint8Array(Buffer.from('d0cf11e0a1b11ae1', 'hex')), xlsx, 415, /password/],
  ['a spreadsheet without a column', sheetOf([['worker', 'passport']]), xlsx, 400, /missing-column/],
  [
    'a spreadsheet with a column that is never collected',
    sheetOf([[...registrationColumns, 'householdIncome']]),
    xlsx,
    400,
    /never-collected/
  ],
  ['a spreadsheet with a column twice', sheetOf([[...registrationColumns, 'passport']]), xlsx, 400, /column-twice/],
  ['a spreadsheet that grows too much', sheetOf([[...registrationColumns], [' '.repeat(5_000_000)]]), xlsx, 413, /200 times/],
  ['a workbook with macros', 'PK', 'application/vnd.ms-excel.sheet.macroEnabled.12', 415, /ordinary \.xlsx/],
  ['an old workbook', 'PK', 'application/vnd.ms-excel', 415, /ordinary \.xlsx/],
  ['JSON', '[]', 'application/json', 415, /x-ndjson/]
]
test.each(badFiles)('%s is refused as a whole, with what to do, and nothing is stored', async (_, body, type, status, words) => {
  const before = await t.house.database.query(sql`select id from import`)
  const problem = await problemOf(await agency.send(body, type))
  expect(problem).toMatchObject({ http: status, status, contentType: expect.stringContaining('application/problem+json') })
  expect(JSON.stringify(problem)).toMatch(words)
  expect(JSON.stringify(problem)).not.toContain('QB0000000')
  for (const language of ['fr', 'es']) {
    const [told, english, text] = await readable(await agency.send(body, type, undefined, { 'accept-language': language }))
    expect([text, told, english]).toEqual([text, language, null])
  }
  expect(await t.house.database.query(sql`select id from import`)).toHaveLength(before.length)
})

test('nothing at all, of no type, is refused with what to do', async () => {
  const problem = await problemOf(
    await fetch(`${t.url}/v1/imports`, { method: 'POST', headers: { authorization: `Bearer ${agency.token}` } })
  )
  expect(problem).toMatchObject({ http: 415, status: 415, detail: expect.stringContaining('text/csv') })
})

test('rows with misplaced quotes, other cells than columns or another encoding are refused alone', async () => {
  const [a, b, c, d, e] = toCsv(registrations(5, 800_000)).trim().split('\n').slice(1) as [string, string, string, string, string]
  const latin1 = Buffer.from(`${d.replace('QB', 'é')}\n`, 'latin1')
  const file = Buffer.concat([
    Buffer.from(`\uFEFF${header}\r\n${a}\r\n${b.replace(',', ',"')}\r\n,,,\r\n${c},more\r\n`),
    latin1,
    Buffer.from(`"${e.replace(',', '",')}`)
  ])
  const answer = await sent(await agency.send(new Uint8Array(file)))
  const rows = await rowsOf(agency, answer.id)
  expect(rows.map(({ status, code }) => [status, code])).toEqual([
    ['accepted', null],
    ['refused', 'csv-quote'],
    ['refused', 'columns'],
    ['refused', 'not-utf-8'],
    ['accepted', null]
  ])
})

test('row 100,001 stops the import; what stood before it is kept', async () => {
  const client = await restClient(t, 'too-many', ['set.push'])
  const response = await client.send('{}\n'.repeat(100_001), 'application/x-ndjson')
  expect(await problemOf(response)).toMatchObject({ http: 413, detail: expect.stringContaining('100000') })
  const found = await importAt(client, response)
  expect(found).toMatchObject({ state: 'interrupted', accepted: 0, refused: 100_000, problem: expect.stringContaining('another file') })
  const path = response.headers.get('location') as string
  const inFrench = await client.get(path, { 'accept-language': 'fr-MA, ar;q=0.9' })
  expect(inFrench.headers.get('content-language')).toBe('fr')
  expect(await inFrench.json()).toMatchObject({ problem: expect.stringContaining('un autre fichier') })
}, 120_000)

test('a length beyond 256 MiB is refused before anything is read, and the sender can read why', async () => {
  const answer = await new Promise<number | undefined>((resolve, reject) => {
    const sending = request(
      `${t.url}/v1/imports`,
      {
        method: 'POST',
        headers: { authorization: `Bearer ${agency.token}`, 'content-type': 'text/csv', 'content-length': String(300 * 1024 * 1024) }
      },
      response => {
        resolve(response.statusCode)
        sending.destroy()
      }
    )
    sending.on('error', reject)
    sending.write('worker')
  })
  expect(answer).toBe(413)
})

test('an import whose connection breaks off is interrupted, keeps its rows, and is completed by sending the file again', async () => {
  const lines = toCsv(registrations(2_000, 900_000)).split('\n')
  const breaking = new AbortController()
  let step = 0
  const body = new ReadableStream({
    pull: async controller => {
      if (step++ === 0) controller.enqueue(new TextEncoder().encode(`${lines.slice(0, 1_001).join('\n')}\n`))
      else await until('a thousand rows are stored', async () => (await eventsOf('breaking')) >= 500).then(() => breaking.abort())
    }
  })
  const client = await restClient(t, 'breaking', ['set.push'])
  await expect(client.send(body, 'text/csv', breaking.signal)).rejects.toThrow()
  const [cut] = await until('the import is closed', async () => {
    const rows = await t.house.database.query<Import>(
      sql`select id, state, accepted from import where client_id = 'breaking' and state <> 'running'`
    )
    return rows.length > 0 && rows
  })
  expect(cut?.state).toBe('interrupted')
  const taken = await eventsOf('breaking')
  expect(taken).toBeGreaterThanOrEqual(500)
  const found = (await (await client.get(`/v1/imports/${cut?.id}`)).json()) as Import
  expect(found).toMatchObject({ state: 'interrupted', accepted: taken, problem: expect.stringContaining('send') })
  expect(await sent(await client.send(lines.join('\n')))).toMatchObject({ state: 'finished', accepted: 2_000 - taken, repeated: taken })
}, 60_000)

test('the same file twice at once is taken once', async () => {
  const client = await restClient(t, 'twice', ['set.push'])
  const file = toCsv(registrations(600, 1_000_000))
  const answers = await Promise.all([client.send(file), client.send(file)].map(async response => sent(await response)))
  expect(answers.map(({ accepted, repeated }) => accepted + repeated)).toEqual([600, 600])
  expect(answers.reduce((sum, { accepted }) => sum + accepted, 0)).toBe(600)
  expect(await eventsOf('twice')).toBe(600)
}, 60_000)

test('what was kept in words before, or by a text that is no longer there, is still told, and in which language', async () => {
  const kept = crypto.randomUUID()
  const insert = (row: number, reason: string | null, said: string | null) =>
    t.house.database.query(
      sql`insert into import_row (import_id, row, status, code, reason, said) values (${kept}, ${row}, 'refused', 'x', ${reason}, ${said})`
    )
  await insertImport(t.house.database, { id: kept, clientId: 'agency-ken', format: 'csv' }, new Date())
  await insert(1, null, JSON.stringify({ id: 'gone', parts: {} }))
  await insert(2, null, JSON.stringify(says('row-columns', { columns: 3, cells: 4 })))
  const read = async () => {
    const answer = await other.get(`/v1/imports/${kept}/rows`, { 'accept-language': 'es' })
    const { rows } = (await answer.json()) as { rows: { reason: string }[] }
    return [answer.headers.get('content-language'), ...rows.map(({ reason }) => reason)]
  }
  expect(await read()).toEqual([
    'es',
    fileWords.es['row-reason-gone'],
    'El encabezado nombra 3 columnas y esta fila tiene 4: ponga entre comillas las celdas que contengan una coma.'
  ])
  await insert(3, 'As it was.', null)
  expect(await read()).toEqual(['en', fileWords.en['row-reason-gone'], expect.stringMatching(/^The header names 3 /), 'As it was.'])
  await closeSilentImports(t.house.database, 'agency-ken', new Date(Date.now() + 1_000), says('file-silent'))
})

test('an import that was killed with its process is told as interrupted, one that lives is not', async () => {
  const now = Date.now()
  const [killed, alive] = [crypto.randomUUID(), crypto.randomUUID()]
  await insertImport(t.house.database, { id: killed, clientId: 'agency-ken', format: 'csv' }, new Date(now - 60_000))
  await insertImport(t.house.database, { id: alive, clientId: 'agency-ken', format: 'csv' }, new Date(now - 10_000))
  const states = await Promise.all([killed, alive].map(async id => ((await (await other.get(`/v1/imports/${id}`)).json()) as Import).state))
  expect(states).toEqual(['interrupted', 'running'])
  await closeSilentImports(t.house.database, 'agency-ken', new Date(), says('file-silent'))
})

test('what was killed is ended though nobody asks for it', async () => {
  const ids = [crypto.randomUUID(), crypto.randomUUID()]
  const insert = (i: number, agoMs: number) =>
    insertImport(t.house.database, { id: ids[i] as string, clientId: 'agency-ken', format: 'csv' }, new Date(Date.now() - agoMs))
  await insert(0, 60_000)
  await insert(1, 10_000)
  await closeKilledImports(t.house)
  const rows = await t.house.database.query<{ id: string }>(sql`select id from import where id = any(${ids}) and state = 'running'`)
  expect(rows).toEqual([{ id: ids[1] }])
  await closeSilentImports(t.house.database, null, new Date(), says('file-silent'))
})

test('the import of another client and one that nobody sent are answered alike', async () => {
  const own = await sent(await agency.send(toCsv(registrations(1, 1_100_000))))
  for (const path of ['', '/rows']) {
    const foreign = await problemOf(await other.get(`/v1/imports/${own.id}${path}`))
    expect(foreign).toMatchObject({ http: 404 })
    expect(foreign).toEqual(await problemOf(await other.get(`/v1/imports/${crypto.randomUUID()}${path}`)))
  }
  expect((await agency.get('/v1/imports/no-uuid')).status).toBe(400)
  const link = (await agency.get(`/v1/imports/${own.id}/rows?limit=0`)).status
  expect(link).toBe(400)
})

test('a cursor of rows holds for its import, client and filter alone', async () => {
  const own = await sent(await agency.send(toCsv(registrations(3, 1_200_000))))
  const first = await agency.get(`/v1/imports/${own.id}/rows?limit=2`)
  const next = /^<(.+)>; rel="next"$/.exec(first.headers.get('link') ?? '')?.[1] ?? ''
  expect(((await (await agency.get(next)).json()) as { rows: unknown[] }).rows).toHaveLength(1)
  for (const wrong of [`${next}x`, `${next}&status=accepted`, next.replace('cursor=W', 'cursor=X')]) {
    expect(await problemOf(await agency.get(wrong))).toMatchObject({ http: 400 })
  }
})
