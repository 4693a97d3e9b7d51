// The question that inspectors ask: may this person work for this employer on this day?
import { clearColumns } from './columns.ts'

/** A folded record with the state it is in: a placement's or an authorization's. */
export interface Standing {
  state: string
  record: Readonly<Record<string, unknown>>
}

/** What was said for good: no later event of the same file gives the right to work again. */
const ended: ReadonlySet<string> = new Set([
  'REFUSED',
  'INADMISSIBLE',
  'ARCHIVED',
  'EXTINGUISHED',
  'AUTH_REFUSED',
  'AUTH_INADMISSIBLE',
  'AUTH_ARCHIVED',
  'AUTH_REVOKED'
])

interface Authorization {
  decision?: string
  fileNumber?: string
  validFrom?: string
  validTo?: string
  nie?: string
}

/**
 * Whether the record authorises its person to work for an employer (CIF) on a day (YYYY-MM-DD): granted and not ended since, the day within the
 * validity (both days included; L3), and for this employer, since an authorization is limited to one (RD 1155/2024 art 101.1).
 * A day in the past is judged by what is known now: an expired authorization still answers for its own days, an extinguished one for none.
 */
export const isAuthorised = ({ state, record }: Standing, employer: string, date: string): boolean => {
  const { decision, validFrom, validTo } = authorizationIn(record)
  if (ended.has(state) || (decision !== undefined && decision !== 'GRANTED')) return false
  if (validFrom === undefined || validTo === undefined || date < validFrom || validTo < date) return false
  return clearColumns(record).employer === employer
}

/** True when the file of this authorization goes on with another employer (`employer.changed`, RD 1155/2024 art 110): the first has no claim any more. */
export const hasMoved = (authorization: Standing, placements: readonly Standing[], employer: string): boolean => {
  const { fileNumber } = authorizationIn(authorization.record)
  if (fileNumber === undefined) return false
  // The latest placement comes first.
  const latest = placements.find(placement => authorizationIn(placement.record).fileNumber === fileNumber)
  return latest !== undefined && clearColumns(latest.record).employer !== employer
}

/** The authorization's section; empty where the record has none yet. */
export const authorizationIn = (record: Readonly<Record<string, unknown>>): Authorization => (record.authorization ?? {}) as Authorization
