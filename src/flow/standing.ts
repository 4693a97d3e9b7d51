// How things stand: partners, lanes, queues, places and what waits for a person. Read by the status page, the measurements and readiness.
import { forecast, weeklyQuota, weekOf } from '../domain/capacity.ts'
import type { Held } from '../domain/falling-behind.ts'
import { byUrgency } from '../domain/urgency.ts'
import { waitingKinds } from '../store/attention.ts'
import { readWeek } from '../store/capacity.ts'
import { listSigningKeys } from '../store/keys.ts'
import type { LedgerStanding } from '../store/ledger.ts'
import { certifiedClients } from '../store/parties.ts'
import {
  countFailed,
  countLanes,
  countOpen,
  countSettled,
  countTickets,
  countUnread,
  countWaitingForPlace,
  type Failed,
  listCapacities,
  oldestDue,
  type StateCount
} from '../store/standing.ts'
import { countWaiting, type WaitingKind } from './attend.ts'
import type { Partner } from './directory.ts'
import { type Doubt, doubtedTime } from './doubted-time.ts'
import { type Expiry, expiriesOf } from './expiries.ts'
import { failedTriesMin } from './failing.ts'
import type { Gateway } from './gateway.ts'
import { heldBy, nothingHeld, type StreamBehind, streamsBehind } from './streams-behind.ts'

export interface Standing {
  /** Wall time. */
  at: Date
  /** Campaign time. */
  campaignAt: Date
  partners: readonly PartnerStanding[]
  capacities: readonly CapacityStanding[]
  waiting: Readonly<Record<WaitingKind, number>>
  /** What waits, by kind, state and partner; the most urgent first. */
  waitingGroups: readonly WaitingGroup[]
  inboxUnread: number
  inboxOldestSeconds: number | null
  ledger: LedgerStanding
  /** Null when the queue's backend does not answer. */
  queues: readonly QueueStanding[] | null
  /** Certificates and keys that have an end, soonest first. */
  expiries: readonly Expiry[]
  /** Streams that hold too much, or for too long. */
  streamsBehind: readonly StreamBehind[]
  /** Why nobody is erased and nothing is dropped just now; null while nothing speaks against the time. */
  doubt: Doubt | null
}

export interface PartnerStanding {
  id: string
  name: string
  adapter: string
  status: Partner['status']
  isPulled: boolean
  isStream: boolean
  /** What a stream is owed and has not taken; null of partners that are none. */
  held: Held | null
  /** By state; of those that are done with, how many there were when they were last counted. */
  deliveries: Readonly<Record<string, number>>
  lanesOpen: number
  lanesBlocked: number
  /** Null when nothing is due that could go. */
  oldestDueSeconds: number | null
  inFlight: boolean
  /** What fails again and again; null when nothing does. */
  failed: Omit<Failed, 'partnerId'> | null
  /** Parcels whose row answers are promised, and of those the ones past their deadline. */
  tickets: { open: number; overdue: number }
}

export interface CapacityStanding {
  id: string
  week: string
  quota: number
  used: number
  /** Sent in no week yet. */
  queued: number
  /** ISO week of the last place, as far as is known today; null when nothing is queued or no week has places. */
  lastWeek: string | null
}

export interface WaitingGroup {
  kind: WaitingKind
  state: string
  partnerId: string | null
  count: number
  /** Deliveries that wait behind these. */
  behind: number
  oldestSeconds: number
}

export interface QueueStanding {
  queue: string
  waiting: number
  delayed: number
  active: number
}

