// The evidence log for whoever checks it: checkpoints, proofs and keys. Nothing here is about a person, so nobody need say who asks.

import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { authenticate, clientOf } from '../authenticate.ts'
import { problemResponses } from '../openapi.ts'
import { HttpRefusal } from '../refusal.ts'
import type { Surface } from '../surface.ts'
import { says } from '../words/words.ts'

const text = (description: string) => ({ description, content: { 'text/plain': { schema: z.string() } } })
/** Digits only: what is left empty is no zero. */
const size = z.preprocess(text => (typeof text === 'string' && /^\d+$/.test(text) ? Number(text) : text), z.int().min(0))

const LogKeys = z
  .object({
    origin: z.string().describe('The name of the log, as in its checkpoints'),
    keys: z.array(
      z.object({
        id: z.string().describe('The first four bytes of SHA-256 over the public key (SPKI), in hex: what a signature line begins with'),
        verifierKey: z.string().describe('name+id+base64, as C2SP’s signed notes write a key'),
        publicKey: z.string().describe('PEM, ECDSA P-256'),
        from: z.iso.datetime(),
        until: z.iso.datetime().nullable().describe('When it ceased to sign; what it signed before stays good')
      })
    )
  })
  .describe('The keys that sign the log’s checkpoints')

const Consistency = z
  .object({ from: z.int(), to: z.int(), proof: z.array(z.string()).describe('Base64, RFC 6962 section 2.1.2') })
  .describe('A consistency proof')

export const logRoutes =
  (surface: Surface): FastifyPluginAsyncZod =>
  async app => {
    const { services } = surface

    app.get(
      '/v1/log/checkpoint',
      {
        schema: {
          operationId: 'getCheckpoint',
          tags: ['Evidence'],
          summary: 'The log’s last checkpoint (c2sp.org/tlog-checkpoint)',
          description: 'How many leaves the log has and the root over them, signed. At most 60 s or 1,000 leaves behind.',
          security: [],
          response: { 200: text('A signed note'), ...problemResponses(404, 431, 503) }
        }
      },
      async (_request, reply) => {
        const note = await services.checkpoint()
        if (note === null) throw new HttpRefusal('not-found', says('log-empty'))
        return plain(reply).send(note)
      }
    )

    app.get(
      '/v1/log/keys',
      {
        schema: {
          operationId: 'getLogKeys',
          tags: ['Evidence'],
          summary: 'The keys that sign the log’s checkpoints',
          description: 'Keep the ones you trust: a checkpoint counts when a key signed it that you know.',
          security: [],
          response: { 200: LogKeys, ...problemResponses(431, 503) }
        }
      },
      async (_request, reply) => {
        const { origin, keys } = await services.logKeys()
        return reply.header('cache-control', 'public, max-age=300').send({ origin, keys: [...keys] })
      }
    )

    app.get(
      '/v1/log/proof/:seq',
      {
        schema: {
          operationId: 'getInclusionProof',
          tags: ['Evidence'],
          summary: 'The proof that a leaf is in the log (c2sp.org/tlog-proof@v1)',
          description: 'The extra line is base64 of JSON: "leaf" is the leaf’s line, whose hash the proof is about.',
          security: [],
          params: z.object({ seq: size.describe('The number of the leaf, from 0') }),
          response: { 200: text('c2sp.org/tlog-proof@v1'), ...problemResponses(400, 404, 431, 503) }
        }
      },
      async (request, reply) => {
        const proof = await services.inclusionProof(request.params.seq)
        if (proof === null) throw new HttpRefusal('not-found', says('leaf-unknown'))
        return plain(reply).send(proof)
      }
    )

    app.get(
      '/v1/log/consistency',
      {
        schema: {
          operationId: 'getConsistencyProof',
          tags: ['Evidence'],
          summary: 'The proof that the log only grew between two sizes (RFC 6962, 2.1.2)',
          security: [],
          querystring: z.strictObject({
            from: size.describe('The size of a checkpoint that you keep'),
            to: size.describe('The size of a later one')
          }),
          response: { 200: Consistency, ...problemResponses(400, 404, 431, 503) }
        }
      },
      async request => {
        const { from, to } = request.query
        if (from > to)
          throw new HttpRefusal('validation', says('sizes-order'), {
            errors: [{ pointer: '/from', code: 'order' }]
          })
        const proof = await services.consistencyProof(from, to)
        if (proof === null) throw new HttpRefusal('not-found', says('sizes-uncovered'))
        return { from, to, proof: [...proof] }
      }
    )

    app.get(
      '/v1/sets/:jti/receipt',
      {
        onRequest: authenticate(surface, ['set.push']),
        schema: {
          operationId: 'getSetReceipt',
          tags: ['Evidence'],
          summary: 'The receipt of a SET you pushed: the proof that it was taken or refused (c2sp.org/tlog-proof@v1)',
          description:
            'Keep it beside the SET: it can be checked without this gateway. The extra line is base64 of JSON: "leaf" is the leaf’s line; its "c" is base64url of ' +
            'SHA-256 over "salt" (base64url) and the SET. What was refused before anything of it was taken ("kind" is "not-admitted") has a receipt for 90 days, over the token ' +
            'that came first. After the person was erased there is no "salt": a receipt fetched before stays good.',
          security: [{ oauth: ['set.push'] }],
          params: z.object({ jti: z.string().min(1).max(256).describe('Percent-encoded') }),
          response: { 200: text('c2sp.org/tlog-proof@v1'), ...problemResponses(400, 401, 403, 404, 503) }
        }
      },
      async (request, reply) => {
        const receipt = await services.setReceipt(clientOf(request).id, request.params.jti)
        if (receipt === null) throw new HttpRefusal('not-found', says('jti-unknown'))
        return plain(reply).header('cache-control', 'private, no-store').send(receipt)
      }
    )
  }

const plain = <Reply extends { type(value: string): Reply; header(name: string, value: string): Reply }>(reply: Reply): Reply =>
  reply.type('text/plain; charset=utf-8').header('cache-control', 'no-cache')
