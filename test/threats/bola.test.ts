// Everybody's own and nobody else's: each address of the contract that holds an id, tried by a second client with the same scopes, and nothing may change.
import { beforeAll, expect, test } from 'vitest'
import contract from '../../openapi/gateway.json' with { type: 'json' }
import { toCsv } from '../../samples/registration-file.ts'
import { openStream } from '../../src/flow/administer.ts'
import { sql } from '../../src/store/database.ts'
import { testClient, testGateway } from '../support/gateway.ts'
import { sampleCif } from '../support/histories.ts'
import { until } from '../support/house.ts'
import { messagesOf } from '../support/people.ts'
import { registrations } from '../support/registrations.ts'
import { grantWorker } from '../support/scsp.ts'
import { fresh, type Party, party, pushSet } from './scene.ts'

const t = await testGateway()
const gateway = { url: t.url, issuer: t.url }
const { agency } = (messagesOf(0)[0] as { payload: { registration?: unknown } }).payload.registration as { agency: string }
const scopes = ['set.push', 'placements.read', 'authz.read', 'offers.read', 'ssf.read', 'ssf.manage']
const clients = {
  owner: await testClient(t, 'owner', scopes, { agency }),
  stranger: await testClient(t, 'stranger', scopes, { agency: 'ANP-XXX-01' })
}
for (const id of ['owner', 'stranger']) {
  await openStream(
    t.house,
    {
      reason: 'test',
      id: `${id}-stream`,
      clientId: id,
      role: 'reference',
      audience: `https://${id}.test`,
      fields: ['authorization.fileNumber'],
      subscriptions: [{ type: 'authorization.granted', agency: id === 'owner' ? agency : 'ANP-XXX-01' }]
    },
    'test'
  )
}

let owner: Party
let stranger: Party

interface Operation {
  method: string
  path: string
  security: readonly object[]
  ids: readonly string[]
}

