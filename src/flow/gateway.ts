// What every station of a message's way stands on, composed once by each role.
import type { Adapter, PartnerKeys } from '../../adapters/contract.ts'
import type { Clock } from '../domain/clock.ts'
import type { StreamLimits } from '../domain/falling-behind.ts'
import type { Database } from '../store/database.ts'
import type { SigningAlgorithm, SigningKey } from '../trust/keys.ts'
import type { Directory, Partner } from './directory.ts'
import type { LedgerWatch } from './ledger-watch.ts'
import type { Outside } from './outside.ts'
import type { Vault } from './vault.ts'

export interface Gateway {
  database: Database
  vault: Vault
  clock: Clock
  /** By name. */
  adapters: ReadonlyMap<string, Adapter>
  directory: Directory
  /** What our security event tokens are signed with and as whom. */
  signing: Signing
  /** Requests to addresses that partners and clients gave. */
  outside: Outside
  /** The keys of one partner's channel. */
  partnerKeys(partner: Partner): PartnerKeys
  ledger: LedgerWatch
  /** From which on a stream has fallen behind. */
  streamLimits: StreamLimits
  /** One wide line per station: ids, counts and durations, never a person's data. */
  log(station: string, fields: Readonly<Record<string, string | number | boolean | null>>): void
  /** An unforeseen error, logged once at the edge. */
  failed(station: string, error: unknown): void
  /** Told of every delivery that an attempt settled, or left to be tried again. For measurements. */
  measured?(attempted: Attempted): void
}

export interface Signing {
  /** Null in a process that signs nothing (an operator's command). */
  issuer: string | null
  eventNamespace: string
  /** The key that signs with this algorithm now; null when there is none. */
  keyFor(algorithm: SigningAlgorithm): SigningKey | null
}

/** How long one delivery took. */
export interface Attempted {
  partner: string
  outcome: string
  /** From publishing to the attempt. */
  queuedMs: number
  executionMs: number
  isFirst: boolean
  /** The delivery is done with: accepted or refused. */
  isSettled: boolean
}
