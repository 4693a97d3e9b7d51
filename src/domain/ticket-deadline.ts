// By when a partner that promised row answers must have given them, and when a person is warned that it has not.
import { dayIn } from './calendar.ts'
import { deadline } from './rules/deadlines.ts'

export interface TicketDeadline {
  warnAt: Date
  deadlineAt: Date
}

const dayMs = 86_400_000
/** Of the time that the partner has; of a month, the twentieth day. */
const warnAfterShare = 2 / 3

/**
 * All in campaign time. `dueAt` is when the partner said that the answers would be there: it always gets its days after that too.
 * `withinDays` is what was agreed with the partner; null for the dated rule `rowAnswers`.
 */
export const ticketDeadline = (openedAt: Date, dueAt: Date, withinDays: number | null): TicketDeadline => {
  const of = (start: Date): Date => (withinDays === null ? ruled(start) : new Date(start.getTime() + withinDays * dayMs))
  const first = of(openedAt)
  const deadlineAt = dueAt < first ? first : of(dueAt)
  const warnAt = new Date(openedAt.getTime() + Math.round((deadlineAt.getTime() - openedAt.getTime()) * warnAfterShare))
  return { warnAt: warnAt < dueAt ? new Date(Math.min(dueAt.getTime(), deadlineAt.getTime())) : warnAt, deadlineAt }
}

const ruled = (start: Date): Date => {
  const found = deadline('rowAnswers', dayIn('Europe/Madrid', start))
  if (found === undefined) throw new Error(`no edition of the deadline rowAnswers was in force on ${start.toISOString()}`)
  return found.endsAt
}
