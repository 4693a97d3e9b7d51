// From a one-time token to the first event, by curl and Debian's jose alone: as an office would that has never spoken to us.
import { spawnSync } from 'node:child_process'
import { generateKeyPairSync } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { inviteClient } from '../../src/flow/invite.ts'
import { sql } from '../../src/store/database.ts'
import { parseVerifierKey, verifierKey } from '../../src/trust/note.ts'
import { keyFolder, runExample } from '../support/examples.ts'
import { testGateway } from '../support/gateway.ts'
import { until } from '../support/house.ts'
import { checkedElsewhere } from '../support/receipt.ts'
import { grantWorker } from '../support/scsp.ts'
import { needs } from '../support/skip.ts'

const ready = [needs('jose'), needs('curl')].every(Boolean)

describe.skipIf(!ready)('the scripts of whoever registers itself', async () => {
  const t = await testGateway()
  const file = await keyFolder()

  test('anapec.sh registers, pushes, repeats and reads what became of it; the next time it needs no token', async () => {
    const what = { id: 'anp-ken-01', name: 'ANAPEC Kenitra', role: 'origin-agency', agency: 'ANP-KEN-01', scopes: ['set.push'] }
    const { token } = await inviteClient(t.house, { reason: 'test', ...what }, 'operator')
    const env = { GW: t.url, KEEP: await file('agency'), AGENCY: 'ANP-KEN-01' }
    const ran = await runExample('anapec.sh', { ...env, IAT: token })
    expect([ran.code, ran.stderr]).toEqual([0, ''])
    expect(ran.stdout.match(/^\d{3} /gm)).toEqual(['201 ', '200 ', '202 ', '202 ', '200 ', '200 '])
    expect(await t.house.database.query(sql`select type from event where source = 'anp-ken-01'`)).toEqual([
      { type: 'candidate.registered' }
    ])
    const again = await runExample('anapec.sh', env)
    expect([again.code, again.stdout.match(/^\d{3} /gm)]).toEqual([0, ['200 ', '202 ', '202 ', '200 ', '200 ']])
    const [receipt = ''] = (await readdir(env.KEEP)).filter(name => name.startsWith('receipt-'))
    const { keys } = (await (await fetch(`${t.url}/v1/log/keys`)).json()) as { keys: { verifierKey: string }[] }
    const logKeys = keys.map(({ verifierKey }) => parseVerifierKey(verifierKey))
    expect(checkedElsewhere(await readFile(join(env.KEEP, receipt), 'utf8'), logKeys)).toMatchObject({
      kind: 'accepted',
      iss: 'anp-ken-01'
    })
    const script = fileURLToPath(new URL('../../examples/verify-receipt.mjs', import.meta.url))
    const verify = (...args: string[]) => {
      const { status, stdout, stderr } = spawnSync(process.execPath, [script, ...args], { encoding: 'utf8' })
      return { status, said: stdout + stderr }
    }
    const [key = ''] = keys.map(({ verifierKey }) => verifierKey)
    const [kept, set] = [join(env.KEEP, receipt), join(env.KEEP, receipt.replace('receipt-', 'set-').replace('.txt', '.jwt'))]
    expect(verify(kept, set, key)).toEqual({
      status: 0,
      said: expect.stringMatching(/^holds: the SET that anp-ken-01 told is in the log .*: accepted\n$/)
    })
    const otherSet = await file('other.jwt', `${await readFile(set, 'utf8')}A`)
    const altered = await file('altered.txt', (await readFile(kept, 'utf8')).replace(/^index \d+$/m, 'index 7'))
    const otherKey = verifierKey({ name: logKeys[0]?.name ?? '', ...generateKeyPairSync('ec', { namedCurve: 'P-256' }) })
    for (const [args, why] of [
      [[kept, otherSet, key], 'the receipt of another SET'],
      [[altered, set, key], 'its line is not in the log'],
      [[kept, set, otherKey], 'signed by no key of the log'],
      [[kept, set, 'a key'], 'LOG-KEY is not a verifierKey'],
      [[kept, set], 'RECEIPT SET LOG-KEY']
    ] as const)
      expect(verify(...args)).toEqual({ status: 1, said: expect.stringContaining(`${why}`) })
    const stolen = await runExample('anapec.sh', { ...env, KEEP: await file('thief'), IAT: token })
    expect(stolen.code).toBe(1)
    expect(stolen.stderr).toMatch(/register, once: expected 201.*invalid_token/)
  })

  test('spanish-administration.sh registers, makes a stream, and keeps, verifies and acknowledges the grant that comes while it waits', async () => {
    const what = { id: 'inspeccion', name: 'Inspección', role: 'authority', scopes: ['ssf.manage', 'ssf.read'] }
    const { token } = await inviteClient(t.house, { reason: 'test', ...what }, 'operator')
    const keep = await file('administration')
    const running = runExample('spanish-administration.sh', { GW: t.url, KEEP: keep, IAT: token })
    await until('the stream is made', async () => t.house.directory.partners().some(partner => partner.clientId === 'inspeccion'))
    await grantWorker(t, 1, 'Y1234567X')
    const ran = await running
    expect([ran.code, ran.stderr]).toEqual([0, ''])
    expect(ran.stdout.match(/^\d{3} /gm)).toEqual(['201 ', '200 ', '201 ', '200 ', '200 ', '200 '])
    expect(ran.stdout).toContain('/ns/event/v1/authorization.granted')
    const kept = await readdir(keep)
    expect(kept.filter(name => name.endsWith('.jwt'))).toHaveLength(1)
    const owed = await t.house.database.query(
      sql`select d.state from delivery d join partner p on p.id = d.partner_id where p.client_id = 'inspeccion'`
    )
    expect(new Set(owed.map(row => (row as { state: string }).state))).toEqual(new Set(['accepted']))
  })
})
