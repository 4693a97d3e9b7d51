// waits long: what was told and counts for nothing, since the event that it follows or corrects has not come within a week, becomes a case for a person.
import { openCases } from '../store/subjects.ts'
import { findWaitingLong, settleWaitedFor } from '../store/waits-long.ts'
import type { Gateway } from './gateway.ts'
import { newId } from './identifiers.ts'

const kind = 'waits-long'
/** As long as a sender may keep a SET before it sends it: until then the other one may still be on its way. */
const onItsWayMs = 7 * 24 * 3600 * 1000
const casesMax = 500

/** Opens a case for each event that has waited too long, once, and settles those of events that wait no more. @returns how many of each. */
export const tellWaitingLong = async (gateway: Gateway): Promise<{ opened: number; settled: number }> => {
  const now = gateway.clock.wall()
  const { database } = gateway
  const settled = await settleWaitedFor(database, kind, 'what it waited for has come', now)
  const waiting = await findWaitingLong(database, kind, new Date(now.getTime() - onItsWayMs), casesMax)
  const cases = waiting.map(({ subjectId, personId, eventId, type, source, receivedAt }) => ({
    ...{ id: newId(), kind, subjectId, personId, eventId },
    reason: `${type}, which ${source} told on ${receivedAt.toISOString().slice(0, 10)}, counts for nothing: what it follows or corrects has not come. Ask ${source} for it, or whether the number is right`
  }))
  const opened = cases.length === 0 ? [] : await openCases(database, cases)
  return { opened: opened.length, settled }
}
