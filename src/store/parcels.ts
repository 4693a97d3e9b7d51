// Parcels (one message that carries one or more deliveries), the attempts to send them and the tickets partners give for later answers.
import { sql, type Tx } from './database.ts'

export const insertParcel = async (
  tx: Tx,
  parcel: { id: string; partnerId: string; mappingVersion: string; sends: number },
  rows: readonly { deliveryId: string; personId: string | null; fragment: Buffer }[]
): Promise<void> => {
  await tx.query(
    sql`insert into parcel (id, partner_id, mapping_version, sends) values (${parcel.id}, ${parcel.partnerId}, ${parcel.mappingVersion}, ${parcel.sends})`
  )
  await tx.query(sql`
    insert into parcel_row (parcel_id, row, delivery_id, person_id, fragment)
    select ${parcel.id}, (position - 1)::int, delivery_id, person_id, fragment
    from unnest(${rows.map(r => r.deliveryId)}::text[], ${rows.map(r => r.personId)}::uuid[], ${rows.map(r => r.fragment)}::bytea[])
      with ordinality as g(delivery_id, person_id, fragment, position)`)
}

export interface ParcelRowRow {
  deliveryId: string
  personId: string | null
  fragment: Buffer
  wrappedKey: Buffer | null
}

/** The rows of a parcel in their order, as they were mapped when it was first sent. */
export const readParcelRows = (tx: Tx, parcelId: string): Promise<ParcelRowRow[]> =>
  tx.query<ParcelRowRow>(sql`
    select r.delivery_id as "deliveryId", r.person_id as "personId", r.fragment, p.wrapped_key as "wrappedKey"
    from parcel_row r left join person p on p.id = r.person_id where r.parcel_id = ${parcelId} order by r.row`)

/** Counts one more send of a parcel that is there. @returns which it is. */
export const countSend = async (tx: Tx, parcelId: string): Promise<number> =>
  (await tx.query<{ sends: number }>(sql`update parcel set sends = sends + 1 where id = ${parcelId} returning sends`))[0]?.sends ?? 0

export const beginAttempt = (
  tx: Tx,
  attempt: {
    id: string
    parcelId: string
    partnerId: string
    kind: 'send' | 'ask'
    startedAt: Date
    rows: number
    mappingVersion: string
  }
): Promise<unknown> =>
  tx.query(sql`
    insert into attempt (id, parcel_id, partner_id, kind, started_at, rows, mapping_version)
    values (${attempt.id}, ${attempt.parcelId}, ${attempt.partnerId}, ${attempt.kind}, ${attempt.startedAt}, ${attempt.rows}, ${attempt.mappingVersion})`)

export const endAttempt = (
  tx: Tx,
  attempt: { id: string; parcelId: string; startedAt: Date; endedAt: Date; outcome: string; code: string | null }
): Promise<unknown> =>
  tx.query(sql`
    update attempt set ended_at = ${attempt.endedAt}, outcome = ${attempt.outcome}, code = ${attempt.code}
    where id = ${attempt.id} and parcel_id = ${attempt.parcelId} and started_at = ${attempt.startedAt}`)

/** Keeps what stood around a document in one attempt, sealed, for the transport's retention; its month's partition is dropped whole. */
export const keepTransportCopy = (
  tx: Tx,
  copy: { id: string; parcelId: string; attemptId: string | null; body: Buffer; at: Date }
): Promise<unknown> =>
  tx.query(sql`
    insert into transport_copy (id, parcel_id, attempt_id, body, created_at)
    values (${copy.id}, ${copy.parcelId}, ${copy.attemptId}, ${copy.body}, ${copy.at})`)

export interface NewDisclosure {
  personId: string
  partnerId: string
  deliveryId: string | null
  classes: readonly string[]
  /** In words: which law, which act. */
  basis: string
  /** Purpose and legal basis in the terms of DPV (`src/domain/dpv.ts`). */
  terms: readonly string[]
}

