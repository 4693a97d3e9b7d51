// Placements and authorizations read over HTTP: whose they are, which fields, page by page.
import { beforeAll, describe, expect, test } from 'vitest'
import { accessFile } from '../../src/console/access-file.ts'
import { exportPerson } from '../../src/flow/export-person.ts'
import { sql } from '../../src/store/database.ts'
import { testGateway } from '../support/gateway.ts'
import { sampleCif } from '../support/histories.ts'
import { messagesOf } from '../support/people.ts'
import { problemOf, type RestClient, restClient } from '../support/rest.ts'
import { type GrantedWorker, grantWorker } from '../support/scsp.ts'

interface View {
  id: string
  version: number
  state: string
  record: Record<string, Record<string, unknown>>
}

const t = await testGateway()
const reads = ['placements.read', 'authz.read']
const agencyOf = (n: number): string => (messagesOf(n)[0]?.payload.registration as { agency: string } | undefined)?.agency ?? ''
const workers: GrantedWorker[] = []
let agency: RestClient
let foreign: RestClient
let authority: RestClient
let employer: RestClient

beforeAll(async () => {
  for (let n = 0; n < 8; n++) workers.push(await grantWorker(t, n, nieOf(n)))
  agency = await restClient(t, 'reader-agency', reads, { agency: agencyOf(0) })
  foreign = await restClient(t, 'reader-nowhere', reads, { agency: 'ANP-XXX-01' })
  authority = await restClient(t, 'reader-authority', reads, { role: 'authority' })
  employer = await restClient(t, 'reader-employer', reads, { role: 'employer', employer: workers[0]?.employer as string })
})

const nieOf = (n: number): string => {
  const digits = 7_000_000 + n
  return `Y${digits}${'TRWAGMYFPDXBNJZSQVHLCKE'[(10_000_000 + digits) % 23]}`
}

/** Every page, following the links. */
const walk = async (client: RestClient, path: string): Promise<View[][]> => {
  const pages: View[][] = []
  let next: string | undefined = path
  while (next !== undefined && pages.length < 50) {
    const response: Response = await client.get(next)
    expect(response.status).toBe(200)
    pages.push(((await response.json()) as { items: View[] }).items)
    next = /^<(.+)>; rel="next"$/.exec(response.headers.get('link') ?? '')?.[1]
    if (next !== undefined) expect(next).toMatch(new RegExp(`^${t.url}/v1/`))
  }
  return pages
}

const passports = (views: readonly View[]) =>
  views.map(({ record }) => (record.documents as unknown as { number: string }[] | undefined)?.[0]?.number).sort()

test('an agency reads its own candidates, an authority all, an employer its own, and a stranger none', async () => {
  const own = workers.filter((_, n) => agencyOf(n) === agencyOf(0)).map(worker => worker.passport)
  expect(own.length).toBeGreaterThan(0)
  expect(own.length).toBeLessThan(workers.length)
  const hired = workers.filter(worker => worker.employer === workers[0]?.employer).map(worker => worker.passport)
  expect(hired.length).toBeLessThan(workers.length)
  for (const path of ['/v1/placements', '/v1/authorizations']) {
    expect(passports((await walk(agency, path)).flat())).toEqual(own.toSorted())
    expect(passports((await walk(authority, path)).flat())).toEqual(workers.map(worker => worker.passport).toSorted())
    expect(passports((await walk(employer, path)).flat())).toEqual(hired.toSorted())
    expect((await walk(foreign, path)).flat()).toEqual([])
  }
})

test('an authority reads the grant with the person, and no more than its role may have', async () => {
  const [view] = (await walk(authority, '/v1/authorizations?state=GRANTED')).flat()
  expect(view).toMatchObject({
    state: 'GRANTED',
    campaign: null,
    record: {
      authorization: { decision: 'GRANTED', validTo: '2030-02-01', nie: expect.stringMatching(/^Y/) },
      person: { name: { latin: {} } }
    }
  })
  const text = JSON.stringify((await walk(authority, '/v1/placements')).flat())
  for (const never of ['phones', 'experience', 'MA-CNIE', 'lines', 'pay']) expect(text).not.toContain(never)
  const ids = await t.house.database.query<{ id: string }>(sql`select id from subject`)
  for (const { id } of ids) expect(text).not.toContain(id)
})

