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
  /** What the URI of each event begins with. */
  eventNamespace: string
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
