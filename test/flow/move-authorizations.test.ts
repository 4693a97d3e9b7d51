// Whose authorisation an event moves does not depend on when it was heard of: any order, with employers that change and facts that are corrected.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { EventType } from '../../schemas/event.ts'
import { clearColumns } from '../../src/domain/columns.ts'
import { employersOf } from '../../src/domain/lifecycle/employers.ts'
import { type FoldEvent, type Folded, fold } from '../../src/domain/lifecycle/fold.ts'
import { sql } from '../../src/store/database.ts'
import { sampleCif, sampleNie, samplePayload } from '../support/histories.ts'
import { testHouse } from '../support/house.ts'

const t = await testHouse()
let run = 0

/** The way of a worker who changes employers, in its order; what may be left out is, now and then. */
const way: readonly [EventType, 'always' | 'sometimes'][] = [
  ['candidate.registered', 'always'],
  ['candidate.preselected', 'always'],
  ['candidate.selected', 'always'],
  ['contract.signed', 'always'],
  ['commitment.signed', 'always'],
  ['authorization.requested', 'always'],
  ['authorization.granted', 'always'],
  ['visa.lodged', 'always'],
  ['visa.issued', 'always'],
  ['documents.received', 'always'],
  ['summons.sent', 'always'],
  ['port.checked-in', 'always'],
  ['boarding.scanned', 'always'],
  ['border.admitted', 'always'],
  ['alta.registered', 'always'],
  ['employer.changed', 'always'],
  ['alta.registered', 'sometimes'],
  ['employer.changed', 'sometimes'],
  ['alta.registered', 'sometimes'],
  ['authorization.extinguished', 'sometimes']
]
/** What may have been told wrongly and is told again: who the employer is, or what was decided. */
const corrected: ReadonlySet<EventType> = new Set(['candidate.selected', 'employer.changed', 'authorization.granted', 'alta.registered'])

const step = fc.record({
  isThere: fc.boolean(),
  variant: fc.nat(9_999),
  minutes: fc.integer({ min: 1, max: 40_000 }),
  correction: fc.option(fc.nat(9_999), { freq: 3 })
})

/** Events under ids of the test's own, each with what it corrects. */
const lives = fc.array(step, { minLength: way.length, maxLength: way.length }).map(steps => {
  const events: FoldEvent[] = []
  let atMs = Date.parse('2026-01-05T08:00:00Z')
  for (const [i, { isThere, variant, minutes, correction }] of steps.entries()) {
    const [type, how] = way[i] as (typeof way)[number]
    atMs += minutes * 60_000
    if (how === 'sometimes' && !isThere) continue
    const at = (more: number) => new Date(atMs + more * 1_000).toISOString()
    events.push({ id: `${i}`, type, effectiveAt: at(0), payload: samplePayload(type, variant) })
    if (correction !== null && corrected.has(type))
      events.push({ id: `${i} again`, type, effectiveAt: at(0), payload: samplePayload(type, correction), corrects: `${i}` })
  }
  return events
})
const arrivals = lives.chain(events =>
  fc.tuple(fc.constant(events), fc.shuffledSubarray(events, { minLength: events.length, maxLength: events.length }))
)

/** About somebody new, so that no number is shared between runs. */
const renamed = (event: FoldEvent): FoldEvent => {
  const letters = `${String.fromCharCode(65 + ((run / 26) % 26))}${String.fromCharCode(65 + (run % 26))}`
  const text = JSON.stringify(event.payload)
    .replaceAll(/"AB(\d{7})"/g, `"${letters}$1"`)
    .replaceAll(/"GB(\d{6})"/g, `"${letters}$1"`)
    .replaceAll(/"X(\d{7})[A-Z]"/g, (_, number) => `"${sampleNie((run % 900) * 10_000 + Number(number))}"`)
  return { ...event, payload: { ...JSON.parse(text), campaign: 2026 } }
}

interface Stored {
  kind: string
  state: string
  employer: string | null
  record: unknown
  key: string
}

/** Every placement and authorisation of somebody that anything counts for. */
const storedOf = async (person: string): Promise<Stored[]> => {
  const rows = await t.house.database.query<{
    id: string
    kind: string
    version: number
    state: string
    employer: string | null
    personId: string
    body: Buffer
    wrappedKey: Buffer
    naturalKey: Buffer
    counting: number
  }>(sql`
    select s.id, s.kind, s.version, s.state, s.employer, s.person_id as "personId", r.body, p.wrapped_key as "wrappedKey", s.natural_key as "naturalKey",
      (select count(*)::int from authorization_event l where l.authorization_id = s.id and l.counts and not exists (
        select from authorization_event n where n.authorization_id = s.id and n.event_id = l.event_id and n.id > l.id)) as counting
    from subject s join record r on r.subject_id = s.id and r.version = s.version join person p on p.id = s.person_id
    join person_source o on o.person_id = p.id where o.source_hash = ${t.house.vault.hashes.sourceId('anapec', person)}`)
  return rows
    .map(row => {
      const place = { table: 'record', column: 'body', row: `${row.id} ${row.version}` }
      const { record, applied, waiting } = t.house.vault.openJson<Folded>(row, row.body, place)
      if (row.kind === 'authorization' && row.counting === 0) expect([record, applied, waiting]).toEqual([{}, [], []])
      const key = (cif: string) => t.house.vault.hashes.other('authorization', row.personId, cif)
      const of = row.kind === 'placement' ? '' : ([0, 1, 2].map(sampleCif).find(cif => key(cif).equals(row.naturalKey)) ?? 'nobody')
      return { kind: row.kind, state: row.state, employer: row.employer, record, key: of, counting: row.counting }
    })
    .filter(row => row.kind === 'placement' || row.counting > 0)
    .map(({ counting: _counting, ...row }) => row)
    .toSorted((a, b) => (`${a.kind} ${a.key}` < `${b.kind} ${b.key}` ? -1 : 1))
}