test('two clients know the same record by two ids', async () => {
  const [a, b] = [await walk(authority, '/v1/placements'), await walk(agency, '/v1/placements')].map(pages =>
    pages.flat().map(view => view.id)
  )
  expect((b as string[]).filter(id => a?.includes(id))).toEqual([])
})

test('pages follow each other without gap or repeat, whatever their size', async () => {
  const whole = (await walk(authority, '/v1/placements?limit=200')).flat().map(view => view.id)
  for (const limit of [1, 3, 8]) {
    const pages = await walk(authority, `/v1/placements?limit=${limit}`)
    expect(pages).toHaveLength(Math.ceil(8 / limit))
    expect(pages.flat().map(view => view.id)).toEqual(whole)
  }
  expect((await walk(authority, '/v1/placements?campaign=2026&limit=5')).flat()).toHaveLength(8)
  expect((await walk(authority, '/v1/placements?campaign=2025')).flat()).toHaveLength(0)
})

describe('a cursor', () => {
  const cursorOf = async () =>
    new URL(/^<(.+)>/.exec((await authority.get('/v1/placements?limit=2')).headers.get('link') ?? '')?.[1] ?? '').searchParams.get(
      'cursor'
    ) as string

  test('of another client, list or filter, or altered, is 400', async () => {
    const cursor = await cursorOf()
    const wrong: [RestClient, string][] = [
      [agency, `/v1/placements?limit=2&cursor=${cursor}`],
      [authority, `/v1/authorizations?limit=2&cursor=${cursor}`],
      [authority, `/v1/placements?limit=2&state=GRANTED&cursor=${cursor}`],
      [authority, `/v1/placements?limit=2&cursor=${cursor.slice(0, -1)}`],
      [authority, `/v1/placements?limit=2&cursor=${cursor.startsWith('W') ? 'X' : 'W'}${cursor.slice(1)}`],
      [authority, '/v1/placements?limit=2&cursor=x'],
      [authority, `/v1/placements?cursor=${'x'.repeat(2_000)}`]
    ]
    for (const [client, path] of wrong) expect(await problemOf(await client.get(path))).toMatchObject({ http: 400, status: 400 })
    expect((await authority.get(`/v1/placements?limit=3&cursor=${cursor}`)).status).toBe(200)
  })

  test('tells nothing of the gateway’s own ids', async () => {
    const text = Buffer.from((await cursorOf()).split('.')[0] as string, 'base64url').toString()
    const ids = await t.house.database.query<{ id: string }>(sql`select id from subject`)
    for (const { id } of ids) expect(text).not.toContain(id)
  })
})

test.each(['limit=0', 'limit=201', 'limit=x', 'limit=1.5', 'unknown=1', 'state=granted', "state=' or 1=1", 'campaign=1', 'cursor='])(
  'the query %s is 400',
  async query => {
    expect(await problemOf(await authority.get(`/v1/placements?${query}`))).toMatchObject({ http: 400, errors: expect.any(Array) })
  }
)

test('one record has a strong ETag: known, it is not told again and not disclosed again', async () => {
  const [first] = (await walk(authority, '/v1/authorizations')).flat() as [View]
  const response = await authority.get(`/v1/authorizations/${first.id}`)
  expect(await response.json()).toEqual(first)
  const etag = response.headers.get('etag') ?? ''
  expect(etag).toMatch(/^"[\w-]+"$/)
  const count = async () =>
    (await t.house.database.query(sql`select id from disclosure where partner_id = 'client reader-authority'`)).length
  const before = await count()
  for (const known of [etag, `"other", ${etag}`, `W/${etag}`, '*']) {
    const again = await authority.get(`/v1/authorizations/${first.id}`, { 'if-none-match': known })
    expect([again.status, await again.text()]).toEqual([304, ''])
  }
  expect(await count()).toBe(before)
  expect((await authority.get(`/v1/authorizations/${first.id}`, { 'if-none-match': '"other"' })).status).toBe(200)
  expect(await count()).toBe(before + 1)
})

