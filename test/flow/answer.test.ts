// Spanish administrations ask over HTTP with the real adapter: what they are told, what is written down of it, and what outlives a restart.
import { beforeAll, describe, expect, test } from 'vitest'
import { changePartnerStatus, registerPartner } from '../../src/flow/administer.ts'
import { erasePerson } from '../../src/flow/rights.ts'
import { sql } from '../../src/store/database.ts'
import { dropOldRows } from '../../src/store/documents.ts'
import { dropOldInquiries } from '../../src/store/inquiries.ts'
import { holdPeople, linkPeople } from '../../src/store/people.ts'
import { testGateway } from '../support/gateway.ts'
import { samplePayload } from '../support/histories.ts'
import { leavesAbout } from '../support/log.ts'
import { messagesOf } from '../support/people.ts'
import { inClear, keysLeft, openable } from '../support/remains.ts'
import {
  ask,
  fetchAnswer,
  type GrantedWorker,
  grantWorker,
  inspectorate,
  newPeticionId,
  type Question,
  scspRequester,
  submitted
} from '../support/scsp.ts'

let campaignMs = Date.parse('2026-03-01T08:00:00Z')
const clock = { wall: () => new Date(), campaign: () => new Date(campaignMs) }
const t = await testGateway({ clock })
/** Another process over the same rows, which has heard nothing itself. */
const other = await testGateway({ clock, database: t.database, masterKey: t.masterKey })
const requester = await scspRequester(t, 'scsp-inspection')
let worker: GrantedWorker
let second: GrantedWorker

beforeAll(async () => {
  worker = await grantWorker(t, 1, 'Y1234567X')
  second = await grantWorker(t, 2, 'X2482300W')
})

const question = (changes: Partial<Question> = {}): Question => ({
  tipo: 'Pasaporte',
  documento: worker.passport,
  empleador: worker.employer,
  fecha: '2026-06-01',
  ...changes
})
const askOne = async (changes: Partial<Question> = {}) => (await ask(t.url, requester, [question(changes)])).rows[0]
const disclosures = (person: string) =>
  t.house.database.query<{ classes: string[]; basis: string; partner: string }>(sql`
    select classes, basis, partner_id as partner from disclosure
    where person_id = (select person_id from person_source where client_id = 'anapec' and source_hash = ${t.house.vault.hashes.sourceId('anapec', person)}) order by id`)
/** Of the answers to the inquiry that its requester knows by this id. */
const leaves = async (id: string) => {
  const [inquiry] = await t.house.database.query<{ id: string }>(
    sql`select id from inquiry where request_id = ${`${inspectorate.identificador} ${id}`}`
  )
  return (await leavesAbout(t.house.database, inquiry?.id ?? '')).map(({ kind }) => kind).filter(kind => kind !== 'asked')
}

