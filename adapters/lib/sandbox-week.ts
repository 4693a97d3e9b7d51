// The partner's own count of weekly places: written apart from the gateway's, so that an overrun of ours is seen and not shared.

const dayMs = 86_400_000
const madrid = new Intl.DateTimeFormat('en-CA', { timeZone: 'Europe/Madrid', year: 'numeric', month: '2-digit', day: '2-digit' })

/** The ISO 8601 week of an instant's day in Madrid: '2026-W03'. */
export const isoWeek = (at: Date): string => {
  const day = new Date(`${madrid.format(at)}T00:00:00Z`)
  const thursday = new Date(day.getTime() + (4 - (day.getUTCDay() || 7)) * dayMs)
  const year = thursday.getUTCFullYear()
  const week = Math.floor((thursday.getTime() - Date.UTC(year, 0, 1)) / (7 * dayMs)) + 1
  return `${year}-W${String(week).padStart(2, '0')}`
}

/** How many places a week has: each holiday from Monday to Friday takes a fifth; a day is counted once however many countries keep it. */
export const placesIn = (week: string, weekly: number, holidays: readonly string[]): number => {
  const lost = [...new Set(holidays)].filter(day => isWorkday(day) && weekOfHoliday(day) === week)
  return Math.max(0, weekly - Math.round((weekly * lost.length) / 5))
}

const weekOfHoliday = (day: string): string => {
  const known = holidayWeeks.get(day) ?? isoWeek(new Date(`${day}T12:00:00Z`))
  holidayWeeks.set(day, known)
  return known
}

/** The few that the double was started with: every application asks for its week's places. */
const holidayWeeks = new Map<string, string>()

const isWorkday = (day: string) => ![0, 6].includes(new Date(`${day}T12:00:00Z`).getUTCDay())
