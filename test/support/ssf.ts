// Receivers that manage streams of their own, and one that is pushed to: what the tests of streams share.
import { beforeAll, beforeEach } from 'vitest'
import { sql } from '../../src/store/database.ts'
import { testGateway } from './gateway.ts'
import { registration } from './people.ts'
import { startReceiver } from './receiver.ts'
import { type RestClient, restClient } from './rest.ts'

export interface Config {
  stream_id: string
  delivery: { method: string; endpoint_url: string }
  events_supported: string[]
  events_requested?: string[]
  events_delivered: string[]
  [member: string]: unknown
}

/** A gateway, three receivers and an endpoint; before each test the streams that they made are gone. */
export const ssfScene = async (options: Parameters<typeof testGateway>[0] = {}) => {
  const t = await testGateway(options)
  const { owner } = t.database
  const receiver = await startReceiver()
  const uri = (type: string) => `${t.url}/ns/event/v1/${type}`
  const push = (more: object = {}) => ({ delivery: { method: 'urn:ietf:rfc:8935', endpoint_url: receiver.url, ...more } })
  const poll = { delivery: { method: 'urn:ietf:rfc:8936', endpoint_url: '' } }

  const clients = {} as Record<'spain' | 'other' | 'kenitra', RestClient>
  beforeAll(async () => {
    const scopes = ['ssf.manage', 'ssf.read']
    clients.spain = await restClient(t, 'spain', scopes, { role: 'authority' })
    clients.other = await restClient(t, 'other', scopes, { role: 'authority' })
    clients.kenitra = await restClient(t, 'kenitra', scopes, { role: 'origin-agency', agency: 'ANP-KEN-01' })
  })

  const ssf = (client: RestClient, method: string, path: string, body?: unknown, headers: Record<string, string> = {}) =>
    fetch(`${t.url}/ssf/${path}`, {
      method,
      headers: {
        authorization: `Bearer ${client.token}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) })
    })

  const create = async (client: RestClient, body: unknown): Promise<Config> => {
    const response = await ssf(client, 'POST', 'streams', body)
    if (response.status !== 201) throw new Error(`${response.status} ${await response.text()}`)
    return (await response.json()) as Config
  }

  const read = async (client: RestClient, id: string): Promise<Config> =>
    (await (await ssf(client, 'GET', `streams?stream_id=${id}`)).json()) as Config

  const pollStream = async (client: RestClient, stream: Config, body: object = {}) => {
    const response = await client.post(stream.delivery.endpoint_url.slice(t.url.length), { returnImmediately: true, ...body })
    return { status: response.status, sets: ((await response.json()) as { sets?: Record<string, string> }).sets ?? {} }
  }

  let people = 0
  /** Somebody of an agency is registered. */
  const somebody = (agency = 'ANP-KEN-01') => {
    people += 1
    const payload = structuredClone(registration(people)) as { registration: { agency: string } }
    payload.registration.agency = agency
    return t.submit({ person: `w-${people}`, type: 'candidate.registered', at: '2026-01-10T09:00:00Z', payload: payload as never })
  }

  /** Time passes for what waits to be tried again. */
  const hurry = (id: string) => owner.query(sql`update delivery set not_before = now() where partner_id = ${id} and state = 'due'`)
  const deliveriesOf = (id: string) =>
    owner.query<{ type: string; state: string; attempts: number; code: string | null; waitSeconds: number }>(sql`
      select type, state, attempts, outcome_code as code, extract(epoch from not_before - now())::float as "waitSeconds" from delivery where partner_id = ${id} order by position`)
  const only = async (id: string) => (await deliveriesOf(id))[0]

  beforeEach(async () => {
    receiver.answer({ status: 202 })
    receiver.pushed.length = 0
    for (const client of Object.values(clients))
      for (const { stream_id } of (await (await ssf(client, 'GET', 'streams')).json()) as Config[])
        if (stream_id.startsWith('s-')) await ssf(client, 'DELETE', `streams?stream_id=${stream_id}`)
  })
  /** The last of them, as the agency knows her. */
  const lastPerson = () => `w-${people}`
  return { t, receiver, uri, push, poll, clients, ssf, create, read, pollStream, somebody, lastPerson, hurry, deliveriesOf, only }
}
