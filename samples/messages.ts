// The messages of a sample campaign: what an agency tells about a worker at each step, as patches of her record.
import { createHash } from 'node:crypto'
import { dayAfter, officeTime, yearOf } from './calendar.ts'
import { cardDocument, type Identity, passportDocument, personSection } from './identity.ts'
import { type Agency, activity, consulates, type Employer, hours, type Offer, pay } from './parties.ts'
import { randomFor } from './random.ts'
import type { CampaignMessage } from './worker.ts'

/** What the messages about one worker are made of. */
export interface Dossier {
  index: number
  id: string
  seed: number
  campaignStart: string
  agency: Agency
  identity: Identity
  offer: Offer
  employer: Employer
  consulate: string
  /** Spelling of the family name where the agency copied it from the identity card. */
  latinFamily?: string
}

/** Days from the start of the campaign on which each step falls, first to last. */
const days = { registered: [-75, -52], preselected: [-45, -40], acta: -22, signed: [-16, -10], filed: [-3, -1] } as const

/** Registration of a job seeker, as message or as row of a file. `daysLater` moves it, for who registers twice. */
export const registered = (dossier: Dossier, daysLater = 0): CampaignMessage => {
  const { date, at, random } = step(dossier, 'registered', days.registered, daysLater)
  return message(dossier, 'registered', 'candidate.registered', at, {
    person: personSection(dossier.identity, dossier.latinFamily === undefined ? {} : { latinFamily: dossier.latinFamily }),
    documents: [cardDocument(dossier.identity), passportDocument(dossier.identity.passport)],
    registration: {
      agency: dossier.agency.code,
      registeredAt: date,
      place: dossier.identity.place.subdivision,
      experience: [{ crop: random.pick(['strawberry', 'citrus', 'tomato', 'olive']), months: random.between(3, 96) }],
      languages: [{ language: 'es', cefr: random.pick(['PRE_A1', 'A1', 'A2']) }]
    }
  })
}

export const preselected = (dossier: Dossier, daysLater = 0): CampaignMessage =>
  message(dossier, 'preselected', 'candidate.preselected', step(dossier, 'preselected', days.preselected, daysLater).at, {
    offer: dossier.offer.id,
    registration: { agency: dossier.agency.code }
  })

/** The acta of one employer. `by` another offer, `daysLater`, is how two employers come to select one worker. */
export const selected = (dossier: Dossier, by = dossier.offer, daysLater = 0): CampaignMessage => {
  const at = officeTime(dayAfter(dossier.campaignStart, days.acta + daysLater), siteOf(dossier) * 90)
  const suffix = by === dossier.offer ? 'selected' : `selected-${by.id}`
  return message(dossier, suffix, 'candidate.selected', at, { offer: by.id, selection: selectionSection(dossier, by) })
}

export const contractSigned = (dossier: Dossier): CampaignMessage => {
  const { at } = step(dossier, 'signed', days.signed)
  return message(dossier, 'contract', 'contract.signed', at, { contract: contractSection(dossier, at) })
}

/** Signed at the same table as the contract, an hour later. */
export const commitmentSigned = (dossier: Dossier): CampaignMessage => {
  const at = hourAfter(step(dossier, 'signed', days.signed).at)
  return message(dossier, 'commitment', 'commitment.signed', at, { commitment: commitmentSection(dossier, at) })
}

export const authorizationRequested = (dossier: Dossier): CampaignMessage => {
  const { date, at } = step(dossier, 'filed', days.filed)
  return message(dossier, 'request', 'authorization.requested', at, {
    request: {
      requestId: `REQ-${dossier.offer.id}-${date}`,
      filedAt: at,
      consulate: route(dossier),
      declarations: { housing: true, travel: true, solvency: true, healthInsurance: true, rightsInformed: true },
      feeProof: {
        model: '790',
        code: '062',
        number: `790062${String(dossier.index).padStart(7, '0')}`,
        date,
        amount: '203.80',
        paidBy: 'EMPLOYER'
      }
    }
  })
}

