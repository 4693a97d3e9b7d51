// What the queue keeps of an error: a code that holds nothing of its text.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { NotSent } from '../../adapters/contract.ts'
import { failureCode, storable } from '../../src/queue/failure.ts'

const coded = (code: unknown, more = {}) => Object.assign(new Error('Fatima AB1234567'), { code }, more)

test.each([
  [coded('ECONNRESET'), 'ECONNRESET'],
  [coded('ERR_INVALID_URL'), 'ERR_INVALID_URL'],
  [coded('23505', { severity: 'ERROR' }), '23505'],
  [new Error('outer', { cause: coded('ETIMEDOUT') }), 'ETIMEDOUT'],
  [new NotSent('no connection'), 'NotSent'],
  [new TypeError('x'), 'TypeError'],
  ['Fatima', 'Error'],
  [undefined, 'Error'],
  [{ code: 'ECONNRESET' }, 'Error']
])('%s has the code %s', (error, code) => {
  expect(failureCode(error)).toBe(code)
})

test.each(['AB123', 'AB1234567', 'Fatima', 'EAB1234567', 'E', 42, null])('the code %s, which could be a document’s, is not taken', code => {
  expect(failureCode(coded(code))).toBe('Error')
})

test('neither the name, the message nor the stack of what is stored holds the text of the error', () => {
  const text = fc.string({ minLength: 6, maxLength: 40 })
  fc.assert(
    fc.property(text, text, text, text, (message, name, code, detail) => {
      const error = Object.assign(new Error(message), { name, code, detail })
      const { message: kept, stack } = storable(new Error(message, { cause: error }))
      expect([kept, stack]).toEqual(['job failed: Error', 'job failed: Error'])
    })
  )
})

test('a chain of causes without end is asked only so far', () => {
  const error = new Error('one')
  error.cause = error
  expect(failureCode(error)).toBe('Error')
})
