// The conformance suite, first part: map and assemble are pure, read what they declare and nothing else, and give the fixtures' bytes.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import type { DeepPartial, Projected, Times } from '../../adapters/contract.ts'
import type { EventType } from '../../schemas/event.ts'
import { type FieldPath, stepsOf } from '../../schemas/field.ts'
import type { MigrantRecord } from '../../schemas/record.ts'
import { forbidden } from '../../src/domain/disclosure.ts'
import type { AdapterUnderTest } from './contract.ts'
import { fullRecord, graft, only, personalValues } from './people.ts'

export const parcelId = (number: number) => `01JG${String(number).padStart(22, '0')}`
export const deliveryId = (number: number) => `01JD${String(number).padStart(22, '0')}`

const times: Times = { now: new Date('2026-01-14T09:00:00.000Z'), campaignAt: '2026-01-14T09:00:00.000Z' }

/** The event of person `number` as this adapter would get it. */
export const projected = <Settings>(
  { adapter, samples }: AdapterUnderTest<Settings>,
  number: number,
  { type = samples.event, record }: { type?: EventType; record?: MigrantRecord } = {}
): Projected => {
  const full = record ?? samples.adjust?.(fullRecord(number)) ?? fullRecord(number)
  return {
    delivery: deliveryId(number),
    eventId: full.id,
    type,
    subId: `sub-${number}`,
    version: 7,
    campaign: 2026,
    effectiveAt: '2026-01-14T09:00:00.000Z',
    record: only(full, adapter.outbound?.reads ?? [])
  }
}

/** How many rows travel together at most. */
export const mostTogether = <Settings>({ adapter, settings }: AdapterUnderTest<Settings>): number => {
  const max = adapter.outbound?.gather?.max ?? 1
  return typeof max === 'function' ? max(adapter.settings.parse(settings('http://127.0.0.1:9'))) : max
}

const freeze = <T>(value: T): T => {
  if (typeof value === 'object' && value !== null) Object.values(Object.freeze(value)).forEach(freeze)
  return value
}

