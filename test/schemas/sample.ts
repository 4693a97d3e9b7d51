// One complete, valid example: a record with every member of every section, and from it the fullest payload of every event.
import { type EventPayload, type EventType, eventTable } from '../../schemas/event.ts'
import type { MigrantRecord, OfferRecord } from '../../schemas/record.ts'

const employer = { cif: 'B21123450', name: 'Frutos de Moguer S.L.' }
const period = { start: '2026-01-12', end: '2026-06-15' }
const occupation = { scheme: 'CNO-11', code: '9512', version: '2011' } as const

export const samplePlacement: Required<MigrantRecord> = {
  kind: 'placement',
  id: '018f4d7e-0000-7000-8000-000000000001',
  version: 7,
  state: 'RETURN_VERIFIED',
  campaign: 2026,
  agency: 'ANP-KEN-01',
  offer: 'O-2026-0001',
  person: {
    name: {
      latin: { family: 'EL IDRISSI', given: 'FATIMA ZAHRA', secondFamily: 'LOPEZ' },
      arabic: { family: 'الإدريسي', given: 'فاطمة الزهراء' },
      mrz: 'EL<IDRISSI<LOPEZ<<FATIMA<ZAHRA'
    },
    birthDate: '1989-03-15',
    birthPlace: { text: 'Moulay Bousselham', country: 'MAR', subdivision: 'MA-KEN' },
    sex: 2,
    nationalities: ['MAR'],
    identifiers: [
      { scheme: 'MA-CNIE', value: 'JC123456', country: 'MAR', validFrom: '2019-05-01', validTo: '2029-05-01', status: 'ACTIVE' },
      { scheme: 'PASSPORT', value: 'AB1234567', country: 'MAR' },
      { scheme: 'ES-NIE', value: 'X2482300W' },
      { scheme: 'ES-NUSS', value: '211234567855' },
      { scheme: 'LT-AK', value: '33309240064' },
      { scheme: 'LV-PK', value: '161175-19997' },
      { scheme: 'EE-IK', value: '36805280109' },
      { scheme: 'ANAPEC-DE', value: 'DE-2025/000123' }
    ],
    contact: { phones: ['+212600000000'], language: 'ar', channel: 'SMS' },
    address: { lines: ['Douar Oulad Ali'], city: 'Moulay Bousselham', subdivision: 'MA-KEN', country: 'MAR', postalCode: '14302' }
  },
  documents: [
    { type: 'PASSPORT', number: 'AB1234567', country: 'MAR', issueDate: '2024-02-01', expiryDate: '2029-02-01', supersedes: 'AA7654321' },
    { type: 'VISA', number: 'ESP1234567', country: 'ESP' },
    { type: 'TIE', number: 'E12345678', country: 'ESP' },
    { type: 'CNIE', number: 'JC123456', country: 'MAR' }
  ],
  registration: {
    agency: 'ANP-KEN-01',
    registeredAt: '2025-09-01T09:00:00+01:00',
    place: 'MA-KEN',
    reason: 'Two seasons of strawberries',
    experience: [{ crop: 'strawberry', months: 24 }],
    languages: [{ language: 'es', cefr: 'A1' }]
  },
  selection: {
    offer: 'O-2026-0001',
    acta: 'ACTA-2025-17',
    site: 'Kenitra',
    rank: 12,
    result: 'SELECTED',
    employer,
    occupation,
    activity: '01.25',
    workplace: { municipality: '21050' },
    period
  },
  contract: {
    reference: 'C-2026-17',
    signedAt: '2025-10-20',
    type: '300',
    pay: { amount: '55.10', unit: 'DAY', agreementCode: '21000165011981' },
    hours: { perDay: 6.5, perWeek: 39, restDays: 1 },
    occupation,
    ...period
  },
  commitment: { signedAt: '2025-10-20', hash: 'ab'.repeat(32) },
  request: {
    requestId: 'R-2026-1',
    filedAt: '2025-10-25',
    consulate: { lodging: 'RABAT', issuing: 'TANGIER' },
    declarations: { housing: true, travel: true, solvency: true, healthInsurance: true, rightsInformed: true },
    feeProof: { model: '790', code: '062', number: '7900620001234', date: '2025-10-24', amount: '204.76', paidBy: 'EMPLOYER' },
    defects: ['HOUSING-PROOF']
  },
  authorization: {
    fileNumber: '210020250001234',
    decision: 'GRANTED',
    legalBasis: 'R3',
    resolutionDate: '2025-11-15',
    notifiedAt: '2025-11-16',
    validFrom: '2026-01-01',
    validTo: '2029-12-31',
    scope: { employerCif: 'B21123450', autonomousCommunity: '01', occupation, sector: 'AGRICULTURE' },
    nie: 'X2482300W',
    reasonCode: 'NONE',
    appeal: { body: 'Subdelegación del Gobierno en Huelva', deadline: '2025-12-16' }
  },
  visa: {
    batchId: 'B-1',
    representative: 'Freshuelva',
    applicationNumber: 'V-2025-1',
    lodgedAt: '2025-12-01',
    consulate: { lodging: 'RABAT', issuing: 'TANGIER' },
    criminalRecord: { issuer: 'DGSN', date: '2025-11-20' },
    medicalCertificate: { date: '2025-11-21' },
    photoReference: 'photo-1',
    fee: { amount: '92.00', code: '052', number: '1', date: '2025-12-01', paidBy: 'EMPLOYER' },
    outcome: 'ISSUED',
    stickerNumber: 'ESP1234567',
    validFrom: '2026-01-02',
    validTo: '2026-10-01',
    entries: 'MULTIPLE',
    durationDays: 270,
    decidedAt: '2025-12-08',
    collectedAt: '2025-12-10',
    refusalReason: 'NONE'
  },
  callback: {
    fileNumber: '210020240001234',
    nie: 'X2482300W',
    yearIndex: 2,
    period,
    employer,
    response: { outcome: 'SILENCE', date: '2025-11-25' }
  },
  journey: {
    summonsId: 'S-1',
    sailing: {
      id: 'TNG-TRF-20260112-1',
      carrier: 'Balearia',
      ship: 'Passió per Formentera',
      from: 'MATNG',
      to: 'ESTRF',
      departure: '2026-01-12T09:00:00+01:00',
      arrival: '2026-01-12T10:00:00+01:00'
    },
    boarding: 'BOARDED',
    entry: { date: '2026-01-12', point: 'ESTRF', documentUsed: 'VISA' },
    refusedEntry: { reason: 'NONE', carrierLiable: false },
    accommodation: 'MOG-17'
  },
  stay: { altaDate: '2026-01-13', nuss: '211234567855', ccc: '21102345653', endDate: '2026-06-15', reason: 'END_OF_CALL' },
  return: {
    exitDate: '2026-06-16',
    exitPoint: 'ESTRF',
    appearance: { consulate: 'TANGIER', at: '2026-06-20T10:00:00+01:00', number: 'VIII-1' },
    result: 'VERIFIED',
    evidence: 'CONSULATE_APPEARANCE'
  }
}

