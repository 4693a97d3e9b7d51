// Subjects (placements, authorisations, offers), the events about them and every version of their folded records.
import { sql, type Tx } from './database.ts'

export type SubjectKind = 'placement' | 'authorization' | 'offer'

export interface SubjectKey {
  id: string
  /** A stream is a subject of notices about itself; nothing of it is folded. */
  kind: SubjectKind | 'stream'
  personId: string | null
  naturalKey: Buffer
  clientId: string | null
  campaign: number | null
}

export interface SubjectRow {
  id: string
  kind: SubjectKind
  personId: string | null
  clientId: string | null
  state: string
  version: number
  campaign: number | null
  agency: string | null
  offer: string | null
  employer: string | null
  consulate: string | null
  region: string | null
  /** The latest record, sealed; null before the first event. */
  body: Buffer | null
  /** The person's key, wrapped; null for offers and for those whose data is blocked or erased. */
  wrappedKey: Buffer | null
  held: string | null
  isBlocked: boolean
  /** Nothing optional is done with her data. */
  hasObjected: boolean
}

/** Makes the subjects that do not exist yet. @returns their ids by natural key (hex of kind and key), existing or new. */
export const resolveSubjects = async (tx: Tx, keys: readonly SubjectKey[]): Promise<Map<string, string>> => {
  await tx.query(sql`
    insert into subject (id, kind, person_id, natural_key, client_id, campaign, state)
    select id, kind, person_id, natural_key, client_id, campaign, 'NEW'
    from unnest(${keys.map(k => k.id)}::uuid[], ${keys.map(k => k.kind)}::text[], ${keys.map(k => k.personId)}::uuid[], ${keys.map(k => k.naturalKey)}::bytea[],
      ${keys.map(k => k.clientId)}::text[], ${keys.map(k => k.campaign)}::int[]) as g(id, kind, person_id, natural_key, client_id, campaign)
    where not exists (select from subject s where s.kind = g.kind and s.natural_key = g.natural_key)
    order by kind, natural_key
    on conflict do nothing`)
  const rows = await tx.query<{ id: string; kind: string; naturalKey: Buffer }>(sql`
    select s.id, s.kind, s.natural_key as "naturalKey"
    from unnest(${keys.map(k => k.kind)}::text[], ${keys.map(k => k.naturalKey)}::bytea[]) as g(kind, natural_key)
    join subject s on s.kind = g.kind and s.natural_key = g.natural_key`)
  return new Map(rows.map(row => [`${row.kind}:${row.naturalKey.toString('hex')}`, row.id]))
}

/** Locks the subjects in id order (so two groups never wait for each other in a circle), then reads them with their latest record. */
export const lockSubjects = async (tx: Tx, ids: readonly string[]): Promise<SubjectRow[]> => {
  await tx.query(sql`select id from subject where id = any(${ids}::uuid[]) order by id for update`)
  return readSubjects(tx, ids)
}

export const readSubjects = (tx: Tx, ids: readonly string[]): Promise<SubjectRow[]> =>
  tx.query<SubjectRow>(sql`
    select s.id, s.kind, s.person_id as "personId", s.client_id as "clientId", s.state, s.version, s.campaign, s.agency, s.offer, s.employer, s.consulate,
      s.region, r.body, p.wrapped_key as "wrappedKey", p.held, p.blocked_at is not null as "isBlocked",
      p.objected_at is not null as "hasObjected"
    from subject s left join record r on r.subject_id = s.id and r.version = s.version left join person p on p.id = s.person_id
    where s.id = any(${ids}::uuid[])`)

type NewStanding = Pick<SubjectRow, 'id' | 'state' | 'version' | 'agency' | 'offer' | 'employer' | 'consulate' | 'region'> & {
  /** Ids of its events that wait for another. */
  waiting: readonly string[]
}

