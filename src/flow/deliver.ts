// deliver: claims rows, maps and sends them as parcels, and records what became of each. Where it fails decides what happens next.
import { type Context, type Draft, NotSent, type Outbound, type Parcel, type Row } from '../../adapters/contract.ts'
import type { EventType } from '../../schemas/event.ts'
import type { PrivacyClass } from '../../schemas/field.ts'
import { weekOf } from '../domain/capacity.ts'
import { disclosed } from '../domain/disclosure.ts'
import { book } from '../store/capacity.ts'
import type { Tx } from '../store/database.ts'
import { bookWeek, type ClaimedRow, claim, type Settlement } from '../store/deliveries.ts'
import { beginAttempt, countSend, insertParcel, type ParcelRowRow, readParcelRows } from '../store/parcels.ts'
import { pairwise } from '../store/people.ts'
import { goneReason } from '../store/person-lanes.ts'
import type { Partner } from './directory.ts'
import { disclose } from './disclose.ts'
import { openShelf, type Shelf, type StoredDocument } from './documents.ts'
import type { Gateway } from './gateway.ts'
import { newId } from './identifiers.ts'
import { defaultLeases, type Leases } from './leases.ts'
import { type Left, noting } from './left.ts'
import { partnerContext } from './partner-context.ts'
import { openedWeek } from './places.ts'
import { projectFor, readsOf } from './projection.ts'
import { openSigner } from './push-set.ts'
import { asked, giveBack, halved, recordOf, type SendAnswer, type Sent, settleAttempt, settledAs, tried } from './settle.ts'

/** Sends dispatched rows, parcel by parcel. Rows that somebody else has claimed are left alone. */
export const deliver = async (
  gateway: Gateway,
  partner: Partner,
  deliveryIds: readonly string[],
  signal: AbortSignal,
  leases: Leases = defaultLeases
): Promise<void> => {
  const parcels = await claimed(gateway, partner, deliveryIds, { from: 'dispatched', kind: 'send' }, leases)
  await Promise.all(parcels.map(sent => attempt(gateway, partner, sent, signal, leases)))
}

/**
 * Asks the partner about a parcel whose answer was lost. Without `ask`, the same parcel goes again under the same id: the partner tells a
 * repeat by it.
 */
export const ask = async (
  gateway: Gateway,
  partner: Partner,
  deliveryIds: readonly string[],
  signal: AbortSignal,
  leases: Leases = defaultLeases
): Promise<void> => {
  const { outbound } = partner.code
  if (outbound?.ask === undefined) {
    const parcels = await claimed(gateway, partner, deliveryIds, { from: 'unknown', kind: 'send' }, leases)
    await Promise.all(parcels.map(sent => attempt(gateway, partner, sent, signal, leases)))
    return
  }
  for (const sent of await claimed(gateway, partner, deliveryIds, { from: 'unknown', kind: 'ask' }, leases)) {
    const context = partnerContext(gateway, partner, AbortSignal.any([signal, AbortSignal.timeout(leases.answerMs)]))
    const answer = await outbound.ask(sent.parcel, context).catch((error: unknown) => {
      if (!(error instanceof NotSent)) gateway.failed('delivery.asked', error)
      return 'cannot tell' as const
    })
    await settleAttempt(gateway, partner, sent, asked(gateway, partner, sent, answer))
  }
}

const claimed = async (
  gateway: Gateway,
  partner: Partner,
  deliveryIds: readonly string[],
  errand: Errand,
  leases: Leases
): Promise<Sent[]> => {
  for (let tries = 1; ; tries++) {
    // One reading for both: the partner is told the instant whose week the places are taken in, however long taking them lasts.
    const campaign = gateway.clock.campaign()
    const places = errand.kind === 'ask' ? null : await lookForPlaces(gateway.database, partner, weekOf(campaign))
    try {
      return await gateway.database.transaction(tx => prepare(gateway, tx, partner, deliveryIds, { errand, campaign, places }, leases), {
        retry: true
      })
    } catch (error) {
      if (!(error instanceof PlacesGone) || tries >= placesTriesMax) throw error
    }
  }
}

/** Each time, somebody else did take places; so many losses in a row are left to the next try of the job. */
const placesTriesMax = 5

const attempt = async (gateway: Gateway, partner: Partner, sent: Sent, signal: AbortSignal, leases: Leases): Promise<void> => {
  // A process that stood still since it claimed: the rows may be somebody else's by now, and nothing has left yet.
  if (gateway.clock.wall().getTime() >= sent.startedAt.getTime() + leases.attemptMs) return
  const context = partnerContext(gateway, partner, AbortSignal.any([signal, AbortSignal.timeout(leases.answerMs)]))
  const left: Left[] = []
  const answer = await trySend(gateway, partner.code.outbound as Outbound, sent.parcel, noting(context, left))
  await settleAttempt(gateway, partner, { ...sent, left }, settledAs(gateway, partner, sent, answer))
}

