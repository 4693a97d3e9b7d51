// What became of an attempt, row by row: outcomes, receipts, tickets and ledger leaves, stored together.
import type { Outcome, Parcel, ParcelRefused } from '../../adapters/contract.ts'
import type { MigrantRecord } from '../../schemas/record.ts'
import { nextWaitMs } from '../domain/backoff.ts'
import { weekOf } from '../domain/capacity.ts'
import type { Folded } from '../domain/lifecycle/fold.ts'
import { codeInClear, inClear } from '../domain/partner-words.ts'
import { ticketDeadline } from '../domain/ticket-deadline.ts'
import { release } from '../store/capacity.ts'
import type { Tx } from '../store/database.ts'
import { type ClaimedRow, type Settlement, settle, wake } from '../store/deliveries.ts'
import { endAttempt, openTicket } from '../store/parcels.ts'
import { announce } from './announce.ts'
import type { Partner } from './directory.ts'
import type { StoredDocument } from './documents.ts'
import type { Gateway } from './gateway.ts'
import { newId } from './identifiers.ts'
import { openLedgerPage } from './ledger-page.ts'
import { keepLeft, type Left } from './left.ts'
import { type Answered, logSent } from './log-sent.ts'
import { openWords, sealWords } from './partner-words.ts'
import { judgeStream, openRefusals } from './stream-notices.ts'
import type { Owner } from './vault.ts'

/** One attempt that is under way. */
export interface Sent {
  attemptId: string
  startedAt: Date
  parcel: Parcel
  rows: readonly ClaimedRow[]
  /** As it was kept before it left; null while nothing is sent. */
  document: StoredDocument | null
  /** What left, in order. */
  left: readonly Left[]
}

/** What a send came back with: outcomes row by row, a refusal of the whole, or a failure whose place decides. */
export type SendAnswer = { outcomes: readonly Outcome[] } | { whole: ParcelRefused } | { failed: 'not sent' | 'unknown'; code: string }

/** What an attempt came to: a settlement per row, and the ticket the partner gave for later answers. */
export interface Verdict {
  outcome: string
  code: string | null
  settlements: Settlement[]
  ticket: { ticket: string; afterSeconds: number } | null
  /** Receipts of the rows that were taken, by delivery. */
  receipts?: ReadonlyMap<string, string>
  /** The partner says that its address is no more. */
  isGone?: boolean
}

/** How soon a lost answer is first asked about, and the longest pause between two questions. */
const askAfterMs = 2_000
const askAfterMaxMs = 15 * 60_000

/** Turns a send's answer into settlements. Attempts are counted in rows; when they run out the row is dead and its lane waits. */
export const settledAs = (gateway: Gateway, partner: Partner, sent: Sent, answer: SendAnswer): Verdict => {
  const now = gateway.clock.wall()
  if ('whole' in answer) return refusedWhole(gateway, sent, answer.whole)
  if ('failed' in answer) {
    const settlements = sent.rows.map(row =>
      answer.failed === 'unknown' ? unknown(row, answer.code, now) : again(partner, row, answer.code, now, {})
    )
    return { outcome: answer.failed, code: answer.code, settlements, ticket: null }
  }
  return verdictOf(gateway, partner, sent, answer.outcomes, now)
}

/** Turns the partner's answer to "do you have it?" into settlements. Asking costs no attempt: a partner that is away is asked for days. */
export const asked = (gateway: Gateway, partner: Partner, sent: Sent, answer: readonly Outcome[] | 'absent' | 'cannot tell'): Verdict => {
  const now = gateway.clock.wall()
  if (answer === 'cannot tell') {
    const settlements = sent.rows.map(row => unknown(row, 'cannot-tell', now))
    return { outcome: 'cannot tell', code: null, settlements, ticket: null }
  }
  if (answer === 'absent') {
    // The same id again: should the first send still arrive, the partner knows it for a repeat.
    const settlements = sent.rows.map(row => again(partner, row, 'absent', now, { keepParcel: true, waitMs: 0 }))
    return { outcome: 'absent', code: null, settlements, ticket: null }
  }
  return verdictOf(gateway, partner, sent, answer, now)
}