export const updateSubjects = (tx: Tx, subjects: readonly NewStanding[], at: Date): Promise<unknown> =>
  tx.query(sql`
    update subject s set state = g.state, version = g.version, agency = g.agency, offer = g.offer, employer = g.employer, consulate = g.consulate,
      region = g.region, waiting = g.waiting::uuid[], updated_at = ${at}
    from unnest(${subjects.map(s => s.id)}::uuid[], ${subjects.map(s => s.state)}::text[], ${subjects.map(s => s.version)}::int[],
      ${subjects.map(s => s.agency)}::text[], ${subjects.map(s => s.offer)}::text[], ${subjects.map(s => s.employer)}::text[],
      ${subjects.map(s => s.consulate)}::text[], ${subjects.map(s => s.region)}::text[], ${subjects.map(s => `{${s.waiting.join()}}`)}::text[])
      as g(id, state, version, agency, offer, employer, consulate, region, waiting)
    where s.id = g.id`)

export interface EventRow {
  id: string
  type: string
  subjectId: string
  personId: string | null
  source: string
  effectiveAt: Date
  receivedAt: Date
  corrects: string | null
  body: Buffer
}

export const insertEvents = (tx: Tx, events: readonly EventRow[]): Promise<unknown> =>
  tx.query(sql`
    insert into event (id, type, subject_id, person_id, source, effective_at, received_at, corrects, body)
    select * from unnest(${events.map(e => e.id)}::uuid[], ${events.map(e => e.type)}::text[], ${events.map(e => e.subjectId)}::uuid[],
      ${events.map(e => e.personId)}::uuid[], ${events.map(e => e.source)}::text[], ${events.map(e => e.effectiveAt)}::timestamptz[],
      ${events.map(e => e.receivedAt)}::timestamptz[], ${events.map(e => e.corrects)}::uuid[], ${events.map(e => e.body)}::bytea[])`)

const eventColumns = sql`e.id, e.type, e.subject_id as "subjectId", e.person_id as "personId", e.source, e.effective_at as "effectiveAt",
  e.received_at as "receivedAt", e.corrects, e.body`

export const readEvents = (tx: Tx, subjectIds: readonly string[]): Promise<EventRow[]> =>
  tx.query<EventRow>(sql`select ${eventColumns} from event e where e.subject_id = any(${subjectIds}::uuid[]) order by e.id`)

/** Of the rows `l` of authorization_event: the last word about its authorisation and event, where it says that the event counts. */
export const countsNow = sql`l.counts and not exists (
  select from authorization_event n where n.authorization_id = l.authorization_id and n.event_id = l.event_id and n.id > l.id)`

/** The events of an authorisation: its own and those of placements that move it. `folded` is the authorisation they are read for. */
export const readAuthorizationEvents = (tx: Tx, authorizationIds: readonly string[]): Promise<(EventRow & { folded: string })[]> =>
  tx.query(sql`
    select ${eventColumns}, l.authorization_id as folded from authorization_event l join event e on e.id = l.event_id
    where l.authorization_id = any(${authorizationIds}::uuid[]) and ${countsNow}
    union all
    select ${eventColumns}, e.subject_id as folded from event e where e.subject_id = any(${authorizationIds}::uuid[])`)

export interface AuthorizationLink {
  authorizationId: string
  eventId: string
}

/** A link of an event of this placement. */
export interface PlacementLink extends AuthorizationLink {
  placementId: string
}

/** Says of which authorisation these events count, or count no more. */
export const linkAuthorizationEvents = (tx: Tx, links: readonly (AuthorizationLink & { counts: boolean })[]): Promise<unknown> =>
  tx.query(sql`
    insert into authorization_event (authorization_id, event_id, counts)
    select * from unnest(${links.map(l => l.authorizationId)}::uuid[], ${links.map(l => l.eventId)}::uuid[], ${links.map(l => l.counts)}::bool[])`)

/** Which authorisations the events of these placements count for. */
export const linksOfPlacements = (tx: Tx, placementIds: readonly string[]): Promise<PlacementLink[]> =>
  tx.query<PlacementLink>(sql`
    select l.authorization_id as "authorizationId", l.event_id as "eventId", e.subject_id as "placementId" from event e join authorization_event l on l.event_id = e.id
    where e.subject_id = any(${placementIds}::uuid[]) and ${countsNow}`)

export interface RecordRow {
  subjectId: string
  version: number
  eventId: string
  state: string
  body: Buffer
}

