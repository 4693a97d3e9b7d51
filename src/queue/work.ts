// One worker of a queue in this process: takes jobs, limits them, drains, and is made anew when it stops taking.
import { setTimeout as delay } from 'node:timers/promises'
import { type Job, type Queue, Worker } from 'bullmq'
import type { Backend, Connection } from './backend.ts'
import { failureCode, storable } from './failure.ts'
import type { JobData, QueueReport } from './job.ts'
import { type Sight, startWatch } from './watch.ts'

/** `signal` aborts when the job takes too long, when its lock went to another worker, or when the process must stop. */
export type Handler = (data: JobData, job: { id: string; attempt: number; signal: AbortSignal }) => Promise<void>

export interface WorkSettings {
  /** Jobs at a time. */
  concurrency: number
  /** After this a job's signal aborts; 5 s later it counts as failed whether the handler listens or not. 120,000 by default. */
  timeoutMs?: number
  /** How long a job belongs to a worker that gives no sign of life. Renewed at half. 30,000 by default. */
  lockMs?: number
  /** How often lapsed locks are looked for. A dead worker's job runs elsewhere after at most lockMs + 2 × this. 5,000 by default. */
  stalledIntervalMs?: number
  /** The same job waits this long while this worker has room: the worker is made anew. 15,000 by default. */
  stuckMs?: number
}

export interface WorkHealth {
  /** `stuck`: a job has waited too long though there is room. `away`: the backend does not answer. */
  state: 'working' | 'idle' | 'stuck' | 'away'
  running: number
  /** Milliseconds since a job was last taken or ended here; null before the first. */
  lastProgressMs: number | null
  /** Times the worker was made anew. */
  recreated: number
}

export interface Work {
  health(): WorkHealth
  /** Takes no more jobs, lets the running ones end, aborts them after 7 s, returns after 8 s at the latest. */
  close(): Promise<void>
}

interface Context {
  backend: Backend
  name: string
  /** For looking at the queue without the worker's own connections. */
  probe: Queue
  report: (report: QueueReport) => void
}

interface Running {
  id: string
  controller: AbortController
}

const DRAIN_MS = 7_000
const IDLE_DRAIN_MS = 2_000
const ABORT_GRACE_MS = 1_000
const LATE_GRACE_MS = 5_000
const REFUSED_PAUSE_MS = 250
/** A job whose worker died this often is given up; its rows are dispatched again when their lease has lapsed. */
const STALLED_MAX = 3

/** Starts to take jobs at once. @throws Error when `concurrency` is not a number above 0. */
export function startWork(context: Context, handler: Handler, settings: WorkSettings): Work {
  const { concurrency, timeoutMs = 120_000, stuckMs = 15_000 } = settings
  const running = new Set<Running>()
  let progressAt: number | null = null
  let sight: Sight = 'clear'
  let recreated = 0
  let closing: Promise<void> | undefined

  const process = async (job: Job<JobData>): Promise<void> => {
    const own: Running = { id: job.id ?? '', controller: new AbortController() }
    const attempt = job.attemptsMade + 1
    running.add(own)
    progressAt = Date.now()
    try {
      await limited(own.controller, timeoutMs, () => handler(job.data, { id: own.id, attempt, signal: own.controller.signal }))
    } catch (error) {
      context.report({ what: 'job failed', queue: context.name, job: own.id, attempt, code: failureCode(error), error })
      throw storable(error)
    } finally {
      progressAt = Date.now()
      running.delete(own)
    }
  }
  const abort = (reason: string, id?: string) => {
    for (const own of running) if (id === undefined || own.id === id) own.controller.abort(new Error(reason))
  }
  const start = () => startWorker(context, process, settings, id => abort('the job went to another worker', id))

  let current = start()
  const watch = startWatch(context.probe, stuckMs, () => ({ hasRoom: running.size < concurrency, progressAt }), {
    saw: seen => {
      sight = seen
    },
    stuck() {
      recreated += 1
      context.report({ what: 'worker recreated', queue: context.name, code: 'STUCK' })
      discard(current)
      current = start()
    }
  })

  return {
    health: () => ({
      state: sight === 'clear' ? (running.size > 0 ? 'working' : 'idle') : sight,
      running: running.size,
      lastProgressMs: progressAt === null ? null : Date.now() - progressAt,
      recreated
    }),
    close() {
      closing ??= (async () => {
        watch.stop()
        await drain(current, running.size > 0 ? DRAIN_MS : IDLE_DRAIN_MS, () => abort('the process is stopping'))
      })()
      return closing
    }
  }
}

interface Started {
  worker: Worker<JobData, void>
  release(): void
}

function startWorker(
  context: Context,
  process: (job: Job<JobData>) => Promise<void>,
  settings: WorkSettings,
  lost: (id: string) => void
): Started {
  const { name, options, factory, release } = context.backend.worker(context.name)
  const worker = new Worker<JobData, void>(
    name,
    process,
    {
      ...options,
      concurrency: settings.concurrency,
      lockDuration: settings.lockMs ?? 30_000,
      stalledInterval: settings.stalledIntervalMs ?? 5_000,
      maxStalledCount: STALLED_MAX,
      // BullMQ waits 15 s after a lost connection before it looks again; 1 s costs nothing.
      runRetryDelay: 1_000
    },
    unhurried(factory)
  )
  // Without a listener an error would end the process; a worker that was stopped past its lock wakes up to several.
  worker.on('error', error => context.report({ what: 'backend error', queue: context.name, code: failureCode(error), error }))
  worker.on('lockRenewalFailed', ids => ids.forEach(lost))
  return { worker, release }
}

/** BullMQ asks again at once when a job cannot be taken (no right to a table, memory full), and would do nothing else. */
const unhurried =
  (factory: Connection['factory']): Connection['factory'] =>
  (...values) => {
    const backend = factory(...values)
    const take = backend.moveToActive.bind(backend)
    backend.moveToActive = async (...token) => {
      try {
        return await take(...token)
      } catch (error) {
        await delay(REFUSED_PAUSE_MS)
        throw error
      }
    }
    return backend
  }

/** BullMQ's own close waits for ever while the backend is away or a handler hangs. */
async function drain({ worker, release }: Started, drainMs: number, abort: () => void): Promise<void> {
  const closed = worker.close().catch(() => {})
  if (!(await settles(closed, drainMs))) {
    abort()
    if (!(await settles(closed, ABORT_GRACE_MS))) void worker.disconnect().catch(() => {})
  }
  release()
}

/** Jobs that it still runs go on; their locks lapse and other workers find their rows taken. */
function discard({ worker, release }: Started): void {
  void worker
    .close(true)
    .catch(() => {})
    .finally(release)
}

async function limited(controller: AbortController, timeoutMs: number, handle: () => Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      controller.abort(Object.assign(new Error('the job took too long'), { code: 'ETIMEDOUT' }))
      timer = setTimeout(reject, LATE_GRACE_MS, controller.signal.reason)
    }, timeoutMs)
  })
  try {
    await Promise.race([handle(), late])
  } finally {
    clearTimeout(timer)
  }
}

async function settles(promise: Promise<void>, timeoutMs: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<false>(resolve => {
    timer = setTimeout(resolve, timeoutMs, false)
  })
  const settled = await Promise.race([promise.then(() => true), late])
  clearTimeout(timer)
  return settled
}
