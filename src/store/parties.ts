// Clients, partners and their subscriptions: who may speak to us and who is owed what.
import { sql, type Tx } from './database.ts'

export interface ClientRow {
  id: string
  name: string
  role: string
  issuer: string
  jwks: { keys: Record<string, unknown>[] }
  scopes: string[]
  eventTypes: string[] | null
  agency: string | null
  /** CIF. */
  employer: string | null
  /** SHA-256 of the certificates of which it must show one, base64url. */
  certificates: string[]
  status: 'active' | 'suspended'
  legacyAud: boolean
  tokenBudgetPerMinute: number
  setBudgetPerMinute: number
}

export interface PartnerRow {
  id: string
  name: string
  adapter: string
  role: string
  clientId: string | null
  settings: Record<string, unknown>
  jwks: { keys: Record<string, unknown>[] } | null
  certificates: { pem: string; revoked?: boolean }[]
  status: 'active' | 'paused' | 'disabled'
  capacityId: string | null
  maxInFlight: number
  attemptsMax: number
  /** What it gave us to show at its endpoint, sealed. */
  secrets: Buffer | null
}

export interface SubscriptionRow {
  partnerId: string
  eventType: string
  employer: string | null
  agency: string | null
  consulate: string | null
  offer: string | null
}

const clientColumns = sql`id, name, role, issuer, jwks, scopes, event_types as "eventTypes", agency, employer, certificates, status, legacy_aud as "legacyAud",
  token_budget_per_minute as "tokenBudgetPerMinute", set_budget_per_minute as "setBudgetPerMinute"`

const partnerColumns = sql`id, name, adapter, role, client_id as "clientId", settings, jwks, certificates, status, capacity_id as "capacityId",
  max_in_flight as "maxInFlight", attempts_max as "attemptsMax", secrets`

export const findClient = async (tx: Tx, id: string): Promise<ClientRow | undefined> =>
  (await tx.query<ClientRow>(sql`select ${clientColumns} from client where id = ${id}`))[0]

export const listClients = (tx: Tx): Promise<ClientRow[]> => tx.query<ClientRow>(sql`select ${clientColumns} from client order by id`)

/** Adds a client, or says 'taken'. */
export const addClient = async (
  tx: Tx,
  client: Omit<ClientRow, 'status' | 'certificates'>,
  actor: string,
  reason: string
): Promise<'added' | 'taken'> => {
  const rows = await tx.query(sql`
    with added as (
      insert into client (id, name, role, issuer, jwks, scopes, event_types, agency, employer, legacy_aud, token_budget_per_minute, set_budget_per_minute)
      values (${client.id}, ${client.name}, ${client.role}, ${client.issuer}, ${JSON.stringify(client.jwks)}::jsonb, ${client.scopes}::text[],
        ${client.eventTypes}::text[], ${client.agency}, ${client.employer}, ${client.legacyAud}, ${client.tokenBudgetPerMinute}, ${client.setBudgetPerMinute})
      on conflict do nothing returning id)
    insert into audit (actor, action, about, reason) select ${actor}, 'client.added', id, ${reason} from added returning id`)
  return rows.length > 0 ? 'added' : 'taken'
}

export const setClientStatus = async (
  tx: Tx,
  id: string,
  status: 'active' | 'suspended',
  actor: string,
  reason: string
): Promise<boolean> =>
  (
    await tx.query(sql`
    with changed as (update client set status = ${status} where id = ${id} returning id)
    insert into audit (actor, action, about, reason) select ${actor}, ${`client.${status}`}, id, ${reason} from changed returning id`)
  ).length > 0

export const setClientKeys = async (tx: Tx, id: string, jwks: { keys: object[] }, actor: string, reason: string): Promise<boolean> =>
  (
    await tx.query(sql`
    with changed as (update client set jwks = ${JSON.stringify(jwks)}::jsonb where id = ${id} returning id)
    insert into audit (actor, action, about, reason) select ${actor}, 'client.keys', id, ${reason} from changed returning id`)
  ).length > 0

export const setClientCertificates = async (
  tx: Tx,
  id: string,
  thumbprints: readonly string[],
  end: Date | null,
  actor: string,
  reason: string
): Promise<boolean> =>
  (
    await tx.query(sql`
    with changed as (update client set certificates = ${[...thumbprints]}::text[], certificates_end = ${end} where id = ${id} returning id)
    insert into audit (actor, action, about, reason) select ${actor}, 'client.certificates', id, ${reason} from changed returning id`)
  ).length > 0

/** Active clients that must show a certificate, with when the last of theirs ends; none of whom that is unknown. */
export const certifiedClients = (tx: Tx): Promise<{ id: string; end: Date }[]> =>
  tx.query(
    sql`select id, certificates_end as end from client where status = 'active' and certificates <> '{}' and certificates_end is not null order by id`
  )

export const listPartners = (tx: Tx): Promise<PartnerRow[]> => tx.query<PartnerRow>(sql`select ${partnerColumns} from partner order by id`)

export const findPartner = async (tx: Tx, id: string): Promise<PartnerRow | undefined> =>
  (await tx.query<PartnerRow>(sql`select ${partnerColumns} from partner where id = ${id}`))[0]