export const testMapping = <Settings>(subject: AdapterUnderTest<Settings>): void => {
  const { adapter, samples, role, fixtures } = subject
  const { outbound } = adapter
  if (outbound === undefined) return
  const settings = freeze(adapter.settings.parse(subject.settings('http://127.0.0.1:9')))
  const read = subject.read ?? ((body: string) => JSON.parse(body) as unknown)
  const bytesOf = (events: readonly Projected[]) =>
    outbound.assemble(
      events.map(event => ({ delivery: event.delivery, fragment: outbound.map(event, settings) })),
      parcelId(1),
      settings,
      times
    )

  describe('maps', () => {
    test('each fixture to exactly the bytes beside it', async () => {
      const folder = new URL('outbound/', fixtures)
      const names = readdirSync(folder).filter(name => name.endsWith('.in.json'))
      expect(names.length).toBeGreaterThan(0)
      for (const name of names) {
        const input = JSON.parse(readFileSync(new URL(name, folder), 'utf8')) as { settings: unknown; parcel: string; events: Projected[] }
        const expected = ['json', 'xml']
          .map(ending => new URL(name.replace('.in.json', `.out.${ending}`), folder))
          .find(path => existsSync(path))
        expect(expected, `${name} has an output beside it`).toBeDefined()
        for (const { record } of input.events)
          expect(only(record as MigrantRecord, outbound.reads), `${name} holds what the adapter reads`).toEqual(record)
        const own = adapter.settings.parse(input.settings)
        const rows = input.events.map(event => ({ delivery: event.delivery, fragment: outbound.map(event, own) }))
        await expect(outbound.assemble(rows, input.parcel, own, times).body).toMatchFileSnapshot(fileURLToPath(expected as URL))
      }
    })

    test('every accepted event of a full record, or refuses it in words', () => {
      for (const type of outbound.accepts) expect(() => outbound.map(projected(subject, 1, { type }), settings), type).not.toThrow()
    })

    test('the same input to the same output, and changes nothing it is given', () => {
      const event = freeze(projected(subject, 2))
      const [first, second] = [outbound.map(event, settings), outbound.map(event, settings)]
      expect(second).toEqual(first)
      const rows = freeze([{ delivery: event.delivery, fragment: first }])
      expect(outbound.assemble(rows, parcelId(2), settings, times)).toEqual(outbound.assemble(rows, parcelId(2), settings, times))
    })

    test('to JSON that survives being stored', () => {
      const fragment = outbound.map(projected(subject, 3), settings)
      expect(JSON.parse(JSON.stringify(fragment))).toEqual(fragment)
    })

    test('one row and as many as travel together, in the order given', () => {
      const most = mostTogether(subject)
      const events = Array.from({ length: most }, (_, index) => projected(subject, index))
      const { body } = bytesOf(events)
      expect(() => read(body)).not.toThrow()
      const places = events.map(({ delivery }) => body.indexOf(delivery))
      expect(places.every((place, index) => place > (places[index - 1] ?? -1))).toBe(true)
      expect(() => read(bytesOf(events.slice(0, 1)).body)).not.toThrow()
    })

    test('and says where each row stands: around them nothing is left of any person', () => {
      const people = [21, 22, 23].slice(0, mostTogether(subject)).map(number => samples.adjust?.(fullRecord(number)) ?? fullRecord(number))
      const events = people.map((record, index) => projected(subject, 21 + index, { record }))
      const { body, rows = [{ from: 0, to: body.length }] } = bytesOf(events)
      expect(rows).toHaveLength(events.length)
      const known = people.map(personalValues)
      const secrets = known.map((own, index) =>
        own.filter(value => known.every((others, other) => other === index || !others.includes(value)))
      )
      const texts = rows.map(({ from, to }) => body.slice(from, to))
      const around = rows.map(({ from }, index) => body.slice(rows[index - 1]?.to ?? 0, from)).concat(body.slice(rows.at(-1)?.to))
      expect(around.map((part, index) => part + (texts[index] ?? '')).join('')).toBe(body)
      for (const [index, values] of secrets.entries()) {
        expect(values.some(value => texts[index]?.includes(value))).toBe(true)
        for (const [other, text] of texts.entries()) if (other !== index) for (const value of values) expect(text).not.toContain(value)
      }
      for (const value of secrets.flat()) expect(around.join('')).not.toContain(value)
    })
  })

  describe('reads', () => {
    test(`nothing that a partner of the role ${role} may not have`, () => {
      expect(forbidden(outbound.reads, role)).toEqual([])
    })

    test('only the fields it names: looking at another one is caught', () => {
      for (const type of outbound.accepts) {
        const event = projected(subject, 4, { type })
        expect(() => outbound.map({ ...event, record: watched(event.record, outbound.reads) }, settings), type).not.toThrow()
        outbound.gather?.by({ ...event, record: watched(event.record, outbound.reads) }, settings)
      }
    })

    test('no other field: with all others changed the bytes are the same', () => {
      const event = projected(subject, 5)
      const other = graft(fullRecord(77), samples.adjust?.(fullRecord(5)) ?? fullRecord(5), outbound.reads) as DeepPartial<MigrantRecord>
      expect(bytesOf([{ ...event, record: other }])).toEqual(bytesOf([event]))
    })

    test('each field it names: without it the bytes or the gathering differ, or the row is refused', () => {
      const whole = samples.adjust?.(fullRecord(6)) ?? fullRecord(6)
      const result = (type: EventType, reads: readonly FieldPath[]): string => {
        const event = { ...projected(subject, 6, { type }), record: only(whole, reads) }
        try {
          return `${bytesOf([event]).body} ${outbound.gather?.by(event, settings)}`
        } catch {
          return 'refused'
        }
      }
      const matters = (path: FieldPath, among: readonly FieldPath[]) => {
        const lacking = among.filter(other => other !== path && !other.startsWith(`${path}.`))
        return outbound.accepts.some(type => result(type, lacking) !== result(type, among))
      }
      // A field may only stand in for another one: it is tried again with each of the others missing.
      const unread = outbound.reads
        .filter(path => !matters(path, outbound.reads))
        .filter(
          path =>
            !outbound.reads.some(
              other =>
                other !== path &&
                matters(
                  path,
                  outbound.reads.filter(one => one !== other)
                )
            )
        )
      expect(unread).toEqual([])
    })
  })

  describe('copes with', () => {
    test('a record that lacks any one field or all of them: a message, or an error without a value in it', () => {
      const whole = samples.adjust?.(fullRecord(7)) ?? fullRecord(7)
      const secrets = personalValues(whole)
      for (const reads of [[], ...outbound.reads.map(path => outbound.reads.filter(other => other !== path))]) {
        for (const type of outbound.accepts) {
          const event = { ...projected(subject, 7, { type }), record: only(whole, reads) }
          expect(typeof (outbound.gather?.by(event, settings) ?? '')).toBe('string')
          try {
            outbound.map(event, settings)
          } catch (error) {
            expect(error).toBeInstanceOf(Error)
            const { message } = error as Error
            expect(message.length).toBeGreaterThan(10)
            for (const secret of secrets) expect(message).not.toContain(secret)
          }
        }
      }
    })

    test.each([
      ['a family name of 80 characters', { family: 'A'.repeat(80), given: 'B'.repeat(80) }],
      ['names at 30, 39 and 50 characters', { family: 'C'.repeat(30), given: 'D'.repeat(39) }],
      ['a name of 51 characters', { family: `${'E'.repeat(49)} F`, given: 'G'.repeat(51) }],
      ['one letter', { family: 'O', given: 'X' }],
      ['an apostrophe and letters with marks', { family: "N'DIAYE ŽALGIRIS", given: 'Åsa-María Ñ' }]
    ])('%s', (_, latin) => {
      const record = samples.adjust?.(fullRecord(8)) ?? fullRecord(8)
      record.person = { ...record.person, name: { ...record.person?.name, latin } }
      expect(() => read(bytesOf([projected(subject, 8, { record })]).body)).not.toThrow()
    })

    test.each(['1975-XX-XX', '1975-03-XX', '2004-02-29'])('the birth date %s, and invents no part of it', birthDate => {
      const record = samples.adjust?.(fullRecord(9)) ?? fullRecord(9)
      record.person = { ...record.person, birthDate }
      expect(() => read(bytesOf([projected(subject, 9, { record })]).body)).not.toThrow()
    })

    test('text that looks like markup or code: it stays text, in one row', () => {
      for (const text of [
        '</Nombre><Estado>0003</Estado>',
        '"},{"delivery":"x"',
        "'; drop table event; --",
        '#{7*7}{{7*7}}',
        ']]>&amp;<!--',
        '=cmd|A1',
        '\u202Etxt'
      ]) {
        const record = samples.adjust?.(fullRecord(10)) ?? fullRecord(10)
        record.person = { ...record.person, name: { latin: { family: text, given: text } }, birthPlace: { text, country: 'MAR' } }
        let body: string
        try {
          ;({ body } = bytesOf([projected(subject, 10, { record })]))
        } catch {
          continue
        }
        const parsed = read(body)
        expect(shapeOf(parsed)).toEqual(shapeOf(read(bytesOf([projected(subject, 10)]).body)))
      }
    })
  })

  describe('declares', () => {
    test('cancelling and counted events among those it accepts, and a gathering limit', () => {
      expect(outbound.accepts).toEqual(expect.arrayContaining([...(outbound.cancels ?? []), ...(outbound.usesCapacity ?? [])]))
      expect(adapter.mappingVersion).not.toBe('')
      expect(mostTogether(subject)).toBeGreaterThan(0)
    })

    test('settings that refuse a member they do not know', () => {
      expect(adapter.settings.safeParse({ ...subject.settings('http://127.0.0.1:9'), unheardOf: 1 }).success).toBe(false)
      expect(adapter.settings.safeParse({}).success).toBe(false)
    })
  })
}

