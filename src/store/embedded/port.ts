// Ports to listen on at this machine's loopback, for what must know its port before it listens and find it again after a pause.
import { createServer } from 'node:net'

/** Below the range that systems give to outgoing connections: there, anybody could sit on a port while its owner is down. */
const first = 10_000
const count = 22_000
const triesMax = 50

/**
 * A port of 127.0.0.1 on which nobody listens; `not` are ports that are spoken for already.
 * @throws Error that says what to do when none is found
 */
export const freePort = async (not: readonly number[] = []): Promise<number> => {
  for (let tries = 0; tries < triesMax; tries++) {
    const port = first + Math.floor(Math.random() * count)
    if (!not.includes(port) && (await isFree(port))) return port
  }
  throw new Error(`No free port between ${first} and ${first + count - 1} on 127.0.0.1. Stop something that listens there.`)
}

/** Whether nobody listens on this port of 127.0.0.1. */
export const isFree = (port: number): Promise<boolean> =>
  new Promise(resolve => {
    const probe = createServer()
    probe.once('error', () => resolve(false))
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)))
  })
