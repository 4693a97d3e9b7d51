// Valid histories of a subject, as fast-check arbitraries: random walks over its life-cycle table, with payloads that pass their schemas.
import fc from 'fast-check'
import type { EventType, SubjectKind } from '../../schemas/event.ts'
import { cccCheck, cifControl, nafCheck, nieLetter } from '../../schemas/spanish-identifiers.ts'
import { authorizationTable } from '../../src/domain/lifecycle/authorization.ts'
import type { FoldEvent } from '../../src/domain/lifecycle/fold.ts'
import { offerTable } from '../../src/domain/lifecycle/offer.ts'
import { placementTable } from '../../src/domain/lifecycle/placement.ts'
import { type LifecycleTable, notBegun, prepare } from '../../src/domain/lifecycle/table.ts'

export interface History {
  kind: SubjectKind
  /** In the order of their effective times, no two at the same instant; every one has a place where it stands. */
  events: FoldEvent[]
  /** The state after each event. */
  states: string[]
}

export const tables: Readonly<Record<SubjectKind, LifecycleTable<string>>> = {
  placement: placementTable as LifecycleTable<string>,
  authorization: authorizationTable as LifecycleTable<string>,
  offer: offerTable as LifecycleTable<string>
}

const prepared = { placement: prepare(tables.placement), authorization: prepare(tables.authorization), offer: prepare(tables.offer) }

/** Random walks of up to `lengthMax` events from nothing. */
export const histories = (kind: SubjectKind, lengthMax = 40): fc.Arbitrary<History> =>
  fc
    .record({
      choices: fc.array(fc.tuple(fc.nat(9999), fc.integer({ min: 1, max: 40_000 })), { minLength: 1, maxLength: lengthMax, size: 'max' }),
      ids: fc.uniqueArray(fc.uuid({ version: 7 }), { minLength: lengthMax, maxLength: lengthMax })
    })
    .map(({ choices, ids }) => walk(kind, choices, ids))

/** An order in which the events of a history may arrive. */
export const arrivals = (history: History): fc.Arbitrary<FoldEvent[]> =>
  fc.shuffledSubarray(history.events, { minLength: history.events.length, maxLength: history.events.length })

/** A payload that passes the schema of its type; `variant` (0 to 9999) varies what may vary. */
export const samplePayload = (type: EventType, variant = 0): Record<string, unknown> => payloads[type]?.(variant) ?? {}

const walk = (kind: SubjectKind, choices: readonly (readonly [number, number])[], ids: readonly string[]): History => {
  const table = tables[kind]
  const lifecycle = prepared[kind]
  const history: History = { kind, events: [], states: [] }
  const seen: Record<string, unknown> = {}
  const ends = (state: string) => lifecycle.terminal.has(state)
  let state: string = notBegun
  let atMs = Date.parse('2026-01-05T08:00:00Z')
  for (const [index, [choice, minutes]] of choices.entries()) {
    const steps = table.order.map(type => ({ type, step: lifecycle.step(state, type, seen) }))
    const moving = steps.filter(
      ({ type, step }) => step.does === 'move' && (choice % 16 === 0 || !(endsEverything.has(type) || ends(step.to)))
    )
    const staying = steps.filter(({ step }) => step.does === 'stay')
    const pool = moving.length > 0 && (choice % 8 !== 1 || staying.length === 0) ? moving : staying
    const chosen = pool[choice % Math.max(pool.length, 1)]
    if (chosen === undefined) break
    atMs += minutes * 60_000
    const payload = samplePayload(chosen.type, choice)
    history.events.push({ id: ids[index] as string, type: chosen.type, effectiveAt: new Date(atMs).toISOString(), payload })
    Object.assign(seen, payload)
    if (chosen.step.does === 'move') state = chosen.step.to
    history.states.push(state)
  }
  return history
}

/** Open almost everywhere, they would end most walks at once; so would the other steps to a terminal state, which are rare for that. */
const endsEverything: ReadonlySet<EventType> = new Set([
  'candidate.withdrew',
  'campaign.closed',
  'worker.died',
  'authorization.extinguished',
  'offer.withdrawn'
])

