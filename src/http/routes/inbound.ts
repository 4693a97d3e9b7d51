// Messages that partners push in their own protocols: stored verbatim once the partner's own signature holds, read later.
import { createHash } from 'node:crypto'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { waitOfAddress } from '../address.ts'
import { problemResponses } from '../openapi.ts'
import { HttpRefusal, TooManyRequests } from '../refusal.ts'
import type { Surface } from '../surface.ts'

/** A Respuesta about 1,000 workers (SCSP v3), or 500 rows of signed JSON. */
const messageBytesMax = 8 * 1024 * 1024

export const inboundRoutes =
  (surface: Surface): FastifyPluginAsyncZod =>
  async app => {
    app.removeAllContentTypeParsers()
    app.addContentTypeParser('*', { parseAs: 'string', bodyLimit: messageBytesMax }, async (_request: unknown, body: string) => body)
    app.post(
      '/v1/inbound/:partner',
      {
        bodyLimit: messageBytesMax,
        onRequest: async request => {
          const waitSeconds = waitOfAddress(surface, request)
          if (waitSeconds > 0) throw new TooManyRequests('calls-per-address', waitSeconds)
        },
        schema: {
          operationId: 'pushInbound',
          tags: ['Partners'],
          summary: 'A message of a partner, in the partner’s own protocol',
          description: 'Authenticated by the partner’s own signature. 202 says that it is stored; the same message again gets 202 again.',
          security: [],
          params: z.object({ partner: z.string().min(1).max(64) }),
          body: z.string().describe('As the adapter of this partner reads it'),
          response: { 202: z.undefined().describe('Stored'), ...problemResponses(400, 401, 403, 404, 413, 429, 503) }
        }
      },
      async (request, reply) => {
        const message = {
          id: createHash('sha256').update(request.body).digest('base64url'),
          contentType: request.headers['content-type'] ?? '',
          headers: plain(request.headers),
          body: request.body
        }
        const answer = await surface.services.receiveMessage(request.params.partner, message, () => {
          const { budgets, limits, services } = surface
          const waitSeconds = budgets.take('partner-messages', request.params.partner, limits.partnerPerMinute, services.now().getTime())
          if (waitSeconds > 0) throw new TooManyRequests('partner-messages-per-minute', waitSeconds)
        })
        if (answer === null) throw new HttpRefusal('not-found', 'no partner of this name sends messages here')
        if (answer === 'not authentic') {
          throw new HttpRefusal('unauthenticated', 'the message is not signed by a key registered for this partner')
        }
        return reply.code(202).send()
      }
    )
  }

const plain = (headers: Readonly<Record<string, string | string[] | undefined>>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(headers)
      .filter(([name]) => name !== 'authorization' && name !== 'cookie')
      .map(([name, value]) => [name, Array.isArray(value) ? value.join(', ') : (value ?? '')])
  )
