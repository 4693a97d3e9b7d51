// The log of a process: one wide JSON line per station, of listed fields only.
import { type DestinationStream, destination, pino } from 'pino'

export interface Log {
  /** One line for one station, at its level. A field that is not listed here is left out, and its name is told. */
  log(station: string, fields: Fields): void
  /** An error that nobody foresaw: its class, code and place; never its message, which may hold a person's data. */
  failed(station: string, error: unknown): void
}

export type Fields = Readonly<Record<string, string | number | boolean | null>>

export interface LogOptions {
  /** As pino's: nothing below it is written; `silent` writes nothing. */
  level: string
  /** What this process does: `api`, `worker`. */
  role: string
  /** Standard output by default. */
  to?: DestinationStream
}

/**
 * What somebody must act on; all else is `info`. `error`: something stands still until then, or a fault that nobody foresaw (`failed`). `warn`: all goes on, and will not
 * for ever, or waits for a person. docs/operations.md says what to do about each.
 */
export const stationLevels: Readonly<Record<string, 'error' | 'warn'>> = {
  'http.failed': 'error',
  'http.not-ready': 'error',
  'ledger.behind': 'error',
  'ledger.broken': 'error',
  'ledger.unfiled': 'error',
  'expiry.near': 'warn',
  'queue.reported': 'warn',
  'stream.behind': 'warn',
  'stream.paused': 'warn',
  'ticket.nearing': 'warn',
  'ticket.overdue': 'warn',
  'time.doubted': 'warn'
}

/** Every field that may stand in the log: ids of rows, names from the configuration, counts, durations, codes. Adding one here is the review. */
const LISTED: ReadonlySet<string> = new Set([
  // who and which row
  ...[
    'partner',
    'adapter',
    'client',
    'operator',
    'parcel',
    'delivery',
    'event',
    'inbox',
    'ticket',
    'attempt',
    'stream',
    'queue',
    'job',
    'lane',
    'subject',
    'kid'
  ],
  // a request
  ...['requestId', 'traceId', 'method', 'route', 'status', 'bytes', 'by'],
  // how many, how long
  ...[
    'events',
    'rows',
    'sets',
    'deliveries',
    'parcels',
    'jobs',
    'settled',
    'acknowledged',
    'refused',
    'repeated',
    'quarantined',
    'accepted'
  ],
  ...[
    'redispatched',
    'unknown',
    'promoted',
    'forgotten',
    'erased',
    'blocked',
    'workers',
    'running',
    'waiting',
    'delayed',
    'active',
    'recreated',
    'behindSeconds',
    'leaves',
    'acts'
  ],
  // what ends by itself
  ...['whose', 'key', 'endsAt', 'days'],
  ...['durationMs', 'lastProgressMs', 'retryAfterSeconds', 'more', 'week', 'day', 'version', 'size'],
  // how it went
  ...['outcome', 'answer', 'code', 'error', 'at', 'because', 'what', 'state', 'kind', 'type', 'signal', 'exitCode'],
  // what the process runs with (src/config.ts)
  ...[
    'mode',
    'issuer',
    'eventNamespace',
    'trial',
    'listening',
    'admin',
    'database',
    'databaseConnections',
    'masterKey',
    'formerMasterKeys',
    'dataDirectory',
    'checkpointFile',
    'outboundAllowances',
    'logLevel'
  ],
  ...[
    'statusToken',
    'workerConcurrency',
    'trustedProxies',
    'clientCertificates',
    'addressCallsPerMinute',
    'partnerCallsPerMinute',
    'streamUndeliveredMax',
    'streamOldestDaysMax',
    'campaignSpeed',
    'advice'
  ]
])

const TEXT_MAX = 300
const PLACE_MAX = 1_000
const FRAMES_MAX = 8
const CAUSES_MAX = 3

/** Opens the log. It never throws and never waits: a log that cannot be written must not stop the work. */
export function openLog({ level, role, to = standardOutput() }: LogOptions): Log {
  const logger = pino(
    {
      level,
      base: { role, pid: process.pid },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: label => ({ level: label }) }
    },
    to
  )
  return {
    log: (station, fields) => logger[stationLevels[station] ?? 'info']({ station, ...listed(fields) }),
    failed: (station, error) => logger.error({ station, ...fault(error) })
  }
}

function listed(fields: Fields): Record<string, string | number | boolean | null> {
  const kept: Record<string, string | number | boolean | null> = {}
  const leftOut: string[] = []
  for (const [name, value] of Object.entries(fields)) {
    if (!LISTED.has(name) || (typeof value === 'object' && value !== null)) leftOut.push(name)
    else kept[name] = typeof value === 'string' ? value.slice(0, name === 'at' ? PLACE_MAX : TEXT_MAX) : value
  }
  if (leftOut.length > 0) kept.leftOut = leftOut.join(',').slice(0, TEXT_MAX)
  return kept
}

/** An error without its words: classes and codes along its causes, and the frames of the outermost. */
export function fault(error: unknown): { error: string; code: string | null; at: string | null } {
  const causes: Error[] = []
  for (let cause = error; cause instanceof Error && causes.length < CAUSES_MAX; cause = cause.cause) causes.push(cause)
  const [outermost] = causes
  if (!outermost) return { error: `thrown ${typeof error}`, code: null, at: null }
  return {
    error: causes.map(cause => word(cause.name) ?? 'Error').join(' < '),
    code: causes.map(codeOf).find(code => code !== null) ?? null,
    at: frames(outermost)
  }
}

/** A stack begins with the message, which may have lines of its own that look like frames: only what follows it counts. */
function frames({ stack = '', message }: Error): string | null {
  const place = stack.slice(Math.max(0, stack.lastIndexOf(message) + message.length))
  const lines = place.split('\n').filter(line => /^ {4}at /.test(line))
  return lines.length === 0
    ? null
    : lines
        .slice(0, FRAMES_MAX)
        .map(line => line.trim().slice(3))
        .join(' < ')
        .slice(0, PLACE_MAX)
}

function codeOf(error: Error): string | null {
  const { code } = error as { code?: unknown }
  return typeof code === 'string' ? word(code) : null
}

/** A class or code is one short word; anything else might be text. */
const word = (text: string) => (/^[A-Za-z][A-Za-z0-9_-]{0,49}$|^[0-9A-Z]{5}$|^\d{4}$/.test(text) ? text : null)

function standardOutput(): DestinationStream {
  // Written at once: what was logged before a kill is there to be read.
  const output = destination({ dest: 1, sync: true })
  output.on('error', () => {})
  return output
}
