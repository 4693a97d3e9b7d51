// import: takes a file of many events row by row through the intake, so that one bad row never sinks the others and a repeat changes nothing.
import { setTimeout as pause } from 'node:timers/promises'
import { columnKinds } from '../../../schemas/registration-row.ts'
import { DomainError } from '../../domain/errors.ts'
import type { Said } from '../../domain/words/said.ts'
import {
  closeImport,
  closeSilentImports,
  findImport,
  type ImportRow,
  insertImport,
  insertOutcomes,
  keepImportAlive,
  type RowOutcome
} from '../../store/imports.ts'
import { type Admission, admit, type Teller } from '../admit.ts'
import type { Gateway } from '../gateway.ts'
import { newId } from '../identifiers.ts'
import type { Intake } from '../intake.ts'
import { refusal, says } from '../words/words.ts'
import { csvFrames, type Frame, lineFrames, rowBytesMax } from './frames.ts'
import { checkColumns, csvReader, type ReadRow, type RowEvent, type RowReading, readLine, withMore } from './read-row.ts'
import { sheetFrames } from './sheet/sheet-frames.ts'

export type ImportFormat = 'csv' | 'ndjson' | 'xlsx'

export const importRowsMax = 100_000
/** Rows that are under way together: enough for two commits of the intake at once. */
const batchRows = 500
const aliveEveryMs = 5_000
/** Longer than any pause of a running import, which says every few seconds that it lives. */
export const silentAfterMs = 45_000

/**
 * Imports a file while it arrives. Memory holds two batches of rows, whatever the file's length: reading waits for the commits. A spreadsheet is
 * read as a whole first, within limits of its own (`sheet/limits.ts`), since what makes sense of its rows may stand behind them.
 * @param chunks the file's bytes; what it throws interrupts the import, with what a `DomainError` says as its problem
 * @param closing the gateway closes; a file that arrives ends by itself then
 * @returns what came of it, and why it was stopped before the end: rows that were taken are kept, and sending the file again completes it.
 * @throws DomainError when the header line is wrong, there is no row at all, or a spreadsheet is turned down: then nothing was stored.
 */
export const runImport = async (
  gateway: Gateway,
  intake: Intake,
  teller: Teller,
  format: ImportFormat,
  chunks: AsyncIterable<Uint8Array>,
  closing: AbortSignal
): Promise<{ imported: ImportRow; stopped: unknown }> => {
  const startedAt = performance.now()
  const { frames, readRow } = await openers[format](chunks, closing)
  const id = newId()
  await insertImport(gateway.database, { id, clientId: teller.id, format }, gateway.clock.wall())
  const alive = setInterval(() => {
    keepImportAlive(gateway.database, id, gateway.clock.wall()).catch(error => gateway.failed('import.alive', error))
  }, aliveEveryMs)
  let stopped: unknown = null
  try {
    await takeRows(gateway, intake, teller, id, frames, readRow)
  } catch (error) {
    stopped = error
  } finally {
    clearInterval(alive)
  }
  const problem = stopped === null ? nothing : problemOf(stopped)
  const closed = { id, state: stopped === null ? ('finished' as const) : ('interrupted' as const), ...problem }
  await closeImport(gateway.database, closed, gateway.clock.wall())
  const imported = (await findImport(gateway.database, teller.id, id)) as ImportRow
  const { accepted, refused, repeated } = imported
  gateway.log('import.closed', {
    import: id,
    client: teller.id,
    state: closed.state,
    accepted,
    refused,
    repeated,
    durationMs: Math.round(performance.now() - startedAt)
  })
  return { imported, stopped }
}

/** One import of this client; one that was killed with its process is told as interrupted. */
export const lookUpImport = async (gateway: Gateway, clientId: string, id: string): Promise<ImportRow | undefined> => {
  await closeKilledImports(gateway, clientId)
  return findImport(gateway.database, clientId, id)
}

/** Ends what was killed with its process, of one client or of all: who lost the answer may never ask. */
export const closeKilledImports = async (gateway: Gateway, clientId: string | null = null): Promise<void> => {
  const silentSince = new Date(gateway.clock.wall().getTime() - silentAfterMs)
  await closeSilentImports(gateway.database, clientId, silentSince, says('file-silent'))
}

const nothing = { problem: null, problemSaid: null }

const problemOf = (error: unknown): { problem: string | null; problemSaid: Said | null } => {
  if (!(error instanceof DomainError)) return { problem: null, problemSaid: says('file-cut') }
  return error.said === undefined ? { problem: error.detail, problemSaid: null } : { problem: null, problemSaid: error.said }
}

interface OpenFile {
  frames: AsyncGenerator<Frame>
  readRow: ReadRow
}

const openCsv = async (chunks: AsyncIterable<Uint8Array>): Promise<OpenFile> => {
  const frames = csvFrames(chunks)
  try {
    return { frames, readRow: await readHeader(frames) }
  } catch (error) {
    await frames.return(undefined)
    throw error
  }
}

const readHeader = async (frames: AsyncGenerator<Frame>): Promise<ReadRow> => {
  const { value: first, done } = await frames.next()
  if (done) throw refusal('invalid', says('header-empty'))
  if ('fault' in first) throw refusal('invalid', says('header-unread', { reason: first.fault.said }))
  return csvReader(first.text)
}

