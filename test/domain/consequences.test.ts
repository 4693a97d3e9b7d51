// What one more event changed.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { EventType } from '../../schemas/event.ts'
import { difference } from '../../src/domain/consequences.ts'
import { type FoldEvent, fold } from '../../src/domain/lifecycle/fold.ts'
import { arrivals, histories, samplePayload } from '../support/histories.ts'

const event = (id: string, type: EventType, effectiveAt: string, more: Partial<FoldEvent> = {}): FoldEvent => ({
  id,
  type,
  effectiveAt,
  payload: samplePayload(type),
  ...more
})

const begun = [event('a', 'candidate.registered', '2026-01-01'), event('b', 'candidate.preselected', '2026-01-02')]
const selected = event('c', 'candidate.selected', '2026-01-03')

const change = (before: FoldEvent[], added: FoldEvent) => difference(fold('placement', before), fold('placement', [...before, added]))

describe('difference', () => {
  test('an event in its turn is newly applied and corrects nothing', () => {
    expect(change(begun, selected)).toEqual({ newlyApplied: ['c'], noLongerApplied: [], corrected: false, opened: [], resolved: [] })
  })

  test('an event that sets others free brings them along, in the order applied', () => {
    const waiting = [begun[0] as FoldEvent, selected, event('d', 'contract.signed', '2026-01-04')]
    expect(change(waiting, begun[1] as FoldEvent).newlyApplied).toEqual(['b', 'c', 'd'])
  })

  test('an event that waits changes nothing', () => {
    expect(change(begun, event('x', 'visa.issued', '2026-02-01'))).toMatchObject({ newlyApplied: [], corrected: false })
  })

  test('a late fact before others, which all still hold, corrects nothing', () => {
    expect(change([...begun, selected], event('r', 'document.renewed', '2026-01-01T12:00:00Z'))).toMatchObject({
      newlyApplied: ['r'],
      corrected: false
    })
  })

  test('a correction of an applied event corrects, and is what is published', () => {
    expect(change([...begun, selected], { ...selected, id: 'k', corrects: 'c' })).toMatchObject({
      newlyApplied: ['k'],
      noLongerApplied: ['c'],
      corrected: true
    })
  })

  test('an event dated earlier that takes the place of another corrects', () => {
    expect(change([...begun, selected], event('first', 'candidate.selected', '2026-01-02T12:00:00Z'))).toMatchObject({
      newlyApplied: ['first'],
      noLongerApplied: ['c'],
      corrected: true,
      opened: [{ eventId: 'c' }]
    })
  })

  test('an event that changes the order of others, all still applied, corrects', () => {
    const before = [
      ...begun,
      selected,
      event('m', 'commitment.signed', '2026-01-04'),
      event('q', 'authorization.requested', '2026-01-06'),
      event('r', 'document.renewed', '2026-01-07'),
      event('t', 'contract.signed', '2026-01-09')
    ]
    expect(fold('placement', before).applied).toEqual(['a', 'b', 'c', 'm', 'r', 't', 'q'])
    expect(change(before, event('u', 'contract.signed', '2026-01-05'))).toMatchObject({
      newlyApplied: ['u'],
      noLongerApplied: [],
      corrected: true
    })
  })

  test('a contradiction is opened once and resolved when the end turns out to be wrong', () => {
    const withdrawn = [...begun, event('w', 'candidate.withdrew', '2026-01-02T12:00:00Z')]
    expect(change(withdrawn, selected).opened).toEqual([{ eventId: 'c', because: 'candidate.selected came after WITHDRAWN' }])
    const corrected = event('k', 'document.renewed', '2026-01-05', { corrects: 'w' })
    expect(change([...withdrawn, selected], corrected)).toMatchObject({ opened: [], resolved: ['c'], newlyApplied: ['c', 'k'] })
  })

  test('over any arrival of a valid history, what was applied and not taken back is in the end exactly the history', () => {
    fc.assert(
      fc.property(
        histories('placement').chain(history => fc.tuple(fc.constant(history), arrivals(history))),
        ([{ events }, arriving]) => {
          const published = new Set<string>()
          for (let count = 1; count <= arriving.length; count++) {
            const { newlyApplied, noLongerApplied } = difference(
              fold('placement', arriving.slice(0, count - 1)),
              fold('placement', arriving.slice(0, count))
            )
            for (const id of noLongerApplied) published.delete(id)
            for (const id of newlyApplied) published.add(id)
          }
          expect([...published].sort()).toEqual(events.map(({ id }) => id).sort())
        }
      )
    )
  })
})
