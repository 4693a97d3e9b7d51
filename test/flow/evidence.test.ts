// A worker's evidence, checked by the script that shares nothing with the gateway: all of it holds, and nothing in it can be changed unseen.
import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import fc from 'fast-check'
import { importJWK, type JWK, SignJWT } from 'jose'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { realClock } from '../../src/domain/clock.ts'
import { registerClient, registerPartner } from '../../src/flow/administer.ts'
import { amend } from '../../src/flow/amend.ts'
import { answer } from '../../src/flow/answer.ts'
import type { Partner } from '../../src/flow/directory.ts'
import { writeEvidence } from '../../src/flow/evidence.ts'
import { verifyLog } from '../../src/flow/verify-log.ts'
import type { House } from '../../src/roles/house.ts'
import { sql } from '../../src/store/database.ts'
import { sha256 } from '../../src/trust/keyed-hash.ts'
import { subjectIds } from '../../src/trust/subject-id.ts'
import { askedMessage, asker } from '../support/asker.ts'
import { scriptedPartner } from '../support/by-hand.ts'
import { evidenceOf, evidenceScript, verifyEvidence, wrongIn } from '../support/evidence.ts'
import { privateJwk, type ReferencePartner, referencePartner, testHouse, until } from '../support/house.ts'
import { registration } from '../support/people.ts'
import { startReceiver } from '../support/receiver.ts'

let aheadMs = 0
const clock = { ...realClock, campaign: () => new Date(Date.now() + aheadMs) }
const t = await testHouse({ clock, adapters: [asker('asker')] })
const { database } = t.house
const { owner } = t.database
const receiver = await startReceiver()
let together: ReferencePartner
const key = privateJwk()
const people = [1, 2, 3, 4, 5, 6, 8]
const passportOf = (n: number) =>
  (registration(n).documents as { type: string; number: string }[]).find(({ type }) => type === 'PASSPORT')?.number ?? ''
/** An administration asks about several people in one message, and is answered, or fetches its answer later. */
const askAbout = (id: string, mode: 'now' | 'later' | 'fetch', numbers: readonly number[]) =>
  answer(t.house, t.house.directory.partner('asker') as Partner, askedMessage(id, mode, numbers.map(passportOf)))
const placementOf = new Map<number, { id: string; personId: string }>()

/** The agency tells of somebody. */
const tell = async (n: number): Promise<void> => {
  const payload = registration(n)
  const token = await new SignJWT({
    jti: `jti-${n}`,
    toe: Date.parse('2026-01-10T09:00:00Z') / 1000,
    events: { 'https://gateway.example.org/ns/event/v1/candidate.registered': payload }
  })
    .setProtectedHeader({ alg: 'ES256', kid: key.kid, typ: 'secevent+jwt' })
    .setIssuer('anapec')
    .setIssuedAt()
    .sign(await importJWK(key as JWK, 'ES256'))
  const answer = await t.intake.submit({
    ...{
      source: 'anapec',
      key: `jti-${n}`,
      payloadHash: sha256(token),
      type: 'candidate.registered',
      about: { sourceId: `w-${n}` },
      payload
    },
    ...{ effectiveAt: new Date('2026-01-10T09:00:00Z'), evidence: token, order: `w-${n}` }
  })
  if (answer.status !== 'accepted') throw new Error(`${n} was not taken`)
  const [row] = await database.query<{ id: string; personId: string }>(
    sql`select subject_id as id, person_id as "personId" from event where id = ${answer.eventId}`
  )
  placementOf.set(n, row as { id: string; personId: string })
}

