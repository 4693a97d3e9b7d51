// Work that takes long gives its place in the queue back, and is neither lost nor silent when it fails.
import { setTimeout as pause } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { openBeside } from '../../src/roles/beside.ts'

/** Work that ends when it is told to. */
const held = () => {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  return { work: () => promise, end: resolve, fail: reject }
}
const open = () => {
  const told: unknown[] = []
  return { told, beside: openBeside(error => told.push(error)) }
}
const isDone = (promise: Promise<void>, withinMs: number): Promise<boolean> =>
  Promise.race([promise.then(() => true), pause(withinMs, false)])

test('quick work keeps its place until it is done, and its failure is the queue’s', async () => {
  const { told, beside } = open()
  const quick = held()
  const run = beside.run('office', quick.work)
  expect(await isDone(run, 50)).toBe(false)
  quick.end()
  await run
  await expect(beside.run('office', () => Promise.reject(new Error('lost')))).rejects.toThrow('lost')
  expect(told).toEqual([])
})

test('slow work gives its place back, its partner’s next takes none until one was quick again, and its failure is told', async () => {
  const { told, beside } = open()
  const first = held()
  await beside.run('slow', first.work)
  first.fail(new Error('it broke'))
  await expect.poll(() => told).toEqual([new Error('it broke')])
  const second = held()
  expect(await isDone(beside.run('slow', second.work), 100)).toBe(true)
  const other = held()
  expect(await isDone(beside.run('other', other.work), 100)).toBe(false)
  await pause(200)
  second.end()
  await beside.run('slow', async () => {})
  await expect
    .poll(() =>
      isDone(
        beside.run('slow', () => pause(100)),
        50
      )
    )
    .toBe(false)
  other.end()
  await beside.close(Promise.resolve())
})

test('a close waits for what goes on beside, and aborts what does not end', async () => {
  const { beside } = open()
  const slow = held()
  await beside.run('slow', slow.work)
  const closed = beside.close(Promise.resolve())
  expect(await isDone(closed, 100)).toBe(false)
  slow.end()
  await closed
})

test('what the queue begins while it closes is not aborted, though nothing ran when the close began', async () => {
  const { beside } = open()
  const queueCloses = held()
  const closed = beside.close(queueCloses.work())
  await pause(20)
  const late = held()
  let signal: AbortSignal | undefined
  const run = beside.run('office', given => {
    signal = given
    return late.work()
  })
  queueCloses.end()
  expect(await isDone(closed, 50)).toBe(false)
  expect(signal?.aborted).toBe(false)
  late.end()
  await run
  await closed
})

test('a queue that fails to close keeps nobody from closing', async () => {
  const { beside } = open()
  await beside.close(Promise.reject(new Error('the backend is away')))
})
