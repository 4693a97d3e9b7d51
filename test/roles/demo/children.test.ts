// A process of the demo that dies is started again with the same options, so many times, and none outlives the demo.
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { startChild } from '../../../src/roles/demo/children.ts'
import { isAlive } from '../../support/demo.ts'
import { until } from '../../support/house.ts'

const folder = await mkdtemp(join(tmpdir(), 'jisr-children-'))
afterAll(() => rm(folder, { recursive: true, force: true }))

const script = async (name: string, text: string): Promise<string> => {
  const path = join(folder, `${name}.mjs`)
  await writeFile(path, text)
  return path
}

const lives = `
  import { readFileSync } from 'node:fs'
  const options = JSON.parse(readFileSync(process.argv[2], 'utf8'))
  console.log('no JSON')
  console.log(JSON.stringify({ pid: process.pid, ...options }))
  process.once('disconnect', () => process.exit(0))
  setInterval(() => {}, 1000)`

test('a process that is killed is back with the same options, as often as is allowed, and then it is broken', async () => {
  const pids: number[] = []
  const notes: string[] = []
  const child = await startChild(
    folder,
    'lives',
    await script('lives', lives),
    { word: 'same' },
    { note: text => notes.push(text), revivalsMax: 2 }
  )
  child.onLine(line => {
    expect(line.word).toBe('same')
    pids.push(Number(line.pid))
  })
  for (const time of [1, 2, 3]) {
    const pid = await until(`it lives for the ${time}. time`, async () => pids[time - 1])
    process.kill(pid, 'SIGKILL')
  }
  await expect(child.broken).rejects.toThrow('lives ended 3 times')
  expect(notes).toHaveLength(2)
  await child.close()
  expect(pids.filter(isAlive)).toEqual([])
})

test('one that never gets ready is an error that holds its last words', async () => {
  const path = await script('fails', `process.stderr.write('the port is taken'); process.exit(3)`)
  await expect(startChild(folder, 'fails', path, {})).rejects.toThrow('fails ended with 3 before it was ready. the port is taken')
})

test('one that is killed before it is ready is started again, as often as is allowed', async () => {
  const marker = join(folder, 'killed-once')
  const once = `
    import { existsSync, writeFileSync } from 'node:fs'
    if (!existsSync(${JSON.stringify(marker)})) {
      writeFileSync(${JSON.stringify(marker)}, '')
      process.kill(process.pid, 'SIGKILL')
    }`
  const notes: string[] = []
  const child = await startChild(folder, 'once', await script('once', once + lives), {}, { note: text => notes.push(text) })
  expect(notes).toEqual(['once ended unexpectedly and is started again.'])
  await child.close()
  const always = await script('always', `process.kill(process.pid, 'SIGKILL')`)
  await expect(startChild(folder, 'always', always, {}, { revivalsMax: 1 })).rejects.toThrow('always ended 2 times')
})

test('one that does not heed a request to stop is ended all the same, and what an earlier demo left behind too', async () => {
  const path = await script(
    'stubborn',
    `process.on('SIGTERM', () => {}); ${lives.replace("process.once('disconnect', () => process.exit(0))", '')}`
  )
  const pids: number[] = []
  const left = await startChild(folder, 'stubborn', path, {}, { revivalsMax: 0 })
  left.onLine(line => pids.push(Number(line.pid)))
  const next = await startChild(folder, 'stubborn', path, {})
  next.onLine(line => pids.push(Number(line.pid)))
  expect(pids).toHaveLength(2)
  expect(isAlive(pids[0] as number)).toBe(false)
  await next.close()
  expect(isAlive(pids[1] as number)).toBe(false)
}, 20_000)
