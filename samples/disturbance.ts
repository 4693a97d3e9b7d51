// Edge case 22: the order in which a campaign's messages really arrive, with repeats, delays and reversals that must change nothing.
import { randomFor } from './random.ts'
import type { CampaignMessage, Worker } from './worker.ts'

const shareRepeated = 0.02
const shareLate = 0.01
/** How many other messages pass before a repeat arrives. */
const repeatAfter = 40
const stepsMax = 8

export type Arriving = CampaignMessage & { repeated: boolean }

/**
 * Every message of phase A at least once: a worker's usually in order, a few of them at the end of the wave, some twice.
 * A worker planted with case 22 has all of them reversed, and twice.
 */
export function* disturbed(seed: number, workers: number, wave: number, worker: (index: number) => Worker): Iterable<Arriving> {
  if (!(wave >= 1)) throw new RangeError('wave must be at least 1')
  for (let first = 0; first < workers; first += wave) yield* repeating(seed, oneWave(seed, first, Math.min(workers, first + wave), worker))
}

function* oneWave(seed: number, first: number, end: number, worker: (index: number) => Worker): Iterable<Arriving> {
  const late: Arriving[] = []
  for (let step = 0; step < stepsMax; step++) {
    for (let index = first; index < end; index++) {
      const of = worker(index)
      const message = arrivalsOf(of)[step]
      if (message === undefined || (of.registeredBy === 'file' && message.type === 'candidate.registered')) continue
      if (isLate(seed, of, message)) late.push({ ...message, repeated: false })
      else yield { ...message, repeated: false }
      if (of.edgeCases.includes(22)) late.push({ ...message, repeated: true })
    }
  }
  yield* late
}

const arrivalsOf = (worker: Worker): readonly CampaignMessage[] =>
  worker.edgeCases.includes(22) ? worker.phaseA.toReversed() : worker.phaseA

/** Workers with a planted case arrive in order, so that what is expected of them does not hang on a second accident. */
const isLate = (seed: number, worker: Worker, message: CampaignMessage): boolean =>
  worker.edgeCases.length === 0 && randomFor(seed, `late/${message.key}`).chance(shareLate)

function* repeating(seed: number, messages: Iterable<Arriving>): Iterable<Arriving> {
  const waiting: { at: number; message: Arriving }[] = []
  let position = 0
  for (const message of messages) {
    yield message
    if (randomFor(seed, `repeat/${message.key}`).chance(shareRepeated)) waiting.push({ at: position + repeatAfter, message })
    while (waiting[0] !== undefined && waiting[0].at <= position)
      yield { ...(waiting.shift() as { message: Arriving }).message, repeated: true }
    position++
  }
  for (const { message } of waiting) yield { ...message, repeated: true }
}
