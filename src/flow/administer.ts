// administer: clients, partners, streams and their keys, as the operator sets them up. Every change is audited and takes effect at once.
import type { Adapter } from '../../adapters/contract.ts'
import type { EventType } from '../../schemas/event.ts'
import type { FieldPath } from '../../schemas/field.ts'
import { clientScopeNames } from '../domain/client-scopes.ts'
import { forbidden } from '../domain/disclosure.ts'
import { isPartnerRole } from '../domain/disclosure-matrix.ts'
import { DomainError } from '../domain/errors.ts'
import { clientRoles, isClientRole, mayTell } from '../domain/teller.ts'
import type { Tx } from '../store/database.ts'
import { wake } from '../store/deliveries.ts'
import { addSigningKey, retireChannelKeys } from '../store/keys.ts'
import {
  addCapacity,
  addClient,
  addPartner,
  addSubscriptions,
  findClient,
  findPartner,
  type PartnerRow,
  setClientCertificates,
  setClientKeys,
  setClientStatus,
  setPartnerChannel,
  setPartnerStatus
} from '../store/parties.ts'
import { selfSignedCertificate } from '../trust/certificates.ts'
import { endOfPem, thumbprintOfPem } from '../trust/client-certificate.ts'
import { registerJwks } from '../trust/client-keys.ts'
import { seal } from '../trust/seal.ts'
import { announce } from './announce.ts'
import { endpointsOf } from './endpoints.ts'
import type { Gateway } from './gateway.ts'
import { changeStreamStatus } from './manage-streams.ts'
import { moveSomeOwed } from './move-owed.ts'
import { requireNames } from './party-names.ts'
import { notify } from './stream-notices.ts'
import { tryAllNow } from './try-all-now.ts'

export interface NewClient {
  id: string
  name: string
  role: string
  /** The URI it may use as `iss`; its id where it has none. */
  issuer?: string
  /** A JWK Set of public keys, as the client gave it. */
  jwks: unknown
  scopes: readonly string[]
  agency?: string
  /** CIF of an employer: it reads its own workers' records alone. */
  employer?: string
  legacyAudience?: boolean
  tokenBudgetPerMinute?: number
  setBudgetPerMinute?: number
  /** The events it may tell, of those that its role is the source of; all of those where absent. */
  eventTypes?: readonly string[]
  /** Why it is added, for the audit. */
  reason: string
}

export interface NewPartner {
  id: string
  name: string
  adapter: string
  role: string
  clientId?: string
  settings: Record<string, unknown>
  /** The partner's public keys for signed JSON, and its pinned certificates for signed XML. */
  jwks?: unknown
  certificates?: readonly string[]
  capacity?: { id: string; weekly: number; carryOver?: number }
  maxInFlight?: number
  attemptsMax?: number
  subscriptions: readonly NewSubscription[]
  /** Draws an RSA key and a self-signed certificate for this partner's channel (signed XML). */
  certificate?: boolean
  /** For the audit. */
  reason: string
}

export interface NewSubscription {
  type: EventType
  employer?: string
  agency?: string
  consulate?: string
  offer?: string
}

const certificateDays = 730

/** Registers a client. @throws DomainError `invalid` or `conflict`, saying what to change; KeyRefused for its keys. */
export const registerClient = async (gateway: Gateway, client: NewClient, actor: string): Promise<void> => {
  const eventTypes = checkClient(client)
  const jwks = await registerJwks(client.jwks)
  const answer = await addClient(
    gateway.database,
    {
      id: client.id,
      name: client.name,
      role: client.role,
      issuer: client.issuer ?? client.id,
      jwks: jwks as { keys: Record<string, unknown>[] },
      scopes: [...client.scopes],
      eventTypes,
      agency: client.agency ?? null,
      employer: client.employer ?? null,
      legacyAud: client.legacyAudience ?? false,
      tokenBudgetPerMinute: client.tokenBudgetPerMinute ?? 60,
      setBudgetPerMinute: client.setBudgetPerMinute ?? 600
    },
    actor,
    client.reason
  )
  if (answer === 'taken') throw new DomainError('conflict', `the client id ${client.id} or its issuer is taken; choose another`)
  await announce(gateway)
}

