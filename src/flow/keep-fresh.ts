// What a process holds in memory of rows that others change: read again at every word of a change, until that succeeds, and now and then without one.
import { setTimeout as pause } from 'node:timers/promises'
import type { Database } from '../store/database.ts'

export interface Freshness {
  /** Reads again now; whoever asks while a reading is under way gets the one after it, so an older one never takes the place of a newer. */
  refresh(): Promise<void>
  /** Ends once no reading is under way. */
  close(): Promise<void>
}

export interface FreshnessOptions {
  channel: string
  /** Told of each reading that failed; it is tried again. */
  failed: (error: unknown) => void
  /** How often it is read though nobody said a word: one may be lost with whoever had to say it. Null where reading costs too much for that. */
  everyMs?: number | null
}

/** A key that got out, or a client that was suspended, counts at most this long where the word of it was lost. */
const readEveryMs = 15_000
const retryFirstMs = 250
const retryMostMs = 5_000

/** Keeps what `read` reads fresh, from the next word on: the first reading is the caller's. */
export const keepFresh = async (
  database: Pick<Database, 'listen'>,
  read: () => Promise<void>,
  { channel, failed, everyMs = readEveryMs }: FreshnessOptions
): Promise<Freshness> => {
  const closing = new AbortController()
  const { once: refresh, ended } = oneAtATime(read)
  let isStale = false
  let catchingUp: Promise<void> | undefined
  /** Until it succeeds: were the old word to stand, a partner that was paused would get messages, and a key that got out would count. */
  const catchUp = async () => {
    let waitMs = retryFirstMs
    while (isStale && !closing.signal.aborted) {
      isStale = false
      try {
        await refresh()
        waitMs = retryFirstMs
      } catch (error) {
        isStale = true
        if (closing.signal.aborted) break
        failed(error)
        await pause(waitMs, undefined, { ref: false, signal: closing.signal }).catch(() => {})
        waitMs = Math.min(waitMs * 2, retryMostMs)
      }
    }
    catchingUp = undefined
  }
  const heard = () => {
    isStale = true
    catchingUp ??= catchUp()
  }
  const stop = await database.listen(channel, heard)
  const timer = everyMs === null ? undefined : setInterval(heard, everyMs).unref()
  return {
    refresh,
    close: async () => {
      closing.abort()
      clearInterval(timer)
      await stop()
      await catchingUp
      await ended()
    }
  }
}

const oneAtATime = (work: () => Promise<void>): { once(): Promise<void>; ended(): Promise<void> } => {
  let running: Promise<void> = Promise.resolve()
  let next: Promise<void> | undefined
  return {
    once: () => {
      next ??= running
        .catch(() => {})
        .then(() => {
          next = undefined
          running = work()
          return running
        })
      return next
    },
    ended: async () => {
      await next?.catch(() => {})
      await running.catch(() => {})
    }
  }
}
