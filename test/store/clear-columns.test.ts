// Which columns are in clear: the lists in ARCHITECTURE.md against the catalogue, and a person's data against every row of a house at work.
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { sql } from '../../src/store/database.ts'
import { tablesHolding } from '../support/canary.ts'
import { referencePartner, testHouse, until } from '../support/house.ts'
import { registration } from '../support/people.ts'

const t = await testHouse()
const { owner } = t.database

interface Listed {
  column: string
  why: string
}

/** The rows of the table under a heading of ARCHITECTURE.md: `| table | columns | why |`. */
const listedUnder = (heading: string): Listed[] => {
  const text = readFileSync(new URL('../../ARCHITECTURE.md', import.meta.url), 'utf8')
  const section = text.split(`\n### ${heading}\n`)[1]?.split(/\n#{2,3} /)[0]
  if (section === undefined) throw new Error(`ARCHITECTURE.md has no section "${heading}": the lists of columns stand there`)
  return section
    .split('\n')
    .filter(line => line.startsWith('| `'))
    .flatMap(line => {
      const [, table = '', columns = '', why = ''] = line.split('|').map(cell => cell.trim())
      return [...columns.matchAll(/`([^`]+)`/g)].map(match => ({ column: `${table.replaceAll('`', '')}.${match[1]}`, why }))
    })
}

const inClear = listedUnder('Columns in clear')
const notInClear = listedUnder('Columns that are not')

const columns = await owner.query<{ column: string; type: string }>(sql`
  select c.relname || '.' || a.attname as column, a.atttypid::regtype::text as type from pg_class c join pg_attribute a on a.attrelid = c.oid
  where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition and a.attnum > 0 and not a.attisdropped`)
const named = (list: readonly { column: string }[]) => list.map(({ column }) => column).toSorted()

describe('the list of columns in ARCHITECTURE.md', () => {
  test('names every column that is not bytes, and none that is gone: a new one needs a reason there, or to be sealed', () => {
    expect(named(inClear)).toEqual(named(columns.filter(({ type }) => type !== 'bytea')))
  })

  test('says of every column of bytes what protects it', () => {
    expect(named(notInClear)).toEqual(named(columns.filter(({ type }) => type === 'bytea')))
  })

  test('gives a reason for each', () => {
    expect([...inClear, ...notInClear].filter(({ why }) => why.split(' ').length < 3)).toEqual([])
  })
})

test('no row of any table, the queue’s included, holds what a registration said of a person, in clear or as plain bytes', async () => {
  const partner = await referencePartner(t, 'partner-one', [{ type: 'candidate.registered' }])
  await t.startWorker()
  const payload = registration(7)
  const secrets = secretsOf(payload)
  expect(secrets.length).toBeGreaterThan(5)
  await t.submit({ person: 'worker-of-the-agency-7', type: 'candidate.registered', at: '2026-01-10T09:00:00Z', payload })
  await until('the partner has it', async () => (await partner.journal()).length > 0)
  await until('it is settled', async () => (await owner.query(sql`select id from delivery where state = 'accepted'`)).length > 0)

  const { found, looked } = await tablesHolding(owner, [...secrets, 'worker-of-the-agency-7'])
  expect(looked).toBeGreaterThan(30)
  expect(found).toEqual([])
})

/** Names, numbers and dates of the person's own sections: what nobody without her key may read. */
const secretsOf = (payload: Record<string, unknown>): string[] => {
  const found: string[] = []
  const visit = (value: unknown, depth: number) => {
    if (depth > 10) return
    if (typeof value === 'string') {
      if (value.length >= 6) found.push(value)
    } else if (typeof value === 'object' && value !== null) for (const member of Object.values(value)) visit(member, depth + 1)
  }
  visit(payload.person, 0)
  visit(payload.documents, 0)
  return found.filter(value => !/^(?:MA-|PASSPORT$)/.test(value))
}