const digits = (variant: number, length: number): string => String(variant).padStart(length, '0')

export const sampleNie = (variant: number): string => {
  const body = `X${digits(variant, 7)}`
  return body + nieLetter(body)
}

export const sampleCif = (variant: number): string => {
  const body = `21${digits(variant % 1000, 5)}`
  return `B${body}${cifControl(body).digit}`
}

const employer = (variant: number) => ({ cif: sampleCif(variant % 3), name: `Frutas ${variant % 3}` })
const period = { start: '2026-02-01', end: '2026-06-30' }
const selection = (variant: number, result: string) => ({
  offer: `O-${variant % 5}`,
  acta: `ACTA-${variant % 7}`,
  result,
  employer: employer(variant),
  occupation: { scheme: 'CNO-11', code: '9512' },
  workplace: { municipality: '21050' },
  period
})
const passport = (variant: number, extra: object = {}) => ({
  type: 'PASSPORT',
  number: `AB${digits(variant, 7)}`,
  country: 'MAR',
  expiryDate: '2030-05-01',
  ...extra
})
const person = (variant: number) => ({
  name: { latin: { family: 'EL IDRISSI', given: variant % 2 === 0 ? 'FATIMA ZAHRA' : 'KHADIJA' } },
  birthDate: `19${80 + (variant % 15)}-03-15`,
  birthPlace: { text: 'Moulay Bousselham', country: 'MAR', subdivision: 'MA-KEN' },
  sex: 2,
  nationalities: ['MAR'],
  identifiers: [{ scheme: 'MA-CNIE', value: `GB${digits(variant, 6)}`, country: 'MAR' }]
})
const granted = (variant: number) => ({
  fileNumber: `21${digits(variant, 8)}`,
  resolutionDate: '2026-01-20',
  notifiedAt: '2026-01-21',
  validFrom: '2026-02-01',
  validTo: '2030-01-31',
  nie: sampleNie(variant)
})
const visaOutcome = (outcome: string) => () => ({ visa: { outcome } })

