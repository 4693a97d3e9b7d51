// The gateway in real use, as a process: refused when it is not set up, ready when it is, and gone within ten seconds without losing a word.
import { mkdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, expect, onTestFinished, test } from 'vitest'
import { sql } from '../../src/store/database.ts'
import { freePort } from '../../src/store/embedded/port.ts'
import { rewriteKeyTables } from '../../src/store/rewrite-keys.ts'
import { environmentOf, run, scratch, startProcess } from '../support/command.ts'
import { freshDatabase } from '../support/database.ts'
import { testClient } from '../support/gateway.ts'
import { referencePartner, testHouse, until } from '../support/house.ts'
import { messagesOf } from '../support/people.ts'
import { accessToken } from '../support/tokens.ts'

const issuer = 'https://gateway.test'
const t = await testHouse()
const logins = { owner: 'jisr_test_owner', gateway: 'jisr_test_gateway' }
afterAll(() => t.database.owner.query(sql.script(`drop role if exists ${logins.owner}, ${logins.gateway}`)))
const empty = await freshDatabase({ migrated: false })
const folder = await scratch()

const served = async (environment: Record<string, string>) => {
  const [port, adminPort] = [await freePort(), await freePort()]
  return {
    url: `http://127.0.0.1:${port}`,
    admin: `http://127.0.0.1:${adminPort}`,
    adminPort,
    environment: { ...environment, ISSUER: issuer, HOST: '127.0.0.1', PORT: String(port), ADMIN_PORT: String(adminPort) }
  }
}

test('without configuration it does not start, and says all that is missing', async () => {
  const { code, stdout, stderr } = await run({}, 'start')
  expect([code, stdout]).toEqual([1, ''])
  expect(stderr).toMatch(/2 settings are missing .*\n +ISSUER .*ISSUER=https:.*\n +MASTER_KEY_FILE .*MASTER_KEY_FILE=/)
})

test('over http, on a faster clock, or with a weak key it does not start', async () => {
  const environment = await environmentOf({ ...t, masterKey: Buffer.alloc(32, 7).toString('base64') }, await mkdtempIn('weak'))
  const insecure = await run({ ...environment, ISSUER: 'http://gateway.test', CAMPAIGN_SPEED: '1000' }, 'api', 'worker')
  expect([insecure.code, insecure.stderr]).toMatchObject([1, expect.stringMatching(/ISSUER .*\n +CAMPAIGN_SPEED +must not be set/)])
  const weak = await run({ ...environment, ISSUER: issuer, LOG_LEVEL: 'silent' }, 'start')
  expect([weak.code, weak.stderr]).toMatchObject([1, expect.stringContaining('the master key repeats itself')])
})

/** The statements that docs/installing.md gives to PostgreSQL, for an empty database of this run. @returns the URL of each of the two logins */
const loginsOfTheManual = async (): Promise<{ owner: string; gateway: string }> => {
  const manual = await readFile(new URL('../../docs/installing.md', import.meta.url), 'utf8')
  const statements = /<<END\n(create role jisr_app nologin;\n.*?)\nEND$/ms.exec(manual)?.[1]?.split('\n') ?? []
  const database = new URL(empty.url)
  for (const statement of statements) {
    const ours = statement
      .replaceAll('jisr_owner', logins.owner)
      .replaceAll('jisr_gateway', logins.gateway)
      .replaceAll(/\$[A-Z]+/g, 'of-this-run')
      .replace('create database jisr owner', `alter database ${database.pathname.slice(1)} owner to`)
    // Of the whole server, which other files use.
    if (!ours.startsWith('create role jisr_app')) await empty.owner.query(sql.script(ours))
  }
  const urlOf = (login: string) => Object.assign(new URL(empty.url), { username: login, password: 'of-this-run' }).href
  return { owner: urlOf(logins.owner), gateway: urlOf(logins.gateway) }
}

test('it refuses a database that is behind, naming the command that mends it; the command does, once, as the owner; the gateway runs by a login that owns nothing', async () => {
  const { owner, gateway: login } = await loginsOfTheManual()
  const { environment, adminPort, admin } = await served({
    // Another installation: its checkpoints stand in a file of its own.
    ...(await environmentOf(t, await mkdtempIn('behind'))),
    DATABASE_URL: login,
    LOG_LEVEL: 'silent'
  })
  const refused = await run(environment, 'start')
  expect([refused.code, refused.stderr]).toMatchObject([1, expect.stringContaining('Run `npm run migrate`')])
  const only = { DATABASE_URL: owner }
  expect((await run(only, 'migrate')).stdout).toMatch(/^applied 0001_first\.sql\n(?:.*\n)*applied bullmq 1\n/)
  // As on a server that was upgraded to PostgreSQL 17 since: nobody had granted what it did not know.
  await empty.owner.query(sql.script('revoke maintain on person from jisr_app'))
  expect(await rewriteKeyTables(empty.db)).toBe('not-allowed')
  expect(await run(only, 'migrate')).toEqual({ code: 0, stdout: 'The database is up to date.\n', stderr: '' })
  expect(await rewriteKeyTables(empty.db)).toBe('done')
  const stranger = await run({ DATABASE_URL: login }, 'migrate')
  expect([stranger.code, stranger.stderr]).toEqual([1, expect.stringContaining('with the URL of the owner of the tables')])
  const gateway = await startProcess(environment, adminPort, 'start')
  expect(await (await fetch(`${admin}/readyz`)).json()).toEqual({ status: 'ok', ready: true, because: [], warnings: [] })
  expect(await (await fetch(`${admin}/status?lang=en`)).text()).toContain('All is well')
  await empty.owner.query(sql.script(`drop table attempt_${nextMonth().replace('-', '_')}`))
  expect(await (await fetch(`${admin}/readyz`)).json()).toMatchObject({ ready: true, warnings: [expect.stringContaining(nextMonth())] })
  expect(await gateway.end('SIGTERM')).toMatchObject({ code: 0 })
})