/** Id, name, scopes, role and events of a client. @returns the events it may tell. @throws DomainError `invalid`, saying what to change */
export const checkClient = ({ id, name, scopes: wanted, role, eventTypes }: Omit<NewClient, 'jwks'>): string[] => {
  requireNames({ id, name })
  const unknown = wanted.filter(scope => !(clientScopeNames as readonly string[]).includes(scope))
  if (unknown.length > 0)
    throw new DomainError('invalid', `unknown scopes: ${unknown.join(', ')}; there are: ${clientScopeNames.join(', ')}`)
  if (!isClientRole(role)) throw new DomainError('invalid', `there is no client role ${role}; there are: ${clientRoles.join(', ')}`)
  const own: readonly string[] = mayTell(role)
  const foreign = (eventTypes ?? []).filter(type => !own.includes(type))
  if (foreign.length > 0) throw new DomainError('invalid', `a client of the role ${role} is not the source of: ${foreign.join(', ')}`)
  return [...(eventTypes ?? own)]
}

/** From now on the client is known by one of these certificates (PEM) beside its keys (RFC 8705); by none where there are none. */
export const requireCertificates = async (
  gateway: Gateway,
  id: string,
  certificates: readonly string[],
  actor: string,
  reason: string
): Promise<void> => {
  const known = certificates.map(pem => {
    try {
      return { thumbprint: thumbprintOfPem(pem), end: endOfPem(pem) }
    } catch (cause) {
      throw new DomainError('invalid', 'one of the files holds no certificate: give PEM, -----BEGIN CERTIFICATE-----', { cause })
    }
  })
  const thumbprints = known.map(({ thumbprint }) => thumbprint)
  const end = known.map(certificate => certificate.end).toSorted((a, b) => b.getTime() - a.getTime())[0] ?? null
  if (!(await setClientCertificates(gateway.database, id, thumbprints, end, actor, reason))) throw noSuch('client', id)
  await announce(gateway)
}

/** Replaces a client's keys; tokens signed by the old ones are refused from now on. */
export const replaceClientKeys = async (gateway: Gateway, id: string, jwks: unknown, actor: string, reason: string): Promise<void> => {
  if (!(await setClientKeys(gateway.database, id, await registerJwks(jwks), actor, reason))) throw noSuch('client', id)
  await announce(gateway)
}

export const changeClientStatus = async (
  gateway: Gateway,
  id: string,
  status: 'active' | 'suspended',
  actor: string,
  reason: string
): Promise<void> => {
  if (!(await setClientStatus(gateway.database, id, status, actor, reason))) throw noSuch('client', id)
  await announce(gateway)
}

/**
 * Registers a partner with its subscriptions. @returns the certificate drawn for its channel, to be handed to the partner, or null.
 * @throws DomainError `invalid` when the adapter refuses the settings or the role may not have a field; `conflict` when the id is taken.
 */
export const registerPartner = async (gateway: Gateway, partner: NewPartner, actor: string): Promise<string | null> => {
  requireNames(partner)
  const code = gateway.adapters.get(partner.adapter)
  if (code === undefined)
    throw new DomainError('invalid', `there is no adapter ${partner.adapter}; there are: ${[...gateway.adapters.keys()].join(', ')}`)
  const settings = code.settings.safeParse(partner.settings)
  if (!settings.success) {
    const faults = settings.error.issues.map(issue => `${issue.path.join('.') || '(settings)'}: ${issue.message}`)
    throw new DomainError('invalid', `the ${partner.adapter} adapter refuses the settings: ${faults.join('; ')}`)
  }
  refuseEndpoints(gateway, code, settings.data)
  if (!isPartnerRole(partner.role)) throw new DomainError('invalid', `there is no role ${partner.role} in the disclosure matrix`)
  const reads = code.outbound?.narrow?.(settings.data) ?? code.outbound?.reads ?? []
  refuseFields(partner.id, reads, partner.role)
  const foreign = partner.subscriptions.filter(s => !code.outbound?.accepts.includes(s.type)).map(s => s.type)
  if (foreign.length > 0) throw new DomainError('invalid', `the ${partner.adapter} adapter does not take: ${foreign.join(', ')}`)
  const jwks = partner.jwks === undefined ? null : ((await registerJwks(partner.jwks)) as PartnerRow['jwks'])
  const channel = partner.certificate ? await drawChannel(gateway, partner.id) : null
  const { reason } = partner
  await gateway.database.transaction(async tx => {
    if (partner.capacity) await addCapacity(tx, { carryOver: 0, ...partner.capacity }, actor, reason)
    const answer = await addPartner(tx, rowOf(partner, jwks), actor, reason)
    if (answer === 'taken') throw new DomainError('conflict', `the partner id ${partner.id} is taken; choose another`)
    await subscribe(tx, partner.id, partner.subscriptions, actor, reason)
    if (channel !== null) await addSigningKey(tx, channel, actor, reason)
  })
  await announce(gateway)
  return channel?.certificate ?? null
}

