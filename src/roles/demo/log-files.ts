// The demo's logs: one file for each process, wide JSON lines of listed fields as in real use, of a bounded size.
import { appendFileSync, mkdirSync, renameSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { type Log, openLog } from '../log.ts'

const bytesMax = 5_000_000
const gatherMs = 200

export const logFolder = (directory: string): string => join(directory, 'log')

/** The log of one process, `name`, under the demo's folder. When its file is full it becomes `<name>.1.log`, in place of the one before. */
export const openLogFile = (directory: string, name: string, limit: number = bytesMax): Log =>
  openLog({ level: 'info', role: name, to: { write: gather(logFolder(directory), name, limit) } })

/** Lines are gathered for a moment, and what is left is written when the process ends. A log that cannot be written stops nothing. */
const gather = (folder: string, name: string, limit: number): ((line: string) => void) => {
  const path = join(folder, `${name}.log`)
  let waiting: string[] = []
  const flush = () => {
    const text = waiting.join('')
    waiting = []
    if (text === '') return
    try {
      mkdirSync(folder, { recursive: true })
      const size = statSync(path, { throwIfNoEntry: false })?.size ?? 0
      if (size > 0 && size + text.length > limit) renameSync(path, join(folder, `${name}.1.log`))
      appendFileSync(path, text, { mode: 0o600 })
    } catch {}
  }
  process.once('exit', flush)
  return line => {
    waiting.push(line)
    if (waiting.length === 1) setTimeout(flush, gatherMs).unref()
  }
}
