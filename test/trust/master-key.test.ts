import { createHash, randomBytes } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { deriveKey, parseMasterKey, WeakKey } from '../../src/trust/master-key.ts'

describe('the master key', () => {
  it('is read from base64, base64url and hex, blanks around it ignored, to the same key', () => {
    const bytes = randomBytes(32)
    const forms = [
      bytes.toString('base64'),
      bytes.toString('base64url'),
      bytes.toString('hex'),
      `  ${bytes.toString('hex').toUpperCase()}\n`
    ]
    const parsed = forms.map(parseMasterKey)
    for (const { key, id } of parsed) {
      expect(key.export()).toEqual(bytes)
      expect(id).toBe(parsed[0]?.id)
    }
    expect(parsed[0]?.id).toMatch(/^[0-9a-f]{16}$/)
  })

  const weak: [string, string][] = [
    ['nothing', ''],
    ['all zero', Buffer.alloc(32).toString('base64')],
    ['one byte repeated', Buffer.alloc(32, 0xa5).toString('hex')],
    ['a pattern repeated', Buffer.alloc(32, 'deadbeef', 'hex').toString('hex')],
    ['a random half repeated', Buffer.concat([randomBytes(16), Buffer.alloc(16)]).toString('base64')],
    ['16 bytes', randomBytes(16).toString('base64')],
    ['31 bytes', randomBytes(31).toString('base64')],
    ['33 bytes', randomBytes(33).toString('hex')],
    ['64 bytes', randomBytes(64).toString('base64')],
    ['0, 1, 2, …', Buffer.from(Array.from({ length: 32 }, (_, index) => index)).toString('hex')],
    ['7, 10, 13, …', Buffer.from(Array.from({ length: 32 }, (_, index) => 7 + 3 * index)).toString('hex')],
    ['readable text', Buffer.from('abcdefghijklmnopqrstuvwxyz012345').toString('base64')],
    ['a word', 'changeme'],
    ['the digest of a word', createHash('sha256').update('secret').digest('hex')],
    ['the digest of nothing', createHash('sha256').digest('base64')],
    ['a sentence', 'this is not a key but forty-four characters!']
  ]
  it.each(weak)('is refused when it is %s, with a message that says how to make one and holds no part of it', (_, text) => {
    const thrown = (() => {
      try {
        parseMasterKey(text)
      } catch (cause) {
        return cause
      }
    })()
    expect(thrown).toBeInstanceOf(WeakKey)
    expect((thrown as Error).message).toContain('openssl rand -base64 32')
    if (text.length > 8) expect((thrown as Error).message).not.toContain(text.slice(0, 8))
  })

  it('takes 2,000 keys drawn at random', () => {
    for (let drawn = 0; drawn < 2_000; drawn++) expect(() => parseMasterKey(randomBytes(32).toString('base64'))).not.toThrow()
  })

  it('derives other keys for other purposes and salts, and the same for the same', () => {
    const { key } = parseMasterKey(randomBytes(32).toString('base64'))
    const hex = (purpose: string, salt?: string) => deriveKey(key, purpose, salt).export().toString('hex')
    expect(hex('a')).toBe(hex('a'))
    expect(new Set([hex('a'), hex('b'), hex('a', 's'), key.export().toString('hex')]).size).toBe(4)
  })
})
