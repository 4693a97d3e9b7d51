// manage streams: what a receiver may do with its own streams (OpenID SSF 1.0): make, read, change, pause, verify, delete. One model with the operator's.
import type { EventType } from '../../schemas/event.ts'
import { DomainError } from '../domain/errors.ts'
import { type Streamable, streamableFor } from '../domain/streaming.ts'
import type { Tx } from '../store/database.ts'
import { wake } from '../store/deliveries.ts'
import {
  byItself,
  changeStream,
  countStreams,
  deleteStream,
  dropSubscriptions,
  lastVerified,
  lockClient,
  lockStream
} from '../store/managed-streams.ts'
import { addPartner, addSubscriptions, type ClientRow, eventsOwed, type PartnerRow, setPartnerStatus } from '../store/parties.ts'
import type { SigningAlgorithm } from '../trust/keys.ts'
import { open, seal } from '../trust/seal.ts'
import { announce } from './announce.ts'
import type { Partner } from './directory.ts'
import type { Gateway } from './gateway.ts'
import { idOfDigest, newId } from './identifiers.ts'
import { moveSomeOwed } from './move-owed.ts'
import type { KeyedRequest } from './once.ts'
import { notify, streamSubject } from './stream-notices.ts'

export const streamsMax = 5
/** Seconds between two verifications of a stream. */
export const verificationIntervalSeconds = 60
const redeliverAfterSeconds = 30

export type Delivery = { method: 'poll' } | { method: 'push'; endpoint: string; authorizationHeader: string | null }

/** What a receiver asks for; null where it did not say. */
export interface StreamWish {
  delivery: Delivery | null
  /** Names of events; those that this client may not have are left out. */
  requested: readonly string[] | null
  description: string | null
  signingAlgorithm: SigningAlgorithm | null
  redeliverAfterSeconds: number | null
}

/** A stream as its receiver sees it; events by their names. */
export interface ManagedStream {
  id: string
  audience: string
  delivery: { method: 'poll' } | { method: 'push'; endpoint: string }
  supported: readonly string[]
  requested: readonly string[] | null
  delivered: readonly string[]
  description: string | null
  signingAlgorithm: SigningAlgorithm
  redeliverAfterSeconds: number
  status: 'enabled' | 'paused' | 'disabled'
}

interface Settings {
  audience: string
  delivery: 'poll' | 'push'
  endpoint?: string
  fields: string[]
  redeliverAfterSeconds: number
  signingAlgorithm: SigningAlgorithm
  managed?: { requested?: string[]; description?: string }
}

/** All streams of a client, the operator's among them. */
export const listOwnStreams = async (gateway: Gateway, client: ClientRow): Promise<ManagedStream[]> => {
  const own = gateway.directory.partners().filter(partner => partner.stream !== null && partner.clientId === client.id)
  return Promise.all(own.map(partner => describe(gateway, client, partner)))
}

export const readOwnStream = async (gateway: Gateway, client: ClientRow, id: string): Promise<ManagedStream> =>
  describe(gateway, client, ownStream(gateway, client, id))

/**
 * Makes a stream. Asked for `under` an Idempotency-Key it is made once, also when the process died, or the database was lost, after it was made and
 * before its answer was kept. @throws DomainError `forbidden` for a client that may have no event that it asks for, `conflict` when it has five, `invalid` else
 */
export const createOwnStream = async (
  gateway: Gateway,
  client: ClientRow,
  wish: StreamWish,
  under: KeyedRequest | null
): Promise<ManagedStream> => {
  const streamable = requireStreamable(client)
  const made = await settle(gateway, client, streamable, wish, null)
  const id = await gateway.database.transaction(async tx => {
    await lockClient(tx, client.id)
    const known = under === null ? null : idUnder(gateway, under)
    const there = known === null ? undefined : await lockStream(tx, known)
    if (known !== null && there?.clientId === client.id) return known
    // The row of one that was deleted since stays, and its id with it.
    const id = known === null || there !== undefined ? `s-${newId()}` : known
    if ((await countStreams(tx, client.id)) >= streamsMax)
      throw new DomainError('conflict', `you have ${streamsMax} streams, the most that one client may have: change or delete one`)
    await addPartner(
      tx,
      {
        id,
        name: `stream of ${client.name}`,
        adapter: 'set',
        role: streamable.role,
        clientId: client.id,
        settings: made.settings as unknown as PartnerRow['settings'],
        secrets: sealHeader(gateway, id, made.header),
        jwks: null,
        certificates: [],
        capacityId: null,
        maxInFlight: 4,
        attemptsMax: 10
      },
      `client ${client.id}`,
      byItself
    )
    await subscribe(tx, id, streamable, made.types, client)
    return id
  })
  await announce(gateway)
  return readOwnStream(gateway, client, id)
}

