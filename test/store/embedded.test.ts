// The embedded server's traps, on real servers in temporary folders.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { Client } from 'pg'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { openDatabase, sql } from '../../src/store/database.ts'
import { readPidFile } from '../../src/store/embedded/cluster.ts'
import { findPlace, type Place } from '../../src/store/embedded/place.ts'
import { stopServer } from '../../src/store/embedded/process.ts'
import { type Embedded, startEmbedded } from '../../src/store/embedded.ts'

const isRoot = process.getuid?.() === 0
let shared: string
let folder: string
let servers: Embedded[]
let holders: ChildProcess[]

// One cluster for the tests that may find data of earlier ones, as a machine that is used does; making one takes most of a start.
beforeAll(async () => {
  shared = await makeFolder()
})

afterAll(() => remove(shared))

beforeEach(() => {
  folder = shared
  servers = []
  holders = []
})

afterEach(async () => {
  for (const holder of holders) holder.kill('SIGKILL')
  await Promise.all(servers.map(server => server.stop()))
  await stopServer(await thePlace())
  if (folder !== shared) await remove(folder)
})

const makeFolder = async (): Promise<string> => {
  const made = await mkdtemp(join(tmpdir(), 'jisr-embedded-'))
  // A temporary folder is closed to others, and as root the server is another's.
  await chmod(made, 0o755)
  return made
}

const remove = async (directory: string): Promise<void> => {
  const place = await findPlace(directory, () => {})
  for (const path of [place.folder, directory]) await rm(path, { recursive: true, force: true })
}

/** Without forcing to disk, for speed: what a kill -9 leaves is the same, only a power cut would tell the difference. */
const start = async (directory = folder, note: (text: string) => void = () => {}): Promise<Embedded> => {
  const server = await startEmbedded({ directory, note, durable: false })
  servers.push(server)
  return server
}

const startDurable = async (note: (text: string) => void = () => {}): Promise<Embedded> => {
  const server = await startEmbedded({ directory: folder, note })
  servers.push(server)
  return server
}

/** A process of its own over the folder; killed after the test at the latest. */
const hold = async (): Promise<{ holder: ChildProcess; url: string; adopted: boolean }> => {
  const script = fileURLToPath(new URL('../support/embedded-holder.ts', import.meta.url))
  const holder = spawn(process.execPath, [script, folder], { stdio: ['ignore', 'pipe', 'inherit'] })
  holders.push(holder)
  const [line] = await once(holder.stdout as NodeJS.ReadableStream, 'data')
  return { holder, ...JSON.parse(String(line)) }
}

const thePlace = (): Promise<Place> => findPlace(folder, () => {})

const withDatabase = async <T>(url: string, work: (db: ReturnType<typeof openDatabase>) => Promise<T>): Promise<T> => {
  const db = openDatabase({ url, application: 'test' })
  try {
    return await work(db)
  } finally {
    await db.close()
  }
}

const writeMark = (url: string) =>
  withDatabase(url, db => db.query(sql.script('create table if not exists mark (n int); delete from mark; insert into mark values (7)')))
const readMark = (url: string) => withDatabase(url, db => db.query(sql`select n from mark`))
const serverPid = async (): Promise<number> => (await readPidFile(await thePlace()))?.pid ?? 0

const isAlive = async (pid: number): Promise<boolean> => {
  try {
    process.kill(pid, 0)
  } catch {
    return false
  }
  // Where nobody collects orphans, a dead one stays in the table as a zombie.
  return process.platform !== 'linux' || !/^State:\s+Z/m.test(await readFile(`/proc/${pid}/status`, 'utf8').catch(() => 'State: Z'))
}

/** Looks again until it holds, for at most ten seconds. */
const eventually = async <T>(look: () => Promise<T>, holds: (value: T) => boolean): Promise<T> => {
  const deadline = Date.now() + 10_000
  for (;;) {
    const value = await look()
    if (holds(value) || Date.now() > deadline) return value
    await pause(25)
  }
}

/** The server notices a little later that a killed process is gone; until then a leaver cannot know that it is the last. */
const untilAloneWith = (url: string) =>
  eventually(
    () => withDatabase(url, db => db.query(sql`select from pg_stat_activity where application_name = 'jisr keeper'`)),
    rows => rows.length === 1
  )

test('a second start finds what the first wrote, at the same address', async () => {
  const first = await start()
  await writeMark(first.url)
  await first.stop()
  expect(await serverPid()).toBe(0)
  const second = await start()
  expect(second.adopted).toBe(false)
  expect(second.url).toBe(first.url)
  expect(await readMark(second.url)).toEqual([{ n: 7 }])
})

test('what is acknowledged is forced to disk unless somebody asks otherwise', async () => {
  const { url } = await startDurable()
  const settings = await withDatabase(url, db =>
    db.query(
      sql`select name, setting from pg_settings where name in ('fsync', 'synchronous_commit', 'full_page_writes', 'data_checksums') order by name`
    )
  )
  expect(settings.map(row => row.setting)).toEqual(['on', 'on', 'on', 'on'])
})

