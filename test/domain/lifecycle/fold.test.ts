// The fold: order, late events, corrections, the end of a life, and the fast path that must equal it.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type EventType, eventPayload, eventTypes } from '../../../schemas/event.ts'
import { compareKeys, extend, type FoldEvent, type Folded, fold } from '../../../src/domain/lifecycle/fold.ts'
import { arrivals, histories, samplePayload } from '../../support/histories.ts'

const kinds = ['placement', 'authorization', 'offer'] as const

const event = (id: string, type: EventType, effectiveAt: string, more: Partial<FoldEvent> = {}): FoldEvent => ({
  id,
  type,
  effectiveAt,
  payload: samplePayload(type),
  ...more
})

const listed = ({ applied, setAside, waiting, contradictions }: Folded): string[] => [
  ...applied,
  ...[setAside, waiting, contradictions].flatMap(list => list.map(({ eventId }) => eventId))
]

const idsOf = (events: readonly FoldEvent[]): string[] => events.map(({ id }) => id)

/** The path of a new worker, a day between two steps. */
const newWorker: FoldEvent[] = (
  [
    'candidate.registered',
    'candidate.preselected',
    'candidate.selected',
    'contract.signed',
    'commitment.signed',
    'authorization.requested',
    'authorization.granted',
    'visa.requested',
    'visa.lodged',
    'visa.issued',
    'documents.received',
    'summons.sent',
    'port.checked-in',
    'boarding.scanned',
    'border.admitted',
    'alta.registered',
    'baja.registered',
    'return.boarded',
    'return.declared',
    'return.verified',
    'eligibility.confirmed'
  ] as const
).map((type, day) => event(`e${String(day).padStart(2, '0')}`, type, `2026-01-${String(day + 1).padStart(2, '0')}`))

const upTo = (type: EventType): FoldEvent[] => newWorker.slice(0, newWorker.findIndex(({ type: own }) => own === type) + 1)

