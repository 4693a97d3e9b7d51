// The two clocks. Wall time is for signatures, tokens, leases and back-off; campaign time for capacity weeks, deadlines, holidays and planned dates.

export interface Clock {
  wall(): Date
  campaign(): Date
}

/** Both clocks tell the machine's time. */
export const realClock: Clock = { wall: () => new Date(), campaign: () => new Date() }

/**
 * Campaign time runs `speed` times as fast as wall time and stands at `start` when wall time is `since`: a process that is started again with
 * the same `start` and `since` continues where the first one would be. Wall time is never changed. For the demo and for tests only: the roles
 * refuse it elsewhere.
 * @throws RangeError when the speed is not a positive number or a date is not one.
 */
export const scaledClock = (start: Date, speed: number, since: Date = new Date(), wall: () => Date = () => new Date()): Clock => {
  if (!(Number.isFinite(speed) && speed > 0)) throw new RangeError('The speed of campaign time must be a number above 0; 1 is real time.')
  if (Number.isNaN(start.getTime()) || Number.isNaN(since.getTime())) throw new RangeError('Campaign time must start at a valid date.')
  return { wall, campaign: () => new Date(start.getTime() + (wall().getTime() - since.getTime()) * speed) }
}
