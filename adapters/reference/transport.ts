// The half that talks: one attempt to send, the question after a lost answer, and who signed what came in.
import type { Context, Message, Outcome, Parcel, ParcelRefused, Verified } from '../contract.ts'
import { jwsContent } from '../lib/jws-content.ts'
import { exchange, retryAfterSeconds } from '../lib/signed-json.ts'
import type { ReferenceSettings } from './map.ts'
import { outbox, parcelAnswer, problem, pushTyp } from './wire.ts'

const busySeconds = 30

/** Throws whenever we cannot know what the partner did: unsigned or foreign answers, 5xx but 503, a rejected signature. */
export const send = async (parcel: Parcel, context: Context<ReferenceSettings>): Promise<readonly Outcome[] | ParcelRefused> => {
  const { contentType, body } = parcel.draft
  const url = `${context.settings.endpoint}/parcels`
  const claims = { parcel: parcel.id, campaignAt: parcel.campaignAt }
  const { status, headers, content } = await exchange(context, { method: 'POST', url, contentType, body, claims })
  if (status === 429 || status === 503) {
    const wait = retryAfterSeconds(headers, busySeconds)
    return parcel.rows.map(() => ({ status: 'deferred', retryAfterSeconds: wait }))
  }
  if (status === 422) return refusedWhole(content)
  if (status !== 200)
    throw new Error(`the partner answered ${status}${status === 401 ? ': it does not know our key, or our clock is off' : ''}`)
  return outcomes(parcel, content)
}

const refusedWhole = (content: unknown): ParcelRefused => {
  const { data } = problem.safeParse(content)
  if (data === undefined) throw new Error('the refusal is not signed by the partner, or does not fit the contract')
  return { refused: 'parcel', ...data }
}

/** 404 signed by the partner means that it never got the parcel; any other answer but 200 tells nothing. */
export const ask = async (parcel: Parcel, context: Context<ReferenceSettings>): Promise<readonly Outcome[] | 'absent' | 'cannot tell'> => {
  const { status, content } = await exchange(context, { method: 'GET', url: `${context.settings.endpoint}/parcels/${parcel.id}` })
  if (status === 404 && content !== undefined) return 'absent'
  return status === 200 ? outcomes(parcel, content) : 'cannot tell'
}

/** One outcome per row of ours, by delivery id; an answer that leaves a row out, or names another, is no answer. */
const outcomes = (parcel: Parcel, content: unknown): Outcome[] => {
  const { data: answer } = parcelAnswer.safeParse(content)
  if (answer === undefined) throw new Error('the answer is not signed by the partner, or does not fit the contract')
  const byDelivery = new Map(answer.rows.map(({ delivery, ...outcome }) => [delivery, outcome]))
  const found = parcel.rows.flatMap(({ delivery }) => byDelivery.get(delivery) ?? [])
  if (answer.parcel !== parcel.id || found.length !== parcel.rows.length || answer.rows.length !== found.length)
    throw new Error('the answer is not about the rows of this parcel')
  return found
}

/** Signed messages behind the cursor, oldest first, and where to go on. Each message carries its own signature, as a pushed one does. */
export const poll = async (
  cursor: string | null,
  context: Context<ReferenceSettings>
): Promise<{ messages: Message[]; cursor: string }> => {
  const url = `${context.settings.endpoint}/messages?after=${encodeURIComponent(cursor ?? '0')}`
  const { status, content } = await exchange(context, { method: 'GET', url })
  const { data } = outbox.safeParse(content)
  if (status !== 200 || data === undefined) throw new Error(`the partner's outbox answered ${status} without a signed list of messages`)
  return {
    messages: data.messages.map(({ id, body }) => ({ id, contentType: 'application/jose', headers: {}, body })),
    cursor: data.cursor
  }
}

/** The whole body is a compact JWS; throws `NotAuthentic`. */
export const authenticate = async (message: Message, context: Context<ReferenceSettings>): Promise<Verified> =>
  toVerified(message, await context.keys.verifyJws(message.body.trim(), pushTyp))

/** Keys may have been rotated since the message came: its content is read again, not judged again. */
export const reopen = (message: Message): Verified => toVerified(message, jwsContent(message.body).payload)

/** The id is the signed one: bytes of a signature can be changed without the key, and the message would look like another. */
const toVerified = (message: Message, content: Record<string, unknown> | null): Verified => ({
  message: typeof content?.message === 'string' ? { ...message, id: content.message } : message,
  content
})
