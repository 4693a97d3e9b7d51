// How PostgreSQL's values become JavaScript's, where the driver's own choice loses something.
import { types } from 'pg'

const oid = { int8: 20, date: 1082, timestamp: 1114, int8Array: 1016, timestampArray: 1115, dateArray: 1182 } as const

/** A bigint as a number. @throws RangeError beyond 2^53, where a number would silently become another. */
const toSafeNumber = (text: string): number => {
  const number = Number(text)
  if (!Number.isSafeInteger(number)) throw new RangeError('a bigint is beyond 2^53; select it as text')
  return number
}

const asText = (text: string): string => text
const textArray = types.getTypeParser(1009 as number as typeof types.builtins.TEXT)
const arrayOf = (text: string): (string | null)[] => textArray(text) as unknown as (string | null)[]

/** A date stays text (YYYY-MM-DD): as a Date it would be midnight in the machine's own zone, and the day before in another. */
const parsers = new Map<number, (text: string) => unknown>([
  [oid.int8, toSafeNumber],
  [oid.int8Array, text => arrayOf(text).map(item => (item === null ? null : toSafeNumber(item)))],
  [oid.date, asText],
  [oid.timestamp, asText],
  [oid.dateArray, arrayOf],
  [oid.timestampArray, arrayOf]
])

/** For the `types` option of `pg`: bigint as number, date as text, timestamptz as Date; the rest as the driver does it. */
export const typeParsers = {
  getTypeParser: ((id: number, format?: 'text' | 'binary') =>
    (format !== 'binary' && parsers.get(id)) || types.getTypeParser(id, format as 'text')) as typeof types.getTypeParser
}
