// The server's process: started so that it outlives us, recognised when an earlier process of ours left it, stopped fast and safely.
import { spawn } from 'node:child_process'
import { open, readdir, readFile, readlink, rm, stat, truncate } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { choosePort, type PidFile, readPidFile, writeSettings } from './cluster.ts'
import type { Place } from './place.ts'

export interface Child {
  port: number
  /** What the server wrote to its log since this start. */
  words(): Promise<string>
  /** False while it runs. */
  exited(): boolean
  /** Ends it at once, also before it has written its pid file; resolves when it is gone. */
  end(): Promise<void>
}

const logBytesMax = 10_000_000

/** Starts the server in a session of its own: neither Ctrl-C in the terminal nor a kill -9 of this process reaches it. */
export const spawnServer = async (place: Place, postgres: string, durable: boolean): Promise<Child> => {
  const port = await choosePort(place)
  await writeSettings(place, port, durable)
  const logFile = join(place.folder, 'server.log')
  const size = await stat(logFile).then(
    found => found.size,
    () => 0
  )
  if (size > logBytesMax) await truncate(logFile)
  const log = await open(logFile, 'a', 0o640)
  const start = size > logBytesMax ? 0 : size
  let over = false
  let failure = ''
  let pid: number | undefined
  try {
    const child = spawn(postgres, ['-D', place.cluster], {
      ...place.account,
      cwd: '/',
      env: { LC_ALL: 'C', TZ: 'UTC' },
      detached: true,
      stdio: ['ignore', log.fd, log.fd]
    })
    child.on('error', error => {
      over = true
      failure = String(error)
    })
    child.on('exit', () => {
      over = true
    })
    child.unref()
    pid = child.pid
  } finally {
    await log.close()
  }
  return {
    port,
    exited: () => over,
    words: async () => failure + (await readFile(logFile)).subarray(start).toString('utf8'),
    end: async () => {
      for (const signal of ['SIGQUIT', 'SIGKILL'] as const) {
        const deadline = Date.now() + quitMs
        // Our own child keeps its number until we hear of its end: it cannot be another's by now.
        if (!over && pid !== undefined) send(pid, signal)
        while (!over && pid !== undefined && Date.now() < deadline) await pause(20)
      }
    }
  }
}

const quitMs = 2_000

/**
 * Whose process the pid file names. `ours`: a server over this very folder. `gone`: nobody; PostgreSQL itself replaces the file, after making sure that
 * no child of the old server is left. `stranger`: the number was given to another program since, and PostgreSQL would refuse to start.
 */
export const identify = async (place: Place, { pid }: PidFile): Promise<'ours' | 'gone' | 'stranger'> => {
  if (!isAlive(pid)) return 'gone'
  if (process.platform === 'linux') return (await servesFolder(String(pid), place.cluster)) ? 'ours' : 'stranger'
  // Elsewhere the process table is not ours to read: a living process is taken for the server, and the deadline tells when it is not.
  return 'ours'
}

/** Removes the pid file of a server that is gone while its number lives on in another program. Refuses while any process works in the folder. */
export const removeStalePidFile = async (place: Place): Promise<void> => {
  for (const pid of await readdir('/proc')) {
    if (/^\d+$/.test(pid) && (await servesFolder(pid, place.cluster))) return
  }
  await rm(join(place.cluster, 'postmaster.pid'), { force: true })
}

/** Stops the server: fast shutdown, then after `fastMs` the immediate one, from which the next start recovers. */
export const stopServer = async (place: Place, fastMs = 8_000): Promise<void> => {
  const running = await readPidFile(place)
  if (running === null || (await identify(place, running)) !== 'ours') return
  for (const [signal, limitMs] of [
    ['SIGINT', fastMs],
    ['SIGQUIT', 5_000],
    ['SIGKILL', 5_000]
  ] as const) {
    if (!send(running.pid, signal)) return
    const deadline = Date.now() + limitMs
    while (Date.now() < deadline) {
      if (!isAlive(running.pid) || (await readPidFile(place))?.pid !== running.pid) return
      await pause(20)
    }
  }
  throw new Error(`PostgreSQL (process ${running.pid}) does not stop. End it by hand: kill -9 ${running.pid}`)
}

/** True for a PostgreSQL process whose working folder is this cluster: the server or one of its children. A zombie has no folder. */
const servesFolder = async (pid: string, cluster: string): Promise<boolean> => {
  const [folder, name] = await Promise.all([
    readlink(`/proc/${pid}/cwd`).catch(() => ''),
    readFile(`/proc/${pid}/comm`, 'utf8').catch(() => '')
  ])
  return folder === cluster && name.startsWith('postgres')
}

const isAlive = (pid: number): boolean => send(pid, 0)

const send = (pid: number, signal: NodeJS.Signals | 0): boolean => {
  try {
    process.kill(pid, signal)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