describe('fold', () => {
  test.each(kinds)('a valid history of %s is applied whole, in its order, and ends where the walk ended', kind => {
    fc.assert(
      fc.property(histories(kind), ({ events, states }) => {
        const folded = fold(kind, events)
        expect(folded.applied).toEqual(idsOf(events))
        expect(folded.state).toBe(states.at(-1) ?? 'NEW')
      })
    )
  })

  test.each(kinds)('any order of arrival of a valid history of %s, ingested one by one, ends the same', kind => {
    fc.assert(
      fc.property(
        histories(kind).chain(history => fc.tuple(fc.constant(history), arrivals(history))),
        ([{ events }, arriving]) => {
          let folded = fold(kind, [])
          arriving.forEach((one, index) => {
            const full = fold(kind, arriving.slice(0, index + 1))
            expect(extend(folded, one) ?? full).toEqual(full)
            folded = full
          })
          expect(folded).toEqual(fold(kind, events))
        }
      )
    )
  })

  test('an event is in exactly one list, whatever arrives in whatever order', () => {
    fc.assert(
      fc.property(disorder, events => {
        const folded = fold('placement', events)
        expect(listed(folded).sort()).toEqual(idsOf(events).sort())
      })
    )
  })

  test('the fold of a set does not depend on the order in which the set is given', () => {
    fc.assert(
      fc.property(
        disorder.chain(events =>
          fc.tuple(fc.constant(events), fc.shuffledSubarray(events, { minLength: events.length, maxLength: events.length }))
        ),
        ([events, shuffled]) => {
          expect(fold('placement', shuffled)).toEqual(fold('placement', events))
        }
      )
    )
  })

  test('extend, where it answers, equals the full fold', () => {
    let answered = 0
    fc.assert(
      fc.property(fc.oneof(disorder, withGaps), events => {
        let before = fold('placement', [])
        events.forEach((one, index) => {
          const full = fold('placement', events.slice(0, index + 1))
          const extended = extend(before, one)
          if (extended !== null) {
            answered++
            expect(extended).toEqual(full)
          }
          before = full
        })
      })
    )
    expect(answered).toBeGreaterThan(200)
  })

  test('a fold survives being stored as JSON', () => {
    fc.assert(
      fc.property(disorder, events => {
        const folded = fold('placement', events)
        expect(JSON.parse(JSON.stringify(folded))).toEqual(folded)
      })
    )
  })

  test('the path of a new worker ends in ELIGIBLE_NEXT, also when two neighbours bear each other’s dates', () => {
    expect(fold('placement', newWorker).state).toBe('ELIGIBLE_NEXT')
    for (let index = 0; index + 1 < newWorker.length; index++) {
      const [one, other] = [newWorker[index] as FoldEvent, newWorker[index + 1] as FoldEvent]
      const typed = newWorker
        .with(index, { ...one, effectiveAt: other.effectiveAt })
        .with(index + 1, { ...other, effectiveAt: one.effectiveAt })
      const folded = fold('placement', typed)
      expect([one.type, other.type, folded.state, folded.waiting]).toEqual([one.type, other.type, 'ELIGIBLE_NEXT', []])
    }
  })

  test('an event without its predecessor waits, and is applied when the predecessor arrives', () => {
    const withoutContract = upTo('commitment.signed').filter(({ type }) => type !== 'contract.signed')
    const requested = event('x', 'authorization.requested', '2026-01-20')
    expect(fold('placement', [...withoutContract, requested])).toMatchObject({
      state: 'COMMITMENT_SIGNED',
      waiting: [{ eventId: 'x', because: 'authorization.requested does not follow COMMITMENT_SIGNED' }]
    })
    expect(fold('placement', [...upTo('commitment.signed'), requested])).toMatchObject({ state: 'AUTH_REQUESTED', waiting: [] })
  })

  test('events of one instant go by their rank in a life, then by id', () => {
    const at = '2026-01-02T00:00:00Z'
    const folded = fold('placement', [
      event('9', 'candidate.registered', at),
      event('8', 'candidate.preselected', at),
      event('7', 'candidate.selected', at),
      event('2', 'contract.signed', at),
      event('1', 'contract.signed', at, { payload: { contract: { reference: 'CT-first', signedAt: '2026-01-02' } } })
    ])
    expect(folded.applied).toEqual(['9', '8', '7', '1', '2'])
    expect(folded.record).toMatchObject({ contract: { reference: 'CT-0' } })
  })

  test('a lapse that a lodging heard of later has overtaken is set aside, and its patch does not count', () => {
    const lapsed = event('lapse', 'visa.lapsed', '2026-02-20')
    const before = fold('placement', [...upTo('visa.requested'), lapsed])
    expect(before.state).toBe('LAPSED')
    const after = fold('placement', [...upTo('visa.requested'), lapsed, event('late', 'visa.lodged', '2026-02-10')])
    expect(after).toMatchObject({ state: 'VISA_LODGED', setAside: [{ eventId: 'lapse' }], contradictions: [] })
    expect(after.record).not.toHaveProperty('visa.outcome')
  })

  test('an event dated after the end contradicts; one dated before it waits', () => {
    const withdrew = event('w', 'candidate.withdrew', '2026-02-01')
    const folded = fold('placement', [
      ...upTo('candidate.preselected'),
      withdrew,
      event('early', 'visa.issued', '2026-01-30'),
      event('after', 'visa.issued', '2026-02-03')
    ])
    expect(folded.state).toBe('WITHDRAWN')
    expect(folded.waiting.map(({ eventId }) => eventId)).toEqual(['early'])
    expect(folded.contradictions).toEqual([{ eventId: 'after', because: 'visa.issued came after WITHDRAWN' }])
  })

  test('a death after a withdrawal leaves what came between them a contradiction', () => {
    const between = event('b', 'visa.issued', '2026-02-03')
    const folded = fold('placement', [
      ...upTo('candidate.preselected'),
      event('w', 'candidate.withdrew', '2026-02-01'),
      between,
      event('d', 'worker.died', '2026-02-05')
    ])
    expect(folded).toMatchObject({
      state: 'DECEASED',
      waiting: [],
      contradictions: [{ eventId: 'b', because: 'visa.issued came after DECEASED' }]
    })
  })

  test('extend leaves to the full fold what could set a contradiction free, and an event that is there already', () => {
    const abandoned = fold('placement', [
      ...upTo('alta.registered'),
      event('ab', 'work.abandoned', '2026-02-01'),
      event('rb', 'return.boarded', '2026-02-03')
    ])
    expect(extend(abandoned, event('rv', 'abandonment.reviewed', '2026-02-10'))).toBeNull()
    expect(extend(abandoned, event('dr', 'document.renewed', '2026-02-10'))).toMatchObject({
      state: 'ABANDONED',
      contradictions: [{ eventId: 'rb' }]
    })
    expect(extend(fold('placement', newWorker), newWorker.at(-1) as FoldEvent)).toBeNull()
  })

  test('a second selection does not overwrite the first and is a case', () => {
    const second = event('second', 'candidate.selected', '2026-01-06', { payload: samplePayload('candidate.selected', 1) })
    const folded = fold('placement', [...upTo('candidate.selected'), second])
    expect(folded.record).toMatchObject({ offer: 'O-0' })
    expect(folded.contradictions).toEqual([
      { eventId: 'second', because: 'candidate.selected has no place any more: SELECTED was reached' }
    ])
  })

  test('a review reopens an abandonment, and what had to wait for it goes on', () => {
    const stayed = [...upTo('alta.registered'), event('ab', 'work.abandoned', '2026-02-01'), event('rb', 'return.boarded', '2026-02-03')]
    expect(fold('placement', stayed)).toMatchObject({ state: 'ABANDONED', contradictions: [{ eventId: 'rb' }] })
    const reviewed = fold('placement', [...stayed, event('rv', 'abandonment.reviewed', '2026-02-10')])
    expect(reviewed).toMatchObject({ state: 'RETURNING', contradictions: [], waiting: [], closedBy: null })
  })

  test.each([
    ['new worker', upTo('summons.sent'), 'VISA_REVOKED'],
    [
      'repeater',
      [event('a', 'callback.filed', '2026-01-01'), event('b', 'callback.approved', '2026-01-02'), event('c', 'summons.sent', '2026-01-03')],
      'AUTH_REVOKED'
    ]
  ] as const)('an extinguished authorization takes from a %s what she has', (_, events, state) => {
    expect(fold('placement', [...events, event('z', 'authorization.extinguished', '2026-03-01')]).state).toBe(state)
  })

  test('on the day of a transfer baja, change and alta end in WORKING for the new employer', () => {
    const at = '2026-03-01'
    const day = [event('1', 'alta.registered', at), event('2', 'baja.registered', at), event('3', 'employer.changed', at)]
    expect(fold('placement', [...upTo('alta.registered'), ...day])).toMatchObject({ state: 'WORKING', waiting: [], contradictions: [] })
  })

  test('a call of one day ends: the baja of the day of the alta waits for it', () => {
    const one = [...upTo('border.admitted'), event('2', 'baja.registered', '2026-02-01'), event('1', 'alta.registered', '2026-02-01')]
    expect(fold('placement', one)).toMatchObject({ state: 'ENDED', waiting: [] })
  })

  test('an authorization follows the placements that move it and keeps its employer', () => {
    const folded = fold('authorization', [
      event('1', 'authorization.requested', '2026-01-01'),
      event('2', 'authorization.granted', '2026-01-05'),
      event('3', 'alta.registered', '2026-02-05'),
      event('4', 'alta.registered', '2027-02-05'),
      event('5', 'employer.changed', '2027-05-05')
    ])
    expect(folded.state).toBe('EMPLOYER_CHANGED')
    expect(Object.keys(folded.record).sort()).toEqual(['authorization', 'employer', 'stay'])
  })

  test('an event of another kind is kept, never applied', () => {
    expect(fold('offer', [event('1', 'visa.issued', '2026-01-01')])).toMatchObject({
      state: 'NEW',
      applied: [],
      waiting: [{ eventId: '1' }]
    })
  })

  test('the same event given twice is one', () => {
    expect(fold('placement', [...upTo('candidate.selected'), ...upTo('candidate.selected')])).toEqual(
      fold('placement', upTo('candidate.selected'))
    )
  })

  test('an effective time that is no date is our mistake and is thrown without the payload', () => {
    expect(() => fold('placement', [event('1', 'candidate.registered', 'yesterday')])).toThrow(
      new RangeError('The event 1 has no valid effective time.')
    )
  })

  test('version, corrects and sections of other types never reach the record', () => {
    const odd = event('1', 'candidate.registered', '2026-01-01', {
      payload: { ...samplePayload('candidate.registered'), version: 7, corrects: 'x', visa: {} }
    })
    expect(Object.keys(fold('placement', [odd]).record).sort()).toEqual(['campaign', 'documents', 'person', 'registration'])
  })
})

