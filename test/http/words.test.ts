import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import fc from 'fast-check'
import { describe, expect, it, test } from 'vitest'
import { readAmendment } from '../../schemas/amendment.ts'
import { type EventType, eventPayload, eventTypes } from '../../schemas/event.ts'
import { explain } from '../../schemas/explain.ts'
import { neverCollectedKinds } from '../../schemas/never-collected.ts'
import { registrationColumns } from '../../schemas/registration-row.ts'
import { nineMonthRules } from '../../src/domain/rules/nine-months.ts'
import { passportRules } from '../../src/domain/rules/passport.ts'
import { workerCharge } from '../../src/domain/rules/worker-charge.ts'
import { answerLanguages, preferredLanguage } from '../../src/domain/words/language.ts'
import { fill, gapsOf, readSaid, sayer } from '../../src/domain/words/said.ts'
import { schemaWords } from '../../src/domain/words/sentences/sentences.ts'
import { domainWords } from '../../src/domain/words/words.ts'
import { readLine } from '../../src/flow/import/read-row.ts'
import { fileWords } from '../../src/flow/words/words.ts'
import { toProblem } from '../../src/http/errors.ts'
import { canTell, httpWords, tell } from '../../src/http/words/words.ts'
import { tokenWords } from '../../src/trust/words/words.ts'
import { fullPayload } from '../schemas/sample.ts'
import { englishIn } from '../support/languages.ts'
import { registrations } from '../support/registrations.ts'

const catalogs = Object.entries({ schema: schemaWords, domain: domainWords, token: tokenWords, file: fileWords, http: httpWords })
const others = ['es', 'fr'] as const

describe('the catalogs', () => {
  const texts = catalogs.flatMap(([name, { en, es, fr }]) =>
    Object.keys(en).map(id => ({ name, id, en: en[id] ?? '', es: es[id], fr: fr[id] }))
  )

  it('have each text in each language, with the same gaps, and none that is not in English too', () => {
    for (const { id, en, es, fr } of texts) expect([id, gapsOf(es ?? ''), gapsOf(fr ?? '')]).toEqual([id, gapsOf(en), gapsOf(en)])
    for (const [, words] of catalogs)
      for (const language of others) expect(Object.keys(words[language]).sort()).toEqual(Object.keys(words.en).sort())
  })

  it('have left nothing in English, and say something in every text', () => {
    for (const text of texts)
      for (const language of others) {
        expect([text.id, englishIn(text[language] ?? '')]).toEqual([text.id, null])
        expect(text[language]).toMatch(/\w/)
      }
    // Or else the sieve has holes.
    const sentences = texts.filter(({ name, en }) => name !== 'schema' && en.split(' ').length > 5)
    const passed = sentences.filter(({ en }) => englishIn(en) === null).map(({ id }) => id)
    expect(passed).toEqual([])
  })

  it('say no two things under one id', () => {
    expect(new Set(texts.map(({ id }) => id)).size).toBe(texts.length)
  })

  it('hold no text that nobody says', () => {
    const floors = ['schemas', 'src'].flatMap(folder =>
      readdirSync(folder, { recursive: true, encoding: 'utf8' }).map(name => path.join(folder, name))
    )
    const sources = floors.filter(name => name.endsWith('.ts') && !/words\/(?:sentences\/)?(?:en|es|fr)\.ts$/.test(name))
    const said = sources.map(name => readFileSync(name, 'utf8')).join('\n')
    const isSaid = (id: string) => said.includes(`'${id}'`) || said.includes(`\`${id.replace(/-.*/, '-${')}`) || /^(?:L\d|L13)/.test(id)
    expect(texts.filter(({ name, id }) => name !== 'schema' && !isSaid(id)).map(({ id }) => id)).toEqual([])
  })

  it('cite every rule that an event can be refused by', () => {
    for (const { id, citation } of [workerCharge, ...Object.values(passportRules), ...Object.values(nineMonthRules)])
      expect([id, domainWords.en[id]]).toEqual([id, citation])
  })
})

