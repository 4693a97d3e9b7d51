// Ctrl+C, once or twice, at any moment of a start: no PostgreSQL of the folder is left, and the next start finds its data whole.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdtemp, readdir, readFile, readlink, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, onTestFinished, test } from 'vitest'
import { findPlace } from '../../src/store/embedded/place.ts'
import { freePort } from '../../src/store/embedded/port.ts'
import { stopServer } from '../../src/store/embedded/process.ts'
import { run, surroundings } from '../support/command.ts'
import { until } from '../support/house.ts'

const program = fileURLToPath(new URL('../../src/main.ts', import.meta.url))
const runner = fileURLToPath(new URL('../../scripts/run.mjs', import.meta.url))
const folder = await mkdtemp(join(tmpdir(), 'jisr-interrupted-'))
// As root the server runs under another account, which must get in.
await chmod(folder, 0o755)
const keyFile = join(folder, 'master-key')
await writeFile(keyFile, (await run({}, 'keys', 'master')).stdout, { mode: 0o600 })
const place = await findPlace(join(folder, 'postgres'), () => {})
// A demo runs over a folder of its own, and over none that it finds with data in it.
const demoFolder = join(folder, 'demo')
const places = [place.folder, join(demoFolder, 'postgres')]
const environment = {
  ...{ ISSUER: 'https://gateway.test', MASTER_KEY_FILE: keyFile, DATA_DIRECTORY: folder, LOG_LEVEL: 'silent', HOST: '127.0.0.1' },
  ...{ PORT: String(await freePort()), ADMIN_PORT: String(await freePort()) }
}

afterAll(async () => {
  for (const each of [place, await findPlace(join(demoFolder, 'postgres'), () => {})]) await stopServer(each)
  for (const path of [...places, folder]) await rm(path, { recursive: true, force: true })
})

/** Every process that works in one of the folders or on it: the server, its children, and those that make a cluster. */
const ofFolder = async (...more: readonly string[]): Promise<string[]> => {
  const found = await Promise.all(
    (await readdir('/proc'))
      .filter(name => /^\d+$/.test(name))
      .map(async pid => {
        const [name, cwd, command] = await Promise.all([
          readFile(`/proc/${pid}/comm`, 'utf8').catch(() => ''),
          readlink(`/proc/${pid}/cwd`).catch(() => ''),
          readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')
        ])
        if (!/^(postgres|initdb)/.test(name)) return []
        return [...places, ...more].some(path => cwd.startsWith(path) || command.includes(path)) ? [`${pid} ${name.trim()}`] : []
      })
  )
  return found.flat()
}

const command = (...words: string[]): ChildProcess => {
  const child = spawn(process.execPath, [program, ...words], { env: { ...surroundings, ...environment }, stdio: 'ignore' })
  onTestFinished(() => void child.kill('SIGKILL'))
  return child
}

const isThere = (path: string) =>
  stat(path).then(
    () => true,
    () => false
  )

const moments: Record<string, () => Promise<boolean>> = {
  'a cluster is being made': async () => (await ofFolder()).some(line => line.endsWith('postgres')),
  'the server was just started': async () => (await ofFolder()).length > 0,
  'the server has written its pid file': () => isThere(join(place.cluster, 'postmaster.pid')),
  'the gateway serves': async () => (await fetch(`http://127.0.0.1:${environment.ADMIN_PORT}/readyz`).catch(() => null))?.ok === true
}

/** Interrupts the command at the moment, `times` times, further apart than one keypress reaches us twice. @returns its exit code */
const interrupt = async (child: ChildProcess, moment: string, times: number): Promise<number | null> => {
  const ended = once(child, 'exit') as Promise<[number | null]>
  await until(moment, moments[moment] as () => Promise<boolean>, 60_000)
  for (let n = 0; n < times; n++) {
    if (n > 0) await Promise.race([pause(550), ended])
    child.kill('SIGINT')
  }
  const [code] = await ended
  return code
}

const commandsOfChildren = async (pid: number): Promise<string[]> => {
  const children = (await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8').catch(() => '')).split(' ').filter(Boolean)
  return Promise.all(children.map(each => readFile(`/proc/${each}/cmdline`, 'utf8').catch(() => '')))
}

const noneLeft = () => until('no PostgreSQL of the folder is left', async () => (await ofFolder()).length === 0)

describe.skipIf(process.platform !== 'linux')('interrupted', () => {
  test.each([1, 2])(
    'while a cluster is being made, %i times: nothing of it is left',
    async times => {
      const code = await interrupt(command('start'), 'a cluster is being made', times)
      expect([0, 130]).toContain(code)
      await noneLeft()
      expect((await readdir(place.folder)).filter(name => name === 'cluster' || name.startsWith('new-'))).toEqual([])
    },
    90_000
  )

  test.each([
    [1, 'the server was just started', ['start']],
    [2, 'the server was just started', ['start']],
    [2, 'the server was just started', ['demo', '--data', demoFolder, '--exit']],
    [1, 'the server has written its pid file', ['clients', 'list']],
    [2, 'the server has written its pid file', ['migrate']]
  ] as const)(
    '%i times, when %s by %j',
    async (times, moment, words) => {
      const code = await interrupt(command(...words), moment, times)
      // A gateway that is stopped has done its work; what has an end of its own was cut short.
      expect(words[0] === 'start' ? [0, 130] : [130]).toContain(code)
      await noneLeft()
    },
    90_000
  )

  // By npm’s way in, at whatever moment of a demo’s first second: while the program is read, or PostgreSQL just begun.
  test.each([0, 300, 800])(
    'a demo, %i ms after it was begun, ends with its sentence and 130, and leaves nothing',
    async afterMs => {
      const data = join(folder, `begun-${afterMs}`)
      const child = spawn(process.execPath, [runner, program, 'demo', '--data', data, '--workers', '20', '--exit'], {
        env: { ...surroundings, ...environment },
        stdio: ['ignore', 'pipe', 'pipe']
      })
      onTestFinished(() => void child.kill('SIGKILL'))
      let said = ''
      for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (said += chunk.toString('utf8')))
      const ended = once(child, 'close') as Promise<[number | null]>
      // Not a child that is only asked which Node it is: until then there is nothing to stop, and the signal ends us as it ends anybody.
      await until('it has begun', async () => (await commandsOfChildren(child.pid as number)).some(words => words.includes(program)))
      await pause(afterMs)
      child.kill('SIGINT')
      const [code] = await ended
      expect([code, said]).toEqual([130, expect.stringMatching(/Stopped before the end\. Everything is kept: .*\n$/)])
      expect(said.split('Stopped before the end')).toHaveLength(2)
      expect(await ofFolder(join(data, 'postgres'))).toEqual([])
      const left = await readdir(join(data, 'postgres')).catch(() => [])
      expect(left.filter(name => name.startsWith('new-'))).toEqual([])
    },
    60_000
  )

  test('twice while it serves, after which it starts again over the same data', async () => {
    const added = [
      'clients',
      'add',
      'kept',
      '--name',
      'Kept',
      '--role',
      'authority',
      '--scope',
      'ssf.read',
      '--reason',
      'test',
      '--generate-key'
    ]
    expect((await run(environment, ...added, join(folder, 'kept.jwk'))).stderr).toBe('')
    await interrupt(command('start'), 'the gateway serves', 2)
    await noneLeft()
    expect((await run(environment, 'clients', 'list')).stdout).toContain('kept')
    expect(await ofFolder()).toEqual([])
  }, 90_000)
})
