// relay: finds what is due at each partner, within its capacity and its share, gathers it into parcels and hands them to the queue.
import { weekOf } from '../domain/capacity.ts'
import type { Tx } from '../store/database.ts'
import { sql } from '../store/database.ts'
import { countInFlight, type DueRow, dispatch, findDue, takeUnknown } from '../store/deliveries.ts'
import type { Partner } from './directory.ts'
import type { Gateway } from './gateway.ts'
import { newUlid } from './identifiers.ts'
import { type Job, type JobQueues, queueOf } from './jobs.ts'
import { defaultLeases, type Leases } from './leases.ts'
import { openedWeek } from './places.ts'

const rowsPerPassMax = 5_000
/** Parcels of one row share a job: one job per message is the ceiling of the PostgreSQL backend. */
const singleRowsPerJob = 25

/**
 * One pass for one partner: a second pass at the same time does nothing.
 * @returns how many rows went out to the queue, and whether something waits only for its neighbours (`soonMs`).
 */
export const relayPartner = async (
  gateway: Gateway,
  queues: JobQueues,
  partner: Partner,
  leases: Leases = defaultLeases
): Promise<{ dispatched: number; soonMs: number | null }> => {
  if (!mayGetAnything(partner) || partner.code.outbound === undefined || partner.stream === 'poll') return { dispatched: 0, soonMs: null }
  const now = gateway.clock.wall()
  const week = weekOf(gateway.clock.campaign())
  // Outside the transaction: whoever opens a week makes everybody wait who looks at it meanwhile.
  const places = { week, free: await freePlaces(gateway.database, partner, week) }
  const { jobs, soonMs } = await gateway.database.transaction(async tx => {
    const [lock] = await tx.query<{ mine: boolean }>(
      sql`select pg_try_advisory_xact_lock(hashtextextended(${`relay ${partner.id}`}, 0)) as mine`
    )
    return lock?.mine ? pass(tx, partner, places, now, leases) : { jobs: [], soonMs: null }
  })
  if (jobs.length > 0)
    await queues.add(
      queueOf(partner.code.name),
      jobs.map(data => ({ id: newUlid(now), data }))
    )
  return { dispatched: jobs.reduce((sum, job) => sum + (job.deliveries as string[]).length, 0), soonMs }
}

/** A stream that is paused or disabled is still told so. */
export const mayGetAnything = ({ status, stream }: Partner): boolean => status === 'active' || stream === 'push'

const pass = async (
  tx: Tx,
  partner: Partner,
  { week, free }: { week: string; free: number | null },
  now: Date,
  leases: Leases
): Promise<{ jobs: Job[]; soonMs: number | null }> => {
  const room = roomOf(partner) - (await countInFlight(tx, partner.id))
  if (room <= 0) return { jobs: [], soonMs: null }
  const leaseUntil = new Date(now.getTime() + leases.dispatchMs)
  const asks = partner.status === 'active' ? await takeUnknown(tx, partner.id, now, leaseUntil, room) : []
  const { usesCapacity = [] } = partner.code.outbound ?? {}
  const due = await findDue(tx, partner.id, now, rowsPerPassMax, {
    full: { types: free === 0 ? usesCapacity : [], week },
    noticesOnly: partner.status !== 'active'
  })
  const { parcels, soonMs } = gather(partner, within(due, free, usesCapacity, week), now, room - asks.length)
  const rows = parcels.flatMap(({ id: parcelId, rows }) => rows.map(({ id }) => ({ id, parcelId })))
  const taken = new Set(rows.length === 0 ? [] : await dispatch(tx, rows, leaseUntil, now))
  const sends = parcels.map(parcel => parcel.rows.filter(row => taken.has(row.id))).filter(parcel => parcel.length > 0)
  return { jobs: [...asks.map(ask => askJob(partner, ask)), ...sendJobs(partner, sends)], soonMs }
}

/** Parcels of this partner that may be under way at once: its share, so that a slow one never starves the others. */
const roomOf = (partner: Partner): number => partner.maxInFlight * (partner.code.outbound?.gather === undefined ? singleRowsPerJob : 1)

