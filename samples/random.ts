// Chance that can be repeated: every value follows from a seed and the name of what it is drawn for.

export interface Random {
  /** At least 0, below 1. */
  next(): number
  /** From `low` to `high`, both included. */
  between(low: number, high: number): number
  pick<Value>(values: readonly Value[]): Value
  chance(share: number): boolean
}

/** Draws that depend on `seed` and `purpose` alone, so that one worker's are not moved by another's. */
export const randomFor = (seed: number, purpose: string): Random => {
  let state = hash(`${seed}/${purpose}`)
  const next = () => {
    state = (state + 0x9e3779b9) | 0
    let mixed = Math.imul(state ^ (state >>> 16), 0x21f0aaad)
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97)
    return ((mixed ^ (mixed >>> 15)) >>> 0) / 2 ** 32
  }
  const between = (low: number, high: number) => low + Math.floor(next() * (high - low + 1))
  return {
    next,
    between,
    pick: values => {
      const value = values[between(0, values.length - 1)]
      if (value === undefined) throw new Error('nothing to pick from: the list is empty')
      return value
    },
    chance: share => next() < share
  }
}

/**
 * Numbers below `size` in a seeded order without repeats: identifiers drawn with it never collide.
 * Steps through the range by a stride that has no factor in common with its size; asked for more than `size`, it throws.
 */
export const distinctNumbers = (seed: number, purpose: string, size: number): ((index: number) => number) => {
  const random = randomFor(seed, purpose)
  const offset = random.between(0, size - 1)
  let stride = random.between(Math.floor(size / 3), size - 1)
  while (commonFactor(stride, size) !== 1) stride++
  return index => {
    if (index < 0 || index >= size) throw new Error(`only ${size} different numbers can be drawn for ${purpose}`)
    return (offset + Number((BigInt(index) * BigInt(stride)) % BigInt(size))) % size
  }
}

const commonFactor = (a: number, b: number): number => (b === 0 ? a : commonFactor(b, a % b))

/** FNV-1a, 32 bits. */
const hash = (text: string): number => {
  let value = 0x811c9dc5
  for (let place = 0; place < text.length; place++) value = Math.imul(value ^ text.charCodeAt(place), 0x01000193)
  return value
}
