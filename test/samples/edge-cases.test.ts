// The edge cases planted in the sample campaign are really there.
import { describe, expect, it } from 'vitest'
import { generateCampaign } from '../../samples/campaign.ts'
import type { Worker } from '../../samples/worker.ts'
import { mrzName } from '../../schemas/names.ts'
import type { MigrantRecord } from '../../schemas/record.ts'

const campaign = generateCampaign({ workers: 200, seed: 7, newShare: 0.5, campaignStart: '2025-11-03' })
const grantAt = new Date('2025-11-10T09:00:00Z')

const planted = (edgeCase: number): Worker[] => (campaign.planted.get(edgeCase) ?? []).map(campaign.worker)
const one = (edgeCase: number): Worker => {
  const [worker] = planted(edgeCase)
  if (!worker) throw new Error(`case ${edgeCase} is not planted`)
  return worker
}
const payloadOf = (worker: Worker, type: string): Partial<MigrantRecord> =>
  [...worker.phaseA, ...worker.phaseB(grantAt)].find(message => message.type === type)?.payload ?? {}

describe('planted edge cases', () => {
  it('are all there in a campaign of 200, each with what must be true afterwards', () => {
    expect([...campaign.planted.keys()].toSorted((a, b) => a - b)).toEqual([1, 2, 3, 4, 5, 6, 8, 9, 10, 20, 22])
    for (const [edgeCase, indexes] of campaign.planted) {
      for (const index of indexes) {
        const worker = campaign.worker(index)
        expect(worker.edgeCases).toEqual([edgeCase])
        expect(worker.expect.map(expectation => expectation.edgeCase)).toEqual([edgeCase])
        expect(worker.expect[0]?.sentence).toMatch(/\w{4}/)
        expect(worker.registeredBy).toBe('message')
      }
    }
  })

  it('grow in number with the campaign, and shrink to what fits', () => {
    const large = generateCampaign({ ...campaign.options, workers: 5000 })
    expect(large.planted.get(6)).toHaveLength(5)
    expect(large.planted.get(9)).toHaveLength(10)
    const small = generateCampaign({ ...campaign.options, workers: 4, newShare: 1 })
    expect([...small.planted.keys()]).toEqual([6, 5, 10, 20])
    const repeaters = generateCampaign({ ...campaign.options, newShare: 0 })
    expect([...repeaters.planted.keys()].toSorted((a, b) => a - b)).toEqual([1, 2, 3, 4, 22])
  })

  it("1: the agency wrote the card's spelling, the machine-readable name has the passport's", () => {
    const name = payloadOf(one(1), 'candidate.registered').person?.name
    expect(name?.mrz).toMatch(new RegExp(`^${one(1).identity.family.latin.replaceAll(' ', '<')}<<`))
    expect(name?.latin.family).not.toBe(one(1).identity.family.latin)
  })

  it('2: a family name of two words stands whole', () => {
    expect(payloadOf(one(2), 'candidate.registered').person?.name?.latin).toMatchObject({ family: 'BEN ALI' })
    expect(payloadOf(one(2), 'candidate.registered').person?.name?.latin).not.toHaveProperty('secondFamily')
  })

  it('3: the family name is longer than fifty, and its machine-readable form is not longer than 39', () => {
    const name = payloadOf(one(3), 'candidate.registered').person?.name
    expect(name?.latin.family.length).toBeGreaterThan(50)
    expect(name?.mrz?.length).toBeLessThanOrEqual(39)
    expect(mrzName.safeParse(name?.mrz).success).toBe(true)
  })

  it('4: only the birth year is known', () => expect(payloadOf(one(4), 'candidate.registered').person?.birthDate).toMatch(/^\d{4}-XX-XX$/))

  it('5: the passport is renewed before the visa is asked for', () => {
    const worker = one(5)
    expect(worker.phaseB(grantAt).map(message => message.type)).toEqual(['document.renewed', 'visa.requested'])
    expect(payloadOf(worker, 'document.renewed').documents?.[0]).toMatchObject({
      type: 'PASSPORT',
      supersedes: worker.identity.passport.number
    })
    expect(payloadOf(worker, 'document.renewed').documents?.[0]?.number).not.toBe(worker.identity.passport.number)
  })

  it('6: the passport expires within a year of the start, and not before it', () => {
    const { expiryDate } = one(6).identity.passport
    expect(expiryDate > '2025-12-01' && expiryDate < '2026-11-03').toBe(true)
  })

  it('8: one person, registered at two agencies, the second weeks later', () => {
    const [first, second] = planted(8) as [Worker, Worker]
    expect(second.agency).not.toBe(first.agency)
    expect(second.id).not.toBe(first.id)
    expect(second.identity).toEqual({ ...first.identity, phone: second.identity.phone })
    expect((second.phaseA[0]?.effectiveAt ?? '') > (first.phaseA[0]?.effectiveAt ?? '')).toBe(true)
    expect(second.phaseA.map(message => message.type)).not.toContain('authorization.requested')
  })

  it('9: two persons with different passports, names and births carry one card number', () => {
    const [first, second] = planted(9) as [Worker, Worker]
    expect(second.identity.card).toBe(first.identity.card)
    expect(second.identity.passport.number).not.toBe(first.identity.passport.number)
    expect(second.identity.birthDate).not.toBe(first.identity.birthDate)
  })

  it('10: a second employer selects her a day after the first', () => {
    const selections = one(10).phaseA.filter(message => message.type === 'candidate.selected')
    expect(selections).toHaveLength(2)
    const employers = selections.map(message => (message.payload as Partial<MigrantRecord>).selection?.employer?.cif)
    expect(employers[0]).toBe(one(10).employer.cif)
    expect(employers[1]).not.toBe(employers[0])
    expect((selections[0]?.effectiveAt ?? '') < (selections[1]?.effectiveAt ?? '')).toBe(true)
  })

  it('20: one newcomer is named whose answer shall carry a wrong NIE', () => {
    expect(one(20).kind).toBe('new')
    expect(one(20).expect[0]?.lodged).toBe('never')
    expect(campaign.authority().wrongNieFor).toEqual([one(20).identity.passport.number])
    expect(campaign.authority().grantedFor).toContain(one(6).identity.passport.number)
  })
})
