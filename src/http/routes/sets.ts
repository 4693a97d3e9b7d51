// Security event tokens pushed to us (RFC 8935), and what became of them.
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { verifySet } from '../../trust/set.ts'
import { authenticate, clientOf, spend } from '../authenticate.ts'
import { readSets, setBytesMax } from '../body.ts'
import { SetError, setErrors } from '../errors.ts'
import { problemResponses } from '../openapi.ts'
import { HttpRefusal } from '../refusal.ts'
import type { Surface } from '../surface.ts'

const SetStatus = z
  .object({
    jti: z.string(),
    eventId: z.string(),
    eventType: z.string(),
    receivedAt: z.iso.datetime(),
    deliveries: z.array(
      z.object({
        partner: z.string(),
        state: z.string(),
        updatedAt: z.iso.datetime(),
        code: z.string().optional().describe('Of a refusal: the code of the partner'),
        partnerSaid: z
          .object({ code: z.string(), text: z.string() })
          .optional()
          .describe('Of a refusal: the own words of the partner, where your role may read them')
      })
    )
  })
  .describe('What became of a SET, recipient by recipient')

export const setRoutes =
  (surface: Surface): FastifyPluginAsyncZod =>
  async app => {
    await app.register(pushRoute(surface))

    app.get(
      '/v1/sets/:jti',
      {
        onRequest: authenticate(surface, ['set.push']),
        schema: {
          operationId: 'getSet',
          tags: ['Events'],
          summary: 'What became of a SET you pushed',
          security: [{ oauth: ['set.push'] }],
          params: z.object({ jti: z.string().min(1).max(256).describe('Percent-encoded') }),
          response: {
            200: SetStatus,
            ...problemResponses(400, 401, 403, 404, 503)
          }
        }
      },
      async (request, reply) => {
        const status = await surface.services.setStatus(clientOf(request).id, request.params.jti)
        if (status === null) throw new HttpRefusal('not-found', 'you have pushed no SET with this jti')
        reply.header('cache-control', 'private, no-cache')
        return { ...status, deliveries: [...status.deliveries] }
      }
    )
  }

const pushRoute =
  (surface: Surface): FastifyPluginAsyncZod =>
  async app => {
    readSets(app)
    app.setErrorHandler(setErrors(surface))
    const { services, issuer } = surface
    app.post(
      '/v1/sets',
      {
        bodyLimit: setBytesMax,
        // After size and type: RFC 8935 answers those first.
        preValidation: authenticate(surface, ['set.push'], 'insufficient-scope'),
        schema: {
          operationId: 'pushSet',
          tags: ['Events'],
          summary: 'Push a security event token (RFC 8935)',
          description:
            'One SET (RFC 8417), signed with a registered key. 202 says that it is stored and will reach everyone it concerns; the same SET again gets 202 again. ' +
            'Another payload under a jti used before is refused.',
          security: [{ oauth: ['set.push'] }],
          consumes: ['application/secevent+jwt'],
          body: z.string().describe('A compact JWS'),
          response: {
            202: z.undefined().describe('Stored'),
            400: SetError,
            401: SetError,
            403: SetError,
            413: SetError,
            415: SetError,
            429: SetError,
            503: SetError
          }
        }
      },
      async (request, reply) => {
        const client = clientOf(request)
        const receivedAt = services.now()
        spend(surface, 'sets-per-minute', client, client.setBudgetPerMinute)
        const set = await verifySet(request.body, client, issuer, receivedAt)
        if ('err' in set && set.signed !== undefined) await services.noteRefusedSet(client.id, set.signed)
        const answer = 'err' in set ? set : await services.ingestSet({ client, set, receivedAt, trace: request.trace })
        if (!('err' in answer)) return reply.code(202).send()
        return reply
          .code(answer.err === 'access_denied' ? 403 : 400)
          .headers({ 'content-language': 'en', 'cache-control': 'no-store' })
          .send({ err: answer.err, description: answer.description })
      }
    )
  }
