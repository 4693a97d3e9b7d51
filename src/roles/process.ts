// A process's life: what it opened is closed in reverse order, within ten seconds of the first signal; the second ends it at once.
import type { Log } from './log.ts'

export interface Life {
  /** Remembers how to close what was just opened. While the process is stopping already, it is closed at once. */
  keep(name: string, close: () => Promise<unknown>): void
  /** Closes everything, last opened first; later calls wait for the first. Resolves with the exit code: 1 when something did not close. */
  stop(because: string): Promise<number>
  /** Aborts when stopping begins: long starts and waits look at it. */
  readonly stopping: AbortSignal
}

export interface LifeOptions extends Log {
  /** 10,000 by default. */
  drainMs?: number
}

const SIGNALS = { SIGTERM: 15, SIGINT: 2, SIGHUP: 1 } as const
/** Ctrl+C reaches us from the terminal and once more from npm, which passes it on: both are one wish. */
const SAME_WISH_MS = 500

/**
 * Takes charge of the process: SIGTERM, SIGINT and SIGHUP stop it, an error that nobody caught ends it with code 1. What it
 * was doing is found by its rows, so an end without closing loses nothing but time.
 */
export function beginLife({ log, failed, drainMs = 10_000 }: LifeOptions): Life {
  const open: Opened[] = []
  const stopping = new AbortController()
  let stopped: Promise<number> | undefined

  const closeAll = async (because: string): Promise<number> => {
    const startedAt = performance.now()
    let exitCode = 0
    stopping.abort(new Error('the process is stopping'))
    log('process.stopping', { because })
    for (let next = open.pop(); next; next = open.pop()) {
      const leftMs = Math.max(0, drainMs - (performance.now() - startedAt))
      if (!(await closed(next, leftMs, failed))) exitCode = 1
    }
    log('process.stopped', { exitCode, durationMs: Math.round(performance.now() - startedAt) })
    return exitCode
  }
  const life: Life = {
    stopping: stopping.signal,
    keep(name, close) {
      if (stopping.signal.aborted) void closed({ name, close }, drainMs, failed)
      else open.push({ name, close })
    },
    stop(because) {
      stopped ??= closeAll(because)
      return stopped
    }
  }
  let askedAt: number | undefined
  for (const [signal, number] of Object.entries(SIGNALS)) {
    process.on(signal, () => {
      if (askedAt !== undefined && performance.now() - askedAt > SAME_WISH_MS) process.exit(128 + number)
      askedAt ??= performance.now()
      void life.stop(signal).then(exitCode => process.exit(exitCode))
    })
  }
  for (const event of ['uncaughtException', 'unhandledRejection'] as const) {
    process.on(event, (error: unknown) => {
      failed(`process.${event === 'uncaughtException' ? 'uncaught' : 'unhandled'}`, error)
      process.exit(1)
    })
  }
  return life
}

interface Opened {
  name: string
  close: () => Promise<unknown>
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
