// A double of a reference partner: checks our signature, remembers every parcel, answers row by row, pushes messages when told.
import { generateKeyPairSync } from 'node:crypto'
import { ulid } from 'ulid'
import { z } from 'zod'
import type { JournalEntry, Sandbox, SandboxOptions } from '../contract.ts'
import { json, type SandboxAnswer, type SandboxRequest, serveSandbox } from '../lib/sandbox.ts'
import type { Books } from '../lib/sandbox-books.ts'
import { type Jwk, signCompact } from '../lib/sandbox-keys.ts'
import { type Outbox, openOutbox, type Post } from '../lib/sandbox-outbox.ts'
import { runSandbox } from '../lib/sandbox-process.ts'
import { requestClaims, signedAnswer } from '../lib/sandbox-signed-json.ts'
import { type FactParcel, type ParcelAnswer, pushTyp } from './wire.ts'

const sandboxSettings = z.object({
  /** The partner's id at the gateway: names the journal's entries and the URL of pushes. */
  partner: z.string().default('reference'),
  /** The partner's private key (JWK, P-256); its public half is what the gateway knows. */
  key: z.custom<Jwk>(),
  /** The gateway's public keys for this partner. */
  gatewayKeys: z.array(z.custom<Jwk>()).min(1)
})

/** Also: POST /__sandbox/push with {"rows":[{key, fact, about, at, patch}]} sends a signed message to the gateway (durably, in order). */
export const startSandbox = (options: SandboxOptions): Promise<Sandbox> => {
  const settings = sandboxSettings.parse(options.settings)
  const stranger = {
    ...generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ format: 'jwk' }),
    kid: settings.key.kid
  } as Jwk
  return serveSandbox(options, (books, behaviour) => {
    const outbox = openOutbox(books, options.gateway && `${options.gateway}/v1/inbound/${settings.partner}`)
    return {
      serve: request => {
        const key = request.behaviour.mode === 'bad-signature' ? stranger : settings.key
        return serve(request, books, settings.partner, settings.gatewayKeys, (status, content) =>
          signedAnswer(request, key, status, content)
        )
      },
      control: request => push(request, outbox, behaviour().mode === 'bad-signature' ? stranger : settings.key),
      close: outbox.close
    }
  })
}

type Reply = (status: number, content: unknown) => SandboxAnswer

const serve = async (
  request: SandboxRequest,
  books: Books,
  partner: string,
  gatewayKeys: readonly Jwk[],
  reply: Reply
): Promise<SandboxAnswer> => {
  if (requestClaims(request, gatewayKeys) === null)
    return reply(401, { code: 'signature', reason: 'the request is not signed by a key we know' })
  if (request.method === 'POST' && request.path.endsWith('/parcels')) return take(request, books, partner, reply)
  if (request.method === 'GET' && request.path.endsWith('/messages')) return reply(200, messagesAfter(books, request.query.get('after')))
  const asked = /\/parcels\/([0-9A-Z]{26})$/.exec(request.path)?.[1]
  const kept = asked === undefined ? undefined : await books.find<ParcelAnswer>(asked)
  return kept ? reply(200, kept) : reply(404, { code: 'unknown-parcel', reason: 'we never got this parcel' })
}

/** What waits in the outbox behind the cursor, a hundred at a time; the cursor counts messages. */
const messagesAfter = (books: Books, after: string | null) => {
  const posts = books.acts().flatMap(({ kept }) => (kept as { posts?: Post[] } | undefined)?.posts ?? [])
  const from = Number(after ?? 0)
  const messages = posts.slice(from, from + 100).map(({ id, body }) => ({ id, body }))
  return { messages, cursor: String(from + messages.length) }
}

const take = async (request: SandboxRequest, books: Books, partner: string, reply: Reply): Promise<SandboxAnswer> => {
  if (request.behaviour.mode === 'refuse-parcel') return reply(422, { code: request.behaviour.code, reason: 'refused as a whole' })
  const { parcel, rows } = JSON.parse(request.body) as FactParcel
  const at = new Date().toISOString()
  const { kept, repeated } = await books.once<ParcelAnswer>(parcel, () => {
    const answers = rows.map(({ delivery }): ParcelAnswer['rows'][number] => {
      const code = request.refuseRow()
      return code === null
        ? { delivery, status: 'accepted', receipt: `R-${ulid()}` }
        : { delivery, status: 'refused', code, reason: 'refused by the sandbox' }
    })
    const entries = rows.map(
      ({ delivery, person, version, fact }, index): JournalEntry => ({
        at,
        partner,
        parcel,
        delivery,
        subId: person,
        effect: answers[index]?.status === 'accepted' ? 'stored' : 'refused',
        version,
        detail: { fact }
      })
    )
    return { entries, kept: { parcel, rows: answers } }
  })
  if (repeated) await books.add({ entries: [{ at, partner, parcel, delivery: '', subId: '', effect: 'repeated' }] })
  return reply(200, kept)
}

const push = async (request: SandboxRequest, outbox: Outbox, key: Jwk): Promise<SandboxAnswer | null> => {
  if (`${request.method} ${request.path}` !== 'POST /__sandbox/push') return null
  const { rows } = JSON.parse(request.body) as { rows: unknown[] }
  const message = ulid()
  const body = signCompact(key, pushTyp, { message, rows, iat: Math.floor(Date.now() / 1000) })
  await outbox.post({ entries: [] }, [{ id: message, contentType: 'application/jose', body }])
  return json(202, { message })
}

if (import.meta.main) await runSandbox(startSandbox)
