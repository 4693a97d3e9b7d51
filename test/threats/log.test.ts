// The evidence log as others meet it: receipts and proofs over HTTP, checked by another log's verifier; what a start, an auditor and a sender find when it is not right.
import { fork } from 'node:child_process'
import { createHash } from 'node:crypto'
import { copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { importJWK, type JWK, SignJWT } from 'jose'
import { afterAll, describe, expect, test } from 'vitest'
import { checkLog } from '../../src/flow/check-log.ts'
import { LogBroken } from '../../src/flow/log-tree.ts'
import { beginAnew, fileAnew } from '../../src/flow/renew-log.ts'
import { erasePerson } from '../../src/flow/rights.ts'
import { verifyLog } from '../../src/flow/verify-log.ts'
import { NotFiled } from '../../src/store/checkpoint-file.ts'
import { type Database, sql, type Tx } from '../../src/store/database.ts'
import { lastCheckpoint, ledgerSize, ledgerStanding } from '../../src/store/ledger.ts'
import { dropOldNotAdmitted } from '../../src/store/not-admitted.ts'
import { openCheckpoint } from '../../src/trust/checkpoint.ts'
import { provesConsistency } from '../../src/trust/merkle.ts'
import { parseVerifierKey } from '../../src/trust/note.ts'
import { checkReceipt, parseReceipt } from '../../src/trust/receipt.ts'
import { tablesHolding } from '../support/canary.ts'
import { environmentOf, run } from '../support/command.ts'
import { testClient, testGateway } from '../support/gateway.ts'
import { until } from '../support/house.ts'
import { leave, leaveKept, sequencerOf, wholeLedger } from '../support/log.ts'
import { messagesOf, registration } from '../support/people.ts'
import { checkedElsewhere } from '../support/receipt.ts'
import { accessToken } from '../support/tokens.ts'

const t = await testGateway()
const { database } = t.house
const { owner } = t.database
const client = await testClient(t, 'agency-one', ['set.push'])
const stranger = await testClient(t, 'agency-two', ['set.push'])
const kenitra = await testClient(t, 'kenitra', ['set.push'], { agency: 'ANP-KEN-01' })
const folder = await mkdtemp(join(tmpdir(), 'jisr-log-test-'))
afterAll(() => rm(folder, { recursive: true, force: true }))
const check = (file = t.log.file) => checkLog(database, { file, keys: t.house.keys.logs })
const verify = (file = t.log.file) => verifyLog(t.house, { file, keys: t.house.keys.logs })

const signed = async (jti: string, n: number, more: object = {}, claims: object = {}, by = client): Promise<string> => {
  const [message] = messagesOf(n)
  return new SignJWT({
    sub_id: { format: 'opaque', id: `person-${n}` },
    toe: Math.floor(new Date(message?.effectiveAt ?? '').getTime() / 1000),
    events: { [`${t.url}/ns/event/v1/${message?.type}`]: { ...message?.payload, ...more } },
    iat: Math.floor(Date.now() / 1000),
    ...claims
  })
    .setProtectedHeader({ alg: 'ES256', kid: by.key.kid, typ: 'secevent+jwt' })
    .setIssuer(by.id)
    .setAudience(t.url)
    .setJti(jti)
    .sign(await importJWK(by.key as JWK, 'ES256'))
}
/** One token a client: whoever fetches one for each call is asked to wait. */
const bearers = new Map<string, Promise<string>>()
const bearerOf = (by: typeof client): Promise<string> => {
  const bearer = bearers.get(by.id) ?? accessToken(t, by)
  bearers.set(by.id, bearer)
  return bearer
}
const push = async (token: string, by = client) =>
  fetch(`${t.url}/v1/sets`, {
    method: 'POST',
    headers: { authorization: `Bearer ${await bearerOf(by)}`, 'content-type': 'application/secevent+jwt' },
    body: token
  })
const get = async (path: string, as?: typeof client) =>
  fetch(`${t.url}${path}`, as === undefined ? {} : { headers: { authorization: `Bearer ${await bearerOf(as)}` } })
const logKeys = async () => {
  const { keys } = (await (await get('/v1/log/keys')).json()) as { keys: { verifierKey: string }[] }
  return keys.map(({ verifierKey }) => parseVerifierKey(verifierKey))
}

describe('a sender', async () => {
  const token = await signed('set-1', 0)
  test('repudiation: a sender has its receipt within a second or so, and checks it without the gateway: the leaf is its SET’s, and in the log', async () => {
    expect((await push(token)).status).toBe(202)
    const answer = await get('/v1/sets/set-1/receipt', client)
    expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'text/plain; charset=utf-8'])
    const text = await answer.text()
    const { leaf, salt } = JSON.parse(parseReceipt(text).extra?.toString() ?? '{}') as { leaf: string; salt: string }
    expect(checkReceipt(text, leaf, await logKeys()).index).toBe(JSON.parse(leaf).seq)
    expect(JSON.parse(leaf)).toMatchObject({ v: 1, kind: 'accepted', iss: client.id })
    expect(JSON.parse(leaf).c).toBe(createHash('sha256').update(Buffer.from(salt, 'base64url')).update(token).digest('base64url'))
    // Nothing of the person, and not the sender's own id of the message either.
    expect(leaf).not.toMatch(/person-0|set-1/)
  })

  test('repudiation: the receipt is accepted by the verifier of another log', async () => {
    const text = await (await get('/v1/sets/set-1/receipt', client)).text()
    const keys = await logKeys()
    expect(checkedElsewhere(text, keys)).toMatchObject({ kind: 'accepted', iss: client.id })
    const other = text.replace(/^index (\d+)$/m, (_, index) => `index ${Number(index) + 1}`)
    expect(() => checkedElsewhere(other, keys)).toThrow()
  })

  test('repudiation: nobody has a receipt of another’s SET, nor of one that never was', async () => {
    expect((await get('/v1/sets/set-1/receipt', stranger)).status).toBe(404)
    expect((await get('/v1/sets/never/receipt', client)).status).toBe(404)
    expect((await get('/v1/sets/set-1/receipt')).status).toBe(401)
  })
})

