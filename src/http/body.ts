// How bodies are read: strict JSON, forms without repeated names, SETs as text. Nothing compressed, nothing guessed.
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { NotStrictJson, parseStrictJson } from '../trust/strict-json.ts'
import { says as saysOfTokens } from '../trust/words/words.ts'
import { OAuthRefusal } from './errors.ts'
import { HttpRefusal } from './refusal.ts'
import { says } from './words/words.ts'

export const jsonBytesMax = 256 * 1024
export const formBytesMax = 32 * 1024
/** A token of 64 KiB and the line feed that curl sends behind a file. */
export const setBytesMax = 64 * 1024 + 1

/** Replaces fastify's parsers by ours: `application/json` only, everything else is 415 until a surface adds its own. */
export function readJson(app: FastifyInstance): void {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser(
    'application/json',
    { parseAs: 'buffer', bodyLimit: jsonBytesMax },
    async (request: FastifyRequest, body: Buffer) => {
      // A DELETE says nothing in a body: some clients name its type all the same.
      if (body.length === 0 && request.method === 'DELETE') return undefined
      if (body.length === 0) throw new NotStrictJson(saysOfTokens('json-empty'))
      return parseStrictJson(body)
    }
  )
  app.addHook('onRequest', async request => refuseEncoded(request))
}

const mergePatch = 'application/merge-patch+json'
export const patchTypes = [mergePatch, 'application/json'] as const

/** Adds merge patches (RFC 7396) to JSON; who sends another type is told which there are (RFC 5789 2.2). */
export function readPatches(app: FastifyInstance): void {
  app.addContentTypeParser(mergePatch, { parseAs: 'buffer', bodyLimit: jsonBytesMax }, async (_request: FastifyRequest, body: Buffer) => {
    if (body.length === 0) throw new NotStrictJson(saysOfTokens('json-empty'))
    return parseStrictJson(body)
  })
  app.addContentTypeParser('*', async () => {
    throw new HttpRefusal('unsupported-media-type', says('patch-type', { type: mergePatch }), {
      headers: { 'accept-patch': patchTypes.join(', ') }
    })
  })
}

/** JSON for those who leave the type out: the examples of SSF itself do. A type that is named must be JSON's. */
export function readJsonWhateverItsType(app: FastifyInstance): void {
  app.addContentTypeParser('*', { parseAs: 'buffer', bodyLimit: jsonBytesMax }, async (request: FastifyRequest, body: Buffer) => {
    if (request.headers['content-type'] !== undefined) throw new HttpRefusal('unsupported-media-type', says('json-type'))
    if (body.length === 0) throw new NotStrictJson(saysOfTokens('json-empty'))
    return parseStrictJson(body)
  })
}

/** Adds forms, as single values by name. A name that comes twice is refused; without a value it is as if it were not there (RFC 6749 3.2). */
export function readForms(app: FastifyInstance): void {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser(
    'application/x-www-form-urlencoded',
    { parseAs: 'string', bodyLimit: formBytesMax },
    async (_request: FastifyRequest, body: string) => {
      const form = new Map(new URLSearchParams(body))
      if (form.size < new URLSearchParams(body).size) throw new OAuthRefusal('invalid_request', 'a parameter came more than once')
      return new Map([...form].filter(([, value]) => value !== ''))
    }
  )
}

/** Adds SETs, as text (RFC 8935 2.1). */
export function readSets(app: FastifyInstance): void {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser(
    'application/secevent+jwt',
    { parseAs: 'string', bodyLimit: setBytesMax },
    async (_request: FastifyRequest, body: string) => body
  )
}

/** A compressed body could be of any size once opened. */
function refuseEncoded({ headers }: FastifyRequest): void {
  const encoding = headers['content-encoding']
  if (encoding !== undefined && encoding.toLowerCase() !== 'identity') {
    throw new HttpRefusal('unsupported-media-type', says('body-encoded'), {
      headers: { 'accept-encoding': 'identity' }
    })
  }
}