test('a port that is taken is named, with what to do', async () => {
  const { environment, adminPort } = await served({ ...(await environmentOf(t, folder)), LOG_LEVEL: 'silent' })
  const first = await startProcess(environment, adminPort, 'api')
  const second = await run(environment, 'api')
  expect([second.code, second.stderr]).toEqual([1, `jisr: ADMIN_PORT ${adminPort} is taken: set ADMIN_PORT to another.\n`])
  await first.end('SIGINT')
})

test('stopped under load it ends within ten seconds: what it answered 202 is stored, nothing is left half sent, and nothing is sent twice', async () => {
  expect((await run({ DATABASE_URL: t.database.url }, 'migrate')).code).toBe(0)
  const partner = await referencePartner(t, 'slow-office', [{ type: 'candidate.registered' }])
  await partner.misbehave({ mode: 'slow', delayMs: 150 })
  const client = await testClient(t, 'agency-load', ['set.push'])
  const { environment, url, admin, adminPort } = await served({ ...(await environmentOf(t, folder)), OUTBOUND_ALLOW: 'http://127.0.0.1:*' })
  const gateway = await startProcess(environment, adminPort, 'start')
  const token = await accessToken({ url, issuer }, client)
  const stored: string[] = []
  let next = 0
  const push = async () => {
    for (;;) {
      const n = next++
      const [message] = messagesOf(n)
      if (message === undefined || n > 400) return
      const answer = await fetch(`${url}/v1/placements/p-${n}/events`, {
        method: 'POST',
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        body: JSON.stringify({ type: message.type, effectiveAt: message.effectiveAt, payload: message.payload, key: `k-${n}` })
      }).catch(() => null)
      if (answer === null) return
      if (answer.status === 202) stored.push(((await answer.json()) as { eventId: string }).eventId)
    }
  }
  const pushing = Promise.all(Array.from({ length: 8 }, push))
  await until('it sends while it takes in', async () => {
    const [row] = await t.house.database.query<{ count: number }>(sql`select count(*)::int as count from delivery where state = 'sending'`)
    return stored.length >= 40 && (row?.count ?? 0) > 0
  })
  expect(await (await fetch(`${admin}/metrics`)).text()).toMatch(/jisr_intake_duration_seconds_count\{[^}]*\} [1-9]/)
  const { code, tookMs } = await gateway.end('SIGTERM')
  await pushing
  expect([code, tookMs < 10_000]).toEqual([0, true])
  const found = await t.house.database.query<{ id: string }>(sql`select id from event where id = any(${stored}::uuid[])`)
  expect(found).toHaveLength(stored.length)
  expect(await t.house.database.query(sql`select id from delivery where state = 'sending'`)).toEqual([])

  await partner.misbehave({ mode: 'none' })
  const again = await startProcess(environment, adminPort, 'worker')
  const owed = await t.house.database.query<{ id: string }>(sql`select id from delivery where partner_id = 'slow-office' order by id`)
  await until(
    'everything has arrived',
    async () => {
      const rows = await t.house.database.query(sql`select id from delivery where partner_id = 'slow-office' and state <> 'accepted'`)
      return rows.length === 0
    },
    60_000
  )
  const journal = (await partner.journal()).map(entry => entry.delivery)
  expect(journal.toSorted()).toEqual(owed.map(row => row.id))
  expect((await again.end('SIGTERM')).code).toBe(0)
  expect(`${gateway.output()}${again.output()}`).not.toMatch(/"level":"error"|leftOut/)
}, 120_000)

test('on a bare machine it brings a database of its own, migrated, and the next start finds it', async () => {
  const own = await mkdtempIn('bare')
  onTestFinished(() => removeElsewhere(join(own, 'data', 'postgres')))
  const { DATABASE_URL: _none, ...bare } = await environmentOf(t, own)
  const { environment, adminPort } = await served({ ...bare, LOG_LEVEL: 'warn' })
  const first = await startProcess(environment, adminPort, 'start')
  expect(
    (
      await run(
        environment,
        'clients',
        'add',
        'agency',
        '--name',
        'A',
        '--role',
        'origin-agency',
        '--every-agency',
        '--scope',
        'set.push',
        '--generate-key',
        join(own, 'k'),
        '--reason',
        'test'
      )
    ).code
  ).toBe(0)
  expect(await first.end('SIGTERM')).toMatchObject({ code: 0 })
  const second = await startProcess({ ...environment, ISSUER: 'https://gatevay.test' }, adminPort, 'start')
  expect((await run(environment, 'clients', 'list', '--json')).stdout).toContain('"id":"agency"')
  expect(second.output()).toContain(
    "ISSUER is https://gatevay.test, but this database's evidence log is gateway.test/log/1: if the name was mistyped"
  )
  expect(await second.end('SIGTERM')).toMatchObject({ code: 0 })
}, 120_000)

const nextMonth = () => {
  const now = new Date()
  return new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + 1)).toISOString().slice(0, 7)
}

/** As root the server's data is in a folder of its account's. */
async function removeElsewhere(directory: string): Promise<void> {
  const elsewhere = await readFile(join(directory, 'elsewhere'), 'utf8').catch(() => null)
  if (elsewhere !== null) await rm(elsewhere.trim(), { recursive: true, force: true })
}

async function mkdtempIn(name: string): Promise<string> {
  const made = join(folder, name)
  await mkdir(made)
  return made
}
