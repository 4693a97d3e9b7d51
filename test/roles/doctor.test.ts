// jisr doctor: well where all is well, and for each thing that can be wrong it names the thing and how to mend it, and changes nothing.
import { randomBytes } from 'node:crypto'
import { chmod, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { readConfig } from '../../src/config.ts'
import { changePartner, changePartnerStatus, openStream, registerClient, registerPartner } from '../../src/flow/administer.ts'
import { openOutside } from '../../src/flow/outside.ts'
import { lookAtCheckpointFile, roomFor } from '../../src/roles/doctor/checkpoint-file.ts'
import { lookAtStreams } from '../../src/roles/doctor/database.ts'
import { lookAtProxy } from '../../src/roles/doctor/machine.ts'
import { lookAtPartners } from '../../src/roles/doctor/trust.ts'
import { sql } from '../../src/store/database.ts'
import { freePort } from '../../src/store/embedded/port.ts'
import { selfSignedCertificate } from '../../src/trust/certificates.ts'
import { loopback, openDestinations } from '../../src/trust/destination.ts'
import { type Environment, environmentOf, run, scratch } from '../support/command.ts'
import { privateJwk, testHouse, until } from '../support/house.ts'
import { messagesOf } from '../support/people.ts'
import { runningGateway } from '../support/running.ts'

interface Found {
  check: string
  state: 'ok' | 'look' | 'bad'
  says: string
  toDo: string | null
}

const t = await testHouse()
const folder = await scratch()
const environment: Environment = {
  ...(await environmentOf(t, folder)),
  ISSUER: 'https://gateway.test',
  OUTBOUND_ALLOW: 'http://127.0.0.1:*'
}
expect((await run({ DATABASE_URL: t.database.url }, 'migrate')).code).toBe(0)

const doctor = async (more: Environment = {}, ...words: string[]): Promise<{ code: number | null; findings: Found[] }> => {
  const { code, stdout, stderr } = await run({ ...environment, ...more }, 'doctor', '--json', ...words)
  if (stderr !== '') throw new Error(stderr)
  const { ok, findings } = JSON.parse(stdout) as { ok: boolean; findings: Found[] }
  expect(ok).toBe(code === 0)
  return { code, findings }
}
const about = (findings: readonly Found[], check: string) =>
  findings
    .filter(finding => finding.check.startsWith(check))
    .map(({ state, says, toDo }) => `${state}: ${says}${toDo === null ? '' : ` → ${toDo}`}`)
const inDays = async (days: number) => {
  const notAfter = new Date(Date.now() + days * 86_400_000)
  return (await selfSignedCertificate({ name: 'CN=office', notBefore: new Date(Date.now() - 86_400_000), notAfter })).certificatePem
}
const { d: _private, ...publicKey } = privateJwk()
const office = (id: string, endpoint: string, certificates: readonly string[] = []) =>
  registerPartner(
    t.house,
    {
      reason: 'test',
      id,
      name: id,
      adapter: 'reference',
      role: 'reference',
      settings: { endpoint },
      jwks: { keys: [publicKey] },
      certificates,
      subscriptions: [{ type: 'candidate.registered' }]
    },
    'test'
  )
const auditCount = async () => (await t.database.owner.query<{ n: number }>(sql`select count(*)::int as n from audit`))[0]?.n

test('an installation that is well is told so, line by line, and nothing is changed by looking', async () => {
  const before = await auditCount()
  const { code, stdout, stderr } = await run(environment, 'doctor')
  expect([code, stderr]).toEqual([0, ''])
  for (const check of [
    'settings',
    'master key',
    'data directory',
    'disk',
    'checkpoints',
    'database',
    'migrations',
    'clock',
    'queue',
    'sealing',
    'evidence log',
    'signing key (set)',
    'certificates',
    'partners',
    'deliveries',
    'streams'
  ])
    expect(stdout).toMatch(new RegExp(`^(?:ok|look) +${check.replace(/[()]/g, '\\$&')} `, 'm'))
  expect(stdout).toMatch(/\n0 wrong, \d+ to look at, \d+ well\.\n$/)
  expect(await auditCount()).toBe(before)
})

test('settings, key files and a data directory that cannot be used are each named with what to do, and do not hide the rest', async () => {
  const readable = join(folder, 'readable-key')
  await writeFile(readable, t.masterKey)
  await chmod(readable, 0o644)
  const { code, findings } = await doctor({ ISSUER: 'http://gateway.test', MASTER_KEY_FILE: readable, CAMPAIGN_SPEED: '10' })
  expect(code).toBe(1)
  expect(about(findings, 'settings')).toEqual([expect.stringMatching(/^bad: ISSUER .*; CAMPAIGN_SPEED /)])
  expect(about(findings, 'master key')).toEqual([expect.stringMatching(/^bad: .*mode 644.*chmod 600/)])
  const { findings: others } = await doctor({ MASTER_KEY_FILE: readable })
  expect(about(others, 'settings')).toEqual([expect.stringContaining('ok')])
  expect(about(others, 'database')).toEqual([expect.stringContaining('ok: PostgreSQL')])
})

test('a proxy that nobody named, and one that can be gone past', () => {
  const seen = (settings: Environment) => {
    const required = { ISSUER: 'https://gateway.test', MASTER_KEY_FILE: '/key' }
    return lookAtProxy(readConfig({ ...required, ...settings }, 'start')).map(({ state, says, toDo }) => `${state}: ${says} → ${toDo}`)
  }
  expect(seen({})).toEqual([expect.stringMatching(/^look: none is named.*TRUSTED_PROXIES/)])
  expect(seen({ TRUSTED_PROXIES: '127.0.0.1' })).toEqual([
    expect.stringMatching(/^look: .*0\.0\.0\.0:8080 by plain http.*HOST=127\.0\.0\.1/)
  ])
  for (const settings of [{ TRUSTED_PROXIES: '127.0.0.1,::1', HOST: '127.0.0.1' }, { TRUSTED_PROXIES: '10.0.0.5' }])
    expect(seen(settings)).toEqual([expect.stringMatching(/^ok: believed/)])
  expect(seen({ ISSUER: 'http://127.0.0.1:8080', LOOPBACK_TRIAL: 'yes' })).toEqual([])
})

test('a database that does not answer, and a Redis that does not', async () => {
  const port = await freePort()
  const other = Object.assign(new URL(t.database.url), { pathname: '/jisr_none' }).href
  const [away, without, unknown] = await Promise.all([
    doctor({ DATABASE_URL: `postgres://u:secret@127.0.0.1:${port}/x` }),
    doctor({ REDIS_URL: `redis://127.0.0.1:${port}` }),
    doctor({ DATABASE_URL: other })
  ])
  expect([unknown.code, about(unknown.findings, 'database')]).toEqual([
    1,
    ['bad: refuses us: database "jisr_none" does not exist (SQLSTATE 3D000) → give DATABASE_URL its name, user and password']
  ])
  expect([away.code, about(away.findings, 'database')]).toEqual([
    1,
    [expect.stringMatching(/^bad: does not answer \(ECONNREFUSED\) → is it up/)]
  ])
  expect(JSON.stringify(away)).not.toContain('secret')
  expect([without.code, about(without.findings, 'queue')]).toEqual([1, [expect.stringMatching(/^bad: Redis does not answer/)]])
})

test('a login that may not act as the application’s role, and one that owns the tables', async () => {
  const login = 'jisr_test_doctor'
  await t.database.owner.query(sql.script(`create role ${login} login password 'of-this-run'`))
  onTestFinished(() => void t.database.owner.query(sql.script(`drop role ${login}`)))
  const own = Object.assign(new URL(t.database.url), { username: login, password: 'of-this-run' }).href
  const { code, findings } = await doctor({ DATABASE_URL: own })
  expect([code, about(findings, 'database')]).toEqual([1, [expect.stringMatching(/^bad: answers, .*grant jisr_app to the user/)]])
  await t.database.owner.query(sql.script(`grant jisr_app to ${login}`))
  const [granted, owner] = await Promise.all([doctor({ DATABASE_URL: own }), doctor()])
  expect([granted.code, about(granted.findings, 'rights')]).toEqual([0, ['ok: this user cannot change what is written once']])
  expect(about(owner.findings, 'rights')).toEqual([expect.stringMatching(/^look: this user owns the tables.*installing\.md/)])
})

test('another master key than the data was sealed under, and keys that a former one still wraps', async () => {
  const other = join(folder, 'other-key')
  await writeFile(other, randomBytes(32).toString('base64'), { mode: 0o600 })
  const wrong = await doctor({ MASTER_KEY_FILE: other })
  expect([wrong.code, about(wrong.findings, 'sealing')]).toEqual([1, [expect.stringMatching(/^bad: .*another master key/)]])
  const between = await doctor({ MASTER_KEY_FILE: other, FORMER_MASTER_KEY_FILES: environment.MASTER_KEY_FILE as string })
  expect([between.code, about(between.findings, 'sealing')]).toEqual([
    0,
    [expect.stringMatching(/^look: keys in gateway_key.* → jisr keys rewrap/)]
  ])
})

test('certificates that end, old keys, partners out of reach, deliveries that do not go and streams that nobody polls; the log, the measurements and the page warn as well', async () => {
  const port = await freePort()
  await office('soon', `http://127.0.0.1:${port}`, [await inDays(2)])
  await office('later', `http://127.0.0.1:${port}/x`, [await inDays(20)])
  const key = "update signing_key set active_from = now() - interval '500 days' where use = 'token'"
  await t.database.owner.query(sql.script(key))
  await registerClient(
    t.house,
    { reason: 'test', id: 'inspectorate', name: 'i', role: 'authority', jwks: { keys: [publicKey] }, scopes: ['ssf.read'] },
    'test'
  )
  for (const id of ['unpolled', 'polled'])
    await openStream(
      t.house,
      {
        reason: 'test',
        id,
        clientId: 'inspectorate',
        role: 'reference',
        audience: id,
        fields: ['person.name.latin'],
        subscriptions: [{ type: 'candidate.registered' }]
      },
      'test'
    )
  const [message] = messagesOf(0)
  await t.submit({ person: 'w-1', type: 'candidate.registered', at: String(message?.effectiveAt), payload: message?.payload ?? {} })
  await t.database.owner.query(sql`update delivery set not_before = now() - interval '1 hour'`)
  const old = "update delivery set created_at = now() - interval '91 days' where partner_id = 'unpolled'"
  await t.database.owner.query(sql.script(old))
  const { code, findings } = await doctor()
  expect(code).toBe(1)
  expect(about(findings, 'streams')).toEqual([
    expect.stringMatching(
      /^look: the stream unpolled holds 1 events .*, the oldest for 91 days → ask inspectorate why; all of it is kept .*jisr streams disable/
    )
  ])
  const streams = (undelivered: number, days: number) => lookAtStreams(t.house.database, t.house.adapters, { undelivered, days })
  expect(await streams(1, 90)).toHaveLength(2)
  expect(await streams(2, 92)).toMatchObject([{ state: 'ok', says: '2, none behind' }])
  expect(about(findings, 'certificates')).toEqual([
    expect.stringMatching(
      /^bad: the pinned certificate of soon .* ends on \d{4}-\d\d-\d\d → .*jisr partners rotate-keys soon --certificate/
    ),
    expect.stringMatching(/^look: the pinned certificate of later /)
  ])
  expect(about(findings, 'signing key (token)')).toEqual([expect.stringMatching(/^look: .*500 days → jisr keys rotate token/)])
  expect(about(findings, 'partners')).toEqual([expect.stringMatching(/^ok: 2 addresses/)])
  expect(about(findings, 'deliveries')).toEqual([
    expect.stringMatching(/^bad: a delivery to (?:soon|later) has been due for 3\d{3} s and nothing goes to it → does a worker run/),
    expect.stringMatching(/^bad: a delivery to (?:soon|later)/)
  ])
  await t.database.owner.query(
    sql`update delivery set not_before = now() + interval '5 hours', attempts = 5, outcome_code = 'not-sent' where partner_id = 'soon'`
  )
  await changePartnerStatus(t.house, 'later', 'paused', 'test', 'their maintenance')
  expect(about((await doctor()).findings, 'deliveries')).toEqual([
    expect.stringMatching(
      /^bad: nothing gets through to soon: 5 tries failed, the last with not-sent; 1 delivery is tried again, the next at 20.*Z → .*jisr partners resume soon --reason/
    ),
    'look: later is paused: 1 delivery is kept for it → who paused it and why: jisr audit list --about later; to go on: jisr partners resume later --reason "…"'
  ])
  const listed = await run(environment, 'partners', 'list')
  expect(listed.stdout).toMatch(/failing[\s\S]*\nsoon +active +reference +1 +0 +1 /)
  expect((await run(environment, 'partners', 'show', 'soon')).stdout).toMatch(/trouble +nothing gets through to soon/)
  const asked = await doctor({}, '--ask-partners')
  expect(about(asked.findings, 'partners')).toEqual([
    expect.stringMatching(/^bad: later does not answer at 127\.0\.0\.1/),
    expect.stringMatching(/^bad: soon does not answer at 127\.0\.0\.1/)
  ])
  const unheardOf = openOutside(openDestinations(loopback), (_host, _options, done) => done(new Error('no such host'), []))
  const moveTo = (endpoint: string) => changePartner(t.house, 'later', { settings: { endpoint } }, 'test', 'they move')
  await moveTo('https://office.example.org')
  expect(await lookAtPartners(t.house.database, t.house.adapters, unheardOf, true)).toContainEqual({
    check: 'partners',
    state: 'bad',
    says: 'later cannot be reached at office.example.org: its host is not found',
    toDo: 'correct its address, or mend the DNS that this machine asks'
  })
  await moveTo(`http://127.0.0.1:${port}/x`)
  const strict = await doctor({ OUTBOUND_ALLOW: '' })
  expect(about(strict.findings, 'partners')).toEqual([
    expect.stringMatching(/^bad: later may not be reached at .*its scheme must be https → .*OUTBOUND_ALLOW/),
    expect.stringMatching(/^bad: soon may not be reached/)
  ])

  const gateway = await runningGateway(t, { OUTBOUND_ALLOW: 'http://127.0.0.1:*' })
  const warned = gateway
    .output()
    .split('\n')
    .filter(line => line.includes('expiry.near'))
    .map(line => JSON.parse(line) as Record<string, unknown>)
  expect(warned.map(({ level, kind, whose, days, state }) => [level, kind, whose, days, state])).toEqual([
    ['warn', 'partner-certificate', 'soon', 1, 'within 3 days'],
    ['warn', 'partner-certificate', 'later', 19, 'within 30 days']
  ])
  const behind = gateway
    .output()
    .split('\n')
    .filter(line => line.includes('"stream.behind"'))
    .map(line => JSON.parse(line) as unknown)
  expect(behind).toMatchObject([{ level: 'warn', stream: 'unpolled', sets: 1, days: 91, because: 'age' }])
  const ready = (await (await fetch(`${gateway.admin}/readyz`)).json()) as { warnings: string[] }
  expect(ready.warnings).toEqual([
    expect.stringMatching(/^the stream unpolled holds 1 events/),
    expect.stringMatching(/^nothing gets through to soon: 5 tries failed/)
  ])
  const metrics = await (await fetch(`${gateway.admin}/metrics`)).text()
  for (const line of [
    'jisr_deliveries_failing{partner="soon"} 1',
    'jisr_deliveries_failing{partner="later"} 0',
    'jisr_stream_undelivered{stream="unpolled"} 1',
    'jisr_stream_behind{stream="unpolled"} 1',
    'jisr_stream_undelivered{stream="polled"} 1',
    'jisr_stream_behind{stream="polled"} 0'
  ])
    expect(metrics).toContain(`${line}\n`)
  expect(Number(/^jisr_stream_oldest_undelivered_seconds\{stream="unpolled"\} (\d+)$/m.exec(metrics)?.[1])).toBeGreaterThan(91 * 86_400 - 1)
  expect(Number(/^jisr_expires_in_seconds\{kind="partner-certificate",whose="soon"\} (\d+)$/m.exec(metrics)?.[1])).toBeGreaterThan(86_400)
  for (const [language, words] of [
    ['en', 'Certificates and keys that end'],
    ['fr', 'Certificats et clés qui expirent'],
    ['es', 'Certificados y claves que caducan'],
    ['ar', 'شهادات ومفاتيح تنتهي صلاحيتها']
  ]) {
    const answer = await fetch(`${gateway.admin}/status?lang=${language}`)
    const page = (await answer.text()).replaceAll(/<span class="word">(.*?)<\/span>/g, '$1')
    expect(page).toContain(words)
    expect(page).toContain('jisr partners rotate-keys soon --certificate')
    expect(page).toContain('jisr streams disable unpolled')
  }

  // The queue's tables are dropped under it: it says so, `migrate` mends it, and it goes on as it is.
  const readyz = async () => (await (await fetch(`${gateway.admin}/readyz`)).json()) as { ready: boolean; because: string[] }
  const attempts = () => gateway.output().split('"station":"delivery.attempted"').length
  await t.database.owner.query(sql.script('drop schema bullmq cascade'))
  await until('it says so', async () => (await readyz()).because.some(text => text.includes('queue does not answer')), 30_000)
  expect(about((await doctor()).findings, 'queue')).toEqual([expect.stringMatching(/^bad: lacks \d+ migration.* → .*npm run migrate/)])
  const before = attempts()
  expect((await run({ DATABASE_URL: t.database.url }, 'migrate')).stdout).toContain('applied bullmq 1\n')
  await until('it is ready', async () => !(await readyz()).because.some(text => text.includes('queue')), 30_000)
  const [other] = messagesOf(1)
  await t.submit({ person: 'w-2', type: 'candidate.registered', at: String(other?.effectiveAt), payload: other?.payload ?? {} })
  await until('what is owed since then is tried', async () => attempts() > before, 30_000)
  await gateway.end()
}, 120_000)

test('a file of checkpoints that nothing can be written to, and a disk without room for it, are named with what to do', async () => {
  const dataDirectory = join(folder, 'data')
  const at = (checkpointFile: string) => lookAtCheckpointFile({ checkpointFile, dataDirectory })
  expect(await at(join(folder, 'gone', 'c.jsonl'))).toMatchObject({
    state: 'bad',
    says: `the folder ${join(folder, 'gone')} is not there`,
    toDo: expect.stringMatching(/mounted\? .*mkdir -p .*CHECKPOINT_FILE/)
  })
  expect(
    await lookAtCheckpointFile({ checkpointFile: join(folder, 'new', 'log', 'c.jsonl'), dataDirectory: join(folder, 'new') })
  ).toMatchObject({
    state: 'ok',
    says: expect.stringContaining('made at the first start')
  })
  expect(await at(folder)).toMatchObject({ state: 'bad', says: `${folder} is a folder, not a file` })
  expect(await at('/dev/null')).toMatchObject({ state: 'bad', says: '/dev/null is a pipe or a device, not a file' })
  expect(await at(join(environment.MASTER_KEY_FILE as string, 'c.jsonl'))).toMatchObject({
    state: 'bad',
    says: expect.stringContaining('is no folder')
  })
  // A program that runs is written to by nobody, not even by root.
  expect(await at(process.execPath)).toMatchObject({ state: 'bad', says: expect.stringMatching(/cannot be written to \(ETXTBSY\)$/) })
  expect(await at(join(folder, 'checkpoints.jsonl'))).toMatchObject({ state: 'ok', toDo: null })
  await expect(stat(join(folder, 'checkpoints.jsonl'))).rejects.toThrow('ENOENT')
  const mib = 1024 ** 2
  expect(roomFor('c', 100 * mib)).toMatchObject({ state: 'ok' })
  expect(roomFor('c', 100 * mib - 1)).toMatchObject({ state: 'bad', toDo: expect.stringContaining('make room') })
  const { code, findings } = await doctor({ CHECKPOINT_FILE: join(folder, 'gone', 'c.jsonl') })
  expect([code, about(findings, 'checkpoints')]).toEqual([
    1,
    [expect.stringMatching(/^bad: the folder .* is not there → is its disk mounted/)]
  ])
})

test('an evidence log whose file of checkpoints is missing is named, as a start would refuse it', async () => {
  const { code, findings } = await doctor({ CHECKPOINT_FILE: join(folder, 'none.jsonl') })
  expect([code, about(findings, 'evidence log')]).toEqual([
    1,
    [expect.stringMatching(/^bad: The file of checkpoints .* is missing or empty.*jisr log file-anew/)]
  ])
})

test('what was done by hand is listed: who, what, about whom, why, when', async () => {
  const jwks = join(folder, 'jwks')
  await writeFile(jwks, JSON.stringify(publicKey))
  const jisr = (...words: string[]) => run(environment, ...words)
  const add = [
    'clients',
    'add',
    'tanger',
    '--name',
    'Tanger',
    '--role',
    'origin-agency',
    '--agency',
    'ANP-KEN-01',
    '--scope',
    'set.push',
    '--jwks',
    jwks
  ]
  expect((await jisr(...add, '--by', 'amal', '--reason', 'agreement of 3 February')).code).toBe(0)
  expect((await jisr('clients', 'suspend', 'tanger', '--by', 'amal', '--reason', 'lost its key')).code).toBe(0)
  const { stdout } = await jisr('audit', 'list', '--about', 'tanger', '--json')
  const acts = JSON.parse(stdout) as { actor: string; action: string; about: string; reason: string; at: string }[]
  expect(acts.map(({ actor, action, about, reason }) => [actor, action, about, reason])).toEqual([
    ['amal', 'client.suspended', 'tanger', 'lost its key'],
    ['amal', 'client.added', 'tanger', 'agreement of 3 February']
  ])
  expect(Date.now() - Date.parse(acts[0]?.at ?? '')).toBeLessThan(120_000)
  const lines = (await jisr('audit', 'list', '--actor', 'amal', '--action', 'client', '--limit', '1')).stdout
  expect(lines).toMatch(/client\.suspended +tanger +lost its key\nThere may be more: --limit 5\n$/)
  expect((await jisr('audit', 'list', '--since', '2999-01-01')).stdout).toBe('Nothing was done by hand, as far as was asked for.\n')
  // By number and not by its digits: 10 comes after 9, whatever the numbers are by now.
  await t.database.owner.query(
    sql`insert into audit (actor, action, about, reason) select 'many', 'test.counted', 'n', g.i::text from generate_series(1, 120) as g (i) order by g.i`
  )
  const many = JSON.parse((await jisr('audit', 'list', '--actor', 'many', '--json')).stdout) as { reason: string }[]
  expect(many.map(({ reason }) => Number(reason))).toEqual(Array.from({ length: 100 }, (_, i) => 120 - i))
  await t.database.owner.query(
    sql`insert into audit (actor, action, about, reason, at) values ('old', 'client.added', 'x', 'r', '2001-01-01Z')`
  )
  expect((await run({ DATABASE_URL: t.database.url }, 'migrate')).stdout).toContain('forgot 1 acts of the audit\n')
  for (const [words, said] of [
    [['audit', 'list', '--since', '2026-02-30'], 'give a day'],
    [['clients', 'resume', 'tanger', '--reason', ' '], 'say why']
  ] as const) {
    const { code, stderr } = await jisr(...words)
    expect([words, code, stderr]).toEqual([words, 2, expect.stringContaining(said)])
  }
}, 60_000)