beforeAll(async () => {
  const { d: _secret, ...publicKey } = key
  await registerClient(
    t.house,
    { reason: 'test', id: 'anapec', name: 'ANAPEC', role: 'origin-agency', jwks: { keys: [publicKey] }, scopes: ['set.push'] },
    'test'
  )
  together = await referencePartner(t, 'together', [{ type: 'candidate.registered' }, { type: 'candidate.selected' }], { gather: true })
  await registerClient(
    t.house,
    { reason: 'test', id: 'inspectorate', name: 'Inspectorate', role: 'authority', jwks: { keys: [publicKey] }, scopes: ['ssf.read'] },
    'test'
  )
  await registerPartner(
    t.house,
    {
      reason: 'test',
      ...{ id: 'pushed', name: 'stream of the inspectorate', adapter: 'set', role: 'reference', clientId: 'inspectorate' },
      settings: { audience: 'inspectorate', delivery: 'push', endpoint: receiver.url, fields: ['person.name.latin'] },
      subscriptions: [{ type: 'candidate.registered' }]
    },
    'test'
  )
  await t.startWorker()
  for (const n of people) await tell(n)
  await until('all are accepted', async () => {
    const rows = await database.query(sql`select id from delivery where state = 'accepted'`)
    return rows.length === 2 * people.length
  })
  await scriptedPartner(t, 'asker', 'asker', { subscriptions: [] })
  await askAbout('campaign', 'now', [1, 3, 8])
  await askAbout('alone', 'now', [8])
  await askAbout('later', 'later', [8, 1])
})

const write = (n: number) => evidenceOf(t.house, placementOf.get(n)?.id ?? '')

test('everything in the file of every placement holds: what was told, the event, the document as sent, the SET as pushed, the receipts', async () => {
  for (const n of people) {
    const { text, gone, altered } = await write(n)
    const findings = verifyEvidence(text)
    expect(wrongIn(findings)).toEqual([])
    expect([gone, altered]).toEqual([[], []])
    expect(findings.map(({ words }) => words).join('\n')).toMatch(/accepted, in the log since .*; its signature is its sender’s/)
    const pushed = findings.find(({ name }) => /^document .* to pushed$/.test(name))?.words
    const digest = /whole: SHA-256 ([0-9a-f]{64}); its signature is its sender’s$/.exec(pushed ?? '')?.[1]
    expect(receiver.pushed.filter(({ token }) => sha256(token).toString('hex') === digest)).toHaveLength(1)
    for (const what of ['event', 'document', 'receipt of', 'message', 'key 1 of anapec'])
      expect(
        findings.some(({ name }) => name.startsWith(what)),
        what
      ).toBe(true)
  }
})

test('a change by PATCH is in the file as it came, with the version that it was based on, and its event says what it said', async () => {
  await tell(9)
  const { id } = placementOf.get(9) ?? { id: '' }
  await until('it has arrived', async () => {
    const rows = await database.query<{ state: string }>(sql`select state from delivery where subject_id = ${id}`)
    return rows.length === 2 && rows.every(({ state }) => state === 'accepted')
  })
  const client = t.house.directory.client('anapec') ?? expect.fail('no client')
  const patch = { record: { person: { birthDate: '1990-05-04', birthPlace: null } } }
  const request = { method: 'PATCH', path: '/v1/placements/x', ifMatch: '"a-tag"', body: patch }
  const shown = subjectIds(t.house.vault.key('gateway')).write(id, 'anapec')
  const change = { kind: 'placement', id: shown, patch, key: null, evidence: JSON.stringify(request), isBasis: () => true } as const
  expect(await amend(t.house, t.intake, client, change)).toMatchObject({ status: 'amended' })
  const { text } = await write(9)
  expect(wrongIn(verifyEvidence(text))).toEqual([])
  expect(text).toContain(`"text":${JSON.stringify(JSON.stringify(request))}`)
  const events = verifyEvidence(text).filter(({ name }) => name.startsWith('event'))
  expect(events.map(({ words }) => words)).toEqual(['says what its message said', 'says what its message said'])
})

test('what a partner declined is in the file as it was sent, with what the partner said', async () => {
  await together.misbehave({ mode: 'refuse-rows', everyNth: 1, code: 'no', times: 1 })
  await tell(7)
  const { id } = placementOf.get(7) ?? { id: '' }
  await until('it is declined', async () => {
    const rows = await database.query<{ state: string }>(sql`select state from delivery where subject_id = ${id}`)
    return rows.some(({ state }) => state === 'refused') && rows.some(({ state }) => state === 'accepted')
  })
  const findings = verifyEvidence((await write(7)).text)
  expect(findings.filter(({ kind }) => kind !== 'holds')).toEqual([])
  for (const what of [/^document .* to together$/, /^delivery .* declined /])
    expect([what, findings.filter(({ name }) => what.test(name)).length]).toEqual([what, 1])
})

