// Documents about several people: kept as frame and rows, each row its person's own; with all rows back they are the bytes that were sent.

import { createHash } from 'node:crypto'
import { beforeAll, describe, expect, test } from 'vitest'
import type { Inbound } from '../../adapters/contract.ts'
import { gecco } from '../../adapters/gecco/index.ts'
import { writeRespuesta } from '../../adapters/lib/scsp/write.ts'
import { openEnvelope } from '../../adapters/lib/ws-security.ts'
import { signEnvelope } from '../../adapters/lib/ws-security-sign.ts'
import { applyQuarantined } from '../../src/flow/attend.ts'
import type { Partner } from '../../src/flow/directory.ts'
import { openAround, openDocument } from '../../src/flow/documents.ts'
import { openDropUnsent } from '../../src/flow/drop-unsent.ts'
import { interpret } from '../../src/flow/interpret.ts'
import { storeMessage } from '../../src/flow/receive.ts'
import { erasePerson } from '../../src/flow/rights.ts'
import { verifyLog } from '../../src/flow/verify-log.ts'
import { type Database, sql } from '../../src/store/database.ts'
import { dropUnsent, lastDocument } from '../../src/store/documents.ts'
import { aroundKey, type Frame, joinDocument } from '../../src/trust/frame.ts'
import { NotOpened, open, seal } from '../../src/trust/seal.ts'
import { keysOf, newHolder } from '../adapters/certificates.ts'
import { answerOf, grantRow } from '../adapters/gecco-samples.ts'
import { scripted, scriptedPartner } from '../support/by-hand.ts'
import { evidenceOf, verifyEvidence, wrongIn } from '../support/evidence.ts'
import { referencePartner, testHouse, until } from '../support/house.ts'
import { leavesAbout } from '../support/log.ts'
import { registration } from '../support/people.ts'
import { keysLeft, openable } from '../support/remains.ts'

const issuer = await newHolder('si-gecco')
const takes = scripted('issuer', { send: async parcel => parcel.rows.map(() => ({ status: 'accepted', receipt: 'R' })) })
const t = await testHouse({ adapters: [{ ...takes, inbound: gecco.inbound as Inbound }] })
const { database, vault } = t.house
await t.startWorker()
const together = await referencePartner(t, 'together', [{ type: 'candidate.registered' }], { gather: true })

const erase = (person: string) => erasePerson(t.house, person, { actor: 'test', reason: 'a court' }, { evenThoughKept: true })

/** Registers people who go out in one parcel. */
const sendTogether = async (numbers: readonly number[]) => {
  await database.query(sql`update partner set status = 'paused' where id = 'together'`)
  await t.house.directory.refresh()
  for (const n of numbers)
    await t.submit({ person: `w-${n}`, type: 'candidate.registered', at: '2026-01-10T09:00:00Z', payload: registration(n) })
  await database.query(sql`update partner set status = 'active' where id = 'together'`)
  await t.house.directory.refresh()
  return until('all are accepted', async () => {
    const rows = await database.query<{ id: string; state: string; parcelId: string; personId: string }>(
      sql`select id, state, parcel_id as "parcelId", person_id as "personId" from delivery order by position desc limit ${numbers.length}`
    )
    return rows.length === numbers.length && rows.every(row => row.state === 'accepted') && rows.reverse()
  })
}

const documentOf = async (parcelId: string) => {
  const row = (await lastDocument(database, parcelId)) ?? expect.fail('no document is kept')
  return openDocument(t.house, database, row)
}

test('what was sent comes back byte for byte from frame and rows, and the signature that left fits it', async () => {
  const deliveries = await sendTogether([1, 2, 3])
  const parcelId = deliveries[0]?.parcelId ?? ''
  const { frame, rows } = await documentOf(parcelId)
  const body = joinDocument(
    JSON.parse(frame) as Frame,
    rows.map(row => row.opened?.text ?? expect.fail('a row is gone'))
  )
  expect((JSON.parse(body) as { rows: { delivery: string }[] }).rows.map(row => row.delivery)).toEqual(deliveries.map(row => row.id))
  for (const n of [1, 2, 3]) expect(frame).not.toContain((registration(n).documents as { number: string }[])[0]?.number)

  const [copy] = await database.query<{ id: string; body: Buffer }>(sql`select id, body from transport_copy where parcel_id = ${parcelId}`)
  if (copy === undefined) throw new Error('nothing is kept of what left')
  const [left] = JSON.parse(
    open(vault.key('gateway'), copy.body, { table: 'transport_copy', column: 'body', row: copy.id }).toString()
  ) as {
    before: string
    after: string
    headers: Record<string, string>
  }[]
  const { digest } = JSON.parse(Buffer.from((left?.headers['request-signature'] ?? '').split('.')[1] ?? '', 'base64url').toString())
  expect(digest).toBe(createHash('sha256').update(`${left?.before}${body}${left?.after}`).digest('base64url'))
})