/** A repeater's whole file in one message: the employer calls her back by annex X under her authorisation of an earlier year. */
export const callbackFiled = (dossier: Dossier): CampaignMessage => {
  const { date, at, random } = step(dossier, 'filed', days.filed)
  const year = yearOf(dossier.offer.period.start)
  const yearIndex = random.between(2, 4)
  const passport = passportDocument(dossier.identity.passport)
  const tie = { type: 'TIE', number: dossier.identity.tieSupport, country: 'ESP', expiryDate: `${year - yearIndex + 5}-01-31` }
  return message(dossier, 'callback', 'callback.filed', at, {
    offer: dossier.offer.id,
    person: personSection(dossier.identity, {
      withNie: true,
      ...(dossier.latinFamily === undefined ? {} : { latinFamily: dossier.latinFamily })
    }),
    documents: [cardDocument(dossier.identity), passport, tie],
    callback: {
      fileNumber: `21${year - yearIndex + 1}${String(1_000_000 + dossier.index)}`,
      nie: dossier.identity.nie,
      yearIndex,
      period: dossier.offer.period,
      employer: employerSection(dossier.employer)
    },
    selection: selectionSection(dossier, dossier.offer),
    contract: contractSection(dossier, officeTime(dayAfter(date, -7), 30)),
    commitment: commitmentSection(dossier, officeTime(dayAfter(date, -7), 90))
  })
}

/** The visa file, complete at the agency once the grant is known. Of police and health papers only that they exist, and since when. */
export const visaRequested = (dossier: Dossier, at: Date): CampaignMessage => {
  const random = randomFor(dossier.seed, `visa/${dossier.index}`)
  const today = at.toISOString().slice(0, 10)
  return message(dossier, 'visa', 'visa.requested', at.toISOString(), {
    visa: {
      representative: dossier.employer.representative,
      consulate: route(dossier),
      criminalRecord: { issuer: `Tribunal de première instance, ${dossier.agency.city}`, date: dayAfter(today, -random.between(5, 40)) },
      medicalCertificate: { date: dayAfter(today, -random.between(2, 20)) },
      photoReference: `PH-${dossier.id}`,
      fee: { amount: '80.00', code: '052', number: `790052${String(dossier.index).padStart(7, '0')}`, date: today, paidBy: 'EMPLOYER' }
    }
  })
}

/** A passport issued after the request: the grant names the old number, the visa application must name the new one. */
export const passportRenewed = (dossier: Dossier, renewed: Identity['passport'], at: Date): CampaignMessage =>
  message(dossier, 'passport', 'document.renewed', at.toISOString(), {
    documents: [{ ...passportDocument(renewed), supersedes: dossier.identity.passport.number }]
  })

const message = (
  dossier: Dossier,
  suffix: string,
  type: CampaignMessage['type'],
  effectiveAt: string,
  payload: CampaignMessage['payload']
): CampaignMessage => ({
  client: dossier.agency.code,
  key: `${dossier.id}.${suffix}`,
  about: dossier.id,
  type,
  effectiveAt,
  payload: { campaign: yearOf(dossier.offer.period.start), ...payload }
})

/** The day and instant of a step, the same however often it is asked for. */
const step = (dossier: Dossier, name: string, [first, last]: readonly [number, number], daysLater = 0) => {
  const random = randomFor(dossier.seed, `${name}/${dossier.index}`)
  const date = dayAfter(dossier.campaignStart, random.between(first, last) + daysLater)
  return { date, at: officeTime(date, random.between(0, 480)), random }
}

const hourAfter = (instant: string) => new Date(Date.parse(instant) + 3_600_000).toISOString()

/** Four selection sites; a worker goes to one. */
const siteOf = (dossier: Dossier) => 1 + (dossier.index % 4)

const selectionSection = (dossier: Dossier, offer: Offer) => ({
  offer: offer.id,
  acta: `ACTA-${offer.id}-${siteOf(dossier)}`,
  site: ['Kénitra', 'Fès', 'Marrakech', 'Tanger'][siteOf(dossier) - 1],
  rank: 1 + dossier.index,
  result: 'SELECTED',
  employer: employerSection(offer.employer),
  occupation: occupationOf(offer),
  activity,
  workplace: { municipality: offer.employer.municipality },
  period: offer.period
})

const contractSection = (dossier: Dossier, signedAt: string) => ({
  reference: `CT-${dossier.offer.id}-${String(dossier.index).padStart(6, '0')}`,
  signedAt,
  type: '300',
  pay,
  hours,
  occupation: occupationOf(dossier.offer),
  start: dossier.offer.period.start,
  end: dossier.offer.period.end
})

const commitmentSection = (dossier: Dossier, signedAt: string) => ({
  signedAt,
  hash: createHash('sha256').update(`return commitment ${dossier.id} ${signedAt}`).digest('hex')
})

const occupationOf = (offer: Offer) => ({ scheme: 'CNO-11', code: offer.occupation, version: '2011' })

const employerSection = ({ cif, name }: Employer) => ({ cif, name })

const route = (dossier: Dossier) => ({ lodging: consulates.lodging, issuing: dossier.consulate })
