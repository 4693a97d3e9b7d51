// The days on which an authority does not work, 2025 to 2028: Spain's national ones (its consulates keep them) and Morocco's public ones.

export type Country = 'ESP' | 'MAR'

export interface Holiday {
  /** YYYY-MM-DD. */
  day: string
  country: Country
  name: string
  /** `expected` where sighting the moon decides: the day may move by one, and whoever plans by it should say so. */
  certainty: 'fixed' | 'announced' | 'expected'
  source: string
}

/** True when the country's administration is closed for a holiday on the day (YYYY-MM-DD). */
export const isHoliday = (day: string, country: Country): boolean => daysOf[country].has(day)

/** Years the table covers; outside them nobody knows of any holiday, and planning should say so. */
export const holidayYears = [2025, 2026, 2027, 2028] as const

const spanishLaw = 'Workers’ Statute art 37.2 with RD 2001/1983 art 45'
const moroccanLaw = 'Decree of 1977 on public holidays of the administration'
const moroccanPress = 'Published calendar of public holidays; the moon decides'
const sighted = 'Announced by the Ministry of Habous after the moon was sighted'
const astronomy = 'Age of the new moon at sunset in Rabat; the moon decides'

/** Every year on the same day. */
const yearly: readonly (readonly [monthDay: string, country: Country, name: string, source: string, fromYear?: number])[] = [
  ['01-01', 'ESP', 'Año Nuevo', spanishLaw],
  ['01-06', 'ESP', 'Epifanía del Señor', spanishLaw],
  ['05-01', 'ESP', 'Fiesta del Trabajo', spanishLaw],
  ['08-15', 'ESP', 'Asunción de la Virgen', spanishLaw],
  ['10-12', 'ESP', 'Fiesta Nacional de España', spanishLaw],
  ['11-01', 'ESP', 'Todos los Santos', spanishLaw],
  ['12-06', 'ESP', 'Día de la Constitución', spanishLaw],
  ['12-08', 'ESP', 'Inmaculada Concepción', spanishLaw],
  ['12-25', 'ESP', 'Natividad del Señor', spanishLaw],
  ['01-01', 'MAR', 'Nouvel An', moroccanLaw],
  ['01-11', 'MAR', 'Manifeste de l’Indépendance', moroccanLaw],
  ['01-14', 'MAR', 'Nouvel An amazigh', 'Decree adopted by the Council of Government on 23 November 2023', 2024],
  ['05-01', 'MAR', 'Fête du Travail', moroccanLaw],
  ['07-30', 'MAR', 'Fête du Trône', moroccanLaw],
  ['08-14', 'MAR', 'Allégeance Oued Eddahab', moroccanLaw],
  ['08-20', 'MAR', 'Révolution du Roi et du Peuple', moroccanLaw],
  ['08-21', 'MAR', 'Fête de la Jeunesse', moroccanLaw],
  ['10-31', 'MAR', 'Fête de l’Unité', 'Decree 2.25.1140, after the royal decision of 4 November 2025', 2026],
  ['11-06', 'MAR', 'Marche Verte', moroccanLaw],
  ['11-18', 'MAR', 'Fête de l’Indépendance', moroccanLaw]
]

const goodFriday = ['2025-04-18', '2026-04-03', '2027-03-26', '2028-04-14'] as const

type Lunar = readonly [day: string, name: string, certainty: 'announced' | 'expected', source: string]

const lunar: readonly Lunar[] = [
  ['2025-03-31', 'Aïd al-Fitr', 'announced', sighted],
  ['2025-04-01', 'Aïd al-Fitr, second day', 'announced', sighted],
  ['2025-06-07', 'Aïd al-Adha', 'announced', sighted],
  ['2025-06-08', 'Aïd al-Adha, second day', 'announced', sighted],
  ['2025-06-27', '1er Moharram', 'announced', sighted],
  ['2025-09-05', 'Aïd al-Mawlid', 'announced', sighted],
  ['2025-09-06', 'Aïd al-Mawlid, second day', 'announced', sighted],
  ['2026-03-20', 'Aïd al-Fitr', 'expected', moroccanPress],
  ['2026-03-21', 'Aïd al-Fitr, second day', 'expected', moroccanPress],
  ['2026-05-27', 'Aïd al-Adha', 'expected', moroccanPress],
  ['2026-05-28', 'Aïd al-Adha, second day', 'expected', moroccanPress],
  ['2026-06-17', '1er Moharram', 'expected', moroccanPress],
  ['2026-08-26', 'Aïd al-Mawlid', 'expected', moroccanPress],
  ['2026-08-27', 'Aïd al-Mawlid, second day', 'expected', moroccanPress],
  ['2027-03-10', 'Aïd al-Fitr', 'expected', astronomy],
  ['2027-03-11', 'Aïd al-Fitr, second day', 'expected', astronomy],
  ['2027-05-17', 'Aïd al-Adha', 'expected', astronomy],
  ['2027-05-18', 'Aïd al-Adha, second day', 'expected', astronomy],
  ['2027-06-06', '1er Moharram', 'expected', astronomy],
  ['2027-08-15', 'Aïd al-Mawlid', 'expected', astronomy],
  ['2027-08-16', 'Aïd al-Mawlid, second day', 'expected', astronomy],
  ['2028-02-27', 'Aïd al-Fitr', 'expected', astronomy],
  ['2028-02-28', 'Aïd al-Fitr, second day', 'expected', astronomy],
  ['2028-05-05', 'Aïd al-Adha', 'expected', astronomy],
  ['2028-05-06', 'Aïd al-Adha, second day', 'expected', astronomy],
  ['2028-05-26', '1er Moharram', 'expected', astronomy],
  ['2028-08-03', 'Aïd al-Mawlid', 'expected', astronomy],
  ['2028-08-04', 'Aïd al-Mawlid, second day', 'expected', astronomy]
]

/** The whole table, by day. */
export const holidays: readonly Holiday[] = [
  ...holidayYears.flatMap(year =>
    yearly
      .filter(([, , , , fromYear = 0]) => year >= fromYear)
      .map(([monthDay, country, name, source]): Holiday => ({ day: `${year}-${monthDay}`, country, name, certainty: 'fixed', source }))
  ),
  ...goodFriday.map((day): Holiday => ({ day, country: 'ESP', name: 'Viernes Santo', certainty: 'fixed', source: spanishLaw })),
  ...lunar.map(([day, name, certainty, source]): Holiday => ({ day, country: 'MAR', name, certainty, source }))
].sort((a, b) => (a.day < b.day ? -1 : a.day > b.day ? 1 : a.country < b.country ? -1 : 1))

const daysOf: Readonly<Record<Country, ReadonlySet<string>>> = {
  ESP: new Set(holidays.filter(({ country }) => country === 'ESP').map(({ day }) => day)),
  MAR: new Set(holidays.filter(({ country }) => country === 'MAR').map(({ day }) => day))
}
