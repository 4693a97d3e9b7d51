// From a visa request to a row of the joint application, and from what ended it to a withdrawal. Pure; joined by passport and file number,
// never by NIE: the law keeps the NIE off visas (RD 1155/2024 art 205.2).
import { z } from 'zod'
import { renderName } from '../../schemas/name-targets.ts'
import type { MigrantRecord } from '../../schemas/record.ts'
import { toSpanishSex } from '../../schemas/sex.ts'
import type { DeepPartial, Draft, Projected, Row } from '../contract.ts'
import { passportInForce } from '../lib/passport.ts'
import { writeRows } from '../lib/rows.ts'
import type { components } from './wire.d.ts'

type Wire = components['schemas']
type Record = DeepPartial<MigrantRecord>

const consulateCode = z.string().regex(/^[A-Z][A-Z0-9_-]{0,19}$/, { error: 'Write the consulate as in the records: TANGIER' })

export const settings = z.strictObject({
  /** Base URL of the consulate's service; https://consulate.example/jisr/v1 */
  endpoint: z.url().transform(url => url.replace(/\/$/, '')),
  /** Where the application is filed and where the visa is issued. Each issuing consulate is a partner of its own. */
  consulate: z.strictObject({ lodging: consulateCode, issuing: consulateCode }),
  /** Who files when the record names neither a representative nor an employer. */
  representative: z.string().min(1).max(120).optional(),
  /** How many applications travel together; the contract allows 500. */
  jointMax: z.int().min(1).max(500).default(500),
  /** Name of the weekly capacity that the gateway counts for this partner. */
  capacity: z.string().min(1).max(64).optional()
})
export type ConsulateSettings = z.infer<typeof settings>

export type Fragment =
  | {
      kind: 'application'
      lodging: string
      issuing: string
      representative: string
      employer?: string
      application: Wire['VisaApplication']
    }
  | { kind: 'withdrawal'; issuing: string; withdrawal: Wire['Withdrawal'] }

const withdrawalReasons = {
  'candidate.withdrew': 'applicant-withdrew',
  'authorization.extinguished': 'authorization-extinguished',
  'worker.died': 'applicant-died'
} as const satisfies Partial<{ [Type in Projected['type']]: Wire['Withdrawal']['reason'] }>

export const withdrawing = Object.keys(withdrawalReasons) as (keyof typeof withdrawalReasons)[]

/** Applications go together that one representative files at one consulate for another to decide; withdrawals apart. Never throws. */
export const togetherBy = ({ type, record }: Projected, settings: ConsulateSettings): string => {
  const { lodging, issuing } = route(record, settings)
  return type === 'visa.requested'
    ? JSON.stringify(['application', lodging, issuing, filer(record, settings) ?? '', record.selection?.employer?.cif])
    : JSON.stringify(['withdrawal', issuing])
}

/**
 * @throws Error naming what the record lacks, or that it is meant for another consulate; never holding a value. The row is parked.
 */
export const toFragment = (event: Projected, settings: ConsulateSettings): Fragment => {
  const { record } = event
  const { lodging, issuing } = route(record, settings)
  if (issuing !== settings.consulate.issuing)
    throw new Error("the visa is to be issued by another consulate than this partner's: check the scope of its subscription, or the record")
  if (event.type !== 'visa.requested') return { kind: 'withdrawal', issuing, withdrawal: toWithdrawal(event) }
  const employer = record.selection?.employer?.cif
  return {
    kind: 'application',
    lodging,
    issuing,
    representative: needed(filer(record, settings), 'who files the application (visa.representative or the employer)'),
    ...(employer !== undefined && { employer }),
    application: toApplication(event)
  }
}

/** All rows are of one kind, as `togetherBy` keeps them; their head is taken from the first. */
export const toDraft = (rows: readonly Row<Fragment>[]): Draft => {
  const head = rows[0]?.fragment
  if (head === undefined) throw new Error('a parcel holds at least one row')
  return { contentType: 'application/json', ...(head.kind === 'application' ? toJoint(head, rows) : toRequest(head.issuing, rows)) }
}

const toJoint = ({ lodging, issuing, representative, employer }: Fragment & { kind: 'application' }, rows: readonly Row<Fragment>[]) => {
  const head: Omit<Wire['JointApplication'], 'applications'> = {
    consulateLodging: lodging,
    consulateIssuing: issuing,
    representative,
    ...(employer !== undefined && { employer })
  }
  const applications: Wire['VisaApplication'][] = rows.map(({ fragment }) => {
    if (fragment.kind !== 'application') throw new Error('a joint application holds applications only')
    return fragment.application
  })
  return writeRows(head, 'applications', applications)
}

