// The sequencer on a real database: what it numbers, what it signs, and what it refuses to.
import { execFileSync } from 'node:child_process'
import { appendFile, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { describe, expect, test, vi } from 'vitest'
import { ledgerLeaf } from '../../schemas/receipt.ts'
import { LogBroken, lineOf, readTail } from '../../src/flow/log-tree.ts'
import { condemnSigningKey } from '../../src/flow/rotate-keys.ts'
import { openSequencer } from '../../src/flow/sequence.ts'
import { lastFiled } from '../../src/store/checkpoint-file.ts'
import { sql } from '../../src/store/database.ts'
import { listSigningKeys } from '../../src/store/keys.ts'
import { insertLeaves, lastCheckpoint, ledgerSize, readLedger } from '../../src/store/ledger.ts'
import { openCheckpoint } from '../../src/trust/checkpoint.ts'
import { leafHash, rootOver } from '../../src/trust/merkle.ts'
import { rootOfTail } from '../../src/trust/merkle-tiles.ts'
import { testHouse, until } from '../support/house.ts'
import { leave, sequencerOf, wholeLedger } from '../support/log.ts'

const t = await testHouse()
const { database } = t.house
const { owner } = t.database
const origin = 'gateway.example.org/log/1'
const sequencer = sequencerOf(t)

const published = async () => {
  const row = await lastCheckpoint(database)
  return openCheckpoint(
    row?.note ?? '',
    t.house.keys.logs.map(({ publicKey }) => ({ name: origin, publicKey }))
  )
}

test('a log is born empty, with a checkpoint of nothing', async () => {
  await sequencer.pass(false)
  expect(await published()).toMatchObject({ origin, size: 0 })
  expect((await lastFiled(t.log.file))?.checkpoint).toBe((await lastCheckpoint(database))?.note)
})

test('leaves are numbered from 0 without a gap, and a checkpoint of them is signed when one is wanted', async () => {
  await leave(database, 3)
  await sequencer.pass(true)
  await leave(database, 2)
  await sequencer.pass(true)
  const rows = await wholeLedger(database)
  expect(rows.map(({ seq }) => seq)).toEqual([0, 1, 2, 3, 4])
  const { size, root } = await published()
  expect(size).toBe(5)
  expect(root).toEqual(rootOver(rows.map(row => leafHash(lineOf(row)))))
})

test('a line is exactly these members in this order, whatever stands in the texts', async () => {
  const source = 'a "client"\\ of\tours\u0001 – قنيطرة 🌊'
  await insertLeaves(database, [
    { id: '0199f0aa-1111-7222-8333-444455556666', kind: 'sent', source, message: '/', commitment: Buffer.alloc(32, 0xfb) }
  ])
  await sequencer.pass(false)
  const row = (await readLedger(database, { begin: 5, end: 6 }))[0]
  if (row === undefined) throw new Error('it was not numbered')
  const line = lineOf(row)
  const leaf = JSON.parse(line)
  expect(Object.keys(leaf)).toEqual(['v', 'seq', 'ts', 'kind', 'iss', 'jti', 'c'])
  expect(leaf).toEqual({
    v: 1,
    seq: 5,
    ts: row.ts.toISOString(),
    kind: 'sent',
    iss: source,
    jti: '/',
    c: '-_v7'.repeat(11).slice(0, 43).replace(/.$/, '-s'.slice(1))
  })
  expect(line).toBe(JSON.stringify(leaf))
  // The database hashed the line by itself when it numbered it.
  expect(row.hash).toEqual(leafHash(line))
  expect(ledgerLeaf.safeParse({ ...leaf, iss: 'x' }).success).toBe(true)
})

test('a worker that stops leaves nothing uncovered', async () => {
  const worker = await t.startWorker()
  await until('it looked once', async () => (await published()).size === 6)
  await leave(database, 2)
  await worker.close()
  expect([(await published()).size, await ledgerSize(database)]).toEqual([8, 8])
})

test('a transaction that commits late is numbered late and not missed', async () => {
  const before = await ledgerSize(database)
  let late: string[] = []
  await database.transaction(async tx => {
    late = await leave(tx, 2)
    await leave(database, 3)
    await sequencer.pass(true)
    expect(await ledgerSize(database)).toBe(before + 3)
  })
  await sequencer.pass(true)
  expect((await readLedger(database, { begin: before + 3, end: before + 10 })).map(({ leafId }) => leafId).toSorted()).toEqual(
    late.toSorted()
  )
})

test('times never run backwards, whatever the clock of the database does', async () => {
  const [ahead] = await owner.query<{ ts: Date }>(sql`
    insert into ledger (seq, ts, leaf_id, kind, source, message, commitment, hash)
    select seq + 1, at, gen_random_uuid(), kind, source, message, commitment,
      sha256('\\x00'::bytea || convert_to(ledger_line(seq + 1, at, kind, source, message, commitment), 'UTF8'))
    from (select *, date_trunc('milliseconds', ts + interval '1 second') as at from ledger order by seq desc limit 1) last returning ts`)
  await leave(database, 1)
  await sequencerOf(t).pass(true)
  expect((await wholeLedger(database)).at(-1)?.ts).toEqual(ahead?.ts)
})

test('a thousand leaves have a checkpoint at once, fewer wait for theirs', async () => {
  await leave(database, 1)
  await sequencer.pass(true)
  const { size } = await published()
  await leave(database, 10)
  await sequencer.pass(false)
  expect((await published()).size).toBe(size)
  await leave(database, 1_700)
  await sequencer.pass(false)
  expect(await ledgerSize(database)).toBe(size + 1_710)
  expect((await published()).size).toBe(size + 1_510)
})

test('what waits for its checkpoint has one ten seconds later, though nobody asks', async () => {
  await sequencer.pass(true)
  const { size } = await published()
  await leave(database, 1)
  await sequencer.pass(false)
  expect((await published()).size).toBe(size)
  const now = performance.now()
  const later = vi.spyOn(performance, 'now').mockReturnValue(now + 10_000)
  await sequencer.pass(false).finally(() => later.mockRestore())
  expect((await published()).size).toBe(size + 1)
})

test('the tree that was grown batch by batch is the tree of the rows', async () => {
  const rows = await wholeLedger(database)
  expect(rows.length).toBeGreaterThan(1_700)
  expect(rootOfTail(await readTail(database, rows.length))).toEqual(rootOver(rows.map(row => leafHash(lineOf(row)))))
  await sequencer.pass(true)
  expect((await published()).root).toEqual(rootOver(rows.map(row => leafHash(lineOf(row)))))
})

test('two sequencers at once, in turn and in other processes’ shoes, number each leaf once and sign one tree', async () => {
  const before = await ledgerSize(database)
  const others = [sequencer, sequencerOf(t), sequencerOf(t)]
  for (let round = 0; round < 10; round++) {
    await Promise.all([leave(database, 30), ...others.map(other => other.pass(round % 3 === 0))])
  }
  for (const other of others) await other.pass(true)
  const rows = await wholeLedger(database)
  expect(rows.length).toBe(before + 300)
  expect(new Set(rows.map(({ leafId }) => leafId)).size).toBe(rows.length)
  expect((await published()).root).toEqual(rootOver(rows.map(row => leafHash(lineOf(row)))))
})

test('a checkpoint stands in the file before it is published: one that cannot be filed is not', async () => {
  await leave(database, 1)
  const { size } = await published()
  const blocked = openSequencer(t.house, { ...t.log, file: `${t.log.file}/in-a-file` })
  await expect(blocked.pass(true)).rejects.toThrow()
  expect((await published()).size).toBe(size)
  await sequencer.pass(true)
  expect((await published()).size).toBe(size + 1)
})

test('a file that vanishes, is emptied or becomes something else is told once in words, nothing is published, and it goes on when it is back', async () => {
  const running = sequencerOf(t)
  const [before, kept] = [(await published()).size, `${t.log.file}.kept`]
  await rename(t.log.file, kept)
  for (const [become, says] of [
    [async () => {}, `The file of checkpoints ${t.log.file} is missing or empty`],
    [() => writeFile(t.log.file, ''), `The file of checkpoints ${t.log.file} is missing or empty`],
    [() => mkdir(t.log.file), `CHECKPOINT_FILE: ${t.log.file} cannot be read (EISDIR)`],
    [async () => void execFileSync('mkfifo', [t.log.file]), `CHECKPOINT_FILE: ${t.log.file} cannot be read (EINVAL)`]
  ] as const) {
    await become()
    await leave(database, 1)
    t.logs.length = 0
    for (const _ of [1, 2]) await expect(running.pass(true)).rejects.toThrow(says)
    expect(t.house.ledger.trouble).toMatch(says)
    // What the file was before it became empty is the same trouble.
    expect(t.logs.filter(({ station }) => station === 'ledger.unfiled').length).toBeLessThanOrEqual(1)
    expect((await published()).size).toBe(before)
    await rm(t.log.file, { recursive: true, force: true })
  }
  await rename(kept, t.log.file)
  await running.pass(true)
  expect((await published()).size).toBe(before + 4)
  expect(t.house.ledger.trouble).toBeNull()
})

test('a line that a power cut left half-written is passed over, and the next stands on a line of its own', async () => {
  const whole = await lastFiled(t.log.file)
  await appendFile(t.log.file, '{"at":"2026-11-25T10:00:00.000Z","checkp')
  expect(await lastFiled(t.log.file)).toEqual(whole)
  await leave(database, 1)
  await sequencer.pass(true)
  expect((await lastFiled(t.log.file))?.checkpoint).toBe((await lastCheckpoint(database))?.note)
  expect((await readFile(t.log.file, 'utf8')).endsWith('}\n')).toBe(true)
})

test('a new log key signs what comes, and what the old one signed still counts', async () => {
  const former = t.house.keys.log
  const [own] = (await listSigningKeys(database)).filter(({ use }) => use === 'log')
  await condemnSigningKey(t.house, own?.kid ?? '', { actor: 'test', reason: 'it got out' })
  await expect.poll(() => t.house.keys.log.publicKey.equals(former.publicKey)).toBe(false)
  await openSequencer(t.house, t.log).pass(true)
  await leave(database, 1)
  await sequencerOf(t).pass(true)
  const fresh = await published()
  expect(fresh.size).toBe(await ledgerSize(database))
  expect(t.house.keys.logs).toHaveLength(2)
  // What checks SETs and tokens has no business with the log.
  expect(t.house.keys.published).toHaveLength(2)
})

describe('nothing is signed', () => {
  const refusal = async (act: () => Promise<unknown>): Promise<string> => {
    try {
      await act()
      return 'nothing was refused'
    } catch (error) {
      if (error instanceof LogBroken) return error.message
      throw error
    }
  }

  test('over a row that was altered since it was numbered', async () => {
    const size = await ledgerSize(database)
    const seq = size - 1
    await owner.query(sql`update ledger set source = 'somebody else' where seq = ${seq}`)
    const running = sequencerOf(t)
    expect(await refusal(() => running.pass(true))).toBe(
      `Leaf ${seq} of the evidence log is not what it was when it was numbered. Nothing is signed until this is mended: run \`jisr verify-log\`, and restore the database from a backup.`
    )
    // It stays with its refusal: mending is a person's.
    await owner.query(sql`update ledger set source = 'anapec' where seq = ${seq}`)
    expect(await refusal(() => running.pass(true))).toMatch('is not what it was')
    // Told once, in words: the errors of later passes are without.
    expect(t.logs.filter(({ station }) => station === 'ledger.broken').map(({ fields }) => fields)).toEqual([
      { because: expect.stringMatching(new RegExp(`^Leaf ${seq} of the evidence log is not what it was`)) }
    ])
    await sequencerOf(t).pass(true)
  })

  test('over a row that was altered with its hash', async () => {
    const seq = (await ledgerSize(database)) - 1
    const [row] = await readLedger(database, { begin: seq, end: seq + 1 })
    if (row === undefined) throw new Error('there is no row')
    await owner.query(sql`update ledger set source = 'x', hash = ${leafHash(lineOf({ ...row, source: 'x' }))} where seq = ${seq}`)
    expect(await refusal(() => sequencerOf(t).pass(true))).toMatch('are not those of its last checkpoint: rows were altered')
    await owner.query(sql`update ledger set source = ${row.source}, hash = ${row.hash} where seq = ${seq}`)
    await sequencerOf(t).pass(true)
  })

  test('when rows are missing at the end', async () => {
    const running = sequencerOf(t)
    await running.pass(true)
    const size = await ledgerSize(database)
    await owner.query(sql`create table kept as select * from ledger where seq = ${size - 1}`)
    await owner.query(sql`delete from ledger where seq = ${size - 1}`)
    expect(await refusal(() => running.pass(true))).toMatch(`had ${size} leaves and now has ${size - 1}: rows were taken out of it`)
    expect(await refusal(() => sequencerOf(t).pass(true))).toMatch(`covers ${size} leaves, but the evidence log has ${size - 1}`)
    await owner.query(sql`insert into ledger select * from kept`)
    await sequencerOf(t).pass(true)
  })

  test('when the database was set back under it, or another took its place: no second tree of a size that was published', async () => {
    await leave(database, 1)
    await sequencerOf(t).pass(true)
    const size = await ledgerSize(database)
    await owner.query(sql`create table set_back as select * from ledger where seq = ${size - 1}`)
    await owner.query(sql`create table set_back_checkpoint as select * from checkpoint where size = ${size}`)
    await owner.query(sql`delete from ledger where seq = ${size - 1}`)
    await owner.query(sql`delete from checkpoint where size = ${size}`)
    // Whoever lost its connection reads everything anew, as one that begins does.
    expect(await refusal(() => sequencerOf(t).pass(false))).toMatch(
      `The database is older than what was published: ${t.log.file} holds a checkpoint of ${origin} with ${size} leaves`
    )
    await leave(database, 2)
    expect(await refusal(() => sequencerOf(t).pass(true))).toMatch(
      `The evidence log is another one than was published: its first ${size} leaves are not those of the checkpoint of ${origin} in ${t.log.file}`
    )
    await owner.query(sql`delete from ledger where seq >= ${size - 1}`)
    await owner.query(sql`insert into ledger select * from set_back`)
    await owner.query(sql`insert into checkpoint overriding system value select * from set_back_checkpoint`)
    await sequencerOf(t).pass(true)
  })

  test('and nobody but the owner of the tables can number, change or take away a leaf', async () => {
    for (const statement of [
      sql`insert into ledger select 1000000, ts, gen_random_uuid(), kind, source, message, commitment, hash from ledger limit 1`,
      sql`update ledger set source = source`,
      sql`delete from ledger`,
      sql`truncate ledger`,
      sql`delete from ledger_leaf`,
      sql`update ledger_node set hash = hash`,
      sql`delete from checkpoint`,
      sql`update checkpoint set note = note`,
      sql`delete from ledger_evidence`,
      sql`update ledger_evidence set body = body`
    ])
      await expect(database.query(statement)).rejects.toMatchObject({ code: '42501' })
  })
})
