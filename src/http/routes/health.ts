// Whether the process lives, and whether it can serve: for whoever starts, stops and balances it.
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { problemResponses } from '../openapi.ts'
import type { Surface } from '../surface.ts'

export const healthRoutes =
  ({ services, closing, log }: Surface): FastifyPluginAsyncZod =>
  async app => {
    const Health = z.object({ status: z.enum(['ok', 'unavailable']) }).describe('Whether it is well')

    app.get(
      '/healthz',
      {
        schema: {
          operationId: 'health',
          tags: ['Health'],
          summary: 'The process lives',
          security: [],
          response: { 200: Health, ...problemResponses(431) }
        }
      },
      async (_request, reply) => reply.header('cache-control', 'no-store').send({ status: 'ok' })
    )

    app.get(
      '/readyz',
      {
        schema: {
          operationId: 'readiness',
          tags: ['Health'],
          summary: 'Requests can be served',
          security: [],
          response: { 200: Health, 503: Health, ...problemResponses(431) }
        }
      },
      async (_request, reply) => {
        reply.header('cache-control', 'no-store')
        const state = closing.aborted ? ({ ready: false, because: 'the server is closing' } as const) : await services.ready()
        if (state.ready) return { status: 'ok' as const }
        // The reason is the operator's: it goes to the log, not to whoever asks.
        log('http.not-ready', { because: state.because })
        return reply.code(503).send({ status: 'unavailable' })
      }
    )
  }
