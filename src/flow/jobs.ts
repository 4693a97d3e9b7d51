// What a queue job says: which rows, and never what is in them.

/** The queue as the stations see it; src/queue gives it. */
export interface JobQueues {
  add(name: string, jobs: readonly { id: string; data: Job }[]): Promise<void>
}

export type Job = Readonly<Record<string, string | number | readonly string[]>> & { kind: 'send' | 'ask' | 'collect' | 'interpret' }

/** The queue of one adapter. Two hundred partners on one adapter share it. */
export const queueOf = (adapterName: string): string => `${partnerPrefix}${adapterName}`

/** Null for a queue of another kind. */
export const adapterOf = (queue: string): string | null => (queue.startsWith(partnerPrefix) ? queue.slice(partnerPrefix.length) : null)

const partnerPrefix = 'partner-'

/** What came in is interpreted here, whoever sent it. */
export const inboxQueue = 'inbox'