test('a server left by a process killed with kill -9 is adopted, with its data', async () => {
  const { holder, url, adopted } = await hold()
  expect(adopted).toBe(false)
  await writeMark(url)
  const pid = await serverPid()
  holder.kill('SIGKILL')
  await once(holder, 'exit')
  expect(await isAlive(pid)).toBe(true)
  const next = await start()
  expect(next.adopted).toBe(true)
  expect(next.url).toBe(url)
  expect(await serverPid()).toBe(pid)
  expect(await readMark(next.url)).toEqual([{ n: 7 }])
  await untilAloneWith(next.url)
  await next.stop()
  expect(
    await eventually(
      () => isAlive(pid),
      alive => !alive
    )
  ).toBe(false)
})

test('the server stays as long as one process uses it, and the last to leave stops it', async () => {
  const first = await start()
  const { holder, adopted } = await hold()
  expect(adopted).toBe(true)
  const pid = await serverPid()
  await first.stop()
  expect(await isAlive(pid)).toBe(true)
  const third = await start()
  holder.kill('SIGKILL')
  await once(holder, 'exit')
  await untilAloneWith(third.url)
  await third.stop()
  expect(
    await eventually(
      () => isAlive(pid),
      alive => !alive
    )
  ).toBe(false)
})

for (const mode of [0o755, 0o700]) {
  test(`processes that start together over an empty folder (mode ${mode.toString(8)}) share one server`, async () => {
    folder = await makeFolder()
    await chmod(folder, mode)
    const started = await Promise.all([start(), start(), hold()])
    expect(new Set(started.map(server => server.url)).size).toBe(1)
    expect((await readdir((await thePlace()).folder)).filter(name => name.startsWith('new-'))).toEqual([])
  })
}

test('after the server itself was killed with kill -9, it is started again at the same address with all that was committed', async () => {
  const notes: string[] = []
  const { url } = await startDurable(text => notes.push(text))
  await writeMark(url)
  const pid = await serverPid()
  process.kill(pid, 'SIGKILL')
  const rows = await eventually(
    () => readMark(url).catch(() => []),
    found => found.length > 0
  )
  expect(rows).toEqual([{ n: 7 }])
  expect(await serverPid()).not.toBe(pid)
  await eventually(
    async () => notes.at(-1) ?? '',
    said => said.startsWith('PostgreSQL ended')
  )
  expect(notes.at(-1)).toBe('PostgreSQL ended and was started again.')
})

for (const [whose, pidOf] of [
  ['nobody', () => 4_194_303],
  ['another program', () => process.pid]
] as const) {
  test(`a pid file with the number of ${whose} does not keep the server from starting`, async () => {
    const first = await start()
    await writeMark(first.url)
    const { cluster } = await thePlace()
    const text = await readFile(join(cluster, 'postmaster.pid'), 'utf8')
    await first.stop()
    await writeFile(join(cluster, 'postmaster.pid'), text.replace(/^\d+/, String(pidOf())))
    const second = await start()
    expect(second.adopted).toBe(false)
    expect(await readMark(second.url)).toEqual([{ n: 7 }])
  })
}

test('nobody comes in without the password, which only its owner can read', async () => {
  const { url } = await start()
  const file = await stat(join((await thePlace()).cluster, 'jisr-password'))
  expect(file.mode & 0o777).toBe(0o600)
  for (const password of ['', 'postgres', 'password', 'jisr']) {
    const wrong = new URL(url)
    wrong.password = password
    const client = new Client({ connectionString: wrong.href })
    await expect(client.connect(), `password "${password}"`).rejects.toThrow(/password/)
  }
})

test('a port taken by somebody else in the meantime is given up for another', async () => {
  const first = await start()
  await first.stop()
  const { createServer } = await import('node:net')
  const squatter = createServer().listen(Number(new URL(first.url).port), '127.0.0.1')
  await once(squatter, 'listening')
  try {
    const second = await start()
    expect(new URL(second.url).port).not.toBe(new URL(first.url).port)
  } finally {
    squatter.close()
  }
})

test('data of another PostgreSQL version is refused with what to do', async () => {
  const first = await start()
  await first.stop()
  const file = join((await thePlace()).cluster, 'PG_VERSION')
  const version = await readFile(file, 'utf8')
  await writeFile(file, '12\n')
  await expect(start()).rejects.toThrow(/another version of PostgreSQL.*DATABASE_URL/)
  await writeFile(file, version)
})

test('a folder that the account of the server cannot enter sends the data elsewhere, and says so; deleting it starts afresh', async () => {
  folder = await makeFolder()
  const closed = join(folder, 'closed')
  await mkdir(closed, { mode: 0o700 })
  await chmod(folder, 0o700)
  const asked = join(closed, 'postgres')
  const notes: string[] = []
  const first = await start(asked, text => notes.push(text))
  await writeMark(first.url)
  await first.stop()
  if (isRoot) {
    expect(first.directory.startsWith(folder)).toBe(false)
    expect(notes[0]).toContain(`the data goes to ${first.directory}`)
  } else {
    expect(first.directory).toBe(asked)
    expect(notes.filter(text => text.includes('the data'))).toEqual([])
  }
  const second = await start(asked)
  expect(second.directory).toBe(first.directory)
  expect(await readMark(second.url)).toEqual([{ n: 7 }])
  await second.stop()
  await rm(asked, { recursive: true })
  const third = await start(asked)
  await expect(readMark(third.url)).rejects.toThrow(/relation "mark" does not exist/)
  await third.stop()
  for (const server of [first, third]) if (isRoot) await rm(server.directory, { recursive: true, force: true })
})