/** What a row of a spreadsheet says becomes the line of NDJSON that says it, and is taken as one. */
const openSheet = async (chunks: AsyncIterable<Uint8Array>, closing: AbortSignal): Promise<OpenFile> => {
  const { header, frames } = await sheetFrames(chunks, { kinds: columnKinds, rowsMax: importRowsMax, rowBytesMax }, closing)
  checkColumns(header)
  return { frames, readRow: readLine }
}

const openers = {
  csv: openCsv,
  ndjson: async chunks => ({ frames: lineFrames(chunks), readRow: readLine }),
  xlsx: openSheet
} as const satisfies Record<ImportFormat, (chunks: AsyncIterable<Uint8Array>, closing: AbortSignal) => Promise<OpenFile>>

interface ReadingAt {
  row: number
  reading: RowReading
  text: string
}

/** One batch is being read while the one before it is being committed. */
const takeRows = async (
  gateway: Gateway,
  intake: Intake,
  teller: Teller,
  importId: string,
  frames: AsyncGenerator<Frame>,
  readRow: ReadRow
): Promise<void> => {
  let settling: Promise<void> = Promise.resolve()
  let batch: ReadingAt[] = []
  let count = 0
  const flush = async () => {
    const rows = batch
    batch = []
    await settling
    settling = settleBatch(gateway, intake, teller, importId, rows)
    // It is awaited with the next batch; until then its failure is nobody's.
    settling.catch(() => undefined)
  }
  try {
    for await (const frame of frames) {
      const reading = 'fault' in frame ? { fault: { pointer: null, ...frame.fault } } : readRow(frame.text)
      if (reading === null) continue
      count += 1
      if (count > importRowsMax) {
        throw refusal('invalid', says('rows-too-many', { max: importRowsMax }), { slug: 'too-large' })
      }
      batch.push({ row: frame.row ?? count, reading, text: 'text' in frame ? frame.text : '' })
      if (batch.length >= batchRows) await flush()
    }
  } finally {
    // What was read counts, also when the file breaks off behind it.
    if (batch.length > 0) await flush()
    await settling
  }
}

const settleBatch = async (
  gateway: Gateway,
  intake: Intake,
  teller: Teller,
  importId: string,
  rows: readonly ReadingAt[]
): Promise<void> => {
  const outcomes = await Promise.all(
    rows.map(async ({ row, reading, text }) => ({ row, ...(await settleRow(gateway, intake, teller, reading, text)) }))
  )
  await insertOutcomes(gateway.database, importId, outcomes, gateway.clock.wall())
}

type Outcome = Omit<RowOutcome, 'row'>

const settleRow = async (gateway: Gateway, intake: Intake, teller: Teller, reading: RowReading, text: string): Promise<Outcome> => {
  if ('fault' in reading) return refused(reading.fault.code, reading.fault.said, reading.fault.pointer)
  try {
    return toOutcome(await admitWhenRoom(gateway, intake, teller, reading.event, text))
  } catch (error) {
    // The store is away: the whole import stops. Anything else is this row's alone.
    if (error instanceof DomainError) throw error
    gateway.failed('import.row', error)
    return refused('fault', says('row-failed'), null)
  }
}

const triesMax = 60
const roomPauseMs = 500

/** A full intake is only a reason to read more slowly. */
const admitWhenRoom = async (gateway: Gateway, intake: Intake, teller: Teller, event: RowEvent, text: string): Promise<Admission> => {
  const { key, type, about, effectiveAt, payload } = event
  const told = {
    key: `row ${key}`,
    type,
    sourceId: about,
    payload,
    effectiveAt: new Date(effectiveAt),
    evidence: text,
    way: 'row' as const,
    correctable: true as const
  }
  for (let round = 1; ; round++) {
    try {
      return await admit(intake, gateway.clock.wall(), teller, told)
    } catch (error) {
      if (!(error instanceof DomainError && error.code === 'unavailable') || round >= triesMax) throw error
      await pause(roomPauseMs)
    }
  }
}

/** A reason that is there in English alone is kept so. */
const refused = (code: string, reason: Said | string, pointer: string | null): Outcome => ({
  status: 'refused',
  code,
  pointer,
  ...(typeof reason === 'string' ? { reason, said: null } : { reason: null, said: reason }),
  eventId: null
})

const toOutcome = (answer: Admission): Outcome => {
  switch (answer.status) {
    case 'accepted':
      return {
        status: answer.repeated ? 'repeated' : 'accepted',
        code: null,
        pointer: null,
        reason: null,
        said: null,
        eventId: answer.eventId
      }
    case 'refused':
      return refused(answer.code, answer.said ?? answer.reason, null)
    case 'conflict':
      return refused('row-changed', says('row-changed'), null)
    case 'unknown-type':
      return refused('value', says('row-ours'), '/type')
    case 'not-yet':
      return refused('not-yet', says('row-not-yet'), null)
    case 'not-granted':
      return refused('not-granted', answer.said, null)
    case 'unfit': {
      const [first, ...more] = answer.faults
      if (first === undefined) throw new Error('a row was refused without a reason')
      return refused(first.code, withMore(first.said, more.length), `/payload${first.pointer}`)
    }
  }
}