export const sampleOffer: Required<OfferRecord> = {
  kind: 'offer',
  id: '018f4d7e-0000-7000-8000-000000000002',
  version: 1,
  state: 'PUBLISHED',
  offerDetails: {
    reference: 'O-2026-0001',
    campaign: 2026,
    legalOrder: 'ISM/1547/2025',
    modality: 'GENERIC',
    scheme: 'CIRCULAR',
    employer,
    representative: 'Freshuelva',
    posts: 250,
    occupation,
    activity: '0125',
    workplace: { municipality: '21050' },
    period,
    concatenations: [period],
    pay: { amount: '55.10', unit: 'DAY', agreementCode: '21000165011981' },
    hours: { perDay: 6.5, perWeek: 39, restDays: 1 },
    trialPeriodDays: 15,
    housing: { address: 'Camino de Montemayor s/n', capacity: 40, rent: '0.00', verifiedAt: '2025-09-01' },
    labourMarketEvidence: { type: 'SEPE_CERT', number: 'SEPE-1', date: '2025-08-01' }
  }
}

/** Words that the type of an event settles. */
const saidByType: Partial<Record<EventType, [section: string, member: string, value: string]>> = {
  'candidate.reserved': ['selection', 'result', 'RESERVE'],
  'candidate.rejected': ['selection', 'result', 'REJECTED'],
  'candidate.absent': ['selection', 'result', 'ABSENT'],
  'authorization.refused': ['authorization', 'decision', 'REFUSED'],
  'authorization.inadmissible': ['authorization', 'decision', 'INADMISSIBLE'],
  'authorization.archived': ['authorization', 'decision', 'ARCHIVED'],
  'authorization.extinguished': ['authorization', 'decision', 'EXTINGUISHED'],
  'visa.refused': ['visa', 'outcome', 'REFUSED'],
  'visa.withdrawn': ['visa', 'outcome', 'WITHDRAWN'],
  'visa.lapsed': ['visa', 'outcome', 'LAPSED'],
  'visa.renounced': ['visa', 'outcome', 'RENOUNCED'],
  'visa.revoked': ['visa', 'outcome', 'REVOKED'],
  'visa.annulled': ['visa', 'outcome', 'ANNULLED']
}

/** Every member that the type allows. A fresh copy each time. */
export const fullPayload = (type: EventType): EventPayload => {
  const sections: Record<string, unknown> = { ...samplePlacement, offerDetails: sampleOffer.offerDetails }
  const { about, patches } = eventTable[type]
  const payload: Record<string, unknown> = structuredClone({
    version: 3,
    corrects: '018f4d7e-0000-7000-8000-000000000009',
    ...(about === 'authorization' ? {} : { campaign: 2026 }),
    ...(about === 'placement' ? { offer: 'O-2026-0001' } : {}),
    ...Object.fromEntries(patches.map(name => [name, sections[name]]))
  })
  const [section, member, value] = saidByType[type] ?? []
  if (section && member) (payload[section] as Record<string, unknown>)[member] = value
  return payload
}

interface Leaf {
  holder: Record<string, unknown>
  member: string
}

/** Where each single value stands, so that a test may put another in its place. */
export const leavesOf = (value: unknown): Leaf[] =>
  typeof value !== 'object' || value === null
    ? []
    : Object.entries(value).flatMap(([member, inner]) =>
        typeof inner === 'object' && inner !== null ? leavesOf(inner) : [{ holder: value as Record<string, unknown>, member }]
      )
