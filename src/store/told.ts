// Who was told what of a subject, or will be.
import { sql, type Tx } from './database.ts'

/** Who was sent something about a subject, or will be: they hold (or will hold) the version named. */
export const partnersWith = (tx: Tx, subjectId: string): Promise<{ partnerId: string; latest: number; acted: boolean }[]> =>
  tx.query(sql`
    select partner_id as "partnerId", max(version) as latest, bool_or(state in ('accepted', 'dispatched', 'sending', 'unknown')) as acted
    from delivery where subject_id = ${subjectId} and state not in ('superseded', 'discarded') group by partner_id`)

/** Which partners were already told of each of these events about a subject, or will be. */
export const toldOf = (tx: Tx, subjectId: string, eventIds: readonly string[]): Promise<{ partnerId: string; eventId: string }[]> =>
  tx.query(sql`
    select distinct partner_id as "partnerId", event_id as "eventId" from delivery
    where subject_id = ${subjectId} and event_id = any(${eventIds}::uuid[]) and state not in ('superseded', 'discarded')`)
