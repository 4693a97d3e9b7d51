// Whose authorisation an event of a placement moves: that of the employer at the time it took effect, not of the one known when it was heard of.
import { type EventType, eventTable, eventTypes } from '../../../schemas/event.ts'
import { clearColumns } from '../columns.ts'
import { type FoldEvent, replay } from './fold.ts'

/** Whether an applied event of a placement moves the authorisation of its person and employer too. */
export const movesAuthorization = (type: EventType): boolean => 'alsoAuthorization' in eventTable[type]

export const movingTypes: readonly EventType[] = eventTypes.filter(movesAuthorization)

/**
 * The employer for each event that moves an authorisation, by its id. `applied` are a placement's events in the order applied to the record
 * `before`. What took effect before anybody was chosen (a collective request) is about whoever is chosen first; none while nobody is.
 */
export const employersOf = (applied: readonly FoldEvent[], before: FoldedRecord = {}): Map<string, string> => {
  const employers = replay('placement', applied, before).map(record => clearColumns(record).employer)
  const first = employers.find(employer => employer !== null)
  if (first === undefined) return new Map()
  return new Map(applied.flatMap(({ id, type }, i) => (movesAuthorization(type) ? [[id, employers[i] ?? first] as const] : [])))
}

type FoldedRecord = Parameters<typeof replay>[2]