/** The same by the rules alone: the placement, then each employer's authorisation from the events that took effect under it. */
const expectedOf = (events: readonly FoldEvent[]): Stored[] => {
  const placement = fold('placement', events)
  const applied = placement.applied.map(id => events.find(event => event.id === id) as FoldEvent)
  const employers = employersOf(applied)
  const files = Map.groupBy(
    applied.filter(({ id }) => employers.has(id)),
    ({ id }) => employers.get(id) as string
  )
  const viewOf = (kind: 'placement' | 'authorization', key: string, { state, record }: Folded): Stored => ({
    ...{ kind, key, state, record },
    employer: clearColumns(record).employer
  })
  return [
    ...[...files]
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([cif, own]) =>
        viewOf(
          'authorization',
          cif,
          fold(
            'authorization',
            own.map(({ corrects: _corrects, ...event }) => event)
          )
        )
      ),
    viewOf('placement', '', placement)
  ]
}

const tell = async (person: string, events: readonly FoldEvent[]) => {
  const told = new Map<string, string>()
  const say = async ({ id, type, effectiveAt, payload, corrects }: FoldEvent) => {
    const patch = corrects === undefined ? payload : { ...payload, corrects: told.get(corrects) }
    const answer = await t.submit({ key: `${run} ${id}`, person, type, at: effectiveAt, payload: patch })
    if (answer.status !== 'accepted') throw new Error(`${type} was not accepted: ${JSON.stringify(answer)}`)
    told.set(id, answer.eventId)
  }
  // Nobody can correct what has not been told: a correction that came up too early follows what it corrects.
  const early = new Map<string, FoldEvent>()
  for (const event of events) {
    if (event.corrects !== undefined && !told.has(event.corrects)) early.set(event.corrects, event)
    else await say(event)
    const waiting = early.get(event.id)
    if (waiting !== undefined) await say(waiting)
  }
}

/** Lives in which more than one employer's authorisation was moved: without them the property would show nothing. */
let withTwoEmployers = 0

test('any order of arrival ends in the same placement and the same authorisation of each employer', { timeout: 60_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(arrivals, async ([life, order]) => {
      run += 1
      const events = new Map(life.map(event => [event.id, renamed(event)]))
      await tell(
        `somebody-${run}`,
        order.map(({ id }) => events.get(id) as FoldEvent)
      )
      const expected = expectedOf([...events.values()])
      expect(await storedOf(`somebody-${run}`)).toEqual(expected)
      if (expected.length > 2) withTwoEmployers += 1
    }),
    { numRuns: 16 }
  )
  expect(withTwoEmployers).toBeGreaterThan(5)
})

test('what was said of the wrong employer’s authorisation is taken back once the change of employer is heard of', async () => {
  run += 1
  const say = (id: string, type: EventType, day: string, payload: Record<string, unknown>): FoldEvent =>
    renamed({ id, type, effectiveAt: `2026-${day}T08:00:00Z`, payload })
  const life = [
    say('1', 'candidate.registered', '01-05', samplePayload('candidate.registered', 1)),
    say('2', 'candidate.preselected', '01-06', samplePayload('candidate.preselected', 1)),
    say('3', 'candidate.selected', '01-07', samplePayload('candidate.selected', 0)),
    say('4', 'contract.signed', '01-08', samplePayload('contract.signed', 1)),
    say('5', 'commitment.signed', '01-09', samplePayload('commitment.signed', 1)),
    say('6', 'authorization.requested', '01-10', samplePayload('authorization.requested', 1)),
    say('7', 'authorization.granted', '01-20', samplePayload('authorization.granted', 1)),
    ...(
      [
        'visa.lodged',
        'visa.issued',
        'documents.received',
        'summons.sent',
        'port.checked-in',
        'boarding.scanned',
        'border.admitted'
      ] as const
    ).map((type, i) => say(type, type, `01-2${i + 1}`, samplePayload(type, 1))),
    say('8', 'alta.registered', '02-04', samplePayload('alta.registered', 1)),
    say('9', 'alta.registered', '05-04', samplePayload('alta.registered', 2))
  ]
  const person = `somebody-${run}`
  const authorizations = async () =>
    (await storedOf(person)).flatMap(({ kind, key, state, record }) =>
      kind === 'authorization' ? [[key, state, (record as { stay?: { ccc: string } }).stay?.ccc]] : []
    )
  const cccOf = (variant: number) => (samplePayload('alta.registered', variant) as { stay: { ccc: string } }).stay.ccc
  await tell(person, life)
  expect(await authorizations()).toEqual([[sampleCif(0), 'ACTIVE', cccOf(2)]])
  const change = say('10', 'employer.changed', '05-01', samplePayload('employer.changed', 0))
  await t.submit({ key: `${run} 10`, person, type: change.type, at: change.effectiveAt, payload: change.payload })
  expect(await storedOf(person)).toEqual(expectedOf([...life, change]))
  expect(await authorizations()).toEqual([
    [sampleCif(0), 'ACTIVE', cccOf(1)],
    [sampleCif(1), 'NEW', undefined]
  ])
})
