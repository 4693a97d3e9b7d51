// What a job may be: an id and the ids of rows, checked before it is added.

/** Ids of rows and small numbers, never a person's data: each string is an id (letters, digits, `.`, `_`, `-`; 1 to 128 characters). */
export type JobData = Readonly<Record<string, string | number | readonly string[]>>

export interface NewJob {
  /** Unique per round: an id that is still in the queue is silently ignored. Not a number, no `:`. */
  id: string
  data: JobData
}

/** Something an operator may want to know; `code` is safe to log, `error` is not (its text may come from a handler). */
export interface QueueReport {
  what: 'job failed' | 'backend error' | 'worker recreated'
  queue: string
  code: string
  job?: string
  attempt?: number
  error?: unknown
}

const NAME = /^[a-z][a-z0-9-]{0,39}$/
const ID = /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/

/** @throws Error when a queue's name or prefix would not do at both backends. */
export function checkedName(name: string): string {
  if (!NAME.test(name)) throw new Error(`queue name "${name}" must be lower-case letters, digits and "-", at most 40`)
  return name
}

/** @throws Error that never repeats the data: what was wrong may be a person's. */
export function checkedJob({ id, data }: NewJob): NewJob {
  if (!ID.test(id) || /^\d+$/.test(id)) throw new Error('a job id must be letters, digits, ".", "_" or "-" and not a number alone')
  for (const [field, value] of Object.entries(data)) {
    const ids = typeof value === 'object' ? value : [value]
    if (!ids.every(part => typeof part === 'number' || ID.test(part))) {
      throw new Error(`job data "${field}" must hold ids of rows only: the queue is no place for a person's data`)
    }
  }
  return { id, data }
}
