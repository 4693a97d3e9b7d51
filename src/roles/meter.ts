// What one process measures of itself, for Prometheus: it listens to the log's stations, so no station knows that it is measured.
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import type { Attempted } from '../flow/gateway.ts'
import type { Standing } from '../flow/standing.ts'
import type { Fields, Log } from './log.ts'

export interface Meter {
  registry: Registry
  /** The log that the house is given: what it tells is counted, then written. */
  log: Log['log']
  measured(attempted: Attempted): void
  /** Puts what the rows say into the gauges. */
  show(standing: Standing): void
}

const shortSeconds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]
const longSeconds = [0.05, 0.25, 1, 5, 15, 60, 300, 900, 3_600, 6 * 3_600, 86_400, 7 * 86_400]
/** Routes by which events come in. */
const intakeRoute = /^\/v1\/(?:sets|imports|inbound\/:partner|[a-z]+\/:id\/events)$/

/** Opens the measurements of this process. */
export const openMeter = ({ log }: Pick<Log, 'log'>): Meter => {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  const counts = openCounts(registry)
  const show = openGauges(registry)
  return {
    registry,
    show,
    log: (station, fields) => {
      count(counts, station, fields)
      log(station, fields)
    },
    measured: ({ partner, queuedMs, executionMs, isFirst, isSettled }) => {
      if (isFirst) counts.queued.observe({ partner }, Math.max(0, queuedMs) / 1_000)
      counts.execution.observe({ partner }, Math.max(0, executionMs) / 1_000)
      if (isSettled) counts.total.observe({ partner }, Math.max(0, queuedMs + executionMs) / 1_000)
    }
  }
}

type Counts = ReturnType<typeof openCounts>

const openCounts = (registry: Registry) => {
  const registers = [registry]
  const histogram = <L extends string>(name: string, help: string, labelNames: L[], buckets: number[]) =>
    new Histogram<L>({ name, help, labelNames, buckets, registers })
  return {
    answers: histogram(
      'jisr_http_request_duration_seconds',
      'Answers by route and status class',
      ['method', 'route', 'status'],
      shortSeconds
    ),
    intake: histogram('jisr_intake_duration_seconds', 'From a request with events to its answer', ['route', 'status'], shortSeconds),
    events: new Counter({ name: 'jisr_events_total', help: 'Events told, by what became of them', labelNames: ['answer'], registers }),
    attempts: new Counter({
      name: 'jisr_attempts_total',
      help: 'Attempts to send a parcel',
      labelNames: ['partner', 'outcome'],
      registers
    }),
    received: new Counter({
      name: 'jisr_messages_received_total',
      help: 'Messages of partners',
      labelNames: ['partner', 'answer'],
      registers
    }),
    queued: histogram('jisr_delivery_queued_seconds', 'From publishing to the first attempt', ['partner'], longSeconds),
    execution: histogram('jisr_delivery_execution_seconds', 'One attempt, per delivery', ['partner'], shortSeconds),
    total: histogram('jisr_delivery_total_seconds', 'From publishing to accepted or refused', ['partner'], longSeconds)
  }
}

const count = (counts: Counts, station: string, fields: Fields): void => {
  switch (station) {
    case 'http.answered': {
      const { method, route, status, durationMs } = fields
      const labels = { method: String(method), route: String(route ?? 'none'), status: `${String(status).slice(0, 1)}xx` }
      counts.answers.observe(labels, Number(durationMs) / 1_000)
      if (method === 'POST' && intakeRoute.test(labels.route))
        counts.intake.observe({ route: labels.route, status: labels.status }, Number(durationMs) / 1_000)
      return
    }
    case 'event.ingested': {
      const [all, repeated, refused] = [Number(fields.events), Number(fields.repeated), Number(fields.refused)]
      counts.events.inc({ answer: 'accepted' }, Math.max(0, all - repeated - refused))
      counts.events.inc({ answer: 'repeated' }, repeated)
      counts.events.inc({ answer: 'refused' }, refused)
      return
    }
    case 'delivery.attempted':
      counts.attempts.inc({ partner: String(fields.partner), outcome: String(fields.outcome) })
      return
    case 'message.received':
      counts.received.inc({ partner: String(fields.partner), answer: String(fields.answer) })
  }
}

