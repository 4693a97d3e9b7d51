// Reads the text of one row of an import: a registration by columns, or any event as one JSON object.
import { parse } from 'csv-parse/sync'
import { z } from 'zod'
import { eventTable, eventTypes, isEventType } from '../../../schemas/event.ts'
import { type Explanation, explain, neverCollected } from '../../../schemas/explain.ts'
import { neverCollectedAs } from '../../../schemas/never-collected.ts'
import { instant } from '../../../schemas/primitives.ts'
import { registrationColumns, registrationRow, toRegistration } from '../../../schemas/registration-row.ts'
import type { FieldError } from '../../domain/errors.ts'
import type { Said } from '../../domain/words/said.ts'
import { isJsonObject, NotStrictJson, parseStrictJson } from '../../trust/strict-json.ts'
import { refusal, says } from '../words/words.ts'

/** One event as a row tells it. */
export interface RowEvent {
  /** Who or what the row is about, whatever its place in the file. */
  key: string
  type: string
  /** As the sender knows the person or offer. */
  about: string
  effectiveAt: string
  payload: Record<string, unknown>
}

export interface RowFault {
  code: string
  /** Into the row as sent: RFC 6901, a column being a member. */
  pointer: string | null
  said: Said
}

export type RowReading = { event: RowEvent } | { fault: RowFault }

/** Null for a row of empty cells, as spreadsheets leave them behind. */
export type ReadRow = (text: string) => RowReading | null

/**
 * A reader of CSV rows under this header line.
 * @throws DomainError `invalid` when a column is missing, unknown, named twice or never collected: it names places and our own columns only.
 */
export const csvReader = (header: string): ReadRow => {
  const columns = namedColumns(header)
  return text => {
    if (/^,*$/.test(text)) return null
    const cells = cellsOf(text)
    if (cells === null) return fault('csv-quote', null, says('row-quote'))
    if (cells.length !== columns.length)
      return fault('columns', null, says('row-columns', { columns: columns.length, cells: cells.length }))
    return readRegistration(Object.fromEntries(columns.flatMap((name, i) => (cells[i] === '' ? [] : [[name, cells[i]]]))))
  }
}

/** Reads one line of NDJSON: registration columns as an object, or {"type","person","effectiveAt","payload"} for any event. */
export const readLine: ReadRow = text => {
  const value = parseLine(text)
  if (value instanceof NotStrictJson) return fault('json', null, says('row-json', { fault: value.said }))
  if (!isJsonObject(value)) return fault('json', null, says('row-no-object'))
  return 'type' in value ? readEvent(value) : readRegistration(value)
}

const parseLine = (text: string): unknown => {
  try {
    return parseStrictJson(text)
  } catch (error) {
    if (error instanceof NotStrictJson) return error
    throw error
  }
}

const readRegistration = (row: Record<string, unknown>): RowReading => {
  const parsed = registrationRow.safeParse(row)
  if (!parsed.success) return faultOf(explain(parsed.error, row))
  return { event: toRegistration(parsed.data) }
}

/** Any event as a line. Exactly one of `person` and `offer`, as the type is about. */
const eventRow = z.strictObject({
  type: z.enum(eventTypes),
  person: z.string().min(1).max(256).optional(),
  offer: z.string().min(1).max(256).optional(),
  effectiveAt: instant,
  payload: z.record(z.string(), z.unknown()),
  key: z.string().min(1).max(255).optional()
})

const readEvent = (row: Record<string, unknown>): RowReading => {
  const parsed = eventRow.safeParse(row)
  if (!parsed.success) return faultOf(explain(parsed.error, row))
  const { type, person, offer, effectiveAt, payload, key } = parsed.data
  if (!isEventType(type)) throw new Error('the schema let an unknown event pass')
  const [named, other, member] = eventTable[type].about === 'offer' ? [offer, person, 'offer'] : [person, offer, 'person']
  if (named === undefined) return fault('required', `/${member}`, says('row-about', { type, member }))
  if (other !== undefined) return fault('unknown-member', null, says('row-about-alone', { type, member }))
  return {
    event: { key: key === undefined ? keyOf(type, named, effectiveAt, payload) : `key ${key}`, type, about: named, effectiveAt, payload }
  }
}

/** A row of an acta is known by acta and passport; any other event by what it is about and when it took effect. */
const keyOf = (type: string, about: string, effectiveAt: string, payload: Record<string, unknown>): string => {
  const acta = isJsonObject(payload.selection) ? payload.selection.acta : undefined
  const documents: unknown[] = Array.isArray(payload.documents) ? payload.documents : []
  const passport = documents.filter(isJsonObject).find(document => document.type === 'PASSPORT')?.number
  const parts =
    typeof acta === 'string' ? ['acta', type, acta, typeof passport === 'string' ? passport : about] : ['event', type, about, effectiveAt]
  return JSON.stringify(parts)
}

const fault = (code: string, pointer: string | null, said: Said) => ({ fault: { code, pointer, said } })

const faultOf = ([first, ...more]: readonly Explanation[]): { fault: RowFault } => {
  if (first === undefined) throw new Error('a row was refused without a reason')
  return fault(first.code, first.pointer, withMore(first.said, more.length))
}

/** The first reason, and how many more there are. */
export const withMore = (reason: Said, count: number): Said => (count === 0 ? reason : says('row-more', { reason, count }))

/** Null where a quote is misplaced, or a carriage return stands where a line does not end. Most rows hold no quote, and need no parser. */
const cellsOf = (text: string): string[] | null => {
  if (!text.includes('"')) return text.split(',')
  try {
    // A lone carriage return is no end of a line here: taken for one, it would make rows vanish behind the first.
    const records = parse(text, { relax_column_count: true, record_delimiter: '\n' }) as string[][]
    return records.length === 1 ? (records[0] ?? null) : null
  } catch {
    return null
  }
}

const namedColumns = (header: string): string[] => {
  const columns = (cellsOf(header) ?? []).map(name => name.trim())
  checkColumns(columns, columns.length === 1 && /[;\t]/.test(header) ? 'header-commas' : 'header-columns')
  return columns
}

const mustBeFilled = registrationColumns.filter(name => !registrationRow.shape[name].safeParse(undefined).success)

/** @throws DomainError `invalid` when a column is missing, unknown, named twice or never collected */
export const checkColumns = (columns: readonly string[], otherwise: 'header-columns' | 'header-commas' = 'header-columns'): void => {
  const known = new Set<string>(registrationColumns)
  const seen = new Set<string>()
  const errors: FieldError[] = []
  for (const [i, name] of columns.entries()) {
    const pointer = `/header/${i}`
    const what = neverCollectedAs(name)
    if (what !== null) errors.push({ pointer, code: 'never-collected', said: neverCollected(what) })
    else if (!known.has(name)) errors.push({ pointer, code: 'unknown-column', said: says('column-unknown') })
    else if (seen.has(name)) errors.push({ pointer, code: 'column-twice', said: says('column-twice') })
    seen.add(name)
  }
  for (const name of mustBeFilled)
    if (!seen.has(name)) {
      errors.push({ pointer: `/header/${name}`, code: 'missing-column', said: says('column-missing') })
    }
  if (errors.length > 0) throw refusal('invalid', says(otherwise), { errors: errors.slice(0, 40) })
}
