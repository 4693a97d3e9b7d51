// verify the rows: what stands in clear beside sealed bodies must be what the log, the records and the other rows say of it. The log commits to bodies;
// whoever altered whose an event is, or when it came, altered no body.
import { type ClearColumns, clearColumns } from '../domain/columns.ts'
import type { Folded } from '../domain/lifecycle/fold.ts'
import { actsKeptSince } from '../domain/rules/retention.ts'
import type { Database } from '../store/database.ts'
import {
  type DeliveryWitness,
  type EventWitness,
  type SubjectWitness,
  witnessDeliveries,
  witnessEvents,
  witnessKeyless,
  witnessMessages,
  witnessSubjects
} from '../store/row-witness.ts'
import { NotOpened } from '../trust/seal.ts'
import type { Gateway } from './gateway.ts'
import { type Arounds, verifyDocuments } from './verify-documents.ts'
import type { Tell } from './verify-heads.ts'

const rowsAtOnce = 4_096
const firstId = '00000000-0000-0000-0000-000000000000'

/** Names every row that says something else than its witnesses. Changes nothing. @returns of how many documents what stood around them opened, and not any more */
export const verifyRows = async (gateway: Gateway, fault: Tell): Promise<Arounds> => {
  const { database } = gateway
  await eachOf(database, witnessEvents, firstId, rowsAtOnce, row => tell(fault, `event ${row.id}`, row.isNotice ? null : ofEvent(row)))
  await eachOf(database, witnessDeliveries, '', rowsAtOnce, row => tell(fault, `delivery ${row.id}`, row.isNotice ? null : ofDelivery(row)))
  await eachOf(database, witnessSubjects, firstId, rowsAtOnce, row => tell(fault, `${row.kind} ${row.id}`, ofSubject(gateway, row)))
  const around = await verifyDocuments(gateway, fault)
  const auditSince = actsKeptSince(gateway.clock.wall())
  await eachOf(
    database,
    (tx, after, limit) => witnessKeyless(tx, auditSince, after, limit),
    firstId,
    rowsAtOnce,
    row => tell(fault, `person ${row.id}`, row.isAccounted ? null : ofKeyless(row))
  )
  await eachOf(database, witnessMessages, firstId, rowsAtOnce, ({ id, hasKey }) =>
    tell(fault, `message ${id}`, hasKey ? null : 'has no key, and nobody has interpreted it yet: it was taken away')
  )
  return around
}

const eachOf = async <Row extends { id: string }>(
  database: Database,
  read: (tx: Database, afterId: string, limit: number) => Promise<Row[]>,
  first: string,
  limit: number,
  look: (row: Row) => void
): Promise<void> => {
  let after = first
  for (;;) {
    const rows = await read(database, after, limit)
    for (const row of rows) look(row)
    const last = rows.at(-1)
    if (last === undefined) return
    after = last.id
  }
}

const tell = (fault: Tell, where: string, what: string | null) => {
  if (what !== null) fault(where, what)
}

const ofEvent = ({ source, loggedSource, isOfSubject, isOfEvidence, isFolded, isOfItsTime }: EventWitness): string | null => {
  if (loggedSource === null) return 'is in no line of the log: it was put in, or its line was altered'
  if (loggedSource !== source) return `says that ${source} told it, and the log says ${loggedSource}: its source was altered`
  if (!isOfSubject || !isOfEvidence) return 'is said to be of another person than what was told: one of the two was altered'
  if (!isFolded) return 'is said to be about a record that has no version made of it: whom it is about was altered'
  return isOfItsTime
    ? null
    : 'says that it arrived at another time than the version of the record that was made of it: one of the two was altered'
}

const ofDelivery = (row: DeliveryWitness): string | null => {
  const { state, isOfPerson, hasVersion, isOfEvent, isAcknowledged, partnerId, loggedPartner } = row
  if (!isOfPerson) return 'is said to be of another person than its record: one of the two was altered'
  if (!hasVersion) return 'is of a version that its record does not have: it was altered'
  if (!isOfEvent) return 'is of an event that is not there, or of another type: it was altered'
  if (loggedPartner !== null && loggedPartner !== partnerId)
    return `is said to be for ${partnerId}, and the log says that it went to ${loggedPartner}: its partner was altered`
  return isAcknowledged && state !== 'accepted'
    ? `is said to be ${state}, and the log has the partner’s receipt of it: its state was altered`
    : null
}

const ofSubject = ({ vault }: Gateway, row: SubjectWitness): string | null => {
  const { id, kind, personId, wrappedKey, campaign, naturalKey, version, state, recordedState, body } = row
  if (state !== recordedState)
    return `is said to be ${state}, and its last record ${recordedState ?? 'is missing'}: one of the two was altered`
  if (kind === 'placement' && !vault.hashes.other(kind, String(personId), String(campaign)).equals(naturalKey))
    return 'is said to be of another person or year than its key: one of the two was altered'
  if (body === null || (personId !== null && wrappedKey === null)) return null
  try {
    const owner = personId === null ? 'gateway' : { personId, wrappedKey }
    const { record } = vault.openJson<Folded>(owner, body, { table: 'record', column: 'body', row: `${id} ${version}` })
    const altered = Object.entries(clearColumns(record)).flatMap(([name, value]) =>
      row[name as keyof ClearColumns] === value ? [] : [name]
    )
    return altered.length === 0 ? null : `has another ${altered.join(' and ')} than its last record: it was altered`
  } catch (error) {
    if (error instanceof NotOpened) return 'has a last record that does not open any more: it was altered'
    throw error
  }
}

const ofKeyless = ({ isErased }: { isErased: boolean }): string =>
  isErased
    ? 'is said to be erased, and no act in the audit did it: her key was taken away'
    : 'has no key, and was neither erased nor blocked: it was taken away'