describe('rows that their owner altered', () => {
  const her = () => placementOf.get(2) as { id: string; personId: string }
  const hers = (column = 'person_id') => sql`${sql.identifier(column)} = ${her().personId}`
  const about = () => sql`subject_id = ${her().id}`
  const other = (column: string, table: string) =>
    sql`(select ${sql.identifier(column)} from ${sql.identifier(table)} o where o.person_id <> ${her().personId} limit 1)`
  const receipted = () => sql`${about()} and receipt is not null`
  const frames = () => sql`id in (select document_id from document_row where ${hers()})`
  const logged = (kind: string) =>
    sql`kind = ${kind} and message in (select id::text from event where ${about()} union select id from delivery where ${about()})`
  const flipped = (column: string) => {
    const name = sql.identifier(column)
    return sql`${name} = set_byte(${name}, length(${name}) / 2, get_byte(${name}, length(${name}) / 2) # 1)`
  }
  /** Undone when it was looked at. */
  const altered = async (alter: ReturnType<typeof sql>) => {
    const undo = new Error('undone')
    const named = { log: [] as string[], file: [] as string[] }
    const work = owner.transaction(async tx => {
      expect((await tx.query(sql`${alter} returning 1 as one`)).length).toBeGreaterThan(0)
      const within = {
        ...t.house,
        database: { ...owner, query: tx.query, transaction: (inner: (own: typeof tx) => Promise<unknown>) => inner(tx) }
      } as House
      named.log = (await verifyLog(within, { file: t.log.file, keys: t.house.keys.logs })).faults.map(
        ({ where, what }) => `${where}: ${what}`
      )
      const written = await evidenceOf(within, her().id).catch(() => null)
      named.file = written === null ? [] : wrongIn(verifyEvidence(written.text))
      throw undo
    })
    await expect(work).rejects.toBe(undo)
    return named
  }
  beforeAll(async () => {
    await write(2)
  })

  test('are none to begin with', async () => {
    expect(await altered(sql`update event set id = id where ${about()}`)).toEqual({ log: [], file: [] })
  })

  test.each<[what: string, alter: () => ReturnType<typeof sql>, log: RegExp]>([
    [
      'when it took effect',
      () => sql`update event set effective_at = effective_at + interval '1 day' where ${about()}`,
      /^leaf \d+: was told otherwise/
    ],
    ['what it was', () => sql`update event set type = 'candidate.selected' where ${about()}`, /^leaf \d+: was told otherwise/],
    [
      'who told it',
      () => sql`update event set source = 'inspectorate' where ${about()}`,
      /^event .*: says that inspectorate told it, and the log says anapec/
    ],
    ['what it said', () => sql`update event set ${flipped('body')} where ${about()}`, /^leaf \d+: .* does not open any more/],
    ['its line in the log', () => sql`update ledger set message = 'x' where ${logged('accepted')}`, /^leaf \d+: was altered/],
    [
      'what was told',
      () => sql`delete from ledger_evidence where leaf_id in (select leaf_id from ledger where ${logged('accepted')})`,
      /^leaf \d+: commits to something that is missing/
    ],
    [
      'whom a document went to',
      () => sql`update document set partner_id = case partner_id when 'pushed' then 'together' else 'pushed' end where ${frames()}`,
      /^document .*: is kept as sent of (pushed|together), and the log says otherwise/
    ],
    ['which message a document was', () => sql`update document set message = 'x' where ${frames()}`, /^document .*: is kept as sent/],
    [
      'what stood around her row',
      () => sql`update document set ${flipped('frame')} where ${frames()}`,
      /^leaf \d+: .* does not open any more/
    ],
    [
      'where in it she stood',
      () => sql`update document_row set row = row + 100 where ${hers()}`,
      /^document .*: never had what is kept as its row 10\d/
    ],
    [
      'what her row is about',
      () => sql`update document_row set about = 'x' where ${hers()}`,
      /^document .*: says of row \d+ that it is about something else/
    ],
    [
      'whose her row is',
      () => sql`update document_row set person_id = ${other('person_id', 'document_row')} where ${hers()}`,
      /^document .*: says of row \d+/
    ],
    [
      'that her row is there',
      () => sql`update document_row set body = null where ${hers()}`,
      /^document .*: has nothing in row \d+ any more/
    ],
    [
      'what a partner answered',
      () => sql`update delivery set ${flipped('receipt')} where ${receipted()}`,
      /^leaf \d+: .* does not open any more/
    ],
    [
      'that a partner answered',
      () => sql`update delivery set receipt = null where ${receipted()}`,
      /^leaf \d+: commits to something that is missing/
    ]
  ])('%s: named by the log, and in her file', async (_, alter, log) => {
    const named = await altered(alter())
    expect(named.log).toContainEqual(expect.stringMatching(log))
    expect(named.file).not.toEqual([])
  })

  test.each<[what: string, alter: () => ReturnType<typeof sql>, log: RegExp]>([
    ['that it was told', () => sql`delete from event where ${about()}`, /^event .*: is missing, though leaf \d+ says that it was accepted/],
    [
      'when it came',
      () => sql`update event set received_at = received_at - interval '1 day' where ${about()}`,
      /^event .*: says that it arrived at another time/
    ],
    [
      'whom an event is about',
      () => sql`update event set subject_id = (select id from subject where person_id <> ${her().personId} limit 1) where ${about()}`,
      /^event .*: is said to be of another person/
    ],
    [
      'whom it is about, and whose it is',
      () =>
        sql`update event set (subject_id, person_id) = (select id, person_id from subject where person_id <> ${her().personId} limit 1) where ${about()}`,
      /^event .*: is said to be of another person/
    ],
    [
      'which version was made of it',
      () => sql`update record set event_id = gen_random_uuid() where ${about()}`,
      /^event .*: is said to be about a record that has no version made of it/
    ],
    [
      'what became of a message',
      () => sql`update delivery set state = 'refused' where ${receipted()}`,
      /^delivery .*: is said to be refused, and the log has the partner’s receipt/
    ],
    [
      'whom a message went to',
      () =>
        sql`update delivery o set partner_id = (select id from partner p where not exists (select from delivery d where d.event_id = o.event_id and d.partner_id = p.id) limit 1)
          where id = (select id from delivery where ${receipted()} limit 1)`,
      /^delivery .*: is said to be for .*, and the log says that it went to .*: its partner was altered/
    ],
    [
      'whose a message is',
      () => sql`update delivery set subject_id = (select id from subject where person_id <> ${her().personId} limit 1) where ${about()}`,
      /^delivery .*: is said to be of another person/
    ],
    [
      'of which version a message is',
      () => sql`update delivery set version = version + 7 where ${about()}`,
      /^delivery .*: is of a version that its record does not have/
    ],
    [
      'of which event a message is',
      () => sql`update delivery set event_id = gen_random_uuid() where ${about()}`,
      /^delivery .*: is of an event that is not there/
    ],
    [
      'how a placement stands',
      () => sql`update subject set state = 'RETURNED' where id = ${her().id}`,
      /^placement .*: is said to be RETURNED, and its last record REGISTERED/
    ],
    [
      'of which year a placement is',
      () => sql`update subject set campaign = campaign + 1 where id = ${her().id}`,
      /^placement .*: is said to be of another person or year/
    ],
    [
      'which agency may see it',
      () => sql`update subject set agency = 'ANP-OTHER-01' where id = ${her().id}`,
      /^placement .*: has another agency than its last record/
    ],
    [
      'what its last record holds',
      () => sql`update record set ${flipped('body')} where ${about()}`,
      /^placement .*: has a last record that does not open/
    ],
    [
      'that she can be read',
      () => sql`update person set wrapped_key = null where ${hers('id')}`,
      /^person .*: has no key, and was neither erased nor blocked/
    ],
    [
      'that she was erased',
      () => sql`update person set wrapped_key = null, erased_at = now() where ${hers('id')}`,
      /^person .*: is said to be erased, and no act in the audit did it/
    ]
  ])('%s: named by the log', async (_, alter, log) => {
    expect((await altered(alter())).log).toContainEqual(expect.stringMatching(log))
  })

  test('who was erased so long ago that the act is not kept any more is no fault, unless she was not yet known then', async () => {
    const gone = (knownFor: string) => sql`update person set wrapped_key = null, erased_at = now() - interval '6 years',
      created_at = now() - ${knownFor}::interval where ${hers('id')}`
    expect((await altered(gone('7 years'))).log).not.toContainEqual(expect.stringMatching(/^person/))
    expect((await altered(gone('1 year'))).log).toContainEqual(expect.stringMatching(/^person .*: is said to be erased, and no act/))
  })

  test('a message that nobody has interpreted and whose key was taken away is named', async () => {
    const insert = sql`insert into inbox (id, partner_id, message_hash, body) values (gen_random_uuid(), 'together', 'x', '')`
    expect((await altered(insert)).log).toContainEqual(expect.stringMatching(/^message .*: has no key, and nobody has interpreted it yet/))
  })
})