const rowOf = (partner: NewPartner, jwks: PartnerRow['jwks']): Omit<PartnerRow, 'status'> => ({
  id: partner.id,
  name: partner.name,
  adapter: partner.adapter,
  role: partner.role,
  clientId: partner.clientId ?? null,
  settings: partner.settings,
  jwks,
  certificates: (partner.certificates ?? []).map(pem => ({ pem })),
  capacityId: partner.capacity?.id ?? null,
  maxInFlight: partner.maxInFlight ?? 4,
  attemptsMax: partner.attemptsMax ?? 10,
  secrets: null
})

export interface NewStream {
  id: string
  /** The client that polls it. */
  clientId: string
  role: string
  audience: string
  fields: readonly FieldPath[]
  subscriptions: readonly NewSubscription[]
  redeliverAfterSeconds?: number
  /** For the audit. */
  reason: string
}

/** Makes a stream that a client polls (RFC 8936). @throws DomainError as `registerPartner`; `not-found` when there is no such client. */
export const openStream = async (gateway: Gateway, stream: NewStream, actor: string): Promise<void> => {
  const client = await findClient(gateway.database, stream.clientId)
  if (client === undefined) throw noSuch('client', stream.clientId)
  if (!client.scopes.some(scope => scope === 'ssf.read' || scope === 'ssf.manage')) {
    throw new DomainError('invalid', `the client ${client.id} may not read streams: register it with the scope ssf.read`)
  }
  await registerPartner(
    gateway,
    {
      id: stream.id,
      name: `stream of ${client.name}`.slice(0, 200),
      adapter: 'set',
      role: stream.role,
      clientId: client.id,
      settings: {
        audience: stream.audience,
        delivery: 'poll',
        fields: [...stream.fields],
        ...(stream.redeliverAfterSeconds === undefined ? {} : { redeliverAfterSeconds: stream.redeliverAfterSeconds })
      },
      subscriptions: stream.subscriptions,
      reason: stream.reason
    },
    actor
  )
}

/**
 * Pauses, resumes or disables a partner or stream. What is owed stays; nothing leaves while it is paused.
 * @returns how many deliveries that waited for their next try go now
 */
export const changePartnerStatus = async (
  gateway: Gateway,
  id: string,
  status: PartnerRow['status'],
  actor: string,
  reason: string
): Promise<number> => {
  const partner = await findPartner(gateway.database, id)
  if (partner === undefined) throw noSuch('partner', id)
  await gateway.database.transaction(
    async tx => {
      if (gateway.directory.partner(id)?.stream == null) return setPartnerStatus(tx, id, status, actor, reason)
      await changeStreamStatus(tx, id, status, actor, reason)
      const told = status === 'active' ? 'enabled' : status
      // The reason is for the audit: whoever wrote it did not write to the receiver.
      if (partner.status !== status) await notify(gateway, tx, id, 'stream.updated', { status: told }, gateway.clock.wall())
    },
    { retry: true }
  )
  if (partner.adapter === 'set') await moveSomeOwed(gateway, id)
  await announce(gateway)
  const tried = status === 'active' ? await tryAllNow(gateway, id) : 0
  await gateway.database.query(wake)
  return tried
}

