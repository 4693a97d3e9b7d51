// Bodies of any length, read as they arrive: limited in bytes and in how long the sender may pause, never in how long it takes as a whole.
import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import type { DomainError } from '../domain/errors.ts'
import { refusal, says } from '../flow/words/words.ts'

const uploading = new WeakSet<Socket>()

/** Whether the request of this socket has limits of its own, so that the server's limit for a whole request does not hold for it. */
export const isUploading = (socket: Socket): boolean => uploading.has(socket)

export interface UploadLimits {
  bytesMax: number
  /** How long the next bytes may take, while we wait for them. */
  idleMs: number
  /** The server closes. */
  closing: AbortSignal
}

/**
 * The bytes of a body as they arrive; nothing is read ahead of whoever consumes them.
 * @throws DomainError when the body is too long, pauses too long, breaks off, or the server closes: the text says what to do
 */
export async function* upload(request: IncomingMessage, { bytesMax, idleMs, closing }: UploadLimits): AsyncGenerator<Uint8Array> {
  uploading.add(request.socket)
  let bytes = 0
  let isWhole = false
  const iterator = request[Symbol.asyncIterator]() as AsyncIterator<Uint8Array>
  try {
    for (;;) {
      const next = await nextOrStop(iterator, idleMs, closing)
      if (next.done) break
      bytes += next.value.length
      if (bytes > bytesMax) throw tooLong(bytesMax)
      yield next.value
    }
    isWhole = true
  } finally {
    uploading.delete(request.socket)
    if (!isWhole) letGo(request)
  }
}

export const tooLong = (bytesMax: number): DomainError =>
  refusal('invalid', says('file-too-long', { mib: bytesMax / 1024 / 1024 }), { slug: 'too-large' })

const nextOrStop = (iterator: AsyncIterator<Uint8Array>, idleMs: number, closing: AbortSignal): Promise<IteratorResult<Uint8Array>> =>
  new Promise((resolve, reject) => {
    const stop = (error: DomainError) => () => {
      end()
      reject(error)
    }
    const onClose = stop(refusal('unavailable', says('file-stopping')))
    const timer = setTimeout(stop(refusal('invalid', says('file-pause', { seconds: idleMs / 1000 }), { slug: 'timeout' })), idleMs)
    const end = () => {
      clearTimeout(timer)
      closing.removeEventListener('abort', onClose)
    }
    closing.addEventListener('abort', onClose, { once: true })
    if (closing.aborted) return onClose()
    iterator.next().then(
      result => {
        end()
        resolve(result)
      },
      error => {
        end()
        reject(refusal('invalid', says('file-broken-off'), { slug: 'timeout', cause: error }))
      }
    )
  })

const lingerMs = 5_000

/** Whoever still sends may read the answer: what comes is thrown away for a moment, then the connection ends. */
const letGo = (request: IncomingMessage): void => {
  request.on('error', () => undefined)
  // The iterator's own listener would keep the stream from flowing.
  request.removeAllListeners('readable')
  setImmediate(() => request.resume())
  setTimeout(() => {
    if (!request.complete) request.destroy()
  }, lingerMs).unref()
}
