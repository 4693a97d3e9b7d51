// The demo run as a newcomer runs it, and killed half-way: the same campaign, and nothing lost, doubled or out of order.
import { expect, test } from 'vitest'
import type { Accounts } from '../../src/roles/demo/accounts.ts'
import { accountsOf, demoFolder, isAlive } from '../support/demo.ts'
import { until } from '../support/house.ts'

const campaign = ['--workers', '60', '--new-share', '0.8', '--weekly-visas', '14', '--exit', '--json']
const folder = await demoFolder()
const databaseName = async () => (await folder.state())?.database
let first: Accounts

test('a campaign ends with accounts of everything, guarantees kept, edge cases as expected, several weeks used', async () => {
  const end = await folder.start(campaign).ended
  expect(end.stderr).toBe('')
  first = accountsOf(end)
  expect(first).toMatchObject({
    ...{ workers: 60, lost: 0, duplicated: 0, outOfOrder: 0, foreign: 0, overruns: 0, quarantined: 1 },
    deliveries: { accepted: expect.any(Number) },
    authorizations: { 'authorization.granted': expect.any(Number), 'callback.approved': 12 },
    visas: { 'visa.requested': expect.any(Number), 'visa.lodged': expect.any(Number) }
  })
  for (const member of ['events', 'repeatedReceipts', 'elapsedSeconds'] as const) expect(first[member]).toEqual(expect.any(Number))
  expect(Object.keys(first.edgeCases).map(Number)).toEqual([1, 2, 3, 4, 5, 6, 8, 9, 10, 20, 21, 22])
  expect(Object.values(first.edgeCases).flatMap(({ otherwise }) => otherwise)).toEqual([])
  for (const { workers, asExpected } of Object.values(first.edgeCases)) expect(asExpected).toBe(workers)
  const weeks = Object.values(first.visasByWeek)
  expect(weeks.length).toBeGreaterThanOrEqual(3)
  expect(Math.max(...weeks)).toBeLessThanOrEqual(14)
  expect(weeks.reduce((sum, n) => sum + n, 0)).toBe(first.visas['visa.lodged'])
  expect(await folder.processIds()).toEqual([])
}, 120_000)

test('a second run begins anew; killed half-way it leaves no process behind, and goes on to the same end', async () => {
  const finished = await databaseName()
  const killed = folder.start(campaign)
  const lodged = async () =>
    (await Promise.all(['consulate-tangier', 'consulate-casablanca'].map(name => folder.journal(name)))).flat().length
  await until('some visas are lodged and not all', async () => (await databaseName()) !== finished && (await lodged()) > 5, 60_000)
  const interrupted = await databaseName()
  const children = await folder.processIds()
  expect(children).toHaveLength(7)
  killed.process.kill('SIGKILL')
  expect(await killed.ended).toMatchObject({ signal: 'SIGKILL', stdout: '' })
  await until('the processes it had started are gone', async () => children.every(pid => !isAlive(pid)))
  expect(await lodged()).toBeLessThan(first.visas['visa.lodged'] as number)

  const second = accountsOf(await folder.start(campaign).ended)
  expect(await databaseName()).toBe(interrupted)
  const { elapsedSeconds: _own, repeatedReceipts: _times, visasByWeek: _weeks, ...same } = first
  expect(second).toMatchObject(same)
}, 180_000)
