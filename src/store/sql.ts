// The `sql` tag: a statement's text and its values travel apart, so no value can ever become code.

/** Marks what the tag made. A symbol cannot come out of anybody's JSON, so an object that only looks like a piece is a value like any other. */
const brand: unique symbol = Symbol('sql')

/** A statement, or a piece of one. Made by `sql` only: its text is the program's own, its values are parameters. */
export interface Sql {
  readonly [brand]: 'statement' | 'script'
  readonly strings: readonly string[]
  readonly values: readonly Value[]
}

/** An array becomes a PostgreSQL array; any other object becomes JSON (write `sql.json` for an array that is to be JSON). */
export type Value = string | number | bigint | boolean | Date | Uint8Array | null | readonly Value[] | object

/**
 * Tagged template for a statement. A value becomes a parameter, another `sql` piece is spliced in with its own parameters.
 * @throws TypeError when a value is undefined: say null where null is meant, so that a forgotten field is found here and not in the database.
 */
const tag = (strings: TemplateStringsArray, ...parts: readonly (Value | Sql)[]): Sql => {
  const texts: string[] = [strings[0] ?? '']
  const values: Value[] = []
  for (const [index, part] of parts.entries()) {
    const after = strings[index + 1] ?? ''
    if (part === undefined) throw new TypeError(`sql: value ${index + 1} is undefined; write null where null is meant`)
    if (!isSql(part)) {
      values.push(part)
      texts.push(after)
      continue
    }
    texts[texts.length - 1] += part.strings[0] ?? ''
    texts.push(...part.strings.slice(1))
    values.push(...part.values)
    texts[texts.length - 1] += after
  }
  return make(texts, values)
}

export const sql = Object.assign(tag, {
  /** No text at all: the piece for a condition that does not apply. */
  empty: make([''], []),
  /** Puts pieces one after another; `separator` is part of the program, never a value. */
  join: (pieces: readonly Sql[], separator = ', '): Sql =>
    pieces.reduce((joined, piece, index) => (index === 0 ? piece : tag`${joined}${make([separator], [])}${piece}`), make([''], [])),
  /** A table's or column's name, quoted. */
  identifier: (name: string): Sql => make([`"${name.replaceAll('"', '""')}"`], []),
  /** A value as JSON; needed where an array is meant as JSON and not as a PostgreSQL array. */
  json: (value: unknown): Sql => make(['', ''], [JSON.stringify(value)]),
  /** A trusted script of several statements without values, such as a migration file; it goes by the simple protocol. */
  script: (text: string): Sql => make([text], [], 'script')
})

export const isSql = (value: unknown): value is Sql => typeof value === 'object' && value !== null && brand in value

/** True for a script: it may hold several statements and is never prepared. */
export const isScript = (statement: Sql): boolean => statement[brand] === 'script'

/** The text with its parameters numbered, as PostgreSQL wants it. */
export const textOf = (statement: Sql): string => {
  let text = statement.strings[0] ?? ''
  for (let index = 1; index < statement.strings.length; index++) text += `$${index}${statement.strings[index]}`
  return text
}

function make(strings: readonly string[], values: readonly Value[], kind: 'statement' | 'script' = 'statement'): Sql {
  return { [brand]: kind, strings, values }
}
