// How many events a second the intake takes, beside what the disk and sealing alone would allow. node bench/ingest.ts [workers]
import { randomBytes } from 'node:crypto'
import { mkdtemp, open, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { adapters } from '../adapters/index.ts'
import { generateCampaign } from '../samples/campaign.ts'
import { realClock } from '../src/domain/clock.ts'
import { openIntake } from '../src/flow/intake.ts'
import { openHouse } from '../src/roles/house.ts'
import { openDatabase } from '../src/store/database.ts'
import { startEmbedded } from '../src/store/embedded.ts'
import { migrate } from '../src/store/migrate.ts'
import { sha256 } from '../src/trust/keyed-hash.ts'
import { parseMasterKey } from '../src/trust/master-key.ts'
import { newDataKey, seal } from '../src/trust/seal.ts'

const workers = Number(process.argv[2] ?? 1_500)
const atOnce = 96

const folder = await mkdtemp(join(tmpdir(), 'jisr-bench-'))
const server = await startEmbedded({ directory: join(folder, 'postgres') })
const owner = openDatabase({ url: server.url, application: 'bench owner' })
await migrate(owner)
await owner.close()
const house = await openHouse({
  databaseUrl: server.url,
  application: 'bench',
  keyring: { current: parseMasterKey(randomBytes(32).toString('base64')), previous: [] },
  clock: realClock,
  adapters,
  log: () => {},
  failed: (station, error) => console.error(station, error)
})
const intake = openIntake(house)

/** Events a second and CPU of this process for each, `atOnce` senders waiting for their answers. */
const ingest = async () => {
  const messages = [...generateCampaign({ workers, seed: 1, newShare: 0.8, campaignStart: '2026-01-05' }).messages({ wave: 500 })]
  const cpu = process.cpuUsage()
  const startedAt = performance.now()
  let next = 0
  const sender = async () => {
    for (let own = next++; own < messages.length; own = next++) {
      const message = messages[own]
      if (message === undefined) return
      const evidence = JSON.stringify(message)
      await intake.submit({
        source: message.client,
        key: message.key,
        payloadHash: sha256(evidence),
        type: message.type,
        about: { sourceId: message.about },
        payload: message.payload,
        effectiveAt: new Date(message.effectiveAt),
        evidence,
        order: message.about
      })
    }
  }
  await Promise.all(Array.from({ length: atOnce }, sender))
  const seconds = (performance.now() - startedAt) / 1000
  const { user, system } = process.cpuUsage(cpu)
  return { events: messages.length, perSecond: messages.length / seconds, cpuMs: (user + system) / 1000 / messages.length }
}

/** Commits the disk can make a second: 8 KiB written and synced, one after the other. */
const syncs = async (): Promise<number> => {
  const file = await open(join(folder, 'sync'), 'w')
  const block = Buffer.alloc(8_192)
  const startedAt = performance.now()
  const times = 300
  for (let i = 0; i < times; i++) {
    await file.write(block, 0, block.length, i * block.length)
    await file.datasync()
  }
  await file.close()
  return (times * 1000) / (performance.now() - startedAt)
}

/** Sealings of 1.5 kB a second: each event is sealed about twice. */
const sealings = (): number => {
  const key = newDataKey()
  const text = 'x'.repeat(1_500)
  const startedAt = performance.now()
  for (let i = 0; i < 20_000; i++) seal(key, text, { table: 't', column: 'c', row: String(i) })
  return 20_000_000 / (performance.now() - startedAt)
}

const disk = await syncs()
const sealed = sealings()
const { events, perSecond, cpuMs } = await ingest()
console.log(`ingest: ${events} events, ${perSecond.toFixed(0)} a second, ${cpuMs.toFixed(2)} ms of this process's CPU each`)
console.log(
  `floors: one synced commit each ${disk.toFixed(0)}/s (ratio ${(perSecond / disk).toFixed(2)}); two sealings each ${(sealed / 2).toFixed(0)}/s (ratio ${(perSecond / (sealed / 2)).toFixed(3)})`
)
await intake.close()
await house.close()
await server.stop()
await rm(folder, { recursive: true, force: true })
