// Weekly places of a shared quota: the week is opened with its quota when first asked for.
import { quotaWithCarryOver } from '../domain/capacity.ts'
import { openWeek, readCapacity, readWeek, readWeekBefore } from '../store/capacity.ts'
import type { Tx } from '../store/database.ts'

/** The quota and use of an ISO week. @throws Error when the capacity does not exist. */
export const openedWeek = async (tx: Tx, capacityId: string, week: string): Promise<{ quota: number; used: number }> => {
  const known = await readWeek(tx, capacityId, week)
  if (known !== undefined) return known
  const capacity = await readCapacity(tx, capacityId)
  if (capacity === undefined) throw new Error(`the capacity ${capacityId} does not exist; add it before a partner uses it`)
  const before = await readWeekBefore(tx, capacityId, week)
  await openWeek(tx, capacityId, week, quotaWithCarryOver(week, capacity, before === undefined ? 0 : before.quota - before.used))
  return (await readWeek(tx, capacityId, week)) ?? { quota: 0, used: 0 }
}
