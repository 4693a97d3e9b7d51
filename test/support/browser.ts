// A real browser, Debian's chromium, spoken to over its own protocol: opens pages, says what they compute, takes them at any width.
import { spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export interface Page {
  /** The value of an expression in the page, awaited. Throws what the page throws. */
  evaluate<T>(expression: string): Promise<T>
  /** What the page complained of: errors, and requests that its own policy refused. */
  complaints: string[]
}

export interface Browser {
  open(url: string, size: { width: number; height: number }): Promise<Page>
  /** For `beforeAll` to give back: it ends with the tests of whoever started it. */
  close(): Promise<void>
}

interface Told {
  id?: number
  method?: string
  sessionId?: string
  params?: Record<string, unknown>
  result?: Record<string, unknown>
  error?: { message: string }
}

/** Starts the browser; whoever starts it closes it. */
export const startBrowser = async (): Promise<Browser> => {
  const profile = await mkdtemp(join(tmpdir(), 'jisr-browser-'))
  const words = ['--headless', '--no-sandbox', '--disable-gpu', '--remote-debugging-port=0', `--user-data-dir=${profile}`, 'about:blank']
  // In a group of its own: Debian's chromium is a script that starts the browser.
  const child = spawn('chromium', words, { stdio: ['ignore', 'ignore', 'pipe'], detached: true })
  const address = await new Promise<string>((resolve, reject) => {
    let said = ''
    child.once('exit', code => reject(new Error(`chromium ended with ${code}: ${said.slice(-2_000)}`)))
    child.stderr.on('data', (chunk: Buffer) => {
      said += chunk.toString('utf8')
      const found = /DevTools listening on (ws:\S+)/.exec(said)?.[1]
      if (found !== undefined) resolve(found)
    })
  })
  const socket = new WebSocket(address)
  await new Promise((resolve, reject) => {
    socket.addEventListener('open', resolve, { once: true })
    socket.addEventListener('error', reject, { once: true })
  })
  const asked = new Map<number, (told: Told) => void>()
  const heard = new Map<string, (told: Told) => void>()
  socket.addEventListener('message', ({ data }) => {
    const told = JSON.parse(String(data)) as Told
    if (told.id !== undefined) asked.get(told.id)?.(told)
    else heard.get(told.sessionId ?? '')?.(told)
  })
  let serial = 0
  const ask = async (method: string, params: object, sessionId?: string): Promise<Record<string, unknown>> => {
    const id = ++serial
    const answer = new Promise<Told>(resolve => asked.set(id, resolve))
    socket.send(JSON.stringify({ id, method, params, ...(sessionId === undefined ? {} : { sessionId }) }))
    const { error, result = {} } = await answer
    asked.delete(id)
    if (error !== undefined) throw new Error(`${method}: ${error.message}`)
    return result
  }

  return {
    close: async () => {
      const ended = new Promise(resolve => child.once('exit', resolve))
      process.kill(-(child.pid as number), 'SIGKILL')
      await ended
      await rm(profile, { recursive: true, force: true, maxRetries: 5 })
    },
    open: async (url, { width, height }) => {
      const { targetId } = await ask('Target.createTarget', { url: 'about:blank' })
      const session = (await ask('Target.attachToTarget', { targetId, flatten: true })).sessionId as string
      const complaints: string[] = []
      const loaded = new Promise<void>(resolve =>
        heard.set(session, ({ method, params = {} }) => {
          if (method === 'Page.loadEventFired') resolve()
          if (method === 'Runtime.exceptionThrown') complaints.push(JSON.stringify(params).slice(0, 2_000))
          const entry = params.entry as { level: string; text: string; url?: string } | undefined
          if (method === 'Log.entryAdded' && entry?.level === 'error') complaints.push(`${entry.text} ${entry.url ?? ''}`)
        })
      )
      for (const domain of ['Page', 'Runtime', 'Log']) await ask(`${domain}.enable`, {}, session)
      await ask('Emulation.setDeviceMetricsOverride', { width, height, deviceScaleFactor: 1, mobile: width < 600 }, session)
      await ask('Page.navigate', { url }, session)
      await loaded
      return {
        complaints,
        evaluate: async <T>(expression: string) => {
          const answer = await ask('Runtime.evaluate', { expression, awaitPromise: true, returnByValue: true }, session)
          const failed = answer.exceptionDetails as { text: string; exception?: { description?: string } } | undefined
          if (failed !== undefined) throw new Error(failed.exception?.description ?? failed.text)
          return (answer.result as { value: T }).value
        }
      }
    }
  }
}
