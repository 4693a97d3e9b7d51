// The minimisation matrix, and that a projection holds what was asked for and nothing else.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type FieldPath, fieldPaths, fieldTable, privacyClasses } from '../../schemas/field.ts'
import { conditions, disclosed, forbidden, gradeOf, isOptional, project } from '../../src/domain/disclosure.ts'
import { groundFor, isPartnerRole, legalBasisOf, matrix, partnerRoles } from '../../src/domain/disclosure-matrix.ts'
import { groundOf, termsOf } from '../../src/domain/dpv.ts'
import { fold } from '../../src/domain/lifecycle/fold.ts'
import { histories } from '../support/histories.ts'

const record = {
  ...{ campaign: 2026, offer: 'O-1', secret: 'never named' },
  person: {
    name: { latin: { family: 'EL IDRISSI', given: 'FATIMA' }, arabic: { family: 'الإدريسي', given: 'فاطمة' } },
    birthDate: '1989-03-15',
    identifiers: [
      { scheme: 'MA-CNIE', value: 'GB123456' },
      { scheme: 'ES-NIE', value: 'X0000000T' },
      { scheme: 'ES-NIE', value: 'X0000001R' }
    ],
    contact: { phones: ['+212600000000'], language: 'ar', channel: 'SMS' }
  },
  documents: [
    { type: 'PASSPORT', number: 'AB1' },
    { type: 'VISA', number: 'V1' },
    { type: 'CNIE', number: 'GB123456' },
    { type: 'PASSPORT', number: 'AB2' }
  ],
  visa: { outcome: 'ISSUED', criminalRecord: { issuer: 'DGSN', date: '2026-01-01' }, fee: {} },
  registration: {}
}

