import { expect, test } from 'vitest'
import { byUrgency } from '../../src/domain/urgency.ts'

const group = (name: string, count: number, behind: number, oldestSeconds: number) => {
  const [kind = '', state = ''] = name.split('.')
  return { kind, state, count, behind, oldestSeconds }
}

test('what holds messages about people up comes before what is past its term, and that before what is to be looked at; then what concerns most, then what is oldest', () => {
  const ordered = [
    group('delivery.held', 1, 9, 60),
    group('case.refused', 5, 0, 900),
    group('delivery.dead', 5, 0, 60),
    group('person.held', 1, 0, 90_000),
    group('ticket.overdue', 1, 0, 60),
    group('quarantine.open', 900, 0, 900_000),
    group('case.open', 1, 0, 60),
    group('ticket.nearing', 7, 0, 60),
    group('request.open', 1, 0, 60)
  ]
  expect(ordered.toReversed().toSorted(byUrgency)).toEqual(ordered)
})