export const insertRecords = (tx: Tx, records: readonly RecordRow[], at: Date): Promise<unknown> =>
  tx.query(sql`
    insert into record (subject_id, version, event_id, state, body, created_at)
    select *, ${at}::timestamptz from unnest(${records.map(r => r.subjectId)}::uuid[], ${records.map(r => r.version)}::int[], ${records.map(r => r.eventId)}::uuid[],
      ${records.map(r => r.state)}::text[], ${records.map(r => r.body)}::bytea[])`)

/** What these ids are, of records. */
export const namedSubjects = (tx: Tx, ids: readonly string[]): Promise<NamedSubject[]> =>
  tx.query<NamedSubject>(sql`
    select id, kind, person_id as "personId", campaign, client_id as "clientId" from subject where id = any(${ids}::uuid[]) and kind <> 'stream'`)

export interface NamedSubject {
  id: string
  kind: SubjectKind
  personId: string | null
  campaign: number | null
  clientId: string | null
}

/** Placements of these people, the latest campaign first. */
export const placementsOf = async (
  tx: Tx,
  personIds: readonly string[]
): Promise<{ id: string; personId: string; campaign: number; state: string }[]> =>
  personIds.length === 0
    ? []
    : tx.query(sql`
    select id, person_id as "personId", campaign, state from subject
    where kind = 'placement' and person_id = any(${personIds}::uuid[]) order by campaign desc, id`)

/** Placements (the latest campaign first) and authorizations of these people, with their natural keys. */
export const filesOf = (
  tx: Tx,
  personIds: readonly string[]
): Promise<{ id: string; personId: string; kind: SubjectKind; naturalKey: Buffer }[]> =>
  tx.query(sql`
    select id, person_id as "personId", kind, natural_key as "naturalKey" from subject
    where kind in ('placement', 'authorization') and person_id = any(${personIds}::uuid[]) order by campaign desc nulls last, id`)

/** Something in the records that a person must decide; `deliveryId` where it is about one delivery. */
export interface NewCase {
  id: string
  kind: string
  subjectId: string | null
  personId: string | null
  eventId: string | null
  deliveryId?: string
  reason: string
}

/** Opens cases for a person to look at; one that is known already is not opened twice. @returns the ids of those opened. */
export const openCases = async (tx: Tx, cases: readonly NewCase[]): Promise<string[]> =>
  (
    await tx.query<{ id: string }>(sql`
    insert into case_file (id, kind, subject_id, person_id, event_id, reason, delivery_id)
    select * from unnest(${cases.map(c => c.id)}::uuid[], ${cases.map(c => c.kind)}::text[], ${cases.map(c => c.subjectId)}::uuid[],
      ${cases.map(c => c.personId)}::uuid[], ${cases.map(c => c.eventId)}::uuid[], ${cases.map(c => c.reason)}::text[],
      ${cases.map(c => c.deliveryId ?? null)}::text[])
    on conflict do nothing returning id`)
  ).map(row => row.id)

/** Ids of the events of these types about these subjects. */
export const eventsOfTypes = async (tx: Tx, subjectIds: readonly string[], types: readonly string[]): Promise<string[]> =>
  (
    await tx.query<{ id: string }>(sql`select id from event where subject_id = any(${subjectIds}::uuid[]) and type = any(${types}::text[])`)
  ).map(row => row.id)

/** The earliest version that one of these events made; undefined when none has. */
export const firstVersionWith = async (tx: Tx, subjectId: string, eventIds: readonly string[]): Promise<number | undefined> =>
  (
    await tx.query<{ version: number }>(sql`
    select version from record where subject_id = ${subjectId} and event_id = any(${eventIds}::uuid[]) order by version limit 1`)
  )[0]?.version

/** The authorisations of these people that anything has been said of, each with its employer. */
export const authorizationsOf = (
  tx: Tx,
  personIds: readonly string[]
): Promise<{ id: string; personId: string; employer: string | null }[]> =>
  tx.query(sql`
    select s.id, s.person_id as "personId", s.employer from subject s
    where s.kind = 'authorization' and s.person_id = any(${personIds}::uuid[]) and (exists (select from event e where e.subject_id = s.id)
      or exists (select from authorization_event l where l.authorization_id = s.id and ${countsNow}))
    order by s.id`)
