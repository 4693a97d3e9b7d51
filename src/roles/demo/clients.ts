// The demo's clients, in a process of their own: two agencies that push a campaign and answer its grants, and an inspectorate that pulls.
// They know the gateway by HTTP alone: token (RFC 6749, 7523), push (RFC 8935), poll (RFC 8936), a file of registrations.
import { appendFile, mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { Agent, request } from 'undici'
import { generateCampaign } from '../../../samples/campaign.ts'
import type { CampaignMessage, Worker } from '../../../samples/worker.ts'
import { loadSigningKey, type SigningKey } from '../../trust/keys.ts'
import { signSet } from '../../trust/set.ts'
import { signToken } from '../../trust/signature.ts'
import { sendRegistrations } from './registrations.ts'
import { openTakenBook, type TakenBook } from './taken.ts'

export interface ClientsOptions {
  gateway: string
  directory: string
  campaign: { workers: number; seed: number; newShare: number; campaignStart: string }
  /** `iat` of every SET, ISO 8601: one that is sent again, also after a crash, is the same to the letter. */
  signedAt: string
  /** Private JWKs by client id. */
  keys: Record<string, string>
}

interface Caller {
  id: string
  key: SigningKey
  /** What the gateway answered 202 to, for whoever reckons up. */
  taken: TakenBook
  token(): Promise<string>
}

const pushesAtOnce = 96
const pollMax = 200
const retryMs = 250

const main = async () => {
  const options = JSON.parse(await readFile(process.argv[2] as string, 'utf8')) as ClientsOptions
  await mkdir(options.directory, { recursive: true })
  const taken = await openTakenBook(options.directory)
  const agent = new Agent({ connections: pushesAtOnce, pipelining: 1, keepAliveTimeout: 2_000, keepAliveMaxTimeout: 2_000 })
  const stopping = new AbortController()
  const callers = new Map(
    await Promise.all(
      Object.entries(options.keys).map(
        async ([id, jwk]) => [id, callerOf(options, agent, id, await loadSigningKey(jwk), taken, stopping.signal)] as const
      )
    )
  )
  say({ ready: true })
  // What was not answered yet is pushed again by the next process: the mark and the gateway's memory make that harmless.
  for (const end of ['SIGTERM', 'disconnect'] as const) process.once(end, () => stopping.abort())
  await Promise.all([
    pushCampaign(options, agent, callers, stopping.signal),
    ...[...callers.values()].map(caller =>
      caller.id.startsWith('anp-')
        ? answerGrants(options, agent, caller, stopping.signal)
        : keepGrants(options, agent, caller, stopping.signal)
    )
  ]).catch(error => {
    if (!stopping.signal.aborted) throw error
  })
  await taken.written()
  await agent.destroy()
  if (process.connected) process.disconnect()
}

/** One line of JSON to the demo. */
const say = (line: Record<string, unknown>) => process.stdout.write(`${JSON.stringify(line)}\n`)

/** Gets a token when the last one is about to end; everyone who waits meanwhile gets the same. */
const callerOf = (options: ClientsOptions, agent: Agent, id: string, key: SigningKey, taken: TakenBook, signal: AbortSignal): Caller => {
  let current: { token: string; until: number } | undefined
  let asking: Promise<string> | undefined
  const ask = async (): Promise<string> => {
    const seconds = Math.floor(Date.now() / 1000)
    const assertion = await signToken(key, 'client-authentication+jwt', {
      iss: id,
      sub: id,
      aud: options.gateway,
      jti: crypto.randomUUID(),
      iat: seconds,
      exp: seconds + 60
    })
    const form = new URLSearchParams({
      grant_type: 'client_credentials',
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      client_assertion: assertion
    })
    const answer = await call(
      agent,
      `${options.gateway}/oauth/token`,
      { 'content-type': 'application/x-www-form-urlencoded' },
      form.toString(),
      signal
    )
    if (answer.status !== 200) throw new Error(`no token for ${id}: ${answer.status} ${answer.body.slice(0, 300)}`)
    const { access_token: token, expires_in: life } = JSON.parse(answer.body) as { access_token: string; expires_in: number }
    current = { token, until: Date.now() + (life - 30) * 1000 }
    return token
  }
  return {
    id,
    key,
    taken,
    token: async () => {
      if (current !== undefined && current.until > Date.now()) return current.token
      asking ??= ask().finally(() => {
        asking = undefined
      })
      return asking
    }
  }
}

const call = async (
  agent: Agent,
  url: string,
  headers: Record<string, string>,
  body: string,
  signal?: AbortSignal
): Promise<{ status: number; body: string }> => {
  const timeouts = { headersTimeout: 60_000, bodyTimeout: 60_000 }
  const answer = await request(url, { dispatcher: agent, method: 'POST', headers, body, ...timeouts, ...(signal && { signal }) })
  return { status: answer.statusCode, body: await answer.body.text() }
}

/**
 * Pushes one message until the gateway has answered it for good: 202, or a 4xx that says why not. What the gateway refuses is kept in a
 * file for the agency's people.
 */
const push = async (
  options: ClientsOptions,
  agent: Agent,
  caller: Caller,
  message: CampaignMessage,
  signal: AbortSignal
): Promise<'taken' | 'refused'> => {
  const token = await signSet(
    caller.key,
    caller.id,
    {
      jti: message.key,
      audience: options.gateway,
      subId: { format: 'opaque', id: message.about },
      toe: Math.floor(Date.parse(message.effectiveAt) / 1000),
      eventUri: `${options.gateway}/ns/event/v1/${message.type}`,
      payload: message.payload
    },
    new Date(options.signedAt)
  )
  for (;;) {
    signal.throwIfAborted()
    try {
      const headers = {
        authorization: `Bearer ${await caller.token()}`,
        'content-type': 'application/secevent+jwt',
        accept: 'application/json'
      }
      const answer = await call(agent, `${options.gateway}/v1/sets`, headers, token, signal)
      if (answer.status === 202) {
        caller.taken.note({ client: caller.id, key: message.key })
        return 'taken'
      }
      if (answer.status >= 400 && answer.status < 500 && answer.status !== 401 && answer.status !== 429) {
        await appendFile(
          join(options.directory, 'refused.ndjson'),
          `${JSON.stringify({ key: message.key, type: message.type, answer: answer.body })}\n`
        )
        return 'refused'
      }
    } catch (error) {
      if (signal.aborted) throw error
      // The gateway is away: the message is still ours, and it is sent again until it is taken.
    }
    await pause(retryMs, undefined, { signal })
  }
}

const callerNamed = (callers: ReadonlyMap<string, Caller>, id: string): Caller => {
  const caller = callers.get(id)
  if (caller === undefined) throw new Error(`the campaign has messages of ${id}, which is no client of this demo`)
  return caller
}

/** Phase A: everything the agencies know before the first answer. What was answered before a crash is not pushed again. */
const pushCampaign = async (
  options: ClientsOptions,
  agent: Agent,
  callers: ReadonlyMap<string, Caller>,
  signal: AbortSignal
): Promise<void> => {
  const mark = join(options.directory, 'pushed')
  const from = Number(await readFile(mark, 'utf8').catch(() => '0'))
  const campaign = generateCampaign(options.campaign)
  const file = await sendRegistrations(
    campaign,
    async (client, csv) => {
      const headers = { authorization: `Bearer ${await callerNamed(callers, client).token()}`, 'content-type': 'text/csv' }
      return call(agent, `${options.gateway}/v1/imports`, headers, csv, signal)
    },
    signal
  )
  if (file !== null) say({ file: { ...file } })
  const byFile = file === null ? 0 : file.accepted + file.repeated
  let pushed = byFile
  let refused = 0
  let position = 0
  const running = new Map<number, Promise<void>>()
  // What is below the mark is in the book of what was taken, or in that of what was refused.
  const save = async () => {
    const upTo = Math.min(position, ...running.keys())
    await Promise.all([...callers.values()].map(caller => caller.taken.written()))
    await writeFile(mark, String(upTo))
  }
  let saved = Date.now()
  for (const message of phaseA(campaign)) {
    const own = position++
    if (own < from) {
      pushed += 1
      continue
    }
    const caller = callerNamed(callers, message.client.toLowerCase())
    running.set(
      own,
      push(options, agent, caller, message, signal).then(answer => {
        running.delete(own)
        pushed += 1
        if (answer === 'refused') refused += 1
      })
    )
    if (running.size >= pushesAtOnce) await Promise.race(running.values())
    if (Date.now() - saved > 250) {
      saved = Date.now()
      await save()
      say({ pushed, refused })
    }
  }
  await Promise.all(running.values())
  await save()
  say({ pushed, refused, pushedAll: true })
}

/** The offers, then what the agencies say of their workers. */
function* phaseA(campaign: ReturnType<typeof generateCampaign>): Iterable<CampaignMessage> {
  yield* campaign.offerMessages()
  yield* campaign.messages()
}

interface PolledSet {
  toe?: number
  events: Record<string, { person?: { identifiers?: { scheme: string; value: string }[] } }>
}

/** Phase B: a grant that came back is answered with what the consulate needs; only then is it acknowledged. */
const answerGrants = async (options: ClientsOptions, agent: Agent, caller: Caller, signal: AbortSignal): Promise<void> => {
  const workers = new Map<string, Worker>()
  for (const worker of generateCampaign(options.campaign).workers()) {
    if (worker.agency.code.toLowerCase() === caller.id) for (const value of ownNumbers(worker)) workers.set(value, worker)
  }
  let answered = 0
  await poll(options, agent, caller, `${caller.id}-grants`, signal, async sets => {
    await Promise.all(
      sets.map(async set => {
        const [uri, event] = Object.entries(set.events)[0] ?? []
        if (!uri?.endsWith('/authorization.granted')) return
        const worker = event?.person?.identifiers?.map(i => workers.get(`${i.scheme} ${i.value}`)).find(w => w !== undefined)
        // `toe` counts whole seconds: the answer is dated after the grant, not into the same second before it.
        for (const message of worker?.phaseB(new Date(((set.toe ?? 0) + 1) * 1000)) ?? []) {
          await push(options, agent, caller, message, signal)
          answered += 1
        }
      })
    )
    await caller.taken.written()
    say({ client: caller.id, answered })
  })
}

/** By which numbers an agency knows its own: its job-seeker number, and only where that is missing the identity card. */
const ownNumbers = (worker: Worker): string[] => {
  const registered = worker.phaseA.find(message => message.type === 'candidate.registered' || message.type === 'callback.filed')
  const person = registered?.payload.person as { identifiers?: { scheme: string; value: string }[] } | undefined
  const identifiers = person?.identifiers ?? []
  const own = identifiers.filter(i => i.scheme === 'ANAPEC-DE')
  return (own.length > 0 ? own : identifiers.filter(i => i.scheme === 'MA-CNIE')).map(i => `${i.scheme} ${i.value}`)
}

/** The inspectorate files what it pulls. */
const keepGrants = (options: ClientsOptions, agent: Agent, caller: Caller, signal: AbortSignal): Promise<void> =>
  poll(options, agent, caller, 'inspeccion-grants', signal, async sets => {
    await appendFile(join(options.directory, 'inspeccion.ndjson'), sets.map(set => `${JSON.stringify(set)}\n`).join(''))
  })

/** Polls a stream; what `take` has dealt with is acknowledged with the next poll. */
const poll = async (
  options: ClientsOptions,
  agent: Agent,
  caller: Caller,
  stream: string,
  signal: AbortSignal,
  take: (sets: readonly PolledSet[]) => Promise<void>
): Promise<void> => {
  let ack: string[] = []
  while (!signal.aborted) {
    try {
      const headers = { authorization: `Bearer ${await caller.token()}`, 'content-type': 'application/json' }
      const answer = await call(
        agent,
        `${options.gateway}/v1/streams/${stream}/poll`,
        headers,
        JSON.stringify({ maxEvents: pollMax, ack }),
        signal
      )
      if (answer.status !== 200) throw new Error(`poll of ${stream}: ${answer.status}`)
      ack = []
      const { sets } = JSON.parse(answer.body) as { sets: Record<string, string> }
      const entries = Object.entries(sets)
      if (entries.length === 0) continue
      await take(
        entries.map(([, token]) => JSON.parse(Buffer.from(token.split('.')[1] as string, 'base64url').toString('utf8')) as PolledSet)
      )
      ack = entries.map(([jti]) => jti)
    } catch {
      if (signal.aborted) return
      await pause(retryMs, undefined, { signal }).catch(() => {})
    }
  }
}

await main()
