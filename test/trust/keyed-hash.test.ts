import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { keyedHashes } from '../../src/trust/keyed-hash.ts'
import { commitment, leafCommitment, leafSalt } from '../../src/trust/leaf.ts'
import { newDataKey } from '../../src/trust/seal.ts'

const hashes = keyedHashes(newDataKey())

describe('keyed hashes', () => {
  it('find an identifier however it is spaced, cased or hyphenated, and no other', () => {
    const hash = hashes.identifier({ scheme: 'PASSPORT', country: 'MAR', value: 'AB1234567' })
    for (const value of ['ab1234567', 'AB 123 4567', 'AB-1234567', 'ＡＢ1234567'])
      expect(hashes.identifier({ scheme: 'PASSPORT', country: 'MAR', value })).toEqual(hash)
    const others = [
      { scheme: 'PASSPORT', country: 'MAR', value: 'AB1234568' },
      { scheme: 'PASSPORT', country: 'ESP', value: 'AB1234567' },
      { scheme: 'PASSPORT', value: 'AB1234567' },
      { scheme: 'MA-CNIE', country: 'MAR', value: 'AB1234567' }
    ]
    for (const other of others) expect(hashes.identifier(other)).not.toEqual(hash)
  })

  it('take a source id and a message key to the letter', () => {
    expect(hashes.sourceId('c', 'w-9f2c')).not.toEqual(hashes.sourceId('c', 'W-9F2C'))
    expect(hashes.messageKey('c', 'a b')).not.toEqual(hashes.messageKey('c', 'ab'))
  })

  it('never agree for two different lists of parts, or two uses', () => {
    const part = fc.string({ maxLength: 6 })
    fc.assert(
      fc.property(fc.array(part, { maxLength: 3 }), fc.array(part, { maxLength: 3 }), (left, right) => {
        const same = JSON.stringify(left) === JSON.stringify(right)
        expect(hashes.other('use', ...left).equals(hashes.other('use', ...right))).toBe(same)
      })
    )
    expect(hashes.sourceId('a', 'b')).not.toEqual(hashes.messageKey('a', 'b'))
  })

  it('cannot be joined across installations: another secret, other digests', () => {
    const other = keyedHashes(newDataKey())
    expect(other.sourceId('c', 'w')).not.toEqual(hashes.sourceId('c', 'w'))
  })
})

describe('the commitment of a leaf', () => {
  it('is recomputed from salt and token, and differs with person, leaf and token', () => {
    const [fatima, khadija] = [newDataKey(), newDataKey()]
    const made = leafCommitment(fatima, 'leaf-1', 'token')
    expect(commitment(leafSalt(fatima, 'leaf-1'), 'token')).toEqual(made)
    for (const other of [
      leafCommitment(khadija, 'leaf-1', 'token'),
      leafCommitment(fatima, 'leaf-2', 'token'),
      leafCommitment(fatima, 'leaf-1', 'tokem')
    ]) {
      expect(other).not.toEqual(made)
    }
    expect(made.length).toBe(32)
  })
})
