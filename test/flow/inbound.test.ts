// receive and interpret: what partners send, once, row by row, whatever it holds and wherever the work was cut off.
import { importJWK, SignJWT } from 'jose'
import { beforeEach, describe, expect, test } from 'vitest'
import type { Outcome, Parcel } from '../../adapters/contract.ts'
import type { Fact } from '../../adapters/reference/wire.ts'
import { registerPartner } from '../../src/flow/administer.ts'
import { applyQuarantined, listWaitingForPerson } from '../../src/flow/attend.ts'
import type { Partner } from '../../src/flow/directory.ts'
import { openAround, openDocument } from '../../src/flow/documents.ts'
import type { Gateway } from '../../src/flow/gateway.ts'
import { interpret } from '../../src/flow/interpret.ts'
import { receive } from '../../src/flow/receive.ts'
import { sql } from '../../src/store/database.ts'
import { dropOldRows, lastDocument } from '../../src/store/documents.ts'
import { claimInbox, dropOldMessages } from '../../src/store/inbox.ts'
import { createPartitions } from '../../src/store/partitions.ts'
import { rewriteKeyTables } from '../../src/store/rewrite-keys.ts'
import { type Frame, joinDocument } from '../../src/trust/frame.ts'
import { NotOpened } from '../../src/trust/seal.ts'
import { byHand, handClock, scripted, scriptedPartner } from '../support/by-hand.ts'
import { privateJwk, testHouse } from '../support/house.ts'
import { sequencerOf } from '../support/log.ts'
import { filesWith } from '../support/remains.ts'

const clock = handClock()
const facts: Fact[] = []
/** What the office and the watcher were told. */
const send = async (parcel: Parcel, { partner }: { partner: string }): Promise<Outcome[]> => {
  if (partner !== 'neighbour') facts.push(...parcel.rows.map(row => row.fragment as Fact))
  return parcel.rows.map(() => ({ status: 'accepted', receipt: 'R' }))
}
const t = await testHouse({ clock, adapters: [scripted('office', { send })] })
const hand = byHand(t, clock)
const key = privateJwk()
const { d: _secret, ...publicKey } = key
await scriptedPartner(t, 'office', 'office', { subscriptions: [{ type: 'candidate.registered' }], jwks: { keys: [publicKey] } })
await registerPartner(
  t.house,
  {
    reason: 'test',
    id: 'watcher',
    name: 'watcher',
    adapter: 'office',
    role: 'reference',
    settings: { endpoint: 'http://w.invalid' },
    subscriptions: [{ type: 'candidate.preselected' }]
  },
  'test'
)
const office = () => t.house.directory.partner('office') as Partner

const register = (person: string) =>
  t.submit({
    person,
    type: 'candidate.registered',
    at: '2026-01-05T09:00:00Z',
    payload: {
      campaign: 2026,
      person: {
        name: { latin: { family: 'ALAMI', given: person.toUpperCase() } },
        birthDate: '1988-04-02',
        sex: 2,
        nationalities: ['MAR']
      },
      registration: { agency: 'ANP-KEN-01' }
    }
  })

let people = 0
/** So many people whom the office has been told of. @returns what it was told, in order. */
const known = async (count: number): Promise<Fact[]> => {
  facts.length = 0
  await Promise.all(Array.from({ length: count }, () => register(`p-${++people}`)))
  await hand.run()
  return facts.filter(fact => fact.fact === 'candidate.registered')
}

let messages = 0
const message = async (rows: readonly unknown[], id = `m-${++messages}`, signer = key) => {
  const body = await new SignJWT({ message: id, rows })
    .setProtectedHeader({ alg: 'ES256', typ: 'message+jwt', kid: signer.kid })
    .setIssuedAt(Math.floor(clock.wall().getTime() / 1000))
    .sign(await importJWK(signer, 'ES256'))
  return { id, contentType: 'application/jose', headers: {}, body }
}
const preselected = (about: object, i = 0, more: object = {}) => ({
  ...{ key: `k-${i}`, fact: 'candidate.preselected', about, at: '2026-01-06T09:00:00Z' },
  patch: { campaign: 2026, registration: { languages: [{ language: 'es', cefr: 'A1' }] } },
  ...more
})
const push = async (rows: readonly unknown[], id?: string) =>
  receive(t.house, hand.queues, office(), await message(rows, id), { by: 'push' })
const events = (type = 'candidate.preselected') =>
  t.house.database.query<{ id: string }>(sql`select id from event where type = ${type} and source = 'office'`)