describe('what is wrong with a payload', () => {
  const wrong: unknown[] = [
    undefined,
    null,
    7.5,
    -1,
    1e9,
    true,
    '',
    'x',
    ' x',
    'x'.repeat(2_000),
    'x'.repeat(20),
    [],
    {},
    ['x'],
    { a: 1 },
    '2026-02-31',
    '9999-12-31',
    '9999-12-31T00:00:00Z'
  ]
  const nearlyRight = [
    'J1',
    'JCO23456',
    'jc 123456',
    'X2482300A',
    'X1',
    '12345678A',
    'B21123451',
    'N21123450',
    'F2101234A',
    '1989-13-01',
    '1989-02-31',
    '00123456789',
    '01123456789',
    '001234567890',
    '211234567800',
    '39999999999',
    '71111111116',
    '33309240063',
    'ZZZ',
    'A1'
  ]

  it('can be told in each language, whatever it is', () => {
    const told = new Set<string>()
    const expectTold = (type: EventType, payload: object) => {
      for (const { detail, said } of faultsOf(type, payload)) {
        expect([detail, said !== undefined && canTell(said)]).toEqual([detail, true])
        told.add(said?.id ?? '')
      }
    }
    const done = new Set<string>()
    for (const type of eventTypes) {
      const payload = fullPayload(type)
      const fresh = Object.keys(payload).filter(name => !done.has(name))
      for (const { holder, member } of fresh.flatMap(name => [{ holder: payload, member: name }, ...placesOf(payload[name])])) {
        const right = holder[member]
        for (const value of [...wrong, ...closeTo(right)]) {
          holder[member] = value
          expectTold(type, payload)
        }
        holder[member] = right
      }
      for (const name of fresh) done.add(name)
      expectTold(type, {})
    }
    expectRowsTold(told)
    for (const patch of [{ person: {} }, { person: { identifiers: null } }, { visa: {} }, {}]) {
      const read = readAmendment('placement', { record: patch, version: 1 })
      const own = readAmendment('placement', { record: patch })
      for (const { faults } of [read, own].filter(one => 'faults' in one))
        for (const { detail, said } of faults) {
          expect([detail, canTell(said)]).toEqual([detail, true])
          told.add(said.id)
        }
    }
    expectTold('candidate.rejected', { selection: { result: 'SELECTED' } })
    expectTold('document.renewed', { documents: [{ type: 'PASSPORT', number: 'AB1234567', country: 'MAR', supersedes: 'AB1234567' }] })
    expect(Object.keys(schemaWords.en).filter(id => !told.has(id) && !inGaps.has(id))).toEqual(elsewhere)
  })

  /** Rows of a file, by columns and as events. */
  const expectRowsTold = (told: Set<string>) => {
    const [registration] = registrations(1) as [Record<string, string>]
    const event = { type: 'candidate.registered', person: 'p', effectiveAt: '2026-01-01T00:00:00Z', payload: {}, key: 'k' }
    for (const [row, more] of [
      [registration, { zzz: 1, income: 1 }],
      [event, { offer: 'o' }],
      [{ ...event, type: 'offer.withdrawn' }, {}]
    ] as const)
      for (const member of [...registrationColumns, ...Object.keys(event), ...Object.keys(more)])
        for (const value of [...wrong, ...nearlyRight, 5, 'no.such']) {
          const reading = readLine(JSON.stringify({ ...row, ...(member in more ? more : {}), [member]: value }))
          if (reading === null || 'event' in reading) continue
          expect([reading.fault, canTell(reading.fault.said)]).toEqual([reading.fault, true])
          for (const one of [reading.fault.said, reading.fault.said.parts.reason]) if (typeof one === 'object') told.add(one.id)
        }
    for (const line of ['', '{', '[1]', '{"a":1,"a":2}', '{"__proto__":1}', '['.repeat(200), '"\\ud800"']) {
      const reading = readLine(line)
      expect([line, reading !== null && 'fault' in reading && canTell(reading.fault.said)]).toEqual([line, true])
    }
  }

  const closeTo = (right: unknown): unknown[] =>
    typeof right === 'string'
      ? nearlyRight
      : Array.isArray(right)
        ? [Array.from({ length: 30 }, () => right[0])]
        : [{ ...(right as object), health: 1, zzz: 1 }]
  const inGaps = new Set([...['a boolean', 'a number', 'a string', 'a whole number', 'an array', 'an object'], ...neverCollectedKinds])
  /** A limit of zod's own that no schema has yet, and the sender's own names of a message and a person. */
  const elsewhere = ['This value is not valid here', 'Write it without control characters and without halves of surrogate pairs.']
  const faultsOf = (type: EventType, payload: object) => {
    const parsed = eventPayload(type).safeParse(payload)
    return parsed.success ? [] : explain(parsed.error, payload)
  }
  /** Every member at every depth, lists and objects too. */
  const placesOf = (holder: unknown): { holder: Record<string, unknown>; member: string }[] =>
    typeof holder !== 'object' || holder === null
      ? []
      : Object.entries(holder).flatMap(([member, inner]) => [{ holder: holder as Record<string, unknown>, member }, ...placesOf(inner)])
})

