// What the tests of threats share: a party that signs what it likes, requests whose answers are told in short, and a trap that counts who calls.
import { createServer as createHttpServer } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { afterAll } from 'vitest'
import { loadSigningKey, type SigningKey } from '../../src/trust/keys.ts'
import type { TestClient } from '../support/gateway.ts'
import { messagesOf } from '../support/people.ts'
import { accessToken } from '../support/tokens.ts'
import { signWith } from '../trust/forgery.ts'

export interface Address {
  url: string
  /** What the gateway calls itself. */
  issuer: string
}

export const nowSeconds = (): number => Math.floor(Date.now() / 1000)

let serial = 0
/** An id that no other call of this run gives. */
export const fresh = (what: string): string => `${what}-${process.pid}-${serial++}`

export interface Party extends TestClient {
  signer: SigningKey
  token: string
  /** The claims of a SET that registers the n-th sample worker; a member of `changes` that is undefined is left out. */
  claims(changes?: Record<string, unknown>, n?: number): Record<string, unknown>
  set(changes?: Record<string, unknown>, header?: Record<string, unknown>): Promise<string>
  assertion(changes?: Record<string, unknown>, header?: Record<string, unknown>): Promise<string>
}

/** A registered client with a token of its own, able to sign anything. */
export const party = async (gateway: Address, client: TestClient): Promise<Party> => {
  const signer = await loadSigningKey(JSON.stringify(client.key))
  const { id } = client
  const { issuer } = gateway
  const claims: Party['claims'] = (changes = {}, n = 0) => {
    const told = messagesOf(n).find(message => message.type === 'candidate.registered')
    return {
      iss: id,
      aud: issuer,
      jti: fresh('jti'),
      iat: nowSeconds(),
      sub_id: { format: 'opaque', id: told?.about },
      events: { [`${issuer}/ns/event/v1/candidate.registered`]: told?.payload },
      ...changes
    }
  }
  const assertionClaims = (changes: Record<string, unknown>) => ({
    iss: id,
    sub: id,
    aud: issuer,
    jti: fresh('assertion'),
    iat: nowSeconds(),
    exp: nowSeconds() + 60,
    ...changes
  })
  return {
    ...client,
    signer,
    token: await accessToken(gateway, client),
    claims,
    set: (changes, header = {}) => signWith(signer, { typ: 'secevent+jwt', kid: signer.kid, ...header }, claims(changes)),
    assertion: (changes = {}, header = {}) => signWith(signer, { kid: signer.kid, ...header }, assertionClaims(changes))
  }
}

/** Status and the code in the surface's own dialect: `400 invalid_key`, `401 invalid-token`, `202`. */
export const told = async (answer: Response | Promise<Response>): Promise<string> => {
  const response = await answer
  const text = await response.text()
  const body = text.startsWith('{') ? (JSON.parse(text) as { err?: string; error?: string; type?: string }) : {}
  const code = body.err ?? body.error ?? body.type?.split('/').at(-1) ?? ''
  return `${response.status} ${code}`.trim()
}

export const pushSet = ({ url }: Pick<Address, 'url'>, bearer: string, set: string): Promise<Response> =>
  fetch(`${url}/v1/sets`, {
    method: 'POST',
    headers: { authorization: `Bearer ${bearer}`, 'content-type': 'application/secevent+jwt' },
    body: set
  })

export const askToken = ({ url }: Pick<Address, 'url'>, assertion: string, more: Record<string, string> = {}): Promise<Response> =>
  fetch(`${url}/oauth/token`, {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'client_credentials',
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      client_assertion: assertion,
      ...more
    })
  })

/** A request that any valid bearer with set.push gets 404 for. */
export const useBearer = ({ url }: Pick<Address, 'url'>, bearer: string): Promise<Response> =>
  fetch(`${url}/v1/sets/nobody`, { headers: { authorization: `Bearer ${bearer}` } })

/** A listener on loopback that nobody has a reason to call. */
export const trap = async (): Promise<{ url: string; hits(): number }> => {
  let hits = 0
  const server = createHttpServer((_request, response) => response.end('{"keys":[]}'))
  server.on('connection', () => hits++)
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  afterAll(() => new Promise(resolve => server.close(resolve)))
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, hits: () => hits }
}

/** Writes `pieces` to a bare socket, one each `everyMs`; gives all that came back, and when it was closed (null: not within `patienceMs`). */
export const talk = (
  url: string,
  pieces: readonly (string | Uint8Array)[],
  { everyMs = 0, patienceMs = 10_000 } = {}
): Promise<{ answer: string; closedAfterMs: number | null }> =>
  new Promise(resolve => {
    const startedAt = performance.now()
    let answer = ''
    const socket = connect(Number(new URL(url).port), '127.0.0.1')
    const timers = pieces.map((piece, place) => setTimeout(() => socket.writable && socket.write(piece), place * everyMs))
    const end = (closedAfterMs: number | null) => {
      for (const timer of [...timers, patience]) clearTimeout(timer)
      socket.destroy()
      resolve({ answer, closedAfterMs })
    }
    const patience = setTimeout(() => end(null), patienceMs)
    socket.on('data', data => (answer += data.toString()))
    socket.on('error', () => {})
    socket.on('close', () => end(performance.now() - startedAt))
  })

/** The shortest of `times` runs, so that a busy machine does not count as slowness of ours. */
export const quickestMs = async (times: number, work: () => Promise<unknown>): Promise<number> => {
  let quickest = Number.POSITIVE_INFINITY
  for (let run = 0; run < times; run++) {
    const startedAt = performance.now()
    await work()
    quickest = Math.min(quickest, performance.now() - startedAt)
  }
  return quickest
}
