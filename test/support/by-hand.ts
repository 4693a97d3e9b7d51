// The worker's stations turned by hand, over a clock that only the test moves: a test decides what happens when.
import type { Adapter, Outbound } from '../../adapters/contract.ts'
import { reference } from '../../adapters/reference/index.ts'
import type { Clock } from '../../src/domain/clock.ts'
import { type NewPartner, registerPartner } from '../../src/flow/administer.ts'
import { collect } from '../../src/flow/collect.ts'
import { ask, deliver } from '../../src/flow/deliver.ts'
import type { Partner } from '../../src/flow/directory.ts'
import type { Gateway } from '../../src/flow/gateway.ts'
import { interpret } from '../../src/flow/interpret.ts'
import type { Job, JobQueues } from '../../src/flow/jobs.ts'
import { relayPartner } from '../../src/flow/relay.ts'
import { sql } from '../../src/store/database.ts'
import { sweep } from '../../src/store/deliveries.ts'
import type { TestHouse } from './house.ts'

export interface HandClock extends Clock {
  advance(ms: number): void
  /** Moves campaign time alone. */
  advanceCampaign(ms: number): void
}

/** An hour ahead of the machine's, so that rows which PostgreSQL dates itself are never in its future. */
export const handClock = (campaignStart = new Date('2026-01-12T08:00:00Z')): HandClock => {
  let wallMs = Date.now() + 3_600_000
  let campaignMs = campaignStart.getTime()
  return {
    wall: () => new Date(wallMs),
    campaign: () => new Date(campaignMs),
    advance: ms => {
      wallMs += ms
    },
    advanceCampaign: ms => {
      campaignMs += ms
    }
  }
}

/** A partner that does what the test says; everything but its transport is the reference adapter's. */
export const scripted = (name: string, outbound: Partial<Outbound>, without: readonly ('ask' | 'gather')[] = []): Adapter => {
  const made: Partial<Outbound> = {
    ...(reference.outbound as Outbound),
    gather: { by: event => event.delivery, max: 1, waitMs: 0 },
    ...outbound
  }
  for (const member of without) delete made[member]
  return { ...(reference as Adapter), name, outbound: made as Outbound }
}

export const scriptedPartner = (
  { house }: TestHouse,
  adapter: string,
  id: string,
  more: Partial<NewPartner> & Pick<NewPartner, 'subscriptions'>
) =>
  registerPartner(
    house,
    { reason: 'test', id, name: id, adapter, role: 'reference', settings: { endpoint: `http://${id}.invalid` }, ...more },
    'test'
  )

export interface Hand {
  jobs: Job[]
  queues: JobQueues
  relay(): Promise<number>
  /** Does the jobs that wait, all at once. */
  work(): Promise<void>
  /** Relays and works until nothing more goes out, 100 rounds at most; moves the clock on by as much as gathering takes. */
  run(): Promise<void>
  sweep(): Promise<{ redispatched: number; unknown: number }>
}

export const byHand = ({ house }: { house: Gateway }, clock: HandClock): Hand => {
  const jobs: Job[] = []
  const queues: JobQueues = { add: async (_name, added) => void jobs.push(...added.map(job => job.data)) }
  const { signal } = new AbortController()
  const partnerOf = (job: Job) => house.directory.partner(String(job.partner)) as Partner
  const doJob = async (job: Job) => {
    if (job.kind === 'send') await deliver(house, partnerOf(job), job.deliveries as readonly string[], signal)
    if (job.kind === 'ask') await ask(house, partnerOf(job), job.deliveries as readonly string[], signal)
    if (job.kind === 'collect') await collect(house, queues, String(job.ticket), signal)
    if (job.kind === 'interpret') await interpret(house, String(job.inbox))
  }
  const hand: Hand = {
    jobs,
    queues,
    async relay() {
      clock.advance(100)
      const before = jobs.length
      for (const partner of house.directory.partners()) await relayPartner(house, queues, partner)
      return jobs.length - before
    },
    async work() {
      await Promise.all(jobs.splice(0).map(doJob))
    },
    async run() {
      for (let round = 0; round < 100 && (await hand.relay()) + jobs.length > 0; round++) await hand.work()
    },
    sweep: () => sweep(house.database, clock.wall(), new Date(clock.wall().getTime() + 1_000))
  }
  return hand
}

export interface DeliveryView {
  id: string
  partner: string
  type: string
  state: string
  version: number
  attempts: number
  round: number
  code: string | null
  reason: string | null
  parcel: string | null
  week: string | null
}

/** All deliveries in lane order. */
export const deliveries = ({ house }: { house: Gateway }, partner?: string): Promise<DeliveryView[]> =>
  house.database.query<DeliveryView>(sql`
    select id, partner_id as partner, type, state, version, attempts, round, outcome_code as code, reason, parcel_id as parcel, capacity_week as week
    from delivery where ${partner ?? null}::text is null or partner_id = ${partner ?? null} order by position`)