test('log rollback or fork: anybody proves a leaf and that the log only grew; what is not there is not proved', async () => {
  const older = openCheckpoint(await (await get('/v1/log/checkpoint')).text(), await logKeys())
  const first = older.size
  await leaveKept(t.house, 300)
  const seq = first + 200
  await until('it is numbered', async () => (await ledgerSize(database)) > seq)
  const text = await (await get(`/v1/log/proof/${seq}`)).text()
  const { leaf } = JSON.parse(parseReceipt(text).extra?.toString() ?? '{}') as { leaf: string }
  const { checkpoint } = checkReceipt(text, leaf, await logKeys())
  const grown = await get(`/v1/log/consistency?from=${first}&to=${checkpoint.size}`)
  expect(grown.status).toBe(200)
  const proof = ((await grown.json()) as { proof: string[] }).proof.map(hash => Buffer.from(hash, 'base64'))
  const grew = { from: older.size, fromRoot: older.root, to: checkpoint.size, toRoot: checkpoint.root }
  expect(provesConsistency(grew, proof)).toBe(true)
  expect(provesConsistency({ ...grew, fromRoot: checkpoint.root }, proof)).toBe(false)
  for (const [path, status] of [
    ['/v1/log/proof/99999999', 404],
    ['/v1/log/proof/-1', 400],
    ['/v1/log/consistency?from=5&to=4', 400],
    ['/v1/log/consistency?from=1&to=99999999', 404],
    ['/v1/log/consistency?from=1', 400],
    ['/v1/log/consistency?from=&to=', 400],
    ['/v1/log/consistency?from=0x1&to=1e1', 400]
  ] as const)
    expect([path, (await get(path)).status]).toEqual([path, status])
})

