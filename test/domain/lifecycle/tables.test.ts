// The life-cycle tables: complete, without dead ends, without two meanings.
import { describe, expect, test } from 'vitest'
import { eventTypes } from '../../../schemas/event.ts'
import { concerns, type LifecycleTable, notBegun, prepare } from '../../../src/domain/lifecycle/table.ts'
import { tables } from '../../support/histories.ts'

const kinds = ['placement', 'authorization', 'offer'] as const

/** The only ways out of a terminal state, death apart. */
const reopenings: Record<(typeof kinds)[number], string[]> = {
  placement: ['ABANDONED abandonment.reviewed', 'LAPSED authorization.requested'],
  authorization: [
    'ARCHIVED authorization.requested',
    'EXPIRED authorization.renewed',
    'EXPIRED authorization.requested',
    'EXTINGUISHED authorization.requested',
    'INADMISSIBLE authorization.requested',
    'REFUSED authorization.requested'
  ],
  offer: []
}

const exitsOf = ({ moves }: LifecycleTable<string>, state: string): string[] =>
  moves.filter(([from, , to]) => from.includes(state) && to !== state && to !== 'DECEASED').map(([, on]) => on)

describe.each(kinds)('the table of %s', kind => {
  const table = tables[kind]

  test('every state has an exit or is terminal', () => {
    expect(table.states.filter(state => !table.terminal.includes(state) && exitsOf(table, state).length === 0)).toEqual([])
  })

  test('a terminal state is left only by the events that may reopen it', () => {
    expect(table.terminal.flatMap(state => exitsOf(table, state).map(type => `${state} ${type}`)).sort()).toEqual(reopenings[kind])
  })

  test('every state can be reached from nothing', () => {
    const { mayComeTo } = prepare(table)
    const reached = new Set(
      table.states.filter(state =>
        table.moves.some(([, , to]) => to === state || (typeof to !== 'string' && (to.to === state || to.otherwise === state)))
      )
    )
    for (const [, to] of table.entries) reached.add(to)
    expect(table.states.filter(state => !reached.has(state))).toEqual([])
    // Reachable in the graph too, not only the target of some row: whatever has a place anywhere has one ahead of NEW.
    expect(table.order.filter(type => !mayComeTo(notBegun, type))).toEqual([])
  })

  test('every event about it has a rank and a row, and no other has', () => {
    const inRows = new Set([
      ...table.entries.map(([on]) => on),
      ...[...table.moves, ...table.stays, ...table.overtaken].map(([, on]) => on)
    ])
    const about = eventTypes.filter(type => concerns(kind, type)).sort()
    expect([...inRows].sort()).toEqual(about)
    expect([...table.order].sort()).toEqual(about)
  })

  test('rows name known states only', () => {
    const named = [...table.moves, ...table.stays, ...table.overtaken].flatMap(([from]) => from)
    expect(named.filter(state => !table.states.includes(state))).toEqual([])
  })

  test('from every state some terminal state can be reached', () => {
    const ends = new Set<string>(table.terminal)
    for (let size = -1; size < ends.size; ) {
      size = ends.size
      for (const [from, , to] of table.moves) {
        const targets = typeof to === 'string' ? [to] : [to.to, to.otherwise]
        if (targets.some(target => ends.has(target))) for (const state of from) ends.add(state)
      }
    }
    expect(table.states.filter(state => !ends.has(state))).toEqual([])
  })
})

describe('prepare', () => {
  const table: LifecycleTable<'OPEN' | 'SHUT'> = {
    ...{ states: ['OPEN', 'SHUT'], terminal: ['SHUT'], entries: [['offer.published', 'OPEN']], overtaken: [] },
    moves: [[['OPEN'], 'offer.withdrawn', 'SHUT']],
    stays: [],
    order: ['offer.published', 'offer.withdrawn']
  }

  test('refuses a pair with two meanings', () => {
    expect(() => prepare({ ...table, stays: [[['OPEN'], 'offer.withdrawn']] })).toThrow('gives two meanings to offer.withdrawn in OPEN')
  })

  test('refuses an event without a rank', () => {
    expect(() => prepare({ ...table, order: ['offer.published'] })).toThrow('gives no rank to offer.withdrawn')
  })
})