/** What was written down of a delivery is not written down again. */
export const insertDisclosures = (tx: Tx, disclosures: readonly NewDisclosure[]): Promise<unknown> =>
  tx.query(sql`
    insert into disclosure (person_id, partner_id, delivery_id, classes, basis, terms)
    select person_id, partner_id, delivery_id, string_to_array(classes, ','), basis, string_to_array(terms, ',')
    from unnest(${disclosures.map(d => d.personId)}::uuid[], ${disclosures.map(d => d.partnerId)}::text[], ${disclosures.map(d => d.deliveryId)}::text[],
      ${disclosures.map(d => d.classes.join(','))}::text[], ${disclosures.map(d => d.basis)}::text[],
      ${disclosures.map(d => d.terms.join(','))}::text[]) as g(person_id, partner_id, delivery_id, classes, basis, terms)
    where g.delivery_id is null or not exists (
      select from disclosure d where d.person_id = g.person_id and d.delivery_id = g.delivery_id and d.classes @> string_to_array(g.classes, ','))`)

export const openTicket = (
  tx: Tx,
  ticket: { id: string; partnerId: string; parcelId: string; ticket: string; dueAt: Date; warnAt: Date; deadlineAt: Date }
): Promise<unknown> =>
  tx.query(sql`
    insert into ticket (id, partner_id, parcel_id, ticket, due_at, warn_at, deadline_at)
    values (${ticket.id}, ${ticket.partnerId}, ${ticket.parcelId}, ${ticket.ticket}, ${ticket.dueAt}, ${ticket.warnAt}, ${ticket.deadlineAt})
    on conflict on constraint ticket_once do nothing`)

export interface TicketRow {
  id: string
  partnerId: string
  parcelId: string
  ticket: string
  state: 'open' | 'overdue'
  tries: number
}

/** Takes tickets that are due by campaign time and not being collected by anyone (wall time lease). */
export const claimTickets = (tx: Tx, campaignNow: Date, now: Date, leaseUntil: Date, limit: number): Promise<TicketRow[]> =>
  tx.query<TicketRow>(sql`
    update ticket set lease_until = ${leaseUntil}, tries = tries + 1
    where id in (select id from ticket where state in ('open', 'overdue') and due_at <= ${campaignNow} and (lease_until is null or lease_until < ${now})
                 order by due_at limit ${limit} for update skip locked)
    returning id, partner_id as "partnerId", parcel_id as "parcelId", ticket, state, tries`)

export const findTicket = async (tx: Tx, id: string): Promise<TicketRow | undefined> =>
  (
    await tx.query<TicketRow>(
      sql`select id, partner_id as "partnerId", parcel_id as "parcelId", ticket, state, tries from ticket where id = ${id} and state in ('open', 'overdue')`
    )
  )[0]

export const postponeTicket = (tx: Tx, id: string, dueAt: Date): Promise<unknown> =>
  tx.query(sql`update ticket set due_at = ${dueAt}, lease_until = null where id = ${id} and state in ('open', 'overdue')`)

export interface AgedTicket {
  id: string
  partnerId: string
}

/** Marks tickets whose deadline is near. @returns the ones that were not marked before. */
export const warnOfTickets = (tx: Tx, campaignNow: Date, now: Date): Promise<AgedTicket[]> =>
  tx.query<AgedTicket>(sql`
    update ticket set warned_at = ${now} where state = 'open' and warned_at is null and warn_at <= ${campaignNow}
    returning id, partner_id as "partnerId"`)

/** Open tickets whose deadline has passed are overdue: a person is told, and they are asked for at a slower pace. */
export const overdueTickets = (tx: Tx, campaignNow: Date, now: Date): Promise<AgedTicket[]> =>
  tx.query<AgedTicket>(sql`
    update ticket set state = 'overdue', overdue_at = ${now} where state = 'open' and deadline_at <= ${campaignNow}
    returning id, partner_id as "partnerId"`)

export const closeTicket = (tx: Tx, id: string, now: Date): Promise<unknown> =>
  tx.query(sql`update ticket set state = 'collected', closed_at = ${now}, lease_until = null where id = ${id}`)
