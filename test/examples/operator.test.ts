// What the pages for integrators tell the operator to type is typed, as it stands there; and then the example scripts work for whom it was typed.
import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { describe, expect, test } from 'vitest'
import { environmentOf, surroundings } from '../support/command.ts'
import { keyFolder, runExample } from '../support/examples.ts'
import { testGateway } from '../support/gateway.ts'
import { until } from '../support/house.ts'
import { grantWorker } from '../support/scsp.ts'
import { needs } from '../support/skip.ts'

const ready = [needs('curl'), needs('jose'), needs('xmlsec1'), needs('xmllint', 'libxml2-utils'), needs('openssl')].every(Boolean)
const program = fileURLToPath(new URL('../../src/main.ts', import.meta.url))
const sh = promisify(execFile)

/** The blocks under "What the operator does". */
const operatorsBlocks = async (page: string): Promise<string[]> => {
  const text = await readFile(new URL(`../../docs/integrating/${page}`, import.meta.url), 'utf8')
  const section = text.split('\n## What the operator does\n')[1]?.split('\n## ')[0] ?? ''
  return [...section.matchAll(/^```sh\n(.*?)\n```$/gms)].map(match => match[1] as string)
}

describe.skipIf(!ready)('what the operator does', async () => {
  const t = await testGateway()
  const file = await keyFolder()
  const folder = dirname(await file('any'))
  const environment = await environmentOf(t, folder)

  /** A shell of the operator's, in the folder with what was sent to him. */
  const operator = async (block: string): Promise<string> => {
    const jisr = `jisr() { "${process.execPath}" "${program}" "$@"; }`
    const { stdout } = await sh('sh', ['-euc', `${jisr}\n${block}`], {
      cwd: folder,
      env: { ...surroundings, ...environment },
      timeout: 120_000
    })
    return stdout
  }
  const drawKey = async (name: string) => {
    const path = await file(`${name}.jwk`)
    await sh('jose', ['jwk', 'gen', '-i', '{"alg":"ES256","kid":"k1"}', '-o', path])
    const { stdout } = await sh('jose', ['jwk', 'pub', '-i', path])
    return { path, publicJwk: stdout }
  }
  /** Its own servers hear of a new party within moments. */
  const known = (id: string) => until(`${id} is known`, async () => t.house.directory.client(id) ?? t.house.directory.partner(id))

  test('for an origin agency: it pushes, and polls its stream', async () => {
    const key = await drawKey('agency')
    await file('me.pub.jwk', key.publicJwk)
    let said = ''
    for (const block of await operatorsBlocks('origin-agency.md')) said += await operator(block)
    expect(said).toContain('The client anp-ken-01 is registered')
    await known('anp-ken-01-grants')
    const env = { GW: t.url, CLIENT_ID: 'anp-ken-01', KEY: key.path }
    const pushed = await runExample('push.sh', env)
    expect([pushed.code, pushed.stderr]).toEqual([0, ''])
    await grantWorker(t, 1, 'Y1234567X')
    const pulled = await runExample('pull.sh', { ...env, STREAM: 'anp-ken-01-grants', KEEP: folder })
    expect([pulled.code, pulled.stderr]).toEqual([0, ''])
  }, 120_000)

  test('for a Spanish administration: it pulls grants, and is answered over SCSP', async () => {
    const key = await drawKey('inspeccion')
    await file('me.pub.jwk', key.publicJwk)
    await file('consulate.pub.jwk', (await drawKey('consulate')).publicJwk)
    const [pem, cert] = [await file('key.pem'), await file('cert.pem')]
    await sh('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-subj', '/CN=itss', '-days', '30', '-keyout', pem, '-out', cert])
    let said = ''
    for (const block of await operatorsBlocks('spanish-administration.md')) said += await operator(block)
    expect(said).toContain('The stream inspeccion-grants is open')
    expect(said).toMatch(/^consulate-tangier +active +consulate /m)
    for (const id of ['inspeccion-grants', 'scsp-administraciones', 'consulate-tangier']) await known(id)
    const worker = await grantWorker(t, 2, 'Y1234567X')
    const pulled = await runExample('pull.sh', {
      GW: t.url,
      CLIENT_ID: 'inspeccion',
      KEY: key.path,
      STREAM: 'inspeccion-grants',
      KEEP: folder
    })
    expect([pulled.code, pulled.stdout]).toEqual([0, expect.stringContaining('acknowledge it')])
    const asked = await runExample('scsp-query.sh', {
      ...{ GW: t.url, SERVICE: 'scsp-administraciones', KEY: pem, CERT: cert, GATEWAY_CERT: await file('gateway.pem') },
      ...{ REQUESTER: 'S2819001E', PROCEDURE: 'ITSS-CAMPO', PASSPORT: worker.passport, EMPLOYER: worker.employer, DATE: '2026-06-01' }
    })
    expect([asked.code, asked.stdout]).toEqual([0, expect.stringContaining('authorised: S')])
  }, 180_000)
})