/** Replaces what we know of a partner's side: its keys, certificates or settings. */
export const changePartner = async (
  gateway: Gateway,
  id: string,
  change: { settings?: Record<string, unknown>; jwks?: unknown; certificates?: readonly string[] },
  actor: string,
  reason: string
): Promise<void> => {
  const row = await findPartner(gateway.database, id)
  const code = row && gateway.adapters.get(row.adapter)
  if (row === undefined || code === undefined) throw noSuch('partner', id)
  if (change.settings !== undefined) {
    const settings = code.settings.safeParse(change.settings)
    if (!settings.success)
      throw new DomainError('invalid', `the ${row.adapter} adapter refuses the settings: ${settings.error.issues[0]?.message ?? ''}`)
    refuseEndpoints(gateway, code, settings.data)
    refuseFields(id, code.outbound?.narrow?.(settings.data) ?? code.outbound?.reads ?? [], row.role)
  }
  await setPartnerChannel(
    gateway.database,
    id,
    {
      ...(change.settings === undefined ? {} : { settings: change.settings }),
      ...(change.jwks === undefined ? {} : { jwks: await registerJwks(change.jwks) }),
      ...(change.certificates === undefined ? {} : { certificates: change.certificates.map(pem => ({ pem })) })
    },
    actor,
    reason
  )
  await announce(gateway)
}

/** Draws a new channel key and certificate for a partner; the old one is retired. @returns the certificate to hand over. */
export const rotateChannel = async (gateway: Gateway, id: string, actor: string, reason: string): Promise<string> => {
  if ((await findPartner(gateway.database, id)) === undefined) throw noSuch('partner', id)
  const channel = await drawChannel(gateway, id)
  await gateway.database.transaction(async tx => {
    await retireChannelKeys(tx, id, actor, reason)
    await addSigningKey(tx, channel, actor, reason)
  })
  await announce(gateway)
  return channel.certificate
}

const drawChannel = async (gateway: Gateway, partnerId: string) => {
  const now = gateway.clock.wall()
  const notAfter = new Date(now.getTime() + certificateDays * 86_400_000)
  const { privateKeyPem, certificatePem } = await selfSignedCertificate({ name: `CN=jisr ${partnerId}`, notBefore: now, notAfter })
  const kid = gateway.vault.hashes.other('channel key', certificatePem).toString('base64url')
  return {
    kid,
    use: 'channel' as const,
    algorithm: 'RSA',
    privateKey: seal(gateway.vault.key('gateway'), privateKeyPem, { table: 'signing_key', column: 'private_key', row: kid }),
    publicJwk: {},
    partnerId,
    certificate: certificatePem,
    activeFrom: now
  }
}

const subscribe = (tx: Tx, partnerId: string, subscriptions: readonly NewSubscription[], actor: string, reason: string) =>
  addSubscriptions(
    tx,
    subscriptions.map(s => ({
      partnerId,
      eventType: s.type,
      employer: s.employer ?? null,
      agency: s.agency ?? null,
      consulate: s.consulate ?? null,
      offer: s.offer ?? null
    })),
    actor,
    reason
  )

/** What may not be reached is said when it is set, not by a delivery that fails at night. */
const refuseEndpoints = (gateway: Gateway, code: Adapter, settings: unknown) => {
  for (const url of endpointsOf(code, settings)) {
    const refused = gateway.outside.refuse(url)
    if (refused === null) continue
    const address = URL.canParse(url) ? `${new URL(url).protocol}//${new URL(url).host}` : 'an address in the settings'
    throw new DomainError('invalid', `${address} may not be reached: ${refused}; choose another, or allow it by OUTBOUND_ALLOW`)
  }
}

const refuseFields = (partnerId: string, reads: readonly FieldPath[], role: string) => {
  if (!isPartnerRole(role)) throw new DomainError('invalid', `there is no role ${role} in the disclosure matrix`)
  const excess = forbidden(reads, role)
  if (excess.length === 0) return
  throw new DomainError(
    'invalid',
    `${partnerId} would be given what the role ${role} may not have: ${excess.join(', ')}; choose other fields or another role`
  )
}

const noSuch = (what: string, id: string) => new DomainError('not-found', `there is no ${what} ${id}`)
