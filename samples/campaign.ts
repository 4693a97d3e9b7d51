// The sample campaign: a seeded, realistic year of seasonal recruitment, as large as asked for and never held in memory as a whole.
import type { eventTable } from '../schemas/event.ts'
import { dayAfter, officeTime, yearOf } from './calendar.ts'
import { disturbed } from './disturbance.ts'
import { expectationOf, type Planted, plantable, plantIdentity, roundsFor, spelling } from './edge-cases.ts'
import { drawIdentity, type Identity, papersOf, passportIssued } from './identity.ts'
import {
  authorizationRequested,
  callbackFiled,
  commitmentSigned,
  contractSigned,
  type Dossier,
  passportRenewed,
  preselected,
  registered,
  selected,
  visaRequested
} from './messages.ts'
import { activity, activityYear, agencies, consulates, employers, hours, type Offer, offersFor, pay } from './parties.ts'
import { distinctNumbers, randomFor } from './random.ts'
import type { CampaignMessage, Worker } from './worker.ts'

export interface CampaignOptions {
  /** 1 to 900,000: so many identity cards can be told apart. */
  workers: number
  seed: number
  /** Share of workers who come for the first time and need a visa, 0 to 1. */
  newShare: number
  /** YYYY-MM-DD, in campaign time: requests are filed in the days before, work starts fourteen weeks after. */
  campaignStart: string
}

export interface Campaign {
  options: CampaignOptions
  /** Year of the activity. */
  year: number
  agencies: typeof agencies
  employers: typeof employers
  consulates: typeof consulates
  offers: readonly Offer[]
  /** Workers who carry an edge case, by its number; a campaign too small for all lacks some. Case 21 is the registration file's. */
  planted: ReadonlyMap<number, readonly number[]>
  /** What the authority's double must be told so that every planted case can show itself: passports of workers. */
  authority(): { grantedFor: string[]; wrongNieFor: string[] }
  worker(index: number): Worker
  workers(): Iterable<Worker>
  /** The offers, published before anybody registers. */
  offerMessages(): readonly CampaignMessage[]
  /**
   * Phase A in the order agencies push it: step by step through waves of workers, with edge case 22's repeats and delays among them.
   * Registrations that come by file are left out. `wave` bounds what is held in memory; by default the whole campaign is one wave.
   */
  messages(options?: { wave?: number }): Iterable<CampaignMessage & { repeated: boolean }>
}

/** Makes the campaign of `seed`: the same options give the same bytes. Throws RangeError when an option is out of bounds. */
export const generateCampaign = (options: CampaignOptions): Campaign => {
  checkOptions(options)
  const { workers, seed, campaignStart } = options
  const plan = planOf(options)
  const worker = (index: number) => workerOf(options, plan, index)
  return {
    options,
    year: activityYear(campaignStart),
    agencies,
    employers,
    consulates,
    offers: plan.offers,
    planted: plan.byCase,
    authority: () => ({
      grantedFor: passportsOf([...plan.plantedAt.keys()], worker),
      wrongNieFor: passportsOf(plan.byCase.get(20) ?? [], worker)
    }),
    worker,
    workers: () => upTo(workers, worker),
    offerMessages: () => plan.offers.map(offer => offerPublished(offer, campaignStart)),
    messages: ({ wave = workers } = {}) => disturbed(seed, workers, wave, worker)
  }
}

const passportsOf = (indexes: readonly number[], worker: (index: number) => Worker) => [
  ...new Set(indexes.map(index => worker(index).identity.passport.number))
]

const checkOptions = ({ workers, newShare, seed, campaignStart }: CampaignOptions) => {
  if (!Number.isInteger(workers) || workers < 1 || workers > 900_000)
    throw new RangeError('workers must be a whole number from 1 to 900000')
  if (!(newShare >= 0 && newShare <= 1)) throw new RangeError('newShare must be a number from 0 to 1')
  if (!Number.isSafeInteger(seed)) throw new RangeError('seed must be a whole number')
  if (!/^\d{4}-\d{2}-\d{2}$/.test(campaignStart) || Number.isNaN(Date.parse(campaignStart)))
    throw new RangeError('campaignStart must be a day as YYYY-MM-DD')
}

function* upTo<Value>(count: number, make: (index: number) => Value): Iterable<Value> {
  for (let index = 0; index < count; index++) yield make(index)
}

interface Plan {
  offers: readonly Offer[]
  papers: ReturnType<typeof papersOf>
  isNew(index: number): boolean
  plantedAt: ReadonlyMap<number, { planted: Planted; round: number }>
  byCase: ReadonlyMap<number, readonly number[]>
}

const planOf = (options: CampaignOptions): Plan => {
  const { workers, seed, newShare, campaignStart } = options
  const rank = distinctNumbers(seed, 'kind', workers)
  const newcomers = Math.round(workers * newShare)
  const isNew = (index: number) => rank(index) < newcomers
  return { offers: offersFor(campaignStart, workers), papers: papersOf(seed), isNew, ...plantingOf(workers, isNew) }
}

/** Deals the edge cases to the first workers who can show them. */
const plantingOf = (workers: number, isNew: (index: number) => boolean) => {
  const plantedAt = new Map<number, { planted: Planted; round: number }>()
  const byCase = new Map<number, number[]>()
  const free = (needs: 'new' | 'any', from: number) => {
    for (let index = from; index < workers; index++) if (!plantedAt.has(index) && (needs === 'any' || isNew(index))) return index
    return null
  }
  for (let round = 0; round < roundsFor(workers); round++) {
    for (const { edgeCase, needs, workers: wanted } of plantable) {
      const one = free('new', 0) ?? free(needs, 0)
      if (one === null || (needs === 'new' && !isNew(one))) continue
      const other = wanted === 2 ? free(needs, one + 1) : null
      if (wanted === 2 && other === null) continue
      plantedAt.set(one, { planted: { edgeCase, role: 'one', ...(other === null ? {} : { partner: other }) }, round })
      if (other !== null) plantedAt.set(other, { planted: { edgeCase, role: 'other', partner: one }, round })
      byCase.set(edgeCase, [...(byCase.get(edgeCase) ?? []), one, ...(other === null ? [] : [other])])
    }
  }
  return { plantedAt, byCase }
}

