// Days and instants of a sample campaign, counted from its first day in Moroccan local time (UTC+1 but for Ramadan).

const dayMs = 86_400_000

/** The day `days` after `date`, both YYYY-MM-DD; `days` may be negative. */
export const dayAfter = (date: string, days: number): string =>
  new Date(Date.parse(`${date}T00:00:00Z`) + days * dayMs).toISOString().slice(0, 10)

/** `date` itself when it is a Monday, otherwise the next one. */
export const mondayFrom = (date: string): string => dayAfter(date, (8 - new Date(`${date}T00:00:00Z`).getUTCDay()) % 7)

export const yearOf = (date: string): number => Number(date.slice(0, 4))

/** An instant on `date` during office hours; `minute` counts from 08:00 in steps of a minute. */
export const officeTime = (date: string, minute: number): string =>
  new Date(Date.parse(`${date}T07:00:00Z`) + minute * 60_000).toISOString()
