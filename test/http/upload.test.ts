// Uploads of any length: limits of their own, while the server's limit for a whole request still holds for everything else.
import { createServer, type IncomingMessage, request, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, describe, expect, it } from 'vitest'
import { DomainError } from '../../src/domain/errors.ts'
import { type UploadLimits, upload } from '../../src/http/upload.ts'
import { addClient, startApp, tokenOf } from './double.ts'

const closers: (() => unknown)[] = []
afterAll(async () => {
  for (const close of closers) await close()
})

/** A server that counts the bytes of a body, or says why it stopped. */
const counting = async (limits: Partial<UploadLimits>): Promise<string> => {
  const server: Server = createServer(async (incoming, response) => {
    let bytes = 0
    try {
      const all = { bytesMax: 2 ** 20, idleMs: 500, closing: new AbortController().signal, ...limits }
      for await (const chunk of upload(incoming, all)) bytes += chunk.length
      response.end(String(bytes))
    } catch (error) {
      response.statusCode = 400
      response.end(error instanceof DomainError ? `${error.slug}: ${error.detail}` : 'fault')
    }
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  closers.push(
    () => server.close(),
    () => server.closeAllConnections()
  )
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

/** Sends these chunks with pauses between them, and never more. */
const sendSlowly = (
  url: string,
  chunks: readonly (string | Buffer)[],
  pauseMs: number,
  end: boolean,
  headers = {}
): Promise<[number | undefined, string]> =>
  new Promise((resolve, reject) => {
    const sending = request(url, { method: 'POST', headers }, async (response: IncomingMessage) => {
      let text = ''
      for await (const chunk of response) text += chunk
      resolve([response.statusCode, text])
      sending.destroy()
    })
    sending.on('error', reject)
    void (async () => {
      for (const chunk of chunks) {
        if (sending.destroyed) return
        sending.write(chunk)
        await pause(pauseMs)
      }
      if (end) sending.end()
    })()
  })

describe('an upload', () => {
  it('is read to its end, however slowly it comes', async () => {
    expect(await sendSlowly(await counting({ idleMs: 300 }), Array(10).fill('x'.repeat(10)), 100, true)).toEqual([200, '100'])
  })

  it('that pauses too long is stopped, and the sender can read why', async () => {
    const [status, text] = await sendSlowly(await counting({ idleMs: 200 }), ['x'], 0, false)
    expect([status, text]).toEqual([400, expect.stringMatching(/^timeout: nothing arrived for 0.2 s/)])
  })

  it('that is too long is stopped, and the sender can read why though it goes on sending', async () => {
    const [status, text] = await sendSlowly(await counting({ bytesMax: 1_000 }), Array(200).fill(Buffer.alloc(64 * 1024)), 1, true)
    expect([status, text]).toEqual([400, expect.stringMatching(/^too-large/)])
  })

  it('is stopped when the server closes', async () => {
    const closing = new AbortController()
    setTimeout(() => closing.abort(), 50)
    const [status, text] = await sendSlowly(await counting({ closing: closing.signal, idleMs: 5_000 }), ['x'], 0, false)
    expect([status, text]).toEqual([400, expect.stringMatching(/^unavailable: the gateway is stopping/)])
  })
})

describe('the limit for a whole request', () => {
  it('does not hold for an import that keeps coming, and holds for everything else', async () => {
    const house = await startApp({ timeouts: { requestMs: 400, headersMs: 300, checkEveryMs: 50 } })
    closers.push(() => house.close())
    await addClient(house, 'anapec', ['set.push'])
    const importing: Pick<typeof house.services, 'importRows'> = {
      importRows: async (_client, format, chunks) => {
        let bytes = 0
        for await (const chunk of chunks) bytes += chunk.length
        const counts = { accepted: bytes, refused: 0, repeated: 0 }
        return {
          imported: {
            id: 'i',
            format,
            state: 'finished',
            problem: null,
            problemSaid: null,
            createdAt: new Date(),
            finishedAt: null,
            ...counts
          },
          stopped: null
        }
      }
    }
    Object.assign(house.services, importing)
    const authorization = `Bearer ${await tokenOf(house, 'anapec')}`
    const slow = Array(12).fill('{}\n')
    const [status, text] = await sendSlowly(`${house.issuer}/v1/imports`, slow, 100, true, {
      authorization,
      'content-type': 'application/x-ndjson'
    })
    expect([status, (JSON.parse(text) as { accepted: number }).accepted]).toEqual([202, 36])
    const [other] = await sendSlowly(`${house.issuer}/v1/sets`, slow, 100, true, {
      authorization,
      'content-type': 'application/secevent+jwt'
    })
    expect(other).toBe(408)
  })
})