describe('asked about one person', () => {
  test('a worker with a grant is authorised, by passport and by NIE, with her file number', async () => {
    const told = { id: 'SOL-0', code: '0003', autorizado: 'S', expediente: '21/2026/0000001', nie: 'Y1234567X' }
    expect(await askOne()).toEqual(told)
    expect(await askOne({ tipo: 'NIE', documento: worker.nie })).toEqual(told)
    expect(await askOne({ documento: worker.passport.toLowerCase() })).toEqual(told)
  })

  test.each([
    ['the day before the grant begins', { fecha: '2026-02-01' }],
    ['the day after it ends', { fecha: '2030-02-02' }],
    ['another employer', { empleador: 'J99216582' }]
  ])('she is not for %s, and nothing of the grant is told', async (_what, changes) => {
    expect(await askOne(changes)).toEqual({ id: 'SOL-0', code: '0003', autorizado: 'N', expediente: undefined, nie: undefined })
  })

  test('a passport that nobody has is not identified', async () => {
    expect(await askOne({ documento: 'ZZ9999999' })).toMatchObject({ code: '0233', autorizado: undefined })
  })

  test('what was told is a disclosure on the requester’s ground and for its purpose, and a leaf of the ledger', async () => {
    const id = newPeticionId()
    const before = await disclosures(worker.person)
    await ask(t.url, requester, [question()], { id })
    const after = await disclosures(worker.person)
    expect(after).toHaveLength(before.length + 1)
    expect(after.at(-1)).toEqual({
      classes: ['nie', 'procedure'],
      basis: 'Ley, S2819001E: Control de autorizaciones en la campaña agraria',
      partner: 'scsp-inspection'
    })
    expect(await leaves(id)).toEqual(['answered'])
  })

  test('a requester is told only what its role may have: social insurance the NIE, a carrier not', async () => {
    const insurance = await scspRequester(t, 'scsp-insurance', 'social-security')
    expect((await ask(t.url, insurance, [question()])).rows[0]).toMatchObject({ autorizado: 'S', nie: worker.nie })
    const carrier = await scspRequester(t, 'scsp-carrier', 'carrier')
    expect((await ask(t.url, carrier, [question()])).rows[0]).toMatchObject({ autorizado: 'S', nie: undefined })
    expect((await disclosures(worker.person)).at(-1)).toMatchObject({ partner: 'scsp-carrier', classes: ['procedure'] })
  })

  test('an extinguished authorization authorises nobody, on no day', async () => {
    const ended = await grantWorker(t, 3, 'Z8327649K')
    const about = { documento: ended.passport, empleador: ended.employer }
    expect(await askOne(about)).toMatchObject({ autorizado: 'S' })
    await submitted(t, {
      person: ended.person,
      type: 'authorization.extinguished',
      at: '2026-05-01T09:00:00Z',
      payload: { campaign: 2026, authorization: { decision: 'EXTINGUISHED' } }
    })
    expect(await askOne(about)).toMatchObject({ code: '0003', autorizado: 'N' })
  })

  test('who changed employers is authorised for the new one and no longer for the first', async () => {
    const moved = await grantWorker(t, 5, 'X0000001R')
    const about = { documento: moved.passport, empleador: moved.employer }
    const next = 'B21456785'
    expect(await askOne({ ...about, empleador: next })).toMatchObject({ autorizado: 'N' })
    const journey = [
      'visa.lodged',
      'visa.issued',
      'documents.received',
      'summons.sent',
      'port.checked-in',
      'boarding.scanned',
      'border.admitted'
    ] as const
    for (const [i, type] of journey.entries()) {
      const payload = { ...samplePayload(type, 5), campaign: 2026 }
      await submitted(t, { person: moved.person, type, at: `2026-03-0${i + 1}T09:00:00Z`, payload })
    }
    await submitted(t, {
      person: moved.person,
      type: 'employer.changed',
      at: '2026-08-01T09:00:00Z',
      payload: { campaign: 2026, selection: { employer: { cif: next, name: 'Arándanos de la Ribera S.L.' } } }
    })
    expect(await askOne({ ...about, empleador: next })).toMatchObject({ autorizado: 'S', expediente: '21/2026/0000005' })
    expect(await askOne(about)).toMatchObject({ autorizado: 'N' })
  })

  test('a repeater whose first year this gateway has not seen is authorised by her call-back', async () => {
    const person = 'KEN-REPEATER'
    const callback = { fileNumber: '21/2024/0000099', nie: 'Z0000001Y', yearIndex: 3, period: { start: '2026-04-13', end: '2026-08-29' } }
    const passport = { type: 'PASSPORT', number: 'RP7654321', country: 'MAR', expiryDate: '2031-01-01' }
    await submitted(t, {
      person,
      type: 'callback.filed',
      at: '2026-01-10T09:00:00Z',
      payload: { campaign: 2026, documents: [passport], callback: { ...callback, employer: { cif: worker.employer, name: 'x' } } }
    })
    const about = { documento: 'RP7654321', empleador: worker.employer }
    expect(await askOne(about)).toMatchObject({ autorizado: 'N' })
    await submitted(t, {
      person,
      type: 'callback.approved',
      at: '2026-01-30T09:00:00Z',
      payload: {
        campaign: 2026,
        callback: { response: { outcome: 'APPROVED', date: '2026-01-30' } },
        authorization: {
          fileNumber: '21/2024/0000099',
          decision: 'GRANTED',
          validFrom: '2024-02-01',
          validTo: '2028-01-31',
          nie: 'Z0000001Y'
        }
      }
    })
    expect(await askOne(about)).toMatchObject({ autorizado: 'S', expediente: '21/2024/0000099' })
  })

  test('a held person is not identified until somebody has looked', async () => {
    const held = await grantWorker(t, 4, 'Y0000001S')
    const about = { documento: held.passport, empleador: held.employer }
    expect(await askOne(about)).toMatchObject({ autorizado: 'S' })
    const [row] = await t.house.database.query<{ id: string }>(sql`
      select person_id as id from person_source where client_id = 'anapec' and source_hash = ${t.house.vault.hashes.sourceId('anapec', held.person)}`)
    await t.house.database.transaction(tx => holdPeople(tx, [row?.id ?? ''], 'a test'))
    expect(await askOne(about)).toMatchObject({ code: '0233' })
  })

  test('two people behind one document are not identified', async () => {
    const { house } = t
    const hash = house.vault.hashes.identifier({ scheme: 'PASSPORT', country: 'MAR', value: second.passport })
    expect(await askOne({ documento: second.passport, empleador: second.employer })).toMatchObject({ autorizado: 'S' })
    await house.database.query(sql`
      insert into person_identifier (scheme, hash, person_id)
      select 'PASSPORT', ${hash}, person_id from person_source where client_id = 'anapec' and source_hash = ${house.vault.hashes.sourceId('anapec', worker.person)}`)
    expect(await askOne({ documento: second.passport, empleador: second.employer })).toMatchObject({ code: '0233' })
    expect(await askOne({ tipo: 'NIE', documento: second.nie, empleador: second.employer })).toMatchObject({ autorizado: 'S' })
  })

  test('unless they are linked: then they are one person, registered twice', async () => {
    const { house } = t
    const personOf = (person: string) =>
      house.database.query<{ id: string }>(
        sql`select person_id as id from person_source where client_id = 'anapec' and source_hash = ${house.vault.hashes.sourceId('anapec', person)}`
      )
    const [[one], [two]] = await Promise.all([personOf(worker.person), personOf(second.person)])
    await house.database.transaction(tx => linkPeople(tx, [{ personId: one?.id ?? '', otherId: two?.id ?? '', reason: 'a test' }]))
    expect(await askOne({ documento: second.passport, empleador: second.employer })).toMatchObject({ autorizado: 'S', nie: second.nie })
  })
})

