// Looks at a queue from outside its worker: BullMQ's worker can stop consuming after an outage and still say that it runs.
import type { Queue } from 'bullmq'

/** `stuck`: the same job has waited since the look before last though there is room. `away`: the backend did not answer. */
export type Sight = 'clear' | 'stuck' | 'away'

interface Progress {
  /** The worker could take one more job. */
  hasRoom: boolean
  /** When it last took or ended one, epoch milliseconds. */
  progressAt: number | null
}

const LOOKS_PER_VERDICT = 3

/**
 * Looks three times in `stuckMs`. When the job at the head has been the same for `stuckMs` (or a retry has been overdue as
 * long) while the worker had room and took nothing, `stuck` is called: once, then again after another `stuckMs`.
 * A job that another process takes in time is never the same twice, so idle workers beside busy ones are not suspected.
 */
export function startWatch(
  queue: Queue,
  stuckMs: number,
  progress: () => Progress,
  act: { saw(sight: Sight): void; stuck(): void }
): { stop(): void } {
  const everyMs = stuckMs / LOOKS_PER_VERDICT
  let suspect: { head: string; since: number } | null = null
  let stopped = false
  let timer: NodeJS.Timeout

  const look = async () => {
    const now = Date.now()
    const { hasRoom, progressAt } = progress()
    const head = await answered(headOf(queue, now - stuckMs), everyMs)
    if (stopped) return
    if (head === 'away') {
      suspect = null
      act.saw('away')
      return
    }
    if (head === null || !hasRoom || suspect?.head !== head || (progressAt ?? 0) > suspect.since) {
      suspect = head === null || !hasRoom ? null : { head, since: now }
      act.saw('clear')
      return
    }
    if (now - suspect.since < stuckMs) return
    suspect.since = now
    act.saw('stuck')
    // Emptying a queue pauses it first; a process that died in between would leave it paused for ever.
    await queue.resume().catch(() => {})
    if (!stopped) act.stuck()
  }
  const next = () => {
    timer = setTimeout(() => void look().finally(() => stopped || next()), everyMs)
    timer.unref()
  }
  next()
  return {
    stop() {
      stopped = true
      clearTimeout(timer)
    }
  }
}

/** What should have been taken: the id of the longest waiting job, or a sign that a retry is overdue since before `overdueBefore`. */
async function headOf(queue: Queue, overdueBefore: number): Promise<string | null> {
  if (await queue.isPaused()) return 'paused'
  const [head] = await queue.getJobs(['waiting'], 0, 0, true)
  if (head?.id) return head.id
  return (await queue.getDelayedCount(overdueBefore)) > 0 ? 'overdue' : null
}

async function answered<T>(question: Promise<T>, timeoutMs: number): Promise<T | 'away'> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<'away'>(resolve => {
    timer = setTimeout(resolve, timeoutMs, 'away')
  })
  const answer = await Promise.race([question.catch((): 'away' => 'away'), late])
  clearTimeout(timer)
  return answer
}
