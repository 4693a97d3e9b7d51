// Invitations: who may register itself as which client, once and for a day.
import { sql, type Tx } from './database.ts'

export interface InvitationRow {
  clientId: string
  name: string
  role: string
  issuer: string
  scopes: string[]
  eventTypes: string[]
  agency: string | null
  employer: string | null
  legacyAud: boolean
}

const columns = sql`client_id as "clientId", name, role, issuer, scopes, event_types as "eventTypes", agency, employer, legacy_aud as "legacyAud"`

/** Adds an invitation; `hash` is its token's. */
export const addInvitation = (
  tx: Tx,
  invitation: InvitationRow & { hash: Buffer; createdAt: Date; expiresAt: Date },
  actor: string,
  reason: string
): Promise<unknown> =>
  tx.query(sql`
    with added as (
      insert into invitation (hash, client_id, name, role, issuer, scopes, event_types, agency, employer, legacy_aud, invited_by, created_at, expires_at)
      values (${invitation.hash}, ${invitation.clientId}, ${invitation.name}, ${invitation.role}, ${invitation.issuer}, ${invitation.scopes}::text[],
        ${invitation.eventTypes}::text[], ${invitation.agency}, ${invitation.employer}, ${invitation.legacyAud}, ${actor}, ${invitation.createdAt},
        ${invitation.expiresAt}) returning client_id)
    insert into audit (actor, action, about, reason) select ${actor}, 'client.invited', client_id, ${reason} from added`)

/** The invitation whose token has this hash, while it can be used. */
export const findInvitation = async (tx: Tx, hash: Buffer, now: Date): Promise<InvitationRow | undefined> =>
  (
    await tx.query<InvitationRow>(sql`select ${columns} from invitation where hash = ${hash} and used_at is null and expires_at > ${now}`)
  )[0]

/** Uses an invitation up. Of several at the same moment one gets it, and the others wait for its transaction and get nothing. */
export const useInvitation = async (tx: Tx, hash: Buffer, now: Date): Promise<InvitationRow | undefined> =>
  (
    await tx.query<InvitationRow>(
      sql`update invitation set used_at = ${now} where hash = ${hash} and used_at is null and expires_at > ${now} returning ${columns}`
    )
  )[0]

/** Invitations that nobody can use any more. */
export const forgetInvitations = (tx: Tx, now: Date): Promise<unknown> => tx.query(sql`delete from invitation where expires_at < ${now}`)
