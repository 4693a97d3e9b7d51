// Work that takes long gives its place in the queue back, and is neither lost nor silent when it fails.
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { openBeside } from '../../src/roles/beside.ts'

// By a clock of the test's own: how busy the machine is decides nothing.
beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

/** Work that ends when it is told to. */
const held = () => {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  return { work: () => promise, end: resolve, fail: reject }
}
const open = () => {
  const told: unknown[] = []
  return { told, beside: openBeside(error => told.push(error)) }
}
const isDone = async (promise: Promise<void>, withinMs: number): Promise<boolean> => {
  let done = false
  void promise.then(() => {
    done = true
  })
  await vi.advanceTimersByTimeAsync(withinMs)
  return done
}
const begun = Promise.resolve()

test('quick work keeps its place until it is done, and its failure is the queue’s', async () => {
  const { told, beside } = open()
  const quick = held()
  const run = beside.run('office', quick.work)
  expect(await isDone(run, 249)).toBe(false)
  quick.end()
  await run
  await expect(beside.run('office', () => Promise.reject(new Error('lost')))).rejects.toThrow('lost')
  expect(told).toEqual([])
})

test('slow work gives its place back, its partner’s next takes none until one was quick again, and its failure is told', async () => {
  const { told, beside } = open()
  const first = held()
  expect(await isDone(beside.run('slow', first.work), 251)).toBe(true)
  first.fail(new Error('it broke'))
  await vi.advanceTimersByTimeAsync(0)
  expect(told).toEqual([new Error('it broke')])
  const second = held()
  expect(await isDone(beside.run('slow', second.work), 1)).toBe(true)
  const other = held()
  expect(await isDone(beside.run('other', other.work), 249)).toBe(false)
  second.end()
  await vi.advanceTimersByTimeAsync(0)
  const quick = beside.run('slow', async () => {})
  await vi.advanceTimersByTimeAsync(0)
  await quick
  const third = held()
  expect(await isDone(beside.run('slow', third.work), 249)).toBe(false)
  other.end()
  third.end()
  await beside.close(begun)
})

test('a close waits for what goes on beside, and aborts what does not end', async () => {
  const { beside } = open()
  const slow = held()
  expect(await isDone(beside.run('slow', slow.work), 251)).toBe(true)
  const closed = beside.close(begun)
  expect(await isDone(closed, 6_999)).toBe(false)
  slow.end()
  await closed
})

test('what ignores the close is aborted after seven seconds, and left after eight', async () => {
  const { beside } = open()
  let signal: AbortSignal | undefined
  void beside.run('deaf', given => {
    signal = given
    return held().work()
  })
  await vi.advanceTimersByTimeAsync(251)
  const closed = beside.close(begun)
  expect(await isDone(closed, 6_999)).toBe(false)
  expect(signal?.aborted).toBe(false)
  expect(await isDone(closed, 2)).toBe(false)
  expect(signal?.aborted).toBe(true)
  expect(await isDone(closed, 1_000)).toBe(true)
})

test('what the queue begins while it closes is not aborted, though nothing ran when the close began', async () => {
  const { beside } = open()
  const queueCloses = held()
  const closed = beside.close(queueCloses.work())
  await vi.advanceTimersByTimeAsync(20)
  const late = held()
  let signal: AbortSignal | undefined
  const run = beside.run('office', given => {
    signal = given
    return late.work()
  })
  queueCloses.end()
  expect(await isDone(closed, 100)).toBe(false)
  expect(signal?.aborted).toBe(false)
  late.end()
  await Promise.all([run, closed])
})

test('a queue that fails to close keeps nobody from closing', async () => {
  const { beside } = open()
  await beside.close(Promise.reject(new Error('the backend is away')))
})
