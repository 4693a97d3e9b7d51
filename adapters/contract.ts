// The one door between the gateway and a partner: what an adapter is, what it is given, what it answers.
import type { z } from 'zod'
import type { EventType } from '../schemas/event.ts'
import type { FieldPath } from '../schemas/field.ts'
import type { MigrantRecord } from '../schemas/record.ts'

/** The code for one kind of partner. `Settings` are one partner's, parsed when it is configured and again at start. */
export interface Adapter<Settings = unknown> {
  /** The folder's name; also the queue's. */
  name: string
  /** Changes whenever `map` or `assemble` would give other bytes for the same record; kept on every attempt. */
  mappingVersion: string
  settings: z.ZodType<Settings>
  /** Every address that it reaches with these settings: judged when they are set, and whenever it connects. Absent: all URLs in them. */
  endpoints?(settings: Settings): readonly string[]
  outbound?: Outbound<Settings>
  inbound?: Inbound<Settings>
  answering?: Answering<Settings>
  /** Its messages are security event tokens, which the gateway makes of what `map` gives and signs: fetched by the receiver, or pushed. */
  stream?(settings: Settings): 'poll' | 'push'
}

export interface Outbound<Settings = unknown, Fragment = unknown> {
  accepts: readonly EventType[]
  /** Events that supersede what has not left the lane yet, and go next. */
  cancels?: readonly EventType[]
  /** The canonical fields this partner's message is made of. The gateway hands over these and no others, and refuses to start
   *  when the partner's role may not have one of them (src/domain/disclosure.ts). */
  reads: readonly FieldPath[]
  /** The part of `reads` that a partner with these settings gets. Absent: all of it. */
  narrow?(settings: Settings): readonly FieldPath[]
  /** Events that take one place each of the partner's weekly capacity when they are sent. Absent: none. */
  usesCapacity?: readonly EventType[]
  /** Deliveries with the same key travel together, up to `max`, after at most `waitMs`. Absent: one by one. */
  gather?: { by(event: Projected, settings: Settings): string; max: number | ((settings: Settings) => number); waitMs: number }
  /** Pure, one row, JSON in and JSON out. A throw means this can never be mapped: the row is parked, not retried. */
  map(event: Projected, settings: Settings): Fragment
  /** Pure. The document that carries the rows, in the order given; whoever signs it when it is sent takes its body as it is. */
  assemble(rows: readonly Row<Fragment>[], parcelId: string, settings: Settings, times: Times): Draft
  /** One attempt. `NotSent` means no connection was made; any other throw means we do not know whether it arrived. */
  send(parcel: Parcel<Fragment>, context: Context<Settings>): Promise<readonly Outcome[] | ParcelRefused>
  /** After a lost answer: does the partner have it? Absent: the same parcel id is simply sent again. */
  ask?(parcel: Parcel<Fragment>, context: Context<Settings>): Promise<readonly Outcome[] | 'absent' | 'cannot tell'>
}

export interface Inbound<Settings = unknown> {
  /** `cursor` is what the last poll gave, null at first; it is stored in the transaction that stores the messages. */
  poll?(cursor: string | null, context: Context<Settings>): Promise<{ messages: Message[]; cursor: string }>
  /** Seconds of wall time between two polls of a partner with these settings; null: it is not polled. */
  pollEverySeconds?(settings: Settings): number | null
  /** The row answers of a parcel that was accepted with a ticket; `retryAfterSeconds` are of campaign time, as the ticket's. */
  collect?(ticket: string, context: Context<Settings>): Promise<Message | { retryAfterSeconds: number }>
  /** Days of campaign time within which the row answers were agreed to come. Absent or null: the gateway's dated rule, a month. */
  answersWithinDays?(settings: Settings): number | null
  /** Checks the signature through the context's keys; throws `NotAuthentic`. Messages from poll and collect pass here too. */
  authenticate(message: Message, context: Context<Settings>): Promise<Verified>
  /** The content of a message that was authenticated when it came, without judging it again: later its certificate or time stamp may have run
   *  out. Kept by its rows it comes with one of them, without headers or what `rowsOf` takes off. Absent: `authenticate` is used. */
  reopen?(message: Message, settings: Settings): Verified
  /** Pure. One entry per row: what it means, or why it cannot be read. A row that says nothing new has none. */
  map(message: Verified, settings: Settings): readonly (CanonicalEvent | Unreadable)[]
  /** Pure. Where the rows of `map` stand, so that each is kept under its person's key; needs `reopen`. Null, or absent: kept whole, for a while. */
  rowsOf?(message: Verified): Cut | null
}

