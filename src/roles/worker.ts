// The worker: relays what is due, delivers, collects, interprets, and picks up what was left lying.

import { setTimeout as pause } from 'node:timers/promises'
import { ageTickets, collect, dispatchTickets } from '../flow/collect.ts'
import { ask, deliver } from '../flow/deliver.ts'
import { doubtedTime } from '../flow/doubted-time.ts'
import { openDropOld } from '../flow/drop-old.ts'
import type { Gateway } from '../flow/gateway.ts'
import { newUlid } from '../flow/identifiers.ts'
import { closeKilledImports } from '../flow/import/run.ts'
import { interpret } from '../flow/interpret.ts'
import { inboxQueue, type Job, type JobQueues, queueOf } from '../flow/jobs.ts'
import { defaultLeases, type Leases } from '../flow/leases.ts'
import { moveAllOwed } from '../flow/move-owed.ts'
import { openPolls } from '../flow/poll.ts'
import { mayGetAnything, relayPartner } from '../flow/relay.ts'
import { keepRetention } from '../flow/retention.ts'
import { tellByDelivery } from '../flow/rights.ts'
import { keepKeysInNeed } from '../flow/rotate-keys.ts'
import { type LogSettings, openSequencer } from '../flow/sequence.ts'
import { tellWaitingLong } from '../flow/waits-long.ts'
import type { Queues } from '../queue/queue.ts'
import type { Work } from '../queue/work.ts'
import { dueChannel, partnersDue, sweep } from '../store/deliveries.ts'
import { claimInbox } from '../store/inbox.ts'
import { checkpointChannel } from '../store/ledger.ts'
import { promoteMissed } from '../store/promote-missed.ts'
import { openBeside } from './beside.ts'

export interface Worker {
  /** Drains: no new work, what runs ends within 10 s. */
  close(): Promise<void>
}

export interface WorkerOptions {
  /** Jobs of one adapter at a time in this process. */
  concurrency: number
  /** How often campaign deadlines are looked at; a fast campaign clock wants it short. */
  ticketsEveryMs: number
  /** Where the evidence log is published. */
  log: LogSettings
  /** How often leaves are looked for. */
  sequenceEveryMs?: number
  /** How long rows belong to whoever took them. */
  leases?: Leases
  /** How often rows that were left lying are looked for. */
  sweepEveryMs?: number
}

const relayEveryMs = 1_000
const sequenceEachMs = 1_000
const sweepEachMs = 5_000
const promoteEveryMs = 30_000
const forgetEveryMs = 3_600_000
/** Each day of campaign time is kept once; looked at more often, since a process may begin at any hour. */
const retentionEveryMs = 3_600_000
const inboxLeaseMs = 60_000
const askAfterMs = 1_000
/** A stop has ten seconds in all, and a database that is away must not take them. */
const coverLastMs = 3_000
/** Commits come in bursts: what they made due goes out together. */
const wakePauseMs = 15

