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
/** Of these, rows of files: their sender reads more slowly, while one event at a time is refused. */
const rowsQueueMax = 15_000
/** What rows of files have of each group, however many single events there are. */
const rowsShare = 50

const keyOf = ({ source, key }: Pick<Submission, 'source' | 'key'>): string => `${source} ${key}`

const isRow = ({ submission }: Waiting): boolean => submission.way === 'row'

/**
 * Opens the way in. Beyond `queueMax` waiting submissions it refuses, so that memory stays bounded. Single events go before rows of files, which
 * come by the thousand from every client that sends one: nobody waits for the end of somebody else's file.
 */
export const openIntake = (gateway: Gateway, ingest = ingestGroup): Intake => {
  let singles: Waiting[] = []
  /** Rows of files, and what may not overtake one of them. */
  let files: Waiting[] = []
  const ahead = tally()
  const waits = () => singles.length + files.length
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
    while (running < groupsAtOnceMax && waits() > (running === 0 ? 0 : secondGroupMin - 1)) {
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
        if (waits() > 0) gather()
        else if (running === 0) {
          for (const done of idle) done()
          idle = []
        }
      })
    }
  }

  /** Whoever was just answered sends the next one at once: it comes into the same commit. */
  const gather = () => {
    if (waits() >= groupMax) next()
    else if (!gathering) {
      gathering = true
      setTimeout(next, gatherMs)
    }
  }

  /**
   * What is about a person that another group is busy with waits for the next one, so submissions of one sender keep their order: of what is
   * left over here nothing later of the same order goes.
   */
  const takeGroup = (): Waiting[] => {
    const group: Waiting[] = []
    const keys = new Set<string>()
    const overtaken = new Set<string>()
    const isFree = ({ submission: { order, source, key } }: Waiting, name = keyOf({ source, key })) =>
      !busyLanes.has(order) && !busyKeys.has(name) && !overtaken.has(order) && !keys.has(name)
    const take = (waiting: Waiting, max: number): boolean => {
      const isTaken = group.length < max && isFree(waiting)
      if (isTaken) {
        group.push(waiting)
        keys.add(keyOf(waiting.submission))
      } else overtaken.add(waiting.submission.order)
      return isTaken
    }
    const singlesMax = groupMax - Math.min(rowsShare, files.length)
    singles = singles.filter(waiting => !take(waiting, singlesMax))
    const left: Waiting[] = []
    let seen = 0
    for (; seen < files.length && group.length < groupMax; seen++) {
      const waiting = files[seen] as Waiting
      if (take(waiting, groupMax)) ahead.leave(waiting)
      else left.push(waiting)
    }
    files = left.concat(files.slice(seen))
    return group
  }

  return {
    submit: async submission => {
      await gateway.ledger.assertInTime()
      return new Promise((resolve, reject) => {
        const waiting = { submission, resolve, reject }
        if (waits() >= (isRow(waiting) ? rowsQueueMax : queueMax)) {
          reject(new IntakeFull())
          return
        }
        if (isRow(waiting) || ahead.isBefore(waiting)) {
          files.push(waiting)
          ahead.enter(waiting)
        } else singles.push(waiting)
        gather()
      })
    },
    close: () =>
      new Promise(resolve => {
        if (waits() === 0 && running === 0) resolve()
        else idle.push(resolve)
      })
  }
}

/** The orders and keys of what waits among the files. */
const tally = () => {
  const counts = new Map<string, number>()
  const names = ({ submission }: Waiting) => [`order ${submission.order}`, `key ${keyOf(submission)}`]
  return {
    enter: (waiting: Waiting) => {
      for (const name of names(waiting)) counts.set(name, (counts.get(name) ?? 0) + 1)
    },
    leave: (waiting: Waiting) => {
      for (const name of names(waiting)) {
        const left = (counts.get(name) ?? 1) - 1
        if (left > 0) counts.set(name, left)
        else counts.delete(name)
      }
    },
    /** Whether something of its order or key waits there: it came first. */
    isBefore: (waiting: Waiting) => names(waiting).some(name => counts.has(name))
  }
}

/** Too much waits already; nothing was stored. */
export class IntakeFull extends Error {
  override name = 'IntakeFull'
  constructor() {
    super('the intake is full')
  }
}