test('every record shown is a disclosure with its classes and its legal basis', async () => {
  const { length } = (await walk(foreign, '/v1/placements')).flat()
  expect(length).toBe(0)
  const rows = await t.house.database.query<{ partnerId: string; classes: string[]; basis: string; terms: string[] }>(
    sql`select partner_id as "partnerId", classes, basis, terms from disclosure where partner_id like 'client %'`
  )
  expect(rows.some(row => row.partnerId === 'client reader-nowhere')).toBe(false)
  expect(rows.find(row => row.partnerId === 'client reader-employer')?.classes).toEqual(expect.arrayContaining(['name', 'passport']))
  for (const { basis } of rows) expect(basis).toMatch(/\d/)
  const [worker] = await t.house.database.query<{ id: string }>(
    sql`select person_id as id from disclosure where partner_id = 'client reader-employer' limit 1`
  )
  const told = await exportPerson(t.house, worker?.id ?? '', null, { actor: 'test', reason: 'test' })
  const to = (partner: string) => told.recipients.find(recipient => recipient.partner === `client ${partner}`)
  expect(to('reader-employer')).toMatchObject({
    purposes: expect.arrayContaining(['https://w3id.org/dpv#PersonnelManagement']),
    legalBases: ['https://w3id.org/dpv#ContractPerformance', 'https://w3id.org/dpv/legal/eu/gdpr#A6-1-b-contract-performance']
  })
  expect(to('reader-authority')).toMatchObject({
    purposes: ['https://w3id.org/dpv#LegalCompliance'],
    legalBases: ['https://w3id.org/dpv#OfficialAuthorityOfController', 'https://w3id.org/dpv/legal/eu/gdpr#A6-1-e-official-authority']
  })
  expect(accessFile(told, 'ar', new Date())).toContain('<a href="https://w3id.org/dpv#PersonnelManagement">PersonnelManagement</a>')
})

test('a record of somebody else and one that is not there are answered alike', async () => {
  for (const path of ['/v1/placements', '/v1/authorizations']) {
    const [own] = (await walk(authority, path)).flat() as [View]
    const unknown = await problemOf(await foreign.get(`${path}/AAAAAAAAAAAAAAAAAAAAAA`))
    expect(unknown).toMatchObject({ http: 404, status: 404 })
    for (const id of [own.id, 'x', crypto.randomUUID(), "' or 1=1", '%00']) {
      expect(await problemOf(await foreign.get(`${path}/${encodeURIComponent(id)}`))).toEqual(unknown)
    }
    // The id that an agency has of its own record means nothing to another client.
    const [theirs] = (await walk(agency, path)).flat() as [View]
    expect((await authority.get(`${path}/${theirs.id}`)).status).toBe(404)
  }
})

