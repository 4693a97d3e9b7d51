// What a demo must bear: an impatient newcomer, other options, and the death of each process that takes part.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Redis } from 'ioredis'
import { describe, expect, onTestFinished, test } from 'vitest'
import { freePort } from '../../src/store/embedded/port.ts'
import { accountsOf, demoFolder, isAlive, startDemo } from '../support/demo.ts'
import { until } from '../support/house.ts'
import { needs } from '../support/skip.ts'

const guarantees = { lost: 0, duplicated: 0, outOfOrder: 0, foreign: 0, overruns: 0 }
const folder = await demoFolder()
const begun = (seed: number) => until('the demo has begun', async () => (await folder.state())?.options.seed === seed, 60_000)

test('Ctrl+C stops everybody, says that it can be taken up again, and is no success', async () => {
  const demo = folder.start(['--workers', '200', '--exit'])
  await until('the authority was asked something', async () => (await folder.journal('si-gecco')).length > 0, 60_000)
  const children = await folder.processIds()
  const startedAt = Date.now()
  demo.process.kill('SIGINT')
  const end = await demo.ended
  expect(end.code).toBe(130)
  expect(end.stderr).toContain('the same command goes on where this one was')
  expect(end.stderr).toContain('Agencies push')
  expect(end.stdout).toBe('')
  expect(Date.now() - startedAt).toBeLessThan(9_000)
  expect(children.filter(isAlive)).toEqual([])
  expect(await folder.postgresId()).toBeNull()
}, 90_000)

test('a demo with other options gives up the unfinished one, and bears the death of clients, partners and database', async () => {
  const demo = folder.start(['--workers', '60', '--seed', '2', '--exit'])
  const kill = async (name: string) => process.kill((await folder.processId(name)) as number, 'SIGKILL')
  await begun(2)
  const pushed = () => readFile(join(folder.path, 'clients', 'pushed'), 'utf8').catch(() => '')
  await until('something was pushed', async () => Number(await pushed()) > 0, 60_000)
  await kill('clients')
  await until('the authority was asked something', async () => (await folder.journal('si-gecco')).length > 0, 60_000)
  await kill('si-gecco')
  await until('a visa is lodged', async () => (await folder.journal('consulate-tangier')).length > 0, 60_000)
  await kill('consulate-tangier')
  await kill('employer-1')
  process.kill((await folder.postgresId()) as number, 'SIGKILL')
  const end = await demo.ended
  expect(end, `${end.stderr}\n${end.stdout}`).toMatchObject({ code: 0, signal: null })
  expect(end.stderr).toContain('it is given up, and this one begins')
  for (const name of ['clients', 'si-gecco', 'consulate-tangier', 'employer-1']) {
    expect(end.stderr).toContain(`${name} ended unexpectedly and is started again.`)
  }
  expect(end.stderr).toContain('PostgreSQL ended and was started again.')
  for (const line of end.stdout.split('\n')) expect([...line].length).toBeLessThanOrEqual(100)
  for (const name of ['Lost', 'Duplicated', 'Out of order', 'At the wrong partner', 'Over the weekly quota']) {
    expect(end.stdout).toMatch(new RegExp(`^${name} +0  ✓$`, 'm'))
  }
  expect(end.stdout).not.toContain('✗')
}, 150_000)

test.each<[string, readonly string[], RegExp]>([
  ['a share that is none', ['--new-share', '2'], /share from 0 to 1/],
  ['no workers', ['--workers', '0'], /1 to 900000/],
  ['an unknown option', ['--speed', '9'], /unknown option/],
  ['a folder that cannot be made', ['--data', '/dev/null/demo'], /^jisr: .*\/dev\/null.* --data/]
])('%s is refused in one line that says why', async (_name, words, why) => {
  const { code, stdout, stderr } = await startDemo([...words, '--exit', '--json']).ended
  expect(code).toBeGreaterThan(0)
  expect(stdout).toBe('')
  expect(stderr).toMatch(why)
  expect(stderr).not.toMatch(/^\s+at /m)
})