/** A throw is a failure whose place decides: before any connection nothing arrived; anywhere later nobody knows. */
const trySend = async (gateway: Gateway, outbound: Outbound, parcel: Parcel, context: Context): Promise<SendAnswer> => {
  try {
    const answer = await outbound.send(parcel, context)
    if ('refused' in answer) return { whole: answer }
    if (answer.length !== parcel.rows.length) throw new Error(`the adapter gave ${answer.length} outcomes for ${parcel.rows.length} rows`)
    return { outcomes: answer }
  } catch (error) {
    if (error instanceof NotSent) return { failed: 'not sent', code: error.code }
    gateway.failed('delivery.attempted', error)
    return { failed: 'unknown', code: error instanceof Error ? error.name : 'unknown' }
  }
}

/** What rows are claimed for, and from which state. */
type Errand = { from: 'dispatched'; kind: 'send' } | { from: 'unknown'; kind: 'send' | 'ask' }

/** One parcel's claimed rows, and its rows as they were mapped when it was first sent, if it ever was. */
interface Load {
  attemptId: string
  parcelId: string
  rows: readonly ClaimedRow[]
  kept: readonly ParcelRowRow[]
  errand: Errand
  now: Date
  campaign: Date
}

/** This week's places as they were before the claim began, for the types that need one. */
interface Places {
  capacityId: string
  week: string
  free: number
  types: readonly string[]
}

/** Null where the partner has no quota, or sends nothing that needs a place. */
const lookForPlaces = async (tx: Tx, partner: Partner, week: string): Promise<Places | null> => {
  const { usesCapacity = [] } = partner.code.outbound ?? {}
  const { capacityId } = partner
  if (capacityId === null || usesCapacity.length === 0) return null
  const { quota, used } = await openedWeek(tx, capacityId, week)
  return { capacityId, week, free: quota - used, types: usesCapacity }
}

/** Somebody took places between the look and the booking: nothing of the claim holds, and it begins again. */
class PlacesGone extends Error {
  override name = 'PlacesGone'
  constructor(week: string) {
    super(`places of ${week} that were free when the claim began were taken before its end`)
  }
}

/** Claims rows and makes (or finds again) the parcels they travel in; everything is committed before a byte leaves. */
const prepare = async (
  gateway: Gateway,
  tx: Tx,
  partner: Partner,
  deliveryIds: readonly string[],
  { errand, campaign, places }: { errand: Errand; campaign: Date; places: Places | null },
  leases: Leases
): Promise<Sent[]> => {
  const now = gateway.clock.wall()
  const attemptId = newId()
  const leaseUntil = new Date(now.getTime() + leases.attemptMs)
  const rows = await claim(tx, deliveryIds, { id: attemptId, leaseUntil, noticesOnly: partner.status !== 'active', ...errand })
  const sent: Sent[] = []
  const gone = rows.filter(isGone)
  if (gone.length > 0) await tried(tx, attemptId, gone.map(superseded), now)
  const shelf = openShelf(gateway, tx, now)
  let left = places
  const parcels = Map.groupBy(
    rows.filter(row => !isGone(row)),
    row => row.parcelId as string
  )
  for (const [parcelId, members] of parcels) {
    const kept = errand.kind === 'ask' || members.some(row => row.attempts > 1) ? await readParcelRows(tx, parcelId) : []
    const load: Load = { attemptId, parcelId, rows: members, kept, errand, now, campaign }
    const fitting = left === null ? members : await withinPlaces(tx, left, load)
    const made = fitting.length === 0 ? null : await pack(gateway, tx, partner, { ...load, rows: fitting }, shelf)
    if (made === null) continue
    sent.push(made)
    if (left !== null) left = { ...left, free: left.free - wantingOf(left, made.rows).length }
  }
  await shelf.write()
  return places === null ? sent : await bookPlaces(tx, attemptId, places, sent)
}

const wantingOf = ({ types, week }: Places, rows: readonly ClaimedRow[]): readonly ClaimedRow[] =>
  rows.filter(row => types.includes(row.type) && row.capacityWeek !== week)

/**
 * The rows that need no place, hold one of this week, or will find one; the others stay due. A parcel that was sent before goes with all its
 * rows or waits under its id, and one whose fate is unknown stays unknown: the partner may have it.
 */
