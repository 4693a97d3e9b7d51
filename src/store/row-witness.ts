// What the rows say in clear beside what other rows say of the same thing: the log, the records and each other. Only read, batch by batch.
import { sql, type Tx } from './database.ts'

export interface EventWitness {
  id: string
  /** What we told a stream about itself: nobody else told it, and nothing was folded. */
  isNotice: boolean
  source: string
  /** Who told it, as the log says; null where no line of the log, numbered or not, says that it was accepted. */
  loggedSource: string | null
  /** Whether it is of the person whose subject it is about and whose evidence stands with it, and a version of that subject's record was made of it. */
  isOfSubject: boolean
  isOfEvidence: boolean
  isFolded: boolean
  /** Whether such a version is of the moment in which the event arrived. */
  isOfItsTime: boolean
}

/**
 * Events after this one. Each is looked up by itself: a database that was just restored has no statistics, and would read whole tables for each batch.
 */
export const witnessEvents = (tx: Tx, afterId: string, limit: number): Promise<EventWitness[]> =>
  tx.query<EventWitness>(sql`
    with e as materialized (
      select id, source, subject_id, person_id, received_at from event where id > ${afterId}::uuid order by id limit ${limit})
    select e.id, s.kind = 'stream' and e.person_id is null as "isNotice", e.source, coalesce(l.source, w.source) as "loggedSource",
      e.person_id is not distinct from s.person_id as "isOfSubject", v.found is null or v.person_id is not distinct from e.person_id as "isOfEvidence",
      r.is_of_its_time is not null as "isFolded", coalesce(r.is_of_its_time, false) as "isOfItsTime"
    from e
    left join lateral (select kind, person_id from subject where id = e.subject_id limit 1) s on true
    left join lateral (select leaf_id, source from ledger where message = e.id::text and kind = 'accepted' limit 1) l on true
    left join lateral (select true as found, person_id from ledger_evidence where leaf_id = l.leaf_id limit 1) v on true
    left join lateral (select source from ledger_leaf where l.leaf_id is null and message = e.id::text and kind = 'accepted' limit 1) w on true
    left join lateral (
      select bool_or(created_at = e.received_at) as is_of_its_time from record where subject_id = e.subject_id and event_id = e.id) r on true
    order by e.id`)

export interface DeliveryWitness {
  id: string
  isNotice: boolean
  state: string
  isOfPerson: boolean
  /** Whether the record has the version that it was owed of. */
  hasVersion: boolean
  /** Whether there is such an event, of this type. */
  isOfEvent: boolean
  /** Whether the log has the partner's receipt of it. */
  isAcknowledged: boolean
  partnerId: string
  /** To whom the log says that it went; null of what has not left. */
  loggedPartner: string | null
}

export const witnessDeliveries = (tx: Tx, afterId: string, limit: number): Promise<DeliveryWitness[]> =>
  tx.query<DeliveryWitness>(sql`
    with d as materialized (
      select id, partner_id, state, type, subject_id, person_id, event_id, version from delivery where id > ${afterId} order by id limit ${limit})
    select d.id, s.kind = 'stream' and d.person_id is null as "isNotice", d.state, d.person_id is not distinct from s.person_id as "isOfPerson",
      r.found is not null as "hasVersion", e.type is not null and d.type in (e.type, 'record.corrected') as "isOfEvent", l.found is not null as "isAcknowledged",
      d.partner_id as "partnerId", w.source as "loggedPartner"
    from d
    left join lateral (select kind, person_id from subject where id = d.subject_id limit 1) s on true
    left join lateral (select type from event where id = d.event_id limit 1) e on true
    left join lateral (select true as found from record where subject_id = d.subject_id and version = d.version limit 1) r on true
    left join lateral (select true as found from ledger where message = d.id and kind = 'acknowledged' limit 1) l on true
    left join lateral (select source from ledger where message = d.id and kind in ('sent', 'acknowledged', 'declined') limit 1) w on true
    order by d.id`)

export interface DocumentWitness {
  id: string
  partnerId: string
  message: string
  frame: Buffer
  around: Buffer | null
  createdAt: Date
  loggedSource: string
  loggedMessage: string
  loggedKind: string
  kind: string
}

