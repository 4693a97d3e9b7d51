import fc from 'fast-check'
import { expect, test } from 'vitest'
import { eventTable, eventTypes } from '../../schemas/event.ts'
import { isNotYet } from '../../src/domain/not-yet.ts'

const campaign = new Date('2026-03-02T09:00:00Z')
const hours = (count: number) => new Date(campaign.getTime() + count * 3_600_000)

test('of every type but those that an office tells ahead, more than a day ahead is too early', () => {
  fc.assert(
    fc.property(fc.constantFrom(...eventTypes), fc.double({ min: -9_000, max: 9_000, noNaN: true }), (type, ahead) => {
      expect(isNotYet(type, hours(ahead), campaign)).toBe(!('toldAhead' in eventTable[type]) && hours(ahead) > hours(24))
    })
  )
})

test.each([
  ['visa.issued', 24, false],
  ['visa.issued', 25, true],
  ['authorization.granted', 24 * 365, true],
  ['return.verified', 48, true],
  ['border.admitted', -48, false],
  // Social security takes a registration up to 60 days before the first day of work.
  ['alta.registered', 24 * 60, false],
  ['employer.changed', 24 * 7, false]
] as const)('%s, %d hours ahead: %s', (type, ahead, tooEarly) => {
  expect(isNotYet(type, hours(ahead), campaign)).toBe(tooEarly)
})
