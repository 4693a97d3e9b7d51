// Edge case 21: an agency's file of registrations with three rows that cannot be taken among many that can.
import { stringify } from 'csv-stringify/sync'
import { registrationColumns } from '../schemas/registration-row.ts'
import type { Campaign } from './campaign.ts'
import type { Worker } from './worker.ts'

/** A row as it stands in a file: every cell is text. */
export type FileRow = Partial<Record<(typeof registrationColumns)[number], string>>

export interface RegistrationFile {
  /** The agency that uploads it. */
  client: string
  rows: readonly FileRow[]
  /** Place (from 0) of each bad row, the column that is wrong and why. */
  bad: readonly { place: number; column: string; because: string }[]
}

/**
 * The registrations of all workers with `registeredBy: 'file'`, and three bad rows of nobody in the campaign spread among them; null when
 * the campaign has no such worker.
 */
export const registrationFile = (campaign: Campaign): RegistrationFile | null => {
  const good: FileRow[] = []
  let last: Worker | undefined
  for (const worker of campaign.workers()) {
    if (worker.registeredBy !== 'file') continue
    good.push(rowOf(worker, campaign.year))
    last = worker
  }
  if (last === undefined) return null
  const rows = [...good]
  const bad = badRows(rowOf(last, campaign.year)).map(({ row, column, because }, index) => {
    const place = Math.floor(((index + 1) * good.length) / 4) + index
    rows.splice(place, 0, row)
    return { place, column, because }
  })
  return { client: last.agency.code, rows, bad }
}

/** The file as CSV with its header line. */
export const toCsv = (rows: readonly FileRow[]): string => stringify([...rows], { header: true, columns: [...registrationColumns] })

/** The file as one JSON object a line; empty cells are left out. */
export const toNdjson = (rows: readonly FileRow[]): string => rows.map(row => `${JSON.stringify(row)}\n`).join('')

const rowOf = (worker: Worker, campaign: number): FileRow => {
  const registration = worker.phaseA[0]
  if (registration?.type !== 'candidate.registered') throw new Error('only who is registered stands in a file of registrations')
  const { identity } = worker
  const { person, registration: details } = registration.payload as { person: { name: { mrz: string } }; registration: Details }
  return {
    worker: worker.id,
    campaign: String(campaign),
    agency: worker.agency.code,
    registeredAt: registration.effectiveAt,
    familyName: identity.family.latin,
    givenNames: identity.given.latin,
    familyNameArabic: identity.family.arabic,
    givenNamesArabic: identity.given.arabic,
    machineReadableName: person.name.mrz,
    birthDate: identity.birthDate,
    birthPlace: identity.place.text,
    birthProvince: identity.place.subdivision,
    sex: String(identity.sex),
    nationality: 'MAR',
    card: identity.card,
    passport: identity.passport.number,
    passportIssued: identity.passport.issueDate,
    passportExpires: identity.passport.expiryDate,
    phone: identity.phone,
    language: 'ar',
    channel: 'SMS',
    addressLine: `Douar ${identity.family.latin.split(' ').at(-1)}`,
    city: identity.place.text,
    province: identity.place.subdivision,
    postalCode: identity.place.postalCode,
    crop: details.experience[0]?.crop ?? '',
    cropMonths: String(details.experience[0]?.months ?? ''),
    spanish: details.languages[0]?.cefr ?? ''
  }
}

interface Details {
  experience: { crop: string; months: number }[]
  languages: { cefr: string }[]
}

/** Typing errors as offices make them. The papers are nobody's, so that a row taken by mistake would show. */
const badRows = (model: FileRow): { row: FileRow; column: string; because: string }[] => {
  const stranger = (place: number): FileRow => ({ ...model, worker: `ROW-${place}`, card: `ZZ00000${place}`, passport: `ZZ999999${place}` })
  return [
    { row: { ...stranger(1), birthDate: '1990-02-30' }, column: 'birthDate', because: 'a day that does not exist' },
    { row: { ...stranger(2), card: '123456ZZ' }, column: 'card', because: 'the letters of the card number stand behind its digits' },
    { row: { ...stranger(3), sex: 'F' }, column: 'sex', because: 'a letter where ISO/IEC 5218 has a digit' }
  ]
}
