// The page for whoever tries the gateway is run as it stands there: every command, in order, in a shell, by npm; only folder and ports are other ones.
import { spawn } from 'node:child_process'
import { chmod, mkdtemp, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { findPlace } from '../../src/store/embedded/place.ts'
import { freePort } from '../../src/store/embedded/port.ts'
import { stopServer } from '../../src/store/embedded/process.ts'
import { until } from '../support/house.ts'
import { needs } from '../support/skip.ts'

const page = await readFile(new URL('../../docs/trying-it.md', import.meta.url), 'utf8')
const written = [...page.matchAll(/^```sh\n(.*?)\n```$/gms)].map(match => match[1] as string)
const folder = await mkdtemp(join(tmpdir(), 'jisr-trying-'))
// As root the database runs under another account, which must get in.
await chmod(folder, 0o755)
const [port, adminPort] = [await freePort(), await freePort()]
const blocks = written.map(block =>
  block
    .replace('init try', `init ${folder}/try --port ${port} --admin-port ${adminPort}`)
    .replaceAll(/\btry\//g, `${folder}/try/`)
    .replaceAll('127.0.0.1:9090', `127.0.0.1:${adminPort}`)
)
const [init, start, ...later] = blocks as [string, string, ...string[]]

/** A shell of its own for each block, as for somebody who opens a terminal; a command that fails ends it. */
const shell = (block: string) => {
  // In a session of its own: what npm has started is ended with it, as by Ctrl+C.
  const child = spawn('sh', ['-euc', block], { detached: true, stdio: ['ignore', 'pipe', 'pipe'] })
  let said = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (said += chunk.toString('utf8')))
  const ended = new Promise<number | null>(resolve => child.once('close', resolve))
  const end = () => {
    if (child.exitCode === null) process.kill(-(child.pid as number), 'SIGINT')
    return ended
  }
  return { ended, end, said: () => said }
}

const gateway: { end?: () => Promise<number | null> } = {}

afterAll(async () => {
  await gateway.end?.()
  const place = await findPlace(join(folder, 'try', 'data', 'postgres'), () => {})
  await stopServer(place)
  for (const path of [place.folder, folder]) await rm(path, { recursive: true, force: true })
})

describe.skipIf(!needs('curl') || !needs('jose'))('docs/trying-it.md', () => {
  test('its commands take a newcomer from nothing to an event that went in and came out', async () => {
    const made = shell(init)
    expect([await made.ended, made.said()]).toEqual([0, expect.stringContaining('npm start')])
    for (const name of ['secrets/master-key', 'jisr.env']) expect((await stat(join(folder, 'try', name))).mode & 0o777).toBe(0o600)
    const running = shell(start)
    gateway.end = running.end
    await until('the gateway is ready', async () => running.said().includes('"process.ready"'), 90_000)
    expect(running.said()).toContain('LOOPBACK_TRIAL is set')
    let all = ''
    for (const block of later) {
      const one = shell(block)
      expect([await one.ended, one.said()]).toEqual([0, expect.any(String)])
      all += one.said()
    }
    expect(all).toMatch(/^202 {2}push it again/m)
    expect(all).toMatch(/^ +its signature holds:/m)
    expect(all).toMatch(/^200 {2}acknowledge it/m)
    expect(all).toContain('pushed again 202')
    expect(all).toMatch(/^anp-ken-01-own +active +set +0 +0 +0 +1 /m)
    expect(all).toContain('"ready":true')
  }, 180_000)

  test('nothing is written over: a second init is refused, and the key stays', async () => {
    const key = await readFile(join(folder, 'try', 'secrets', 'master-key'), 'utf8')
    const again = shell(init)
    expect([await again.ended, again.said()]).toEqual([2, expect.stringContaining('nothing is written over it')])
    expect(await readFile(join(folder, 'try', 'secrets', 'master-key'), 'utf8')).toBe(key)
  })
})

test('the page has blocks to run, and the second one starts the gateway', () => {
  expect(written.length).toBeGreaterThan(5)
  expect([init, start]).toEqual([expect.stringContaining('init'), expect.stringMatching(/npm start$/)])
})