test('it holds nobody else: not a name, number or date of another worker', async () => {
  const { text } = await write(2)
  const own = JSON.stringify(registration(2))
  for (const n of people) {
    const passport = (registration(n).documents as { number: string }[])[0]?.number ?? ''
    expect(text.includes(passport)).toBe(n === 2)
    for (const value of valuesOf(registration(n).person)) if (!own.includes(value)) expect(text).not.toContain(value)
  }
})

test('it is audited who wrote it and why', async () => {
  await write(3)
  const rows = await database.query(
    sql`select actor, reason from audit where action = 'evidence.written' and about = ${placementOf.get(3)?.id ?? ''}`
  )
  expect(rows).toContainEqual({ actor: 'demo', reason: 'order 12/2026 of the court' })
})

test.each(['nobody', '00000000-0000-4000-8000-000000000000'])('there is none of %s', async placement => {
  const keys = { log: t.house.keys.log, logs: t.house.keys.logs, sets: [] }
  await expect(writeEvidence(t.house, keys, { placement, actor: 'test', reason: 'a test' })).rejects.toThrow(/placement/)
})

describe('a file that was changed', () => {
  test('in any bit of any part is refused, and that part is named, and no other', async () => {
    const { text } = await write(1)
    const bytes = Buffer.from(text)
    const lines = text.split('\n')
    const names = verifyEvidence(text).map(({ name }) => name)
    fc.assert(
      fc.property(fc.nat({ max: bytes.length - 1 }), fc.nat({ max: 7 }), (at, bit) => {
        const changed = Buffer.from(bytes)
        changed[at] = (changed[at] as number) ^ (1 << bit)
        const line = bytes.subarray(0, at).filter(byte => byte === 10).length
        const findings = verifyEvidence(changed.toString('utf8'))
        const wrong = wrongIn(findings)
        expect(wrong.length).toBeGreaterThan(0)
        // A break in the lines themselves, or the parts that all others are checked by, may take others with them.
        const own = line >= 3 && line < lines.length - 4 ? names[line] : undefined
        if (own === undefined || bytes[at] === 10 || changed[at] === 10) return
        const position = findings.findIndex(({ kind }) => kind === 'WRONG')
        expect(position).toBe(line)
        expect(wrong).toHaveLength(1)
      }),
      { numRuns: 400 }
    )
  })

  test('by a whole part that is left out, added or put elsewhere is refused', async () => {
    const lines = (await write(1)).text.split('\n')
    const swapped = [...lines]
    ;[swapped[3], swapped[4]] = [lines[4] as string, lines[3] as string]
    for (const changed of [lines.toSpliced(4, 1), lines.toSpliced(4, 0, lines[3] as string), swapped])
      expect(wrongIn(verifyEvidence(changed.join('\n')))).not.toEqual([])
  })

  test('and signed anew by somebody else is refused by whoever knows the log’s key', async () => {
    const { text } = await write(1)
    const [, about] = text.split('\n')
    const { keys } = JSON.parse((about as string).slice(0, -1)) as { keys: string[] }
    expect(wrongIn(verifyEvidence(text, keys[0]))).toEqual([])
    const other = privateJwk()
    const { createPrivateKey, createPublicKey } = await import('node:crypto')
    const privateKey = createPrivateKey({ key: other as never, format: 'jwk' })
    const forged = { publicKey: createPublicKey(privateKey), privateKey }
    const { text: fake } = await writeEvidence(
      t.house,
      { log: forged, logs: [forged], sets: [] },
      { placement: placementOf.get(1)?.id ?? '', actor: 'test', reason: 'a forgery' }
    )
    expect(wrongIn(verifyEvidence(fake, keys[0]))).not.toEqual([])
  })
})

