// Files of many events: sent as a stream, taken row by row, each row with an answer of its own.
import type { IncomingMessage } from 'node:http'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { importRowsMax } from '../../flow/import/run.ts'
import { sheetLimits } from '../../flow/import/sheet/limits.ts'
import { says as saysOfFiles } from '../../flow/words/words.ts'
import type { ImportRow, KeptOutcome } from '../../store/imports.ts'
import { authenticate, clientOf } from '../authenticate.ts'
import { problemResponses } from '../openapi.ts'
import { linkNext, pageQuery, readCursor } from '../paging.ts'
import { HttpRefusal, TooManyRequests, toRefusal } from '../refusal.ts'
import type { Surface } from '../surface.ts'
import { tooLong, upload } from '../upload.ts'
import { inLanguage, languageOf, readWords, says, type Words } from '../words/words.ts'

const bytesMax = { csv: 256 * 1024 * 1024, ndjson: 256 * 1024 * 1024, xlsx: sheetLimits.fileBytesMax } as const
const idleMs = 15_000
const importsAtOnceMax = 4

const formats = {
  'text/csv': 'csv',
  'application/x-ndjson': 'ndjson',
  'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet': 'xlsx'
} as const

const Import = z
  .object({
    id: z.string(),
    format: z.enum(['csv', 'ndjson', 'xlsx']),
    state: z
      .enum(['running', 'finished', 'interrupted'])
      .describe(
        'interrupted: what was taken is kept; send the file again to complete it. Rows that were taken before come back as repeated.'
      ),
    accepted: z.int(),
    refused: z.int(),
    repeated: z.int(),
    problem: z.string().nullable().describe('Why it was interrupted, and what to do, in the language that Content-Language names'),
    createdAt: z.iso.datetime(),
    finishedAt: z.iso.datetime().nullable()
  })
  .meta({ id: 'Import', description: 'What became of a file' })

const ImportedRow = z.object({
  row: z.int().describe('From 1; the header line and empty lines do not count. In XLSX the number that Excel shows'),
  status: z.enum(['accepted', 'refused', 'repeated']),
  code: z.string().nullable(),
  pointer: z.string().nullable().describe('RFC 6901, into the row: a column, or a member'),
  reason: z.string().nullable().describe('What to do, in the language that Content-Language names. Never holds submitted values.'),
  eventId: z.string().nullable()
})

const idParams = z.object({ id: z.uuid() })

export const importRoutes =
  (surface: Surface): FastifyPluginAsyncZod =>
  async app => {
    await app.register(pushRoute(surface))
    const { services } = surface

    app.get(
      '/v1/imports/:id',
      {
        onRequest: authenticate(surface, ['set.push']),
        schema: {
          operationId: 'getImport',
          tags: ['Imports'],
          summary: 'What became of a file you sent',
          security: [{ oauth: ['set.push'] }],
          params: idParams,
          response: { 200: Import, ...problemResponses(400, 401, 403, 404, 503) }
        }
      },
      async (request, reply) => {
        const found = await findOrRefuse(surface, clientOf(request).id, request.params.id)
        reply.header('cache-control', 'private, no-cache')
        return told(request, reply, found)
      }
    )

    app.get(
      '/v1/imports/:id/rows',
      {
        onRequest: authenticate(surface, ['set.push']),
        schema: {
          operationId: 'listImportRows',
          tags: ['Imports'],
          summary: 'What became of its rows, in the order of the file',
          security: [{ oauth: ['set.push'] }],
          params: idParams,
          querystring: z.strictObject({ ...pageQuery, status: z.enum(['accepted', 'refused', 'repeated']).optional() }),
          response: {
            200: z.object({ rows: z.array(ImportedRow) }).describe('A page of rows; Link rel="next" leads to the next one'),
            ...problemResponses(400, 401, 403, 404, 503)
          }
        }
      },
      async (request, reply) => {
        const { limit, cursor, status } = request.query
        const { id: clientId } = clientOf(request)
        const { id } = await findOrRefuse(surface, clientId, request.params.id)
        const list = { clientId, path: `/v1/imports/${id}/rows`, filters: { status: status ?? null } }
        const position = readCursor(surface, list, cursor)
        const after = position === null ? 0 : Number(position[0])
        const found = await services.importOutcomes(id, { status: status ?? null, after, limit: limit + 1 })
        const rows = found.slice(0, limit)
        const last = rows.at(-1)
        linkNext(surface, reply, list, limit, found.length > limit && last !== undefined ? [last.row] : null)
        return tellRows(request, reply, rows)
      }
    )
  }

