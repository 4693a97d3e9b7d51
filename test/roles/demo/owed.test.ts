// Who was left out, and who was told what is not theirs, found from subscriptions and facts alone.
import { describe, expect, it } from 'vitest'
import { type Covering, type Fact, neverAsked, neverOwed } from '../../../src/roles/demo/owed.ts'

const fact = (eventId: string, more: Partial<Fact> = {}): Fact => ({
  eventId,
  type: 'visa.issued',
  employer: 'B21123455',
  agency: 'ANP-KEN-01',
  consulate: 'TANGIER',
  offer: null,
  counts: true,
  corrects: null,
  ...more
})

const subscription = (partnerId: string, more: Partial<Covering> = {}): Covering => ({
  partnerId,
  eventType: 'visa.issued',
  employer: null,
  agency: null,
  consulate: null,
  offer: null,
  ...more
})

const owing = (partnerId: string, eventId: string, state = 'accepted') => ({ partnerId, eventId, state })

describe('what was never owed', () => {
  const own = [subscription('farm', { employer: 'B21123455' })]

  it('is nothing where each covered fact has its delivery, whatever state it is in', () => {
    expect(neverOwed([fact('e1'), fact('e2')], own, [owing('farm', 'e1'), owing('farm', 'e2', 'held')])).toBe(0)
  })

  it('counts a covered fact without a delivery, once for each partner that was left out', () => {
    const two = [...own, subscription('inspectorate')]
    expect(neverOwed([fact('e1'), fact('e2')], two, [owing('farm', 'e1')])).toBe(3)
  })

  it('counts a delivery that something else superseded as none', () => {
    expect(neverOwed([fact('e1')], own, [owing('farm', 'e1', 'superseded')])).toBe(1)
  })

  it('expects nothing for another employer, another type, or a fact that does not count', () => {
    const others = [fact('e1', { employer: 'A11111119' }), fact('e2', { type: 'visa.refused' }), fact('e3', { counts: false })]
    expect(neverOwed(others, own, [])).toBe(0)
    expect(neverOwed([fact('e4', { employer: null })], own, [])).toBe(0)
  })

  it('counts one delivery for a partner with two subscriptions that both cover it', () => {
    expect(neverOwed([fact('e1')], [...own, subscription('farm')], [])).toBe(1)
    expect(neverOwed([fact('e1')], [...own, subscription('farm')], [owing('farm', 'e1')])).toBe(0)
  })

  it('takes who was told a fact for told of its correction, back to the first telling', () => {
    const facts = [fact('e1', { counts: false }), fact('e2', { counts: false, corrects: 'e1' }), fact('e3', { corrects: 'e2' })]
    expect(neverOwed(facts, own, [owing('farm', 'e1')])).toBe(0)
    expect(neverOwed(facts, own, [])).toBe(1)
  })
})

describe('what was never asked for', () => {
  it('counts deliveries whose fact no subscription of that partner covers', () => {
    const own = [subscription('farm', { employer: 'B21123455' }), subscription('other', { employer: 'A11111119' })]
    expect(neverAsked([fact('e1')], own, [owing('farm', 'e1')])).toBe(0)
    expect(neverAsked([fact('e1')], own, [owing('farm', 'e1'), owing('other', 'e1')])).toBe(1)
    expect(neverAsked([fact('e1', { type: 'visa.refused' })], own, [owing('farm', 'e1')])).toBe(1)
  })
})
