// what became: for a client, of what it told us: by pages, or one by its own name. What only the person's key opens is left out once the key is gone.
import { mayReadWords } from '../domain/partner-words.ts'
import {
  type DeliveryOfEvent,
  deliveriesOf,
  findTold,
  listTold,
  type ToldPosition,
  type ToldRow,
  type ToldStatus
} from '../store/what-became.ts'
import { sha256 } from '../trust/keyed-hash.ts'
import { open } from '../trust/seal.ts'
import type { Gateway } from './gateway.ts'
import { evidencePlace } from './ledger-page.ts'
import { reasonOf } from './not-admitted.ts'
import { openWords } from './partner-words.ts'

/** Times in ISO 8601. */
export interface Became {
  status: ToldStatus
  /** Null when it was refused. */
  eventId: string | null
  eventType: string | null
  receivedAt: string
  /** Of a SET: SHA-256 of its token, in hex. Null of its REST twin, and once the data is gone. */
  tokenHash: string | null
  /** Of one that waits: whether for the event that it corrects, or for one that comes before it. */
  waitsFor?: 'corrected-event' | 'earlier-event'
  /** Why it was refused, as it was answered. */
  refusal?: { code: string; reason: string }
  /** One entry per recipient; the state as in the delivery's life. */
  deliveries: readonly BecameOfDelivery[]
}

export interface BecameOfDelivery {
  partner: string
  state: string
  updatedAt: string
  /** Of a refusal: the partner's code. */
  code?: string
  /** Of a refusal, for a reader who may see it: the partner's own words. */
  partnerSaid?: { code: string; text: string }
}

/** As it stands in a list, where it has to be named. */
export interface BecameListed extends Became {
  /** Of a SET; null of its REST twin, once the data of whom it is about is gone, and of a SET of which nothing was taken. */
  jti: string | null
  /** The sender's own id of an event told by REST; null where it gave none, of a SET, and once the data is gone. */
  key: string | null
}

/** Who asks. */
export interface Sender {
  id: string
  role: string
}

export interface BecameQuery {
  status: ToldStatus | null
  since: Date | null
  after: ToldPosition | null
  limit: number
}

/** What became of a client's own messages, in the order in which they came. `end` is where the next page begins; null on the last. */
export const listBecame = async (
  gateway: Gateway,
  sender: Sender,
  query: BecameQuery
): Promise<{ items: BecameListed[]; end: ToldPosition | null }> => {
  const { rows, end } = await listTold(gateway.database, { source: sender.id, ...query })
  const deliveries = await deliveriesFor(gateway, rows)
  return { items: rows.map(row => show(gateway, sender, row, deliveries)), end }
}

/** What became of the message of this name; null when the client sent none. */
export const findBecame = async (gateway: Gateway, sender: Sender, name: string): Promise<Became | null> => {
  const row = await findTold(gateway.database, sender.id, gateway.vault.hashes.messageKey(sender.id, name))
  if (row === undefined) return null
  const { jti: _jti, key: _key, ...became } = show(gateway, sender, row, await deliveriesFor(gateway, [row]))
  return became
}

const deliveriesFor = async ({ database }: Gateway, rows: readonly ToldRow[]) => {
  const events = rows.flatMap(({ eventId }) => eventId ?? [])
  return Map.groupBy(events.length === 0 ? [] : await deliveriesOf(database, events), delivery => delivery.eventId)
}

const show = (
  gateway: Gateway,
  { role }: Sender,
  row: ToldRow,
  deliveries: ReadonlyMap<string, readonly DeliveryOfEvent[]>
): BecameListed => {
  const { status, eventId, type, receivedAt, tokenHash, waitsFor } = row
  const sent = sentAs(gateway, row)
  return {
    jti: sent.jti,
    key: sent.key,
    status,
    eventId,
    eventType: type ?? sent.type,
    receivedAt: receivedAt.toISOString(),
    tokenHash: sent.tokenHash ?? tokenHash?.toString('hex') ?? null,
    ...(status === 'waiting' && waitsFor !== null ? { waitsFor } : {}),
    ...(status === 'refused' ? { refusal: refusalOf(row) } : {}),
    deliveries: (deliveries.get(eventId ?? '') ?? []).map(delivery => showDelivery(gateway, role, delivery))
  }
}

/** As it was answered; of what nothing was taken of, by the word that is kept. */
const refusalOf = ({ answer, notAdmitted }: ToldRow): { code: string; reason: string } => {
  const { code = notAdmitted ?? 'not-admitted', reason = reasonOf(code) } = answer as { code?: string; reason?: string }
  return { code, reason }
}

/** A refusal with its code; the partner's own words for whoever told the fact and may read them. */
const showDelivery = (gateway: Gateway, role: string, row: DeliveryOfEvent): BecameOfDelivery => {
  const { partner, state, code, updatedAt } = row
  const shown = { partner, state, updatedAt: updatedAt.toISOString() }
  if (state !== 'refused') return shown
  const said = mayReadWords(role) ? openWords(gateway, row) : null
  return { ...shown, ...(code === null ? {} : { code }), ...(said === null ? {} : { partnerSaid: said }) }
}

interface Sent {
  jti: string | null
  key: string | null
  type: string | null
  tokenHash: string | null
}

const nothing: Sent = { jti: null, key: null, type: null, tokenHash: null }

/** A sender's own names stand nowhere but in what it sent, which is sealed with the person. */
const sentAs = (gateway: Gateway, { way, leafId, evidence, personId, wrappedKey }: ToldRow): Sent => {
  if (leafId === null || evidence === null || (personId !== null && wrappedKey === null)) return nothing
  const key = gateway.vault.key(personId === null ? 'gateway' : { personId, wrappedKey })
  const text = open(key, evidence, evidencePlace(leafId)).toString('utf8')
  if (way === 'event') {
    const { key: own, type } = JSON.parse(text) as { key?: string; type?: string }
    // A change by PATCH has neither: of one that was taken, its event has the type.
    return { ...nothing, key: own ?? null, type: type ?? null }
  }
  if (way !== 'set') return nothing
  const claims = JSON.parse(Buffer.from(text.split('.')[1] ?? '', 'base64url').toString('utf8')) as { jti: string; events: object }
  const uri = Object.keys(claims.events)[0] ?? ''
  const { eventNamespace } = gateway.signing
  return {
    jti: claims.jti,
    key: null,
    type: uri.startsWith(eventNamespace) ? uri.slice(eventNamespace.length) : null,
    tokenHash: sha256(text).toString('hex')
  }
}