const quarantined = () =>
  t.house.database.query<{ row: number; code: string; reason: string }>(
    sql`select row, code, reason from quarantine where inbox_id = (select id from inbox order by received_at desc, id desc limit 1) order by row`
  )
const lastInbox = async () =>
  (
    await t.house.database.query<{ id: string; state: string; rows: number }>(
      sql`select id, state, rows from inbox order by received_at desc, id desc limit 1`
    )
  )[0] as { id: string; state: string; rows: number }

const sequencer = sequencerOf(t)
beforeEach(async () => {
  // Nobody else numbers what is taken in: on a busy machine the log would be a minute behind before the last test, and intake closed.
  await sequencer.pass(true)
  hand.jobs.length = 0
  t.failures.length = 0
  clock.advance(1_000)
})

test('a message that is pushed again and again is stored and applied once', async () => {
  const [fact] = (await known(1)) as [Fact]
  const before = (await events()).length
  const row = preselected({ delivery: fact.delivery })
  expect(await push([row], 'same')).toBe('stored')
  await hand.run()
  clock.advance(400 * 86_400_000)
  await createPartitions(t.database.owner, clock.wall())
  for (let i = 0; i < 3; i++) expect(await push([row], 'same')).toBe('repeated')
  await hand.run()
  expect(await events()).toHaveLength(before + 1)
  expect(facts.filter(f => f.fact === 'candidate.preselected')).toHaveLength(1)
})

test('a message that the partner did not sign is not stored', async () => {
  const stranger = { ...privateJwk(), kid: key.kid }
  const forged = await message([preselected({ delivery: 'x' })], 'forged', stranger)
  await expect(receive(t.house, hand.queues, office(), forged, { by: 'push' })).rejects.toThrow()
  const [header, , signature] = (await message([preselected({ delivery: 'x' })])).body.split('.')
  const swapped = { ...forged, body: `${header}.${Buffer.from('{"message":"m","rows":[{}]}').toString('base64url')}.${signature}` }
  await expect(receive(t.house, hand.queues, office(), swapped, { by: 'push' })).rejects.toThrow()
  expect(
    await t.house.database.query(sql`select id from inbox where message_hash = ${t.house.vault.hashes.messageKey('office', 'forged')}`)
  ).toEqual([])
})

test('one unreadable row of a hundred waits for a person, and the others are applied', async () => {
  const told = await known(100)
  const before = (await events()).length
  const rows = told.map((fact, i) => (i === 41 ? { key: 'k', fact: 7 } : preselected({ delivery: fact.delivery }, i)))
  await push(rows)
  await hand.run()
  expect(await events()).toHaveLength(before + 99)
  expect(await quarantined()).toMatchObject([{ row: 41, code: 'row' }])
  expect(await lastInbox()).toMatchObject({ state: 'interpreted', rows: 100 })
})

test('rows about nobody, about somebody else’s people, and about two people at once are quarantined with a reason', async () => {
  const [fact] = (await known(1)) as [Fact]
  await scriptedPartner(t, 'office', 'neighbour', { subscriptions: [{ type: 'candidate.registered' }] })
  const [other] = (await known(1)).filter(f => f.person !== fact.person) as [Fact]
  const theirs = await t.house.database.query<{ id: string; subId: string }>(sql`
    select d.id, p.sub_id as "subId" from delivery d join pairwise p on p.about_id = d.person_id and p.partner_id = d.partner_id where d.partner_id = 'neighbour'`)
  const about: object[] = [
    { delivery: '01HZZZZZZZZZZZZZZZZZZZZZZZ' },
    { delivery: theirs[0]?.id },
    { person: theirs[0]?.subId },
    { person: crypto.randomUUID() },
    { person: 'not a uuid' },
    { passport: 'ZZ9999999', country: 'MAR' },
    { person: other.person, campaign: 1999 }
  ]
  const before = (await events()).length
  await push([...about, { person: other.person }].map((a, i) => preselected(a, i)))
  await hand.run()
  expect((await quarantined()).map(q => [q.row, q.code])).toEqual(about.map((_, row) => [row, 'unknown-reference']))
  expect(await events()).toHaveLength(before + 1)
})

test('a message with a member that could change a prototype is not taken at all', async () => {
  const patch = JSON.parse('{"__proto__":{"admin":true}}')
  await expect(push([preselected({ delivery: 'x' }, 0, { patch })])).rejects.toThrow('__proto__')
})

