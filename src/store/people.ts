// People: their keys, the names their agencies know them by, their identifiers (as keyed hashes) and the links between them.
import { sql, type Tx } from './database.ts'

export interface PersonRow {
  id: string
  wrappedKey: Buffer | null
  held: string | null
}

/** Whoever a source means. `gone`: her data may not be worked with any more, since when, and in which way. */
export interface SourcePerson {
  id: string
  gone: Gone | null
}

export interface Gone {
  as: 'erased' | 'blocked'
  since: Date
}

/** Of `p`, a person. */
const goneColumns = sql`case when p.wrapped_key is null then case when p.blocked_at is null then 'erased' else 'blocked' end end as "goneAs",
  coalesce(p.erased_at, p.blocked_at) as "goneSince"`

interface GoneColumns {
  goneAs: Gone['as'] | null
  goneSince: Date | null
}

const goneOf = ({ goneAs, goneSince }: GoneColumns): Gone | null =>
  goneAs === null ? null : { as: goneAs, since: goneSince ?? new Date(0) }

/**
 * Finds or makes the person behind each (client, source id). `newPeople[i]` is used where nobody is known yet.
 * @returns one person per source, in the order given. Sources must be distinct.
 */
export const resolveSources = async (
  tx: Tx,
  sources: readonly { clientId: string; sourceHash: Buffer }[],
  newPeople: readonly { id: string; wrappedKey: Buffer }[]
): Promise<SourcePerson[]> => {
  await tx.query(sql`
    with given as (
      select * from unnest(${sources.map(s => s.clientId)}::text[], ${sources.map(s => s.sourceHash)}::bytea[],
        ${newPeople.map(p => p.id)}::uuid[], ${newPeople.map(p => p.wrappedKey)}::bytea[]) as g(client_id, source_hash, person_id, wrapped_key)),
    won as (
      insert into person_source (client_id, source_hash, person_id)
      select client_id, source_hash, person_id from given g
      where not exists (select from person_source s where s.client_id = g.client_id and s.source_hash = g.source_hash)
      order by client_id, source_hash
      on conflict do nothing returning person_id)
    insert into person (id, wrapped_key) select g.person_id, g.wrapped_key from given g join won using (person_id)`)
  const found = await peopleOfSources(tx, sources)
  return found.map(person => {
    if (person === undefined) throw new Error('a source has no person right after it was given one')
    return person
  })
}

/** The person behind each (client, source id), undefined where nobody is known. */
export const peopleOfSources = async (
  tx: Tx,
  sources: readonly { clientId: string; sourceHash: Buffer }[]
): Promise<(SourcePerson | undefined)[]> => {
  if (sources.length === 0) return []
  const rows = await tx.query<GoneColumns & { position: number; personId: string }>(sql`
    select (g.position - 1)::int as position, s.person_id as "personId", ${goneColumns}
    from unnest(${sources.map(s => s.clientId)}::text[], ${sources.map(s => s.sourceHash)}::bytea[]) with ordinality as g(client_id, source_hash, position)
    join person_source s on s.client_id = g.client_id and s.source_hash = g.source_hash join person p on p.id = s.person_id`)
  const people = new Map(rows.map(row => [row.position, { id: row.personId, gone: goneOf(row) }]))
  return sources.map((_, position) => people.get(position))
}

/**
 * Whoever comes back after her data is gone is somebody new: the sources mean her from now on. Of two who renew one source the second finds
 * whom the first made. @returns one person per source, in the order given.
 */
export const renewSources = async (
  tx: Tx,
  sources: readonly { clientId: string; sourceHash: Buffer }[],
  newPeople: readonly { id: string; wrappedKey: Buffer }[]
): Promise<SourcePerson[]> => {
  await tx.query(sql`
    with given as (
      select * from unnest(${sources.map(s => s.clientId)}::text[], ${sources.map(s => s.sourceHash)}::bytea[],
        ${newPeople.map(p => p.id)}::uuid[], ${newPeople.map(p => p.wrappedKey)}::bytea[]) as g(client_id, source_hash, person_id, wrapped_key)),
    renewed as (
      update person_source s set person_id = g.person_id from given g, person p
      where s.client_id = g.client_id and s.source_hash = g.source_hash and p.id = s.person_id and p.wrapped_key is null returning g.person_id)
    insert into person (id, wrapped_key) select g.person_id, g.wrapped_key from given g join renewed using (person_id)`)
  return (await peopleOfSources(tx, sources)) as SourcePerson[]
}

