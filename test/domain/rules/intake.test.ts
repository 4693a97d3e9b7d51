// What is refused at intake, what is only warned of, and that neither says who.
import { describe, expect, test } from 'vitest'
import { type EventType, eventTypes } from '../../../schemas/event.ts'
import { check } from '../../../src/domain/rules/intake.ts'
import { inEnglish } from '../../../src/domain/words/words.ts'
import { sampleNie, samplePayload } from '../../support/histories.ts'

const asOf = new Date('2026-01-28T10:00:00Z')

const passport = (expiryDate: string | undefined, number = 'AB1234567', more: object = {}) => ({
  ...{ type: 'PASSPORT', number, country: 'MAR' },
  ...(expiryDate === undefined ? {} : { expiryDate }),
  ...more
})

const codes = (type: EventType, payload: object, before: object = {}, at = asOf) => {
  const { refuse, warnings } = check(type, payload as Record<string, unknown>, before as Record<string, unknown>, at)
  return { refused: refuse?.code ?? null, warned: warnings.map(({ code }) => code) }
}

const fine = { refused: null, warned: [] }

describe('check', () => {
  test.each(eventTypes)('an ordinary %s is taken without a word', type => {
    const before = { ...samplePayload('candidate.registered'), ...samplePayload('candidate.selected') }
    expect(codes(type, samplePayload(type), before)).toEqual(fine)
  })

  test.each<[string, EventType, object, object, object]>([
    [
      'a passport with less than a year left',
      'visa.requested',
      { visa: {} },
      { documents: [passport('2027-01-27')] },
      { refused: 'passport-expiry', warned: [] }
    ],
    ['one with exactly a year left', 'visa.requested', { visa: {} }, { documents: [passport('2027-01-28')] }, fine],
    [
      'one that lasts only until the day it was meant to be lodged',
      'visa.requested',
      { visa: { lodgedAt: '2026-03-01' } },
      { documents: [passport('2027-02-28')] },
      { refused: 'passport-expiry', warned: [] }
    ],
    [
      'a renewed passport goes before the old one',
      'visa.requested',
      { visa: {} },
      { documents: [passport('2026-06-01', 'AB1'), passport('2031-01-01', 'AB2', { supersedes: 'AB1' })] },
      fine
    ],
    [
      'however the list is ordered',
      'visa.requested',
      { visa: {} },
      { documents: [passport('2031-01-01', 'AB2', { supersedes: 'AB1' }), passport('2026-06-01', 'AB1')] },
      fine
    ],
    [
      'a passport whose expiry nobody told',
      'visa.requested',
      { visa: {} },
      { documents: [passport(undefined)] },
      { refused: null, warned: ['passport-expiry-unknown'] }
    ],
    [
      'what the consulate has already taken',
      'visa.lodged',
      { visa: { lodgedAt: '2026-01-28' } },
      { documents: [passport('2026-06-01')] },
      { refused: null, warned: ['passport-expiry'] }
    ],
    [
      'a visa asked for after the month',
      'visa.requested',
      { visa: {} },
      { documents: [passport('2030-01-01')], authorization: { notifiedAt: '2025-12-20' } },
      { refused: null, warned: ['visa-deadline'] }
    ],
    [
      'a work fee on the worker',
      'authorization.requested',
      { request: { feeProof: { code: '062', paidBy: 'WORKER' } } },
      {},
      { refused: 'worker-charge', warned: [] }
    ],
    [
      'a NIE with a wrong letter',
      'authorization.granted',
      { authorization: { nie: 'X0000000A' } },
      {},
      { refused: 'nie-check', warned: [] }
    ],
    [
      'somebody who is not born yet',
      'candidate.registered',
      { person: { birthDate: '2031-01-XX' } },
      {},
      { refused: 'birth-date-future', warned: [] }
    ],
    [
      'a corrected birth date that is still to come',
      'person.corrected',
      { person: { birthDate: '2031-XX-XX' } },
      { person: { birthDate: '1989-03-15' } },
      { refused: 'birth-date-future', warned: [] }
    ],
    [
      'a second NIE',
      'authorization.granted',
      { authorization: { nie: sampleNie(1) } },
      { authorization: { nie: sampleNie(2) } },
      { refused: null, warned: ['nie-differs'] }
    ],
    [
      'the NIE she had from other years',
      'authorization.granted',
      { authorization: { nie: sampleNie(1) } },
      { person: { identifiers: [{ scheme: 'ES-NIE', value: sampleNie(1) }] } },
      fine
    ],
    [
      'somebody of seventeen',
      'contract.signed',
      { contract: { start: '2026-02-01' } },
      { person: { birthDate: '2008-02-02' } },
      { refused: 'under-age', warned: [] }
    ],
    [
      'somebody who turns eighteen on the day',
      'contract.signed',
      { contract: { start: '2026-02-01' } },
      { person: { birthDate: '2008-02-01' } },
      fine
    ],
    [
      'a birth year that may be too late',
      'candidate.selected',
      { selection: { period: { start: '2026-02-01', end: '2026-06-30' } } },
      { person: { birthDate: '2008-XX-XX' } },
      { refused: 'under-age', warned: [] }
    ],
    ['a start that is not known', 'candidate.selected', {}, { person: { birthDate: '2010-01-01' } }, fine],
    [
      'a contract of more than nine months',
      'contract.signed',
      { contract: { start: '2026-01-12', end: '2026-10-12' } },
      {},
      { refused: 'nine-month-cap', warned: [] }
    ],
    ['a call of nine months to the day', 'callback.filed', { callback: { period: { start: '2026-01-12', end: '2026-10-11' } } }, {}, fine],
    [
      'an extension past the last lawful day',
      'stay.extended',
      { stay: { endDate: '2026-11-01' } },
      { stay: { altaDate: '2026-01-12' } },
      { refused: null, warned: ['nine-month-cap'] }
    ],
    [
      'a grant under another law',
      'authorization.granted',
      { authorization: { legalBasis: 'R2' } },
      { request: { filedAt: '2026-01-09' } },
      { refused: null, warned: ['legal-basis'] }
    ],
    [
      'a grant of five years',
      'authorization.granted',
      { authorization: { validFrom: '2026-02-01', validTo: '2031-01-31' } },
      {},
      { refused: null, warned: ['authorization-validity'] }
    ],
    [
      'an alta on the fourth day',
      'alta.registered',
      { stay: { altaDate: '2026-02-07' } },
      { journey: { entry: { date: '2026-02-03' } } },
      { refused: null, warned: ['alta-late'] }
    ],
    [
      'an alta on the third',
      'alta.registered',
      { stay: { altaDate: '2026-02-06' } },
      { journey: { entry: { date: '2026-02-03T21:30:00+01:00' } } },
      fine
    ],
    ['a section taken away', 'authorization.granted', { authorization: { nie: null, legalBasis: null }, request: null }, {}, fine],
    [
      'a card number of seven digits',
      'candidate.registered',
      { person: { identifiers: [{ scheme: 'MA-CNIE', value: 'GB1234567', country: 'MAR' }] } },
      {},
      { refused: null, warned: ['cnie-seven-digits'] }
    ]
  ])('%s', (_, type, payload, before, expected) => {
    expect(codes(type, payload, before)).toEqual(expected)
  })

  test('a name that card and passport spell differently is asked about, not corrected', () => {
    const named = (family: string, mrz: string) => ({ person: { name: { latin: { family, given: 'FATIMA' }, mrz } } })
    expect(codes('candidate.registered', named('ELIDRISSI', 'EL<IDRISSI<<FATIMA'))).toEqual({ refused: null, warned: ['name-differs'] })
    expect(codes('candidate.registered', named('El Idrissi', 'EL<IDRISSI<<FATIMA'))).toEqual(fine)
    // Cut at the zone's full length, it cannot say more.
    expect(
      codes(
        'candidate.registered',
        named('AIT SIDI MOHAMED BEN ABDERRAHMANE EL HASSANI', 'AIT<SIDI<MOHAMED<BEN<ABDERRAHMANE<EL<F'.slice(0, 36).padEnd(39, 'X'))
      )
    ).toEqual(fine)
    expect(codes('candidate.registered', named('IDRISSI', 'IDRISSI<<FATIMA'), named('EL IDRISSI', 'EL<IDRISSI<<FATIMA'))).toEqual({
      refused: null,
      warned: ['name-differs']
    })
    expect(codes('person.corrected', named('IDRISSI', 'IDRISSI<<FATIMA'), named('EL IDRISSI', 'EL<IDRISSI<<FATIMA'))).toEqual(fine)
  })

  test('the law of the day applies: four months were enough under RD 557', () => {
    expect(codes('visa.requested', { visa: {} }, { documents: [passport('2025-10-01')] }, new Date('2025-05-01T10:00:00Z'))).toEqual(fine)
  })

  test('the minimum age is the policy’s', () => {
    const start = { contract: { start: '2026-02-01' } }
    expect(check('contract.signed', start, { person: { birthDate: '2009-01-01' } }, asOf, { minimumAgeYears: 16 }).refuse).toBeUndefined()
  })

  test('no finding says who: neither names nor numbers nor the birth date of the person', () => {
    const before = {
      person: {
        name: { latin: { family: 'SECRETA', given: 'PERSONA' } },
        birthDate: '2009-11-11',
        identifiers: [{ scheme: 'ES-NIE', value: sampleNie(7) }]
      },
      documents: [passport('2026-05-05', 'ZZ7654321')]
    }
    const payloads: [EventType, object][] = [
      ['visa.requested', { visa: {} }],
      ['contract.signed', { contract: { start: '2026-02-01' } }],
      ['authorization.granted', { authorization: { nie: sampleNie(8) } }],
      ['authorization.granted', { authorization: { nie: 'X7777777A' } }],
      ['candidate.registered', { person: { name: { latin: { family: 'SEKRETA', given: 'PERSONA' } } } }]
    ]
    for (const [type, payload] of payloads) {
      const { refuse, warnings } = check(type, payload as Record<string, unknown>, before, asOf)
      const said = [...(refuse === undefined ? [] : [inEnglish(refuse.said)]), ...warnings.map(({ reason }) => reason)].join(' ')
      expect(said.length).toBeGreaterThan(30)
      for (const secret of [
        'SECRETA',
        'SEKRETA',
        'PERSONA',
        '2009-11-11',
        '2026-05-05',
        'ZZ7654321',
        sampleNie(7),
        sampleNie(8),
        'X7777777A'
      ])
        expect(said).not.toContain(secret)
    }
  })
})
