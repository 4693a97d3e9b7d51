// attend: what waits for a person, what can be done about it, and doing it. Every act is audited with who did it and why.
import { weekOf } from '../domain/capacity.ts'
import { DomainError } from '../domain/errors.ts'
import type { PartnerWords } from '../domain/partner-words.ts'
import {
  casesOfDelivery,
  countAttention,
  deliveryOfCase,
  findAttention,
  findRefused,
  holdingCases,
  listAttention,
  settleCase,
  settleTicket,
  type WaitingKind,
  type Waiting as WaitingRow
} from '../store/attention.ts'
import { freePlaces } from '../store/capacity.ts'
import type { Tx } from '../store/database.ts'
import { isAccepted, redeliver, settleByHand, wake } from '../store/deliveries.ts'
import { findQuarantine, settleQuarantine } from '../store/inbox.ts'
import { releasePerson } from '../store/people.ts'
import type { Gateway } from './gateway.ts'
import { interpretAgain, interpretWhole } from './interpret.ts'
import { openWords } from './partner-words.ts'

export type { WaitingKind }

/** Something that waits, with what a partner wrote about it, opened: for operators alone. */
export interface Waiting extends Omit<WaitingRow, 'said' | 'wrappedKey'> {
  partnerSaid: PartnerWords | null
}

/** What a person can do about something that waits. */
export type Act =
  | 'redeliver'
  | 'accepted'
  | 'refused'
  | 'never-arrived'
  | 'discard'
  | 'apply'
  | 'settled'
  | 'release'
  | 'answered'
  | 'declined'
  | 'told'

/** The acts that make sense for it, the most likely first. */
export const actsFor = ({ kind, state }: Pick<Waiting, 'kind' | 'state'>): readonly Act[] => {
  switch (kind) {
    case 'delivery':
      if (state === 'refused') return ['redeliver']
      return state === 'unknown' ? ['accepted', 'refused', 'never-arrived', 'discard'] : ['redeliver', 'accepted', 'refused', 'discard']
    case 'quarantine':
      return ['apply', 'discard']
    case 'case':
      if (state === 'refused') return ['redeliver', 'settled']
      return state === 'held' ? ['release', 'settled'] : ['settled']
    case 'person':
      return ['release']
    case 'ticket':
      return ['settled']
    case 'request':
      return ['answered', 'declined']
    case 'task':
      return ['told']
  }
}

/** Who has to do something before it can move: the source of the fact, the partner, the agencies that registered the person, or the operator. */
export type Who = 'source' | 'partner' | 'agencies' | 'operator'

export const whoActs = ({ kind, state }: Pick<Waiting, 'kind' | 'state'>): Who => {
  switch (kind) {
    case 'delivery':
      if (state === 'parked') return 'source'
      return state === 'held' ? 'operator' : 'partner'
    case 'quarantine':
    case 'ticket':
      return 'partner'
    case 'case':
      if (state === 'refused') return 'partner'
      return state === 'held' ? 'agencies' : 'operator'
    case 'person':
      return 'agencies'
    case 'request':
      return 'operator'
    case 'task':
      return 'partner'
  }
}

export const listWaitingForPerson = async (
  gateway: Gateway,
  filter: { kind?: WaitingKind | null; partnerId?: string | null; limit: number }
): Promise<Waiting[]> => (await listAttention(gateway.database, gateway.clock.campaign(), filter)).map(row => opened(gateway, row))

const opened = (gateway: Gateway, { said, wrappedKey, ...row }: WaitingRow): Waiting => ({
  ...row,
  partnerSaid: openWords(gateway, { id: row.id, personId: row.personId, wrappedKey, said })
})

/** What waits, or a delivery that was refused. @throws DomainError `not-found` when neither has this id. */
export const findWaiting = async (gateway: Gateway, id: string): Promise<Waiting> => {
  const found = (await findAttention(gateway.database, gateway.clock.campaign(), id)) ?? (await findRefused(gateway.database, id))
  if (found === undefined) throw new DomainError('not-found', `nothing that waits has the id ${id}: see jisr waiting list`)
  return opened(gateway, found)
}

export const countWaiting = (gateway: Gateway) => countAttention(gateway.database, gateway.clock.campaign())

/** Sends a delivery again in a new round, by its id or that of a case about it: one that waits, or one that the partner refused. Its cases are settled with it. */
export const redeliverByHand = async (gateway: Gateway, id: string, actor: string, reason: string): Promise<void> => {
  const deliveryId = isUuid(id) ? await deliveryOfCase(gateway.database, id) : id
  if (deliveryId === undefined) throw notSo(id, 'is no open case about a delivery')
  const done = await changeDelivery(gateway, deliveryId, async tx => {
    if (!(await redeliver(tx, deliveryId, actor, reason))) return false
    for (const open of await casesOfDelivery(tx, deliveryId)) await settleCase(tx, open, actor, reason)
    return true
  })
  if (!done) throw notSo(id, 'is no delivery that is parked, dead, held or refused, or her data is gone, so it cannot be sent again')
  await gateway.database.query(wake)
}

