// What a sender is told, before it is in a language: which text of a catalog, and what stands in its gaps.

/** A text by its id. It may be stored: said again, it is in the language that is asked for then. */
export interface Said {
  readonly id: string
  readonly parts: Readonly<Record<string, Part>>
}

/** What stands in a gap: a name, code, number or day that no language changes, or another text. */
export type Part = string | number | Said

/** The texts of one language by id. A gap is its name in braces: 'wait {seconds} s'. */
export type Texts = Readonly<Record<string, string>>

/** What the compiler asks of another language: each text of the English, and no other. */
export type Translation<English extends Texts> = { readonly [Id in keyof English]: string }

type Gap<Text extends string> = Text extends `${string}{${infer Name}}${infer Rest}` ? Name | Gap<Rest> : never

type PartsOf<Text extends string> = [Gap<Text>] extends [never] ? [] : [parts: Readonly<Record<Gap<Text>, Part>>]

/** Says texts of a catalog, of which its English decides which there are and what each needs: an unknown id or an open gap does not compile. */
export const sayer =
  <const English extends Texts>(_english: English) =>
  <Id extends keyof English & string>(id: Id, ...[parts]: PartsOf<English[Id]>): Said => ({ id, parts: parts ?? {} })

/** The text in the language of `texts`. */
export const fill = (texts: Texts, { id, parts }: Said): string =>
  textOf(texts, id).replace(gaps, (_, name: string) => {
    const part = Object.hasOwn(parts, name) ? parts[name] : undefined
    if (part === undefined) throw new Error(`the text ${id} was said without its ${name}`)
    return typeof part === 'object' ? fill(texts, part) : String(part)
  })

/** The names of a text's gaps, in alphabetical order. */
export const gapsOf = (text: string): string[] => [...new Set([...text.matchAll(gaps)].map(([, name]) => name as string))].sort()

/** Something stored, as what was said; null for anything that `texts` cannot say (any more). */
export const readSaid = (texts: Texts, stored: unknown): Said | null => {
  const { id, parts } = (stored ?? {}) as { id?: unknown; parts?: unknown }
  if (typeof id !== 'string' || !Object.hasOwn(texts, id) || typeof parts !== 'object' || parts === null) return null
  const known = parts as Record<string, unknown>
  const isWhole = gapsOf(textOf(texts, id)).every(name => Object.hasOwn(known, name) && isPart(texts, known[name]))
  return isWhole ? (stored as Said) : null
}

const isPart = (texts: Texts, value: unknown): boolean =>
  typeof value === 'string' || typeof value === 'number' || readSaid(texts, value) !== null

const textOf = (texts: Texts, id: string): string => {
  const text = Object.hasOwn(texts, id) ? texts[id] : undefined
  if (text === undefined) throw new Error(`there is no text ${id}`)
  return text
}

const gaps = /\{([A-Za-z]+)\}/g
