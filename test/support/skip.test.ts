import { afterEach, expect, test, vi } from 'vitest'
import { needs } from './skip.ts'

afterEach(() => {
  vi.unstubAllEnvs()
  vi.restoreAllMocks()
})

test('a program that is installed is there', () => {
  expect(needs('sh')).toBe(true)
})

test('one that is missing is told, with the package that has it, and the tests that need it are skipped', () => {
  vi.stubEnv('CI', 'false')
  const said: string[] = []
  vi.spyOn(console, 'warn').mockImplementation(text => void said.push(String(text)))
  expect(needs('no-such-program', 'no-such-package')).toBe(false)
  expect(said.join('')).toMatch(/SKIPPED:.*no-such-program.*apt-get install no-such-package/)
})

test('in CI a missing program is a failure', () => {
  vi.stubEnv('CI', 'true')
  expect(() => needs('no-such-program')).toThrow(/no-such-program.*every test runs/)
})
