// The rules that are checked when an event comes in: a mistake found here costs a phone call, found at the consulate's counter a season.
import { earliestDate } from '../../../schemas/edtf.ts'
import type { EventType } from '../../../schemas/event.ts'
import { compareNames } from '../../../schemas/name-matching.ts'
import type { MigrantRecord } from '../../../schemas/record.ts'
import { checkNie } from '../../../schemas/spanish-identifiers.ts'
import { warningsOf } from '../../../schemas/warnings.ts'
import { dayIn } from '../calendar.ts'
import type { Said } from '../words/said.ts'
import { inEnglish, says } from '../words/words.ts'
import { ageRules, isOldEnough } from './age.ts'
import { lastDayOfAuthorization } from './authorization-validity.ts'
import { type DeadlineName, deadline } from './deadlines.ts'
import { type LegalBasis, legalBasis } from './legal-basis.ts'
import { assessNineMonths, lastLawfulDay, nineMonthRules } from './nine-months.ts'
import { judgePassport } from './passport.ts'
import type { Rule } from './rule.ts'
import { chargeOnWorker, workerCharge } from './worker-charge.ts'

/** `code` is stable; `said` tells the sender what is wrong and what to do, without the person's data. */
export interface Objection {
  code: string
  said: Said
}

/** `code` is stable; `reason` tells an operator what to look at, without the person's data. */
export interface Finding {
  code: string
  reason: string
}

export interface IntakeVerdict {
  /** The event is not taken: its sender must do something first. */
  refuse?: Objection
  /** The event is taken, and a person should look. */
  warnings: Finding[]
}

/** What a deployment may set. The programme's minimum age is stricter than the law's 16. */
export interface IntakePolicy {
  minimumAgeYears: number
}

export const defaultPolicy: IntakePolicy = { minimumAgeYears: ageRules.programme.years }

/**
 * Checks an event against the rules in force on the day it takes effect.
 * @param payload a patch that has passed its schema
 * @param before the record so far; what the event itself says goes before it
 * @param asOf when the event takes effect
 */
export const check = (
  type: EventType,
  payload: Readonly<Record<string, unknown>>,
  before: Readonly<Record<string, unknown>>,
  asOf: Date,
  policy: IntakePolicy = defaultPolicy
): IntakeVerdict => {
  const facts: Facts = {
    type,
    patch: withoutNulls(payload),
    before: before as Partial<MigrantRecord>,
    asOf: dayIn('Europe/Madrid', asOf),
    policy
  }
  const warnings: Finding[] = []
  for (const rule of [...everyType, ...(byType[type] ?? [])]) {
    const finding = rule(facts)
    if (finding === null) continue
    if ('said' in finding) return { refuse: finding, warnings: [] }
    warnings.push(finding)
  }
  for (const { rule, reason, pointer } of warningsOf(facts.patch)) warnings.push({ code: rule, reason: `${pointer}: ${reason}` })
  return { warnings }
}

interface Facts {
  type: EventType
  patch: Partial<MigrantRecord>
  before: Partial<MigrantRecord>
  /** Day in Madrid, YYYY-MM-DD. */
  asOf: string
  policy: IntakePolicy
}

type Check = (facts: Facts) => Objection | Finding | null

const refusal = (code: string, said: Said): Objection => ({ code, said })

/** The citation of a rule is a text of its own, named by the rule. */
const cite = (rule: Rule): Said => ({ id: rule.id, parts: {} })

const chargesNobody: Check = ({ patch }) => {
  const pointer = chargeOnWorker(patch)
  if (pointer === null) return null
  return refusal('worker-charge', says('worker-charge', { pointer, law: cite(workerCharge) }))
}

const niesAreWellFormed: Check = ({ patch }) => {
  const nies = [
    patch.authorization?.nie,
    patch.callback?.nie,
    ...(patch.person?.identifiers ?? []).flatMap(({ scheme, value }) => (scheme === 'ES-NIE' ? [value] : []))
  ]
  if (nies.every(nie => nie === undefined || checkNie(nie).ok)) return null
  return refusal('nie-check', says('nie-check'))
}

/** The schema knows no day to compare with. Where day or month are open, the earliest that it can be counts: nobody is refused for what may be right. */
const isBorn: Check = ({ patch, asOf }) => {
  const birthDate = patch.person?.birthDate
  if (birthDate === undefined || earliestDate(birthDate) <= asOf) return null
  return refusal('birth-date-future', says('birth-date-future', { day: asOf }))
}

