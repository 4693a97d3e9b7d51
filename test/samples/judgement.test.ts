// An edge case counts as shown only when everything expected of its worker is so.
import { describe, expect, it } from 'vitest'
import { generateCampaign } from '../../samples/campaign.ts'
import { judge } from '../../samples/judgement.ts'

const campaign = generateCampaign({ workers: 200, seed: 7, newShare: 0.5, campaignStart: '2025-11-03' })
const withCase = (edgeCase: number) => campaign.worker(campaign.planted.get(edgeCase)?.[0] ?? -1)
const usual = { record: {}, requested: true, lodged: true, waits: false }

describe('the judgement of an edge case', () => {
  it('fails when a message left that never should', () => {
    expect(judge(withCase(9), { ...usual, waits: true })[0]?.because).toEqual([
      'a message about her reached the authority',
      'an application of hers reached a consulate'
    ])
    expect(judge(withCase(9), { record: {}, requested: false, lodged: false, waits: true })[0]).toMatchObject({ edgeCase: 9, holds: true })
  })

  it('fails when a message never arrived that should have', () => {
    expect(judge(withCase(2), { ...usual, requested: false, lodged: false })[0]?.because).toEqual(
      expect.arrayContaining(['no message about her reached the authority', 'no application of hers reached a consulate'])
    )
  })

  it('fails when nobody was asked who should have been', () => {
    expect(judge(withCase(6), { ...usual, lodged: false })[0]).toMatchObject({
      holds: false,
      because: ['nothing waits for a person to decide']
    })
    expect(judge(withCase(6), { ...usual, lodged: false, waits: true })[0]?.holds).toBe(true)
  })

  it('looks into the record, and into the list of documents by type', () => {
    const worker = withCase(5)
    const renewed = worker.phaseB(new Date('2025-11-10T09:00:00Z'))[0]?.payload as { documents: { number: string }[] }
    expect(judge(worker, usual)[0]?.because).toEqual(['documents.PASSPORT is not what was expected'])
    expect(judge(worker, { ...usual, record: { documents: renewed.documents } })[0]?.holds).toBe(true)
    const yearOnly = withCase(4)
    expect(judge(yearOnly, { ...usual, record: { person: { birthDate: '1980-01-01' } } })[0]?.holds).toBe(false)
    expect(judge(yearOnly, { ...usual, record: { person: { birthDate: yearOnly.identity.birthDate } } })[0]?.holds).toBe(true)
  })

  it('holds for nobody whose record is missing though facts are expected', () => {
    expect(judge(withCase(2), { ...usual, record: null })[0]?.holds).toBe(false)
  })
})