test('repudiation: while the log is a minute behind, intake answers 503 with Retry-After; numbered again, it takes in', async () => {
  // As if nobody had numbered it: it is held back by a lock, and old.
  await database.lock(
    'jisr sequencer',
    async () => {
      await leaveKept(t.house, 1)
      await owner.query(sql`update ledger_leaf set created_at = now() - interval '61 seconds'`)
      const answer = await until('it is closed', async () => {
        const answer = await push(await signed(`set-behind-${crypto.randomUUID()}`, 2))
        return answer.status === 503 && answer
      })
      expect(answer.headers.get('retry-after')).toBe('30')
      const inbound = await fetch(`${t.url}/v1/placements/p/events`, {
        method: 'POST',
        headers: { authorization: `Bearer ${await bearerOf(client)}`, 'content-type': 'application/json', 'idempotency-key': 'k' },
        body: JSON.stringify({
          type: messagesOf(3)[0]?.type,
          effectiveAt: messagesOf(3)[0]?.effectiveAt,
          payload: messagesOf(3)[0]?.payload
        })
      })
      expect(inbound.status).toBe(503)
    },
    { waitMs: 10_000 }
  )
  await until('it is open again', async () => (await push(await signed('set-after', 4))).status === 202)
  // Once each, for whoever is to be woken: not for every sender that comes meanwhile.
  const told = t.logs.filter(({ station }) => ['ledger.behind', 'ledger.caught-up'].includes(station)).map(({ station }) => station)
  expect(told).toEqual(['ledger.behind', 'ledger.caught-up'])
})

describe('a sender whose SET is refused before anything of it is taken', () => {
  const day = 86_400
  const now = () => Math.floor(Date.now() / 1000)
  const eventOf = (type: string) => ({ events: { [`${t.url}/ns/event/v1/${type}`]: {} } })
  const refused = [
    ['does not fit the schema', 400, client, { person: 7 }, {}],
    ['tells what this gateway does not take', 400, client, {}, eventOf('worker.promoted')],
    ['tells what this client may not tell', 403, client, {}, eventOf('visa.issued')],
    ['takes effect tomorrow', 400, client, {}, { toe: now() + day }],
    ['was signed nine days ago', 400, client, {}, { iat: now() - 9 * day }],
    [
      'registers for another agency',
      403,
      kenitra,
      { registration: { ...(registration(0).registration as object), agency: 'ANP-RAB-09' } },
      {}
    ]
  ] as const
  test.each(refused)(
    'repudiation: a SET that %s is refused, and its sender proves that it was sent; nothing of what it says is kept',
    async (why, status, by, more, claims) => {
      const jti = `refused ${why}`
      const token = await signed(jti, 0, more, claims, by)
      const tries = await Promise.all([push(token, by), push(token, by), push(token, by)])
      expect(tries.map(answer => answer.status)).toEqual([status, status, status])
      const text = await (await get(`/v1/sets/${encodeURIComponent(jti)}/receipt`, by)).text()
      const { leaf, salt } = JSON.parse(parseReceipt(text).extra?.toString() ?? '{}') as { leaf: string; salt: string }
      expect(checkReceipt(text, leaf, await logKeys()).index).toBe(JSON.parse(leaf).seq)
      expect(JSON.parse(leaf)).toMatchObject({ kind: 'not-admitted', iss: by.id })
      expect(JSON.parse(leaf).c).toBe(createHash('sha256').update(Buffer.from(salt, 'base64url')).update(token).digest('base64url'))
      expect((await get(`/v1/sets/${encodeURIComponent(jti)}/receipt`, stranger)).status).toBe(404)
      // One line for three tries, and no body anywhere.
      const mine = (await wholeLedger(database)).filter(({ kind }) => kind === 'not-admitted')
      expect(mine.filter(({ commitment }) => commitment.toString('base64url') === JSON.parse(leaf).c)).toHaveLength(1)
      expect((await tablesHolding(owner, [token.split('.')[2] ?? '', jti])).found).toEqual([])
    }
  )

  test('repudiation: a SET that was refused, and came mended under its jti, has the receipt of what was taken', async () => {
    expect((await push(await signed('mended', 50, { person: 7 }))).status).toBe(400)
    expect((await push(await signed('mended', 50, { person: 8 }))).status).toBe(400)
    expect((await push(await signed('mended', 50))).status).toBe(202)
    const text = await (await get('/v1/sets/mended/receipt', client)).text()
    expect(checkedElsewhere(text, await logKeys())).toMatchObject({ kind: 'accepted', iss: client.id })
    const leaves = await wholeLedger(database)
    expect(leaves.filter(({ kind, source }) => kind === 'not-admitted' && source === client.id).length).toBeGreaterThanOrEqual(2)
  })

  test('repudiation: another SET under a jti that was used is refused and leaves a line; the receipt stays that of the one that was taken', async () => {
    expect((await push(await signed('used', 51))).status).toBe(202)
    const lines = async () => (await wholeLedger(database)).filter(({ kind }) => kind === 'not-admitted').length
    const before = await lines()
    const other = await signed('used', 51, {}, { sub_id: { format: 'opaque', id: 'somebody-else' } })
    expect([(await push(other)).status, (await push(other)).status]).toEqual([400, 400])
    const text = await (await get('/v1/sets/used/receipt', client)).text()
    expect(checkedElsewhere(text, await logKeys())).toMatchObject({ kind: 'accepted' })
    expect(await lines()).toBe(before + 1)
  })

  test('repudiation: what nobody known has signed leaves no line, nor what a known client sends of another’s', async () => {
    const before = (await database.query(sql`select leaf_id from not_admitted`)).length
    const token = await signed('forged', 0, { person: 7 })
    const [head, payload, signature = ''] = token.split('.')
    const forged = [head, payload, `${signature.startsWith('A') ? 'B' : 'A'}${signature.slice(1)}`].join('.')
    expect((await push(forged)).status).toBe(400)
    const unsigned = [Buffer.from('{"alg":"none","typ":"secevent+jwt"}').toString('base64url'), payload, ''].join('.')
    expect((await push(unsigned)).status).toBe(400)
    expect((await push(token, stranger)).status).toBe(400)
    expect(await database.query(sql`select leaf_id from not_admitted`)).toHaveLength(before)
    expect((await get('/v1/sets/forged/receipt', client)).status).toBe(404)
  })

  test('repudiation: what was refused and its receipt are dropped after their time, and the line stays', async () => {
    const before = await database.query(sql`select leaf_id from not_admitted`)
    expect(before.length).toBeGreaterThan(0)
    expect(await dropOldNotAdmitted(database, new Date(Date.now() - day * 1000), 1_000)).toBe(0)
    const drop = (limit: number) => dropOldNotAdmitted(database, new Date(Date.now() + day * 1000), limit)
    expect([await drop(2), await drop(1_000), await drop(1_000)]).toEqual([2, before.length - 2, 0])
    expect((await get('/v1/sets/refused%20takes%20effect%20tomorrow/receipt', client)).status).toBe(404)
    expect((await wholeLedger(database)).filter(({ kind }) => kind === 'not-admitted').length).toBe(before.length)
  })
})