const verdictOf = (gateway: Gateway, partner: Partner, sent: Sent, outcomes: readonly Outcome[], now: Date): Verdict => {
  const settlements = sent.rows.map((row, i) => {
    const outcome = outcomes[i] as Outcome
    switch (outcome.status) {
      case 'accepted':
        return base(row, 'accepted', {
          receipt: gateway.vault.sealJson(ownerOf(row), outcome.receipt, { table: 'delivery', column: 'receipt', row: row.id })
        })
      case 'refused':
        return base(row, 'refused', wordsOf(gateway, row, 'refused', outcome))
      case 'deferred':
        return base(row, 'due', {
          ...(outcome.reason === undefined
            ? { code: codeInClear(outcome.code ?? 'deferred') }
            : wordsOf(gateway, row, 'deferred', { code: outcome.code ?? 'deferred', reason: outcome.reason })),
          again: new Date(now.getTime() + outcome.retryAfterSeconds * 1000),
          refundAttempt: true
        })
      case 'failed':
        return again(partner, row, outcome.code, now, {
          ...(outcome.retryAfterSeconds === undefined ? {} : { retryAfterSeconds: outcome.retryAfterSeconds })
        })
    }
    return again(partner, row, 'no-outcome', now, {})
  })
  const ticket = outcomes.flatMap(outcome => (outcome.status === 'accepted' && outcome.collect ? [outcome.collect] : []))[0] ?? null
  const states = [...new Set(outcomes.map(outcome => outcome.status))]
  const receipts = new Map(
    outcomes.flatMap((outcome, i) => (outcome.status === 'accepted' ? [[(sent.rows[i] as ClaimedRow).id, outcome.receipt] as const] : []))
  )
  const failures = outcomes.flatMap(outcome => (outcome.status === 'failed' ? [outcome] : []))
  return {
    outcome: states.length === 1 ? (states[0] as string) : 'mixed',
    code: failures[0]?.code ?? null,
    settlements,
    ticket,
    receipts,
    ...(failures.some(({ gone }) => gone) ? { isGone: true } : {})
  }
}

/** A parcel refused as a whole is halved, each half under a gather key of its own, until the row is found; one row alone is refused. */
const refusedWhole = (gateway: Gateway, { rows }: Pick<Sent, 'rows'>, refusal: ParcelRefused): Verdict => {
  const code = codeInClear(refusal.code)
  const [row] = rows
  if (rows.length === 1 && row !== undefined)
    return { outcome: 'refused', code, settlements: [base(row, 'refused', wordsOf(gateway, row, 'refused', refusal))], ticket: null }
  return { outcome: 'halved', code, settlements: halved(gateway, rows, one => wordsOf(gateway, one, 'whole', refusal)), ticket: null }
}

/** Each half goes under a gather key of its own. `why` is what is kept with a row until then. */
export const halved = (
  gateway: Gateway,
  rows: readonly ClaimedRow[],
  why: (row: ClaimedRow) => Pick<Settlement, 'code' | 'reason'> & Partial<Pick<Settlement, 'said'>>
): Settlement[] => {
  const now = gateway.clock.wall()
  const halves = [newId(), newId()]
  const middle = Math.ceil(rows.length / 2)
  return rows.map((row, i) =>
    base(row, 'due', { ...why(row), again: now, refundAttempt: true, gatherKey: `half ${i < middle ? halves[0] : halves[1]}` })
  )
}

/** A code and a text of ours in clear; what the partner wrote, sealed. Of an erased person nothing is kept. */
const wordsOf = (
  gateway: Gateway,
  row: ClaimedRow,
  did: keyof typeof inClear,
  { code, reason }: { code: string; reason: string }
): Pick<Settlement, 'code' | 'reason' | 'said'> => ({
  code: codeInClear(code),
  reason: inClear[did],
  said: sealWords(gateway, ownerOf(row), row.id, { code, text: reason })
})

