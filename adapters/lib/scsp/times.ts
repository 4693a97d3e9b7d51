// SCSP's times: written with the offset of peninsular Spain, read with or without the colon in it, or as a date alone.

const zone = 'Europe/Madrid'

/** `2026-03-12T11:45:43.846+01:00`: 29 characters, the most a TimeStamp may have. */
export const formatTime = (instant: Date): string => {
  const offset = offsetOf(instant)
  return `${new Date(instant.getTime() + offset.minutes * 60_000).toISOString().slice(0, -1)}${offset.text}`
}

/** The day in Spain, `2026-03-12`. */
export const formatDay = (instant: Date): string => formatTime(instant).slice(0, 10)

/** Reads a time; one without offset is Spanish local time, a date alone its first moment. Null when it is no time at all. */
export const parseTime = (text: string): Date | null => {
  const found = /^(\d{4}-\d{2}-\d{2})(?:T(\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?)(Z|[+-]\d{2}:?\d{2})?)?$/.exec(text.trim())
  if (found === null) return null
  const [, day, time = '00:00:00', zoneText] = found
  const instant =
    zoneText === undefined ? atLocal(`${day}T${time}`) : new Date(`${day}T${time}${zoneText.replace(/^(.\d{2})(\d{2})$/, '$1:$2')}`)
  // Date.parse rolls 30 February over to March; a date that does not come back as it was given does not exist.
  const exists = !Number.isNaN(instant.getTime()) && new Date(`${day}T00:00:00Z`).toISOString().startsWith(day as string)
  return exists ? instant : null
}

const atLocal = (local: string): Date => {
  const guess = new Date(`${local}Z`)
  if (Number.isNaN(guess.getTime())) return guess
  const first = new Date(guess.getTime() - offsetOf(guess).minutes * 60_000)
  return new Date(guess.getTime() - offsetOf(first).minutes * 60_000)
}

const offsetFormat = new Intl.DateTimeFormat('en-GB', { timeZone: zone, timeZoneName: 'longOffset' })

const offsetOf = (instant: Date): { minutes: number; text: string } => {
  const name = offsetFormat.formatToParts(instant).find(part => part.type === 'timeZoneName')?.value ?? 'GMT'
  const [, sign = '+', hours = '00', minutes = '00'] = /GMT(?:([+-])(\d{2}):(\d{2}))?/.exec(name) ?? []
  const total = Number(hours) * 60 + Number(minutes)
  return { minutes: sign === '-' ? -total : total, text: `${sign}${hours}:${minutes}` }
}