const refusal = async (act: () => Promise<unknown>): Promise<string> => {
  try {
    await act()
    return 'nothing was refused'
  } catch (error) {
    if (error instanceof LogBroken || error instanceof NotFiled) return error.message
    throw error
  }
}

test('log rollback or fork: a sequencer killed in the middle leaves a log that the next goes on with', async () => {
  const child = fork(join(import.meta.dirname, '../support/gateway-worker.ts'), [
    JSON.stringify({
      databaseUrl: t.database.url,
      masterKey: t.masterKey,
      backend: { kind: 'postgres', url: t.database.url },
      worker: { concurrency: 1, ticketsEveryMs: 1_000, sequenceEveryMs: 1 },
      log: { issuer: t.log.issuer, file: t.log.file }
    })
  ])
  await new Promise(resolve => child.once('message', resolve))
  const before = await ledgerSize(database)
  const leaving = (async () => {
    for (let i = 0; i < 40; i++) await leaveKept(t.house, 100)
  })()
  await until('it numbers', async () => (await ledgerSize(database)) > before + 300)
  child.kill('SIGKILL')
  await leaving
  await until('all is numbered', async () => (await ledgerSize(database)) >= before + 4_000)
  await sequencerOf(t).pass(true)
  const rows = await wholeLedger(database)
  expect(rows.map(({ seq }) => seq)).toEqual(rows.map((_, i) => i))
  await check()
})

test('repudiation: all is as it was signed, and verify-log says so, having opened what was kept', async () => {
  const { opened, erased, unkept, faults, leaves } = await verify()
  expect(faults).toEqual([])
  expect([opened + unkept, erased, leaves]).toEqual([await ledgerSize(database), 0, await ledgerSize(database)])
  expect(unkept).toBeGreaterThan(5)
})

test('repudiation: of somebody erased the leaves stay, prove nothing any more, and are counted; her receipt proves that something was taken in', async () => {
  const [her] = await database.query<{ id: string }>(sql`
    select e.person_id as id from ledger l join ledger_evidence e on e.leaf_id = l.leaf_id where l.kind = 'accepted' and l.source = ${client.id} order by l.seq limit 1`)
  const { opened } = await verify()
  await erasePerson(t.house, her?.id ?? '', { actor: 'test', reason: 'ordered by a court' }, { evenThoughKept: true })
  const after = await verify()
  expect([after.faults, after.erased > 0, after.opened + after.erased]).toEqual([[], true, opened])
  const text = await (await get('/v1/sets/set-1/receipt', client)).text()
  const extra = JSON.parse(parseReceipt(text).extra?.toString() ?? '{}') as { leaf: string; salt?: string }
  expect([checkReceipt(text, extra.leaf, await logKeys()).index, extra.salt]).toEqual([JSON.parse(extra.leaf).seq, undefined])
  // What is said of her now is refused; that it was said can be proved.
  expect((await push(await signed('of the erased', 0))).status).toBe(400)
  const refused = await (await get('/v1/sets/of%20the%20erased/receipt', client)).text()
  expect(checkedElsewhere(refused, await logKeys())).toMatchObject({ kind: 'not-admitted', iss: client.id })
})

test('repudiation: jisr verify-log says what holds, and ends with 1 when something does not; a file is not written anew over one that is there', async () => {
  const environment = { ...(await environmentOf(t, folder)), CHECKPOINT_FILE: t.log.file }
  const well = await run(environment, 'verify-log')
  expect([well.code, well.stderr]).toEqual([0, ''])
  expect(well.stdout).toMatch(
    /^All is as it was signed: \d+ leaves; checkpoints: \d+ in the database, \d+ in .*\. Opened \d+ leaves; [1-9]\d* of people who were erased or blocked, 0 of messages that .*, [1-9]\d* of messages that were refused and never kept/
  )
  const kept = await run(environment, 'log', 'file-anew', '--reason', 'none')
  expect([kept.code, kept.stderr]).toEqual([1, expect.stringContaining('holds checkpoints: it is not lost')])
  const anew = { ...environment, CHECKPOINT_FILE: join(folder, 'by-command.jsonl') }
  expect((await run(anew, 'log', 'file-anew', '--reason', 'the disk died', '--by', 'fatima')).code).toBe(0)
  await check(anew.CHECKPOINT_FILE)
  expect(await owner.query(sql`select actor, reason from audit where action = 'log.filed-anew' and actor = 'fatima'`)).toEqual([
    { actor: 'fatima', reason: 'the disk died' }
  ])
  await owner.query(sql`update ledger set source = source || 'x' where seq = 3`)
  const ill = await run(environment, 'verify-log', '--json')
  await owner.query(sql`update ledger set source = left(source, -1) where seq = 3`)
  expect(ill.code).toBe(1)
  expect((JSON.parse(ill.stdout) as { faults: { where: string }[] }).faults.map(({ where }) => where)).toContain('leaf 3')
}, 60_000)

describe('a start', () => {
  test('log rollback or fork: a start refuses a database that is older than the file, saying what was found and what to do, and verify-log names it', async () => {
    const newer = join(folder, 'newer.jsonl')
    await copyFile(t.log.file, newer)
    const size = await ledgerSize(database)
    const [last] = (await wholeLedger(database)).slice(-1)
    await owner.query(sql`create table set_aside as select * from ledger where seq >= ${size - 10}`)
    await owner.query(sql`create table points as select * from checkpoint where size > ${size - 10}`)
    await database.lock(
      'jisr sequencer',
      async () => {
        await owner.query(sql`delete from ledger where seq >= ${size - 10}`)
        await owner.query(sql`delete from checkpoint where size > ${size - 10}`)
        expect(await refusal(() => check(newer))).toMatch(
          /^The database is older than what was published: .* but the database has \d+ leaves\. Restore the database to a later state/
        )
        const settings = { ...(await environmentOf(t, folder)), ISSUER: t.log.issuer, HOST: '127.0.0.1', LOG_LEVEL: 'silent' }
        for (const [file, because] of [
          [newer, 'The database is older than what was published'],
          [folder, `CHECKPOINT_FILE: ${folder} cannot be written (EISDIR)`]
        ] as const) {
          const started = await run({ ...settings, CHECKPOINT_FILE: file }, 'start')
          expect([started.code, started.stderr]).toEqual([1, expect.stringContaining(because)])
        }
        expect((await verify(newer)).faults.at(-1)).toEqual({
          where: expect.stringMatching(/^line \d+ of .*newer\.jsonl$/),
          what: `covers more leaves than the ${size - 10} there are: the database was set back`
        })
        await owner.query(sql`insert into ledger select * from set_aside`)
        await owner.query(sql`insert into checkpoint overriding system value select * from points`)
      },
      { waitMs: 10_000 }
    )
    expect((await wholeLedger(database)).at(-1)).toEqual(last)
    await check()
  })

  test('log rollback or fork: a log that others number and publish while it is looked at is taken for none that was set back', async () => {
    const sequencer = sequencerOf(t)
    let grown = 0
    /** Whatever is asked, the log has grown and was published by the time of the next question. */
    const growing = (tx: Tx): Tx => ({
      query: async statement => {
        const rows = await tx.query<never>(statement)
        await database.transaction(other => leave(other, 3))
        await until('it is published', async () => {
          await sequencer.pass(true)
          return (await lastCheckpoint(database))?.size === (await ledgerSize(database))
        })
        grown += 1
        return rows
      }
    })
    const busy: Database = {
      ...database,
      ...growing(database),
      transaction: (work, options) => database.transaction(tx => work(growing(tx)), options)
    }
    const before = await ledgerSize(database)
    const { size } = await checkLog(busy, { file: t.log.file, keys: t.house.keys.logs })
    expect(size).toBeGreaterThanOrEqual(before)
    expect(grown).toBeGreaterThan(3)
  })

  test('log rollback or fork: a start refuses a file that is missing, another installation’s, or unreadable', async () => {
    const none = join(folder, 'none.jsonl')
    expect(await refusal(() => check(none))).toMatch(/is missing or empty, .* Set CHECKPOINT_FILE .* `jisr log file-anew --reason "…"`/)
    await fileAnew(t.house, join(folder, 'anew.jsonl'), { actor: 'test', reason: 'the disk died' })
    await check(join(folder, 'anew.jsonl'))
    const foreign = join(folder, 'foreign.jsonl')
    await writeFile(
      foreign,
      `${JSON.stringify({ at: '2026-01-01T00:00:00Z', checkpoint: 'other\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n\n— other AAAAAAAA\n' })}\n`
    )
    expect(await refusal(() => check(foreign))).toMatch('is of the log')
  })

  test('log rollback or fork: a start refuses rows that were altered', async () => {
    const seq = (await ledgerSize(database)) - 1
    await database.lock(
      'jisr sequencer',
      async () => {
        await owner.query(sql`update ledger set message = message || 'x' where seq = ${seq}`)
        expect(await refusal(() => check())).toMatch(`Leaf ${seq} of the evidence log is not what it was`)
        await owner.query(sql`update ledger set message = left(message, -1) where seq = ${seq}`)
      },
      { waitMs: 10_000 }
    )
    await check()
  })
})

describe('verify-log names', () => {
  /** Nothing is published while file and database are looked at one after the other. */
  const allIsPublished = () =>
    until('all is published', async () => {
      await sequencerOf(t).pass(true)
      const { size, covered } = await ledgerStanding(database)
      return size === covered && (await database.query(sql`select from ledger_leaf limit 1`)).length === 0
    })
  const told = async (file?: string) => (await verify(file)).faults.map(({ where, what }) => `${where}: ${what}`)

  test('repudiation: verify-log names an altered leaf, the subtree over it and the checkpoints that no longer fit', async () => {
    await owner.query(sql`update ledger set source = 'x' where seq = 3`)
    const faults = await told()
    expect(faults[0]).toMatch(/^leaf 3: was altered/)
    expect(faults.some(text => text.startsWith('subtree 0 of height 1: does not fit leaves 0 to 255'))).toBe(true)
    expect(faults.some(text => /^checkpoint of \d+ leaves in the database: does not fit/.test(text))).toBe(true)
    expect(faults.some(text => /^line \d+ of .*: does not fit/.test(text))).toBe(true)
    await owner.query(sql`update ledger set source = 'anapec' where seq = 3`)
    expect(await told()).toEqual([])
  })

  test('repudiation: verify-log names a stored event or message that was altered or removed, by the leaf that says what it was', async () => {
    const [leaf] = (await wholeLedger(database)).filter(({ kind, source }) => kind === 'accepted' && source === client.id).slice(-1)
    const [id, leafId] = [leaf?.message ?? '', leaf?.leafId ?? '']
    const altered = `leaf ${leaf?.seq}: commits to something that does not open any more: it was altered (accepted ${id})`
    const flip = sql`body = set_byte(body, 40, get_byte(body, 40) # 1)`
    for (const [table, row] of [
      [sql`event`, sql`id = ${id}`],
      [sql`ledger_evidence`, sql`leaf_id = ${leafId}`]
    ] as const) {
      await owner.query(sql`update ${table} set ${flip} where ${row}`)
      expect(await told()).toEqual([altered])
      await owner.query(sql`update ${table} set ${flip} where ${row}`)
    }
    expect(await told()).toEqual([])
    await owner.query(sql`create table kept as select * from ledger_evidence where leaf_id = ${leafId}`)
    await owner.query(sql`delete from ledger_evidence where leaf_id = ${leafId}`)
    expect(await told()).toEqual([`leaf ${leaf?.seq}: commits to something that is missing (accepted ${id})`])
    await owner.query(sql`insert into ledger_evidence select * from kept`)
  })

  test('repudiation: verify-log takes a correction as it was told, and names one that was made to correct something else', async () => {
    expect((await push(await signed('to-correct', 40))).status).toBe(202)
    const { eventId } = (await (await get('/v1/sets/to-correct', client)).json()) as { eventId: string }
    expect((await push(await signed('correction', 40, { corrects: eventId }))).status).toBe(202)
    const { eventId: correction } = (await (await get('/v1/sets/correction', client)).json()) as { eventId: string }
    const leaf = await until('it is numbered', async () => (await wholeLedger(database)).find(({ message }) => message === correction))
    expect(await told()).toEqual([])
    await owner.query(sql`update event set corrects = ${crypto.randomUUID()} where id = ${correction}`)
    expect(await told()).toEqual([`leaf ${leaf.seq}: was told otherwise than event ${correction} says now: the event was altered`])
    await owner.query(sql`update event set corrects = ${eventId} where id = ${correction}`)
  })

  test('log rollback or fork: verify-log names a file that is lost, one that is an older copy, and a line in it that was altered', async () => {
    await allIsPublished()
    const none = join(folder, 'none.jsonl')
    expect(await told(none)).toEqual([
      `${none}: is missing or empty: restore it from its backup, or, where it is lost for good, run \`jisr log file-anew\``
    ])
    const lines = (await readFile(t.log.file, 'utf8')).split('\n')
    const copy = join(folder, 'copy.jsonl')
    await writeFile(copy, lines.slice(0, 2).join('\n'))
    expect(await told(copy)).toEqual([
      expect.stringMatching(/lacks the checkpoint of \d+ leaves that was published last: it is an older copy/)
    ])
    await writeFile(copy, [lines[0]?.replace('\\n0\\n', '\\n1\\n'), '{', ...lines.slice(1)].join('\n'))
    expect(await told(copy)).toEqual([
      expect.stringMatching(/^line 1 of .*: is not signed by this log’s keys/),
      expect.stringMatching(/^line 2 of .*: cannot be read/)
    ])
    await writeFile(copy, [...lines.slice(0, -1).reverse(), ''].join('\n'))
    expect(
      (await told(copy)).every(text => /^line \d+ of .*copy\.jsonl: stands behind a checkpoint of \d+ leaves, and covers/.test(text))
    ).toBe(true)
    expect(await told(copy)).toHaveLength(lines.length - 2)
  })

  test('log rollback or fork: verify-log names the checkpoints whose lines were taken out of the file, and takes no file for wrong that begins later', async () => {
    await allIsPublished()
    const published = (await database.query<{ size: number }>(sql`select size from checkpoint order by id limit 6`)).map(({ size }) => size)
    const lines = (await readFile(t.log.file, 'utf8')).split('\n')
    const without = async (sizes: readonly (number | undefined)[]) => {
      const copy = join(folder, 'without.jsonl')
      const isOf = (line: string, size: number | undefined) => line.includes(`\\n${size}\\n`)
      await writeFile(copy, lines.filter(line => !sizes.some(size => isOf(line, size))).join('\n'))
      return copy
    }
    const [first, second, third, fourth, fifth] = published
    const copy = await without([second, fourth, fifth])
    expect(await told(copy)).toEqual([
      `${copy}: lacks the checkpoint of ${second} leaves that was published: lines were taken out of it`,
      `${copy}: lacks the 2 checkpoints of ${fourth} to ${fifth} leaves that were published: lines were taken out of it`
    ])
    expect(await verify(await without([first, second, third]))).toMatchObject({ faults: [], unfiled: 3 })
    expect(await verify()).toMatchObject({ faults: [], unfiled: 0 })
  })

  test('repudiation: verify-log names a checkpoint that is said to have been signed at another time than the file says', async () => {
    const day = sql`interval '1 day'`
    await owner.query(sql`update checkpoint set signed_at = signed_at - ${day} where id = 2`)
    expect(await told()).toEqual([
      expect.stringMatching(
        /^checkpoint of \d+ leaves in the database: is said to have been signed at .*, and line \d+ of .* says .*: one of the two was altered$/
      )
    ])
    await owner.query(sql`update checkpoint set signed_at = signed_at + ${day} where id = 2`)
    expect(await told()).toEqual([])
  })

  test('repudiation: verify-log asks for no more than a page of rows at a time, however long the log is', async () => {
    const pages: number[] = []
    const database = {
      ...t.house.database,
      query: async (statement: ReturnType<typeof sql>) => {
        const rows = await t.house.database.query(statement)
        pages.push(rows.length)
        return rows
      }
    } as typeof t.house.database
    const { leaves, faults } = await verifyLog({ ...t.house, database }, { file: t.log.file, keys: t.house.keys.logs })
    expect([faults, leaves > 4_096, Math.max(...pages) <= 4_096]).toEqual([[], true, true])
  })
})

describe('a log that begins anew', () => {
  const by = { actor: 'test', reason: 'the backup was a day old' }
  const begin = (file: string, evenThoughItHolds = false) => beginAnew(t.house, { file, keys: t.house.keys }, { ...by, evenThoughItHolds })
  const lastOrigin = async () => (await owner.query(sql`select origin from checkpoint order by id desc limit 1`))[0]?.origin

  test('log rollback or fork: a log that agrees with its last checkpoints is not ended, nor one whose file alone is lost', async () => {
    await expect(begin(t.log.file)).rejects.toThrow(/^the log agrees with its last checkpoints, .* say --even-though-it-holds/)
    await expect(begin(join(folder, 'nowhere.jsonl'))).rejects.toThrow(/^only the file is lost, .* `jisr log file-anew` writes/)
    const environment = { ...(await environmentOf(t, folder)), CHECKPOINT_FILE: t.log.file }
    const refused = await run(environment, 'log', 'begin-anew', '--reason', 'none')
    expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining('nothing is lost')])
    expect([await lastOrigin(), await owner.query(sql`select id from audit where action = 'log.begun-anew'`)]).toEqual([
      'gateway.example.org/log/1',
      []
    ])
  })

  test('log rollback or fork: begun anew, the log has another name, and contradicts nothing that the old one signed', async () => {
    const file = join(folder, 'begun.jsonl')
    const lines = (await readFile(t.log.file, 'utf8')).trimEnd().split('\n')
    // What the database lost: the file has a checkpoint of another log.
    const [last] = lines.slice(-1)
    await writeFile(file, `${lines.slice(0, -1).join('\n')}\n${last?.replaceAll('/log/1', '/log/2')}\n`)
    expect((await begin(file)).origin).toBe('gateway.example.org/log/3')
    await check(file)
  })

  test('log rollback or fork: one that holds ends where that is said', async () => {
    const file = join(folder, 'begun.jsonl')
    await expect(begin(file)).rejects.toThrow('nothing is lost')
    const environment = { ...(await environmentOf(t, folder)), CHECKPOINT_FILE: file }
    const begun = await run(environment, 'log', 'begin-anew', '--reason', 'another name', '--even-though-it-holds', '--by', 'fatima')
    expect([begun.code, begun.stdout]).toEqual([0, expect.stringContaining('gateway.example.org/log/4')])
    await check(file)
    expect(await owner.query(sql`select actor, reason from audit where action = 'log.begun-anew' and actor = 'fatima'`)).toEqual([
      { actor: 'fatima', reason: 'another name' }
    ])
  })
})
