// The clients' own books: what the gateway answered 202 to, on disk before anything is built on it.
import { appendFile, readFile } from 'node:fs/promises'
import { join } from 'node:path'

/** A message that the gateway took: by the client and the client's own key of it. */
export interface Taken {
  client: string
  key: string
}

export interface TakenBook {
  note(taken: Taken): void
  /** Resolves when all that was noted is in the file. */
  written(): Promise<void>
}

const fileIn = (directory: string): string => join(directory, 'taken.ndjson')

/** Opens the book in the clients' folder, which must exist. A line that a kill tore ends where it is. */
export const openTakenBook = async (directory: string): Promise<TakenBook> => {
  const before = await readFile(fileIn(directory), 'utf8').catch(() => '')
  if (before !== '' && !before.endsWith('\n')) await appendFile(fileIn(directory), '\n')
  const waiting: string[] = []
  let writing: Promise<void> = Promise.resolve()
  return {
    note: taken => {
      waiting.push(`${JSON.stringify(taken)}\n`)
    },
    written: () => {
      writing = writing.then(async () => {
        const lines = waiting.splice(0)
        if (lines.length > 0) await appendFile(fileIn(directory), lines.join(''))
      })
      return writing
    }
  }
}

/** What was taken, each message once; a line that a kill tore is left out: its message was pushed again. */
export const readTaken = async (directory: string): Promise<Taken[]> => {
  const text = await readFile(fileIn(directory), 'utf8').catch(() => '')
  return [...new Set(text.split('\n'))].flatMap(line => parsed(line) ?? [])
}

const parsed = (line: string): Taken | null => {
  try {
    return JSON.parse(line) as Taken
  } catch {
    return null
  }
}
