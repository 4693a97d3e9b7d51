import { describe, expect, it } from 'vitest'
import { forbidden } from '../../src/domain/disclosure.ts'
import { fieldsFor, reachOf, readerRole } from '../../src/domain/reading.ts'

const roles = ['origin-agency', 'migration-authority', 'employer-before-grant', 'employer-after-grant'] as const

describe('the fields a client reads', () => {
  it('are within what the minimisation matrix gives its role, and named once', () => {
    for (const kind of ['placement', 'authorization'] as const) {
      for (const role of roles) {
        expect([kind, role, forbidden(fieldsFor(kind, role), role)]).toEqual([kind, role, []])
        expect(new Set(fieldsFor(kind, role)).size).toBe(fieldsFor(kind, role).length)
      }
    }
  })

  it('are fewer for an employer before the grant than after', () => {
    const reach = { of: 'employer', employer: 'B21012345' } as const
    expect(readerRole(reach, {})).toBe('employer-before-grant')
    expect(readerRole(reach, { authorization: { decision: 'REFUSED' } })).toBe('employer-before-grant')
    expect(readerRole(reach, { authorization: { decision: 'GRANTED' } })).toBe('employer-after-grant')
    expect(fieldsFor('placement', 'employer-before-grant')).not.toContain('documents[PASSPORT]')
  })
})

describe('what a client reaches', () => {
  const client = { id: 'c', agency: null, employer: null }
  it('is its agency’s, its employer’s or all, and nothing for a role without records', () => {
    expect(reachOf({ ...client, role: 'origin-agency', agency: 'ANP-KEN-01' })).toEqual({ of: 'agency', agency: 'ANP-KEN-01' })
    expect(reachOf({ ...client, role: 'origin-agency' })).toEqual({ of: 'told', clientId: 'c' })
    expect(reachOf({ ...client, role: 'authority' })).toEqual({ of: 'all' })
    expect(reachOf({ ...client, role: 'employer', employer: 'B21012345' })).toEqual({ of: 'employer', employer: 'B21012345' })
    for (const role of ['employer', 'carrier', 'statistics', '', 'admin']) expect(reachOf({ ...client, role })).toBeNull()
  })
})
