// invite: an operator decides what a client will be, and hands over a token; the client registers itself with it, and brings its own keys.
import { DomainError } from '../domain/errors.ts'
import { addInvitation, findInvitation, type InvitationRow, useInvitation } from '../store/invitations.ts'
import { addClient, findClient } from '../store/parties.ts'
import { registerJwks } from '../trust/client-keys.ts'
import { hashToken, oneTimeToken } from '../trust/secrets.ts'
import { checkClient, type NewClient } from './administer.ts'
import { announce } from './announce.ts'
import type { Gateway } from './gateway.ts'

/** Long enough for an office on the other side of the strait, too short to lie in a mailbox. */
const inviteForMs = 24 * 3_600_000

/**
 * Draws the one-time token with which a client registers itself. It is shown here and nowhere else.
 * @throws DomainError `invalid` or `conflict`, saying what to change
 */
export const inviteClient = async (
  gateway: Gateway,
  client: Omit<NewClient, 'jwks'>,
  actor: string
): Promise<{ token: string; expiresAt: Date }> => {
  const eventTypes = checkClient(client)
  if ((await findClient(gateway.database, client.id)) !== undefined)
    throw new DomainError('conflict', `the client id ${client.id} is taken; choose another`)
  const { token, hash } = oneTimeToken('jisr_iat_')
  const now = gateway.clock.wall()
  const expiresAt = new Date(now.getTime() + inviteForMs)
  await addInvitation(
    gateway.database,
    {
      hash,
      clientId: client.id,
      name: client.name,
      role: client.role,
      issuer: client.issuer ?? client.id,
      scopes: [...client.scopes],
      eventTypes,
      agency: client.agency ?? null,
      employer: client.employer ?? null,
      legacyAud: client.legacyAudience ?? false,
      createdAt: now,
      expiresAt
    },
    actor,
    client.reason
  )
  return { token, expiresAt }
}

/** What the token's holder may become; null when nobody can use it: unknown, used or expired, which look alike. */
export const findInvited = async (gateway: Gateway, token: string): Promise<InvitationRow | null> =>
  (await findInvitation(gateway.database, hashToken(token), gateway.clock.wall())) ?? null

/**
 * Registers the holder of a token with its own keys, and uses the token up: both or neither.
 * @param scopes those it asks for, of those that it was invited with; null: all
 * @returns null when the token cannot be used (any more). @throws DomainError `invalid` for a scope it was not given, `conflict` when the id or issuer
 * went to somebody else meanwhile; KeyRefused for its keys
 */
export const registerInvited = async (
  gateway: Gateway,
  token: string,
  asked: { jwks: unknown; scopes: readonly string[] | null; name: string | null }
): Promise<{ clientId: string; name: string; scopes: string[]; jwks: { keys: object[] } } | null> => {
  const jwks = await registerJwks(asked.jwks)
  const now = gateway.clock.wall()
  const registered = await gateway.database.transaction(async tx => {
    const invitation = await useInvitation(tx, hashToken(token), now)
    if (invitation === undefined) return null
    const { clientId, scopes: offered, name, ...client } = invitation
    const scopes = asked.scopes === null ? offered : [...asked.scopes]
    if (scopes.some(scope => !offered.includes(scope)))
      throw new DomainError('invalid', `scope may hold only what you were invited for: ${offered.join(' ')}`)
    const row = { ...client, id: clientId, name: asked.name ?? name, scopes, jwks: jwks as { keys: Record<string, unknown>[] } }
    const answer = await addClient(
      tx,
      { ...row, tokenBudgetPerMinute: 60, setBudgetPerMinute: 600 },
      `client ${clientId}`,
      'registered itself, as it was invited to'
    )
    if (answer === 'taken')
      throw new DomainError('conflict', 'the id or issuer you were invited under has gone to somebody else: ask the operator')
    return { clientId, name: row.name, scopes, jwks }
  })
  if (registered !== null) await announce(gateway)
  return registered
}
