// Filing at the consulate, and asking after a lost answer. Both sides sign every message.
import type { Context, Outcome, Parcel, ParcelRefused } from '../contract.ts'
import { exchange, retryAfterSeconds } from '../lib/signed-json.ts'
import { jointReceipt, problem, withdrawalReceipt } from './answers.ts'
import type { ConsulateSettings, Fragment } from './map.ts'

/** Closed counters open again within the day. */
const closedSeconds = 300
/** The week is full by the consulate's count though not by ours: look again in an hour, when our capacity has been counted anew. */
const fullSeconds = 3_600

/** Throws whenever we cannot know what the consulate did: unsigned or foreign answers, 5xx but 503, a rejected signature. */
export const send = async (parcel: Parcel<Fragment>, context: Context<ConsulateSettings>): Promise<readonly Outcome[] | ParcelRefused> => {
  const { status, headers, content } = await exchange(context, {
    method: 'POST',
    url: `${context.settings.endpoint}/${folder(parcel)}`,
    contentType: parcel.draft.contentType,
    headers: { 'idempotency-key': parcel.id, 'filed-at': parcel.campaignAt },
    body: parcel.draft.body,
    claims: { parcel: parcel.id, filedAt: parcel.campaignAt }
  })
  switch (status) {
    case 201:
      return outcomes(parcel, content)
    case 422:
      return refusedWhole(content)
    case 429:
    case 503: {
      const wait = retryAfterSeconds(headers, closedSeconds)
      return parcel.rows.map(() => ({ status: 'deferred', retryAfterSeconds: wait }))
    }
    case 401:
      throw new Error('the consulate did not accept our signature: check that it knows our key, and the clocks of both sides')
    default:
      throw new Error(`the consulate answered ${status}`)
  }
}

/** Only a 404 that the consulate signed says that nothing arrived; a proxy's says nothing. */
export const ask = async (
  parcel: Parcel<Fragment>,
  context: Context<ConsulateSettings>
): Promise<readonly Outcome[] | 'absent' | 'cannot tell'> => {
  const { status, content } = await exchange(context, { method: 'GET', url: `${context.settings.endpoint}/${folder(parcel)}/${parcel.id}` })
  if (status === 404 && content !== undefined) return 'absent'
  return status === 200 ? outcomes(parcel, content) : 'cannot tell'
}

const folder = ({ rows }: Parcel<Fragment>) => (rows[0]?.fragment.kind === 'withdrawal' ? 'withdrawals' : 'joint-applications')

const outcomes = (parcel: Parcel<Fragment>, content: unknown): Outcome[] => {
  const told = folder(parcel) === 'withdrawals' ? fromWithdrawals(content) : fromApplications(content)
  const byReference = new Map(told.rows)
  const found = parcel.rows.flatMap(({ delivery }) => byReference.get(delivery) ?? [])
  if (told.parcel !== parcel.id || told.rows.length !== parcel.rows.length || found.length !== parcel.rows.length)
    throw new Error('the answer is not about the rows of this parcel')
  return found
}

interface Told {
  parcel: string
  rows: [reference: string, outcome: Outcome][]
}

const unfit = 'the answer is not signed by the consulate, or does not fit the contract'

const fromApplications = (content: unknown): Told => {
  const { data } = jointReceipt.safeParse(content)
  if (data === undefined) throw new Error(unfit)
  return {
    parcel: data.parcel,
    rows: data.applications.map(row => [
      row.reference,
      row.status === 'lodged' ? { status: 'accepted', receipt: row.applicationNumber } : refusal(row)
    ])
  }
}

const fromWithdrawals = (content: unknown): Told => {
  const { data } = withdrawalReceipt.safeParse(content)
  if (data === undefined) throw new Error(unfit)
  return {
    parcel: data.parcel,
    rows: data.withdrawals.map(row => [
      row.reference,
      row.status === 'refused' ? refusal(row) : { status: 'accepted', receipt: `${row.status} ${row.receipt}` }
    ])
  }
}

const refusal = ({ code, reason }: { code: string; reason: string }): Outcome =>
  code === 'capacity-exceeded' ? { status: 'deferred', retryAfterSeconds: fullSeconds, code, reason } : { status: 'refused', code, reason }

const refusedWhole = (content: unknown): ParcelRefused => {
  const { data } = problem.safeParse(content)
  if (data === undefined) throw new Error(unfit)
  return { refused: 'parcel', ...data }
}
