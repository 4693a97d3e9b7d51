// drop what was made and never left: documents of parcels that were not sent, once they are as old as a copy may be.
import { dropUnsent } from '../store/documents.ts'
import type { Gateway } from './gateway.ts'

const atOnce = 1_000
const firstId = '00000000-0000-0000-0000-000000000000'

/**
 * Goes on where it ended last: what was looked at once is in the log, or gone. Ids of documents are in the order of their time, so each pass reads a day's and no more.
 * @returns a function that drops what is of before a moment, and says how many that was
 */
export const openDropUnsent = ({ database }: Gateway): ((before: Date, signal?: AbortSignal) => Promise<number>) => {
  let after = firstId
  return async (before, signal) => {
    for (let dropped = 0; ; ) {
      if (signal?.aborted === true) return dropped
      const page = await database.transaction(tx => dropUnsent(tx, before, after, atOnce))
      dropped += page.dropped
      after = page.last ?? after
      if (page.seen < atOnce) return dropped
    }
  }
}
