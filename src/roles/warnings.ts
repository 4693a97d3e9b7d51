// What works still and will not: told in the log of a process, at its start, when it begins, and each day that it lasts.
import { daysOf } from '../domain/falling-behind.ts'
import { doubtedTime, doubtText } from '../flow/doubted-time.ts'
import { expiriesOf, nearing } from '../flow/expiries.ts'
import { readBehind } from '../flow/streams-behind.ts'
import { listSigningKeys } from '../store/keys.ts'
import { certifiedClients } from '../store/parties.ts'
import type { House } from './house.ts'
import type { Log } from './log.ts'
import type { Life } from './process.ts'

const dayMs = 86_400_000
const streamsEveryMs = 300_000
const timeEveryMs = 60_000

/** One line for each certificate or key that ends within a month: at the start, and each day. */
export const warnOfExpiries = (house: House, life: Life, { log, failed }: Log): void =>
  repeat(life, 'expiry.near', dayMs, failed, async () => {
    const keys = await listSigningKeys(house.database)
    const clients = await certifiedClients(house.database)
    const expiries = expiriesOf(house.directory.partners(), keys, house.clock.wall(), clients)
    for (const { kind, whose, key, endsAt, days, warning } of nearing(expiries))
      log('expiry.near', {
        kind,
        whose,
        key,
        endsAt: endsAt.toISOString(),
        days,
        state: warning === 'ended' ? 'ended' : `within ${warning} days`
      })
  })

/** One line for each stream that has fallen behind: when it has, and each day while it is; one when it has caught up. */
export const warnOfStreams = (house: House, life: Life, { log, failed }: Log): void => {
  const toldAt = new Map<string, number>()
  repeat(life, 'stream.behind', streamsEveryMs, failed, async () => {
    const at = house.clock.wall()
    const now = at.getTime()
    const streams = house.directory.partners().filter(({ stream }) => stream !== null)
    const behind = await readBehind(house.database, streams, house.streamLimits, at)
    for (const { id, undelivered, oldestSeconds, by } of behind) {
      const key = `${id} ${by.join(' ')}`
      if (now - (toldAt.get(key) ?? Number.NEGATIVE_INFINITY) < dayMs) continue
      toldAt.set(key, now)
      log('stream.behind', { stream: id, sets: undelivered, days: daysOf(oldestSeconds), because: by.join(' and ') })
    }
    for (const key of toldAt.keys()) {
      const [stream = ''] = key.split(' ')
      if (behind.some(({ id, by }) => `${id} ${by.join(' ')}` === key)) continue
      toldAt.delete(key)
      if (!behind.some(({ id }) => id === stream)) log('stream.caught-up', { stream })
    }
  })
}

/** One line when the time is doubted, and each day while it is; one when it is not any more. */
export const warnOfTime = (house: House, life: Life, { log, failed }: Log): void => {
  let toldAt: number | null = null
  repeat(life, 'time.doubted', timeEveryMs, failed, async () => {
    const doubt = await doubtedTime(house.database, house.clock.wall())
    if (doubt === null && toldAt !== null) log('time.trusted', {})
    if (doubt === null) toldAt = null
    // By no clock that may be wrong.
    else if (toldAt === null || performance.now() - toldAt >= dayMs) {
      toldAt = performance.now()
      log('time.doubted', { because: doubtText(doubt) })
    }
  })
}

/** At once, then each `everyMs` until the life ends. What it throws is logged. */
const repeat = (life: Life, station: string, everyMs: number, failed: Log['failed'], look: () => Promise<void>): void => {
  let looking: Promise<void> | undefined
  const lookOrFail = () => {
    looking ??= look()
      .catch(error => failed(station, error))
      .finally(() => {
        looking = undefined
      })
  }
  lookOrFail()
  const timer = setInterval(lookOrFail, everyMs)
  life.keep(station, async () => {
    clearInterval(timer)
    await looking
  })
}
