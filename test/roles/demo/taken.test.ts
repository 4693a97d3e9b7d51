// The clients' book outlives a kill: what a torn line said was pushed again, and the rest stands.
import { appendFile, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { openTakenBook, readTaken } from '../../../src/roles/demo/taken.ts'

const folder = await mkdtemp(join(tmpdir(), 'jisr-taken-'))
afterAll(() => rm(folder, { recursive: true, force: true }))

test('a torn line is left out, and what is written after it is not', async () => {
  const book = await openTakenBook(folder)
  for (const key of ['k1', 'k2']) book.note({ client: 'c', key })
  await book.written()
  await appendFile(join(folder, 'taken.ndjson'), '{"client":"c","ke')
  const again = await openTakenBook(folder)
  for (const key of ['k2', 'k3']) again.note({ client: 'c', key })
  await Promise.all([again.written(), again.written()])
  expect((await readTaken(folder)).map(({ key }) => key)).toEqual(['k1', 'k2', 'k3'])
})

test('a folder without a book has taken nothing', async () => {
  expect(await readTaken(join(folder, 'nowhere'))).toEqual([])
})