test('each accepted row has a leaf of its own that commits to exactly that row, as has the frame and each receipt', async () => {
  const deliveries = await sendTogether([11, 12])
  const { id, rows, frame } = await documentOf(deliveries[0]?.parcelId ?? '')
  const markers = (JSON.parse(frame) as Frame).rows
  for (const [i, row] of rows.entries()) {
    const commitment = row.opened?.commitment.toString('base64')
    expect(markers[i]).toBe(commitment)
    expect(await leaves(row.id)).toEqual([{ kind: 'sent', message: deliveries[i]?.id, commitment }])
  }
  expect(await leaves(id)).toEqual([expect.objectContaining({ kind: 'sent', message: deliveries[0]?.parcelId })])
  for (const delivery of deliveries) expect(await acknowledged(delivery.id)).toHaveLength(1)
})

test('when one person is erased her row is gone, and the others are readable and proved as before', async () => {
  const deliveries = await sendTogether([21, 22, 23])
  const before = await documentOf(deliveries[0]?.parcelId ?? '')
  await erase(deliveries[1]?.personId ?? '')
  const { frame, rows } = await documentOf(deliveries[0]?.parcelId ?? '')
  expect(rows.map(row => row.opened === null)).toEqual([false, true, false])
  expect(frame).toBe(before.frame)
  expect(rows[2]?.opened).toEqual(before.rows[2]?.opened)

  // Shown to a court: each of the others by her own row, in the same document, checked without us; and of her only that she was there.
  const fileOf = async (i: number) => {
    const [placement] = await database.query<{ id: string }>(
      sql`select id from subject where person_id = ${deliveries[i]?.personId ?? ''} and kind = 'placement'`
    )
    return (await evidenceOf(t.house, placement?.id ?? '')).text
  }
  const passports = [21, 22, 23].map(n => (registration(n).documents as { number: string }[])[0]?.number ?? expect.fail('no passport'))
  const files = [await fileOf(0), await fileOf(1), await fileOf(2)]
  for (const [i, text] of files.entries()) {
    const findings = verifyEvidence(text)
    expect(wrongIn(findings)).toEqual([])
    const document = findings.find(({ name }) => name === `document ${before.id} to together`)
    expect(document?.kind).toBe(i === 1 ? 'gone' : 'holds')
    expect(passports.map(passport => text.includes(passport))).toEqual(passports.map((_, n) => n === i && i !== 1))
  }
})

test('a row that was declined is in the log as it was sent, and is kept; of an attempt that nobody answered nothing is logged, and it goes', async () => {
  await together.misbehave({ mode: 'unavailable', status: 503, times: 1 })
  await t.submit({ person: 'w-31', type: 'candidate.registered', at: '2026-01-10T09:00:00Z', payload: registration(31) })
  const documents = () =>
    database.query<{ id: string; about: string }>(sql`
      select d.id, r.about from document d join document_row r on r.document_id = d.id join delivery v on v.id = r.about
      where v.state not in ('accepted', 'dispatched', 'sending') order by d.created_at`)
  const [failed] = await until('an attempt has failed', async () => {
    const found = await documents()
    return found.length > 0 && found
  })
  await together.misbehave({ mode: 'refuse-rows', everyNth: 1, code: 'no', times: 1 })
  await database.query(sql`update delivery set not_before = now() where state = 'due'`)
  const { id: delivery, parcelId } = await until('it is declined', async () => {
    const [row] = await database.query<{ id: string; parcelId: string }>(
      sql`select id, parcel_id as "parcelId" from delivery where state = 'refused'`
    )
    return row
  })
  const { id, rows } = await documentOf(parcelId)
  const commitment = rows[0]?.opened?.commitment.toString('base64')
  expect(await leaves(rows[0]?.id ?? '')).toEqual([{ kind: 'sent', message: delivery, commitment }])
  expect(await leaves(id)).toEqual([expect.objectContaining({ kind: 'sent', message: parcelId })])
  expect((await leavesAbout(database, delivery)).map(({ kind }) => kind).toSorted()).toEqual(['declined', 'sent'])
  expect(await leaves(failed?.id ?? '')).toEqual([])

  // A page ends before what is too young, and the next pass begins behind what was looked at.
  const [{ all } = { all: 0 }] = await database.query<{ all: number }>(sql`select count(*)::int as all from document`)
  const first = '00000000-0000-0000-0000-000000000000'
  const [{ at } = { at: new Date() }] = await database.query<{ at: Date }>(
    sql`select created_at as at from document order by id offset 2 limit 1`
  )
  expect((await dropUnsent(database, at, first, all)).seen).toBe(2)
  const drop = openDropUnsent(t.house)
  expect(await drop(new Date(Date.now() - 86_400_000))).toBe(0)
  expect(await drop(new Date(Date.now() + 86_400_000))).toBeGreaterThan(0)
  expect(await drop(new Date(Date.now() + 86_400_000))).toBe(0)
  expect((await documents()).map(document => document.id)).toEqual([id])
  expect((await documentOf(parcelId)).rows[0]?.opened?.commitment.toString('base64')).toBe(commitment)
})

