// Whether somebody else than the demo put something into it: what a person pushed must not vanish with the next demo.
import { openDatabase, sql } from '../../store/database.ts'
import type { DemoState } from './state.ts'
import { clientNames } from './state.ts'

/** What others did: messages of theirs that were taken, and acts of an operator. */
export interface OthersWork {
  messages: number
  acts: number
}

const isMissing = (error: unknown): boolean => {
  for (let cause: unknown = error; cause instanceof Error; cause = cause.cause) {
    if (['3D000', '42P01'].includes((cause as NodeJS.ErrnoException).code ?? '')) return true
  }
  return false
}

/**
 * Counts in the demo's own database: messages of clients that are not the demo's, and of the demo's own after its campaign was done.
 * @returns null when its database is not on this server
 */
export const othersWorkIn = async (serverUrl: string, { database, finishedAt }: DemoState): Promise<OthersWork | null> => {
  const url = new URL(serverUrl)
  url.pathname = `/${database}`
  const db = openDatabase({ url: url.href, application: 'demo others', connectionsMax: 1 })
  try {
    const [row] = await db.query<OthersWork>(sql`
      select (select count(*)::int from seen s join client c on c.id = s.source
          where not (s.source = any(${[...clientNames]}::text[])) or s.received_at > ${finishedAt ?? null}::timestamptz) as messages,
        (select count(*)::int from audit where actor <> ${'demo'} and action <> ${'key.added'}) as acts`)
    return row ?? { messages: 0, acts: 0 }
  } catch (error) {
    if (isMissing(error)) return null
    throw error
  } finally {
    await db.close()
  }
}
