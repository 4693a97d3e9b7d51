// The Merkle tree of RFC 6962, section 2.1: roots, and which parts of the tree prove that a leaf is in it or that it only grew.
import { createHash } from 'node:crypto'

/** SHA-256, 32 bytes. */
export type Hash = Buffer

/** Leaves `begin` up to, not including, `end`, as one node of the tree. */
export interface Span {
  readonly begin: number
  readonly end: number
}

/** A node whose 2^level leaves are all there: it covers those from index * 2^level on, and never changes again. */
export interface Subtree {
  readonly level: number
  readonly index: number
}

const leafPrefix = Buffer.from([0])
const nodePrefix = Buffer.from([1])

export const leafHash = (leaf: string | Uint8Array): Hash => createHash('sha256').update(leafPrefix).update(leaf).digest()

export const nodeHash = (left: Uint8Array, right: Uint8Array): Hash =>
  createHash('sha256').update(nodePrefix).update(left).update(right).digest()

/** Of a tree without leaves. */
export const emptyRoot: Hash = createHash('sha256').digest()

/** The root over neighbouring nodes of one level, of which the last may be an incomplete one. */
export const rootOver = (nodes: readonly Hash[]): Hash => {
  if (nodes.length === 0) return emptyRoot
  let row = nodes
  while (row.length > 1) {
    const above: Hash[] = []
    for (let i = 0; i < row.length; i += 2) {
      const [left, right] = [row[i] as Hash, row[i + 1]]
      above.push(right === undefined ? left : nodeHash(left, right))
    }
    row = above
  }
  return row[0] as Hash
}

/** The largest power of two below `n`; shifts would lose what is beyond 31 bits. */
const splitOf = (n: number): number => {
  let k = 1
  while (k * 2 < n) k *= 2
  return k
}

/** The nodes that prove leaf `index` in a tree of `size` leaves, from the leaf's sibling up. */
export const inclusionSpans = (index: number, size: number): Span[] => {
  if (!isIndex(index, size)) throw new RangeError(`leaf ${index} is not in a tree of ${size}`)
  const down = (begin: number, end: number): Span[] => {
    if (end - begin === 1) return []
    const middle = begin + splitOf(end - begin)
    return index < middle ? [...down(begin, middle), { begin: middle, end }] : [...down(middle, end), { begin, end: middle }]
  }
  return down(0, size)
}

/** The nodes that prove that the first `from` leaves of a tree of `to` are those of the tree of `from`. */
export const consistencySpans = (from: number, to: number): Span[] => {
  if (!isSize(from) || !isSize(to) || from > to) throw new RangeError(`a tree of ${from} does not grow to one of ${to}`)
  if (from === 0 || from === to) return []
  const down = (begin: number, end: number, isWhole: boolean): Span[] => {
    if (end === from) return isWhole ? [] : [{ begin, end }]
    const middle = begin + splitOf(end - begin)
    return from <= middle
      ? [...down(begin, middle, isWhole), { begin: middle, end }]
      : [...down(middle, end, false), { begin, end: middle }]
  }
  return down(0, to, true)
}

/** The complete subtrees that a node is made of, left to right, each smaller than the one before. */
export const subtreesOf = ({ begin, end }: Span): Subtree[] => {
  const parts: Subtree[] = []
  let at = begin
  while (at < end) {
    let [level, width] = [0, 1]
    while (at + width * 2 <= end && at % (width * 2) === 0) [level, width] = [level + 1, width * 2]
    parts.push({ level, index: at / width })
    at += width
  }
  return parts
}

/** The hash of a node from those of its `subtreesOf`. */
export const joinSubtrees = (hashes: readonly Hash[]): Hash =>
  hashes.length === 0 ? emptyRoot : hashes.reduceRight((right, left) => nodeHash(left, right))

/** Whether `proof` (from the leaf's sibling up) leads from the leaf's hash to the root (RFC 9162, 2.1.3.2). */
export const provesInclusion = (
  { leaf, index, size, root }: { leaf: Hash; index: number; size: number; root: Hash },
  proof: readonly Hash[]
): boolean => {
  if (!isIndex(index, size)) return false
  let [node, last, hash] = [index, size - 1, leaf]
  for (const step of proof) {
    if (last === 0) return false
    if (isOdd(node) || node === last) {
      hash = nodeHash(step, hash)
      while (!isOdd(node) && node !== 0) [node, last] = [half(node), half(last)]
    } else hash = nodeHash(hash, step)
    ;[node, last] = [half(node), half(last)]
  }
  return last === 0 && hash.equals(root)
}

/** Whether `proof` shows that the tree of `to` leaves grew from the tree of `from` (RFC 9162, 2.1.4.2). Every tree grew from the empty one. */
export const provesConsistency = (
  { from, fromRoot, to, toRoot }: { from: number; fromRoot: Hash; to: number; toRoot: Hash },
  proof: readonly Hash[]
): boolean => {
  if (!isSize(from) || !isSize(to) || from > to) return false
  if (from === to) return proof.length === 0 && fromRoot.equals(toRoot)
  if (from === 0) return proof.length === 0 && fromRoot.equals(emptyRoot)
  let [node, last] = [from - 1, to - 1]
  while (isOdd(node)) [node, last] = [half(node), half(last)]
  // Where the old tree is one complete subtree, its root is the first step and is not sent.
  const [first, ...steps] = node === 0 ? [fromRoot, ...proof] : proof
  if (first === undefined) return false
  let [older, newer] = [first, first]
  for (const step of steps) {
    if (last === 0) return false
    if (isOdd(node) || node === last) {
      ;[older, newer] = [nodeHash(step, older), nodeHash(step, newer)]
      while (!isOdd(node) && node !== 0) [node, last] = [half(node), half(last)]
    } else newer = nodeHash(newer, step)
    ;[node, last] = [half(node), half(last)]
  }
  return last === 0 && older.equals(fromRoot) && newer.equals(toRoot)
}

const isSize = (size: number): boolean => Number.isSafeInteger(size) && size >= 0
const isIndex = (index: number, size: number): boolean => isSize(index) && isSize(size) && index < size
const isOdd = (n: number): boolean => n % 2 === 1
const half = (n: number): number => Math.floor(n / 2)