const withinPlaces = async (tx: Tx, places: Places, load: Load): Promise<readonly ClaimedRow[]> => {
  const { attemptId, rows, kept, errand, now } = load
  const wanting = wantingOf(places, rows)
  if (wanting.length <= places.free) return rows
  const isWhole = kept.length > 0
  const left = isWhole ? rows : wanting.slice(Math.max(0, places.free))
  const again = new Date(now.getTime() + placeRetryMs)
  const settlements = left.map(row => waiting(row.id, again, isWhole, errand.from))
  await tried(tx, attemptId, settlements, now)
  const out = new Set(left.map(row => row.id))
  return rows.filter(row => !out.has(row.id))
}

/**
 * Takes the places, last of all: the week's row is one lock for everybody, so it is held for the commit alone and not while rows are mapped,
 * sealed and stored. @throws PlacesGone
 */
const bookPlaces = async (tx: Tx, attemptId: string, places: Places, sent: readonly Sent[]): Promise<Sent[]> => {
  const { capacityId, week } = places
  const booking = new Set(sent.flatMap(({ rows }) => wantingOf(places, rows).map(row => row.id)))
  if (booking.size === 0) return [...sent]
  await bookWeek(tx, attemptId, [...booking], week)
  if (!(await book(tx, capacityId, week, booking.size))) throw new PlacesGone(week)
  return sent.map(one => ({ ...one, rows: one.rows.map(row => (booking.has(row.id) ? { ...row, capacityWeek: week } : row)) }))
}

/** How soon a row without a place looks again. */
const placeRetryMs = 1_000

const waiting = (id: string, again: Date, keepParcel: boolean, from: Errand['from']): Settlement => ({
  id,
  state: from === 'unknown' ? 'unknown' : 'due',
  code: 'no-place',
  reason: 'this week is full',
  said: null,
  receipt: null,
  again,
  refundAttempt: true,
  keepParcel,
  gatherKey: null
})

/** The parcel as it was when it was first sent, or mapped now. A row that can never be mapped is parked; the others go. */
const pack = async (gateway: Gateway, tx: Tx, partner: Partner, load: Load, shelf: Shelf): Promise<Sent | null> => {
  const { attemptId, parcelId, rows, kept, errand, now } = load
  const outbound = partner.code.outbound as Outbound
  const { good, classes, bad } =
    kept.length > 0 && partner.stream === null ? reopen(gateway, parcelId, kept, rows) : await mapRows(gateway, tx, partner, rows, now)
  await settleUnsent(
    gateway,
    tx,
    partner,
    load,
    bad.map(({ row, reason }) => parked(row.id, 'cannot-be-mapped', reason))
  )
  if (good.length === 0) return null
  const parcelRows: Row[] = good.map(({ row, fragment }) => ({ delivery: row.id, fragment }))
  const made = tryAssemble(() => {
    const draft = outbound.assemble(parcelRows, parcelId, partner.settings, { now, campaignAt: load.campaign.toISOString() })
    return { draft, document: errand.kind === 'ask' ? null : shelve(shelf, partner, parcelId, draft, good) }
  })
  if (made instanceof Error) {
    const reason = made.message.slice(0, 500)
    const whole = good.map(({ row }) => row)
    const settlements =
      whole.length > 1
        ? halved(gateway, whole, () => ({ code: 'cannot-be-assembled', reason }))
        : whole.map(row => parked(row.id, 'cannot-be-assembled', reason))
    await settleUnsent(gateway, tx, partner, load, settlements)
    return null
  }
  const { mappingVersion } = partner.code
  if (kept.length === 0) {
    const fragments = good.map(({ row, fragment }) => ({
      deliveryId: row.id,
      personId: row.personId,
      fragment: gateway.vault.sealJson(ownerOf(row), fragment, { table: 'parcel_row', column: 'fragment', row: `${parcelId} ${row.id}` })
    }))
    await insertParcel(tx, { id: parcelId, partnerId: partner.id, mappingVersion, sends: errand.kind === 'send' ? 1 : 0 }, fragments)
  }
  const sends = errand.kind === 'send' && kept.length > 0 ? await countSend(tx, parcelId) : 1
  await beginAttempt(tx, {
    ...{ id: attemptId, parcelId, partnerId: partner.id, kind: errand.kind, startedAt: now, rows: good.length, mappingVersion }
  })
  if (errand.kind === 'send') {
    const leaving = new Map(good.map(({ row }) => [row.id, row]))
    const reads = readsOf(partner)
    await disclose(
      tx,
      partner,
      [...leaving.values()],
      id => classes.get(id) ?? disclosed(recordOf(gateway, leaving.get(id) as ClaimedRow), reads)
    )
  }
  const { draft, document } = made
  const parcel: Parcel = { id: parcelId, rows: parcelRows, draft, campaignAt: load.campaign.toISOString(), attempt: sends }
  return { attemptId, startedAt: now, parcel, rows: good.map(({ row }) => row), document, left: [] }
}

