// Who may tell what.
import { expect, test } from 'vitest'
import { eventTypes } from '../../schemas/event.ts'
import { clientRoles, isClientRole, mayTell } from '../../src/domain/teller.ts'

test('no role may tell a correction: that is the gateway’s own word', () => {
  for (const role of clientRoles) expect(mayTell(role)).not.toContain('record.corrected')
})

test('a grant is told by the authority alone, and a visa by the consulate alone', () => {
  for (const type of ['authorization.granted', 'authorization.refused', 'callback.approved'] as const)
    expect(clientRoles.filter(role => mayTell(role).includes(type))).toEqual(['authority'])
  for (const type of ['visa.issued', 'visa.refused', 'visa.lodged'] as const)
    expect(clientRoles.filter(role => mayTell(role).includes(type))).toEqual(['consulate'])
})

test('an agency tells what its campaign is made of up to the visa application', () => {
  expect(mayTell('origin-agency')).toEqual(
    expect.arrayContaining([
      'candidate.registered',
      'candidate.selected',
      'contract.signed',
      'authorization.requested',
      'visa.requested',
      'callback.filed'
    ])
  )
})

/** Timers of the gateway and findings of a review by its operators: no client is their source. */
const ours = ['record.corrected', 'alta.overdue', 'extinction.risked', 'abandonment.reviewed', 'return.overdue']

test('every event has somebody who may tell it, or is the gateway’s own', () => {
  const orphans = eventTypes.filter(type => !clientRoles.some(role => mayTell(role).includes(type)))
  expect(orphans.filter(type => !ours.includes(type))).toEqual([])
})

test.each(['', 'agency', 'admin', 'constructor'])('%j is no role', role => {
  expect(isClientRole(role)).toBe(false)
})
