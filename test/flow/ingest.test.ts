// ingest: whatever order facts arrive in, however often and however many at once, the store and the partners end with the same.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Outcome, Parcel } from '../../adapters/contract.ts'
import type { Fact } from '../../adapters/reference/wire.ts'
import { type EventType, eventTable, eventTypes } from '../../schemas/event.ts'
import { clearColumns } from '../../src/domain/columns.ts'
import { type FoldEvent, type Folded, fold } from '../../src/domain/lifecycle/fold.ts'
import { type IngestAnswer, ingestGroup } from '../../src/flow/ingest.ts'
import { openIntake } from '../../src/flow/intake.ts'
import { sql } from '../../src/store/database.ts'
import { byHand, handClock, scripted, scriptedPartner } from '../support/by-hand.ts'
import { arrivals, type History, histories, sampleNie } from '../support/histories.ts'
import { submissionOf, testHouse } from '../support/house.ts'

const clock = handClock()
const seen: Fact[] = []
const send = async (parcel: Parcel): Promise<Outcome[]> => {
  seen.push(...parcel.rows.map(row => row.fragment as Fact))
  return parcel.rows.map(() => ({ status: 'accepted', receipt: 'R' }))
}
const t = await testHouse({ clock, adapters: [scripted('listener', { send, cancels: [] })] })
const hand = byHand(t, clock)
const placementTypes = eventTypes.filter(type => eventTable[type].about === 'placement' && type !== 'record.corrected')
await scriptedPartner(t, 'listener', 'everything', { subscriptions: placementTypes.map(type => ({ type })), maxInFlight: 64 })

let run = 0
const letter = (n: number) => String.fromCharCode(65 + (n % 26))

/** The same history about somebody new: no number is shared with another run, so nobody is held for looking like somebody else. */
const aboutSomebodyNew = (event: FoldEvent): FoldEvent => {
  const text = JSON.stringify(event.payload)
    .replaceAll(/"AB(\d{7})"/g, (_, number) => `"${letter(run / 26)}${letter(run)}${number}"`)
    .replaceAll(/"GB(\d{6})"/g, (_, number) => `"${letter(run / 26)}${letter(run)}${number}"`)
    .replaceAll(/"X(\d{7})[A-Z]"/g, (_, number) => `"${sampleNie((run % 900) * 10_000 + Number(number))}"`)
  return { ...event, payload: { ...JSON.parse(text), campaign: 2026 } }
}

const recordOf = async (person: string) => {
  const [row] = await t.house.database.query<{
    id: string
    version: number
    personId: string
    body: Buffer
    wrappedKey: Buffer
    state: string
    columns: object
  }>(sql`
    select s.id, s.version, s.person_id as "personId", r.body, p.wrapped_key as "wrappedKey", s.state,
      jsonb_build_object('employer', employer, 'agency', agency, 'consulate', consulate, 'offer', offer, 'region', region) as columns
    from subject s join record r on r.subject_id = s.id and r.version = s.version join person p on p.id = s.person_id
    join person_source o on o.person_id = p.id
    where s.kind = 'placement' and o.source_hash = ${t.house.vault.hashes.sourceId('anapec', person)}`)
  if (row === undefined) throw new Error('the person has no placement')
  const folded = t.house.vault.openJson<Folded>(row, row.body, { table: 'record', column: 'body', row: `${row.id} ${row.version}` })
  return { ...row, folded }
}

/** record.corrected is the gateway's own word: nobody can send it. */
const fromOutside = histories('placement', 14).map(history => ({
  ...history,
  events: history.events.filter(event => event.type !== 'record.corrected')
}))

const viewOf = ({ fact: _fact, at: _at, delivery: _delivery, version: _version, person: _person, ...view }: Fact) => view

