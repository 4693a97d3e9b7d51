// What a life-cycle is made of: rows of (states, event, where to) as data, read through `step`.
import { type EventType, eventTable } from '../../../schemas/event.ts'

/** Where an event leads; where the same event means two things, one section of the record tells which. */
export type Target<State extends string> = State | { ifRecordHas: string; to: State; otherwise: State }

export type Move<State extends string> = readonly [from: readonly State[], on: EventType, to: Target<State>]

/** One subject's life-cycle. Every (state, event) pair that is in no row has no place: the event waits, or contradicts a terminal state. */
export interface LifecycleTable<State extends string> {
  states: readonly State[]
  /** Nothing more is expected. A terminal state may still have a named way back (a review, a new request). */
  terminal: readonly State[]
  /** The events that begin a subject: from NEW. */
  entries: readonly (readonly [on: EventType, to: State])[]
  moves: readonly Move<State>[]
  /** The fact is recorded, the state stays. */
  stays: readonly (readonly [from: readonly State[], on: EventType])[]
  /** A timer or list that facts dated earlier, but heard of later, have made pointless: set aside, its patch is not applied. */
  overtaken: readonly (readonly [from: readonly State[], on: EventType])[]
  /** Types from the earliest in a life to the last: decides between events of the same instant. */
  order: readonly EventType[]
}

export type Step = { does: 'move'; to: string } | { does: 'stay' } | { does: 'overtaken' } | { does: 'nothing' }

/** The state of a subject that no event has begun. */
export const notBegun = 'NEW'

/** A table prepared for look-up. */
export interface Lifecycle {
  terminal: ReadonlySet<string>
  rank(type: EventType): number
  /** What the event does in the state. `record` is what was folded so far. */
  step(state: string, type: EventType, record: Readonly<Record<string, unknown>>): Step
  /** True when the event has a place in this state or in any that can still come after it. */
  mayComeTo(state: string, type: EventType): boolean
}

type Cell = { target: Target<string> } | 'stay' | 'overtaken'

/**
 * Prepares a table for look-up.
 * @throws Error when a pair has two meanings or a moved-by type has no rank: a mistake in the table, found when the module is loaded.
 */
export const prepare = <State extends string>(table: LifecycleTable<State>): Lifecycle => {
  const cells = new Map<string, Cell>()
  const put = (state: string, type: EventType, cell: Cell) => {
    const key = `${state} ${type}`
    if (cells.has(key)) throw new Error(`The life-cycle table gives two meanings to ${type} in ${state}.`)
    cells.set(key, cell)
  }
  for (const [type, target] of table.entries) put(notBegun, type, { target })
  for (const [from, type, target] of table.moves) for (const state of from) put(state, type, { target })
  for (const [from, type] of table.stays) for (const state of from) put(state, type, 'stay')
  for (const [from, type] of table.overtaken) for (const state of from) put(state, type, 'overtaken')

  const ahead = new Map<string, Set<string>>()
  for (const state of [notBegun, ...table.states]) ahead.set(state, reachable(state, table))

  const ranks = new Map(table.order.map((type, rank) => [type, rank]))
  for (const key of cells.keys()) {
    const type = key.slice(key.indexOf(' ') + 1) as EventType
    if (!ranks.has(type)) throw new Error(`The life-cycle table gives no rank to ${type}.`)
  }
  return {
    terminal: new Set(table.terminal),
    rank: type => ranks.get(type) ?? table.order.length,
    step: (state, type, record) => interpret(cells.get(`${state} ${type}`), record),
    mayComeTo: (state, type) => [...(ahead.get(state) ?? [])].some(next => cells.has(`${next} ${type}`))
  }
}

/** The state and all that follow it. Each round adds a state or ends, so there are at most as many rounds as states. */
const reachable = <State extends string>(from: string, { entries, moves }: LifecycleTable<State>): Set<string> => {
  const found = new Set<string>([from])
  if (from === notBegun) for (const [, to] of entries) found.add(to)
  for (let size = 0; size < found.size; ) {
    size = found.size
    for (const [states, , target] of moves) {
      if (!states.some(state => found.has(state))) continue
      for (const to of typeof target === 'string' ? [target] : [target.to, target.otherwise]) found.add(to)
    }
  }
  return found
}

const interpret = (cell: Cell | undefined, record: Readonly<Record<string, unknown>>): Step => {
  if (cell === undefined) return { does: 'nothing' }
  if (cell === 'stay' || cell === 'overtaken') return { does: cell }
  const { target } = cell
  if (typeof target === 'string') return { does: 'move', to: target }
  return { does: 'move', to: record[target.ifRecordHas] === undefined ? target.otherwise : target.to }
}

/** True when the type may be folded into a subject of this kind. */
export const concerns = (kind: 'placement' | 'authorization' | 'offer', type: EventType): boolean => {
  const definition: { about: string; alsoAuthorization?: true } = eventTable[type]
  return definition.about === kind || (kind === 'authorization' && definition.alsoAuthorization === true)
}