describe('what was changed in the database', () => {
  const flip = sql`set_byte(body, length(body) - 3, get_byte(body, length(body) - 3) # 1)`
  test.each([
    ['an event', 4, (id: string) => sql`update event set body = ${flip} where subject_id = ${id}`, /^event /],
    [
      'a row of a parcel as it was sent',
      5,
      (id: string) =>
        sql`update document_row r set body = ${flip} from delivery d where d.id = r.about and d.partner_id = 'together' and d.subject_id = ${id}`,
      /^document .* to together/
    ],
    [
      'a SET as it was pushed',
      2,
      (id: string) =>
        sql`update document_row r set body = ${flip} from delivery d where d.id = r.about and d.partner_id = 'pushed' and d.subject_id = ${id}`,
      /^document .* to pushed/
    ],
    [
      'a line of the ledger',
      6,
      (id: string) =>
        sql`update ledger l set commitment = set_byte(commitment, 0, get_byte(commitment, 0) # 1) from event e where e.id::text = l.message and e.subject_id = ${id}`,
      /^message .* accepted/
    ]
  ] as const)('%s: the message is named, and it alone', async (_, n, change, named) => {
    await write(n)
    await owner.transaction(async tx => {
      await tx.query(sql`set local session_replication_role = replica`)
      await tx.query(change(placementOf.get(n)?.id ?? ''))
    })
    const wrong = wrongIn(verifyEvidence((await write(n)).text))
    expect(wrong).toEqual([expect.stringMatching(named)])
    for (const other of people.filter(person => person !== 2 && person < 4))
      expect(wrongIn(verifyEvidence((await write(other)).text))).toEqual([])
  })
})

