// Idempotency-Key on requests that create something: the first answer is kept for a day, and whoever repeats the request gets it again.
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { KeyedRequest } from '../flow/once.ts'
import { clientOf } from './authenticate.ts'
import { HttpRefusal } from './refusal.ts'
import type { Surface } from './surface.ts'
import { says } from './words/words.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** The claim on an Idempotency-Key while the request is being answered. */
    once: KeyedRequest | null
  }
}

/**
 * Hooks for a route that creates something, to be spread into its options. A repeat gets the stored status and body with
 * `Idempotency-Replayed: true`; the same key with another body 422, while the first is being answered 409. Answers that say "come again"
 * (429, 5xx), and 412, by which nothing was done, are not kept. Without the header: 400 where `isRequired` says so of the request.
 */
export const idempotent = (surface: Surface, isRequired: (request: FastifyRequest) => boolean) => ({
  preHandler: async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply | undefined> => {
    const key = readIdempotencyKey(request)
    if (key === null) {
      if (isRequired(request)) throw new HttpRefusal('idempotency-key-missing', says('idempotency-key-missing'))
      return undefined
    }
    const once: KeyedRequest = {
      clientId: clientOf(request).id,
      method: request.method,
      route: request.routeOptions.url ?? '',
      path: request.url,
      key,
      body: JSON.stringify(request.body) ?? ''
    }
    const held = await surface.services.beginOnce(once)
    switch (held.state) {
      case 'first':
        request.once = once
        return undefined
      case 'reused':
        throw new HttpRefusal('idempotency-key-reused', says('idempotency-key-used'))
      case 'in-progress':
        throw new HttpRefusal('idempotency-key-in-progress', says('idempotency-key-busy'), {
          headers: { 'retry-after': '1' }
        })
      case 'kept':
        return reply
          .code(held.answer.status)
          .headers({ ...held.answer.headers, 'idempotency-replayed': 'true' })
          .serializer(String)
          .send(held.answer.body)
    }
  },
  onSend: async (request: FastifyRequest, reply: FastifyReply, payload: unknown): Promise<unknown> => {
    const { once } = request
    if (once === null || once === undefined) return payload
    request.once = null
    const status = reply.statusCode
    const isKept = status < 500 && status !== 429 && status !== 412 && typeof payload === 'string'
    await surface.services.endOnce(once, isKept ? { status, headers: keptHeaders(reply), body: payload } : null)
    return payload
  }
})

/** The key without the quotes of a structured field; null where there is none. @throws HttpRefusal for one that is empty or too long. */
export const readIdempotencyKey = ({ headers }: FastifyRequest): string | null => {
  const header = headers['idempotency-key']
  if (header === undefined) return null
  const text = (Array.isArray(header) ? header.join(',') : header).trim()
  const key = /^".*"$/.test(text) ? text.slice(1, -1).replaceAll(/\\(["\\])/g, '$1') : text
  if (key.length >= 1 && key.length <= keyLengthMax) return key
  throw new HttpRefusal('idempotency-key-missing', says('idempotency-key-form', { max: keyLengthMax }))
}

const keyLengthMax = 255

const keptHeaders = (reply: FastifyReply): Record<string, string> =>
  Object.fromEntries(
    ['content-type', 'content-language', 'vary', 'location', 'etag'].flatMap(name => {
      const value = reply.getHeader(name)
      return typeof value === 'string' ? [[name, value] as const] : []
    })
  )
