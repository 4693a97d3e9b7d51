// Acts of the audit end after their time, by the owner's hand alone, and leave a word of it.
import { expect, test } from 'vitest'
import { actsOver, auditRules, type RetentionRule } from '../../src/domain/rules/retention.ts'
import { forgetActs } from '../../src/store/audit.ts'
import { sql } from '../../src/store/database.ts'
import { freshDatabase } from '../support/database.ts'

const { db, owner } = await freshDatabase()
const act = (about: string, at: string) =>
  owner.query(
    sql`insert into audit (actor, action, about, reason, at) values ('amal', 'client.added', ${about}, 'agreed', ${at}::timestamptz)`
  )
const left = async () => (await owner.query<{ about: string }>(sql`select about from audit order by id`)).map(row => row.about)

test('an act goes when it is five years old and a day, not a moment earlier, and that it went is an act itself', async () => {
  await act('old', '2026-03-01T12:00:00Z')
  await act('last of its day', '2026-03-31T23:59:59.999Z')
  await act('kept', '2026-04-01T00:00:00Z')
  const on = async (day: string) => {
    let forgotten = 0
    for (const over of actsOver(day)) forgotten += await forgetActs(owner, over)
    return forgotten
  }
  expect(await on('2031-03-01')).toBe(0)
  expect(await left()).toEqual(['old', 'last of its day', 'kept'])
  expect(await on('2031-04-01')).toBe(2)
  expect(await left()).toEqual(['kept', 'audit'])
  expect(await owner.query(sql`select actor, action, reason from audit where about = 'audit'`)).toEqual([
    { actor: 'jisr', action: 'audit.forgotten', reason: 'retention rule P8: acts before 2026-04-01' }
  ])
  expect(await on('2031-04-01')).toBe(0)
  expect(await left()).toEqual(['kept', 'audit'])
})

test('the application’s role can forget none', async () => {
  await act('mine', '2000-01-01T00:00:00Z')
  await expect(forgetActs(db, { rule: 'P8', from: null, before: '2030-01-01' })).rejects.toMatchObject({ code: '42501' })
  expect(await left()).toContain('mine')
})

test('of two editions each rules over the acts of its own days', () => {
  const [first] = auditRules as [RetentionRule]
  const editions = [
    { ...first, validTo: '2027-12-31' },
    { ...first, id: 'P8-longer', validFrom: '2028-01-01', months: 120 }
  ]
  expect(actsOver('2031-06-01', editions)).toEqual([
    { rule: 'P8', from: null, before: '2026-06-01' },
    { rule: 'P8-longer', from: '2028-01-01', before: '2021-06-01' }
  ])
  expect(actsOver('2040-06-01', editions)).toEqual([
    { rule: 'P8', from: null, before: '2028-01-01' },
    { rule: 'P8-longer', from: '2028-01-01', before: '2030-06-01' }
  ])
})