/** A partner that asks us (SCSP as an issuer). What is read is kept by the gateway as JSON, sealed, until it has been answered. */
export interface Answering<Settings = unknown> {
  /** Whether a partner with these settings is answered at all. */
  serves(settings: Settings): boolean
  /** The questions, or who comes for an earlier answer. Throws `Unanswerable`. */
  read(message: Message, context: Context<Settings>): Promise<Inquiry | Retrieval>
  /** The answers, signed; one for each question, in any order. Of a question whose person was erased since neither is there any more. */
  write(inquiry: Asked, answers: readonly Answer[], context: Context<Settings>): Promise<Reply>
  /** To an inquiry of mode 'later', and to whoever comes too early: taken, come back after so many seconds of campaign time. */
  acknowledge(inquiry: Omit<Asked, 'questions'>, afterSeconds: number, context: Context<Settings>): Promise<Reply>
  /** The protocol's own error document. */
  fail(error: Unanswerable, context: Context<Settings>): Promise<Reply>
  /** The protocol's codes for what only the gateway knows: an inquiry sent twice, a retrieval of none, trouble of our own. */
  codes: { repeated: string; absent: string; unavailable: string }
}

/** One event as the partner may see it: `record` holds only the paths of `reads`, as of the version published with the event. */
export interface Projected {
  /** The delivery's id, a ULID: stable over attempts, rounds and parcels, so a partner can tell a repeat by it. */
  delivery: string
  eventId: string
  type: EventType
  /** Pairwise id of the person (or offer) at this partner: never shared with another partner. */
  subId: string
  version: number
  campaign: number
  /** ISO 8601 instant at which the fact took effect. */
  effectiveAt: string
  record: DeepPartial<MigrantRecord>
}

export interface Row<Fragment = unknown> {
  delivery: string
  fragment: Fragment
}

/** What `assemble` made. `headers` are the content's own (content type, SOAP action), never credentials. */
export interface Draft {
  contentType: string
  headers?: Readonly<Record<string, string>>
  body: string
  /** Where each row stands, in the order given; what is around them outlives an erasure and tells of nobody. Absent: the body is the one row. */
  rows?: readonly Span[]
}

/** A part of a text: from its first character to behind its last. */
export interface Span {
  from: number
  to: number
}

/** Where rows stand in a message's body: in its text, or in the payload of the compact JWS that it is. */
export interface Cut {
  within: 'text' | 'jws'
  rows: readonly Span[]
  /** In place of the body, where it holds a digest of the rows (of a JWS it is taken off anyhow): what is signed, and what stands around that. */
  signed?: { body: string; before: string; after: string }
}

/** Of one attempt. */
export interface Times {
  /** Wall time. */
  now: Date
  /** Campaign time (ISO 8601): what the partner is told as the day of filing. */
  campaignAt: string
}

export interface Parcel<Fragment = unknown> {
  /** 26-character ULID: fits SCSP's IdPeticion and any idempotency key. A resend keeps it. */
  id: string
  rows: readonly Row<Fragment>[]
  draft: Draft
  /** Campaign time of this attempt (ISO 8601), fixed when its capacity was counted: what the partner is told as the day of filing. */
  campaignAt: string
  /** 1 on the first send of this id; above 1 an answer "already have it" means the earlier send arrived. */
  attempt: number
}

/** What a stream's `map` gives: the event's name and its payload in a SET (RFC 8417 `events`). */
export interface StreamEvent {
  type: EventType
  payload: Record<string, unknown>
}

/** What `assemble` of a pushed stream gets: the SET, signed, and what its transport says of it. */
export interface SignedSet {
  token: string
  jti: string
  /** Our issuer. */
  source: string
  /** The event's name, beginning with our domain reversed. */
  type: string
  /** When the fact took effect, RFC 3339. */
  time: string
}

/** What the settings of a stream hold at least. */
export interface StreamSettings {
  /** `aud` of every SET: one string, the receiver's. */
  audience: string
  /** The fields of the record that the stream carries; its role must be allowed each of them. */
  fields: FieldPath[]
  /** How long a SET hides after it was handed out, until it is handed out again. */
  redeliverAfterSeconds: number
  signingAlgorithm: 'ES256' | 'PS256' | 'EdDSA'
}

