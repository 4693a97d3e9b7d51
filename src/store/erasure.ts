// What becomes of a person's rows when she is blocked or erased: her key moves away or is destroyed, and what would lead to her goes.
import { sql, type Tx } from './database.ts'

export interface Fate {
  id: string
  /** As it is stored: by her, or among the blocked ones. Null once it is destroyed. */
  wrappedKey: Buffer | null
  blockedAt: Date | null
  erasedAt: Date | null
}

/** She herself and whoever is linked to her as the same person registered twice; empty when nobody has this id. */
export const samePerson = async (tx: Tx, id: string): Promise<string[]> => (await samePeople(tx, [id])).get(id) ?? []

/** The same of many at once, by the id that was asked. */
export const samePeople = async (tx: Tx, ids: readonly string[]): Promise<Map<string, string[]>> => {
  const rows = await tx.query<{ asked: string; id: string }>(sql`
    with recursive same (asked, id) as (
      select id, id from person where id = any(${ids}::uuid[])
      union select s.asked, l.id from same s cross join lateral (
        select other_id as id from person_link where person_id = s.id union all select person_id from person_link where other_id = s.id) l)
    select asked, id from same order by asked, id`)
  return new Map([...Map.groupBy(rows, row => row.asked)].map(([asked, same]) => [asked, same.map(row => row.id)]))
}

/**
 * Locks these people against everything that would add to them: their subjects first, as whoever takes in does, then themselves, which also
 * waits for those who are making a new subject.
 */
export const lockPeople = async (tx: Tx, ids: readonly string[]): Promise<Fate[]> => {
  await tx.query(sql`select id from subject where person_id = any(${ids}::uuid[]) order by id for update`)
  await tx.query(sql`select id from person where id = any(${ids}::uuid[]) order by id for update`)
  return tx.query<Fate>(sql`
    select p.id, coalesce(p.wrapped_key, b.wrapped_key) as "wrappedKey", p.blocked_at as "blockedAt", p.erased_at as "erasedAt"
    from person p left join blocked_key b on b.id = p.id where p.id = any(${ids}::uuid[]) order by p.id`)
}

/** Puts her key where no ordinary statement looks for it. */
export const blockKeys = (tx: Tx, people: readonly { id: string; rule: string; until: string | null }[], now: Date): Promise<unknown> =>
  tx.query(sql`
    with given as (
      select * from unnest(${people.map(p => p.id)}::uuid[], ${people.map(p => p.rule)}::text[], ${people.map(p => p.until)}::date[]) as g(id, rule, until)),
    moved as (
      insert into blocked_key (id, wrapped_key, rule, until, blocked_at)
      select p.id, p.wrapped_key, g.rule, g.until, ${now} from given g join person p on p.id = g.id where p.wrapped_key is not null)
    update person p set wrapped_key = null, held = null, blocked_at = ${now} from given g where p.id = g.id and p.wrapped_key is not null`)

/** Puts her key back: she may be worked with again. @returns how many were blocked. */
export const unblockKeys = async (tx: Tx, ids: readonly string[]): Promise<number> => {
  const back = await tx.query(sql`
    update person p set wrapped_key = b.wrapped_key, blocked_at = null from blocked_key b
    where b.id = p.id and p.id = any(${ids}::uuid[]) returning p.id`)
  await tx.query(sql`delete from blocked_key where id = any(${ids}::uuid[])`)
  return back.length
}

/** Destroys keys: what they sealed is bytes without meaning from now on. */
export const destroyKeys = async (tx: Tx, ids: readonly string[], now: Date): Promise<void> => {
  await tx.query(sql`delete from blocked_key where id = any(${ids}::uuid[])`)
  await tx.query(sql`
    update person set wrapped_key = null, held = null, blocked_at = null, erased_at = ${now} where id = any(${ids}::uuid[]) and erased_at is null`)
}

export interface FormerSubId {
  personId: string
  partnerId: string
  /** Whose stream the partner is, when it is one. */
  clientId: string | null
  subId: string
}

/** Takes away the ids under which partners know these people. @returns what they were. */
export const takePairwise = (tx: Tx, ids: readonly string[]): Promise<FormerSubId[]> =>
  tx.query<FormerSubId>(sql`
    delete from pairwise w using partner p where p.id = w.partner_id and w.about_id = any(${ids}::uuid[])
    returning w.about_id as "personId", w.partner_id as "partnerId", p.client_id as "clientId", w.sub_id as "subId"`)

