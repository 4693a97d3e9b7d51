// Shares one commit between concurrent submissions: whatever arrives within a few milliseconds is ingested together.
import type { Gateway } from './gateway.ts'
import { type IngestAnswer, ingestGroup, type Submission } from './ingest.ts'

export interface Intake {
  /** Ingests one submission; resolves after the commit. @throws DomainError `unavailable` when the store cannot be reached or the evidence log is behind. */
  submit(submission: Submission): Promise<IngestAnswer>
  /** Waits for what is under way. */
  close(): Promise<void>
}

interface Waiting {
  submission: Submission
  resolve(answer: IngestAnswer): void
  reject(error: unknown): void
}

const groupMax = 250
const groupsAtOnceMax = 2
const gatherMs = 2
/** While a group runs, the next one waits until it is worth a commit of its own: a group costs twenty statements, however small it is. */
const secondGroupMin = 64
const queueMax = 20_000

const keyOf = ({ source, key }: Submission): string => `${source} ${key}`

/** Opens the way in. Beyond `queueMax` waiting submissions it refuses, so that memory stays bounded. */
export const openIntake = (gateway: Gateway, ingest = ingestGroup): Intake => {
  let queue: Waiting[] = []
  const busyLanes = new Set<string>()
  const busyKeys = new Set<string>()
  let running = 0
  let gathering = false
  let idle: (() => void)[] = []

  const run = async (group: Waiting[]) => {
    try {
      const answers = await ingest(
        gateway,
        group.map(w => w.submission)
      )
      group.forEach((w, i) => {
        w.resolve(answers[i] as IngestAnswer)
      })
    } catch (error) {
      if (group.length === 1) group[0]?.reject(error)
      // One bad submission must not sink its neighbours: each alone, each with its own answer.
      else for (const waiting of group) await run([waiting])
    }
  }

  const next = () => {
    gathering = false
    while (running < groupsAtOnceMax && queue.length > (running === 0 ? 0 : secondGroupMin - 1)) {
      const group = takeGroup()
      if (group.length === 0) return
      running += 1
      const lanes = group.map(w => w.submission.order)
      const taken = group.map(w => keyOf(w.submission))
      for (const lane of lanes) busyLanes.add(lane)
      for (const key of taken) busyKeys.add(key)
      void run(group).finally(() => {
        running -= 1
        for (const lane of lanes) busyLanes.delete(lane)
        for (const key of taken) busyKeys.delete(key)
        if (queue.length > 0) gather()
        else if (running === 0) {
          for (const done of idle) done()
          idle = []
        }
      })
    }
  }

  /** Whoever was just answered sends the next one at once: it comes into the same commit. */
  const gather = () => {
    if (queue.length >= groupMax) next()
    else if (!gathering) {
      gathering = true
      setTimeout(next, gatherMs)
    }
  }

  /** What is about a person that another group is busy with waits for the next one, so submissions of one sender keep their order. */
  const takeGroup = (): Waiting[] => {
    const group: Waiting[] = []
    const rest: Waiting[] = []
    const keys = new Set<string>()
    const overtaken = new Set<string>()
    for (const waiting of queue) {
      const key = keyOf(waiting.submission)
      const { order } = waiting.submission
      if (group.length >= groupMax || busyLanes.has(order) || busyKeys.has(key) || overtaken.has(order) || keys.has(key)) {
        rest.push(waiting)
        overtaken.add(order)
      } else {
        keys.add(key)
        group.push(waiting)
      }
    }
    queue = rest
    return group
  }

  return {
    submit: async submission => {
      await gateway.ledger.assertInTime()
      return new Promise((resolve, reject) => {
        if (queue.length >= queueMax) {
          reject(new IntakeFull())
          return
        }
        queue.push({ submission, resolve, reject })
        gather()
      })
    },
    close: () =>
      new Promise(resolve => {
        if (queue.length === 0 && running === 0) resolve()
        else idle.push(resolve)
      })
  }
}

/** Too much waits already; nothing was stored. */
export class IntakeFull extends Error {
  override name = 'IntakeFull'
  constructor() {
    super('the intake is full')
  }
}
