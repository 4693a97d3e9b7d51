// The sample campaign: repeatable, realistic by the gateway's own checks, and with every edge case it promises.
import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { generateCampaign } from '../../samples/campaign.ts'
import type { CampaignMessage, Worker } from '../../samples/worker.ts'
import { certainAge } from '../../schemas/edtf.ts'
import { type EventType, eventPayload } from '../../schemas/event.ts'
import { checkCif } from '../../schemas/spanish-identifiers.ts'

const options = { workers: 200, seed: 42, newShare: 0.5, campaignStart: '2025-11-03' }
const grantAt = new Date('2025-11-10T09:00:00Z')

const digestOf = (messages: Iterable<CampaignMessage>) => {
  const hash = createHash('sha256')
  for (const message of messages) hash.update(JSON.stringify(message))
  return hash.digest('hex')
}

const problemsOf = (message: { type: EventType; payload: unknown }) =>
  (eventPayload(message.type).safeParse(message.payload).error?.issues ?? []).map(
    issue => `${message.type} ${issue.path.join('.')}: ${issue.message}`
  )

const everythingOf = (worker: Worker) => [...worker.phaseA, ...worker.phaseB(grantAt)]

describe('the sample campaign', () => {
  it('gives the same bytes for the same seed and others for another', () => {
    expect(digestOf(generateCampaign(options).messages())).toBe(digestOf(generateCampaign(options).messages()))
    expect(digestOf(generateCampaign({ ...options, seed: 43 }).messages())).not.toBe(digestOf(generateCampaign(options).messages()))
  })

  it('makes only events that the canonical language accepts, whatever the size, seed and share', () => {
    const sizes = fc.record({
      workers: fc.integer({ min: 1, max: 60 }),
      seed: fc.integer(),
      newShare: fc.double({ min: 0, max: 1, noNaN: true })
    })
    fc.assert(
      fc.property(sizes, drawn => {
        const campaign = generateCampaign({ ...options, ...drawn })
        const problems = [...campaign.offerMessages(), ...[...campaign.workers()].flatMap(everythingOf)].flatMap(problemsOf)
        expect(problems).toEqual([])
      }),
      { numRuns: 40 }
    )
  })

  it('has as many newcomers as asked for, with at least eight events in the end and a visa to ask for', () => {
    const workers = [...generateCampaign(options).workers()]
    const newcomers = workers.filter(worker => worker.kind === 'new')
    expect(newcomers).toHaveLength(100)
    const usual = newcomers.filter(worker => worker.edgeCases.length === 0)
    for (const worker of usual) {
      expect(worker.phaseA.map(message => message.type)).toEqual([
        'candidate.registered',
        'candidate.preselected',
        'candidate.selected',
        'contract.signed',
        'commitment.signed',
        'authorization.requested'
      ])
      expect(worker.phaseB(grantAt).map(message => message.type)).toEqual(['visa.requested'])
    }
    for (const worker of workers.filter(one => one.kind === 'repeater')) {
      expect(worker.phaseA.map(message => message.type)).toEqual(['callback.filed'])
      expect(worker.phaseB(grantAt)).toEqual([])
    }
  })

  it('gives every worker identifiers of her own, except where an edge case says otherwise', () => {
    const workers = [...generateCampaign({ ...options, workers: 3000 }).workers()].filter(
      worker => !worker.edgeCases.some(one => one === 8 || one === 9)
    )
    const kinds: ((worker: Worker) => string)[] = [
      worker => worker.id,
      worker => worker.identity.card,
      worker => worker.identity.passport.number,
      worker => worker.identity.phone,
      worker => worker.identity.nie,
      worker => worker.identity.tieSupport
    ]
    for (const kind of kinds) expect(new Set(workers.map(kind)).size).toBe(workers.length)
  })

  it('is dated in the order of the steps and never after the start of the campaign', () => {
    for (const worker of generateCampaign(options).workers()) {
      const instants = worker.phaseA.map(message => message.effectiveAt)
      expect(instants).toEqual(instants.toSorted())
      expect(instants.every(instant => instant < '2025-11-03T08:00:00Z')).toBe(true)
    }
  })

  it('recruits adults for offers of at least ten posts, with papers that last, for employers whose number is right', () => {
    const campaign = generateCampaign(options)
    expect(new Set(campaign.employers.map(employer => employer.cif)).size).toBe(3)
    for (const employer of campaign.employers) expect(checkCif(employer.cif)).toEqual({ ok: true, warnings: [] })
    for (const offer of campaign.offers) expect(offer.posts).toBeGreaterThanOrEqual(10)
    for (const worker of campaign.workers()) {
      expect(certainAge(worker.identity.birthDate, worker.offer.period.start)).toBeGreaterThanOrEqual(18)
      const lasts = worker.identity.passport.expiryDate > '2027-06-01'
      expect(lasts).toBe(!worker.edgeCases.includes(6))
    }
  })

  it('shares the workers between two agencies, two issuing consulates and all offers', () => {
    const campaign = generateCampaign(options)
    const workers = [...campaign.workers()]
    expect(new Set(workers.map(worker => worker.agency.code))).toEqual(new Set(['ANP-KEN-01', 'ANP-BEM-01']))
    expect(new Set(workers.map(worker => worker.consulate))).toEqual(new Set(['TANGIER', 'CASABLANCA']))
    expect(new Set(workers.map(worker => worker.offer.id)).size).toBe(campaign.offers.length)
  })

  it('refuses options out of bounds', () => {
    const bad = [
      { workers: 0 },
      { workers: 900_001 },
      { workers: 1.5 },
      { newShare: -0.1 },
      { newShare: Number.NaN },
      { seed: 0.5 },
      { campaignStart: 'soon' }
    ]
    for (const change of bad) expect(() => generateCampaign({ ...options, ...change })).toThrow(RangeError)
  })

  it('holds none of 60,000 workers back: the last is made without the others', () => {
    const campaign = generateCampaign({ ...options, workers: 60_000 })
    expect(campaign.worker(59_999).id).toMatch(/-059999$/)
    expect([...campaign.planted.values()].flat().length).toBe(130)
  })
})