export const findPeople = (tx: Tx, ids: readonly string[]): Promise<PersonRow[]> =>
  tx.query<PersonRow>(sql`select id, wrapped_key as "wrappedKey", held from person where id = any(${ids}::uuid[])`)

/**
 * Lets one transaction at a time deal with an identifier, in one order for all: two agencies that register the same person at the same
 * moment would otherwise not see each other.
 */
export const lockIdentifiers = (tx: Tx, identifiers: readonly { scheme: string; hash: Buffer }[]): Promise<unknown> =>
  tx.query(sql`
    select pg_advisory_xact_lock(key) from (
      select distinct hashtextextended(scheme || encode(hash, 'hex'), 7) as key
      from unnest(${identifiers.map(i => i.scheme)}::text[], ${identifiers.map(i => i.hash)}::bytea[]) as g(scheme, hash) order by key) keys`)

/** Notes who carries which identifier. Whoever was known under one before her data was blocked or erased is linked to what is left of it. */
export const addIdentifiers = (tx: Tx, identifiers: readonly { scheme: string; hash: Buffer; personId: string }[]): Promise<unknown> =>
  tx.query(sql`
    with given as (
      select * from unnest(${identifiers.map(i => i.scheme)}::text[], ${identifiers.map(i => i.hash)}::bytea[], ${identifiers.map(i => i.personId)}::uuid[])
        as g(scheme, hash, person_id)),
    added as (insert into person_identifier (scheme, hash, person_id) select scheme, hash, person_id from given on conflict do nothing)
    insert into person_link (person_id, other_id, reason)
    select distinct g.person_id, p.id, 'same ' || g.scheme from given g join person_identifier i on i.scheme = g.scheme and i.hash = g.hash
      join person p on p.id = i.person_id and p.wrapped_key is null where p.id <> g.person_id
    on conflict do nothing`)

/** Everybody who carries one of these identifiers, earliest first; not those whose data is blocked or erased. */
export const findByIdentifier = async (
  tx: Tx,
  identifiers: readonly { scheme: string; hash: Buffer }[]
): Promise<{ scheme: string; hash: Buffer; personId: string }[]> =>
  identifiers.length === 0
    ? []
    : tx.query(sql`
    select i.scheme, i.hash, i.person_id as "personId"
    from unnest(${identifiers.map(i => i.scheme)}::text[], ${identifiers.map(i => i.hash)}::bytea[]) as g(scheme, hash)
    join person_identifier i on i.scheme = g.scheme and i.hash = g.hash
    join person p on p.id = i.person_id and p.wrapped_key is not null order by i.created_at, i.person_id`)

/** Everybody who carries one identifier, those too whose data is blocked or erased. */
export const holdersOf = async (tx: Tx, scheme: string, hash: Buffer): Promise<SourcePerson[]> => {
  const rows = await tx.query<GoneColumns & { id: string }>(sql`
    select p.id, ${goneColumns} from person_identifier i join person p on p.id = i.person_id
    where i.scheme = ${scheme} and i.hash = ${hash} order by i.created_at, p.id`)
  return rows.map(row => ({ id: row.id, gone: goneOf(row) }))
}

/** Links people without merging them; says it once however often it is found. */
export const linkPeople = (tx: Tx, links: readonly { personId: string; otherId: string; reason: string }[]): Promise<unknown> =>
  tx.query(sql`
    insert into person_link (person_id, other_id, reason)
    select * from unnest(${links.map(l => l.personId)}::uuid[], ${links.map(l => l.otherId)}::uuid[], ${links.map(l => l.reason)}::text[])
    on conflict do nothing`)

/** The links among these people: each pair is one person, registered twice. */
export const linksAmong = (tx: Tx, ids: readonly string[]): Promise<{ personId: string; otherId: string }[]> =>
  tx.query(sql`
    select person_id as "personId", other_id as "otherId" from person_link where person_id = any(${ids}::uuid[]) and other_id = any(${ids}::uuid[])`)