describe('an inquiry is asked once', () => {
  test('the same IdPeticion again gets 0229 as a fault, and nobody is disclosed twice', async () => {
    const id = newPeticionId()
    expect(await ask(t.url, requester, [question()], { id })).toMatchObject({ status: 200, code: '0003' })
    const before = await disclosures(worker.person)
    expect(await ask(t.url, requester, [question()], { id })).toMatchObject({ status: 500, code: '0229' })
    expect(await ask(t.url, requester, [question()], { id, later: true })).toMatchObject({ status: 500, code: '0229' })
    expect(await disclosures(worker.person)).toEqual(before)
    expect(await leaves(id)).toHaveLength(1)
  })

  test('of twenty at once one is answered', async () => {
    const id = newPeticionId()
    const replies = await Promise.all(Array.from({ length: 20 }, () => ask(t.url, requester, [question()], { id })))
    expect(replies.filter(reply => reply.status === 200)).toHaveLength(1)
    expect(replies.filter(reply => reply.code === '0229')).toHaveLength(19)
    expect(await leaves(id)).toHaveLength(1)
  })
})

describe('asked for later', () => {
  test('it is taken, refused to be hurried, answered after the waiting time and again the same way', async () => {
    const id = newPeticionId()
    const rows = [question({ id: 'a' }), question({ id: 'b', documento: 'ZZ9999999' }), question({ id: 'c', empleador: 'J99216582' })]
    const taken = await ask(t.url, requester, rows, { id, later: true })
    expect(taken).toMatchObject({ status: 200, code: '0002' })
    expect(taken.text).toContain('TiempoEstimadoRespuesta>1<')
    expect(await leaves(id)).toEqual([])
    expect(await fetchAnswer(t.url, requester, id)).toMatchObject({ status: 200, code: '0002', rows: [] })
    campaignMs += 3_599_000
    expect(await fetchAnswer(t.url, requester, id)).toMatchObject({ code: '0002' })
    campaignMs += 1_000
    const first = await fetchAnswer(t.url, requester, id)
    expect(first.rows.map(row => [row.id, row.code, row.autorizado])).toEqual([
      ['a', '0003', 'S'],
      ['b', '0233', undefined],
      ['c', '0003', 'N']
    ])
    expect(await leaves(id)).toHaveLength(3)
    expect((await fetchAnswer(t.url, requester, id)).rows).toEqual(first.rows)
    expect(await leaves(id)).toHaveLength(3)
  })

  test('what was asked is in the rows: another process refuses a repeat and hands over the answer', async () => {
    const id = newPeticionId()
    await ask(t.url, requester, [question()], { id, later: true })
    expect(await ask(other.url, requester, [question()], { id, later: true })).toMatchObject({ status: 500, code: '0229' })
    campaignMs += 3_600_000
    expect((await fetchAnswer(other.url, requester, id)).rows).toMatchObject([{ autorizado: 'S' }])
    expect((await fetchAnswer(t.url, requester, id)).rows).toMatchObject([{ autorizado: 'S' }])
    expect(await leaves(id)).toHaveLength(1)
  })

  test('a question waits under a key of its own until she is known, and from then on goes with her, whatever else was asked beside it', async () => {
    const { owner } = t.database
    const messages = JSON.stringify(messagesOf(6).map(message => message.payload))
    const passport = /"type":"PASSPORT","number":"([^"]+)"/.exec(messages)?.[1] as string
    const [id, later] = [newPeticionId(), newPeticionId()]
    const rows = [
      question({ id: 'hers', documento: passport }),
      question({ id: 'nobody’s', documento: 'ZZ9999999' }),
      question({ id: 'other' })
    ]
    await ask(t.url, requester, rows, { id, later: true })
    const [before] = await owner.query<{ own: number }>(sql`select count(*)::int as own from own_key where of = 'question'`)
    const her = await grantWorker(t, 6, 'Y0000002Q')
    expect(her.passport).toBe(passport)
    campaignMs += 3_600_000
    expect((await fetchAnswer(t.url, requester, id)).rows.map(row => [row.id, row.autorizado])).toEqual([
      ['hers', 'N'],
      ['nobody’s', undefined],
      ['other', 'S']
    ])
    const own = await owner.query<{ own: number }>(sql`select count(*)::int as own from own_key where of = 'question'`)
    expect(own[0]?.own).toBe((before?.own ?? 0) - 1)
    await ask(t.url, requester, rows.slice(0, 1), { id: later, later: true })
    await ask(t.url, requester, rows)
    expect(await openable(owner, await keysLeft(owner, t.masterKey), [passport])).toEqual(
      expect.arrayContaining(['public.document_row.body', 'public.question.body', 'public.ledger_evidence.body'])
    )
    const [person] = await t.house.database.query<{ id: string }>(sql`
      select person_id as id from person_source where client_id = 'anapec' and source_hash = ${t.house.vault.hashes.sourceId('anapec', her.person)}`)
    await erasePerson(t.house, person?.id as string, { actor: 'test', reason: 'a court' }, { evenThoughKept: true })
    expect(await inClear(owner, [passport])).toEqual([])
    expect(await openable(owner, await keysLeft(owner, t.masterKey), [passport])).toEqual([])
    campaignMs += 3_600_000
    expect((await fetchAnswer(t.url, requester, id)).rows.map(row => row.id)).toEqual(['nobody’s', 'other'])
    expect(await fetchAnswer(t.url, requester, later)).toMatchObject({ code: '0244' })
  })

  test('a thousand people are asked about at once, and answered in the order asked', async () => {
    const id = newPeticionId()
    const rows = Array.from({ length: 1_000 }, (_, i) =>
      question({ id: `S-${i}`, ...(i % 2 === 0 ? {} : { documento: `ZZ${String(i).padStart(7, '0')}` }) })
    )
    expect(await ask(t.url, requester, rows, { id, later: true })).toMatchObject({ code: '0002' })
    campaignMs += 3_600_000
    const answered = await fetchAnswer(t.url, requester, id)
    expect(answered.rows.map(row => row.id)).toEqual(rows.map(row => row.id))
    expect(answered.rows.filter(row => row.autorizado === 'S')).toHaveLength(500)
    expect(await leaves(id)).toHaveLength(1_000)
  }, 30_000)

  test('nothing to fetch is 0244, for an id of nobody and for one that was answered at once', async () => {
    expect(await fetchAnswer(t.url, requester, newPeticionId())).toMatchObject({ status: 500, code: '0244' })
    const id = newPeticionId()
    await ask(t.url, requester, [question()], { id })
    expect(await fetchAnswer(t.url, requester, id)).toMatchObject({ status: 500, code: '0244' })
  })

  test('after 90 days neither the questions nor what stood around them is kept: that they were asked is, and a repeat is still refused', async () => {
    const id = newPeticionId()
    await ask(t.url, requester, [question(), question({ id: 'b', documento: 'ZZ9999999' })], { id, later: true })
    campaignMs += 3_600_000
    const kept = () =>
      t.database.owner.query<Record<string, boolean>>(sql`
        select i.body is not null as head, exists (select from question q where q.inquiry_id = i.id) as questions,
          array_agg(r.body is not null order by r.row) as signed from inquiry i join document d on d.message = i.id::text join document_row r on r.document_id = d.id
        where i.request_id = ${`S2819001E ${id}`} group by i.id`)
    const drop = (before: Date) =>
      t.house.database.transaction(async tx => {
        await dropOldInquiries(tx, before, 1_000)
        await dropOldRows(tx, before, 1_000)
      })
    await drop(new Date(Date.now() - 60_000))
    expect(await kept()).toEqual([{ head: true, questions: true, signed: [true, true] }])
    expect(await fetchAnswer(t.url, requester, id)).toMatchObject({ code: '0003' })
    await drop(new Date(Date.now() + 60_000))
    // What was signed about her is proof, and goes when she does; what was asked about nobody goes now.
    expect(await kept()).toEqual([{ head: false, questions: false, signed: [true, false] }])
    expect(await fetchAnswer(t.url, requester, id)).toMatchObject({ code: '0244' })
    expect(await ask(t.url, requester, [question()], { id, later: true })).toMatchObject({ code: '0229' })
  })
})