test('any order of arrival ends in the same record, state and columns, with no event lost, and the partner told of each fact once', async () => {
  await fc.assert(
    fc.asyncProperty(
      fromOutside.chain(history => fc.tuple(fc.constant(history), arrivals(history), fc.boolean())),
      async ([history, order, sentAtOnce]: [History, FoldEvent[], boolean]) => {
        run += 1
        const person = `somebody-${run}`
        const events = new Map(history.events.map(event => [event.id, aboutSomebodyNew(event)]))
        const eventIds = new Map<string, string>()
        seen.length = 0
        for (const { id } of order) {
          const { type, effectiveAt, payload } = events.get(id) as FoldEvent
          const answer = await t.submit({ key: `${run} ${id}`, person, type, at: effectiveAt, payload: { ...payload } })
          if (answer.status !== 'accepted') throw new Error(`${type} was not accepted: ${JSON.stringify(answer)}`)
          eventIds.set(id, answer.eventId)
          if (sentAtOnce) await hand.run()
        }
        await hand.run()
        const expected = fold('placement', [...events.values()])
        const { folded, state, columns, version } = await recordOf(person)
        expect(folded.record).toEqual(expected.record)
        expect(state).toBe(expected.state)
        expect(columns).toEqual(clearColumns(expected.record))
        expect(version).toBe(order.length)
        expect(folded.applied).toEqual(expected.applied.map(id => eventIds.get(id)))
        const kept = [...folded.applied, ...[...folded.setAside, ...folded.waiting, ...folded.contradictions].map(reason => reason.eventId)]
        expect(kept.toSorted()).toEqual([...eventIds.values()].toSorted())
        // What the partner was told, taken together: every fact once, and the last word is the record as it stands.
        const told = seen.filter(fact => fact.fact !== 'record.corrected').map(fact => `${fact.fact} ${fact.at}`)
        expect(new Set(told).size).toBe(told.length)
        for (const id of expected.applied) {
          const { type, effectiveAt } = events.get(id) as FoldEvent
          expect(told).toContain(`${type} ${effectiveAt}`)
        }
        const last = seen.at(-1)
        if (last === undefined) return
        const [final] = seen.filter(fact => fact.version === Math.max(...seen.map(f => f.version))).slice(-1) as [Fact]
        expect(viewOf(last)).toEqual(viewOf(final))
        const { family, given } =
          (expected.record.person as { name: { latin: { family: string; given: string } } } | undefined)?.name.latin ?? {}
        expect([last.surname, last.givenNames]).toEqual([family, given])
        expect(last.employer).toBe((expected.record.selection as { employer?: { cif: string } } | undefined)?.employer?.cif)
        expect(last.offer).toBe(expected.record.offer)
      }
    ),
    { numRuns: 25, endOnFailure: true }
  )
})

const register = (person: string, more: Record<string, unknown> = {}) => ({
  person,
  type: 'candidate.registered' as EventType,
  at: '2026-01-05T09:00:00Z',
  payload: {
    campaign: 2026,
    person: { name: { latin: { family: 'ALAMI', given: person.toUpperCase() } }, birthDate: '1988-04-02', sex: 2, nationalities: ['MAR'] },
    registration: { agency: 'ANP-KEN-01' },
    ...more
  }
})

test('the same message a year later changes nothing and gets the first answer', async () => {
  const said = register('year')
  const first = await t.submit(said)
  const before = await recordOf('year')
  clock.advance(366 * 86_400_000)
  clock.advanceCampaign(366 * 86_400_000)
  for (let i = 0; i < 3; i++) expect(await t.submit(said)).toEqual({ ...first, repeated: true })
  expect((await recordOf('year')).version).toBe(before.version)
  expect(await t.submit({ ...said, key: 'another', payload: { ...said.payload, campaign: 2027 } })).toMatchObject({ repeated: false })
})

