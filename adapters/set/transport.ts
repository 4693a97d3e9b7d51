// Pushes one SET (RFC 8935) and reads the answer: taken, refused for good, gone, or to be tried again by the schedule.
import { type Context, NotSent, type Outcome, type Parcel } from '../contract.ts'

/** Of an answer no more is read than an error needs. */
const answerBytesMax = 8 * 1024
const timeoutMs = 15_000

/** Errors of RFC 8935 2.4 that the same SET will always meet. Those about keys and access pass when the receiver mends its side. */
const terminal = ['invalid_request', 'invalid_issuer', 'invalid_audience']

/** One attempt. A receiver tells a repeat by its jti, so whatever is not an answer is a failure to be tried again, and nothing is unknown. */
export const push = async (parcel: Parcel, context: Context, endpoint: string): Promise<readonly Outcome[]> => {
  const { contentType, headers, body } = parcel.draft
  try {
    const init = {
      method: 'POST',
      headers: { ...headers, 'content-type': contentType },
      body,
      timeoutMs,
      answerBytesMax,
      longer: 'cut'
    } as const
    const answer = await context.fetch(endpoint, init)
    return [outcomeOf(answer.status, answer.headers, answer.body, context.now())]
  } catch (error) {
    if (error instanceof NotSent) throw error
    return [{ status: 'failed', code: 'no-answer' }]
  }
}

const outcomeOf = (status: number, headers: Readonly<Record<string, string>>, body: string, now: Date): Outcome => {
  // RFC 8935 2.2: 202 with an empty body. Any other success is understood too, but for what no receiver of events says.
  if (status === 202 || (status >= 200 && status < 300 && !isPage(headers, body) && errorIn(body) === null))
    return { status: 'accepted', receipt: JSON.stringify({ status, body }) }
  if (status >= 200 && status < 300) return { status: 'failed', code: 'not-acknowledged' }
  if (status === 410) return { status: 'failed', code: 'http-410', gone: true }
  const said = status === 400 ? errorIn(body) : null
  if (said !== null && terminal.includes(said.err)) return { status: 'refused', code: said.err, reason: said.description }
  const wait = retryAfterSeconds(headers['retry-after'], now)
  return { status: 'failed', code: `http-${status}`, ...(wait === null ? {} : { retryAfterSeconds: wait }) }
}

/** A page for people: written by a proxy before the receiver, a login or a notice of maintenance, which has stored nothing. */
const isPage = (headers: Readonly<Record<string, string>>, body: string): boolean =>
  body.trimStart().startsWith('<') || (body.trim() !== '' && /html/i.test(headers['content-type'] ?? ''))

const errorIn = (body: string): { err: string; description: string } | null => {
  try {
    const said: unknown = JSON.parse(body)
    if (typeof said !== 'object' || said === null || !('err' in said) || typeof said.err !== 'string') return null
    const description = 'description' in said && typeof said.description === 'string' ? said.description : ''
    return { err: said.err.slice(0, 64), description: description.slice(0, 500) }
  } catch {
    return null
  }
}

/** Seconds, or an HTTP date; null when there is none that can be read. */
const retryAfterSeconds = (value: string | undefined, now: Date): number | null => {
  if (value === undefined) return null
  if (/^\d{1,9}$/.test(value.trim())) return Number(value)
  const at = Date.parse(value)
  return Number.isNaN(at) ? null : Math.max(0, Math.ceil((at - now.getTime()) / 1000))
}