const askJob = (partner: Partner, ask: { parcelId: string; ids: string[] }): Job => ({
  kind: 'ask',
  partner: partner.id,
  parcel: ask.parcelId,
  deliveries: ask.ids
})

/** A parcel is a job; first tries of single rows travel several to a job, each still a parcel of its own. */
const sendJobs = (partner: Partner, parcels: readonly DueRow[][]): Job[] => {
  const job = (rows: readonly DueRow[]): Job => ({ kind: 'send', partner: partner.id, deliveries: rows.map(row => row.id) })
  if (partner.code.outbound?.gather !== undefined) return parcels.map(job)
  const rows = parcels.flat()
  const firsts = rows.filter(row => row.attempts === 0)
  const chunks = Array.from({ length: Math.ceil(firsts.length / singleRowsPerJob) }, (_, i) =>
    firsts.slice(i * singleRowsPerJob, (i + 1) * singleRowsPerJob)
  )
  return [...chunks.map(job), ...rows.filter(row => row.attempts > 0).map(row => job([row]))]
}

/** Places left in this campaign week; null when the partner has no quota. */
const freePlaces = async (tx: Tx, partner: Partner, week: string): Promise<number | null> => {
  if (partner.capacityId === null) return null
  const { quota, used } = await openedWeek(tx, partner.capacityId, week)
  return quota - used
}

/**
 * Keeps the rows that have a place, or hold one of this week already; the guarded count at the attempt decides, this only spares useless jobs.
 * A parcel that was sent before goes as it was or not at all: under its id the partner knows its rows.
 */
const within = (rows: readonly DueRow[], free: number | null, usesCapacity: readonly string[], week: string): DueRow[] => {
  let left = free ?? Number.POSITIVE_INFINITY
  const needs = (row: DueRow) => (usesCapacity.includes(row.type) && row.capacityWeek !== week ? 1 : 0)
  const wanted = new Map<string, number>()
  for (const row of rows) if (row.parcelId !== null) wanted.set(row.parcelId, (wanted.get(row.parcelId) ?? 0) + needs(row))
  const decided = new Map<string, boolean>()
  const fits = (places: number) => {
    const taken = places <= left
    if (taken) left -= places
    return taken
  }
  return rows.filter(row => {
    if (row.parcelId === null) return fits(needs(row))
    const known = decided.get(row.parcelId) ?? fits(wanted.get(row.parcelId) ?? 0)
    decided.set(row.parcelId, known)
    return known
  })
}

interface Gathered {
  id: string
  rows: DueRow[]
}

const mostOf = (max: number | ((settings: unknown) => number), partner: Partner): number =>
  typeof max === 'function' ? max(partner.settings) : max

/**
 * Rows that travel together: those of one earlier parcel, else those of one gather key, up to the adapter's `max`. A parcel that is not
 * full waits for neighbours up to the adapter's `waitMs`.
 */
const gather = (partner: Partner, rows: readonly DueRow[], now: Date, room: number): { parcels: Gathered[]; soonMs: number | null } => {
  const rule = partner.code.outbound?.gather
  const groups = Map.groupBy(rows, row => row.parcelId ?? (rule === undefined ? row.id : `${row.gatherKey}`))
  const parcels: Gathered[] = []
  let soonMs: number | null = null
  for (const group of groups.values()) {
    const earlier = group[0]?.parcelId ?? null
    const size = earlier === null ? mostOf(rule?.max ?? 1, partner) : group.length
    for (let start = 0; start < group.length; start += size) {
      const parcel = group.slice(start, start + size)
      const oldest = Math.min(...parcel.map(row => row.dueSince.getTime()))
      const waitMs = parcel.length >= size || earlier !== null ? 0 : oldest + (rule?.waitMs ?? 0) - now.getTime()
      if (waitMs > 0) soonMs = Math.min(soonMs ?? waitMs, waitMs)
      else parcels.push({ id: earlier ?? newUlid(now), rows: parcel })
    }
  }
  return { parcels: parcels.slice(0, Math.max(0, room)), soonMs }
}