/** The same for each repeat of a request, and another for any other. */
const idUnder = ({ vault }: Gateway, { clientId, path, key, body }: KeyedRequest): string =>
  `s-${idOfDigest(vault.hashes.other('stream made under a key', clientId, path, key, body))}`

/** Changes a stream: with `replaces` what is not said goes back to its default, else it stays. @throws DomainError as `createOwnStream` */
export const changeOwnStream = async (
  gateway: Gateway,
  client: ClientRow,
  id: string,
  wish: StreamWish,
  { replaces }: { replaces: boolean }
): Promise<ManagedStream> => {
  const partner = manageable(ownStream(gateway, client, id))
  const streamable = requireStreamable(client)
  const { settings, types, header } = await settle(gateway, client, streamable, wish, { partner, replaces })
  await gateway.database.transaction(async tx => {
    const change = { settings: settings as unknown as PartnerRow['settings'], secrets: sealHeader(gateway, id, header) }
    // What stays of it was read before: another change that came between would be undone.
    if (!(await changeStream(tx, id, client.id, { settings: partner.settings as Settings, secrets: partner.secrets }, change)))
      throw new DomainError('conflict', 'the stream was changed meanwhile: read it again, then repeat the change')
    await dropSubscriptions(tx, id)
    await subscribe(tx, id, streamable, types, client)
  })
  await announce(gateway)
  await gateway.database.query(wake)
  return readOwnStream(gateway, client, id)
}

export const deleteOwnStream = async (gateway: Gateway, client: ClientRow, id: string): Promise<void> => {
  manageable(ownStream(gateway, client, id))
  const deleted = await gateway.database.transaction(tx => deleteStream(tx, id, client.id), { retry: true })
  if (!deleted) throw noSuchStream()
  await moveSomeOwed(gateway, id)
  await announce(gateway)
}

const statuses = { enabled: 'active', paused: 'paused', disabled: 'disabled' } as const

/** The receiver's own word about its stream: nothing has to be told to it. */
export const setOwnStatus = async (
  gateway: Gateway,
  client: ClientRow,
  id: string,
  status: keyof typeof statuses,
  reason: string | null
): Promise<void> => {
  const partner = ownStream(gateway, client, id)
  await gateway.database.transaction(
    tx => changeStreamStatus(tx, partner.id, statuses[status], `client ${client.id}`, reason ?? 'as its receiver asked'),
    { retry: true }
  )
  await moveSomeOwed(gateway, id)
  await announce(gateway)
  await gateway.database.query(wake)
}

/** Pauses, resumes or disables a stream. What is owed is parked while it is disabled: `moveSomeOwed`, after the commit. */
export const changeStreamStatus = async (
  tx: Tx,
  id: string,
  status: PartnerRow['status'],
  actor: string,
  reason: string
): Promise<void> => {
  await lockStream(tx, id)
  await setPartnerStatus(tx, id, status, actor, reason)
}

/** Owes the stream a verification event. @returns seconds to wait when it was verified just now, else 0. @throws DomainError `conflict` when disabled */
export const verifyOwnStream = async (gateway: Gateway, client: ClientRow, id: string, state: string | null): Promise<number> => {
  const partner = ownStream(gateway, client, id)
  if (partner.status === 'disabled') throw new DomainError('conflict', 'the stream is disabled: enable it, then verify it')
  const now = gateway.clock.wall()
  const waitSeconds = await gateway.database.transaction(async tx => {
    const last = await lastVerified(tx, (await streamSubject(gateway, tx, id)).id)
    const wait = last === null ? 0 : Math.ceil((last.getTime() + verificationIntervalSeconds * 1000 - now.getTime()) / 1000)
    if (wait > 0) return wait
    await notify(gateway, tx, id, 'stream.verification', state === null ? {} : { state }, now)
    return 0
  })
  await gateway.database.query(wake)
  return waitSeconds
}

/** The value that a receiver wants to see in `Authorization`, opened for one request. */
export const authorizationHeaderOf = (gateway: Gateway, { id, secrets }: Pick<Partner, 'id' | 'secrets'>): string | null =>
  secrets === null ? null : open(gateway.vault.key('gateway'), secrets, placeOf(id)).toString('utf8')

const placeOf = (id: string) => ({ table: 'partner', column: 'secrets', row: id })

const sealHeader = (gateway: Gateway, id: string, header: string | null): Buffer | null =>
  header === null ? null : seal(gateway.vault.key('gateway'), header, placeOf(id))

const ownStream = (gateway: Gateway, client: ClientRow, id: string): Partner => {
  const partner = gateway.directory.partner(id)
  if (partner === undefined || partner.stream === null || partner.clientId !== client.id) throw noSuchStream()
  return partner
}

const noSuchStream = () => new DomainError('not-found', 'you have no such stream')