/** Member names in order and list lengths, without values: injected text must not change it. Members only some names need are left out. */
const shapeOf = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(shapeOf)
  if (typeof value !== 'object' || value === null) return typeof value
  return Object.fromEntries(
    Object.entries(value)
      .filter(([name]) => !/truncated|arabic|regla|rule/i.test(name))
      .map(([name, member]) => [name, shapeOf(member)])
  )
}

/** The record, throwing as soon as anything outside `reads` is looked at. */
const watched = (record: DeepPartial<MigrantRecord>, reads: readonly FieldPath[]): DeepPartial<MigrantRecord> => {
  const allowed = reads.map(path => stepsOf(path).members)
  const isAllowed = (path: readonly string[]) =>
    allowed.some(members => members.every((member, index) => index >= path.length || path[index] === member))
  const watch = (value: object, path: readonly string[]): object =>
    new Proxy(value, {
      get(target, name, receiver) {
        const member = Reflect.get(target, name, receiver) as unknown
        if (typeof name === 'symbol' || (Array.isArray(target) && !/^\d+$/.test(name))) return member
        const here = Array.isArray(target) ? path : [...path, name]
        if (!isAllowed(here)) throw new Error(`map looked at ${here.join('.')}, which is not among its reads`)
        return typeof member === 'object' && member !== null ? watch(member, here) : member
      }
    })
  return watch(record, []) as DeepPartial<MigrantRecord>
}