const hostile: [string, (about: object) => unknown][] = [
  [
    'an event that partners may not tell',
    about => preselected(about, 0, { fact: 'record.corrected', patch: { corrects: crypto.randomUUID(), version: 1 } })
  ],
  ['an event that does not exist', about => preselected(about, 0, { fact: 'candidate.promoted' })],
  ['a name of the prototype', about => preselected(about, 0, { fact: 'constructor' })],
  ['a section of another event', about => preselected(about, 0, { patch: { visa: { outcome: 'ISSUED' } } })],
  ['a whole section wiped', about => preselected(about, 0, { patch: { registration: null } })],
  ['a nul character', about => preselected(about, 0, { patch: { registration: { reason: 'a\u0000b' } } })],
  ['a delivery with a nul character', () => preselected({ delivery: 'a\u0000' })],
  ['a delivery with a lone surrogate', () => preselected({ delivery: '\ud800' })],
  ['a person with a nul character', () => preselected({ person: 'a\u0000' })],
  ['a lone surrogate', about => preselected(about, 0, { patch: { registration: { reason: 'a\ud800b' } } })],
  ['a date that is none', about => preselected(about, 0, { at: '2026-02-31T09:00:00Z' })],
  ['a date before our time', about => preselected(about, 0, { at: '0999-12-31T09:00:00Z' })],
  ['a date after which there are no years', about => preselected(about, 0, { at: '9999-12-31T23:59:59-12:00' })],
  ['a key of nothing', about => preselected(about, 0, { key: '' })],
  ['a row that is a list', () => [[]]],
  ['a row that is null', () => null],
  ['a version of the gateway’s own', about => preselected(about, 0, { patch: { version: 'drop table' } })]
]

test.each(hostile)('%s is quarantined, its neighbour applied, and no value of it is told', async (_name, make) => {
  const [bad, good] = (await known(2)) as [Fact, Fact]
  const before = (await events()).length
  await push([make({ delivery: bad.delivery }), preselected({ delivery: good.delivery }, 1)])
  await hand.run()
  const found = await quarantined()
  expect(found.map(q => q.row)).toEqual([0])
  expect(found[0]?.reason.length).toBeGreaterThan(20)
  expect(await events()).toHaveLength(before + 1)
})

const days = (count: number) => new Date(clock.campaign().getTime() + count * 86_400_000).toISOString()

test('what a partner tells as done and dates more than a day ahead waits for a person; on its day it can be applied, and not before', async () => {
  const [late, near] = (await known(2)) as [Fact, Fact]
  const before = (await events()).length
  await push([
    preselected({ delivery: late.delivery }, 1, { at: days(1.1) }),
    preselected({ delivery: near.delivery }, 2, { at: days(0.9) })
  ])
  await hand.run()
  expect(await quarantined()).toMatchObject([{ row: 0, code: 'not-yet', reason: expect.stringContaining('apply this on that day') }])
  expect(await events()).toHaveLength(before + 1)
  const [waiting] = (await listWaitingForPerson(t.house, { kind: 'quarantine', limit: 100 })).filter(({ code }) => code === 'not-yet')
  await expect(applyQuarantined(t.house, waiting?.id ?? '', 'somebody', 'too early')).rejects.toThrow(/not-yet/)
  expect(await events()).toHaveLength(before + 1)
  clock.advanceCampaign(86_400_000)
  await applyQuarantined(t.house, waiting?.id ?? '', 'somebody', 'the partner says that the date is right')
  expect(await events()).toHaveLength(before + 2)
})

test('campaign time decides what is ahead, and not the machine’s', async () => {
  const [fact] = (await known(1)) as [Fact]
  const before = (await events()).length
  const ahead: Gateway = { ...t.house, clock: { ...clock, campaign: () => new Date(clock.campaign().getTime() + 30 * 86_400_000) } }
  await push([preselected({ delivery: fact.delivery }, 1, { at: days(20) })])
  await interpret(ahead, (await lastInbox()).id)
  expect([await quarantined(), (await events()).length]).toEqual([[], before + 1])
})

test('a message that cannot be read as a whole is one row for a person', async () => {
  await receive(t.house, hand.queues, office(), await message('rows' as never), { by: 'push' })
  await hand.run()
  expect(await quarantined()).toMatchObject([{ row: 0 }])
  expect(await lastInbox()).toMatchObject({ state: 'quarantined' })
})

test('one key twice in a message: the same content is applied once, other content is quarantined', async () => {
  const [one, two] = (await known(2)) as [Fact, Fact]
  const before = (await events()).length
  await push([
    preselected({ delivery: one.delivery }, 1),
    preselected({ delivery: one.delivery }, 1),
    preselected({ delivery: two.delivery }, 1)
  ])
  await hand.run()
  expect(await events()).toHaveLength(before + 1)
  expect((await quarantined()).map(q => [q.row, q.code])).toEqual([[2, 'key-reused']])
})

