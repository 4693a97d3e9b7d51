// Facts that are told before they can have happened: a partner's slip of a month or a year would rule its record until that day.
import { type EventType, eventTable } from '../../schemas/event.ts'

const dayMs = 24 * 3600 * 1000

/** Whether it takes effect more than a day after campaign time: less is another zone's day, or a clock that is ahead. */
export const isNotYet = (type: EventType, effectiveAt: Date, campaign: Date): boolean =>
  !('toldAhead' in eventTable[type]) && effectiveAt.getTime() > campaign.getTime() + dayMs
