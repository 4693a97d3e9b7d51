// Two employers, two consulates, two agencies: whatever reaches any of them is about its own people and nobody else's.
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startSandbox as startConsulate } from '../../adapters/consulate/sandbox.ts'
import type { JournalEntry, Sandbox, SandboxOptions } from '../../adapters/contract.ts'
import { startSandbox as startGecco } from '../../adapters/gecco/sandbox.ts'
import { startSandbox as startReference } from '../../adapters/reference/sandbox.ts'
import { generateCampaign } from '../../samples/campaign.ts'
import { agencies, employers } from '../../samples/parties.ts'
import type { Worker } from '../../samples/worker.ts'
import { scaledClock } from '../../src/domain/clock.ts'
import { type NewPartner, openStream, registerPartner } from '../../src/flow/administer.ts'
import { sql } from '../../src/store/database.ts'
import { freePort } from '../../src/store/embedded/port.ts'
import { newHolder } from '../adapters/certificates.ts'
import { askingSettings } from '../adapters/gecco-samples.ts'
import { testClient, testGateway } from '../support/gateway.ts'
import { privateJwk, until } from '../support/house.ts'
import { drainStream } from '../support/tokens.ts'

const campaignStart = '2026-01-05'
/** A week of the campaign takes two seconds. */
const speed = (7 * 24 * 3600) / 2
const t = await testGateway({ clock: scaledClock(new Date(`${campaignStart}T08:00:00Z`), speed) })
const folder = await mkdtemp(join(tmpdir(), 'jisr-scopes-'))
afterAll(() => rm(folder, { recursive: true, force: true }))

/** New workers without a planted edge case; their third employer is no partner, so nobody may hear of its people as an employer. */
const workers = [...generateCampaign({ workers: 72, seed: 11, newShare: 1, campaignStart }).workers()].filter(
  worker => worker.edgeCases.length === 0 && worker.registeredBy === 'message'
)
const passportOf = (worker: Worker): string => /"type":"PASSPORT","number":"([^"]+)"/.exec(JSON.stringify(worker.phaseA))?.[1] as string
const sourceOf = (worker: Worker) => worker.agency.code.toLowerCase()

const ours = { ...t.house.keys.set.jwk, kid: t.house.keys.set.kid }
const sandboxes = new Map<string, Sandbox>()

const start = async (id: string, run: (options: SandboxOptions) => Promise<Sandbox>, port: number, settings: Record<string, unknown>) => {
  const directory = join(folder, id)
  const sandbox = await run({ port, directory, gateway: t.url, speed, settings: { partner: id, ...settings } })
  afterAll(() => sandbox.close())
  sandboxes.set(id, sandbox)
}

/** A partner of signed JSON: its double runs with a key that is registered. */
const addPartner = async (
  run: (options: SandboxOptions) => Promise<Sandbox>,
  partner: Omit<NewPartner, 'name' | 'settings'> & { settings?: object },
  sandboxSettings: object = {}
) => {
  const key = privateJwk()
  const { d: _secret, ...publicKey } = key
  const port = await freePort()
  const settings = { endpoint: `http://127.0.0.1:${port}`, ...partner.settings }
  await registerPartner(t.house, { ...partner, name: partner.id, settings, jwks: { keys: [publicKey] } }, 'test')
  await start(partner.id, run, port, { key, gatewayKeys: [ours], ...sandboxSettings })
}

const addAuthority = async () => {
  const holder = await newHolder('si-gecco')
  const port = await freePort()
  const certificate = await registerPartner(
    t.house,
    {
      reason: 'test',
      id: 'si-gecco',
      name: 'SI GECCO',
      adapter: 'gecco',
      role: 'migration-authority',
      settings: { asking: askingSettings(`http://127.0.0.1:${port}`) },
      certificates: [holder.certificatePem],
      certificate: true,
      subscriptions: [{ type: 'authorization.requested' }]
    },
    'test'
  )
  await start('si-gecco', startGecco, port, {
    privateKey: holder.privateKeyPem,
    certificate: holder.certificatePem,
    gatewayCertificates: [certificate],
    waitingHours: 24
  })
}

const addAgency = async (code: string) => {
  const id = code.toLowerCase()
  const client = await testClient(t, id, ['set.push', 'ssf.read'], { agency: code })
  const subscriptions = [{ type: 'authorization.granted' as const, agency: code }]
  const fields = ['person.identifiers[MA-CNIE]', 'authorization.decision'] as const
  await openStream(
    t.house,
    { reason: 'test', id: `${id}-grants`, clientId: id, role: 'origin-agency', audience: `${t.url}/${id}`, fields, subscriptions },
    'test'
  )
  return { client, stream: `${id}-grants`, people: workers.filter(worker => worker.agency.code === code) }
}

const consulates = ['TANGIER', 'CASABLANCA'] as const
const companies = employers.slice(0, 2)
const streams: Awaited<ReturnType<typeof addAgency>>[] = []

const submitAll = async (phase: (worker: Worker) => Worker['phaseA']) => {
  for (const worker of workers) {
    for (const { key, about, type, effectiveAt, payload } of phase(worker)) {
      const answer = await t.submit({ source: sourceOf(worker), key, person: about, type, at: effectiveAt, payload })
      if (answer.status !== 'accepted') throw new Error(`${type} was not accepted: ${JSON.stringify(answer)}`)
    }
  }
}

const count = async (type: string): Promise<number> =>
  (await t.house.database.query<{ n: number }>(sql`select count(*)::int as n from event where type = ${type}`))[0]?.n ?? 0

