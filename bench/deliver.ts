// What delivering costs the gateway itself, partner and network left out: claim, map, assemble, keep, settle. node bench/deliver.ts [rows]
import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Adapter, NotSent, type Outbound } from '../adapters/contract.ts'
import { reference } from '../adapters/reference/index.ts'
import type { ReferenceSettings } from '../adapters/reference/map.ts'
import type { Fact } from '../adapters/reference/wire.ts'
import { generateCampaign } from '../samples/campaign.ts'
import { realClock } from '../src/domain/clock.ts'
import { registerPartner } from '../src/flow/administer.ts'
import { deliver } from '../src/flow/deliver.ts'
import { openIntake } from '../src/flow/intake.ts'
import type { Job } from '../src/flow/jobs.ts'
import { relayPartner } from '../src/flow/relay.ts'
import { openHouse } from '../src/roles/house.ts'
import { openDatabase, sql } from '../src/store/database.ts'
import { startEmbedded } from '../src/store/embedded.ts'
import { migrate } from '../src/store/migrate.ts'
import { createPartitions } from '../src/store/partitions.ts'
import { loopback } from '../src/trust/destination.ts'
import { sha256 } from '../src/trust/keyed-hash.ts'
import { parseMasterKey } from '../src/trust/master-key.ts'
import { newDataKey, seal } from '../src/trust/seal.ts'

const rows = Number(process.argv[2] ?? 4_000)

const folder = await mkdtemp(join(tmpdir(), 'jisr-bench-'))
const server = await startEmbedded({ directory: join(folder, 'postgres') })
const owner = openDatabase({ url: server.url, application: 'bench owner' })
await migrate(owner)
await createPartitions(owner, new Date())
/** A partner that takes everything at once, so that only our own work is measured. */
const taking: Outbound<ReferenceSettings, Fact> = {
  ...(reference.outbound as Outbound<ReferenceSettings, Fact>),
  send: async (parcel, context) => {
    const { fetch } = context
    await fetch('http://127.0.0.1:9/', { method: 'POST', body: parcel.draft.body }).catch((error: unknown) => {
      if (!(error instanceof NotSent)) throw error
    })
    return parcel.rows.map(({ delivery }) => ({ status: 'accepted', receipt: `taken ${delivery}` }))
  }
}
const { kty, crv, x, y } = generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({ format: 'jwk' })
const key = { kty, crv, x, y, kid: 'partner' }
const house = await openHouse({
  databaseUrl: server.url,
  application: 'bench',
  keyring: { current: parseMasterKey(randomBytes(32).toString('base64')), previous: [] },
  clock: realClock,
  adapters: new Map([['reference', { ...reference, outbound: taking } as unknown as Adapter]]),
  outboundAllow: loopback,
  log: () => {},
  failed: (station, error) => console.error(station, error)
})
for (const [id, gather] of [
  ['together', true],
  ['alone', false]
] as const)
  await registerPartner(
    house,
    {
      reason: 'test',
      ...{ id, name: id, adapter: 'reference', role: 'reference', jwks: { keys: [key] }, maxInFlight: 64 },
      settings: { endpoint: 'http://127.0.0.1:9', gather },
      subscriptions: [{ type: 'candidate.registered' }]
    },
    'bench'
  )
const intake = openIntake(house)
const people = [...generateCampaign({ workers: rows, seed: 1, newShare: 1, campaignStart: '2026-01-05' }).messages({ wave: 500 })].filter(
  message => message.type === 'candidate.registered'
)
await Promise.all(
  people.map(message => {
    const evidence = JSON.stringify(message)
    const { client: source, key, type, about, payload, effectiveAt } = message
    const submission = { source, key, payloadHash: sha256(evidence), type, about: { sourceId: about }, payload, evidence, order: about }
    return intake.submit({ ...submission, effectiveAt: new Date(effectiveAt) })
  })
)

/** Milliseconds and CPU for each row, a job at a time. */
const measure = async (id: string) => {
  const partner = house.directory.partner(id)
  if (partner === undefined) throw new Error('the partner is not there')
  await owner.query(sql`update delivery set not_before = now() - interval '1 minute' where partner_id = ${id}`)
  let [done, ms, cpuMs] = [0, 0, 0]
  for (;;) {
    const jobs: Job[] = []
    await relayPartner(house, { add: async (_, added) => void jobs.push(...added.map(job => job.data)) }, partner)
    if (jobs.length === 0) return { done, ms: ms / done, cpuMs: cpuMs / done }
    for (const job of jobs) {
      const [cpu, startedAt] = [process.cpuUsage(), performance.now()]
      await deliver(house, partner, job.deliveries as string[], AbortSignal.timeout(60_000))
      const { user, system } = process.cpuUsage(cpu)
      ms += performance.now() - startedAt
      cpuMs += (user + system) / 1000
      done += (job.deliveries as string[]).length
    }
  }
}

/** Milliseconds for sealing 700 bytes: each row is sealed a few times. */
const sealing = (): number => {
  const key = newDataKey()
  const text = 'x'.repeat(700)
  const startedAt = performance.now()
  for (let i = 0; i < 20_000; i++) seal(key, text, { table: 't', column: 'c', row: String(i) })
  return (performance.now() - startedAt) / 20_000
}

const floor = sealing()
for (const id of ['together', 'alone']) {
  const { done, ms, cpuMs } = await measure(id)
  console.log(
    `${id}: ${done} rows, ${ms.toFixed(2)} ms each, ${cpuMs.toFixed(2)} ms of this process's CPU (${(cpuMs / floor).toFixed(0)} sealings)`
  )
}
const [size] = await owner.query<{ kb: number }>(
  sql`select sum(pg_total_relation_size(c.oid))::float8 / 1024 as kb from pg_class c where c.relkind = 'r' and c.relname ~ '^(parcel|document|transport)'`
)
console.log(`stored for parcels and documents: ${((size?.kb ?? 0) / people.length / 2).toFixed(2)} KiB a row`)
await intake.close()
await owner.close()
await house.close()
await server.stop()
await rm(folder, { recursive: true, force: true })
