// The demo's other processes: each with its options in a file, its pid noted, replaced when an earlier demo left it running.
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

export interface Child {
  name: string
  /** Lines of JSON that the process writes. */
  onLine(heard: (line: Record<string, unknown>) => void): void
  close(): Promise<void>
}

const readyMs = 30_000
const stopMs = 5_000

/**
 * Starts `script` with its options in a file; resolves when it has written its first line of JSON.
 * @throws Error with what it wrote to its error output when it ends before that.
 */
export const startChild = async (directory: string, name: string, script: string, options: object): Promise<Child> => {
  const folder = join(directory, 'processes')
  await mkdir(folder, { recursive: true })
  const pidFile = join(folder, `${name}.pid`)
  await endLeftover(pidFile, script)
  const optionsFile = join(folder, `${name}.json`)
  await writeFile(optionsFile, JSON.stringify(options), { mode: 0o600 })
  const child = spawn(process.execPath, [script, optionsFile], { stdio: ['ignore', 'pipe', 'pipe'] })
  if (child.pid !== undefined) await writeFile(pidFile, String(child.pid))
  const heard: ((line: Record<string, unknown>) => void)[] = []
  const backlog: Record<string, unknown>[] = []
  let errors = ''
  child.stderr.on('data', (chunk: Buffer) => {
    errors = `${errors}${chunk.toString('utf8')}`.slice(-4_000)
  })
  await new Promise<void>((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`${name} did not start within ${readyMs} ms. ${errors}`)), readyMs)
    child.once('exit', code => reject(new Error(`${name} ended with ${code} before it was ready. ${errors}`)))
    createInterface({ input: child.stdout }).on('line', line => {
      if (!line.startsWith('{')) return
      const value = JSON.parse(line) as Record<string, unknown>
      clearTimeout(timer)
      resolve()
      if (heard.length === 0) backlog.push(value)
      for (const listener of heard) listener(value)
    })
  })
  return {
    name,
    onLine: listener => {
      heard.push(listener)
      for (const line of backlog.splice(0)) listener(line)
    },
    close: async () => {
      await end(child)
      await rm(pidFile, { force: true })
    }
  }
}

const end = (child: ChildProcess): Promise<void> =>
  new Promise(resolve => {
    if (child.exitCode !== null || child.signalCode !== null) return resolve()
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
  process.kill(pid, 'SIGKILL')
  const deadline = Date.now() + stopMs
  while (Date.now() < deadline && (await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')) !== '') {
    await new Promise(resolve => setTimeout(resolve, 20))
  }
}
