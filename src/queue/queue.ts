// Queues of row ids: added in bulk, worked by any number of processes, on PostgreSQL or Redis with the same behaviour.
import { Queue } from 'bullmq'
import type { Backend, BackendSettings } from './backend.ts'
import { failureCode } from './failure.ts'
import { checkedJob, checkedName, type NewJob, type QueueReport } from './job.ts'
import { openPostgres } from './postgres.ts'
import { openRedis } from './redis.ts'
import { type Handler, startWork, type Work, type WorkSettings } from './work.ts'

export interface QueuesSettings {
  backend: BackendSettings
  /** Keeps installations that share a server apart: lower-case letters, digits and `-`. */
  prefix: string
  /** Errors of one code are reported at most once in 5 s per queue; failed jobs each time. */
  report?: (report: QueueReport) => void
}

export interface AddSettings {
  /** Tries within this round, 3 by default. The rounds themselves are the rows' affair. */
  attempts?: number
  /** Wait before the second try, doubled each time, up to half of it taken off at random. 1,000 by default. */
  backoffMs?: number
}

/** How many jobs wait for a worker, wait for their next try, and run. */
export interface Depth {
  waiting: number
  delayed: number
  active: number
}

export interface Queues {
  /**
   * Adds jobs, 1,000 at a time. All may be added again: those that are still in the queue are left as they are.
   * @throws Error when a job is malformed (nothing was added) or the backend does not answer within 10 s (some may have been added).
   */
  add(queue: string, jobs: readonly NewJob[], settings?: AddSettings): Promise<void>
  /** Starts a worker in this process; a handler's throw is a failed try. */
  work(queue: string, handler: Handler, settings: WorkSettings): Work
  depth(queue: string): Promise<Depth>
  /** Removes everything in the queue, running jobs included. Nothing is lost: rows that are not settled are dispatched again. */
  empty(queue: string): Promise<void>
  /** What an operator should change at the backend's server, in sentences. */
  advice(): Promise<string[]>
  /** Drains the workers (at most 10 s), then closes all connections. */
  close(): Promise<void>
}

const BULK_MAX = 1_000
const ANSWER_TIMEOUT_MS = 10_000
const EMPTY_TIMEOUT_MS = 300_000
const CLOSE_TIMEOUT_MS = 500
const REPORT_PAUSE_MS = 5_000
const JOB_BYTES_MAX = 65_536
/** BullMQ writes an event for each step of a job, which nobody here reads; it cannot be turned off, and 0 would mean "keep all". */
const EVENTS_KEPT = 1_000

/** Opens the queues of one process. Nothing is connected before the first use, so a backend that is away now is no error. */
export function openQueues({ backend: settings, prefix, report = () => {} }: QueuesSettings): Queues {
  checkedName(prefix)
  const backend = settings.kind === 'postgres' ? openPostgres(settings, prefix) : openRedis(settings, prefix)
  const tell = seldom(report)
  const open = new Map<string, Queue>()
  const working = new Set<Work>()

  const queueOf = (name: string) => {
    const known = open.get(name)
    if (known) return known
    const queue = openQueue(backend, checkedName(name))
    queue.on('error', error => tell({ what: 'backend error', queue: name, code: failureCode(error), error }))
    open.set(name, queue)
    return queue
  }

  return {
    async add(name, jobs, { attempts = 3, backoffMs = 1_000 } = {}) {
      const backoff = { type: 'exponential', delay: backoffMs, jitter: 0.5 }
      const bulk = jobs.map(checkedJob).map(({ id, data }) => ({ name, data, opts: { jobId: id, attempts, backoff } }))
      for (let start = 0; start < bulk.length; start += BULK_MAX) {
        const some = bulk.slice(start, start + BULK_MAX)
        const queue = queueOf(name)
        const adding =
          some.length < backend.bulkMin ? Promise.all(some.map(job => queue.add(job.name, job.data, job.opts))) : queue.addBulk(some)
        await within(ANSWER_TIMEOUT_MS, `add to queue ${name}`, adding)
      }
    },
    work(name, handler, workSettings) {
      const work = startWork({ backend, name, probe: queueOf(name), report: tell }, handler, workSettings)
      working.add(work)
      return work
    },
    async depth(name) {
      const counting = queueOf(name).getJobCounts('waiting', 'delayed', 'active')
      const { waiting = 0, delayed = 0, active = 0 } = await within(ANSWER_TIMEOUT_MS, `count queue ${name}`, counting)
      return { waiting, delayed, active }
    },
    async empty(name) {
      const queue = queueOf(name)
      const emptying = queue.obliterate({ force: true }).then(() => queue.resume())
      await within(EMPTY_TIMEOUT_MS, `empty queue ${name}`, emptying)
    },
    advice: () => within(ANSWER_TIMEOUT_MS, 'ask the queue backend', backend.advice()),
    async close() {
      await Promise.all([...working].map(work => work.close()))
      await Promise.all([...open.values()].map(queue => within(CLOSE_TIMEOUT_MS, 'close', queue.close()).catch(() => {})))
      await backend.close()
    }
  }
}

function openQueue(backend: Backend, name: string): Queue {
  const { name: fullName, options, factory } = backend.producer(name)
  const defaultJobOptions = {
    // Gone at once: a job that is kept would block its id, and what became of it stands in the rows.
    removeOnComplete: true,
    removeOnFail: true,
    // A stack would begin with the handler's message.
    stackTraceLimit: 0,
    sizeLimit: JOB_BYTES_MAX
  }
  return new Queue(fullName, { ...options, defaultJobOptions, streams: { events: { maxLen: EVENTS_KEPT } } }, factory)
}

/** During an outage BullMQ says the same thing many times a second. */
function seldom(report: (report: QueueReport) => void): (report: QueueReport) => void {
  const last = new Map<string, number>()
  return message => {
    if (message.what === 'backend error') {
      const key = `${message.queue} ${message.code}`
      if (Date.now() - (last.get(key) ?? Number.NEGATIVE_INFINITY) < REPORT_PAUSE_MS) return
      last.set(key, Date.now())
    }
    report(message)
  }
}

/** The backend may be away without saying so; what was asked may still happen later, which callers must bear. */
async function within<T>(timeoutMs: number, what: string, promise: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`could not ${what} within ${timeoutMs} ms: is the queue backend up?`)), timeoutMs)
  })
  try {
    return await Promise.race([promise, late])
  } finally {
    clearTimeout(timer)
  }
}
