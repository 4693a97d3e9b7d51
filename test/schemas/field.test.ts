// The table of fields against the record: every member has a privacy class, and every path leads somewhere.
import { describe, expect, test } from 'vitest'
import { documentTypes } from '../../schemas/codes.ts'
import { type FieldPath, fieldPaths, fieldTable, privacyClasses, privacyClassOf, stepsOf } from '../../schemas/field.ts'
import { identifierSchemes } from '../../schemas/identifiers.ts'
import { sampleOffer, samplePlacement } from './sample.ts'

const record: Record<string, unknown> = { ...samplePlacement, offerDetails: sampleOffer.offerDetails }

/** Every leaf of the sample, which has every member, as paths; entries of the two lists by their type or scheme. */
const leafPaths = (value: unknown, path: string): string[] => {
  if (path === 'documents' || path === 'person.identifiers')
    return (value as { type?: string; scheme?: string }[]).map(entry => `${path}[${entry.type ?? entry.scheme}]`)
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [path]
  return Object.entries(value).flatMap(([member, inner]) => leafPaths(inner, path === '' ? member : `${path}.${member}`))
}

test.each(leafPaths(record, ''))('%s has a privacy class, its own or that of a block around it', path => {
  expect(fieldPaths.filter(field => path === field || path.startsWith(`${field}.`))).not.toEqual([])
})

test.each(fieldPaths)('%s leads to something in a full record', path => {
  const { members, entries } = stepsOf(path)
  const found = members.reduce<unknown>((value, member) => (value as Record<string, unknown> | undefined)?.[member], record)
  expect(found).toBeDefined()
  if (entries) expect(found).toContainEqual(expect.objectContaining({ [entries.member]: entries.value }))
})

test('every type of document and every scheme of identifier has its own path', () => {
  for (const type of documentTypes) expect(fieldTable).toHaveProperty([`documents[${type}]`])
  for (const scheme of identifierSchemes) expect(fieldTable).toHaveProperty([`person.identifiers[${scheme}]`])
})

test('a list of mixed privacy cannot be asked for as a whole', () => {
  for (const path of ['documents', 'person.identifiers', 'person', 'visa', 'authorization']) expect(fieldPaths).not.toContain(path)
})

test('a block and its members never differ in class', () => {
  for (const outer of fieldPaths)
    for (const inner of fieldPaths.filter(path => path.startsWith(`${outer}.`))) expect(privacyClassOf(inner)).toBe(privacyClassOf(outer))
})

test('every class is used', () => {
  expect([...new Set(Object.values(fieldTable))].sort()).toEqual([...privacyClasses].sort())
})

describe('the numbers that tell who somebody is', () => {
  test.each([
    ['person.identifiers[MA-CNIE]', 'cnie'],
    ['documents[CNIE]', 'cnie'],
    ['person.identifiers[PASSPORT]', 'passport'],
    ['authorization.nie', 'nie'],
    ['callback.nie', 'nie'],
    ['person.identifiers[ES-NIE]', 'nie'],
    ['stay.nuss', 'nuss'],
    ['person.identifiers[ES-NUSS]', 'nuss'],
    ['visa.criminalRecord', 'criminalRecord'],
    ['visa.medicalCertificate', 'medicalCertificate']
  ] as [FieldPath, string][])('%s is of the class %s', (path, privacyClass) => {
    expect(privacyClassOf(path)).toBe(privacyClass)
  })
})
