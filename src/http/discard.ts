// The answer to a body that is too large must reach whoever still sends it: what comes is thrown away for a while, then the connection ends.
import type { IncomingMessage } from 'node:http'

/** Enough for a sender to notice the answer, and to finish what it had begun; whoever goes on regardless is cut off. */
export interface DiscardLimits {
  bytesMax: number
  lingerMs: number
}

export const discardLimits: DiscardLimits = { bytesMax: 64 * 1024 * 1024, lingerMs: 5_000 }

/** Reads and forgets the rest of a request. A socket that is closed with unread bytes would tear the answer from the sender's hands. */
export const discardRest = (request: IncomingMessage, { bytesMax, lingerMs }: DiscardLimits = discardLimits): void => {
  if (request.complete || request.destroyed) return
  let bytes = 0
  const timer = setTimeout(() => request.destroy(), lingerMs).unref()
  request.on('error', () => undefined)
  request.once('close', () => clearTimeout(timer))
  request.on('data', (chunk: Uint8Array) => {
    bytes += chunk.length
    if (bytes > bytesMax) request.destroy()
  })
  request.once('end', () => clearTimeout(timer))
  // Whoever stopped reading half-way left the stream paused.
  request.resume()
}
