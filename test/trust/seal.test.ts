import { randomBytes } from 'node:crypto'
import { inspect } from 'node:util'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Keyring, parseMasterKey } from '../../src/trust/master-key.ts'
import { Erased, NotOpened, newDataKey, open, openJson, type Place, rewrapKey, seal, unwrapKey, wrapKey } from '../../src/trust/seal.ts'

const place: Place = { table: 'event', column: 'body', row: '0199f0aa-1111-7222-8333-444455556666' }
const masterKey = () => parseMasterKey(randomBytes(32).toString('base64'))

describe('sealing', () => {
  it('gives back exactly what was sealed, text and bytes of any length', () => {
    const key = newDataKey()
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 5_000 }), bytes => {
        expect(open(key, seal(key, bytes, place), place)).toEqual(Buffer.from(bytes))
      })
    )
    fc.assert(
      fc.property(fc.jsonValue(), value => {
        expect(openJson(key, seal(key, JSON.stringify(value), place), place)).toEqual(JSON.parse(JSON.stringify(value)))
      })
    )
  })

  it('makes long documents shorter and leaves no word of them readable', () => {
    const document = JSON.stringify(Array.from({ length: 500 }, (_, row) => ({ row, family: 'EL AMRANI', passport: `AB${row}` })))
    const sealed = seal(newDataKey(), document, place)
    expect(sealed.length).toBeLessThan(document.length / 3)
    expect(sealed.includes('AMRANI')).toBe(false)
  })

  it('never seals twice to the same bytes', () => {
    const key = newDataKey()
    expect(seal(key, 'x', place).equals(seal(key, 'x', place))).toBe(false)
  })

  const elsewhere: Place[] = [
    { ...place, table: 'record' },
    { ...place, column: 'receipt' },
    { ...place, row: '0199f0aa-1111-7222-8333-444455556667' },
    { table: 'event', column: '', row: `body\0${place.row}` }
  ]
  it.each(elsewhere)('does not open when moved to $table.$column of $row', other => {
    const key = newDataKey()
    expect(() => open(key, seal(key, 'x', place), other)).toThrow(NotOpened)
  })

  it('does not open under another key', () => {
    expect(() => open(newDataKey(), seal(newDataKey(), 'x', place), place)).toThrow(NotOpened)
  })

  it('does not open when any one bit is flipped or any tail is cut', () => {
    const key = newDataKey()
    const sealed = seal(key, 'passport', place)
    for (let bit = 0; bit < sealed.length * 8; bit++) {
      const altered = Buffer.from(sealed)
      altered[bit >> 3] = (altered[bit >> 3] as number) ^ (1 << (bit & 7))
      expect(() => open(key, altered, place)).toThrow(NotOpened)
    }
    for (let length = 0; length < sealed.length; length++) expect(() => open(key, sealed.subarray(0, length), place)).toThrow(NotOpened)
  })

  it('says that a person was erased, not that something broke, when the key is gone', () => {
    const sealed = seal(newDataKey(), 'x', place)
    expect(() => open(null, sealed, place)).toThrow(Erased)
    expect(() => unwrapKey({ current: masterKey(), previous: [] }, null, 'person')).toThrow(Erased)
  })

  it('refuses a document larger than any that is taken in', () => {
    expect(() => seal(newDataKey(), Buffer.alloc(17 * 1024 * 1024), place)).toThrow(RangeError)
  })

  it('shows no key material when a key is logged or serialised', () => {
    const key = newDataKey()
    const hex = key.export().toString('hex')
    for (const shown of [inspect(key, { depth: 9, showHidden: true }), JSON.stringify({ key }), String(key)]) {
      expect(shown).not.toContain(hex)
      expect(shown).not.toContain(key.export().toString('base64').slice(0, 20))
    }
  })
})

describe('wrapping of data keys', () => {
  it('survives a rotation of the master key: the old wrap opens until re-wrapped, then the old master key is not needed', () => {
    const [old, fresh] = [masterKey(), masterKey()]
    const key = newDataKey()
    const sealed = seal(key, 'x', place)
    const wrapped = wrapKey({ current: old, previous: [] }, key, 'p1')
    const rotating: Keyring = { current: fresh, previous: [old] }
    expect(open(unwrapKey(rotating, wrapped, 'p1'), sealed, place).toString()).toBe('x')
    const again = rewrapKey(rotating, wrapped, 'p1') as Buffer
    expect(open(unwrapKey({ current: fresh, previous: [] }, again, 'p1'), sealed, place).toString()).toBe('x')
    expect(rewrapKey(rotating, again, 'p1')).toBeNull()
  })

  it("does not unwrap as another person's key, under an unknown master key, or when altered", () => {
    const keyring: Keyring = { current: masterKey(), previous: [] }
    const wrapped = wrapKey(keyring, newDataKey(), 'p1')
    expect(wrapped.length).toBe(69)
    expect(() => unwrapKey(keyring, wrapped, 'p2')).toThrow(NotOpened)
    expect(() => unwrapKey({ current: masterKey(), previous: [] }, wrapped, 'p1')).toThrow(/not configured/)
    for (let index = 0; index < wrapped.length; index++) {
      const altered = Buffer.from(wrapped)
      altered[index] = (altered[index] as number) ^ 1
      expect(() => unwrapKey(keyring, altered, 'p1')).toThrow(NotOpened)
    }
  })
})
