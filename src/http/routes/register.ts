// Dynamic registration (RFC 7591): a client that was invited brings its own keys, once, under the one-time token it was handed.
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { pointerOf } from '../../../schemas/explain.ts'
import { DomainError } from '../../domain/errors.ts'
import { readBearer, readScope } from '../../trust/authorization-header.ts'
import { KeyRefused } from '../../trust/keys.ts'
import { OAuthError, OAuthRefusal, oauthErrors } from '../errors.ts'
import type { Surface } from '../surface.ts'

/** Eight keys of 16 KiB together, and what is said about the client. */
const bodyBytesMax = 32 * 1024

/** Metadata that we do not know is ignored (RFC 7591 2). What we know has to be what this server can do. */
const Metadata = z
  .object({
    jwks: z.object({ keys: z.array(z.record(z.string(), z.unknown())) }).describe('1 to 8 public keys: ES256, PS256 or EdDSA'),
    client_name: z
      .string()
      .regex(/^[^\p{Cc}\p{Cs}]{1,200}$/u)
      .optional()
      .describe('What people call you, 1 to 200 characters without control characters; absent: as you were invited'),
    token_endpoint_auth_method: z.literal('private_key_jwt').default('private_key_jwt'),
    grant_types: z.tuple([z.literal('client_credentials')]).default(['client_credentials']),
    response_types: z.tuple([]).default([]),
    scope: z.string().optional().describe('Of the scopes you were invited with; absent: all of them')
  })
  .describe('RFC 7591 client metadata')

const Registered = z
  .object({
    client_id: z.string(),
    client_id_issued_at: z.int(),
    client_name: z.string(),
    token_endpoint_auth_method: z.literal('private_key_jwt'),
    grant_types: z.array(z.string()),
    response_types: z.array(z.string()),
    scope: z.string(),
    jwks: z.object({ keys: z.array(z.record(z.string(), z.unknown())) })
  })
  .describe('RFC 7591 client information response')

export const registerRoutes =
  (surface: Surface): FastifyPluginAsyncZod =>
  async app => {
    const { services } = surface
    app.setErrorHandler(oauthErrors(surface, 'invalid_client_metadata'))
    app.post(
      '/oauth/register',
      {
        bodyLimit: bodyBytesMax,
        // Before the body is read: who holds no token learns nothing of what is wrong with it.
        onRequest: async (request: FastifyRequest, _reply: FastifyReply) => {
          if ((await services.findInvited(tokenOf(request))) === null) throw unusable()
        },
        validatorCompiler: () => data => ({ value: data }),
        schema: {
          operationId: 'registerClient',
          tags: ['Access'],
          summary: 'Register yourself with your own keys (RFC 7591)',
          description:
            'Once, with the initial access token that the operator handed you (Authorization: Bearer), within 24 h. What you may do was decided with the token; a scope may narrow it. ' +
            'Metadata that this server does not know is ignored.',
          security: [{ initialAccessToken: [] }],
          body: Metadata,
          response: { 201: Registered, 400: OAuthError, 401: OAuthError, 413: OAuthError, 503: OAuthError }
        }
      },
      async (request, reply) => {
        const metadata = readMetadata(request.body)
        const scopes = metadata.scope === undefined ? null : readScope(metadata.scope)
        if (scopes === null && metadata.scope !== undefined)
          throw new OAuthRefusal('invalid_client_metadata', 'scope must be a space-separated list of scopes')
        const asked = { jwks: metadata.jwks, scopes, name: metadata.client_name ?? null }
        const registered = await services.registerInvited(tokenOf(request), asked).catch(refuseMetadata)
        if (registered === null) throw unusable()
        return reply
          .code(201)
          .header('cache-control', 'no-store')
          .header('pragma', 'no-cache')
          .send({
            client_id: registered.clientId,
            client_id_issued_at: Math.floor(services.now().getTime() / 1000),
            client_name: registered.name,
            token_endpoint_auth_method: metadata.token_endpoint_auth_method,
            grant_types: metadata.grant_types,
            response_types: metadata.response_types,
            scope: registered.scopes.join(' '),
            jwks: { keys: registered.jwks.keys.map(key => ({ ...key })) }
          })
      }
    )
  }

function tokenOf(request: FastifyRequest): string {
  const credentials = readBearer(request.headers.authorization)
  if (credentials === 'missing') {
    throw new OAuthRefusal('invalid_token', 'send the initial access token that the operator handed you: Authorization: Bearer <token>', {
      'www-authenticate': 'Bearer'
    })
  }
  if (credentials === 'malformed') throw unusable()
  return credentials.token
}

/** Unknown, used and expired look alike. */
const unusable = (): OAuthRefusal =>
  new OAuthRefusal(
    'invalid_token',
    'this initial access token cannot be used: it serves once, within a day; ask the operator for another',
    {
      'www-authenticate': 'Bearer error="invalid_token"'
    }
  )

function readMetadata(body: unknown): z.infer<typeof Metadata> {
  const given = typeof body === 'object' && body !== null ? (body as Record<string, unknown>) : {}
  if (Object.hasOwn(given, 'software_statement'))
    throw new OAuthRefusal('invalid_software_statement', 'software statements are not taken: leave it out')
  if (Object.hasOwn(given, 'jwks_uri'))
    throw new OAuthRefusal('invalid_client_metadata', 'jwks_uri is not taken: send your public keys in jwks')
  const parsed = Metadata.safeParse(body)
  if (parsed.success) return parsed.data
  const places = [...new Set(parsed.error.issues.map(({ path }) => pointerOf(path) || '/'))].slice(0, 5)
  const rule =
    'a client here has jwks with public keys, token_endpoint_auth_method private_key_jwt, grant_types ["client_credentials"], response_types []'
  throw new OAuthRefusal('invalid_client_metadata', `not as it must be: ${places.join(', ')}; ${rule}`)
}

/** What the house refuses, in the words of RFC 7591. */
function refuseMetadata(error: unknown): never {
  if (error instanceof KeyRefused) throw new OAuthRefusal('invalid_client_metadata', error.message)
  if (error instanceof DomainError && (error.code === 'invalid' || error.code === 'conflict'))
    throw new OAuthRefusal('invalid_client_metadata', error.detail)
  throw error
}
