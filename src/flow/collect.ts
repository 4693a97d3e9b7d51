// collect: fetches the row answers that a partner promised with a ticket, when they are due.
import { NotSent } from '../../adapters/contract.ts'
import { claimTickets, findTicket, overdueTickets, postponeTicket, warnOfTickets } from '../store/parcels.ts'
import type { Gateway } from './gateway.ts'
import { newUlid } from './identifiers.ts'
import { type JobQueues, queueOf } from './jobs.ts'
import { partnerContext } from './partner-context.ts'
import { receive } from './receive.ts'

const leaseMs = 60_000
const ticketsPerPassMax = 50

/** Campaign time between two tries to collect what is overdue: the partner was asked often enough, and a person is asking. */
const overdueEverySeconds = 86_400

/** Says once of each ticket that its deadline is near, and that it has passed. */
export const ageTickets = async (gateway: Gateway): Promise<void> => {
  const [campaign, now] = [gateway.clock.campaign(), gateway.clock.wall()]
  for (const { id, partnerId } of await overdueTickets(gateway.database, campaign, now))
    gateway.log('ticket.overdue', { partner: partnerId, ticket: id })
  for (const { id, partnerId } of await warnOfTickets(gateway.database, campaign, now))
    gateway.log('ticket.nearing', { partner: partnerId, ticket: id })
}

/** Hands due tickets to the queue. @returns how many. */
export const dispatchTickets = async (gateway: Gateway, queues: JobQueues): Promise<number> => {
  const now = gateway.clock.wall()
  const tickets = await claimTickets(gateway.database, gateway.clock.campaign(), now, new Date(now.getTime() + leaseMs), ticketsPerPassMax)
  for (const ticket of tickets) {
    const partner = gateway.directory.partner(ticket.partnerId)
    if (partner === undefined) continue
    await queues.add(queueOf(partner.code.name), [{ id: newUlid(now), data: { kind: 'collect', partner: partner.id, ticket: ticket.id } }])
  }
  return tickets.length
}

/** Collects one ticket: the answer enters as a message, or the partner says when to come again. */
export const collect = async (gateway: Gateway, queues: JobQueues, ticketId: string, signal: AbortSignal): Promise<void> => {
  const ticket = await findTicket(gateway.database, ticketId)
  const partner = ticket && gateway.directory.partner(ticket.partnerId)
  if (ticket === undefined || partner?.code.inbound?.collect === undefined) return
  const campaign = gateway.clock.campaign()
  const postpone = (seconds: number) =>
    postponeTicket(
      gateway.database,
      ticket.id,
      new Date(campaign.getTime() + (ticket.state === 'overdue' ? Math.max(seconds, overdueEverySeconds) : seconds) * 1000)
    )
  try {
    const context = partnerContext(gateway, partner, AbortSignal.any([signal, AbortSignal.timeout(45_000)]))
    const answer = await partner.code.inbound.collect(ticket.ticket, context)
    if ('retryAfterSeconds' in answer) {
      await postpone(answer.retryAfterSeconds)
      return
    }
    await receive(gateway, queues, partner, answer, { by: 'ticket', ticketId: ticket.id })
  } catch (error) {
    // Asking again is always safe; the lease keeps everyone away until then.
    if (ticket.state === 'overdue') await postpone(overdueEverySeconds)
    if (!(error instanceof NotSent)) gateway.failed('ticket.collected', error)
  }
}
