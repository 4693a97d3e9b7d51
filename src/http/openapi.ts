// The OpenAPI 3.1 description of the surface, made from the routes' own schemas.
import swagger, { type FastifyDynamicSwaggerOptions } from '@fastify/swagger'
import swaggerUi from '@fastify/swagger-ui'
import type { FastifyInstance } from 'fastify'
import { jsonSchemaTransform, jsonSchemaTransformObject } from 'fastify-type-provider-zod'
import { clientScopes } from '../domain/client-scopes.ts'
import { answerLanguages } from '../domain/words/language.ts'
import { Problem } from './errors.ts'

const reasons = {
  400: 'Not valid',
  401: 'No valid access token',
  403: 'Scope missing',
  404: 'Not there, or not yours',
  408: 'Nothing arrived for too long',
  409: 'Conflict',
  412: 'Changed meanwhile',
  413: 'Too large',
  415: 'Media type not supported',
  422: 'Idempotency-Key used with another body',
  428: 'If-Match missing',
  429: 'Too many requests: see Retry-After',
  431: 'Too many headers, or too long',
  503: 'Not available at the moment: see Retry-After'
} as const

/** The problem responses of a route, for its schema. */
export function problemResponses<Status extends keyof typeof reasons>(...statuses: Status[]) {
  const entries = statuses.map(status => [
    status,
    { description: reasons[status], content: { 'application/problem+json': { schema: Problem } } }
  ])
  return Object.fromEntries(entries) as Record<
    Status,
    { description: string; content: { 'application/problem+json': { schema: typeof Problem } } }
  >
}

/** Registers the generator; `/openapi.json` and `/docs` show what it makes. Call before any route is added. */
export async function describeRoutes(app: FastifyInstance, { issuer, version }: { issuer: string; version: string }): Promise<void> {
  await app.register(swagger, {
    openapi: document(issuer, version),
    transform: jsonSchemaTransform,
    transformObject: made => polish(jsonSchemaTransformObject(made) as Document)
  })
  await app.register(swaggerUi, {
    routePrefix: '/docs',
    staticCSP: true,
    uiConfig: { url: '/openapi.json', deepLinking: true },
    // The bar above is of the library, and leads elsewhere.
    theme: { title: 'Jisr gateway', css: [{ filename: 'jisr.css', content: '.swagger-ui .topbar { display: none }' }] }
  })
  app.get('/openapi.json', { schema: { hide: true } }, async (_request, reply) =>
    reply.header('cache-control', 'public, max-age=300').type('application/json').serializer(JSON.stringify).send(app.swagger())
  )
}

/** Of the versions that the plugin knows, the one that has webhooks. */
type Document = Extract<NonNullable<FastifyDynamicSwaggerOptions['openapi']>, { webhooks?: unknown }>

const document = (issuer: string, version: string): Document => ({
  openapi: '3.1.1',
  info: {
    title: 'Jisr gateway',
    version,
    description:
      'Security events about placements, authorizations and offers, between job agencies and immigration systems: pushed (RFC 8935) and polled (RFC 8936), ' +
      'signed on both sides (RFC 8417). Every error of this surface is one of three: RFC 6749 at /oauth, RFC 8935 at POST /v1/sets, RFC 9457 elsewhere. ' +
      'Those of events that you tell are in English, Spanish or French, as Accept-Language asks; others are in English where not all of their words are there.',
    license: { name: 'EUPL-1.2', identifier: 'EUPL-1.2' }
  },
  servers: [{ url: issuer }],
  tags: [
    { name: 'Discovery', description: 'Who we are and which keys are ours' },
    { name: 'Access', description: 'Access tokens' },
    { name: 'Events', description: 'Events you push: as security event tokens, or by REST' },
    { name: 'Evidence', description: 'The log of what was received and sent, for whoever checks it, and receipts' },
    { name: 'Imports', description: 'Files of many events' },
    { name: 'Records', description: 'Placements and authorizations, as far as they are yours to see' },
    { name: 'Streams', description: 'Security event tokens you get' },
    { name: 'Partners', description: 'Messages in the protocols of partners' },
    { name: 'Health', description: 'For whoever runs it' }
  ],
  security: [{ oauth: [] }],
  components: {
    headers: {
      ContentLanguage: {
        description: 'Of what is told to people; codes, members and pointers are the same in each',
        schema: { type: 'string', enum: [...answerLanguages] }
      },
      VaryLanguage: { description: 'Accept-Language', schema: { type: 'string' } }
    },
    securitySchemes: {
      initialAccessToken: {
        type: 'http',
        scheme: 'bearer',
        description: 'The one-time token that the operator hands to whoever is to register (RFC 7591 3).'
      },
      oauth: {
        type: 'oauth2',
        description: 'Client credentials with private_key_jwt (RFC 7523); the token goes into the Authorization header as Bearer.',
        flows: { clientCredentials: { tokenUrl: `${issuer}/oauth/token`, scopes: { ...clientScopes } } }
      }
    }
  },
  webhooks: {
    securityEvent: {
      post: {
        operationId: 'securityEventPushed',
        tags: ['Streams'],
        summary: 'A security event token pushed to a stream that asked for push (RFC 8935)',
        description:
          'Sent to your endpoint until you answer 2xx or refuse it. Verify the signature with /.well-known/jwks.json, store it, answer 202; the same jti may come again.',
        security: [],
        requestBody: {
          required: true,
          content: { 'application/secevent+jwt': { schema: { type: 'string', description: 'A compact JWS (RFC 8417)' } } }
        },
        responses: {
          202: { description: 'Stored' },
          400: { description: 'Refused', content: { 'application/json': { schema: { $ref: '#/components/schemas/SetError' } } } }
        }
      }
    }
  }
})

