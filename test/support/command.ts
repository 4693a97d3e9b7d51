// The real program as a process of its own: a command that ends, or a gateway that stays until it is signalled.
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, onTestFinished } from 'vitest'
import type { TestHouse } from './house.ts'

const program = fileURLToPath(new URL('../../src/main.ts', import.meta.url))

export interface Ended {
  code: number | null
  stdout: string
  stderr: string
}

export type Environment = Readonly<Record<string, string>>

/** What every process of ours needs of its surroundings: nothing else reaches it from whoever runs the tests. */
export const surroundings: Environment = {
  PATH: process.env.PATH ?? '',
  ...(process.env.NODE_COMPILE_CACHE === undefined ? {} : { NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE })
}

/** Runs the program to its end, with this environment and nothing else. */
export const run = (environment: Environment, ...words: readonly string[]): Promise<Ended> => {
  const child = spawn(process.execPath, [program, ...words], { env: { ...surroundings, ...environment } })
  const heard = { stdout: '', stderr: '' }
  for (const stream of ['stdout', 'stderr'] as const) {
    child[stream].on('data', (chunk: Buffer) => {
      heard[stream] += chunk.toString('utf8')
    })
  }
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      child.kill('SIGKILL')
      reject(new Error(`${words.join(' ')} did not end. ${heard.stderr}`))
    }, runMs)
    child.on('close', code => {
      clearTimeout(timer)
      resolve({ code, ...heard })
    })
  })
}

const runMs = 60_000

/** A folder of its own, removed after the file's tests. */
export const scratch = async (): Promise<string> => {
  const folder = await mkdtemp(join(tmpdir(), 'jisr-command-'))
  afterAll(() => rm(folder, { recursive: true, force: true }))
  return folder
}

/** What a process needs to open the same house as the test. */
export const environmentOf = async (
  t: { database: Pick<TestHouse['database'], 'url'> } & Pick<TestHouse, 'masterKey'>,
  folder: string
): Promise<Environment> => {
  const file = join(folder, 'master-key')
  await writeFile(file, t.masterKey, { mode: 0o600 })
  return { DATABASE_URL: t.database.url, MASTER_KEY_FILE: file, DATA_DIRECTORY: join(folder, 'data') }
}

export interface Running {
  child: ChildProcess
  output(): string
  /** Resolves with the code and how long the end took. */
  end(signal: NodeJS.Signals): Promise<{ code: number | null; tookMs: number }>
}

/** Starts a role; resolves when its admin port says that it is ready. It is killed after the test if it still runs. */
export const startProcess = async (environment: Environment, adminPort: number, ...words: readonly string[]): Promise<Running> => {
  const running = launch(environment, words)
  onTestFinished(running.kill)
  return untilReady(running, adminPort, words)
}

/** As `startProcess`, but whoever calls it kills it. */
export const startUnkept = (
  environment: Environment,
  adminPort: number,
  ...words: readonly string[]
): { running: Running & { kill(): Promise<void> }; ready: Promise<Running> } => {
  const running = launch(environment, words)
  return { running, ready: untilReady(running, adminPort, words) }
}

const launch = (environment: Environment, words: readonly string[]): Running & { kill(): Promise<void> } => {
  const child = spawn(process.execPath, [program, ...words], { env: { ...surroundings, ...environment } })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk.toString('utf8')))
  const ended = new Promise<number | null>(resolve => child.once('close', code => resolve(code)))
  return {
    child,
    output: () => output,
    end: async signal => {
      const askedAt = performance.now()
      child.kill(signal)
      const code = await ended
      return { code, tookMs: Math.round(performance.now() - askedAt) }
    },
    kill: async () => {
      child.kill('SIGKILL')
      await ended
    }
  }
}

const untilReady = async (running: Running, adminPort: number, words: readonly string[]): Promise<Running> => {
  const deadline = Date.now() + runMs
  for (;;) {
    const answer = await fetch(`http://127.0.0.1:${adminPort}/readyz`).catch(() => null)
    if (answer?.ok) return running
    const because = (await answer?.text()) ?? ''
    if (Date.now() > deadline || running.child.exitCode !== null)
      throw new Error(`${words.join(' ')} did not become ready. ${because} ${running.output()}`)
    await new Promise(resolve => setTimeout(resolve, 50))
  }
}
