// When a stream has fallen behind: its receiver takes less than it is owed, or nothing. Somebody must ask it why; nothing is dropped.

/** From these on somebody is told. */
export interface StreamLimits {
  /** Events that it holds. */
  undelivered: number
  /** Age of the oldest of them, in whole days. */
  days: number
}

export const defaultStreamLimits: StreamLimits = { undelivered: 100_000, days: 90 }

/** What a stream holds: everything it is owed that its receiver has neither taken nor refused. */
export interface Held {
  undelivered: number
  /** Null when it holds nothing. */
  oldestSeconds: number | null
}

export type BehindBy = 'count' | 'age'

const daySeconds = 86_400

/** Which limits have been reached; none of them for a stream that keeps up. */
export const behindBy = ({ undelivered, oldestSeconds }: Held, limits: StreamLimits): BehindBy[] => [
  ...(undelivered >= limits.undelivered ? (['count'] as const) : []),
  ...((oldestSeconds ?? 0) >= limits.days * daySeconds ? (['age'] as const) : [])
]

/** Whole days, for sentences. */
export const daysOf = (seconds: number): number => Math.floor(seconds / daySeconds)
