// The built-in adapter of streams: what a polled token says, and that it says no more than the stream's fields.
import { expect, test } from 'vitest'
import type { Projected } from '../../adapters/contract.ts'
import { set } from '../../adapters/set/index.ts'
import { fieldPaths } from '../../schemas/field.ts'
import { project } from '../../src/domain/disclosure.ts'
import { fullRecord } from './people.ts'

const settings = (more: object = {}) => ({
  audience: 'https://receiver.example',
  delivery: 'poll',
  fields: ['authorization.fileNumber'],
  ...more
})

const projected = (fields: readonly (typeof fieldPaths)[number][]): Projected => ({
  delivery: '01M855CNY3MARQT2EQX70MN8QX',
  eventId: '0192f7a0-0000-7000-8000-000000000001',
  type: 'authorization.granted',
  subId: '4e6cb90b-1dbd-452a-8a34-b8b860e5a270',
  version: 7,
  campaign: 2026,
  effectiveAt: '2026-01-20T09:00:00.000Z',
  record: project({ ...fullRecord(1) }, fields)
})

test('a token names the event, the version and the campaign, and of the record only the stream’s fields', () => {
  const parsed = set.settings.parse(settings())
  const fields = set.outbound?.narrow?.(parsed) ?? []
  expect(set.outbound?.map(projected(fields), parsed)).toEqual({
    type: 'authorization.granted',
    payload: { version: 7, campaign: 2026, authorization: { fileNumber: fullRecord(1).authorization?.fileNumber } }
  })
})

test('every field that a stream may carry is one of the language, and a stream carries only those it names', () => {
  const parsed = set.settings.parse(settings({ fields: [...fieldPaths] }))
  expect(set.outbound?.narrow?.(parsed)).toEqual(fieldPaths)
  expect(set.outbound?.narrow?.(set.settings.parse(settings()))).toEqual(['authorization.fileNumber'])
})

test.each([
  ['no field', { fields: [] }],
  ['a field that does not exist', { fields: ['person.income'] }],
  ['a time to redeliver below five seconds', { redeliverAfterSeconds: 4 }],
  ['a time to redeliver above an hour', { redeliverAfterSeconds: 3_601 }],
  ['an empty audience', { audience: '' }],
  ['a way of delivery that does not exist', { delivery: 'pigeon' }],
  ['push to nowhere', { delivery: 'push' }],
  ['an address that it does not push to', { endpoint: 'https://receiver.example' }],
  ['a member nobody knows', { income: true }]
])('a stream with %s is refused', (_what, wrong) => {
  expect(set.settings.safeParse(settings(wrong)).success).toBe(false)
})

test('nothing is ever sent to a partner that fetches for itself', async () => {
  expect(set.stream?.(set.settings.parse({ audience: 'a', delivery: 'poll', fields: ['campaign'] }))).toBe('poll')
  await expect(set.outbound?.send({} as never, { settings: {} } as never)).rejects.toThrow(/fetches its SETs itself/)
})
