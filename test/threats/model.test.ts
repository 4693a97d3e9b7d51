// The table of the threat model and the tests of this folder, held to each other: no threat without a test, no test without a threat.
import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'

const table = readFileSync(path.resolve(import.meta.dirname, '../../docs/threat-model.md'), 'utf8')
  .split('\n')
  .filter(line => line.startsWith('| '))
  .map(line => line.split('|').map(cell => cell.trim()))
const threats = table.filter(cells => /^[STRIDE](?:, [STRIDE])*$/.test(cells[2] ?? ''))

const named = threats.flatMap(cells =>
  [...(cells[4] ?? '').matchAll(/`([\w-]+\.test\.ts)` “([^”]+)”/g)].map(([, file, name]) => `${file} ${name}`)
)

/** A test's name begins with its threat's and a colon; what stands behind says what holds. */
const written = readdirSync(import.meta.dirname)
  .filter(file => file.endsWith('.test.ts') && file !== path.basename(import.meta.filename))
  .flatMap(file =>
    [...readFileSync(path.join(import.meta.dirname, file), 'utf8').matchAll(/^ *test\b[^']*'([^'\n]+)'/gm)].map(
      ([, name]) => `${file} ${name}`
    )
  )

test('every threat has a control that names a file and a test that is there', () => {
  expect(threats.length).toBeGreaterThan(20)
  for (const cells of threats) {
    expect(cells[3], cells[1]).toMatch(/`(?:src|adapters|schemas|scripts)\//)
    expect(cells[4], cells[1]).toMatch(/`[\w-]+\.test\.ts` “/)
  }
  expect(named.filter(name => !written.some(test => test.startsWith(`${name}: `)))).toEqual([])
})

test('every test of a threat stands in the table', () => {
  expect(written.length).toBeGreaterThan(20)
  expect(written.filter(test => !named.some(name => test.startsWith(`${name}: `)))).toEqual([])
})