const leaves = async (id: string) =>
  (
    await database.query<{ kind: string; message: string; commitment: Buffer }>(sql`
      select kind, message, commitment from ledger_leaf where id = ${id} union all select kind, message, commitment from ledger where leaf_id = ${id}`)
  ).map(({ commitment, ...leaf }) => ({ ...leaf, commitment: commitment.toString('base64') }))
const acknowledged = async (delivery: string) => (await leavesAbout(database, delivery)).filter(({ kind }) => kind === 'acknowledged')

describe('an answer of SI GECCO', async () => {
  const owner = t.database.owner
  const people = [91, 92, 93]
  /** What it grants these deliveries, signed, stored as it came and interpreted. */
  const answered = async (deliveries: readonly string[]) => {
    const rows = deliveries.map(id => grantRow(id, { expediente: `21/2026/76543${id.slice(-2).charCodeAt(0)}` }))
    const signing = { keys: keysOf(issuer, []), algorithm: 'rsa-sha256' as const, now: new Date() }
    const body = signEnvelope(writeRespuesta(answerOf(rows)), signing)
    const id = crypto.randomUUID()
    const message = { id, contentType: 'text/xml', headers: {}, body }
    const partner = t.house.directory.partner('issuer') as Partner
    await database.transaction(tx => storeMessage(t.house, tx, partner, { id, message, ticketId: null, now: new Date() }))
    await interpret(t.house, id)
    const [digest = '', signature = ''] = [/DigestValue>([^<]+)/.exec(body)?.[1], /SignatureValue>([^<]+)/.exec(body)?.[1]]
    expect([digest.length, signature.length > 300]).toEqual([44, true])
    return { id, traces: [digest, signature] }
  }
  const around = async (messageId: string) => {
    const row = (await lastDocument(database, messageId)) ?? expect.fail('no document is kept')
    const { rows } = await openDocument(t.house, database, row)
    const opened = rows.flatMap(one => one.opened ?? [])
    return openAround(row.id, row.around ?? expect.fail('nothing stood around'), opened)
  }
  const left = async (texts: readonly string[]) => openable(owner, await keysLeft(owner, t.masterKey), texts)
  const whole = (kept: { before: string; after: string }, document: string) =>
    openEnvelope(kept.before + document + kept.after, { keys: keysOf(issuer, [issuer]), algorithms: ['rsa-sha256'], now: null }).name
  let deliveries: { id: string; personId: string; placement: string }[] = []
  beforeAll(async () => {
    await scriptedPartner(t, 'issuer', 'issuer', { subscriptions: [{ type: 'candidate.registered' }] })
    for (const n of people)
      await t.submit({ person: `w-${n}`, type: 'candidate.registered', at: '2026-01-10T09:00:00Z', payload: registration(n) })
    deliveries = await until('all are accepted', async () => {
      const rows = await database.query<(typeof deliveries)[number] & { state: string }>(
        sql`select id, person_id as "personId", subject_id as placement, state from delivery where partner_id = 'issuer' order by position`
      )
      return rows.length === people.length && rows.every(({ state }) => state === 'accepted') && rows
    })
  })

  test('about one worker alone is in her file with its signature, which still fits', async () => {
    const { id } = await answered([deliveries[0]?.id ?? ''])
    const { text } = await evidenceOf(t.house, deliveries[0]?.placement ?? '')
    expect(wrongIn(verifyEvidence(text))).toEqual([])
    const parts = (JSON.parse(text) as { parts: Record<string, unknown>[] }).parts
    const part = parts.find(({ message }) => message === id) as {
      frame: string
      rows: { text: string }[]
      around: Awaited<ReturnType<typeof around>>
    }
    const document = joinDocument(JSON.parse(part.frame) as Frame, [part.rows[0]?.text ?? ''])
    expect(whole(part.around, document)).toBe('Respuesta')
    expect(() => whole(part.around, document.replace('CONCEDIDA', 'DENEGADA'))).toThrow('digest')
  })

  test('what is settled while the file is written is no part of it, and is not told as altered or gone', async () => {
    const id = deliveries[2]?.placement ?? ''
    const leaf = crypto.randomUUID()
    await until('all is numbered', async () => (await database.query(sql`select from ledger_leaf limit 1`)).length === 0)
    // What a partner acknowledges has its leaf and its receipt at once; here they come between two looks, the leaf alone to be seen by the second.
    const acknowledge = sql`insert into ledger_leaf (id, kind, source, message, commitment)
      select ${leaf}, 'acknowledged', partner_id, id, sha256('x') from delivery where subject_id = ${id} order by position limit 1`
    const between: Database = {
      ...database,
      transaction: (work, options) =>
        database.transaction(async tx => {
          let looked = 0
          return work({
            query: async statement => {
              const found = await tx.query(statement)
              if (looked++ === 2) await owner.query(acknowledge)
              return found as never
            }
          })
        }, options)
    }
    const turn = await database.lock(
      'jisr sequencer',
      async () => {
        const written = await evidenceOf({ ...t.house, database: between }, id)
        const [added] = await owner.query<{ count: number }>(sql`select count(*)::int from ledger_leaf where id = ${leaf}`)
        await owner.query(sql`delete from ledger_leaf where id = ${leaf}`)
        return { named: [...written.gone, ...written.altered].filter(name => name.includes(leaf)), added: added?.count }
      },
      { waitMs: 10_000 }
    )
    expect(turn).toEqual({ locked: true, value: { named: [], added: 1 } })
  })

  test('whose signature, time or mapping was altered is named by the log, or said in no file', async () => {
    const { id } = await answered(deliveries.map(delivery => delivery.id))
    const document = (await lastDocument(database, id)) ?? expect.fail('no document is kept')
    const { frame, rows } = await openDocument(t.house, database, document)
    await until('all is numbered', async () => (await database.query(sql`select from ledger_leaf limit 1`)).length === 0)
    const verified = () => verifyLog(t.house, { file: t.log.file, keys: t.house.keys.logs })
    const whole = await verified()
    expect([whole.faults, whole.around]).toEqual([[], { opened: 2, gone: 0 }])
    // By somebody who has every key: sealed as it should be, and not what came.
    const key = aroundKey(
      rows.map(row => row.opened?.salt ?? expect.fail('a row is gone')),
      document.id
    )
    const place = { table: 'document', column: 'around', row: document.id }
    const forged = seal(key, JSON.stringify({ ...(await around(id)), after: '' }), place)
    for (const [column, value, says] of [
      ['around', Buffer.from(document.around ?? []).fill(0, 30), /^has something else around it than its frame and rows say/],
      ['around', forged, /^has something else around it than its frame and rows say/],
      ['around', null, /^has nothing around it any more, and its frame says that it had/],
      ['created_at', new Date(0), /^is said to be of 1970-01-01T00:00:00.000Z, and its frame says 20/]
    ] as const) {
      const name = sql.identifier(column)
      await owner.query(sql`update document set ${name} = ${value} where id = ${document.id}`)
      expect((await verified()).faults).toEqual([{ where: `document ${document.id}`, what: expect.stringMatching(says) }])
      await owner.query(sql`update document set around = ${document.around}, created_at = ${document.createdAt} where id = ${document.id}`)
    }
    expect(JSON.parse(frame)).toMatchObject({ around: expect.any(String), at: document.createdAt.toISOString() })
    await owner.query(sql`update parcel set mapping_version = 'of somebody else'`)
    const { text } = await evidenceOf(t.house, deliveries[0]?.placement ?? '')
    const mappings = (JSON.parse(text) as { parts: { mapping?: string | null }[] }).parts.flatMap(({ mapping }) => mapping ?? [])
    expect([mappings.length > 0, mappings.includes('of somebody else')]).toEqual([true, false])
  })

  test('keeps no digest where one of its workers is erased: nobody can test a guess of her row, and the others stay proved, row by row', async () => {
    const { id, traces } = await answered([...deliveries.map(delivery => delivery.id), '01HZZZZZZZZZZZZZZZZZZZZZZZ'])
    const before = await documentOf(id)
    const texts = before.rows.map(row => row.opened?.text ?? expect.fail('a row is gone'))
    expect(before.rows.map(row => row.personId)).toEqual([...deliveries.map(({ personId }) => personId), null])
    expect(whole(await around(id), joinDocument(JSON.parse(before.frame) as Frame, texts))).toBe('Respuesta')
    // As long as all are there it opens by all of their rows, and by no key.
    expect(await left(traces)).toEqual([])
    expect(await left(['Y1234567X'])).toEqual(expect.arrayContaining(['public.document_row.body']))
    const { text } = await evidenceOf(t.house, deliveries[2]?.placement ?? '')
    for (const trace of traces) expect(text).not.toContain(trace)

    await erase(deliveries[1]?.personId ?? '')
    expect(await left(traces)).toEqual([])
    await expect(around(id)).rejects.toThrow(NotOpened)
    await until('all is numbered', async () => (await database.query(sql`select from ledger_leaf limit 1`)).length === 0)
    const { faults, around: arounds } = await verifyLog(t.house, { file: t.log.file, keys: t.house.keys.logs })
    expect([faults, arounds]).toEqual([[], { opened: 1, gone: 2 }])
    const after = await documentOf(id)
    expect(after.rows.map(row => row.opened?.text)).toEqual(texts.with(1, undefined as never))
    const file = await evidenceOf(t.house, deliveries[2]?.placement ?? '')
    const findings = verifyEvidence(file.text)
    expect(wrongIn(findings)).toEqual([])
    expect(findings.filter(({ name }) => name === `document ${after.id} from issuer`)).toMatchObject([
      { kind: 'holds', words: expect.stringContaining('the row shown stood in it, and 3 that are not shown') }
    ])
    // The row that nobody is known for is still read: alone, and out of its envelope.
    const [waiting] = await database.query<{ id: string }>(
      sql`select id from quarantine where inbox_id = ${id} and code = 'unknown-reference'`
    )
    await expect(applyQuarantined(t.house, waiting?.id ?? '', 'somebody', 'again')).rejects.toThrow('unknown-reference')
  })

  test('that comes when one of its workers is erased already keeps nothing around', async () => {
    const { id } = await answered(deliveries.map(delivery => delivery.id))
    expect((await lastDocument(database, id))?.around).toBeNull()
  })

  test('repudiation: whose rows nobody is known for is named when it, or a row of it, is taken away before its time, and not after it', async () => {
    const { id } = await answered(['01HZZZZZZZZZZZZZZZZZZZZZZZ'])
    await until('all is numbered', async () => (await database.query(sql`select from ledger_leaf limit 1`)).length === 0)
    const document = (await lastDocument(database, id)) ?? expect.fail('no document is kept')
    const verified = (days: number) =>
      verifyLog(
        { ...t.house, clock: { ...t.house.clock, wall: () => new Date(Date.now() + days * 86_400_000) } },
        { file: t.log.file, keys: t.house.keys.logs }
      )
    const told = async (days: number) => (await verified(days)).faults.map(({ where, what }) => `${where}: ${what}`)
    expect(await told(0)).toEqual([])
    await owner.query(sql`update document_row set body = null where document_id = ${document.id}`)
    expect(await told(0)).toEqual([`document ${document.id}: has nothing in row 0 any more, though its time is not over: it was taken out`])
    expect(await told(90)).toEqual([])
    await owner.query(sql`delete from document where id = ${document.id}`)
    for (const days of [0, 90])
      expect(await told(days)).toEqual([
        expect.stringMatching(`^leaf \\d+: commits to something that is missing \\(received ${id}\\)$`),
        expect.stringMatching(`^leaf \\d+: commits to something that is missing \\(received ${id}\\)$`)
      ])
  })
})