test('a refused message gets its first refusal again, and is refused in the ledger once', async () => {
  const wrong = sampleNie(1234567).replace(/.$/, last => (last === 'A' ? 'B' : 'A'))
  const granted = {
    ...{ person: 'refused', type: 'authorization.granted' as EventType, at: '2026-01-20T09:00:00Z' },
    payload: {
      campaign: 2026,
      authorization: { fileNumber: '210000000001', decision: 'GRANTED', resolutionDate: '2026-01-20', nie: wrong }
    }
  }
  const first = await t.submit(granted)
  expect(first).toMatchObject({ status: 'refused', repeated: false })
  clock.advance(86_400_000)
  expect(await t.submit(granted)).toEqual({ ...first, repeated: true })
  expect(await t.house.database.query(sql`select id from ledger_leaf where kind = 'refused'`)).toHaveLength(1)
})

test('five hundred submissions about twenty people through two processes: no deadlock, versions without a gap', async () => {
  const intakes = [openIntake(t.house), openIntake(t.house)]
  const submissions = Array.from({ length: 500 }, (_, i) => {
    const person = `busy-${i % 20}`
    if (i < 20) return submissionOf(register(person))
    const phones = [`+2126${String(i).padStart(8, '0')}`]
    return submissionOf({
      person,
      type: 'person.corrected',
      at: new Date(Date.parse('2026-01-05T10:00:00Z') + ((i * 7919) % 500) * 60_000).toISOString(),
      payload: { campaign: 2026, person: { contact: { phones, language: 'ar', channel: 'SMS' } } }
    })
  })
  const shuffled = submissions.map((s, i) => ({ s, at: (i * 263) % 500 })).toSorted((a, b) => a.at - b.at)
  const answers = await Promise.all(
    [...shuffled, ...shuffled.slice(0, 100)].map(({ s }, i) => (intakes[i % 2] as (typeof intakes)[number]).submit(s))
  )
  expect(answers.filter(answer => answer.status === 'accepted' && !answer.repeated)).toHaveLength(500)
  expect(answers.filter(answer => answer.status === 'accepted' && answer.repeated)).toHaveLength(100)
  for (let i = 0; i < 20; i++) {
    const { id, version, folded } = await recordOf(`busy-${i}`)
    expect(version).toBe(25)
    expect(folded.applied).toHaveLength(25)
    const versions = await t.house.database.query<{ version: number }>(
      sql`select version from record where subject_id = ${id} order by version`
    )
    expect(versions.map(row => row.version)).toEqual(Array.from({ length: 25 }, (_, n) => n + 1))
    const deliveries = await t.house.database.query(sql`select distinct event_id from delivery where subject_id = ${id}`)
    expect(deliveries.length).toBeGreaterThanOrEqual(25)
  }
  for (const intake of intakes) await intake.close()
})

test('one submission that fails sinks no other of its group, and its own sender is told', async () => {
  await t.submit(register('damaged'))
  const { personId } = await recordOf('damaged')
  await t.database.owner.query(
    sql`update person set wrapped_key = set_byte(wrapped_key, 30, get_byte(wrapped_key, 30) # 1) where id = ${personId}`
  )
  const said = [
    register('before'),
    { ...register('damaged'), key: 'x', type: 'candidate.preselected' as EventType, payload: { campaign: 2026 } },
    register('after')
  ]
  const answers = await Promise.allSettled(said.map(s => t.submit(s)))
  expect(answers.map(answer => answer.status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
  expect(answers.map(answer => (answer as PromiseFulfilledResult<IngestAnswer>).value?.status)).toEqual(['accepted', undefined, 'accepted'])
  const events = await t.house.database.query(sql`select id from event where person_id = ${personId}`)
  expect(events).toHaveLength(1)
})

test('a group that cannot be stored leaves nothing behind', async () => {
  const before = await t.house.database.query(sql`select count(*)::int as count from seen`)
  await expect(recordOf('damaged')).rejects.toThrow('did not open')
  const group = [
    submissionOf(register('nobody-1')),
    submissionOf({ ...register('damaged'), key: 'y', type: 'candidate.preselected', payload: { campaign: 2026 } })
  ]
  await expect(ingestGroup(t.house, group)).rejects.toThrow()
  expect(await t.house.database.query(sql`select count(*)::int as count from seen`)).toEqual(before)
})
