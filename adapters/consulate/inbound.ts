// What the consulate pushes: who signed it, and which canonical events its rows are.
import type { CanonicalEvent, Context, Cut, Message, Unreadable, Verified } from '../contract.ts'
import { places } from '../lib/explain.ts'
import { jwsContent } from '../lib/jws-content.ts'
import { rowsOfJws } from '../lib/rows.ts'
import {
  type Appearance,
  appearance,
  appearanceMessage,
  appearancesTyp,
  type Decision,
  decision,
  decisionMessage,
  decisionsTyp
} from './answers.ts'
import type { ConsulateSettings } from './map.ts'

type Content = { kind: 'decisions' | 'appearances'; payload: unknown }

/** The body is a compact JWS whose typ says what it holds; throws `NotAuthentic`. */
export const authenticate = async (message: Message, { keys }: Context): Promise<Verified> => {
  // Read before the signature is checked, to choose which typ to demand and for nothing else.
  const typ = jwsContent(message.body).header?.typ === appearancesTyp ? appearancesTyp : decisionsTyp
  return toVerified(message, typ, await keys.verifyJws(message.body.trim(), typ))
}

/** Keys may have been rotated since the message came: its content is read again, not judged again. */
export const reopen = (message: Message): Verified => {
  const { header, payload } = jwsContent(message.body)
  return toVerified(message, header?.typ, payload)
}

/** The id is the signed one: bytes of a signature can be changed without the key, and the message would look like another. */
const toVerified = (message: Message, typ: unknown, payload: Record<string, unknown> | null): Verified => ({
  message: typeof payload?.message === 'string' ? { ...message, id: payload.message } : message,
  content: { kind: typ === appearancesTyp ? 'appearances' : 'decisions', payload } satisfies Content
})

/** One entry per row, in the consulate's order; one for the whole when the message has no rows to read. */
export const toEvents = ({ content }: Verified, settings: ConsulateSettings): (CanonicalEvent | Unreadable)[] => {
  const { kind, payload } = content as Content
  if (kind === 'appearances') {
    const { data, error } = appearanceMessage.safeParse(payload)
    return data === undefined ? [unreadable(0, places(error))] : data.appearances.map(toReturn)
  }
  const { data, error } = decisionMessage.safeParse(payload)
  return data === undefined ? [unreadable(0, places(error))] : data.decisions.map((value, row) => toDecision(value, row, settings))
}

export const rowsOf = ({ message, content }: Verified): Cut | null => rowsOfJws(message.body, (content as Content).kind, ['message'])

const toReturn = (value: unknown, row: number): CanonicalEvent | Unreadable => {
  const { data, error } = appearance.safeParse(value)
  return data === undefined ? unreadable(row, places(error)) : { row, ...fromAppearance(data) }
}

const toDecision = (value: unknown, row: number, settings: ConsulateSettings): CanonicalEvent | Unreadable => {
  const { data, error } = decision.safeParse(value)
  if (data === undefined) return unreadable(row, places(error))
  return data.outcome === 'ISSUED' && data.visa === undefined ? unreadable(row, '/visa') : { row, ...fromDecision(data, settings) }
}

const unreadable = (row: number, where: string): Unreadable => ({
  row,
  unreadable: 'row',
  reason: `does not fit the contract at ${where}: ask the consulate to tell it again`
})

const types = {
  LODGED: 'visa.lodged',
  ISSUED: 'visa.issued',
  REFUSED: 'visa.refused',
  WITHDRAWN: 'visa.withdrawn',
  RENOUNCED: 'visa.renounced',
  REVOKED: 'visa.revoked',
  ANNULLED: 'visa.annulled'
} as const

const entries = { ONE: 1, TWO: 2, MULT: 'MULTIPLE' } as const

const fromDecision = (told: Decision, { consulate }: ConsulateSettings): Omit<CanonicalEvent, 'row'> => {
  const { applicationNumber, outcome, at } = told
  return {
    key: told.key,
    type: types[outcome],
    about: { delivery: told.reference },
    effectiveAt: new Date(at).toISOString(),
    payload:
      outcome === 'LODGED'
        ? { visa: { applicationNumber, lodgedAt: at, consulate } }
        : {
            visa: {
              applicationNumber,
              outcome,
              decidedAt: at,
              ...(told.refusalReason !== undefined && { refusalReason: told.refusalReason }),
              ...(outcome === 'ISSUED' && told.visa && granted(told.visa))
            },
            ...(outcome === 'ISSUED' && told.visa && { documents: [sticker(told.visa, at)] })
          }
  }
}

const granted = (visa: NonNullable<Decision['visa']>) => ({
  stickerNumber: visa.stickerNumber,
  validFrom: visa.validFrom,
  validTo: visa.validTo,
  ...(visa.entries !== undefined && { entries: entries[visa.entries] }),
  ...(visa.durationDays !== undefined && { durationDays: visa.durationDays })
})

/** The day of issue is the consulate's own: the calendar day it wrote, whatever the offset. */
const sticker = (visa: NonNullable<Decision['visa']>, at: string) => ({
  type: 'VISA',
  number: visa.stickerNumber,
  country: 'ESP',
  issueDate: at.slice(0, 10),
  expiryDate: visa.validTo
})

/** Appearance at the consulate is the strongest evidence of a return, and closes the year. */
const fromAppearance = ({ key, passport, activityYear, at, consulate, number }: Appearance): Omit<CanonicalEvent, 'row'> => ({
  key,
  type: 'return.verified',
  about: {
    identifier: { scheme: 'PASSPORT', value: passport.number, country: passport.country },
    ...(activityYear !== undefined && { campaign: activityYear })
  },
  effectiveAt: new Date(at).toISOString(),
  payload: { return: { appearance: { consulate, at, number }, result: 'VERIFIED', evidence: 'CONSULATE_APPEARANCE' } }
})