test.each<[string, Record<string, string>, RegExp]>([
  ['Redis', { REDIS_URL: 'redis://127.0.0.1:1' }, /^jisr: Redis, which REDIS_URL names, does not answer: .*\n$/],
  ['PostgreSQL', { DATABASE_URL: 'postgres://nobody:none@127.0.0.1:1/none' }, /^jisr: The database does not answer\. .*DATABASE_URL.*\n$/]
])(
  '%s that does not answer is one line that names the setting',
  async (_name, environment, why) => {
    const end = await folder.start(['--workers', '20', '--exit', '--json'], environment).ended
    expect(end).toMatchObject({ code: 1, stdout: '', stderr: expect.stringMatching(why) })
  },
  60_000
)

test('an error that nobody foresaw ends it with a sentence that holds none of the error’s words', async () => {
  // Once the demo has taken charge of its process.
  const thrower = `if (process.argv[2] === 'demo') setInterval(() => {
    if (process.listenerCount('uncaughtException') > 0) throw Object.assign(new TypeError('FATIMA'), { code: 'EODD' })
  }, 100)`
  const end = await folder.start(['--workers', '20', '--exit', '--json'], {
    NODE_OPTIONS: `--import data:text/javascript,${encodeURIComponent(thrower)}`
  }).ended
  const says = `^jisr: The demo met an error that nobody foresaw \\(TypeError, EODD\\) .*${join(folder.path, 'log')}.*\n$`
  expect(end).toMatchObject({ code: 1, stdout: '', stderr: expect.stringMatching(says) })
  expect(await folder.postgresId()).toBeNull()
}, 60_000)

test('a port that was lost to another program while the demo was down is named', async () => {
  const port = (await folder.state())?.gatewayPort as number
  // It hangs up on whoever calls: the demo's clients do, before the gateway finds the port taken.
  const stranger = createServer(socket => socket.destroy()).listen(port, '127.0.0.1')
  await once(stranger, 'listening')
  const end = await folder.start(['--workers', '20', '--exit', '--json']).ended
  await new Promise(resolve => stranger.close(resolve))
  expect(end).toMatchObject({ code: 1, stdout: '', stderr: expect.stringMatching(`^jisr: Port ${port}, .* --data\\.\n$`) })
}, 60_000)

test('a second demo over the same folder is refused while the first one runs', async () => {
  const first = folder.start(['--workers', '20', '--exit', '--json'])
  await until('the first one has the folder', async () => Number(await readFile(join(folder.path, 'demo.pid'), 'utf8').catch(() => '')) > 0)
  const second = await folder.start(['--workers', '20', '--exit', '--json']).ended
  expect(second).toMatchObject({ code: 1, stdout: '', stderr: expect.stringMatching(/^jisr: A demo runs over .* already/) })
  first.process.kill('SIGINT')
  expect((await first.ended).code).toBe(130)
}, 60_000)

describe.skipIf(!needs('redis-server'))('with REDIS_URL', () => {
  test('jobs lie in Redis, and when it is emptied in the middle nothing is lost', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'jisr-demo-redis-'))
    const port = await freePort()
    const server = spawn('redis-server', ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--dir', directory], {
      stdio: 'ignore'
    })
    const redis = new Redis(port, '127.0.0.1', { retryStrategy: () => 100, maxRetriesPerRequest: null })
    redis.on('error', () => {})
    onTestFinished(async () => {
      redis.disconnect()
      server.kill('SIGKILL')
      await rm(directory, { recursive: true, force: true })
    })
    await redis.ping()
    const demo = folder.start(['--workers', '60', '--seed', '3', '--exit', '--json'], { REDIS_URL: `redis://127.0.0.1:${port}` })
    await begun(3)
    await until('the authority was asked something', async () => (await folder.journal('si-gecco')).length > 0, 60_000)
    expect(await redis.dbsize()).toBeGreaterThan(0)
    await redis.flushall()
    expect(accountsOf(await demo.ended)).toMatchObject({ workers: 60, ...guarantees })
  }, 120_000)
})
