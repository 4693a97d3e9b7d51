// Payloads of events: what each accepts, which facts it must have, what is never taken.
import { describe, expect, test } from 'vitest'
import { coreFacts } from '../../schemas/core-facts.ts'
import { canonicalEvent, type EventType, eventPayload, eventTable, eventTypes, isEventType } from '../../schemas/event.ts'
import { explain } from '../../schemas/explain.ts'
import { authorizationRecord, migrantRecord, offerRecord, sections } from '../../schemas/record.ts'
import { fullPayload, sampleOffer, samplePlacement } from './sample.ts'

const parse = (type: EventType, payload: unknown) => eventPayload(type).safeParse(payload)

const faults = (type: EventType, payload: unknown) => {
  const parsed = parse(type, payload)
  return parsed.success ? [] : explain(parsed.error, payload).map(({ pointer, code }) => `${pointer} ${code}`)
}

const without = (payload: Record<string, unknown>, path: string): Record<string, unknown> => {
  const copy = structuredClone(payload)
  const members = path.split('.')
  const last = members.pop() ?? ''
  const holder = members.reduce<Record<string, unknown>>((value, member) => value[member] as Record<string, unknown>, copy)
  delete holder[last]
  return copy
}

test.each(eventTypes)('%s accepts every member of its sections', type => {
  expect(faults(type, fullPayload(type))).toEqual([])
})

test.each(eventTypes)('%s gives back exactly what it was given', type => {
  expect(eventPayload(type).parse(fullPayload(type))).toEqual(fullPayload(type))
})

test.each(eventTypes)('%s refuses sections that the table does not name', type => {
  const foreign = Object.keys(sections).filter(name => !(eventTable[type].patches as readonly string[]).includes(name))
  for (const name of foreign) expect(faults(type, { ...fullPayload(type), [name]: {} })).toEqual([`/${name} unknown-member`])
})

test.each(eventTypes.flatMap(type => (coreFacts[type]?.required ?? []).map(path => [type, path] as const)))(
  '%s is refused without %s, or with null',
  (type, path) => {
    const pointer = `/${path.replaceAll('.', '/')}`
    expect(faults(type, without(fullPayload(type), path)).every(fault => fault.startsWith(pointer))).toBe(true)
    expect(faults(type, without(fullPayload(type), path))).not.toEqual([])
    const nulled = structuredClone(fullPayload(type))
    const holder = path
      .split('.')
      .slice(0, -1)
      .reduce<Record<string, unknown>>((value, member) => value[member] as Record<string, unknown>, nulled)
    holder[path.split('.').at(-1) ?? ''] = null
    expect(faults(type, nulled)).not.toEqual([])
  }
)

test.each([
  ['candidate.selected', { offer: 'O-1', version: 1 }],
  ['candidate.withdrew', {}],
  ['visa.requested', {}],
  ['visa.lodged', { visa: { lodgedAt: '2025-12-01' } }],
  ['authorization.granted', { authorization: { fileNumber: 'E-1', resolutionDate: '2025-11-15' } }],
  ['authorization.mended', { request: { defects: null } }],
  [
    'person.corrected',
    { person: { birthDate: '1975-XX-XX', name: { latin: { family: 'BEN ALI', given: 'ZAHRA', secondFamily: null }, mrz: null } } }
  ],
  ['record.corrected', { corrects: '018f4d7e-0000-7000-8000-000000000009', version: 4 }],
  [
    'candidate.registered',
    {
      campaign: 2026,
      person: {
        name: { latin: { family: 'EL IDRISSI', given: 'FATIMA' } },
        birthDate: '1975-XX-XX',
        sex: 2,
        nationalities: ['MAR'],
        identifiers: [{ scheme: 'MA-CNIE', value: 'JC123456' }]
      }
    }
  ]
] as [EventType, object][])('%s accepts a small payload: %j', (type, payload) => {
  expect(faults(type, payload)).toEqual([])
})

const registered = fullPayload('candidate.registered')
const withPerson = (patch: object) => ({ ...registered, person: { ...(registered.person as object), ...patch } })

test.each([
  ['socialData', { ...registered, socialData: {} }, '/socialData never-collected'],
  ['income', withPerson({ income: 900 }), '/person/income never-collected'],
  ['marital_status', withPerson({ marital_status: 'married' }), '/person/marital_status never-collected'],
  ['children', withPerson({ children: [] }), '/person/children never-collected'],
  ['schooling', { ...registered, registration: { schooling: 'none' } }, '/registration/schooling never-collected'],
  ['religion', withPerson({ religion: 'x' }), '/person/religion never-collected'],
  ['pregnant', withPerson({ pregnant: false }), '/person/pregnant never-collected'],
  ['iban', withPerson({ iban: 'MA64' }), '/person/iban never-collected'],
  ['a misspelt member', withPerson({ birthdate: '1989-03-15' }), '/person/birthdate unknown-member']
])('a registration that carries %s is refused, and the sender is told why', (_, payload, fault) => {
  expect(faults('candidate.registered', payload)).toEqual([fault])
})

test('the content of a criminal record or a medical certificate has no place', () => {
  const payload = {
    visa: {
      criminalRecord: { issuer: 'DGSN', date: '2025-11-20', content: 'none' },
      medicalCertificate: { date: '2025-11-21', result: 'fit' }
    }
  }
  expect(faults('visa.requested', payload)).toEqual([
    '/visa/criminalRecord/content unknown-member',
    '/visa/medicalCertificate/result unknown-member'
  ])
})

