// Who we are, for machines: metadata of the authorization server (RFC 8414) and of the resource (RFC 9728), and our keys (RFC 7517).
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { clientScopeNames } from '../../domain/client-scopes.ts'
import { acceptedAlgorithms, publicJwks, signingAlgorithms } from '../../trust/keys.ts'
import { problemResponses } from '../openapi.ts'
import type { Surface } from '../surface.ts'
import { deliveryMethods } from './ssf.ts'

const AuthorizationServer = z
  .object({
    issuer: z.string(),
    token_endpoint: z.string(),
    registration_endpoint: z.string(),
    jwks_uri: z.string(),
    response_types_supported: z.array(z.string()),
    grant_types_supported: z.array(z.string()),
    token_endpoint_auth_methods_supported: z.array(z.string()),
    token_endpoint_auth_signing_alg_values_supported: z.array(z.string()),
    tls_client_certificate_bound_access_tokens: z.boolean(),
    scopes_supported: z.array(z.string()),
    service_documentation: z.string()
  })
  .describe('RFC 8414 authorization server metadata')

const ProtectedResource = z
  .object({
    resource: z.string(),
    authorization_servers: z.array(z.string()),
    jwks_uri: z.string(),
    scopes_supported: z.array(z.string()),
    bearer_methods_supported: z.array(z.string()),
    tls_client_certificate_bound_access_tokens: z.boolean(),
    resource_documentation: z.string()
  })
  .describe('RFC 9728 protected resource metadata')

const SsfConfiguration = z
  .object({
    spec_version: z.literal('1_0'),
    issuer: z.string(),
    jwks_uri: z.string(),
    delivery_methods_supported: z.array(z.string()),
    configuration_endpoint: z.string(),
    status_endpoint: z.string(),
    verification_endpoint: z.string(),
    authorization_schemes: z.array(z.object({ spec_urn: z.string() })),
    default_subjects: z.literal('ALL')
  })
  .describe('OpenID SSF 1.0 transmitter metadata')

const Jwks = z
  .object({ keys: z.array(z.object({ kty: z.string(), kid: z.string(), alg: z.enum(signingAlgorithms), use: z.literal('sig') }).loose()) })
  .describe('RFC 7517 JWK Set')

export const wellKnownRoutes =
  ({ services, issuer, asksForCertificates }: Surface): FastifyPluginAsyncZod =>
  async app => {
    const server = {
      issuer,
      token_endpoint: `${issuer}/oauth/token`,
      registration_endpoint: `${issuer}/oauth/register`,
      jwks_uri: `${issuer}/.well-known/jwks.json`,
      response_types_supported: [],
      grant_types_supported: ['client_credentials'],
      token_endpoint_auth_methods_supported: ['private_key_jwt'],
      token_endpoint_auth_signing_alg_values_supported: [...acceptedAlgorithms],
      scopes_supported: [...clientScopeNames],
      tls_client_certificate_bound_access_tokens: asksForCertificates,
      service_documentation: `${issuer}/docs`
    }
    const resource = {
      resource: issuer,
      authorization_servers: [issuer],
      jwks_uri: server.jwks_uri,
      scopes_supported: server.scopes_supported,
      bearer_methods_supported: ['header'],
      tls_client_certificate_bound_access_tokens: asksForCertificates,
      resource_documentation: server.service_documentation
    }
    const cached = 'public, max-age=300'

    for (const [name, operationId] of [
      ['oauth-authorization-server', 'authorizationServerMetadata'],
      ['openid-configuration', 'openidConfiguration']
    ] as const) {
      app.get(
        `/.well-known/${name}`,
        {
          schema: {
            operationId,
            tags: ['Discovery'],
            summary: 'Authorization server metadata (RFC 8414)',
            security: [],
            response: { 200: AuthorizationServer, ...problemResponses(431) }
          }
        },
        async (_request, reply) => reply.header('cache-control', cached).send(server)
      )
    }

    app.get(
      '/.well-known/oauth-protected-resource',
      {
        schema: {
          operationId: 'protectedResourceMetadata',
          tags: ['Discovery'],
          summary: 'Protected resource metadata (RFC 9728)',
          security: [],
          response: { 200: ProtectedResource, ...problemResponses(431) }
        }
      },
      async (_request, reply) => reply.header('cache-control', cached).send(resource)
    )

    app.get(
      '/.well-known/ssf-configuration',
      {
        schema: {
          operationId: 'transmitterMetadata',
          tags: ['Discovery'],
          summary: 'Where receivers manage their streams (OpenID SSF 1.0)',
          security: [],
          response: { 200: SsfConfiguration, ...problemResponses(431) }
        }
      },
      async (_request, reply) =>
        reply.header('cache-control', cached).send({
          spec_version: '1_0',
          issuer,
          jwks_uri: server.jwks_uri,
          delivery_methods_supported: Object.values(deliveryMethods),
          configuration_endpoint: `${issuer}/ssf/streams`,
          status_endpoint: `${issuer}/ssf/status`,
          verification_endpoint: `${issuer}/ssf/verify`,
          authorization_schemes: [{ spec_urn: 'urn:ietf:rfc:6749' }],
          default_subjects: 'ALL'
        })
    )

    app.get(
      '/.well-known/jwks.json',
      {
        schema: {
          operationId: 'jwks',
          tags: ['Discovery'],
          summary: 'The public keys that verify what this gateway signs (RFC 7517)',
          description:
            'Fetch it again when a token names a kid that you do not know, and at most every 5 minutes else: keys are published ahead of use.',
          security: [],
          response: {
            200: { description: 'The keys', content: { 'application/jwk-set+json': { schema: Jwks } } },
            ...problemResponses(431)
          }
        }
      },
      async (_request, reply) => {
        const jwks = publicJwks(services.publishedKeys())
        // A serializer of our own: fastify would add a charset, which the type does not have (RFC 7517 8.5).
        return reply.header('cache-control', cached).type('application/jwk-set+json').serializer(JSON.stringify).send(jwks)
      }
    )
  }
