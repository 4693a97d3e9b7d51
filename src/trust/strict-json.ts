// JSON from outside, parsed without surprises: bounded depth, each member once, no member names that reach a prototype, text that is really UTF-8.
import type { Said } from '../domain/words/said.ts'
import { inEnglish, says } from './words/words.ts'

/** The text or bytes are not JSON that we take; `said` says why, as the end of a sentence, and never quotes them. */
export class NotStrictJson extends Error {
  override name = 'NotStrictJson'
  readonly said: Said
  constructor(said: Said) {
    super(inEnglish(said))
    this.said = said
  }
}

/** Deeper than any document we know of, and far from where recursive code overflows. */
export const jsonDepthMax = 32

/**
 * Parses JSON text or bytes (UTF-8, no byte order mark). Throws `NotStrictJson` for malformed text, nesting beyond 32, members that an
 * object has twice, and members named `__proto__`, `constructor` or `prototype` anywhere.
 */
export function parseStrictJson(input: string | Uint8Array): unknown {
  const text = typeof input === 'string' ? input : decodeUtf8(input)
  const value = parse(text)
  // One reader takes the first of two, another the last: what was signed would say different things to each.
  if (refuseDangerous(value) !== membersIn(text)) throw new NotStrictJson(says('json-ambiguous'))
  return value
}

/** Whether the value is a JSON object, not an array or null. */
export const isJsonObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

function decodeUtf8(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes)
  } catch {
    throw new NotStrictJson(says('json-utf8'))
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // The engine's message quotes the text, which may hold a person's data.
    throw new NotStrictJson(says('json-syntax'))
  }
}

const isDangerous = (name: string): boolean => name === '__proto__' || name === 'constructor' || name === 'prototype'

const [quote, backslash, colon] = ['"', '\\', ':'].map(sign => sign.charCodeAt(0))

/** Each member of valid JSON has one colon outside of texts. */
function membersIn(json: string): number {
  let members = 0
  let isText = false
  for (let at = 0; at < json.length; at++) {
    const sign = json.charCodeAt(at)
    if (sign === quote) isText = !isText
    else if (isText && sign === backslash) at += 1
    else if (!isText && sign === colon) members += 1
  }
  return members
}

/** Level by level, so that depth costs no stack. @returns how many members its objects have. */
function refuseDangerous(root: unknown): number {
  let members = 0
  let level: unknown[] = [root]
  for (let depth = 0; level.length > 0; depth++) {
    const next: unknown[] = []
    for (const value of level) {
      if (typeof value !== 'object' || value === null) continue
      if (depth >= jsonDepthMax) throw new NotStrictJson(says('json-depth', { levels: jsonDepthMax }))
      if (Array.isArray(value)) {
        for (const item of value) next.push(item)
        continue
      }
      for (const name of Object.keys(value)) {
        if (isDangerous(name)) throw new NotStrictJson(says('json-name', { name }))
        next.push((value as Record<string, unknown>)[name])
        members += 1
      }
    }
    level = next
  }
  return members
}