const base = (row: ClaimedRow, state: Settlement['state'], more: Partial<Settlement>): Settlement => ({
  id: row.id,
  state,
  code: null,
  reason: null,
  said: null,
  receipt: null,
  again: null,
  refundAttempt: false,
  keepParcel: false,
  gatherKey: null,
  ...more
})

const again = (
  partner: Partner,
  row: ClaimedRow,
  code: string,
  now: Date,
  how: { keepParcel?: boolean; waitMs?: number; retryAfterSeconds?: number }
): Settlement => {
  const { retryAfterSeconds } = how
  const retry = { attempts: row.attempts, ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }) }
  const scheduled = row.attempts >= partner.attemptsMax ? null : nextWaitMs(retry, Math.random)
  if (scheduled === null) return base(row, 'dead', { code, reason: `${row.attempts} attempts; the last: ${code}` })
  return base(row, 'due', { code, again: new Date(now.getTime() + (how.waitMs ?? scheduled)), keepParcel: how.keepParcel ?? false })
}

const unknown = (row: ClaimedRow, code: string, now: Date): Settlement => {
  const waitMs = Math.min(askAfterMs * 2 ** Math.min(row.asks, 16), askAfterMaxMs)
  return base(row, 'unknown', {
    code,
    reason: 'no answer: whether it arrived must be asked',
    again: new Date(now.getTime() + waitMs),
    keepParcel: true
  })
}

const ownerOf = (row: ClaimedRow): Owner => (row.personId === null ? 'gateway' : { personId: row.personId, wrappedKey: row.wrappedKey })

/** Stores settlements alone: for rows that did not leave. */
export const tried = (tx: Tx, attemptId: string, settlements: readonly Settlement[], now: Date): Promise<string[]> =>
  settle(tx, attemptId, settlements, now)

/** Stores an attempt's verdict in one transaction. Rows that another attempt holds by now are left to it. */
export const settleAttempt = async (gateway: Gateway, partner: Partner, sent: Sent, verdict: Verdict): Promise<void> => {
  const now = gateway.clock.wall()
  let paused: string | null = null
  const settled = await gateway.database.transaction(
    async tx => {
      paused = null
      const ids = new Set(await settle(tx, sent.attemptId, verdict.settlements, now))
      const mine = sent.rows.filter(row => ids.has(row.id))
      const settlementOf = new Map(verdict.settlements.map(s => [s.id, s]))
      const took = mine.filter(row => settlementOf.get(row.id)?.state === 'accepted')
      await giveBack(
        gateway,
        tx,
        partner,
        mine.filter(
          row => ['refused', 'due', 'dead'].includes(settlementOf.get(row.id)?.state ?? '') && !settlementOf.get(row.id)?.keepParcel
        )
      )
      // Whoever declines a row has it: that it was sent, and as what, is in the log as well.
      const declined = mine.filter(row => isDeclined(row, settlementOf.get(row.id)))
      await logSent(gateway, tx, answeredBy(partner, sent, [...took, ...declined], verdict))
      // Where no connection was made nothing left.
      if (verdict.outcome !== 'not sent') await keepLeft(gateway, tx, sent, sent.left)
      await logDeclined(gateway, tx, partner, declined, settlementOf)
      if (verdict.ticket !== null && took.length > 0) {
        const openedAt = gateway.clock.campaign()
        const dueAt = new Date(openedAt.getTime() + verdict.ticket.afterSeconds * 1000)
        await openTicket(tx, {
          id: newId(),
          partnerId: partner.id,
          parcelId: sent.parcel.id,
          ticket: verdict.ticket.ticket,
          dueAt,
          ...ticketDeadline(openedAt, dueAt, partner.code.inbound?.answersWithinDays?.(partner.settings) ?? null)
        })
      }
      if (partner.stream === 'push') {
        await openRefusals(
          tx,
          partner.id,
          declined.map(row => ({ ...row, code: settlementOf.get(row.id)?.code ?? null }))
        )
        const dead = mine.filter(row => settlementOf.get(row.id)?.state === 'dead')
        paused = await judgeStream(gateway, tx, partner, { accepted: took.length, dead, isGone: verdict.isGone ?? false, now })
      }
      await endAttempt(tx, {
        id: sent.attemptId,
        parcelId: sent.parcel.id,
        startedAt: sent.startedAt,
        endedAt: now,
        outcome: verdict.outcome,
        code: verdict.code
      })
      return mine
    },
    { retry: true }
  )
  await gateway.database.query(wake)
  if (paused !== null) {
    await announce(gateway)
    gateway.log('stream.paused', { partner: partner.id, because: paused })
  }
  measure(gateway, partner, sent, verdict, settled, now)
  gateway.log('delivery.attempted', {
    partner: partner.id,
    parcel: sent.parcel.id,
    rows: sent.rows.length,
    settled: settled.length,
    outcome: verdict.outcome,
    code: verdict.code,
    durationMs: now.getTime() - sent.startedAt.getTime()
  })
}