test('cut off between two chunks, the message is taken up again and every row is applied once', async () => {
  const told = await known(300)
  const before = (await events()).length
  await push([...told.map((fact, i) => preselected({ delivery: fact.delivery }, i)), preselected({ delivery: 'nobody' }, 300)])
  const { id } = await lastInbox()
  hand.jobs.length = 0
  let transactions = 0
  const dying: Gateway = {
    ...t.house,
    database: {
      ...t.house.database,
      transaction: (work, settings) => {
        transactions += 1
        return transactions > 1 ? Promise.reject(new Error('killed')) : t.house.database.transaction(work, settings)
      }
    }
  }
  await expect(interpret(dying, id)).rejects.toThrow('killed')
  expect(await events()).toHaveLength(before + 250)
  expect(await claimInbox(t.house.database, clock.wall(), new Date(clock.wall().getTime() + 60_000), 10)).toEqual([])
  clock.advance(61_000)
  const [taken] = await claimInbox(t.house.database, clock.wall(), new Date(clock.wall().getTime() + 60_000), 10)
  expect(taken?.id).toBe(id)
  await Promise.all([interpret(t.house, id), interpret(t.house, id)])
  await interpret(t.house, id)
  expect(await events()).toHaveLength(before + 300)
  expect(await quarantined()).toMatchObject([{ row: 300, code: 'unknown-reference' }])
  await hand.run()
  const preselections = facts.filter(f => f.fact === 'candidate.preselected')
  expect(new Set(preselections.map(f => f.person)).size).toBe(300)
  expect(preselections).toHaveLength(300)
})

test('a row that cannot be stored sinks no other of its message', async () => {
  const told = await known(3)
  const [damaged] = await t.house.database.query<{ id: string }>(
    sql`select person_id as id from delivery where id = ${told[1]?.delivery ?? ''}`
  )
  await t.database.owner.query(
    sql`update person set wrapped_key = set_byte(wrapped_key, 30, get_byte(wrapped_key, 30) # 1) where id = ${damaged?.id ?? ''}`
  )
  await push(told.map((fact, i) => preselected({ delivery: fact.delivery }, i)))
  await hand.run()
  // Of these people alone: where the machine was too slow for the test before this one, what it began goes on meanwhile.
  const stored = await t.house.database.query(sql`
    select e.id from event e join delivery d on d.person_id = e.person_id
    where d.id = any(${told.map(({ delivery }) => delivery)}::text[]) and e.type = 'candidate.preselected'`)
  expect(stored).toHaveLength(2)
  expect(await quarantined()).toMatchObject([{ row: 1, code: 'not-stored' }])
  expect(t.failures).toHaveLength(1)
})

test('a partner that is disabled may not send', async () => {
  await t.database.owner.query(sql`update partner set status = 'disabled' where id = 'office'`)
  await t.house.directory.refresh()
  await expect(push([preselected({ delivery: 'x' })])).rejects.toThrow('disabled')
  await t.database.owner.query(sql`update partner set status = 'active' where id = 'office'`)
  await t.house.directory.refresh()
})