/** Every operation whose address, query or body names something by an id. */
const operations: Operation[] = Object.entries(contract.paths).flatMap(([path, methods]) =>
  Object.entries(
    methods as Record<string, { security?: object[]; parameters?: { in: string; name: string }[]; requestBody?: object }>
  ).flatMap(([method, operation]) => {
    const named = (operation.parameters ?? []).filter(
      ({ in: where, name }) => where === 'path' || (where === 'query' && /(?:^|_)id$/.test(name))
    )
    const inBody = [...JSON.stringify(operation.requestBody ?? {}).matchAll(/"(\w+_id)":\{/g)].map(([, name]) => name ?? '')
    const ids = [...new Set([...named.map(({ name }) => name), ...inBody])].filter(name => name !== 'client_id')
    return ids.length === 0 ? [] : [{ method: method.toUpperCase(), path, security: operation.security ?? [], ids }]
  })
)
const nameOf = ({ method, path }: Operation) => `${method} ${path}`

interface Exercise {
  /** The owner's own id, and one that nobody has. */
  ids(): Promise<{ own: string; nobodys: string }>
  /** What is asked with an id; the address of the contract with the id in it where this is absent. */
  ask?: (by: Party, id: string) => Promise<Response>
  /** It works only once: the owner asks at the end alone. */
  isOnce?: true
}

const asks = (by: Party, method: string, path: string, body?: unknown, more: Record<string, string> = {}): Promise<Response> =>
  fetch(`${t.url}${path}`, {
    method,
    headers: { authorization: `Bearer ${by.token}`, ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...more },
    ...(body === undefined ? {} : { body: JSON.stringify(body) })
  })

const idIn = async (path: string): Promise<string> => {
  const answer = await asks(owner, 'GET', path)
  return ((await answer.json()) as { items: { id: string }[] }).items[0]?.id ?? ''
}

const uuids = { nobodys: '00000000-0000-4000-8000-000000000000' }
let pushed: string
let imported: string
let managed: string

const ofStream = (ask: NonNullable<Exercise['ask']>, more: Pick<Exercise, 'isOnce'> = {}): Exercise => ({
  ids: async () => ({ own: managed, nobodys: 's-of-nobody' }),
  ask,
  ...more
})

const amended = (list: string, patch: object): Exercise => ({
  ids: async () => ({ own: await idIn(list), nobodys: 'A'.repeat(22) }),
  ask: (by, id) => asks(by, 'PATCH', `${list.split('?')[0]}/${id}`, patch, { 'if-match': '*' })
})

/** What belongs to one client: a second one must get 404 for it. */
const owned: Record<string, Exercise> = {
  'GET /v1/sets/{jti}': { ids: async () => ({ own: pushed, nobodys: 'jti-of-nobody' }) },
  'GET /v1/sets/{jti}/receipt': { ids: async () => ({ own: pushed, nobodys: 'jti-of-nobody' }) },
  'GET /v1/imports/{id}': { ids: async () => ({ own: imported, ...uuids }) },
  'GET /v1/imports/{id}/rows': { ids: async () => ({ own: imported, ...uuids }) },
  'GET /v1/placements/{id}': { ids: async () => ({ own: await idIn('/v1/placements'), nobodys: 'A'.repeat(22) }) },
  'GET /v1/authorizations/{id}': { ids: async () => ({ own: await idIn('/v1/authorizations'), nobodys: 'A'.repeat(22) }) },
  'GET /v1/offers/{id}': { ids: async () => ({ own: await idIn('/v1/offers'), nobodys: 'A'.repeat(22) }) },
  'PATCH /v1/placements/{id}': amended('/v1/placements', { record: { person: { birthPlace: { text: 'Larache', country: 'MAR' } } } }),
  'PATCH /v1/offers/{id}': amended('/v1/offers?state=PUBLISHED', { record: { offerDetails: { posts: 7 } } }),
  'POST /v1/streams/{id}/poll': {
    ids: async () => ({ own: 'owner-stream', nobodys: 'nobodys-stream' }),
    ask: (by, id) => asks(by, 'POST', `/v1/streams/${id}/poll`, { returnImmediately: true, maxEvents: 0, ack: [], setErrs: {} })
  },
  'GET /ssf/streams': ofStream((by, id) => asks(by, 'GET', `/ssf/streams?stream_id=${id}`)),
  'GET /ssf/status': ofStream((by, id) => asks(by, 'GET', `/ssf/status?stream_id=${id}`)),
  'POST /ssf/status': ofStream((by, id) => asks(by, 'POST', '/ssf/status', { stream_id: id, status: 'enabled' })),
  'PATCH /ssf/streams': ofStream((by, id) => asks(by, 'PATCH', '/ssf/streams', { stream_id: id, description: 'another' })),
  'PUT /ssf/streams': ofStream((by, id) => asks(by, 'PUT', '/ssf/streams', { stream_id: id, description: 'whole' })),
  'POST /ssf/verify': ofStream((by, id) => asks(by, 'POST', '/ssf/verify', { stream_id: id, state: 'x' }), { isOnce: true }),
  // The last: afterwards there is no such stream.
  'DELETE /ssf/streams': ofStream((by, id) => asks(by, 'DELETE', `/ssf/streams?stream_id=${id}`), { isOnce: true })
}

/** Ids that the sender gives: another client's same id names another person, so nothing of the owner's can be meant. */
const namedBySender = ['POST /v1/placements/{id}/events', 'POST /v1/offers/{id}/events', 'POST /v1/authorizations/{id}/events']
/** Held by a partner's own signature and not by a client's token: see the tests of inbound messages and of SCSP. */
const signedByPartner = ['POST /v1/inbound/{partner}', 'POST /scsp/{service}']
/** The same for everybody who asks. */
const open = ['GET /ns/event/v1/{name}', 'GET /schemas/{name}', 'GET /v1/log/proof/{seq}']

beforeAll(async () => {
  owner = await party(gateway, clients.owner)
  stranger = await party(gateway, clients.stranger)
  await grantWorker(t, 0, 'X1234567L')
  const claims = owner.claims({ jti: fresh('jti') }, 1)
  pushed = String(claims.jti)
  expect((await pushSet(gateway, owner.token, await owner.set(claims))).status).toBe(202)
  await asks(owner, 'POST', '/v1/offers/published-by-owner/events', {
    type: 'offer.published',
    effectiveAt: '2026-01-01T00:00:00Z',
    payload: {
      offerDetails: {
        employer: { name: 'Fresas del Sur', cif: sampleCif(0) },
        occupation: { scheme: 'CNO-11', code: '9512' },
        posts: 20,
        period: { start: '2026-02-01', end: '2026-06-30' }
      }
    },
    key: fresh('offer')
  })
  await asks(owner, 'POST', '/v1/offers/offer-of-owner/events', {
    type: 'offer.withdrawn',
    effectiveAt: '2026-01-01T00:00:00Z',
    payload: {},
    key: fresh('offer')
  })
  const file = await fetch(`${t.url}/v1/imports`, {
    method: 'POST',
    headers: { authorization: `Bearer ${owner.token}`, 'content-type': 'text/csv' },
    body: toCsv(registrations(2, 9_000, agency))
  })
  imported = ((await file.json()) as { id: string }).id
  managed = ((await (await asks(owner, 'POST', '/ssf/streams', {})).json()) as { stream_id: string }).stream_id
})

/** A digest of every row of every table, but for used assertions: each request needs a token. */
const fingerprint = async (): Promise<Record<string, string>> => {
  const tables = await t.database.owner.query<{ name: string }>(sql`
    select c.relname as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where n.nspname = 'public' and c.relkind in ('r', 'p') and not c.relispartition and c.relname not in ('assertion', 'migration') order by 1`)
  const digests: Record<string, string> = {}
  for (const { name } of tables) {
    const [row] = await t.database.owner.query<{ digest: string }>(
      sql`select md5(coalesce(string_agg(md5(x::text), '' order by md5(x::text)), '')) as digest from ${sql.identifier(name)} x`
    )
    digests[name] = row?.digest ?? ''
  }
  return digests
}

/** Once what the test prepared has come to rest, and the log has numbered all that it left: that comes by itself, at its own time. */
const settled = (): Promise<Record<string, string>> =>
  until('the tables are at rest', async () => {
    if ((await t.database.owner.query(sql`select 1 from ledger_leaf limit 1`)).length > 0) return null
    const before = await fingerprint()
    await new Promise(resolve => setTimeout(resolve, 150))
    return JSON.stringify(before) === JSON.stringify(await fingerprint()) ? before : null
  })

const withoutRequest = async (answer: Response) => ({
  status: answer.status,
  type: answer.headers.get('content-type'),
  cache: answer.headers.get('cache-control'),
  body: (await answer.text()).replace(/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, 'an id of ours')
})

test('BOLA across partners: no address of the contract that holds an id is left untried', () => {
  const tried = [...Object.keys(owned), ...namedBySender, ...signedByPartner, ...open]
  expect(operations.map(nameOf).toSorted()).toEqual(tried.toSorted())
  for (const operation of operations) {
    const isOpen = [...signedByPartner, ...open].includes(nameOf(operation))
    expect([nameOf(operation), operation.security.length > 0]).toEqual([nameOf(operation), !isOpen])
  }
})

const inTurn = Object.keys(owned).flatMap(name => operations.filter(operation => nameOf(operation) === name))

test.each(inTurn.map(operation => [nameOf(operation), operation] as const))(
  'BOLA across partners: %s is 404 to a second client with the same scopes, as for an id of nobody, and nothing changes',
  async (name, { method, path }) => {
    const exercise = owned[name] as Exercise
    const ask = exercise.ask ?? ((by: Party, id: string) => asks(by, method, path.replace(/\{\w+\}/, encodeURIComponent(id))))
    const { own, nobodys } = await exercise.ids()
    expect(own).not.toBe('')
    if (!exercise.isOnce) expect((await ask(owner, own)).status).toBeLessThan(300)
    const before = await settled()
    const answer = await withoutRequest(await ask(stranger, own))
    expect(answer.status).toBe(404)
    expect(answer).toEqual(await withoutRequest(await ask(stranger, nobodys)))
    expect(await fingerprint()).toEqual(before)
    expect((await ask(owner, own)).status).toBeLessThan(300)
  }
)

test.each(namedBySender)(
  'BOLA across partners: %s with another’s name for a person says nothing of her and does nothing to her',
  async name => {
    const path = name.replace('POST ', '')
    const message = messagesOf(1).find(({ type }) => type === 'candidate.registered')
    const known = path.includes('offers') ? 'offer-of-owner' : String(message?.about)
    // An agency tells of people and offers; of authorizations only an authority does, whosever they are.
    const [type, payload, status] = path.includes('placements')
      ? ['candidate.withdrew', { campaign: 2026 }, 202]
      : path.includes('offers')
        ? ['offer.withdrawn', {}, 202]
        : ['authorization.expired', {}, 403]
    const ask = async (id: string) =>
      withoutRequest(
        await asks(stranger, 'POST', path.replace('{id}', id), { type, effectiveAt: '2026-01-20T09:00:00Z', payload, key: fresh('bola') })
      )
    const versions = () => t.database.owner.query(sql`select subject_id, max(version) as version from record group by 1 order by 1`)
    await settled()
    const before = await versions()
    const answer = await ask(known)
    expect(answer.status).toBe(status)
    expect(answer).toEqual(await ask('nobody-of-this-name'))
    expect(await versions()).toEqual(expect.arrayContaining(before))
  }
)

test('BOLA across partners: an acknowledgement of another’s jti changes nothing, and it is handed out again to its owner', async () => {
  const take = async (by: Party, stream: string, body: object) => {
    const answer = await asks(by, 'POST', `/v1/streams/${stream}/poll`, { returnImmediately: true, ...body })
    return Object.keys(((await answer.json()) as { sets: Record<string, string> }).sets)
  }
  const [jti = ''] = await until('the owner is owed a SET', async () => {
    const jtis = await take(owner, 'owner-stream', {})
    return jtis.length > 0 ? jtis : null
  })
  const before = await settled()
  expect(await take(stranger, 'stranger-stream', { ack: [jti] })).toEqual([])
  expect(await take(stranger, 'stranger-stream', { setErrs: { [jti]: { err: 'invalid_request', description: 'x' } } })).toEqual([])
  expect(await fingerprint()).toEqual(before)
  await take(owner, 'owner-stream', { ack: [jti], maxEvents: 0 })
  expect(await fingerprint()).not.toEqual(before)
})
