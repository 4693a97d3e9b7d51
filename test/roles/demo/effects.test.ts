// Each count of the accounts moves when the journals are tampered with: a count that is always zero would prove nothing.
import { describe, expect, it } from 'vitest'
import type { JournalEntry } from '../../../adapters/contract.ts'
import {
  duplicatedOf,
  effectsOf,
  foreignOf,
  lodgedByWeek,
  outOfOrder,
  overrunsOf,
  type Sent,
  takenOf,
  unreceived
} from '../../../src/roles/demo/effects.ts'

let lastId = 0

const sentTo = (partnerId: string, more: Partial<Sent> = {}): Sent => {
  lastId += 1
  return {
    id: `d${lastId}`,
    partnerId,
    laneId: lastId,
    position: lastId,
    state: 'accepted',
    aboutId: `p${lastId}`,
    campaign: 2026,
    ...more
  }
}

const entryOf = ({ id, partnerId, aboutId }: Sent, effect: string, more: Partial<JournalEntry> = {}): JournalEntry => ({
  at: '2026-01-05T09:00:00.000Z',
  partner: partnerId,
  parcel: 'P1',
  delivery: id,
  subId: `at-${partnerId}-${aboutId}`,
  effect,
  ...more
})

/** A campaign of three that went well: two applications in one lane after the other, a request, a fact stored. */
const well = () => {
  const request = sentTo('si-gecco', { aboutId: 'ana' })
  const visa = sentTo('tangier', { aboutId: 'ana', laneId: 7, position: 1 })
  const withdrawal = sentTo('tangier', { aboutId: 'ana', laneId: 7, position: 2 })
  const stored = sentTo('employer', { aboutId: 'ana' })
  const journals = new Map<string, JournalEntry[]>([
    ['si-gecco', [entryOf(request, 'requested', { detail: { tipo: 'SOLICITUD' } })]],
    ['tangier', [entryOf(visa, 'lodged', { week: '2026-W03' }), entryOf(visa, 'issued'), entryOf(withdrawal, 'revoked')]],
    ['employer', [entryOf(stored, 'stored', { detail: { fact: 'visa.issued' }, version: 9 })]]
  ])
  const sent = [request, visa, withdrawal, stored]
  const counts = () => {
    const effects = effectsOf(journals)
    const taken = takenOf(effects)
    return {
      lost: unreceived(sent, taken),
      duplicated: duplicatedOf(sent, taken),
      outOfOrder: outOfOrder(sent, taken),
      foreign: foreignOf(sent, taken),
      overruns: overrunsOf(effects, { '2026-W03': 1 })
    }
  }
  return { request, visa, withdrawal, stored, journals, sent, counts }
}

const nothing = { lost: 0, duplicated: 0, outOfOrder: 0, foreign: 0, overruns: 0 }
const journal = (campaign: ReturnType<typeof well>, name: string) => campaign.journals.get(name) as JournalEntry[]

describe('the accounts of a campaign', () => {
  it('are all zero where journals and deliveries agree', () => {
    expect(well().counts()).toEqual(nothing)
  })

  it.each<[string, Partial<typeof nothing>, (campaign: ReturnType<typeof well>) => void]>([
    ['an accepted delivery that the journal does not hold is lost', { lost: 1 }, c => journal(c, 'si-gecco').pop()],
    [
      'an accepted delivery that the journal only repeats or refuses is lost',
      { lost: 1 },
      c => Object.assign(journal(c, 'si-gecco')[0] as JournalEntry, { effect: 'repeated' })
    ],
    ['one delivery with two effects is duplicated', { duplicated: 1 }, c => journal(c, 'tangier').push(entryOf(c.withdrawal, 'withdrawn'))],
    [
      'a second application of one person under another delivery, at another consulate, is duplicated',
      { duplicated: 1 },
      c => {
        const again = sentTo('casablanca', { aboutId: 'ana' })
        c.sent.push(again)
        c.journals.set('casablanca', [entryOf(again, 'lodged', { week: '2026-W04' })])
      }
    ],
    [
      'a second request of one kind for one person is duplicated',
      { duplicated: 1 },
      c => {
        const again = sentTo('si-gecco', { aboutId: 'ana' })
        c.sent.push(again)
        journal(c, 'si-gecco').push(entryOf(again, 'requested', { detail: { tipo: 'SOLICITUD' } }))
      }
    ],
    [
      'a fact that an employer stores twice is duplicated, whatever its version',
      { duplicated: 1 },
      c => {
        const again = sentTo('employer', { aboutId: 'ana' })
        c.sent.push(again)
        journal(c, 'employer').push(entryOf(again, 'stored', { detail: { fact: 'visa.issued' }, version: 10 }))
      }
    ],
    ['a lane that arrived the other way round is out of order', { outOfOrder: 1 }, c => void journal(c, 'tangier').reverse()],
    [
      'an effect under the delivery of another partner is foreign',
      { foreign: 1 },
      c => journal(c, 'employer').push(entryOf(c.request, 'stored', { detail: { fact: 'authorization.granted' } }))
    ],
    [
      'an effect under a delivery that nobody knows is foreign',
      { foreign: 1 },
      c => journal(c, 'employer').push(entryOf(sentTo('employer'), 'stored', { detail: { fact: 'visa.issued' } }))
    ],
    [
      'an application beyond the places of the week is an overrun',
      { overruns: 1 },
      c => {
        const one = sentTo('casablanca')
        c.sent.push(one)
        c.journals.set('casablanca', [entryOf(one, 'lodged', { week: '2026-W03' })])
      }
    ],
    [
      'an application that a consulate turned away for want of a place is an overrun',
      { overruns: 1 },
      c => journal(c, 'tangier').push(entryOf(c.visa, 'overrun', { week: '2026-W03' }))
    ]
  ])('%s', (_name, moved, tamper) => {
    const campaign = well()
    tamper(campaign)
    // Tampering with one thing may show in others too (an unknown delivery has no lane): what must move, moves.
    expect(campaign.counts()).toMatchObject(moved)
  })

  it('count an application in a week that has no places at all', () => {
    const { journals } = well()
    expect(overrunsOf(effectsOf(journals), {})).toBe(1)
    expect(lodgedByWeek(takenOf(effectsOf(journals)))).toEqual({ '2026-W03': 1 })
  })

  it('do not take a new application after a withdrawal, nor the next correction of a record, for a duplicate', () => {
    const [first, withdrawal, second] = [1, 2, 3].map(() => sentTo('tangier', { aboutId: 'eva', laneId: 9 })) as [Sent, Sent, Sent]
    const corrections = [4, 5].map(() => sentTo('employer', { aboutId: 'eva' }))
    const journals = new Map([
      ['tangier', [entryOf(first, 'lodged'), entryOf(withdrawal, 'withdrawn'), entryOf(second, 'lodged')]],
      ['employer', corrections.map((one, version) => entryOf(one, 'stored', { detail: { fact: 'record.corrected' }, version }))]
    ])
    expect(duplicatedOf([first, withdrawal, second, ...corrections], takenOf(effectsOf(journals)))).toBe(0)
  })
})