/** Gives up a delivery, or a row that a partner sent. */
export const discard = async (gateway: Gateway, id: string, actor: string, reason: string): Promise<void> => {
  const done = isUuid(id)
    ? await settleQuarantine(gateway.database, id, 'discarded', actor, reason)
    : await changeDelivery(gateway, id, tx => settleByHand(tx, id, 'discarded', actor, reason))
  if (!done) throw notSo(id, 'is neither a delivery that waits nor a row in quarantine')
  await gateway.database.query(wake)
}

/**
 * Interprets a row in quarantine again, now that its reason is mended.
 * @throws DomainError `conflict` with the reason when it still cannot be applied; it stays in quarantine.
 */
export const applyQuarantined = async (gateway: Gateway, id: string, actor: string, reason: string): Promise<void> => {
  const row = isUuid(id) ? await findQuarantine(gateway.database, id) : undefined
  if (row?.state !== 'open') throw notSo(id, 'is no row in quarantine')
  const turn = await gateway.database.lock(`jisr apply ${id}`, async () => {
    if (row.code === 'unreadable' && row.row === 0) return applyWhole(gateway, row.inboxId)
    return interpretAgain(gateway, row.inboxId, row.row)
  })
  if (!turn.locked) throw new DomainError('conflict', `somebody else is applying ${id} just now`)
  if (turn.value !== null) throw new DomainError('conflict', `${id} still cannot be applied (${turn.value.code}): ${turn.value.reason}`)
  await settleQuarantine(gateway.database, id, 'applied', actor, reason)
}

/** The whole message: rows of it that cannot be applied wait in quarantine on their own from now on. */
const applyWhole = async (gateway: Gateway, inboxId: string): Promise<{ code: string; reason: string } | null> => {
  const unapplied = await interpretWhole(gateway, inboxId)
  return unapplied.find(left => left.row === 0) ?? null
}

/** How something is settled by hand. */
export const settlements = ['accepted', 'refused', 'never-arrived', 'settled'] as const
export type SettledAs = (typeof settlements)[number]

/**
 * Settles by hand: a delivery as its partner said by another way, a case or a ticket as dealt with. A delivery that never arrived goes out
 * again, in a parcel of its own.
 */
export const settleAs = async (gateway: Gateway, id: string, as: SettledAs, actor: string, reason: string): Promise<void> => {
  if (isUuid(id)) {
    if (as !== 'settled')
      throw new DomainError(
        'invalid',
        'a case or a ticket is settled with --as settled; only a delivery is accepted, refused or never-arrived'
      )
    const done = (await settleCase(gateway.database, id, actor, reason)) || (await settleTicket(gateway.database, id, actor, reason))
    if (!done) throw notSo(id, 'is neither an open case nor an open ticket')
    return
  }
  if (as === 'settled')
    throw new DomainError('invalid', 'a delivery is settled with --as accepted or --as refused, as its partner said, or --as never-arrived')
  const done = await changeDelivery(gateway, id, tx =>
    as === 'never-arrived' ? redeliver(tx, id, actor, reason, ['unknown']) : settleByHand(tx, id, as, actor, reason)
  )
  if (!done) throw notSo(id, as === 'never-arrived' ? 'is no delivery of unknown fate' : 'is no delivery that waits')
  await gateway.database.query(wake)
}

/** Changes a delivery by hand; a place of this week that it held and will not use is free again with it. */
const changeDelivery = (gateway: Gateway, id: string, change: (tx: Tx) => Promise<boolean>): Promise<boolean> =>
  gateway.database.transaction(
    async tx => {
      const changed = await change(tx)
      if (changed && !(await isAccepted(tx, id))) await freePlaces(tx, [id], weekOf(gateway.clock.campaign()))
      return changed
    },
    { retry: true }
  )

/** Lets go of a held person, by the person's id or that of the case that holds it; the cases that hold it are settled with it. */
export const release = async (gateway: Gateway, id: string, actor: string, reason: string): Promise<void> => {
  if (!isUuid(id)) throw notSo(id, 'is neither a person nor a case')
  const found = await findAttention(gateway.database, gateway.clock.campaign(), id)
  const personId = found?.kind === 'case' ? found.personId : id
  const freed = await gateway.database.transaction(
    async tx => {
      if (personId === null || !(await releasePerson(tx, personId, actor, reason))) return false
      for (const held of await holdingCases(tx, personId)) await settleCase(tx, held, actor, reason)
      return true
    },
    { retry: true }
  )
  if (!freed) throw notSo(id, 'holds nobody: it is neither a held person nor the case of one')
  await gateway.database.query(wake)
}

const isUuid = (id: string): boolean => /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(id)

const notSo = (id: string, why: string) => new DomainError('not-found', `${id} ${why}: see jisr waiting list`)
