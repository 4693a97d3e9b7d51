// Look-ups of names that are shared: one that nobody answers for keeps nobody else from being found.
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { type Address, type Lookup, shareLookups } from '../../src/flow/names.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

const at = (address: string): Address[] => [{ address, family: 4 }]
const failure = (code: string) => Object.assign(new Error(code), { code })

/** A resolver that answers when it is told to, and a name as somebody who waits for it sees it. */
const resolver = () => {
  const asked: { host: string; answer: Parameters<Lookup>[2] }[] = []
  const lookup = shareLookups(
    (host, _options, answer) => void asked.push({ host, answer }),
    () => Date.now()
  )
  const find = (host: string) => {
    const found: (string | undefined)[] = []
    lookup(host, { all: true }, (error, addresses) =>
      found.push(error === null ? addresses[0]?.address : (error as { code?: string }).code)
    )
    return found
  }
  const last = () => asked.at(-1)?.answer as Parameters<Lookup>[2]
  return { asked, find, last }
}
const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms)

test('whoever asks for a name that is being looked up waits for the same answer, and the next one asks again', async () => {
  const { asked, find, last } = resolver()
  const [first, second] = [find('a.example'), find('a.example')]
  expect(asked).toHaveLength(1)
  last()(null, at('192.0.2.1'))
  await pass(0)
  expect([first, second]).toEqual([['192.0.2.1'], ['192.0.2.1']])
  const third = find('a.example')
  expect(asked).toHaveLength(2)
  last()(null, at('192.0.2.2'))
  await pass(0)
  expect(third).toEqual(['192.0.2.2'])
})

test('a name that nobody answers for is asked for once, then left alone for longer and longer; once it is answered all is as before', async () => {
  const { asked, find, last } = resolver()
  find('silent.example')
  await pass(5_000)
  // It has been silent for too long: nobody else waits for it.
  for (let i = 0; i < 50; i++) {
    const found = find('silent.example')
    await pass(0)
    expect(found).toEqual(['EAI_AGAIN'])
  }
  for (const restMs of [15_000, 30_000, 60_000, 120_000, 120_000]) {
    await pass(5_000)
    last()(failure('EAI_AGAIN'), [])
    await pass(restMs - 1)
    const count = asked.length
    find('silent.example')
    expect(asked.length).toBe(count)
    await pass(1)
    find('silent.example')
    expect(asked.length).toBe(count + 1)
  }
  last()(null, at('192.0.2.1'))
  await pass(0)
  const count = asked.length
  find('silent.example')
  expect(asked.length).toBe(count + 1)
})

test('a name that was known within the hour is found where it was while nobody answers, and not once it is said to be gone', async () => {
  const { find, last } = resolver()
  find('b.example')
  last()(null, at('192.0.2.1'))
  await pass(1_000)
  const waits = find('b.example')
  await pass(999)
  expect(waits).toEqual([])
  await pass(1)
  expect(waits).toEqual(['192.0.2.1'])
  await pass(4_000)
  last()(failure('EAI_AGAIN'), [])
  const rests = find('b.example')
  await pass(0)
  expect(rests).toEqual(['192.0.2.1'])
  await pass(3_600_000)
  const late = find('b.example')
  await pass(2_000)
  expect(late).toEqual([])
  last()(failure('ENOTFOUND'), [])
  await pass(0)
  expect(late).toEqual(['ENOTFOUND'])
})

test('a name that is said to be gone is gone at once', async () => {
  const { find, last } = resolver()
  find('c.example')
  last()(null, at('192.0.2.1'))
  await pass(0)
  const gone = find('c.example')
  last()(failure('ENOTFOUND'), [])
  await pass(0)
  expect(gone).toEqual(['ENOTFOUND'])
})
