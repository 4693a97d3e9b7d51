// Administrations that ask us in SCSP (SOAP 1.1): the message goes in as it came, and the protocol's own answer or fault goes out.
import { createHash } from 'node:crypto'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import type { Reply } from '../../../adapters/contract.ts'
import { waitOfAddress } from '../address.ts'
import { problemResponses } from '../openapi.ts'
import { HttpRefusal, TooManyRequests } from '../refusal.ts'
import type { Surface } from '../surface.ts'

/** A Peticion about 1,000 people. */
const messageBytesMax = 8 * 1024 * 1024

const Document = z.string().describe('A SOAP 1.1 envelope of SCSP v3, its body signed (WS-Security X.509)')

const soapResponse = (description: string) => ({ description, content: { 'text/xml': { schema: Document } } })

export const scspRoutes =
  (surface: Surface): FastifyPluginAsyncZod =>
  async app => {
    app.removeAllContentTypeParsers()
    app.addContentTypeParser(
      'text/xml',
      { parseAs: 'string', bodyLimit: messageBytesMax },
      async (request: FastifyRequest, body: string) => {
        // Another encoding would be read as other characters, and the signature would seem wrong.
        const charset = /charset\s*=\s*"?([^\s";]+)/i.exec(request.headers['content-type'] ?? '')?.[1] ?? 'utf-8'
        if (charset.toLowerCase() !== 'utf-8') throw new HttpRefusal('unsupported-media-type', 'send the envelope in UTF-8')
        return body
      }
    )
    app.post(
      '/scsp/:service',
      {
        bodyLimit: messageBytesMax,
        onRequest: async (request, reply) => {
          const waitSeconds = waitOfAddress(surface, request)
          if (waitSeconds === 0) return
          const refusal = await surface.services.refuseInquiry((request.params as { service: string }).service, waitSeconds)
          if (refusal === null) throw new TooManyRequests('calls-per-address', waitSeconds)
          return answerWith(reply, refusal)
        },
        schema: {
          operationId: 'askScsp',
          tags: ['Partners'],
          summary: 'Is this person authorised to work for this employer on this date?',
          description:
            'Peticion (SOAPAction peticionSincrona with one element, peticionAsincrona with up to 1,000) or SolicitudRespuesta of SCSP v3, by a registered ' +
            'requester. The answer is signed; a refusal is a SOAP Fault with SCSP’s own code, sent with 500 as SOAP 1.1 demands.',
          security: [],
          params: z.object({ service: z.string().min(1).max(64) }),
          consumes: ['text/xml'],
          body: Document,
          response: {
            200: soapResponse('Respuesta, or ConfirmacionPeticion when the answer has to be fetched later'),
            429: soapResponse('A SOAP Fault with the code 0901 (not available): come back after Retry-After'),
            500: soapResponse('A SOAP Fault with SCSP’s code'),
            ...problemResponses(400, 404, 413, 415, 503)
          }
        }
      },
      async (request, reply) => {
        const { services, budgets, limits } = surface
        const { service } = request.params
        const message = {
          id: createHash('sha256').update(request.body).digest('base64url'),
          contentType: request.headers['content-type'] ?? '',
          headers: { soapaction: String(request.headers.soapaction ?? '') },
          body: request.body
        }
        const answer = await services.answerInquiry(service, message, requester =>
          budgets.take('inquiries', `${service} ${requester}`, limits.partnerPerMinute, services.now().getTime())
        )
        if (answer === null) throw new HttpRefusal('not-found', 'there is no service of this name; ask the operator for its address')
        return answerWith(reply, answer)
      }
    )
  }

const answerWith = (reply: FastifyReply, { status, headers, contentType, body }: Reply): FastifyReply =>
  reply
    .code(status === 200 || status === 429 ? status : 500)
    .headers({ ...headers, 'cache-control': 'no-store' })
    .type(contentType)
    .serializer((text: string) => text)
    .send(body)
