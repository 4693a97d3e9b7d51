// What a sender is told: where and which rule, and never what was sent.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { eventPayload, eventTypes } from '../../schemas/event.ts'
import { explain, pointerOf } from '../../schemas/explain.ts'
import { warningsOf } from '../../schemas/warnings.ts'
import { fullPayload, leavesOf } from './sample.ts'

const told = (schema: z.ZodType, value: unknown, input = value) => {
  const parsed = schema.safeParse(value)
  return parsed.success ? [] : explain(parsed.error, input)
}

test('a pointer escapes what RFC 6901 says', () => {
  expect(pointerOf(['a/b', 'm~n', 0])).toBe('/a~1b/m~0n/0')
  expect(pointerOf([])).toBe('')
})

test.each([
  [z.strictObject({ a: z.string() }), {}, '/a', 'required'],
  [z.strictObject({ a: z.enum(['x']) }), {}, '/a', 'required'],
  [z.strictObject({ a: z.string() }), { a: undefined }, '/a', 'required'],
  [z.strictObject({ a: z.string() }), { a: 1 }, '/a', 'type'],
  [z.strictObject({ a: z.string() }), { a: null }, '/a', 'type'],
  [z.string(), [], '', 'type'],
  [z.strictObject({ a: z.enum(['x']) }), { a: 'y' }, '/a', 'value'],
  [z.strictObject({ a: z.iso.date() }), { a: 'y' }, '/a', 'form'],
  [z.strictObject({ a: z.string().max(2) }), { a: 'yyy' }, '/a', 'too-big'],
  [z.strictObject({ a: z.array(z.string()).min(2) }), { a: [] }, '/a', 'too-small'],
  [z.strictObject({ a: z.int() }), { a: 1.5 }, '/a', 'type'],
  [z.strictObject({ a: z.number().multipleOf(2) }), { a: 3 }, '/a', 'invalid'],
  [z.strictObject({}), { b: 1 }, '/b', 'unknown-member']
])('%# is told as its code', (schema, value, pointer, code) => {
  expect(told(schema, value)).toMatchObject([{ pointer, code }])
})

test('a missing member is told without the input too, where zod says so', () => {
  const parsed = z.strictObject({ a: z.string() }).safeParse({})
  expect(parsed.success ? [] : explain(parsed.error)).toMatchObject([{ pointer: '/a', code: 'required' }])
})

test('the name of an unknown member is told back only when it looks like one of ours', () => {
  const names = ['birthDate', 'marital_status', 'Fatima Zahra', '+212600000000', 'EL-IDRISSI', 'a'.repeat(60)]
  const pointers = told(z.strictObject({}), Object.fromEntries(names.map(name => [name, 1]))).map(({ pointer }) => pointer)
  expect(pointers).toEqual(['/birthDate', '/marital_status', '', '', '', ''])
})

test('at most fifty explanations are given, however much is wrong', () => {
  expect(
    told(
      z.array(z.string()),
      Array.from({ length: 500 }, () => 1)
    )
  ).toHaveLength(50)
  expect(
    told(z.strictObject({}), Object.fromEntries(Array.from({ length: 500 }, (_, index) => [`a${'b'.repeat(index % 30)}${index}`, 1])))
  ).toHaveLength(50)
})

test('whatever a leaf of whatever event is replaced with, what is told never holds it', () => {
  const secret = fc
    .tuple(fc.stringMatching(/^[a-zA-Z0-9<' -]{0,20}$/), fc.constantFrom('', ' ', '\u0000'))
    .map(([text, end]) => `secret~${text}${end}`)
  fc.assert(
    fc.property(fc.constantFrom(...eventTypes), fc.nat(), secret, (type, seed, value) => {
      const payload = fullPayload(type)
      const leaves = leavesOf(payload)
      const leaf = leaves[seed % leaves.length]
      if (!leaf) return
      leaf.holder[leaf.member] = value
      const parsed = eventPayload(type).safeParse(payload)
      if (parsed.success) return
      expect(JSON.stringify(explain(parsed.error, payload))).not.toContain('secret')
      expect(parsed.error.message).not.toContain('secret')
    }),
    { numRuns: 2000 }
  )
})

describe('warnings', () => {
  test('tell where, by which rule, and never the value', () => {
    const warnings = warningsOf({
      person: {
        identifiers: [
          { scheme: 'ES-NIE', value: 'X2482300W' },
          { scheme: 'MA-CNIE', value: 'JC1234567' },
          { scheme: 'LV-PK', value: '328673-00677' }
        ]
      },
      documents: [{ type: 'PASSPORT', number: 'A1234567', country: 'MAR' }]
    })
    expect(warnings.map(({ pointer, rule }) => [pointer, rule])).toEqual([
      ['/person/identifiers/1/value', 'cnie-seven-digits'],
      ['/person/identifiers/2/value', 'lv-control'],
      ['/documents/0/number', 'passport-mar-form']
    ])
    expect(JSON.stringify(warnings)).not.toMatch(/JC1234567|328673|A1234567/)
  })
  test('are none where there is nothing to look at', () => {
    expect(warningsOf({})).toEqual([])
    expect(warningsOf({ person: null, documents: 'x' })).toEqual([])
    expect(warningsOf(fullPayload('candidate.registered'))).toEqual([])
  })
})