describe('what administrations asked about a worker', () => {
  const said = (n: number) =>
    write(n).then(({ text }) => verifyEvidence(text).filter(({ name }) => / asked of asker$|^answer to /.test(name)))

  test('is in her file: who asked, what for and what was told, as the frame and her row alone, proved by the log', async () => {
    const findings = await said(8)
    expect(findings.filter(({ kind }) => kind !== 'holds')).toEqual([])
    expect(findings.map(({ words }) => words)).toEqual([
      expect.stringMatching(/in the log since .*; the row shown stood in it, and 2 that are not shown$/),
      expect.stringContaining(
        `whole: SHA-256 ${sha256(`signed by ${askedMessage('alone', 'now', [passportOf(8)]).body}`).toString('hex')}`
      ),
      expect.stringMatching(/in the log since .*; the row shown stood in it, and 1 that are not shown$/),
      ...Array(2).fill(expect.stringMatching(/^Q0000000A, asking for “a test”, was told: not authorised, in the log since /))
    ])
    const { text } = await write(8)
    expect([1, 3, 8].map(n => text.includes(passportOf(n)))).toEqual([false, false, true])
    expect(await said(2)).toEqual([])
  })

  test('has its answer when it was fetched', async () => {
    aheadMs = 120_000
    await askAbout('later', 'fetch', [])
    expect((await said(8)).filter(({ name }) => name.startsWith('answer to')).map(({ kind }) => kind)).toEqual(['holds', 'holds', 'holds'])
  })

  test('is hers under every id by which she was registered', async () => {
    const [first = '', second = ''] = [placementOf.get(1)?.personId ?? '', placementOf.get(2)?.personId ?? ''].toSorted()
    await owner.query(sql`insert into person_link (person_id, other_id, reason) values (${first}, ${second}, 'a test')`)
    expect((await said(2)).map(({ name, kind }) => [name, kind])).toEqual((await said(1)).map(({ name, kind }) => [name, kind]))
    await owner.query(sql`delete from person_link where reason = 'a test'`)
  })

  const flip = sql`body = set_byte(body, length(body) - 3, get_byte(body, length(body) - 3) # 1)`
  test.each([
    [
      'her question',
      sql`document_row r set ${flip} from document d where d.id = r.document_id and d.kind = 'asked' and r.person_id`,
      /^document .* asked of asker$/
    ],
    [
      'what was told',
      sql`ledger_evidence r set ${flip} from ledger l where l.leaf_id = r.leaf_id and l.kind = 'answered' and r.person_id`,
      /^answer to /
    ],
    [
      'what stood around it',
      sql`document d set frame = set_byte(frame, 40, get_byte(frame, 40) # 1) from document_row r where d.id = r.document_id and d.kind = 'asked' and r.person_id`,
      /^document .* asked of asker$/
    ],
    [
      'its line in the log',
      sql`ledger l set commitment = set_byte(commitment, 0, get_byte(commitment, 0) # 1) from document_row r where l.leaf_id = r.id and l.kind = 'asked' and r.person_id`,
      /^document .* asked of asker$/
    ]
  ])('and was altered in the database, is named, and it alone: %s', async (_, change, named) => {
    const alter = () =>
      owner.transaction(async tx => {
        await tx.query(sql`set local session_replication_role = replica`)
        await tx.query(sql`update ${change} = ${placementOf.get(1)?.personId ?? ''}`)
      })
    await alter()
    const wrong = wrongIn(verifyEvidence((await write(1)).text))
    await alter()
    expect(wrong).toEqual([expect.stringMatching(named), expect.stringMatching(named)])
    expect(wrongIn(verifyEvidence((await write(1)).text))).toEqual([])
  })

  test('and was said of another in the file, is named', async () => {
    const { text } = await write(8)
    expect(wrongIn(verifyEvidence(text.replaceAll('a test', 'a rest')))).toEqual([
      expect.stringMatching(/^answer to /),
      expect.stringMatching(/^answer to /),
      expect.stringMatching(/^answer to /)
    ])
  })
})

