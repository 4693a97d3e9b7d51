// Who may import whom: the repository keeps to its floors, and a source that does not is found with its line and the rule.
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { findViolations, floorSources } from '../scripts/floors.ts'

const root = path.resolve(import.meta.dirname, '..')
const rulesOf = (file: string, text: string) => findViolations([{ file, text }]).map(({ line, rule }) => `${line}: ${rule}`)

describe('the floors', () => {
  it('are kept by every source of the repository', () => {
    const sources = floorSources(root)
    expect(sources.length).toBeGreaterThan(50)
    expect(findViolations(sources).map(({ file, line, rule }) => `${file}:${line} ${rule}`)).toEqual([])
  })

  const broken: [string, string, RegExp][] = [
    ['schemas/person.ts', "import { x } from '../src/domain/errors.ts'", /^1: schemas import zod and each other only/],
    ['schemas/person.ts', "import { createHash } from 'node:crypto'", /schemas import zod and each other only \(imports node:crypto\)/],
    ['src/domain/fold.ts', "\nimport { sql } from '../store/sql.ts'", /^2: the domain imports/],
    ['adapters/contract.ts', "import { x } from './gecco/index.ts'", /the door imports schemas only/],
    ['adapters/gecco/map.ts', "import { x } from '../consulate/map.ts'", /never a sibling/],
    ['adapters/gecco/map.ts', "import { x } from '../../src/domain/fold.ts'", /never src/],
    ['adapters/gecco/map.ts', "const x = await import('../../src/trust/keys.ts')", /never src/],
    ['adapters/gecco/map.ts', "let x: import('../../src/trust/keys.ts').Key", /never src/],
    ['adapters/gecco/index.ts', "import { startSandbox } from './sandbox.ts'", /double is no part/],
    ['adapters/gecco/transport.ts', "import { request } from 'undici'", /through its context alone/],
    ['adapters/gecco/transport.ts', "await fetch('https://example.org')", /no global fetch/],
    ['adapters/lib/soap.ts', "import { parseString } from 'xml2js'", /only adapters\/lib\/xml.ts imports xml2js/],
    ['src/store/people.ts', "import { seal } from '../trust/seal.ts'", /the store imports/],
    ['src/trust/seal.ts', "import { sql } from '../store/sql.ts'", /trust imports/],
    ['src/queue/queue.ts', "import { sql } from '../store/sql.ts'", /the queue imports/],
    ['src/store/people.ts', "import { SignJWT } from 'jose'", /only src\/trust\/ imports jose/],
    ['src/flow/relay.ts', "import { Queue } from 'bullmq'", /only src\/queue\/ imports bullmq/],
    ['src/flow/relay.ts', "import { openQueues } from '../queue/queue.ts'", /arrive as arguments/],
    ['src/flow/relay.ts', "export * from '../http/app.ts'", /flow imports/],
    ['src/http/app.ts', "import { start } from '../roles/api.ts'", /http imports/],
    ['src/store/database.ts', 'const url = process.env.DATABASE_URL', /only src\/main.ts reads process.env/],
    ['src/store/database.ts', 'const { env: settings } = process', /only src\/main.ts reads process.env/],
    ['src/store/database.ts', "const url = globalThis.process['env'].X", /only src\/main.ts reads process.env/],
    ['adapters/gecco/map.ts', "import { env } from 'node:process'", /only src\/main.ts reads process.env/],
    ['src/attic/old.ts', "import { x } from '../domain/fold.ts'", /stands on no floor/]
  ]
  it.each(broken)('are broken by %s with: %s', (file, text, rule) => {
    expect(rulesOf(file, text).join('\n')).toMatch(rule)
  })

  const kept: [string, string][] = [
    ['schemas/person.ts', "import { z } from 'zod'\nimport { text } from './primitives.ts'"],
    [
      'adapters/gecco/map.ts',
      "import type { Outcome } from '../contract.ts'\nimport { x } from '../lib/xml.ts'\nimport { y } from './wire.ts'"
    ],
    ['adapters/gecco/sandbox.ts', "import { createServer } from 'node:http'\nawait fetch('http://127.0.0.1')"],
    ['adapters/gecco/transport.ts', "export const send = async ({ fetch }: Context) => { await fetch('https://example.org') }"],
    ['src/flow/relay.ts', "import { sql } from '../store/sql.ts'\nimport { seal } from '../trust/seal.ts'"],
    ['src/main.ts', "import { api } from './roles/api.ts'\nconst url = process.env.DATABASE_URL"],
    ['src/store/database.ts', "// process.env is read in main.ts\nconst text = 'process.env'"]
  ]
  it.each(kept)('are kept by %s with: %s', (file, text) => {
    expect(rulesOf(file, text)).toEqual([])
  })
})
