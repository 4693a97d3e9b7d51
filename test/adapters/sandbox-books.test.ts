// The memory of the partner doubles: what was answered is on disk, a torn line is not, and nothing happens twice.
import { appendFile, mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { JournalEntry } from '../../adapters/contract.ts'
import { openBooks } from '../../adapters/lib/sandbox-books.ts'
import { isoWeek, placesIn } from '../../adapters/lib/sandbox-week.ts'
import { weeklyQuota, weekOf } from '../../src/domain/capacity.ts'

const entry = (delivery: string): JournalEntry => ({
  at: '2026-01-14T09:00:00Z',
  partner: 'p',
  parcel: 'P',
  delivery,
  subId: 's',
  effect: 'stored'
})

describe('the books of a double', () => {
  let directory: string
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'jisr-books-'))
  })
  afterEach(() => rm(directory, { recursive: true, force: true }))
  const lines = async (name: string) => (await readFile(join(directory, name), 'utf8')).split('\n').slice(0, -1)

  test('remember over a restart what was kept under a key, and do not make it again', async () => {
    const first = await openBooks(directory)
    expect(await first.once('P', () => ({ entries: [entry('1'), entry('2')], kept: { answer: 7 } }))).toEqual({
      kept: { answer: 7 },
      repeated: false
    })
    await first.close()
    const second = await openBooks(directory)
    expect(await second.once('P', () => expect.fail('made twice'))).toEqual({ kept: { answer: 7 }, repeated: true })
    expect(second.journal()).toEqual([entry('1'), entry('2')])
    await second.close()
  })

  test('make a thing once when fifty ask for it at the same time', async () => {
    const books = await openBooks(directory)
    let made = 0
    const answers = await Promise.all(
      Array.from({ length: 50 }, () =>
        books.once('P', () => {
          made += 1
          return { entries: [entry('1')], kept: made }
        })
      )
    )
    expect(made).toBe(1)
    expect(answers.filter(({ repeated }) => !repeated)).toHaveLength(1)
    expect(await lines('journal.ndjson')).toHaveLength(1)
    await books.close()
  })

  test('write the journal anew when it is behind or torn', async () => {
    const books = await openBooks(directory)
    await books.add({ entries: [entry('1'), entry('2')] })
    await books.close()
    await writeFile(join(directory, 'journal.ndjson'), `${JSON.stringify(entry('1'))}\n{"at":`)
    const again = await openBooks(directory)
    expect((await lines('journal.ndjson')).map(line => JSON.parse(line) as unknown)).toEqual([entry('1'), entry('2')])
    await again.add({ entries: [entry('3')] })
    expect(await lines('journal.ndjson')).toHaveLength(3)
    await again.close()
  })

  test('cut anywhere, keep whole acts only, from the first on', async () => {
    const books = await openBooks(directory)
    for (let act = 0; act < 10; act += 1) await books.add({ key: `P${act}`, entries: [entry(`${act}a`), entry(`${act}b`)] })
    await books.close()
    const whole = await readFile(join(directory, 'acts.ndjson'))
    await fc.assert(
      fc.asyncProperty(fc.nat(whole.length), async length => {
        await writeFile(join(directory, 'acts.ndjson'), whole)
        await truncate(join(directory, 'acts.ndjson'), length)
        const cut = await openBooks(directory)
        const acts = cut.acts().length
        expect(cut.journal()).toEqual(Array.from({ length: acts }, (_, act) => [entry(`${act}a`), entry(`${act}b`)]).flat())
        expect(await lines('journal.ndjson')).toHaveLength(acts * 2)
        await cut.close()
      }),
      { numRuns: 30 }
    )
  })

  test('refuse to open on lines that are not theirs rather than forget', async () => {
    await appendFile(join(directory, 'acts.ndjson'), 'not json\n')
    await expect(openBooks(directory)).rejects.toThrow()
  })
})

describe('the partner’s own count of weeks', () => {
  test.each([
    ['2026-01-01T12:00:00Z', '2026-W01'],
    ['2027-01-01T12:00:00Z', '2026-W53'],
    ['2024-12-30T12:00:00Z', '2025-W01'],
    ['2026-01-18T22:59:59Z', '2026-W03'],
    ['2026-01-18T23:00:00Z', '2026-W04'],
    ['2026-07-12T21:59:59Z', '2026-W28'],
    ['2026-07-12T22:00:00Z', '2026-W29']
  ])('%s lies in %s, by the clock of Madrid', (at, week) => {
    expect(isoWeek(new Date(at))).toBe(week)
  })

  test('agrees with the gateway’s at every instant and for every holiday, though written apart', () => {
    const instants = fc.date({ min: new Date('2020-01-01'), max: new Date('2060-01-01'), noInvalidDate: true })
    fc.assert(
      fc.property(
        instants,
        fc.integer({ min: 1, max: 5_000 }),
        fc.array(fc.integer({ min: -3, max: 9 }), { maxLength: 4 }),
        (at, weekly, offsets) => {
          const holidays = offsets.map(days => new Date(at.getTime() + days * 86_400_000).toISOString().slice(0, 10))
          const week = weekOf(at)
          expect(isoWeek(at)).toBe(week)
          expect(placesIn(week, weekly, holidays)).toBe(weeklyQuota(week, weekly, new Set(holidays)))
        }
      ),
      { numRuns: 1_000 }
    )
  })

  test('a holiday takes a fifth, once, and only from Monday to Friday', () => {
    expect(placesIn('2026-W02', 1_500, ['2026-01-06', '2026-01-06'])).toBe(1_200)
    expect(placesIn('2026-W02', 1_500, ['2026-01-10', '2026-01-11'])).toBe(1_500)
    expect(placesIn('2026-W02', 5, ['2026-01-05', '2026-01-06', '2026-01-07', '2026-01-08', '2026-01-09'])).toBe(0)
  })
})
