// An in-memory double of the services, and the app on a real port: for what the routes do themselves.

import { CompactSign } from 'jose'
import type { Message } from '../../adapters/contract.ts'
import { type AppOptions, createApp } from '../../src/http/app.ts'
import type { RestServices } from '../../src/http/rest-services.ts'
import type { Client, IngestAnswer, IngestSet, LogServices, Services, StreamSettlement } from '../../src/http/services.ts'
import { freePort } from '../../src/store/embedded/port.ts'
import { generateSigningKey, type SigningKey } from '../../src/trust/keys.ts'

export interface House {
  issuer: string
  clients: Map<string, Client>
  keys: Map<string, SigningKey>
  tokenKey: SigningKey
  ingested: IngestSet[]
  /** Client and jti of SETs whose claims were refused. */
  refusedSets: [string, string][]
  ingest: (input: IngestSet) => Promise<IngestAnswer>
  stream: {
    owner: string
    status: 'enabled' | 'paused'
    owed: { jti: string; token: string }[]
    settled: StreamSettlement[]
    handedOut: number
    waiting: number
  }
  messages: Message[]
  ready: Awaited<ReturnType<Services['ready']>>
  lines: { name: string; fields: Record<string, unknown> }[]
  clockMs: number
  /** Something new for whoever waits. */
  wake(): void
  close(): Promise<void>
}

export type Started = House & { services: Services }

export async function startApp(options: Partial<AppOptions> = {}): Promise<Started> {
  const port = await freePort()
  const issuer = `http://127.0.0.1:${port}`
  const { key: tokenKey } = await generateSigningKey()
  const wakers = new Set<() => void>()
  const assertions = new Set<string>()
  const house: House = {
    issuer,
    clients: new Map(),
    keys: new Map(),
    tokenKey,
    ingested: [],
    refusedSets: [],
    ingest: async () => ({ status: 'accepted', eventId: 'e' }),
    stream: { owner: 'spain', status: 'enabled', owed: [], settled: [], handedOut: 0, waiting: 0 },
    messages: [],
    ready: { ready: true },
    lines: [],
    clockMs: 0,
    wake: () => {
      for (const wake of wakers) wake()
    },
    close: () => app.close()
  }
  const services: Services = {
    ...noRest,
    now: () => new Date(Date.now() + house.clockMs),
    findClient: async id => house.clients.get(id) ?? null,
    async rememberAssertion(hash) {
      const known = assertions.has(hash.toString('hex'))
      assertions.add(hash.toString('hex'))
      return !known
    },
    findInvited: async () => null,
    registerInvited: async () => null,
    tokenKey: () => house.tokenKey,
    tokenKeys: () => [house.tokenKey],
    publishedKeys: () => [house.tokenKey],
    async ingestSet(input) {
      house.ingested.push(input)
      return house.ingest(input)
    },
    async noteRefusedSet(clientId, { jti }) {
      house.refusedSets.push([clientId, jti])
    },
    setStatus: async (clientId, jti) =>
      clientId === 'anapec' && jti === 'set/1 é'
        ? {
            status: 'settled',
            eventId: 'e',
            eventType: 'candidate.selected',
            receivedAt: '2026-11-23T10:00:00.000Z',
            tokenHash: null,
            deliveries: [{ partner: 'gecco', state: 'accepted', updatedAt: '2026-11-23T10:00:01.000Z' }]
          }
        : null,
    async receiveMessage(partner, message, authentic) {
      if (partner === 'gecco') authentic()
      house.messages.push(message)
      return partner === 'gecco' ? 'stored' : partner === 'impostor' ? 'not authentic' : null
    },
    answerInquiry: async () => null,
    refuseInquiry: async () => null,
    findStream: async (clientId, streamId) =>
      clientId === house.stream.owner && streamId === 'S1' ? { id: 'S1', status: house.stream.status } : null,
    async settleStream(_streamId, settled) {
      house.stream.settled.push(settled)
    },
    async takeSets(_streamId, { max }) {
      house.stream.handedOut++
      if (house.stream.status === 'paused') return { sets: [], more: false }
      const sets = house.stream.owed.slice(0, max)
      return { sets, more: house.stream.owed.length > max }
    },
    waitForSets(_streamId, timeoutMs, signal) {
      house.stream.waiting++
      return new Promise<void>(resolve => {
        const done = () => {
          clearTimeout(timer)
          wakers.delete(done)
          signal.removeEventListener('abort', done)
          house.stream.waiting--
          resolve()
        }
        const timer = setTimeout(done, timeoutMs)
        wakers.add(done)
        signal.addEventListener('abort', done)
        if (signal.aborted) done()
      })
    },
    ...noStreams,
    ready: async () => house.ready
  }
  const app = await createApp(services, {
    issuer,
    version: '0.0.0',
    log: (name, fields) => house.lines.push({ name, fields: { ...fields } }),
    ...options
  })
  await app.listen({ port, host: '127.0.0.1' })
  return Object.assign(house, { services })
}

