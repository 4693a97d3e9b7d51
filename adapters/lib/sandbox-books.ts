// A partner double's own memory: an append-only file of acts that survives kill -9, and the journal that tests and the demo read.
import { mkdir, open, readFile, rename, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { JournalEntry } from '../contract.ts'

/** Something the double did or must remember. One act is one line of acts.ndjson: after a kill -9 all of it is there, or nothing. */
export interface Act {
  /** Names the act for ever, a parcel's id for instance; absent when it is never looked for. */
  key?: string
  entries: readonly JournalEntry[]
  /** Whatever the double needs to answer the same again and to go on after a restart; JSON. */
  kept?: unknown
}

export interface Books {
  /** Does `make` the first time this key is seen and gives what was kept then at every later time, restarts included. `make` runs
   *  without interruption, so it may change the double's state; it settles once the act is on disk. */
  once<Kept>(key: string, make: () => { entries: readonly JournalEntry[]; kept: Kept }): Promise<{ kept: Kept; repeated: boolean }>
  /** Writes an act that nobody will look for; settles once it is on disk. */
  add(act: Act): Promise<void>
  /** What was kept under the key, once it is on disk; undefined when there was no such act. */
  find<Kept>(key: string): Promise<Kept> | undefined
  acts(): readonly Act[]
  journal(): readonly JournalEntry[]
  close(): Promise<void>
}

const actsMax = 2_000_000
const linesPerWriteMax = 1_000

/**
 * Opens the books kept in `directory` (made when missing), dropping a last line that a kill tore in two. `journal.ndjson` follows
 * `acts.ndjson` and is written anew when it is behind, so the two never disagree.
 */
export const openBooks = async (directory: string): Promise<Books> => {
  await mkdir(directory, { recursive: true })
  const actsPath = join(directory, 'acts.ndjson')
  const journalPath = join(directory, 'journal.ndjson')
  const acts = (await wholeLines(actsPath)).map(line => JSON.parse(line) as Act)
  const journal = acts.flatMap(act => act.entries)
  if ((await wholeLines(journalPath)).length !== journal.length) await rewrite(journalPath, journal)
  const [actsFile, journalFile] = await Promise.all([appender(actsPath), appender(journalPath)])
  const byKey = new Map<string, Promise<unknown>>()
  for (const act of acts) if (act.key !== undefined) byKey.set(act.key, Promise.resolve(act.kept))

  const add = async (act: Act): Promise<void> => {
    if (acts.length >= actsMax) throw new Error(`the sandbox holds ${actsMax} acts, its limit: start it on an empty directory`)
    acts.push(act)
    journal.push(...act.entries)
    await actsFile.append([JSON.stringify(act)])
    await journalFile.append(act.entries.map(entry => JSON.stringify(entry)))
  }

  return {
    async once<Kept>(key: string, make: () => { entries: readonly JournalEntry[]; kept: Kept }) {
      const known = byKey.get(key)
      if (known !== undefined) return { kept: (await known) as Kept, repeated: true }
      const { entries, kept } = make()
      const written = add({ key, entries, kept }).then(() => kept)
      byKey.set(key, written)
      return { kept: await written, repeated: false }
    },
    add,
    find: <Kept>(key: string) => byKey.get(key) as Promise<Kept> | undefined,
    acts: () => acts,
    journal: () => journal,
    async close() {
      await actsFile.close()
      await journalFile.close()
    }
  }
}

/** The lines of a file that end in a line feed; whatever follows the last one was torn by a kill and is cut off. */
const wholeLines = async (path: string): Promise<string[]> => {
  const bytes = await readFile(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return Buffer.alloc(0)
    throw error
  })
  const end = bytes.lastIndexOf(10) + 1
  if (end < bytes.length) await truncate(path, end)
  return bytes.subarray(0, end).toString('utf8').split('\n').slice(0, -1)
}

const rewrite = async (path: string, entries: readonly JournalEntry[]) => {
  await writeFile(`${path}.new`, entries.map(entry => `${JSON.stringify(entry)}\n`).join(''), { flush: true })
  await rename(`${path}.new`, path)
}

/** Appends lines in the order given; callers that come while the disk is busy share the next write and its fsync. */
const appender = async (path: string) => {
  const file = await open(path, 'a')
  let waiting: { text: string; resolve: () => void; reject: (error: unknown) => void }[] = []
  let writing: Promise<void> | undefined

  const drain = async () => {
    while (waiting.length > 0) {
      const batch = waiting.slice(0, linesPerWriteMax)
      waiting = waiting.slice(linesPerWriteMax)
      try {
        await file.appendFile(batch.map(item => item.text).join(''))
        await file.datasync()
        for (const item of batch) item.resolve()
      } catch (error) {
        for (const item of batch) item.reject(error)
      }
    }
    writing = undefined
  }

  return {
    append(lines: readonly string[]): Promise<void> {
      if (lines.length === 0) return Promise.resolve()
      return new Promise((resolve, reject) => {
        waiting.push({ text: `${lines.join('\n')}\n`, resolve, reject })
        writing ??= drain()
      })
    },
    async close() {
      await writing
      await file.close()
    }
  }
}