describe('corrections', () => {
  const selected = upTo('candidate.selected')
  const wrong = selected.at(-1) as FoldEvent

  const correction = (id: string, corrects: string, variant: number, effectiveAt = wrong.effectiveAt): FoldEvent =>
    event(id, 'candidate.selected', effectiveAt, { corrects, payload: samplePayload('candidate.selected', variant) })

  test('a correction takes the place of what it corrects', () => {
    const folded = fold('placement', [...selected, correction('c1', wrong.id, 3)])
    expect(folded.record).toMatchObject({ offer: 'O-3' })
    expect(folded.applied).toEqual(['e00', 'e01', 'c1'])
    expect(folded.setAside).toEqual([{ eventId: 'e02', because: 'replaced by the correction c1' }])
  })

  test('a correction can be corrected, and of two side by side the later id counts', () => {
    const chain = [...selected, correction('c9', wrong.id, 3), correction('c1', 'c9', 4)]
    expect(fold('placement', chain).record).toMatchObject({ offer: 'O-4' })
    const rivals = [...selected, correction('c2', wrong.id, 2), correction('c1', wrong.id, 1)]
    expect(fold('placement', rivals).record).toMatchObject({ offer: 'O-2' })
  })

  test('a correction before the event it corrects waits', () => {
    const [registered, preselected] = selected as [FoldEvent, FoldEvent]
    const early = fold('placement', [registered, preselected, correction('c1', wrong.id, 3)])
    expect(early).toMatchObject({ state: 'PRESELECTED', waiting: [{ eventId: 'c1', because: 'corrects an event that has not arrived' }] })
    expect(fold('placement', [...selected, correction('c1', wrong.id, 3)]).state).toBe('SELECTED')
  })

  test('corrections that correct each other in a circle wait and harm nobody', () => {
    const circle = [...selected, correction('c1', 'c2', 1), correction('c2', 'c1', 2), correction('c3', 'c3', 3)]
    expect(fold('placement', circle)).toMatchObject({
      state: 'SELECTED',
      waiting: [{ eventId: 'c1' }, { eventId: 'c2' }, { eventId: 'c3' }]
    })
  })

  test('a corrected date moves the event', () => {
    const granted = upTo('authorization.granted')
    const moved = { ...(granted.at(-1) as FoldEvent), id: 'c1', corrects: 'e06', effectiveAt: '2026-03-01' }
    expect(fold('placement', [...granted, moved, event('w', 'candidate.withdrew', '2026-02-01')]).state).toBe('WITHDRAWN')
  })

  test('a wrong type can be put right', () => {
    const refused = [...upTo('visa.lodged'), event('r', 'visa.refused', '2026-02-01')]
    expect(fold('placement', refused).state).toBe('VISA_REFUSED')
    expect(fold('placement', [...refused, event('c', 'visa.issued', '2026-02-01', { corrects: 'r' })]).state).toBe('VISA_ISSUED')
  })

  test('our own notice of a correction corrects nothing', () => {
    const folded = fold('placement', [...selected, event('n', 'record.corrected', '2026-01-05', { corrects: wrong.id })])
    expect(folded).toMatchObject({ state: 'SELECTED', setAside: [], applied: ['e00', 'e01', 'e02', 'n'] })
  })
})