describe('a message once it was interpreted', () => {
  const kept = async (inboxId: string) => {
    const document = (await lastDocument(t.house.database, inboxId)) ?? expect.fail('nothing is kept')
    return openDocument(t.house, t.house.database, document)
  }
  const personOf = async (delivery: string) =>
    (await t.house.database.query<{ id: string }>(sql`select person_id as id from delivery where id = ${delivery}`))[0]?.id ?? ''
  const aroundOf = async (inboxId: string) => {
    const { id, around } = (await lastDocument(t.house.database, inboxId)) ?? expect.fail('nothing is kept')
    const rows = (await kept(inboxId)).rows.flatMap(row => row.opened ?? [])
    return openAround(id, around ?? expect.fail('nothing stood around'), rows)
  }
  const wrapped = async (inboxId: string) =>
    (await t.house.database.query<{ key: Buffer | null }>(sql`select wrapped_key as key from own_key where id = ${inboxId}`))[0]?.key ??
    null

  test('is kept as frame and rows, each under its person’s key and in the log; all back, it is what the partner signed', async () => {
    const told = await known(3)
    const sent = await message(told.map((fact, i) => preselected({ delivery: fact.delivery }, i)))
    await receive(t.house, hand.queues, office(), { ...sent, headers: { digest: 'of the body' } }, { by: 'push' })
    await hand.run()
    const { id } = await lastInbox()
    expect(await wrapped(id)).toBeNull()
    const { id: documentId, frame, rows } = await kept(id)
    const texts = rows.map(row => row.opened?.text ?? expect.fail('a row is gone'))
    const around = await aroundOf(id)
    expect(joinDocument(JSON.parse(frame) as Frame, texts) + around.after).toBe(sent.body)
    expect(around).toEqual({ before: '', after: sent.body.split('.')[2], headers: { digest: 'of the body' } })
    expect(await Promise.all(told.map(fact => personOf(fact.delivery)))).toEqual(rows.map(row => row.personId))
    const logged = await t.house.database.query<{ commitment: Buffer }>(
      sql`select commitment from ledger_leaf where kind = 'received' and id = any(${[documentId, ...rows.map(row => row.id)]}::uuid[])`
    )
    expect(logged).toHaveLength(4)

    await t.database.owner.query(sql`update person set wrapped_key = null, erased_at = now() where id = ${rows[1]?.personId ?? ''}`)
    expect((await kept(id)).rows.map(row => row.opened === null)).toEqual([false, true, false])
    await expect(aroundOf(id)).rejects.toThrow(NotOpened)
  })

  test('keeps a row that nobody is known for under a key of its own, from which it is applied later, and then under hers', async () => {
    const [fact] = (await known(1)) as [Fact]
    const passport = 'ZZ9900001'
    await push([preselected({ delivery: fact.delivery }, 1), preselected({ passport, country: 'MAR' }, 2)])
    await hand.run()
    const { id } = await lastInbox()
    expect(await quarantined()).toMatchObject([{ row: 1, code: 'unknown-reference' }])
    expect(await wrapped(id)).toBeNull()
    expect((await kept(id)).rows[1]).toMatchObject({ personId: null, about: null, opened: { text: expect.stringContaining(passport) } })
    await t.submit({
      person: 'p-late',
      type: 'candidate.registered',
      at: '2026-01-05T09:00:00Z',
      payload: {
        campaign: 2026,
        person: { name: { latin: { family: 'ALAMI', given: 'LATE' } }, birthDate: '1988-04-02', sex: 2, nationalities: ['MAR'] },
        documents: [{ type: 'PASSPORT', number: passport, country: 'MAR', issueDate: '2024-01-01', expiryDate: '2031-01-01' }],
        registration: { agency: 'ANP-KEN-01' }
      }
    })
    const [whole] = await t.house.database.query<{ key: Buffer }>(
      sql`select wrapped_key as key from own_key where id = ${(await kept(id)).rows[1]?.id ?? ''}`
    )
    const [waiting] = await t.house.database.query<{ id: string }>(sql`select id from quarantine where inbox_id = ${id} and row = 1`)
    await applyQuarantined(t.house, waiting?.id ?? '', 'somebody', 'she is registered now')
    const { rows } = await kept(id)
    expect(rows[1]).toMatchObject({
      about: expect.any(String),
      personId: expect.any(String),
      opened: { text: expect.stringContaining(passport) }
    })
    const own = await t.house.database.query(
      sql`select row from document_row where document_id = ${(await kept(id)).id} and id in (select id from own_key)`
    )
    expect(own).toEqual([])
    // Nor does the key of its own stay in a file, for whoever has the master key and what the row was before.
    expect(await rewriteKeyTables(t.database.owner)).toBe('done')
    expect(await filesWith(t.database.owner, whole?.key ?? expect.fail('it had no key'), 'data')).toEqual([])
  })

  test('that could not be read stays whole for 90 days, as a row that nobody is known for does, and goes then', async () => {
    await push([preselected({ passport: 'ZZ9900002', country: 'MAR' })])
    await hand.run()
    const { id: told } = await lastInbox()
    await push([])
    await hand.run()
    const { id: whole } = await lastInbox()
    expect(await wrapped(whole)).not.toBeNull()
    const drop = async (days: number) => {
      const before = new Date(clock.wall().getTime() - days * 86_400_000)
      await dropOldMessages(t.house.database, before, 1_000)
      await dropOldRows(t.house.database, before, 1_000)
    }
    clock.advance(91 * 86_400_000)
    await drop(92)
    expect(await wrapped(whole)).not.toBeNull()
    expect((await kept(told)).rows[0]?.opened).not.toBeNull()
    await drop(90)
    expect(await wrapped(whole)).toBeNull()
    expect((await kept(told)).rows[0]?.opened).toBeNull()
    const [waiting] = await t.house.database.query<{ id: string }>(sql`select id from quarantine where inbox_id = ${told}`)
    await expect(applyQuarantined(t.house, waiting?.id ?? '', 'somebody', 'too late')).rejects.toThrow(/not kept any longer: discard it/)
  })
})