/** What stands on the store is tried against a real one (rest and log tests): nothing here answers for it. */
const noRest = Object.fromEntries(
  (
    [
      ...([
        'ingestEvent',
        'importRows',
        'findImport',
        'importOutcomes',
        'readRecords',
        'readRecord',
        'cursors',
        'beginOnce',
        'endOnce',
        'listSets'
      ] as const),
      ...(['checkpoint', 'logKeys', 'inclusionProof', 'consistencyProof', 'setReceipt'] as const)
    ] as const
  ).map(name => [
    name,
    () => {
      throw new Error(`the double has no ${name}`)
    }
  ])
) as unknown as RestServices & LogServices & Pick<Services, 'listSets'>

const managing = ['createStream', 'listStreams', 'readStream', 'changeStream', 'deleteStream', 'setStreamStatus', 'verifyStream'] as const
const noStreams = Object.fromEntries(
  managing.map(name => [
    name,
    () => {
      throw new Error(`the double has no ${name}`)
    }
  ])
) as unknown as Pick<Services, (typeof managing)[number]>

/** Adds a client with a fresh ES256 key. */
export async function addClient(house: House, id: string, scopes: string[], changes: Partial<Client> = {}): Promise<Client> {
  const { key } = await generateSigningKey()
  const client: Client = {
    id,
    issuer: null,
    status: 'active',
    scopes,
    keys: [key],
    certificates: [],
    legacyAudience: false,
    tokenBudgetPerMinute: 1_000,
    setBudgetPerMinute: 1_000,
    ...changes
  }
  house.clients.set(id, client)
  house.keys.set(id, key)
  return client
}

export const sign = (key: SigningKey, header: Record<string, unknown>, claims: unknown): Promise<string> =>
  new CompactSign(Buffer.from(JSON.stringify(claims)))
    .setProtectedHeader({ alg: key.alg, ...header } as { alg: string })
    .sign(key.privateKey)

let counter = 0

export function assertionOf(house: House, id: string, changes: Record<string, unknown> = {}): Promise<string> {
  const nowSeconds = Math.floor((Date.now() + house.clockMs) / 1000)
  const claims = { iss: id, sub: id, aud: house.issuer, jti: `a${counter++}`, iat: nowSeconds, exp: nowSeconds + 60, ...changes }
  return sign(house.keys.get(id) as SigningKey, {}, claims)
}

export const assertionType = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'

export const requestToken = (
  house: House,
  form: Record<string, string> | string,
  headers: Record<string, string> = {}
): Promise<Response> =>
  fetch(`${house.issuer}/oauth/token`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
    body: typeof form === 'string' ? form : new URLSearchParams(form).toString()
  })

export const grantForm = (assertion: string, more: Record<string, string> = {}) => ({
  grant_type: 'client_credentials',
  client_assertion_type: assertionType,
  client_assertion: assertion,
  ...more
})

export async function tokenOf(house: House, id: string): Promise<string> {
  const response = await requestToken(house, grantForm(await assertionOf(house, id)))
  const body = (await response.json()) as { access_token?: string }
  if (body.access_token === undefined) throw new Error(`no token: ${JSON.stringify(body)}`)
  return body.access_token
}

export function setOf(house: House, id: string, changes: Record<string, unknown> = {}): Promise<string> {
  const key = house.keys.get(id) as SigningKey
  const nowSeconds = Math.floor((Date.now() + house.clockMs) / 1000)
  return sign(
    key,
    { typ: 'secevent+jwt', kid: key.kid },
    {
      iss: id,
      aud: house.issuer,
      jti: `s${counter++}`,
      iat: nowSeconds,
      sub_id: { format: 'opaque', id: 'w-1' },
      events: { [`${house.issuer}/ns/event/v1/candidate.selected`]: { version: 1 } },
      ...changes
    }
  )
}

/** Waits until it holds, for at most two seconds. */
export async function until(holds: () => boolean): Promise<void> {
  const deadline = Date.now() + 2_000
  while (!holds()) {
    if (Date.now() > deadline) throw new Error('waited two seconds in vain')
    await new Promise(resolve => setTimeout(resolve, 5))
  }
}