/** Nothing more leaves about these people until somebody has looked; what waits in their lanes, or in a job that nobody has begun, is held. */
export const holdPeople = (tx: Tx, ids: readonly string[], reason: string): Promise<unknown> =>
  tx.query(sql`
    with held as (update person set held = coalesce(held, ${reason}) where id = any(${ids}::uuid[]) returning id)
    update delivery set state = 'held', reason = ${reason}, lease_until = null, stopped_at = now(),
      parcel_id = case when exists (select from parcel_row r where r.parcel_id = delivery.parcel_id and r.delivery_id = delivery.id)
        then delivery.parcel_id end
    from held join subject s on s.person_id = held.id where delivery.subject_id = s.id and delivery.state in ('due', 'dispatched')`)

/** Lets go of a held person: the first of each lane is due again. @returns false when nobody of this id is held. */
export const releasePerson = async (tx: Tx, id: string, actor: string, reason: string): Promise<boolean> =>
  (
    await tx.query(sql`
    with freed as (update person set held = null where id = ${id} and held is not null returning id),
    due as (update delivery d set state = 'due', reason = null, stopped_at = null, not_before = now() from freed join subject s on s.person_id = freed.id
      where d.subject_id = s.id and d.state = 'held' returning d.id)
    insert into audit (actor, action, about, reason) select ${actor}, 'person.released', id::text, ${reason} from freed returning id`)
  ).length > 0

/** Pairwise ids at a partner, made where there is none yet: one per `about`, in the order given. `about` must be distinct. */
export const pairwise = async (tx: Tx, partnerId: string, about: readonly string[], fresh: readonly string[]): Promise<string[]> => {
  await tx.query(sql`
    insert into pairwise (partner_id, about_id, sub_id)
    select ${partnerId}, * from unnest(${about}::uuid[], ${fresh}::uuid[]) on conflict do nothing`)
  const rows = await tx.query<{ aboutId: string; subId: string }>(
    sql`select about_id as "aboutId", sub_id as "subId" from pairwise where partner_id = ${partnerId} and about_id = any(${about}::uuid[])`
  )
  const ids = new Map(rows.map(row => [row.aboutId, row.subId]))
  return about.map(id => ids.get(id) as string)
}

export const findPairwise = async (tx: Tx, partnerId: string, subIds: readonly string[]): Promise<Map<string, string>> => {
  if (subIds.length === 0) return new Map()
  const rows = await tx.query<{ aboutId: string; subId: string }>(
    sql`select about_id as "aboutId", sub_id as "subId" from pairwise where partner_id = ${partnerId} and sub_id = any(${subIds}::uuid[])`
  )
  return new Map(rows.map(row => [row.subId, row.aboutId]))
}

/** The subjects that these deliveries to a partner were about: a partner can only refer to what it was sent. */
export const deliverySubjects = async (tx: Tx, partnerId: string, deliveryIds: readonly string[]): Promise<Map<string, string>> => {
  if (deliveryIds.length === 0) return new Map()
  const rows = await tx.query<{ id: string; subjectId: string }>(
    sql`select id, subject_id as "subjectId" from delivery where partner_id = ${partnerId} and id = any(${deliveryIds}::text[])`
  )
  return new Map(rows.map(row => [row.id, row.subjectId]))
}

/** The people whom clients mean by the pairwise ids of their own streams, by `client id`. Offers are not among them. */
export const pairwiseOfClients = async (tx: Tx, given: readonly { clientId: string; subId: string }[]): Promise<Map<string, string>> => {
  if (given.length === 0) return new Map()
  const rows = await tx.query<{ clientId: string; subId: string; personId: string }>(sql`
    select g.client_id as "clientId", g.sub_id::text as "subId", i.about_id as "personId"
    from unnest(${given.map(g => g.clientId)}::text[], ${given.map(g => g.subId)}::uuid[]) as g(client_id, sub_id)
    join partner p on p.client_id = g.client_id join pairwise i on i.partner_id = p.id and i.sub_id = g.sub_id join person h on h.id = i.about_id`)
  return new Map(rows.map(row => [`${row.clientId} ${row.subId}`, row.personId]))
}