const answeredBy = (partner: Partner, { parcel, document, left }: Sent, rows: readonly ClaimedRow[], { receipts }: Verdict): Answered => {
  const last = left.at(-1)
  const isToken = last !== undefined && parcel.rows.length === 1 && !last.body.includes(parcel.draft.body)
  return { partnerId: partner.id, parcelId: parcel.id, document, token: isToken ? last : null, rows, receipts: receipts ?? new Map() }
}

/** Of an erased person nothing is kept, and a commitment without its salt would say nothing. */
const isDeclined = ({ personId, wrappedKey }: ClaimedRow, settlement: Settlement | undefined): settlement is Settlement =>
  settlement?.state === 'refused' && (personId === null || wrappedKey !== null)

/** What a partner said no to, and how. */
const logDeclined = async (
  gateway: Gateway,
  tx: Tx,
  partner: Partner,
  rows: readonly ClaimedRow[],
  settlementOf: ReadonlyMap<string, Settlement>
): Promise<void> => {
  const page = openLedgerPage(gateway, tx)
  for (const row of rows) {
    const settlement = settlementOf.get(row.id) as Settlement
    const words = openWords(gateway, { ...row, said: settlement.said }) ?? { code: settlement.code }
    page.add('declined', ownerOf(row), partner.id, row.id, JSON.stringify(words))
  }
  await page.write()
}

const measure = (gateway: Gateway, partner: Partner, sent: Sent, verdict: Verdict, rows: readonly ClaimedRow[], now: Date): void => {
  if (gateway.measured === undefined) return
  const stateOf = new Map(verdict.settlements.map(settlement => [settlement.id, settlement.state]))
  for (const row of rows) {
    const outcome = stateOf.get(row.id) ?? 'unknown'
    gateway.measured({
      partner: partner.id,
      outcome,
      queuedMs: sent.startedAt.getTime() - row.createdAt.getTime(),
      executionMs: now.getTime() - sent.startedAt.getTime(),
      isFirst: row.attempts === 1,
      isSettled: outcome === 'accepted' || outcome === 'refused'
    })
  }
}

/** The record at the version that was published with the row's event. */
export const recordOf = (gateway: Gateway, row: ClaimedRow): Partial<MigrantRecord> =>
  gateway.vault.openJson<Folded>(ownerOf(row), row.body, { table: 'record', column: 'body', row: `${row.subjectId} ${row.version}` }).record

/** Places of rows that did not get through are free again, while their week lasts. */
export const giveBack = async (gateway: Gateway, tx: Tx, partner: Partner, rows: readonly ClaimedRow[]): Promise<void> => {
  if (partner.capacityId === null) return
  const week = weekOf(gateway.clock.campaign())
  const places = rows.filter(row => row.capacityWeek === week).length
  if (places > 0) await release(tx, partner.capacityId, week, places)
}