describe('by the script itself', () => {
  let folder: string
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'jisr-evidence-'))
  })
  afterAll(() => rm(folder, { recursive: true, force: true }))
  const run = async (text: string) => {
    const file = join(folder, 'evidence.json')
    await writeFile(file, text)
    return promisify(execFile)(process.execPath, [fileURLToPath(evidenceScript), file]).then(
      ({ stdout }) => ({ code: 0, stdout }),
      ({ code, stdout }: { code: number; stdout: string }) => ({ code, stdout })
    )
  }

  test('a file that holds ends with 0, one that does not with 1', async () => {
    const { text } = await write(1)
    expect(await run(text)).toEqual({ code: 0, stdout: expect.stringContaining('All that is shown holds; 0 parts can no longer') })
    expect(await run(text.replace('"kind":"acknowledged"', '"kind":"declined"'))).toEqual({
      code: 1,
      stdout: expect.stringMatching(/WRONG {2}receipt of .*altered/)
    })
  })

  test('of an erased person: what is gone is said, what stayed holds', async () => {
    await owner.query(sql`update person set wrapped_key = null, erased_at = now() where id = ${placementOf.get(3)?.personId ?? ''}`)
    const { text, altered } = await write(3)
    expect(altered).toEqual([])
    const { code, stdout } = await run(text)
    expect(stdout).toMatch(/gone {3}the data of this person: her data was erased on/)
    expect(code).toBe(0)
    for (const value of valuesOf(registration(3).person)) expect(text).not.toContain(value)
  })
})

const valuesOf = (value: unknown): string[] => {
  if (typeof value === 'string') return value.length >= 6 ? [value] : []
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(valuesOf) : []
}
