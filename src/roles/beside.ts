// Work for partners that takes long goes on beside the queue: its place is free for others, so that a slow partner holds up nobody else of its adapter.

export interface Beside {
  /**
   * Does the work of one job. Resolves when it is done, or when its place in the queue is needed no longer: then it goes on, and what it throws is told to
   * `failed`. How much of a partner is under way at once is the relay's to limit.
   */
  run(partner: string, work: (signal: AbortSignal) => Promise<void>): Promise<void>
  /** What runs, and what the queue begins until `begun` resolves, may end within seven seconds, is aborted then, and is left after eight. */
  close(begun: Promise<unknown>): Promise<void>
}

/** Whoever answers within this keeps the place that it has. */
const placeMs = 250
/** A job's own limit, as in the queue. */
const workMaxMs = 120_000
const drainMs = 7_000
const abortGraceMs = 1_000

export const openBeside = (failed: (error: unknown) => void): Beside => {
  const running = new Set<Promise<void>>()
  const closing = new AbortController()
  /** Partners whose last work took longer: theirs never takes a place. */
  const slow = new Set<string>()

  const begin = (partner: string, work: (signal: AbortSignal) => Promise<void>): Promise<void> => {
    const startedAt = performance.now()
    const own = work(AbortSignal.any([closing.signal, AbortSignal.timeout(workMaxMs)])).finally(() => {
      running.delete(own)
      if (performance.now() - startedAt > placeMs) slow.add(partner)
      else slow.delete(partner)
    })
    running.add(own)
    return own
  }

  const emptied = async (begun: Promise<unknown>) => {
    // Why the queue did not close is for whoever closes it.
    await begun.catch(() => {})
    while (running.size > 0) await Promise.allSettled([...running])
  }

  return {
    run: async (partner, work) => {
      const own = begin(partner, work)
      let isHeld = true
      own.catch(error => {
        if (!isHeld) failed(error)
      })
      await Promise.race([own, within(slow.has(partner) ? 0 : placeMs, own)])
      isHeld = false
    },
    close: async begun => {
      const all = emptied(begun)
      await Promise.race([all, within(drainMs, all)])
      closing.abort(new Error('the process is stopping'))
      await Promise.race([all, within(abortGraceMs, all)])
    }
  }
}

/** Resolves after so long, or when the other has ended: no timer is left behind. */
const within = (ms: number, other: Promise<unknown>): Promise<void> =>
  new Promise(resolve => {
    const timer = setTimeout(resolve, ms)
    const end = () => {
      clearTimeout(timer)
      resolve()
    }
    other.then(end, end)
  })
