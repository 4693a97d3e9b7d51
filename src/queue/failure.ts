// What the queue may keep of a handler's error: a fixed text and a code, never the message, which may hold a person's data.

/** BullMQ stores an error's message and stack with the job; this one has nothing of the original in either. */
export function storable(error: unknown): Error {
  const failure = new Error(`job failed: ${failureCode(error)}`)
  failure.name = 'JobFailed'
  failure.stack = failure.message
  return failure
}

/**
 * A short code for any thrown value: Node's (ECONNRESET, ERR_…), PostgreSQL's SQLSTATE, or the error's class; never free text.
 * The error's causes are asked when it has no code of its own.
 */
export function failureCode(error: unknown): string {
  const causes = chain(error)
  for (const cause of causes) {
    const { code } = cause as { code?: unknown }
    if (typeof code === 'string' && (/^(E[A-Z]{2,30}|ERR_[A-Z0-9_]{1,60})$/.test(code) || isSqlState(cause, code))) return code
  }
  const [outermost] = causes
  return outermost && /^[A-Z][A-Za-z]{1,40}$/.test(outermost.name) ? outermost.name : 'Error'
}

const CAUSES_MAX = 5

function chain(error: unknown): Error[] {
  const found: Error[] = []
  for (let at = error; at instanceof Error && found.length < CAUSES_MAX; at = at.cause) found.push(at)
  return found
}

/** Only errors of the `pg` driver carry a severity; elsewhere five letters could be anything. */
const isSqlState = (error: Error, code: string) => 'severity' in error && /^[0-9A-Z]{5}$/.test(code)