beforeAll(async () => {
  await addAuthority()
  for (const issuing of consulates) {
    await addPartner(
      startConsulate,
      {
        reason: 'test',
        id: `consulate-${issuing.toLowerCase()}`,
        adapter: 'consulate',
        role: 'consulate',
        settings: { consulate: { lodging: 'RABAT', issuing }, capacity: 'visas' },
        capacity: { id: 'visas', weekly: 1_500 },
        subscriptions: [{ type: 'visa.requested', consulate: issuing }]
      },
      { issuing, refusalShare: 0, noShowShare: 0 }
    )
  }
  for (const { cif } of companies) {
    const subscriptions = [{ type: 'visa.issued' as const, employer: cif }]
    await addPartner(startReference, {
      reason: 'test',
      id: `employer-${cif.toLowerCase()}`,
      adapter: 'reference',
      role: 'employer-after-grant',
      subscriptions
    })
  }
  for (const { code } of agencies) streams.push(await addAgency(code))

  await submitAll(worker => worker.phaseA)
  await until('every grant is back', async () => (await count('authorization.granted')) === workers.length, 60_000)
  await submitAll(worker => worker.phaseB(t.house.clock.campaign()))
  await until('every visa is issued', async () => (await count('visa.issued')) === workers.length, 60_000)
  await until(
    'everything that is sent is settled',
    async () =>
      (
        await t.house.database.query(sql`
          select d.id from delivery d join partner p on p.id = d.partner_id where p.adapter <> 'set' and d.state <> 'accepted' limit 1`)
      ).length === 0,
    60_000
  )
}, 180_000)

/** The agency and number of everybody in a partner's journal, sorted; each entry's delivery must be that partner's. */
const peopleAt = async (partner: string): Promise<string[]> => {
  const journal = (await (await fetch(`${sandboxes.get(partner)?.url}/__sandbox/journal`)).json()) as JournalEntry[]
  const deliveries = journal.filter(entry => entry.delivery !== '').map(entry => entry.delivery)
  const rows = await t.house.database.query<{ personId: string; partnerId: string }>(
    sql`select person_id as "personId", partner_id as "partnerId" from delivery where id = any(${deliveries}::text[])`
  )
  expect(new Set(rows.map(row => row.partnerId))).toEqual(new Set([partner]))
  const known = new Map<string, string>()
  for (const worker of workers) {
    const hash = t.house.vault.hashes.sourceId(sourceOf(worker), worker.id)
    const [row] = await t.house.database.query<{ personId: string }>(
      sql`select person_id as "personId" from person_source where client_id = ${sourceOf(worker)} and source_hash = ${hash}`
    )
    known.set(row?.personId ?? '', worker.id)
  }
  return [...new Set(rows.map(row => known.get(row.personId) ?? 'a stranger'))].sort()
}

const ids = (people: readonly Worker[]) => people.map(worker => worker.id).sort()

/** Everything a double has written to its disk. */
const booksOf = async (partner: string): Promise<string> =>
  (await Promise.all((await readdir(join(folder, partner))).map(name => readFile(join(folder, partner, name), 'utf8')))).join('\n')

test('the sample has people of every agency, consulate and employer, a third employer among them', () => {
  expect(workers.length).toBeGreaterThan(30)
  for (const issuing of consulates) expect(workers.filter(worker => worker.consulate === issuing).length).toBeGreaterThan(3)
  for (const { cif } of employers) expect(workers.filter(worker => worker.employer.cif === cif).length).toBeGreaterThan(3)
})

test('the authority hears of everybody', async () => {
  expect(await peopleAt('si-gecco')).toEqual(ids(workers))
})

describe.each(consulates)('the consulate at %s', issuing => {
  const own = workers.filter(worker => worker.consulate === issuing)

  test('has all its own people in its journal and nobody else', async () => {
    expect(await peopleAt(`consulate-${issuing.toLowerCase()}`)).toEqual(ids(own))
  })

  test('has no passport of anybody else in its books', async () => {
    const books = await booksOf(`consulate-${issuing.toLowerCase()}`)
    const found = workers.filter(worker => books.includes(passportOf(worker)))
    expect(ids(found)).toEqual(ids(own))
  })
})

test.each(companies)('the employer $name has all its own people in its journal and nobody else', async ({ cif }) => {
  expect(await peopleAt(`employer-${cif.toLowerCase()}`)).toEqual(ids(workers.filter(worker => worker.employer.cif === cif)))
})

test('each agency’s stream holds the grants of all its own people and of nobody else, under names that no other stream knows', async () => {
  const names: string[][] = []
  for (const { client, stream, people } of streams) {
    const claims = await drainStream(t, client, stream)
    const text = JSON.stringify(claims)
    const cnieOf = (worker: Worker) => /"scheme":"MA-CNIE","value":"([^"]+)"/.exec(JSON.stringify(worker.phaseA))?.[1] as string
    expect(ids(workers.filter(worker => text.includes(cnieOf(worker))))).toEqual(ids(people))
    expect(claims).toHaveLength(people.length)
    names.push(claims.map(claim => (claim.sub_id as { id: string }).id))
  }
  const [first = [], second = []] = names
  expect(first.filter(name => second.includes(name))).toEqual([])
})

test('a stream is polled by its own client alone', async () => {
  const [first, second] = streams
  if (first === undefined || second === undefined) throw new Error('two streams were opened')
  await expect(drainStream(t, first.client, second.stream)).rejects.toThrow('404')
})

test('nothing failed on the way', () => {
  expect(t.failures).toEqual([])
})
