// What a partner writes in a refusal may name the person: it stands nowhere in clear, and whoever may read it does.
import { beforeAll, expect, test } from 'vitest'
import type { Outcome, Parcel, ParcelRefused } from '../../adapters/contract.ts'
import { openStream } from '../../src/flow/administer.ts'
import { findWaiting } from '../../src/flow/attend.ts'
import { sql } from '../../src/store/database.ts'
import { scripted, scriptedPartner } from '../support/by-hand.ts'
import { tablesHolding } from '../support/canary.ts'
import { testGateway } from '../support/gateway.ts'
import { until } from '../support/house.ts'
import { registration } from '../support/people.ts'
import { type RestClient, restClient } from '../support/rest.ts'

const words = 'the passport AB7654321 of Mrs Ouazzani-Touhami has expired'
const secrets = ['AB7654321', 'Ouazzani', 'Touhami']

const clerk: Record<string, (parcel: Parcel) => readonly Outcome[] | ParcelRefused> = {
  'row-office': ({ rows }) => rows.map(() => ({ status: 'refused', code: 'P-7', reason: words })),
  'whole-office': () => ({ refused: 'parcel', code: 'Mrs Ouazzani', reason: words }),
  'waiting-office': ({ rows }) => rows.map(() => ({ status: 'deferred', retryAfterSeconds: 3_600, code: 'LATER', reason: words }))
}
const t = await testGateway({
  adapters: [
    scripted('clerk', { send: async (parcel, { partner }) => clerk[partner]?.(parcel) ?? { refused: 'parcel', code: 'X', reason: '' } })
  ]
})
const agency = await restClient(t, 'agency', ['set.push'])
const employer = await restClient(t, 'employer', ['set.push'], { role: 'employer' })
const subscriptions = [{ type: 'candidate.registered' as const }]
let reader: RestClient

beforeAll(async () => {
  for (const id of Object.keys(clerk)) await scriptedPartner(t, 'clerk', id, { subscriptions })
  reader = await restClient(t, 'reader', ['ssf.read'], { role: 'authority' })
  await openStream(
    t.house,
    {
      reason: 'test',
      id: 'stream',
      clientId: 'reader',
      role: 'reference',
      audience: 'reader',
      fields: ['person.name.latin'],
      subscriptions
    },
    'test'
  )
  for (const [i, source] of ['agency', 'employer'].entries())
    await t.submit({
      source,
      key: 'k-1',
      person: 'w-1',
      type: 'candidate.registered',
      at: '2026-01-10T09:00:00Z',
      payload: registration(i)
    })
  const { sets } = (await (await reader.post('/v1/streams/stream/poll', { returnImmediately: true })).json()) as { sets: object }
  const setErrs = Object.fromEntries(Object.keys(sets).map(jti => [jti, { err: 'Mrs Ouazzani', description: words }]))
  expect(Object.keys(setErrs)).toHaveLength(2)
  await reader.post('/v1/streams/stream/poll', { returnImmediately: true, setErrs })
})

interface Row {
  id: string
  partner: string
  state: string
  code: string
  reason: string
}
const spoken = () =>
  until('every partner has answered', async () => {
    const rows = await t.house.database.query<Row>(sql`
      select id, partner_id as partner, state, outcome_code as code, reason from delivery where reason_sealed is not null order by partner_id`)
    return rows.length === 8 && rows
  })
const statusOf = async (client: RestClient) => {
  await spoken()
  const { deliveries } = (await (await client.get('/v1/sets/k-1')).json()) as { deliveries: { partner: string }[] }
  return deliveries
}

test('in clear stand a text of ours and the code, if it is one', async () => {
  const rows = await spoken()
  expect([...new Set(rows.map(row => [row.partner, row.state, row.code].join(' ')))]).toEqual([
    'row-office refused P-7',
    'stream refused other',
    'waiting-office due LATER',
    'whole-office refused other'
  ])
  for (const { reason } of rows) expect(reason).toMatch(/^the partner .*; its own words are sealed$/)
})

test('no row of any table, the queue’s included, and no line of the log holds what they wrote', async () => {
  await spoken()
  expect(await tablesHolding(t.database.owner, secrets)).toMatchObject({ found: [] })
  for (const secret of secrets) expect(JSON.stringify(t.logs)).not.toContain(secret)
})

test('an operator reads it', async () => {
  const rows = await spoken()
  const shown = await findWaiting(t.house, rows.find(row => row.partner === 'row-office')?.id ?? '')
  expect(shown).toMatchObject({ state: 'refused', code: 'P-7', partnerSaid: { code: 'P-7', text: words } })
  const streamed = await findWaiting(t.house, rows.find(row => row.partner === 'stream')?.id ?? '')
  expect(streamed).toMatchObject({ code: 'other', partnerSaid: { code: 'Mrs Ouazzani', text: words } })
})

test('the agency that told the fact reads why it was refused', async () => {
  expect(await statusOf(agency)).toMatchObject([
    { partner: 'row-office', state: 'refused', code: 'P-7', partnerSaid: { code: 'P-7', text: words } },
    { partner: 'stream', state: 'refused', code: 'other', partnerSaid: { code: 'Mrs Ouazzani', text: words } },
    { partner: 'waiting-office', state: 'due' },
    { partner: 'whole-office', state: 'refused', code: 'other' }
  ])
})

test('an employer that told it learns that it was refused, and not why', async () => {
  const deliveries = await statusOf(employer)
  expect(deliveries).toMatchObject([{ state: 'refused', code: 'P-7' }, { state: 'refused' }, { state: 'due' }, { state: 'refused' }])
  expect(JSON.stringify(deliveries)).not.toMatch(/partnerSaid|Ouazzani|AB7654321/)
})

test('once the person is erased nothing of it opens', async () => {
  const rows = await spoken()
  await t.database.owner.query(sql`update person set wrapped_key = null, erased_at = now()`)
  for (const { id } of rows.filter(row => row.state === 'refused')) expect((await findWaiting(t.house, id)).partnerSaid).toBeNull()
  expect(JSON.stringify(await statusOf(agency))).not.toContain('partnerSaid')
})
