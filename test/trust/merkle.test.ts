import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  consistencySpans,
  emptyRoot,
  type Hash,
  inclusionSpans,
  leafHash,
  nodeHash,
  provesConsistency,
  provesInclusion
} from '../../src/trust/merkle.ts'
import { grow, hashesOf, type ReadTile, rootOfTail, type Tail, type TileNode, tailSpans, tileWidth } from '../../src/trust/merkle-tiles.ts'

const leavesMax = 1_200
const leaves = Array.from({ length: leavesMax }, (_, i) => leafHash(`leaf ${i}`))

/** RFC 6962, 2.1, word for word: MTH, PATH and SUBPROOF by recursion over the leaves. */
const naive = {
  root: (d: readonly Hash[]): Hash => {
    if (d.length === 0) return createHash('sha256').digest()
    if (d.length === 1) return d[0] as Hash
    const k = split(d.length)
    return nodeHash(naive.root(d.slice(0, k)), naive.root(d.slice(k)))
  },
  path: (m: number, d: readonly Hash[]): Hash[] => {
    if (d.length === 1) return []
    const k = split(d.length)
    return m < k ? [...naive.path(m, d.slice(0, k)), naive.root(d.slice(k))] : [...naive.path(m - k, d.slice(k)), naive.root(d.slice(0, k))]
  },
  subproof: (m: number, d: readonly Hash[], whole: boolean): Hash[] => {
    if (m === d.length) return whole ? [] : [naive.root(d)]
    const k = split(d.length)
    return m <= k
      ? [...naive.subproof(m, d.slice(0, k), whole), naive.root(d.slice(k))]
      : [...naive.subproof(m - k, d.slice(k), false), naive.root(d.slice(0, k))]
  }
}

const split = (n: number): number => 2 ** Math.ceil(Math.log2(n) - 1)

/** A log kept in memory the way the database keeps it. */
const keep = (batches: readonly number[]): { tail: Tail; size: number; read: ReadTile } => {
  let [tail, size]: [Tail, number] = [[], 0]
  const kept: TileNode[] = leaves.map((hash, index) => ({ height: 0, index, hash }))
  for (const batch of batches) {
    const grown = grow(tail, size, leaves.slice(size, size + batch))
    tail = grown.tail
    size += batch
    kept.push(...grown.finished)
  }
  const read: ReadTile = async (height, { begin, end }) => {
    expect(end - begin).toBeLessThanOrEqual(tileWidth)
    return kept.filter(node => node.height === height && node.index >= begin && node.index < end).map(node => node.hash)
  }
  return { tail, size, read }
}

/** Sizes about the edges of tiles and of powers of two, where mistakes are, and any others. */
const sizes = fc.oneof(
  fc.integer({ min: 1, max: leavesMax }),
  fc.constantFrom(1, 2, 3, 4, 7, 8, 9, 255, 256, 257, 511, 512, 513, 767, 768, 769, 1_023, 1_024, 1_025)
)

describe('the tree', () => {
  it('of no leaves has the hash of nothing as its root', () => {
    expect(emptyRoot.toString('hex')).toBe('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855')
    expect(rootOfTail([])).toEqual(emptyRoot)
  })

  it('has the roots of the tree that Certificate Transparency publishes for its test leaves', () => {
    const inputs = ['', '00', '10', '2021', '3031', '40414243', '5051525354555657', '606162636465666768696a6b6c6d6e6f']
    const tree = inputs.map(hex => leafHash(Buffer.from(hex, 'hex')))
    expect(rootOfTail(grow([], 0, tree.slice(0, 1)).tail).toString('hex')).toBe(
      '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d'
    )
    expect(rootOfTail(grow([], 0, tree).tail).toString('hex')).toBe('5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328')
  })

  it('has the root of the definition however it grew', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 300 }), { maxLength: 4 }), batches => {
        const { tail, size } = keep(batches)
        expect(rootOfTail(tail)).toEqual(naive.root(leaves.slice(0, size)))
      })
    )
  })

  it('of more than tileWidth² leaves keeps subtrees of two heights', () => {
    const many = Array.from({ length: tileWidth ** 2 + 300 }, (_, i) => leafHash(String(i)))
    const { tail, finished } = grow([], 0, many)
    expect(rootOfTail(tail)).toEqual(naive.root(many))
    expect(finished.filter(node => node.height === 2)).toHaveLength(1)
    expect(tailSpans(many.length)).toEqual([
      { begin: tileWidth ** 2 + 256, end: tileWidth ** 2 + 300 },
      { begin: 256, end: 257 },
      { begin: 0, end: 1 }
    ])
    expect(tail.map(nodes => nodes.length)).toEqual([44, 1, 1])
  })
})