describe('compareKeys', () => {
  test('time goes before rank, rank before id', () => {
    expect([[2, 0, 'a'] as const, [1, 9, 'a'] as const, [1, 2, 'b'] as const, [1, 2, 'B'] as const].toSorted(compareKeys)).toEqual([
      [1, 2, 'B'],
      [1, 2, 'b'],
      [1, 9, 'a'],
      [2, 0, 'a']
    ])
  })
})

describe('sample payloads', () => {
  test.each(eventTypes)('the sample of %s passes its schema', type => {
    for (const variant of [0, 1, 77, 9999])
      expect(eventPayload(type).safeParse(samplePayload(type, variant)).error?.issues ?? []).toEqual([])
  })
})

/** A valid history of which an event may be lost, in the order of their dates. */
const withGaps: fc.Arbitrary<FoldEvent[]> = histories('placement').chain(({ events }) =>
  fc.subarray(events, { minLength: Math.max(0, events.length - 1) })
)

/** Anything at any time, many at once, some correcting others. */
const disorder: fc.Arbitrary<FoldEvent[]> = fc
  .array(
    fc.record({
      type: fc.constantFrom(...eventTypes.filter(type => !type.startsWith('offer.'))),
      day: fc.integer({ min: 1, max: 9 }),
      variant: fc.nat(9),
      corrects: fc.option(fc.nat(20), { nil: undefined, freq: 5 })
    }),
    { maxLength: 20 }
  )
  .chain(events =>
    fc.tuple(
      fc.constant(events),
      fc.shuffledSubarray(
        events.map((_, index) => `id-${index}`),
        { minLength: events.length }
      )
    )
  )
  .map(([events, ids]) =>
    events.map(({ type, day, variant, corrects }, index) =>
      event(ids[index] as string, type, `2026-01-0${day}`, {
        payload: samplePayload(type, variant),
        ...(corrects === undefined ? {} : { corrects: `id-${corrects}` })
      })
    )
  )