/**
 * What the generator makes, for readers: components that nothing refers to go, and so do bounds that only say "a safe integer".
 * Answers may grow members, so no answer says that it has no others.
 */
function polish(made: Document): Document {
  const paths = JSON.parse(JSON.stringify(made.paths ?? {}), tidy)
  for (const operation of Object.values(paths).flatMap(path => Object.values(path as object))) {
    open(operation.responses)
    sayWhatItMeans(operation)
    sayInWhichLanguage(operation)
  }
  for (const { get } of Object.values(paths) as { get?: { responses: Record<string, unknown> } }[])
    if (get?.responses[200] !== undefined) get.responses[304] = { description: 'Not changed since If-None-Match' }
  const schemas: Record<string, unknown> = JSON.parse(JSON.stringify(made.components?.schemas ?? {}), tidy)
  const asked = JSON.stringify(
    Object.values(paths).flatMap(path => Object.values(path as object).map(({ requestBody }) => requestBody ?? null))
  )
  for (const [name, schema] of Object.entries(schemas)) if (!asked.includes(`"#/components/schemas/${name}"`)) open(schema)
  const text = JSON.stringify([paths, made.webhooks])
  const used = Object.entries(schemas).filter(([name]) => text.includes(`"#/components/schemas/${name}"`))
  return { ...made, paths, components: { ...made.components, schemas: Object.fromEntries(used) } } as Document
}

/** Where a route says nothing of an answer the generator says that it is the default one. */
function sayWhatItMeans({ responses }: Operation): void {
  for (const [status, response] of Object.entries(responses))
    if (response.description === 'Default Response') response.description = told[status] ?? 'Answered'
}

const told: Readonly<Record<string, string>> = { ...reasons, 401: 'Not authenticated', 403: 'Not yours to tell, or scope missing' }

/** Of an operation all of whose refusals are told in several languages. */
function sayInWhichLanguage({ parameters = [], responses }: Operation): void {
  if (!parameters.some(({ name }) => name === 'accept-language')) return
  for (const [status, response] of Object.entries(responses)) if (status >= '400') response.headers = languageHeaders
}

interface Operation {
  parameters?: { name: string }[]
  responses: Record<string, { description?: string; headers?: object }>
}

const languageHeaders = {
  'Content-Language': { $ref: '#/components/headers/ContentLanguage' },
  Vary: { $ref: '#/components/headers/VaryLanguage' }
}

function tidy(this: Record<string, unknown>, key: string, value: unknown): unknown {
  const bound = (key === 'maximum' && value === Number.MAX_SAFE_INTEGER) || (key === 'minimum' && value === Number.MIN_SAFE_INTEGER)
  return bound && this.type === 'integer' ? undefined : value
}

function open(value: unknown): void {
  if (typeof value !== 'object' || value === null) return
  if ('additionalProperties' in value && value.additionalProperties === false) delete value.additionalProperties
  for (const member of Object.values(value)) open(member)
}
