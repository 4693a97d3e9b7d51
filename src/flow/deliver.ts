// deliver: claims rows, maps and sends them as parcels, and records what became of each. Where it fails decides what happens next.
import { type Context, NotSent, type Outbound, type Outcome, type Parcel, type ParcelRefused, type Row } from '../../adapters/contract.ts'
import type { EventType } from '../../schemas/event.ts'
import { weekOf } from '../domain/capacity.ts'
import type { Folded } from '../domain/lifecycle/fold.ts'
import { book } from '../store/capacity.ts'
import type { Tx } from '../store/database.ts'
import { bookWeek, type ClaimedRow, claim, type Settlement } from '../store/deliveries.ts'
import { beginAttempt, countSend, insertParcel, readParcelRows } from '../store/parcels.ts'
import { pairwise } from '../store/people.ts'
import type { Partner } from './directory.ts'
import type { Gateway } from './gateway.ts'
import { newId } from './identifiers.ts'
import { partnerContext } from './partner-context.ts'
import { openedWeek } from './places.ts'
import { projectFor } from './projection.ts'
import { asked, type Sent, settleAttempt, settledAs, tried } from './settle.ts'

/** How long an attempt may hold its rows; the partner's whole answer must come well within it. */
export const attemptLeaseMs = 60_000
const sendTimeoutMs = 45_000

/** Sends dispatched rows, parcel by parcel. Rows that somebody else has claimed are left alone. */
export const deliver = async (gateway: Gateway, partner: Partner, deliveryIds: readonly string[], signal: AbortSignal): Promise<void> => {
  const parcels = await gateway.database.transaction(tx => prepare(gateway, tx, partner, deliveryIds, 'dispatched'), { retry: true })
  await Promise.all(parcels.map(sent => attempt(gateway, partner, sent, signal)))
}

/**
 * Asks the partner about a parcel whose answer was lost. Without `ask`, the same parcel goes again under the same id: the partner tells a
 * repeat by it.
 */
export const ask = async (gateway: Gateway, partner: Partner, deliveryIds: readonly string[], signal: AbortSignal): Promise<void> => {
  const { outbound } = partner.code
  if (outbound?.ask === undefined) {
    const parcels = await gateway.database.transaction(tx => prepare(gateway, tx, partner, deliveryIds, 'unknown'), { retry: true })
    await Promise.all(parcels.map(sent => attempt(gateway, partner, sent, signal)))
    return
  }
  const parcels = await gateway.database.transaction(tx => prepare(gateway, tx, partner, deliveryIds, 'unknown', 'ask'), { retry: true })
  for (const sent of parcels) {
    const context = partnerContext(gateway, partner, AbortSignal.any([signal, AbortSignal.timeout(sendTimeoutMs)]))
    const answer = await outbound.ask(sent.parcel, context).catch((error: unknown) => {
      gateway.failed('delivery.asked', error)
      return 'cannot tell' as const
    })
    await settleAttempt(gateway, partner, sent, asked(gateway, partner, sent, answer))
  }
}

const attempt = async (gateway: Gateway, partner: Partner, sent: Sent, signal: AbortSignal): Promise<void> => {
  const context = partnerContext(gateway, partner, AbortSignal.any([signal, AbortSignal.timeout(sendTimeoutMs)]))
  const answer = await trySend(gateway, partner.code.outbound as Outbound, sent.parcel, context)
  await settleAttempt(gateway, partner, sent, settledAs(gateway, partner, sent, answer))
}

export type SendAnswer = { outcomes: readonly Outcome[] } | { whole: ParcelRefused } | { failed: 'not sent' | 'unknown'; code: string }

