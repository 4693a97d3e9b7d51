// The log: listed fields only, one line each, and nothing of what an error says.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { fault, openLog } from '../../src/roles/log.ts'

const CANARY = 'Fatima AB1234567'

function logged(write: (log: ReturnType<typeof openLog>) => void, level = 'info'): { lines: string[]; entries: Record<string, unknown>[] } {
  const lines: string[] = []
  write(openLog({ level, role: 'worker', to: { write: line => void lines.push(line) } }))
  return { lines, entries: lines.map(line => JSON.parse(line)) }
}

test('a station is one line with its role, its process and its fields', () => {
  const { entries } = logged(({ log }) =>
    log('delivery.attempted', { partner: 'consulate', rows: 25, durationMs: 12, more: false, code: null })
  )
  expect(entries).toEqual([
    {
      level: 'info',
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
      role: 'worker',
      pid: process.pid,
      station: 'delivery.attempted',
      partner: 'consulate',
      rows: 25,
      durationMs: 12,
      more: false,
      code: null
    }
  ])
})

test('what stands still until somebody acts is an error, what will is a warning, and all else is told as it goes', () => {
  const { entries } = logged(({ log }) => {
    for (const station of ['ledger.broken', 'ledger.unfiled', 'stream.behind', 'delivery.attempted']) log(station, { because: 'x' })
  })
  expect(entries.map(({ level }) => level)).toEqual(['error', 'error', 'warn', 'info'])
  const quiet = logged(({ log }) => {
    for (const station of ['ledger.broken', 'sweep']) log(station, {})
  }, 'error')
  expect(quiet.entries.map(({ station }) => station)).toEqual(['ledger.broken'])
})

test('a field that is not listed, and one that is not a plain value, are left out by name', () => {
  const { entries, lines } = logged(({ log }) => log('x', { partner: 'a', surname: CANARY, code: { deep: CANARY } as never, body: CANARY }))
  expect(entries[0]).toMatchObject({ partner: 'a', leftOut: 'surname,code,body' })
  expect(lines[0]).not.toContain('Fatima')
})

test('an error is told by class, code and place, whatever it says', () => {
  const cause = Object.assign(new RangeError(CANARY), { code: '23505', detail: CANARY, table: CANARY })
  const error = Object.assign(new TypeError(`${CANARY}\n    at ${CANARY} (x.ts:1:1)`, { cause }), { body: CANARY, errors: [CANARY] })
  const { entries, lines } = logged(({ failed }) => failed('relay', error))
  expect(entries[0]).toMatchObject({ level: 'error', station: 'relay', error: 'TypeError < RangeError', code: '23505' })
  expect(entries[0]?.at).toContain('log.test.ts')
  expect(lines[0]).not.toContain('Fatima')
})

test('no text of a thrown value comes through, in whatever property it stands', () => {
  const text = fc.string({ minLength: 1, maxLength: 30 }).map(value => `<${value}>`)
  fc.assert(
    fc.property(text, text, text, text, (message, name, code, extra) => {
      const error = Object.assign(new Error(message, { cause: new Error(extra) }), { name, code, extra })
      expect(fault(error)).toMatchObject({ error: 'Error < Error', code: null })
      expect(fault(error).at).not.toContain(message)
      expect(fault(message)).toEqual({ error: 'thrown string', code: null, at: null })
    })
  )
})

test('line breaks, escape sequences and a forged entry stay inside one line', () => {
  const nasty = 'a\r\n{"level":"error","station":"forged"}\u2028\u001b[31m'
  const { lines } = logged(({ log }) => log('http.answered', { route: nasty }))
  expect(lines).toHaveLength(1)
  expect(lines[0]?.trimEnd()).not.toMatch(/[\r\n\u001b]/)
  expect(JSON.parse(lines[0] ?? '').station).toBe('http.answered')
})

test('long texts are cut', () => {
  const { entries } = logged(({ log }) => log('x', { because: 'b'.repeat(5_000), at: 'a'.repeat(5_000) }))
  expect(String(entries[0]?.because)).toHaveLength(300)
  expect(String(entries[0]?.at)).toHaveLength(1_000)
})

test('the level holds back what is below it', () => {
  const write = (log: ReturnType<typeof openLog>) => {
    log.log('x', {})
    log.failed('y', new Error('z'))
  }
  expect(logged(write, 'error').entries.map(({ station }) => station)).toEqual(['y'])
  expect(logged(write, 'silent').lines).toEqual([])
})
