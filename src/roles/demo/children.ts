// The demo's other processes: each with its options in a file and its pid noted, started again when it dies, ended when the demo ends.
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as pause } from 'node:timers/promises'
import type { Fields, Log } from '../log.ts'

export interface Child {
  name: string
  /** Lines of JSON that the process writes. */
  onLine(heard: (line: Record<string, unknown>) => void): void
  /** Rejects when the process has died too often. */
  broken: Promise<never>
  close(): Promise<void>
}

export interface ChildOptions {
  /** Told, in a sentence, when the process died and is started again. */
  note?: (text: string) => void
  /** Told of its start and end, and of its own lines with a `station`. */
  log?: Log['log']
  /** How often it is started again; 5 by default. */
  revivalsMax?: number
}

const readyMs = 30_000
const stopMs = 5_000
const revivalsByDefault = 5
const revivalPauseMs = 200

/** It did not end by itself: a signal ended it before it was ready. */
class Killed extends Error {
  override name = 'Killed'
}

/**
 * Starts `script` with its options in a file; resolves when it has written its first line of JSON. A process that dies later, or is killed
 * before, is started again with the same options, and so on the same books.
 * @throws Error with the last of what it wrote to its error output when it ends by itself before it is ready, or is killed too often.
 */
export const startChild = async (
  directory: string,
  name: string,
  script: string,
  options: object,
  { note = () => {}, log = () => {}, revivalsMax = revivalsByDefault }: ChildOptions = {}
): Promise<Child> => {
  const folder = join(directory, 'processes')
  await mkdir(folder, { recursive: true })
  const pidFile = join(folder, `${name}.pid`)
  await endLeftover(pidFile, script)
  const optionsFile = join(folder, `${name}.json`)
  await writeFile(optionsFile, JSON.stringify(options), { mode: 0o600 })
  const heard = newHearing()
  let closing = false
  let current: ChildProcess
  const broken = Promise.withResolvers<never>()
  // Whoever started it waits for this only while the campaign runs.
  broken.promise.catch(() => {})

  const start = async (): Promise<void> => {
    const { child, ready } = spawnChild(
      name,
      script,
      optionsFile,
      line => {
        const { station, ...fields } = line
        if (typeof station === 'string') log(station, fields as Fields)
        else heard.hear(line)
      },
      log
    )
    current = child
    if (child.pid !== undefined) await writeFile(pidFile, String(child.pid))
    await ready
    child.once('exit', () => void revive())
    // It may have died between its first line and here.
    if (isOver(child)) void revive()
  }
  let revivals = 0
  const revive = async (): Promise<void> => {
    while (!closing) {
      revivals += 1
      if (revivals > revivalsMax) return broken.reject(new Error(`${name} ended ${revivals} times, and is not started again`))
      note(`${name} ended unexpectedly and is started again.`)
      await pause(revivalPauseMs * revivals)
      if (closing) return
      try {
        return await start()
      } catch (error) {
        note((error as Error).message.split('\n')[0] as string)
      }
    }
  }
  try {
    await start()
  } catch (error) {
    if (!(error instanceof Killed)) throw error
    await Promise.race([broken.promise, revive()])
  }
  return {
    name,
    onLine: heard.onLine,
    broken: broken.promise,
    close: async () => {
      closing = true
      await end(current)
      await rm(pidFile, { force: true })
    }
  }
}

/** Spawns in a session of its own, so that Ctrl+C reaches the demo alone; the channel between us tells the process when we are gone. */
const spawnChild = (name: string, script: string, optionsFile: string, hear: (line: Record<string, unknown>) => void, log: Log['log']) => {
  const child = spawn(process.execPath, [script, optionsFile], {
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    detached: true,
    windowsHide: true
  })
  let errors = ''
  child.stderr?.on('data', (chunk: Buffer) => {
    errors = `${errors}${chunk.toString('utf8')}`.slice(-4_000)
  })
  log('child.started', { what: name })
  // The frames of its stack alone: the words of an error may be a person's.
  child.once('close', (exitCode, signal) => log('child.ended', { what: name, exitCode, signal, at: framesOf(errors) }))
  const ready = new Promise<void>((resolve, reject) => {
    const timer = setTimeout(() => {
      child.kill('SIGKILL')
      reject(new Error(`${name} did not start within ${readyMs} ms. ${errors}`))
    }, readyMs)
    child.once('error', reject)
    child.once('exit', (code, signal) => {
      clearTimeout(timer)
      if (signal !== null) reject(new Killed(`${name} was ended by ${signal} before it was ready.`))
      else reject(new Error(`${name} ended with ${code} before it was ready. ${errors}`))
    })
    if (child.stdout === null) return reject(new Error(`${name} has no output to read`))
    createInterface({ input: child.stdout }).on('line', line => {
      if (!line.startsWith('{')) return
      clearTimeout(timer)
      resolve()
      hear(JSON.parse(line) as Record<string, unknown>)
    })
  })
  return { child, ready }
}

/** Keeps what was said until somebody listens. */
const newHearing = () => {
  const listeners: ((line: Record<string, unknown>) => void)[] = []
  const backlog: Record<string, unknown>[] = []
  return {
    hear: (line: Record<string, unknown>) => {
      if (listeners.length === 0) backlog.push(line)
      for (const listener of listeners) listener(line)
    },
    onLine: (listener: (line: Record<string, unknown>) => void) => {
      listeners.push(listener)
      for (const line of backlog.splice(0)) listener(line)
    }
  }
}

const framesOf = (errors: string): string | null =>
  errors
    .split('\n')
    .filter(line => /^ {4}at /.test(line))
    .slice(0, 8)
    .map(line => line.trim().slice(3))
    .join(' < ') || null

const isOver = (child: ChildProcess): boolean => child.exitCode !== null || child.signalCode !== null

const end = (child: ChildProcess): Promise<void> =>
  new Promise(resolve => {
    if (isOver(child)) return resolve()
    const timer = setTimeout(() => child.kill('SIGKILL'), stopMs)
    child.once('exit', () => {
      clearTimeout(timer)
      resolve()
    })
    child.kill('SIGTERM')
  })

/** Ends the process that a killed demo left behind, if the pid still is that process. */
const endLeftover = async (pidFile: string, script: string): Promise<void> => {
  const pid = Number(await readFile(pidFile, 'utf8').catch(() => ''))
  if (!Number.isInteger(pid) || pid <= 1) return
  const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')
  if (!command.includes(script)) return
  try {
    process.kill(pid, 'SIGKILL')
  } catch (error) {
    // It ended by itself in the meantime.
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
  const deadline = Date.now() + stopMs
  while (Date.now() < deadline && (await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')) !== '') await pause(20)
}
