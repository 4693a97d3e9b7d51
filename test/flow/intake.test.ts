// The order in which what waits is taken in: single events before the rows of files, nobody's own order broken, and files never at a stand.
import { expect, test } from 'vitest'
import type { Gateway } from '../../src/flow/gateway.ts'
import type { IngestAnswer, Submission } from '../../src/flow/ingest.ts'
import { IntakeFull, openIntake } from '../../src/flow/intake.ts'

const gateway = { ledger: { assertInTime: async () => undefined } } as unknown as Gateway

/** An intake whose groups are noted, and each committed when the test says so. */
const scene = () => {
  const groups: string[][] = []
  const commits: (() => void)[] = []
  const intake = openIntake(gateway, async (_gateway, submissions) => {
    groups.push(submissions.map(({ key }) => key))
    await new Promise<void>(resolve => commits.push(resolve))
    return submissions.map((): IngestAnswer => ({ status: 'accepted', eventId: 'e', repeated: false }))
  })
  const submit = (key: string, more: Partial<Submission> = {}) =>
    intake.submit({ source: 'anapec', key, order: key, ...more } as Submission)
  const row = (key: string, order = key) => submit(key, { way: 'row', order })
  return { groups, commits, submit, row, intake }
}

const many = (count: number, name: string) => Array.from({ length: count }, (_, i) => `${name}-${i}`)

/** From now on every group is committed at once. @returns what ends it */
const committing = (commits: (() => void)[]): (() => void) => {
  const timer = setInterval(() => {
    for (const commit of commits.splice(0)) commit()
  }, 1)
  return () => clearInterval(timer)
}

test('a single event waits for no file: it is in the next commit, and only what follows a row of the same person stays behind it', async () => {
  const { groups, commits, submit, row } = scene()
  const all = [...many(2_000, 'row').map(key => row(key)), row('row-hers', 'hers')]
  await expect.poll(() => groups.length).toBe(2)
  all.push(submit('set-hers', { order: 'hers' }), submit('set-hers-2', { order: 'hers' }), submit('set-of-somebody'))
  commits.shift()?.()
  await expect.poll(() => groups.length).toBe(3)
  expect(groups[2]?.[0]).toBe('set-of-somebody')
  expect(groups[2]).toHaveLength(250)
  const stop = committing(commits)
  await Promise.all(all)
  stop()
  const order = groups.flat()
  expect(order).toHaveLength(2_004)
  const hers = order.filter(key => key.includes('hers'))
  expect(hers).toEqual(['row-hers', 'set-hers', 'set-hers-2'])
})

test('files go on however many single events there are, and are refused before they have taken all the room', async () => {
  const { groups, commits, submit, row } = scene()
  const all = many(500, 'first').map(key => submit(key))
  await expect.poll(() => groups.length).toBe(2)
  all.push(...many(400, 'row').map(key => row(key)), ...many(400, 'set').map(key => submit(key)))
  await new Promise(setImmediate)
  commits.shift()?.()
  await expect.poll(() => groups.length).toBe(3)
  expect([...new Set(groups[2]?.map(key => key.split('-')[0]))]).toEqual(['set', 'row'])
  expect(groups[2]?.filter(key => key.startsWith('row'))).toHaveLength(50)
  let refused = 0
  const rows = many(16_000, 'more').map(key =>
    row(key).catch(error => {
      expect(error).toBeInstanceOf(IntakeFull)
      refused++
    })
  )
  await expect.poll(() => refused).toBeGreaterThan(0)
  const last = submit('last')
  const stop = committing(commits)
  expect(await last).toMatchObject({ status: 'accepted' })
  await Promise.all([...all, ...rows])
  stop()
  expect(groups.flat()).toHaveLength(500 + 800 + 16_000 - refused + 1)
})