/** The passport is the master of the spelling, but which paper was copied wrongly only a person can see: nothing is corrected here. */
const namesAreSpelledAlike: Check = ({ type, patch, before }) => {
  const { latin, mrz } = patch.person?.name ?? {}
  if (latin === undefined) return null
  const full = [latin.family, latin.secondFamily, latin.given].filter(part => part !== undefined).join(' ')
  const others = [
    // At its full length the zone may have cut the name.
    ...(mrz === undefined || mrz.length >= mrzCutAt ? [] : [mrz.replaceAll('<', ' ')]),
    ...(type === 'person.corrected' || before.person?.name === undefined
      ? []
      : [`${before.person.name.latin.family} ${before.person.name.latin.given}`])
  ]
  if (others.every(other => compareNames(full, other) === 'same')) return null
  return {
    code: 'name-differs',
    reason:
      'The name is spelled otherwise in the passport’s machine-readable zone or in an earlier paper. Look at the scans and send person.corrected.'
  }
}

const mrzCutAt = 38

/** Two NIEs for one person are a case for the police, who keep both with their status; none is dropped here. */
const nieIsTheSame: Check = ({ patch, before }) => {
  const told = patch.authorization?.nie ?? patch.callback?.nie
  const known = new Set(
    [
      before.authorization?.nie,
      before.callback?.nie,
      ...(before.person?.identifiers ?? []).flatMap(({ scheme, value }) => (scheme === 'ES-NIE' ? [value] : []))
    ].filter(nie => nie !== undefined)
  )
  if (told === undefined || known.size === 0 || known.has(told)) return null
  return { code: 'nie-differs', reason: 'The person already has another NIE. Ask the CGEF which one stands; both are kept.' }
}

const passportLastsLongEnough: Check = facts => {
  const expiry = passportExpiry(facts)
  if (expiry === undefined)
    return { code: 'passport-expiry-unknown', reason: 'The passport’s expiry date is not known; send it before the application is lodged.' }
  const judgement = judgePassport(expiry, lodgingDay(facts))
  if (judgement === undefined || judgement.suffices) return null
  const said = says('passport-expiry', { day: judgement.expiryNeeded, law: cite(judgement.rule) })
  // What the consulate says has happened is not refused: it has happened.
  return facts.type === 'visa.requested' ? refusal('passport-expiry', said) : { code: 'passport-expiry', reason: inEnglish(said) }
}

const visaIsInTime: Check = facts => {
  const notified = facts.patch.authorization?.notifiedAt ?? facts.before.authorization?.notifiedAt
  return lateness('visaLodging', notified, lodgingDay(facts), 'visa-deadline', 'The visa had to be lodged')
}

const altaIsInTime: Check = facts => {
  const day = facts.patch.stay?.altaDate
  return day === undefined ? null : lateness('alta', facts.before.journey?.entry?.date, day, 'alta-late', 'The alta was due')
}

const workerIsOldEnough: Check = ({ patch, before, policy }) => {
  const birthDate = patch.person?.birthDate ?? before.person?.birthDate
  const start =
    patch.contract?.start ??
    patch.callback?.period?.start ??
    patch.selection?.period?.start ??
    before.contract?.start ??
    before.callback?.period?.start ??
    before.selection?.period?.start
  if (birthDate === undefined || start === undefined || isOldEnough(birthDate, start, policy.minimumAgeYears)) return null
  const isOpen = birthDate.includes('X')
  return refusal('under-age', says(isOpen ? 'under-age-perhaps' : 'under-age', { day: start, years: policy.minimumAgeYears }))
}

/** A contract or call for more than nine months on end is unlawful under every legal basis. */
const callIsNotTooLong: Check = ({ patch, before, asOf }) => {
  const start = patch.contract?.start ?? patch.callback?.period?.start ?? before.contract?.start
  const end = patch.contract?.end ?? patch.callback?.period?.end ?? before.contract?.end
  const basis = legalBasis(asOf)
  if (start === undefined || end === undefined || end < start || basis === undefined) return null
  if (assessNineMonths(basis, [{ alta: start, baja: end }]).verdict === 'ok') return null
  const lastDay = lastLawfulDay(basis, [], start) ?? start
  return refusal('nine-month-cap', says('nine-month-cap', { day: lastDay, law: cite(nineMonthRules[basis]) }))
}

