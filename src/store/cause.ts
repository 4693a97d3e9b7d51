// The cause of a delivery: SETs about one cause have one txn (RFC 8417 2.2).
import { sql } from './database.ts'
import type { Sql } from './sql.ts'

/** The event itself, or the one that made what was sent before wrong. `delivery` is joined with its event `e`. */
export const causeOf = (delivery: Sql): Sql =>
  sql`coalesce(case when ${delivery}.type = 'record.corrected' then e.corrects end, e.id) as "causeId"`
