// The token endpoint: client credentials (RFC 6749) with a signed assertion (RFC 7523) and a resource (RFC 8707).
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { accessTokenLifeSeconds, issueAccessToken } from '../../trust/access-token.ts'
import { readScope } from '../../trust/authorization-header.ts'
import { claimedClient, verifyClientAssertion } from '../../trust/client-assertion.ts'
import { spend } from '../authenticate.ts'
import { formBytesMax, readForms } from '../body.ts'
import { OAuthError, OAuthRefusal, oauthErrors } from '../errors.ts'
import type { Client } from '../services.ts'
import type { Surface } from '../surface.ts'

const assertionType = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'

/** For documentation: parameters we do not know are ignored (RFC 6749 3.2), so the form is read name by name. */
const TokenRequest = z
  .object({
    grant_type: z.literal('client_credentials'),
    client_assertion_type: z.literal(assertionType),
    client_assertion: z
      .string()
      .describe('A JWT signed with a registered key: iss = sub = client_id, aud = the issuer, jti, exp at most an hour ahead.'),
    client_id: z.string().optional().describe('If present, the sub of the assertion.'),
    scope: z.string().optional().describe('Space-separated; absent: all scopes of the client.'),
    resource: z.string().optional().describe('If present, the issuer.')
  })
  .describe('RFC 7523 client credentials request')

const TokenResponse = z
  .object({ access_token: z.string(), token_type: z.literal('Bearer'), expires_in: z.int(), scope: z.string() })
  .describe('RFC 6749 access token response')

type Form = ReadonlyMap<string, string>

export const oauthRoutes =
  (surface: Surface): FastifyPluginAsyncZod =>
  async app => {
    readForms(app)
    app.setErrorHandler(oauthErrors(surface))
    app.post(
      '/oauth/token',
      {
        bodyLimit: formBytesMax,
        // The form is read by name in the handler, each fault in the words of RFC 6749.
        validatorCompiler: () => data => ({ value: data }),
        schema: {
          operationId: 'issueToken',
          tags: ['Access'],
          summary: 'Get an access token (RFC 6749, RFC 7523)',
          description: `Valid ${accessTokenLifeSeconds} s. Make a new assertion for each request: a jti is taken once.`,
          security: [],
          consumes: ['application/x-www-form-urlencoded'],
          body: TokenRequest,
          response: { 200: TokenResponse, 400: OAuthError, 401: OAuthError, 413: OAuthError, 429: OAuthError, 503: OAuthError }
        }
      },
      async (request, reply) => {
        const form = readForm(request.body)
        requireClientCredentials(form)
        const client = await authenticateClient(surface, form, request.headers.authorization)
        const certificate = requireCertificate(client, surface.certificateOf(request))
        spend(surface, 'tokens-per-minute', client, client.tokenBudgetPerMinute)
        const resource = form.get('resource')
        if (resource !== undefined && resource !== surface.issuer && resource !== `${surface.issuer}/`) {
          throw new OAuthRefusal('invalid_target', `resource must be ${surface.issuer}`)
        }
        const granted = grantedScopes(form, client)
        const token = await issueAccessToken(
          surface.services.tokenKey(),
          surface.issuer,
          { clientId: client.id, scopes: granted, certificate },
          surface.services.now()
        )
        reply.header('cache-control', 'no-store').header('pragma', 'no-cache')
        return { access_token: token, token_type: 'Bearer' as const, expires_in: accessTokenLifeSeconds, scope: granted.join(' ') }
      }
    )
  }

function readForm(body: unknown): Form {
  if (body instanceof Map) return body
  throw new OAuthRefusal('invalid_request', 'send the parameters as a form: application/x-www-form-urlencoded')
}

function requireClientCredentials(form: Form): void {
  const grantType = form.get('grant_type')
  if (grantType === undefined) throw new OAuthRefusal('invalid_request', 'grant_type is missing: it must be client_credentials')
  if (grantType !== 'client_credentials') throw new OAuthRefusal('unsupported_grant_type', 'grant_type must be client_credentials')
}

/** Every refusal to authenticate costs a signature check and says no more than whose fault it is. */
async function authenticateClient(surface: Surface, form: Form, authorization: string | undefined): Promise<Client> {
  const { services, issuer } = surface
  const assertion = form.get('client_assertion')
  if (form.get('client_assertion_type') !== assertionType || assertion === undefined) {
    const why = `authenticate by private_key_jwt: client_assertion_type=${assertionType} and client_assertion`
    throw new OAuthRefusal('invalid_client', why, challengeTo(authorization, issuer))
  }
  const claimed = claimedClient(assertion)
  const named = form.get('client_id')
  if (named !== undefined && named !== claimed)
    throw new OAuthRefusal('invalid_client', 'client_id must be the sub of the assertion, or absent')
  const found = claimed === null ? null : await services.findClient(claimed)
  const client = found?.status === 'active' ? found : null
  const verified = await verifyClientAssertion(assertion, client, { issuer, tokenEndpoint: `${issuer}/oauth/token` }, services.now())
  if ('refused' in verified) throw new OAuthRefusal('invalid_client', verified.refused)
  // Before anything else is looked at: an assertion is used up even if what it asks for is refused.
  if (!(await services.rememberAssertion(verified.hash, verified.expiresAt))) {
    throw new OAuthRefusal('invalid_client', 'this assertion was used before: make a new one, with a jti of its own')
  }
  return client as Client
}

/** Whoever tried with a header is answered by its scheme (RFC 6749 5.2); to others a challenge would hide the error from their library. */
const challengeTo = (authorization: string | undefined, issuer: string): Record<string, string> =>
  /^basic(?: |$)/i.test(authorization ?? '') ? { 'www-authenticate': `Basic realm="${issuer}"` } : {}

/** What the token is bound to (RFC 8705 3): for a client that is known by a certificate, the one that it came with. */
function requireCertificate({ certificates }: Client, shown: string | null): string | null {
  if (certificates.length === 0) return null
  if (shown !== null && certificates.includes(shown)) return shown
  const why = shown === null ? 'no certificate of yours reached us' : 'the certificate that you came with is not registered'
  throw new OAuthRefusal('invalid_client', `you are known by a certificate, and ${why}: connect with the registered one (mutual TLS)`)
}

function grantedScopes(form: Form, client: Client): readonly string[] {
  const asked = form.get('scope')
  if (asked === undefined) return client.scopes
  const names = readScope(asked)
  const foreign = names?.filter(name => !client.scopes.includes(name)) ?? []
  if (names === null || foreign.length > 0) {
    const why =
      names === null ? 'scope must be a list of scopes, separated by single spaces' : `${foreign.join(' ')} is none of your scopes`
    throw new OAuthRefusal('invalid_scope', `${why}: you are registered with ${client.scopes.join(' ')}`)
  }
  return names
}