/** Gauges of the rows: the same in every process, so a dashboard takes the maximum and not the sum. */
const openGauges = (registry: Registry): ((standing: Standing) => void) => {
  const gauge = <L extends string>(name: string, help: string, labelNames: L[]) =>
    new Gauge<L>({ name, help, labelNames, registers: [registry] })
  const deliveries = gauge('jisr_deliveries', 'Deliveries by partner and state', ['partner', 'state'])
  const oldest = gauge('jisr_oldest_due_seconds', 'Age of the oldest delivery that is due and could go', ['partner'])
  const failed = gauge('jisr_deliveries_failing', 'Deliveries that failed three times or more, and are tried again', ['partner'])
  const blocked = gauge('jisr_lanes', 'Lanes with something owed, by whether they move', ['partner', 'state'])
  const depth = gauge('jisr_queue_jobs', 'Jobs in the queue', ['queue', 'state'])
  const waiting = gauge('jisr_waiting', 'What waits for a person', ['kind'])
  const tickets = gauge('jisr_tickets', 'Parcels whose row answers a partner has promised', ['partner', 'state'])
  const places = gauge('jisr_capacity_places', 'Places of this week', ['capacity', 'state'])
  const unread = gauge('jisr_inbox_unread', 'Messages of partners that nobody has interpreted yet', [])
  const ledgerSize = gauge('jisr_ledger_leaves', 'Leaves of the evidence log', [])
  const ledgerBehind = gauge(
    'jisr_ledger_behind_seconds',
    'How long the oldest leaf waits for its number or its checkpoint; above 60 nothing is taken in',
    []
  )
  const held = gauge('jisr_stream_undelivered', 'Events that a stream holds: its receiver has neither taken nor refused them', ['stream'])
  const heldFor = gauge('jisr_stream_oldest_undelivered_seconds', 'Age of the oldest of them; 0 when there is none', ['stream'])
  const isBehind = gauge('jisr_stream_behind', '1 for a stream that holds too much or for too long, else 0', ['stream'])
  const ends = gauge('jisr_expires_in_seconds', 'Until a certificate or key ends, negative once it has', ['kind', 'whose'])
  return standing => {
    for (const each of [deliveries, oldest, failed, blocked, depth, waiting, tickets, places, held, heldFor, isBehind, ends]) each.reset()
    // Two of one kind and owner: the one that ends first.
    for (const { kind, whose, endsAt } of standing.expiries.toReversed())
      ends.set({ kind, whose }, Math.round((endsAt.getTime() - standing.at.getTime()) / 1_000))
    for (const partner of standing.partners) {
      for (const [state, n] of Object.entries(partner.deliveries)) deliveries.set({ partner: partner.id, state }, n)
      oldest.set({ partner: partner.id }, partner.oldestDueSeconds ?? 0)
      failed.set({ partner: partner.id }, partner.failed?.count ?? 0)
      tickets.set({ partner: partner.id, state: 'open' }, partner.tickets.open)
      tickets.set({ partner: partner.id, state: 'overdue' }, partner.tickets.overdue)
      blocked.set({ partner: partner.id, state: 'open' }, partner.lanesOpen - partner.lanesBlocked)
      blocked.set({ partner: partner.id, state: 'blocked' }, partner.lanesBlocked)
    }
    for (const { id, held: holds } of standing.partners) {
      if (holds === null) continue
      held.set({ stream: id }, holds.undelivered)
      heldFor.set({ stream: id }, holds.oldestSeconds ?? 0)
      isBehind.set({ stream: id }, standing.streamsBehind.some(stream => stream.id === id) ? 1 : 0)
    }
    for (const { queue, waiting: queued, delayed, active } of standing.queues ?? []) {
      depth.set({ queue, state: 'waiting' }, queued)
      depth.set({ queue, state: 'delayed' }, delayed)
      depth.set({ queue, state: 'active' }, active)
    }
    for (const [kind, n] of Object.entries(standing.waiting)) waiting.set({ kind }, n)
    for (const { id, quota, used } of standing.capacities) {
      places.set({ capacity: id, state: 'quota' }, quota)
      places.set({ capacity: id, state: 'used' }, used)
    }
    unread.set(standing.inboxUnread)
    ledgerSize.set(standing.ledger.size)
    ledgerBehind.set(standing.ledger.behindSeconds)
  }
}
