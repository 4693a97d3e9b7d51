// A partner's address is judged twice: when it is set, and whenever a message would leave for it.
import { expect, test } from 'vitest'
import { changePartner, registerPartner } from '../../src/flow/administer.ts'
import { sql } from '../../src/store/database.ts'
import { referencePartner, testHouse, until } from '../support/house.ts'
import { registration } from '../support/people.ts'

const t = await testHouse()
const subscriptions = [{ type: 'candidate.registered' as const }]
const partner = await referencePartner(t, 'was-allowed', subscriptions)
/** The same rows, opened by a gateway to which nothing is allowed. */
const strict = await testHouse({ database: t.database, masterKey: t.masterKey, outboundAllow: [] })

const add = (id: string, endpoint: string) =>
  registerPartner(
    strict.house,
    { reason: 'test', id, name: id, adapter: 'reference', role: 'reference', settings: { endpoint }, subscriptions },
    'test'
  )

test.each([
  'http://partner.example.org/',
  'ftp://partner.example.org/',
  'file:///etc/passwd',
  'https://partner.example.org:8443/',
  'https://user:secret@partner.example.org/',
  'https://127.0.0.1/',
  'https://[::ffff:10.0.0.1]/',
  'https://169.254.169.254/latest',
  'https://localhost/',
  'https://printer/'
])('a partner at %s is refused when it is added, with what to do and without the address’s secrets', async endpoint => {
  const error = await add('refused', endpoint).catch(error => error)
  expect(error).toMatchObject({ name: 'DomainError', code: 'invalid' })
  expect(error.detail).toContain('OUTBOUND_ALLOW')
  expect(error.detail).not.toContain('secret')
  expect(strict.house.directory.partner('refused')).toBeUndefined()
})

test('a partner at a public address is taken, and cannot be moved inside afterwards', async () => {
  await add('public', 'https://partner.example.org/')
  await expect(
    changePartner(strict.house, 'public', { settings: { endpoint: 'https://10.0.0.1/' } }, 'test', 'moved')
  ).rejects.toMatchObject({
    code: 'invalid'
  })
  expect(strict.house.directory.partner('public')?.settings).toMatchObject({ endpoint: 'https://partner.example.org/' })
})

test('what is owed to an address that is not allowed any more does not leave, says why, and is tried again', async () => {
  await t.database.owner.query(sql`update partner set status = 'paused' where id = 'public'`)
  await strict.house.directory.refresh()
  await strict.startWorker()
  await strict.submit({ person: 'w-1', type: 'candidate.registered', at: '2026-01-10T09:00:00Z', payload: registration(1) })
  const [row] = await until('the attempt is settled', async () => {
    const rows = await t.database.owner.query<{ state: string; attempts: number; code: string | null }>(
      sql`select state, attempts, outcome_code as code from delivery where partner_id = 'was-allowed' and attempts > 0 and state = 'due'`
    )
    return rows.length > 0 && rows
  })
  expect(row).toMatchObject({ state: 'due', code: 'destination-refused' })
  expect(await partner.journal()).toEqual([])
})