describe('offers', () => {
  const reading = ['set.push', 'offers.read']
  const cif = sampleCif(0)
  let teller: RestClient
  let other: RestClient
  let hirer: RestClient
  let ministry: RestClient

  beforeAll(async () => {
    teller = await restClient(t, 'offers-agency', reading, { agency: 'ANP-KEN-01' })
    other = await restClient(t, 'offers-other', reading, { agency: 'ANP-TAN-01' })
    hirer = await restClient(t, 'offers-employer', reading, { role: 'employer', employer: cif })
    ministry = await restClient(t, 'offers-authority', reading, { role: 'authority' })
    const tell = async (by: RestClient, id: string, type: string, payload: Record<string, unknown>, day: number) => {
      const body = { type, effectiveAt: `2026-01-0${day}T09:00:00Z`, payload, key: `${id}-${day}` }
      const answer = await by.post(`/v1/offers/${id}/events`, body)
      expect([answer.status, await answer.text()]).toEqual([202, expect.any(String)])
    }
    const details = (reference: string, of: string) => ({
      offerDetails: {
        reference,
        campaign: 2026,
        employer: { name: 'Fresas del Sur', cif: of },
        occupation: { scheme: 'CNO-11', code: '9512' },
        posts: 20,
        period: { start: '2026-02-01', end: '2026-06-30' }
      }
    })
    await tell(teller, 'O-1', 'offer.published', details('O-1', cif), 2)
    await tell(other, 'O-1', 'offer.published', details('O-2', sampleCif(1)), 2)
    await tell(teller, 'O-3', 'offer.published', details('O-3', sampleCif(1)), 2)
    await tell(teller, 'O-3', 'offer.withdrawn', {}, 3)
  })

  const references = (views: readonly View[]) => views.map(({ record }) => record.offerDetails?.reference)

  test('an agency reads those that it told, an employer its own, an authority all, and two clients know one by two ids', async () => {
    const [own, others, hired, every] = await Promise.all(
      [teller, other, hirer, ministry].map(async by => (await walk(by, '/v1/offers?limit=2')).flat())
    )
    expect([own, others, hired, every].map(views => references(views ?? []).toSorted())).toEqual([
      ['O-1', 'O-3'],
      ['O-2'],
      ['O-1'],
      ['O-1', 'O-2', 'O-3']
    ])
    expect(references((await walk(ministry, '/v1/offers?state=WITHDRAWN')).flat())).toEqual(['O-3'])
    expect(hired?.[0]).toMatchObject({ state: 'PUBLISHED', campaign: 2026, record: { offerDetails: { posts: 20, employer: { cif } } } })
    const ids = (views: readonly View[] = []) => views.map(({ id }) => id)
    expect(ids(every).filter(id => [...ids(own), ...ids(others), ...ids(hired)].includes(id))).toEqual([])
  })

  test('one has an ETag, and is not there for whoever may not see it, whatever the id', async () => {
    const [first] = (await walk(other, '/v1/offers')).flat() as [View]
    const answer = await other.get(`/v1/offers/${first.id}`)
    expect(await answer.json()).toEqual(first)
    const again = await other.get(`/v1/offers/${first.id}`, { 'if-none-match': answer.headers.get('etag') ?? '' })
    expect([again.status, await again.text()]).toEqual([304, ''])
    const unknown = await problemOf(await teller.get('/v1/offers/AAAAAAAAAAAAAAAAAAAAAA'))
    expect(unknown).toMatchObject({ http: 404, detail: expect.stringContaining('offer') })
    for (const id of [first.id, 'O-1', 'x']) expect(await problemOf(await teller.get(`/v1/offers/${id}`))).toEqual(unknown)
  })

  test('nothing of an offer counts as a disclosure; its lists are refused without the scope, to a role that reads none, and by what is no filter', async () => {
    const before = (await t.house.database.query(sql`select id from disclosure`)).length
    await walk(ministry, '/v1/offers')
    expect((await t.house.database.query(sql`select id from disclosure`)).length).toBe(before)
    expect((await authority.get('/v1/offers')).status).toBe(403)
    const carrier = await restClient(t, 'offers-carrier', reading, { role: 'carrier' })
    expect(await problemOf(await carrier.get('/v1/offers'))).toMatchObject({ http: 403, detail: expect.stringContaining('role') })
    for (const query of ['campaign=2026', 'state=published', 'limit=0', 'cursor=x'])
      expect(await problemOf(await ministry.get(`/v1/offers?${query}`))).toMatchObject({ http: 400 })
  })

  test('of its own an agency may tell by the id that its list gave; by another client’s telling it names an offer of its own', async () => {
    const count = async () => (await t.house.database.query(sql`select from subject where kind = 'offer'`)).length
    const before = await count()
    const withdraw = (by: RestClient, id: string) =>
      by.post(`/v1/offers/${id}/events`, {
        type: 'offer.withdrawn',
        effectiveAt: '2026-01-05T09:00:00Z',
        payload: {},
        key: `withdrawn-${id}`
      })
    const open = ({ state }: View) => state === 'PUBLISHED'
    const [own, hired] = await Promise.all([teller, hirer].map(async by => (await walk(by, '/v1/offers')).flat().find(open)))
    expect((await withdraw(teller, own?.id ?? '')).status).toBe(202)
    expect(await count()).toBe(before)
    expect((await withdraw(hirer, hired?.id ?? '')).status).toBe(202)
    expect(await count()).toBe(before + 1)
  })
})

