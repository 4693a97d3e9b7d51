// Row answers that were promised and do not come: somebody is warned, then told, and the partner is asked on, at a slower pace.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Adapter, Inbound, Message, Outcome, Parcel } from '../../adapters/contract.ts'
import { ticketDeadline } from '../../src/domain/ticket-deadline.ts'
import { findWaiting, listWaitingForPerson, settleAs } from '../../src/flow/attend.ts'
import { ageTickets, dispatchTickets } from '../../src/flow/collect.ts'
import { readStanding } from '../../src/flow/standing.ts'
import { sql } from '../../src/store/database.ts'
import { byHand, handClock, scripted, scriptedPartner } from '../support/by-hand.ts'
import { testHouse } from '../support/house.ts'
import { registration } from '../support/people.ts'

const dayMs = 86_400_000
const start = new Date('2026-02-02T08:00:00Z')
const clock = handClock(start)
let answer: () => Promise<Message | { retryAfterSeconds: number }> = async () => ({ retryAfterSeconds: 60 })
let collected = 0
const promising = (name: string, answersWithinDays: number | null): Adapter => {
  const adapter = scripted(name, {
    send: async (parcel: Parcel): Promise<Outcome[]> =>
      parcel.rows.map(() => ({ status: 'accepted', receipt: 'R', collect: { ticket: parcel.id, afterSeconds: 3_600 } }))
  })
  const inbound: Inbound = {
    ...(adapter.inbound as Inbound),
    collect: async () => {
      collected += 1
      return answer()
    },
    authenticate: async message => ({ message, content: {} }),
    map: () => [],
    answersWithinDays: () => answersWithinDays
  }
  return { ...adapter, inbound }
}
const t = await testHouse({ clock, adapters: [promising('ministry', null), promising('agreed', 9)] })
const hand = byHand(t, clock)
const subscriptions = [{ type: 'candidate.registered' as const }]

interface TicketView {
  id: string
  state: string
  deadline: Date
  due: Date
}
const ticketOf = async (partner: string): Promise<TicketView> => {
  const [row] = await t.house.database.query<TicketView>(
    sql`select id, state, deadline_at as deadline, due_at as due from ticket where partner_id = ${partner}`
  )
  if (row === undefined) throw new Error(`${partner} gave no ticket`)
  return row
}
const promised = async (adapter: string, id: string, n: number) => {
  await t.database.owner.query(sql`update partner set status = 'disabled'`)
  await scriptedPartner(t, adapter, id, { subscriptions })
  await t.submit({ person: id, type: 'candidate.registered', at: '2026-01-10T09:00:00Z', payload: registration(n) })
  await hand.run()
  return ticketOf(id)
}
/** What the worker does every second: ages, then fetches what is due. */
const turn = async () => {
  clock.advance(61_000)
  await ageTickets(t.house)
  await dispatchTickets(t.house, hand.queues)
  await hand.work()
}
const said = (station: string, ticket: string) => t.logs.filter(line => line.station === station && line.fields.ticket === ticket).length

test('a month without an answer: a warning on the way, then overdue, shown, counted and still fetched once a day', async () => {
  const { id, deadline } = await promised('ministry', 'silent', 1)
  expect(deadline.toISOString()).toBe('2026-03-02T22:59:59.999Z')
  await turn()
  expect(await listWaitingForPerson(t.house, { kind: 'ticket', limit: 10 })).toEqual([])

  clock.advanceCampaign(20 * dayMs)
  await turn()
  await turn()
  expect(await findWaiting(t.house, id)).toMatchObject({ kind: 'ticket', state: 'nearing', partnerId: 'silent', behind: 1 })
  expect([said('ticket.nearing', id), said('ticket.overdue', id)]).toEqual([1, 0])

  clock.advanceCampaign(10 * dayMs)
  await turn()
  await turn()
  expect(await findWaiting(t.house, id)).toMatchObject({ kind: 'ticket', state: 'overdue', reason: expect.stringContaining('passed') })
  expect(said('ticket.overdue', id)).toBe(1)
  const standing = await readStanding(t.house, async () => null)
  expect(standing.waitingGroups).toMatchObject([{ kind: 'ticket', state: 'overdue', partnerId: 'silent', count: 1 }])
  expect(standing.partners.find(partner => partner.id === 'silent')?.tickets).toEqual({ open: 0, overdue: 1 })

  collected = 0
  for (let hour = 0; hour < 48; hour++) {
    await turn()
    clock.advanceCampaign(3_600_000)
  }
  expect(collected).toBeGreaterThanOrEqual(1)
  expect(collected).toBeLessThanOrEqual(3)
})

test('an answer that comes late after all closes the ticket, and nobody has to do anything', async () => {
  const { id } = await ticketOf('silent')
  answer = async () => ({ id: 'late answer', contentType: 'text/plain', headers: {}, body: 'x' })
  clock.advanceCampaign(2 * dayMs)
  await turn()
  expect(await ticketOf('silent')).toMatchObject({ state: 'collected' })
  await expect(findWaiting(t.house, id)).rejects.toThrow('nothing that waits')
  answer = async () => ({ retryAfterSeconds: 60 })
})

test('days that were agreed with the partner count instead of the month, and a person settles what came by another way', async () => {
  const { id, deadline } = await promised('agreed', 'agreed-office', 2)
  expect(Math.round((deadline.getTime() - clock.campaign().getTime()) / dayMs)).toBe(9)
  clock.advanceCampaign(10 * dayMs)
  await turn()
  expect(await ticketOf('agreed-office')).toMatchObject({ state: 'overdue' })
  await settleAs(t.house, id, 'settled', 'omar', 'came by post')
  collected = 0
  clock.advanceCampaign(3 * dayMs)
  await turn()
  expect([await listWaitingForPerson(t.house, { kind: 'ticket', limit: 10 }), collected]).toEqual([[], 0])
})

test('a partner that is away when an overdue answer is fetched is not asked again before a day has passed', async () => {
  await promised('agreed', 'away-office', 3)
  clock.advanceCampaign(10 * dayMs)
  await ageTickets(t.house)
  answer = () => Promise.reject(new Error('reset'))
  collected = 0
  for (let i = 0; i < 5; i++) await turn()
  expect(collected).toBe(1)
})

test('the deadline is never before the partner’s own word, and the warning lies between', () => {
  const instant = fc.date({ min: new Date('2012-01-01'), max: new Date('2090-01-01'), noInvalidDate: true })
  const waits = fc.integer({ min: 0, max: 400 * 86_400 })
  fc.assert(
    fc.property(instant, waits, fc.option(fc.integer({ min: 1, max: 366 })), (openedAt, seconds, withinDays) => {
      const dueAt = new Date(openedAt.getTime() + seconds * 1_000)
      const { warnAt, deadlineAt } = ticketDeadline(openedAt, dueAt, withinDays)
      expect(deadlineAt.getTime()).toBeGreaterThan(dueAt.getTime())
      expect(warnAt.getTime()).toBeGreaterThanOrEqual(dueAt.getTime())
      expect(warnAt.getTime()).toBeLessThanOrEqual(deadlineAt.getTime())
    })
  )
})
