// verify the heads: every checkpoint in the database and in the file outside it, each signed by a key of this log, in the order of their sizes. Read as they are
// needed: a log that has run for years has millions of them.
import { fileSize, readFiledCheckpoints } from '../store/checkpoint-file.ts'
import type { Database, Tx } from '../store/database.ts'
import { type CheckpointRow, lastCheckpoint, ledgerSize, lockLedger, readCheckpoints } from '../store/ledger.ts'
import { peekCheckpoint } from '../trust/checkpoint.ts'
import type { LogKey } from '../trust/log-key.ts'
import type { Hash } from '../trust/merkle.ts'
import { NoteRefused, openNote } from '../trust/note.ts'

export type Tell = (where: string, what: string) => void

/** A signed tree head that the rows must agree with. */
export interface SignedHead {
  where: string
  origin: string
  size: number
  root: Hash
  note: string
  /** When it was signed, as its row or its line says: the note does not. */
  at: Date
  isPublished: boolean
}

/** How far is looked: database and file grow meanwhile, and are read up to where they fitted each other. */
export interface Bounds {
  leaves: number
  last: CheckpointRow | undefined
  fileBytes: number
}

/** Nobody numbers, files or publishes in the moment in which these are taken. */
export const takeBounds = (database: Database, file: string): Promise<Bounds> =>
  database.transaction(async tx => {
    await lockLedger(tx)
    return { leaves: await ledgerSize(tx), last: await lastCheckpoint(tx), fileBytes: await fileSize(file) }
  })

export interface Heads {
  /** Those of the log that is being written, all of one size together, in the order of their sizes. Read once; then `counts` are whole. */
  bySize: AsyncGenerator<readonly SignedHead[]>
  /** `unfiled`: published ones of before the file's first line. */
  counts: { published: number; filed: number; unfiled: number }
}

const rowsAtOnce = 4_096
/** More gaps than this are not told apart. */
const gapsMax = 1_000

/** Tells of every head that is not signed, or out of its order. When all are read, of how file and database do not fit together. */
export const readHeads = (tx: Tx, { file, keys }: { file: string; keys: readonly LogKey[] }, bounds: Bounds, fault: Tell): Heads => {
  const counts = { published: 0, filed: 0, unfiled: 0 }
  const last = bounds.last === undefined ? undefined : (headOf(publishedAs(bounds.last), keys, () => {}) ?? bounds.last)
  let lastFiled: SignedHead | undefined
  let isLastFiled = false
  /** The file began with a checkpoint of this log: what is older is in the database alone, as after `jisr log file-anew`. */
  let isBegunWithin = false
  /** Of lines that stand where they do not belong, which is told of them. */
  const displaced = new Set<number>()

  async function* published() {
    for await (const head of publishedHeads(tx, bounds.last?.id ?? 0, keys, fault)) {
      counts.published += 1
      if (head.origin === last?.origin) yield head
    }
  }
  async function* filed() {
    let before: SignedHead | undefined
    for await (const head of filedHeads(file, bounds.fileBytes, keys, fault)) {
      counts.filed += 1
      isBegunWithin ||= counts.filed === 1 && head.origin === last?.origin
      isLastFiled ||= head.origin === last?.origin && head.size === last.size
      lastFiled = head
      if (head.origin !== last?.origin) continue
      if (before !== undefined && head.size < before.size) {
        if (displaced.size < gapsMax) displaced.add(head.size)
        fault(
          head.where,
          `stands behind a checkpoint of ${before.size} leaves, and covers ${head.size}: the log was set back, or lines were moved`
        )
      } else {
        before = head
        yield head
      }
    }
  }
  async function* bySize() {
    const streams = [published(), filed()] as const
    const gaps: Gap[] = []
    let before: 'nothing' | 'a line' | 'a gap' = 'nothing'
    try {
      for await (const heads of merged(...streams)) {
        const size = heads[0]?.size ?? 0
        if (heads.some(head => !head.isPublished)) before = 'a line'
        else if (before === 'nothing' && isBegunWithin) counts.unfiled += 1
        else {
          note(gaps, size, before === 'a gap')
          before = 'a gap'
        }
        yield heads
      }
    } finally {
      for (const stream of streams) await stream.return()
    }
    const missing = gaps.filter(({ from, to, count }) => count > [...displaced].filter(size => from <= size && size <= to).length)
    for (const gap of missing) if (gap.to !== last?.size) fault(file, `lacks ${gapText(gap)} published: lines were taken out of it`)
    comparePlaces({ last, lastFiled, isLastFiled, file }, fault)
  }
  return { bySize: bySize(), counts }
}

/** Published checkpoints, one after the other, that have no line between their neighbours' lines. */
interface Gap {
  from: number
  to: number
  count: number
}

const note = (gaps: Gap[], size: number, goesOn: boolean): void => {
  const gap = gaps.at(-1)
  if (goesOn && gap !== undefined) Object.assign(gap, { to: size, count: gap.count + 1 })
  else if (gaps.length < gapsMax) gaps.push({ from: size, to: size, count: 1 })
}

