// Entity tags (RFC 9110 13): whoever has the present version is not told it again, and nobody changes a version that is no longer there.
import { createHash } from 'node:crypto'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { HttpRefusal } from './refusal.ts'
import { says } from './words/words.ts'

/** A strong entity tag of a representation, as JSON or as the text that is sent. */
export const entityTag = (shown: object | string): string =>
  `"${createHash('sha256')
    .update(typeof shown === 'string' ? shown : JSON.stringify(shown))
    .digest('base64url')}"`

/** Whether If-None-Match names this tag; weak ones compare alike here (RFC 9110 13.1.2). */
export const isKnownAs = (tag: string, request: FastifyRequest): boolean => {
  const known = tagsOf(request.headers['if-none-match']).map(named => named.replace(/^W\//, ''))
  return known.includes(tag) || known.includes('*')
}

/**
 * Whoever sends If-Match changes that version or none. Without it the change is made: receivers of OpenID SSF know no entity tags.
 * @throws HttpRefusal 412 when the version has another tag; weak ones are no version's (RFC 9110 13.1.1)
 */
export const requireCurrent = (tag: string, request: FastifyRequest): void => {
  if (request.headers['if-match'] !== undefined && !isNamedBy(tag, request)) throw isOutdated()
}

/** An `onRequest` hook for what nobody changes without having seen it. @throws HttpRefusal 428 without If-Match */
export const requireIfMatch = async (request: FastifyRequest): Promise<void> => {
  if (tagsOf(request.headers['if-match']).length > 0) return
  throw new HttpRefusal('precondition-required', says('if-match-missing'))
}

/**
 * Whether If-Match names the version with this tag (null: one that nobody was shown); weak tags are no version's (RFC 9110 13.1.1), and * is
 * any version's where it stands alone.
 */
export const isNamedBy = (tag: string | null, request: FastifyRequest): boolean => {
  const tags = tagsOf(request.headers['if-match'])
  return tags.some(named => named === tag) || (tags.length === 1 && tags[0] === '*')
}

export const isOutdated = (): HttpRefusal => new HttpRefusal('precondition-failed', says('if-match-outdated'))

/** An `onSend` hook: every 200 to a GET has an entity tag, its route's own or that of the text, and becomes 304 for whoever has it. */
export const tagAnswers = async (request: FastifyRequest, reply: FastifyReply, payload: unknown): Promise<unknown> => {
  if (request.method !== 'GET' || reply.statusCode !== 200 || typeof payload !== 'string') return payload
  const tag = String(reply.getHeader('etag') ?? entityTag(payload))
  reply.header('etag', tag)
  if (!isKnownAs(tag, request)) return payload
  reply.code(304).removeHeader('content-type').removeHeader('content-length')
  return null
}

const tagsOf = (header: string | undefined): string[] => (header ?? '').split(',').flatMap(tag => (tag.trim() === '' ? [] : [tag.trim()]))
