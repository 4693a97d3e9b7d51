// How fast ids go through the queue on both backends, each beside its floor in the same run: BullMQ alone, with its own defaults.
//   node bench/queue.ts [--jobs 10000] [--json]
import { setTimeout as delay } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { createPostgresBackend, Queue, Worker } from 'bullmq'
import { openQueues } from '../src/queue/queue.ts'
import { type Server, startPostgres, startRedis } from '../test/queue/servers.ts'
import { needs } from '../test/support/skip.ts'

interface Speed {
  addPerSecond: number
  processPerSecond: number
}

const BULK = 1_000
const CONCURRENCY = { postgres: 20, redis: 50 }
const { jobs: jobsText, json } = parseArgs({
  options: { jobs: { type: 'string', default: '10000' }, json: { type: 'boolean', default: false } }
}).values
const jobs = Number(jobsText)
if (!Number.isSafeInteger(jobs) || jobs < BULK || jobs > 1_000_000) throw new Error('--jobs must be between 1000 and 1000000')

/** BullMQ as its documentation shows it. */
async function floor({ backend: { kind, url } }: Server): Promise<Speed> {
  const connection = kind === 'postgres' ? { connectionString: url } : { url, maxRetriesPerRequest: null }
  const factory = kind === 'postgres' ? (createPostgresBackend as never) : undefined
  const queue = new Queue('floor', { connection }, factory as never)
  await queue.waitUntilReady()
  const ids = Array.from({ length: jobs }, (_, index) => `floor-${index}`)
  const addPerSecond = await perSecond(async () => {
    for (let start = 0; start < jobs; start += BULK) {
      await queue.addBulk(ids.slice(start, start + BULK).map(id => ({ name: 'job', data: { delivery: id }, opts: { jobId: id } })))
    }
  })
  let done = 0
  const count = async () => {
    done += 1
  }
  const worker = new Worker('floor', count, { connection, concurrency: CONCURRENCY[kind], autorun: false }, factory as never)
  worker.on('error', error => console.error(error.message))
  await worker.waitUntilReady()
  const processPerSecond = await perSecond(async () => {
    void worker.run()
    while (done < jobs) await delay(2)
  })
  await worker.close()
  await queue.close()
  return { addPerSecond, processPerSecond }
}

async function ours({ backend }: Server): Promise<Speed> {
  const queues = openQueues({ backend, prefix: 'bench' })
  await queues.depth('noop')
  const ids = Array.from({ length: jobs }, (_, index) => `job-${index}`)
  const addPerSecond = await perSecond(async () => {
    for (let start = 0; start < jobs; start += BULK) {
      await queues.add(
        'noop',
        ids.slice(start, start + BULK).map(id => ({ id, data: { delivery: id } }))
      )
    }
  })
  let done = 0
  const count = async () => {
    done += 1
  }
  const processPerSecond = await perSecond(async () => {
    queues.work('noop', count, { concurrency: CONCURRENCY[backend.kind] })
    while (done < jobs) await delay(2)
  })
  await queues.close()
  return { addPerSecond, processPerSecond }
}

async function perSecond(work: () => Promise<void>): Promise<number> {
  const start = performance.now()
  await work()
  return Math.round((jobs / (performance.now() - start)) * 1_000)
}

const rows: Record<string, unknown>[] = []
for (const [name, start] of [
  ['postgres', () => startPostgres({ durable: true })],
  ['redis', startRedis]
] as const) {
  if (name === 'redis' && !needs('redis-server')) continue
  const server = await start()
  try {
    const bare = await floor(server)
    const own = await ours(server)
    for (const key of ['addPerSecond', 'processPerSecond'] as const) {
      rows.push({ backend: name, what: key, jisr: own[key], floor: bare[key], ratio: Number((own[key] / bare[key]).toFixed(2)) })
    }
  } finally {
    await server.remove()
  }
}
if (json) console.log(JSON.stringify({ jobs, rows }))
else console.table(rows)
