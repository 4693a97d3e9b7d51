// What the HTTP surface needs of the house, as functions: the api role composes them over flow, store and trust; the routes know no more.
import type { Message, Reply } from '../../adapters/contract.ts'
import type { ManagedStream, StreamWish } from '../flow/manage-streams.ts'
import type { KeyedRequest } from '../flow/once.ts'
import type { Became, BecameQuery, listBecame } from '../flow/what-became.ts'
import type { SigningKey, VerificationKey } from '../trust/keys.ts'
import type { SetRefused, SignedSet, VerifiedSet } from '../trust/set.ts'
import type { RestServices } from './rest-services.ts'
import type { Words } from './words/words.ts'

/** Any of these may throw `DomainError`: its code decides the status, and `unavailable` becomes 503 with Retry-After. */
export interface Services extends RestServices, LogServices {
  /** Wall time: signatures, tokens, limits. */
  now(): Date

  // Parties
  /** The client as of now, suspended ones too; null when there is none. Asked for every request, so that suspending works at once. */
  findClient(id: string): Promise<Client | null>
  /** Remembers that an assertion was used: true the first time, false for a repeat, whatever the process or its age. */
  rememberAssertion(hash: Buffer, expiresAt: Date): Promise<boolean>

  /** What the holder of an initial access token may become; null when the token cannot be used. */
  findInvited(token: string): Promise<{ scopes: readonly string[] } | null>
  /** Registers the holder with its keys and uses the token up; null when it cannot be used any more. Throws `DomainError` and `KeyRefused`. */
  registerInvited(
    token: string,
    asked: { jwks: unknown; scopes: readonly string[] | null; name: string | null }
  ): Promise<{ clientId: string; name: string; scopes: readonly string[]; jwks: { keys: readonly object[] } } | null>

  // Our keys
  /** Signs access tokens. */
  tokenKey(): SigningKey
  /** Access tokens signed by any of these are taken: the current key and those retired less than a token's life ago. */
  tokenKeys(): readonly VerificationKey[]
  /** Every key of ours whose signatures are still about, and those about to be used: what `jwks.json` shows. */
  publishedKeys(): readonly VerificationKey[]

  // Sets
  /** Applies the rules, stores, publishes: resolves when the transaction is committed, and not before. */
  ingestSet(input: IngestSet): Promise<IngestAnswer>
  /** Notes in the evidence log that this client's SET was refused: its signature holds, and its claims do not. */
  noteRefusedSet(clientId: string, set: SignedSet, err: SetRefused['err']): Promise<void>
  /** What became of a SET this client pushed; null for an unknown or another client's jti. */
  setStatus(clientId: string, jti: string): Promise<Became | null>
  /** What became of what this client told as SETs and by REST, in the order in which it came; `end` is null on the last page. */
  listSets(clientId: string, query: BecameQuery): ReturnType<typeof listBecame>

  // Partners
  /** Stores what a partner pushed once its own signature holds; null when no partner of this name sends messages. */
  /** `authentic` is called once the signature holds and before anything is stored; what it throws refuses the message. */
  receiveMessage(partner: string, message: Message, authentic: () => void): Promise<'stored' | 'repeated' | 'not authentic' | null>
  /** The answer to an administration's question in its own protocol, refusals included; null when there is no service of this name. */
  /** `waitOf` tells how many seconds an authenticated requester must wait; then the answer is the protocol's own refusal, with status 429. */
  answerInquiry(service: string, message: Message, waitOf: (requester: string) => number): Promise<Reply | null>
  /** The protocol's own refusal, unasked and with status 429; null when there is no service of this name. */
  refuseInquiry(service: string, waitSeconds: number): Promise<Reply | null>