export const addPartner = async (
  tx: Tx,
  partner: Omit<PartnerRow, 'status'>,
  actor: string,
  reason: string
): Promise<'added' | 'taken'> => {
  const rows = await tx.query(sql`
    with added as (
      insert into partner (id, name, adapter, role, client_id, settings, jwks, certificates, capacity_id, max_in_flight, attempts_max, secrets)
      values (${partner.id}, ${partner.name}, ${partner.adapter}, ${partner.role}, ${partner.clientId}, ${JSON.stringify(partner.settings)}::jsonb,
        ${partner.jwks === null ? null : JSON.stringify(partner.jwks)}::jsonb, ${JSON.stringify(partner.certificates)}::jsonb,
        ${partner.capacityId}, ${partner.maxInFlight}, ${partner.attemptsMax}, ${partner.secrets})
      on conflict do nothing returning id)
    insert into audit (actor, action, about, reason) select ${actor}, 'partner.added', id, ${reason} from added returning id`)
  return rows.length > 0 ? 'added' : 'taken'
}

export const setPartnerStatus = async (tx: Tx, id: string, status: PartnerRow['status'], actor: string, reason: string): Promise<boolean> =>
  (
    await tx.query(sql`
    with changed as (update partner set status = ${status} where id = ${id} returning id)
    insert into audit (actor, action, about, reason) select ${actor}, ${`partner.${status}`}, id, ${reason} from changed returning id`)
  ).length > 0

/** Pauses a partner that is active. @returns false when it is not. */
export const pausePartner = async (tx: Tx, id: string, actor: string, reason: string): Promise<boolean> =>
  (
    await tx.query(sql`
    with changed as (update partner set status = 'paused', dead_in_row = 0 where id = ${id} and status = 'active' returning id)
    insert into audit (actor, action, about, reason) select ${actor}, 'partner.paused', id, ${reason} from changed returning id`)
  ).length > 0

/** Counts deliveries that died since the last one that arrived. @returns how many in a row. */
export const countDead = async (tx: Tx, id: string, more: number): Promise<number> =>
  (
    await tx.query<{ count: number }>(
      sql`update partner set dead_in_row = dead_in_row + ${more} where id = ${id} returning dead_in_row as count`
    )
  )[0]?.count ?? 0

export const forgetDead = (tx: Tx, id: string): Promise<unknown> =>
  tx.query(sql`update partner set dead_in_row = 0 where id = ${id} and dead_in_row > 0`)

export const setPartnerChannel = async (
  tx: Tx,
  id: string,
  channel: { settings?: Record<string, unknown>; jwks?: { keys: object[] }; certificates?: { pem: string; revoked?: boolean }[] },
  actor: string,
  reason: string
): Promise<boolean> =>
  (
    await tx.query(sql`
    with changed as (
      update partner set settings = coalesce(${channel.settings ? JSON.stringify(channel.settings) : null}::jsonb, settings),
        jwks = coalesce(${channel.jwks ? JSON.stringify(channel.jwks) : null}::jsonb, jwks),
        certificates = coalesce(${channel.certificates ? JSON.stringify(channel.certificates) : null}::jsonb, certificates)
      where id = ${id} returning id)
    insert into audit (actor, action, about, reason) select ${actor}, 'partner.channel', id, ${reason} from changed returning id`)
  ).length > 0

export const listSubscriptions = (tx: Tx): Promise<SubscriptionRow[]> =>
  tx.query<SubscriptionRow>(sql`
    select s.partner_id as "partnerId", s.event_type as "eventType", s.employer, s.agency, s.consulate, s.offer
    from subscription s join partner p on p.id = s.partner_id where p.status <> 'disabled' order by s.id`)

/** The events that a partner is subscribed to, whatever its status. */
export const eventsOwed = async (tx: Tx, partnerId: string): Promise<string[]> =>
  (
    await tx.query<{ type: string }>(sql`
    select distinct event_type as type from subscription where partner_id = ${partnerId} order by event_type`)
  ).map(row => row.type)

export const addSubscriptions = (tx: Tx, subscriptions: readonly SubscriptionRow[], actor: string, reason: string): Promise<unknown> =>
  tx.query(sql`
    with added as (
      insert into subscription (partner_id, event_type, employer, agency, consulate, offer)
      select * from unnest(${subscriptions.map(s => s.partnerId)}::text[], ${subscriptions.map(s => s.eventType)}::text[],
        ${subscriptions.map(s => s.employer)}::text[], ${subscriptions.map(s => s.agency)}::text[],
        ${subscriptions.map(s => s.consulate)}::text[], ${subscriptions.map(s => s.offer)}::text[])
      on conflict do nothing returning partner_id)
    insert into audit (actor, action, about, reason) select distinct ${actor}, 'subscription.added', partner_id, ${reason}::text from added`)

/** Adds a shared weekly quota (places an ISO week of Europe/Madrid); the same again changes nothing. */
export const addCapacity = (
  tx: Tx,
  capacity: { id: string; weekly: number; carryOver: number },
  actor: string,
  reason: string
): Promise<unknown> =>
  tx.query(sql`
    with added as (
      insert into capacity (id, weekly, carry_over) values (${capacity.id}, ${capacity.weekly}, ${capacity.carryOver}) on conflict do nothing returning id)
    insert into audit (actor, action, about, reason) select ${actor}, 'capacity.added', id, ${reason} from added`)
