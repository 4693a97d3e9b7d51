// What PostgreSQL's errors become: safe to log, because the server's own texts may quote a row's values.
import { DatabaseError } from 'pg'
import { DomainError } from '../domain/errors.ts'
import type { Said } from '../domain/words/said.ts'
import { says } from '../domain/words/words.ts'

/** The database refused a statement. Holds names and codes only; PostgreSQL's `detail`, which quotes values, is left behind. */
export class StoreError extends Error {
  override name = 'StoreError'
  /** SQLSTATE, five characters (PostgreSQL, Appendix A). */
  readonly code: string
  readonly constraint: string | undefined
  readonly table: string | undefined
  readonly column: string | undefined
  /** Where in the statement's text, in characters from 1. */
  readonly position: number | undefined
  constructor(error: DatabaseError) {
    super(describe(error))
    this.code = error.code ?? 'XX000'
    this.constraint = error.constraint
    this.table = error.table
    this.column = error.column
    this.position = error.position === undefined ? undefined : Number(error.position)
  }
}

/** True when `error` is the refusal of the constraint of that name. */
export const violates = (error: unknown, constraint: string): boolean => error instanceof StoreError && error.constraint === constraint

/** True when the server undid the whole transaction and the same work may simply be tried again (serialization failure, deadlock). */
export const isConflictOfTransactions = (error: unknown): boolean =>
  error instanceof StoreError && (error.code === '40001' || error.code === '40P01')

/** True when the server has no disk or memory left for a statement (class 53, but for connections: those come free by themselves). */
export const isOutOfRoom = (error: unknown): boolean =>
  error instanceof DomainError && error.cause instanceof StoreError && error.cause.code.startsWith('53') && error.cause.code !== '53300'

/** True when the server gave a statement up: it waited too long for a lock, or took too long. */
export const isOutOfTime = (error: unknown): boolean =>
  error instanceof DomainError && error.cause instanceof StoreError && (error.cause.code === '55P03' || error.cause.code === '57014')

/**
 * What a caller may see of an error of the driver or the server.
 * @returns `DomainError` `unavailable` when the database cannot be reached or is out of room or time, `StoreError` for any other refusal of the server,
 * and anything else as it is.
 */
export const toStoreError = (error: unknown): unknown => {
  if (error instanceof DomainError || error instanceof StoreError) return error
  if (error instanceof DatabaseError) {
    const reason = unavailable(error.code ?? '')
    return reason === undefined ? new StoreError(error) : notAvailable(reason, new StoreError(error))
  }
  if (error instanceof Error && isLostConnection(error)) return notAvailable(says('database-unreachable'), error)
  return error
}

/** True when the connection is of no more use: the server ends it or gave no answer, or it holds a plan made before a table changed. */
export const breaksConnection = (error: unknown): boolean =>
  error instanceof DatabaseError
    ? error.severity === 'FATAL' || error.severity === 'PANIC' || /^(08|57P|0A000)/.test(error.code ?? '')
    : error instanceof Error && error.message === 'Query read timeout'

const notAvailable = (detail: Said, cause: Error): DomainError => new DomainError('unavailable', detail, { retryAfterSeconds: 5, cause })

/** SQLSTATE to what is the matter, for what passes by itself or by an operator's hand; undefined for refusals of the statement. */
const unavailable = (code: string): Said | undefined => {
  if (code.startsWith('08')) return says('database-lost')
  if (code.startsWith('57P')) return says('database-restarts')
  if (code.startsWith('53')) return code === '53300' ? says('database-connections') : says('database-room')
  if (code === '57014') return says('database-slow')
  if (code === '55P03') return says('row-locked')
  if (code === '25P03' || code === '25P04') return says('transaction-slow')
  return undefined
}

const connectionCodes = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOENT'
])

/** The driver's own words for a lost or refused connection; it gives no code for most of them. */
const isLostConnection = (error: Error): boolean =>
  connectionCodes.has((error as NodeJS.ErrnoException).code ?? '') ||
  /^(Connection terminated|timeout exceeded when trying to connect|timeout expired|Client has encountered a connection error|Client was closed|Cannot use a pool after|Query read timeout)/.test(
    error.message
  )

/** Data errors (class 22, and the casts of 42804) quote the offending value: those get a text of ours. */
const describe = (error: DatabaseError): string => {
  const code = error.code ?? 'XX000'
  // At the start of a connection it is our own configuration that is quoted.
  if (code.startsWith('22') && error.severity !== 'FATAL') return `a value does not fit its column or type (SQLSTATE ${code})`
  return `${error.message} (SQLSTATE ${code})`
}
