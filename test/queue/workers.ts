// Starts worker processes for a test and keeps account of what they say; none outlives its test.
import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { WorkHealth } from '../../src/queue/work.ts'
import type { WorkerMessage, WorkerSettings } from '../support/queue-worker.ts'
import { eventually } from './servers.ts'

export interface Journal {
  /** Every message of every process, in the order of arrival. */
  messages: (WorkerMessage & { pid: number })[]
  /** Ids of the jobs that ended well, each once. */
  done(): Set<string>
  of(kind: WorkerMessage['kind'], job?: string): (WorkerMessage & { pid: number })[]
}

export interface WorkerProcess {
  pid: number
  child: ChildProcess
  health(queue: string): Promise<WorkHealth>
  /** Resolves with how long the orderly close took, as the process says. */
  close(): Promise<number>
}

export function newJournal(): Journal {
  const messages: Journal['messages'] = []
  const of = (kind: WorkerMessage['kind'], job?: string) =>
    messages.filter(message => message.kind === kind && (job === undefined || ('job' in message && message.job === job)))
  return { messages, of, done: () => new Set(of('done').flatMap(message => ('job' in message ? [message.job] : []))) }
}

/** `after` is the test's own onTestFinished: tests that run side by side have no global one. */
export async function startWorker(
  journal: Journal,
  settings: WorkerSettings,
  after: (end: () => Promise<void>) => void
): Promise<WorkerProcess> {
  const child = fork(fileURLToPath(new URL('../support/queue-worker.ts', import.meta.url)), [JSON.stringify(settings)], { execArgv: [] })
  const pid = child.pid ?? 0
  after(async () => {
    if (child.exitCode !== null || child.signalCode !== null) return
    const gone = new Promise(resolve => child.once('exit', resolve))
    child.kill('SIGKILL')
    await gone
  })
  child.on('message', message => journal.messages.push({ ...(message as WorkerMessage), pid }))
  await until(60_000, 'a worker process', () => journal.of('ready').some(message => message.pid === pid))
  return {
    pid,
    child,
    async health(queue) {
      const asked = journal.messages.length
      child.send('health')
      const found = () =>
        journal.messages.slice(asked).find(message => message.kind === 'health' && message.pid === pid && message.queue === queue)
      await until(20_000, 'an answer about health', () => found() !== undefined)
      return (found() as { health: WorkHealth }).health
    },
    async close() {
      const start = Date.now()
      child.send('close')
      await until(30_000, 'an orderly close', () => journal.of('closed').some(message => message.pid === pid))
      return Date.now() - start
    }
  }
}

export async function until(timeoutMs: number, what: string, condition: () => boolean | Promise<boolean>): Promise<void> {
  await eventually(timeoutMs, what, async () => {
    if (!(await condition())) throw new Error('not yet')
  })
}
