// Which payload and date each fact has once its corrections are counted: corrections are events, and may come before what they correct.
import type { FoldEvent } from './fold.ts'

export interface Fact {
  /** The event whose payload and date count: the original, or its last correction. */
  event: FoldEvent
  /** The original's id: keeps the fact's place among others of the same instant, whatever is corrected. */
  rootId: string
}

export interface Corrected {
  facts: Fact[]
  /** Originals and corrections that a correction has replaced. */
  replaced: { eventId: string; by: string }[]
  /** Corrections of events that are not here (yet). */
  orphans: FoldEvent[]
}

/**
 * Resolves corrections in a set of events whose ids are unique. A correction may be corrected. When two corrections stand side by side, the
 * one with the greater id counts (ids are time-ordered UUIDs, so it was received later). The answer does not depend on the order of `events`.
 */
export const correct = (events: readonly FoldEvent[]): Corrected => {
  const corrections = events.filter(isCorrection)
  if (corrections.length === 0) return { facts: events.map(event => ({ event, rootId: event.id })), replaced: [], orphans: [] }

  const correctionsOf = Map.groupBy(corrections, event => event.corrects as string)
  const reached = new Set<string>()
  const facts: Fact[] = []
  const replaced: Corrected['replaced'] = []
  for (const root of events) {
    if (isCorrection(root)) continue
    const family = descend(root, correctionsOf)
    const last = family
      .filter(event => !correctionsOf.has(event.id))
      .reduce((greatest, event) => (event.id > greatest.id ? event : greatest))
    for (const event of family) {
      reached.add(event.id)
      if (event !== last) replaced.push({ eventId: event.id, by: last.id })
    }
    facts.push({ event: last, rootId: root.id })
  }
  return { facts, replaced, orphans: corrections.filter(event => !reached.has(event.id)) }
}

/** Our own notice names the corrected event too, but corrects nothing itself. */
export const isCorrection = (event: FoldEvent): boolean => event.corrects !== undefined && event.type !== 'record.corrected'

/** The root and everything that corrects it, directly or not. Each correction names one event, so this is a tree and ends. */
const descend = (root: FoldEvent, correctionsOf: ReadonlyMap<string, readonly FoldEvent[]>): FoldEvent[] => {
  const family = [root]
  for (let index = 0; index < family.length; index++) family.push(...(correctionsOf.get((family[index] as FoldEvent).id) ?? []))
  return family
}
