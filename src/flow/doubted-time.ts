// Whether the time that this machine tells may be believed. What is erased or dropped by a wrong clock comes back by no mending of the clock.
import { lastRoundBefore, readSkew, type Skew } from '../store/clock.ts'
import type { Tx } from '../store/database.ts'
import { lastCheckpoint } from '../store/ledger.ts'

export interface Doubt {
  says: string
  toDo: string
  /** The same for whoever says it in other languages. */
  why: Why
}

export type Why =
  | { kind: 'apart'; seconds: number; ahead: Skew['ahead'] }
  | { kind: 'set-back'; today: Date; before: Date }
  | { kind: 'jumped'; today: Date; before: Date; days: number }

/** By which an operator answers for a gap. */
export const confirmCommand = 'jisr persons keep --time-is-right --reason "…"'

/** Signatures and tokens forgive a minute. */
export const skewMaxMs = 30_000
/** A round is kept each day: so far ahead can a clock be that nobody has noticed, and so much too early is anybody erased by it. */
const gapMaxDays = 31
const dayMs = 86_400_000

/** Why nothing may be blocked, erased or dropped now; null while nothing speaks against the time. `now` is wall time. */
export const doubtedTime = async (tx: Tx, now: Date): Promise<Doubt | null> => (await contradicted(tx, now)) ?? (await jumped(tx, now))

/** As told to an operator, in one sentence. */
export const doubtText = ({ says, toDo }: Doubt): string =>
  `${says}. Nobody is erased and nothing is dropped until that is settled: ${toDo}`

/** By another clock, or by what was signed before: then there is only one thing to do. */
export const contradicted = async (tx: Tx, now: Date): Promise<Doubt | null> => {
  const { ms, ahead } = await readSkew(tx)
  const toDo = 'let both set their clocks by NTP; tokens and leases go wrong from half a minute on'
  if (ms > skewMaxMs) {
    const says = `this machine and the database differ by ${(ms / 1_000).toFixed(1)} s, ${ahead} is ahead`
    return { says, toDo, why: { kind: 'apart', seconds: ms / 1_000, ahead } }
  }
  const signedAt = (await lastCheckpoint(tx))?.signedAt
  if (signedAt === undefined || signedAt.getTime() - now.getTime() < dayMs) return null
  return {
    says: `this machine tells ${dayOf(now)}, but the last checkpoint of the evidence log was signed on ${dayOf(signedAt)}: its clock was set back, or was ahead then`,
    toDo,
    why: { kind: 'set-back', today: now, before: signedAt }
  }
}

const jumped = async (tx: Tx, now: Date): Promise<Doubt | null> => {
  const last = await lastRoundBefore(tx, now)
  const days = last === null ? 0 : Math.floor((now.getTime() - last.getTime()) / dayMs)
  if (last === null || days <= gapMaxDays) return null
  return {
    says: `the last daily round of retention was on ${dayOf(last)}, and this machine tells ${dayOf(now)}, ${days} days later`,
    toDo: `set its clock right; where it is right, and nothing ran for so long: ${confirmCommand}`,
    why: { kind: 'jumped', today: now, before: last, days }
  }
}

const dayOf = (at: Date): string => at.toISOString().slice(0, 10)
