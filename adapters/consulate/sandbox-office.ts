// What the double of a consulate knows: its applications and the places used in each week; and how it lodges one.
import { z } from 'zod'
import type { JournalEntry } from '../contract.ts'
import type { Act } from '../lib/sandbox-books.ts'
import type { Jwk } from '../lib/sandbox-keys.ts'
import { isoWeek, placesIn } from '../lib/sandbox-week.ts'
import { fate } from './sandbox-decisions.ts'
import type { components } from './wire.d.ts'

type Wire = components['schemas']

export const sandboxSettings = z.object({
  /** The partner's id at the gateway: names the journal's entries and the URL of pushes. */
  partner: z.string().default('consulate'),
  /** The consulate's private key (JWK, P-256) and the gateway's public keys for it. */
  key: z.custom<Jwk>(),
  gatewayKeys: z.array(z.custom<Jwk>()).min(1),
  issuing: z.string().default('TANGIER'),
  weekly: z.int().min(1).default(1_500),
  /** Days off of both countries, ISO dates. */
  holidays: z.array(z.iso.date()).default([]),
  /** Campaign days from lodging to the decision, and to the interview that somebody misses. */
  decisionDays: z.number().min(0).default(5),
  noShowDays: z.number().min(0).default(15),
  refusalShare: z.number().min(0).max(1).default(0.02),
  noShowShare: z.number().min(0).max(1).default(0.01),
  seed: z.string().default('1')
})
export type OfficeSettings = z.infer<typeof sandboxSettings>

export interface Application {
  reference: string
  applicationNumber: string
  subId: string
  parcel: string
  passport: string
  fileNumber: string
  activityStart?: string
  activityEnd?: string
  /** Campaign time of lodging. */
  filedAt: string
  week: string
  /** Wall time of lodging, from which the waiting time runs. */
  storedAt: number
  outcome: Wire['Outcome']
  since: string
}

/** What an act keeps for the office to rebuild itself from. */
export interface Kept {
  lodged?: Application[]
  decided?: { reference: string; outcome: Wire['Outcome']; at: string }[]
}

export interface Office {
  applications: Map<string, Application>
  byNumber: Map<string, Application>
  /** Open or issued, by passport and file: what a second application would double. */
  byFile: Map<string, Application>
  /** The last application of a person, by the gateway's id of her. */
  byPerson: Map<string, Application>
  used: Map<string, number>
  /** Waiting for their decision, by waiting time in campaign days; each queue in the order of lodging. */
  waiting: Map<number, Application[]>
  settings: OfficeSettings
}

/** The office as the acts on disk left it. */
export const openOffice = (settings: OfficeSettings, acts: readonly Act[]): Office => {
  const office: Office = {
    applications: new Map(),
    byNumber: new Map(),
    byFile: new Map(),
    byPerson: new Map(),
    used: new Map(),
    waiting: new Map(),
    settings
  }
  for (const { kept } of acts) {
    const { lodged = [], decided = [] } = (kept ?? {}) as Kept
    for (const application of lodged) admit(office, application)
    for (const told of decided) record(office, told.reference, told.outcome, told.at)
  }
  return office
}

export const fileKey = (passport: string, fileNumber: string) => `${passport} ${fileNumber}`

const admit = (office: Office, application: Application) => {
  office.applications.set(application.reference, application)
  office.byNumber.set(application.applicationNumber, application)
  office.byFile.set(fileKey(application.passport, application.fileNumber), application)
  office.byPerson.set(application.subId, application)
  const { days } = fate(office.settings, application)
  const queue = office.waiting.get(days)
  if (queue === undefined) office.waiting.set(days, [application])
  else queue.push(application)
  office.used.set(application.week, (office.used.get(application.week) ?? 0) + 1)
}

export const record = (office: Office, reference: string, outcome: Wire['Outcome'], at: string) => {
  const application = office.applications.get(reference)
  if (application === undefined) return
  Object.assign(application, { outcome, since: at })
  if (outcome !== 'ISSUED') office.byFile.delete(fileKey(application.passport, application.fileNumber))
}

type Row = Wire['VisaApplication']
type Answer = Wire['Lodged'] | Wire['RowRefused']

/** Lodges one row or says why not; `refuse` is a code the double was told to refuse with. Gives the answer, what it did, and the application if new. */
export const lodge = (
  office: Office,
  row: Row,
  parcel: string,
  filedAt: Date,
  refuse: string | null
): { answer: Answer; effect: string; week: string; lodged?: Application } => {
  const week = isoWeek(filedAt)
  const known = office.applications.get(row.reference)
  if (known !== undefined) return { answer: lodgedAnswer(known), effect: 'repeated', week: known.week }
  const no = refuse === null ? objection(office, row, filedAt, week) : { code: refuse, reason: 'refused by the sandbox' }
  if (no !== null) {
    return {
      answer: { reference: row.reference, status: 'refused', ...no },
      effect: no.code === 'capacity-exceeded' ? 'overrun' : 'not-lodged',
      week
    }
  }
  const application: Application = {
    reference: row.reference,
    applicationNumber: `${office.settings.issuing.slice(0, 3)}-${filedAt.getUTCFullYear()}-${String(office.applications.size + 1).padStart(6, '0')}`,
    subId: row.personReference,
    parcel,
    passport: row.passport.number,
    fileNumber: row.fileNumber,
    ...(row.activityStart !== undefined && { activityStart: row.activityStart }),
    ...(row.activityEnd !== undefined && { activityEnd: row.activityEnd }),
    filedAt: filedAt.toISOString(),
    week,
    storedAt: Date.now(),
    outcome: 'LODGED',
    since: filedAt.toISOString()
  }
  admit(office, application)
  return { answer: lodgedAnswer(application), effect: 'lodged', week, lodged: application }
}

const lodgedAnswer = ({ reference, applicationNumber, filedAt, week }: Application): Answer => ({
  reference,
  status: 'lodged',
  applicationNumber,
  lodgedAt: filedAt,
  week
})

const objection = (office: Office, row: Row, filedAt: Date, week: string): { code: string; reason: string } | null => {
  if (!row.passport?.number || !row.passport.expiryDate || !row.fileNumber || !row.applicant?.surname)
    return { code: 'incomplete', reason: 'passport, file number or name is missing' }
  if (row.passport.expiryDate < aYearAfter(filedAt))
    return { code: 'passport-validity', reason: 'the passport expires within a year of lodging' }
  if (office.byFile.has(fileKey(row.passport.number, row.fileNumber)))
    return { code: 'duplicate-application', reason: 'there is an application for this passport and file already' }
  const places = placesIn(week, office.settings.weekly, office.settings.holidays)
  if ((office.used.get(week) ?? 0) >= places) return { code: 'capacity-exceeded', reason: `${week} has ${places} places and all are taken` }
  return null
}

const aYearAfter = (at: Date) => {
  const day = at.toISOString().slice(0, 10)
  return `${Number(day.slice(0, 4)) + 1}${day.slice(4)}`
}

export const journalEntry = (
  office: Office,
  application: Pick<Application, 'reference' | 'subId' | 'parcel'>,
  effect: string,
  more: Partial<JournalEntry> = {}
): JournalEntry => ({
  at: new Date().toISOString(),
  partner: office.settings.partner,
  parcel: application.parcel,
  delivery: application.reference,
  subId: application.subId,
  effect,
  ...more
})
