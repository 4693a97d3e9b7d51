// What retention looks at: what of people's files decides how long they are kept, and whose turn it is.
import { sql, type Tx } from './database.ts'

export interface FileRow {
  subjectId: string
  personId: string
  kind: 'placement' | 'authorization'
  state: string
  campaign: number | null
  version: number
  body: Buffer | null
  /** Null once she is blocked or erased. */
  wrappedKey: Buffer | null
}

/** Placements and authorizations of these people. */
export const filesToKeep = (tx: Tx, personIds: readonly string[]): Promise<FileRow[]> =>
  tx.query<FileRow>(sql`
    select s.id as "subjectId", p.id as "personId", s.kind, s.state, s.campaign, s.version, r.body, p.wrapped_key as "wrappedKey"
    from person p join subject s on s.person_id = p.id left join record r on r.subject_id = s.id and r.version = s.version
    where p.id = any(${personIds}::uuid[]) and s.kind in ('placement', 'authorization') order by s.id`)

export interface KeptPerson {
  id: string
  createdAt: Date
  blockedAt: Date | null
  erasedAt: Date | null
  objectedAt: Date | null
  held: string | null
  blockedBy: string | null
  /** YYYY-MM-DD. */
  blockedUntil: string | null
}

export const keptPeople = (tx: Tx, ids: readonly string[]): Promise<KeptPerson[]> =>
  tx.query<KeptPerson>(sql`
    select p.id, p.created_at as "createdAt", p.blocked_at as "blockedAt", p.erased_at as "erasedAt", p.objected_at as "objectedAt", p.held,
      b.rule as "blockedBy", b.until::text as "blockedUntil"
    from person p left join blocked_key b on b.id = p.id where p.id = any(${ids}::uuid[]) order by p.id`)

/**
 * The next people of whom anything is kept, and whether to look at them: their last campaign is long enough over, or they asked to be erased and could not be.
 * As many are read whether they are due or not, so that no statement grows with those who are not.
 */
export const dueForALook = (
  tx: Tx,
  campaignsUntil: number,
  knownBefore: Date,
  afterId: string,
  limit: number
): Promise<{ id: string; isDue: boolean }[]> =>
  tx.query(sql`
    select p.id, (p.created_at < ${knownBefore} and not exists (select from subject s where s.person_id = p.id and s.campaign > ${campaignsUntil}))
      or exists (select from rights_request r where r.person_id = p.id and r.outcome = 'restricted' and r.state <> 'refused') as "isDue"
    from (select id, created_at from person where wrapped_key is not null and id > ${afterId}::uuid order by id limit ${limit}) p order by p.id`)

/** Blocked people whose time is over. */
export const dueForErasure = (tx: Tx, day: string, limit: number): Promise<{ id: string }[]> =>
  tx.query(sql`select id from blocked_key where until < ${day}::date order by until, id limit ${limit}`)

/** Erased people of whom keyed hashes are left. */
export const erasedWithHashes = (
  tx: Tx,
  afterId: string,
  limit: number
): Promise<{ id: string; erasedAt: Date; hasIdentifiers: boolean; hasSources: boolean }[]> =>
  tx.query(sql`
    select * from (
      select p.id, p.erased_at as "erasedAt", exists (select from person_identifier i where i.person_id = p.id) as "hasIdentifiers",
        exists (select from person_source s where s.person_id = p.id) as "hasSources"
      from person p where p.wrapped_key is null and p.erased_at is not null and p.id > ${afterId}::uuid) e
    where "hasIdentifiers" or "hasSources" order by id limit ${limit}`)

/** What people asked for and still count on: open requests, and erasures that wait for the end of a campaign. */
export const peopleWithRequests = (tx: Tx, ids: readonly string[]): Promise<{ id: string; personId: string; kind: string }[]> =>
  tx.query(sql`
    select id, person_id as "personId", kind from rights_request
    where person_id = any(${ids}::uuid[]) and ((kind <> 'erasure' and state = 'open') or (outcome = 'restricted' and state <> 'refused'))`)

export const isDayDone = async (tx: Tx, day: string): Promise<boolean> =>
  (await tx.query(sql`select 1 as one from retention_run where day = ${day}::date`)).length > 0

export interface RetentionRun {
  day: string
  blocked: number
  erased: number
  forgotten: number
}

export const noteRun = (tx: Tx, run: RetentionRun, at: Date): Promise<unknown> =>
  tx.query(sql`
    insert into retention_run (day, blocked, erased, forgotten, finished_at) values (${run.day}::date, ${run.blocked}, ${run.erased}, ${run.forgotten}, ${at})
    on conflict (day) do update set blocked = retention_run.blocked + excluded.blocked, erased = retention_run.erased + excluded.erased,
      forgotten = retention_run.forgotten + excluded.forgotten, finished_at = excluded.finished_at`)