/** Starts the worker. Nothing that it holds in memory matters: rows decide, and a second worker shares the work. */
export const startWorker = async (gateway: Gateway, queues: Queues, options: WorkerOptions): Promise<Worker> => {
  const { leases = defaultLeases, sweepEveryMs = sweepEachMs, sequenceEveryMs = sequenceEachMs } = options
  const jobs: JobQueues = { add: (name, added) => queues.add(name, added) }
  const dropOld = openDropOld(gateway)
  const beside = openBeside(error => gateway.failed('job', error))
  const works: Work[] = [...gateway.adapters.values()]
    .filter(adapter => adapter.outbound !== undefined)
    .map(adapter =>
      queues.work(
        queueOf(adapter.name),
        data => beside.run(String((data as Job).partner), signal => run(gateway, jobs, data as Job, signal, leases)),
        {
          concurrency: options.concurrency
        }
      )
    )
  works.push(queues.work(inboxQueue, data => interpret(gateway, String(data.inbox)), { concurrency: 2 }))

  const abort = new AbortController()
  const polls = openPolls(gateway, jobs)
  const relay = loop(gateway, 'relay', relayEveryMs, async again => {
    const due = (await partnersDue(gateway.database, gateway.clock.wall())).flatMap(id => gateway.directory.partner(id) ?? [])
    const passes = await Promise.all(due.map(partner => relayPartner(gateway, jobs, partner, leases)))
    const soon = passes.flatMap(pass => pass.soonMs ?? [])
    if (soon.length > 0) again(Math.max(5, Math.min(...soon)))
  })
  const stopListening = await gateway.database.listen(dueChannel, () => relay.wake())
  const sequencer = openSequencer(gateway, options.log)
  let isWanted = false
  const sequence = loop(gateway, 'ledger.sequenced', sequenceEveryMs, async () => {
    const wanted = isWanted
    isWanted = false
    await sequencer.pass(wanted)
  })
  const stopWanting = await gateway.database.listen(checkpointChannel, () => {
    isWanted = true
    sequence.wake()
  })
  let afterLane = 0
  const loops = [
    relay,
    sequence,
    loop(gateway, 'tickets', options.ticketsEveryMs, async () => {
      await ageTickets(gateway)
      await dispatchTickets(gateway, jobs)
    }),
    loop(gateway, 'poll', relayEveryMs, () => polls.pollDue(abort.signal)),
    loop(gateway, 'sweep', sweepEveryMs, () => sweepUp(gateway, jobs)),
    loop(gateway, 'promote', promoteEveryMs, async () => {
      afterLane = (await gateway.database.transaction(tx => promoteMissed(tx, afterLane))).afterLane
      await moveAllOwed(gateway, abort.signal)
    }),
    loop(gateway, 'forget', forgetEveryMs, async () => {
      await keepKeysInNeed(gateway)
      await closeKilledImports(gateway)
      await tellWaitingLong(gateway)
      const now = gateway.clock.wall()
      if ((await doubtedTime(gateway.database, now)) !== null) return
      await dropOld(now, abort.signal)
    }),
    loop(gateway, 'retention', retentionEveryMs, async () => {
      await tellByDelivery(gateway)
      await keepRetention(gateway, 'jisr', abort.signal)
    })
  ]
  return {
    close: async () => {
      abort.abort()
      await stopListening()
      await stopWanting()
      await Promise.all(loops.map(l => l.close()))
      const begun = Promise.all(works.map(work => work.close()))
      await Promise.all([begun, beside.close(begun)])
      // Nothing of what was done stays uncovered until somebody starts again.
      const covered = sequencer.pass(true).catch(error => gateway.failed('ledger.sequenced', error))
      await Promise.race([covered, pause(coverLastMs, undefined, { ref: false })])
    }
  }
}

/** One job: the rows it names decide whether there is anything to do. */
const run = async (gateway: Gateway, queues: JobQueues, job: Job, signal: AbortSignal, leases: Leases): Promise<void> => {
  const partner = gateway.directory.partner(String(job.partner))
  // Paused since it was dispatched: the rows are due again when their lease has lapsed, and wait for the partner.
  if ((job.kind === 'send' || job.kind === 'ask') && (partner === undefined || !mayGetAnything(partner))) return
  if (partner === undefined) return
  switch (job.kind) {
    case 'send':
      return deliver(gateway, partner, job.deliveries as readonly string[], signal, leases)
    case 'ask':
      return ask(gateway, partner, job.deliveries as readonly string[], signal, leases)
    case 'collect':
      return collect(gateway, queues, String(job.ticket), signal)
    case 'interpret':
      return interpret(gateway, String(job.inbox))
  }
}

/** Rows that a dead worker or an emptied queue left lying. */
const sweepUp = async (gateway: Gateway, queues: JobQueues): Promise<void> => {
  const now = gateway.clock.wall()
  const swept = await sweep(gateway.database, now, new Date(now.getTime() + askAfterMs))
  const inbox = await claimInbox(gateway.database, now, new Date(now.getTime() + inboxLeaseMs), 100)
  if (inbox.length > 0)
    await queues.add(
      inboxQueue,
      inbox.map(row => ({ id: newUlid(now), data: { kind: 'interpret', inbox: row.id } }))
    )
  if (swept.redispatched + swept.unknown > 0) gateway.log('sweep', swept)
}

interface Loop {
  wake(): void
  close(): Promise<void>
}

/** Runs `work` every `everyMs` and when woken, never twice at once. What it throws is logged, and it goes on: the rows are still there. */
const loop = (gateway: Gateway, name: string, everyMs: number, work: (again: (afterMs: number) => void) => Promise<void>): Loop => {
  let closed = false
  let woken = false
  let soon = false
  let timer: NodeJS.Timeout | undefined
  let running: Promise<void> | undefined

  const schedule = (afterMs: number) => {
    clearTimeout(timer)
    if (!closed) timer = setTimeout(go, afterMs)
  }
  const go = () => {
    if (running !== undefined) {
      woken = true
      return
    }
    let nextMs = everyMs
    woken = false
    soon = false
    running = work(afterMs => {
      nextMs = Math.min(nextMs, afterMs)
    })
      .catch(error => gateway.failed(name, error))
      .finally(() => {
        running = undefined
        schedule(woken ? wakePauseMs : nextMs)
      })
  }
  go()
  return {
    wake: () => {
      if (closed || soon) return
      soon = true
      if (running === undefined) schedule(wakePauseMs)
      else woken = true
    },
    close: async () => {
      closed = true
      clearTimeout(timer)
      await running
    }
  }
}
