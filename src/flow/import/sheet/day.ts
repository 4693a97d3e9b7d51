// Days as spreadsheets count them: a number since 1900 or 1904, whose day a person sees only in the cell's format.

/** The first number that means the same day to everybody: Excel counts a 29 February 1900, which never was (ECMA-376 part 1, 18.17.4.1). */
const firstCertain = 61
const epoch1900 = Date.UTC(1899, 11, 30)
const epoch1904 = Date.UTC(1904, 0, 1)
const lastDay = Date.UTC(9999, 11, 31)
const dayMs = 86_400_000

/** The ISO day; 'time' for one with a time of day; 'range' for what is before 1 March 1900 or no day at all. */
export const dayOf = (serial: number, isCountedFrom1904: boolean): { day: string } | 'time' | 'range' => {
  if (!Number.isFinite(serial) || serial < (isCountedFrom1904 ? 0 : firstCertain)) return 'range'
  if (!Number.isInteger(serial)) return 'time'
  const at = (isCountedFrom1904 ? epoch1904 : epoch1900) + serial * dayMs
  return at > lastDay ? 'range' : { day: new Date(at).toISOString().slice(0, 10) }
}
