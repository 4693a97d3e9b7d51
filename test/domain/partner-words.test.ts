// What a partner calls a code, told from what is none.
import { expect, test } from 'vitest'
import { codeInClear } from '../../src/domain/partner-words.ts'

test.each(['0231', 'ALREADY_REQUESTED', 'invalid_request', 'quota.exceeded', 'GECCO-0402', 'E12/34', 'X'])('%s is a code', code => {
  expect(codeInClear(code)).toBe(code)
})

test.each([
  'AB1234567',
  'X1234567L',
  'BE12345',
  '+212612345678',
  '0612345678',
  '1989-03-15',
  'AB-12-34-5',
  'EL IDRISSI',
  'الإدريسي',
  '',
  'a'.repeat(65)
])('%s is none, and is sealed with the words', code => {
  expect(codeInClear(code)).toBe('other')
})
