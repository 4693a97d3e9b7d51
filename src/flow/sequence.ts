// sequence: gives committed leaves their number and time in the evidence log, and publishes signed checkpoints of it. One process at a time.

import { fileCheckpoint, lastFiled, NotFiled } from '../store/checkpoint-file.ts'
import type { Tx } from '../store/database.ts'
import {
  type CheckpointRow,
  insertCheckpoint,
  insertNodes,
  lastCheckpoint,
  ledgerSize,
  lockLedger,
  sequenceLeaves
} from '../store/ledger.ts'
import { openCheckpoint, originOf, signCheckpoint } from '../trust/checkpoint.ts'
import type { LogKey } from '../trust/log-key.ts'
import { grow, rootOfTail, type Tail } from '../trust/merkle-tiles.ts'
import { NoteRefused } from '../trust/note.ts'
import { checkFiled } from './check-filed.ts'
import type { Gateway } from './gateway.ts'
import { hashRows, LogBroken, nothingSigned, readTail } from './log-tree.ts'

/** Where and as what the log is published. */
export interface LogSettings {
  issuer: string
  /** Absolute: the file that gets each checkpoint before the database does. */
  file: string
  keys: LogKeys
}

export interface LogKeys {
  /** Signs. */
  readonly log: LogKey
  /** All that ever signed: their checkpoints are checked still. */
  readonly logs: readonly LogKey[]
}

export interface Sequencer {
  /**
   * Numbers what is committed and publishes a checkpoint where one is due, or where `isWanted` and there is anything new. Does nothing while another
   * process does it. @throws LogBroken when the log is not what it was: from then on every pass throws it.
   */
  pass(isWanted: boolean): Promise<void>
}

/** A checkpoint is at most this many leaves behind: one is due when another batch might go beyond. */
const leavesMax = 1_000
const batchLeaves = 500
/** A leaf waits for its checkpoint this long; what fails closed looks at 60 s. */
const checkpointAfterMs = 10_000
/** One pass ends some time, so that a stop is heard. */
const batchesMax = 200

/** The tree as it stood when this process last looked. */
interface Head {
  size: number
  tail: Tail
  /** Of the last checkpoint, which was found to be one of this tree; null before that. */
  covered: number | null
}

export const openSequencer = (gateway: Gateway, settings: LogSettings): Sequencer => {
  let head: Head | undefined
  let broken: LogBroken | undefined
  let uncoveredSince: number | undefined

  const run = async (isWanted: boolean): Promise<void> => {
    const startedAt = performance.now()
    let moved = 0
    for (let batch = 0; batch < batchesMax; batch++) {
      const next = await gateway.database.transaction(tx => numberBatch(tx, head))
      head = next.head
      moved += next.count
      if (next.count > 0) uncoveredSince ??= performance.now()
      const isLate = uncoveredSince !== undefined && performance.now() - uncoveredSince >= checkpointAfterMs
      if (isWanted || isLate || head.covered === null || head.size - head.covered > leavesMax - batchLeaves) {
        const covered = await gateway.database.transaction(tx => publish(gateway, tx, settings, next.head))
        if (covered !== head.covered) gateway.log('ledger.published', { size: covered })
        head = { ...next.head, covered }
        uncoveredSince = undefined
      }
      if (next.count < batchLeaves) break
    }
    if (moved > 0)
      gateway.log('ledger.sequenced', { leaves: moved, size: head?.size ?? 0, durationMs: Math.round(performance.now() - startedAt) })
  }

  return {
    pass: async isWanted => {
      if (broken !== undefined) throw broken
      try {
        await gateway.database.lock('jisr sequencer', () => run(isWanted))
        gateway.ledger.trouble = null
      } catch (error) {
        // Whether it was committed is not known: the rows are read again.
        head = undefined
        if (error instanceof LogBroken) broken = error
        tellTrouble(gateway, error)
        throw error
      }
    }
  }
}

/** Once for each: their words name leaves and files, and nobody, and are the one thing that the operator must read. */
const tellTrouble = ({ ledger, log }: Gateway, error: unknown): void => {
  if (!(error instanceof LogBroken || error instanceof NotFiled) || error.message === ledger.trouble) return
  ledger.trouble = error.message
  log(error instanceof LogBroken ? 'ledger.broken' : 'ledger.unfiled', { because: error.message })
}

/** Numbers one batch and keeps the hashes of the subtrees that it completes. */
const numberBatch = async (tx: Tx, known: Head | undefined): Promise<{ head: Head; count: number }> => {
  const rows = await sequenceLeaves(tx, batchLeaves)
  const size = rows[0]?.seq ?? (await ledgerSize(tx))
  if (known !== undefined && size < known.size)
    throw new LogBroken(`The evidence log had ${known.size} leaves and now has ${size}: rows were taken out of it. ${nothingSigned}`)
  const head = known?.size === size ? known : { size, tail: await readTail(tx, size), covered: null }
  const { tail, finished } = grow(head.tail, size, hashRows(rows, size))
  if (finished.length > 0) await insertNodes(tx, finished)
  return { head: { ...head, size: size + rows.length, tail }, count: rows.length }
}

/** Signs the tree as it stands, files the checkpoint, then publishes it. @returns how many leaves the last checkpoint covers now. */
const publish = async (gateway: Gateway, tx: Tx, settings: LogSettings, head: Head): Promise<number> => {
  await lockLedger(tx)
  const last = await lastCheckpoint(tx)
  if (last !== undefined && head.covered === null) await checkLast(tx, settings, last, head)
  const isOld = last !== undefined && last.size >= head.size
  // A database that was set back under us, or another that took its place, forgets what was published; the file does not.
  if (!isOld || head.covered === null) {
    const filed = { file: settings.file, last: await lastFiled(settings.file) }
    await checkFiled(tx, head.size, filed, last, settings.keys.logs)
  }
  if (isOld) return last.size
  const origin = last?.origin ?? originOf(settings.issuer)
  const note = signCheckpoint({ origin, size: head.size, root: rootOfTail(head.tail) }, { ...settings.keys.log, name: origin })
  const signedAt = gateway.clock.wall()
  await fileCheckpoint(settings.file, { at: signedAt.toISOString(), checkpoint: note })
  await insertCheckpoint(tx, { origin, size: head.size, note, signedAt })
  return head.size
}

/** Nothing is signed that the last checkpoint is not a beginning of. */
const checkLast = async (tx: Tx, { keys }: LogSettings, last: CheckpointRow, head: Head): Promise<void> => {
  const { size, root } = openPublished(last.note, last.origin, keys.logs, 'in the database')
  if (size > head.size)
    throw new LogBroken(
      `The last checkpoint covers ${size} leaves, but the evidence log has ${head.size}: rows were taken out of it. ${nothingSigned}`
    )
  if (!rootOfTail(await readTail(tx, size)).equals(root))
    throw new LogBroken(
      `The first ${size} leaves of the evidence log are not those of its last checkpoint: rows were altered. ${nothingSigned}`
    )
}

/** A checkpoint of ours. `where` says where it stands. @throws LogBroken when none of our keys signed it. */
export const openPublished = (note: string, origin: string, keys: readonly LogKey[], where: string) => {
  try {
    return openCheckpoint(
      note,
      keys.map(({ publicKey }) => ({ name: origin, publicKey }))
    )
  } catch (error) {
    if (!(error instanceof NoteRefused)) throw error
    throw new LogBroken(`The checkpoint ${where} is not one of this gateway’s log: ${error.message}. ${nothingSigned}`, { cause: error })
  }
}
