import { randomUUID } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { newDataKey } from '../../src/trust/seal.ts'
import { subjectIds } from '../../src/trust/subject-id.ts'

const ids = subjectIds(newDataKey())

describe('a client’s own id of a subject', () => {
  it('leads back to the subject for that client, and to nobody for another', () => {
    fc.assert(
      fc.property(fc.uuid(), fc.string(), fc.string(), (subject, client, other) => {
        const id = ids.write(subject, client)
        expect(ids.read(id, client)).toBe(subject)
        if (other !== client) expect(ids.read(id, other)).not.toBe(subject)
      })
    )
  })

  it('is the same each time, another for another client, and says nothing of the subject', () => {
    const subject = randomUUID()
    expect(ids.write(subject, 'a')).toBe(ids.write(subject, 'a'))
    expect(ids.write(subject, 'a')).not.toBe(ids.write(subject, 'b'))
    expect(subjectIds(newDataKey()).write(subject, 'a')).not.toBe(ids.write(subject, 'a'))
    expect(Buffer.from(ids.write(subject, 'a'), 'base64url').toString('hex')).not.toBe(subject.replaceAll('-', ''))
  })

  const own = ids.write(randomUUID(), 'a')
  it.each(['', 'x', `${own}A`, own.slice(1), `${own.slice(0, 21)}-=`, randomUUID(), 'A'.repeat(23), `${own.slice(0, 20)} ${own[21]}`])(
    'is never %j',
    id => expect(ids.read(id, 'a')).toBeNull()
  )
})
