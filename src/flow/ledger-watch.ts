// How far the evidence log is behind, and what follows: while nobody numbers what is taken in, nothing more is taken in.
import { DomainError } from '../domain/errors.ts'
import { says } from '../domain/words/words.ts'
import type { Tx } from '../store/database.ts'
import { type LedgerStanding, ledgerStanding } from '../store/ledger.ts'
import type { Gateway } from './gateway.ts'

export interface LedgerWatch {
  /** Read at most once a second. */
  standing(): Promise<LedgerStanding>
  /** @throws DomainError `unavailable` when the log is more than a minute behind. */
  assertInTime(): Promise<void>
  /** Why nothing is published, as this process's sequencer found it last, and what to do; null otherwise. */
  trouble: string | null
}

export const behindSecondsMax = 60
const freshMs = 1_000
const retryAfterSeconds = 30

/** @param log told once when nothing more is taken in, and when something is again */
export const openLedgerWatch = (tx: Tx, log: Gateway['log']): LedgerWatch => {
  let reading: Promise<LedgerStanding> | undefined
  let staleAt = 0
  let isTold = false
  /** One at a time: whoever asks while it is being read waits for the same answer, so that nobody overtakes. */
  const standing = () => {
    if (reading !== undefined && performance.now() < staleAt) return reading
    staleAt = Number.POSITIVE_INFINITY
    const started = ledgerStanding(tx)
    reading = started
    started.then(
      () => {
        staleAt = performance.now() + freshMs
      },
      () => {
        staleAt = 0
      }
    )
    return started
  }
  return {
    trouble: null,
    standing,
    assertInTime: async () => {
      const { behindSeconds } = await standing()
      const isBehind = behindSeconds > behindSecondsMax
      if (isBehind !== isTold) log(isBehind ? 'ledger.behind' : 'ledger.caught-up', { behindSeconds })
      isTold = isBehind
      if (!isBehind) return
      throw new DomainError('unavailable', says('log-behind'), { retryAfterSeconds })
    }
  }
}
