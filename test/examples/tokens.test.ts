// Debian's jose with curl, and openid-client, against a gateway that runs: token, push, repeat, poll, verify, acknowledge.
import { readdir } from 'node:fs/promises'
import { describe, expect, test } from 'vitest'
import { openStream } from '../../src/flow/administer.ts'
import { sql } from '../../src/store/database.ts'
import { subjectIds } from '../../src/trust/subject-id.ts'
import { joseClient, keyFolder, runExample } from '../support/examples.ts'
import { testGateway } from '../support/gateway.ts'
import { needs } from '../support/skip.ts'

const ready = [needs('jose'), needs('curl')].every(Boolean)

describe.skipIf(!ready)('the scripts of a client', async () => {
  const t = await testGateway()
  const file = await keyFolder()
  const events = async (person: string) =>
    t.house.database.query<{ type: string }>(sql`
      select e.type from event e join person_source s on s.person_id = e.person_id
      where s.client_id = e.source and s.source_hash = ${t.house.vault.hashes.sourceId('back-office', person)}`)
  const key = ready ? await joseClient(t, file, 'back-office', ['set.push']) : ''
  const env = { GW: t.url, CLIENT_ID: 'back-office', KEY: key }

  test('push.sh obtains a token, pushes a SET, repeats it and reads what became of it', async () => {
    const ran = await runExample('push.sh', { ...env, SUBJECT: 'w-9f2c' })
    expect([ran.code, ran.stderr]).toEqual([0, ''])
    expect(ran.stdout.match(/^\d{3} /gm)).toEqual(['200 ', '202 ', '202 ', '200 '])
    expect(await events('w-9f2c')).toEqual([{ type: 'candidate.registered' }])
  })

  test('push.sh stops at the first surprise: a key that is not registered', async () => {
    const other = await joseClient(t, file, 'another', ['set.push'])
    const ran = await runExample('push.sh', { ...env, KEY: other })
    expect(ran.code).toBe(1)
    expect(ran.stderr).toMatch(/get an access token.*expected 200.*invalid_client/)
    expect(ran.stdout).not.toContain('push a SET')
  })

  test('import.sh sends a workbook: its rows are taken but the three bad ones, which it names; another kind of file it does not send', async () => {
    const ran = await runExample('import.sh', { ...env, FILE: 'samples/files/registrations.xlsx' })
    expect([ran.code, ran.stderr]).toEqual([0, ''])
    expect(ran.stdout.match(/^\d{3} /gm)).toEqual(['200 ', '202 ', '200 '])
    expect(ran.stdout).toMatch(/"format":"xlsx","state":"finished","accepted":18,"refused":3,/)
    expect(ran.stdout.match(/"row":\d+/g)).toEqual(['"row":6', '"row":12', '"row":17'])
    expect(await runExample('import.sh', { ...env, FILE: 'list.xls' })).toMatchObject({ code: 1, stderr: expect.stringContaining('.xlsx') })
  })

  test('correct.sh corrects what it has read, once, and is refused what it has not; it says what it needs', async () => {
    const own = { ...env, CLIENT_ID: 'corrector', KEY: await joseClient(t, file, 'corrector', ['set.push', 'placements.read']) }
    expect(await runExample('push.sh', { ...own, SUBJECT: 'w-wrong', CNIE: 'GB777777' })).toMatchObject({ code: 0 })
    const [{ id } = { id: '' }] = await t.house.database.query<{ id: string }>(sql`select id from subject where client_id = 'corrector'`)
    const placement = subjectIds(t.house.vault.key('gateway')).write(id, 'corrector')
    const ran = await runExample('correct.sh', { ...own, PLACEMENT: placement, BIRTH_DATE: '1988-03-16' })
    expect([ran.code, ran.stderr]).toEqual([0, ''])
    expect(ran.stdout.match(/^\d{3} /gm)).toEqual(['200 ', '200 ', '200 ', '200 ', '412 '])
    const types = await t.house.database.query(sql`select type from event where subject_id = ${id} order by id`)
    expect(types).toEqual([{ type: 'candidate.registered' }, { type: 'person.corrected' }])
    expect(await runExample('correct.sh', own)).toMatchObject({ stderr: expect.stringContaining('set PLACEMENT to an id') })
  })

  test('openid-client.mjs discovers, obtains a token, pushes and repeats', async () => {
    const ran = await runExample('openid-client.mjs', { ...env, SUBJECT: 'w-openid' })
    expect([ran.code, ran.stderr]).toEqual([0, ''])
    expect(ran.stdout).toContain(`discovered ${t.url}/oauth/token`)
    expect(ran.stdout.match(/pushed.*202/g)).toHaveLength(2)
    expect(await events('w-openid')).toEqual([{ type: 'candidate.preselected' }])
  })

  test('pull.sh polls a stream, verifies what it was handed, keeps and acknowledges it: a SET comes once', async () => {
    const reader = await joseClient(t, file, 'spain', ['ssf.read'])
    await openStream(
      t.house,
      {
        reason: 'test',
        id: 'spain-registered',
        clientId: 'spain',
        role: 'migration-authority',
        audience: 'https://spain.example',
        fields: ['person.name.latin', 'campaign'],
        subscriptions: [{ type: 'candidate.registered' }]
      },
      'test'
    )
    expect(await runExample('push.sh', { ...env, CNIE: 'GB654321' })).toMatchObject({ code: 0 })
    const keep = await file('kept')
    const spain = { GW: t.url, CLIENT_ID: 'spain', KEY: reader, STREAM: 'spain-registered', KEEP: keep }
    const ran = await runExample('pull.sh', spain)
    expect([ran.code, ran.stderr]).toEqual([0, ''])
    expect(ran.stdout).toContain('"family":"EL IDRISSI"')
    const kept = await readdir(keep)
    expect(kept).toHaveLength(1)
    const owed = await t.house.database.query(sql`select id from delivery where partner_id = 'spain-registered' and state <> 'accepted'`)
    expect(owed).toEqual([])
  })
})
