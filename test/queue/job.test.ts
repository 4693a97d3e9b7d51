// What may be put into the queue: ids, and no more of them than fit.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { checkedJob, checkedName } from '../../src/queue/job.ts'
import { openQueues } from '../../src/queue/queue.ts'

test.each(['', '12', '12345678901234567890', 'a:b', 'a b', '-a', '.a', 'é', `a${'b'.repeat(128)}`, 'a\n', '0:1'])(
  'the job id %j is refused',
  id => {
    expect(() => checkedJob({ id, data: {} })).toThrow('a job id must be')
  }
)

test.each([
  { name: 'Fatima Zahra' },
  { body: '{"a":1}' },
  { text: 'ⵣ' },
  { list: ['ok', 'not ok'] },
  { empty: '' },
  { date: '2026-01-01T10:00:00Z' }
])('data that is not ids is refused without being repeated: %j', data => {
  expect(() => checkedJob({ id: 'a', data: data as never })).toThrow('ids of rows only')
  const values = Object.values(data)
    .flat()
    .filter(value => value.length > 2)
  for (const value of values) expect(() => checkedJob({ id: 'a', data: data as never })).not.toThrow(value)
})

test.each(['Gecco', 'a:b', '', '1a', 'a_b', 'a'.repeat(41)])('the queue name %j is refused', name => {
  expect(() => checkedName(name)).toThrow('must be lower-case letters')
})

test('rows of any ULID, UUID or number pass as they are', () => {
  const data = fc.dictionary(
    fc.string({ minLength: 1 }).filter(key => key !== '__proto__'),
    fc.oneof(fc.uuid(), fc.ulid(), fc.integer(), fc.array(fc.ulid(), { maxLength: 20 }))
  )
  fc.assert(
    fc.property(fc.ulid(), data, (id, job) => {
      expect(checkedJob({ id: `r1-${id}`, data: job })).toEqual({ id: `r1-${id}`, data: job })
    })
  )
})

test.each([
  [{ kind: 'postgres', url: 'not a url with hunter2' } as const, 'database URL'],
  [{ kind: 'redis', url: 'hunter2' } as const, 'REDIS_URL']
])('a backend that cannot be read is refused at once: %o', (backend, reason) => {
  expect(() => openQueues({ backend, prefix: 'test' })).toThrow(reason)
  expect(() => openQueues({ backend, prefix: 'test' })).not.toThrow('hunter2')
})

test('one malformed job of a thousand keeps all of them out', async () => {
  const queues = openQueues({ backend: { kind: 'postgres', url: 'postgres://127.0.0.1:1/none' }, prefix: 'test' })
  const jobs = Array.from({ length: 1_000 }, (_, index) => ({ id: index === 999 ? 'a b' : `job-${index}`, data: {} }))
  await expect(queues.add('reference', jobs)).rejects.toThrow('a job id must be')
  await queues.close()
})
