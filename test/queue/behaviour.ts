// What the queue promises, on either backend, with two worker processes: the suite that postgres.test.ts and redis.test.ts run.
import { afterAll, beforeAll, describe, expect, type TestContext, test } from 'vitest'
import { openQueues, type Queues } from '../../src/queue/queue.ts'
import type { WorkSettings } from '../../src/queue/work.ts'
import { CANARY, type Task } from '../support/queue-worker.ts'
import { eventually, type Server } from './servers.ts'
import { newJournal, startWorker, until } from './workers.ts'

const PREFIX = 'test'
const CALM: WorkSettings = { concurrency: 10, stuckMs: 3_000 }
/** Locks that lapse within a test. */
const QUICK: WorkSettings = { ...CALM, lockMs: 2_000, stalledIntervalMs: 500 }

const jobsOf = (count: number, task: Task) => Array.from({ length: count }, (_, index) => ({ id: `job-${index}`, data: task }))
const NOTHING: Task = { task: 'nothing', ms: 0 }

export function queueBehaviour(name: string, startServer: () => Promise<Server>) {
  describe(`the queue on ${name}`, { timeout: 120_000 }, () => {
    let server: Server
    let queues: Queues
    beforeAll(async () => {
      server = await startServer()
      queues = openQueues({ backend: server.backend, prefix: PREFIX })
    })
    afterAll(async () => {
      await queues?.close()
      await server?.remove()
    })
    const twoWorkers = async ({ onTestFinished }: TestContext, settings: Record<string, WorkSettings>) => {
      const journal = newJournal()
      const start = () => startWorker(journal, { backend: server.backend, prefix: PREFIX, queues: settings }, onTestFinished)
      const [one, two] = await Promise.all([start(), start()])
      return { journal, one, two }
    }
    const stopServer = async ({ onTestFinished }: TestContext) => {
      await server.stop()
      let down = true
      const back = async () => {
        if (down) await server.start()
        down = false
      }
      onTestFinished(back)
      return back
    }

    test('every one of 5,000 jobs that are added in bulk is handled, by two processes', async context => {
      const { journal, one, two } = await twoWorkers(context, { bulk: CALM })
      await queues.add('bulk', jobsOf(5_000, NOTHING))
      await until(60_000, '5,000 jobs', () => journal.done().size === 5_000)
      for (const { pid } of [one, two]) expect(journal.of('done').filter(message => message.pid === pid).length).toBeGreaterThan(500)
      await until(30_000, 'an empty queue', async () => Object.values(await queues.depth('bulk')).every(count => count === 0))
    })

    test('work goes on after the server was away for longer than any wait of the workers', async context => {
      const { journal, one } = await twoWorkers(context, { restart: { ...QUICK, concurrency: 4 } })
      await queues.add('restart', jobsOf(1_500, { task: 'wait', ms: 20 }))
      await until(30_000, 'the first jobs', () => journal.done().size > 50)
      const back = await stopServer(context)
      const before = journal.done().size
      expect(before).toBeLessThan(1_400)
      await expect(queues.add('restart', [{ id: 'late', data: NOTHING }])).rejects.toThrow()
      await until(30_000, 'the worker to say that the server is away', async () => (await one.health('restart')).state === 'away')
      // Longer than BullMQ's blocking wait of 5 s and its own limit of one more.
      await new Promise(resolve => setTimeout(resolve, 5_000))
      await back()
      await until(30_000, 'all jobs', () => journal.done().size >= 1_500)
      await eventually(30_000, 'adding to work again', () => queues.add('restart', [{ id: 'after', data: NOTHING }]))
      await until(30_000, 'the job added afterwards', () => journal.of('done', 'after').length > 0)
      await until(30_000, 'health', async () => (await one.health('restart')).state === 'idle')
    })

    test('work goes on when every connection is cut', async context => {
      const { journal } = await twoWorkers(context, { cut: { ...QUICK, concurrency: 4 } })
      await queues.add('cut', jobsOf(300, { task: 'wait', ms: 20 }))
      for (const share of [30, 100, 170]) {
        await until(30_000, `${share} jobs`, () => journal.done().size > share)
        await server.disconnectAll()
      }
      await until(30_000, 'all jobs', () => journal.done().size === 300)
    })

    test('a worker that starts while the server is away works when it comes', async context => {
      const back = await stopServer(context)
      const { journal, one } = await twoWorkers(context, { early: CALM })
      await until(30_000, 'the worker to say so', async () => (await one.health('early')).state === 'away')
      await back()
      await eventually(30_000, 'adding to work', () => queues.add('early', jobsOf(10, NOTHING)))
      await until(30_000, 'the jobs', () => journal.done().size === 10)
    })

    test('when the backend is emptied in the middle, what is added again is handled at once', async context => {
      const { journal } = await twoWorkers(context, { emptied: { ...CALM, concurrency: 2 } })
      const jobs = jobsOf(400, { task: 'wait', ms: 30 })
      await queues.add('emptied', jobs)
      await until(30_000, 'the first jobs', () => journal.done().size > 20)
      await server.wipe()
      expect((await queues.depth('emptied')).waiting).toBe(0)
      const missing = jobs.filter(({ id }) => !journal.done().has(id))
      expect(missing.length).toBeGreaterThan(100)
      await queues.add(
        'emptied',
        missing.map(({ id }) => ({ id: `${id}-round-2`, data: NOTHING }))
      )
      await until(30_000, 'the second round', () => missing.every(({ id }) => journal.of('done', `${id}-round-2`).length === 1))
    })

    test('closing returns within 10 s while the server is away', async context => {
      const { one, two, journal } = await twoWorkers(context, { gone: { ...CALM, concurrency: 2 } })
      await queues.add('gone', [{ id: 'running', data: { task: 'wait', ms: 1_000 } }])
      await until(30_000, 'the job to run', () => journal.of('started').length === 1)
      await stopServer(context)
      const took = await Promise.all([one.close(), two.close()])
      expect(Math.max(...took)).toBeLessThan(10_000)
    })

    test('a process holds no more connections than the documentation says', async context => {
      await eventually(30_000, 'our own connection', () => queues.depth('first'))
      const before = await server.connections()
      const { journal } = await twoWorkers(context, { first: CALM, second: CALM })
      for (const queue of ['first', 'second']) await queues.add(queue, jobsOf(50, { task: 'wait', ms: 10 }))
      await until(30_000, 'the jobs', () => journal.of('done').length >= 100)
      const perProcess = server.backend.kind === 'postgres' ? 4 + 2 : 1 + 2 * 2
      expect(await server.connections()).toBeLessThanOrEqual(before + 2 * perProcess)
    })

    describe.concurrent('side by side', () => {
      test('an id that is still in the queue is ignored, and free again when its job has ended', async context => {
        await queues.add('used', jobsOf(3, NOTHING))
        await queues.add('used', jobsOf(5, NOTHING))
        expect(await queues.depth('used')).toEqual({ waiting: 5, delayed: 0, active: 0 })
        const { journal } = await twoWorkers(context, { used: CALM })
        await until(30_000, 'five jobs', () => journal.of('done').length === 5)
        await until(30_000, 'an empty queue', async () => (await queues.depth('used')).active === 0)
        await queues.add('used', jobsOf(5, NOTHING))
        await until(30_000, 'five more', () => journal.of('done').length === 10)
        expect(journal.of('done', 'job-1')).toHaveLength(2)
      })

      test('a handler that throws is tried again after a wait, and nothing it said is stored', async context => {
        const { journal } = await twoWorkers(context, { failing: CALM })
        await queues.add('failing', [{ id: 'twice', data: { task: 'fail', ms: 2 } }], { attempts: 3, backoffMs: 400 })
        await until(30_000, 'the second try to be waited for', async () => (await queues.depth('failing')).delayed === 1)
        const stored = await server.contents()
        expect(stored).toContain('twice')
        expect(stored).toContain('job failed: Error')
        expect(stored).not.toContain('Canary')
        expect(CANARY).toContain('Canary')
        await until(30_000, 'the third try', () => journal.of('done', 'twice').length === 1)
        expect(journal.of('started', 'twice').map(message => 'attempt' in message && message.attempt)).toEqual([1, 2, 3])
      })

      test('a job is given up when its attempts are used, and its id is free again', async context => {
        const { journal } = await twoWorkers(context, { hopeless: CALM })
        const job = { id: 'never', data: { task: 'fail', ms: 9 } }
        await queues.add('hopeless', [job], { attempts: 2, backoffMs: 50 })
        await until(30_000, 'two tries', () => journal.of('report').length === 2)
        await until(30_000, 'an empty queue', async () => Object.values(await queues.depth('hopeless')).every(count => count === 0))
        await queues.add('hopeless', [job], { attempts: 1 })
        await until(30_000, 'a new round', () => journal.of('started', 'never').length === 3)
      })

      test('empty() takes everything out, running jobs too, and leaves a queue that works', async context => {
        const { journal } = await twoWorkers(context, { obliterated: { ...CALM, concurrency: 2 } })
        await queues.add('obliterated', jobsOf(50, { task: 'wait', ms: 700 }))
        await until(30_000, 'jobs to run', () => journal.of('started').length >= 4)
        await queues.empty('obliterated')
        expect(await queues.depth('obliterated')).toEqual({ waiting: 0, delayed: 0, active: 0 })
        await queues.add('obliterated', [{ id: 'next', data: NOTHING }])
        await until(30_000, 'the next job', () => journal.of('done', 'next').length === 1)
      })

      test('the job of a killed worker is taken over by the other', async context => {
        const { journal, one, two } = await twoWorkers(context, { killed: { ...QUICK, concurrency: 1 } })
        await queues.add('killed', [{ id: 'hard', data: { task: 'wait', ms: 1_500 } }])
        await until(30_000, 'the job to start', () => journal.of('started', 'hard').length === 1)
        const [first] = journal.of('started', 'hard')
        const [victim, heir] = first?.pid === one.pid ? [one, two] : [two, one]
        victim.child.kill('SIGKILL')
        await until(30_000, 'the job to be done', () => journal.of('done', 'hard').length === 1)
        expect(journal.of('done', 'hard').map(({ pid }) => pid)).toEqual([heir.pid])
      })

      test('a worker stopped past its lock loses the job to the other, and works on when it wakes', async context => {
        const { journal, one, two } = await twoWorkers(context, { stopped: { ...QUICK, concurrency: 1 } })
        await queues.add('stopped', [{ id: 'slow', data: { task: 'wait', ms: 1_000 } }])
        await until(30_000, 'the job to start', () => journal.of('started', 'slow').length === 1)
        const [first] = journal.of('started', 'slow')
        const [sleeper, heir] = first?.pid === one.pid ? [one, two] : [two, one]
        sleeper.child.kill('SIGSTOP')
        await until(30_000, 'the other to do the job', () => journal.of('done', 'slow').some(({ pid }) => pid === heir.pid))
        sleeper.child.kill('SIGCONT')
        await until(
          10_000,
          'the sleeper to end its own try',
          () =>
            journal.of('done', 'slow').some(({ pid }) => pid === sleeper.pid) ||
            journal.of('aborted', 'slow').some(({ pid }) => pid === sleeper.pid)
        )
        heir.child.kill('SIGKILL')
        await queues.add('stopped', jobsOf(5, NOTHING))
        await until(30_000, 'the woken worker to take jobs', () => journal.done().size === 6)
        expect(sleeper.child.exitCode).toBeNull()
        await until(30_000, 'an empty queue', async () => Object.values(await queues.depth('stopped')).every(count => count === 0))
      })

      test('slow jobs hold up no other queue of the same process', async context => {
        const { journal } = await twoWorkers(context, { slow: { ...CALM, concurrency: 2 }, fast: CALM })
        await queues.add('slow', jobsOf(20, { task: 'wait', ms: 60_000 }))
        await until(30_000, 'slow jobs to run', () => journal.of('started').length === 4)
        await queues.add(
          'fast',
          jobsOf(100, NOTHING).map(({ id, data }) => ({ id: `fast-${id}`, data }))
        )
        await until(
          30_000,
          'the fast jobs',
          () => journal.of('done').filter(message => 'queue' in message && message.queue === 'fast').length === 100
        )
        expect(journal.of('done')).toHaveLength(100)
      })

      test('closing lets the running job end and takes no other', async context => {
        const { journal, one, two } = await twoWorkers(context, { closing: { ...CALM, concurrency: 1 } })
        await queues.add('closing', jobsOf(6, { task: 'wait', ms: 1_500 }))
        await until(30_000, 'two jobs to run', () => journal.of('started').length === 2)
        const took = await Promise.all([one.close(), two.close()])
        expect(Math.max(...took)).toBeLessThan(8_000)
        expect(journal.done().size).toBe(2)
        expect(await queues.depth('closing')).toEqual({ waiting: 4, delayed: 0, active: 0 })
      })

      test('closing aborts a job that takes too long and returns within 10 s even when it does not listen', async context => {
        const { journal, one } = await twoWorkers(context, { deaf: { ...CALM, concurrency: 2 } })
        await queues.add('deaf', [
          ...Array.from({ length: 2 }, (_, index) => ({ id: `deaf-${index}`, data: { task: 'deaf', ms: 30_000 } })),
          ...Array.from({ length: 2 }, (_, index) => ({ id: `long-${index}`, data: { task: 'wait', ms: 30_000 } }))
        ])
        await until(30_000, 'all to run', () => journal.of('started').length === 4)
        expect(await one.close()).toBeLessThan(10_000)
        const own = journal.of('started').filter(({ pid }) => pid === one.pid)
        expect(journal.of('aborted').filter(({ pid }) => pid === one.pid)).toHaveLength(own.length)
      })

      test('a job past its time limit is aborted and tried again', async context => {
        const { journal } = await twoWorkers(context, { limited: { ...CALM, timeoutMs: 300 } })
        await queues.add('limited', [{ id: 'long', data: { task: 'wait', ms: 20_000 } }], { attempts: 2, backoffMs: 50 })
        await until(30_000, 'two tries', () => journal.of('aborted', 'long').length === 2)
        expect(journal.of('report').map(message => 'code' in message && message.code)).toContain('ETIMEDOUT')
      })

      test('a queue left paused, as by a process that died while emptying it, is worked again', async context => {
        const { journal } = await twoWorkers(context, { paused: CALM })
        await pause(server, 'paused')
        await queues.add('paused', jobsOf(5, NOTHING))
        await until(30_000, 'the jobs', () => journal.done().size === 5)
      })
    })
  })
}

async function pause({ backend }: Server, queue: string): Promise<void> {
  const { Queue, createPostgresBackend } = await import('bullmq')
  const name = `${PREFIX}-${queue}`
  const { url } = backend
  const paused =
    backend.kind === 'postgres'
      ? new Queue(name, { connection: { connectionString: url } }, createPostgresBackend as never)
      : new Queue(name, { connection: { url }, prefix: `{${name}}` })
  await paused.pause()
  await paused.close()
}
