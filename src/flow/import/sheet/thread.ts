// The thread a spreadsheet is read in: it takes one file, answers once, and holds no key, no connection and nothing of the environment.
import { parentPort, workerData } from 'node:worker_threads'
import { DomainError } from '../../../domain/errors.ts'
import type { Said } from '../../../domain/words/said.ts'
import { readSheet, type SheetRequest, type SheetRows } from './read-sheet.ts'

export type ThreadAnswer = { rows: SheetRows } | { refused: { said: Said; slug: string } }

const answer = async (): Promise<ThreadAnswer> => {
  try {
    return { rows: await readSheet(workerData as SheetRequest) }
  } catch (error) {
    if (error instanceof DomainError && error.said !== undefined) return { refused: { said: error.said, slug: error.slug } }
    throw error
  }
}

const told = await answer()
parentPort?.postMessage(told, 'rows' in told ? [told.rows.frames.bytes.buffer] : [])
