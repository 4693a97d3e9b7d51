// Records with every field filled, a different person for each number: what a partner's message may be made of.

import type { DeepPartial } from '../../adapters/contract.ts'
import { type FieldPath, stepsOf } from '../../schemas/field.ts'
import { type MigrantRecord, migrantRecord } from '../../schemas/record.ts'
import { cccCheck, cifControl, nafCheck, nieLetter } from '../../schemas/spanish-identifiers.ts'

const pad = (number: number, digits: number) => String(number).padStart(digits, '0')
const letters = (number: number) => [...pad(number, 5)].map(digit => 'ABCDEFGHIJ'[Number(digit)]).join('')

/** The whole record of person `number` (0 to 99,999), checked against the schema. */
export const fullRecord = (number: number): MigrantRecord => {
  const n7 = pad(number, 7)
  const nie = `Y${n7}${nieLetter(`Y${n7}`)}`
  const nuss = `21${pad(10_000_000 + number, 8)}${nafCheck(21, 10_000_000 + number)}`
  const cif = (digits: string) => `B${digits}${cifControl(digits).digit}`
  const employer = { cif: cif('2112345'), name: 'FRESAS DEL CONDADO SL' }
  const period = { start: '2026-02-02', end: '2026-06-15' }
  const occupation = { scheme: 'CNO-11' as const, code: '9512', version: '2011' }
  const passport = `AB${n7}`
  return migrantRecord.parse({
    kind: 'placement',
    id: `00000000-0000-7000-8000-${pad(number, 12)}`,
    version: 7,
    state: 'AUTH_GRANTED',
    campaign: 2026,
    agency: 'ANP-KEN-01',
    offer: 'O-2026-17',
    person: {
      name: {
        latin: { family: `EL IDRISSI ${letters(number)}`, given: 'FATIMA ZAHRA' },
        arabic: { family: 'الإدريسي', given: 'فاطمة الزهراء' },
        mrz: `EL<IDRISSI<${letters(number)}<<FATIMA<ZAHRA`
      },
      birthDate: '1989-03-15',
      birthPlace: { text: 'Moulay Bousselham', country: 'MAR', subdivision: 'MA-KEN' },
      sex: 2,
      nationalities: ['MAR'],
      identifiers: [
        { scheme: 'MA-CNIE', value: `JC${pad(number, 6)}`, country: 'MAR' },
        { scheme: 'PASSPORT', value: passport, country: 'MAR' },
        { scheme: 'ES-NIE', value: nie },
        { scheme: 'ES-NUSS', value: nuss },
        { scheme: 'ANAPEC-DE', value: `DE${pad(number, 8)}` }
      ],
      contact: { phones: [`+2126${pad(number, 8)}`], language: 'ar', channel: 'VOICE' },
      address: {
        lines: [`Douar ${letters(number)}`, 'Route de Larache'],
        city: 'Moulay Bousselham',
        subdivision: 'MA-KEN',
        country: 'MAR',
        postalCode: '14302'
      }
    },
    documents: [
      { type: 'PASSPORT', number: `OLD${pad(number, 5)}`, country: 'MAR', issueDate: '2016-02-01', expiryDate: '2021-02-01' },
      {
        type: 'PASSPORT',
        number: passport,
        country: 'MAR',
        issueDate: '2024-05-10',
        expiryDate: '2029-05-10',
        supersedes: `OLD${pad(number, 5)}`
      },
      { type: 'CNIE', number: `JC${pad(number, 6)}`, country: 'MAR' },
      { type: 'TIE', number: `E${pad(number, 8)}`, country: 'ESP' },
      { type: 'VISA', number: `ESP${pad(number, 8)}`, country: 'ESP', issueDate: '2026-01-20', expiryDate: '2026-06-30' }
    ],
    registration: {
      agency: 'ANP-KEN-01',
      registeredAt: '2025-09-01T10:00:00+01:00',
      place: 'MA-KEN',
      reason: 'met the conditions',
      experience: [{ crop: 'strawberry', months: 24 }],
      languages: [{ language: 'es', cefr: 'A1' }]
    },
    selection: {
      offer: 'O-2026-17',
      acta: 'ACTA-2025-044',
      site: 'Kenitra',
      rank: number + 1,
      result: 'SELECTED',
      employer,
      occupation,
      activity: '01.25',
      workplace: { municipality: '21050' },
      period
    },
    contract: {
      reference: `C-${n7}`,
      signedAt: '2025-12-01',
      type: '300',
      pay: { amount: '41.00', unit: 'DAY', agreementCode: '21000165011981' },
      hours: { perDay: 6.5, perWeek: 39, restDays: 1 },
      occupation,
      ...period
    },
    commitment: { signedAt: '2025-12-01', hash: 'a'.repeat(64) },
    request: {
      requestId: 'REQ-2026-0017',
      filedAt: '2025-12-05T09:00:00+01:00',
      consulate: { lodging: 'RABAT', issuing: 'TANGIER' },
      declarations: { housing: true, travel: true, solvency: true, healthInsurance: true, rightsInformed: true },
      feeProof: { model: '790', code: '062', number: `7900620${n7}`, date: '2025-12-04', amount: '207.00', paidBy: 'EMPLOYER' },
      defects: ['HOUSING-PROOF']
    },
    authorization: {
      fileNumber: `2100202600${n7}`,
      decision: 'GRANTED',
      legalBasis: 'R3',
      resolutionDate: '2026-01-05',
      notifiedAt: '2026-01-07T12:00:00+01:00',
      validFrom: '2026-02-02',
      validTo: '2030-02-01',
      scope: { employerCif: employer.cif, autonomousCommunity: '01', occupation, sector: 'AGRICULTURE' },
      nie,
      reasonCode: 'NONE',
      appeal: { body: 'Subdelegacion del Gobierno en Huelva', deadline: '2026-02-07' }
    },
    visa: {
      batchId: 'V-2026-03',
      representative: 'FRESHUELVA',
      applicationNumber: `TAN-2026-${pad(number, 6)}`,
      lodgedAt: '2026-01-14T10:00:00+01:00',
      consulate: { lodging: 'RABAT', issuing: 'TANGIER' },
      criminalRecord: { issuer: 'DGSN', date: '2025-11-20' },
      medicalCertificate: { date: '2025-11-25' },
      photoReference: `PH-${n7}`,
      fee: { amount: '80.00', code: '052', number: `V${n7}`, date: '2026-01-10', paidBy: 'EMPLOYER' },
      outcome: 'ISSUED',
      stickerNumber: `ESP${pad(number, 8)}`,
      validFrom: '2026-02-01',
      validTo: '2026-06-30',
      entries: 'MULTIPLE',
      durationDays: 150,
      decidedAt: '2026-01-20T10:00:00+01:00',
      collectedAt: '2026-01-22',
      refusalReason: 'NONE'
    },
    callback: {
      fileNumber: `2100202600${n7}`,
      nie,
      yearIndex: 2,
      period,
      employer,
      response: { outcome: 'APPROVED', date: '2026-01-09' }
    },
    journey: {
      summonsId: `S-${n7}`,
      sailing: {
        id: 'SAIL-1',
        carrier: 'FRS',
        ship: 'Tarifa Jet',
        from: 'MATNG',
        to: 'ESTRF',
        departure: '2026-02-01T09:00:00+01:00',
        arrival: '2026-02-01T10:30:00+01:00'
      },
      boarding: 'BOARDED',
      entry: { date: '2026-02-01', point: 'ESTRF', documentUsed: 'VISA' },
      refusedEntry: { reason: 'NONE', carrierLiable: false },
      accommodation: 'H-17'
    },
    stay: {
      altaDate: '2026-02-03',
      nuss,
      ccc: `21${pad(1_234_567, 7)}${cccCheck(21, 1_234_567)}`,
      endDate: '2026-06-15',
      reason: 'END_OF_CALL'
    },
    return: {
      exitDate: '2026-06-17',
      exitPoint: 'ESTRF',
      appearance: { consulate: 'TANGIER', at: '2026-06-20T09:00:00+01:00', number: `VIII-${n7}` },
      result: 'VERIFIED',
      evidence: 'CONSULATE_APPEARANCE'
    }
  })
}

