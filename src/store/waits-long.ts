// Events that wait for another one, and the cases that tell a person of those that have waited long.
import { sql, type Tx } from './database.ts'

export interface WaitingEvent {
  subjectId: string
  personId: string | null
  eventId: string
  type: string
  source: string
  receivedAt: Date
}

/** Of what was told before `before` and still counts for nothing, so many that nobody was told of; none of people whose data is not there any more. */
export const findWaitingLong = (tx: Tx, kind: string, before: Date, limit: number): Promise<WaitingEvent[]> =>
  tx.query(sql`
    select s.id as "subjectId", s.person_id as "personId", e.id as "eventId", e.type, e.source, e.received_at as "receivedAt"
    from subject s cross join unnest(s.waiting) w(event_id) join event e on e.id = w.event_id left join person p on p.id = s.person_id
    where s.waiting <> '{}' and e.received_at < ${before} and (s.person_id is null or p.wrapped_key is not null)
      and not exists (select from case_file c where c.kind = ${kind} and c.subject_id = s.id and c.event_id = e.id)
    limit ${limit}`)

/** Cases of events that do not wait any more need nobody. @returns how many */
export const settleWaitedFor = async (tx: Tx, kind: string, settlement: string, now: Date): Promise<number> =>
  (
    await tx.query(sql`
    update case_file c set state = 'settled', settled_at = ${now}, settled_by = 'jisr', settlement = ${settlement}
    where c.kind = ${kind} and c.state = 'open' and not exists (select from subject s where s.id = c.subject_id and c.event_id = any(s.waiting)) returning c.id`)
  ).length
