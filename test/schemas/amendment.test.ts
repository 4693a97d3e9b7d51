// A patch of a record becomes the event that says it, or is refused with its place and without its values; whatever it is made of.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type AmendableKind, amendments, readAmendment } from '../../schemas/amendment.ts'
import { eventPayload } from '../../schemas/event.ts'
import type { Explanation } from '../../schemas/explain.ts'
import { merge } from '../../src/domain/lifecycle/merge.ts'
import { canTell } from '../../src/http/words/words.ts'

const kinds = Object.keys(amendments) as AmendableKind[]

const offerChange = fc
  .record(
    {
      posts: fc.option(fc.integer({ min: 1, max: 100_000 })),
      trialPeriodDays: fc.option(fc.integer({ min: 0, max: 180 })),
      reference: fc.option(fc.stringMatching(/^[!-~]{1,64}$/)),
      period: fc.option(fc.constant({ start: '2026-02-01', end: '2026-06-30' })),
      concatenations: fc.option(fc.array(fc.constant({ start: '2026-02-01', end: '2026-06-30' }), { maxLength: 3 }))
    },
    { requiredKeys: [] }
  )
  .filter(change => Object.keys(change).length > 0)

/** RFC 7396, written down from its pseudocode. */
const mergePatch = (target: unknown, patch: unknown): unknown => {
  if (typeof patch !== 'object' || patch === null || Array.isArray(patch)) return patch
  const merged: Record<string, unknown> = typeof target === 'object' && target !== null && !Array.isArray(target) ? { ...target } : {}
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) delete merged[name]
    else merged[name] = mergePatch(merged[name], value)
  }
  return merged
}

describe('a patch', () => {
  test('is the payload of its event as it stands, and changes a record as RFC 7396 says', () => {
    fc.assert(
      fc.property(offerChange, offerChange, (first, second) => {
        const read = readAmendment('offer', { record: { offerDetails: first } })
        expect(read).toEqual({ payload: { offerDetails: first } })
        const { payload } = read as { payload: Record<string, unknown> }
        expect(eventPayload('offer.amended').safeParse(payload).success).toBe(true)
        const before = mergePatch({}, { offerDetails: second }) as Record<string, unknown>
        expect(merge(before, payload)).toEqual(mergePatch(before, payload))
      })
    )
  })

  test('that is anything at all is read or refused with pointers into it, and never told back', () => {
    const marked = fc.string({ minLength: 1, maxLength: 12 }).map(text => `Zq9${text}`)
    const anything = fc.letrec(tie => ({
      value: fc.oneof({ maxDepth: 4 }, fc.constant(null), fc.integer(), marked, fc.array(tie('value'), { maxLength: 3 }), tie('object')),
      object: fc.dictionary(
        fc.oneof(marked, fc.constantFrom('record', 'person', 'offerDetails', 'name', 'latin', 'identifiers', 'state', 'period', 'posts')),
        tie('value'),
        { maxKeys: 4 }
      )
    })).value
    const within = fc.constantFrom('person', 'offerDetails').chain(section => anything.map(inner => ({ record: { [section]: inner } })))
    fc.assert(
      fc.property(fc.constantFrom(...kinds), fc.oneof(anything, within), (kind, patch) => {
        const read = readAmendment(kind, patch)
        const faults = 'faults' in read ? read.faults : []
        expect('payload' in read && eventPayload(amendments[kind].type).safeParse(read.payload).success).toBe(faults.length === 0)
        for (const { pointer, code, detail, said } of faults) {
          expect(pointer).toMatch(/^(?:\/[^/]+)*$/)
          expect([code, detail].every(text => text.length > 0)).toBe(true)
          expect([detail, canTell(said)]).toEqual([detail, true])
        }
        expect(JSON.stringify(faults)).not.toContain('Zq9')
      }),
      { numRuns: 500 }
    )
  })
})

test.each([
  ['placement', { record: { documents: [] } }, '/record/documents', 'document.renewed'],
  ['placement', { record: { visa: { outcome: 'ISSUED' } } }, '/record/visa', 'visa.issued'],
  ['placement', { record: { selection: null } }, '/record/selection', 'candidate.selected']
] as const)('of a %s is told which events say what it cannot: %j', (kind, patch, pointer, type) => {
  const { faults } = readAmendment(kind, patch) as { faults: readonly Explanation[] }
  expect(faults.find(fault => fault.pointer === pointer)).toMatchObject({ code: 'not-patchable', detail: expect.stringContaining(type) })
})
