// Partners to whom nothing gets through: whose deliveries fail again and again and are tried later and later. Told by measurements, page, readiness and doctor alike.
import type { Failed } from '../store/standing.ts'

/** By the schedule of tries, five minutes: what fails less often mends itself. */
export const failedTriesMin = 3

/** One sentence for the operator, in its two halves: what is, and what to do. */
export const failingText = (
  { id, isStream }: { id: string; isStream: boolean },
  { count, tries, code, nextAt }: Omit<Failed, 'partnerId'>
): { says: string; toDo: string } => ({
  says: `nothing gets through to ${id}: ${tries} tries failed${code === null ? '' : `, the last with ${code}`}; ${count} ${count === 1 ? 'delivery is' : 'deliveries are'} tried again, the next at ${nextAt.toISOString()}`,
  toDo: `jisr doctor --ask-partners says whether it answers. When it is back, ${resumeCommand({ id, isStream })} tries all at once; what runs out of tries waits as dead`
})

export const resumeCommand = ({ id, isStream }: { id: string; isStream: boolean }): string =>
  `jisr ${isStream ? 'streams' : 'partners'} resume ${id} --reason "…"`