describe('what is said', () => {
  const en = { wait: 'wait {seconds} s for {whom}', agency: 'the agency {name}' } as const
  const says = sayer(en)

  it('fills its gaps, with texts too, and never reads what stands in a gap as a text', () => {
    expect(fill(en, says('wait', { seconds: 5, whom: says('agency', { name: '{seconds} $& $1' }) }))).toBe(
      'wait 5 s for the agency {seconds} $& $1'
    )
  })

  it('is the same after it was stored', () => {
    const said = says('wait', { seconds: 5, whom: says('agency', { name: 'ANAPEC' }) })
    expect(readSaid(en, JSON.parse(JSON.stringify(said)))).toEqual(said)
  })

  const unsayable: [string, unknown][] = [
    ['nothing', undefined],
    ['null', null],
    ['a text', 'wait 5 s'],
    ['a text that is no longer in the catalog', { id: 'gone', parts: {} }],
    ['a name that every object has', { id: 'constructor', parts: {} }],
    ['no parts', { id: 'agency' }],
    ['an open gap', { id: 'wait', parts: { seconds: 5 } }],
    ['a gap that only a prototype fills', { id: 'agency', parts: Object.create({ name: 'x' }) }],
    ['a gap filled with a list', { id: 'agency', parts: { name: ['x'] } }],
    ['a gap filled with what cannot be said', { id: 'agency', parts: { name: { id: 'gone', parts: {} } } }]
  ]
  it.each(unsayable)('is not read from %s', (_, stored) => {
    expect(readSaid(en, stored)).toBeNull()
  })

  it('is told in English, and as English, where it has no id, and with it the whole of a problem', () => {
    expect(tell('as it was', 'fr')).toEqual({ text: 'as it was', language: 'en' })
    const { problem, language } = toProblem('https://jisr.test', 'r', { status: 409, slug: 'conflict', detail: 'as it was' }, 'fr')
    expect([problem.title, problem.detail, language]).toEqual([httpWords.en['title-conflict'], 'as it was', 'en'])
  })
})

describe('the language of an answer', () => {
  const lookUp = (accepts: string | undefined) => preferredLanguage(answerLanguages, accepts, 'en')
  const headers: [string | undefined, string][] = [
    [undefined, 'en'],
    ['', 'en'],
    ['fr', 'fr'],
    ['FR-ma', 'fr'],
    ['es-419', 'es'],
    ['fr-MA, ar;q=0.9, *;q=0.1', 'fr'],
    ['de, it', 'en'],
    ['de, es;q=0.4, fr;q=0.5', 'fr'],
    ['fr;q=0.5, es;q=0.50', 'fr'],
    ['fr; q=0.2 , es ;q=0.3', 'es'],
    ['es;Q=0.2,fr;q=0.1', 'es'],
    ['*', 'en'],
    ['*, fr;q=0.1', 'fr'],
    ['en;q=0', 'en'],
    ['en;q=0, *', 'es'],
    ['en;q=0, es;q=0, *;q=0.1', 'fr'],
    ['en;q=0, es;q=0, fr;q=0, *', 'en'],
    ['fr;q=0, es', 'es'],
    ['fr;q=1.5, es;q=0.1', 'es'],
    ['fr;q=-1', 'en'],
    ['fr;q=', 'en'],
    ['fr;level=1', 'en'],
    ['fr_MA', 'en'],
    ['français', 'en'],
    ['es es', 'en'],
    [`${'x,'.repeat(8_000)}fr`, 'en'],
    // Cut in the middle of "est", this would be Spanish.
    [`${'x'.repeat(8)},`.repeat(55).concat(' '.repeat(3), 'est'), 'en']
  ]
  const shown = headers.map(([accepts, language]) => ({ shown: accepts?.slice(0, 60), accepts, language }))
  test.each(shown)('$shown: $language', ({ accepts, language }) => {
    expect(lookUp(accepts)).toBe(language)
  })

  const language = fc.constantFrom(...answerLanguages, 'de', 'ar', '*')
  const range = fc.record({
    language,
    region: fc.constantFrom('', '-MA', '-419', '-Latn-ES'),
    q: fc.constantFrom('', ';q=0', ';q=0.001', '; q=0.5', ';q=1.000', ' ; q=0.25')
  })
  const weightOf = (q: string) => (q === '' ? 1 : Number(q.split('=')[1]))

  test('is one that was named with the highest weight of all that we have, and never one that was refused while another was asked for', () => {
    fc.assert(
      fc.property(fc.array(range, { maxLength: 12 }), ranges => {
        const chosen = lookUp(ranges.map(({ language, region, q }) => `${language}${language === '*' ? '' : region}${q}`).join(', '))
        const weight = (of: string) => Math.max(-1, ...ranges.filter(({ language }) => language === of).map(({ q }) => weightOf(q)))
        const best = Math.max(...answerLanguages.map(weight))
        if (best > 0) expect(weight(chosen)).toBe(best)
        else if (weight('en') !== 0) expect(chosen).toBe('en')
        else if (weight('*') > 0 && answerLanguages.some(other => weight(other) !== 0)) expect(weight(chosen)).not.toBe(0)
      })
    )
  })

  test('is one of ours whatever the header says', () => {
    fc.assert(fc.property(fc.string({ maxLength: 2_000, unit: 'binary' }), accepts => answerLanguages.includes(lookUp(accepts))))
  })
})
