// Closing without waiting for anybody who asks for nothing: Node would wait for a socket that never sent a request for ever.
import type { Server } from 'node:http'
import type { Socket } from 'node:net'

/**
 * Watches a server's sockets. The function it gives, called once the server is about to close, ends those without a request at once, and
 * whatever is left after `graceMs`.
 */
export function drainable(server: Server, graceMs: number): () => void {
  const running = new Map<Socket, number>()
  server.on('connection', socket => {
    running.set(socket, 0)
    socket.once('close', () => running.delete(socket))
  })
  server.on('request', ({ socket }, response) => {
    running.set(socket, (running.get(socket) ?? 0) + 1)
    response.once('close', () => {
      if (running.has(socket)) running.set(socket, (running.get(socket) ?? 1) - 1)
    })
  })
  return () => {
    for (const [socket, requests] of running) if (requests === 0) socket.destroy()
    setTimeout(() => server.closeAllConnections(), graceMs).unref()
  }
}