const gapText = ({ from, to, count }: Gap): string =>
  count === 1 ? `the checkpoint of ${from} leaves that was` : `the ${count} checkpoints of ${from} to ${to} leaves that were`

async function* publishedHeads(tx: Tx, lastId: number, keys: readonly LogKey[], fault: Tell): AsyncGenerator<SignedHead> {
  let last: CheckpointRow | undefined
  const highest = new Map<string, number>()
  for (;;) {
    const rows = (await readCheckpoints(tx, last?.id ?? 0, rowsAtOnce)).filter(row => row.id <= lastId)
    for (const row of rows) {
      const head = headOf(publishedAs(row), keys, fault)
      if (head !== null && (head.size !== row.size || head.origin !== row.origin))
        fault(head.where, 'says another size or log in its row than in its note')
      if (last !== undefined && last.origin === row.origin && row.size <= last.size)
        fault(`checkpoint of ${row.size} leaves in the database`, `was published after one of ${last.size}: the log was set back`)
      // One that is out of its order was told of, by this row or by its note, and fits nothing that is read in order.
      if (head !== null && head.size > (highest.get(head.origin) ?? -1)) {
        highest.set(head.origin, head.size)
        yield head
      }
      last = row
    }
    if (rows.length < rowsAtOnce) return
  }
}

async function* filedHeads(file: string, bytes: number, keys: readonly LogKey[], fault: Tell): AsyncGenerator<SignedHead> {
  for await (const { line, filed } of readFiledCheckpoints(file, bytes)) {
    const where = `line ${line} of ${file}`
    if (filed === null) {
      fault(where, 'cannot be read: it was altered, or a power cut left it half-written')
      continue
    }
    const head = headOf({ where, note: filed.checkpoint, at: new Date(filed.at), isPublished: false }, keys, fault)
    if (head !== null) yield head
  }
}

const publishedAs = ({ size, note, signedAt }: CheckpointRow) => ({
  where: `checkpoint of ${size} leaves in the database`,
  note,
  at: signedAt,
  isPublished: true
})

const headOf = (
  unread: Pick<SignedHead, 'where' | 'note' | 'at' | 'isPublished'>,
  keys: readonly LogKey[],
  fault: Tell
): SignedHead | null => {
  try {
    const { origin, size, root } = peekCheckpoint(unread.note)
    openNote(
      unread.note,
      keys.map(({ publicKey }) => ({ name: origin, publicKey }))
    )
    return { ...unread, origin, size, root }
  } catch (error) {
    if (!(error instanceof NoteRefused)) throw error
    fault(unread.where, `is not signed by this log’s keys: ${error.message}`)
    return null
  }
}

async function* merged(...streams: readonly AsyncGenerator<SignedHead>[]): AsyncGenerator<SignedHead[]> {
  const next = await Promise.all(streams.map(stream => stream.next()))
  for (;;) {
    const size = Math.min(...next.map(one => (one.done ? Number.POSITIVE_INFINITY : one.value.size)))
    if (size === Number.POSITIVE_INFINITY) return
    const heads: SignedHead[] = []
    for (const [i, stream] of streams.entries()) {
      for (let one = next[i]; one?.done === false && one.value.size === size; one = await stream.next(), next[i] = one)
        heads.push(one.value)
    }
    yield heads
  }
}

/** Each checkpoint is filed before it is published, with the moment of its signature: the file ends where the database ends, or one later. */
const comparePlaces = (
  found: { last: { origin: string; size: number } | undefined; lastFiled: SignedHead | undefined; isLastFiled: boolean; file: string },
  fault: Tell
): void => {
  const { last, lastFiled, isLastFiled, file } = found
  if (last !== undefined && !isLastFiled)
    fault(
      file,
      lastFiled === undefined
        ? 'is missing or empty: restore it from its backup, or, where it is lost for good, run `jisr log file-anew`'
        : `lacks the checkpoint of ${last.size} leaves that was published last: it is an older copy, or another installation’s`
    )
  if (lastFiled !== undefined && lastFiled.origin !== last?.origin)
    fault(
      lastFiled.where,
      `is of the log ${lastFiled.origin}, but the database ${last === undefined ? 'has none yet' : `is of the log ${last.origin}`}: the database was set back, or the file is another installation’s`
    )
}

/** When it was signed stands in no note, but in two places that no one hand reaches alone: the row, and the line that was written before it. */
export const compareTimes = (heads: readonly SignedHead[], fault: Tell): void => {
  for (const { where, at } of heads.filter(head => head.isPublished)) {
    const lines = heads.filter(head => !head.isPublished)
    if (lines.length > 0 && lines.every(line => line.at.getTime() !== at.getTime()))
      fault(
        where,
        `is said to have been signed at ${at.toISOString()}, and ${lines[0]?.where} says ${timeText(lines[0]?.at)}: one of the two was altered`
      )
  }
}

const timeText = (at: Date | undefined): string => (at === undefined || Number.isNaN(at.getTime()) ? 'no time' : at.toISOString())
