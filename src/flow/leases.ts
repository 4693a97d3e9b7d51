// How long rows belong to whoever took them. A worker that stops past its lease finds that another has them.

export interface Leases {
  /** From dispatch until a job must have claimed the row; after that it is due again. */
  dispatchMs: number
  /** How long an attempt may hold its rows; after that their fate is unknown and the partner is asked. */
  attemptMs: number
  /** The partner's whole answer must come within this; well below `attemptMs`, so that a worker can still settle. */
  answerMs: number
}

export const defaultLeases: Leases = { dispatchMs: 60_000, attemptMs: 60_000, answerMs: 45_000 }