/** What a partner sent, verbatim. `id` is the partner's own message id, or a digest of the body where it gives none. */
export interface Message {
  id: string
  contentType: string
  headers: Readonly<Record<string, string>>
  body: string
}

export interface Verified {
  message: Message
  /** The parsed content, already checked against the partner's contract. */
  content: unknown
}

/** Whom an inbound row is about, in the partner's own terms. */
export type Reference =
  | { delivery: string }
  | { subId: string; campaign?: number }
  | { identifier: { scheme: 'PASSPORT' | 'ES-NIE' | 'MA-CNIE'; value: string; country?: string }; campaign?: number }

/** A dated fact read from a partner's row. `key` is unique within the message and stable when the message is sent again. */
export interface CanonicalEvent {
  row: number
  key: string
  type: EventType
  about: Reference
  effectiveAt: string
  /** A patch of the record: the sections that schemas/event.ts allows for this type. */
  payload: Record<string, unknown>
}

export interface Unreadable {
  row: number
  unreadable: string
  /** Never a person's data: what is wrong and what to do. */
  reason: string
}

/** What becomes of one row of a parcel. */
export type Outcome =
  /** The receipt is the partner's proof, verbatim. `afterSeconds` are of campaign time: a partner's waiting time. */
  | { status: 'accepted'; receipt: string; collect?: { ticket: string; afterSeconds: number } }
  /** Asked to wait; costs no attempt. `code` and `reason` say what a person has to put right, where it is not just busy. */
  | { status: 'deferred'; retryAfterSeconds: number; code?: string; reason?: string }
  /** `reason` is in the partner's own words: the gateway seals it. `code` stays in clear where it looks like one. */
  | { status: 'refused'; code: string; reason: string }
  /** Did not take it, or may not have: tried again by the schedule, at the cost of an attempt, under the same id. Only for partners that tell a
   *  repeat. `code` is a word of ours. With `gone` the partner is paused: it says that its address is no more. */
  | { status: 'failed'; code: string; retryAfterSeconds?: number; gone?: true }

/** The document as a whole was refused: it is halved under new ids until the row is found. */
export interface ParcelRefused {
  refused: 'parcel'
  code: string
  reason: string
}

/** An answer to whoever asked us, with the HTTP status its protocol demands. */
export interface Reply extends Draft {
  status: number
}

export interface Inquiry {
  kind: 'inquiry'
  /** The requester's own id of the inquiry: (requester, id) is asked once. */
  id: string
  /** 'later': to be stored and acknowledged; the answer is fetched by a `Retrieval`, not before `afterSeconds` of campaign time. */
  mode: 'now' | 'later'
  afterSeconds: number
  requester: string
  purpose: string
  consent: string
  /** The official (NIF) in whose name it is asked. */
  official: string
  questions: readonly {
    id: string
    identifier: { scheme: 'PASSPORT' | 'ES-NIE'; value: string; country?: string }
    employer: string
    date: string
    /** What `write` needs of this question, in the adapter's own form; JSON. Goes with the person whom it is about. */
    frame: unknown
  }[]
  /** What `write` needs of the request beside its questions; JSON, and about nobody. */
  frame: unknown
  /** What was signed, as text, and where each question stands in it, in their order: each is kept under the key of whom it is about. `around` is what
   *  stood before and behind it in the message as sent (envelope, signature), kept as long as nobody in it is erased; null: that cannot be told. */
  document: { body: string; rows: readonly Span[]; around: { before: string; after: string } | null }
}

/** An inquiry as far as answering it needs. */
export type Asked = Omit<Inquiry, 'document'>

/** Somebody comes for the answer to an inquiry of mode 'later'. */
export interface Retrieval {
  kind: 'retrieval'
  id: string
  requester: string
  /** What `fail` needs of the request. */
  frame: unknown
}

export interface Answer {
  id: string
  status: 'authorised' | 'not authorised' | 'not identified'
  authorization?: { fileNumber: string; validFrom: string; validTo: string; nie?: string }
}

/** What an adapter may touch. No key, database, queue or global fetch. */
export interface Context<Settings = unknown> {
  partner: string
  settings: Settings
  /** With time-out, SSRF guard and trace id. Throws `NotSent` only when no connection (DNS, TCP, TLS) was made. */
  fetch: (url: string, init: FetchInit) => Promise<FetchAnswer>
  keys: PartnerKeys
  signal: AbortSignal
  /** Wall time: signatures, time stamps, back-off. */
  now(): Date
  /** Campaign time: waiting times, deadlines, planned dates. */
  campaignNow(): Date
}