const pushRoute =
  (surface: Surface): FastifyPluginAsyncZod =>
  async app => {
    const amongImports = atMost(importsAtOnceMax, 'imports-at-once')
    const amongSheets = atMost(1, 'spreadsheets-at-once')
    app.removeAllContentTypeParsers()
    app.addContentTypeParser(Object.keys(formats), async (_request: unknown, body: IncomingMessage) => body)
    app.addContentTypeParser('*', async () => {
      throw noFormat()
    })
    app.post(
      '/v1/imports',
      {
        onRequest: authenticate(surface, ['set.push']),
        // A stream is checked row by row, where it is read.
        validatorCompiler: () => data => ({ value: data }),
        schema: {
          operationId: 'importFile',
          tags: ['Imports'],
          summary: 'Send a file of registrations or events',
          description:
            'CSV with a header line (the columns of a registration: worker, campaign, agency, registeredAt, familyName, givenNames, birthDate, sex, nationality, card, passport, ' +
            'passportIssued, passportExpires and the optional ones), or NDJSON: these columns as an object a line, or {"type","person","effectiveAt","payload"} for any event ' +
            `("offer" instead of "person" for an offer’s). UTF-8, at most 256 MiB, ${importRowsMax} rows and 64 KiB a row; the sender may pause for 15 s, and take as long as it needs. ` +
            'Or a spreadsheet (XLSX, at most 32 MiB): the list alone on one sheet, the columns named in row 1, text as text and days as dates; a cell that is a formula, an error, ' +
            'or a number where text belongs has its row refused, and hidden or merged cells the file. It is read as a whole before its first row is taken. ' +
            'Every row is known by what it is about (campaign, agency and passport; acta and passport), not by its ' +
            'place: sent again it is repeated and changes nothing, with other content it is refused, unless it was refused before. The answer comes when all rows are settled; ' +
            'a problem with a Location means that the rows before it were taken. No Idempotency-Key is needed.',
          security: [{ oauth: ['set.push'] }],
          consumes: Object.keys(formats),
          body: z.string().describe('The file'),
          response: {
            202: Import,
            ...problemResponses(400, 401, 403, 408, 413, 415, 429, 503)
          }
        }
      },
      async (request, reply) => {
        const { id: clientId } = clientOf(request)
        const format = formatOf(request.headers['content-type'])
        if (format === null) throw noFormat()
        if (Number(request.headers['content-length'] ?? 0) > bytesMax[format]) throw tooLong(bytesMax[format])
        const take = async () => {
          const { closing } = surface
          const chunks = upload(request.body as unknown as IncomingMessage, { bytesMax: bytesMax[format], idleMs, closing })
          return surface.services.importRows(clientId, format, chunks, closing)
        }
        // A spreadsheet is held in memory while it arrives.
        const { imported, stopped } = await amongImports(clientId, () => (format === 'xlsx' ? amongSheets(clientId, take) : take()))
        const location = `${surface.issuer}/v1/imports/${imported.id}`
        if (stopped !== null) throw stoppedAt(stopped, location)
        return reply
          .code(202)
          .header('location', location)
          .send(told(request, reply, imported))
      }
    )
  }

type Format = (typeof formats)[keyof typeof formats]

/** Runs what a client asks for unless `max` of its kind are under way for it. */
const atMost = (max: number, policy: string) => {
  const running = new Map<string, number>()
  return async <Result>(clientId: string, run: () => Promise<Result>): Promise<Result> => {
    const others = running.get(clientId) ?? 0
    if (others >= max) throw new TooManyRequests(policy, 10)
    running.set(clientId, others + 1)
    try {
      return await run()
    } finally {
      const left = (running.get(clientId) ?? 1) - 1
      if (left > 0) running.set(clientId, left)
      else running.delete(clientId)
    }
  }
}

/** Null: another type, or none, which comes here where nothing comes with it. */
const formatOf = (contentType = ''): Format | null => {
  const type = contentType.split(';')[0]?.trim().toLowerCase() ?? ''
  return Object.hasOwn(formats, type) ? formats[type as keyof typeof formats] : null
}

const noFormat = () => new HttpRefusal('unsupported-media-type', says('file-formats', { types: Object.keys(formats).join(', ') }))

/** What stopped an import, with the address of what was taken before. A fault of ours stays one. */
const stoppedAt = (error: unknown, location: string): unknown => {
  const refusal = toRefusal(error)
  if (refusal === null || refusal.slug === 'quota-exceeded') return error
  const { slug, detail, ...more } = refusal
  const words = typeof detail === 'string' ? `${detail} (what was taken before is at Location)` : says('file-taken-before', { detail })
  return new HttpRefusal(slug, words, { ...more, headers: { ...more.headers, location } })
}

const findOrRefuse = async ({ services }: Surface, clientId: string, id: string): Promise<ImportRow> => {
  const found = await services.findImport(clientId, id)
  if (found === null) throw new HttpRefusal('not-found', says('file-unknown'))
  return found
}

/** An import as its sender reads it, in the language that it likes best. */
const told = (request: FastifyRequest, reply: FastifyReply, { createdAt, finishedAt, problem, problemSaid, ...row }: ImportRow) => ({
  ...row,
  problem: tellAll(request, reply, [keptWords(problemSaid, problem, 'file-reason-gone')])[0] ?? null,
  createdAt: createdAt.toISOString(),
  finishedAt: finishedAt === null ? null : finishedAt.toISOString()
})

const tellRows = (request: FastifyRequest, reply: FastifyReply, rows: readonly KeptOutcome[]) => {
  const reasons = tellAll(
    request,
    reply,
    rows.map(({ said, reason }) => keptWords(said, reason, 'row-reason-gone'))
  )
  return { rows: rows.map(({ said: _said, ...row }, place) => ({ ...row, reason: reasons[place] ?? null })) }
}

/** What was kept as said; what was written before that, in English; or that a later catalog has lost it. */
const keptWords = (said: unknown, english: string | null, otherwise: 'row-reason-gone' | 'file-reason-gone'): Words | null =>
  said === null ? english : (readWords(said) ?? saysOfFiles(otherwise))

/** All in one language, which the answer names. */
const tellAll = (request: FastifyRequest, reply: FastifyReply, kept: readonly (Words | null)[]): (string | null)[] => {
  const words = kept.filter(one => one !== null)
  const language = languageOf(words, request.headers['accept-language'])
  reply.headers({ 'content-language': language, vary: 'Accept-Language' })
  return kept.map(one => (one === null ? null : inLanguage(one, language)))
}