  // Streams that poll
  /** The stream with this id if it is this client's; null for an unknown, a disabled or another client's. */
  findStream(clientId: string, streamId: string): Promise<StreamState | null>
  /** Settles what the receiver acknowledges or refuses, in one transaction; jti that are not this stream's are ignored. */
  settleStream(streamId: string, settled: StreamSettlement): Promise<void>
  /** The oldest SETs owed and not handed out lately, at most `max` and `bytesMax` together (but at least one), now hidden for a while. */
  takeSets(streamId: string, limits: { max: number; bytesMax: number }): Promise<TakenSets>
  /** Resolves when the stream may have something new, when the time is over or when `signal` aborts; never throws for the last two. */
  waitForSets(streamId: string, timeoutMs: number, signal: AbortSignal): Promise<void>

  // Streams that their receivers manage; all throw `DomainError`, `not-found` for another client's
  /** `under`: the Idempotency-Key and what came with it; null where there is none. */
  createStream(clientId: string, wish: StreamWish, under: KeyedRequest | null): Promise<ManagedStream>
  listStreams(clientId: string): Promise<ManagedStream[]>
  readStream(clientId: string, id: string): Promise<ManagedStream>
  changeStream(clientId: string, id: string, wish: StreamWish, how: { replaces: boolean }): Promise<ManagedStream>
  deleteStream(clientId: string, id: string): Promise<void>
  setStreamStatus(clientId: string, id: string, status: ManagedStream['status']): Promise<void>
  /** Seconds to wait when the stream was verified just now, else 0: a verification event is owed. */
  verifyStream(clientId: string, id: string, state: string | null): Promise<number>

  // Health
  /** Whether requests can be served: the database is reachable. `because` is for the operator. */
  ready(): Promise<{ ready: true } | { ready: false; because: string }>
}

export interface Client {
  id: string
  /** The URI it may use as `iss` instead of its id. */
  issuer: string | null
  status: 'active' | 'suspended'
  scopes: readonly string[]
  keys: readonly VerificationKey[]
  /** SHA-256 of the certificates of which it must show one (RFC 8705), base64url; empty: none is asked for. */
  certificates: readonly string[]
  /** May address its assertions to the token endpoint's URL instead of the issuer. */
  legacyAudience: boolean
  tokenBudgetPerMinute: number
  setBudgetPerMinute: number
}

/** The evidence log, for whoever checks it. */
export interface LogServices {
  /** The last checkpoint, a signed note; null before the first. */
  checkpoint(): Promise<string | null>
  /** The keys that sign checkpoints, and those that did. */
  logKeys(): Promise<LogKeysView>
  /** A receipt for one leaf, as text; null when there is none of this number. */
  inclusionProof(seq: number): Promise<string | null>
  /** Hashes in base64; null when no checkpoint covers `to`. */
  consistencyProof(from: number, to: number): Promise<readonly string[] | null>
  /** The receipt of a SET this client pushed, as text; null for an unknown or another client's jti. */
  setReceipt(clientId: string, jti: string): Promise<string | null>
}

/** Times in ISO 8601. */
export interface LogKeysView {
  origin: string
  keys: readonly { id: string; verifierKey: string; publicKey: string; from: string; until: string | null }[]
}

export interface IngestSet {
  client: Client
  set: VerifiedSet
  receivedAt: Date
  trace: Trace
}

/** `repeated` had the same payload before and changes nothing; a refusal is the sender's to read (RFC 8935 2.4). */
export type IngestAnswer =
  | { status: 'accepted'; eventId: string }
  | { status: 'repeated'; eventId: string }
  | { status: 'refused'; err: 'invalid_request' | 'access_denied'; description: Words }

export interface StreamState {
  id: string
  /** Paused: nothing is handed out, acknowledgements still count. */
  status: 'enabled' | 'paused'
}

export interface StreamSettlement {
  ack: readonly string[]
  /** A jti that stands in both is refused. */
  refused: readonly { jti: string; err: string; description: string }[]
}

export interface TakenSets {
  sets: readonly { jti: string; token: string }[]
  /** More are owed and could be taken at once. */
  more: boolean
}

/** W3C Trace Context of the request: `traceparent` is always valid, the sender's or ours. */
export interface Trace {
  traceparent: string
  tracestate?: string
}
