// How a patch changes the record: RFC 7396, except that documents and identifiers are collections with keys.

export type JsonObject = { readonly [member: string]: unknown }

/** Lists that grow by key: a passport renewed in March is a second document, not a new first one. */
const keyedUnions: Readonly<Record<string, (item: JsonObject) => string>> = {
  documents: item => JSON.stringify([item.type, item.number]),
  'person.identifiers': item => JSON.stringify([item.scheme, item.value])
}

const depthMax = 32

/**
 * The record with the patch applied; neither argument is changed. Objects merge, scalars and lists replace, null removes (RFC 7396), and
 * `documents` (by type and number) and `person.identifiers` (by scheme and value) unite: an item with a known key is merged into its
 * predecessor, any other is appended.
 * @throws RangeError when the patch is nested deeper than 32.
 */
export const merge = (record: JsonObject, patch: JsonObject): JsonObject => mergeAt(record, patch, '', 0)

const mergeAt = (target: JsonObject, patch: JsonObject, path: string, depth: number): JsonObject => {
  if (depth > depthMax) throw new RangeError(`A patch may be nested ${depthMax} deep at most.`)
  const merged: Record<string, unknown> = { ...target }
  for (const [member, value] of Object.entries(patch)) {
    // An own "__proto__" member, which JSON.parse can make, would change the prototype instead of the record.
    if (member === '__proto__') continue
    const here = path === '' ? member : `${path}.${member}`
    const before = Object.hasOwn(merged, member) ? merged[member] : undefined
    const keyOf = keyedUnions[here]
    if (value === null) delete merged[member]
    else if (value === undefined) continue
    else if (keyOf !== undefined && Array.isArray(value)) merged[member] = unite(before, value, keyOf, here, depth)
    else if (isObject(value)) merged[member] = mergeAt(isObject(before) ? before : {}, value, here, depth + 1)
    else merged[member] = value
  }
  return merged
}

const unite = (before: unknown, added: readonly unknown[], keyOf: (item: JsonObject) => string, path: string, depth: number): unknown[] => {
  const united: unknown[] = Array.isArray(before) ? [...before] : []
  for (const item of added) {
    if (!isObject(item)) continue
    const index = united.findIndex(known => isObject(known) && keyOf(known) === keyOf(item))
    if (index === -1) united.push(mergeAt({}, item, `${path}[]`, depth + 1))
    else united[index] = mergeAt(united[index] as JsonObject, item, `${path}[]`, depth + 1)
  }
  return united
}

const isObject = (value: unknown): value is JsonObject => typeof value === 'object' && value !== null && !Array.isArray(value)
