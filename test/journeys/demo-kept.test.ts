// What a person puts into a finished demo does not vanish with the next one; and what a demo logs holds nobody's data.
import { spawnSync } from 'node:child_process'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import type { DemoState } from '../../src/roles/demo/state.ts'
import { loadSigningKey } from '../../src/trust/keys.ts'
import { demoFolder } from '../support/demo.ts'
import { until } from '../support/house.ts'
import { registration } from '../support/people.ts'
import { accessToken } from '../support/tokens.ts'

const folder = await demoFolder()
const main = fileURLToPath(new URL('../../src/main.ts', import.meta.url))
const campaign = ['--workers', '20', '--seed', '4']
const state = async () => (await folder.state()) as DemoState

const canary = 'ZZCANARYFAMILY'

/** A person pushes with a key of the demo's, as one does who tries the API. */
const pushOne = async ({ gatewayPort, clientKeys }: DemoState): Promise<void> => {
  const url = `http://127.0.0.1:${gatewayPort}`
  const jwk = clientKeys['anp-ken-01']
  const key = { ...JSON.parse(jwk), kid: (await loadSigningKey(jwk)).kid }
  const payload = registration(3) as { person: { name: { latin: object } }; registration: object }
  const answer = await fetch(`${url}/v1/placements/by-hand-1/events`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${await accessToken({ url }, { id: 'anp-ken-01', key })}`,
      'content-type': 'application/json',
      'idempotency-key': crypto.randomUUID()
    },
    body: JSON.stringify({
      type: 'candidate.registered',
      effectiveAt: new Date().toISOString(),
      payload: {
        ...payload,
        person: { ...payload.person, name: { latin: { family: canary, given: 'FATIMA' } } },
        registration: { ...payload.registration, agency: 'ANP-KEN-01' }
      }
    })
  })
  expect([answer.status, await answer.text()]).toEqual([202, expect.any(String)])
}

/** By the operator's commands, with the settings that the demo wrote for them: whom that person had pushed. Nothing is wrong with it meanwhile. */
const eraseHer = (): void => {
  const script = `set -e; . "$1/jisr.env"; shift
    id=$(printf by-hand-1 | "$@" persons find --client anp-ken-01 --json | grep -Eo '[0-9a-f-]{36}' | head -1); "$@" persons erase "$id" --reason test; "$@" doctor`
  const ran = spawnSync('sh', ['-c', script, 'sh', folder.path, process.execPath, main], { encoding: 'utf8' })
  expect([ran.status, ran.stderr, ran.stdout]).toEqual([0, '', expect.stringMatching(/is erased[\s\S]*\n0 wrong, /)])
}

test('a finished demo that somebody pushed into, and of which the operator’s commands erased somebody, is gone on with; other options are refused; --fresh throws it away', async () => {
  const serving = folder.start(campaign)
  let screen = ''
  serving.process.stdout?.on('data', (chunk: Buffer) => (screen += chunk.toString('utf8')))
  await until('the campaign is done', async () => screen.includes('goes on serving'), 90_000)
  expect(screen).toMatch(new RegExp(`^ +All of it: +${folder.path}$`, 'm'))
  expect(screen).toContain('throws this one away, unless somebody pushes')
  const { database } = await state()
  await pushOne(await state())
  eraseHer()
  serving.process.kill('SIGINT')
  expect((await serving.ended).code).toBe(0)

  const other = await folder.start(['--workers', '21', '--exit', '--json']).ended
  expect(other).toMatchObject({ code: 1, stdout: '' })
  expect(other.stderr).toMatch(/^jisr: The demo in .* holds what others put into it \(1 messages, .*--workers 20 .*--fresh.*--data.*\n$/)
  expect((await state()).database).toBe(database)

  const again = await folder.start([...campaign, '--exit']).ended
  expect(again.stderr).toContain('Going on with the demo that is finished')
  expect([again.code, (await state()).database]).toEqual([0, database])

  const fresh = await folder.start([...campaign, '--exit', '--fresh', '--json']).ended
  expect([fresh.code, fresh.stderr]).toEqual([0, ''])
  expect((await state()).database).not.toBe(database)
  expect((await state()).leftBehind).toEqual([database])
}, 240_000)

test('each process has its log, of wide lines that hold nobody’s name', async () => {
  const files = await readdir(join(folder.path, 'log'))
  expect(files.toSorted()).toEqual(
    ['clients', 'consulate-casablanca', 'consulate-tangier', 'employer-1', 'employer-2', 'employer-3', 'gateway', 'si-gecco'].map(
      name => `${name}.log`
    )
  )
  const logs = (await Promise.all(files.map(name => readFile(join(folder.path, 'log', name), 'utf8')))).join('')
  const lines = logs.trim().split('\n')
  expect(lines.length).toBeGreaterThan(50)
  const stations = new Set(lines.map(line => (JSON.parse(line) as { station: string }).station))
  for (const station of ['http.answered', 'delivery.attempted', 'double.answered', 'child.started']) expect(stations).toContain(station)
  const journal = await readFile(join(folder.path, 'sandboxes', 'si-gecco', 'journal.ndjson'), 'utf8')
  const { family } = (registration(3) as { person: { name: { latin: { family: string } } } }).person.name.latin
  expect(journal.length).toBeGreaterThan(100)
  for (const word of [canary, family, 'MA-CNIE']) expect(logs).not.toContain(word)
})
