// The small table at the end of a run.
import { describe, expect, it } from 'vitest'
import { tableLines } from '../../src/roles/table.ts'

describe('a table', () => {
  it('sets numbers to the right and text to the left, every column as wide as its longest cell', () => {
    expect(
      tableLines(
        ['partner', 'accepted'],
        [
          ['gecco', 12_345],
          ['tangier', 7]
        ]
      )
    ).toEqual(['partner  accepted', '───────  ────────', 'gecco      12,345', 'tangier         7'])
  })

  it('cuts a line that is wider than the terminal', () => {
    const [, , line] = tableLines(['case', 'what'], [['1', 'x'.repeat(200)]], { widthMax: 40 })
    expect(line).toHaveLength(40)
    expect(line?.endsWith('…')).toBe(true)
  })

  it('refuses a row with a cell too many', () => {
    expect(() => tableLines(['one'], [['a', 'b']])).toThrow(/row 0/)
  })

  it('has only its head when there are no rows', () => expect(tableLines(['one', 'two'], [])).toHaveLength(2))
})
