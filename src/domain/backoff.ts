// When a delivery is tried again after a failure: a fixed schedule with jitter, so that a partner that comes back is not met by everyone at once.

const minuteMs = 60_000
const hourMs = 60 * minuteMs

/** Wait before attempt 1, 2, 3, ...: the first goes at once, the tenth a day after the ninth. */
export const retryScheduleMs = [
  0,
  5_000,
  5 * minuteMs,
  30 * minuteMs,
  2 * hourMs,
  5 * hourMs,
  10 * hourMs,
  14 * hourMs,
  20 * hourMs,
  24 * hourMs
] as const

export const attemptsMax = retryScheduleMs.length

const jitterShare = 0.2

export interface Retry {
  /** Attempts made so far, the failed one included. */
  attempts: number
  /**
   * The partner's Retry-After, if it gave one. It lengthens the wait and never shortens it: whoever says "in a second" for an hour would have all attempts
   * used up in that hour.
   */
  retryAfterSeconds?: number
}

/**
 * Milliseconds until the next attempt, or null when the attempts have run out. The schedule's value varies by 20 % either way.
 * `random` gives a number from 0 (included) to 1 (excluded).
 */
export const nextWaitMs = ({ attempts, retryAfterSeconds }: Retry, random: () => number): number | null => {
  const scheduledMs = retryScheduleMs[attempts]
  if (scheduledMs === undefined) return null
  const ownMs = Math.round(scheduledMs * (1 - jitterShare + 2 * jitterShare * random()))
  return Math.max(ownMs, Math.min((retryAfterSeconds ?? 0) * 1000, retryAfterMaxMs))
}

/** A partner that asks for more than a week is told apart by the operators; it does not park a lane for a year. */
const retryAfterMaxMs = 7 * 24 * hourMs
