// The admin port of a process, composed: how things stand is read from the rows, readiness from the standing.
import type { Readiness } from '../console/app.ts'
import { createConsole } from '../console/app.ts'
import { doubtedTime, doubtText } from '../flow/doubted-time.ts'
import { failingText } from '../flow/failing.ts'
import { inboxQueue, queueOf } from '../flow/jobs.ts'
import { behindSecondsMax } from '../flow/ledger-watch.ts'
import { type QueueStanding, readStanding, restOfSettled, type Standing, shareReading } from '../flow/standing.ts'
import { behindText } from '../flow/streams-behind.ts'
import type { Queues } from '../queue/queue.ts'
import { pending } from '../store/migrate.ts'
import { monthMissing } from '../store/partitions.ts'
import { countSettled } from '../store/standing.ts'
import type { House } from './house.ts'
import { listenError } from './listen-error.ts'
import type { Meter } from './meter.ts'

export interface AdminOptions {
  host: string
  port: number
  statusToken: string | null
  /** This process is a worker: when nothing moves, it is not ready. */
  works: boolean
}

/** Listens at the admin port. @throws Error that says what to do when the port cannot be had. */
export const openAdmin = async (house: House, queues: Queues, meter: Meter, options: AdminOptions): Promise<{ close(): Promise<void> }> => {
  const settled = shareReading(() => countSettled(house.database), restOfSettled)
  const standing = shareReading(() => readStanding(house, () => depthsOf(house, queues), settled))
  const app = await createConsole(
    {
      standing,
      metrics: async () => {
        meter.show(await standing())
        return { contentType: meter.registry.contentType, text: await meter.registry.metrics() }
      },
      ready: () => readiness(house, standing, options.works),
      failed: house.failed
    },
    options
  )
  try {
    await app.listen({ host: options.host, port: options.port })
  } catch (error) {
    throw listenError(error, 'ADMIN_PORT', options.port)
  }
  return { close: () => app.close() }
}

const depthsOf = async (house: House, queues: Queues): Promise<QueueStanding[] | null> => {
  const sending = [...house.adapters.values()].filter(adapter => adapter.outbound !== undefined)
  const names = [inboxQueue, ...sending.map(adapter => queueOf(adapter.name))]
  try {
    return await Promise.all(names.map(async queue => ({ queue, ...(await queues.depth(queue)) })))
  } catch {
    return null
  }
}

/** What is due this long while its partner has nothing in flight is not being relayed. */
const dueSecondsMax = 120
const unreadSecondsMax = 300
/** A full disk may take small writes in between. */
const ranOutMs = 60_000

/** Whether this process does its work, and what the operator should see to. */
export const readiness = async (house: House, standing: () => Promise<Standing>, works: boolean): Promise<Readiness> => {
  try {
    const missing = await pending(house.database)
    const because = missing.length === 0 ? [] : [`${missing.length} migration(s) are pending: run npm run migrate`]
    const now = works ? await standing() : null
    if (now !== null) because.push(...standstill(now, house.ledger.trouble))
    if (house.database.ranOut(ranOutMs)) because.push('the database is out of disk or memory: make room, and it goes on by itself')
    const month = await monthMissing(house.database, house.clock.wall())
    const warnings = month === null ? [] : [`the partitions of ${month} are missing: run npm run migrate as the owner of the tables`]
    const doubt = await doubtedTime(house.database, house.clock.wall())
    if (doubt !== null) warnings.push(doubtText(doubt))
    const failing = (now?.partners ?? []).flatMap(partner => (partner.failed === null ? [] : failingText(partner, partner.failed)))
    for (const { says, toDo } of [...(now?.streamsBehind ?? []).map(behindText), ...failing]) warnings.push(`${says}: ${toDo}`)
    return { ready: because.length === 0, because, warnings }
  } catch (error) {
    house.failed('console.ready', error)
    return { ready: false, because: [unseen(error)], warnings: [] }
  }
}

/** Not every look that fails is the database's fault. */
const unseen = (error: unknown): string => {
  const { code } = error as NodeJS.ErrnoException
  if (code === 'EMFILE' || code === 'ENFILE')
    return 'this process may open no more files: raise its limit (ulimit -n, LimitNOFILE of systemd) to 4096 or more, and start it again'
  return 'the database does not answer'
}

const standstill = ({ partners, inboxOldestSeconds, queues, ledger }: Standing, trouble: string | null): string[] => {
  const late = partners.filter(p => p.status === 'active' && !p.isPulled && !p.inFlight && (p.oldestDueSeconds ?? 0) > dueSecondsMax)
  const said = late.map(({ id, oldestDueSeconds }) => `nothing goes to ${id}, though a delivery has been due for ${oldestDueSeconds} s`)
  if (queues === null) said.push('the queue does not answer: is its backend up, and migrated?')
  if ((inboxOldestSeconds ?? 0) > unreadSecondsMax) said.push(`a message has not been read for ${inboxOldestSeconds} s`)
  if (ledger.behindSeconds > behindSecondsMax)
    said.push(`the evidence log is ${ledger.behindSeconds} s behind: nothing is taken in until it is numbered`)
  if (trouble !== null) said.push(trouble)
  return said
}