/** The operator decided on the fields and events of its own streams: their receiver reads, pauses and verifies them. */
const manageable = (partner: Partner): Partner => {
  if ((partner.settings as Settings).managed !== undefined) return partner
  throw new DomainError('forbidden', 'the operator made this stream: ask the operator to change it, or make one of your own')
}

const requireStreamable = (client: ClientRow): Streamable => {
  const streamable = streamableFor(client)
  if (streamable !== null) return streamable
  throw new DomainError(
    'forbidden',
    `a client of the role ${client.role} without an agency or employer has no streams of its own: ask the operator`
  )
}

/** What a wish comes to, on top of what the stream is. */
const settle = async (
  gateway: Gateway,
  client: ClientRow,
  { types: supported, fields }: Streamable,
  wish: StreamWish,
  was: { partner: Partner; replaces: boolean } | null
): Promise<{ settings: Settings; types: EventType[]; header: string | null }> => {
  const before = was === null ? null : (was.partner.settings as Settings)
  const kept = was?.replaces === false ? before : null
  const delivery = wish.delivery ?? (kept?.delivery === 'push' ? pushedTo(kept.endpoint as string) : { method: 'poll' as const })
  const requested = wish.requested ?? kept?.managed?.requested ?? null
  const types = supported.filter(type => requested === null || requested.includes(type))
  if (types.length === 0)
    throw new DomainError('forbidden', 'you may have none of events_requested: ask for some of events_supported, or leave it out')
  const signingAlgorithm = wish.signingAlgorithm ?? kept?.signingAlgorithm ?? 'ES256'
  if (gateway.signing.keyFor(signingAlgorithm) === null)
    throw new DomainError(
      'invalid',
      `the gateway has no ${signingAlgorithm} key in use: ask the operator for one, or leave signing_alg out`
    )
  if (delivery.method === 'push') await refuseEndpoint(gateway, delivery.endpoint)
  const description = wish.description ?? kept?.managed?.description
  const settings: Settings = {
    audience: before?.audience ?? client.issuer,
    delivery: delivery.method,
    ...(delivery.method === 'push' ? { endpoint: delivery.endpoint } : {}),
    fields: [...fields],
    redeliverAfterSeconds: wish.redeliverAfterSeconds ?? kept?.redeliverAfterSeconds ?? redeliverAfterSeconds,
    signingAlgorithm,
    managed: { ...(requested === null ? {} : { requested: [...requested] }), ...(description === undefined ? {} : { description }) }
  }
  return { settings, types, header: delivery.method === 'push' ? headerFor(gateway, delivery, was?.partner) : null }
}

const pushedTo = (endpoint: string): Delivery => ({ method: 'push', endpoint, authorizationHeader: null })

/** Nobody can read the header back, so it stays as long as the address does. It never goes with an address that it was not given for. */
const headerFor = (
  gateway: Gateway,
  { endpoint, authorizationHeader }: { endpoint: string; authorizationHeader: string | null },
  was: Partner | undefined
): string | null => {
  if (authorizationHeader !== null) return authorizationHeader
  return was !== undefined && (was.settings as Settings).endpoint === endpoint ? authorizationHeaderOf(gateway, was) : null
}

const refuseEndpoint = async (gateway: Gateway, endpoint: string): Promise<void> => {
  const refused = await gateway.outside.examine(endpoint)
  if (refused === null) return
  throw new DomainError('invalid', `nothing is pushed to this endpoint_url: ${refused.because}`, {
    errors: [{ pointer: '/delivery/endpoint_url', code: 'destination' }]
  })
}

const subscribe = (tx: Tx, partnerId: string, { scope }: Streamable, types: readonly EventType[], client: ClientRow): Promise<unknown> =>
  addSubscriptions(
    tx,
    types.map(eventType => ({
      partnerId,
      eventType,
      employer: scope.employer ?? null,
      agency: scope.agency ?? null,
      consulate: null,
      offer: null
    })),
    `client ${client.id}`,
    byItself
  )

const describe = async (gateway: Gateway, client: ClientRow, partner: Partner): Promise<ManagedStream> => {
  const settings = partner.settings as Settings
  const delivered = await eventsOwed(gateway.database, partner.id)
  const supported = settings.managed === undefined ? delivered : (streamableFor(client)?.types ?? delivered)
  return {
    id: partner.id,
    audience: settings.audience,
    delivery: settings.endpoint === undefined ? { method: 'poll' } : { method: 'push', endpoint: settings.endpoint },
    supported: supported.toSorted(),
    requested: settings.managed?.requested ?? null,
    delivered,
    description: settings.managed?.description ?? null,
    signingAlgorithm: settings.signingAlgorithm,
    redeliverAfterSeconds: settings.redeliverAfterSeconds,
    status: partner.status === 'active' ? 'enabled' : partner.status
  }
}
