// What the REST routes need of the house besides what the SETs and streams do: events, imports, records by pages, idempotency keys.
import type { Admission } from '../flow/admit.ts'
import type { Amended, Amendment } from '../flow/amend.ts'
import type { ImportFormat } from '../flow/import/run.ts'
import type { KeptAnswer, KeyedRequest } from '../flow/once.ts'
import type { RecordPage, RecordQuery, RecordView } from '../flow/read-records.ts'
import type { ImportRow, KeptOutcome, RowStatus } from '../store/imports.ts'
import type { Cursors } from '../trust/cursor.ts'

type ReadableKind = 'placement' | 'authorization' | 'offer'

export interface RestServices {
  /** The rules of a SET, without the token: resolves when the transaction is committed. */
  ingestEvent(input: RestEvent): Promise<Admission>

  /** Imports a file while it arrives; `stopped` is what interrupted it. Throws `DomainError` when nothing was stored. */
  importRows(
    clientId: string,
    format: ImportFormat,
    chunks: AsyncIterable<Uint8Array>,
    closing: AbortSignal
  ): Promise<{ imported: ImportRow; stopped: unknown }>
  /** The import with this id if it is this client's, else null. */
  findImport(clientId: string, id: string): Promise<ImportRow | null>
  /** What became of its rows after a row number, in the order of the file. */
  importOutcomes(id: string, page: { status: RowStatus | null; after: number; limit: number }): Promise<KeptOutcome[]>

  /** Throws `DomainError` `forbidden` for a client whose role reads no records. */
  readRecords(clientId: string, kind: ReadableKind, query: RecordQuery): Promise<RecordPage>
  /** One record by this client's own id of it, or null; nothing counts as disclosed when `isKnown` says that the client has it. */
  readRecord(clientId: string, kind: ReadableKind, id: string, isKnown: (view: RecordView) => boolean): Promise<RecordView | null>
  /** Changes one record, if it is still what its client has seen. Throws `DomainError` `forbidden` for a client whose role reads no records. */
  amendRecord(clientId: string, amendment: Amendment): Promise<Amended>
  cursors(): Cursors

  /** Claims an Idempotency-Key, or says what stands under it. */
  beginOnce(
    request: KeyedRequest
  ): Promise<{ state: 'first' } | { state: 'kept'; answer: KeptAnswer } | { state: 'reused' } | { state: 'in-progress' }>
  /** Keeps the answer, or with null gives the key back. */
  endOnce(request: KeyedRequest, answer: KeptAnswer | null): Promise<void>
}

export interface RestEvent {
  clientId: string
  /** The client's own id of the event. */
  key: string
  type: string
  /** The person or offer as the client knows it. */
  sourceId: string
  payload: unknown
  effectiveAt: Date
  evidence: string
}
