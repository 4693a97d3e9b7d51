// Imports: files of many events, what became of each row, and of the file as a whole.
import type { Said } from '../domain/words/said.ts'
import { sql, type Tx } from './database.ts'

export interface ImportRow {
  id: string
  format: 'csv' | 'ndjson' | 'xlsx'
  state: 'running' | 'finished' | 'interrupted'
  accepted: number
  refused: number
  repeated: number
  /** What interrupted it: as it was said, or where no catalog says it in English. */
  problem: string | null
  problemSaid: unknown
  createdAt: Date
  finishedAt: Date | null
}

export type RowStatus = 'accepted' | 'refused' | 'repeated'

/** What became of one row. `pointer`, `said` and `reason` never hold what was submitted. */
export interface RowOutcome {
  row: number
  status: RowStatus
  code: string | null
  pointer: string | null
  /** Why, in English, where no catalog says it. */
  reason: string | null
  said: Said | null
  eventId: string | null
}

/** Read back: what was said may be no longer there to say. */
export type KeptOutcome = Omit<RowOutcome, 'said'> & { said: unknown }

export const insertImport = (tx: Tx, opened: { id: string; clientId: string; format: string }, at: Date): Promise<unknown> =>
  tx.query(sql`
    insert into import (id, client_id, format, created_at, alive_at) values (${opened.id}, ${opened.clientId}, ${opened.format}, ${at}, ${at})`)

/** Writes what became of some rows, and counts them. A row that was written before is not counted twice. */
export const insertOutcomes = (tx: Tx, importId: string, outcomes: readonly RowOutcome[], at: Date): Promise<unknown> =>
  tx.query(sql`
    with written as (
      insert into import_row (import_id, row, status, code, pointer, reason, said, event_id)
      select ${importId}, * from unnest(${outcomes.map(o => o.row)}::int[], ${outcomes.map(o => o.status)}::text[], ${outcomes.map(o => o.code)}::text[],
        ${outcomes.map(o => o.pointer)}::text[], ${outcomes.map(o => o.reason)}::text[],
        ${outcomes.map(o => jsonOf(o.said))}::jsonb[], ${outcomes.map(o => o.eventId)}::uuid[])
      on conflict do nothing returning status),
    counted as (
      select count(*) filter (where status = 'accepted')::int as accepted, count(*) filter (where status = 'refused')::int as refused,
        count(*) filter (where status = 'repeated')::int as repeated from written)
    update import set accepted = import.accepted + counted.accepted, refused = import.refused + counted.refused,
      repeated = import.repeated + counted.repeated, alive_at = ${at}
    from counted where id = ${importId}`)

/** Says that the import is still being worked on. */
export const keepImportAlive = (tx: Tx, id: string, at: Date): Promise<unknown> =>
  tx.query(sql`update import set alive_at = ${at} where id = ${id} and state = 'running'`)

export const closeImport = (
  tx: Tx,
  closed: { id: string; state: 'finished' | 'interrupted'; problem: string | null; problemSaid: Said | null },
  at: Date
): Promise<unknown> =>
  tx.query(sql`
    update import set state = ${closed.state}, problem = ${closed.problem}, problem_said = ${jsonOf(closed.problemSaid)}, finished_at = ${at} where id = ${closed.id}`)

/** Closes imports whose process was killed, of one client or (null) of all: they have been silent since `before`. */
export const closeSilentImports = (tx: Tx, clientId: string | null, before: Date, problem: Said): Promise<unknown> =>
  tx.query(sql`
    update import set state = 'interrupted', problem_said = ${jsonOf(problem)}, finished_at = alive_at
    where (${clientId}::text is null or client_id = ${clientId}) and state = 'running' and alive_at < ${before}`)

/** One import of this client, or undefined. */
export const findImport = async (tx: Tx, clientId: string, id: string): Promise<ImportRow | undefined> =>
  (
    await tx.query<ImportRow>(sql`
    select id, format, state, accepted, refused, repeated, problem, problem_said as "problemSaid", created_at as "createdAt", finished_at as "finishedAt"
    from import where id = ${id} and client_id = ${clientId}`)
  )[0]

/** Rows after a row number, in the order of the file. */
export const listOutcomes = (
  tx: Tx,
  importId: string,
  page: { status: RowStatus | null; after: number; limit: number }
): Promise<KeptOutcome[]> =>
  tx.query<KeptOutcome>(sql`
    select row, status, code, pointer, reason, said, event_id as "eventId" from import_row
    where import_id = ${importId} and row > ${page.after} and (${page.status}::text is null or status = ${page.status})
    order by row limit ${page.limit}`)

const jsonOf = (said: Said | null): string | null => (said === null ? null : JSON.stringify(said))
