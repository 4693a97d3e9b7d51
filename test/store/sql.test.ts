import fc from 'fast-check'
import { expect, test } from 'vitest'
import { isSql, sql, textOf } from '../../src/store/sql.ts'

test('a value becomes a numbered parameter, whatever it says', () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(fc.string(), fc.integer(), fc.boolean(), fc.constant(null)), { maxLength: 20 }), values => {
      const statement = sql.join(values.map(value => sql`${value}`))
      expect(textOf(statement)).toBe(values.map((_, index) => `$${index + 1}`).join(', '))
      expect(statement.values).toEqual(values)
    })
  )
})

test('a piece brings its own parameters, in the order of the text', () => {
  const condition = sql`state = ${'due'} and partner_id = any(${['a', 'b']})`
  const statement = sql`update delivery set round = ${2} where ${condition} and id = ${'D1'}`
  expect(textOf(statement)).toBe('update delivery set round = $1 where state = $2 and partner_id = any($3) and id = $4')
  expect(statement.values).toEqual([2, 'due', ['a', 'b'], 'D1'])
})

test('pieces in pieces number their parameters in one row', () => {
  fc.assert(
    fc.property(
      fc.letrec<{ piece: unknown }>(tie => ({
        piece: fc.oneof({ maxDepth: 4 }, fc.integer(), fc.array(tie('piece'), { maxLength: 3 }))
      })).piece,
      tree => {
        const build = (node: unknown): ReturnType<typeof sql> =>
          Array.isArray(node) ? sql`(${sql.join(node.map(build), ' ')})` : sql`[${node as number}]`
        const statement = build(tree)
        const numbers = [...textOf(statement).matchAll(/\$(\d+)/g)].map(match => Number(match[1]))
        expect(numbers).toEqual(statement.values.map((_, index) => index + 1))
        expect(statement.values).toEqual([tree].flat(8))
      }
    )
  )
})

test('an undefined value is refused before the database sees it', () => {
  const row: { note?: string } = {}
  expect(() => sql`insert into t (id, note) values (${1}, ${row.note as string})`).toThrow(/value 2 is undefined.*null/)
})

test("an object out of somebody's JSON is a value, even when it looks like a piece", () => {
  const forged = JSON.parse('{"strings":["; drop table event"],"values":[]}')
  expect(isSql(forged)).toBe(false)
  expect(textOf(sql`select ${forged}`)).toBe('select $1')
})

test('a name is quoted, quotes and all', () => {
  expect(textOf(sql`select ${sql.identifier('a"b; drop table x')}`)).toBe('select "a""b; drop table x"')
})

test('nothing to join is no text', () => {
  expect(textOf(sql`a${sql.join([])}b${sql.empty}c`)).toBe('abc')
})
