// verify the documents: whose each is, which rows stood in it and when, and what stood around it, must be what the log and its frame say.
import { transportDays } from '../domain/rules/retention.ts'
import { readRowsOfDocuments } from '../store/documents.ts'
import { type DocumentWitness, type RowWitness, witnessDocuments, witnessRows } from '../store/row-witness.ts'
import { type CutRow, type Frame, unpackRow } from '../trust/frame.ts'
import { NotOpened, open } from '../trust/seal.ts'
import { framePlace, isAroundKept, rowKey, rowPlace } from './documents.ts'
import type { Gateway } from './gateway.ts'
import type { Tell } from './verify-heads.ts'

/** Of documents that had something around them. */
export interface Arounds {
  /** Opened by all of their rows. */
  opened: number
  /** Not to be opened any more: somebody in them was erased or blocked, or was never known and is out of her time. */
  gone: number
}

/** A document may hold a thousand rows. */
const documentsAtOnce = 16
const day = 86_400_000
const firstId = '00000000-0000-0000-0000-000000000000'

/** Whether what nobody is known for is kept still, if it came then. Clocks of several machines decide: a day is let pass. */
export const isInTerm = ({ clock }: Gateway, at: Date): boolean => clock.wall().getTime() - at.getTime() < (transportDays - 1) * day

/** The frame itself, and each row's body, are held to the log where leaves are opened. */
export const verifyDocuments = async (gateway: Gateway, fault: Tell): Promise<Arounds> => {
  const { database } = gateway
  const arounds = { opened: 0, gone: 0 }
  let after = firstId
  for (;;) {
    const documents = await witnessDocuments(database, after, documentsAtOnce)
    const last = documents.at(-1)
    if (last === undefined) return arounds
    after = last.id
    const ids = documents.map(({ id }) => id)
    const rows = Map.groupBy(await witnessRows(database, ids), row => row.documentId)
    const enclosed = documents.filter(({ around }) => around !== null).map(({ id }) => id)
    const bodies = Map.groupBy(enclosed.length === 0 ? [] : await readRowsOfDocuments(database, enclosed), row => row.documentId)
    for (const document of documents) {
      const where = `document ${document.id}`
      const frame = frameOf(gateway, document)
      ofDocument(document, frame, rows.get(document.id) ?? [], what => fault(where, what))
      for (const row of emptiedEarly(gateway, document, frame, rows.get(document.id) ?? []))
        fault(where, `has nothing in row ${row} any more, though its time is not over: it was taken out`)
      if (frame === null) continue
      const around = ofAround(gateway, document, frame, bodies.get(document.id) ?? [])
      if (around === 'opened' || around === 'gone') arounds[around] += 1
      else if (around !== 'none') fault(where, around.fault)
    }
  }
}

/** Null for a frame that does not open: its leaf is told of where leaves are opened. */
const frameOf = ({ vault }: Gateway, { id, frame }: DocumentWitness): Frame | null => {
  try {
    return JSON.parse(open(vault.key('gateway'), frame, framePlace(id)).toString('utf8')) as Frame
  } catch (error) {
    if (error instanceof NotOpened) return null
    throw error
  }
}

const ofDocument = (document: DocumentWitness, frame: Frame | null, rows: readonly RowWitness[], fault: (what: string) => void): void => {
  if (document.partnerId !== document.loggedSource || document.message !== document.loggedMessage || document.kind !== document.loggedKind)
    fault(`is kept as ${document.kind} of ${document.partnerId}, and the log says otherwise: whose or which it is was altered`)
  const at = document.createdAt.toISOString()
  if (frame?.at !== undefined && frame.at !== at) fault(`is said to be of ${at}, and its frame says ${frame.at}: its time was altered`)
  for (const { row, commitment, isAbout, isOfPerson, isEmptied } of rows) {
    if (isEmptied) fault(`has nothing in row ${row} any more, though it is of somebody who was not erased from it: it was taken out`)
    else if (!isAbout || !isOfPerson) fault(`says of row ${row} that it is about something else than the log says: it was altered`)
    else if (frame !== null && frame.rows[row] !== commitment.toString('base64'))
      fault(`never had what is kept as its row ${row}: its place was altered`)
  }
}

/** Rows of nobody we know that are empty, and neither came so nor are out of their time. Frames of an earlier version do not say which came so. */
const emptiedEarly = (gateway: Gateway, document: DocumentWitness, frame: Frame | null, rows: readonly RowWitness[]): number[] => {
  const empty = rows.filter(row => row.isUnowned).map(({ row }) => row)
  if (empty.length === 0 || frame === null) return []
  if (document.kind === 'sent') return empty
  const known = frame.unkept ?? (frame.around === undefined ? null : [])
  return known === null || !isInTerm(gateway, new Date(frame.at ?? document.createdAt)) ? [] : empty.filter(row => !known.includes(row))
}

type StoredRow = Awaited<ReturnType<typeof readRowsOfDocuments>>[number]

const ofAround = (
  gateway: Gateway,
  { id, around }: DocumentWitness,
  frame: Frame,
  rows: readonly StoredRow[]
): 'none' | keyof Arounds | { fault: string } => {
  if (around === null)
    return frame.around === undefined
      ? 'none'
      : { fault: 'has nothing around it any more, and its frame says that it had: it was taken away' }
  if (rows.length !== frame.rows.length)
    return { fault: `has ${rows.length} rows, and its frame ${frame.rows.length}: they were taken out` }
  const opened = rows.map(row => openRow(gateway, row))
  if (opened.includes('gone')) return 'gone'
  const whole = opened.filter(row => typeof row === 'object')
  // One that was altered is told by its leaf.
  if (whole.length < opened.length) return 'none'
  return isAroundKept(id, around, whole, frame)
    ? 'opened'
    : { fault: 'has something else around it than its frame and rows say: the signature and headers that came with it were altered' }
}

const openRow = (gateway: Gateway, row: StoredRow): CutRow | 'gone' | 'altered' => {
  const key = rowKey(gateway, row)
  if (key === null || row.body === null) return 'gone'
  try {
    return unpackRow(open(key, row.body, rowPlace(row.id)))
  } catch (error) {
    if (error instanceof NotOpened) return 'altered'
    throw error
  }
}