export interface FetchInit {
  method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  headers?: Readonly<Record<string, string>>
  body?: string
  timeoutMs?: number
  /** How much of the answer is read, 8 MiB if absent, and what becomes of a longer one: it throws, or the rest is left unread. */
  answerBytesMax?: number
  longer?: 'throw' | 'cut'
}

export interface FetchAnswer {
  status: number
  headers: Readonly<Record<string, string>>
  body: string
}

export type RawAlgorithm = 'rsa-sha256' | 'rsa-sha1' | 'ecdsa-sha256'

/** The keys of this partner's channel, by use and never by value. */
export interface PartnerKeys {
  /** Our X.509 certificate for this partner, PEM; null when none is configured. */
  certificate: string | null
  signRaw(algorithm: RawAlgorithm, bytes: Uint8Array): Uint8Array
  /** True when `certificate` (PEM) is registered for this partner, is in force, and made the signature. */
  verifyRaw(algorithm: RawAlgorithm, bytes: Uint8Array, signature: Uint8Array, certificate: string): boolean
  /** Why a certificate is not trusted, or null when it is. */
  distrust(certificate: string): 'unknown' | 'expired' | 'not yet valid' | 'revoked' | null
  /** Compact JWS (ES256, typ and kid set). */
  signJws(typ: string, payload: Readonly<Record<string, unknown>>): Promise<string>
  /** Compact JWS by one of the partner's registered keys; throws `NotAuthentic`. */
  verifyJws(token: string, typ: string): Promise<Record<string, unknown>>
}

/** No connection was made: nothing can have arrived, trying again is safe. `code` is what operators read. */
export class NotSent extends Error {
  override name = 'NotSent'
  readonly code: string
  constructor(message: string, { cause, code = 'not-sent' }: { cause?: unknown; code?: string } = {}) {
    super(message, cause === undefined ? undefined : { cause })
    this.code = code
  }
}

/** The signature, certificate or key is not the partner's. */
export class NotAuthentic extends Error {
  override name = 'NotAuthentic'
}

/** A question that the protocol must refuse: `code` is the protocol's own (SCSP 0305, …). */
export class Unanswerable extends Error {
  override name = 'Unanswerable'
  readonly code: string
  /** What `fail` needs to echo of the request, as far as it could be read. */
  readonly frame: unknown
  constructor(code: string, message: string, frame?: unknown) {
    super(message)
    this.code = code
    this.frame = frame
  }
}

export type DeepPartial<T> = T extends readonly (infer U)[] ? readonly U[] : T extends object ? { [K in keyof T]?: DeepPartial<T[K]> } : T

/** A double of the partner, run as a process of its own by the demo, the conformance suite and the fault tests. */
export interface SandboxOptions {
  port: number
  /** Folder for the journal (NDJSON, one line per business effect, fsynced before the answer) and for what must survive kill -9. */
  directory: string
  /** Where the sandbox sends its own messages, if it does: the gateway's base URL. */
  gateway?: string
  /** Divides the partner's waiting times; 1 is real time. */
  speed: number
  /** Adapter-specific: keys, certificates, capacity. */
  settings: Record<string, unknown>
}

export interface Sandbox {
  url: string
  close(): Promise<void>
}

/** How a sandbox is told to misbehave: POST /__sandbox/misbehave with one of these; GET /__sandbox/journal lists its entries. */
export type Misbehaviour =
  | { mode: 'none' }
  | { mode: 'unavailable'; status: 500 | 502 | 503 | 504 }
  | { mode: 'hang' | 'cut'; afterStoring: boolean }
  | { mode: 'slow'; delayMs: number }
  | { mode: 'garbage' }
  | { mode: 'bad-signature' }
  | { mode: 'refuse-rows'; everyNth: number; code: string }
  | { mode: 'refuse-parcel'; code: string }

/** One business effect at the partner. */
export interface JournalEntry {
  at: string
  partner: string
  /** The gateway's ids of the parcel, and of the row's delivery. */
  parcel: string
  delivery: string
  subId: string
  /** What happened: 'lodged', 'requested', 'issued', 'repeated', … A repeat of a parcel is journalled as `repeated` and has no effect. */
  effect: string
  /** Campaign ISO week (2026-W07) where the effect used capacity. */
  week?: string
  version?: number
  detail?: Record<string, unknown>
}
