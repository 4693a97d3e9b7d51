// poll: looks for messages at partners that do not push, and stores what it finds together with where to go on.
import type { Message } from '../../adapters/contract.ts'
import { NotAuthentic } from '../../adapters/contract.ts'
import { readCursor, storeCursor } from '../store/inbox.ts'
import type { Partner } from './directory.ts'
import type { Gateway } from './gateway.ts'
import { newId, newUlid } from './identifiers.ts'
import { inboxQueue, type JobQueues } from './jobs.ts'
import { partnerContext } from './partner-context.ts'
import { storeMessage } from './receive.ts'

export interface Polls {
  /** Polls every partner whose time has come, each at most once at a time over all processes. What one throws does not stop the others. */
  pollDue(signal: AbortSignal): Promise<void>
}

/** A partner with more waiting is asked again at once, so many times. */
const roundsMax = 20
const timeoutMs = 45_000

/** Keeps in memory only when a partner was last polled: another process may poll it too, and the cursor row decides. */
export const openPolls = (gateway: Gateway, queues: JobQueues): Polls => {
  const polledAt = new Map<string, number>()
  return {
    pollDue: async signal => {
      const now = gateway.clock.wall().getTime()
      const due = gateway.directory.partners().filter(partner => {
        const everySeconds = partner.status === 'active' ? (partner.code.inbound?.pollEverySeconds?.(partner.settings) ?? null) : null
        return everySeconds !== null && now - (polledAt.get(partner.id) ?? 0) >= everySeconds * 1000
      })
      await Promise.all(
        due.map(async partner => {
          polledAt.set(partner.id, now)
          await pollPartner(gateway, queues, partner, signal).catch(error => gateway.failed('partner.polled', error))
        })
      )
    }
  }
}

/** Polls one partner until nothing more waits. @throws what the adapter throws; what was stored before stays, and the cursor with it. */
export const pollPartner = async (gateway: Gateway, queues: JobQueues, partner: Partner, signal: AbortSignal): Promise<void> => {
  const { inbound } = partner.code
  if (inbound?.poll === undefined) return
  await gateway.database.lock(`poll ${partner.id}`, async () => {
    for (let round = 0; round < roundsMax && !signal.aborted; round++) {
      const context = partnerContext(gateway, partner, AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]))
      const cursor = await readCursor(gateway.database, partner.id)
      const found = await inbound.poll?.(cursor, context)
      if (found === undefined || found.messages.length === 0) return
      await storeFound(gateway, queues, partner, found)
    }
  })
}

/** Messages and cursor in one transaction. One that is not the partner's is left out and reported: the cursor must not stand still for it. */
const storeFound = async (
  gateway: Gateway,
  queues: JobQueues,
  partner: Partner,
  found: { messages: readonly Message[]; cursor: string }
): Promise<void> => {
  const context = partnerContext(gateway, partner, AbortSignal.timeout(timeoutMs))
  const authentic: { id: string; message: Message }[] = []
  for (const message of found.messages) {
    try {
      const verified = await partner.code.inbound?.authenticate(message, context)
      if (verified !== undefined) authentic.push({ id: newId(), message: verified.message })
    } catch (error) {
      if (!(error instanceof NotAuthentic)) throw error
      gateway.failed('partner.polled', error)
    }
  }
  const now = gateway.clock.wall()
  const stored = await gateway.database.transaction(
    async tx => {
      const fresh: string[] = []
      for (const { id, message } of authentic) {
        if ((await storeMessage(gateway, tx, partner, { id, message, ticketId: null, now })) === 'stored') fresh.push(id)
      }
      if (isKeepable(found.cursor)) await storeCursor(tx, partner.id, found.cursor)
      return fresh
    },
    { retry: true }
  )
  await queues.add(
    inboxQueue,
    stored.map(inbox => ({ id: newUlid(now), data: { kind: 'interpret', inbox } }))
  )
  gateway.log('partner.polled', { partner: partner.id, messages: found.messages.length, stored: stored.length })
  if (!isKeepable(found.cursor))
    throw new Error(
      `${partner.id} gave a cursor that cannot be kept (empty, over 4,096 characters, or with a NUL): it is polled from the last one`
    )
}

/** PostgreSQL keeps no NUL in a text. What came with the cursor is kept all the same; polled again, it is known for a repeat. */
const isKeepable = (cursor: string): boolean => cursor.length > 0 && cursor.length <= 4_096 && !cursor.includes('\0')