/** Reads everything once. `depths` are the queue's own; `settled` counts what is done with, and may be some readings old. */
export const readStanding = async (
  gateway: Gateway,
  depths: () => Promise<readonly QueueStanding[] | null>,
  settled: () => Promise<readonly StateCount[]> = () => countSettled(gateway.database)
): Promise<Standing> => {
  const { database, clock, directory } = gateway
  const at = clock.wall()
  const ageOf = (since: Date) => Math.max(0, Math.round((at.getTime() - since.getTime()) / 1_000))
  const partners = directory.partners()
  const capacities = await readCapacities(gateway, partners)
  const full = capacities.filter(({ quota, used }) => used >= quota).map(({ id }) => id)
  const due = await oldestDue(database, at, placeTakers(partners.filter(p => p.capacityId !== null && full.includes(p.capacityId))))
  const groups = await countWaiting(gateway)
  const unread = await countUnread(database)
  const counts = [...(await countOpen(database)), ...(await settled())]
  const lanes = await countLanes(database)
  const failed = await countFailed(database, failedTriesMin)
  const tickets = await countTickets(database)
  const streams = partners.filter(({ stream }) => stream !== null)
  const held = await heldBy(database, streams, at)
  return {
    at,
    campaignAt: clock.campaign(),
    partners: partners.map(({ id, name, code, status, stream }) => {
      const own = due.find(row => row.partnerId === id)
      const lane = lanes.find(row => row.partnerId === id)
      const ticketsOf = (state: 'open' | 'overdue') => tickets.find(row => row.partnerId === id && row.state === state)?.count ?? 0
      return {
        id,
        name,
        adapter: code.name,
        status,
        isPulled: stream === 'poll',
        isStream: stream !== null,
        held: stream === null ? null : (held.get(id) ?? nothingHeld),
        deliveries: Object.fromEntries(counts.filter(row => row.partnerId === id).map(row => [row.state, row.count])),
        lanesOpen: lane?.open ?? 0,
        lanesBlocked: lane?.blocked ?? 0,
        oldestDueSeconds: own === undefined ? null : ageOf(own.dueSince),
        inFlight: own?.inFlight ?? false,
        failed: failed.find(row => row.partnerId === id) ?? null,
        tickets: { open: ticketsOf('open'), overdue: ticketsOf('overdue') }
      }
    }),
    capacities,
    waiting: Object.fromEntries(
      waitingKinds.map(kind => [kind, groups.filter(group => group.kind === kind).reduce((sum, group) => sum + group.count, 0)])
    ) as Standing['waiting'],
    waitingGroups: groups.map(({ oldest, ...group }) => ({ ...group, oldestSeconds: ageOf(oldest) })).toSorted(byUrgency),
    inboxUnread: unread.count,
    inboxOldestSeconds: unread.oldest === null ? null : ageOf(unread.oldest),
    ledger: await gateway.ledger.standing(),
    queues: await depths(),
    expiries: expiriesOf(partners, await listSigningKeys(database), at, await certifiedClients(database)),
    streamsBehind: streamsBehind(streams, held, gateway.streamLimits),
    doubt: await doubtedTime(database, at)
  }
}

/** The pairs of partner and event type that take a place each. */
const placeTakers = (partners: readonly Partner[]): { partnerId: string; type: string }[] =>
  partners.flatMap(({ id, code }) => (code.outbound?.usesCapacity ?? []).map(type => ({ partnerId: id, type })))

const readCapacities = async (gateway: Gateway, partners: readonly Partner[]): Promise<CapacityStanding[]> => {
  const now = gateway.clock.campaign()
  const week = weekOf(now)
  const standing: CapacityStanding[] = []
  for (const capacity of await listCapacities(gateway.database)) {
    const opened = await readWeek(gateway.database, capacity.id, week)
    const used = opened?.used ?? 0
    const takers = placeTakers(partners.filter(p => p.capacityId === capacity.id && p.status !== 'disabled'))
    const queued = await countWaitingForPlace(gateway.database, takers, week)
    const ahead = forecast(queued, now, capacity, used)
    standing.push({
      id: capacity.id,
      week,
      quota: opened?.quota ?? weeklyQuota(week, capacity.weekly),
      used,
      queued,
      lastWeek: ahead?.lastWeek ?? null
    })
  }
  return standing
}

/** How long a reading serves: at least `restMs`, and `restFactor` times as long as it took. */
export interface Rest {
  restMs: number
  restFactor: number
}

/** Two looks at once, or within this, share one reading; a slow reading is repeated less often. */
const restOfStanding: Rest = { restMs: 5_000, restFactor: 10 }

/** Nobody acts on these numbers: counting them never takes more than a hundredth of the time. */
export const restOfSettled: Rest = { restMs: 0, restFactor: 100 }

/** Reads at most every five seconds, or as `rest` says, however many ask. */
export const shareReading = <T>(read: () => Promise<T>, { restMs, restFactor } = restOfStanding): (() => Promise<T>) => {
  let reading: Promise<T> | undefined
  let staleAt = 0
  return () => {
    const now = performance.now()
    if (reading !== undefined && now < staleAt) return reading
    staleAt = Number.POSITIVE_INFINITY
    const started = read()
    reading = started
    started.then(
      () => {
        const done = performance.now()
        staleAt = done + Math.max(restMs, restFactor * (done - now))
      },
      () => {
        if (reading === started) reading = undefined
      }
    )
    return started
  }
}