describe('the matrix', () => {
  test('has a grade for every class and role, and a legal basis for every role', () => {
    for (const name of privacyClasses) expect([name, matrix[name].length]).toEqual([name, partnerRoles.length])
    expect(Object.keys(legalBasisOf).sort()).toEqual([...partnerRoles].sort())
    expect(Object.keys(groundFor).sort()).toEqual([...partnerRoles].sort())
    expect([isPartnerRole('consulate'), isPartnerRole('consul')]).toEqual([true, false])
  })

  test('purpose and legal basis stand in the terms of DPV beside the words, and name no other article of the GDPR than these do', () => {
    for (const role of partnerRoles.filter(one => one !== 'reference')) {
      const { purposes, legalBases } = groundOf(termsOf(groundFor[role]))
      expect([role, purposes.length > 0, legalBases.length > 0]).toEqual([role, true, true])
      for (const address of [...purposes, ...legalBases])
        expect(address).toMatch(/^https:\/\/w3id\.org\/dpv(?:#[A-Z][A-Za-z]+|\/legal\/eu\/gdpr#A6-1-[a-f][a-z-]*)$/)
      const [, article] = /GDPR art 6\.1\.([a-f])/.exec(legalBasisOf[role]) ?? []
      if (article !== undefined) expect([role, legalBases.join(' ')]).toEqual([role, expect.stringContaining(`gdpr#A6-1-${article}`)])
      // Whoever is asked to stop by an objection has it by consent or for the public's sake, never by an obligation.
      if (isOptional(role)) expect(groundFor[role].legalBases).not.toContain('dpv:LegalObligation')
    }
    expect(groundOf(['dpv:Consent', 'dpv:LegalCompliance', 'dpv:NoSuchTerm'])).toEqual({
      purposes: ['https://w3id.org/dpv#LegalCompliance'],
      legalBases: ['https://w3id.org/dpv#Consent']
    })
  })

  test.each([
    [
      'carrier',
      ['person.name.latin', 'documents[PASSPORT]', 'documents[VISA]', 'person.nationalities', 'person.birthDate', 'journey.sailing'],
      []
    ],
    [
      'carrier',
      ['person.birthPlace', 'person.sex', 'person.identifiers[MA-CNIE]', 'selection.employer', 'visa.criminalRecord', 'contract.pay'],
      'all'
    ],
    ['employer-before-grant', ['registration.experience', 'contract.pay'], []],
    [
      'employer-before-grant',
      ['documents[PASSPORT]', 'person.identifiers[ES-NIE]', 'registration.reason', 'person.birthDate', 'person.contact.phones'],
      'all'
    ],
    ['employer-after-grant', ['documents[PASSPORT]', 'person.identifiers[ES-NIE]', 'stay.nuss', 'person.birthDate'], []],
    [
      'employer-after-grant',
      ['visa.medicalCertificate', 'visa.criminalRecord', 'person.address', 'journey.refusedEntry', 'visa.refusalReason'],
      'all'
    ],
    ['consulate', ['visa.criminalRecord', 'visa.medicalCertificate', 'person.identifiers[MA-CNIE]', 'visa.refusalReason'], []],
    ['consulate', ['registration.experience', 'registration.reason', 'person.identifiers[ANAPEC-DE]'], 'all'],
    ['migration-authority', ['documents[PASSPORT]', 'authorization.nie', 'contract.pay', 'return.result'], []],
    ['migration-authority', ['person.contact.phones', 'visa.medicalCertificate', 'visa.criminalRecord', 'stay.nuss'], 'all'],
    ['statistics', ['person.sex', 'person.nationalities', 'return.result'], []],
    ['statistics', ['person.name.latin', 'person.birthDate', 'documents[PASSPORT]', 'selection.employer', 'person.address'], 'all'],
    ['reintegration', ['person.name.latin', 'person.contact.phones', 'return.result'], []],
    ['reintegration', ['return.exitDate', 'contract.pay', 'person.birthDate', 'selection.employer'], 'all'],
    ['police', ['person.contact.phones', 'contract.pay', 'visa.medicalCertificate'], 'all'],
    ['social-security', ['visa.outcome', 'person.birthDate', 'stay.ccc'], []],
    ['host-company', ['person.birthPlace', 'person.sex', 'visa.criminalRecord'], 'all'],
    ['baltic-authority', ['person.identifiers[LT-AK]', 'visa.criminalRecord'], []]
  ] as const)('%s and %j', (role, reads, expected) => {
    expect(forbidden(reads, role)).toEqual(expected === 'all' ? reads : expected)
  })

  test('nobody has the gateway’s own id, by which two partners could join their data', () => {
    for (const role of partnerRoles) expect(forbidden(['id'], role)).toEqual(['id'])
  })

  test('why an agency discarded somebody stays with the agency', () => {
    expect(partnerRoles.filter(role => forbidden(['registration.reason'], role).length === 0)).toEqual(['origin-agency', 'reference'])
  })

  test('a condition is named', () => {
    expect(conditions(['person.contact.phones', 'person.name.latin'], 'carrier')).toEqual([
      { path: 'person.contact.phones', when: 'on the day of travel' }
    ])
  })

  test('every field has a grade for every role', () => {
    for (const role of partnerRoles)
      for (const path of fieldPaths) expect(gradeOf(path, role).grade).toMatch(/^(required|conditional|pseudonym|coarser|never)$/)
  })
})

describe('project', () => {
  test('copies exactly the paths, and chooses entries of lists in their order', () => {
    expect(
      project(record, [
        'offer',
        'person.name.latin',
        'documents[VISA]',
        'documents[PASSPORT]',
        'person.identifiers[ES-NIE]',
        'visa.outcome'
      ])
    ).toEqual({
      offer: 'O-1',
      person: { name: { latin: record.person.name.latin }, identifiers: [record.person.identifiers[1], record.person.identifiers[2]] },
      documents: [record.documents[0], record.documents[1], record.documents[3]],
      visa: { outcome: 'ISSUED' }
    })
  })

  test('what is absent stays absent, also its blocks', () => {
    expect(project(record, ['authorization.nie', 'journey.sailing', 'documents[TIE]', 'person.sex'])).toEqual({})
    expect(project({}, fieldPaths)).toEqual({})
  })

  test('a narrower path beside a wider one takes nothing away, in either order', () => {
    for (const reads of [
      ['person.contact', 'person.contact.phones'],
      ['person.contact.phones', 'person.contact']
    ] as const) {
      expect(project(record, reads)).toEqual({ person: { contact: record.person.contact } })
    }
  })

  test('the record is never changed, nor reachable through what was put together', () => {
    const before = structuredClone(record)
    const projected = project(record, fieldPaths) as { person: Record<string, unknown>; documents: unknown[] }
    delete projected.person.name
    projected.documents.length = 0
    expect(record).toEqual(before)
  })

  test('a canary in a field that is not read never comes through', () => {
    const reads: FieldPath[] = ['person.name.latin', 'documents[PASSPORT]', 'visa.outcome']
    const seen = JSON.stringify(project(record, reads))
    for (const canary of ['never named', 'GB123456', 'X0000000T', '+2126', '1989', 'DGSN', 'الإدريسي', 'V1'])
      expect(seen).not.toContain(canary)
  })

  test('projecting a projection changes nothing, and fewer fields never show more', () => {
    fc.assert(
      fc.property(histories('placement'), fc.subarray([...fieldPaths]), fc.subarray([...fieldPaths]), ({ events }, some, others) => {
        const folded = fold('placement', events).record
        const projected = project(folded, some)
        expect(project(projected, some)).toEqual(projected)
        const both = some.filter(path => others.includes(path))
        expect(
          project(
            projected,
            others.filter(path => some.includes(path))
          )
        ).toEqual(project(folded, both))
      })
    )
  })
})

describe('disclosed', () => {
  test('names the classes of which values are there, once and sorted', () => {
    expect(
      disclosed(record, [
        'person.name.latin',
        'person.name.arabic',
        'documents[PASSPORT]',
        'documents[TIE]',
        'stay.nuss',
        'visa.criminalRecord'
      ])
    ).toEqual(['criminalRecord', 'name', 'passport'])
  })

  test('empty blocks disclose nothing', () => {
    expect(disclosed(record, ['visa.fee', 'registration.experience'])).toEqual([])
  })

  test('what is disclosed is what the projection holds', () => {
    fc.assert(
      fc.property(histories('placement'), fc.subarray([...fieldPaths]), ({ events }, reads) => {
        const folded = fold('placement', events).record
        const classes = new Set(reads.filter(path => Object.keys(project(folded, [path])).length > 0).map(path => fieldTable[path]))
        expect(disclosed(folded, reads)).toEqual([...classes].sort())
      })
    )
  })
})
