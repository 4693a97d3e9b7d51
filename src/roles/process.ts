// A process's life: what it opened is closed in reverse order, within ten seconds of the first signal; the second ends it at once, the database aside.
import type { Log } from './log.ts'

export interface Life {
  /**
   * Remembers how to close what was just opened. While the process is stopping already, it is closed at once. `hurry` is for what outlives the process: it is
   * called when there is no time left to close, and has three seconds.
   */
  keep(name: string, close: () => Promise<unknown>, hurry?: () => Promise<unknown>): void
  /** Closes everything, last opened first; later calls wait for the first. Resolves with the exit code: that which is given, 1 when something did not close. */
  stop(because: string, exitCode?: number): Promise<number>
  /** Aborts when stopping begins: long starts and waits look at it. */
  readonly stopping: AbortSignal
}

export interface LifeOptions extends Pick<Log, 'log' | 'failed'> {
  /** 10,000 by default. */
  drainMs?: number
  /** A signal interrupts what has an end of its own, so that it is no success: 128 and its number. Otherwise it is how the process ends, with 0. */
  hasEnd?: boolean
}

const SIGNALS = { SIGTERM: 15, SIGINT: 2, SIGHUP: 1 } as const
/** Ctrl+C reaches us from the terminal and once more from npm, which passes it on: both are one wish. */
const SAME_WISH_MS = 500
const HURRY_MS = 3_000

/**
 * Takes charge of the process: SIGTERM, SIGINT and SIGHUP stop it, an error that nobody caught ends it with code 1. What it
 * was doing is found by its rows, so an end without closing loses nothing but time.
 */
export function beginLife({ log, failed, drainMs = 10_000, hasEnd = false }: LifeOptions): Life {
  const open: Opened[] = []
  /** What leaves something behind when it is not closed; closed or not, hurrying is harmless. */
  const outliving: Opened[] = []
  const stopping = new AbortController()
  let stopped: Promise<number> | undefined

  const closeAll = async (because: string, code: number): Promise<number> => {
    const startedAt = performance.now()
    let exitCode = code
    stopping.abort(new Error('the process is stopping'))
    log('process.stopping', { because })
    for (let next = open.pop(); next; next = open.pop()) {
      const leftMs = Math.max(0, drainMs - (performance.now() - startedAt))
      if (await closed(next, leftMs, failed)) continue
      exitCode = 1
      await hurried([next])
    }
    log('process.stopped', { exitCode, durationMs: Math.round(performance.now() - startedAt) })
    return exitCode
  }
  const life: Life = {
    stopping: stopping.signal,
    keep(name, close, hurry) {
      const opened = { name, close, ...(hurry === undefined ? {} : { hurry }) }
      if (hurry !== undefined) outliving.push(opened)
      if (stopping.signal.aborted) void closed(opened, drainMs, failed)
      else open.push(opened)
    },
    stop(because, exitCode = 0) {
      stopped ??= closeAll(because, exitCode)
      return stopped
    }
  }
  let isHurrying = false
  /** The second time it ends at once but for what would outlive it, the third time at once. */
  const endAtOnce = (exitCode: number): void => {
    if (isHurrying) process.exit(exitCode)
    isHurrying = true
    void hurried(outliving).then(() => process.exit(exitCode))
  }
  let askedAt: number | undefined
  let lastAt = 0
  for (const [signal, number] of Object.entries(SIGNALS)) {
    process.on(signal, () => {
      const now = performance.now()
      if (askedAt !== undefined && now - lastAt < SAME_WISH_MS) return
      lastAt = now
      if (askedAt !== undefined) return endAtOnce(128 + number)
      askedAt = now
      void life.stop(signal).then(exitCode => {
        if (!isHurrying) process.exit(hasEnd ? 128 + number : exitCode)
      })
    })
  }
  for (const event of ['uncaughtException', 'unhandledRejection'] as const) {
    process.on(event, (error: unknown) => {
      failed(`process.${event === 'uncaughtException' ? 'uncaught' : 'unhandled'}`, error)
      endAtOnce(1)
    })
  }
  return life
}

/** Opens something that is closed when the process stops, even while it is still opening. @throws what `opening` throws, or the reason for stopping */
export const opened = async <T>(
  life: Life,
  name: string,
  opening: Promise<T>,
  close: (value: T) => Promise<unknown>,
  hurry?: (value: T) => Promise<unknown>
): Promise<T> => {
  const once = (end: (value: T) => Promise<unknown>) => async () => {
    const value = await opening.catch(() => undefined)
    if (value !== undefined) await end(value)
  }
  life.keep(name, once(close), hurry && once(hurry))
  const value = await opening
  life.stopping.throwIfAborted()
  return value
}

interface Opened {
  name: string
  close: () => Promise<unknown>
  hurry?: () => Promise<unknown>
}

/** Never throws, and never takes longer than it may. */
const hurried = async (all: readonly Opened[]): Promise<void> => {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<void>(resolve => {
    timer = setTimeout(resolve, HURRY_MS)
  })
  await Promise.race([Promise.allSettled(all.map(({ hurry }) => hurry?.())), late])
  clearTimeout(timer)
}

/** False when it threw or took longer than it may; then the rest is closed all the same. */
async function closed({ name, close }: Opened, limitMs: number, failed: Log['failed']): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(Object.assign(new Error('it did not close in time'), { code: 'ETIMEDOUT' })), limitMs)
  })
  try {
    await Promise.race([close(), late])
    return true
  } catch (error) {
    failed(`process.close-${name}`, error)
    return false
  } finally {
    clearTimeout(timer)
  }
}