const toRequest = (issuing: string, rows: readonly Row<Fragment>[]) => {
  const head: Omit<Wire['WithdrawalRequest'], 'withdrawals'> = { consulateIssuing: issuing }
  const withdrawals: Wire['Withdrawal'][] = rows.map(({ fragment }) => {
    if (fragment.kind !== 'withdrawal') throw new Error('a withdrawal request holds withdrawals only')
    return fragment.withdrawal
  })
  return writeRows(head, 'withdrawals', withdrawals)
}

const route = ({ visa }: Record, { consulate }: ConsulateSettings) => ({
  lodging: visa?.consulate?.lodging ?? consulate.lodging,
  issuing: visa?.consulate?.issuing ?? consulate.issuing
})

const filer = ({ visa, selection }: Record, { representative }: ConsulateSettings): string | undefined =>
  visa?.representative ?? selection?.employer?.name ?? representative

const toWithdrawal = ({ delivery, subId, type, record }: Projected): Wire['Withdrawal'] => {
  if (!(type in withdrawalReasons)) throw new Error(`a consulate is not told of ${type}: take it out of the partner's subscription`)
  return defined({
    reference: delivery,
    personReference: subId,
    passportNumber: passportInForce(record.documents)?.number,
    fileNumber: record.authorization?.fileNumber,
    reason: withdrawalReasons[type as keyof typeof withdrawalReasons]
  })
}

const toApplication = ({ delivery, subId, record }: Projected): Wire['VisaApplication'] => {
  const passport = passportInForce(record.documents)
  return defined({
    reference: delivery,
    personReference: subId,
    applicant: toApplicant(record.person),
    passport: defined({
      number: needed(passport?.number, 'a passport'),
      country: needed(passport?.country, "the passport's country"),
      issueDate: passport?.issueDate,
      // The consulate refuses a passport of less than a year; without the date it cannot know, so neither can we (RD 1155/2024 art 38.d).
      expiryDate: needed(passport?.expiryDate, "the passport's expiry date")
    }),
    fileNumber: needed(record.authorization?.fileNumber, "the authorisation's file number"),
    activityStart: record.selection?.period?.start,
    activityEnd: record.selection?.period?.end,
    contractReference: record.contract?.reference,
    criminalRecordDate: record.visa?.criminalRecord?.date,
    medicalCertificateDate: record.visa?.medicalCertificate?.date,
    photoReference: record.visa?.photoReference
  })
}

/** Names take the field lengths Spanish administrations use among themselves; the passport number is what people are matched on. */
const toApplicant = (person: Record['person']): Wire['Applicant'] => {
  const { family, given, secondFamily } = person?.name?.latin ?? {}
  const surname = renderName([needed(family, 'the family name'), secondFamily].filter(Boolean).join(' '), 'SCSP-APELLIDO')
  const givenNames = renderName(needed(given, 'the given names'), 'SCSP-NOMBRE')
  const arabic = person?.name?.arabic
  return defined({
    surname: surname.value,
    givenNames: givenNames.value,
    nameTruncated: surname.truncated || givenNames.truncated ? true : undefined,
    arabicName: arabic && `${arabic.family} ${arabic.given}`,
    birthDate: needed(person?.birthDate, 'the birth date'),
    birthPlace: person?.birthPlace?.text,
    birthCountry: person?.birthPlace?.country,
    sex: person?.sex === undefined ? undefined : (toSpanishSex(person.sex) ?? undefined),
    nationality: needed(person?.nationalities?.[0], 'the nationality'),
    phone: person?.contact?.phones?.[0],
    nationalNumber: person?.identifiers?.find(({ scheme }) => scheme === 'MA-CNIE')?.value,
    homeAddress:
      person?.address && [...(person.address.lines ?? []), person.address.city, person.address.country].filter(Boolean).join(', ')
  })
}

const needed = <Value>(value: Value | undefined, what: string): Value => {
  if (value === undefined) throw new Error(`the record lacks ${what}, which the consulate requires: complete it, then redeliver`)
  return value
}

type Defined<T> = { [K in keyof T as undefined extends T[K] ? never : K]: T[K] } & {
  [K in keyof T as undefined extends T[K] ? K : never]?: Exclude<T[K], undefined>
}

/** Without the members that are undefined: absent, never empty. */
const defined = <T extends object>(members: T): Defined<T> =>
  Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as Defined<T>