/** A throw is a failure whose place decides: before any connection nothing arrived; anywhere later nobody knows. */
const trySend = async (gateway: Gateway, outbound: Outbound, parcel: Parcel, context: Context): Promise<SendAnswer> => {
  try {
    const answer = await outbound.send(parcel, context)
    if ('refused' in answer) return { whole: answer }
    if (answer.length !== parcel.rows.length) throw new Error(`the adapter gave ${answer.length} outcomes for ${parcel.rows.length} rows`)
    return { outcomes: answer }
  } catch (error) {
    if (error instanceof NotSent) return { failed: 'not sent', code: 'not-sent' }
    gateway.failed('delivery.attempted', error)
    return { failed: 'unknown', code: error instanceof Error ? error.name : 'unknown' }
  }
}

/** Claims rows and makes (or finds again) the parcels they travel in; everything is committed before a byte leaves. */
const prepare = async (
  gateway: Gateway,
  tx: Tx,
  partner: Partner,
  deliveryIds: readonly string[],
  from: 'dispatched' | 'unknown',
  kind: 'send' | 'ask' = 'send'
): Promise<Sent[]> => {
  const now = gateway.clock.wall()
  const attemptId = newId()
  const rows = await claim(tx, deliveryIds, { id: attemptId, leaseUntil: new Date(now.getTime() + attemptLeaseMs), from })
  const bookedRows = kind === 'ask' ? rows : await takePlaces(gateway, tx, partner, attemptId, rows, now)
  const sent: Sent[] = []
  for (const [parcelId, members] of Map.groupBy(bookedRows, row => row.parcelId as string)) {
    const made = await pack(gateway, tx, partner, { attemptId, parcelId, rows: members, kind, now })
    if (made !== null) sent.push(made)
  }
  return sent
}

/** Books this week's places for the rows that need one and have none in it; those that found none stay due. */
const takePlaces = async (
  gateway: Gateway,
  tx: Tx,
  partner: Partner,
  attemptId: string,
  rows: readonly ClaimedRow[],
  now: Date
): Promise<readonly ClaimedRow[]> => {
  const { usesCapacity = [] } = partner.code.outbound ?? {}
  const { capacityId } = partner
  if (capacityId === null) return rows
  const week = weekOf(gateway.clock.campaign())
  const wanting = rows.filter(row => usesCapacity.includes(row.type as EventType) && row.capacityWeek !== week)
  if (wanting.length === 0) return rows
  await openedWeek(tx, capacityId, week)
  const taken = await book(tx, capacityId, week, wanting.length)
  const booked = wanting.slice(0, taken).map(row => row.id)
  if (booked.length > 0) await bookWeek(tx, attemptId, booked, week)
  const left = wanting.slice(taken)
  const again = new Date(now.getTime() + 1_000)
  if (left.length > 0)
    await tried(
      tx,
      attemptId,
      left.map(row => waiting(row.id, again)),
      now
    )
  const out = new Set(left.map(row => row.id))
  return rows.filter(row => !out.has(row.id)).map(row => (booked.includes(row.id) ? { ...row, capacityWeek: week } : row))
}

const waiting = (id: string, again: Date): Settlement => ({
  id,
  state: 'due',
  code: 'no-place',
  reason: 'this week is full',
  receipt: null,
  again,
  refundAttempt: true,
  keepParcel: false,
  gatherKey: null
})

