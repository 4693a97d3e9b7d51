// Work over more rows than one statement should hold: page by page, each committed by itself. Whoever breaks off has done what he did, and the next goes on.

/** No table has as many pages: a page that finds the same rows again and again ends here. */
const pagesMax = 100_000

/**
 * Does pages until one is not full, or `signal` says stop.
 * @param page does at most so many and says how many that was
 * @returns how many were done
 */
export const byPages = async (
  page: (limit: number) => Promise<number>,
  { atOnce, signal }: { atOnce: number; signal?: AbortSignal | undefined }
): Promise<number> => {
  let done = 0
  for (let pages = 0; pages < pagesMax && signal?.aborted !== true; pages++) {
    const count = await page(atOnce)
    done += count
    if (count < atOnce) break
  }
  return done
}
