// redeliver a group: all deliveries to one partner that stopped alike, once the reason is mended at the partner.
import { DomainError } from '../domain/errors.ts'
import { type StoppedAlike, stoppedAlike } from '../store/attention.ts'
import { findPartner } from '../store/parties.ts'
import { redeliverByHand } from './attend.ts'
import type { Gateway } from './gateway.ts'

const atOnce = 500

/**
 * Sends every delivery of the group again, in the order of its lane, each with its own line in the audit. Broken off, the same command goes on with the
 * rest. One that its partner refuses anew meanwhile is not sent a third time.
 * @returns how many go out again, and how many had been dealt with by somebody else meanwhile
 * @throws DomainError `not-found` when there is no such partner; what the database says when it is away, with how many were done
 */
export const redeliverGroup = async (
  gateway: Gateway,
  group: StoppedAlike,
  actor: string,
  reason: string
): Promise<{ sent: number; gone: number }> => {
  if ((await findPartner(gateway.database, group.partnerId)) === undefined)
    throw new DomainError('not-found', `there is no partner ${group.partnerId}: see jisr partners list and jisr streams list`)
  let [sent, gone, after] = [0, 0, 0]
  for (;;) {
    const page = await stoppedAlike(gateway.database, group, after, atOnce)
    for (const { id, position } of page) {
      try {
        await redeliverByHand(gateway, id, actor, reason)
        sent += 1
      } catch (error) {
        if (!(error instanceof DomainError)) throw error
        if (error.code !== 'not-found')
          throw new DomainError(error.code, `${error.detail} (${sent} go out again; repeat the command for the rest)`)
        gone += 1
      }
      after = position
    }
    if (page.length < atOnce) return { sent, gone }
  }
}
