// A Merkle tree kept by its leaves and the hashes of its complete subtrees of 256, 256², … leaves: enough to grow it and to prove anything
// about it while reading at most a few hundred hashes of each height, however long it is.
import { type Hash, joinSubtrees, rootOver, type Span, subtreesOf } from './merkle.ts'

/** How many nodes of one height have a parent in the next: their subtree's hash is kept. */
export const tileWidth = 256
const tileLevels = 8

/** The hash of a complete subtree of tileWidth^height leaves; height 0 are the leaves themselves. */
export interface TileNode {
  readonly height: number
  readonly index: number
  readonly hash: Hash
}

/** By height, the nodes that have no kept parent yet: together they are the whole tree. */
export type Tail = readonly (readonly Hash[])[]

/** Adds leaves' hashes to a tree of `size` leaves; `finished` are the subtrees that became complete, to be kept. */
export const grow = (tail: Tail, size: number, leaves: readonly Hash[]): { tail: Tail; finished: TileNode[] } => {
  const heights = tail.map(nodes => [...nodes])
  const finished: TileNode[] = []
  leaves.forEach((leaf, i) => {
    let [hash, height, index] = [leaf, 0, size + i]
    for (;;) {
      heights[height] ??= []
      const nodes = heights[height] as Hash[]
      nodes.push(hash)
      if (nodes.length < tileWidth) return
      ;[hash, height, index] = [rootOver(nodes), height + 1, Math.floor(index / tileWidth)]
      nodes.length = 0
      finished.push({ height, index, hash })
    }
  })
  return { tail: heights, finished }
}

/** The root of the tree that a tail stands for. */
export const rootOfTail = (tail: Tail): Hash =>
  rootOver(tail.reduce<readonly Hash[]>((below, nodes) => (below.length === 0 ? nodes : [...nodes, rootOver(below)]), []))

/** Which nodes the tail of a tree of `size` leaves is made of, height by height: `begin` up to, not including, `end`. */
export const tailSpans = (size: number): Span[] => {
  const spans: Span[] = []
  for (let end = size; end > 0; end = Math.floor(end / tileWidth)) spans.push({ begin: end - (end % tileWidth), end })
  return spans
}

/** Reads the kept hashes of one height, `begin` up to, not including, `end`: at most `tileWidth`, all under one parent. */
export type ReadTile = (height: number, span: Span) => Promise<readonly Hash[]>

/** The hashes of nodes of the tree, in the order asked for. Each tile is read once. */
export const hashesOf = async (spans: readonly Span[], read: ReadTile): Promise<Hash[]> => {
  const wanted = spans.map(span => subtreesOf(span).map(partOf))
  const tiles = new Map<string, Part>()
  for (const part of wanted.flat()) {
    const known = tiles.get(part.tile)
    tiles.set(
      part.tile,
      known === undefined ? part : { ...part, begin: Math.min(known.begin, part.begin), end: Math.max(known.end, part.end) }
    )
  }
  const loaded = new Map<string, { begin: number; hashes: readonly Hash[] }>()
  for (const { tile, height, begin, end } of tiles.values()) {
    const hashes = await read(height, { begin, end })
    if (hashes.length !== end - begin)
      throw new Error(`the log has ${hashes.length} of ${end - begin} hashes of height ${height} from ${begin} on; run: jisr verify-log`)
    loaded.set(tile, { begin, hashes })
  }
  const hashOf = ({ tile, begin, end }: Part): Hash => {
    const { begin: first, hashes } = loaded.get(tile) as { begin: number; hashes: readonly Hash[] }
    return rootOver(hashes.slice(begin - first, end - first))
  }
  return wanted.map(parts => joinSubtrees(parts.map(hashOf)))
}

/** The kept nodes of one tile that a complete subtree is the root of. */
interface Part extends Span {
  tile: string
  height: number
}

const partOf = ({ level, index }: { level: number; index: number }): Part => {
  const height = Math.floor(level / tileLevels)
  const width = 2 ** (level % tileLevels)
  const begin = index * width
  return { tile: `${height} ${Math.floor(begin / tileWidth)}`, height, begin, end: begin + width }
}