/** Who speaks by a name that is gone is told so, as long as these keyed hashes are kept. */
export const rememberFormer = (tx: Tx, names: readonly { clientId: string; sourceHash: Buffer; personId: string }[]): Promise<unknown> =>
  tx.query(sql`
    insert into person_source (client_id, source_hash, person_id)
    select * from unnest(${names.map(n => n.clientId)}::text[], ${names.map(n => n.sourceHash)}::bytea[], ${names.map(n => n.personId)}::uuid[])
    on conflict do nothing`)

/** Forgets the keyed hashes of documents, and who was found to be the same by them. */
export const forgetIdentifiers = async (tx: Tx, ids: readonly string[]): Promise<void> => {
  await tx.query(sql`delete from person_identifier where person_id = any(${ids}::uuid[])`)
  await tx.query(sql`delete from person_link where person_id = any(${ids}::uuid[]) or other_id = any(${ids}::uuid[])`)
}

/** Forgets by which names clients and partners knew these people: whoever speaks by one speaks of somebody new. */
export const forgetSources = (tx: Tx, ids: readonly string[]): Promise<unknown> =>
  tx.query(sql`delete from person_source where person_id = any(${ids}::uuid[])`)

/** Nobody need look at these people's cases any more. */
export const settleCasesOf = (tx: Tx, ids: readonly string[], actor: string, settlement: string, now: Date): Promise<unknown> =>
  tx.query(sql`
    update case_file set state = 'settled', settled_at = ${now}, settled_by = ${actor}, settlement = ${settlement}
    where person_id = any(${ids}::uuid[]) and state = 'open'`)

export const auditPeople = (tx: Tx, ids: readonly string[], act: { actor: string; action: string; reason: string }): Promise<unknown> =>
  tx.query(sql`
    insert into audit (actor, action, about, reason) select ${act.actor}, ${act.action}, id, ${act.reason} from unnest(${[...ids]}::text[]) as g(id)`)

export interface Recipient {
  personId: string
  partnerId: string
  classes: string[]
  /** The deliveries by which the partner knows what it was sent; none for who asked or read. */
  deliveries: string[]
  /** Whether it may have more than is known: something was handed over by an earlier version, which noted what was taken alone. */
  uncertain: boolean
}

/** Who was given data of these people, and who may have been. */
export const recipientsOf = (tx: Tx, ids: readonly string[]): Promise<Recipient[]> =>
  tx.query<Recipient>(sql`
    with told as (
      select person_id, partner_id, delivery_id, classes, false as uncertain from disclosure where person_id = any(${ids}::uuid[])
      union all
      select l.about_id, d.partner_id, d.id, '{}', true from lane l join delivery d on d.lane_id = l.id
      where l.about_id = any(${ids}::uuid[]) and not exists (select from disclosure x where x.person_id = l.about_id and x.delivery_id = d.id)
        and (d.state in ('sending', 'unknown', 'accepted', 'refused')
        or (d.state in ('due', 'behind', 'held', 'parked', 'superseded') and exists (select from handed_out h where h.delivery_id = d.id))))
    select t.person_id as "personId", t.partner_id as "partnerId", bool_or(t.uncertain) as uncertain,
      coalesce(array_agg(distinct c.class) filter (where c.class is not null), '{}') as classes,
      coalesce(array_agg(distinct t.delivery_id) filter (where t.delivery_id is not null), '{}') as deliveries
    from told t left join lateral unnest(t.classes) as c(class) on true group by t.person_id, t.partner_id order by t.partner_id`)

/** The channel on which every process hears whose key it must forget. */
export const goneChannel = 'jisr_gone'

export const announceGone = (tx: Tx, id: string): Promise<unknown> => tx.query(sql`select pg_notify(${goneChannel}, ${id})`)

/** Whether a key moved or went since then. */
export const wasAnyoneGone = async (tx: Tx, since: Date): Promise<boolean> =>
  (await tx.query(sql`select 1 as one from person where wrapped_key is null and coalesce(erased_at, blocked_at) >= ${since} limit 1`))
    .length > 0