const workerOf = (options: CampaignOptions, plan: Plan, index: number): Worker => {
  if (!(index >= 0 && index < options.workers)) throw new RangeError(`there are ${options.workers} workers, numbered from 0`)
  const { planted, round } = plan.plantedAt.get(index) ?? { planted: null, round: 0 }
  const kind = plan.isNew(index) ? 'new' : 'repeater'
  const dossier = dossierOf(options, plan, index, planted, round)
  const renewed = passportIssued(plan.papers.passport(options.workers + index), options.campaignStart)
  const expectation = planted && {
    ...expectationOf(planted, dossier.identity, {
      kind,
      employerCif: dossier.employer.cif,
      renewedPassport: renewed.number,
      writtenFamily: dossier.latinFamily ?? dossier.identity.family.latin
    })
  }
  const byFile =
    kind === 'new' && planted === null && dossier.agency === agencies[1] && randomFor(options.seed, `file/${index}`).chance(0.5)
  return {
    index,
    id: dossier.id,
    agency: dossier.agency,
    kind,
    identity: dossier.identity,
    offer: dossier.offer,
    employer: dossier.employer,
    consulate: dossier.consulate,
    registeredBy: byFile ? 'file' : 'message',
    edgeCases: planted ? [planted.edgeCase] : [],
    expect: expectation ? [expectation] : [],
    phaseA: phaseA(dossier, kind, planted, plan.offers),
    phaseB: at => phaseB(dossier, kind, planted, at, renewed)
  }
}

const dossierOf = (options: CampaignOptions, plan: Plan, index: number, planted: Planted | null, round: number): Dossier => {
  const { seed, campaignStart } = options
  const random = randomFor(seed, `worker/${index}`)
  const drawnAgency = random.pick(agencies)
  const first =
    planted?.role === 'other' && planted.partner !== undefined ? dossierOf(options, plan, planted.partner, null, round) : undefined
  // One person at two agencies needs the other agency; a mistyped card number needs one office.
  const agency = first === undefined ? drawnAgency : planted?.edgeCase === 8 ? otherAgency(first.agency) : first.agency
  const offer = random.pick(plan.offers)
  const consulate = consulates.issuing[random.chance(agency.shareOfFirstConsulate) ? 0 : 1]
  const drawn = drawIdentity(randomFor(seed, `person/${index}`), plan.papers, index, agency, campaignStart)
  return {
    index,
    id: `${agency.code.slice(4, 7)}${String(yearOf(offer.period.start)).slice(2)}-${String(index).padStart(6, '0')}`,
    seed,
    campaignStart,
    agency,
    identity: planted ? plantIdentity(drawn, planted, round, campaignStart, first?.identity) : drawn,
    offer,
    employer: offer.employer,
    consulate,
    ...(planted?.edgeCase === 1 ? { latinFamily: spelling(round).card } : {})
  }
}

const otherAgency = (agency: Dossier['agency']) => (agency === agencies[0] ? agencies[1] : agencies[0])

const phaseA = (dossier: Dossier, kind: Worker['kind'], planted: Planted | null, offers: readonly Offer[]): readonly CampaignMessage[] => {
  if (kind === 'repeater') return [callbackFiled(dossier)]
  // Four weeks after the other agency registered her.
  if (planted?.edgeCase === 8 && planted.role === 'other') return [registered(dossier, 28), preselected(dossier, 14)]
  const rival = planted?.edgeCase === 10 ? offers.find(offer => offer.employer !== dossier.employer) : undefined
  return [
    registered(dossier),
    preselected(dossier),
    selected(dossier),
    ...(rival ? [selected(dossier, rival, 1)] : []),
    contractSigned(dossier),
    commitmentSigned(dossier),
    authorizationRequested(dossier)
  ]
}

const phaseB = (dossier: Dossier, kind: Worker['kind'], planted: Planted | null, at: Date, renewed: Identity['passport']) => {
  if (kind === 'repeater' || (planted?.edgeCase === 8 && planted.role === 'other')) return []
  if (planted?.edgeCase !== 5) return [visaRequested(dossier, at)]
  return [passportRenewed(dossier, renewed, at), visaRequested(dossier, new Date(at.getTime() + 60_000))]
}

const offerPublished = (offer: Offer, campaignStart: string): CampaignMessage => {
  const details = {
    reference: offer.id,
    campaign: yearOf(offer.period.start),
    legalOrder: 'ISM/1547/2025',
    modality: 'GENERIC',
    scheme: 'CIRCULAR',
    employer: { cif: offer.employer.cif, name: offer.employer.name },
    representative: offer.employer.representative,
    posts: offer.posts,
    occupation: { scheme: 'CNO-11', code: offer.occupation, version: '2011' },
    activity,
    workplace: { municipality: offer.employer.municipality },
    period: offer.period,
    pay,
    hours,
    trialPeriodDays: 15,
    labourMarketEvidence: { type: 'FORECAST', date: dayAfter(campaignStart, -130) }
  }
  const type = 'offer.published' satisfies keyof typeof eventTable
  return {
    client: agencies[0].code,
    key: `${offer.id}.published`,
    about: offer.id,
    type,
    effectiveAt: officeTime(dayAfter(campaignStart, -120), 0),
    payload: { offerDetails: details }
  }
}
