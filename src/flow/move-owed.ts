// move owed: what is owed to a stream follows its status, page by page. Disabled, it is parked; enabled again, it is owed again; deleted, it is discarded. Nothing leaves
// meanwhile that should not: the status itself decides that, and of what is half moved the lanes keep the order.
import { wake } from '../store/deliveries.ts'
import { discardOwed, lockStream, parkOwed, streamsToMove, unparkOwed } from '../store/managed-streams.ts'
import { byPages } from './by-pages.ts'
import type { Gateway } from './gateway.ts'

const atOnce = 1_000
/** Whoever changes a status waits for so many; the worker's sweep does the rest. */
const meanwhileMax = 5_000

/** Moves what is owed to a stream. Whoever changed its status back meanwhile is heeded by the next page. @returns how many */
export const moveOwed = async (
  { database, clock }: Pick<Gateway, 'database' | 'clock'>,
  id: string,
  { most = Number.POSITIVE_INFINITY, signal }: { most?: number; signal?: AbortSignal } = {}
): Promise<number> => {
  let left = most
  const moved = await byPages(
    async limit => {
      const page = Math.min(limit, left)
      if (page === 0) return 0
      const count = await database.transaction(
        async tx => {
          const stream = await lockStream(tx, id)
          if (stream === undefined) return 0
          if (stream.status !== 'disabled') return unparkOwed(tx, id, page)
          return stream.clientId === null ? discardOwed(tx, id, clock.wall(), page) : parkOwed(tx, id, page)
        },
        { retry: true }
      )
      left -= count
      return count
    },
    { atOnce, signal }
  )
  if (moved > 0) await database.query(wake)
  return moved
}

/** As far as whoever asked for it can wait. */
export const moveSomeOwed = (gateway: Gateway, id: string): Promise<number> => moveOwed(gateway, id, { most: meanwhileMax })

/** Goes on where somebody who changed a status ended. @returns how many */
export const moveAllOwed = async (gateway: Gateway, signal: AbortSignal): Promise<number> => {
  let moved = 0
  for (const id of await streamsToMove(gateway.database)) moved += await moveOwed(gateway, id, { signal })
  return moved
}
