// JSON from outside, parsed without surprises: bounded depth, no member names that reach a prototype, text that is really UTF-8.

/** The text or bytes are not JSON that we take; `reason` says why and never quotes them. */
export class NotStrictJson extends Error {
  override name = 'NotStrictJson'
}

/** Deeper than any document we know of, and far from where recursive code overflows. */
export const jsonDepthMax = 32

/**
 * Parses JSON text or bytes (UTF-8, no byte order mark). Throws `NotStrictJson` for malformed text, nesting beyond 32, and members
 * named `__proto__`, `constructor` or `prototype` anywhere.
 */
export function parseStrictJson(input: string | Uint8Array): unknown {
  const value = parse(typeof input === 'string' ? input : decodeUtf8(input))
  refuseDangerous(value)
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
    throw new NotStrictJson('not UTF-8 text')
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // The engine's message quotes the text, which may hold a person's data.
    throw new NotStrictJson('not valid JSON')
  }
}

const isDangerous = (name: string): boolean => name === '__proto__' || name === 'constructor' || name === 'prototype'

/** Level by level, so that depth costs no stack. */
function refuseDangerous(root: unknown): void {
  let level: unknown[] = [root]
  for (let depth = 0; level.length > 0; depth++) {
    const next: unknown[] = []
    for (const value of level) {
      if (typeof value !== 'object' || value === null) continue
      if (depth >= jsonDepthMax) throw new NotStrictJson(`nested more than ${jsonDepthMax} levels deep`)
      if (Array.isArray(value)) {
        for (const item of value) next.push(item)
        continue
      }
      for (const name of Object.keys(value)) {
        if (isDangerous(name)) throw new NotStrictJson(`a member named "${name}" is not allowed`)
        next.push((value as Record<string, unknown>)[name])
      }
    }
    level = next
  }
}
