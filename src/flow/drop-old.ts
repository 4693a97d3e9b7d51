// drop old: what is past its time and about nobody that we know of goes, page by page: tokens and answers that serve no more, whole messages, what was asked, rows of
// nobody, what was refused, documents that never left.
import { transportDays } from '../domain/rules/retention.ts'
import { dropOldRows } from '../store/documents.ts'
import { forgetOnce } from '../store/idempotency.ts'
import { dropOldMessages } from '../store/inbox.ts'
import { dropOldInquiries } from '../store/inquiries.ts'
import { forgetInvitations } from '../store/invitations.ts'
import { forgetExpired } from '../store/keys.ts'
import { dropOldNotAdmitted } from '../store/not-admitted.ts'
import { byPages } from './by-pages.ts'
import { skewMaxMs } from './doubted-time.ts'
import { openDropUnsent } from './drop-unsent.ts'
import type { Gateway } from './gateway.ts'
import { keptForMs } from './once.ts'

const keptMs = transportDays * 86_400_000
/** Each machine may be half a minute from the database: another, that is behind, still takes an assertion whose time is over here. */
const clocksApartMs = 2 * skewMaxMs
const atOnce = 1_000
/** Each may hold a thousand questions. */
const inquiriesAtOnce = 20

/** @returns a function that drops what is past its time at that moment, until `signal` says stop */
export const openDropOld = (gateway: Gateway): ((now: Date, signal: AbortSignal) => Promise<void>) => {
  const { database } = gateway
  const dropUnsent = openDropUnsent(gateway)
  return async (now, signal) => {
    const before = new Date(now.getTime() - keptMs)
    const once = new Date(now.getTime() - keptForMs)
    await forgetInvitations(database, now)
    const spent = new Date(now.getTime() - clocksApartMs)
    await byPages(limit => forgetExpired(database, spent, limit), { atOnce, signal })
    await byPages(limit => forgetOnce(database, once, limit), { atOnce, signal })
    await byPages(limit => dropOldMessages(database, before, limit), { atOnce, signal })
    await byPages(limit => dropOldNotAdmitted(database, before, limit), { atOnce, signal })
    await byPages(limit => dropOldInquiries(database, before, limit), { atOnce: inquiriesAtOnce, signal })
    await byPages(limit => dropOldRows(database, before, limit), { atOnce, signal })
    await dropUnsent(before, signal)
  }
}
