import { readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { generateOpenapi } from '../../scripts/generate-openapi.ts'
import { clientScopeNames } from '../../src/domain/client-scopes.ts'
import { checkClient } from '../../src/flow/administer.ts'

interface Operation {
  operationId?: string
  security?: Record<string, string[]>[]
  responses: Record<string, { content?: Record<string, unknown> }>
}

const text = await generateOpenapi()
const document = JSON.parse(text) as {
  openapi: string
  paths: Record<string, Record<string, Operation>>
  webhooks: Record<string, unknown>
}
const operations = Object.entries(document.paths).flatMap(([route, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ route, method, operation }))
)

describe('the OpenAPI document', () => {
  it('is committed as it is generated', () => {
    expect(readFileSync(path.resolve(import.meta.dirname, '../../openapi/gateway.json'), 'utf8')).toBe(text)
  })

  it('is 3.1 with webhooks, and names each operation once', () => {
    expect(document.openapi).toMatch(/^3\.1\./)
    expect(Object.keys(document.webhooks)).not.toHaveLength(0)
    const names = operations.map(({ operation }) => operation.operationId)
    expect(names.every(Boolean)).toBe(true)
    expect(new Set(names).size).toBe(names.length)
  })

  it('writes errors in the dialect of the surface: OAuth at /oauth, SET at POST /v1/sets, SCSP for who asks too often there, problems elsewhere', () => {
    for (const { route, method, operation } of operations) {
      const dialect = route.startsWith('/oauth/')
        ? 'application/json'
        : route === '/v1/sets' && method === 'post'
          ? 'application/json'
          : 'application/problem+json'
      const errors = Object.entries(operation.responses).filter(([status]) => status.startsWith('4'))
      for (const [status, response] of errors) {
        const spoken = route === '/scsp/{service}' && status === '429' ? 'text/xml' : dialect
        expect([route, method, status, Object.keys(response.content ?? {})]).toEqual([route, method, status, [spoken]])
      }
    }
  })

  it('says of every operation whether a token is needed', () => {
    for (const { route, method, operation } of operations)
      expect([route, method, Array.isArray(operation.security)]).toEqual([route, method, true])
  })

  it('opens something with every scope that a client may be registered for, and nothing with another', () => {
    const opening = new Set(operations.flatMap(({ operation }) => (operation.security ?? []).flatMap(({ oauth }) => oauth ?? [])))
    expect([...opening].sort()).toEqual([...clientScopeNames].sort())
    for (const scope of ['webhook.manage', 'onboarding.write'])
      expect(() => checkClient({ id: 'one', name: 'One', role: 'employer', scopes: [scope], reason: 'test' })).toThrow(
        /^unknown scopes: .*; there are: set\.push, /
      )
  })
})
