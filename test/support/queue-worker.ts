// A process that only works queues, for tests that stop, kill and wake it: told what to do by its argument and by messages.
import { setTimeout as delay } from 'node:timers/promises'
import type { BackendSettings } from '../../src/queue/backend.ts'
import { openQueues } from '../../src/queue/queue.ts'
import type { WorkSettings } from '../../src/queue/work.ts'

export interface WorkerSettings {
  backend: BackendSettings
  prefix: string
  queues: Record<string, WorkSettings>
}

/** What a job's data may ask of the process; `deaf` does not listen to its signal. */
export interface Task extends Record<string, string | number> {
  task: 'nothing' | 'wait' | 'deaf' | 'fail'
  ms: number
}

export type WorkerMessage =
  | { kind: 'ready' | 'closed' }
  | { kind: 'started' | 'done' | 'aborted'; queue: string; job: string; attempt: number }
  | { kind: 'report'; what: string; code: string }
  | { kind: 'health'; queue: string; health: unknown }

/** Stands for what a partner's answer or a record might say. */
export const CANARY = 'Fatima Canary AB1234567'

const say = (message: WorkerMessage) => process.send?.(message)

async function perform(task: Task, signal: AbortSignal, attempt: number): Promise<void> {
  switch (task.task) {
    case 'nothing':
      return
    case 'wait':
      await delay(task.ms, undefined, { signal })
      return
    case 'deaf':
      await delay(task.ms)
      return
    case 'fail':
      // The first tries fail, as many as `ms` says.
      if (attempt <= task.ms) throw Object.assign(new Error(`the partner refused ${CANARY}`), { detail: CANARY })
  }
}

if (process.argv[2] && process.send) {
  const { backend, prefix, queues: settings } = JSON.parse(process.argv[2]) as WorkerSettings
  const queues = openQueues({ backend, prefix, report: ({ what, code }) => say({ kind: 'report', what, code }) })
  const works = Object.entries(settings).map(([queue, workSettings]) => {
    const work = queues.work(
      queue,
      async (data, { id, attempt, signal }) => {
        say({ kind: 'started', queue, job: id, attempt })
        signal.addEventListener('abort', () => say({ kind: 'aborted', queue, job: id, attempt }))
        await perform(data as Task, signal, attempt)
        say({ kind: 'done', queue, job: id, attempt })
      },
      workSettings
    )
    return { queue, work }
  })
  process.on('message', message => {
    if (message === 'health') for (const { queue, work } of works) say({ kind: 'health', queue, health: work.health() })
    if (message !== 'close') return
    void queues.close().then(() => {
      say({ kind: 'closed' })
      process.disconnect()
    })
  })
  process.on('disconnect', () => setTimeout(() => process.exit(0), 100))
  say({ kind: 'ready' })
}