const payloads: Partial<Record<EventType, (variant: number) => Record<string, unknown>>> = {
  'offer.published': v => ({
    offerDetails: {
      reference: `O-${v % 5}`,
      employer: employer(v),
      occupation: { scheme: 'CNO-11', code: '9512' },
      posts: 10 + (v % 90),
      period
    }
  }),
  'offer.amended': v => ({ offerDetails: { posts: 10 + (v % 90) } }),
  'candidate.registered': v => ({
    campaign: 2026,
    person: person(v),
    documents: [passport(v)],
    registration: { agency: 'ANP-KEN-01', registeredAt: '2025-11-03' }
  }),
  'candidate.preselected': () => ({ registration: { experience: [{ crop: 'strawberry', months: 24 }] } }),
  'candidate.discarded': () => ({ registration: { reason: 'file incomplete' } }),
  'candidate.selected': v => ({ offer: `O-${v % 5}`, selection: selection(v, 'SELECTED') }),
  'candidate.reserved': v => ({ selection: selection(v, 'RESERVE') }),
  'candidate.rejected': v => ({ selection: selection(v, 'REJECTED') }),
  'candidate.absent': v => ({ selection: selection(v, 'ABSENT') }),
  'reserve.called': v => ({ offer: `O-${v % 5}`, selection: selection(v, 'SELECTED') }),
  'contract.signed': v => ({ contract: { reference: `CT-${v}`, signedAt: '2026-01-08', start: period.start, end: period.end } }),
  'commitment.signed': v => ({ commitment: { signedAt: '2026-01-08', hash: digits(v, 64) } }),
  'authorization.requested': v => ({
    request: { requestId: `R-${v % 9}`, filedAt: '2026-01-09', consulate: { lodging: 'RABAT', issuing: v % 2 ? 'TANGIER' : 'RABAT' } }
  }),
  'authorization.defective': v => ({ request: { defects: [`D-${v % 4}`] } }),
  'authorization.mended': () => ({ request: { defects: null } }),
  'authorization.granted': v => ({ authorization: { ...granted(v), decision: 'GRANTED' } }),
  'authorization.refused': v => ({
    authorization: { fileNumber: `21${digits(v, 8)}`, decision: 'REFUSED', resolutionDate: '2026-01-20', reasonCode: 'R-1' }
  }),
  'authorization.inadmissible': () => ({ authorization: { decision: 'INADMISSIBLE', resolutionDate: '2026-01-20' } }),
  'authorization.archived': () => ({ authorization: { decision: 'ARCHIVED' } }),
  'authorization.extinguished': v => ({ authorization: { fileNumber: `21${digits(v, 8)}`, decision: 'EXTINGUISHED' } }),
  'authorization.renewed': () => ({ authorization: { validTo: '2034-01-31' } }),
  'visa.requested': v => ({ visa: { batchId: `B-${v % 6}`, consulate: { lodging: 'RABAT', issuing: 'TANGIER' } } }),
  'visa.lodged': v => ({ visa: { lodgedAt: '2026-01-28', applicationNumber: `V-${v}` } }),
  'visa.issued': v => ({
    visa: { outcome: 'ISSUED', stickerNumber: `ESP${digits(v, 6)}`, validFrom: '2026-02-01', validTo: '2026-10-31' },
    documents: [{ type: 'VISA', number: `ESP${digits(v, 6)}`, country: 'ESP' }]
  }),
  'visa.refused': visaOutcome('REFUSED'),
  'visa.withdrawn': visaOutcome('WITHDRAWN'),
  'visa.lapsed': visaOutcome('LAPSED'),
  'visa.renounced': visaOutcome('RENOUNCED'),
  'visa.revoked': visaOutcome('REVOKED'),
  'visa.annulled': visaOutcome('ANNULLED'),
  'callback.filed': v => ({
    campaign: 2026,
    person: person(v),
    documents: [passport(v)],
    callback: { fileNumber: `21${digits(v, 8)}`, nie: sampleNie(v), yearIndex: 2 + (v % 3), period, employer: employer(v) }
  }),
  'callback.approved': () => ({ callback: { response: { outcome: 'APPROVED', date: '2026-01-20' } } }),
  'callback.refused': () => ({ callback: { response: { outcome: 'REFUSED', date: '2026-01-20' } } }),
  'summons.sent': v => ({ journey: { summonsId: `S-${v}` } }),
  'port.checked-in': () => ({ journey: { boarding: 'PRESENT' } }),
  'boarding.missed': () => ({ journey: { boarding: 'NO_SHOW' } }),
  'boarding.scanned': () => ({ journey: { boarding: 'BOARDED' } }),
  'boarding.refused': () => ({ journey: { boarding: 'OFFLOADED' } }),
  'border.admitted': () => ({ journey: { entry: { date: '2026-02-03', point: 'ESTRF', documentUsed: 'VISA' } } }),
  'alta.registered': v => ({
    stay: {
      altaDate: '2026-02-04',
      ccc: `21${digits(v % 7, 7)}${cccCheck(21, v % 7)}`,
      nuss: `21${digits(v % 9, 8)}${nafCheck(21, v % 9)}`
    }
  }),
  'baja.registered': () => ({ stay: { endDate: '2026-06-30', reason: 'END_OF_CALL' } }),
  'employer.changed': v => ({ selection: { employer: employer(v + 1) } }),
  'return.boarded': () => ({ return: { exitDate: '2026-07-02' } }),
  'return.verified': v => ({
    return: {
      result: 'VERIFIED',
      evidence: 'CONSULATE_APPEARANCE',
      appearance: { consulate: 'TANGIER', at: '2026-07-10', number: `VIII-${v}` }
    }
  }),
  'return.late': () => ({ return: { result: 'LATE' } }),
  'document.renewed': v => ({ documents: [passport((v + 1) % 10_000)] }),
  'person.corrected': v => ({ person: { contact: { phones: [`+2126${digits(v, 8)}`], language: 'ar', channel: 'SMS' } } }),
  'record.corrected': () => ({ corrects: '01890000-0000-7000-8000-000000000000', version: 1 })
}
