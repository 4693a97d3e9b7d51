// Whether what was expected of a worker with an edge case came true, judged from the record and from the partners' journals.
import type { Worker } from './worker.ts'

export interface Observed {
  /** Her folded record, or null when there is none. */
  record: Readonly<Record<string, unknown>> | null
  /** A request or call-back about her stands in the authority's journal. */
  requested: boolean
  /** An application of hers stands in a consulate's journal. */
  lodged: boolean
  /** Something about her waits, or waited, for a person: a case, a quarantined row, a refused message. */
  waits: boolean
}

export interface Judgement {
  edgeCase: number
  holds: boolean
  sentence: string
  /** What is not as expected; ids and member names only. */
  because: readonly string[]
}

/** One judgement for each expectation of `worker`, whom the authority was told to grant (`Campaign.authority`): so as usual means that both happen. */
export const judge = (worker: Worker, observed: Observed): Judgement[] =>
  worker.expect.map(({ edgeCase, sentence, requested, lodged, waits, facts }) => {
    const because = [
      ...(requested === 'never' && observed.requested ? ['a message about her reached the authority'] : []),
      ...(requested !== 'never' && !observed.requested ? ['no message about her reached the authority'] : []),
      ...(lodged === 'never' && observed.lodged ? ['an application of hers reached a consulate'] : []),
      ...(lodged !== 'never' && !observed.lodged ? ['no application of hers reached a consulate'] : []),
      ...(waits && !observed.waits ? ['nothing waits for a person to decide'] : []),
      ...Object.entries(facts ?? {}).flatMap(([path, value]) =>
        stands(observed.record, path, value) ? [] : [`${path} is not what was expected`]
      )
    ]
    return { edgeCase, holds: because.length === 0, sentence, because }
  })

/** `documents.PASSPORT` is any of her documents of that type, by number; every other path is of members. */
const stands = (record: unknown, path: string, value: unknown): boolean => {
  const [section, ...rest] = path.split('.')
  if (section === 'documents') {
    const documents = memberOf(record, 'documents')
    return Array.isArray(documents) && documents.some(one => memberOf(one, 'type') === rest[0] && memberOf(one, 'number') === value)
  }
  return path.split('.').reduce(memberOf, record) === value
}

const memberOf = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined
