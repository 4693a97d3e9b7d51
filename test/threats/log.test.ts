// The evidence log as others meet it: receipts and proofs over HTTP, checked by another log's verifier; what a start, an auditor and a sender find when it is not right.
import { fork } from 'node:child_process'
import { createHash } from 'node:crypto'
import { copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { importJWK, type JWK, SignJWT } from 'jose'
import { afterAll, describe, expect, test } from 'vitest'
import { checkLog } from '../../src/flow/check-log.ts'
import { LogBroken } from '../../src/flow/log-tree.ts'
import { beginAnew, fileAnew } from '../../src/flow/renew-log.ts'
import { erasePerson } from '../../src/flow/rights.ts'
import { verifyLog } from '../../src/flow/verify-log.ts'
import { sql } from '../../src/store/database.ts'
import { ledgerSize } from '../../src/store/ledger.ts'
import { parseVerifierKey } from '../../src/trust/note.ts'
import { checkReceipt, parseReceipt } from '../../src/trust/receipt.ts'
import { environmentOf, run } from '../support/command.ts'
import { testClient, testGateway } from '../support/gateway.ts'
import { until } from '../support/house.ts'
import { leave, sequencerOf, wholeLedger } from '../support/log.ts'
import { messagesOf } from '../support/people.ts'
import { accessToken } from '../support/tokens.ts'

const t = await testGateway()
const { database } = t.house
const { owner } = t.database
const client = await testClient(t, 'agency-one', ['set.push'])
const stranger = await testClient(t, 'agency-two', ['set.push'])
const folder = await mkdtemp(join(tmpdir(), 'jisr-log-test-'))
afterAll(() => rm(folder, { recursive: true, force: true }))
const check = (file = t.log.file) => checkLog(database, { file, keys: t.house.keys.logs })
const verify = () => verifyLog(t.house, { file: t.log.file, keys: t.house.keys.logs })

const signed = async (jti: string, n: number): Promise<string> => {
  const [message] = messagesOf(n)
  return new SignJWT({
    sub_id: { format: 'opaque', id: `person-${n}` },
    toe: Math.floor(new Date(message?.effectiveAt ?? '').getTime() / 1000),
    events: { [`${t.url}/ns/event/v1/${message?.type}`]: message?.payload }
  })
    .setProtectedHeader({ alg: 'ES256', kid: client.key.kid, typ: 'secevent+jwt' })
    .setIssuer(client.id)
    .setAudience(t.url)
    .setIssuedAt()
    .setJti(jti)
    .sign(await importJWK(client.key as JWK, 'ES256'))
}
const push = async (token: string) =>
  fetch(`${t.url}/v1/sets`, {
    method: 'POST',
    headers: { authorization: `Bearer ${await accessToken(t, client)}`, 'content-type': 'application/secevent+jwt' },
    body: token
  })
const get = async (path: string, as?: typeof client) =>
  fetch(`${t.url}${path}`, as === undefined ? {} : { headers: { authorization: `Bearer ${await accessToken(t, as)}` } })
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
    const require = createRequire(import.meta.url)
    const sigstore = dirname(require.resolve('@sigstore/verify'))
    const { verifyMerkleInclusion } = require(join(sigstore, 'tlog/merkle.js'))
    const { verifyCheckpoint } = require(join(sigstore, 'tlog/checkpoint.js'))
    const { index, proof, checkpoint, extra } = parseReceipt(await (await get('/v1/sets/set-1/receipt', client)).text())
    const logs = (await logKeys()).map(({ name, publicKey }) => {
      const logID = createHash('sha256')
        .update(publicKey.export({ type: 'spki', format: 'der' }))
        .digest()
      return { logID, baseURL: `https://${name}`, publicKey }
    })
    const opened = verifyCheckpoint({ inclusionProof: { checkpoint: { envelope: checkpoint } } }, logs)
    const { leaf } = JSON.parse(extra?.toString() ?? '{}') as { leaf: string }
    verifyMerkleInclusion({ canonicalizedBody: Buffer.from(leaf), inclusionProof: { logIndex: String(index), hashes: proof } }, opened)
  })

  test('repudiation: nobody has a receipt of another’s SET, nor of one that never was', async () => {
    expect((await get('/v1/sets/set-1/receipt', stranger)).status).toBe(404)
    expect((await get('/v1/sets/never/receipt', client)).status).toBe(404)
    expect((await get('/v1/sets/set-1/receipt')).status).toBe(401)
  })
})

test('log rollback or fork: anybody proves a leaf and that the log only grew; what is not there is not proved', async () => {
  const [, first] = (await (await get('/v1/log/checkpoint')).text()).split('\n')
  await leave(database, 300)
  const seq = Number(first) + 200
  await until('it is numbered', async () => (await ledgerSize(database)) > seq)
  const text = await (await get(`/v1/log/proof/${seq}`)).text()
  const { leaf } = JSON.parse(parseReceipt(text).extra?.toString() ?? '{}') as { leaf: string }
  const { checkpoint } = checkReceipt(text, leaf, await logKeys())
  const grown = await get(`/v1/log/consistency?from=${first}&to=${checkpoint.size}`)
  expect([grown.status, ((await grown.json()) as { proof: string[] }).proof.length > 0]).toEqual([200, true])
  for (const [path, status] of [
    ['/v1/log/proof/99999999', 404],
    ['/v1/log/proof/-1', 400],
    ['/v1/log/consistency?from=5&to=4', 400],
    ['/v1/log/consistency?from=1&to=99999999', 404],
    ['/v1/log/consistency?from=1', 400]
  ] as const)
    expect([path, (await get(path)).status]).toEqual([path, status])
})

test('repudiation: while the log is a minute behind, intake answers 503 with Retry-After; numbered again, it takes in', async () => {
  // As if nobody had numbered it: it is held back by a lock, and old.
  await database.lock(
    'jisr sequencer',
    async () => {
      const [id] = await leave(database, 1)
      await owner.query(sql`update ledger_leaf set created_at = now() - interval '61 seconds' where id = ${id ?? ''}`)
      const answer = await until('it is closed', async () => {
        const answer = await push(await signed(`set-behind-${crypto.randomUUID()}`, 2))
        return answer.status === 503 && answer
      })
      expect(answer.headers.get('retry-after')).toBe('30')
      const inbound = await fetch(`${t.url}/v1/placements/p/events`, {
        method: 'POST',
        headers: { authorization: `Bearer ${await accessToken(t, client)}`, 'content-type': 'application/json', 'idempotency-key': 'k' },
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
})

const refusal = async (act: () => Promise<unknown>): Promise<string> => {
  try {
    await act()
    return 'nothing was refused'
  } catch (error) {
    if (error instanceof LogBroken) return error.message
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
    for (let i = 0; i < 40; i++) await leave(database, 100)
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
  await until('a checkpoint covers it', async () => (await verify()).faults.length === 0)
  const { opened, faults, leaves } = await verify()
  expect(faults).toEqual([])
  expect([opened > 0, leaves]).toEqual([true, await ledgerSize(database)])
})

test('repudiation: when a person is erased the log is still as it was signed, and verify-log counts what nobody can open any more', async () => {
  expect((await push(await signed('set-erased', 5))).status).toBe(202)
  await until('her leaf is numbered and signed', async () => (await get('/v1/sets/set-erased/receipt', client)).status === 200)
  const before = await verify()
  const [person] = await owner.query<{ id: string }>(sql`select person_id as id from event order by id desc limit 1`)
  await erasePerson(t.house, person?.id ?? '', { actor: 'test', reason: 'ordered by a court' }, false)
  const after = await until('what the erasure left is numbered', async () => {
    const now = await verify()
    return now.faults.length === 0 && now.erased > before.erased && now
  })
  expect(after.opened).toBeLessThan(before.opened + (after.leaves - before.leaves))
})

test('repudiation: jisr verify-log says what holds, and ends with 1 when something does not; a file is not written anew over one that is there', async () => {
  const environment = { ...(await environmentOf(t, folder)), CHECKPOINT_FILE: t.log.file }
  const well = await run(environment, 'verify-log')
  expect([well.code, well.stderr]).toEqual([0, ''])
  expect(well.stdout).toMatch(
    /^All is as it was signed: \d+ leaves, \d+ checkpoints in the database and \d+ in .*; \d+ leaves opened, \d+ of people whose keys are gone\.\n$/
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
  test('log rollback or fork: a start refuses a database that is older than the file, saying what was found and what to do', async () => {
    const newer = join(folder, 'newer.jsonl')
    await copyFile(t.log.file, newer)
    const size = await ledgerSize(database)
    const [last] = (await wholeLedger(database)).slice(-1)
    await owner.query(sql`create table set_aside as select * from ledger where seq > ${size - 10}`)
    await owner.query(sql`create table points as select * from checkpoint where size > ${size - 10}`)
    await database.lock(
      'jisr sequencer',
      async () => {
        await owner.query(sql`delete from ledger where seq > ${size - 10}`)
        await owner.query(sql`delete from checkpoint where size > ${size - 10}`)
        expect(await refusal(() => check(newer))).toMatch(
          /^The database is older than what was published: .* but the database has \d+ leaves\. Restore the database to a later state/
        )
        const started = await run(
          { ...(await environmentOf(t, folder)), CHECKPOINT_FILE: newer, ISSUER: t.log.issuer, HOST: '127.0.0.1', LOG_LEVEL: 'silent' },
          'start'
        )
        expect([started.code, started.stderr]).toEqual([1, expect.stringContaining('The database is older than what was published')])
        await owner.query(sql`insert into ledger select * from set_aside`)
        await owner.query(sql`insert into checkpoint overriding system value select * from points`)
      },
      { waitMs: 10_000 }
    )
    expect((await wholeLedger(database)).at(-1)).toEqual(last)
    await check()
  })

  test('log rollback or fork: a start refuses a file that is missing, another installation’s, or unreadable', async () => {
    expect(await refusal(() => check(join(folder, 'none.jsonl')))).toMatch('is missing or empty')
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
  const told = async () => (await verify()).faults.map(({ where, what }) => `${where}: ${what}`)

  test('repudiation: verify-log names an altered leaf, the subtree over it and the checkpoints that no longer fit; and a missing one', async () => {
    await owner.query(sql`update ledger set source = 'x' where seq = 3`)
    const faults = await told()
    expect(faults[0]).toMatch(/^leaf 3: was altered/)
    expect(faults.some(text => text.startsWith('subtree 0 of height 1: does not fit leaves 0 to 255'))).toBe(true)
    expect(faults.some(text => /^line \d+ of .*: does not fit/.test(text))).toBe(true)
    await owner.query(sql`update ledger set source = 'anapec' where seq = 3`)
  })

  test('repudiation: verify-log names a stored event that was altered or removed, by the leaf that says what it was', async () => {
    const [leaf] = (await wholeLedger(database)).filter(({ kind, source }) => kind === 'accepted' && source === client.id)
    const id = leaf?.message ?? ''
    await owner.query(sql`create table kept_event as select * from event where id = ${id}`)
    await owner.query(sql`update event set body = set_byte(body, 40, get_byte(body, 40) # 1) where id = ${id}`)
    expect(await told()).toContain(`leaf ${leaf?.seq}: commits to something that does not open any more: it was altered (accepted ${id})`)
    await owner.query(sql`update event e set body = k.body from kept_event k where e.id = k.id`)
    const [evidence] = await owner.query<{ body: Buffer }>(sql`select body from ledger_evidence where leaf_id = ${leaf?.leafId ?? ''}`)
    await owner.query(sql`delete from ledger_evidence where leaf_id = ${leaf?.leafId ?? ''}`)
    expect((await told())[0]).toMatch(new RegExp(`^leaf ${leaf?.seq}: commits to something that is missing`))
    expect(evidence).toBeDefined()
  })
})

test('log rollback or fork: begun anew, the log has another name, and contradicts nothing that the old one signed', async () => {
  const file = join(folder, 'begun.jsonl')
  await copyFile(t.log.file, file)
  const { origin } = await beginAnew(t.house, { file, keys: t.house.keys }, { actor: 'test', reason: 'the backup was a day old' })
  expect(origin).toBe('gateway.example.org/log/2')
  await check(file)
})
