// Who is asking, and whether they may: bearer tokens (RFC 6750) against the client as it is now.
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { ClientScope } from '../domain/client-scopes.ts'
import type { Part } from '../domain/words/said.ts'
import type { AccessToken } from '../trust/access-token.ts'
import { hasScope, readBearer } from '../trust/authorization-header.ts'
import { HttpRefusal, TooManyRequests } from './refusal.ts'
import type { Client } from './services.ts'
import type { Surface } from './surface.ts'
import { says } from './words/words.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** Set by `authenticate`; read it through `clientOf`. */
    authenticated: Client | null
  }
}

/**
 * A hook that lets a request pass when its bearer token is ours and in force, its client is active, and token and client both have one
 * of `accepted`. A suspended client's token counts as invalid at once. `suspended` chooses another answer for it.
 */
export const authenticate =
  (surface: Surface, accepted: readonly ClientScope[], suspended: 'invalid-token' | 'insufficient-scope' = 'invalid-token') =>
  async (request: FastifyRequest, _reply: FastifyReply): Promise<void> => {
    const { services, issuer } = surface
    const credentials = readBearer(request.headers.authorization)
    if (credentials === 'missing') {
      throw new HttpRefusal('unauthenticated', says('access-token-missing'), challenge(issuer))
    }
    const token = credentials === 'malformed' ? null : await surface.verifyAccessToken(credentials.token, services.now())
    const client = token === null ? null : await services.findClient(token.clientId)
    if (token === null || client === null) {
      throw new HttpRefusal('invalid-token', says('access-token-invalid'), challenge(issuer, 'error="invalid_token"'))
    }
    if (!isHolder(token, client, surface.certificateOf(request))) {
      throw new HttpRefusal('invalid-token', says('certificate-missing'), challenge(issuer, 'error="invalid_token"'))
    }
    if (client.status !== 'active') {
      const parameter = suspended === 'invalid-token' ? 'error="invalid_token"' : 'error="insufficient_scope"'
      throw new HttpRefusal(suspended, says('client-suspended'), challenge(issuer, parameter))
    }
    if (!hasScope(token.scopes, accepted) || !hasScope(client.scopes, accepted)) {
      const parameter = `error="insufficient_scope", scope="${accepted.join(' ')}"`
      throw new HttpRefusal('insufficient-scope', says('scope-missing', { scopes: oneOf(accepted) }), challenge(issuer, parameter))
    }
    request.authenticated = client
  }

/** A bound token is for the holder of its certificate alone; a client that must have one is not let in by a token from before, nor by a certificate that was replaced. */
const isHolder = ({ certificate }: AccessToken, client: Client, shown: string | null): boolean =>
  certificate === null ? client.certificates.length === 0 : certificate === shown && client.certificates.includes(certificate)

const oneOf = (names: readonly string[]): Part => names.reduce<Part>((one, other) => (one === '' ? other : says('or', { one, other })), '')

/** The client of a request that `authenticate` let pass. */
export function clientOf(request: FastifyRequest): Client {
  if (request.authenticated === null) throw new Error('this route has no authentication hook')
  return request.authenticated
}

/** Throws `TooManyRequests` when the client's budget for this minute is used up. */
export function spend(surface: Surface, policy: string, client: Client, perMinute: number): void {
  const retryAfterSeconds = surface.budgets.take(policy, client.id, perMinute, surface.services.now().getTime())
  if (retryAfterSeconds > 0) throw new TooManyRequests(policy, retryAfterSeconds)
}

/** RFC 6750 3 and RFC 9728 5.1. */
const challenge = (issuer: string, parameters?: string): { headers: Record<string, string> } => ({
  headers: {
    'www-authenticate': `Bearer ${parameters === undefined ? '' : `${parameters}, `}resource_metadata="${issuer}/.well-known/oauth-protected-resource"`
  }
})
