// The few members of a record that stand in clear beside it: scopes are judged and lists are filtered by them.
import type { MigrantRecord } from '../../schemas/record.ts'

export interface ClearColumns {
  agency: string | null
  offer: string | null
  employer: string | null
  consulate: string | null
  region: string | null
}

/** Reads the clear columns off a folded record; null where the record does not say yet. */
export const clearColumns = (record: Partial<MigrantRecord>): ClearColumns => {
  const visited = record.visa?.consulate ?? record.request?.consulate
  return {
    agency: record.registration?.agency ?? record.agency ?? null,
    offer: record.selection?.offer ?? record.offer ?? null,
    employer: record.selection?.employer?.cif ?? record.callback?.employer?.cif ?? null,
    consulate: visited?.issuing ?? visited?.lodging ?? null,
    region: record.registration?.place ?? null
  }
}
