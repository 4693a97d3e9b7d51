// try all now: a partner is back, and what waits hours for its next try goes at once.
import { wake } from '../store/deliveries.ts'
import { tryNow } from '../store/tries.ts'
import type { Gateway } from './gateway.ts'

const triedAtOnce = 1_000

/**
 * Page by page, each committed: where it is interrupted, what was reached has begun to leave, the rest waits for its own time, and another resume goes on with it.
 * @returns how many
 */
export const tryAllNow = async ({ database, clock }: Gateway, id: string): Promise<number> => {
  const now = clock.wall()
  let tried = 0
  // What fails again meanwhile stands behind: each is looked at once.
  for (let after = 0; ; ) {
    const moved = await tryNow(database, id, now, after, triedAtOnce)
    tried += moved.length
    if (moved.length < triedAtOnce) return tried
    after = Math.max(...moved)
    await database.query(wake)
  }
}