describe('proofs', () => {
  it('of inclusion are those of the definition, and verify', async () => {
    await fc.assert(
      fc.asyncProperty(sizes, fc.nat(), async (size, any) => {
        const index = any % size
        const proof = await hashesOf(inclusionSpans(index, size), keep([size]).read)
        expect(proof).toEqual(naive.path(index, leaves.slice(0, size)))
        const claim = { leaf: leaves[index] as Hash, index, size, root: naive.root(leaves.slice(0, size)) }
        expect(provesInclusion(claim, proof)).toBe(true)
      })
    )
  })

  it('of consistency are those of the definition, and verify', async () => {
    await fc.assert(
      fc.asyncProperty(sizes, sizes, async (a, b) => {
        const [from, to] = [Math.min(a, b), Math.max(a, b)]
        const proof = await hashesOf(consistencySpans(from, to), keep([to]).read)
        expect(proof).toEqual(naive.subproof(from, leaves.slice(0, to), true))
        const [fromRoot, toRoot] = [naive.root(leaves.slice(0, from)), naive.root(leaves.slice(0, to))]
        expect(provesConsistency({ from, fromRoot, to, toRoot }, proof)).toBe(true)
      })
    )
  })

  it('of anything else do not verify: another leaf, place, size or root, a hash too few, too many or altered', async () => {
    await fc.assert(
      fc.asyncProperty(sizes, fc.nat(), fc.nat(), async (size, any, other) => {
        const index = any % size
        const proof = await hashesOf(inclusionSpans(index, size), keep([size]).read)
        const root = naive.root(leaves.slice(0, size))
        const claim = { leaf: leaves[index] as Hash, index, size, root }
        const wrong = leafHash('another')
        const altered = proof.map((hash, i) => (i === other % proof.length ? wrong : hash))
        for (const [claimed, given] of [
          [{ ...claim, leaf: wrong }, proof],
          [{ ...claim, root: wrong }, proof],
          [{ ...claim, index: size }, proof],
          [{ ...claim, index: -1 }, proof],
          [{ ...claim, index: 0.5 }, proof],
          [claim, [...proof, wrong]],
          ...(size > 1
            ? ([
                [{ ...claim, index: (index + 1) % size }, proof],
                [claim, proof.slice(1)],
                [claim, altered]
              ] as const)
            : [])
        ] as const)
          expect(provesInclusion(claimed, given)).toBe(false)
      })
    )
  })

  it('that a tree grew do not verify for a tree that was changed or shortened', async () => {
    await fc.assert(
      fc.asyncProperty(sizes, sizes, fc.nat(), async (a, b, other) => {
        const [from, to] = [Math.min(a, b), Math.max(a, b)]
        const proof = await hashesOf(consistencySpans(from, to), keep([to]).read)
        const forked = leaves.slice(0, from).map((hash, i) => (i === other % from ? leafHash('altered') : hash))
        const [fromRoot, toRoot] = [naive.root(leaves.slice(0, from)), naive.root(leaves.slice(0, to))]
        expect(provesConsistency({ from, fromRoot: naive.root(forked), to, toRoot }, proof)).toBe(false)
        expect(provesConsistency({ from, fromRoot, to, toRoot: leafHash('altered') }, proof)).toBe(false)
        expect(provesConsistency({ from, fromRoot, to, toRoot }, [...proof, toRoot])).toBe(false)
        if (from < to) expect(provesConsistency({ from: to, fromRoot: toRoot, to: from, toRoot: fromRoot }, proof)).toBe(false)
        if (proof.length > 0) expect(provesConsistency({ from, fromRoot, to, toRoot }, proof.slice(1))).toBe(false)
      })
    )
  })

  it('that a tree grew from nothing are empty', () => {
    const toRoot = naive.root(leaves.slice(0, 5))
    expect(consistencySpans(0, 5)).toEqual([])
    expect(provesConsistency({ from: 0, fromRoot: emptyRoot, to: 5, toRoot }, [])).toBe(true)
    expect(provesConsistency({ from: 0, fromRoot: leafHash('x'), to: 5, toRoot }, [])).toBe(false)
  })

  it('are not made of what is not in the tree, nor from hashes that are missing', async () => {
    expect(() => inclusionSpans(5, 5)).toThrow('leaf 5 is not in a tree of 5')
    expect(() => consistencySpans(6, 5)).toThrow('a tree of 6 does not grow to one of 5')
    await expect(hashesOf(inclusionSpans(0, 700), async () => [])).rejects.toThrow('run: jisr verify-log')
  })
})