type Tree = Record<string, unknown>
const isTree = (value: unknown): value is Tree => typeof value === 'object' && value !== null && !Array.isArray(value)

/** The fields of `reads` and nothing else, written apart from the gateway's own projection. */
export const only = (record: MigrantRecord, reads: readonly FieldPath[]): DeepPartial<MigrantRecord> =>
  graft({}, record, reads) as DeepPartial<MigrantRecord>

/** `target` with the fields of `reads` as `source` has them. Neither argument is changed. */
export const graft = (target: object, source: MigrantRecord, reads: readonly FieldPath[]): object => {
  const result = structuredClone(target) as Tree
  for (const path of reads) {
    const { members, entries } = stepsOf(path)
    const found = members.reduce<unknown>((value, member) => (isTree(value) ? value[member] : undefined), source)
    const last = members.at(-1) ?? ''
    const parent = members.slice(0, -1).reduce<Tree>((tree, member) => {
      tree[member] = isTree(tree[member]) ? tree[member] : {}
      return tree[member] as Tree
    }, result)
    if (entries === undefined) {
      if (found === undefined) delete parent[last]
      else parent[last] = structuredClone(found)
      continue
    }
    const isChosen = (entry: unknown) => isTree(entry) && entry[entries.member] === entries.value
    const others = (Array.isArray(parent[last]) ? parent[last] : []).filter(entry => !isChosen(entry))
    parent[last] = [...others, ...(Array.isArray(found) ? structuredClone(found.filter(isChosen)) : [])]
  }
  return result
}

/** Every string in a record that tells who somebody is: what must never stand in an error. */
export const personalValues = (record: DeepPartial<MigrantRecord>): string[] => {
  const found: string[] = []
  const visit = (value: unknown) => {
    if (typeof value === 'string') found.push(value)
    else if (typeof value === 'object' && value !== null) Object.values(value).forEach(visit)
  }
  visit({
    ...record.person,
    identifiers: record.person?.identifiers?.map(identifier => identifier.value),
    contact: record.person?.contact?.phones
  })
  visit(record.documents?.map(document => document.number))
  visit(record.authorization?.nie)
  visit(record.authorization?.fileNumber)
  return found.filter(value => value.length > 4)
}