/** The parcel as it was when it was first sent, or mapped now. A row that can never be mapped is parked; the others go. */
const pack = async (
  gateway: Gateway,
  tx: Tx,
  partner: Partner,
  {
    attemptId,
    parcelId,
    rows,
    kind,
    now
  }: { attemptId: string; parcelId: string; rows: readonly ClaimedRow[]; kind: 'send' | 'ask'; now: Date }
): Promise<Sent | null> => {
  const outbound = partner.code.outbound as Outbound
  const kept = rows.some(row => row.attempts > 1) ? await readParcelRows(tx, parcelId) : []
  const { good, bad } = kept.length > 0 ? reopen(gateway, parcelId, kept, rows) : await mapRows(gateway, tx, partner, rows)
  if (bad.length > 0)
    await tried(
      tx,
      attemptId,
      bad.map(({ row, reason }) => parked(row.id, reason)),
      now
    )
  if (good.length === 0) return null
  if (kept.length === 0) {
    const fragments = good.map(({ row, fragment }) => ({
      deliveryId: row.id,
      personId: row.personId,
      fragment: gateway.vault.sealJson(ownerOf(row), fragment, { table: 'parcel_row', column: 'fragment', row: `${parcelId} ${row.id}` })
    }))
    await insertParcel(tx, { id: parcelId, partnerId: partner.id, mappingVersion: partner.code.mappingVersion }, fragments)
  }
  const sends = kind === 'send' ? await countSend(tx, parcelId) : 1
  await beginAttempt(tx, {
    id: attemptId,
    parcelId,
    partnerId: partner.id,
    kind,
    startedAt: now,
    rows: good.length,
    mappingVersion: partner.code.mappingVersion
  })
  const parcelRows: Row[] = good.map(({ row, fragment }) => ({ delivery: row.id, fragment }))
  const parcel: Parcel = {
    id: parcelId,
    rows: parcelRows,
    draft: outbound.assemble(parcelRows, parcelId, partner.settings),
    campaignAt: gateway.clock.campaign().toISOString(),
    attempt: sends
  }
  return { attemptId, startedAt: now, parcel, rows: good.map(({ row }) => row) }
}

interface Packed {
  good: { row: ClaimedRow; fragment: unknown }[]
  bad: { row: ClaimedRow; reason: string }[]
}

const reopen = (
  gateway: Gateway,
  parcelId: string,
  kept: Awaited<ReturnType<typeof readParcelRows>>,
  rows: readonly ClaimedRow[]
): Packed => {
  const byId = new Map(rows.map(row => [row.id, row]))
  const good = kept.flatMap(({ deliveryId, fragment }) => {
    const row = byId.get(deliveryId)
    if (row === undefined) return []
    const place = { table: 'parcel_row', column: 'fragment', row: `${parcelId} ${deliveryId}` }
    return [{ row, fragment: gateway.vault.openJson(ownerOf(row), fragment, place) }]
  })
  return { good, bad: [] }
}

const mapRows = async (gateway: Gateway, tx: Tx, partner: Partner, rows: readonly ClaimedRow[]): Promise<Packed> => {
  const outbound = partner.code.outbound as Outbound
  const about = [...new Set(rows.map(row => row.personId ?? row.subjectId))]
  const subIds = await pairwise(
    tx,
    partner.id,
    about,
    about.map(() => crypto.randomUUID())
  )
  const subIdOf = new Map(about.map((id, i) => [id, subIds[i] as string]))
  const packed: Packed = { good: [], bad: [] }
  for (const row of rows) {
    try {
      const { record } = gateway.vault.openJson<Folded>(ownerOf(row), row.body, {
        table: 'record',
        column: 'body',
        row: `${row.subjectId} ${row.version}`
      })
      const projected = projectFor(partner, {
        id: row.eventId,
        type: row.type as EventType,
        effectiveAt: row.effectiveAt.toISOString(),
        delivery: row.id,
        subId: subIdOf.get(row.personId ?? row.subjectId) as string,
        version: { number: row.version, after: { record } },
        subject: { campaign: row.campaign }
      })
      packed.good.push({ row, fragment: outbound.map(projected, partner.settings) })
    } catch (error) {
      // An adapter's reason names the field that is missing or does not fit, never its value.
      packed.bad.push({ row, reason: error instanceof Error ? error.message.slice(0, 500) : 'cannot be mapped' })
    }
  }
  return packed
}

const parked = (id: string, reason: string): Settlement => ({
  id,
  state: 'parked',
  code: 'cannot-be-mapped',
  reason,
  receipt: null,
  again: null,
  refundAttempt: false,
  keepParcel: false,
  gatherKey: null
})

export const ownerOf = (row: { personId: string | null; wrappedKey: Buffer | null }) =>
  row.personId === null ? ('gateway' as const) : { personId: row.personId, wrappedKey: row.wrappedKey }
