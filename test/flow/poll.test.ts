// Partners that do not push are looked at: what they have comes in once, and the cursor with it.
import { expect, test } from 'vitest'
import type { Adapter } from '../../adapters/contract.ts'
import { reference } from '../../adapters/reference/index.ts'
import { sql } from '../../src/store/database.ts'
import { referencePartner, testHouse, until } from '../support/house.ts'
import { registration } from '../support/people.ts'

const inbound = reference.inbound as NonNullable<typeof reference.inbound>
const poll = inbound.poll as NonNullable<typeof inbound.poll>
let spoilt: string | null = null
const polled: typeof poll = async (cursor, context) => {
  const found = await poll(cursor, context)
  return spoilt === null ? found : { ...found, cursor: spoilt }
}
const t = await testHouse({ adapters: [{ ...reference, inbound: { ...inbound, poll: polled } } as Adapter] })
const partner = await referencePartner(t, 'partner-polled', [{ type: 'candidate.registered' }], { pollEverySeconds: 1 })
await t.startWorker()

const push = (rows: unknown[]) => fetch(`${partner.sandbox.url}/__sandbox/push`, { method: 'POST', body: JSON.stringify({ rows }) })

const row = (delivery: string, key: string) => ({
  key,
  fact: 'candidate.preselected',
  about: { delivery },
  at: '2026-01-14T10:00:00+01:00',
  patch: { registration: { agency: 'ANP-KEN-01' } }
})

test('what waits in a partner’s outbox comes in once, row by row, and the cursor stands behind it', async () => {
  await t.submit({ person: 'w-1', type: 'candidate.registered', at: '2026-01-10T09:00:00Z', payload: registration(1) })
  const [delivery] = await until('the registration is delivered', async () => {
    const rows = await t.house.database.query<{ id: string }>(sql`select id from delivery where state = 'accepted'`)
    return rows.length > 0 && rows
  })
  await push([row(delivery?.id as string, 'k-1'), row('nobody', 'k-2')])
  const [state] = await until('the message is interpreted', async () => {
    const rows = await t.house.database.query<{ state: string }>(sql`select state from inbox where state <> 'received'`)
    return rows.length > 0 && rows
  })
  expect(state?.state).toBe('interpreted')
  expect(await t.house.database.query(sql`select type from event where source = 'partner-polled'`)).toEqual([
    { type: 'candidate.preselected' }
  ])
  expect(await t.house.database.query(sql`select code, row from quarantine`)).toEqual([{ code: 'unknown-reference', row: 1 }])
  expect(await t.house.database.query(sql`select cursor from poll_cursor where partner_id = 'partner-polled'`)).toEqual([{ cursor: '1' }])
})

test('a second message comes in behind the first, which is not read again', async () => {
  const [delivery] = await t.house.database.query<{ id: string }>(sql`select id from delivery where state = 'accepted'`)
  await push([row(delivery?.id as string, 'k-3')])
  await until('the second message is stored', async () => {
    const rows = await t.house.database.query(sql`select id from inbox`)
    return rows.length === 2
  })
  expect(await t.house.database.query(sql`select cursor from poll_cursor`)).toEqual([{ cursor: '2' }])
})

test('what comes with a cursor that cannot be kept is kept once all the same, the fault is told, and the last good cursor stands', async () => {
  const [delivery] = await t.house.database.query<{ id: string }>(sql`select id from delivery where state = 'accepted'`)
  const cursorBefore = await t.house.database.query(sql`select cursor from poll_cursor`)
  const failuresBefore = t.failures.length
  spoilt = 'a\0b'
  await push([row(delivery?.id as string, 'k-nul')])
  await until('it is told twice', async () => t.failures.length >= failuresBefore + 2)
  spoilt = null
  expect(await t.house.database.query(sql`select cursor from poll_cursor`)).toEqual(cursorBefore)
  await until('the cursor moves on', async () => {
    const [now] = await t.house.database.query<{ cursor: string }>(sql`select cursor from poll_cursor`)
    return now?.cursor === '3'
  })
  expect(await t.house.database.query(sql`select id from inbox`)).toHaveLength(3)
})

test('a partner that signs with another key is not believed, and is asked again', async () => {
  await partner.misbehave({ mode: 'bad-signature', times: 2 })
  await until('the refusal is reported', async () => t.failures.length > 0)
  const before = t.logs.filter(({ station }) => station === 'partner.polled').length
  const [delivery] = await t.house.database.query<{ id: string }>(sql`select id from delivery where state = 'accepted'`)
  await partner.misbehave({ mode: 'none' })
  await push([row(delivery?.id as string, 'k-4')])
  await until('polling goes on', async () => t.logs.filter(({ station }) => station === 'partner.polled').length > before)
})