/** The document as it is about to be sent: kept before a byte leaves. */
const shelve = (shelf: Shelf, partner: Partner, parcelId: string, { body, rows }: Draft, good: Packed['good']): StoredDocument => {
  const spans = rows ?? [{ from: 0, to: body.length }]
  if (spans.length !== good.length) throw new Error(`the adapter tells where ${spans.length} rows of ${good.length} stand`)
  const owners = good.map(({ row }) => ({ about: row.id, owner: ownerOf(row) }))
  const about = { kind: 'sent', partnerId: partner.id, message: parcelId, mapping: partner.code.mappingVersion } as const
  return shelf.add({ ...about, body }, { within: 'text', rows: spans }, owners)
}

/** Rows that do not leave after all: their places are free again. */
const settleUnsent = async (gateway: Gateway, tx: Tx, partner: Partner, load: Load, settlements: readonly Settlement[]): Promise<void> => {
  if (settlements.length === 0) return
  const ids = new Set(await tried(tx, load.attemptId, settlements, load.now))
  await giveBack(
    gateway,
    tx,
    partner,
    load.rows.filter(row => ids.has(row.id))
  )
}

/** The document, or why there is none: it may break a limit or the partner's schema though each of its rows could be mapped. */
const tryAssemble = <Made>(assemble: () => Made): Made | Error => {
  try {
    return assemble()
  } catch (error) {
    return error instanceof Error ? error : new Error('the document cannot be made')
  }
}

interface Packed {
  good: { row: ClaimedRow; fragment: unknown }[]
  classes: Map<string, readonly PrivacyClass[]>
  bad: { row: ClaimedRow; reason: string }[]
}

const reopen = (gateway: Gateway, parcelId: string, kept: readonly ParcelRowRow[], rows: readonly ClaimedRow[]): Packed => {
  const byId = new Map(rows.map(row => [row.id, row]))
  const good = kept.flatMap(({ deliveryId, fragment }) => {
    const row = byId.get(deliveryId)
    if (row === undefined) return []
    const place = { table: 'parcel_row', column: 'fragment', row: `${parcelId} ${deliveryId}` }
    return [{ row, fragment: gateway.vault.openJson(ownerOf(row), fragment, place) }]
  })
  return { good, classes: new Map(), bad: [] }
}

/** A SET is made anew for every attempt, the same but for its signature: the key that signed it before may have got out. */
const mapRows = async (gateway: Gateway, tx: Tx, partner: Partner, rows: readonly ClaimedRow[], now: Date): Promise<Packed> => {
  const outbound = partner.code.outbound as Outbound
  const about = [...new Set(rows.map(row => row.personId ?? row.subjectId))]
  const subIds = await pairwise(
    tx,
    partner.id,
    about,
    about.map(() => crypto.randomUUID())
  )
  const subIdOf = new Map(about.map((id, i) => [id, subIds[i] as string]))
  const packed: Packed = { good: [], classes: new Map(), bad: [] }
  const reads = readsOf(partner)
  const signer = partner.stream === null ? null : await openSigner(gateway, tx, partner, rows, now)
  for (const row of rows) {
    try {
      const record = recordOf(gateway, row)
      if (signer !== null) {
        packed.good.push({ row, fragment: await signer(row, subIdOf.get(row.personId ?? row.subjectId) as string) })
        packed.classes.set(row.id, disclosed(record, reads))
        continue
      }
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
      packed.classes.set(row.id, disclosed(record, reads))
    } catch (error) {
      // An adapter's reason names the field that is missing or does not fit, never its value.
      packed.bad.push({ row, reason: error instanceof Error ? error.message.slice(0, 500) : 'cannot be mapped' })
    }
  }
  return packed
}

/** Her data was blocked or erased since: nothing of it leaves, and the others of the parcel go without her. */
const isGone = (row: ClaimedRow): boolean => row.personId !== null && row.wrappedKey === null

const superseded = (row: ClaimedRow): Settlement => ({ ...parked(row.id, 'person-gone', goneReason), state: 'superseded' })

const parked = (id: string, code: string, reason: string): Settlement => ({
  id,
  state: 'parked',
  code,
  reason,
  said: null,
  receipt: null,
  again: null,
  refundAttempt: false,
  keepParcel: false,
  gatherKey: null
})

export const ownerOf = (row: { personId: string | null; wrappedKey: Buffer | null }) =>
  row.personId === null ? ('gateway' as const) : { personId: row.personId, wrappedKey: row.wrappedKey }
