// What one more event changed: which facts are to be published, and whether something already published was wrong.
import type { Folded, Reason } from './lifecycle/fold.ts'

export interface Difference {
  /** Ids of the events that count now and did not before, in the order applied. */
  newlyApplied: string[]
  /** Ids of the events that counted before and do not any more. */
  noLongerApplied: string[]
  /** True when an event that was applied before is no longer, or stands in another order among the others: a view published earlier is wrong. */
  corrected: boolean
  /** Contradictions that were not there before: each is a case for a person. */
  opened: Reason[]
  /** Contradictions that are gone: the ids of their events. */
  resolved: string[]
}

/** Compares two folds of one subject, the second with more events than the first. */
export const difference = (before: Folded, after: Folded): Difference => {
  const known = new Set(before.applied)
  const kept = new Set(after.applied)
  const noLongerApplied = before.applied.filter(id => !kept.has(id))
  const stillApplied = after.applied.filter(id => known.has(id))
  const disputed = new Set(before.contradictions.map(({ eventId }) => eventId))
  const disputes = new Set(after.contradictions.map(({ eventId }) => eventId))
  return {
    newlyApplied: after.applied.filter(id => !known.has(id)),
    noLongerApplied,
    corrected: noLongerApplied.length > 0 || stillApplied.some((id, index) => id !== before.applied[index]),
    opened: after.contradictions.filter(({ eventId }) => !disputed.has(eventId)),
    resolved: [...disputed].filter(id => !disputes.has(id))
  }
}
