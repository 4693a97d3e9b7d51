// Frames of a spreadsheet: gathers the file, has it read in a thread of its own, and gives its rows one by one.

import { Worker } from 'node:worker_threads'
import type { DomainError } from '../../../domain/errors.ts'
import { refusal, says } from '../../words/words.ts'
import type { Frame } from '../frames.ts'
import type { SheetRequest, SheetRows } from './read-sheet.ts'
import { tooMuch } from './refuse.ts'
import type { ThreadAnswer } from './thread.ts'

export interface SheetFrames {
  header: string[]
  frames: AsyncGenerator<Frame>
}

/**
 * Reads a whole spreadsheet before the first of its rows is given, so that one that is turned down leaves nothing behind.
 * @param closing the gateway closes: whoever waits or reads is told so
 * @throws DomainError when the file does not arrive, is turned down, or costs more than we give
 */
export const sheetFrames = async (
  chunks: AsyncIterable<Uint8Array>,
  request: Omit<SheetRequest, 'file'>,
  closing: AbortSignal,
  limits: ThreadLimits = threadLimits
): Promise<SheetFrames> => {
  const file = await gather(chunks)
  const { header, frames } = await inTurn(closing, limits, () => readInThread({ ...request, file }, closing, limits))
  return { header, frames: framesOf(frames, closing) }
}

/** In memory, since what stands in it must not lie on a disk in clear. Its length is limited where it arrives. */
const gather = async (chunks: AsyncIterable<Uint8Array>): Promise<Uint8Array<ArrayBuffer>> => {
  const pieces: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of chunks) {
    pieces.push(chunk)
    bytes += chunk.length
  }
  // A buffer of its own can be handed over; one from the pool would take its neighbours along.
  const own = new Uint8Array(new ArrayBuffer(bytes))
  let at = 0
  for (const piece of pieces) {
    own.set(piece, at)
    at += piece.length
  }
  return own
}

interface ThreadLimits {
  /** For the turn of a file. */
  waitMs: number
  readMs: number
  heapMiB: number
}

const threadLimits: ThreadLimits = { waitMs: 150_000, readMs: 120_000, heapMiB: 384 }

let turn: Promise<unknown> = Promise.resolve()

/** One spreadsheet at a time: what it may cost in memory, it costs once. */
const inTurn = async <Result>(closing: AbortSignal, { waitMs }: ThreadLimits, read: () => Promise<Result>): Promise<Result> => {
  const before = turn
  const { promise: mine, resolve: done } = Promise.withResolvers<void>()
  turn = before.then(() => mine)
  try {
    await orStop(before, closing, waitMs, () => refusal('unavailable', says('sheets-busy'), { retryAfterSeconds: 30 }))
    return await read()
  } finally {
    done()
  }
}

const readInThread = async (
  request: SheetRequest & { file: Uint8Array<ArrayBuffer> },
  closing: AbortSignal,
  { readMs, heapMiB }: ThreadLimits
): Promise<SheetRows> => {
  const thread = new Worker(new URL('./thread.ts', import.meta.url), {
    workerData: request,
    transferList: [request.file.buffer],
    env: {},
    resourceLimits: { maxOldGenerationSizeMb: heapMiB, maxYoungGenerationSizeMb: Math.ceil(heapMiB / 12) }
  })
  const answered = new Promise<ThreadAnswer>((resolve, reject) => {
    thread.once('message', resolve)
    thread.once('error', reject)
    thread.once('exit', code => reject(new Error(`the thread that reads spreadsheets ended with ${code} and said nothing`)))
  })
  try {
    const answer = await orStop(answered, closing, readMs, () => tooMuch(says('much-time', { seconds: readMs / 1000 })))
    if ('refused' in answer) throw refusal('invalid', answer.refused.said, { slug: answer.refused.slug })
    return answer.rows
  } catch (error) {
    if (isOutOfMemory(error)) throw tooMuch(says('much-memory'))
    throw error
  } finally {
    await thread.terminate()
  }
}

const isOutOfMemory = (error: unknown): boolean => error instanceof Error && 'code' in error && error.code === 'ERR_WORKER_OUT_OF_MEMORY'

const orStop = <Result>(awaited: Promise<Result>, closing: AbortSignal, limitMs: number, late: () => DomainError): Promise<Result> =>
  new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(late()), limitMs)
    const onClose = () => reject(stopping())
    closing.addEventListener('abort', onClose, { once: true })
    if (closing.aborted) onClose()
    awaited.then(resolve, reject).finally(() => {
      clearTimeout(timer)
      closing.removeEventListener('abort', onClose)
    })
  })

const stopping = () => refusal('unavailable', says('file-stopping'))

async function* framesOf({ bytes, ends }: SheetRows['frames'], closing: AbortSignal): AsyncGenerator<Frame> {
  const whole = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
  let from = 0
  for (const end of ends) {
    if (closing.aborted) throw stopping()
    yield JSON.parse(whole.toString('utf8', from, end)) as Frame
    from = end
  }
}
