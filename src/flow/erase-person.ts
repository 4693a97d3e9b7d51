// erase and block: a person's data made unreadable for good, or put where no ordinary way leads to it.
import { weekOf } from '../domain/capacity.ts'
import { DomainError } from '../domain/errors.ts'
import { freePlaces } from '../store/capacity.ts'
import type { Tx } from '../store/database.ts'
import { wake } from '../store/deliveries.ts'
import {
  announceGone,
  auditPeople,
  blockKeys,
  destroyKeys,
  type Fate,
  forgetIdentifiers,
  lockPeople,
  type Recipient,
  recipientsOf,
  rememberFormer,
  samePerson,
  settleCasesOf,
  takePairwise,
  unblockKeys
} from '../store/erasure.ts'
import { supersedePeople } from '../store/person-lanes.ts'
import { type Rewritten, rewriteKeyTables } from '../store/rewrite-keys.ts'
import { type ClosedRequest, settleRequestsOf } from '../store/rights.ts'
import type { Gateway } from './gateway.ts'

export interface Act {
  actor: string
  reason: string
}

/**
 * Erases people within a transaction: their keys are destroyed, and with them everything that was sealed for them; the ids and hashes that
 * lead to them go; what was owed about them is taken back. Events, records, the ledger and the counts of a campaign stay, as bytes that say nothing.
 * Whatever else these people asked for is answered with that: there is nothing left to show or to mend.
 * @param keepIdentifiers the keyed hashes of documents stay, for as long as the retention rule says: whether somebody was here before.
 * @param request that of which they are erased; whoever carries it out settles it.
 * @returns who has data of theirs, as far as is known, and the requests that were closed.
 */
export const eraseWithin = async (
  gateway: Gateway,
  tx: Tx,
  ids: readonly string[],
  { actor, reason, keepIdentifiers, request = null }: Act & { keepIdentifiers: boolean; request?: string | null }
): Promise<{ recipients: Recipient[]; closed: ClosedRequest[] }> => {
  const now = gateway.clock.wall()
  const since = gateway.clock.campaign()
  const readable = (await lockPeople(tx, ids)).filter(person => person.erasedAt === null).map(person => person.id)
  const recipients = await recipientsOf(tx, readable)
  await takeBack(gateway, tx, readable, now)
  await rememberFormer(
    tx,
    (await takePairwise(tx, readable)).flatMap(former => formerNames(gateway, former))
  )
  if (!keepIdentifiers) await forgetIdentifiers(tx, readable)
  await settleCasesOf(tx, readable, actor, 'the person was erased', now)
  await destroyKeys(tx, readable, since)
  await auditPeople(tx, readable, { actor, action: 'person.erased', reason })
  const closed = await settleRequestsOf(tx, readable, request, { actor, reason: `her data was erased (${reason}): tell her so` }, now)
  return { recipients, closed }
}

/** Nothing more leaves about these people; places of this week that they held are free. */
const takeBack = async (gateway: Gateway, tx: Tx, ids: readonly string[], now: Date): Promise<void> => {
  const unsent = await supersedePeople(tx, ids, now)
  if (unsent.length > 0) await freePlaces(tx, unsent, weekOf(gateway.clock.campaign()))
}

const formerNames = (gateway: Gateway, { personId, partnerId, clientId, subId }: Awaited<ReturnType<typeof takePairwise>>[number]) =>
  [...new Set([partnerId, ...(clientId === null ? [] : [clientId])])].map(by => ({
    clientId: by,
    sourceHash: gateway.vault.hashes.sourceId(by, subId),
    personId
  }))

/** Blocks people within a transaction (LO 3/2018 art 32): nothing is lost, and no ordinary way leads to it any more. */
export const blockWithin = async (
  gateway: Gateway,
  tx: Tx,
  people: readonly { id: string; rule: string; until: string | null }[],
  { actor, reason }: Act
): Promise<void> => {
  const now = gateway.clock.wall()
  const readable = new Set(
    (
      await lockPeople(
        tx,
        people.map(p => p.id)
      )
    )
      .filter(isReadable)
      .map(p => p.id)
  )
  const chosen = people.filter(({ id }) => readable.has(id))
  const ids = chosen.map(({ id }) => id)
  await takeBack(gateway, tx, ids, now)
  await settleCasesOf(tx, ids, actor, 'the person’s data was blocked', now)
  await blockKeys(tx, chosen, gateway.clock.campaign())
  await auditPeople(tx, ids, { actor, action: 'person.blocked', reason })
}

const isReadable = (fate: Fate): boolean => fate.erasedAt === null && fate.blockedAt === null

/** Lets blocked data be worked with again: it was blocked by mistake, or its reason is gone. @throws DomainError `conflict` when it is not blocked. */
export const unblock = async (gateway: Gateway, id: string, { actor, reason }: Act): Promise<void> => {
  await gateway.database.transaction(
    async tx => {
      const [fate] = await lockPeople(tx, [requireId(id)])
      if (fate?.blockedAt == null) throw new DomainError('conflict', `${id} is nobody whose data is blocked: see jisr persons retention`)
      await unblockKeys(tx, [id])
      await auditPeople(tx, [id], { actor, action: 'person.unblocked', reason })
    },
    { retry: true }
  )
}

/** Everybody who is this person. @throws DomainError `not-found` when nobody has this id. */
export const everyOneOf = async (tx: Tx, id: string): Promise<string[]> => {
  const ids = await samePerson(tx, requireId(id))
  if (ids.length === 0) throw new DomainError('not-found', `there is no person ${id}: find her with jisr persons find`)
  return ids
}

/** Tells every process to forget keys, and wakes who waits for a lane. After the commit. */
export const announce = async (gateway: Gateway, ids: readonly string[]): Promise<void> => {
  for (const id of ids) await announceGone(gateway.database, id)
  await gateway.database.query(wake)
}

/**
 * Takes the bytes of destroyed keys out of the data files. What is in the write-ahead log and in backups stays there until they go, or until
 * the master key that wrapped them is gone.
 */
export const scrub = (gateway: Gateway): Promise<Rewritten> => rewriteKeyTables(gateway.database)

export const requireId = (id: string): string => {
  if (!/^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(id))
    throw new DomainError('invalid', 'a person’s id is a UUID: find her with jisr persons find')
  return id
}