test('without the scope it is 403, and so it is for a role that reads no records', async () => {
  const pusher = await restClient(t, 'pusher', ['set.push'])
  expect(await problemOf(await pusher.get('/v1/placements'))).toMatchObject({ http: 403 })
  const half = await restClient(t, 'half', ['authz.read'], { role: 'authority' })
  expect((await half.get('/v1/authorizations')).status).toBe(200)
  expect((await half.get('/v1/placements')).status).toBe(403)
  for (const role of ['employer', 'carrier']) {
    const client = await restClient(t, `no-${role}`, reads, { role })
    expect(await problemOf(await client.get('/v1/placements'))).toMatchObject({ http: 403, detail: expect.stringContaining('role') })
  }
  expect((await fetch(`${t.url}/v1/placements`)).status).toBe(401)
})

test('whoever is erased or held is not shown to others', async () => {
  const [{ personId } = { personId: '' }] = await t.house.database.query<{ personId: string }>(
    sql`select person_id as "personId" from subject where kind = 'placement' and agency = ${agencyOf(0)} order by updated_at limit 1`
  )
  await t.house.database.query(sql`update person set held = 'test' where id = ${personId}`)
  const own = (await walk(agency, '/v1/placements')).flat().length
  expect((await walk(authority, '/v1/placements')).flat()).toHaveLength(7)
  await t.house.database.query(sql`update person set held = null, wrapped_key = null where id = ${personId}`)
  expect((await walk(authority, '/v1/placements')).flat()).toHaveLength(7)
  expect((await walk(agency, '/v1/placements')).flat()).toHaveLength(own - 1)
})

test('an event told at the id that a list gave is about that record, and makes nobody new; the id of another client is only a name', async () => {
  const teller = await restClient(t, 'teller-employer', ['placements.read', 'set.push'], {
    role: 'employer',
    employer: workers[0]?.employer as string
  })
  const [view] = (await walk(teller, '/v1/placements')).flat()
  const alta = { type: 'alta.registered', effectiveAt: '2026-03-01T08:00:00Z', payload: { stay: { altaDate: '2026-03-01' } } }
  const tell = async (client: RestClient, id: string, payload: object = {}) => {
    const told = { ...alta, payload: { ...alta.payload, ...payload } }
    const answer = await client.post(`/v1/placements/${id}/events`, told, { 'idempotency-key': crypto.randomUUID() })
    const { eventId } = (await answer.json()) as { eventId: string }
    const [row] = await t.house.database.query<{ subjectId: string; personId: string; employer: string | null; campaign: number }>(sql`
      select s.id as "subjectId", s.person_id as "personId", s.employer, s.campaign from event e join subject s on s.id = e.subject_id where e.id = ${eventId}`)
    return row
  }
  const people = async () => (await t.house.database.query(sql`select from person`)).length
  const before = await people()
  const own = await tell(teller, view?.id ?? '')
  expect(own).toMatchObject({ employer: workers[0]?.employer, campaign: 2026 })
  expect(await tell(teller, view?.id ?? '', { campaign: 2026 })).toEqual(own)
  // The same person, in the year that the event names.
  expect(await tell(teller, view?.id ?? '', { campaign: 2027 })).toMatchObject({ personId: own?.personId, campaign: 2027 })
  expect(await people()).toBe(before)
  const other = await restClient(t, 'teller-other', ['set.push'], { role: 'employer', employer: workers[0]?.employer as string })
  expect((await tell(other, view?.id ?? ''))?.personId).not.toBe(own?.personId)
  expect(await people()).toBe(before + 1)
})
