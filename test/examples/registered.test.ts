// From a one-time token to the first event, by curl and Debian's jose alone: as an office would that has never spoken to us.
import { execFile, spawnSync } from 'node:child_process'
import { generateKeyPairSync } from 'node:crypto'
import { mkdir, readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
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

  test('the fewest commands that do it, as somebody would type them from the standards alone: five calls to the receipt, five to the acknowledgement', async () => {
    const invite = async (what: object) => (await inviteClient(t.house, { reason: 'test', ...what } as never, 'operator')).token
    const agency = { id: 'typed-agency', name: 'A', role: 'origin-agency', agency: 'ANP-KEN-01', scopes: ['set.push'] }
    const pushed = await typed(await file('typed-push'), { GW: t.url, IAT: await invite(agency), SCOPE: 'set.push' }, typedPush)
    const [first, status, receipt] = pushed.split('\n--\n')
    expect(first).toMatch(/^HTTP\/1\.1 202 Accepted\r\n[\s\S]*HTTP\/1\.1 202 Accepted\r\n/)
    expect(JSON.parse(status ?? '')).toMatchObject({ eventType: 'candidate.withdrew', status: 'waiting' })
    expect(receipt).toMatch(/^c2sp\.org\/tlog-proof@v1\n/)

    const authority = { id: 'typed-authority', name: 'B', role: 'authority', scopes: ['ssf.manage', 'ssf.read'] }
    const env = { GW: t.url, IAT: await invite(authority), SCOPE: 'ssf.manage ssf.read', FIFO: await file('granted') }
    const pulling = typed(await file('typed-pull'), env, typedPull)
    await until('the stream is made', async () => t.house.directory.partners().some(partner => partner.clientId === 'typed-authority'))
    await grantWorker(t, 2, 'Z1234567R')
    await file('granted', 'go on')
    const [claims, acknowledged] = (await pulling).split('\n--\n')
    expect(JSON.parse(claims ?? '')).toMatchObject({ iss: t.url, events: { [`${t.url}/ns/event/v1/authorization.granted`]: {} } })
    expect(acknowledged).toBe('{"sets":{}}')
  })
})

/** One line of shell after the other, in a folder of its own: what is printed. @throws when a command fails */
const typed = async (folder: string, env: Record<string, string>, commands: string): Promise<string> => {
  await mkdir(folder)
  const { stdout } = await promisify(execFile)('sh', ['-ec', `${typedSetUp}${commands}`], {
    cwd: folder,
    env: { PATH: process.env.PATH ?? '', ...env },
    timeout: 60_000
  })
  return stdout
}

const typedSetUp = String.raw`
jose jwk gen -i '{"alg":"ES256","kid":"k1"}' -o me.jwk; jose jwk pub -i me.jwk -o me.pub.jwk; val() { sed 's/.*"'$1'":"\([^"]*\)".*/\1/'; }
ID=$(curl -sf $GW/oauth/register -H "Authorization: Bearer $IAT" -H 'content-type: application/json' -d "{\"client_name\":\"me\",\"token_endpoint_auth_method\":\"private_key_jwt\",\"grant_types\":[\"client_credentials\"],\"scope\":\"$SCOPE\",\"jwks\":{\"keys\":[$(cat me.pub.jwk)]}}" | val client_id)
sign() { jose jws sig -I- -k me.jwk -s "{\"protected\":{\"typ\":\"$1\",\"kid\":\"k1\"}}" -c -o-; }; uuid() { cat /proc/sys/kernel/random/uuid; }
tok() { n=$(date +%s); curl -sf $GW/oauth/token -d grant_type=client_credentials --data-urlencode scope="$SCOPE" -d client_assertion_type=urn:ietf:params:oauth:client-assertion-type:jwt-bearer \
  -d client_assertion=$(printf '{"iss":"%s","sub":"%s","aud":"%s","jti":"%s","iat":%s,"exp":%s}' $ID $ID $GW $(uuid) $n $((n+60)) | sign client-authentication+jwt) | val access_token; }
A() { echo "Authorization: Bearer $T"; }; J='content-type: application/json'
`
/** The payload names no person: whoever is said to have withdrawn before she registered waits for that. */
const typedPush = `
T=$(tok); n=$(date +%s); JTI=$(uuid)
SET=$(printf '{"iss":"%s","aud":"%s","jti":"%s","iat":%s,"toe":%s,"txn":"dossier-42","sub_id":{"format":"opaque","id":"w-typed"},"events":{"%s/ns/event/v1/candidate.withdrew":{"offer":"O-1","version":1}}}' $ID $GW $JTI $n $n $GW | sign secevent+jwt)
curl -si $GW/v1/sets -H "$(A)" -H 'content-type: application/secevent+jwt' -H 'accept: application/json' --data-binary "$SET"
curl -si $GW/v1/sets -H "$(A)" -H 'content-type: application/secevent+jwt' -H 'accept: application/json' --data-binary "$SET"
echo; echo --
curl -s $GW/v1/sets/$JTI -H "$(A)"
echo; echo --
curl -s $GW/v1/sets/$JTI/receipt -H "$(A)" > $JTI.tlog-proof; cat $JTI.tlog-proof
`
const typedPull = String.raw`
T=$(tok); P=$(curl -sf $GW/ssf/streams -H "$(A)" -H "$J" -d "{\"delivery\":{\"method\":\"urn:ietf:rfc:8936\"},\"events_requested\":[\"$GW/ns/event/v1/authorization.granted\"]}" | val endpoint_url)
while [ ! -s $FIFO ]; do sleep 0.1; done
curl -s $P -H "$(A)" -H "$J" -d '{"maxEvents":10,"returnImmediately":true}' > sets.json
JTI=$(sed 's/.*"sets":{"\([^"]*\)".*/\1/' sets.json); sed 's/.*"sets":{"[^"]*":"\([^"]*\)".*/\1/' sets.json | tr -d '\n' > one.jwt
curl -s $GW/.well-known/jwks.json > gw.jwks; jose jws ver -i one.jwt -k gw.jwks -O-
echo; echo --
curl -s $P -H "$(A)" -H "$J" -d "{\"ack\":[\"$JTI\"],\"maxEvents\":0,\"returnImmediately\":true}"
`