const extensionIsLawful: Check = ({ patch, before, asOf }) => {
  const alta = before.stay?.altaDate ?? patch.stay?.altaDate
  const end = patch.stay?.endDate
  const basis = basisOf(before, asOf)
  if (alta === undefined || end === undefined || end < alta || basis === undefined) return null
  if (assessNineMonths(basis, [{ alta, baja: end }]).verdict === 'ok') return null
  return {
    code: 'nine-month-cap',
    reason: `The extension passes the last lawful day, ${lastLawfulDay(basis, [], alta)} (${nineMonthRules[basis].citation}).`
  }
}

const grantFollowsItsLaw: Check = ({ patch, before }) => {
  const { legalBasis: told } = patch.authorization ?? {}
  const filed = patch.request?.filedAt ?? before.request?.filedAt
  if (told === undefined || filed === undefined) return null
  const expected = legalBasis(dayOf(filed))
  if (expected === undefined || expected === told) return null
  return {
    code: 'legal-basis',
    reason: `An application filed on that day follows ${expected}, not ${told} (L1). Ask the authority which law the grant names.`
  }
}

const grantLastsFourYears: Check = ({ patch }) => {
  const { validFrom, validTo } = patch.authorization ?? {}
  if (validFrom === undefined || validTo === undefined || validTo <= lastDayOfAuthorization(validFrom)) return null
  return {
    code: 'authorization-validity',
    reason: 'The authorization is said to last longer than four years (L3). Ask the authority for the right date.'
  }
}

const everyType: readonly Check[] = [chargesNobody, niesAreWellFormed, isBorn, namesAreSpelledAlike]

const byType: Partial<Record<EventType, readonly Check[]>> = {
  'candidate.selected': [workerIsOldEnough],
  'reserve.called': [workerIsOldEnough],
  'contract.signed': [workerIsOldEnough, callIsNotTooLong],
  'authorization.requested': [workerIsOldEnough],
  'callback.filed': [workerIsOldEnough, callIsNotTooLong, nieIsTheSame],
  'authorization.granted': [grantFollowsItsLaw, grantLastsFourYears, nieIsTheSame],
  'callback.approved': [nieIsTheSame],
  'visa.requested': [passportLastsLongEnough, visaIsInTime],
  'visa.lodged': [passportLastsLongEnough, visaIsInTime],
  'alta.registered': [altaIsInTime],
  'stay.extended': [extensionIsLawful]
}

const lodgingDay = ({ patch, asOf }: Facts): string => (patch.visa?.lodgedAt === undefined ? asOf : dayOf(patch.visa.lodgedAt))

/** Of the passport in use: the last one told that no other supersedes. */
const passportExpiry = ({ patch, before }: Facts): string | undefined => {
  const passports = [...(before.documents ?? []), ...(patch.documents ?? [])].filter(({ type }) => type === 'PASSPORT')
  const superseded = new Set(passports.map(({ supersedes }) => supersedes))
  return passports.findLast(({ number }) => !superseded.has(number))?.expiryDate
}

const basisOf = (before: Partial<MigrantRecord>, asOf: string): LegalBasis | undefined =>
  before.authorization?.legalBasis ?? legalBasis(before.request?.filedAt === undefined ? asOf : dayOf(before.request.filedAt))

const lateness = (name: DeadlineName, startedAt: string | undefined, day: string, code: string, what: string): Finding | null => {
  const limit = startedAt === undefined ? undefined : deadline(name, dayOf(startedAt))
  if (limit === undefined || day <= limit.lastDay) return null
  return { code, reason: `${what} by ${limit.lastDay} (${limit.rule.citation}).` }
}

/** A day as it stands, or the day of an instant in Madrid. */
const dayOf = (moment: string): string => (moment.length === 10 ? moment : dayIn('Europe/Madrid', new Date(moment)))

/** A patch removes with null; no rule looks at what is removed. */
const withoutNulls = (patch: Readonly<Record<string, unknown>>): Partial<MigrantRecord> => {
  const strip = (value: unknown): unknown => {
    if (Array.isArray(value)) return value
    if (typeof value !== 'object' || value === null) return value ?? undefined
    return Object.fromEntries(Object.entries(value).flatMap(([member, inner]) => (inner === null ? [] : [[member, strip(inner)]])))
  }
  return strip(patch) as Partial<MigrantRecord>
}
