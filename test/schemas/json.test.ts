// The generated JSON Schemas: committed as generated, and of the same mind as zod in the hands of an independent validator.
import { execFileSync, spawnSync } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { Ajv2020 } from 'ajv/dist/2020.js'
import fc from 'fast-check'
import { afterAll, describe, expect, test } from 'vitest'
import { eventPayload, eventTypes } from '../../schemas/event.ts'
import { fieldPaths } from '../../schemas/field.ts'
import { driftOf, generateSchemas, writeSchemas } from '../../scripts/generate-schemas.ts'
import { project } from '../../src/domain/disclosure.ts'
import { fullPayload, leavesOf, sampleOffer, samplePlacement } from './sample.ts'

const root = path.resolve(import.meta.dirname, '../..')
const folder = mkdtempSync(path.join(tmpdir(), 'jisr-schemas-'))
afterAll(() => rmSync(folder, { recursive: true }))

test('the committed files are what the schemas give', () => {
  expect(() => execFileSync(process.execPath, ['scripts/generate-schemas.ts', '--check'], { cwd: root, stdio: 'pipe' })).not.toThrow()
})

test('a file that was changed, lost or left over is named, and generating again mends it', () => {
  cpSync(path.join(root, 'schemas/json'), folder, { recursive: true })
  expect(driftOf(folder)).toEqual([])
  writeFileSync(path.join(folder, 'visa.issued.json'), '{}\n')
  writeFileSync(path.join(folder, 'visa.invented.json'), '{}\n')
  rmSync(path.join(folder, 'offer-record.json'))
  expect(driftOf(folder)).toEqual(['offer-record.json', 'visa.invented.json', 'visa.issued.json'])
  writeSchemas(folder)
  expect(driftOf(folder)).toEqual([])
})

test('a folder without files drifts in every file, and the command says what to run', () => {
  expect(driftOf(path.join(folder, 'none'))).toHaveLength(generateSchemas().size)
  const copy = path.join(folder, 'project')
  for (const name of ['schemas', 'scripts/generate-schemas.ts', 'package.json'])
    cpSync(path.join(root, name), path.join(copy, name), { recursive: true })
  symlinkSync(path.join(root, 'node_modules'), path.join(copy, 'node_modules'))
  rmSync(path.join(copy, 'schemas/json/visa.issued.json'))
  const { status, stderr } = spawnSync(process.execPath, ['scripts/generate-schemas.ts', '--check'], { cwd: copy, encoding: 'utf8' })
  expect([status, stderr]).toEqual([
    1,
    'schemas/json/visa.issued.json is not what schemas/ gives: run node scripts/generate-schemas.ts and commit it\n'
  ])
})

test('generating twice gives the same bytes', () => {
  expect([...generateSchemas()]).toEqual([...generateSchemas()])
})

const ajv = new Ajv2020({ strict: false, inlineRefs: false, formats: { date: true, 'date-time': true, uuid: true } })
ajv.addSchema(JSON.parse(readFileSync(path.join(root, 'schemas/json/sent-record.json'), 'utf8')) as object)
const compiled = (name: string) => ajv.compile(JSON.parse(readFileSync(path.join(root, 'schemas/json', `${name}.json`), 'utf8')) as object)

describe('an independent validator', () => {
  test.each(eventTypes)('accepts the full payload of %s and refuses an unknown member', type => {
    const validate = compiled(type)
    validate(fullPayload(type))
    expect(validate.errors).toBeNull()
    expect(validate({ ...fullPayload(type), income: 1 })).toBe(false)
  })

  test('wants the same core facts as zod', () => {
    for (const type of eventTypes) expect([type, compiledOnce(type)({})]).toEqual([type, eventPayload(type).safeParse({}).success])
    const registered = fullPayload('candidate.registered')
    const { documents: _, ...rest } = registered
    const { identifiers: __, ...nobody } = registered.person as Record<string, unknown>
    expect(compiledOnce('candidate.registered')({ ...rest, person: nobody })).toBe(false)
  })

  test('never refuses what zod accepts', () => {
    const value = fc.oneof(
      fc.string({ unit: 'grapheme', maxLength: 12 }),
      fc.constantFrom('2026-01-12', '2026-01-12T10:00:00+01:00', 'MAR', 'A1', '41.00', 'Ñandú', 'علي', '\u{1F6A2}', 'X2482300W'),
      fc.integer({ min: -1, max: 3000 }),
      fc.constantFrom(null, true, 2.5)
    )
    fc.assert(
      fc.property(fc.constantFrom(...eventTypes), fc.nat(), value, (type, seed, replacement) => {
        const payload = fullPayload(type)
        const leaves = leavesOf(payload)
        const leaf = leaves[seed % leaves.length]
        if (leaf) leaf.holder[leaf.member] = replacement
        if (eventPayload(type).safeParse(payload).success) expect(compiledOnce(type)(payload)).toBe(true)
      }),
      { numRuns: 2000 }
    )
  })

  test('never refuses what a stream is sent, whatever of it its recipient may read', () => {
    const record = { ...samplePlacement, offerDetails: sampleOffer.offerDetails }
    fc.assert(
      fc.property(fc.constantFrom(...eventTypes), fc.subarray(fieldPaths), (type, reads) => {
        const validate = compiledOnce(type)
        validate({ campaign: 2026, ...project(record, reads), version: 3 })
        expect(validate.errors).toBeNull()
        expect(validate({ ...project(record, reads), version: 3, income: 1 })).toBe(false)
        expect(validate({ ...project(record, reads), version: '3' })).toBe(false)
      }),
      { numRuns: 100 }
    )
  })

  test('accepts the full records', () => {
    expect(compiled('placement-record')(samplePlacement)).toBe(true)
    expect(compiled('offer-record')(sampleOffer)).toBe(true)
  })
})

const compiledOnce = (name: string) => ajv.getSchema(`urn:jisr:schema:v1:${name}`) ?? compiled(name)
