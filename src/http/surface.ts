// What every route is given: the services, who we are, and how to say one line about what happened.
import type { AccessToken } from '../trust/access-token.ts'
import type { Budgets } from './budget.ts'
import type { CertificateOf } from './client-certificate.ts'
import type { Services } from './services.ts'

/** One wide line: a name and plain fields. There is no way to log a body or an error's message by it. */
export type Log = (name: string, fields: Readonly<Record<string, string | number | boolean | null>>) => void

/** Of calls that are signed and carry no token: `/v1/inbound` and `/scsp`. */
export interface CallLimits {
  /** Before the signature is checked, for one address. */
  addressPerMinute: number
  /** After it, for one partner or requester. */
  partnerPerMinute: number
}

export interface Surface {
  services: Services
  /** An https URL without path, query or trailing slash. */
  issuer: string
  log: Log
  /** The certificate of the request's TLS connection, as the proxy tells it. */
  certificateOf: CertificateOf
  /** Whether there is a proxy that tells of certificates. */
  asksForCertificates: boolean
  verifyAccessToken(token: string, now: Date): Promise<AccessToken | null>
  budgets: Budgets
  /** Apart from those of clients: many addresses must not push a client's out. */
  addressBudgets: Budgets
  limits: CallLimits
  /** Aborts when the server closes, so that nobody waits for it. */
  closing: AbortSignal
}

/** Every scope a client may be registered with, and what it allows. */
export const scopes = {
  'set.push': 'Push events, as security event tokens, by REST or in files, and read what became of them',
  'authz.read': 'Read the authorizations of those you have to do with',
  'placements.read': 'Read the placements of those you have to do with',
  'offers.read': 'Read the job offers that are yours to see',
  'ssf.read': 'Poll a stream and acknowledge its events',
  'ssf.manage': 'Manage streams, and all that ssf.read allows'
} as const

export type Scope = keyof typeof scopes
