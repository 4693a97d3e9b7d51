// Documents about several people: kept as frame and rows, each row its person's own; with all rows back they are the bytes that were sent.

import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import { openDocument } from '../../src/flow/documents.ts'
import { erasePerson } from '../../src/flow/rights.ts'
import { sql } from '../../src/store/database.ts'
import { dropOldDocuments, lastDocument } from '../../src/store/documents.ts'
import { type Frame, joinDocument } from '../../src/trust/frame.ts'
import { open } from '../../src/trust/seal.ts'
import { evidenceOf, verifyEvidence, wrongIn } from '../support/evidence.ts'
import { referencePartner, testHouse, until } from '../support/house.ts'
import { leavesAbout } from '../support/log.ts'
import { registration } from '../support/people.ts'

const t = await testHouse()
const { database, vault } = t.house
await t.startWorker()
const together = await referencePartner(t, 'together', [{ type: 'candidate.registered' }], { gather: true })

const erase = (person: string) => erasePerson(t.house, person, { actor: 'test', reason: 'a court' }, false)

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

  await dropOldDocuments(database, new Date(Date.now() + 86_400_000))
  expect((await documents()).map(document => document.id)).toEqual([id])
  expect((await documentOf(parcelId)).rows[0]?.opened?.commitment.toString('base64')).toBe(commitment)
})

const leaves = async (id: string) =>
  (
    await database.query<{ kind: string; message: string; commitment: Buffer }>(sql`
      select kind, message, commitment from ledger_leaf where id = ${id} union all select kind, message, commitment from ledger where leaf_id = ${id}`)
  ).map(({ commitment, ...leaf }) => ({ ...leaf, commitment: commitment.toString('base64') }))
const acknowledged = async (delivery: string) => (await leavesAbout(database, delivery)).filter(({ kind }) => kind === 'acknowledged')