describe('the order in which messages arrive', () => {
  const campaign = generateCampaign(options)
  const arriving = [...campaign.messages()]

  it('holds every message of phase A but the registrations that come by file', () => {
    const expected = [...campaign.workers()].flatMap(worker =>
      worker.phaseA
        .filter(message => !(worker.registeredBy === 'file' && message.type === 'candidate.registered'))
        .map(message => message.key)
    )
    expect(new Set(arriving.map(message => message.key))).toEqual(new Set(expected))
    expect(arriving.filter(message => !message.repeated)).toHaveLength(expected.length)
  })

  it('repeats some of them, unchanged', () => {
    const repeats = arriving.filter(message => message.repeated)
    expect(repeats.length).toBeGreaterThan(5)
    for (const { repeated: _, ...message } of repeats) {
      const [first] = arriving.filter(one => one.key === message.key && !one.repeated)
      expect({ ...first, repeated: undefined }).toEqual({ ...message, repeated: undefined })
    }
  })

  it('brings some out of order, and all those of the worker planted with case 22 backwards', () => {
    const positions = new Map(arriving.map((message, position) => [message.repeated ? `${message.key}!` : message.key, position]))
    const isBackwards = (worker: Worker) => {
      const order = worker.phaseA.map(message => positions.get(message.key) ?? -1).filter(position => position >= 0)
      return order.length > 1 && order.some((position, place) => place > 0 && position < (order[place - 1] ?? 0))
    }
    const backwards = [...campaign.workers()].filter(isBackwards)
    expect(backwards.some(worker => worker.edgeCases.length === 0)).toBe(true)
    expect(backwards.filter(worker => worker.edgeCases.length > 0).map(worker => worker.edgeCases)).toEqual([[22]])
  })

  it('comes in waves when asked, with the same messages', () => {
    const keys = (messages: Iterable<CampaignMessage>) => [...messages].map(message => message.key).toSorted()
    expect(keys(campaign.messages({ wave: 50 }))).toEqual(keys(arriving))
    expect(() => [...campaign.messages({ wave: 0 })]).toThrow(RangeError)
  })
})
