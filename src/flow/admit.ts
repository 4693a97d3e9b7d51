// admit: one event as a client told it, by whatever way it came: may this client tell it, does it fit the language, then the intake.
import { type EventType, eventPayload, eventTable, isEventType } from '../../schemas/event.ts'
import { type Explanation, explain, sentence } from '../../schemas/explain.ts'
import { DomainError } from '../domain/errors.ts'
import type { Said } from '../domain/words/said.ts'
import { says } from '../domain/words/words.ts'
import type { Way } from '../store/seen.ts'
import { sha256 } from '../trust/keyed-hash.ts'
import type { IngestAnswer, Judge } from './ingest.ts'
import { type Intake, IntakeFull } from './intake.ts'

/** Who tells it, as far as that decides what may be told. */
export interface Teller {
  id: string
  /** Null: any that is taken from outside. */
  eventTypes: readonly string[] | null
  /** Of an origin agency: it registers for itself alone. */
  agency: string | null
}

export interface Told {
  /** The teller's own id of the message or row. */
  key: string
  type: string
  /** The person or offer as the teller knows it. */
  sourceId: string
  payload: unknown
  effectiveAt: Date
  /** What the ledger commits to: the token, or the row as it came. */
  evidence: string
  way: Way
  /** What makes a repeat a repeat; of type, subject, time and payload where it is absent. */
  payloadHash?: Buffer
  /** What was refused may be told again under the same key with other content. */
  correctable?: true
  /** The record that it is about, where that is named by an id of ours, and what must hold of it. */
  amends?: { subjectId: string; judge: Judge }
}

export type Admission =
  | IngestAnswer
  | { status: 'unfit'; faults: readonly Explanation[] }
  | { status: 'unknown-type' }
  /** It takes effect in the future. */
  | { status: 'not-yet' }
  | { status: 'not-granted'; said: Said }

/** Whether it was refused before the intake: nothing of it is remembered, and its key may be used again. */
export const isNotAdmitted = ({ status }: Admission): boolean => ['unfit', 'unknown-type', 'not-yet', 'not-granted'].includes(status)

/**
 * Ingests what a client tells; resolves after the commit.
 * @throws DomainError `unavailable` when the intake is full or the store cannot be reached.
 */
export const admit = async (intake: Intake, now: Date, teller: Teller, told: Told): Promise<Admission> => {
  const { type } = told
  if (!isEventType(type) || type === 'record.corrected') return { status: 'unknown-type' }
  if (told.effectiveAt.getTime() > now.getTime() + skewMs) return { status: 'not-yet' }
  if (teller.eventTypes !== null && !teller.eventTypes.includes(type)) return { status: 'not-granted', said: says('type-not-granted') }
  for (const [pointer, name] of [
    ['/key', told.key],
    ['/person', told.sourceId]
  ] as const)
    if (!isName(name)) return { status: 'unfit', faults: [badName(pointer)] }
  const parsed = eventPayload(type).safeParse(told.payload)
  if (!parsed.success) return { status: 'unfit', faults: explain(parsed.error, told.payload) }
  const agency = agencyOf(parsed.data)
  if (teller.agency !== null && agency !== undefined && agency !== teller.agency)
    return { status: 'not-granted', said: says('another-agency') }
  return submit(intake, teller, told, type, parsed.data)
}

/** Told apart by their bytes: characters that cannot be encoded would make two names one. */
const isName = (name: string): boolean => name.length > 0 && name.isWellFormed() && !/\p{Cc}/u.test(name)

const badName = (pointer: string): Explanation => ({ pointer, code: 'characters', detail: badCharacters, said: sentence(badCharacters) })
const badCharacters = 'Write it without control characters and without halves of surrogate pairs.'

/** Two honest clocks differ by this much at most. */
const skewMs = 60_000

const submit = async (
  intake: Intake,
  teller: Teller,
  told: Told,
  type: EventType,
  payload: Record<string, unknown>
): Promise<IngestAnswer> => {
  const { key, sourceId, effectiveAt, evidence, way, correctable, amends } = told
  try {
    return await intake.submit({
      source: teller.id,
      key,
      payloadHash: told.payloadHash ?? sha256(JSON.stringify([type, sourceId, effectiveAt.toISOString(), payload])),
      type,
      about: amends === undefined ? { sourceId } : { subjectId: amends.subjectId },
      payload,
      effectiveAt,
      evidence,
      way,
      order: `${teller.id} ${eventTable[type].about === 'offer' ? 'offer' : 'person'} ${sourceId}`,
      ...(correctable ? { correctable } : {}),
      ...(amends === undefined ? {} : { judge: amends.judge })
    })
  } catch (error) {
    if (error instanceof IntakeFull) throw new DomainError('unavailable', says('intake-full'), { retryAfterSeconds: 5, cause: error })
    throw error
  }
}

const agencyOf = (payload: Readonly<Record<string, unknown>>): string | undefined => {
  const agency = (payload.registration as { agency?: unknown } | undefined)?.agency
  return typeof agency === 'string' ? agency : undefined
}