describe('a registration needs something to know the person by', () => {
  const { documents: _, ...noDocuments } = registered
  const { identifiers: __, ...nobody } = registered.person as Record<string, unknown>
  test('a document is enough', () => {
    expect(faults('candidate.registered', { ...registered, person: nobody })).toEqual([])
  })
  test('an identifier is enough', () => {
    expect(faults('candidate.registered', noDocuments)).toEqual([])
  })
  test('neither is refused', () => {
    expect(faults('candidate.registered', { ...noDocuments, person: nobody })).toEqual(['/documents required'])
    expect(faults('candidate.registered', { ...registered, documents: [], person: nobody })).toEqual(['/documents too-small'])
  })
})

test.each([
  ['visa.issued', { visa: { ...(fullPayload('visa.issued').visa as object), outcome: 'REFUSED' } }, '/visa/outcome event-says-other'],
  ['visa.refused', { visa: { outcome: 'ISSUED' } }, '/visa/outcome event-says-other'],
  [
    'authorization.granted',
    { authorization: { fileNumber: 'E-1', resolutionDate: '2025-11-15', decision: 'REFUSED' } },
    '/authorization/decision event-says-other'
  ],
  ['candidate.rejected', { selection: { result: 'SELECTED' } }, '/selection/result event-says-other'],
  ['candidate.selected', { selection: { period: { start: '2026-02-01', end: '2026-01-01' } } }, '/selection/period/end period-order'],
  ['candidate.selected', { selection: { occupation: { code: '9512' } } }, '/selection/occupation/scheme required'],
  ['candidate.selected', { selection: { employer: { cif: 'B21123451', name: 'x' } } }, '/selection/employer/cif cif-control-digit'],
  [
    'authorization.granted',
    { authorization: { fileNumber: 'E-1', resolutionDate: '2025-11-15', nie: 'X2482300A' } },
    '/authorization/nie nie-letter'
  ],
  ['person.corrected', { person: { birthDate: '1989-02-29' } }, '/person/birthDate edtf-day'],
  ['person.corrected', { person: { nationalities: ['MA'] } }, '/person/nationalities/0 country-code'],
  ['document.renewed', { documents: [{ type: 'TIE', number: '|12345678', country: 'ESP' }] }, '/documents/0/number tie-support-form'],
  [
    'document.renewed',
    { documents: [{ type: 'PASSPORT', number: 'AB1234567', country: 'MAR', supersedes: 'AB1234567' }] },
    '/documents/0/supersedes document-supersedes-itself'
  ],
  [
    'document.renewed',
    { documents: [{ type: 'PASSPORT', number: 'AB1234567', country: 'MAR', issueDate: '2029-01-01', expiryDate: '2029-01-01' }] },
    '/documents/0/expiryDate document-dates'
  ],
  ['candidate.withdrew', { campaign: '2026' }, '/campaign type'],
  ['candidate.withdrew', { version: null }, '/version type'],
  ['candidate.withdrew', { corrects: 'last one' }, '/corrects form'],
  ['stay.extended', { stay: null }, '/stay type'],
  ['authorization.checked', { offer: 'O-1' }, '/offer unknown-member'],
  ['work.suspended', { stay: { reason: 'PREGNANCY' } }, '/stay/reason value']
] as [EventType, object, string][])('%s with %j is refused: %s', (type, payload, fault) => {
  expect(faults(type, payload)).toEqual([fault])
})

test('a member named __proto__ is refused and changes nothing', () => {
  const payload = JSON.parse('{"__proto__":{"polluted":true},"version":1}') as object
  expect(parse('candidate.withdrew', payload).success).toBe(false)
  expect(({} as Record<string, unknown>).polluted).toBeUndefined()
})

test('a record with every member is valid, and one with no section at all', () => {
  expect(migrantRecord.safeParse(samplePlacement).error).toBeUndefined()
  expect(offerRecord.safeParse(sampleOffer).error).toBeUndefined()
  const { id, version, campaign } = samplePlacement
  expect(migrantRecord.safeParse({ kind: 'placement', id, version, campaign, state: 'REGISTERED' }).success).toBe(true)
  expect(
    authorizationRecord.safeParse({ kind: 'authorization', id, version, state: 'GRANTED', authorization: samplePlacement.authorization })
      .success
  ).toBe(true)
  expect(migrantRecord.safeParse({ kind: 'placement', id, version, campaign, state: 'REGISTERED', income: 1 }).success).toBe(false)
})

describe('a canonical event', () => {
  const event = {
    id: '018f4d7e-0000-7000-8000-000000000010',
    type: 'visa.lodged',
    subject: { kind: 'placement', id: samplePlacement.id },
    effectiveAt: '2025-12-01T10:00:00+01:00',
    receivedAt: '2025-12-02T10:00:00Z',
    payload: { visa: { lodgedAt: '2025-12-01' } }
  }
  test('has a payload that fits its type', () => {
    expect(canonicalEvent.safeParse(event).success).toBe(true)
    const answer = canonicalEvent.safeParse({ ...event, payload: { visa: {} } })
    expect(answer.success ? [] : explain(answer.error)).toMatchObject([{ pointer: '/payload/visa/lodgedAt' }])
  })
  test('is about a subject of the right kind', () => {
    const answer = canonicalEvent.safeParse({ ...event, subject: { ...event.subject, kind: 'offer' } })
    expect(answer.success ? [] : explain(answer.error)).toMatchObject([{ pointer: '/subject/kind', code: 'event-subject' }])
  })
})

test('a name that every object has is no event type', () => {
  expect([isEventType('visa.issued'), isEventType('toString'), isEventType('__proto__')]).toEqual([true, false, false])
})
