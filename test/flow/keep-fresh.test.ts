// What is held in memory of rows: read again at a word, until that succeeds, never in the wrong order, and also where no word comes.
import { afterAll, expect, test } from 'vitest'
import { keepFresh } from '../../src/flow/keep-fresh.ts'
import { openDatabase, sql } from '../../src/store/database.ts'
import { freshDatabase } from '../support/database.ts'
import { until } from '../support/house.ts'

const { url } = await freshDatabase()
const database = openDatabase({ url, application: 'keep-fresh' })
afterAll(() => database.close())
const tell = (channel: string) => database.query(sql`select pg_notify(${channel}, '')`)

test('a reading that fails is told and done again until it succeeds, without another word', async () => {
  const failures: unknown[] = []
  let readings = 0
  const read = async () => {
    readings += 1
    if (readings < 3) throw new Error('not now')
  }
  const kept = await keepFresh(database, read, { channel: 'failing', failed: error => failures.push(error), everyMs: null })
  await tell('failing')
  await until('it succeeds', async () => readings === 3)
  expect(failures).toHaveLength(2)
  await kept.close()
})

test('a word that comes while an older reading fails or is under way is followed by one that begins after it', async () => {
  let told = 'old'
  let known = ''
  let goOn = () => {}
  const reads: string[] = []
  const read = async () => {
    const seen = told
    reads.push(seen)
    if (reads.length === 1) await new Promise<void>(resolve => (goOn = resolve))
    known = seen
  }
  const kept = await keepFresh(database, read, { channel: 'overtaken', failed: () => {}, everyMs: null })
  await tell('overtaken')
  await until('the first reading has begun', async () => reads.length === 1)
  told = 'new'
  await tell('overtaken')
  goOn()
  await until('the new is known', async () => known === 'new')
  expect(reads).toEqual(['old', 'new'])
  await kept.close()
})

test('where no word is heard, it is read all the same, and not once more after the end', async () => {
  let readings = 0
  const read = async () => void readings++
  const kept = await keepFresh(database, read, { channel: 'silent', failed: () => {}, everyMs: 5 })
  await until('it was read by itself, again and again', async () => readings > 3)
  await kept.close()
  const atTheEnd = readings
  await tell('silent')
  await database.query(sql`select pg_sleep(0.05)`)
  expect(readings).toBe(atTheEnd)
})