describe('the address', () => {
  const post = (service: string, headers: Record<string, string>, body = '<a/>') =>
    fetch(`${t.url}/scsp/${service}`, { method: 'POST', headers, body })

  test('of no service, and of a partner that is not answered, is a problem 404', async () => {
    await registerPartner(
      t.house,
      {
        reason: 'test',
        id: 'mute',
        name: 'x',
        adapter: 'reference',
        role: 'reference',
        settings: { endpoint: 'http://127.0.0.1:9' },
        subscriptions: []
      },
      'test'
    )
    for (const service of ['nobody', 'mute', '__proto__']) {
      const answer = await post(service, { 'content-type': 'text/xml' })
      expect([service, answer.status, answer.headers.get('content-type')]).toEqual([
        service,
        404,
        expect.stringContaining('application/problem+json')
      ])
    }
  })

  test.each([['application/json'], ['application/soap+xml'], ['text/xml; charset=iso-8859-1']])('takes no %s', async type => {
    expect((await post('scsp-inspection', { 'content-type': type })).status).toBe(415)
  })

  test('takes no more than 8 MiB', async () => {
    expect((await post('scsp-inspection', { 'content-type': 'text/xml' }, 'x'.repeat(8 * 1024 * 1024 + 1))).status).toBe(413)
  })

  test('answers what is not XML with a fault of 0226, and an unsigned envelope with one of 0307', async () => {
    for (const [body, code] of [
      ['nonsense', '0226'],
      ['<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body><x xmlns="urn:x"/></s:Body></s:Envelope>', '0307']
    ]) {
      const answer = await post('scsp-inspection', { 'content-type': 'text/xml' }, body)
      expect(answer.status).toBe(500)
      expect(answer.headers.get('content-type')).toBe('text/xml; charset=utf-8')
      expect(await answer.text()).toContain(`CodigoEstado>${code}<`)
    }
  })

  test('is unavailable while paused, and gone when disabled', async () => {
    const paused = await scspRequester(t, 'scsp-second')
    await changePartnerStatus(t.house, 'scsp-second', 'paused', 'test', 'a test')
    expect(await ask(t.url, paused, [question()])).toMatchObject({ status: 500, code: '0901' })
    await changePartnerStatus(t.house, 'scsp-second', 'disabled', 'test', 'a test')
    expect((await post('scsp-second', { 'content-type': 'text/xml' })).status).toBe(404)
  })
})

test('no log line and no failure has a document, a name or a purpose in it', async () => {
  const said = JSON.stringify(t.logs)
  for (const secret of [worker.passport, worker.nie, 'Control de autorizaciones']) expect(said).not.toContain(secret)
  expect(t.failures).toEqual([])
})
