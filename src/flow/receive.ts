// receive: stores what a partner sent, verbatim and once, after checking that the partner sent it.
import type { Message, Verified } from '../../adapters/contract.ts'
import { DomainError } from '../domain/errors.ts'
import type { Tx } from '../store/database.ts'
import { insertInbox } from '../store/inbox.ts'
import { closeTicket } from '../store/parcels.ts'
import { seal } from '../trust/seal.ts'
import type { Partner } from './directory.ts'
import type { Gateway } from './gateway.ts'
import { newId, newUlid } from './identifiers.ts'
import { inboxQueue, type JobQueues } from './jobs.ts'
import { openLedgerPage } from './ledger-page.ts'
import { partnerContext } from './partner-context.ts'

/** How a message came to us, and what must be stored with it. */
export type Arrival = { by: 'push'; authentic?: () => void } | { by: 'ticket'; ticketId: string }

/**
 * Takes one message of a partner in. After it returns the message is stored, or was before.
 * @throws NotAuthentic when it is not the partner's; DomainError when the partner may not send, the adapter takes nothing in, or (pushed) the evidence
 * log is behind.
 */
export const receive = async (
  gateway: Gateway,
  queues: JobQueues,
  partner: Partner,
  message: Message,
  arrival: Arrival
): Promise<'stored' | 'repeated'> => {
  const { inbound } = partner.code
  if (inbound === undefined) throw new DomainError('not-found', `${partner.id} does not send messages to this gateway`)
  if (partner.status === 'disabled') throw new DomainError('forbidden', `${partner.id} is disabled; ask the operator`)
  // Answers that we fetch ourselves wait for no one: they are stored as they were promised.
  if (arrival.by === 'push') await gateway.ledger.assertInTime()
  const context = partnerContext(gateway, partner, AbortSignal.timeout(15_000))
  // As authenticated: the id that the partner signed, not one that a stranger could vary.
  const { message: authentic } = await inbound.authenticate(message, context)
  if (arrival.by === 'push') arrival.authentic?.()
  const id = newId()
  const now = gateway.clock.wall()
  const answer = await gateway.database.transaction(
    async tx => {
      if (arrival.by === 'ticket') await closeTicket(tx, arrival.ticketId, now)
      return storeMessage(gateway, tx, partner, {
        id,
        message: authentic,
        ticketId: arrival.by === 'ticket' ? arrival.ticketId : null,
        now
      })
    },
    { retry: true }
  )
  if (answer === 'stored') await queues.add(inboxQueue, [{ id: newUlid(now), data: { kind: 'interpret', inbox: id } }])
  gateway.log('message.received', { partner: partner.id, inbox: id, by: arrival.by, answer, bytes: message.body.length })
  return answer
}

/** Stores an authenticated message, sealed under a key of its own: whose data it holds is known only after reading it. */
export const storeMessage = async (
  gateway: Gateway,
  tx: Tx,
  partner: Partner,
  { id, message, ticketId, now }: { id: string; message: Message; ticketId: string | null; now: Date }
): Promise<'stored' | 'repeated'> => {
  const { key, wrappedKey } = gateway.vault.newMessageKey(id)
  const text = JSON.stringify(message)
  const answer = await insertInbox(tx, {
    id,
    partnerId: partner.id,
    messageHash: gateway.vault.hashes.messageKey(partner.id, message.id),
    wrappedKey,
    body: seal(key, text, { table: 'inbox', column: 'body', row: id }),
    ticketId,
    receivedAt: now
  })
  if (answer === 'stored') {
    const page = openLedgerPage(gateway, tx)
    page.commit('received', { messageKey: key }, partner.id, id, text)
    await page.write()
  }
  return answer
}

/** The message again, as it was authenticated when it came; its key may have been replaced since. */
export const reopenMessage = async (gateway: Gateway, partner: Partner, message: Message): Promise<Verified> => {
  const { inbound } = partner.code
  if (inbound === undefined) throw new Error(`${partner.id} has messages in the inbox and an adapter that reads none`)
  const context = partnerContext(gateway, partner, AbortSignal.timeout(15_000))
  return inbound.reopen === undefined ? inbound.authenticate(message, context) : inbound.reopen(message, partner.settings)
}