/** Documents that the log has a line of. */
export const witnessDocuments = (tx: Tx, afterId: string, limit: number): Promise<DocumentWitness[]> =>
  tx.query<DocumentWitness>(sql`
    select d.id, d.partner_id as "partnerId", d.message, d.frame, d.around, d.created_at as "createdAt", d.kind, l.source as "loggedSource",
      l.message as "loggedMessage", l.kind as "loggedKind"
    from (select * from document where id > ${afterId}::uuid order by id) d
    cross join lateral (select source, message, kind from ledger where leaf_id = d.id limit 1) l order by d.id limit ${limit}`)

export interface RowWitness {
  documentId: string
  row: number
  commitment: Buffer
  /** Whether the log says that it was about what it is said to be about. */
  isAbout: boolean
  /** Whether it is hers whose event or delivery it is about. */
  isOfPerson: boolean
  /** Taken out, though it has an owner whose data is kept. */
  isEmptied: boolean
  /** Empty, and nobody's that is known. */
  isUnowned: boolean
}

/** Rows of these documents that the log has a line of. What nobody was known for at first, or was only asked about, was logged under its message. */
export const witnessRows = (tx: Tx, documentIds: readonly string[]): Promise<RowWitness[]> =>
  tx.query<RowWitness>(sql`
    select r.document_id as "documentId", r.row, l.commitment, coalesce(l.message = r.about, false) or (d.kind in ('received', 'asked') and l.message = d.message) as "isAbout",
      coalesce(r.person_id = coalesce(e.person_id, y.person_id), true) as "isOfPerson", r.body is null and r.person_id is not null as "isEmptied",
      r.body is null and r.person_id is null as "isUnowned"
    from document d join document_row r on r.document_id = d.id join ledger l on l.leaf_id = r.id
    left join event e on e.id = case when d.kind = 'received' and r.about ~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' then r.about::uuid end
    left join delivery y on d.kind = 'sent' and y.id = r.about
    where d.id = any(${documentIds}::uuid[]) order by r.document_id, r.row`)

export interface SubjectWitness {
  id: string
  kind: string
  personId: string | null
  /** The person's key, wrapped; null for offers, and where it is gone. */
  wrappedKey: Buffer | null
  naturalKey: Buffer
  campaign: number | null
  state: string
  version: number
  agency: string | null
  offer: string | null
  employer: string | null
  consulate: string | null
  region: string | null
  recordedState: string | null
  /** Its last record, sealed. */
  body: Buffer | null
}

/** Subjects beside their last records. */
export const witnessSubjects = (tx: Tx, afterId: string, limit: number): Promise<SubjectWitness[]> =>
  tx.query<SubjectWitness>(sql`
    select s.id, s.kind, s.person_id as "personId", p.wrapped_key as "wrappedKey", s.natural_key as "naturalKey", s.campaign, s.state, s.version, s.agency,
      s.offer, s.employer, s.consulate, s.region, r.state as "recordedState", r.body
    from subject s left join record r on r.subject_id = s.id and r.version = s.version left join person p on p.id = s.person_id
    where s.id > ${afterId}::uuid and s.kind <> 'stream' and s.version > 0 order by s.id limit ${limit}`)

/** People without a key, after this one, and whether anything says why. Acts of before `auditSince` are not kept, and cannot say it. */
export const witnessKeyless = (
  tx: Tx,
  auditSince: Date,
  afterId: string,
  limit: number
): Promise<{ id: string; isErased: boolean; isAccounted: boolean }[]> =>
  tx.query(sql`
    with p as materialized (
      select id, created_at, erased_at from person where wrapped_key is null and id > ${afterId}::uuid order by id limit ${limit})
    select p.id, p.erased_at is not null as "isErased", b.found is not null or a.found is not null
      or coalesce(p.erased_at < ${auditSince} and p.erased_at >= p.created_at, false) as "isAccounted"
    from p
    left join lateral (select true as found from blocked_key where id = p.id limit 1) b on true
    left join lateral (select true as found from audit where p.erased_at is not null and about = p.id::text and action = 'person.erased' limit 1) a on true
    order by p.id`)

/** Messages that nobody interpreted yet, after this one, and whether their key is there. */
export const witnessMessages = (tx: Tx, afterId: string, limit: number): Promise<{ id: string; hasKey: boolean }[]> =>
  tx.query(sql`
    select id, exists (select from own_key k where k.id = inbox.id) as "hasKey" from inbox where state = 'received' and id > ${afterId}::uuid order by id limit ${limit}`)
