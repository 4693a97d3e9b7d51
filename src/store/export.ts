// Everything that is stored of people whose data is kept, or of those whose data is blocked: for one file about one person.
import { sql, type Tx } from './database.ts'

export interface KeptOf {
  people: { id: string; wrappedKey: Buffer }[]
  records: { subjectId: string; personId: string; kind: string; campaign: number | null; state: string; version: number; body: Buffer }[]
  events: { id: string; personId: string; type: string; source: string; effectiveAt: Date; receivedAt: Date; body: Buffer }[]
  disclosures: { partner: string; classes: string[]; basis: string; terms: string[]; at: Date }[]
}

/** The only statement that reads a blocked key to open something with it. */
export const keptOf = async (tx: Tx, ids: readonly string[], state: 'kept' | 'blocked'): Promise<KeptOf> => {
  const people = await tx.query<KeptOf['people'][number]>(
    state === 'kept'
      ? sql`select id, wrapped_key as "wrappedKey" from person where id = any(${ids}::uuid[]) and wrapped_key is not null order by id`
      : sql`select id, wrapped_key as "wrappedKey" from blocked_key where id = any(${ids}::uuid[]) order by id`
  )
  const readable = people.map(person => person.id)
  return {
    people,
    records: await tx.query(sql`
      select s.id as "subjectId", s.person_id as "personId", s.kind, s.campaign, s.state, s.version, r.body
      from subject s join record r on r.subject_id = s.id and r.version = s.version
      where s.person_id = any(${readable}::uuid[]) order by s.campaign desc nulls last, s.id`),
    events: await tx.query(sql`
      select id, person_id as "personId", type, source, effective_at as "effectiveAt", received_at as "receivedAt", body from event
      where subject_id in (select id from subject where person_id = any(${readable}::uuid[])) and person_id = any(${readable}::uuid[])
      order by effective_at, id`),
    disclosures: await tx.query(sql`
      select partner_id as partner, classes, basis, terms, at from disclosure where person_id = any(${readable}::uuid[]) order by at, id`)
  }
}
