// Who takes part in the sample campaign: two agencies, three employers with their offers, two issuing consulates. All names are invented.
import { cifControl } from '../schemas/spanish-identifiers.ts'
import { dayAfter, mondayFrom, yearOf } from './calendar.ts'
import { type Place, placesOfTheCentre, placesOfTheNorthWest } from './places.ts'

export interface Agency {
  /** Also the client that pushes for it. */
  code: string
  name: string
  city: string
  places: readonly Place[]
  /** How many of its workers get their visa from the first of the two issuing consulates. */
  shareOfFirstConsulate: number
}

export const agencies: readonly [Agency, Agency] = [
  { code: 'ANP-KEN-01', name: 'Agence de Kénitra', city: 'Kénitra', places: placesOfTheNorthWest, shareOfFirstConsulate: 0.8 },
  { code: 'ANP-BEM-01', name: 'Agence de Béni Mellal', city: 'Béni Mellal', places: placesOfTheCentre, shareOfFirstConsulate: 0.3 }
]

/** Joint applications are lodged at Rabat; the visa is printed by one of two. */
export const consulates = { lodging: 'RABAT', issuing: ['TANGIER', 'CASABLANCA'] } as const

export interface Employer {
  cif: string
  name: string
  /** The organisation that lodges its workers' visa applications. */
  representative: string
  /** INE code of the municipality of its fields. */
  municipality: string
}

const cif = (letter: string, digits: string) => `${letter}${digits}${cifControl(digits).digit}`

export const employers: readonly [Employer, Employer, Employer] = [
  { cif: cif('F', '2101234'), name: 'Fresas del Tinto S.C.A.', representative: 'Unión de Productores del Tinto', municipality: '21050' },
  { cif: cif('B', '2145678'), name: 'Arándanos de la Ribera S.L.', representative: 'Asociación de la Ribera', municipality: '21044' },
  { cif: cif('B', '2190123'), name: 'Frutos Rojos del Condado S.L.', representative: 'Asociación de la Ribera', municipality: '21046' }
]

export interface Offer {
  id: string
  employer: Employer
  /** CNO-11: 9511 in the open, 9512 in greenhouses and nurseries. */
  occupation: '9511' | '9512'
  posts: number
  period: { start: string; end: string }
}

/** Weeks from the start of the campaign to the first day of work: a generic offer is filed three months ahead at least. */
const weeksOfLead = 14
const weeksOfWork = 20

/** The year of activity of a campaign that starts on `campaignStart` (YYYY-MM-DD). */
export const activityYear = (campaignStart: string): number => yearOf(firstDayOfWork(campaignStart))

const firstDayOfWork = (campaignStart: string) => mondayFrom(dayAfter(campaignStart, weeksOfLead * 7))

/** Two offers an employer, with posts enough for `workers` of them however they are dealt. */
export const offersFor = (campaignStart: string, workers: number): readonly Offer[] => {
  const start = firstDayOfWork(campaignStart)
  const period = { start, end: dayAfter(start, weeksOfWork * 7 - 2) }
  return employers.flatMap((employer, index) =>
    (['9511', '9512'] as const).map((occupation, second) => ({
      id: `O-${yearOf(start)}-${String(index * 2 + second + 1).padStart(3, '0')}`,
      employer,
      occupation,
      posts: Math.max(10, Math.ceil(workers / 2)),
      period
    }))
  )
}

/** How the work of every offer is paid; the amount is data of the offer, never a rule. */
export const pay = { amount: '58.24', unit: 'DAY', agreementCode: '21000165011981' } as const
export const hours = { perDay: 6.5, perWeek: 39, restDays: 1 } as const
/** Growing of berries. */
export const activity = '01.25'
